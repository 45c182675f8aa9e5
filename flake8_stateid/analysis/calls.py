"""Whom a call reaches, and what the call does: attributes, callees, summaries put to use."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import library, modelled, registering
from flake8_stateid.analysis.binding import NOWHERE, Argument, Arguments, bind_arguments
from flake8_stateid.analysis.places import OBJECT, Place, kept_in
from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    Parameter,
    last_name,
    nested_class,
)
from flake8_stateid.analysis.registration import RegisteringFrame
from flake8_stateid.analysis.state import State, merge
from flake8_stateid.analysis.substitution import deep_hopped, follow, substitute
from flake8_stateid.analysis.tree import is_inert
from flake8_stateid.analysis.unread import leads_on, unread_in
from flake8_stateid.analysis.values import (
    ARGUMENT,
    CAPTURED,
    DEFAULT,
    DICT,
    ELEMENT,
    ENTERED,
    ITERATED,
    MAP_KEY,
    NO_TEXT,
    NONE,
    NOTHING,
    NUMBER,
    OBJECT_TYPES,
    PAYLOAD,
    RECEIVER,
    SUBSCRIPTED,
    UNKNOWN,
    UNREAD,
    Hop,
    Key,
    Reference,
    Symbol,
    Value,
    as_string,
    attributes,
    by_member,
    constant,
    container,
    is_attribute,
    items,
    join,
    join_all,
    part,
    reference,
    symbolic_part,
    told_apart,
    with_no_text,
    with_part,
    without_unread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.substitution import Resolver
    from flake8_stateid.analysis.summaries import Summary

_MAX_GETTERS = 100  # that wait for one another
_PASSING_ITEMS = frozenset(("list", "tuple", "sorted", "reversed", "iter"))
_MAX_REPEATED = 2  # times that one getter is among these


class CallFrame(RegisteringFrame):
    """The part of the analysis that carries values through calls."""

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression may be."""
        raise NotImplementedError

    # --- attributes --------------------------------------------------------------------------

    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """What an attribute of a value may be, methods and properties included."""
        key = "." + name
        found = part(value, key)
        if key in value.fields and len(value.refs) < 2:  # noqa: PLR2004
            return found  # else it may be an object of another class that has not set it
        if found.atoms:
            found = by_member(found, lambda pending: self.engine.needs.member(pending, name))
        if found.atoms and self.names.kind(name):
            # What a module we have not read keeps as a state id is that module's own affair.
            found = without_unread(found)
        if found.atoms and self._is_computed(value, name):
            # Its getter says all there is to say: what it rests on would be followed once more
            # through the symbol, and again for each property that the getter reads.
            found = NOTHING
        if value.refs and found.types == UNKNOWN.types:
            # The class says of what type.
            found = Value(found.atoms, found.refs, found.fields, tags=found.tags)
        for ref in value.refs.values():
            found = join(found, self._attribute_of(ref, value, name, node))
        if not (found.types or found.refs or found.fields):
            found = join(found, UNKNOWN)
        if found.const is None and name.isupper() and len(value.refs) == 1:
            return self._as_key(value, name, found)
        return found

    def _as_key(self, value: Value, name: str, found: Value) -> Value:
        """A constant of a class or module, told apart from others where it is a key."""
        (ref,) = value.refs.values()
        if isinstance(ref.target, ClassInfo):
            const = self.engine.classes.constant(ref.target, name)
            return found if const is None else told_apart(found, const)
        if ref.kind == UNREAD:
            return told_apart(found, f"{ref.target}.{name}.")
        return found

    def _is_computed(self, value: Value, name: str) -> bool:
        """Whether an attribute is a property of every class the value may be of."""
        if not value.refs:
            return False
        for ref in value.refs.values():
            if ref.kind != "instance" or not isinstance(ref.target, ClassInfo):
                return False
            method = self.engine.classes.method(ref.target, name)
            if method is None or not method.is_property:
                return False
        return True

    def _attribute_of(self, ref: Reference, value: Value, name: str, node: ast.AST) -> Value:
        target = ref.target
        if isinstance(target, str):
            return self.engine.modules.external_attribute(ref, name)
        if isinstance(target, FunctionInfo):
            return NOTHING
        if ref.kind == "super":
            receiver = ref.parts.get(RECEIVER, NOTHING)
            method = self.engine.method_after(target, receiver, name)
            if method is not None:
                return self._bound(method, receiver, node)
            if name == "__init__":
                record = self.engine.record_after(target, receiver)
                if record is not None:
                    return reference("record", record, **{RECEIVER: receiver})
            if name == "__new__":
                return reference("external", library.NEW_OBJECT)
            unread = self.engine.unread_bases(target)
            return by_member(unread, lambda pending: self.engine.needs.member(pending, name))
        if name == "__class__" and ref.kind == "instance":
            return reference("class", target)
        if name == "__dict__":
            return _as_mapping(value)
        method = self.engine.classes.method(target, name)
        if method is None:
            nested = nested_class(target, name)
            if nested is not None:
                return reference("class", nested)
        if method is not None:
            if ref.kind == "instance" or method.is_class_method:
                return self._bound(method, self._owning(value, ref.kind, method, name), node)
            return reference("function", method)
        described = self._described(target, name, ref, value, node)
        if described is not NOTHING:
            return described
        for function, parts in self.describing(ref, name, "__get__"):
            owner = value if ref.kind == "instance" else NONE
            given = Argument(owner, None, node), Argument(reference("class", target), None, node)
            called = Reference("function", function, parts)
            described = join(described, self.apply(called, Arguments(given), node))
        if described is not NOTHING:
            return described
        seen = self.engine.attribute_shape(target, name)
        if seen is UNKNOWN:
            getter = self.engine.classes.method(target, "__getattr__")
            if getter is not None and ref.kind == "instance" and not name.startswith("__"):
                return self._got(getter, value, node, constant(name))
            unread = self.engine.unread_bases(target)
            if unread is not NOTHING:
                unread = by_member(unread, lambda pending: self.engine.needs.member(pending, name))
                return join(symbolic_part(value, "." + name), unread)
        if ref.kind == "instance" and value.is_symbolic:
            # What methods put into it is known at the end, through the symbol.
            symbols = [atom.at("." + name) for atom in value.atoms if isinstance(atom, Symbol)]
            return join_all([self.engine.put_in(seen, symbol) for symbol in symbols if symbol])
        held = self.engine.put_in(seen, Symbol(("attribute", target), ("." + name,)))
        if ref.kind == "class" and seen.atoms and self.engine.classes.is_member(target, name):
            # What is given to a member of an Enum is its value.
            atoms = held.atoms if self.engine.classes.extends_string(target) else {}
            return Value(atoms, fields={".value": held, "._value_": held}, types=UNKNOWN.types)
        return held

    def describing(
        self, ref: Reference, name: str, method: str
    ) -> list[tuple[FunctionInfo, dict[Key, Value]]]:
        """The methods by which objects in a class body stand for an attribute: ``__get__``.

        Args:
            ref: An object of the class, or the class.
            name: The attribute.
            method: Which of their methods.

        Returns:
            Each with the object that it is a method of.
        """
        cls = ref.target
        if not isinstance(cls, ClassInfo) or not self.engine.classes.is_in_body(cls, name):
            return []
        found: list[tuple[FunctionInfo, dict[Key, Value]]] = []
        seen = self.engine.attribute_shape(cls, name)
        for each in seen.refs.values():
            if each.kind == "instance" and isinstance(each.target, ClassInfo):
                function = self.engine.classes.method(each.target, method)
                if function is not None:
                    found.append((function, {RECEIVER: seen}))
        return found

    def _owning(self, value: Value, kind: str, method: FunctionInfo, name: str) -> Value:
        """What of a value's classes has this method under the name; the others run their own."""
        if len(value.refs) == 1:
            return value
        refs = {
            key: ref
            for key, ref in value.refs.items()
            if ref.kind == kind
            and isinstance(ref.target, ClassInfo)
            and self.engine.classes.method(ref.target, name) is method
        }
        return Value(value.atoms, refs, value.fields, value.types, value.const, value.tags)

    def _bound(self, method: FunctionInfo, receiver: Value, node: ast.AST) -> Value:
        if method.is_static:
            return reference("function", method)
        if method.is_property:
            return self._got(method, receiver, node)
        wrapper = self.engine.wrappers.of(method)
        if wrapper is not None:
            wrapper = wrapper._replace(parts={**wrapper.parts, RECEIVER: receiver})
            return Value(refs={wrapper.key: wrapper})
        ref = Reference("function", method, {RECEIVER: receiver})
        refs = {ref.key: ref}
        if method.decorators and "singledispatchmethod" in method.decorators:
            for each in method.registered():
                ref = Reference("function", each, {RECEIVER: receiver})
                refs[ref.key] = ref
        return Value(refs=refs)

    def _got(
        self, getter: FunctionInfo, receiver: Value, node: ast.AST, name: Value = NOTHING
    ) -> Value:
        """What a getter gives for an object: of a property, or ``__getattr__`` for a name."""
        # It may rest on itself, through what it keeps on its object, in more ways than one.
        running = self.engine.getters
        if len(running) >= _MAX_GETTERS or running.count(getter) >= _MAX_REPEATED:
            return UNKNOWN
        ref = Reference("function", getter, {RECEIVER: receiver})
        names = (Argument(name, None, node),) if name is not NOTHING else ()
        running.append(getter)
        try:
            return self.apply(ref, Arguments(names), node)
        finally:
            running.pop()

    def _described(
        self, cls: ClassInfo, name: str, ref: Reference, value: Value, node: ast.AST
    ) -> Value:
        """What a class body makes of a function by a call: ``key = property(_get_key)``."""
        found = self.engine.classes.descriptor(cls, name)
        if found is None:
            return NOTHING
        kind, function, call = found
        if kind == "staticmethod":
            return reference("function", function)
        if kind == "classmethod":
            return reference("function", function, **{RECEIVER: reference("class", cls)})
        if ref.kind != "instance":
            return reference("function", function)
        if kind in ("property", "cached_property"):
            return self._got(function, value, node)
        if kind != "partialmethod" or call is None:
            return reference("function", function, **{RECEIVER: value})
        parts: dict[str, Value] = {RECEIVER: value}
        for index, argument in enumerate(call.args[1:]):
            parts[f"{ARGUMENT}{index}"] = self.engine.functions.evaluated(cls.module, argument)
        for keyword in call.keywords:
            if keyword.arg is not None:
                held = self.engine.functions.evaluated(cls.module, keyword.value)
                parts[ARGUMENT + keyword.arg] = held
        return reference("partial", function, **parts)

    # --- calls -------------------------------------------------------------------------------

    def call(self, node: ast.Call) -> Value:
        """What a call evaluates to, after all it does has been followed."""
        function = node.func
        receiver: Value | None = None
        place: Place | None = None
        if isinstance(function, ast.Attribute):
            receiver = self.evaluate(function.value)
            place = self.place_of(function.value)
            callee = self.attribute(receiver, function.attr, function)
            name = function.attr
        else:
            callee = self.evaluate(function)
            name = function.id if isinstance(function, ast.Name) else ""
        if name == "super" and not isinstance(function, ast.Attribute):
            return self._super(node)
        arguments = self.arguments(node)
        if self.mints:
            minted = self.minted(node, name, callee, arguments)
            if minted is not None:
                return minted
        shown = name or "a call"
        for keyword in node.keywords:
            if keyword.arg is not None and self.names.kind(keyword.arg):
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
            model = self.engine.models.methods.get(name)
            if model is not None:
                call = modelled.MethodCall(node, receiver, place, name, arguments)
                result = model(self, call)
                if result is not None:
                    return result
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
            model = self.engine.models.functions.get(target)
            if model is None and target.startswith(library.NEW_TYPE):
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
        if ref.kind == "record":
            return self._initialise_record(target, ref, arguments, node)
        method = self.engine.classes.method(target, "__call__")
        if method is None:
            return None
        bound = Reference("function", method, {RECEIVER: callee})
        held = self.place_of(node.func) if isinstance(node, ast.Call) else None
        return self.apply(bound, arguments, node, held)

    def _invoke_bound(self, ref: Reference, arguments: Arguments, node: ast.AST) -> Value | None:
        """A method of a container that was taken off it before: ``add = keys.append``."""
        assert isinstance(ref.target, str)
        if PAYLOAD in ref.parts:
            return ref.parts[PAYLOAD]  # it builds a string, whatever its arguments
        if not isinstance(node, ast.Call):
            return None
        receiver = ref.parts.get(RECEIVER, NOTHING)
        model = self.engine.models.methods.get(ref.target)
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

    # --- arguments ---------------------------------------------------------------------------

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

    # --- functions ---------------------------------------------------------------------------

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
                    value = self._part_of(whole, symbol.path[-1], node)
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
        for symbol, unread in summary.needs.items():
            self.need(resolve(symbol), unread)
        for known_id in summary.registered:
            if isinstance(known_id, Symbol):
                held = None if known_id.path else bound.get(str(known_id.root[1]))
                place = self.place_of_argument(held) if held is not None else None
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

    def _part_of(self, value: Value, key: Key, node: ast.AST) -> Value:
        if is_attribute(key):
            return self.attribute(value, key[1:], node)
        return with_no_text(value) if key == NO_TEXT else part(value, key)

    def _write_back(self, argument: Argument, after: Value) -> None:
        """The callee changed the object it was given."""
        place = self.place_of_argument(argument)
        for key, field in after.fields.items():
            if key in (ELEMENT, MAP_KEY):
                key = SUBSCRIPTED if key == ELEMENT else key  # noqa: PLW2901 - at any place there
                self.store(place, argument.value, key, field, strong=False)
            else:
                self.store(place, argument.value, key, field, strong=True)

    # --- classes -----------------------------------------------------------------------------

    def construct(self, cls: ClassInfo, arguments: Arguments, node: ast.AST) -> Value:
        """A new object of a class whose source is known, its constructor followed."""
        ref = Reference("instance", cls)
        made = Value(refs={ref.key: ref}, types=OBJECT_TYPES, tags=frozenset((node,)))
        if self.engine.classes.is_string(cls):
            return as_string(arguments.value(0))
        function = self.engine.classes.method(cls, "__init__")
        new = self.engine.classes.method(cls, "__new__")
        if new is not None:
            called = Reference("function", new, {RECEIVER: reference("class", cls)})
            given = self.apply(called, arguments, node)
            if given.atoms or given.refs:
                made = given
            if function is None:
                return made
        if function is None:
            # A base that has not been read may have the constructor, or fields before these.
            self.need_callee(self.engine.unread_bases(cls), arguments)
            return self._construct_record(cls, made, arguments, node)
        return self._initialised(function, made, arguments, node)

    def _initialised(
        self, function: FunctionInfo, made: Value, arguments: Arguments, node: ast.AST
    ) -> Value:
        """The object after a method has run on it."""
        name = f"{OBJECT}new:{id(node)}"
        self.here.env[name] = made
        ref = Reference("function", function, {RECEIVER: made})
        self.apply(ref, arguments, node, Place(name))
        return self.here.env.unbind(name) or made

    def _construct_record(
        self, cls: ClassInfo, made: Value, arguments: Arguments, node: ast.AST
    ) -> Value:
        """A dataclass, NamedTuple, model or other class that takes its fields as arguments."""
        record = self.engine.classes.fields(cls)
        fields: dict[Key, Value] = {}
        passed_on: list[Argument] = []
        indexed = self.engine.classes.is_tuple(cls)
        for index, field in enumerate(record):
            argument: Argument | None = None
            if field.positional is not None and field.positional < len(arguments.positional):
                argument = arguments.positional[field.positional]
                if argument.value.atoms or argument.value.fields:
                    text = f"passed as '{field.name}' to '{cls.name}'"
                    given = self.engine.as_field(cls, field.name, argument.value)
                    value = self.become(field.name, given, argument.node, text, stored=True)
                    argument = argument._replace(value=value)
            elif field.name in arguments.keywords:
                argument = arguments.keywords[field.name]
            elif field.positional is not None and arguments.rest is not None:
                offset = field.positional - len(arguments.positional)
                value = part(arguments.rest.value, offset)
                text = f"passed as '{field.name}' to '{cls.name}'"
                argument = arguments.rest._replace(
                    value=self.become(field.name, value, arguments.rest.node, text, stored=True)
                )
            value = argument.value if argument is not None else field.default
            if field.passed_on:
                passed_on.append(argument or Argument(value, None, node))
            elif not value.plain:
                fields["." + field.name] = value
                if indexed:
                    fields[index] = value
            elif argument is not None:
                fields["." + field.name] = value
        if not record:
            # A class outside of what is seen may keep what it is given by name.
            return made
        if self.engine.classes.is_mapping(cls):
            items_of: dict[Key, Value] = {
                "'" + str(key)[1:]: field for key, field in fields.items()
            }
            return container(DICT, items_of, node)
        made = Value(made.atoms, made.refs, fields, made.types, None, made.tags)
        after = self.engine.classes.method(cls, "__post_init__")
        if after is not None:
            made = self._initialised(after, made, Arguments(tuple(passed_on)), node)
        return made

    def _initialise_record(
        self, cls: ClassInfo, ref: Reference, arguments: Arguments, node: ast.AST
    ) -> Value:
        """``super().__init__(...)`` where a base class has its constructor generated."""
        receiver = ref.parts.get(RECEIVER, NOTHING)
        made = self._construct_record(cls, Value(), arguments, node)
        for key, field in made.fields.items():
            self.store(None, receiver, key, field, strong=True)
        return NONE

    def _super(self, node: ast.Call) -> Value:
        function = self.function
        while function is not None and function.cls is None:
            function = function.parent
        if function is None or function.cls is None or not function.parameters:
            return UNKNOWN
        if node.args:
            owner = self.evaluate(node.args[0])
            owners = [r.target for r in owner.refs.values() if isinstance(r.target, ClassInfo)]
            receiver = self.evaluate(node.args[1]) if len(node.args) > 1 else NOTHING
            cls = owners[0] if owners else function.cls
        else:
            cls = function.cls
            receiver = self.lookup(function.parameters[0].name)
        return Value(refs={("super", cls): Reference("super", cls, {RECEIVER: receiver})})

    # --- what models of the library ask for ---------------------------------------------------

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

    def iterate(self, value: Value, node: ast.AST) -> Value:
        """What a ``for`` over the value yields, ``__iter__`` of known classes included."""
        found = part(value, ITERATED)
        for ref in value.refs.values():
            if ref.kind != "instance" or not isinstance(ref.target, ClassInfo):
                continue
            for name in ("__iter__", "__aiter__", "__getitem__"):
                method = self.engine.classes.method(ref.target, name)
                if method is not None and name == "__getitem__":
                    # What is not said to be iterable is asked for its items by number.
                    if found is NOTHING:
                        found = self.call_method(value, name, node, NUMBER)
                elif method is not None:
                    bound = Reference("function", method, {RECEIVER: value})
                    made = self.apply(bound, Arguments(), node)
                    found = join(found, part(made, ITERATED))
                    for step in ("__next__", "__anext__"):
                        found = join(found, self.call_method(made, step, node))
        return found

    def call_method(self, value: Value, name: str, node: ast.AST, *values: Value) -> Value:
        """Call a special method of the classes an object may be of; NOTHING where it has none."""
        results = []
        for ref in value.refs.values():
            if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                method = self.engine.classes.method(ref.target, name)
                if method is not None:
                    bound = Reference("function", method, {RECEIVER: value})
                    positional = tuple(Argument(item, None, node) for item in values)
                    results.append(self.apply(bound, Arguments(positional), node))
        return join_all(results)


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


def _lengthened(rest: Argument, value: Value) -> Argument:
    """What a star of unknown length gives, with an argument at an unknown position behind it."""
    return rest._replace(value=with_part(rest.value, (ELEMENT,), value, strong=False))


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


def _as_mapping(value: Value) -> Value:
    """``vars(object)``: attributes as items."""
    fields: dict[Key, Value] = {"'" + name: field for name, field in attributes(value)}
    return Value(fields=fields, types=DICT.types)
