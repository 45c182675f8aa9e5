"""Which number a client's class gives its first call, and whether it gives another, if seen."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counters import FIELDS
from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, assigned
from flake8_stateid.codemod.clients.set_up import SetUp
from flake8_stateid.codemod.reading.handing_on import is_partial
from flake8_stateid.codemod.reading.nodes import begins, children, own_nodes, walk
from flake8_stateid.codemod.reading.signatures import Callee, defaults, dotted, parameters
from flake8_stateid.codemod.tracing.indexes import is_next, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

_MAX_STEPS = 8  # locals, methods and parts that lead to one another
# A step in one of these may be left out, or come again.
_UNCERTAIN = (*FUNCTIONS, *LOOPS, ast.If, ast.IfExp, ast.ExceptHandler, ast.Match)
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
        and _plain(made[0]) is not None
        and not any(
            isinstance(node, ast.Attribute)
            and node.attr == value.attr
            and not isinstance(node.ctx, ast.Load)
            for each in methods
            if each not in setting.makers
            for node in walk(each)
        )
    )


def _plain(value: ast.expr) -> int | None:
    """The number that an expression is, or that an iterator begins at."""
    match value:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
        case ast.Call() if last_name(value) == "count":
            starts = [*value.args[:1], *(k.value for k in value.keywords if k.arg == "start")]
            return _plain(starts[0]) if starts else 0
        case ast.Call(args=[ast.Call(args=[start, _, *_]) as numbers]) if (
            last_name(value) == "iter" and last_name(numbers) == "range"
        ):
            return _plain(start)
        case ast.Call(args=[]) if last_name(value) == "Counter":
            return 0
        case ast.Call(args=[ast.Name(id="int")]) if last_name(value) == "defaultdict":
            return 0
        case ast.Call(args=[ast.Lambda(body=begun)]) if last_name(value) == "defaultdict":
            return _plain(begun)
    return None


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
        self._made = made

    def first(self, method: Method, value: ast.expr, depth: int) -> int | None:
        """What ``value`` is at the first call; ``None`` where that is not seen."""
        if depth < 0:
            return None
        match value:
            case ast.Name(id=name):
                bound = [each for node in walk(method) for key, each in named(node) if key == name]
                return self.first(method, bound[0], depth - 1) if len(bound) == 1 else None
            case ast.Call(func=ast.Name(id="next"), args=[taken]):
                return self._begun(dotted(taken), depth)
            case ast.Call(func=ast.Attribute(attr=asked), args=[_, other]) if asked in _ASKING:
                return self._number(method, other, depth)
            case ast.BoolOp(op=ast.Or(), values=[ast.Call(args=[_]) as held, other]) if (
                last_name(held) in _ASKING
            ):
                return self._number(method, other, depth)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called)):
                kept = called not in {each.name for each in self._methods}
                return (
                    self._begun(f"self.{called}", depth) if kept else self._returned(called, depth)
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
                return self._stepped(method, value, self._begun(dotted(value), depth))
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
            self._begun(held, depth)
            if held.startswith("self.")
            else self._number(method, value.value, depth)
        )
        return self._stepped(method, value, begun)

    def _stepped(self, method: Method, value: ast.expr, begun: int | None) -> int | None:
        """What a counter is where a method reads it first."""
        steps = list(self._steps(method, ast.unparse(value)))
        if begun is None or len(steps) != 1:
            return None  # another method goes on, before or behind
        step = steps[0]
        return begun + (begins(step) < begins(value) and value not in walk(step))

    def _steps(self, method: Method, name: str) -> Iterator[ast.stmt]:
        """The statements by which a counter goes on in a method, also by one that it calls."""
        yield from _steps(method, name)
        own = name.startswith("self.")
        for node in own_nodes(*method.body) if own else ():
            match node:
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self")))):
                    called = last_name(node.value)
                    for other in self._methods:
                        if other.name == called and other is not method:
                            yield from [node for _ in _steps(other, name)]

    def _begun(self, name: str, depth: int) -> int | None:
        """The number that an attribute is made with, or that an iterator begins at."""
        made = [each for each in self._setting.made if each.name == name]
        if not made:
            return self._in_body(name.removeprefix("self."), depth)
        # What it is made of stands behind it.
        first = made[0]
        if sum(dotted(target) == name for target in self._targets()) != 1:
            return None
        begun = self._number(first.method, first.value, depth)
        if begun is None:
            return None
        return begun + sum(
            isinstance(node, ast.AugAssign) and is_next(node) and dotted(node.target) == name
            for maker in self._setting.makers
            for node in own_nodes(*maker.body)
        )

    def _targets(self) -> Iterator[ast.expr]:
        """What constructors assign to."""
        for maker in self._setting.makers:
            for node in walk(maker):
                for target, _ in assigned(node):
                    yield target

    def _in_body(self, name: str, depth: int) -> int | None:
        """The number that the body of the class, or of a base, gives an attribute."""
        for each in self._seen.classes:
            for node in each.node.body:
                for target, value in assigned(node):
                    if isinstance(target, ast.Name) and target.id == name:
                        return self._of_field(each.module, value, depth)
        return None

    def _of_field(self, module: Module, value: ast.expr, depth: int) -> int | None:
        if isinstance(value, ast.Call) and last_name(value) in FIELDS:
            for keyword in value.keywords:
                if keyword.arg == "default":
                    value = keyword.value
                elif keyword.arg in {"default_factory", "factory"}:
                    made = keyword.value
                    value = made.body if isinstance(made, ast.Lambda) else ast.Call(made, [], [])
        if isinstance(value, ast.Name):
            return self._of_module(module, value.id, depth)
        return _plain(value)

    def _of_module(self, module: Module, name: str, depth: int) -> int | None:
        """The number of a constant of a module."""
        bound = [
            value
            for node in module.tree.body
            for target, value in assigned(node)
            if isinstance(target, ast.Name) and target.id == name
        ]
        if len(bound) != 1 or depth < 0:
            return None
        if isinstance(bound[0], ast.Name):
            return self._of_module(module, bound[0].id, depth - 1)
        return _plain(bound[0])

    def _number(self, method: Method, value: ast.expr, depth: int) -> int | None:
        """The number that a value is in a constructor, or as what a counter begins with."""
        if depth < 0:
            return None
        match value:
            case ast.Name(id=name) if name in parameters(method):
                return self._of_parameter(method, name, depth - 1)
            case ast.Name(id=name):
                bound = [each for node in walk(method) for key, each in named(node) if key == name]
                if bound:
                    return self._number(method, bound[0], depth - 1) if not bound[1:] else None
                module = self._modules.get(method)
                return None if module is None else self._of_module(module, name, depth)
            case ast.Attribute(value=ast.Name(), attr=name):
                return self._begun(f"self.{name}", depth - 1)
            case ast.IfExp(body=body, orelse=orelse):
                one, other = (self._number(method, each, depth - 1) for each in (body, orelse))
                return one or other
            case ast.Attribute(value=iterator, attr="__next__"):
                return self._number(method, iterator, depth - 1)
            case ast.Call(args=[_, iterator]) if is_partial(value):
                return self._number(method, iterator, depth - 1)
            case ast.Call() if _plain(value) is None:
                return self._of_closure(method, value)
        return _plain(value)

    def _of_parameter(self, method: Method, name: str, depth: int) -> int | None:
        """The number that a constructor is given: by a class below, by who makes the client."""
        if method not in self._setting.makers:
            return None
        calls = [
            (maker, node)
            for maker in self._setting.makers
            for node in walk(maker)
            if isinstance(node, ast.Call)
            and last_name(node) == method.name
            and dotted(node.func).partition(".")[0] != "self"
        ]
        if not calls:
            given = Callee(method, 1).argument(self._made, name) if self._made else None
            if given is not None:
                return _plain(given)
        elif len(calls) == 1:
            maker, call = calls[0]
            given = Callee(method, 1).argument(call, name)
            if given is not None:
                return self._number(maker, given, depth)
        for parameter, default in defaults(method):
            if parameter.arg == name:
                module = self._modules.get(method)
                if isinstance(default, ast.Name) and module is not None:
                    return self._of_module(module, default.id, depth)
                return _plain(default)
        return None

    def _of_closure(self, method: Method, call: ast.Call) -> int | None:
        """What an inner function gives first that a call makes: it counts by what is around it."""
        module = self._modules.get(method)
        found = [] if module is None else self._ancestors.functions(module, call.func)
        outer = found[0][1].function if len(found) == 1 else None
        if outer is None or isinstance(outer, ast.Lambda):
            return None
        for inner in outer.body:
            if not isinstance(inner, ast.FunctionDef):
                continue
            given = [node.value for node in own_nodes(*inner.body) if isinstance(node, ast.Return)]
            match given:
                case [ast.Name(id=name) as value]:
                    bound = [v for s in outer.body for key, v in named(s) if key == name]
                    if len(bound) == 1:
                        return self._stepped(inner, value, _plain(bound[0]))
        return None


def _steps(method: Method, name: str) -> Iterator[ast.stmt]:
    """The statements by which a counter goes on in a method, each for every call."""
    todo: list[ast.AST] = [*method.body]
    while todo:
        node = todo.pop()
        names = [ast.unparse(target) for target, _ in assigned(node)]
        if isinstance(node, ast.AugAssign) and is_next(node):
            names.append(ast.unparse(node.target))
        if isinstance(node, ast.stmt) and name in names:
            yield node
        if not isinstance(node, _UNCERTAIN):
            todo.extend(children(node))
