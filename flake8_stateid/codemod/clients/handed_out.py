"""Whom a client's class hands its state id and its number of calls, besides the recorder.

``state_id=self._state_id`` is what an id is for, whoever takes it. An idempotency key, the name of
a file or the key of somebody's table was one for each row, and becomes one for all.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.codemod.clients.id_texts import id_parts, named_after, reads_id
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import MUTATORS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Callee, dotted
from flake8_stateid.codemod.tracing.counters import naming_counters, telling
from flake8_stateid.codemod.tracing.indexes import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_stateid.codemod.clients.set_up import Bodies
    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

# Who keeps the audit trail, by words in what is called: 'self._recorder.note', 'record'.
_AUDITING = ("record", "landscape", "audit")
# What tells of a value and does nothing with it; what looks into an id is another question.
_PLAIN = frozenset(
    {"isinstance", "str", "repr", "bool", "type", "hash", "len", "int", "super"}
) | {"next", "list", "tuple", "max", "min", "abs", "round"}
_QUOTES = "'\""
# What containers and texts do with it; what is kept in them is another question.
_HOLDING = MUTATORS | {"get", "__getitem__", "__contains__", "format", "join", "substitute"}


def hands_id(
    ancestors: Ancestors,
    bodies: Bodies,
    is_state_id: Callable[[str], bool],
    steps: int = 3,
) -> str:
    """Where a client's class hands its state id as anything but one; empty for nowhere.

    Args:
        ancestors: Finds functions and classes.
        bodies: The methods of a class and its bases, each with its module.
        is_state_id: Whether a name is that of the state id; the parameter that is given it counts.
        steps: How many parts within parts are looked into.
    """
    methods = [method for _, method in bodies]
    names = named_after(methods, is_state_id)
    own = {method.name for method in methods}
    for module, method in bodies:
        for call, value, place in _handed(method):
            if (
                any(id_parts(value, names[method], is_state_id))
                and not _is_meant(ancestors, module, call, place, own, is_state_id)
                and not _is_part(ancestors, module, call, place, is_state_id, steps)
            ):
                return f"to '{ast.unparse(call.func)}'"
        for node in walk(method):
            for key, value in _items(node):
                if not _is_for_id(key) and any(id_parts(value, names[method], is_state_id)):
                    return f"on as '{ast.unparse(key or value).strip(_QUOTES)}'"
    return ""


def hands_number(ancestors: Ancestors, bodies: Bodies, counters: Iterable[str]) -> str:
    """What a client's class hands the number of a call to, but to be recorded; or empty.

    Args:
        ancestors: Finds functions and classes.
        bodies: The methods of a class and its bases, each with its module.
        counters: The counters, as they are spelled there (``self._call_index``).
    """
    methods = [method for _, method in bodies]
    own = {method.name for method in methods}
    told = telling(methods, counters)
    for module, method in bodies:
        names_one = naming_counters(method, told)
        for call, value, place in _handed(method):
            if (
                names_one(value)
                and value not in recorded_indexes(call)
                and not _is_meant(ancestors, module, call, place, own, counts)
            ):
                return ast.unparse(call.func)
    return ""


def _handed(method: Method) -> Iterator[tuple[ast.Call, ast.expr, int | str]]:
    """The arguments of the calls of a method, log lines apart, each with its place or name."""
    for node in walk(method):
        if isinstance(node, ast.Call) and not is_log(node):
            for number, value in enumerate(node.args):
                yield node, value, number
            for keyword in node.keywords:
                if keyword.arg is not None:
                    yield node, keyword.value, keyword.arg


def _is_meant(
    ancestors: Ancestors,
    module: Module,
    call: ast.Call,
    place: int | str,
    own: set[str],
    is_name: Callable[[str], bool],
) -> bool:
    """Whether a call takes an argument for what it is, or is of the class's own."""
    if isinstance(place, str) and is_name(place):
        return True
    if any(map(is_name, _labels(call))):
        return True  # `span.set_attribute("audit.state_id", self._state_id)`
    if isinstance(call.func, ast.Attribute):
        of_itself = dotted(call.func.value) in {"self", "cls"} or isinstance(
            call.func.value, ast.Call
        )
        if (of_itself and call.func.attr in own) or call.func.attr in _HOLDING:
            return True
    name = dotted(call.func)
    if name in _PLAIN or any(word in name.lower() for word in _AUDITING):
        return True
    taken = [_parameter(each, place) for _, each in ancestors.functions(module, call.func)]
    made = ancestors.part(module, name, call.func)
    taken += [_parameter(each, place) for each in _constructors(made)]
    return bool(taken) and all(map(is_name, taken))


def _labels(call: ast.Call) -> Iterator[str]:
    """The texts among the arguments of a call, of dotted ones the last word."""
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value.rpartition(".")[2]


def _is_part(
    ancestors: Ancestors,
    module: Module,
    call: ast.Call,
    place: int | str,
    is_state_id: Callable[[str], bool],
    steps: int,
) -> bool:
    """Whether the id is handed to a part of the client that does with it what the client may."""
    made = ancestors.part(module, dotted(call.func), call.func)
    taken = {_parameter(each, place) for each in _constructors(made)} - {""}

    def is_id(name: str) -> bool:
        return name in taken or is_state_id(name)

    return (
        bool(taken)
        and steps > 0
        and not reads_id([method for _, method in made.methods], is_id)
        and not hands_id(ancestors, made.methods, is_id, steps - 1)
    )


def _constructors(made: Ancestry) -> list[Callee]:
    return [Callee(each, 1) for _, each in made.methods if each.name == "__init__"][:1]


def _parameter(callee: Callee, place: int | str) -> str:
    keyword = place if isinstance(place, str) else None
    return callee.parameter(place if isinstance(place, int) else 0, keyword) or ""


def _items(node: ast.AST) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    if isinstance(node, ast.Dict):
        yield from zip(node.keys, node.values, strict=True)


def _is_for_id(key: ast.expr | None) -> bool:
    """Whether an item of a display is named after the state: ``{"X-State": ...}``."""
    return isinstance(key, ast.Constant) and "state" in str(key.value).lower()
