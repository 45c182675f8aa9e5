"""What else a client's class does besides calling and counting."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import PLAIN_DECORATORS
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import changed_in_place
from flake8_stateid.codemod.reading.nodes import stored_names, walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from flake8_stateid.codemod.tracing.counters import Method

CLOSING = frozenset({"close", "aclose", "__exit__", "__aexit__", "__del__", "shutdown"})
# What is given the client itself, and keeps it no longer than the call.
_LOOKING = frozenset(
    {"__init__", "__setattr__", "setattr", "getattr", "hasattr", "isinstance", "type", "id"}
    | {"repr", "str", "vars", "super"}
)
# Decorators that give a function back as it is, or as a method of another kind.
LEAVING = PLAIN_DECORATORS | {"abstractmethod", "overload"}
_PLAIN = LEAVING | {"property", "setter", "cached_property"}


def has_effect_once(methods: Sequence[Method], once: Collection[Method]) -> bool:
    """Whether a client logs, records or changes what is not its own when it is made or closed.

    Args:
        methods: The methods of its class and bases.
        once: Those that run once, but for those that close it.
    """
    noisy: set[str] = set()
    while True:
        more = {method.name for method in methods if _is_noisy(method, noisy)} - noisy
        if not more:
            return any(
                method in once or method.name in CLOSING
                for method in methods
                if method.name in noisy
            )
        noisy |= more


def _is_noisy(method: Method, noisy: set[str]) -> bool:
    own = _own_names(method)
    for node in walk(method):
        if _changes_others(node, own):
            return True
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if is_log(node) or name.rpartition(".")[2] == "record_call":
                return True
            if name.startswith("self.") and name.count(".") == 1 and name[5:] in noisy:
                return True
    return False


def _own_names(method: Method) -> frozenset[str]:
    """``self``, and locals that hold what nobody else has, as far as can be seen."""
    stored = stored_names(method)
    shared: set[str] = set()
    for node in walk(method):
        match node:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                shared.update(names)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if dotted(
                value
            ) and not dotted(value).startswith("self."):
                shared.add(name)
    variadic = [each.arg for each in (method.args.vararg, method.args.kwarg) if each]
    return frozenset({"self", *variadic} | stored) - shared


def _changes_others(node: ast.AST, own: frozenset[str]) -> bool:
    """Whether ``node`` changes what is not the client's own, or hands the client itself away."""
    changed = changed_in_place(node)
    if changed is not None and not _is_own(changed, own):
        return True
    match node:
        case ast.Global():
            return True
        case ast.Call(func=ast.Name(id="next"), args=[taken, *_]):
            return not _is_own(taken, own)
        case ast.Call(func=called):
            return _hands_itself(node) and dotted(called).rpartition(".")[2] not in _LOOKING
        case ast.Assign(targets=[ast.Subscript()], value=ast.Name(id="self")):
            return True
    return False


def _hands_itself(call: ast.Call) -> bool:
    given = arguments_of(call)
    return any(isinstance(value, ast.Name) and value.id == "self" for value in given)


def _is_own(node: ast.expr, own: frozenset[str]) -> bool:
    """Whether what ``node`` leads to begins at one of the names ``own``."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        if isinstance(node, ast.Attribute) and node.attr == "__class__":
            return False
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in own


def decorated(methods: Sequence[Method]) -> str:
    """A decorator of a method that may remember calls, such as ``lru_cache``; empty for none."""
    for method in methods:
        for decorator in method.decorator_list:
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = dotted(plain).rpartition(".")[2]
            if name not in _PLAIN and "retry" not in name.lower():
                return ast.unparse(plain)
    return ""


def naming(methods: Sequence[Method], is_state_id: Callable[[str], bool]) -> frozenset[str]:
    """Methods and properties that make something of the client's state id, and the id itself.

    Handing the id on, to the recorder or in a log line, is what it is for.

    Args:
        methods: The methods of a class and its bases.
        is_state_id: Whether a name is that of the state id; the parameter that is given it counts.
    """
    held = {
        target.attr
        for method in methods
        for node in walk(method)
        if isinstance(node, ast.Assign)
        and any(any(map(is_state_id, dotted(part).split("."))) for part in _given_back(node.value))
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }
    told = {method.name for method in methods if any(_names(method, name) for name in held)}
    while True:
        more = {method.name for method in methods if _gives_on(method, told)} - told
        if not more:
            return frozenset(held | told)
        told |= more


def _gives_on(method: Method, told: Collection[str]) -> bool:
    """Whether a method gives back something of what other methods of the object give it."""
    return any(
        isinstance(inner, ast.Attribute) and inner.attr in told and dotted(inner.value) == "self"
        for node in walk(method)
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) and node.value is not None
        for inner in walk(node.value)
    )


def _names(method: Method, attribute: str) -> bool:
    """Whether a method gives back ``self.<attribute>``, also in something, or a text of it."""
    handed = [node for node in walk(method) if isinstance(node, ast.Call) and is_log(node)]
    logged = {inner for call in handed for inner in walk(call)}
    held = {
        name
        for node in walk(method)
        for name, value in named(node)
        for part in _given_back(value)
        if isinstance(part, ast.Attribute) and part.attr == attribute
    }
    return any(
        (isinstance(inner, ast.Attribute) and inner.attr == attribute)
        or (isinstance(inner, ast.Name) and inner.id in held)
        for node in walk(method)
        if node not in logged
        for inner in _made_of(node)
    )


def _made_of(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            return [*_given_back(value)]
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner))], value=value) if (
            owner != "self"
        ):
            return [*_given_back(value)]
        case ast.Raise(exc=ast.expr() as value):
            return [*_given_back(value)]
        case ast.FormattedValue(value=value):
            return [value]
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(func=ast.Attribute(attr="format" | "join"), args=args, keywords=keywords):
            given = [*args, *(keyword.value for keyword in keywords)]
            return [inner for value in given for inner in walk(value)]
    return []


def _given_back(value: ast.expr) -> Iterator[ast.expr]:
    """What somebody who is given ``value`` has: itself, its elements, what it is made with."""
    match value:
        case ast.Tuple(elts=each) | ast.List(elts=each) | ast.Set(elts=each):
            inner = each
        case ast.Dict(values=each) | ast.BoolOp(values=each):
            inner = each
        case ast.IfExp(body=body, orelse=orelse):
            inner = [body, orelse]
        case ast.Call(func=called) if dotted(called).rpartition(".")[2].lstrip("_")[:1].isupper():
            inner = arguments_of(value)
        case _:
            inner = []
            yield value
    for one in inner:
        yield from _given_back(one)
