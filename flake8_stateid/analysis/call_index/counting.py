"""Who counts the calls of a client: the client itself, or the recorder it is given."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.counters import (
    CONSTRUCTORS,
    advances,
    given_parameter,
    is_receiver,
    makes_object,
    parameter_of,
    setters_of,
    starting_value,
    starts,
    starts_by_class,
    takes_up,
)
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, last_name
from flake8_stateid.analysis.tree import arguments_of, assigned, walk
from flake8_stateid.records import Choice, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.handed import Brought
    from flake8_stateid.analysis.engine import Engine

_INDEX_WORDS = ("index", "indices", "indexes", "idx", "number", "no")
# How the index of a call is named: call_index, callnos ...
_INDEX = frozenset(
    f"call{joint}{word}{plural}"
    for joint in ("", "_")
    for word in _INDEX_WORDS
    for plural in ("", "s")
)
_INDEX_ENDINGS = tuple(_INDEX)
# What a function that records a call, or several, does to it: record_call, add_llm_calls ...
_RECORDING = ("record_", "log_", "add_", "save_", "write_", "store_", "insert_")
_MAX_DEPTH = 6  # methods that hand an index on to one another


def may_count(text: str) -> bool:
    """Whether the source of a class, bases apart, can be that of a client that counts."""
    # Imported here: few files ask about other modules.
    import re

    index = f"(?i:call_?(?:{'|'.join(_INDEX_WORDS)}))"
    recording = rf"(?:{'|'.join(_RECORDING)})(?:\w+_)?call"
    return re.search(f"{index}|{recording}", text) is not None


def _is_recording(name: str) -> bool:
    """Whether a function of that name records calls."""
    before, _, rest = name.removesuffix("s").rpartition("call")
    return not rest and before.endswith("_") and any(verb in before for verb in _RECORDING)


class Counting(Choice):
    """Who counts."""

    CLIENT = "client"
    RECORDER = "recorder"
    UNKNOWN = "unknown"


class Counter(Record):
    """What is known of a class.

    Attributes:
        counting: Who counts.
        owner: The class whose attribute the counter is.
        node: Where the counter starts, if the client counts.
        given: The parameter of the constructor that may give it another start; "" for none.
        setters: Attributes and methods by which others may set the counter of an object.
        handed: The parameter that brings the counter, so that it starts anew only where each
            object is given one of its own; "" for none.
        asked: The method that what is handed in is asked for the next index; "" for a number, a
            list or an iterator.
    """

    counting: Counting
    owner: ClassInfo | None = None
    node: ast.expr | None = None
    given: str = ""
    setters: frozenset[str] = frozenset()
    handed: str = ""
    asked: str = ""


UNKNOWN = Counter(Counting.UNKNOWN)
RECORDER = Counter(Counting.RECORDER)


class CounterReader:
    """Reads classes; each once.

    Args:
        engine: Finds bases and methods.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[ClassInfo, Counter] = {}
        self._brought: Brought | None = None  # where counters that are given are looked for

    def read(self, cls: ClassInfo) -> Counter:
        """Who counts the calls of the class's objects.

        The client does where the ``call_index`` it records comes from an attribute that starts
        anew with each object and is advanced by its methods.
        """
        known = self._known.get(cls)
        if known is None:
            self._known[cls] = UNKNOWN  # a class that holds itself
            known = self._known[cls] = self._read(cls)
        return known

    def _read(self, cls: ClassInfo) -> Counter:
        functions = [
            function
            for owner in self._engine.classes.order(cls)
            for function in owner.methods.values()
            if self._engine.classes.method(cls, function.name) is function or owner is not cls
        ]
        found = UNKNOWN
        recorded: list[tuple[ast.expr, FunctionInfo]] = []
        for function in functions:
            for node in walk(function.node):
                if not isinstance(node, ast.Call):
                    continue
                if asks_for_index(node, _receiver(function)):
                    return RECORDER
                for value in recorded_indexes(node):
                    recorded.append((value, function))
                    if found is UNKNOWN:
                        found = self._source(value, function, cls, 0)
        if found is UNKNOWN:
            for name in self._attributes(cls):
                if name.lower().endswith(_INDEX_ENDINGS):
                    found = self._counter(cls, name)
                    if found is not UNKNOWN:
                        break
        if found is UNKNOWN and recorded:
            # Imported here: most clients make for themselves what they count with.
            from flake8_stateid.analysis.call_index.handed import Brought

            self._brought = Brought(self._engine)
            for value, function in recorded:
                if found is UNKNOWN:
                    found = self._source(value, function, cls, 0)
            self._brought = None
        return found

    def of_object(self, cls: ClassInfo, method_name: str) -> Counter:
        """The counter behind a method of an object that gives the next index."""
        method = self._engine.classes.method(cls, method_name)
        return UNKNOWN if method is None else self._first(_returns(method), method, cls, 0)

    def _attributes(self, cls: ClassInfo) -> list[str]:
        names: dict[str, None] = {}
        for owner in self._engine.classes.order(cls):
            names.update(dict.fromkeys((*owner.writes(), *owner.statements)))
        return list(names)

    # --- where an index comes from -------------------------------------------------------------

    def _source(
        self, value: ast.expr, function: FunctionInfo, cls: ClassInfo, depth: int
    ) -> Counter:
        """The counter that an expression in a method takes its value from."""
        if depth > _MAX_DEPTH:
            return UNKNOWN
        if isinstance(value, ast.Name):
            return self._first(_assigned(function, value.id), function, cls, depth)
        if isinstance(value, ast.Attribute):
            if is_receiver(value.value, function):
                method = self._engine.classes.method(cls, value.attr)
                if method is not None and method.is_property:
                    return self._first(_returns(method), method, cls, depth)
                return self._counter(cls, value.attr)
            return UNKNOWN
        if isinstance(value, ast.Subscript):
            return self._source(value.value, function, cls, depth + 1)
        if isinstance(value, ast.BinOp):
            return self._first([value.left, value.right], function, cls, depth)
        if isinstance(value, ast.NamedExpr | ast.Await | ast.Starred):
            return self._source(value.value, function, cls, depth + 1)
        if isinstance(value, ast.Call):
            return self._called(value, function, cls, depth)
        return UNKNOWN

    def _first(
        self, values: list[ast.expr], function: FunctionInfo, cls: ClassInfo, depth: int
    ) -> Counter:
        for value in values:
            found = self._source(value, function, cls, depth + 1)
            if found is not UNKNOWN:
                return found
        return UNKNOWN

    def _called(
        self, call: ast.Call, function: FunctionInfo, cls: ClassInfo, depth: int
    ) -> Counter:
        callee = call.func
        if isinstance(callee, ast.Name):
            if callee.id == "len" and call.args:
                held = call.args[0]
                if isinstance(held, ast.Attribute) and is_receiver(held.value, function):
                    found = self._counter(cls, held.attr, by_length=True)
                    if found is not UNKNOWN:
                        return found
            if callee.id in ("next", "len", "int", "str") and call.args:
                return self._source(call.args[0], function, cls, depth + 1)
            return UNKNOWN
        if not isinstance(callee, ast.Attribute):
            return UNKNOWN
        holder = callee.value
        if is_receiver(holder, function):
            method = self._engine.classes.method(cls, callee.attr)
            if method is None:
                return self._counter(cls, callee.attr)
        elif isinstance(holder, ast.Call) and last_name(holder) == "super" and function.cls:
            method = self._engine.classes.method_after(function.cls, cls, callee.attr)
        elif isinstance(holder, ast.Attribute) and is_receiver(holder.value, function):
            if callee.attr in ("__next__", "get", "pop"):
                return self._source(holder, function, cls, depth + 1)
            return self._of_part(cls, holder.attr, callee.attr, depth)
        else:
            return UNKNOWN
        if method is None:
            return UNKNOWN
        return self._first(_returns(method), method, cls, depth)

    def _of_part(self, cls: ClassInfo, attribute: str, method_name: str, depth: int) -> Counter:
        """The counter behind a method of an object that the client makes for itself."""
        for ref in self._engine.attribute_shape(cls, attribute).refs.values():
            part = ref.target
            if ref.kind != "instance" or not isinstance(part, ClassInfo):
                continue
            owners = self._engine.classes.order(cls)
            is_field = any(makes_object(owner.statements.get(attribute), part) for owner in owners)
            if not is_field and not any(
                isinstance(value, ast.Call)
                for owner in owners
                for _, value in owner.writes().get(attribute, ())
            ):
                continue  # it was given, and may serve many clients
            method = self._engine.classes.method(part, method_name)
            if method is not None:
                found = self._first(_returns(method), method, part, depth)
                if found is not UNKNOWN:
                    return found._replace(given=attribute) if is_field else found
        return self._brought.asked(cls, attribute, method_name) if self._brought else UNKNOWN

    # --- counters --------------------------------------------------------------------------------

    def _counter(self, cls: ClassInfo, name: str, by_length: bool = False) -> Counter:
        """An attribute as a counter: it starts with the object and its methods advance it."""
        owners = self._engine.classes.order(cls)
        start: tuple[ClassInfo, ast.expr] | None = None
        given, handed = "", ""
        for owner in owners:
            methods = (*owner.methods.values(), *owner.setters.values())
            if any(takes_up(function, name) for function in methods):
                return UNKNOWN
            for function, value in owner.writes().get(name, ()):
                if function.name not in CONSTRUCTORS:
                    continue
                if not starts(starting_value(value, function)):
                    if function is not self._engine.classes.method(cls, "__init__"):
                        return UNKNOWN  # it may take up a count that it finds elsewhere
                    given = parameter_of(function, value)
                    if not given and self._brought:
                        handed = given_parameter(function, value)
                    if not (given or handed):
                        return UNKNOWN  # likewise
                start = start or (owner, value)
        for owner in owners:
            if start is None and starts_by_class(owner, name):
                start, given = (owner, owner.statements[name]), name
        if start is None and self._brought:
            handed, declared = self._brought.field(cls, name)
            start = (cls, declared) if handed and declared is not None else None
        if start is None:
            return UNKNOWN
        for owner in owners:
            for function in owner.methods.values():
                if advances(function, name, by_length):
                    setters = setters_of(owners, name)
                    return Counter(Counting.CLIENT, *start, given, setters, handed)
        return UNKNOWN


