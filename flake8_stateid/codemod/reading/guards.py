"""What is known not to be ``None`` where a statement begins: checks and bindings before it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, suppresses
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

# Whether a value that is bound, in the statement given, may be ``None``.
AllowsNone = Callable[[ast.expr, ast.stmt], bool]


def is_guarded(module: Module, path: str, anchor: ast.stmt, allows_none: AllowsNone) -> bool:
    """Whether what stands before ``anchor`` shows that ``path`` is not ``None`` there.

    A check that leaves where it is, a binding to something else, and ``path.attribute``, which
    would have raised, do.

    Args:
        module: The module.
        path: ``ctx``, ``self._ctx``, ``ctx.state_id``.
        anchor: The statement.
        allows_none: Whether a value that is bound may be ``None``.
    """
    inner: ast.AST = anchor
    for ancestor in module.ancestors(anchor):
        if isinstance(ancestor, ast.If):
            if inner in ancestor.body and _proves(ancestor.test, path, holds=True):
                return True
            if inner in ancestor.orelse and _proves(ancestor.test, path, holds=False):
                return True
        for field in ("body", "orelse", "finalbody"):
            block = getattr(ancestor, field, None)
            if isinstance(block, list) and inner in block:
                settled = _settled(block[: block.index(inner)], path, allows_none)
                if settled is not None:
                    return settled
        if isinstance(ancestor, FUNCTIONS):
            return False
        inner = ancestor
    return False


def is_tested(nodes: Iterable[ast.AST], paths: set[str]) -> bool:
    """Whether a condition anywhere in ``nodes`` asks whether one of ``paths`` is ``None``."""
    return any(
        _asks(test, paths) for each in nodes for node in walk(each) for test in _tests(node)
    )


def _tests(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test):
            return [test]
        case ast.IfExp(test=test):
            return [test]
        case ast.comprehension(ifs=tests):
            return tests
    return []


def _asks(test: ast.expr, paths: set[str]) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _asks(operand, paths)
        case ast.BoolOp(values=values):
            return any(_asks(value, paths) for value in values)
        case ast.Compare(
            left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            return _asks(left, paths)
        case ast.NamedExpr(target=target, value=value):
            return target.id in paths or dotted(value) in paths
    return dotted(test) in paths


def _settled(block: Sequence[ast.stmt], path: str, allows_none: AllowsNone) -> bool | None:
    """Whether ``path`` is known not to be ``None`` behind ``block``; ``None``: as before it."""
    for statement in reversed(block):
        match statement:
            case ast.Assert(test=test) if _proves(test, path, holds=True):
                return True
            case ast.If(test=test, body=body, orelse=[]) if _proves(test, path, holds=False):
                leaves = isinstance(body[-1], (ast.Raise, ast.Return, ast.Continue, ast.Break))
                if leaves or _settled(body, path, allows_none):
                    return True
            case ast.With(items=items, body=body) if not any(
                suppresses(item.context_expr) for item in items
            ):
                settled = _settled(body, path, allows_none)
                if settled is not None:
                    return settled
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ) if dotted(target) == path:
                return not allows_none(value, statement)
        if _binds(statement, path):
            return False
        if _reads_of(statement, path):
            return True
    return None


def _binds(statement: ast.stmt, path: str) -> bool:
    """Whether a statement may bind ``path``, or what it begins with."""
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and not isinstance(node.ctx, ast.Load)
        and f"{path}.".startswith(f"{dotted(node)}.")
        for node in walk(statement)
    )


def _reads_of(statement: ast.stmt, path: str) -> bool:
    """Whether a statement is sure to read an attribute of ``path``."""
    todo: list[ast.AST] = []
    match statement:
        case ast.Expr() | ast.Assign() | ast.AnnAssign():
            todo = [statement]
        case ast.If(test=test) | ast.While(test=test):
            todo = [test]
    while todo:
        node = todo.pop()
        match node:
            case ast.Attribute(value=value) if dotted(value) == path:
                return True
            case ast.BoolOp(values=[first, *_]):
                todo.append(first)
            case ast.IfExp(test=first):
                todo.append(first)
            case ast.Compare(left=left, comparators=[first, *_]):
                todo.extend([left, first])
            case _ if not isinstance(node, (*FUNCTIONS, *COMPREHENSIONS)):
                todo.extend(children(node))
    return False


def _proves(test: ast.expr, path: str, *, holds: bool) -> bool:
    """Whether ``test`` being ``holds`` shows that ``path`` is not ``None``."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _proves(operand, path, holds=not holds)
        case ast.BoolOp(op=operator, values=values):
            every = isinstance(operator, ast.And)
            return every == holds and any(_proves(value, path, holds=holds) for value in values)
        case ast.Compare(left=left, ops=[operator], comparators=[ast.Constant(value=None)]):
            same = _is_the_path(left, path)
            return same and isinstance(operator, ast.IsNot if holds else ast.Is)
        case ast.Call(func=ast.Name(id="isinstance"), args=[first, _]):
            return holds and _is_the_path(first, path)
    return holds and _is_the_path(test, path)


def _is_the_path(tested: ast.expr, path: str) -> bool:
    """``path``, or ``(path := ...)``."""
    return dotted(tested.target if isinstance(tested, ast.NamedExpr) else tested) == path
