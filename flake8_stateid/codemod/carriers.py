"""Objects that carry an id beside other things: a job, a row's context, a tuple, a dictionary.

Once all rows share the id, two of them may be equal that were not, so an object may only be handed
on, walked and asked for what it holds. What is asked for in the id's place is the id.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.deferral import is_consumed
from flake8_stateid.codemod.logs import is_logged
from flake8_stateid.codemod.nodes import walk
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.signatures import Function, dotted
from flake8_stateid.codemod.uses import is_record
from flake8_stateid.codemod.validating import only_checks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.ancestry import Ancestors, SeenClass
    from flake8_stateid.codemod.optionals import Optionals
    from flake8_stateid.codemod.trace import Trace

_PLAIN_BASES = frozenset({"object", "ABC", "NamedTuple"})
_ACTING = frozenset(
    {"__post_init__", "__attrs_post_init__", "__init__", "__new__", "__getattr__"}
    | {"__attrs_pre_init__", "__getattribute__"}
)

# What a field may be told that makes it no argument, another one, or another value.
_SHIFTING = frozenset({"init", "kw_only", "alias", "converter"})


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


class Shapes:
    """What is seen of the classes that may carry an id.

    Args:
        ancestors: Finds classes of this and other modules.
        optionals: Knows the classes of the batch path's names.
    """

    def __init__(self, ancestors: Ancestors, optionals: Optionals) -> None:
        """Look at nothing yet."""
        self._ancestors = ancestors
        self._optionals = optionals

    def fields_of(self, path: str) -> tuple[str, ...]:
        """The fields of the object that ``path`` holds; none where its class may act."""
        classes = self._optionals.classes(path)
        bases = {dotted(base).rpartition(".")[2] for each in classes for base in each.node.bases}
        seen = {each.node.name for each in classes}
        return _plain_fields(classes) if bases <= seen | _PLAIN_BASES else ()

    def records(self, name: str, call: ast.Call) -> tuple[str, ...] | None:
        """The fields of the class that ``call`` makes, where it only holds values."""
        seen = self._ancestors.of(name, call).classes
        if not seen or not is_record(seen[0].node):
            return None
        bases = {dotted(base).rpartition(".")[2] for base in seen[0].node.bases}
        return _plain_fields(seen) if bases <= {"NamedTuple"} else ()


def _plain_fields(classes: Iterable[SeenClass]) -> tuple[str, ...]:
    """The fields of a class and its bases, in their order; none where one of them may act."""
    found: dict[str, None] = {}
    for owner in classes:
        for node in owner.node.body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    checks = (
                        name == "__post_init__"
                        and isinstance(node, ast.FunctionDef)
                        and only_checks(owner.node, node)
                    )
                    if name in _ACTING and not checks:
                        return ()
                case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                    if _is_uncounted(kind, value):
                        return ()
                    found[name] = None
    return tuple(found)


def _is_uncounted(kind: ast.expr, value: ast.expr | None) -> bool:
    """Whether what is declared takes no argument as it is, or none in its turn."""
    named = {dotted(node).rpartition(".")[2] for node in walk(kind) if isinstance(node, ast.expr)}
    return bool(named & {"ClassVar", "InitVar", "KW_ONLY"}) or (
        isinstance(value, ast.Call) and any(each.arg in _SHIFTING for each in value.keywords)
    )


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
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                self._bound(target, parent)
                return
            case ast.ListComp(elt=made) | ast.GeneratorExp(elt=made) if made is node:
                self._collected(parent)
                return
        raise self._refuse(node)

    def carry(self, function: Function, name: str) -> None:
        """Follow all uses of the variable ``name`` of ``function``, which holds an object."""
        if (function, name) in self._seen:
            return
        self._seen.add((function, name))
        for use in self._module.own_names(function, name):
            if not isinstance(use.ctx, ast.Load):
                raise self._refuse(use)
            self._trace.walked.append(use)
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
        for use in uses:
            if use is not taken:
                self._trace.walked.append(use)
                if follow == self._trace.follow:
                    self._trace.read.add(use)
                follow(use)

    def _collected(self, objects: ast.expr) -> None:
        """Follow a list of such objects."""
        parent = self._module.parents[objects]
        match parent:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                self._listed(objects, name)
                return
            case ast.Subscript(value=value, ctx=ast.Load()) if value is objects:
                self.follow(parent)
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
        if (function, name) in self._seen:
            return
        self._seen.add((function, name))
        for use in self._module.own_names(function, name):
            if not isinstance(use.ctx, ast.Load):
                raise self._refuse(use)
            self._trace.walked.append(use)
            self._collected(use)

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

    def _walked(self, call: ast.Call, called: ast.expr, index: int) -> None:
        """Follow ``enumerate(jobs)``, ``zip(rows, jobs)``, ``executor.map(work, jobs)``."""
        name = plain_name(called)
        parent = self._module.parents[call]
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
            case ast.Attribute(value=ast.Name(id=name), attr="append") if index == 0:
                self._listed(call.func.value, name)
                return
        function = self._module.function_of(call)
        if function is None or any(isinstance(each, ast.Starred) for each in call.args):
            raise self._refuse(node)
        if self._trace.dispatched(call, node, index, keyword, function, self.carry):
            return
        callees = self._module.resolve(call.func)
        if not callees:
            raise self._refuse(node)
        arguments = (*call.args, *(each.value for each in call.keywords))
        for callee in callees:
            self._trace.enter(callee, call, arguments, index or 0, keyword, function, self.carry)

    def _refuse(self, node: ast.AST) -> RefusalError:
        return RefusalError(self._held.reason, self._held.remedy, getattr(node, "lineno", 0))
