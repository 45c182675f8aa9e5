"""Whether the cache may be emptied while rows still run.

``self._clients.clear()`` stays where it is. While each row had an id of its own, a row that came
after it made a client under that id; under the shared id the new client counts from 0 again.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, suppresses
from flake8_stateid.codemod.callers import runners
from flake8_stateid.codemod.deferral import is_consumed
from flake8_stateid.codemod.first_steps import finds_at_once
from flake8_stateid.codemod.mutators import TAKING
from flake8_stateid.codemod.nodes import own_nodes, walk
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.signatures import Function, dotted, is_generator
from flake8_stateid.codemod.waiting import (
    NONE,
    Rows,
    Running,
    Waiting,
    reads,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from flake8_stateid.codemod.modules import Module
    from flake8_stateid.codemod.trace import Trace

_CATCHING = frozenset({"Exception", "BaseException"})
# A generator of rows that was not walked to its end: what follows comes between two of its rows.
_SUSPENDED = Running("", "yield")
_Reached = Rows | None


class _Ends(NamedTuple):
    """Which rows run where statements end; ``None`` where they cannot end so."""

    normal: _Reached = None
    error: _Reached = None
    left: _Reached = None
    broke: _Reached = None
    continued: _Reached = None

    def join(self, other: _Ends) -> _Ends:
        return _Ends(*map(_either, self, other))

    def less(self, done: Rows) -> _Ends:
        return _Ends(*(None if rows is None else rows - done for rows in self))


def refuse_emptied(
    module: Module,
    function: Function,
    trace: Trace,
    carriers: set[Function],
    caches: Collection[str],
    moved: Collection[ast.stmt],
) -> None:
    """Refuse a cache that is emptied where rows may still run.

    Args:
        module: The module.
        function: The batch path.
        trace: The uses of the id.
        carriers: Functions in which the id is built or used.
        caches: The caches whose clients count by themselves.
        moved: Releases that move behind the rows; they are checked with what they move behind.

    Raises:
        RefusalError: One is, in the batch path or in what calls it.
    """
    if not caches:
        return
    used = {owner for uses in trace.cache_keys.values() for _, owner in uses}
    rows = {function, *carriers, *trace.reached, *used}
    names = {cache.rpartition(".")[2] for cache in caches}
    _Scan(module, trace, rows, function, names, moved).run()


class _Scan:
    """Follows, from statement to statement, which rows may run."""

    def __init__(
        self,
        module: Module,
        trace: Trace,
        rows: set[Function],
        function: Function,
        caches: set[str],
        moved: Collection[ast.stmt],
    ) -> None:
        self._module = module
        self._function = function
        self._scopes: list[Function] = []
        self._caches = caches
        self._moved = {node for statement in moved for node in walk(statement)}
        self._waiting = Waiting(
            module,
            lambda found: bool(found & rows),
            lambda starting: finds_at_once(module, trace, rows, starting),
        )
        self._rows = rows
        self._known: dict[Function, _Ends] = {}
        self._emptying = {
            owner
            for tree in module.trees
            for node in walk(tree)
            if self._empties(node) and (owner := module.function_of(node)) is not None
        }

    def run(self) -> None:
        if not self._emptying:
            return
        self._scopes = runners(self._module, self._function)
        self._rows.update(scope for scope in self._scopes if is_generator(scope))
        for scope in self._scopes:
            self._summary(scope)

    def _empties(self, node: ast.AST) -> bool:
        """Whether ``node`` takes clients from a cache, or puts another cache in its place."""
        if node in self._moved or not isinstance(node, (ast.Name, ast.Attribute)):
            return False
        if dotted(node).rpartition(".")[2] not in self._caches:
            return False
        if not isinstance(node.ctx, ast.Load):
            return self._module.function_of(node) is not None
        match self._module.parents[node]:
            case ast.Attribute(attr=attr):
                return attr in TAKING
            case ast.Subscript(ctx=ast.Del()):
                return True
        return False

    def _summary(self, function: Function) -> _Ends:
        """Which rows run when ``function`` is done, of those that it starts."""
        if function not in self._known:
            self._known[function] = _Ends(NONE, NONE)
            if not isinstance(function, ast.Lambda):
                ends = self._block(function.body, NONE)
                self._known[function] = _Ends(_either(ends.normal, ends.left), ends.error)
        return self._known[function]

    def _block(self, block: Iterable[ast.stmt], before: Rows) -> _Ends:
        ends = _Ends(before)
        for statement in block:
            if ends.normal is None:
                break
            ends = ends._replace(normal=None).join(self._statement(statement, ends.normal))
        return ends

    def _statement(self, statement: ast.stmt, before: Rows) -> _Ends:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return _Ends(before)
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
                return _Ends(error=_either(ends.normal, ends.error))
            case ast.Break():
                return _Ends(broke=before)
            case ast.Continue():
                return _Ends(continued=before)
        return ends

    def _after(self, ends: _Ends, block: Iterable[ast.stmt]) -> _Ends:
        return _Ends() if ends.normal is None else self._block(block, ends.normal)

    def _simple(self, before: Rows, *roots: ast.AST) -> _Ends:
        """What expressions do, and the functions that they call."""
        effect = self._waiting.effect(before, *roots)
        normal, error = effect.normal, effect.error
        if any(self._is_walked_here(node) for node in own_nodes(*roots)):
            before |= {_SUSPENDED}
        for node in own_nodes(*roots):
            if before and self._empties(node):
                self._refuse(node, before)
            if not isinstance(node, ast.Call):
                continue
            callees = {callee.function for callee in self._module.resolve(node.func)}
            for callee in callees:
                if isinstance(callee, ast.AsyncFunctionDef) and not isinstance(
                    self._module.parents[node], ast.Await
                ):
                    continue
                ends = self._summary(callee)
                holder, _ = self._waiting.holder(node)
                normal |= {each._replace(holder=holder) for each in ends.normal or ()}
                if error is not None:
                    error |= {each._replace(holder="") for each in ends.error or ()}
            if (
                before
                and not callees & set(self._scopes)
                and (callees | self._module.reached_from(callees)) & self._emptying
            ):
                self._refuse(node, before)
            if self._makes_rows(node) and not is_consumed(self._module, node):
                normal |= {_SUSPENDED}
        return _Ends(normal, error)

    def _makes_rows(self, call: ast.Call) -> bool:
        """Whether a call makes a generator that runs rows."""
        return any(
            callee.function in self._rows and is_generator(callee.function)
            for callee in self._module.resolve(call.func)
        )

    def _is_walked_here(self, node: ast.AST) -> bool:
        """Whether an expression does something between two rows of a generator."""
        return (
            isinstance(node, ast.Call)
            and self._makes_rows(node)
            and isinstance(self._module.parents[node], ast.comprehension)
        )

    def _refuse(self, node: ast.AST, running: Rows) -> None:
        if _SUSPENDED in running:
            raise RefusalError(
                "the cache may be emptied between two rows of a generator",
                "walk the generator to its end before",
                getattr(node, "lineno", 0),
            )
        raise RefusalError(
            "rows may still run when the cache is emptied, such as after one that raised",
            "wait for all rows before: by a TaskGroup, 'gather' with 'return_exceptions=True', or "
            "the executor's 'with'",
            getattr(node, "lineno", 0),
        )

    def _loop(self, loop: ast.For | ast.AsyncFor | ast.While, before: Rows) -> _Ends:
        head = loop.test if isinstance(loop, ast.While) else loop.iter
        entered = self._simple(before, head)
        assert entered.normal is not None
        done: Rows = NONE
        at_least_once = isinstance(head, ast.Constant)
        if not isinstance(loop, ast.While):
            done = self._taken(loop, entered.normal)
        rounds, ends = entered.normal, _Ends()
        if any(isinstance(node, ast.Call) and self._makes_rows(node) for node in own_nodes(head)):
            rounds |= {_SUSPENDED}
            done |= {_SUSPENDED} - entered.normal
        while True:
            ends = self._block(loop.body, rounds)
            again = rounds | (ends.normal or NONE) | (ends.continued or NONE)
            if again == rounds:
                break
            rounds = again
        exhausted = None if at_least_once else rounds - done
        after = _Ends(exhausted, entered.error)
        after = after._replace(normal=None).join(self._after(after, loop.orelse))
        # What only the loop walks goes with it, however it is left.
        ends = ends.less(done & {_SUSPENDED})
        return _Ends(
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

    def _try(self, tried: ast.Try | ast.TryStar, before: Rows) -> _Ends:
        body = self._block(tried.body, before)
        otherwise = self._after(body, tried.orelse)
        ends = body._replace(normal=None).join(otherwise)
        if body.error is not None:
            if any(_catches_all(handler) for handler in tried.handlers):
                ends = ends._replace(error=otherwise.error)
            for handler in tried.handlers:
                ends = ends.join(self._block(handler.body, body.error))
        if not tried.finalbody:
            return ends
        left = _Ends()
        for kind, rows in zip(_Ends._fields, ends, strict=True):
            if rows is not None:
                final = self._block(tried.finalbody, rows)
                resumed = _Ends(**{kind: final.normal})
                left = left.join(final._replace(normal=None)).join(resumed)
        return left

    def _with(self, items: list[ast.withitem], body: list[ast.stmt], before: Rows) -> _Ends:
        ends = self._simple(before, *(item.context_expr for item in items))
        inside = self._after(ends, body)
        closed: set[str] = set()
        for item in items:
            guard = item.context_expr
            if suppresses(guard):
                inside = inside._replace(normal=_either(inside.normal, inside.error))
            named = item.optional_vars if item.optional_vars is not None else guard
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
