"""Where a value is held, under which key, and other names for it: ``keys = self._keys``."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.values import (
    NO_TEXT,
    NOTHING,
    SUBSCRIPTED,
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


def place_of(node: ast.expr) -> Place | None:
    """Where the value of an expression is held; None where it is held nowhere."""
    path: list[Key] = []
    while True:
        if isinstance(node, ast.Name):
            return Place(node.id, tuple(reversed(path)))
        if isinstance(node, ast.Attribute):
            path.append("." + node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            path.append(subscript_key(node.slice))
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("setdefault", "get")
            and node.args
        ):
            path.append(subscript_key(node.args[0]))
            node = node.func.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and (node.func.attr in ("values",))
        ):
            node = node.func.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "vars"
            and len(node.args) == 1
        ):
            path.append(".__dict__")
            node = node.args[0]
        elif isinstance(node, ast.NamedExpr):
            node = node.target
        elif isinstance(node, ast.Await):
            node = node.value
        else:
            return None


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


# --- keys ------------------------------------------------------------------------------------


def subscript_key(index: ast.expr) -> Key:
    """The key that a subscript names: SUBSCRIPTED where it is not constant."""
    if isinstance(index, ast.Constant):
        if type(index.value) is str:
            return "'" + index.value
        if type(index.value) is int:
            return index.value
    if (
        isinstance(index, ast.UnaryOp)
        and isinstance(index.op, ast.USub)
        and isinstance(index.operand, ast.Constant)
        and type(index.operand.value) is int
    ):
        return -index.operand.value
    return SUBSCRIPTED


def slice_of(index: ast.Slice) -> slice | None:
    """A slice with constant bounds; None where one is not constant."""
    bounds: list[int | None] = []
    for bound in (index.lower, index.upper, index.step):
        if bound is None:
            bounds.append(None)
            continue
        key = subscript_key(bound)
        if not isinstance(key, int) or (bound is index.step and not key):
            return None
        bounds.append(key)
    return slice(*bounds)


def is_whole(index: ast.Slice) -> bool:
    """Whether a slice takes all there is: ``items[:]``."""
    return index.lower is index.upper is index.step is None


def has_key(node: ast.expr, key: Key) -> bool:
    """Whether an expression is a display that surely has a key."""
    return isinstance(node, ast.Dict) and any(
        item is not None and subscript_key(item) == key for item in node.keys
    )
