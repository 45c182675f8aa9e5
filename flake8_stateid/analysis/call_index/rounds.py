"""Whether another round of a loop can follow a place in it: how statements complete."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.handing import MAPPING
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS, suppresses, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Parents = Mapping[ast.AST, ast.AST]


# Sets of ways, as bits: an enum.Flag takes longer to define than a loop takes to be looked at.
Ways = int


class Completion:
    """The ways in which a statement can end."""

    NEVER: Ways = 0
    FALL: Ways = 1  # the next statement follows
    CONTINUE: Ways = 2
    BREAK: Ways = 4
    RETURN: Ways = 8
    RAISE: Ways = 16


NORMAL = Completion.FALL | Completion.RETURN
_STAYS = Completion.FALL | Completion.CONTINUE | Completion.BREAK  # in the function
_EXITS: dict[type[ast.stmt], Ways] = {
    ast.Return: Completion.RETURN,
    ast.Raise: Completion.RAISE,
    ast.Break: Completion.BREAK,
    ast.Continue: Completion.CONTINUE,
}


def completion_of(block: Iterable[ast.stmt]) -> Ways:
    """How a block can complete."""
    result = Completion.FALL
    for statement in block:
        result = result & ~Completion.FALL | _completion(statement)
        if not result & Completion.FALL:
            break
    return result


def _completion(statement: ast.stmt) -> Ways:
    exit_ = _EXITS.get(type(statement))
    if exit_ is not None:
        return exit_
    if isinstance(statement, ast.If):
        return completion_of(statement.body) | completion_of(statement.orelse)
    if isinstance(statement, ast.With | ast.AsyncWith):
        return _swallowed(statement, completion_of(statement.body))
    if isinstance(statement, LOOPS):
        inner = completion_of(statement.body)
        result = inner & (Completion.RETURN | Completion.RAISE)
        if inner & Completion.BREAK or not _is_endless(statement):
            result |= Completion.FALL
        return result
    if isinstance(statement, ast.Try | ast.TryStar):
        return _finally(statement, _before_finally(statement))
    if isinstance(statement, ast.Match):
        result = Completion.FALL
        for case in statement.cases:
            result |= completion_of(case.body)
        return result
    return Completion.FALL


def _is_endless(loop: ast.stmt) -> bool:
    return (
        isinstance(loop, ast.While)
        and isinstance(loop.test, ast.Constant)
        and bool(loop.test.value)
    )


def _swallowed(statement: ast.With | ast.AsyncWith, inner: Ways) -> Ways:
    """How a ``with`` completes, given how its body does."""
    if inner & Completion.RAISE and any(suppresses(item.context_expr) for item in statement.items):
        return inner | Completion.FALL
    return inner


def _before_finally(statement: ast.Try | ast.TryStar) -> Ways:
    result = completion_of(statement.body)
    if result & Completion.FALL:
        result = result & ~Completion.FALL | completion_of(statement.orelse)
    if result & Completion.RAISE or _may_raise(statement.body):
        result |= _handled(statement)
    return result


def _handled(statement: ast.Try | ast.TryStar) -> Ways:
    result = Completion.NEVER
    for handler in statement.handlers:
        result |= completion_of(handler.body)
    return result


def _finally(statement: ast.Try | ast.TryStar, before: Ways) -> Ways:
    last = completion_of(statement.finalbody)
    if not last & Completion.FALL:
        return last
    return before | last & ~Completion.FALL


def _may_raise(nodes: Iterable[ast.AST], but_for: ast.AST | None = None) -> bool:
    """Whether an exception may come out of the code: it calls, awaits or raises something."""
    return any(
        isinstance(node, ast.Call | ast.Await | ast.Raise) and node is not but_for
        for root in nodes
        for node in walk(root)
    )


class After:
    """What can follow a place in a loop's body or in a function."""

    NOTHING: Ways = 0
    ROUND: Ways = 1  # the next round of the loop
    NORMAL: Ways = 2  # the function returns
    RAISE: Ways = 4  # the function raises


def after(node: ast.AST, parents: Parents, loop: ast.AST | None, raised: bool = False) -> Ways:
    """What can follow once a place has been passed.

    Args:
        node: The place: an expression or a statement.
        parents: The node around each node.
        loop: The loop that is asked about; None asks about the function.
        raised: Whether an exception is on its way out of ``node``.
    """
    statement = node
    while not isinstance(statement, ast.stmt):
        if statement is loop:
            # An element of a comprehension, or the test of a loop.
            return After.NOTHING if raised else After.ROUND
        if isinstance(statement, ast.Lambda):
            return After.RAISE if raised else After.NORMAL
        statement = parents[statement]
    if statement is loop:
        return After.NOTHING if raised else After.ROUND
    now = Completion.RAISE if raised else _completion_of_simple(statement)
    return _climb(statement, node, now, parents, loop)


