"""Which rows may still run where statements end, followed from statement to statement."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, suppresses
from flake8_stateid.codemod.reading.deferral import is_consumed
from flake8_stateid.codemod.reading.entered import is_entered, yielded
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, is_generator
from flake8_stateid.codemod.tracing.waiting import (
    NONE,
    Rows,
    Running,
    Waiting,
    reads,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_stateid.codemod.reading.modules import Module

_CATCHING = frozenset({"Exception", "BaseException"})
# A generator of rows that was not walked to its end: what follows comes between two of its rows.
SUSPENDED = Running("", "yield")
_Reached = Rows | None
# What calls a function only when the next of its results is asked for.
_LAZY = frozenset({"map", "filter", "starmap", "itertools.starmap"})


class Ends(NamedTuple):
    """Which rows run where statements end; ``None`` where they cannot end so."""

    normal: _Reached = None
    error: _Reached = None
    left: _Reached = None
    broke: _Reached = None
    continued: _Reached = None

    def join(self, other: Ends) -> Ends:
        """What holds where either may have been."""
        return Ends(*map(_either, self, other))

    def less(self, done: Rows) -> Ends:
        """The same once some rows are done."""
        return Ends(*(None if rows is None else rows - done for rows in self))


def leaves_none(module: Module, function: Function) -> bool:
    """Whether all that a function starts is done when it is left, also where a row raises."""
    return waits(module, function.body if isinstance(function.body, list) else [])


def waits(module: Module, block: Sequence[ast.stmt]) -> bool:
    """Whether all that some statements start is done behind them, however they are left."""
    waiting = Waiting(module, lambda _: True, lambda _: False)
    return not any(StillRunning(module, waiting, set()).block(block, NONE))


class StillRunning:
    """Follows, from statement to statement, which rows may run.

    Args:
        module: The module.
        waiting: Reads starts and waits off expressions.
        rows: Functions that have to do with the id.
    """

    def __init__(self, module: Module, waiting: Waiting, rows: set[Function]) -> None:
        """Follow nothing yet."""
        self.module = module
        self.rows = rows
        self._waiting = waiting
        self._known: dict[Function, Ends] = {}

    def look(self, node: ast.AST, before: Rows, callees: set[Function]) -> None:
        """Look at a node, and at the functions it calls, where the rows ``before`` may run."""

    def summary(self, function: Function) -> Ends:
        """Which rows run when ``function`` is done, of those that it starts."""
        if function not in self._known:
            self._known[function] = Ends(NONE, NONE)
            if not isinstance(function, ast.Lambda):
                ends = self.block(function.body, NONE)
                self._known[function] = Ends(_either(ends.normal, ends.left), ends.error)
        return self._known[function]

    def block(self, block: Iterable[ast.stmt], before: Rows) -> Ends:
        """Which rows run where a block ends."""
        ends = Ends(before)
        for statement in block:
            if ends.normal is None:
                break
            ends = ends._replace(normal=None).join(self._statement(statement, ends.normal))
        return ends

    def _statement(self, statement: ast.stmt, before: Rows) -> Ends:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return Ends(before)
            case ast.If(test=test, body=body, orelse=orelse):
                ends = self._simple(before, test)
                return ends._replace(normal=None).join(
                    self._after(ends, body).join(self._after(ends, orelse))
                )
            case ast.Match(subject=subject, cases=cases):
                ends = self._simple(before, subject)
                for case in cases:
                    ends = ends.join(self._after(ends, case.body))
                return ends
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(statement, before)
            case ast.Try() | ast.TryStar():
                return self._try(statement, before)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return self._with(items, body, before)
        ends = self._simple(before, statement)
        match statement:
            case ast.Return():
                return ends._replace(normal=None, left=ends.normal)
            case ast.Raise():
                return Ends(error=_either(ends.normal, ends.error))
            case ast.Break():
                return Ends(broke=before)
            case ast.Continue():
                return Ends(continued=before)
        return ends

    def _after(self, ends: Ends, block: Iterable[ast.stmt]) -> Ends:
        return Ends() if ends.normal is None else self.block(block, ends.normal)

    def _simple(self, before: Rows, *roots: ast.AST) -> Ends:
        """What expressions do, and the functions that they call."""
        effect = self._waiting.effect(before, *roots)
        normal, error = effect.normal, effect.error
        if any(self._is_walked_here(node) for node in own_nodes(*roots)):
            before |= {SUSPENDED}
        for node in own_nodes(*roots):
            if not isinstance(node, ast.Call):
                self.look(node, before, set())
                continue
            callees = {callee.function for callee in self.module.resolve(node.func)}
            for callee in callees:
                if isinstance(callee, ast.AsyncFunctionDef) and not isinstance(
                    self.module.parents[node], ast.Await
                ):
                    continue
                ends = self.summary(callee)
                holder, _ = self._waiting.holder(node)
                normal |= {each._replace(holder=holder) for each in ends.normal or ()}
                if error is not None:
                    error |= {each._replace(holder="") for each in ends.error or ()}
            self.look(node, before, callees)
            if self._makes_rows(node) and not is_consumed(self.module, node):
                normal |= {SUSPENDED}
        if any(self._is_kept(node) for node in own_nodes(*roots)):
            normal |= {SUSPENDED}
        return Ends(normal, error)

    def _is_kept(self, node: ast.AST) -> bool:
        """Whether a generator expression, or a lazy ``map``, of rows is kept.

        What is only walked as a whole, further on, has not begun before.
        """
        if (
            not isinstance(node, (ast.GeneratorExp, ast.Call))
            or (isinstance(node, ast.Call) and dotted(node.func) not in _LAZY)
            or is_consumed(self.module, node)
            or not self.module.reached_from([node]) & self.rows
        ):
            return False
        function = self.module.function_of(node)
        match self.module.parents[node]:
            case ast.Assign(targets=[ast.Name(id=name)]) if function is not None:
                uses = [
                    each
                    for each in self.module.own_names(function, name)
                    if isinstance(each.ctx, ast.Load)
                ]
                return len(uses) != 1 or not is_consumed(self.module, uses[0])
        return True

    def _makes_rows(self, call: ast.Call) -> bool:
        """Whether a call makes a generator that runs rows."""
        entered = is_entered(self.module, call)
        return any(
            callee.function in self.rows
            and is_generator(callee.function)
            and not (entered and yielded(callee.function) is not None)
            for callee in self.module.resolve(call.func)
        )

    def _is_walked_here(self, node: ast.AST) -> bool:
        """Whether an expression does something between two rows of a generator."""
        return (
            isinstance(node, ast.Call)
            and self._makes_rows(node)
            and isinstance(self.module.parents[node], ast.comprehension)
        )

    def _loop(self, loop: ast.For | ast.AsyncFor | ast.While, before: Rows) -> Ends:
        head = loop.test if isinstance(loop, ast.While) else loop.iter
        entered = self._simple(before, head)
        assert entered.normal is not None
        done: Rows = NONE
        at_least_once = isinstance(head, ast.Constant)
        if not isinstance(loop, ast.While):
            done = self._taken(loop, entered.normal)
        rounds, ends = entered.normal, Ends()
        if any(isinstance(node, ast.Call) and self._makes_rows(node) for node in own_nodes(head)):
            rounds |= {SUSPENDED}
            done |= {SUSPENDED} - entered.normal
        while True:
            ends = self.block(loop.body, rounds)
            again = rounds | (ends.normal or NONE) | (ends.continued or NONE)
            if again == rounds:
                break
            rounds = again
        exhausted = None if at_least_once else rounds - done
        after = Ends(exhausted, entered.error)
        after = after._replace(normal=None).join(self._after(after, loop.orelse))
        # What only the loop walks goes with it, however it is left.
        ends = ends.less(done & {SUSPENDED})
        return Ends(
            _either(after.normal, ends.broke),
            _either(after.error, ends.error),
            _either(after.left, ends.left),
            after.broke,
            after.continued,
        )

    def _taken(self, loop: ast.For | ast.AsyncFor, running: Rows) -> Rows:
        """The rows that are done once a loop has come to its end."""
        walked = [each for each in own_nodes(loop.iter) if isinstance(each, ast.Call)]
        mapped = {
            dotted(each.func.value)
            for each in walked
            if isinstance(each.func, ast.Attribute) and plain_name(each.func) == "map"
        }
        done = {each for each in running if not each.holder and each.pool in mapped - {""}}
        if reads(loop.target, list(_always(loop.body))):
            held = whole(loop.iter)
            done |= {each for each in running if each.holder and each.holder in held}
            # 'for done in as_completed([...])': they have no other name.
            done |= {
                found for each in walked if (found := self._waiting.start(each, NONE)) is not None
            }
        return frozenset(done)

    def _try(self, tried: ast.Try | ast.TryStar, before: Rows) -> Ends:
        body = self.block(tried.body, before)
        otherwise = self._after(body, tried.orelse)
        ends = body._replace(normal=None).join(otherwise)
        if body.error is not None:
            if any(_catches_all(handler) for handler in tried.handlers):
                ends = ends._replace(error=otherwise.error)
            for handler in tried.handlers:
                ends = ends.join(self.block(handler.body, body.error))
        if not tried.finalbody:
            return ends
        left = Ends()
        for kind, rows in zip(Ends._fields, ends, strict=True):
            if rows is not None:
                final = self.block(tried.finalbody, rows)
                resumed = Ends(**{kind: final.normal})
                left = left.join(final._replace(normal=None)).join(resumed)
        return left

    def _with(self, items: list[ast.withitem], body: list[ast.stmt], before: Rows) -> Ends:
        ends = self._simple(before, *(item.context_expr for item in items))
        inside = self._after(ends, body)
        closed: set[str] = set()
        for item in items:
            guard = item.context_expr
            if suppresses(guard):
                inside = inside._replace(normal=_either(inside.normal, inside.error))
            named = item.optional_vars if item.optional_vars is not None else guard
            if not self.module.homemade(guard):
                closed.add(dotted(named))
        running = [each for rows in inside for each in rows or ()]
        done = frozenset(each for each in running if each.pool and each.pool in closed)
        return ends._replace(normal=None).join(inside.less(done))


def _always(block: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """The statements that run in each round, as far as one may leave out others."""
    for statement in block:
        if isinstance(statement, (ast.Try, ast.TryStar, ast.With, ast.AsyncWith)):
            yield from _always(statement.body)
        elif isinstance(statement, (ast.If, ast.Match, *LOOPS, *FUNCTIONS)):
            if any(isinstance(node, (ast.Continue, ast.Break)) for node in walk(statement)):
                return
        else:
            yield statement


def _catches_all(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or dotted(each) in _CATCHING for each in types)


def _either(one: _Reached, other: _Reached) -> _Reached:
    if one is None or other is None:
        return other if one is None else one
    return one | other
