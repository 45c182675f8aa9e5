"""Whether ``ctx.state_id`` can be ``None`` where it is bound, as a type checker would see it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.modules import Function, Module, dotted
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from flake8_stateid.codemod.ancestry import Ancestors, Ancestry


def is_optional(
    module: Module, ancestors: Ancestors, function: Function, base: str, anchor: ast.stmt
) -> bool:
    """Whether ``base`` is known to be optional and no guard before ``anchor`` narrows it.

    The type is that of the parameter's annotation, or of the attribute in the annotated class
    where the package defines it; a type that cannot be seen is taken for a string.
    """
    if _annotation_allows_none(ancestors, function, base) is not True:
        return False
    return not is_guarded(module, base, anchor)


def refuse_raising(ancestors: Ancestors, function: Function, base: str) -> None:
    """Refuse to read before the loop what was read for each row only, and may raise.

    Raises:
        RefusalError: ``base`` is a property that raises.
    """
    root, _, attribute = base.rpartition(".")
    annotation = _annotation(function, root)
    if not root or annotation is None:
        return
    for each in ancestors.of(ast.unparse(annotation).strip("'\"")).classes:
        for node in each.node.body:
            if (
                isinstance(node, ast.FunctionDef)
                and node.name == attribute
                and any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            ):
                raise RefusalError(
                    f"'{base}' may raise, and would be read where there is no row, too",
                    "read it once before the loop, then run the fix again",
                )


def _annotation(function: Function, parameter: str) -> ast.expr | None:
    arguments = function.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        if argument.arg == parameter:
            return argument.annotation
    return None


def _annotation_allows_none(ancestors: Ancestors, function: Function, base: str) -> bool | None:
    root, _, attribute = base.rpartition(".")
    annotation = _annotation(function, root or attribute)
    if annotation is None:
        return None
    if not root:
        return _allows_none(annotation)
    name = ast.unparse(annotation).strip("'\"")
    return _attribute_allows_none(ancestors.of(name), attribute)


def _attribute_allows_none(owner: Ancestry, name: str) -> bool | None:
    for each in owner.classes:
        for node in ast.walk(each.node):
            if isinstance(node, ast.AnnAssign) and dotted(node.target) in {name, f"self.{name}"}:
                return _allows_none(node.annotation)
            if isinstance(node, ast.FunctionDef) and node.name == name and node.returns:
                return _allows_none(node.returns)
    return None


def _allows_none(annotation: ast.expr) -> bool:
    text = ast.unparse(annotation)
    return "None" in text or "Optional" in text


def is_guarded(module: Module, base: str, anchor: ast.stmt) -> bool:
    """Whether a check before ``anchor`` shows that ``base`` is not ``None`` there."""
    inner: ast.AST = anchor
    for ancestor in module.ancestors(anchor):
        if isinstance(ancestor, ast.If):
            if inner in ancestor.body and _proves(ancestor.test, base, holds=True):
                return True
            if inner in ancestor.orelse and _proves(ancestor.test, base, holds=False):
                return True
        for field in ("body", "orelse", "finalbody"):
            block = getattr(ancestor, field, None)
            if isinstance(block, list) and inner in block:
                for earlier in block[: block.index(inner)]:
                    if isinstance(earlier, ast.Assert) and _proves(earlier.test, base, holds=True):
                        return True
                    if (
                        isinstance(earlier, ast.If)
                        and isinstance(
                            earlier.body[-1], (ast.Raise, ast.Return, ast.Continue, ast.Break)
                        )
                        and _proves(earlier.test, base, holds=False)
                    ):
                        return True
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return False
        inner = ancestor
    return False


def _proves(test: ast.expr, base: str, *, holds: bool) -> bool:
    """Whether ``test`` being ``holds`` shows that ``base`` is not ``None``."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _proves(operand, base, holds=not holds)
        case ast.BoolOp(op=operator, values=values):
            every = isinstance(operator, ast.And)
            return every == holds and any(_proves(value, base, holds=holds) for value in values)
        case ast.Compare(left=left, ops=[operator], comparators=[ast.Constant(value=None)]):
            same = _is_the_base(left, base)
            return same and isinstance(operator, ast.IsNot if holds else ast.Is)
    return holds and _is_the_base(test, base)


def _is_the_base(tested: ast.expr, base: str) -> bool:
    """``base``, or ``(base := ...)``."""
    return dotted(tested.target if isinstance(tested, ast.NamedExpr) else tested) == base
