"""Whether rows go on where one of them raised, and leave gaps in a shared client's numbers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import LOOPS, suppresses
from flake8_stateid.codemod.clients.gaps import BROAD, handled_by
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_stateid.codemod.clients.gaps import Escape, Gap
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

# What a row's own code raises where an answer is not what it should be: no call failed.
_READING = frozenset(
    {"KeyError", "ValueError", "IndexError", "LookupError", "TypeError", "AttributeError"}
    | {"JSONDecodeError", "ZeroDivisionError", "StopIteration"}
)
_TIMING = frozenset({"wait_for", "timeout", "timeout_at", "move_on_after", "fail_after"})
_TIMED_OUT = frozenset({"TimeoutError", "CancelledError", "Exception", "BaseException"})


class Rows(NamedTuple):
    """What may run while rows run, the client's own methods left out.

    Attributes:
        function: The batch path.
        scopes: Its statements, and the functions that they reach.
        beside: Whether rows run beside each other, so that others go on where one raised.
    """

    function: Function
    scopes: tuple[ast.AST, ...]
    beside: bool


def refuse_gaps(
    module: Module, rows: Rows, gaps: Mapping[str, Gap], telling: frozenset[str], row: int
) -> None:
    """Refuse a client that may take a number and record nothing under it.

    Args:
        module: The module of the batch path.
        rows: What uses the client.
        gaps: What the client's methods owe.
        telling: Those that hand out the number; what rows do with it is another question.
        row: Where the client is made.

    Raises:
        RefusalError: A row behind it would see a gap in ``call_index``.
    """
    used = _used(rows, gaps)
    known = {name for gap in gaps.values() for name in gap.known}
    asked = {node.attr for node in _nodes(rows) if isinstance(node, ast.Attribute)} - telling
    caught: frozenset[str] | None = None
    for name in sorted(used):
        gap = gaps[name]
        if gap.wastes or (gap.takes and name in asked):
            raise _gap(name, "may count a call and record nothing", row)
        if gap.escapes and caught is None:
            caught = frozenset(_caught(module, rows))
        if caught is not None and any(
            _goes_on(escape, caught, known, rows) for escape in gap.escapes
        ):
            raise _gap(
                name, "counts a call and records nothing where it raises, and rows go on", row
            )


def _gap(name: str, what: str, row: int) -> RefusalError:
    return RefusalError(
        f"the client's '{name}' {what}, so call_index would have a gap",
        "record each call that is counted, or count where it is recorded",
        row,
    )


def _used(rows: Rows, gaps: Mapping[str, Gap]) -> set[str]:
    """The client's methods that rows call, and those that these call."""
    named = {node.attr for node in _nodes(rows) if isinstance(node, ast.Attribute)}
    todo = [name for name in gaps if name in named or name.startswith("__")]
    if not named.intersection(gaps):
        todo = list(gaps)  # something else calls them for the rows
    used: set[str] = set()
    while todo:
        name = todo.pop()
        if name in gaps and name not in used:
            used.add(name)
            todo.extend(gaps[name].calls)
    return used


def _goes_on(escape: Escape, caught: frozenset[str], known: set[str], rows: Rows) -> bool:
    """Whether another call may follow where the client was left by ``escape``."""
    if escape.awaited:
        # A timeout cancels the call, and is caught as an error of another kind.
        return not caught.isdisjoint(_TIMED_OUT) and any(
            isinstance(node, ast.Call) and plain_name(node.func) in _TIMING
            for node in _nodes(rows)
        )
    if escape.raised:
        return rows.beside or bool(caught - _READING) or escape.raised in caught
    others = caught - escape.handled - (known - BROAD)
    return bool(others - _READING if known else others) or (rows.beside and not known)


def _caught(module: Module, rows: Rows) -> Iterator[str]:
    """The exceptions after which rows go on, by name."""
    for node in _nodes(rows):
        if isinstance(node, ast.ExceptHandler):
            if not _ends(module, rows, node):
                yield from handled_by(node.type)
        elif isinstance(node, ast.withitem) and suppresses(node.context_expr):
            assert isinstance(node.context_expr, ast.Call)
            for each in node.context_expr.args:
                yield from handled_by(each)
        elif isinstance(node, ast.Try) and any(
            isinstance(each, (ast.Return, ast.Continue))
            for statement in node.finalbody
            for each in walk(statement)
        ):
            yield from BROAD  # it swallows what is raised


def _ends(module: Module, rows: Rows, handler: ast.ExceptHandler) -> bool:
    """Whether a handler raises, or leaves the batch, whatever it does before."""
    leaving = [
        node for node in walk(handler) if isinstance(node, (ast.Return, ast.Break, ast.Continue))
    ]
    last = handler.body[-1]
    if isinstance(last, ast.Raise):
        return not leaving
    if module.function_of(handler) is not rows.function or leaving != [last]:
        return False
    loop = module.enclosing(handler, *LOOPS)
    return isinstance(last, ast.Return) or (
        isinstance(last, ast.Break) and loop is not None and module.enclosing(loop, *LOOPS) is None
    )


def _nodes(rows: Rows) -> Iterable[ast.AST]:
    return (node for scope in rows.scopes for node in walk(scope))
