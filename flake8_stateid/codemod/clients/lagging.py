"""Whether a client's counter goes on behind each call it records, also where a call fails.

``record_call(..., self._count)``, then something that may raise, then ``self._count += 1``: a row
that raises there leaves the counter behind. While each row has a client of its own that does not
show; the next row of a shared one records the same index again.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, assigned
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

_BLOCKS = ("body", "orelse", "finalbody")


def lags(module: Module, method: Method, counters: frozenset[str]) -> bool:
    """Whether a call may be recorded, and the counter not go on.

    Args:
        module: The module of the method.
        method: A method that may record calls.
        counters: The counters, as they are spelled there (``self._call_index``).
    """
    steps = [
        node
        for node in walk(method)
        if isinstance(node, (ast.Assign, ast.AugAssign)) and _goes_on(node, counters)
    ]
    if not steps:
        return False  # another method does that, before it hands out the index
    first = min(node.lineno for node in steps)
    return any(
        node.lineno < first
        and _takes(node, method, counters)
        and not _is_followed(module, module.statement_of(node), counters)
        for node in walk(method)
        if isinstance(node, ast.Call)
    )


def _goes_on(node: ast.AST, counters: frozenset[str]) -> bool:
    if isinstance(node, ast.AugAssign):
        return dotted(node.target) in counters
    return any(dotted(target) in counters for target, _ in assigned(node))


def _takes(call: ast.Call, method: Method, counters: frozenset[str]) -> bool:
    """Whether a call records a counter as it stands, by itself or by a local."""
    held = {
        target.id
        for node in walk(method)
        for target, value in assigned(node)
        if isinstance(target, ast.Name) and dotted(value) in counters
    }
    return any(
        dotted(value) in counters or (isinstance(value, ast.Name) and value.id in held)
        for value in recorded_indexes(call)
    )


def _is_followed(module: Module, statement: ast.stmt, counters: frozenset[str]) -> bool:
    """Whether the counter goes on behind a statement, with nothing in between that may raise."""
    current: ast.AST = statement
    if isinstance(statement, (ast.Return, ast.Raise)):
        return _is_followed_at_last(module, statement, counters)
    while not isinstance(current, FUNCTIONS):
        parent = module.parents[current]
        behind = _behind(parent, current)
        for each in behind:
            if _is_step(each, counters):
                return True
            if not _is_harmless(each):
                return _is_followed_at_last(module, statement, counters)
        if isinstance(parent, LOOPS):
            break
        current = parent
    return _is_followed_at_last(module, statement, counters)


def _behind(parent: ast.AST, current: ast.AST) -> Sequence[ast.stmt]:
    """The statements that run behind ``current`` in the block of ``parent`` that it stands in."""
    for name in _BLOCKS:
        block = getattr(parent, name, [])
        if isinstance(block, list) and current in block:
            following = block[block.index(current) + 1 :]
            if isinstance(parent, ast.Try) and name == "body":
                return [*following, *parent.orelse]
            return following
    return []


def _is_followed_at_last(module: Module, node: ast.AST, counters: frozenset[str]) -> bool:
    """Whether a ``finally`` around ``node`` begins with the counter going on."""
    inner = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return False
        if (
            isinstance(ancestor, ast.Try)
            and inner not in ancestor.finalbody
            and any(_is_step(each, counters) for each in ancestor.finalbody)
        ):
            return True
        inner = ancestor
    return False


def _is_step(statement: ast.stmt, counters: frozenset[str]) -> bool:
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return any(_is_step(each, counters) for each in statement.body)
    return _goes_on(statement, counters)


def _is_harmless(statement: ast.stmt) -> bool:
    """Whether a statement cannot raise, as far as can be seen: log lines, plain assignments."""
    match statement:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call() as call):
            return is_log(call)
        case ast.Assign(value=ast.Name() | ast.Attribute() | ast.Constant()):
            return True
    return False
