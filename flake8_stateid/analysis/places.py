"""Where a value is held, and other names for it: ``keys = self._keys``, ``for job in jobs``."""

from __future__ import annotations

from flake8_stateid.analysis.values import (
    NO_TEXT,
    NOTHING,
    Key,
    Reference,
    Symbol,
    Value,
    is_attribute,
    is_placed,
    part_at,
    with_part,
)
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.variables import Variables

OBJECT = "@"  # before a parameter's name: the object it held at entry, whatever the name holds now


class Place(Record):
    """Where a value is stored: a variable and the way to a part of it."""

    variable: str
    path: tuple[Key, ...] = ()

    def at(self, key: Key) -> Place:
        """The place of a part."""
        return Place(self.variable, (*self.path, key))


def given_as(env: Variables, value: Value) -> Place | None:
    """Which part of what a function was given a value is, if it is one and still stands there.

    Args:
        env: The function's variables.
        value: The value of a variable or an expression.

    Returns:
        The parameter, and the way from the object that it held at entry.
    """
    if len(value.atoms) != 1 or value.tags:
        return None  # an object that was made since, as a copy is, has a tag
    (symbol,) = value.atoms
    if type(symbol) is not Symbol or not symbol.path or symbol.root[0] != "parameter":
        return None
    parameter = str(symbol.root[1])
    whole = env.get(OBJECT + parameter)
    if whole is None or symbol not in part_at(whole, symbol.path).atoms:
        return None  # another object has taken its place since
    return Place(parameter, tuple(key for key in symbol.path if key != NO_TEXT))


def store_as_given(
    env: Variables, place: Place | None, old: Value, key: Key, new: Value, strong: bool
) -> None:
    """Store a value into a part of what the function was given, known here by another name.

    Args:
        env: The function's variables.
        place: Where the object is held, None where that cannot be said.
        old: The object.
        key: Which part of it.
        new: What is stored.
        strong: Whether the part is overwritten rather than added to.
    """
    given = given_as(env, old)
    if given is None:
        return
    whole = env[OBJECT + given.variable]
    if place is not None and not whole.tags.isdisjoint(env.get(place.variable, whole).tags):
        return  # it is stored there by that name
    if new.plain and not _is_known(whole, (*given.path, key)):
        return  # there is nothing that it takes the place of
    sure = strong and all(is_attribute(step) or is_placed(step) for step in given.path)
    for name in (given.variable, OBJECT + given.variable):
        value = env.get(name, NOTHING)
        if value.tags == whole.tags:
            env[name] = with_part(value, (*given.path, key), new, sure)


def _is_known(value: Value, path: tuple[Key, ...]) -> bool:
    """Whether something was stored at a place."""
    for key in path:
        part = value.fields.get(key)
        if part is None:
            return False
        value = part
    return True


def kept_in(value: Value, tags: frozenset[object]) -> Value:
    """The value as it is kept in an object that carries one of the tags.

    A method of that object carries the object along, with all that it held so far: kept in it,
    that would be a copy of it within itself, and another for each method that is kept.
    """
    refs: dict[tuple[str, object], Reference] | None = None
    for key, ref in value.refs.items():
        for name, held in ref.parts.items():
            if held.fields and not tags.isdisjoint(held.tags):
                refs = refs or dict(value.refs)
                refs[key] = ref._replace(parts={**refs[key].parts, name: held.flat()})
    fields: dict[Key, Value] | None = None
    for place, field in value.fields.items():
        kept = kept_in(field, tags)
        if kept is not field:
            fields = fields or dict(value.fields)
            fields[place] = kept
    if refs is None and fields is None:
        return value
    return Value(
        value.atoms, refs or value.refs, fields or value.fields, value.types, None, value.tags
    )
