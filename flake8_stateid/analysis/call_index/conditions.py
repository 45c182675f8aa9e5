"""Conditions that let a place in a loop be passed in one round only."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.rounds import position_in
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import FUNCTIONS, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.call_index.rounds import Parents

    IsId = Callable[[ast.expr], bool]  # whether an expression is a state id by its name


def is_for_one_round(
    node: ast.AST, parents: Parents, loop: ast.AST | None, is_id: IsId, is_release: bool
) -> bool:
    """Whether a place is passed in one round only, as a condition says.

    In the first or the last one; where the id is another than before; for a release also where
    the id has no client, so that there is none to lose, or where its last user has gone.

    Args:
        node: The place.
        parents: The node around each node.
        loop: The loop that is asked about; None asks about the function.
        is_id: Whether an expression is a state id by its name.
        is_release: Whether a client is released there.
    """

    def is_misfit(test: ast.expr, missing: type[ast.cmpop]) -> bool:
        for item in walk(test):
            if _compares_ids(item, is_id):
                return True
            if is_release and (_looks_up(item, is_id, missing) or _counts_users(item)):
                return True
        return False

    current = node
    while current is not loop and not isinstance(current, FUNCTIONS):
        parent = parents.get(current)
        if parent is None:
            return False
        if isinstance(parent, ast.If | ast.IfExp) and current is not parent.test:
            if any(_tells_round(item) for item in walk(parent.test)):
                return True
            if is_misfit(parent.test, ast.NotIn if _is_then(current, parent) else ast.In):
                return True
        for earlier in position_in(parent, current)[2]:
            if (
                isinstance(earlier, ast.If)
                and _leaves(earlier)
                and is_misfit(earlier.test, ast.In)
            ):
                return True
        current = parent
    return False


def _is_then(current: ast.AST, parent: ast.If | ast.IfExp) -> bool:
    body = parent.body
    return current in body if isinstance(body, list) else current is body


def _leaves(statement: ast.If) -> bool:
    return isinstance(statement.body[-1], ast.Return | ast.Continue)


def _compares_ids(node: ast.AST, is_id: IsId) -> bool:
    """Whether an id is compared with something else: ``self._current != state_id``."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return False
    right = node.comparators[0]
    return (
        isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot)
        and not isinstance(right, ast.Constant)
        and (is_id(node.left) or is_id(right))
    )


def _looks_up(node: ast.AST, is_id: IsId, operator: type[ast.cmpop]) -> bool:
    """Whether an id is looked for: ``state_id not in self._clients``."""
    return (
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], operator)
        and is_id(node.left)
    )


def _counts_users(node: ast.AST) -> bool:
    """Whether somebody's number is looked at: ``users[id] <= 0``, ``not users[id]``."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Subscript)
    return isinstance(node, ast.Compare) and any(
        isinstance(right, ast.Constant) and type(right.value) is int and right.value in (0, 1)
        for right in node.comparators
    )


def _tells_round(node: ast.AST) -> bool:
    if isinstance(node, ast.Name | ast.Attribute | ast.Call):
        name = last_name(node).lower()
        return name == "len" or "first" in name or "last" in name
    if isinstance(node, ast.Compare):
        return any(
            isinstance(operator, ast.Eq)
            and isinstance(right, ast.Constant)
            and right.value in (0, 1)
            for operator, right in zip(node.ops, node.comparators, strict=True)
        )
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
