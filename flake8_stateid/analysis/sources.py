"""The builders that an input may stand for: what attributes, globals and defaults hold."""

from __future__ import annotations

from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo
from flake8_stateid.analysis.substitution import follow
from flake8_stateid.analysis.values import (
    ELEMENT,
    NO_TEXT,
    NOTHING,
    SENT,
    UNREAD_KINDS,
    Origin,
    Pending,
    Symbol,
    Trace,
    Value,
    is_placed,
    join,
    part_at,
    with_no_text,
)
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.summaries import Summary


_CALLABLE = frozenset(("function", "partial", "instance"))
_KEPT = _CALLABLE | UNREAD_KINDS  # a module's variable is so by its import


class Entry(Record):
    """A function as somebody outside may call it, and what it then does."""

    function: FunctionInfo
    receiver: ClassInfo | None
    summary: Summary

    @property
    def own_name(self) -> str:
        """The parameter that holds the object or class; "" for a function that has none."""
        function = self.function
        return function.parameters[0].name if function.takes_receiver else ""


class Sources:
    """Finds the builders that may be put in for a symbol, when all functions are analysed.

    Args:
        engine: What is known of the program.
        done: The functions that were analysed, each for the class of its object.
        heirs: For a method and the class it was analysed for, the classes that inherit it as it
            is.
    """

    def __init__(
        self,
        engine: Engine,
        done: Set[tuple[FunctionInfo, ClassInfo | None]],
        heirs: Mapping[tuple[FunctionInfo, ClassInfo], list[ClassInfo]],
    ) -> None:
        self.engine = engine
        self.done = done
        self.heirs = heirs
        self._kept_in: dict[tuple[ClassInfo, tuple[object, ...], bool], list[Value]] = {}
        self._read_from: dict[tuple[ModuleInfo, str], Value] = {}

    def of(
        self, symbol: Symbol, entry: Entry | None, visited: set[Symbol]
    ) -> dict[Origin | Pending, Trace]:
        """The builders a symbol may stand for, with the way each has come."""
        found: dict[Origin | Pending, Trace] = {}
        for value in self._stored(symbol, entry):
            for atom, trace in value.atoms.items():
                if not isinstance(atom, Symbol):
                    found.setdefault(atom, trace)
                elif atom not in visited:
                    visited.add(atom)
                    # Kept values speak of attributes and globals only, never of parameters.
                    for origin, before in self.of(atom, None, visited).items():
                        found.setdefault(origin, follow(before, trace))
        return found

    def _stored(self, symbol: Symbol, entry: Entry | None) -> list[Value]:
        """What is kept under a symbol: attributes of a class, a global, a default."""
        engine = self.engine
        kind = symbol.root[0]
        if symbol.path[:1] == (NO_TEXT,):
            symbol = symbol._replace(path=symbol.path[1:])
            if not symbol.path:
                return [with_no_text(value) for value in self._stored(symbol, entry)]
        if kind == "global":
            module, name = symbol.root[1], str(symbol.root[2])
            kept = engine.globals.get((module, name), NOTHING)
            if isinstance(module, ModuleInfo) and module is not engine.module:
                kept = join(kept, self._variable(module, name))
            return [part_at(kept, symbol.path)]
        if kind == SENT:
            return [part_at(engine.globals.get((symbol.root[1], SENT), NOTHING), symbol.path)]
        if kind == "attribute":
            cls = symbol.root[1]
            assert isinstance(cls, ClassInfo)
            # Without a path it is an object of the class itself, seen to be no text.
            return self._attribute(cls, symbol.path) if symbol.path else []
        if kind != "parameter" or entry is None:
            return []
        name = str(symbol.root[1])
        parameters = entry.function.parameters
        values: list[Value] = []
        if entry.receiver is not None and name == entry.own_name:
            if symbol.path:
                heirs = self.heirs.get((entry.function, entry.receiver), [])
                made = not entry.function.is_class_method and not _is_making(entry.function)
                for cls in (entry.receiver, *heirs):
                    values += self._attribute(cls, symbol.path, made)
            return values
        values.append(part_at(engine.functions.default_value(entry.function, name), symbol.path))
        if symbol.path and str(symbol.path[0]).startswith("."):
            for parameter in parameters:
                if parameter.name == name and parameter.annotation is not None:
                    seen = engine.annotated(entry.function.module, parameter.annotation)
                    for ref in seen.refs.values():
                        if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                            values += self._attribute(ref.target, symbol.path)
        return values

    def _variable(self, module: ModuleInfo, name: str) -> Value:
        """A variable of another module; asked for once a use, and may be a table of thousands."""
        key = (module, name)
        value = self._read_from.get(key)
        if value is None:
            value = self._read_from[key] = self.engine.modules.variable(module, name)
        return value

    def _attribute(
        self, cls: ClassInfo, path: tuple[object, ...], made: bool = False
    ) -> list[Value]:
        """What is kept in an attribute of a class, or in a part of it; asked for many times.

        Args:
            cls: The class.
            path: The attribute, and the way to the part.
            made: Whether it is an attribute of an object whose constructor has run.
        """
        slot = (cls, path, made)
        known = self._kept_in.get(slot)
        if known is None:
            known = self._kept_in[slot] = self._collected(cls, path, made)
        return known

    def _collected(self, cls: ClassInfo, path: tuple[object, ...], made: bool) -> list[Value]:
        key = str(path[0])
        if not key.startswith("."):
            return []
        values = []
        overridden = False
        owners = self.engine.classes.order(cls)
        is_set = _sets_entry(self.engine, owners, key[1:], path[1] if path[1:] else None)
        for owner in owners:
            for by, kept in self.engine.attributes.get((owner, key[1:]), {}).items():
                if is_set:
                    kept = _by_names(kept)  # noqa: PLW2901 - as far as it can be of interest
                if owner is not cls and isinstance(by, FunctionInfo):
                    if self._acts_otherwise(by, cls):
                        continue
                elif overridden and by is owner:
                    continue
                value = part_at(kept, path[1:])
                if made and value.atoms:
                    if by is owner and self._is_replaced(cls, key):
                        continue
                    place = path[1] if path[1:] else None
                    if (
                        type(place) is int
                        and _is_behind(kept, key, place)
                        and self._stays(cls, key, place)
                    ):
                        continue
                values.append(value)
            stated = owner.statements.get(key[1:])
            if stated is not None and owner.module is not self.engine.module and not overridden:
                # Nobody else runs the bodies of other modules' classes.
                value = self.engine.functions.evaluated(owner.module, stated)
                if value.atoms and made and self._is_replaced(cls, key):
                    continue
                values.append(part_at(value, path[1:]))
            overridden = overridden or stated is not None
        return values

    def _is_replaced(self, cls: ClassInfo, key: str) -> bool:
        """Whether a constructor sets an attribute on every way: its class's value is gone."""
        constructor = self.engine.classes.method(cls, "__init__")
        if constructor is None or not constructor.takes_receiver:
            return False
        own = constructor.parameters[0].name
        after = self.engine.functions.generic(constructor, cls).objects.get(own, NOTHING)
        return key in after.fields and Symbol(("parameter", own), (key,)) not in (
            after.fields[key].atoms
        )

    def _stays(self, cls: ClassInfo, key: str, place: int) -> bool:
        """Whether an item that a constructor puts into a list is never moved nor taken out."""
        if not self._is_replaced(cls, key):
            return False
        kept = [
            value
            for owner in self.engine.classes.order(cls)
            for value in self.engine.attributes.get((owner, key[1:]), {}).values()
        ]
        if not all(place in value.fields or _is_behind(value, key, place) for value in kept):
            return False
        from flake8_stateid.analysis.growing import only_grows

        modules = {owner.module for owner in self.engine.classes.order(cls)}
        return all(only_grows(module, key[1:], place) for module in modules | {self.engine.module})

    def _acts_otherwise(self, method: FunctionInfo, cls: ClassInfo) -> bool:
        """Whether what a base's method sets on its objects says nothing of those of ``cls``.

        It is overridden, or was analysed once more for objects of ``cls``.
        """
        if (method, cls) in self.done:
            return True
        engine = self.engine
        return cls in engine.seen_classes and method not in (
            engine.classes.method(cls, method.name),
            engine.classes.setter(cls, method.name),
        )


