"""A call of a function whose source is known: its summary put to use."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import registering
from flake8_stateid.analysis.binding import NOWHERE, Argument, Arguments, bind_arguments
from flake8_stateid.analysis.places import Place, kept_in
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, Parameter
from flake8_stateid.analysis.registration import RegisteringFrame
from flake8_stateid.analysis.substitution import deep_hopped, follow, substitute
from flake8_stateid.analysis.values import (
    CAPTURED,
    DEFAULT,
    ELEMENT,
    ENTERED,
    ITERATED,
    MAP_KEY,
    NO_TEXT,
    NOTHING,
    RECEIVER,
    SUBSCRIPTED,
    UNKNOWN,
    Hop,
    Key,
    Reference,
    Symbol,
    Value,
    is_attribute,
    is_number,
    is_sequence,
    join,
    part,
    with_no_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.substitution import Resolver
    from flake8_stateid.analysis.summaries import Summary


class ApplyingFrame(RegisteringFrame):
    """The part of the analysis that puts what a call is given into a summary."""

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression may be."""
        raise NotImplementedError

    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """What an attribute of a value may be, methods and properties included."""
        raise NotImplementedError

    def apply(
        self, ref: Reference, arguments: Arguments, node: ast.AST, place: Place | None = None
    ) -> Value:
        """Call a function whose source is known.

        Args:
            ref: The function, with its receiver and what it has captured.
            arguments: Without the receiver.
            node: The call.
            place: Where the receiver is held.
        """
        function = ref.target
        assert isinstance(function, FunctionInfo)
        receiver = ref.parts.get(RECEIVER)
        first = Argument(receiver, place, NOWHERE) if receiver is not None else None
        bound = bind_arguments(function, arguments, first)
        for key, value in ref.parts.items():
            if str(key).startswith(DEFAULT):
                bound.setdefault(str(key)[len(DEFAULT) :], Argument(value, None, node))
        for parameter in function.parameters:
            argument = bound.get(parameter.name)
            if argument is None or (argument is first):
                continue
            given = argument.value
            if given.atoms and parameter.annotation is not None:
                given = self.engine.as_declared(function.module, parameter.annotation, given)
            if given.atoms and self.module is not self.engine.module:
                given = self._entering(function, parameter, given)
            if given is not argument.value:
                bound[parameter.name] = argument = argument._replace(value=given)
            value = self._pass(_called_name(ref), parameter, argument, node)
            if value is not argument.value:
                bound[parameter.name] = argument._replace(value=value)
        summary = self.engine.functions.summarise(
            function, {name: argument.value for name, argument in bound.items()}, ref.parts
        )
        result = self._instantiate(function, summary, bound, ref, node)
        if function.decorators and result.atoms:
            self.engine.needs.returned_by(function, result)
        if (
            "abstractmethod" in function.decorators
            and receiver is not None
            and all(self._is_abstract(of, function) for of in receiver.refs.values())
        ):
            return UNKNOWN  # what a method of a subclass gives that is not seen
        return result

    def _entering(self, function: FunctionInfo, parameter: Parameter, value: Value) -> Value:
        """What another module hands to a function of this one, which it may know as any other.

        It cannot tell that a state id is wanted where it calls what it was given, or a method that
        is overridden here: then the value enters by the parameter.
        """
        if function.module is not self.engine.module or not self.names.kind(parameter.name):
            return value
        known = self.module.definitions.get(function.name)
        own = self.function.cls if self.function is not None else None
        method = self.engine.classes.method(own, function.name) if own is not None else None
        if known or (method and any(self.names.kind(each.name) for each in method.parameters)):
            return value
        text = f"taken as '{parameter.name}' by '{function.name}'"
        return deep_hopped(value, Hop(function.module, parameter.node, text))

    def _is_abstract(self, ref: Reference, function: FunctionInfo) -> bool:
        """Whether an object would have an abstract method for its own: there is no such object.

        Where ``super()`` leads to the method, the object's class has another one.
        """
        return (
            ref.kind == "instance"
            and isinstance(ref.target, ClassInfo)
            and self.engine.classes.method(ref.target, function.name) is function
        )

    def _pass(self, called: str, parameter: Parameter, argument: Argument, node: ast.AST) -> Value:
        value = argument.value
        if not (value.atoms or value.fields):
            return value
        where = argument.node if hasattr(argument.node, "lineno") else node
        if isinstance(where, ast.keyword) and self.names.kind(parameter.name):
            return value  # the keyword itself was the target
        text = f"passed as '{parameter.name}' to '{called}'"
        return self.become(parameter.name, value, where, text, used=False)

    def _instantiate(
        self,
        function: FunctionInfo,
        summary: Summary,
        bound: dict[str, Argument],
        ref: Reference,
        node: ast.AST,
    ) -> Value:
        """Put a summary to use: its inputs are the arguments of this call."""
        assert self.state is not None
        known: dict[Symbol, Value] = {}

        def resolve(symbol: Symbol) -> Value:
            value = known.get(symbol)
            if value is None:
                if symbol.path and symbol.root[0] in ("parameter", "free"):
                    # Many symbols are parts of one: what it is, is found once.
                    whole = resolve(Symbol(symbol.root, symbol.path[:-1]))
                    value = self.part_of(whole, symbol.path[-1], node)
                else:
                    value = self._resolve(symbol, function, bound, ref)
                known[symbol] = value
            return value

        registered = self.state.registered
        for symbol, sink in summary.sinks.items():
            for atom, trace in resolve(symbol).atoms.items():
                if not (registered and registering.is_registered(atom, registered)):
                    self.record(atom, follow(trace, sink.first), sink.used)
                    if sink.deepest is not sink.first:
                        self.record(atom, follow(trace, sink.deepest), sink.used)
        for (symbol, ours), unread in summary.needs.items():
            self.need(resolve(symbol), unread, ours=ours)
        for known_id in summary.registered:
            if isinstance(known_id, Symbol):
                held = None if known_id.path else bound.get(str(known_id.root[1]))
                place = held.held_at if held is not None else None
                whole = bool(known_id.path) and known_id.path[-1] in (ITERATED, ELEMENT)
                value = resolve(known_id)
                self.register(value, place, whole)
                for field in value.fields.values():
                    self.register(field, None, whole=True)
            else:
                self.here.registered |= {known_id}
        if self.mints:
            self.made_anew(summary.origins)
        result = NOTHING
        if self.engine.spend(summary.size + len(summary.kept)):
            return UNKNOWN
        for (cls, attribute), value in summary.kept.items():
            self.keep(cls, attribute, substitute(value, resolve))
        if summary.returned is not NOTHING:
            result = substitute(summary.returned, resolve, node)
            if result.atoms or result.fields:
                result = deep_hopped(
                    result, Hop(self.module, node, f"returned by '{function.name}'")
                )
        if result.types <= UNKNOWN.types and function.returns is not None:
            # Also where the body says nothing, as that of a protocol's method.
            told = self.engine.annotated(function.module, function.returns)
            if is_number(told) or is_sequence(told):
                fields = result.fields or told.fields
                result = Value(result.atoms, result.refs, fields, told.types)
        objects = {
            name: substitute(after, _kept_by(name, bound, resolve), node)
            for name, after in summary.objects.items()
        }
        outer = {home: substitute(after, resolve, node) for home, after in summary.outer.items()}
        for name, after in objects.items():
            argument = bound.get(name)
            if argument is not None:
                self._write_back(argument, after)
        self._set_outer(outer, ref, node)
        if function.is_context_manager:
            return Value(fields={ENTERED: part(result, ITERATED)}, types=UNKNOWN.types)
        return result

    def _set_outer(
        self, outer: dict[tuple[object, str], Value], ref: Reference, node: ast.AST
    ) -> None:
        """A callee has set or changed variables that are not its own."""
        assert self.state is not None
        for (home, name), after in outer.items():
            if home is self.function or (home is self.module and self.function is None):
                if name in self.state.env:
                    before = self.state.env[name]
                    self.state.env[name] = after
                    self._write_back(Argument(before, Place(name), node), after)
            else:
                taken = ref.parts.get(CAPTURED + name, NOTHING)
                if not taken.tags.isdisjoint(after.tags):
                    # An object that the closure has taken along, and that somebody holds here.
                    self._write_back(Argument(taken, None, NOWHERE), after)
                mine = self.outer.get((home, name))
                self.outer[(home, name)] = after if mine is None else join(mine, after)

    def _resolve(
        self, symbol: Symbol, function: FunctionInfo, bound: dict[str, Argument], ref: Reference
    ) -> Value:
        """What a symbol of a callee stands for at this call, if it is no part of an input."""
        kind = symbol.root[0]
        if kind == "parameter":
            name = str(symbol.root[1])
            if name in bound:
                return bound[name].value
            return self.engine.functions.default_value(function, name)
        if kind == "free":
            name = str(symbol.root[2])
            value = ref.parts.get(CAPTURED + name, NOTHING)
            if value is NOTHING and symbol.root[1] is self.function:
                value = self.here.env.get(name, NOTHING)
            if value is NOTHING and symbol.root[1] is not self.function:
                value = Value({symbol: ()}, types=UNKNOWN.types)
            return value
        return Value({symbol: ()}, types=UNKNOWN.types)

    def part_of(self, value: Value, key: Key, node: ast.AST) -> Value:
        """The part of a value that one step of a symbol's path names."""
        if is_attribute(key):
            return self.attribute(value, key[1:], node)
        return with_no_text(value) if key == NO_TEXT else part(value, key)

    def _write_back(self, argument: Argument, after: Value) -> None:
        """The callee changed the object it was given."""
        place = argument.held_at
        for key, field in after.fields.items():
            if key in (ELEMENT, MAP_KEY):
                key = SUBSCRIPTED if key == ELEMENT else key  # noqa: PLW2901 - at any place there
                self.store(place, argument.value, key, field, strong=False)
            else:
                self.store(place, argument.value, key, field, strong=True)


def _kept_by(name: str, bound: dict[str, Argument], resolve: Resolver) -> Resolver:
    """As ``resolve``, for what a callee leaves in the object it was given as a parameter."""
    tags = bound[name].value.tags if name in bound else None
    if not tags:
        return resolve

    def kept(symbol: Symbol) -> Value:
        value = resolve(symbol)
        if not value.refs or symbol.root[1] == name:
            return value
        return value.flat() if not tags.isdisjoint(value.tags) else kept_in(value, tags)

    return kept


def _called_name(ref: Reference) -> str:
    """What a reader would say is called: the class, where its constructor is."""
    function = ref.target
    assert isinstance(function, FunctionInfo)
    if function.name in ("__init__", "__new__") and function.cls is not None:
        for receiver in ref.parts.get(RECEIVER, NOTHING).refs.values():
            if isinstance(receiver.target, ClassInfo):
                return receiver.target.name
        return function.cls.name
    return function.name
