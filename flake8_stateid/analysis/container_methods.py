"""What methods of lists, dicts, sets, queues and the like do, by bare name.

The class of the receiver is not known; a model answers None where the call is not what the name
suggests, or is of no interest beyond what it changes.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import contents
from flake8_stateid.analysis.places import subscript_key
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    LIST,
    MAP_KEY,
    NONE,
    NOTHING,
    PAYLOAD,
    SENT,
    SET,
    SUBSCRIPTED,
    TUPLE,
    UNKNOWN,
    Key,
    Symbol,
    Value,
    container,
    is_string,
    items,
    join,
    join_all,
    or_number,
    part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.binding import Arguments
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import Call, MethodCall

_ANYWHERE = frozenset(("update", "extendleft"))  # what these add may move or replace items
CONTEXT_VARIABLE = frozenset(("contextvar",))


def collection_name(node: ast.expr) -> str:
    """The name a collection goes by: a variable, an attribute or a constant key."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)  # setdefault("state_ids", [])
    return ""


def _as_it_is(frame: CallFrame, call: MethodCall) -> Value:
    """The receiver after the arguments were evaluated, which may have changed it."""
    if call.place is not None and not call.place.path:
        value = frame.here.env.get(call.place.variable)
        if value is not None and value.tags == call.receiver.tags:
            return value
    return call.receiver


def _constant_index(call: MethodCall) -> Key:
    """The first argument as a position; SUBSCRIPTED where it is not constant."""
    return subscript_key(call.node.args[0]) if call.node.args else SUBSCRIPTED


def _added_at(index: int) -> Callable[[CallFrame, MethodCall], Value | None]:
    def model(frame: CallFrame, call: MethodCall) -> Value | None:
        if len(call.arguments.positional) <= index:
            return None
        if index and is_string(call.value(0)):
            return None  # no place in a list: `text.insert("end", line)` of a widget
        return _add(frame, call, call.value(index))

    return model


def _add(frame: CallFrame, call: MethodCall, value: Value) -> Value:
    function = call.node.func
    name = collection_name(function.value) if isinstance(function, ast.Attribute) else ""
    value = frame.become_element(name, value, call.node, f"added to '{name or 'a collection'}'")
    held = _as_it_is(frame, call)
    after = None
    if call.name == "append":
        after = contents.extended(held, [value])
    elif call.name in ("insert", "appendleft"):
        index = _constant_index(call) if call.name == "insert" else 0
        after = contents.inserted(held, index, value)
        if after is None and contents.unplaced(held) is not held:
            held = contents.unplaced(held)
            frame.replace(call.place, call.receiver, held)
    if after is not None:
        frame.replace(call.place, call.receiver, after)
    else:
        behind = call.name not in _ANYWHERE
        frame.store(call.place, held, ELEMENT if behind else SUBSCRIPTED, value, strong=False)
    return NONE


def _changed(
    change: Callable[[Value], Value | None],
) -> Callable[[CallFrame, MethodCall], Value | None]:
    """A method that changes its object and is of no interest beyond that."""

    def model(frame: CallFrame, call: MethodCall) -> Value | None:
        held = _as_it_is(frame, call)
        after = change(held) if held.fields or held.atoms else held
        if after is not None and after is not held:
            frame.replace(call.place, call.receiver, after)
        return None

    return model


def call_key(frame: CallFrame, call: Call | MethodCall, element: Value) -> None:
    """``sorted(rows, key=rank)``: what is called with each element, for what it does besides."""
    function = call.value(-1, "key")
    if function.refs:
        frame.call_with(function, [element], call.node)


def as_they_are(frame: CallFrame, call: Call) -> Arguments:
    """The arguments of a call after it has called a function that may have changed them."""
    given = call.arguments
    return given._replace(
        positional=tuple(
            argument._replace(value=frame.evaluate(argument.node))
            if isinstance(argument.node, ast.Name | ast.Attribute)
            else argument
            for argument in given.positional
        )
    )


_unplaced = _changed(contents.unplaced)


def _sort(frame: CallFrame, call: MethodCall) -> Value | None:
    if "key" in call.arguments.keywords:
        call_key(frame, call, frame.iterate(call.receiver, call.node))
    return _unplaced(frame, call)


