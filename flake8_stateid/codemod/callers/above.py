"""Who runs a function that makes the id of one row: loops, threads and tasks, at any distance."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.handing import MAPPING
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, LOOPS
from flake8_stateid.codemod.callers.callers import mentions
from flake8_stateid.codemod.ids.regions import anchor_of
from flake8_stateid.codemod.reading.handing_on import handing, handing_inner

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace


class Above(NamedTuple):
    """What is known of those who run a function.

    Attributes:
        statements: The statements that do.
        repeats: Whether one of them may do so several times under one state id.
    """

    statements: list[ast.stmt]
    repeats: bool


def above(module: Module, function: Function, trace: Trace, *, looped: bool) -> Above:
    """Who runs ``function``, or what calls it.

    Args:
        module: The module.
        function: The function.
        trace: The uses of the id; the threads that run it are added.
        looped: Whether the function has a loop over rows itself: then it may be run once, by a
            thread or a task, and what matters is who runs it for parts of them.
    """
    if isinstance(function, ast.Lambda):
        return Above([], repeats=True)
    found: dict[ast.stmt, None] = {}
    repeats = looped
    waiting, seen = [function], {function}
    while waiting:
        for mention in mentions(module, waiting.pop()):
            call = module.enclosing(mention, ast.Call)
            again = isinstance(call, ast.Call) and (
                module.enclosing(call, *LOOPS, *COMPREHENSIONS) is not None
                or plain_name(call.func) in MAPPING
            )
            handed = isinstance(call, ast.Call) and not module.resolve(call.func)
            repeats = repeats or again or handed
            caller = module.outermost_function(mention)
            if again or not looped:
                for each in [handing(module, mention), *handing_inner(module, mention)]:
                    if each is not None:
                        trace.run_by(each)
                if caller is not None:
                    found[anchor_of(module, caller, mention)] = None
            if caller is not None and caller not in seen:
                seen.add(caller)
                waiting.append(caller)
    return Above(list(found), repeats)
