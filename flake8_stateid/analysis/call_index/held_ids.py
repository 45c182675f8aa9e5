"""The state id that a client reads off what it is given whole: ``Client(ctx)``.

It then records its calls under ``self._ctx.state_id``, so that it is the context's id that counts,
though the call that makes the client does not name it.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.counters import is_receiver
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of, walk
from flake8_stateid.names import ONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import ClassInfo, FunctionInfo

_MAX_CHAIN = 8  # constructors that hand a context on to one another

# A parameter or an attribute of the client, and the attributes that are read from there.
_Way = tuple[str, tuple[str, ...]]


def held_id(engine: Engine, cls: ClassInfo, call: ast.Call) -> ast.expr | None:
    """The state id of a client as one would write it where the client is made.

    Args:
        engine: Finds methods, and says what is a state id name.
        cls: The class of the client.
        call: What constructs it, written out.

    Returns:
        ``ctx.state_id``; None where the client reads no id off an argument, or more than one.
    """
    ways: set[_Way] = set()
    for owner in engine.classes.order(cls):
        for function in owner.methods.values():
            if any(engine.names.kind(parameter.name) for parameter in function.parameters):
                return None  # it may record under what it is given there
            ways.update(_ways(engine, cls, owner, function))
    found = ways.pop() if len(ways) == 1 else None
    given = argument_of(engine, cls, call, found[0]) if found is not None else None
    if found is None or given is None:
        return None
    for attribute in found[1]:
        given = ast.Attribute(given, attribute, ast.Load())
    return given


def held_where_unread(call: ast.Call, holders: Mapping[str, str]) -> ast.expr | None:
    """The same of a class that has not been read: off the first argument that may hold an id.

    Args:
        call: What constructs the client, written out.
        holders: What the module reads a state id off, and by which attribute.
    """
    for given in arguments_of(call):
        name = last_name(given) if isinstance(given, ast.Name | ast.Attribute) else ""
        if name in holders:
            return ast.Attribute(given, holders[name], ast.Load())
    return None


def _ways(engine: Engine, cls: ClassInfo, owner: ClassInfo, function: FunctionInfo) -> list[_Way]:
    """The ways by which a method reads a state id off what the constructor was given."""
    found: list[_Way] = []
    for node in walk(function.node):
        if not isinstance(node, ast.Attribute) or engine.names.kind(node.attr) != ONE:
            continue
        path = [node.attr]
        holder = node.value
        while isinstance(holder, ast.Attribute) and not is_receiver(holder.value, function):
            path.insert(0, holder.attr)
            holder = holder.value
        if isinstance(holder, ast.Name) and function.name == "__init__":
            if function is engine.classes.method(cls, "__init__"):
                found += [
                    (p.name, tuple(path)) for p in function.parameters[1:] if p.name == holder.id
                ]
        elif isinstance(holder, ast.Attribute):
            parameter = _kept_from(engine, cls, holder.attr)
            if parameter:
                found.append((parameter, tuple(path)))
    return found


def _kept_from(engine: Engine, cls: ClassInfo, attribute: str) -> str:
    """The parameter of the class's constructor that an attribute is, once and for all; or ""."""
    init = engine.classes.method(cls, "__init__")
    writes = [
        written
        for owner in engine.classes.order(cls)
        for written in owner.writes().get(attribute, ())
    ]
    if init is None:
        fields = {field.name for field in engine.classes.fields(cls)}
        return attribute if attribute in fields and not writes else ""
    if len(writes) != 1:
        return ""
    function, value = writes[0]
    name = value.id if isinstance(value, ast.Name) else ""
    for _ in range(_MAX_CHAIN):
        if function is init:
            return name if name in {p.name for p in function.parameters[1:]} else ""
        outer, name = _handed_on(engine, cls, function, name)
        if outer is None:
            return ""
        function = outer
    return ""


def _handed_on(
    engine: Engine, cls: ClassInfo, function: FunctionInfo, name: str
) -> tuple[FunctionInfo | None, str]:
    """The constructor that calls a base's with a parameter of its own, and which that is."""
    for owner in engine.classes.order(cls):
        outer = owner.methods.get("__init__")
        if (
            outer is None
            or engine.classes.method_after(owner, cls, "__init__") is not function
            or outer is function
        ):
            continue
        for node in walk(outer.node):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "__init__"
                and last_name(node.func.value) == "super"
            ):
                given = _given(function, node, name)
                return outer, given.id if isinstance(given, ast.Name) else ""
    return None, ""


def argument_of(engine: Engine, cls: ClassInfo, call: ast.Call, name: str) -> ast.expr | None:
    """What a parameter of a class's constructor, or a field, is given by a call, written out."""
    init = engine.classes.method(cls, "__init__")
    if init is not None:
        return _given(init, call, name)
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    for field in engine.classes.fields(cls):
        if field.name == name and field.positional is not None:
            return _at(call, field.positional)
    return None


def _given(init: FunctionInfo, call: ast.Call, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [p.name for p in init.parameters[1:] if p.kind in ("positional", "either")]
    return _at(call, names.index(name)) if name in names else None


def _at(call: ast.Call, position: int) -> ast.expr | None:
    given = call.args[: position + 1]
    if len(given) <= position or any(isinstance(each, ast.Starred) for each in given):
        return None
    return given[position]
