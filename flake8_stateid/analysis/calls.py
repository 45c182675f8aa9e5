"""Whom a call reaches, and with what."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import modelled
from flake8_stateid.analysis.binding import NOWHERE, Argument, Arguments
from flake8_stateid.analysis.constructing import ConstructingFrame
from flake8_stateid.analysis.places import Place, place_of
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, last_name
from flake8_stateid.analysis.state import State, merge
from flake8_stateid.analysis.tree import is_inert
from flake8_stateid.analysis.unread import leads_on, unread_in
from flake8_stateid.analysis.values import (
    ARGUMENT,
    CAPTURED,
    DEFAULT,
    ELEMENT,
    ITERATED,
    NOTHING,
    NUMBER,
    PAYLOAD,
    RECEIVER,
    UNKNOWN,
    Reference,
    Value,
    as_string,
    is_number,
    items,
    join,
    join_all,
    part,
    with_part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.summaries import Summary

# Whose ``key`` is a function that ranks, wherever an id is called that.
_RANKING = frozenset(
    ("sorted", "sort", "min", "max", "groupby", "nsmallest", "nlargest", "merge", "insort")
)
_PASSING_ITEMS = frozenset(("list", "tuple", "sorted", "reversed", "iter"))


class CallFrame(ConstructingFrame):
    """The part of the analysis that carries values through calls."""

    def call(self, node: ast.Call) -> Value:
        """What a call evaluates to, after all it does has been followed."""
        function = node.func
        receiver: Value | None = None
        place: Place | None = None
        if isinstance(function, ast.Attribute):
            receiver = self.evaluate(function.value)
            place = place_of(function.value)
            callee = self.attribute(receiver, function.attr, function)
            name = function.attr
        else:
            callee = self.evaluate(function)
            name = function.id if isinstance(function, ast.Name) else ""
        if name == "super" and not isinstance(function, ast.Attribute):
            return self.super_of(node)
        arguments = self.arguments(node)
        if self.mints:
            minted = self.minted(node, name, callee, arguments)
            if minted is not None:
                return minted
        shown = name or "a call"
        for keyword in node.keywords:
            if (
                keyword.arg is not None
                and self.names.kind(keyword.arg)
                and not (keyword.arg == "key" and name in _RANKING)
            ):
                argument = arguments.keywords[keyword.arg]
                value = self.become(
                    keyword.arg,
                    self._as_taken(callee, keyword.arg, argument.value),
                    keyword,
                    f"passed as '{keyword.arg}' to '{shown}'",
                    used=not self._is_visible(callee),
                )
                keywords = {**arguments.keywords, keyword.arg: argument._replace(value=value)}
                arguments = arguments._replace(keywords=keywords)
        result = self.invoke(callee, arguments, node, receiver, place, name)
        self.called = (node, callee)
        return result

    def _as_taken(self, callee: Value, name: str, value: Value) -> Value:
        """A value as what is called declares to take it under a name."""
        for ref in callee.refs.values() if value.atoms else ():
            function = ref.target if isinstance(ref.target, FunctionInfo) else None
            if isinstance(ref.target, ClassInfo):
                value = self.engine.as_field(ref.target, name, value)
                function = self.engine.classes.method(ref.target, "__init__")
            if function is None:
                continue
            for parameter in function.parameters:
                if parameter.name == name:
                    annotation = parameter.annotation
                    value = self.engine.as_declared(function.module, annotation, value)
        return value

    def _is_visible(self, callee: Value) -> bool:
        return any(not isinstance(ref.target, str) for ref in callee.refs.values())

    def added(self, node: ast.AST, values: list[Value]) -> Value:
        """The sum of some values, at ``node``."""
        raise NotImplementedError

    def remainder(self, node: ast.AST, left: Value, right: Value) -> Value:
        """``left % right``, at ``node``."""
        raise NotImplementedError

    def invoke(
        self,
        callee: Value,
        arguments: Arguments,
        node: ast.AST,
        receiver: Value | None = None,
        place: Place | None = None,
        name: str = "",
    ) -> Value:
        """What calling a value with these arguments evaluates to.

        Args:
            callee: What is called.
            arguments: With what.
            node: Where.
            receiver: The object, when a method of it is called.
            place: Where that object is held.
            name: The method's or function's name as written.
        """
        results: list[Value] = []
        before = self.here.copy() if len(callee.refs) > 1 else None
        after: State | None = None
        for ref in callee.refs.values():
            if before is not None:
                # One of them is called, not one after the other.
                after = merge(after, self.state) if results else after
                self.state = before.copy()
            result = self._invoke_reference(ref, callee, arguments, node, place)
            if result is not None:
                results.append(result)
        if before is not None:
            self.state = merge(after, self.state)
        unread = self.need_callee(callee, arguments)
        if results:
            return join_all([*results, unread])
        if receiver is not None and isinstance(node, ast.Call):
            model = self.engine.models.method(name)
            if model is not None:
                call = modelled.MethodCall(node, receiver, place, name, arguments)
                result = model(self, call)
                if result is not None:
                    return result
        if receiver is not None and is_number(receiver) and self.engine.models.gives_number(name):
            return NUMBER
        if receiver is not None and self.here.stored:
            self.settle_in(receiver)
        self.hand_out(arguments, node)
        if receiver is not None:
            self.escape(receiver, node)  # its class, or a base, has the method out of sight
        return join(unread, UNKNOWN) if unread is not NOTHING else UNKNOWN

    def need_callee(self, callee: Value, arguments: Arguments) -> Value:
        """Note what is passed to a callee in a module that has not been read; gives its result."""
        unread = unread_in(self.engine.packages, callee)
        if not unread:
            return NOTHING
        callee_of = unread
        for argument in arguments.all():
            for ref in argument.value.refs.values():
                if ref.kind in ("function", "partial") and isinstance(ref.target, FunctionInfo):
                    summary = self._handed_on(ref, ref.target)
                    # What it returns is what the callee is given, when it calls it.
                    returned = summary.returned
                    self.need(join(returned, part(returned, ITERATED)), unread)
                    if leads_on(self.engine, ref.target, summary):
                        callee_of = self.engine.needs.calling_back(unread)
                        self.engine.needs.need_builders(unread)
        for argument in arguments.all():
            self.need(argument.value, callee_of)
        return self.engine.needs.made_by_unread(unread)

    def _handed_on(self, ref: Reference, function: FunctionInfo) -> Summary:
        """What a function does that is given to a callee that cannot be seen."""
        given: dict[str, Value] = {}
        receiver = ref.parts.get(RECEIVER)
        if receiver is not None and function.parameters:
            given[function.parameters[0].name] = receiver
        return self.engine.functions.summarise(function, given, ref.parts)

    def _invoke_reference(
        self,
        ref: Reference,
        callee: Value,
        arguments: Arguments,
        node: ast.AST,
        place: Place | None,
    ) -> Value | None:
        target = ref.target
        if isinstance(target, str):
            if ref.kind == "method":
                return self._invoke_bound(ref, arguments, node)
            model = self.engine.models.function(target)
            if model is None and target.startswith(modelled.NEW_TYPE):
                return as_string(arguments.value(0))
            return None if model is None else model(self, modelled.Call(node, arguments, target))
        if ref.kind == "partial":
            arguments = self._with_held(ref, arguments)
            if isinstance(target, ClassInfo):
                return self.construct(target, arguments, node)
            return self.apply(ref, arguments, node, place)
        if isinstance(target, FunctionInfo):
            return self.apply(ref, arguments, node, place)
        if ref.kind == "class":
            return self.construct(target, arguments, node)
        if ref.kind == modelled.MAKING:
            return self.make(target, arguments, node)
        if ref.kind == "record":
            return self.initialise_record(target, ref, arguments, node)
        method = self.engine.classes.method(target, "__call__")
        if method is None:
            return None
        bound = Reference("function", method, {RECEIVER: callee})
        held = place_of(node.func) if isinstance(node, ast.Call) else None
        return self.apply(bound, arguments, node, held)

    def _invoke_bound(self, ref: Reference, arguments: Arguments, node: ast.AST) -> Value | None:
        """A method of a container that was taken off it before: ``add = keys.append``."""
        assert isinstance(ref.target, str)
        if PAYLOAD in ref.parts:
            return ref.parts[PAYLOAD]  # it builds a string, whatever its arguments
        if not isinstance(node, ast.Call):
            return None
        receiver = ref.parts.get(RECEIVER, NOTHING)
        model = self.engine.models.method(ref.target)
        if model is None:
            return None  # an object behind it that was too deep to be followed
        return model(self, modelled.MethodCall(node, receiver, None, ref.target, arguments))

    def hold(self, ref: Reference, node: ast.AST) -> None:
        """A partial was made: what it holds already leads where its function leads."""
        if isinstance(ref.target, ClassInfo):
            self.construct(ref.target, self._with_held(ref, Arguments()), node)
        else:
            self.escape(Value(refs={ref.key: ref}), node)

    def _with_held(self, ref: Reference, arguments: Arguments) -> Arguments:
        """The arguments a partial holds before and beside those of the call."""
        held: list[Argument] = []
        keywords = dict(arguments.keywords)
        index = 0
        node = NOWHERE
        while f"{ARGUMENT}{index}" in ref.parts:
            held.append(Argument(ref.parts[f"{ARGUMENT}{index}"], None, node))
            index += 1
        for key, value in ref.parts.items():
            name = str(key).removeprefix(ARGUMENT)
            if str(key).startswith(ARGUMENT) and not name.isdigit():
                keywords.setdefault(name, Argument(value, None, node))
        return arguments._replace(positional=(*held, *arguments.positional), keywords=keywords)

    def hand_out(self, arguments: Arguments, node: ast.AST) -> None:
        """Arguments go to a callee that is not known: closures may be called, objects kept."""
        for argument in arguments.all():
            self.escape(argument.value, node)
            if self.here.stored:
                self.settle_in(argument.value)

    def escape(self, value: Value, node: ast.AST) -> None:
        """A value leaves what can be seen: its closures may run, its objects be used anywhere."""
        if not value.refs:
            return
        for ref in value.refs.values():
            target = ref.target
            if isinstance(target, FunctionInfo):
                if any(
                    str(key).startswith((CAPTURED, ARGUMENT, DEFAULT)) or item.fields
                    for key, item in ref.parts.items()
                ):
                    self._maybe_call(ref, node)
            elif isinstance(target, ClassInfo) and ref.kind == "instance":
                self.keep_objects(value)

    def _maybe_call(self, ref: Reference, node: ast.AST) -> None:
        before = self.here.copy()
        arguments = Arguments()
        if ref.kind == "partial":
            arguments = self._with_held(ref, arguments)
        self.apply(ref, arguments, node)
        self.state = merge(before, self.state)

    def arguments(self, node: ast.Call) -> Arguments:
        """The arguments of a call, evaluated in order."""
        positional: list[Argument] = []
        rest: Argument | None = None
        for item in node.args:
            if isinstance(item, ast.Starred):
                value = self.evaluate(item.value)
                known = items(value)
                if rest is not None:
                    rest = _lengthened(rest, part(value, ITERATED))
                elif known is not None:
                    positional += [Argument(field, None, item) for field in known]
                else:
                    rest = Argument(value, None, item)
                continue
            value = self.evaluate(item)
            if rest is not None:
                rest = _lengthened(rest, value)
            else:
                positional.append(Argument(value, None, item))
        keywords: dict[str, Argument] = {}
        more: Argument | None = None
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = Argument(value, None, keyword)
                continue
            for key, field in value.fields.items():
                if type(key) is str and key[0] == "'":
                    keywords.setdefault(key[1:], Argument(field, None, keyword))
            more = Argument(join(more.value, value) if more else value, None, keyword)
        return Arguments(tuple(positional), rest, keywords, more)

    def call_with(self, callee: Value, values: list[Value], node: ast.AST) -> Value:
        """Call a value that was handed on, with these positional arguments."""
        positional = tuple(Argument(value, None, node) for value in values)
        return self.invoke(callee, Arguments(positional), node)

    def mapping_of(self, source: ast.expr) -> Value:
        """The mapping whose items an expression goes through; NOTHING where there is none."""
        while isinstance(source, ast.Call) and last_name(source) in _PASSING_ITEMS and source.args:
            source = source.args[0]
        if (
            not isinstance(source, ast.Call)
            or not isinstance(source.func, ast.Attribute)
            or source.func.attr != "items"
            or not is_inert(source.func.value)
        ):
            return NOTHING
        mapping = self.evaluate(source.func.value)
        return NOTHING if mapping.refs else mapping


def _lengthened(rest: Argument, value: Value) -> Argument:
    """What a star of unknown length gives, with an argument at an unknown position behind it."""
    return rest._replace(value=with_part(rest.value, (ELEMENT,), value, strong=False))
