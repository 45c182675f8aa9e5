"""What starts rows beside each other, and what waits until they are done.

Rows that run are known by the variable that holds their tasks or futures, and by what runs them,
an executor or a task group. A wait is *patient* when it goes on after all rows whether one raises
or not, as ``gather(..., return_exceptions=True)`` does.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, arguments_of
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.deferral import is_held
from flake8_stateid.codemod.reading.handing_on import BEGINNING, RESULTS, STARTERS, WAITS
from flake8_stateid.codemod.reading.nodes import own_nodes, unawaited, walk
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.codemod.reading.modules import Module

_HELD = frozenset({"append", "add"})
_COPIES = frozenset({"list", "tuple", "set", "sorted", "enumerate", "zip", "as_completed"})
_COPIES_OF = frozenset({"values", "keys", "items", "as_completed"})
_READERS = RESULTS | {"exception", "join"}
_EXHAUSTING = frozenset({"list", "tuple", "set", "dict", "sorted", "extend"})
_QUIET = frozenset(
    {"len", "str", "repr", "list", "dict", "set", "tuple", "isinstance", "type"}
    | {"range", "enumerate", "zip", "partial"}
)


class Running(NamedTuple):
    """Rows that run.

    Attributes:
        holder: The variable that holds their tasks or futures; empty where there is none.
        pool: The executor or task group that runs them, as spelled.
    """

    holder: str
    pool: str


Rows = frozenset[Running]
NONE: Rows = frozenset()


class Effect(NamedTuple):
    """What the expressions of one statement do.

    Attributes:
        normal: Which rows still run when it is done.
        error: Which rows still run when it raises; ``None`` where it does not.
    """

    normal: Rows
    error: Rows | None


class Waiting:
    """Reads starts and waits off the expressions of a function.

    Args:
        module: The module.
        is_row: Whether one of some functions has to do with the id.
        at_once: Whether rows that a function starts as tasks all find their client at once.
    """

    def __init__(
        self,
        module: Module,
        is_row: Callable[[set[Function]], bool],
        at_once: Callable[[Function | None], bool],
    ) -> None:
        """Read them in ``module``."""
        self._module = module
        self._is_row = is_row
        self._at_once = at_once

    def effect(self, before: Rows, *roots: ast.AST) -> Effect:
        """What evaluating ``roots`` does where the rows ``before`` run."""
        nodes = list(own_nodes(*roots))
        started: dict[ast.Call, Running] = {}
        for node in nodes:
            if isinstance(node, ast.Call) and (running := self.start(node, before)) is not None:
                started[node] = running
        running_now = before | frozenset(started.values())
        # To start a row raises nothing of the row; what 'map' gives back does, where it is taken.
        begun = {call for call in started if plain_name(call.func) != "map"}
        # Nor does a coroutine when it is made.
        begun |= {n for n in nodes if isinstance(n, ast.Call) and is_held(self._module, n)}
        raising = [node for node in nodes if node not in begun and _may_raise(node)]
        normal = error = running_now
        for node in nodes:
            done, patient = self._waited(node, running_now, started)
            normal -= done
            if patient and not any(self._is_beside(each, node) for each in raising):
                error -= done
        for call, running in started.items():
            if self._is_exhausted(call):
                normal -= {running}
        normal = self._renamed(normal, roots)
        return Effect(normal, error if raising else None)

    def _is_beside(self, node: ast.AST, wait: ast.AST) -> bool:
        """Whether ``node`` may raise before ``wait`` is come to: neither is part of the other."""
        return (
            node is not wait
            and wait not in self._module.ancestors(node)
            and node not in self._module.ancestors(wait)
        )

    def start(self, call: ast.Call, before: Rows) -> Running | None:
        """The rows that ``call`` starts, if they run on when the expression around it is done."""
        parent = self._module.parents[call]
        name = plain_name(call.func)
        pool = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if name in {"as_completed", "wait"}:
            # Of coroutines it makes tasks; what runs already is known by its variable.
            held = {holder for argument in call.args for holder in whole(argument)}
            scope = self._module.function_of(call)
            if (
                not isinstance(scope, ast.AsyncFunctionDef)
                or (name == "wait" and dotted(call.func) not in WAITS)
                or any(running.holder in held for running in before)
            ):
                return None
            return Running(next(iter(held), ""), "")
        if name == "Thread":
            found = any(keyword.arg == "target" for keyword in call.keywords)
        elif name == "map":
            found = isinstance(call.func, ast.Attribute)
        else:
            found = name in BEGINNING or name in STARTERS or self._is_held(call)
            if name == "run_in_executor" and call.args:
                pool = dotted(call.args[0])
        if not found or not self._concerns(call):
            return None
        if isinstance(parent, ast.Await) and name != "gather":
            return None
        if isinstance(parent, ast.Attribute) and parent.attr in RESULTS:
            asked = self._module.parents[parent]
            if isinstance(asked, ast.Call) and not asked.args and not asked.keywords:
                return None
        if name == "gather" and self._at_once(self._module.function_of(call)):
            return None
        holder, single = self.holder(call)
        if name == "Thread" and self._module.homemade(call):
            return Running("", "")
        if single and any(running.holder == holder for running in before):
            holder = ""
        return Running(holder, pool)

    def _concerns(self, call: ast.Call) -> bool:
        """Whether what is started may be rows: it is seen to be, or cannot be seen."""
        held = [call.func] if self._is_held(call) else []
        reached = self._module.reached_from([*arguments_of(call), *held])
        return not reached or self._is_row(reached)

    def _is_held(self, call: ast.Call) -> bool:
        """Whether a local holds the coroutine that ``call`` makes, and no task of it."""
        parent = self._module.parents[call]
        begun = isinstance(parent, ast.Call) and plain_name(parent.func) in STARTERS
        return not begun and is_held(self._module, call)

    def holder(self, call: ast.Call) -> tuple[str, bool]:
        """The variable that the result is put in, and whether that holds one at a time."""
        single = True
        for ancestor in self._module.ancestors(call):
            match ancestor:
                case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                    if isinstance(target, ast.Subscript):
                        return dotted(target.value), False
                    return dotted(target), single
                case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _HELD:
                    return dotted(value), False
                case ast.Await() | ast.stmt():
                    break
            single = single and not isinstance(ancestor, COMPREHENSIONS)
        return "", False

    def _waited(
        self, node: ast.AST, running: Rows, started: dict[ast.Call, Running]
    ) -> tuple[Rows, bool]:
        """The rows that are done once ``node`` is evaluated; whether also where one raises."""
        match node:
            case ast.Call() | ast.Await(value=ast.Call()) if self._is_homemade(node):
                return NONE, False
            case ast.Await(value=ast.Call() as call) if plain_name(call.func) == "gather":
                return self._handed(call, running, started), collects(call)
            case ast.Await(value=ast.Name(id=name)):
                return _held(running, {name}), True
            case ast.Call() if dotted(node.func) in WAITS:
                return (self._handed(node, running, started) if _is_for_all(node) else NONE), True
            case ast.Call(func=ast.Attribute(value=pool, attr="shutdown"), args=[]):
                waits = not any(
                    keyword.arg != "cancel_futures" and not _is_true(keyword.value)
                    for keyword in node.keywords
                )
                return frozenset(r for r in running if waits and r.pool == dotted(pool)), True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if (
                method in _READERS and not node.args and not node.keywords
            ):
                return _held(running, {name}), True
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                clause = node.generators[0]
                if len(node.generators) == 1 and not clause.ifs and reads(clause.target, [node]):
                    inside = {
                        found
                        for call, found in started.items()
                        if clause.iter in [call, *self._module.ancestors(call)]
                    }
                    return _held(running, whole(clause.iter)) | inside, False
        return NONE, False

    def _is_homemade(self, node: ast.Call | ast.Await) -> bool:
        """Whether ``wait``, ``gather`` or what is shut down is the project's own."""
        call = unawaited(node)
        match call:
            case ast.Call(func=ast.Attribute(value=pool, attr="shutdown")):
                return self._module.homemade(pool)
            case ast.Call(func=func):
                return (plain_name(func) == "gather" or dotted(func) in WAITS) and (
                    self._module.homemade(call)
                )
        return False

    def _handed(self, call: ast.Call, running: Rows, started: dict[ast.Call, Running]) -> Rows:
        """The rows whose tasks or futures are handed to ``call``, or started by it."""
        held = {holder for argument in call.args for holder in whole(argument)}
        inside = {
            found
            for other, found in started.items()
            if call in [other, *self._module.ancestors(other)]
        }
        return _held(running, held) | inside

    def _is_exhausted(self, call: ast.Call) -> bool:
        """Whether all results of ``executor.map(...)`` are taken where it stands."""
        parent = self._module.parents[call]
        if plain_name(call.func) != "map":
            return False
        if isinstance(parent, ast.Starred):
            return True
        if isinstance(parent, ast.comprehension):
            made = self._module.parents[parent]
            return isinstance(made, (ast.ListComp, ast.SetComp, ast.DictComp))
        return isinstance(parent, ast.Call) and plain_name(parent.func) in _EXHAUSTING

    def _renamed(self, running: Rows, roots: tuple[ast.AST, ...]) -> Rows:
        """The rows after ``tasks.append(task)``, ``futures[future] = row`` and ``all = tasks``."""
        names: dict[str, str] = {}
        for root in roots:
            match root:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=holder, attr=method), args=[ast.Name(id=name)]
                    )
                ) if method in _HELD:
                    names[name] = dotted(holder)
                case (
                    ast.Assign(targets=[ast.Subscript(value=holder, slice=ast.Name(id=name))])
                    | ast.Assign(targets=[ast.Subscript(value=holder)], value=ast.Name(id=name))
                    | ast.Assign(targets=[ast.Name() as holder], value=ast.Name(id=name))
                ):
                    names[name] = dotted(holder)
        return frozenset(r._replace(holder=names.get(r.holder, r.holder)) for r in running)


