"""Objects that carry an id beside other things: a job, a row's context, a tuple, a dictionary.

Once all rows share the id, two of them may be equal that were not, so an object may only be handed
on, walked and asked for what it holds. What is asked for in the id's place is the id.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.ids.logs import is_logged
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.deferral import is_consumed
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.tracing.queues import PUTTING, taken_from

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace


class Held(NamedTuple):
    """How an object holds the id.

    Attributes:
        slot: The field, key or number in whose place the id is.
        fields: What else may be read as an attribute; empty for a tuple and a dictionary.
        reason: Why the id is refused where the object is used for anything else.
        remedy: What to do by hand then.
    """

    slot: str | int
    fields: frozenset[str]
    reason: str
    remedy: str


class Carriers:
    """Follows one kind of object that carries the id.

    Args:
        trace: The uses of the id, to which those of the objects are added.
        held: How they hold it.
    """

    def __init__(self, trace: Trace, held: Held) -> None:
        """Follow nothing yet."""
        self._trace = trace
        self._module = trace.module
        self._held = held
        self._seen: set[tuple[Function, str]] = set()

    def follow(self, node: ast.expr) -> None:
        """Classify the use of ``node``, which evaluates to such an object.

        Raises:
            RefusalError: The use is of no known kind.
        """
        parent = self._module.parents[node]
        if is_logged(self._module, node):
            return
        self._trace.defer(node)
        match parent:
            case ast.Attribute(attr=name, ctx=ast.Load()) if self._held.fields:
                self._asked(parent, name)
                return
            case ast.Subscript(value=value, slice=ast.Constant(value=key), ctx=ast.Load()) if (
                value is node and not self._held.fields
            ):
                self._asked(parent, key)
                return
            case ast.Starred():
                self._spread(parent, node)
                return
            case ast.keyword(arg=None) if isinstance(self._held.slot, str):
                call = self._module.parents[parent]
                if isinstance(call, ast.Call) and self._trace.spread(
                    call, node, None, self._held.slot
                ):
                    return
            case ast.keyword(arg=str() as name):
                call = self._module.parents[parent]
                if isinstance(call, ast.Call):
                    self._handed(call, node, None, name)
                    return
            case ast.Call(args=args) if node in args:
                self._handed(parent, node, args.index(node), None)
                return
            case ast.Tuple() | ast.List() if self._trace.tupled(parent, node, self.carry):
                return
            case ast.Assign(targets=[ast.Subscript(value=ast.Name() as place)]):
                self._looked_up(place, parent)
                return
            case ast.DictComp(value=made) if made is node:
                kept = self._module.parents[parent]
                if isinstance(kept, ast.Assign) and isinstance(kept.targets[0], ast.Name):
                    self._looked_up(kept.targets[0], kept)
                    return
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                self._bound(target, parent)
                return
            case ast.ListComp(elt=made) | ast.GeneratorExp(elt=made) if made is node:
                self._collected(parent)
                return
        raise self._refuse(node)

    def follow_given(self, target: ast.Attribute) -> None:
        """Follow the local whose attribute ``target`` is given the id, from there on."""
        function = self._module.function_of(target)
        assert function is not None
        assert isinstance(target.value, ast.Name)
        for use in self._module.own_names(function, target.value.id):
            if isinstance(use.ctx, ast.Load) and use is not target.value:
                self._trace.walked.append(use)
                self.follow(use)

    def carry(self, function: Function, name: str) -> None:
        """Follow all uses of the variable ``name`` of ``function``, which holds an object."""
        for use in self._uses(function, name):
            self.follow(use)

    def _spread(self, starred: ast.Starred, node: ast.expr) -> None:
        """Follow ``answer(*job)`` to the parameter that takes the id."""
        call = self._module.parents[starred]
        if not isinstance(call, ast.Call) or not isinstance(self._held.slot, int):
            raise self._refuse(node)
        number = call.args.index(starred)
        if any(isinstance(each, ast.Starred) for each in call.args[:number]):
            raise self._refuse(node)
        if not self._trace.spread(call, node, number + self._held.slot, None):
            raise self._refuse(node)

    def _asked(self, expression: ast.expr, name: object) -> None:
        """Follow what is read of the object."""
        if name == self._held.slot:
            self._trace.read.add(expression)
            self._trace.follow(expression)
        elif self._held.fields and name not in self._held.fields:
            raise self._refuse(expression)

    def _bound(self, target: ast.expr, statement: ast.AST) -> None:
        """Follow the variable that takes an object, or the one of a tuple that takes the id."""
        function = self._module.function_of(target)
        match target:
            case ast.Tuple(elts=targets) if isinstance(self._held.slot, int) and not any(
                isinstance(each, ast.Starred) for each in targets
            ):
                taken = targets[self._held.slot]
                follow = self._trace.follow
            case _:
                taken, follow = target, self.follow
        if not isinstance(taken, ast.Name) or function is None:
            raise self._refuse(target)
        scope = (
            self._module.parents[statement] if isinstance(statement, ast.comprehension) else None
        )
        uses = (
            self._module.own_names(function, taken.id)
            if scope is None
            else [n for n in walk(scope) if isinstance(n, ast.Name) and n.id == taken.id]
        )
        if [each for each in uses if not isinstance(each.ctx, ast.Load)] != [taken]:
            raise self._refuse(target)
        if follow == self._trace.follow:
            self._trace.hold(function, taken.id)
            if isinstance(statement, ast.For):
                self._leave(statement, {*uses})
        elif isinstance(statement, ast.For):
            self._sweep(statement, uses)
        for use in uses:
            if use is not taken:
                self._trace.walked.append(use)
                if follow == self._trace.follow:
                    self._trace.read.add(use)
                follow(use)

    def _looked_up(self, place: ast.Name, statement: ast.Assign) -> None:
        """Follow a local dictionary whose values are such objects, ``futures[future] = job``."""
        function = self._module.function_of(place)
        if function is None or (function, place.id) in self._seen:
            return
        self._seen.add((function, place.id))
        uses = self._module.own_names(function, place.id)
        bound = [use for use in uses if not isinstance(use.ctx, ast.Load)]
        value = getattr(self._module.parents[bound[0]], "value", None) if bound else None
        filled = isinstance(value, ast.Dict) and not value.keys
        if len(bound) != 1 or not (filled or value is statement.value):
            raise self._refuse(place)
        for use in uses:
            if use not in {place, *bound}:
                self._trace.walked.append(use)
                self._valued(use)

    def _valued(self, use: ast.Name) -> None:
        """Follow what is asked of a dictionary whose values are such objects."""
        read = self._module.parents[use]
        outer = self._module.parents[read]
        match read:
            case ast.Subscript(value=value, ctx=ast.Load()) if value is use:
                self.follow(read)
                return
            case ast.Attribute(attr="pop") if isinstance(outer, ast.Call) and len(outer.args) == 1:
                self.follow(outer)
                return
            case ast.Attribute(attr="values") if isinstance(outer, ast.Call):
                self._collected(outer)
                return
            case ast.Attribute(attr="items") if isinstance(outer, ast.Call):
                walk_of = self._module.parents[outer]
                target = getattr(walk_of, "target", None)
                if getattr(walk_of, "iter", None) is outer and isinstance(target, ast.Tuple):
                    self._bound(target.elts[1], walk_of)
                    return
            case ast.Call() if plain_name(read.func) in {"as_completed", "len", "wait"}:
                return  # of the keys
            case ast.For(iter=walked) | ast.comprehension(iter=walked) if walked is use:
                return
        raise self._refuse(use)

    def _sweep(self, loop: ast.For, uses: Iterable[ast.Name]) -> None:
        """Leave a loop that releases each one's client under a lock where it is."""
        asked = {self._module.parents[use] for use in uses}
        keys = {
            each
            for each in asked
            if isinstance(each, (ast.Attribute, ast.Subscript))
            and self._held.slot == _asked_for(each)
        }
        self._leave(loop, keys)

    def _leave(self, loop: ast.For, keys: Collection[ast.expr]) -> None:
        """The same, where ``keys`` are the ids of its rounds."""
        if isinstance(self._module.parents[loop], (ast.With, ast.AsyncWith)) and (
            self._trace.is_sweep(loop, keys.__contains__)
        ):
            self._trace.swept.update(keys)

    def _collected(self, objects: ast.expr) -> None:
        """Follow a list of such objects."""
        parent = self._module.parents[objects]
        match parent:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                self._listed(objects, name)
                return
            case ast.Subscript(value=value, slice=at, ctx=ast.Load()) if value is objects:
                (self._collected if isinstance(at, ast.Slice) else self.follow)(parent)
                return
            case (
                ast.For(iter=walked) | ast.AsyncFor(iter=walked) | ast.comprehension(iter=walked)
            ) if walked is objects:
                self._bound(parent.target, parent)
                return
            case ast.Call(func=called, args=args) if objects in args:
                self._walked(parent, called, args.index(objects))
                return
            case ast.keyword(arg=str() as keyword):
                call = self._module.parents[parent]
                if isinstance(call, ast.Call) and self._trace.handed_all(
                    call, None, keyword, self._carry_all
                ):
                    return
            case ast.Attribute(attr="append"):
                return  # followed from what is appended
            case ast.UnaryOp(op=ast.Not()) | ast.If(test=ast.Name()):
                return  # whether there are any
        raise self._refuse(objects)

    def _carry_all(self, function: Function, name: str) -> None:
        """Follow all uses of the variable ``name`` of ``function``, which holds a list of them."""
        for use in self._uses(function, name):
            self._collected(use)

    def _uses(self, function: Function, name: str) -> Iterator[ast.Name]:
        """The uses of a variable that are not followed yet; it must not be bound again."""
        if (function, name) in self._seen:
            return
        self._seen.add((function, name))
        for use in self._module.own_names(function, name):
            if not isinstance(use.ctx, ast.Load):
                raise self._refuse(use)
            self._trace.walked.append(use)
            yield use

    def _listed(self, place: ast.expr, name: str) -> None:
        """Follow the uses of a local list."""
        function = self._module.function_of(place)
        if function is None or (function, name) in self._seen:
            return
        self._seen.add((function, name))
        uses = self._module.own_names(function, name)
        bound = [use for use in uses if not isinstance(use.ctx, ast.Load)]
        added = [use for use in uses if isinstance(self._module.parents[use], ast.Attribute)]
        value = getattr(self._module.parents[bound[0]], "value", None) if bound else None
        # Nothing else may be in the list: all of it, or the one thing that is added to it.
        if len(bound) != 1 or not (
            (value is place and not added)
            or (isinstance(value, ast.List) and not value.elts and added == [place])
        ):
            raise self._refuse(place)
        for use in uses:
            if isinstance(use.ctx, ast.Load):
                self._trace.walked.append(use)
                self._collected(use)

    def _queued(self, place: ast.Name, put: ast.Call | None) -> bool:
        """Follow a local queue to where jobs are taken from it; whether it is one."""
        taken = taken_from(self._module, place, put)
        function = self._module.function_of(place)
        if taken is None or function is None:
            return False
        if any(self._module.function_of(each) is not function for each in taken):
            raise RefusalError(
                f"the id goes through the queue '{place.id}' to another function",
                "use the context's state id there, and release its client behind all workers",
                place.lineno,
            )
        if (function, place.id) not in self._seen:
            self._seen.add((function, place.id))
            for each in taken:
                names = (node for node in walk(each) if isinstance(node, ast.Name))
                self._trace.walked.extend(node for node in names if node.id == place.id)
                self.follow(each)
        return True

    def _walked(self, call: ast.Call, called: ast.expr, index: int) -> None:
        """Follow ``enumerate(jobs)``, ``zip(rows, jobs)``, ``executor.map(work, jobs)``."""
        name = plain_name(called)
        parent = self._module.parents[call]
        match parent:
            case (
                ast.Assign(targets=[ast.Name() as place])
                | ast.AnnAssign(target=ast.Name() as place)
            ) if self._queued(place, None):
                return
        if self._trace.handed_all(call, index, None, self._carry_all):
            return
        if name in {"zip", "enumerate"} and isinstance(called, ast.Name):
            number = 1 if name == "enumerate" else index
            target = getattr(parent, "target", None)
            if getattr(parent, "iter", None) is call and isinstance(target, ast.Tuple):
                self._bound(target.elts[number], parent)
                return
        elif name == "map" and index > 0:
            if isinstance(called, ast.Name) and not is_consumed(self._module, call):
                self._trace.deferred.append(call)
            self._trace.mapped(call, index, self.carry)
            return
        elif name == "len" or (
            index == 1
            and isinstance(self._held.slot, int)
            and self._trace.starmapped(call, self._held.slot)
        ):
            return
        raise self._refuse(call)

    def _handed(
        self, call: ast.Call, node: ast.expr, index: int | None, keyword: str | None
    ) -> None:
        """Follow an object into the function that it is handed to."""
        match call.func:
            case ast.Attribute(value=ast.Name(id=name) as place, attr=method) if (
                index == 0 and method in PUTTING
            ):
                if self._queued(place, call):
                    return
                if method == "append":
                    self._listed(place, name)
                    return
        function = self._module.function_of(call)
        if function is None or any(isinstance(each, ast.Starred) for each in call.args):
            raise self._refuse(node)
        if self._trace.dispatched(call, node, index, keyword, function, self.carry):
            return
        callees = self._module.resolve(call.func)
        if not callees:
            raise self._refuse(node)
        arguments = arguments_of(call)
        for callee in callees:
            self._trace.enter(callee, call, arguments, index or 0, keyword, function, self.carry)

    def _refuse(self, node: ast.AST) -> RefusalError:
        return RefusalError(self._held.reason, self._held.remedy, getattr(node, "lineno", 0))


def _asked_for(read: ast.Attribute | ast.Subscript) -> object:
    """The attribute or the constant key that is read of an object."""
    if isinstance(read, ast.Attribute):
        return read.attr
    return read.slice.value if isinstance(read.slice, ast.Constant) else None
