"""Values seen from elsewhere: one step further on, by a caller, by what is called."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    NOTHING,
    UNKNOWN,
    UNREAD_OBJECT,
    WEAK_KEYS,
    Atom,
    Hop,
    Key,
    Reference,
    Symbol,
    Trace,
    Value,
    is_placed,
    join,
    join_parts,
    tells,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Resolver = Callable[[Symbol], Value]

_MAX_CALLS = 3  # one inside the other, that tell objects made at one place apart
_FEW_PARTS = 12
_MAX_TRACE = 48


def hopped(value: Value, hop: Hop) -> Value:
    """The same value one step further on its way, as far as it carries atoms."""
    if not value.atoms:
        return value
    atoms = {
        atom: (*trace, hop) if len(trace) < _MAX_TRACE else trace
        for atom, trace in value.atoms.items()
    }
    return Value(atoms, value.refs, value.fields, value.types, value.const, value.tags)


def deep_hopped(value: Value, hop: Hop) -> Value:
    """As :func:`hopped`, for a value and its parts."""
    if value.fields and value.size < _FEW_PARTS:
        fields = {key: deep_hopped(field, hop) for key, field in value.fields.items()}
        value = Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)
    return hopped(value, hop)


def follow(first: Trace, second: Trace) -> Trace:
    """The way ``second`` behind the way ``first``."""
    if not first:
        return second
    both = first + second
    if len(both) > _MAX_TRACE:
        # The beginning leads to the first target, the end to the last.
        half = _MAX_TRACE // 2
        both = both[:half] + both[-half:]
    return both


def substitute(value: Value, resolve: Resolver, call: ast.AST | None = None) -> Value:
    """A callee's value in its caller's terms.

    Args:
        value: The value with the callee's symbols.
        resolve: Gives what the caller put in for a symbol.
        call: The call, where objects that the callee makes are new ones for each.
    """
    tags = _at_call(value.tags, call) if value.tags and call is not None else value.tags
    if not (value.atoms or value.refs or value.fields):
        if tags is value.tags:
            return value
        return Value(types=value.types, const=value.const, tags=tags, empty=value.empty)
    base = NOTHING
    atoms: dict[Atom, Trace] = {}
    types = value.types
    for atom, trace in value.atoms.items():
        if type(atom) is not Symbol:
            atoms.setdefault(atom, trace)
            continue
        given = resolve(atom)
        if trace and (given.atoms or given.fields):
            given = _after(given, trace)
        base = join(base, given)
    if base is not NOTHING:
        # What was unknown of a symbol is known of what was put in.
        known = types - UNKNOWN.types
        types = known | base.types if base.types else types
    refs: dict[tuple[str, object], Reference] = dict(base.refs)
    for key, ref in value.refs.items():
        if ref.parts:
            ref = ref._replace(  # noqa: PLW2901 - the same reference, its parts translated
                parts={name: substitute(each, resolve, call) for name, each in ref.parts.items()}
            )
        if key in refs:
            if refs[key].parts or ref.parts:
                refs[key] = refs[key]._replace(parts=join_parts(refs[key].parts, ref.parts))
        else:
            refs[key] = ref
    fields: dict[Key, Value] = dict(base.fields)
    for name, field in value.fields.items():
        new = substitute(field, resolve, call)
        if name == ELEMENT and base.fields:
            # What was put in may hold it at any place.
            keyed = base.types == DICT.types
            for place, held in base.fields.items():
                if keyed and type(place) is str:
                    continue
                if place not in value.fields and is_placed(place):
                    fields[place] = join(held, new)
        fields[name] = join(fields[name], new) if name in WEAK_KEYS and name in fields else new
    for atom, trace in base.atoms.items():
        atoms.setdefault(atom, trace)
    const = base.const if value.const is None else value.const
    return Value(atoms, refs, fields, types, const, base.tags | tags if tags else base.tags)


def _at_call(tags: frozenset[object], call: ast.AST) -> frozenset[object]:
    """What identifies an object of a callee in its caller: where it is made, in which call."""
    found: set[object] = set()
    for tag in tags:
        if type(tag) is not tuple:
            found.add((call, tag) if isinstance(tag, ast.AST) else tag)
        elif isinstance(tag[0], ast.AST):
            found.add(tag if call in tag or len(tag) > _MAX_CALLS else (call, *tag))
        elif tag[0] != "object":  # an argument is known by its own tags
            found.add(tag)
    return frozenset(found)


def _after(value: Value, trace: Trace) -> Value:
    """``value`` as it is after the steps of ``trace``, with its parts while they are few."""
    atoms = {atom: follow(mine, trace) for atom, mine in value.atoms.items()}
    fields = value.fields
    if fields and value.size < _FEW_PARTS:
        fields = {key: _after(field, trace) for key, field in fields.items()}
    return Value(atoms, value.refs, fields, value.types, value.const, value.tags)


def shape(value: Value, depth: int = 2, unread: bool = False) -> tuple[object, ...]:
    """What of a value decides whom a call on it reaches; hashable, () where nothing does.

    Args:
        value: The value.
        depth: How far to look into what it holds.
        unread: Whether objects of modules that have not been read count. What holds one is told
            apart by more than that mostly, and its class or annotation tells of it as well.
    """
    parts: list[object] = []
    for key, ref in value.refs.items():
        if ref.kind == UNREAD_OBJECT and not unread:
            continue
        inner: tuple[object, ...] = ()
        if ref.parts and depth:
            inner = tuple(
                (name, below)
                for name, item in sorted(ref.parts.items(), key=str)
                if (below := shape(item, depth - 1, unread))
            )
        parts.append((key, inner))
    if value.fields and depth:
        for name, field in value.fields.items():
            below = shape(field, depth - 1, unread)
            if below:
                parts.append((name, below))
    return (frozenset(parts),) if parts else ()


def symbolised(value: Value, symbol: Symbol, depth: int = 2, *, declared: bool = False) -> Value:
    """The value as its receiver sees it: the same references, all data replaced by ``symbol``.

    Args:
        value: The value as it is outside.
        symbol: What stands for it inside.
        depth: How far its parts are looked at.
        declared: Whether an annotation tells what it is, and so the type of each part.
    """
    refs: dict[tuple[str, object], Reference] = {}
    for key, ref in value.refs.items():
        if not ref.parts:
            refs[key] = ref
            continue
        parts: dict[Key, Value] = {}
        # What takes the place of a parameter goes along from any depth.
        for name, inner in (ref if depth else ref.flat()).parts.items():
            below = symbol.at(name)
            if below is not None:
                parts[name] = symbolised(inner, below, max(depth - 1, 0))
        refs[key] = Reference(ref.kind, ref.target, parts)
    fields: dict[Key, Value] = {}
    if depth:
        for name, field in value.fields.items():
            below = symbol.at(name)
            counts = shape(field, depth - 1, unread=True) or (declared and tells(field))
            if below is not None and counts:
                fields[name] = symbolised(field, below, depth - 1, declared=declared)
    return Value({symbol: ()}, refs, fields, value.types or UNKNOWN.types)
