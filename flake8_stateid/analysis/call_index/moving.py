"""Calls that may give the holder of a state id another one: ``ctx.begin_row(row)``."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.shared_ids import CHOICE, TUPLE
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.activations import Activation, Term
    from flake8_stateid.analysis.call_index.shared_ids import SharedIds

# First words of what opens a state.
OPENING = frozenset(("begin", "open", "start", "next", "advance", "enter", "new", "switch"))


def concerns(ids: SharedIds, call: ast.Call, at: Activation, term: Term) -> bool:
    """Whether a call is made on, or given, the object that holds a value."""
    nodes = arguments_of(call)
    if isinstance(call.func, ast.Attribute):
        nodes.append(call.func.value)
    for node in nodes:
        holder = ids.term(node, at) if isinstance(node, ast.Name | ast.Attribute) else None
        if holder is not None and any(_holds(holder, part) for part in _parts(term)):
            return True
    return False


def opens_something(call: ast.Call) -> bool:
    """Whether the name of an unknown call says that what follows has a state of its own."""
    words = last_name(call.func).lower().split("_")
    return words[0] in OPENING or "state" in words


def _parts(term: Term) -> tuple[Term, ...]:
    parts = term.root[1] if term.root[0] in (CHOICE, TUPLE) else (term,)
    assert isinstance(parts, tuple)
    return parts


def _holds(holder: Term, term: Term) -> bool:
    length = len(holder.path)
    return (
        holder.root == term.root and length < len(term.path) and term.path[:length] == holder.path
    )
