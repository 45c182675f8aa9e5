"""Calls that hand a function on, or run coroutines beside each other, by their names.

Three sets of tasks, since three things are asked: whether rows may run beside each other, whether
a row is started here to run on, and whether a call waits for those that were started.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import APPLYING, CALLED_AT, MAPPING, MAPS
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.modules import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.modules import Module

# Where a call hands a function on with its arguments behind it, the number of that function.
DISPATCH = {
    **{name: at for name, at in CALLED_AT.items() if name not in MAPPING | APPLYING},
    "partial": 0,
}
# It has run once the call has been awaited.
AWAITED = frozenset({"to_thread", "run_in_executor", "run_sync"})
# It has run when the call is done.
AT_ONCE = frozenset({"run", "apply"})
# The function of these is a coroutine, or becomes one: a task of the loop that the call stands in.
TASKS = frozenset({"start_soon"})
# What is closed behind these has waited for what they started.
CLOSED_BEHIND = frozenset({"submit", "map"}) | TASKS
# Called by their receiver, they begin what they are handed and go on.
BEGINNING = (frozenset(DISPATCH) | APPLYING | MAPS) - AT_ONCE - {"partial"}
# Rows in these may run beside each other, on one loop.
BESIDE_EACH_OTHER = (
    frozenset({"gather", "create_task", "ensure_future", "wait", "as_completed"}) | TASKS
)
# A coroutine given to these is under way, and goes on when they return.
STARTERS = frozenset({"gather", "create_task", "ensure_future", "start_soon", "shield"})
# Waits for tasks and futures, by the dotted name: 'event.wait' waits for something else.
WAITS = frozenset({"wait", "asyncio.wait", "futures.wait", "concurrent.futures.wait"})
# What gives the result of a future, having waited for it.
RESULTS = frozenset({"result", "get"})


def runs_at_once(module: Module, call: ast.Call) -> bool:
    """Whether ``call`` is one of :data:`AT_ONCE`, and not another function of that name.

    ``copy_context().run(f, row)`` and ``anyio.run(f, row)`` call it once, and then return. What
    else is called ``run`` may do anything with it.
    """
    if plain_name(call.func) != "run":
        return plain_name(call.func) in AT_ONCE
    if not isinstance(call.func, ast.Attribute):
        return False
    made: ast.expr | None = call.func.value
    if dotted(call.func) in {"anyio.run", "trio.run"}:
        return True
    function = module.function_of(call)
    if isinstance(made, ast.Name) and function is not None:
        stores = [
            each
            for each in module.own_names(function, made.id)
            if not isinstance(each.ctx, ast.Load)
        ]
        bound = module.parents[stores[0]] if len(stores) == 1 else None
        made = bound.value if isinstance(bound, ast.Assign) else None
    return isinstance(made, ast.Call) and plain_name(made.func) in {"copy_context", "Context"}


def handed_call(call: ast.Call) -> ast.Call | None:
    """The call that comes of the function that ``call`` hands on; ``None`` where it hands none.

    ``f(row)`` of ``submit(f, row)``, ``apply(f, (row,))``, ``Thread(target=f, args=(row,))``.
    """
    name = plain_name(call.func) if isinstance(call.func, (ast.Attribute, ast.Name)) else ""
    offset = DISPATCH.get(name)
    if offset is not None:
        if offset >= len(call.args):
            return None
        made = ast.Call(call.args[offset], call.args[offset + 1 :], call.keywords)
        return ast.copy_location(made, call)
    given = {each.arg: each.value for each in call.keywords}
    if name in APPLYING:
        places = dict(zip(("func", "args", "kwds"), call.args, strict=False)) | given
        function, arguments, named = places.get("func"), places.get("args"), places.get("kwds")
    elif name == "Thread" and "target" in given:
        function, arguments, named = given["target"], given.get("args"), given.get("kwargs")
    else:
        return None
    keywords = _keywords(named)
    if (
        function is None
        or keywords is None
        or not isinstance(arguments, (ast.Tuple, ast.List, type(None)))
    ):
        return None
    made = ast.Call(function, arguments.elts if arguments else [], keywords)
    return ast.copy_location(made, call)


def _keywords(named: ast.expr | None) -> list[ast.keyword] | None:
    """The keywords that ``{"state_id": ...}`` stands for; ``None`` for what cannot be read off."""
    if named is None:
        return []
    if not isinstance(named, ast.Dict):
        return None
    keywords: list[ast.keyword] = []
    for key, value in zip(named.keys, named.values, strict=True):
        match key:
            case ast.Constant(value=str() as name):
                keywords.append(ast.keyword(name, value))
            case _:
                return None
    return keywords
