"""What objects have: attributes, methods, properties, what they yield."""

from __future__ import annotations

from flake8_stateid.analysis.applying import ApplyingFrame
from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.modelled import GETTER, MAKING, NEW_OBJECT
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, nested_class
from flake8_stateid.analysis.values import (
    ARGUMENT,
    DICT,
    ITERATED,
    NONE,
    NOTHING,
    NUMBER,
    RECEIVER,
    STRING,
    UNKNOWN,
    UNREAD,
    Key,
    Reference,
    Symbol,
    Value,
    attributes,
    by_member,
    constant,
    join,
    join_all,
    part,
    reference,
    symbolic_part,
    told_apart,
    without_unread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Mapping

    from flake8_stateid.analysis.values import Atom, Trace

# Attributes that have no other meaning: of a file's status and of times, of code, of a uuid.
_NAMES = (
    "st_atime st_atime_ns st_birthtime st_blksize st_blocks st_ctime st_ctime_ns st_dev st_gid "
    "st_ino st_mode st_mtime st_mtime_ns st_nlink st_size st_uid tm_hour tm_mday tm_min tm_mon "
    "tm_sec tm_wday tm_yday tm_year tv_nsec tv_sec co_firstlineno col_offset end_col_offset "
    "end_lineno f_lineno lineno tb_lineno int nbytes"
)
_NUMBERS = frozenset(_NAMES.split())
# Those of what is a number, a date or an array itself.
_PARTS = (
    "year month day hour minute second microsecond fold days seconds microseconds real imag "
    "numerator denominator T ndim shape size"
)
_PARTS_OF_NUMBERS = frozenset(_PARTS.split())
_OF_MEMBERS = frozenset(("value", "_value_"))  # of an Enum
_MAX_GETTERS = 100  # that wait for one another
_MAX_REPEATED = 2  # times that one getter is among these


class MemberFrame(ApplyingFrame):
    """The part of the analysis that finds the attributes of values."""

    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """What an attribute of a value may be, methods and properties included."""
        key = "." + name
        found = part(value, key)
        if key in value.fields and len(value.refs) < 2:  # noqa: PLR2004
            return found  # else it may be an object of another class that has not set it
        if not value.refs and name in _NUMBERS:
            return NUMBER
        if value.types == NUMBER.types and name in _PARTS_OF_NUMBERS:
            return NUMBER
        if found.atoms:
            found = by_member(found, lambda pending: self.engine.needs.member(pending, name))
        if found.atoms and self.names.kind(name):
            # What a module we have not read keeps as a state id is that module's own affair.
            found = without_unread(found)
        if found.atoms and self._is_computed(value, name):
            # Its getter says all there is to say: what it rests on would be followed once more
            # through the symbol, and again for each property that the getter reads.
            found = NOTHING
        if value.refs:
            told = NOTHING
            for ref in value.refs.values():
                told = join(told, self._attribute_of(ref, value, name, node))
            if found.types != UNKNOWN.types:
                found = join(found, told)
            elif told.atoms == found.atoms and not (found.refs or found.fields or found.tags):
                found = told  # the class says of what type, and all else
            else:
                found = join(Value(found.atoms, found.refs, found.fields, tags=found.tags), told)
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
                return reference("external", NEW_OBJECT)
            if name == "__call__":  # of a metaclass: it makes an object of the class
                return Value(
                    refs={
                        (MAKING, r.target): Reference(MAKING, r.target)
                        for r in receiver.refs.values()
                        if r.kind == "class"
                    }
                )
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
            described = join(described, self._given_by(called, function, Arguments(given), node))
        if described is not NOTHING:
            return described
        if name in _OF_MEMBERS and ref.kind == "instance":
            values = self._values_of_members(target, node)
            if values is not NOTHING:
                return values
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
            if seen is UNKNOWN:
                return NOTHING  # and nothing more is known of it
            symbols = [atom.at("." + name) for atom in value.atoms if isinstance(atom, Symbol)]
            return join_all([self.engine.put_in(seen, symbol) for symbol in symbols if symbol])
        held = self.engine.put_in(seen, Symbol(("attribute", target), ("." + name,)))
        is_telling = bool(seen.atoms or target.methods) or held.types == NUMBER.types
        if ref.kind == "class" and is_telling and self.engine.classes.is_member(target, name):
            # What is given to a member of an Enum is its value; it is an object of the class.
            own = Reference("instance", target)
            refs = {own.key: own} if target.methods else {}
            types = UNKNOWN.types if seen.atoms else held.types
            atoms: Mapping[Atom, Trace] = {}
            if self.engine.classes.extends_string(target):
                atoms, types = held.atoms, STRING.types
            return Value(atoms, refs, {".value": held, "._value_": held}, types)
        return held

    def _values_of_members(self, cls: ClassInfo, node: ast.AST) -> Value:
        """What the value of some member of an Enum may be; NOTHING for any other class."""
        enum = reference("class", cls)
        names = self.engine.classes.members(cls)
        return join_all([part(self.attribute(enum, name, node), ".value") for name in names])

    def describing(
        self, ref: Reference, name: str, method: str
    ) -> list[tuple[FunctionInfo, dict[Key, Value]]]:
        """The methods by which objects in a class body stand for an attribute: ``__get__``.

        So does what a function makes by ``property(getter)``.

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
            elif isinstance(each.target, FunctionInfo) and (
                (each.kind, method, ref.kind) == (GETTER, "__get__", "instance")
            ):
                found.append((each.target, dict(each.parts)))
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
        ref = Reference("function", getter, {RECEIVER: receiver})
        names = (Argument(name, None, node),) if name is not NOTHING else ()
        return self._given_by(ref, getter, Arguments(names), node)

    def _given_by(
        self, ref: Reference, getter: FunctionInfo, arguments: Arguments, node: ast.AST
    ) -> Value:
        """What a call of a getter gives that no source text has: reading an attribute makes it."""
        # It may rest on itself, through what it keeps on its object, in more ways than one.
        running = self.engine.getters
        if len(running) >= _MAX_GETTERS or running.count(getter) >= _MAX_REPEATED:
            return UNKNOWN
        running.append(getter)
        try:
            return self.apply(ref, arguments, node)
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

    def iterate(self, value: Value, node: ast.AST) -> Value:
        """What a ``for`` over the value yields, ``__iter__`` of known classes included."""
        found = part(value, ITERATED)
        for ref in value.refs.values():
            if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                members = self.engine.classes.members(ref.target)
                each = [self._attribute_of(ref, value, name, node) for name in members]
                found = join_all([found, *each])
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


def _as_mapping(value: Value) -> Value:
    """``vars(object)``: attributes as items."""
    fields: dict[Key, Value] = {"'" + name: field for name, field in attributes(value)}
    return Value(fields=fields, types=DICT.types)
