"""Which number a client's class gives its first call, and whether it gives another, if seen."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, assigned
from flake8_stateid.codemod.reading.nodes import begins, children, walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.indexes import is_next, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from flake8_stateid.codemod.clients.set_up import SetUp
    from flake8_stateid.codemod.tracing.counters import Method

_MAX_METHODS = 3
# A step in one of these may be left out, or come again.
_UNCERTAIN = (*FUNCTIONS, *LOOPS, ast.If, ast.IfExp, ast.ExceptHandler, ast.Match)


def first_number(methods: Sequence[Method], setting: SetUp, counters: Collection[str]) -> int:
    """The first ``call_index`` of a client that is seen not to be 0; else 0.

    Args:
        methods: The methods of the class and its bases.
        setting: What of it runs once for each object.
        counters: The counters, as they are spelled there (``self._call_index``).
    """
    look = _Look(methods, setting, counters)
    for method in methods:
        for call in walk(method):
            for value in recorded_indexes(call) if isinstance(call, ast.Call) else ():
                found = look.first(method, value, _MAX_METHODS)
                if found:
                    return found
    return 0


def stands_still(methods: Sequence[Method], setting: SetUp) -> bool:
    """Whether a call is recorded under a number that is seen to be set once, and never to go on.

    Args:
        methods: The methods of the class and all its bases.
        setting: What of it runs once for each object.
    """
    look = _Look(methods, setting, ())
    return any(
        look.is_constant(method, value)
        for method in methods
        for call in walk(method)
        if isinstance(call, ast.Call)
        for value in recorded_indexes(call)
        if any(keyword.value is value for keyword in call.keywords)
    )


class _Look:
    """Looks at what methods record.

    Args:
        methods: The methods of the class and its bases.
        setting: What of it runs once for each object.
        counters: The counters.
    """

    def __init__(
        self, methods: Sequence[Method], setting: SetUp, counters: Collection[str]
    ) -> None:
        """Keep what is looked at."""
        self._methods = methods
        self._setting = setting
        self._counters = counters

    def first(self, method: Method, value: ast.expr, depth: int) -> int | None:
        """What ``value`` is at the first call; ``None`` where that is not seen."""
        match value:
            case ast.Name(id=name):
                bound = [each for node in walk(method) for key, each in named(node) if key == name]
                return self.first(method, bound[0], depth) if len(bound) == 1 else None
            case ast.Call(func=ast.Name(id="next"), args=[taken]):
                return self._begun(dotted(taken))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called)) if depth:
                return self._returned(called, depth - 1)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=int(n))):
                begun = self.first(method, left, depth)
                if begun is None:
                    return None
                return begun + (n if isinstance(value.op, ast.Add) else -n)
            case ast.Attribute() if dotted(value) in self._counters:
                return self._stepped(method, value)
        return None

    def is_constant(self, method: Method, value: ast.expr) -> bool:
        """Whether ``value`` is an attribute that holds one number for good."""
        if isinstance(value, ast.Name):
            bound = [each for node in walk(method) for key, each in named(node) if key == value.id]
            return len(bound) == 1 and self.is_constant(method, bound[0])
        if not isinstance(value, ast.Attribute) or dotted(value.value) != "self":
            return False
        return self._begun(dotted(value)) is not None and not any(
            isinstance(node, ast.Attribute)
            and node.attr == value.attr
            and not isinstance(node.ctx, ast.Load)
            for each in self._methods
            if each not in self._setting.makers
            for node in walk(each)
        )

    def _returned(self, called: str, depth: int) -> int | None:
        given = [
            (method, node.value)
            for method in self._methods
            if method.name == called
            for node in walk(method)
            if isinstance(node, ast.Return) and node.value is not None
        ]
        return self.first(*given[0], depth) if len(given) == 1 else None

    def _stepped(self, method: Method, value: ast.expr) -> int | None:
        """What a counter is where a method reads it first."""
        begun = self._begun(dotted(value))
        steps = list(_steps(method, dotted(value)))
        if begun is None or len(steps) != 1:
            return None  # another method goes on, before or behind
        step = steps[0]
        return begun + (begins(step) < begins(value) and value not in walk(step))

    def _begun(self, name: str) -> int | None:
        """The number that an attribute is made with, or that an iterator begins at."""
        made = [each.value for each in self._setting.made if each.name == name]
        match made:
            case [ast.Constant(value=int(number))]:
                return number
            case [ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number)))]:
                return -number
            case [ast.Call(args=[], keywords=[]) as call] if last_name(call) == "count":
                return 0
            case [
                ast.Call(args=[ast.Constant(value=int(number))], keywords=[])
                | ast.Call(
                    args=[],
                    keywords=[ast.keyword(arg="start", value=ast.Constant(value=int(number)))],
                ) as call
            ] if last_name(call) == "count":
                return number
        return None


def _steps(method: Method, name: str) -> Iterator[ast.stmt]:
    """The statements by which a counter goes on in a method, each for every call."""
    todo: list[ast.AST] = [*method.body]
    while todo:
        node = todo.pop()
        names = [dotted(target) for target, _ in assigned(node)]
        if isinstance(node, ast.AugAssign) and is_next(node):
            names.append(dotted(node.target))
        if isinstance(node, ast.stmt) and name in names:
            yield node
        if not isinstance(node, _UNCERTAIN):
            todo.extend(children(node))