def _reversed(value: Value) -> Value:
    known = items(value)
    return contents.unplaced(value) if known is None else contents.holding(value, known[::-1])


def _popped(frame: CallFrame, call: MethodCall) -> Value | None:
    """``pop()``, ``pop(index)``, ``pop(key)``: what is taken out is no longer in it."""
    held = _as_it_is(frame, call)
    key = call.value(0).const
    if key is not None:
        found = join(part(held, "'" + key), call.value(1))
        if not held.plain:
            frame.store(call.place, held, "'" + key, UNKNOWN, strong=True)
        return found
    index: Key = -1
    if call.name == "popleft":
        index = 0
    elif call.arguments.positional:
        index = _constant_index(call)
    known = items(held)
    after = contents.without(held, index)
    if after is not None and known is not None and isinstance(index, int):
        frame.replace(call.place, call.receiver, after)
        return known[index]
    if "dict" in held.types:
        found = join(
            part(held, index if call.arguments.positional else SUBSCRIPTED), call.value(1)
        )
        if call.arguments.positional and isinstance(index, int):
            frame.store(call.place, held, index, UNKNOWN, strong=True)
        return found
    if index != -1 and contents.unplaced(held) is not held:
        frame.replace(call.place, call.receiver, contents.unplaced(held))
    found = part(held, SUBSCRIPTED)
    return join(found, call.value(1)) if call.arguments.positional else awaited(found)


def _taken_out(
    model: Callable[[CallFrame, MethodCall], Value | None],
) -> Callable[[CallFrame, MethodCall], Value | None]:
    """A method that gives what is no longer in the container: what is done to it is not there."""

    def taken(frame: CallFrame, call: MethodCall) -> Value | None:
        found = model(frame, call)
        if found is None or found.tags or not found.atoms:
            return found
        return copy_of(found, call.node)

    return taken


def _extended(frame: CallFrame, call: MethodCall) -> Value | None:
    value = call.value(0)
    if call.name == "update" and (
        call.arguments.keywords or value.types == DICT.types or MAP_KEY in value.fields
    ):
        for key, field in value.fields.items():
            key = SUBSCRIPTED if key == ELEMENT else key  # noqa: PLW2901 - whatever keys these are
            frame.store(call.place, call.receiver, key, field, strong=str(key)[0] == "'")
        for name, argument in call.arguments.keywords.items():
            frame.store(call.place, call.receiver, "'" + name, argument.value, strong=True)
        return NONE
    more = items(value)
    if call.name == "extend" and more and contents.extended(call.receiver, more) is not None:
        for item in more:
            _add(frame, call._replace(name="append"), item)
        return NONE
    return _add(frame, call, frame.iterate(value, call.node))


def _set_default(frame: CallFrame, call: MethodCall) -> Value | None:
    key, value = call.value(0), call.value(1)
    if key.const is not None:
        text = f"stored under the key '{key.const}'"
        value = frame.become(key.const, value, call.node, text, stored=True)
        place: Key = "'" + key.const
    else:
        place = ELEMENT
        frame.store(call.place, call.receiver, MAP_KEY, key, strong=False)
    frame.store(call.place, call.receiver, place, value, strong=False)
    return join(part(call.receiver, place if place != ELEMENT else SUBSCRIPTED), value)


def _got(frame: CallFrame, call: MethodCall) -> Value | None:
    if call.receiver.types & CONTEXT_VARIABLE:
        return join(part(call.receiver, PAYLOAD), call.value(0))
    if not call.arguments.positional:
        return _next_in_turn(frame, call)
    key: Key = SUBSCRIPTED
    constant_key = call.value(0).const
    if constant_key is not None:
        key = "'" + constant_key
    return or_number(part(call.receiver, key), call.value(1))


def _from_queue(frame: CallFrame, call: MethodCall) -> Value | None:
    """``queue.get()``: what was put into it."""
    return awaited(part(call.receiver, SUBSCRIPTED))


_next_in_turn = _taken_out(_from_queue)


