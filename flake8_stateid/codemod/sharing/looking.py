"""Whether a look into the cache is there for a client to be made where it finds none.

Each row found none at its first call. Rows that share a client find it, all but the first, so a
look must not do anything else.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.ids.logs import is_logged
from flake8_stateid.codemod.reading.nodes import JUMPS, begins, ends, walk

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from flake8_stateid.codemod.reading.modules import Module

# Expressions whose value is that of a part of them.
_HANDING_THROUGH = (ast.NamedExpr, ast.Await)
# Statements behind which the block does not go on.


def leads_to(
    module: Module,
    look: ast.expr,
    points: AbstractSet[ast.AST],
    released: AbstractSet[ast.AST],
) -> bool:
    """Whether ``look`` tells no more than that one of ``points`` has to fill the cache.

    Args:
        module: The module.
        look: ``state_id in self._clients`` or ``self._clients.get(state_id)``.
        points: What fills it, in the function of ``look``.
        released: What empties it there.
    """
    if is_logged(module, look) or _is_certain(look, points, released):
        return True
    value: ast.AST = look
    names: set[str] = set()
    while isinstance(parent := module.parents[value], _HANDING_THROUGH) or (
        isinstance(parent, ast.Call) and plain_name(parent.func) == "cast"
    ):
        if isinstance(parent, ast.NamedExpr):
            names.add(parent.target.id)
        value = parent
    if isinstance(parent, ast.Assign):
        names.update(each.id for each in parent.targets if isinstance(each, ast.Name))
    elif isinstance(parent, ast.AnnAssign) and isinstance(parent.target, ast.Name):
        names.add(parent.target.id)
    is_test = isinstance(look, ast.Compare) or _is_tested(module, value)
    if is_test and not _makes(module, value, points):
        return False
    function = module.function_of(look)
    return function is None or all(
        _makes(module, node, points)
        for name in names
        for node in module.own_names(function, name)
        if _is_tested(module, node) and not _is_certain(node, points, frozenset())
    )


def _is_certain(
    node: ast.expr, points: AbstractSet[ast.AST], released: AbstractSet[ast.AST]
) -> bool:
    """Whether the cache was filled before ``node``, and is not emptied by then."""
    return max(map(ends, points)) < begins(node) and all(
        begins(node) < begins(each) for each in released
    )


def _is_tested(module: Module, node: ast.AST) -> bool:
    """Whether ``node`` decides something by being a client, or none."""
    parent = module.parents[node]
    match parent:
        case (
            ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test)
        ):
            return test is node
        case ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
            return True
        case ast.Call(func=ast.Name(id="bool")):
            return True
    return False


def _makes(module: Module, node: ast.AST, points: AbstractSet[ast.AST]) -> bool:
    """Whether a client is made by what a test decides that ``node`` is part of."""
    inner = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (ast.BoolOp, ast.IfExp)) and not points.isdisjoint(walk(ancestor)):
            return True
        if isinstance(ancestor, (ast.If, ast.While)) and ancestor.test is inner:
            leaves = isinstance(ancestor.body[-1], JUMPS)
            return not points.isdisjoint(walk(ancestor)) or (
                leaves and any(begins(each) > begins(ancestor) for each in points)
            )
        if not isinstance(ancestor, ast.expr):
            return False
        inner = ancestor
    return False
