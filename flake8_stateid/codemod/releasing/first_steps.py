"""Whether rows that run as tasks find their client before anything else can run.

``gather`` begins all tasks before it learns of one that raised. A row that looks its client up
before it awaits anything keeps counting with the one it found, whatever becomes of the cache.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.reading.handing_on import DISPATCH, STARTERS
from flake8_stateid.codemod.reading.nodes import walk

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace

_SUSPENDS = (ast.Await, ast.AsyncFor, ast.AsyncWith)


def finds_at_once(
    module: Module, trace: Trace, rows: set[Function], starting: Function | None
) -> bool:
    """Whether every coroutine of ``rows`` that looks a client up does so in its first step.

    Args:
        module: The module.
        trace: The uses of the id.
        rows: Functions that have to do with the id.
        starting: The function that starts the tasks, which waits for them.
    """
    keys = [(key, owner) for uses in trace.cache_keys.values() for key, owner in uses]
    finding = {owner for _, owner in keys} | {each.function for each in trace.creations}
    steps = {
        function
        for function in rows
        if isinstance(function, ast.AsyncFunctionDef) and function is not starting
    }
    return bool(steps) and all(
        _finds_first(module, function, [key for key, owner in keys if owner is function], finding)
        for function in steps
    )


def _finds_first(
    module: Module, function: Function, keys: list[ast.expr], finding: set[Function]
) -> bool:
    inner = [node for node in walk(function) if node is not function]
    lookups: list[ast.expr] = list(keys)
    for node in inner:
        if not isinstance(node, ast.Call):
            continue
        reached = module.reached_from([node])
        if not reached & finding:
            continue
        if plain_name(node.func) in DISPATCH or plain_name(node.func) in STARTERS:
            return False
        lookups.append(node)
        if any(isinstance(each, ast.AsyncFunctionDef) for each in reached) and not isinstance(
            module.parents[node], ast.Await
        ):
            return False
    suspensions = [node for node in inner if isinstance(node, _SUSPENDS)]
    for lookup in lookups:
        above = set(module.ancestors(lookup))
        within = [each for each in above if each in inner]
        if any(isinstance(each, (*LOOPS, *COMPREHENSIONS, *FUNCTIONS)) for each in within):
            return False
        for each in suspensions:
            awaited = isinstance(each, ast.Await) and each in above
            if not awaited and _start(each) < _start(lookup):
                return False
    return True


def _start(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset
