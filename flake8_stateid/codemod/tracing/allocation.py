"""Calls that ask the recorder for the next ``call_index`` of a state."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import asks_for_index
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.reading.nodes import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

_USUAL = "allocate_call_index"
ALLOCATE = f"take call_index from 'recorder.{_USUAL}(state_id)'"


def allocates(module: Module, call: ast.Call) -> bool:
    """Whether ``call`` asks the recorder: ``recorder.next_call_index(state_id)``.

    The lint takes the word of any such name, and reports nothing then. Here the fix would rely on
    it, so under another name than the usual one the state must be told, and what answers must not
    be seen to be the plugin's own.
    """
    if not asks_for_index(call) or isinstance(module.parents.get(call), ast.Expr):
        return False
    return plain_name(call.func) == _USUAL or (
        bool(call.args or call.keywords) and not module.resolve(call.func)
    )


def recorder_counts(methods: Sequence[tuple[Module, Method]]) -> bool:
    """Whether a client has its indexes from the recorder, and not from what it makes for itself.

    Args:
        methods: The methods of its class and its bases, each with its module.
    """
    made = {
        ast.unparse(target)
        for _, method in methods
        for node in walk(method)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
    }
    return any(
        isinstance(node, ast.Call)
        and allocates(module, node)
        and isinstance(node.func, ast.Attribute)
        and (plain_name(node.func) == _USUAL or ast.unparse(node.func.value) not in made)
        for module, method in methods
        for node in walk(method)
    )