def asks_for_index(call: ast.Call, receiver: str = "self") -> bool:
    """Whether somebody else is asked for the next index: ``recorder.allocate_call_index(id)``.

    Args:
        call: The call.
        receiver: What the object is called in the method that the call stands in.
    """
    callee = call.func
    return (
        isinstance(callee, ast.Attribute)
        and "call_index" in callee.attr
        and not (isinstance(callee.value, ast.Name) and callee.value.id == receiver)
        and not (isinstance(callee.value, ast.Call) and last_name(callee.value) == "super")
    )


def _receiver(function: FunctionInfo) -> str:
    return function.parameters[0].name if function.takes_receiver else ""


def recorded_indexes(call: ast.Call) -> list[ast.expr]:
    """What a call records as the index of a call, or may: a recording call's arguments.

    Args:
        call: The call.
    """
    found = [
        keyword.value for keyword in call.keywords if keyword.arg and keyword.arg.lower() in _INDEX
    ]
    for argument in arguments_of(call):
        if isinstance(argument, ast.Dict):
            found += [
                value
                for key, value in zip(argument.keys, argument.values, strict=True)
                if isinstance(key, ast.Constant)
                and isinstance(key.value, str)
                and key.value.lower() in _INDEX
            ]
    if not found and _is_recording(last_name(call.func)):
        found += call.args
    return found


def _assigned(function: FunctionInfo, name: str) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in walk(function.node):
        for target, value in assigned(node):
            if isinstance(target, ast.Name) and target.id == name:
                found.append(value)
    return found


def _returns(function: FunctionInfo) -> list[ast.expr]:
    return [
        node.value
        for node in walk(function.node)
        if isinstance(node, ast.Return) and node.value is not None
    ]
