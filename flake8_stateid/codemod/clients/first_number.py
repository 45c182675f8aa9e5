"""Which number a client's class gives its first call, and whether it gives another, if seen."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import assigned
from flake8_stateid.codemod.clients.begun import Begun, plain, stepped, steps
from flake8_stateid.codemod.clients.set_up import SetUp
from flake8_stateid.codemod.reading.nodes import begins, own_nodes, walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.tracing.counters import Method

_MAX_STEPS = 8  # locals, methods and parts that lead to one another
# What gives a number that is kept under a key, and begins with another.
_ASKING = frozenset({"get", "setdefault", "pop"})


def first_number(
    ancestors: Ancestors,
    seen: Ancestry,
    setting: SetUp,
    counters: Collection[str],
    made: ast.Call | None = None,
) -> int:
    """The first ``call_index`` of a client that is seen not to be 0; else 0.

    Args:
        ancestors: Finds functions, and classes of its parts.
        seen: The class and its bases.
        setting: What of it runs once for each object.
        counters: The counters, as they are spelled there (``self._call_index``).
        made: The call that makes one.
    """
    look = _Look(ancestors, seen, setting, counters, made)
    for _, method in seen.methods:
        for call in walk(method):
            for value in recorded_indexes(call) if isinstance(call, ast.Call) else ():
                found = look.first(method, value, _MAX_STEPS)
                if found:
                    return found
    return 0


def stands_still(methods: Sequence[Method], setting: SetUp) -> bool:
    """Whether a call is recorded under a number that is seen to be set once, and never to go on.

    Args:
        methods: The methods of the class and all its bases.
        setting: What of it runs once for each object.
    """
    return any(
        _is_constant(methods, setting, method, value)
        for method in methods
        for call in walk(method)
        if isinstance(call, ast.Call)
        for value in recorded_indexes(call)
        if any(keyword.value is value for keyword in call.keywords)
    )


def _is_constant(
    methods: Sequence[Method], setting: SetUp, method: Method, value: ast.expr
) -> bool:
    """Whether ``value`` is an attribute that holds one number for good."""
    if isinstance(value, ast.Name):
        bound = [each for node in walk(method) for key, each in named(node) if key == value.id]
        return len(bound) == 1 and _is_constant(methods, setting, method, bound[0])
    if not isinstance(value, ast.Attribute) or dotted(value.value) != "self":
        return False
    made = [each.value for each in setting.made if each.name == dotted(value)]
    return (
        len(made) == 1
        and plain(made[0]) is not None
        and not any(
            isinstance(node, ast.Attribute)
            and node.attr == value.attr
            and not isinstance(node.ctx, ast.Load)
            for each in methods
            if each not in setting.makers
            for node in walk(each)
        )
    )


class _Look:
    """Looks at what the methods of a class record.

    Args:
        ancestors: Finds functions, and classes of its parts.
        seen: The class and its bases.
        setting: What of it runs once for each object.
        counters: The counters; of a part, none is known.
        made: The call that makes one.
    """

    def __init__(
        self,
        ancestors: Ancestors,
        seen: Ancestry,
        setting: SetUp,
        counters: Collection[str] | None,
        made: ast.Call | None,
    ) -> None:
        """Keep what is looked at."""
        self._ancestors = ancestors
        self._seen = seen
        self._methods = [method for _, method in seen.methods]
        self._modules = {method: module for module, method in seen.methods}
        self._setting = setting
        self._counters = counters
        self._begun = Begun(ancestors, seen, setting, made)

    def first(self, method: Method, value: ast.expr, depth: int) -> int | None:
        """What ``value`` is at the first call; ``None`` where that is not seen."""
        if depth < 0:
            return None
        match value:
            case ast.Name(id=name):
                bound = [each for node in walk(method) for key, each in named(node) if key == name]
                return self.first(method, bound[0], depth - 1) if len(bound) == 1 else None
            case ast.Call(func=ast.Name(id="next"), args=[taken]):
                return self._begun.of(dotted(taken), depth)
            case ast.Call(func=ast.Attribute(attr=asked), args=[_, other]) if asked in _ASKING:
                return self._begun.number(method, other, depth)
            case ast.BoolOp(op=ast.Or(), values=[ast.Call(args=[_]) as held, other]) if (
                last_name(held) in _ASKING
            ):
                return self._begun.number(method, other, depth)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called)):
                kept = called not in {each.name for each in self._methods}
                return (
                    self._begun.of(f"self.{called}", depth)
                    if kept
                    else self._returned(called, depth)
                )
            case ast.Call(func=ast.Attribute(value=ast.Attribute() as part, attr=called)):
                return self._of_part(dotted(part), called, depth)
            case ast.Call(func=ast.Name()):
                return self._of_function(method, value, depth)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=int(n))):
                begun = self.first(method, left, depth - 1)
                if begun is None:
                    return None
                return begun + (n if isinstance(value.op, ast.Add) else -n)
            case ast.Attribute() if self._is_counter(value):
                return self._stepped(method, value, self._begun.of(dotted(value), depth))
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return self._returned(name, depth)  # a property
            case ast.Subscript():
                return self._kept(method, value, depth)
        return None

    def _is_counter(self, value: ast.Attribute) -> bool:
        if self._counters is None:
            return value.attr not in {each.name for each in self._methods}
        return dotted(value) in self._counters

    def _returned(self, called: str, depth: int) -> int | None:
        given = [
            (method, node.value)
            for method in self._methods
            if method.name == called
            for node in walk(method)
            if isinstance(node, ast.Return) and node.value is not None
        ]
        return self.first(*given[0], depth - 1) if len(given) == 1 else None

    def _of_part(self, part: str, called: str, depth: int) -> int | None:
        """What a method of an object gives first that the client makes for itself."""
        made = [each for each in self._setting.made if each.name == part]
        if len(made) != 1 or not isinstance(made[0].value, ast.Call):
            return None
        call = made[0].value
        seen = self._ancestors.part(made[0].module, dotted(call.func), call)
        if not seen.classes:
            return None
        setting = SetUp(self._ancestors, seen)
        return _Look(self._ancestors, seen, setting, None, call)._returned(called, depth - 1)

    def _of_function(self, method: Method, call: ast.Call, depth: int) -> int | None:
        """What a function of a module gives first that counts for all clients."""
        module = self._modules.get(method)
        found = [] if module is None else self._ancestors.functions(module, call.func)
        if len(found) != 1:
            return None
        where, callee = found[0]
        function = callee.function
        if isinstance(function, ast.Lambda) or call.args[1:] or call.keywords:
            return None
        self._modules.setdefault(function, where)
        given = [node.value for node in own_nodes(*function.body) if isinstance(node, ast.Return)]
        value = given[0] if len(given) == 1 else None
        return None if value is None else self.first(function, value, depth - 1)

    def _kept(self, method: Method, value: ast.Subscript, depth: int) -> int | None:
        """What is kept under a key, where a method has put something there, or looking does."""
        text = ast.unparse(value)
        stored = [
            (target, each)
            for node in walk(method)
            for target, each in assigned(node)
            if isinstance(target, ast.Subscript) and ast.unparse(target) == text
        ]
        before = [each for target, each in stored if begins(target) < begins(value)]
        if len(stored) == 1 and before:
            return self.first(method, before[0], depth - 1)
        if stored:
            return None
        held = dotted(value.value)
        begun = (
            self._begun.of(held, depth)
            if held.startswith("self.")
            else self._begun.number(method, value.value, depth)
        )
        return self._stepped(method, value, begun)

    def _stepped(self, method: Method, value: ast.expr, begun: int | None) -> int | None:
        return stepped([*self._steps(method, ast.unparse(value))], value, begun)

    def _steps(self, method: Method, name: str) -> Iterator[ast.stmt]:
        """The statements by which a counter goes on in a method, also by one that it calls."""
        yield from steps(method, name)
        own = name.startswith("self.")
        for node in own_nodes(*method.body) if own else ():
            match node:
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self")))):
                    called = last_name(node.value)
                    for other in self._methods:
                        if other.name == called and other is not method:
                            yield from [node for _ in steps(other, name)]
