"""Who counts the calls of a client: the client itself, or the recorder it is given."""

from __future__ import annotations

import ast
import re
from enum import Enum

from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, last_name
from flake8_stateid.analysis.tree import walk
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.engine import Engine

_INDEX_WORDS = r"call_?(?:index|indices|indexes|idx|number|no)s?"
_RECORDING_WORDS = r"(?:record|log|add|save|write|store|insert)_(?:\w+_)?calls?"
# Compiled, and kept by re, when they are first used: few files have a loop that needs them.
_INDEX = rf"(?i){_INDEX_WORDS}\Z"
_RECORDS = rf"{_RECORDING_WORDS}\Z"
_SPEAKS = f"(?i){_INDEX_WORDS}|{_RECORDING_WORDS}"
_MAX_DEPTH = 6  # methods that hand an index on to one another


def may_count(text: str) -> bool:
    """Whether the source of a class, bases apart, can be that of a client that counts."""
    return re.search(_SPEAKS, text) is not None


class Counting(Enum):
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
    """

    counting: Counting
    owner: ClassInfo | None = None
    node: ast.expr | None = None


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
            if self._engine.method(cls, function.name) is function or owner is not cls
        ]
        found = UNKNOWN
        for function in functions:
            for node in walk(function.node):
                if not isinstance(node, ast.Call):
                    continue
                if _asks_for_index(node, function):
                    return RECORDER
                for value in _indexes(node):
                    counter = self._source(value, function, cls, 0)
                    if counter.counting is Counting.RECORDER:
                        return RECORDER
                    if found is UNKNOWN:
                        found = counter
        if found is UNKNOWN:
            for name in self._attributes(cls):
                if re.search(_INDEX, name):
                    found = self._counter(cls, name)
                    if found is not UNKNOWN:
                        break
        return found

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
            if _is_receiver(value.value, function):
                method = self._engine.method(cls, value.attr)
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
            if callee.id in ("next", "len", "int", "str") and call.args:
                return self._source(call.args[0], function, cls, depth + 1)
            return UNKNOWN
        if not isinstance(callee, ast.Attribute):
            return UNKNOWN
        holder = callee.value
        if _is_receiver(holder, function):
            method = self._engine.method(cls, callee.attr)
        elif isinstance(holder, ast.Call) and last_name(holder) == "super" and function.cls:
            method = self._engine.classes.method_after(function.cls, cls, callee.attr)
        elif isinstance(holder, ast.Attribute) and _is_receiver(holder.value, function):
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
            if not any(
                isinstance(value, ast.Call)
                for owner in self._engine.classes.order(cls)
                for _, value in owner.writes().get(attribute, ())
            ):
                continue  # it was given, and may serve many clients
            method = self._engine.method(part, method_name)
            if method is not None:
                found = self._first(_returns(method), method, part, depth)
                if found is not UNKNOWN:
                    return found
        return UNKNOWN

    # --- counters --------------------------------------------------------------------------------

    def _counter(self, cls: ClassInfo, name: str) -> Counter:
        """An attribute as a counter: it starts with the object and its methods advance it."""
        owners = self._engine.classes.order(cls)
        start = next(
            (
                (owner, value)
                for owner in owners
                for function, value in owner.writes().get(name, ())
                if function.name in ("__init__", "__post_init__", "__new__") and _starts(value)
            ),
            None,
        )
        for owner in owners:
            value = owner.statements.get(name)
            if start is None and value is not None and _starts_per_object(value):
                start = (owner, value)
        if start is None:
            return UNKNOWN
        for owner in owners:
            for function in owner.methods.values():
                if _advances(function, name):
                    return Counter(Counting.CLIENT, start[0], start[1])
        return UNKNOWN


def _asks_for_index(call: ast.Call, function: FunctionInfo) -> bool:
    """Whether somebody else is asked for the next index: ``recorder.allocate_call_index(id)``."""
    callee = call.func
    return (
        isinstance(callee, ast.Attribute)
        and "call_index" in callee.attr
        and not _is_receiver(callee.value, function)
        and not (isinstance(callee.value, ast.Call) and last_name(callee.value) == "super")
    )


def _indexes(call: ast.Call) -> list[ast.expr]:
    """What a call records as the index of a call."""
    found = [
        keyword.value
        for keyword in call.keywords
        if keyword.arg and re.fullmatch(_INDEX, keyword.arg)
    ]
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Dict):
            found += [
                value
                for key, value in zip(argument.keys, argument.values, strict=True)
                if isinstance(key, ast.Constant)
                and isinstance(key.value, str)
                and re.fullmatch(_INDEX, key.value)
            ]
    if not found and re.search(_RECORDS, last_name(call.func)):
        found += call.args
    return found


def _is_receiver(node: ast.expr, function: FunctionInfo) -> bool:
    return (
        isinstance(node, ast.Name)
        and function.takes_receiver
        and node.id == function.parameters[0].name
    )


def _assigned(function: FunctionInfo, name: str) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in walk(function.node):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets = [node.target]
        else:
            continue
        assert node.value is not None
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name:
                found.append(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for item, value in zip(target.elts, node.value.elts, strict=False):
                    if isinstance(item, ast.Name) and item.id == name:
                        found.append(value)
    return found


def _returns(function: FunctionInfo) -> list[ast.expr]:
    return [
        node.value
        for node in walk(function.node)
        if isinstance(node, ast.Return) and node.value is not None
    ]


def _starts(value: ast.expr) -> bool:
    """Whether an attribute that is given this in a constructor starts anew with each object."""
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    if isinstance(value, ast.UnaryOp):
        return _starts(value.operand)
    if isinstance(value, ast.List | ast.Dict):
        return not (value.elts if isinstance(value, ast.List) else value.keys)
    if isinstance(value, ast.Call):
        if last_name(value) == "iter" and len(value.args) == 1:
            return _starts(value.args[0])
        return last_name(value) in (
            "count",
            "list",
            "dict",
            "defaultdict",
            "Counter",
            "range",
            "deque",
        )
    return False


def _starts_per_object(value: ast.expr) -> bool:
    """Whether a variable of the class body starts anew with each object: numbers, fields."""
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    if isinstance(value, ast.Call) and last_name(value) in ("field", "Field", "PrivateAttr", "ib"):
        for keyword in value.keywords:
            if keyword.arg in ("default", "default_factory", "factory"):
                if isinstance(keyword.value, ast.Lambda):
                    return _starts(keyword.value.body)
                return _starts_per_object(keyword.value) or last_name(keyword.value) in (
                    "count",
                    "list",
                    "dict",
                    "int",
                )
        return any(_starts_per_object(argument) for argument in value.args)
    return False


def _advances(function: FunctionInfo, name: str) -> bool:
    """Whether a method advances the counter."""
    if not function.takes_receiver or function.name in ("__init__", "__post_init__"):
        return False

    def is_counter(node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):
            node = node.value
        return (
            isinstance(node, ast.Attribute)
            and node.attr == name
            and _is_receiver(node.value, function)
        )

    for node in walk(function.node):
        if isinstance(node, ast.AugAssign):
            if isinstance(node.op, ast.Add) and is_counter(node.target):
                return True
        elif isinstance(node, ast.Assign):
            if any(is_counter(target) for target in node.targets) and any(
                isinstance(below, ast.expr) and is_counter(below) for below in walk(node.value)
            ):
                return True
            if any(is_counter(target) for target in node.targets) and any(
                isinstance(below, ast.BinOp) for below in walk(node.value)
            ):
                return True
        elif isinstance(node, ast.Call):
            callee = node.func
            if last_name(callee) == "next" and node.args and is_counter(node.args[0]):
                return True
            if (
                isinstance(callee, ast.Attribute)
                and callee.attr in ("append", "__next__", "appendleft", "add")
                and is_counter(callee.value)
            ):
                return True
    return False
