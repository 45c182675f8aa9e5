"""What a container holds after it was changed: pure functions from values to values.

Each answers None where the places of the items are not known; the caller then adds what is new to
what there is, at any place.
"""

from __future__ import annotations

from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    FEW_ITEMS,
    LIST,
    MAP_KEY,
    NOTHING,
    NUMBER,
    SEQUENCE_TYPES,
    SUBSCRIPTED,
    TUPLE,
    Key,
    Value,
    items,
    join,
    join_all,
    with_part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_ITEMS = 16  # more are a table of data, not a record
_MAX_DEPTH = 3  # of what holds a changed object


def replaces(container: Value, key: Key) -> bool:
    """Whether it tells anything that something of no interest is put into a container, too.

    A number may then be none, and not all entries of a mapping are built.
    """
    held = container.fields.get(ELEMENT if key == SUBSCRIPTED else key, NOTHING)
    is_entry = bool(held.atoms) and container.types == DICT.types
    return is_entry or held.types == NUMBER.types


def both(one: Value, other: Value) -> dict[Key, Value]:
    """What two mappings hold together; what is under other keys does not replace an entry."""
    held = dict(one.fields)
    for key, field in other.fields.items():
        held[key] = join(held[key], field) if key in held else field
    return held


def holding(value: Value, held: list[Value]) -> Value:
    """The same sequence with these items and no others."""
    fields: dict[Key, Value] = dict(enumerate(held))
    return Value({}, value.refs, fields, value.types, None, value.tags, empty=not held)


def extended(value: Value, more: list[Value]) -> Value | None:
    """A sequence with items behind those it has."""
    known = items(value)
    if known is None or len(known) + len(more) > _MAX_ITEMS:
        return None
    return holding(value, [*known, *more])


def inserted(value: Value, index: Key, item: Value) -> Value | None:
    """A list with an item before the one at ``index``."""
    known = items(value)
    if known is None or not isinstance(index, int) or len(known) >= _MAX_ITEMS:
        return None
    known.insert(index, item)
    return holding(value, known)


def without(value: Value, index: Key) -> Value | None:
    """A list without the item at ``index``."""
    known = items(value)
    if known is None or not isinstance(index, int) or not -len(known) <= index < len(known):
        return None
    del known[index]
    return holding(value, known)


def sliced(value: Value, taken: slice) -> dict[Key, Value] | None:
    """What a slice holds of a sequence of which the first items are known, and those behind."""
    placed = 0
    while placed in value.fields:
        placed += 1
    start, stop = taken.start or 0, taken.stop
    if value.atoms or not placed or start < 0 or taken.step not in (None, 1):
        return None
    if stop is None:
        stop = placed + 1
    elif stop < 0:
        return None
    fields: dict[Key, Value] = {
        place - start: value.fields[place] for place in range(start, min(stop, placed))
    }
    if stop > placed and ELEMENT in value.fields:
        fields[ELEMENT] = value.fields[ELEMENT]
    return fields


def unplaced(value: Value) -> Value:
    """A sequence whose items may stand at any place: sorted, or shifted by an unknown number."""
    places = [key for key in value.fields if type(key) is int]
    if not places:
        return value
    fields = {key: field for key, field in value.fields.items() if type(key) is not int}
    held = [value.fields[place] for place in places]
    fields[ELEMENT] = join(fields.get(ELEMENT, NOTHING), join_all(held))
    return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)


def emptied(value: Value) -> Value:
    """A container after ``clear()``; of what is no container for sure, the attributes stay."""
    if value.types and value.types <= SEQUENCE_TYPES:
        return holding(value, [])
    fields = {
        key: field
        for key, field in value.fields.items()
        if not (type(key) is int or key in (ELEMENT, MAP_KEY) or str(key)[0] == "'")
    }
    return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)


def replaced_below(value: Value, tags: frozenset[object], new: Value) -> Value:
    """``value`` with every object in it that carries one of the tags as it is now."""
    return _changed_below(
        value, tags, lambda known: new if known.tags == tags else join(known, new)
    )


def stored_below(
    value: Value, tags: frozenset[object], key: Key, new: Value, strong: bool
) -> Value:
    """``value`` with the store done to every object in it that carries one of the tags."""
    return _changed_below(
        value, tags, lambda known: with_part(known, (key,), new, strong and known.tags == tags)
    )


def _changed_below(
    value: Value,
    tags: frozenset[object],
    change: Callable[[Value], Value],
    depth: int = _MAX_DEPTH,
) -> Value:
    """``value`` with every object in it changed that carries one of the tags."""
    if not tags.isdisjoint(value.tags):
        return change(value)
    if not value.fields or not depth:
        return value
    fields: dict[Key, Value] = {}
    for name, field in value.fields.items():
        after = _changed_below(field, tags, change, depth - 1)
        if after is not field:
            fields[name] = after
    if not fields:
        return value
    fields = {**value.fields, **fields}
    return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)


def zipped(sequences: list[Value]) -> Value | None:
    """What ``zip`` makes of sequences that are known, and short; None of others.

    Which item goes with which matters where they are names: ``dict(zip(FIELDS, values))``.
    """
    known = [found for each in sequences if (found := items(each)) is not None]
    if len(known) < len(sequences) or not all(0 < len(each) <= FEW_ITEMS for each in known):
        return None
    return holding(LIST, [holding(TUPLE, [*row]) for row in zip(*known, strict=False)])
