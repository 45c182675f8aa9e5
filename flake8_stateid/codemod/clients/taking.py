"""What of a client's method takes a number, what records a call under it, and what may fail."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.analysis.tree import arguments_of, assigned
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import READERS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, without_items
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flake8_stateid.codemod.tracing.counters import Method

NOTHING = frozenset({0})
OWED = 1
# What cannot fail in a way that a client would have to record: clocks, texts, what looks.
_HARMLESS = READERS | {
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "now"),
    *("utcnow", "uuid4", "super", "getattr", "hasattr", "int", "float", "round", "range", "abs"),
    *("get", "items", "keys", "values", "strip", "lower", "upper", "encode", "replace"),
    *("startswith", "endswith", "split", "hexdigest", "append", "total_seconds", "isoformat"),
}


class Methods(NamedTuple):
    """The methods of a client's class, as far as each of them is asked about the others.

    Attributes:
        counters: The counters of the class, as they are spelled there (``self._call_index``).
        names: What the methods are called.
        raising: Those that raise in plain sight.
        recorders: What they record calls by: ``self._recorder.record_call``.
    """

    counters: frozenset[str]
    names: frozenset[str]
    raising: frozenset[str]
    recorders: frozenset[str]

    @classmethod
    def of(cls, methods: Sequence[Method], counters: frozenset[str]) -> Methods:
        """Look at the methods of a class that has these counters."""
        return cls(
            counters,
            frozenset(each.name for each in methods),
            frozenset(each.name for each in methods if _raises(each)),
            frozenset(name for each in methods for name in _recorders(each)),
        )


class Taking:
    """Answers questions about the nodes of one method.

    Args:
        method: The method.
        methods: It, and the others of its class.
        owed: What the methods of the class leave, by name, as far as known.
    """

    def __init__(
        self, method: Method, methods: Methods, owed: Mapping[str, frozenset[int]]
    ) -> None:
        """Note what holds numbers, and where calls that fail are recorded first."""
        self._methods = methods
        self._owed = owed
        self._held = _holding(method, methods.counters, owed)
        self._recording_try = min(
            (tried.lineno for node in walk(method) for tried in self._recording(node)), default=0
        )

    def left_by(self, name: str) -> frozenset[int]:
        """What a method of the class leaves; nothing for what is none."""
        return self._owed.get(name, NOTHING)

    def takes(self, node: ast.AST) -> bool:
        """Whether a counter goes on: ``self._n += 1``, ``self._n = n + 1``, ``next(self._n)``."""
        if isinstance(node, ast.AugAssign):
            return dotted(without_items(node.target)) in self._methods.counters
        if isinstance(node, ast.Call):
            return dotted(node.func) in self._methods.counters or (
                dotted(node.func) == "next"
                and any(dotted(each) in self._methods.counters for each in node.args[:1])
            )
        return any(
            dotted(without_items(target)) in self._methods.counters for target, _ in assigned(node)
        )

    def is_record(self, call: ast.Call) -> bool:
        """Whether a call records a call, or is given its number."""
        name = own_method(call)
        if name in self._methods.names:
            return -1 in self._owed.get(name, NOTHING)
        return bool(recorded_indexes(call)) or self.names_number(call)

    def names_number(self, call: ast.Call) -> bool:
        """Whether a call is given the number: it may record it."""
        return any(
            (isinstance(node, ast.Name) and node.id in self._held)
            or (isinstance(node, ast.Attribute) and dotted(node) in self._methods.counters)
            for value in arguments_of(call)
            for node in walk(value)
        ) and dotted(call.func) not in {"next", "super"}

    def records(self, *statements: ast.stmt) -> bool:
        """Whether something in the statements records a call."""
        return any(
            isinstance(node, ast.Call) and not is_log(node) and self.is_record(node)
            for statement in statements
            for node in walk(statement)
        )

    def _recording(self, node: ast.AST) -> Iterator[ast.Try | ast.TryStar]:
        """The node, where it is a ``try`` that records a call that fails."""
        if isinstance(node, (ast.Try, ast.TryStar)) and self.records(
            *node.finalbody, *(each for handler in node.handlers for each in handler.body)
        ):
            yield node

    def asks_for_recorder(self, test: ast.expr) -> bool:
        """Whether a condition asks nothing but whether there is what records calls."""
        nodes = walk(test)
        return not any(isinstance(node, ast.Call) for node in nodes) and all(
            any(name.startswith(f"{dotted(node)}.") for name in self._methods.recorders)
            for node in nodes
            if isinstance(node, (ast.Name, ast.Attribute))
        )

    def own_property(self, node: ast.AST) -> str:
        """The name of the method, or property, of the class that an attribute stands for."""
        if isinstance(node, ast.Attribute) and dotted(node.value) == "self":
            return node.attr if node.attr in self._methods.names else ""
        return ""

    def may_fail(self, call: ast.Call) -> bool:
        """Whether a call may raise before anything is recorded, as far as can be seen."""
        name = own_method(call)
        if name in self._methods.names and self._owed.get(name, NOTHING) == {OWED}:
            return False  # it takes the number: nothing is owed before
        if self._recording_try and call.lineno < self._recording_try:
            return name in self._methods.raising
        last = dotted(call.func).rpartition(".")[2] or (
            call.func.attr if isinstance(call.func, ast.Attribute) else ""
        )
        return last not in _HARMLESS and not last[:1].isupper()


def _holding(
    method: Method, counters: frozenset[str], owed: Mapping[str, frozenset[int]]
) -> set[str]:
    """Locals that hold a number: of a counter, or of a method that takes one."""
    return {
        name
        for node in walk(method)
        for name, value in named(node)
        if any(
            (isinstance(each, ast.Attribute) and dotted(each) in counters)
            or (
                isinstance(each, ast.Attribute)
                and dotted(each.value) == "self"
                and owed.get(each.attr, NOTHING) == {OWED}
            )
            for each in walk(value)
        )
    }


def own_method(call: ast.Call) -> str:
    """The name of the method in ``self.method(...)`` and ``super().method(...)``."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
            return name
    return ""


def _recorders(method: Method) -> Iterator[str]:
    """What a method records calls by."""
    for node in walk(method):
        if isinstance(node, ast.Call) and recorded_indexes(node):
            yield dotted(node.func)


def _raises(method: Method) -> bool:
    return any(isinstance(node, ast.Raise) and node.exc is not None for node in walk(method))