def _combined(frame: CallFrame, call: MethodCall) -> Value | None:
    """``union`` and its like: a set of what the receiver and the arguments hold."""
    elements = [frame.iterate(call.receiver, call.node)]
    if call.name in ("union", "symmetric_difference"):
        elements += [
            frame.iterate(argument.value, call.node) for argument in call.arguments.positional
        ]
    element = join_all(elements)
    return None if element.plain else container(SET, {ELEMENT: element}, call.node)


def _any_element(frame: CallFrame, call: MethodCall) -> Value | None:
    return part(call.receiver, SUBSCRIPTED)


def _values(frame: CallFrame, call: MethodCall) -> Value | None:
    return container(LIST, {ELEMENT: part(call.receiver, SUBSCRIPTED)})


def _keys(frame: CallFrame, call: MethodCall) -> Value | None:
    return container(LIST, {ELEMENT: part(call.receiver, MAP_KEY)})


def _items(frame: CallFrame, call: MethodCall) -> Value | None:
    return container(LIST, {ELEMENT: _item(call.receiver)})


def _item(receiver: Value) -> Value:
    pair: dict[Key, Value] = {0: part(receiver, MAP_KEY), 1: part(receiver, SUBSCRIPTED)}
    return container(TUPLE, pair)


def _pop_item(frame: CallFrame, call: MethodCall) -> Value | None:
    return _item(call.receiver)


def _copy(frame: CallFrame, call: MethodCall) -> Value | None:
    return copy_of(call.receiver, call.node)


def _set_item(frame: CallFrame, call: MethodCall) -> Value | None:
    key = call.value(0)
    value = call.value(1)
    if key.const is not None:
        text = f"stored under the key '{key.const}'"
        value = frame.become(key.const, value, call.node, text, stored=True)
        frame.store(call.place, call.receiver, "'" + key.const, value, strong=True)
        return NONE
    frame.store(call.place, call.receiver, SUBSCRIPTED, value, strong=False)
    return NONE


def _set_context(frame: CallFrame, call: MethodCall) -> Value | None:
    if not call.receiver.types & CONTEXT_VARIABLE:
        return None
    frame.store(call.place, call.receiver, PAYLOAD, call.value(0), strong=True)
    return NONE


def _sent(frame: CallFrame, call: MethodCall) -> Value | None:
    """``generator.send(value)``: what a ``yield`` in it evaluates to."""
    functions = [tag for tag in call.receiver.tags if type(tag) is Symbol]
    for symbol in functions:
        slot = (symbol.root[1], SENT)
        frame.outer[slot] = join(frame.outer.get(slot, NOTHING), call.value(0))
    return part(call.receiver, ELEMENT) if functions else None


def awaited(value: Value) -> Value:
    """What an awaitable or a future holds; of anything else, the value itself."""
    payload = part(value, PAYLOAD) if PAYLOAD in value.fields else NOTHING
    return payload if payload is not NOTHING else value


def copy_of(value: Value, node: ast.AST) -> Value:
    """The same value, but another object: what is stored in one is not in the other.

    So is what was taken out of a container.

    Args:
        value: The value.
        node: Where the copy is made.
    """
    tags = frozenset((node,)) if value.atoms or value.fields else value.tags
    return Value(value.atoms, value.refs, value.fields, value.types, value.const, tags)


METHODS: dict[str, Callable[[CallFrame, MethodCall], Value | None]] = {
    **dict.fromkeys(("append", "add", "appendleft", "put", "put_nowait"), _added_at(0)),
    "insert": _added_at(1),
    **dict.fromkeys(("extend", "extendleft", "update"), _extended),
    "setdefault": _set_default,
    "get": _got,
    **dict.fromkeys(("pop", "popleft"), _taken_out(_popped)),
    "clear": _changed(contents.emptied),
    "reverse": _changed(_reversed),
    "set": _set_context,
    "send": _sent,
    "sort": _sort,
    **dict.fromkeys(("remove", "rotate"), _unplaced),
    **dict.fromkeys(("union", "difference", "intersection", "symmetric_difference"), _combined),
    "get_nowait": _next_in_turn,
    "__getitem__": _any_element,
    "__setitem__": _set_item,
    "popitem": _pop_item,
    "values": _values,
    "keys": _keys,
    **dict.fromkeys(("items", "most_common"), _items),
    "copy": _copy,
}
