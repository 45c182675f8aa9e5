"""Numbers that a client takes and records nothing under: rows that share it see a gap.

A client per row hid that behind the row's last call. Each method is run on what it owes: 1 where
a number is taken and not recorded yet, -1 where a call is recorded and the counter is still to go
on, 0 where both or neither happened. Whether a row that raises matters is for the rows to say:
see :mod:`flake8_stateid.codemod.clients.catching`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.call_index.counters import CONSTRUCTORS
from flake8_stateid.analysis.tree import FUNCTIONS, suppresses
from flake8_stateid.codemod.clients.taking import NOTHING, OWED, Methods, Taking, own_method
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.effects import CLOSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flake8_stateid.codemod.tracing.counters import Method

BROAD = frozenset({"Exception", "BaseException"})
_ROUNDS = 4  # methods that hand a number on to one another


class Escape(NamedTuple):
    """A way out of a method, by an exception, with a number that nothing is recorded under.

    Attributes:
        raised: The exception, where the method raises it itself; empty for what a call raises.
        handled: What the handlers around the place would have caught.
        awaited: Whether a task may be cancelled there.
    """

    raised: str
    handled: frozenset[str]
    awaited: bool


class Gap(NamedTuple):
    """What one method of a client owes.

    Attributes:
        wastes: Whether it may return with a number taken and nothing recorded under it.
        takes: Whether it always does, and leaves the recording to those who call it.
        escapes: The ways out by an exception.
        known: Exceptions that it records a call for, or raises after it.
        calls: The methods of the client that it calls.
    """

    wastes: bool
    takes: bool
    escapes: frozenset[Escape]
    known: frozenset[str]
    calls: frozenset[str]


def gaps_of(methods: Sequence[Method], counters: frozenset[str]) -> dict[str, Gap]:
    """What the methods of a client's class owe, by name; nothing where none records calls.

    Args:
        methods: The methods of the class and its bases, the class first.
        counters: Its counters, as they are spelled there (``self._call_index``).
    """
    if not counters:
        return {}
    methods = [method for method in methods if method.name not in CONSTRUCTORS | CLOSING]
    owed: dict[str, frozenset[int]] = {}
    runs: list[_Run] = []
    known = Methods.of(methods, counters)
    for _ in range(_ROUNDS):
        # What the class defines hides what its bases do.
        runs = [_Run(method, Taking(method, known, owed)) for method in reversed(methods)]
        found = {run.name: run.left or NOTHING for run in runs}
        if found == owed:
            break
        owed = found
    if not any(run.records for run in runs):
        return {}
    gaps: dict[str, Gap] = {}
    for run in runs:
        gap, base = run.gap(known.names), gaps.get(run.name)
        if base is not None and run.name in gap.calls:  # super().ask(text)
            gap = Gap(
                gap.wastes or base.wastes,
                gap.takes,
                gap.escapes | base.escapes,
                gap.known | base.known,
                gap.calls | base.calls,
            )
        gaps[run.name] = gap
    return gaps


class _Ways(NamedTuple):
    """Where the statements of a block lead, each with what is owed then.

    Attributes:
        on: Behind the block.
        returned: Out of the method.
        jumped: To the next round of a loop, or behind the loop.
    """

    on: frozenset[int]
    returned: frozenset[int] = frozenset()
    jumped: frozenset[int] = frozenset()


class _Run:
    """One method, run on what it owes.

    Attributes:
        name: The method's.
        left: What it may owe when it returns.
        records: Whether it records calls.

    Args:
        method: The method.
        taking: Answers what of it takes a number, and what records one.
    """

    def __init__(self, method: Method, taking: Taking) -> None:
        """Run it."""
        self.name = method.name
        self._wastes = False
        self.records = False
        self._escapes: set[Escape] = set()
        self._known: set[str] = set()
        self._method = method
        self._taking = taking
        # What may be raised in the `try` blocks around, the innermost last.
        self._raised: list[set[int]] = []
        self._handled: list[frozenset[str]] = []
        ways = self._block(method.body, NOTHING)
        self.left = ways.on | ways.returned

    def gap(self, names: frozenset[str]) -> Gap:
        """What was found out, where the class has methods of these names."""
        calls = frozenset(
            node.attr
            for node in walk(self._method)
            if isinstance(node, ast.Attribute) and node.attr in names
        )
        return Gap(
            self._wastes or (OWED in self.left and len(self.left) > 1),
            self.left == {OWED},
            frozenset(self._escapes),
            frozenset(self._known),
            calls,
        )

    # --- statements ----------------------------------------------------------------------------

    def _block(self, body: Iterable[ast.stmt], owing: frozenset[int]) -> _Ways:
        returned: frozenset[int] = frozenset()
        jumped: frozenset[int] = frozenset()
        for statement in body:
            if not owing:
                break
            ways = self._statement(statement, owing)
            owing = ways.on
            returned |= ways.returned
            jumped |= ways.jumped
        return _Ways(owing, returned, jumped)

    def _statement(self, statement: ast.stmt, owing: frozenset[int]) -> _Ways:
        match statement:
            case ast.Return():
                return _Ways(frozenset(), self._events(statement, owing))
            case ast.Raise():
                return self._raise(statement, self._events(statement, owing))
            case ast.Continue() | ast.Break():
                return _Ways(frozenset(), jumped=owing)
            case ast.If():
                return self._if(statement, owing)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(statement, owing)
            case ast.Try() | ast.TryStar():
                return self._try(statement, owing)
            case ast.With() | ast.AsyncWith():
                return self._with(statement, owing)
            case ast.Match(subject=subject, cases=cases):
                before = self._events(subject, owing)
                return _joined([_Ways(before), *(self._block(c.body, before) for c in cases)])
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return _Ways(owing)
        return _Ways(self._events(statement, owing))

    def _if(self, statement: ast.If, owing: frozenset[int]) -> _Ways:
        owing = self._events(statement.test, owing)
        if self._taking.asks_for_recorder(statement.test):
            # A client without a recorder records nothing, and leaves no gap.
            records = [
                self._taking.records(*block) for block in (statement.body, statement.orelse)
            ]
            if records == [True, False]:
                return self._block(statement.body, owing)
            if records == [False, True] or isinstance(statement.body[-1], (ast.Return, ast.Raise)):
                return self._block(statement.orelse, owing)
        return _joined([self._block(statement.body, owing), self._block(statement.orelse, owing)])

    def _loop(self, loop: ast.For | ast.AsyncFor | ast.While, owing: frozenset[int]) -> _Ways:
        head = loop.test if isinstance(loop, ast.While) else loop.iter
        before = self._events(head, owing)
        first = self._block(loop.body, before)
        again = before | first.on | first.jumped
        ways = self._block(loop.body, again)
        ends = ways.on | ways.jumped | first.on | first.jumped
        if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant):
            ends = ways.jumped | first.jumped
        elif not (isinstance(head, ast.Call) and dotted(head.func) == "range"):
            ends |= before
        behind = self._block(loop.orelse, ends)
        return _Ways(
            behind.on | (ends if loop.orelse else frozenset()),
            first.returned | ways.returned | behind.returned,
            behind.jumped,
        )

    def _try(self, statement: ast.Try | ast.TryStar, owing: frozenset[int]) -> _Ways:
        handled = [frozenset(handled_by(handler.type)) for handler in statement.handlers]
        # A call that is recorded in the end is recorded whatever comes.
        lastly = BROAD if self._taking.records(*statement.finalbody) else frozenset[str]()
        self._raised.append(set())
        self._handled.append(lastly.union(*handled))
        body = self._block(statement.body, owing)
        raised = frozenset(self._raised.pop())
        self._handled[-1] = lastly
        ways = [self._block(statement.orelse, body.on), body._replace(on=frozenset())]
        for handler, names in zip(statement.handlers, handled, strict=True):
            if self._taking.records(*handler.body):
                self._known.update(names, _raised_in(handler))
            ways.append(self._block(handler.body, raised))
        self._handled.pop()
        caught = any("Exception" in names for names in handled)
        if not caught and self._raised:
            self._raised[-1].update(raised)
        ends = _joined(ways)
        if not statement.finalbody:
            return ends
        if not caught and OWED not in raised:
            left = self._block(statement.finalbody, raised).on
            self._may_raise(left & {OWED})
        return _Ways(*(self._block(statement.finalbody, each).on for each in ends))

    def _with(self, statement: ast.With | ast.AsyncWith, owing: frozenset[int]) -> _Ways:
        before = owing
        swallowing = False
        handled: frozenset[str] = frozenset()
        for item in statement.items:
            before = self._events(item.context_expr, before)
            swallowing = swallowing or suppresses(item.context_expr)
            if isinstance(item.context_expr, ast.Call) and self._taking.names_number(
                item.context_expr
            ):
                handled = BROAD  # what is given the number may record it, whatever comes
        self._raised.append(set())
        self._handled.append(handled)
        ways = self._block(statement.body, before)
        self._handled.pop()
        raised = frozenset(self._raised.pop())
        return ways._replace(on=ways.on | raised) if swallowing else ways

    def _raise(self, statement: ast.Raise, owing: frozenset[int]) -> _Ways:
        name = _exception(statement)
        if name != "AssertionError":  # what cannot be reached
            self._may_raise(owing, name)
        return _Ways(frozenset())

    # --- expressions ---------------------------------------------------------------------------

    def _events(self, node: ast.AST, owing: frozenset[int]) -> frozenset[int]:
        """What is owed behind a statement without blocks, or an expression."""
        for each in _evaluated(node):
            if self._taking.takes(each):
                self._wastes = self._wastes or OWED in owing
                owing = frozenset({OWED if owes >= 0 else 0 for owes in owing})
            elif isinstance(each, ast.Await):
                self._may_raise(owing, awaited=True)
            elif isinstance(each, ast.Call):
                owing = self._call(each, owing)
            elif (name := self._taking.own_property(each)) and self._taking.left_by(name) == {
                OWED
            }:
                owing = frozenset({OWED if owes >= 0 else 0 for owes in owing})
        return owing

    def _call(self, call: ast.Call, owing: frozenset[int]) -> frozenset[int]:
        if is_log(call):
            return owing
        name = own_method(call)
        left = self._taking.left_by(name)
        if self._taking.is_record(call):
            self.records = True
            left = frozenset({-1})
        elif self._taking.may_fail(call):
            self._may_raise(owing)
        if left == {OWED} and OWED in owing:
            self._wastes = True
        return frozenset(max(-1, min(OWED, owes + by)) for owes in owing for by in left)

    def _may_raise(self, owing: frozenset[int], name: str = "", *, awaited: bool = False) -> None:
        """Note that an exception may leave the place where so much is owed."""
        if self._raised:
            self._raised[-1].update(owing)
        handled = frozenset[str]().union(*self._handled)
        if OWED in owing and ("BaseException" if awaited else "Exception") not in handled:
            self._escapes.add(Escape(name, handled, awaited))


def handled_by(caught: ast.expr | None) -> Iterator[str]:
    """The names of the exceptions that a handler catches, the last part of each."""
    if caught is None:
        yield from BROAD
    for each in caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught else []:
        name = dotted(each).rpartition(".")[2]
        yield name or "Exception"
        if name == "BaseException":
            yield "Exception"


def _raised_in(handler: ast.ExceptHandler) -> Iterator[str]:
    """The names of the exceptions that a handler raises in place of those it catches."""
    for node in walk(handler):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield _exception(node)


def _exception(statement: ast.Raise) -> str:
    made = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return "" if made is None else dotted(made).rpartition(".")[2] or "Exception"


def _joined(ways: Sequence[_Ways]) -> _Ways:
    return _Ways(*(frozenset[int]().union(*each) for each in zip(*ways, strict=True)))


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement in the order in which they take effect; functions left out."""
    if isinstance(node, FUNCTIONS):
        return
    for child in children(node):
        if not (isinstance(node, ast.Call) and child is node.func and own_method(node)):
            yield from _evaluated(child)
    yield node
