"""Queues that a function fills with the jobs of all rows, and takes them from: each comes out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

# Those that do not look at what they hold, as a PriorityQueue does.
_QUEUES = frozenset({"Queue", "SimpleQueue", "LifoQueue", "deque"})
PUTTING = frozenset({"put", "put_nowait", "append", "appendleft"})
_TAKING = frozenset({"get", "get_nowait", "pop", "popleft"})
_ASKING = frozenset({"empty", "qsize", "task_done", "join"})


def taken_from(module: Module, place: ast.Name, put: ast.Call | None) -> list[ast.expr] | None:
    """Where jobs are taken from a queue that holds nothing else; ``None`` for what is no queue.

    Args:
        module: The module.
        place: A use of the local that holds it.
        put: The call that puts a job into it; ``None`` where it is made of them.
    """
    function = module.binder(module.function_of(place), place.id)
    if function is None:
        return None
    made = getattr(module.binding(function, place.id), "value", None)
    if (
        not isinstance(made, ast.Call)
        or last_name(made.func) not in _QUEUES
        or module.resolve(made.func)
        or made.keywords
        or (put is not None and made.args)
    ):
        return None
    found: list[ast.expr] = []
    for use in module.own_names(function, place.id):
        asked = module.parents[use]
        call = module.parents[asked]
        if not isinstance(use.ctx, ast.Load) or (put is not None and put.func is asked):
            continue
        if isinstance(asked, ast.Attribute) and isinstance(call, ast.Call) and call.func is asked:
            if asked.attr in _TAKING and not call.args and not call.keywords:
                awaited = module.parents[call]
                found.append(awaited if isinstance(awaited, ast.Await) else call)
                continue
            if asked.attr in _ASKING and not call.args:
                continue
        elif _asks_whether_any(asked, use):
            continue
        return None
    return found


def _asks_whether_any(asked: ast.AST, use: ast.Name) -> bool:
    """Whether a use is ``while jobs``, ``not jobs`` or ``len(jobs)``."""
    match asked:
        case ast.While(test=test) | ast.If(test=test):
            return test is use
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=called):
            return dotted(called) == "len"
    return False
