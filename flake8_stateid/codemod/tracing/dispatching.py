"""Calls that hand the id on with a function: to threads, tasks, ``map``, an ``ExitStack``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.reading.deferral import (
    called_only,
    is_consumed,
    is_given,
    is_held,
    is_kept,
    runs_later,
)
from flake8_stateid.codemod.reading.entered import is_entered, yielded
from flake8_stateid.codemod.reading.handing_on import (
    AT_ONCE,
    AWAITED,
    DISPATCH,
    RESULTS,
    TASKS,
    closed_behind,
    group_of,
    handed_call,
    handing_inner,
    is_handed,
    runs_at_once,
)
from flake8_stateid.codemod.reading.signatures import Callee, Function, dotted
from flake8_stateid.codemod.tracing.effects import LEAVING
from flake8_stateid.codemod.tracing.exit_stacks import (
    callback_of,
    is_around_rows,
    refuse_closed,
    stack_of,
)
from flake8_stateid.codemod.tracing.still_running import leaves_none
from flake8_stateid.codemod.tracing.traced import (
    UNNAMED,
    Carry,
    Dispatch,
    Site,
    Traced,
    refusal,
    unseen,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.modules import Module

_WORKING = ("start", "join")
_STARMAP = frozenset({"starmap", "itertools.starmap"})


class Dispatching(Traced):
    """Follows an id into the functions that calls reach, or hand it on with."""

    def mapped(self, call: ast.Call, index: int, carry: Carry) -> None:
        """Follow ``map(f, ids)`` and ``executor.map(f, ids)`` into ``f``.

        Args:
            call: The call.
            index: The number of ``ids`` among its arguments.
            carry: What follows the parameter of ``f``.
        """
        callees = self.module.resolve(call.args[0])
        if not callees:
            raise refusal(call, *unseen(call.args[0]))
        function = self._function(call)
        if isinstance(call.func, ast.Attribute):
            self.dispatches.append(self.dispatch(call, function))
        elif not is_consumed(self.module, call):
            self.deferred.append(call)
        for callee in callees:
            self.enter(callee, call, tuple(call.args[1:]), index - 1, None, function, carry)

    def dispatched(
        self,
        call: ast.Call,
        node: ast.expr,
        index: int | None,
        keyword: str | None,
        function: Function,
        carry: Carry,
    ) -> bool:
        """Follow ``submit(f, ..., id)`` and its kin; whether the call is one of them."""
        if not isinstance(call.func, (ast.Attribute, ast.Name)):
            return False
        method = plain_name(call.func)
        offset = DISPATCH.get(method)
        if offset is None or len(call.args) <= offset or (index is not None and index <= offset):
            return False
        made = handed_call(call)
        assert made is not None
        callees = self.module.resolve(made.func)
        if self.module.resolve(call.func) or (
            method in AT_ONCE and not runs_at_once(self.module, call)
        ):
            return False  # another function of that name
        if not callees:
            raise refusal(node, *unseen(call.args[offset]))
        outer = self.module.parents[call]
        if method == "partial" and is_handed(call, outer):
            assert isinstance(outer, ast.Call)
            self.dispatches.append(self.dispatch(outer, function))
        elif method == "partial":
            called = called_only(self.module, call, callees)
            if called is None:
                self.deferred.append(call)
            self.called.extend(called or ())
        else:
            self.dispatches.append(self.dispatch(call, function))
        # Those of a partial come first.
        shift = len(made.args) - len(call.args)
        for callee in callees:
            arguments = arguments_of(made)
            number = 0 if index is None else index + shift
            self.enter(callee, call, arguments, number, keyword, function, carry)
        return True

    def tupled(self, arguments: ast.expr, node: ast.expr, carry: Carry) -> bool:
        """Follow ``Thread(target=f, args=(row, id))`` and ``pool.apply(f, (row, id))``."""
        parent = self.module.parents[arguments]
        call = self.module.parents[parent] if isinstance(parent, ast.keyword) else parent
        made = handed_call(call) if isinstance(call, ast.Call) else None
        if not isinstance(call, ast.Call) or made is None:
            return False
        named = {each.value: each.arg for each in made.keywords}
        if node not in made.args and node not in named:
            return False
        callees = self.module.resolve(made.func)
        if not callees:
            raise refusal(node, *unseen(made.func))
        function = self._function(call)
        self.dispatches.append(self.dispatch(call, function))
        for callee in callees:
            number = made.args.index(node) if node in made.args else 0
            if not callee.takes(len(made.args) + len(named)):
                raise refusal(node, *unseen(call.func))
            given = (*made.args, *named)
            self.enter(callee, call, given, number, named.get(node), function, carry)
        return True

    def spread(
        self, call: ast.Call, node: ast.expr, index: int | None, keyword: str | None
    ) -> bool:
        """Follow ``answer(*job)`` and ``answer(**named)``, which hand on what an object holds.

        Args:
            call: The call.
            node: The object.
            index: The number that the id has among the arguments.
            keyword: The name it is handed on by.
        """
        function = self._function(call)
        if self.dispatched(call, node, index, keyword, function, self.carry):
            return True
        callees = self.module.resolve(call.func)
        for callee in callees:
            self.enter(callee, call, (), index or 0, keyword, function, self.carry)
        return bool(callees)

    def handed_all(
        self, call: ast.Call, index: int | None, keyword: str | None, carry: Carry
    ) -> bool:
        """Follow the ids of all rows into a function that is seen; whether the call reaches one.

        Args:
            call: The call.
            index: The number that what holds them has among the arguments.
            keyword: The name it is handed on by.
            carry: What follows the function's parameter.
        """
        function = self._function(call)
        callees = self.module.resolve(call.func)
        if any(isinstance(each, ast.Starred) for each in call.args):
            return False
        for callee in callees:
            self.batched.setdefault(callee.function, self.batched.get(function, callee.function))
            arguments = arguments_of(call)
            self.enter(callee, call, arguments, index or 0, keyword, function, carry)
        return bool(callees)

    def starmapped(self, call: ast.Call, index: int) -> bool:
        """Follow ``starmap(answer, jobs)``, where the id has a number in each of the jobs."""
        callees = self.module.resolve(call.args[0])
        if dotted(call.func) not in _STARMAP or not callees:
            return False
        if not is_consumed(self.module, call):
            self.deferred.append(call)
        for callee in callees:
            self.enter(callee, call, (), index, None, self._function(call), self.carry)
        return True

    def defer(self, node: ast.expr) -> None:
        """Note that a use may run later, or in a thread that its inner function is handed to."""
        if runs_later(self.module, node):
            self.deferred.append(node)
        inner = self.module.function_of(node)
        if inner in self.reached and is_given(node, inner):
            return  # what calls it is known
        for call in handing_inner(self.module, node):
            if all(each.call is not call for each in self.dispatches):
                self.dispatches.append(self.dispatch(call, self._function(call)))

    def run_by(self, call: ast.Call) -> None:
        """Note that ``call`` runs the batch path for each row: in threads, if it does not wait."""
        known = self.dispatch(call, self._function(call))
        self.above.append(known._replace(joined=known.at_once))

    def dispatch(self, call: ast.Call, function: Function) -> Dispatch:
        """What is known of when that has run which ``call`` hands on."""
        method = plain_name(call.func)
        parent = self.module.parents[call]
        if method in AWAITED:
            awaited = isinstance(parent, ast.Await)
            return Dispatch(call, function, awaited, at_once=awaited)
        if method in AT_ONCE or _is_waited_for(self.module, call):
            return Dispatch(call, function, joined=True, at_once=True)
        closed = closed_behind(self.module, call) is not None
        if not closed and function in self.batched:
            closed = leaves_none(self.module, self.batched[function])
        return Dispatch(call, function, closed, task=method in TASKS)

    def left_to_exit(
        self, call: ast.Call, node: ast.expr, function: Function, carry: Carry
    ) -> bool:
        """Follow ``stack.callback(clients.pop, id, None)``; whether the call is that.

        Args:
            call: The call.
            node: The id among its arguments.
            function: The function that it stands in.
            carry: What follows the parameter of a helper that is called then.
        """
        left = callback_of(call)
        opening = stack_of(self.module, call) if left is not None and left.key is node else None
        if left is None or opening is None:
            return False
        if not left.cache:
            callees = self.module.resolve(left.done.func)
            if is_around_rows(self.module, opening, call):
                return False
            for callee in callees:
                self.enter(callee, call, (node,), 0, None, function, carry)
            return bool(callees)
        self._key(left.cache, node, function)
        self.releases.append((node, function))
        if is_around_rows(self.module, opening, call):
            refuse_closed(self.module, opening)
            self.swept.add(node)
            self.exits.append(opening)
        return True

    def enter(
        self,
        callee: Callee,
        call: ast.Call,
        arguments: Sequence[ast.expr],
        index: int,
        keyword: str | None,
        caller: Function,
        carry: Carry,
    ) -> None:
        """Follow an argument into the function that a call reaches; ``carry`` follows it there."""
        function = callee.function
        parameter = callee.parameter(index, keyword)
        rest = callee.rest(index, keyword) if carry == self.carry else None
        if parameter is None and rest is None:
            raise refusal(call, *UNNAMED)
        self.reach(callee, call, arguments, caller)
        if parameter is not None:
            carry(function, parameter)
        elif rest is not None:
            self.carry_rest(function, *rest)

    def reach(
        self, callee: Callee, call: ast.Call, arguments: Sequence[ast.expr], caller: Function
    ) -> None:
        """Note that a call leads to a function that uses the id; when that runs is looked at."""
        function = callee.function
        entered = yielded(function) is not None and is_entered(self.module, call)
        if not isinstance(function, ast.Lambda) and not entered:
            for decorator in function.decorator_list:
                if plain_name(decorator) not in LEAVING:
                    raise refusal(
                        call,
                        f"'{function.name}' is decorated with '{ast.unparse(decorator)}'",
                        "see what it does with the id, then use the context's state id and "
                        "release its client around the loop, by hand",
                    )
        kept = not entered and is_kept(self.module, call, function)
        if self.module.resolve(call.func) and kept:
            if group_of(self.module, call) is not None and not runs_later(self.module, call):
                self.dispatches.append(Dispatch(call, caller, joined=True, task=True))
            elif is_held(self.module, call) and not runs_later(self.module, call):
                self.dispatches.append(Dispatch(call, caller, joined=False, task=True))
            else:
                self.deferred.append(call)
        self.reached.setdefault(function, []).append(Site(call, arguments, caller))


def _is_waited_for(module: Module, call: ast.Call) -> bool:
    """``submit(...).result()``; ``worker = Thread(...)`` and its ``start()`` and ``join()``."""
    parent = module.parents[call]
    match parent:
        case ast.Attribute(attr=attr):
            taken = module.parents[parent]
            return (
                attr in RESULTS
                and isinstance(taken, ast.Call)
                and taken.func is parent
                and not taken.args
                and not taken.keywords
            )
        case ast.Assign(targets=[ast.Name(id=name)]) if not module.homemade(call):
            block = module.block_of(parent)
            after = block[block.index(parent) + 1 :][:2]
            wanted = [ast.dump(ast.parse(f"{name}.{each}()").body[0]) for each in _WORKING]
            return [ast.dump(each) for each in after] == wanted or (
                bool(after) and _begins_with_result(after[0], name)
            )
    return False


def _begins_with_result(statement: ast.stmt, name: str) -> bool:
    """Whether a statement asks for ``future.result()`` before it does anything else."""
    while isinstance(statement, ast.Try):
        statement = statement.body[0]
    match statement:
        case (
            ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="append"), args=[asked])
            )
            | ast.Expr(value=asked)
            | ast.Assign(targets=[ast.Name()], value=asked)
            | ast.Return(value=ast.expr() as asked)
            | ast.If(test=asked)
        ):
            return ast.dump(asked) in {
                ast.dump(ast.parse(f"{name}.{each}()", mode="eval").body) for each in RESULTS
            }
    return False
