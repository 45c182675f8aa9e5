"""Strings that a minting call has registered: what is known of them, on which paths.

One builder makes many strings. That its strings are registered is said of all that exist at a
point of the program; a string that it makes anew is not. Where several exist of which some are
not registered, to register one says nothing of the others: only a loop over all of them does.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.handing import CALLED_AT, MAPPING
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import names_in, walk
from flake8_stateid.analysis.values import Origin, Reference, Symbol, Value
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_stateid.analysis.values import Atom

# What gives all that it iterates over.
_WHOLE = frozenset(
    ("zip", "enumerate", "reversed", "sorted", "list", "tuple", "set", "iter", "values", "items")
)


class Each(Record):
    """That the string of this round is registered, of all that a loop goes through."""

    atom: Atom


class Around(Record):
    """The loops around what is evaluated.

    Attributes:
        elements: What they go through, as far as it was not registered before.
        iterated: The variables in what they iterate over.
    """

    elements: frozenset[object] = frozenset()
    iterated: frozenset[str] = frozenset()


def is_registered(atom: object, registered: frozenset[object]) -> bool:
    """Whether a string is registered where it is used."""
    return atom in registered or (Each(atom) in registered)  # type: ignore[arg-type]


def atoms_in(value: Value) -> Iterator[Atom]:
    """The atoms of a value and of all its parts."""
    yield from value.atoms
    for field in value.fields.values():
        yield from atoms_in(field)
    for ref in value.refs.values():
        for held in ref.parts.values():
            yield from atoms_in(held)


def origins_in(values: Iterable[Value]) -> set[Origin]:
    """The builders whose strings some values hold."""
    return {atom for value in values for atom in atoms_in(value) if type(atom) is Origin}


def without(value: Value, registered: frozenset[object]) -> Value:
    """A value and its parts without the builders that are registered."""
    if not registered or registered.isdisjoint(atoms_in(value)):
        return value
    atoms = {
        atom: trace
        for atom, trace in value.atoms.items()
        if type(atom) is not Origin or atom not in registered
    }
    fields = {key: without(field, registered) for key, field in value.fields.items()}
    refs = {
        key: Reference(
            ref.kind,
            ref.target,
            {name: without(held, registered) for name, held in ref.parts.items()},
        )
        for key, ref in value.refs.items()
    }
    return Value(atoms, refs, fields, value.types, value.const, value.tags, value.empty)


def on_both(
    left: dict[str, Value],
    of_left: frozenset[object],
    right: dict[str, Value],
    of_right: frozenset[object],
) -> frozenset[object]:
    """What is registered where two paths meet.

    A path on which a builder has made no string has none that is not registered.

    Args:
        left: The variables on one path.
        of_left: What is registered on it.
        right: The variables on the other path.
        of_right: What is registered on that.
    """
    kept = of_left & of_right
    for atoms, env in ((of_left - of_right, right), (of_right - of_left, left)):
        origins = {atom for atom in atoms if type(atom) is Origin}
        if origins:
            kept |= origins - origins_in(env.values())
    return kept


# --- loops over what is registered one by one ----------------------------------------------------


def concerns(atom: object, elements: Iterable[object]) -> bool:
    """Whether an atom is what a loop goes through, or a part of that."""
    for element in elements:
        if atom == element:
            return True
        if isinstance(atom, Symbol) and isinstance(element, Symbol) and atom.root == element.root:
            length = len(element.path)
            if atom.path[:length] == element.path:
                return True
    return False


def in_new_round(registered: frozenset[object], elements: frozenset[object]) -> frozenset[object]:
    """What is registered when the next round begins, whose strings are others."""
    return frozenset(
        atom for atom in registered if not (type(atom) is Each and concerns(atom.atom, elements))
    )


def registered_by_rounds(
    registered: frozenset[object],
    elements: frozenset[object],
    iterated: ast.expr,
    env: dict[str, Value],
    dead: Callable[[], Iterable[str]],
) -> frozenset[object]:
    """What a loop has registered when it has gone through all there is.

    Args:
        registered: What is registered at the end of each round.
        elements: What the loop goes through.
        iterated: What it iterates over, as written.
        env: The variables after the loop.
        dead: Gives the variables that are not read after it.
    """
    found = frozenset(
        atom.atom for atom in registered if type(atom) is Each and concerns(atom.atom, elements)
    )
    if not found or not _is_whole(iterated):
        return frozenset()
    known = names_in(iterated).union(dead())
    return found - origins_in(
        value for name, value in env.items() if name.lstrip("@") not in known
    )


def _is_whole(iterated: ast.expr) -> bool:
    """Whether nothing of what is iterated over is left out."""
    for node in walk(iterated):
        if isinstance(node, ast.Slice | ast.comprehension | ast.IfExp | ast.Lambda):
            return False
        if isinstance(node, ast.Call) and last_name(node.func) not in _WHOLE:
            return False
    return True


def dead_after(loop: ast.AST, body: ast.AST) -> frozenset[str]:
    """Names of variables that nothing behind a loop reads, its own first.

    Args:
        loop: The loop.
        body: The function or module it is in.
    """
    end = getattr(loop, "end_lineno", 0)
    bound: set[str] = set()
    read: set[str] = set()
    for node in walk(body):
        if isinstance(node, ast.Name):
            bound.add(node.id)
            if isinstance(node.ctx, ast.Load) and node.lineno > end:
                read.add(node.id)
    return frozenset(bound - read)


def given_back(value: Value, registered: frozenset[object]) -> frozenset[object]:
    """What is registered of a value that is returned, perhaps in the midst of a loop."""
    return registered | {atom for atom in value.atoms if Each(atom) in registered}


# --- minting calls that are handed on ------------------------------------------------------------


def handed_on_at(call: ast.Call) -> int | None:
    """Which argument of a call is a function that it calls with what is behind it; else None.

    ``asyncio.to_thread(rec.begin_node_state, ...)``, ``pool.submit(...)``, ``pool.map(...)``.
    """
    at = CALLED_AT.get(last_name(call.func))
    if at is None or not isinstance(call.func, ast.Attribute) or len(call.args) <= at:
        return None
    return at


def is_handed_on(call: ast.Call, minting: frozenset[str]) -> bool:
    """Whether a call is given a minting function, with what it is to be called with."""
    at = handed_on_at(call)
    return at is not None and _is_named(call.args[at], minting)


def _is_named(function: ast.expr, minting: frozenset[str]) -> bool:
    """Whether a function is written by the name of a minting one."""
    return not isinstance(function, ast.Call) and last_name(function) in minting


def is_mapped(call: ast.Call) -> bool:
    """Whether what is handed on is called with each item of its arguments."""
    return last_name(call.func) in MAPPING


def is_partial(call: ast.Call, minting: frozenset[str]) -> bool:
    """Whether a call makes a ``partial`` of a minting function: it registers when it is called."""
    if last_name(call.func) != "partial" or isinstance(call.func, ast.Call) or not call.args:
        return False
    return _is_named(call.args[0], minting)