def _is_making(function: FunctionInfo) -> bool:
    """Whether a method may run on an object whose constructor has not run to its end."""
    return function.name in ("__init__", "__new__", "__post_init__")


def _sets_entry(engine: Engine, owners: Iterable[ClassInfo], attribute: str, key: object) -> bool:
    """Whether what an attribute holds is a mapping that has an entry of some name.

    That another method replaces it, by storing under a key that is not known, is not shown.
    """
    return (
        type(key) is str
        and is_placed(key)
        and any(
            key in value.fields
            for owner in owners
            for value in engine.attributes.get((owner, attribute), {}).values()
        )
    )


def _by_names(value: Value) -> Value:
    """A mapping without what is stored under keys that are not known."""
    if ELEMENT not in value.fields:
        return value
    fields = {key: field for key, field in value.fields.items() if key != ELEMENT}
    return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)


def _is_behind(value: Value, key: str, place: int) -> bool:
    """Whether a method has only added to a list that it found in the attribute."""
    return (
        place >= 0
        and place not in value.fields
        and ELEMENT in value.fields
        and any(type(atom) is Symbol and atom.path == (key,) for atom in value.atoms)
    )


def leaves_callables(engine: Engine) -> bool:
    """Whether something that can be called was left in an attribute or a module's variable."""
    return any(
        not isinstance(by, ClassInfo) and _holds(value, _KEPT)
        for kept in engine.attributes.values()
        for by, value in kept.items()
    ) or any(
        _holds(value, _CALLABLE) and not _is_definition(name, value)
        for (_, name), value in engine.globals.items()
    )


def _holds(value: Value, kinds: frozenset[str]) -> bool:
    """Whether a value, or what it holds, may be of one of some kinds."""
    return any(ref.kind in kinds for ref in value.refs.values()) or any(
        _holds(field, kinds) for field in value.fields.values()
    )


def _is_definition(name: str, value: Value) -> bool:
    """Whether a name holds a function of that name alone."""
    return not value.fields and all(
        isinstance(ref.target, FunctionInfo) and ref.target.name == name
        for ref in value.refs.values()
    )
