"""Entries of mappings: a value that is copied along with its key stands under that key alone."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.builders import STRING_WRAPPERS
from flake8_stateid.analysis.program import key_asked
from flake8_stateid.analysis.tree import walk
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    FEW_ITEMS,
    MAP_KEY,
    NO_TEXT,
    NOTHING,
    SUBSCRIPTED,
    TUPLE,
    Atom,
    Symbol,
    Trace,
    Value,
    constant,
    container,
    is_placed,
    items,
    part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.values import Key


def placed(mapping: Value) -> Mapping[Key, Value]:
    """What a mapping holds by its keys, if these are all known, and few."""
    known = (
        mapping.types == DICT.types and not mapping.atoms and all(map(is_placed, mapping.fields))
    )
    return mapping.fields if known and len(mapping.fields) <= FEW_ITEMS else {}


def of_pairs(frame: CallFrame, source: Value, node: ast.AST) -> dict[Key, Value]:
    """What a mapping holds that is made of pairs: by its keys, where these are known."""
    pairs = items(source)
    names = [part(pair, 0).const for pair in pairs or ()]
    if pairs and None not in names:
        held: dict[Key, Value] = {}
        for name, pair in zip(map(str, names), pairs, strict=True):
            text = f"stored under the key '{name}'"
            held["'" + name] = frame.become(name, part(pair, 1), node, text, stored=True)
        return held
    pair = frame.iterate(source, node)
    loose: dict[Key, Value] = {MAP_KEY: part(pair, 0), ELEMENT: part(pair, 1)}
    return {key: value for key, value in loose.items() if value is not NOTHING}


def rounds(statement: ast.For | ast.AsyncFor, source: Value, mapping: Value) -> list[Value]:
    """What each round of a loop begins with, where it goes through keys and uses them as such.

    Nothing where that is not known: what the rounds begin with is then one value for all.

    Args:
        statement: The loop.
        source: What it goes through.
        mapping: The mapping whose items that is; NOTHING where it is something else.
    """
    target = statement.target
    known: list[Value] = []
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:  # noqa: PLR2004 - key and value
        target = target.elts[0]
        known = [
            container(TUPLE, {0: constant(str(key)[1:]), 1: value})
            for key, value in placed(mapping).items()
            if type(key) is str
        ]
    elif isinstance(target, ast.Name):
        named = placed(source)
        known = [constant(str(key)[1:]) for key in named] if named else items(source) or []
        if len(known) > FEW_ITEMS or any(item.const is None for item in known):
            return []
    if not isinstance(target, ast.Name) or not _is_key(target.id, statement.body):
        return []
    return known


def _is_key(name: str, body: Iterable[ast.stmt]) -> bool:
    """Whether statements look something up under what a variable holds, or store it there."""
    for statement in body:
        for node in walk(statement):
            key: ast.AST | None = None
            if isinstance(node, ast.Subscript):
                key = node.slice
            elif isinstance(node, ast.Call):
                key = key_asked(node)
            if key is not None and _holds(key, name):
                return True
    return False


def _holds(key: ast.AST, name: str) -> bool:
    """Whether a key is what a variable holds, or that in other letters: ``name.upper()``."""
    while isinstance(key, ast.Call) and isinstance(key.func, ast.Attribute):
        if key.func.attr not in STRING_WRAPPERS:
            return False
        key = key.func.value
    return isinstance(key, ast.Name) and key.id == name


def copied(key: Value, value: Value) -> tuple[dict[Atom, Trace], Value]:
    """Tells the entries of what was put in, copied as they were, from all else.

    ``for key, value in given.items(): made[key] = value``: ``made`` then holds what ``given``
    does, under the same keys.

    Args:
        key: The key that something is stored under.
        value: What is stored.

    Returns:
        The mappings whose entries are stored, and the rest of the value.
    """
    homes = {
        (atom.root, atom.path[:-1])
        for atom in key.atoms
        if type(atom) is Symbol and atom.path[-1:] == (MAP_KEY,)
    }
    wholes: dict[Atom, Trace] = {}
    rest: dict[Atom, Trace] = {}
    for atom, trace in value.atoms.items() if homes else ():
        if type(atom) is Symbol and atom.path[-1:] == (SUBSCRIPTED,):
            home = (atom.root, atom.path[:-1])
            if home in homes:
                wholes[Symbol(*home)] = trace
                continue
        rest[atom] = trace
    if not wholes:
        return {}, value
    for atom in list(rest):
        # What is shown to be no text is one of the same entries.
        if (
            type(atom) is Symbol
            and atom.path[-2:] == (SUBSCRIPTED, NO_TEXT)
            and Symbol(atom.root, atom.path[:-2]) in wholes
        ):
            del rest[atom]
    return wholes, Value(rest, value.refs, value.fields, value.types, value.const, value.tags)


def is_made_here(mapping: Value) -> bool:
    """Whether a mapping is one that the function under analysis has made, and not been given."""
    return (
        mapping.types == DICT.types
        and bool(mapping.tags)
        and all(isinstance(tag[0] if type(tag) is tuple else tag, ast.AST) for tag in mapping.tags)
    )
