"""The nodes below a node, remembered: a plan asks the same trees some hundred times.

Unlike the walks of :mod:`flake8_stateid.analysis.tree`, these keep the order of :func:`ast.walk`,
which decides the reason that is given first, and leave no names of imports out.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Operators and contexts: one object each for the whole process; their parent says which it has.
_SIGNS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
# They leave the block that they end.
JUMPS = (ast.Raise, ast.Return, ast.Continue, ast.Break)
# Kept on the node, so that it goes with its tree. Who changes a node says so: see `changed`.
_BELOW = "_stateid_below"


def children(node: ast.AST) -> tuple[ast.AST, ...]:
    """The nodes directly below a node, in the order of its fields; no operators and contexts."""
    below: tuple[ast.AST, ...] | None = vars(node).get(_BELOW)
    if below is None:
        below = tuple(each for each in ast.iter_child_nodes(node) if not isinstance(each, _SIGNS))
        setattr(node, _BELOW, below)
    return below


def changed(node: ast.AST) -> None:
    """Forget what was below a node: it has got other children."""
    vars(node).pop(_BELOW, None)


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes below it, those nearest to it first; no operators and contexts."""
    found = [node]
    for each in found:
        # As in `children`, whose call would cost as much as the rest.
        below = each.__dict__.get(_BELOW)
        found += children(each) if below is None else below
    return found


def own_nodes(*roots: ast.AST) -> Iterator[ast.AST]:
    """The nodes of ``roots`` without those of functions made in them."""
    todo = list(roots)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, FUNCTIONS):
            todo.extend(children(node))


def chosen(value: ast.expr | None) -> ast.expr | None:
    """``Pool(4)`` of ``Pool(4) if pooled else None``: all that a method could be called on."""
    if isinstance(value, ast.IfExp) and is_none(value.orelse):
        return value.body
    return value


def stored_names(node: ast.AST) -> set[str]:
    """The names that are bound, or deleted, in ``node`` or below it."""
    return {
        each.id
        for each in walk(node)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    }


def unawaited(node: ast.AST | None) -> ast.AST | None:
    """``call()`` of ``await call()``; any other node itself."""
    return node.value if isinstance(node, ast.Await) else node


def begins(node: ast.AST) -> tuple[int, int]:
    """Where an expression or a statement begins in the text."""
    assert isinstance(node, (ast.expr, ast.stmt))
    return node.lineno, node.col_offset


def ends(node: ast.AST) -> tuple[int, int]:
    """Where it ends."""
    assert isinstance(node, (ast.expr, ast.stmt))
    return node.end_lineno or 0, node.end_col_offset or 0


def is_none(node: ast.expr) -> bool:
    """Whether ``node`` is ``None``."""
    return isinstance(node, ast.Constant) and node.value is None
