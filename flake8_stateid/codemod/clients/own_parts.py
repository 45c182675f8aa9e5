"""What a client makes for itself and that differs from client to client, or changes when used.

Seeded random numbers, iterators, semaphores, files in memory, and what tells one client from the
next: an id that is drawn, the time at which it was made.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of, assigned
from flake8_stateid.codemod.clients.spelling import Spelling, returned_attributes
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import MUTATORS, changed_in_place
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, is_generator, start_of
from flake8_stateid.codemod.tracing.effects import CLOSING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from flake8_stateid.codemod.clients.set_up import SetUp
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

_SEEDED = frozenset({"Random", "default_rng", "RandomState"})
# What is used up by whoever looks at it.
_ITERATORS = frozenset(
    {"iter", "cycle", "chain", "zip", "map", "filter", "enumerate", "islice", "accumulate"}
)
# What differs each time it is asked.
_DRAWN = frozenset(
    {"uuid1", "uuid4", "token_hex", "token_urlsafe", "token_bytes", "urandom", "getrandbits"}
    | {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}
    | {"now", "utcnow", "today", "random", "randint", "randrange", "uniform"}
)
# Classes of the standard library whose objects remember, and the methods that make them.
_FILES = frozenset({"write", "writelines", "seek", "truncate", "read", "readline", "readlines"})
_REMEMBERING = {
    "Event": frozenset({"set", "clear"}),
    "Semaphore": frozenset({"acquire", "release"}),
    "BoundedSemaphore": frozenset({"acquire", "release"}),
    "StringIO": _FILES,
    "BytesIO": _FILES,
    "TemporaryFile": _FILES,
    "SpooledTemporaryFile": _FILES,
    "ContextVar": frozenset({"set", "reset"}),
}
# Methods of dictionaries that take a key first.
_KEYED = frozenset({"get", "setdefault", "pop", "__getitem__", "__setitem__"})


def remembering(methods: Sequence[Method], setting: SetUp) -> Iterator[str]:
    """The attributes that rows may not share, as they are spelled: ``self._deadline``.

    Args:
        methods: The methods of a class and its bases.
        setting: What runs once for each object.
    """
    for method in methods:
        for node in walk(method):
            for target, value in assigned(node):
                if dotted(target).startswith("self.") and _is_seeded(value):
                    yield dotted(target)
    for made in setting.made:
        if made.name.startswith("self.") and _matters(made.name, made.value, methods, setting):
            yield made.name


def _is_seeded(value: ast.expr) -> bool:
    """Whether random numbers begin anew there, from one number."""
    return isinstance(value, ast.Call) and last_name(value) in _SEEDED and bool(value.args)


def _matters(name: str, value: ast.expr, methods: Sequence[Method], setting: SetUp) -> bool:
    """Whether an attribute that is made so once is more than set, in calls."""
    made = last_name(value) if isinstance(value, ast.Call) else ""
    if (
        isinstance(value, ast.GeneratorExp)
        or made in _ITERATORS
        or is_drawn(value)
        or _is_conversation(value, methods)
    ):
        return any(reads(method, name, setting) for method in methods)
    changing = _REMEMBERING.get(made)
    if changing is None:
        return False
    returned = returned_attributes(methods)
    for method in methods:
        if method in setting.makers or method.name in CLOSING:
            continue
        spelled = Spelling(method, returned)
        for node in walk(method):
            asked = (
                node.value if isinstance(node, ast.Attribute) and node.attr in changing else None
            )
            if asked is not None and name in {spelled(asked), returned.get(spelled(asked))}:
                return True
            if changing is _FILES and isinstance(node, ast.Call) and _is_handed(node, name):
                return True
    return False


def _is_handed(call: ast.Call, name: str) -> bool:
    """Whether a call may write to what it is handed: ``print(text, file=self._log)``."""
    return any(dotted(each) == name for each in arguments_of(call))


def _is_conversation(value: ast.expr, methods: Sequence[Method]) -> bool:
    """Whether a generator of the class is begun: ``self._talk = self._conversation()``."""
    name = dotted(value.func) if isinstance(value, ast.Call) else ""
    return any(name == f"self.{each.name}" and is_generator(each) for each in methods)


def of_fields(
    classes: Iterable[ast.ClassDef], methods: Sequence[Method], setting: SetUp
) -> Iterator[str]:
    """The same for the fields of dataclasses: ``field(default_factory=...)``.

    Args:
        classes: The class and its bases.
        methods: Their methods.
        setting: What runs once for each object.
    """
    for each in classes:
        for name, made in factories(each):
            if _is_seeded(made) or _matters(name, made, methods, setting):
                yield name


def factories(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """What fields of a dataclass are made by: ``self._part`` and the call that makes it."""
    for item in owner.body:
        match item:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(keywords=keywords)):
                for keyword in keywords:
                    if keyword.arg == "default_factory":
                        made = keyword.value
                        call = ast.Call(made, [], [])
                        yield f"self.{name}", made.body if isinstance(made, ast.Lambda) else call


def changed_itself(node: ast.AST, defined: Collection[str]) -> Iterator[str]:
    """What of the object a node changes other than by an assignment to its attribute.

    By the name of an attribute, or as the list or dictionary that the object is.

    Args:
        node: A node of a method.
        defined: The names of the methods.
    """
    match node:
        case ast.Call(
            func=ast.Name(id="setattr" | "delattr")
            | ast.Attribute(value=ast.Name(id="object"), attr="__setattr__" | "__delattr__"),
            args=[ast.Name(id="self"), called, *_],
        ):
            yield f"self.{called.value!s}" if isinstance(called, ast.Constant) else "self"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=method)):
            if method in MUTATORS and method not in defined:
                yield "self"
        case ast.Subscript(value=ast.Name(id="self"), ctx=ast.Store() | ast.Del()):
            if "__setitem__" not in defined:
                yield "self"
        case ast.Subscript(slice=key) if _names_itself(key):
            yield "self"
        case ast.Call(func=ast.Attribute(attr=method), args=[key, *_]):
            if method in _KEYED and _names_itself(key):
                yield "self"


def _names_itself(key: ast.expr) -> bool:
    """Whether something is kept for the object, under itself: ``_SEEN[self]``, ``id(self)``."""
    nodes = walk(key)
    asked = {node.value for node in nodes if isinstance(node, ast.Attribute)}
    return any(
        isinstance(node, ast.Name) and node.id == "self" and node not in asked for node in nodes
    )


def changed_by_function(module: Module, node: ast.AST, ancestors: Ancestors) -> Iterator[ast.expr]:
    """The arguments that a function of the module changes: ``post(self._session, text)``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return
    for _, callee in ancestors.functions(module, node.func):
        for number, argument in enumerate(node.args):
            parameter = callee.parameter(number, None)
            for inner in walk(callee.function) if parameter else ():
                changed = changed_in_place(inner)
                if changed is not None and dotted(start_of(changed)) == parameter:
                    yield argument


def is_drawn(value: ast.expr) -> bool:
    """Whether an expression draws a number or an id, or reads a clock."""
    return any(isinstance(node, ast.Call) and draws(node) for node in walk(value))


def draws(call: ast.Call) -> bool:
    """Whether a call draws a number or an id, or reads a clock."""
    return last_name(call) in _DRAWN


def reads(method: Method, name: str, setting: SetUp) -> bool:
    """Whether a method reads an attribute, constructors and log lines apart."""
    if method in setting.makers:
        return False
    logged = {
        inner
        for node in walk(method)
        if isinstance(node, ast.Call) and is_log(node)
        for inner in walk(node)
    }
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and dotted(node) == name
        and node not in logged
        for node in walk(method)
    )