def _held(running: Rows, holders: set[str]) -> Rows:
    return frozenset(each for each in running if each.holder and each.holder in holders)


def whole(node: ast.expr) -> set[str]:
    """The variables all of whose elements ``node`` hands on or walks."""
    match node:
        case ast.Name() | ast.Attribute():
            return {dotted(node)} - {""}
        case ast.Starred(value=value):
            return whole(value)
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[]) if (
            method in _COPIES_OF
        ):
            return whole(value)
        case ast.Call(args=args) if plain_name(node.func) in _COPIES:
            return {name for argument in args for name in whole(argument)}
    return set()


def reads(target: ast.expr, body: list[ast.AST]) -> bool:
    """Whether each of ``body``'s rounds waits for the task or future that ``target`` takes."""
    names = {node.id for node in walk(target) if isinstance(node, ast.Name)}
    for node in own_nodes(*body):
        match node:
            case ast.Await(value=ast.Name(id=name)) if name in names:
                return True
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[], keywords=[]
            ) if method in _READERS and name in names:
                return True
    return False


def collects(call: ast.Call) -> bool:
    """Whether ``gather`` goes on where a task raises, and gives back what was raised."""
    return any(
        keyword.arg == "return_exceptions" and _is_true(keyword.value) for keyword in call.keywords
    )


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_for_all(call: ast.Call) -> bool:
    """Whether ``wait`` waits for all: without a time limit, and not only for the first."""
    return len(call.args) == 1 and all(
        keyword.arg == "return_when"
        and dotted(keyword.value).rpartition(".")[2] == "ALL_COMPLETED"
        for keyword in call.keywords
    )


def _may_raise(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="start" | "join"), args=[], keywords=[]):
            return False  # a thread's
        case ast.Call() if dotted(node.func) in WAITS:
            return False
        case ast.Call():
            return not (is_log(node) or plain_name(node.func) in _QUIET | _HELD)
        case ast.Subscript(ctx=ast.Store()) | ast.Subscript(slice=ast.Slice()):
            return False
    return isinstance(node, (ast.Await, ast.Subscript, ast.Raise, ast.Assert, ast.Delete))
