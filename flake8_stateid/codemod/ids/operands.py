"""What a concatenation or a ``join`` takes besides the state id, which must be text.

``ctx.state_id + row["n"]`` raises TypeError where the row holds a number. What is not shown to be
text therefore goes on being put together with one, or the id is refused.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.ids.bases import (
    MAX_LOCALS,
    PADDING,
    STRING_METHODS,
    elements,
    interpolated,
    is_formatting,
    is_integer,
    is_lookup,
    is_plain_format,
    strip_wrappers,
)
from flake8_stateid.codemod.ids.shown import refuse_acting
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.declared import is_text, type_of
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_stateid.codemod.ids.bindings import Bindings
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

_TEXTS = frozenset({"str", "repr", "ascii", "hex", "oct", "bin", "chr", "format"})


class Operands:
    """Finds operands that are not shown to be text.

    Args:
        module: The module.
        ancestors: Finds classes of this and other modules.
        bindings: What local variables are bound to.
        is_state_id: Whether an identifier is a state id name.
        integers: Names known to hold integers.
    """

    def __init__(
        self,
        module: Module,
        ancestors: Ancestors,
        bindings: Bindings,
        is_state_id: Callable[[str], bool],
        integers: frozenset[str],
    ) -> None:
        """Look in ``module``."""
        self._module = module
        self._ancestors = ancestors
        self._bindings = bindings
        self._is_state_id = is_state_id
        self._integers = integers

    def check(self, builder: ast.expr | ast.AugAssign) -> set[ast.expr]:
        """The lookups of ``builder`` that must go on being added to a text.

        Raises:
            RefusalError: Another operand may be no text, or act when one is made of it.
        """
        refuse_acting(
            self._module,
            self._ancestors,
            builder,
            lambda each: is_integer(each, self._integers) or self._is_text(each),
        )
        kept: set[ast.expr] = set()
        extended = isinstance(builder, ast.AugAssign)
        value = builder.value if isinstance(builder, ast.AugAssign) else builder
        for operand, added in self._taken(value, extended, extended, 0):
            if self._is_text(operand):
                continue
            if not added or not is_lookup(operand):
                raise RefusalError(
                    f"the id takes '{ast.unparse(operand)}' for a text, and may raise TypeError "
                    "where it is none",
                    "put 'str()' around it, or give it the type 'str', then run the fix again",
                    operand.lineno,
                )
            kept.add(operand)
        return kept

    def would_raise(self, builder: ast.expr | ast.AugAssign) -> bool:
        """Whether ``builder`` takes the state id for a text, so that none raised there."""
        return isinstance(builder, ast.AugAssign) or any(
            self._is_given(operand) for operand, _ in self._taken(builder, False, False, 0)
        )

    def _taken(
        self, node: ast.expr, needed: bool, added: bool, depth: int
    ) -> Iterator[tuple[ast.expr, bool]]:
        """Operands that must be text, and whether ``+`` takes them; not all that is seen to be.

        Args:
            node: What the id, or a part of it, is made of.
            needed: Whether it must be text.
            added: Whether that is because it is added to one.
            depth: How many locals were looked through.
        """
        if isinstance(node, ast.Name) and depth < MAX_LOCALS:
            value = self._bindings.expand(node)
            if value is not None:
                yield from self._taken(value, needed, added, depth + 1)
                return
        stripped = strip_wrappers(node)
        if stripped is not node:
            # ``ctx.state_id.lower()``
            asked = any(
                isinstance(each, ast.Attribute) and each.attr in STRING_METHODS
                for each in walk(node)
            )
            needed = (needed and not self._is_text(node)) or (asked and self._is_given(stripped))
            yield from self._taken(stripped, needed, added, depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if not needed and is_integer(node, self._integers):
                return
            for side in (node.left, node.right):
                yield from self._taken(side, True, True, depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            right = node.right
            for each in right.elts if isinstance(right, ast.Tuple) else [right]:
                yield from self._taken(each, False, False, depth)
        elif (fields := interpolated(node)) is not None:
            for field in fields:
                bare = field.format_spec is not None and self._is_given(field.value)
                yield from self._taken(field.value, bare, False, depth)
        elif isinstance(node, ast.Call) and is_formatting(node):
            assert isinstance(node.func, ast.Attribute)
            joins, plain = node.func.attr == "join", is_plain_format(node.func)
            for argument in arguments_of(node):
                made = isinstance(argument, (ast.ListComp, ast.GeneratorExp)) and not isinstance(
                    argument.elt, ast.Name
                )
                for each in elements(argument, self._bindings):
                    bare = not plain and self._is_given(each)
                    yield from self._taken(each, (joins and not made) or bare, False, depth)
        elif needed:
            yield node, added

    def _is_text(self, node: ast.expr) -> bool:
        """Whether ``node`` is shown to be text."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, str)
            case ast.JoinedStr():
                return True
            case ast.BinOp(left=left, op=ast.Mod()):
                return self._is_text(left)
            case ast.Call(func=ast.Name(id=name)):
                return name in _TEXTS
            case ast.Call(func=ast.Attribute(attr=attr)):
                return is_formatting(node) or attr in STRING_METHODS | PADDING
            case ast.Attribute(attr="hex", value=ast.Call()):
                return True
            case ast.Subscript(value=value, slice=ast.Slice()):
                return self._is_text(value)
        if self._is_given(node):
            return True
        if isinstance(node, ast.Name) and any(map(self._is_text, self._values(node))):
            return True
        return is_text(type_of(self._module, node))

    def _is_given(self, node: ast.expr) -> bool:
        """Whether ``node`` is a state id."""
        name = dotted(node)
        return bool(name) and (
            self._is_state_id(name.rpartition(".")[2]) or self._bindings.is_given(node)
        )

    def _values(self, name: ast.Name) -> list[ast.expr]:
        """The one value that a local, or a constant of the module, is bound to."""
        scope = self._module.binder(self._module.function_of(name), name.id)
        stores = [
            each
            for each in walk(scope or self._module.root_of(name))
            if isinstance(each, ast.Name)
            and each.id == name.id
            and not isinstance(each.ctx, ast.Load)
        ]
        parent = self._module.parents[stores[0]] if len(stores) == 1 else None
        match parent:
            case ast.Assign(targets=[ast.Name()], value=value):
                return [value]
            case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                return [value]
            case (
                ast.For(iter=ast.Tuple(elts=each) | ast.List(elts=each))
                | ast.comprehension(iter=ast.Tuple(elts=each) | ast.List(elts=each))
            ) if all(map(self._is_text, each)):
                return each[:1]
            case (
                ast.For(iter=ast.Constant() as text)
                | ast.comprehension(iter=ast.Constant() as text)
            ):
                return [text]
        return []