def _completion_of_simple(statement: ast.stmt) -> Ways:
    # Of a compound statement the place is the header: its body may follow.
    return _EXITS.get(type(statement)) or (
        Completion.FALL if not hasattr(statement, "body") else _completion(statement)
    )


def _climb(
    statement: ast.stmt, node: ast.AST, now: Ways, parents: Parents, loop: ast.AST | None
) -> Ways:
    current: ast.AST = statement
    while True:
        parent = parents.get(current)
        field, rest, _ = position_in(parent, current)
        if now & Completion.FALL:
            now = now & ~Completion.FALL | completion_of(rest)
        if parent is loop and loop is not None:
            within = field == "body"
            goes_on = now & (Completion.FALL | Completion.CONTINUE)
            return After.ROUND if within and goes_on else After.NOTHING
        if parent is None or isinstance(parent, (*FUNCTIONS, ast.Module, ast.ClassDef)):
            result = After.NORMAL if now & NORMAL else After.NOTHING
            return result | (After.RAISE if now & Completion.RAISE else After.NOTHING)
        if isinstance(parent, ast.ExceptHandler | ast.match_case):
            around = parents[parent]
            assert isinstance(around, ast.Try | ast.TryStar | ast.Match)
            if not isinstance(around, ast.Match):
                now = _finally(around, now)
            current = around
            continue
        if isinstance(parent, ast.Try | ast.TryStar):
            now = _out_of_try(parent, field, now, _may_raise([current, *rest], node))
        elif isinstance(parent, ast.With | ast.AsyncWith):
            now = _swallowed(parent, now)
        elif isinstance(parent, LOOPS) and field == "body" and now & _STAYS:
            now = now & ~_STAYS | Completion.FALL
        current = parent


def position_in(
    parent: ast.AST | None, current: ast.AST
) -> tuple[str, list[ast.stmt], list[ast.stmt]]:
    """The field of the parent that a statement stands in, and what is behind and before it."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list):
            for index, item in enumerate(block):
                if item is current:
                    return field, block[index + 1 :], block[:index]
    return "", [], []


def _out_of_try(statement: ast.Try | ast.TryStar, field: str, now: Ways, may_raise: bool) -> Ways:
    """How a ``try`` completes after a place in one of its blocks has been passed."""
    if field == "finalbody":
        if now & Completion.FALL:
            now = now & ~Completion.FALL | _before_finally(statement)
        return now
    if field == "body":
        if now & Completion.FALL:
            now = now & ~Completion.FALL | completion_of(statement.orelse)
        if now & Completion.RAISE or may_raise:
            now |= _handled(statement)
    return _finally(statement, now)


def is_map(call: ast.Call) -> bool:
    """Whether a call calls its first argument for each item of the others: ``map(one, rows)``."""
    return len(call.args) > 1 and last_name(call.func) in MAPPING


def runs_once(loop: ast.AST) -> bool:
    """Whether a loop has one round at most: over a display of one item, or ``range(1)``."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        source = loop.iter
    elif isinstance(loop, COMPREHENSIONS):
        if len(loop.generators) > 1:
            return False
        source = loop.generators[0].iter
    elif isinstance(loop, ast.Call):
        return any(_has_one_item(item) for item in loop.args[1:])
    else:
        return False
    return _has_one_item(source)


def _has_one_item(source: ast.expr) -> bool:
    """Whether an expression holds one item at most: ``[row]``, ``range(1)``, ``rows[:1]``."""
    if isinstance(source, ast.List | ast.Tuple | ast.Set):
        return len(source.elts) <= 1 and not any(
            isinstance(item, ast.Starred) for item in source.elts
        )
    if isinstance(source, ast.Subscript):
        part = source.slice
        return isinstance(part, ast.Slice) and part.lower is None and _is_one(part.upper)
    if not isinstance(source, ast.Call) or not source.args:
        return False
    name = last_name(source.func)
    if name == "enumerate":
        return _has_one_item(source.args[0])
    if name == "islice":
        return not source.args[2:] and _is_one(source.args[-1])
    return name == "range" and len(source.args) == 1 and _is_one(source.args[0])


def _is_one(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value in (0, 1)
