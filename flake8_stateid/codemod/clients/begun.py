"""The number that a client's counter begins with: in its constructor, its class, its module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counters import FIELDS
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, assigned
from flake8_stateid.codemod.reading.handing_on import is_partial
from flake8_stateid.codemod.reading.nodes import begins, children, own_nodes, walk
from flake8_stateid.codemod.reading.signatures import Callee, defaults, dotted, parameters
from flake8_stateid.codemod.tracing.indexes import is_next, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.clients.set_up import SetUp
    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

# A step in one of these may be left out, or come again.
_UNCERTAIN = (*FUNCTIONS, *LOOPS, ast.If, ast.IfExp, ast.ExceptHandler, ast.Match)


def plain(value: ast.expr) -> int | None:
    """The number that an expression is, or that an iterator begins at."""
    match value:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
        case ast.Call() if last_name(value) == "count":
            starts = [*value.args[:1], *(k.value for k in value.keywords if k.arg == "start")]
            return plain(starts[0]) if starts else 0
        case ast.Call(args=[ast.Call(args=[start, _, *_]) as numbers]) if (
            last_name(value) == "iter" and last_name(numbers) == "range"
        ):
            return plain(start)
        case ast.Call(args=[]) if last_name(value) == "Counter":
            return 0
        case ast.Call(args=[ast.Name(id="int")]) if last_name(value) == "defaultdict":
            return 0
        case ast.Call(args=[ast.Lambda(body=begun)]) if last_name(value) == "defaultdict":
            return plain(begun)
    return None


def steps(method: Method, name: str) -> Iterator[ast.stmt]:
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


def stepped(found: Sequence[ast.stmt], value: ast.expr, begun: int | None) -> int | None:
    """What a counter is where it is read first.

    Args:
        found: The statements of the function by which it goes on.
        value: Where it is read.
        begun: What it begins with.
    """
    if begun is None or len(found) != 1:
        return None  # another method goes on, before or behind
    step = found[0]
    return begun + (begins(step) < begins(value) and value not in walk(step))


class Begun:
    """Finds what the attributes of a class begin with.

    Args:
        ancestors: Finds functions.
        seen: The class and its bases.
        setting: What of it runs once for each object.
        made: The call that makes one.
    """

    def __init__(
        self, ancestors: Ancestors, seen: Ancestry, setting: SetUp, made: ast.Call | None
    ) -> None:
        """Keep what is looked at."""
        self._ancestors = ancestors
        self._seen = seen
        self._modules = {method: module for module, method in seen.methods}
        self._setting = setting
        self._made = made

    def of(self, name: str, depth: int) -> int | None:
        """The number that an attribute is made with, or that an iterator begins at."""
        made = [each for each in self._setting.made if each.name == name]
        if not made:
            return self._in_body(name.removeprefix("self."), depth)
        # What it is made of stands behind it.
        first = made[0]
        if sum(dotted(target) == name for target in self._targets()) != 1:
            return None
        begun = self.number(first.method, first.value, depth)
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
        return plain(value)

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
        return plain(bound[0])

    def number(self, method: Method, value: ast.expr, depth: int) -> int | None:
        """The number that a value is in a constructor, or as what a counter begins with."""
        if depth < 0:
            return None
        match value:
            case ast.Name(id=name) if name in parameters(method):
                return self._of_parameter(method, name, depth - 1)
            case ast.Name(id=name):
                bound = [each for node in walk(method) for key, each in named(node) if key == name]
                if bound:
                    return self.number(method, bound[0], depth - 1) if not bound[1:] else None
                module = self._modules.get(method)
                return None if module is None else self._of_module(module, name, depth)
            case ast.Attribute(value=ast.Name(), attr=name):
                return self.of(f"self.{name}", depth - 1)
            case ast.IfExp(body=body, orelse=orelse):
                one, other = (self.number(method, each, depth - 1) for each in (body, orelse))
                return one or other
            case ast.Attribute(value=iterator, attr="__next__"):
                return self.number(method, iterator, depth - 1)
            case ast.Call(args=[_, iterator]) if is_partial(value):
                return self.number(method, iterator, depth - 1)
            case ast.Call() if plain(value) is None:
                return self._of_closure(method, value)
        return plain(value)

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
                return plain(given)
        elif len(calls) == 1:
            maker, call = calls[0]
            given = Callee(method, 1).argument(call, name)
            if given is not None:
                return self.number(maker, given, depth)
        for parameter, default in defaults(method):
            if parameter.arg == name:
                module = self._modules.get(method)
                if isinstance(default, ast.Name) and module is not None:
                    return self._of_module(module, default.id, depth)
                return plain(default)
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
                        return stepped([*steps(inner, name)], value, plain(bound[0]))
        return None
