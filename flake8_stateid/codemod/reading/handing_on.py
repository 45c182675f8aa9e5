"""Calls that hand a function on, or run coroutines beside each other, by their names.

Three sets of tasks, since three things are asked: whether rows may run beside each other, whether
a row is started here to run on, and whether a call waits for those that were started.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import APPLYING, CALLED_AT, MAPPING, MAPS
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

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
# Builtin functions that call what they are given, and nothing else.
_CALLING = frozenset({"map", "filter", "sorted", "min", "max"})
_STARTING = BEGINNING | MAPPING | {"Thread"}
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
        bound = module.binding(function, made.id)
        made = bound.value if isinstance(bound, ast.Assign) else None
    return isinstance(made, ast.Call) and plain_name(made.func) in {"copy_context", "Context"}


def group_of(module: Module, coroutine: ast.Call) -> ast.AsyncWith | None:
    """The ``async with TaskGroup() as group`` that waits for ``group.create_task(coroutine)``."""
    task = module.parents[coroutine]
    match task:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=group), attr="create_task"), args=[first]
        ) if first is coroutine:
            pass
        case _:
            return None
    function = module.function_of(task)
    if function is None or not _is_of_with(module, task, group):
        return None
    for ancestor in module.ancestors(task):
        if ancestor is function:
            break
        if isinstance(ancestor, ast.AsyncWith):
            for item in ancestor.items:
                made, named = item.context_expr, item.optional_vars
                if (
                    isinstance(named, ast.Name)
                    and named.id == group
                    and isinstance(made, ast.Call)
                    and plain_name(made.func) == "TaskGroup"
                    and not module.homemade(made)
                ):
                    return ancestor
    return None


def closed_behind(module: Module, call: ast.Call) -> ast.With | ast.AsyncWith | None:
    """The ``with`` of the executor, or the task group, that has waited for ``call`` behind it."""
    method = plain_name(call.func)
    executor = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    kind = ast.AsyncWith if method in TASKS else ast.With
    if not _is_of_with(module, call, executor):
        return None
    for ancestor in module.ancestors(call) if method in CLOSED_BEHIND else ():
        if isinstance(ancestor, kind) and any(
            isinstance(item.optional_vars, ast.Name)
            and item.optional_vars.id == executor
            and not module.homemade(item.context_expr)
            for item in ancestor.items
        ):
            return ancestor
    return None


def _is_of_with(module: Module, node: ast.AST, name: str) -> bool:
    """Whether a variable holds nothing but what a ``with`` closes."""
    function = module.binder(module.function_of(node), name)
    return function is None or all(
        isinstance(module.parents[each], ast.withitem)
        for each in module.own_stores(function, name)
    )


def inner_uses(module: Module, node: ast.AST) -> list[ast.expr]:
    """Where the inner functions around ``node`` are named, or made in place; and those around."""
    found: list[ast.expr] = []
    waiting, seen = [node], {node}
    while waiting:
        for inner in module.ancestors(waiting.pop()):
            outer = module.function_of(inner) if isinstance(inner, FUNCTIONS) else None
            if outer is None:
                continue
            uses: list[ast.expr] = []
            if isinstance(inner, ast.Lambda):
                uses.append(inner)
            bound = module.parents[inner]
            match inner, bound:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name), _:
                    uses.extend(module.own_names(outer, name))
                case ast.Lambda(), ast.Assign(targets=[ast.Name(id=name)]):
                    uses.extend(module.own_names(outer, name))
            new = [each for each in uses if each not in seen]
            seen.update(new)
            found.extend(new)
            waiting.extend(new)
    return found


def handing_inner(module: Module, node: ast.AST) -> list[ast.Call]:
    """The calls that may hand an inner function around ``node`` to a thread."""
    calls = [handing(module, use) for use in inner_uses(module, node)]
    return [call for call in calls if call is not None]


def handing(module: Module, use: ast.expr) -> ast.Call | None:
    """The call that may hand a function to a thread, where ``use`` names it.

    What cannot be seen may do so, too; what only calls it, where it stands, does not.
    """
    call = module.parents[use]
    inner: ast.AST = use
    while isinstance(call, ast.keyword) or is_partial(call):
        inner, call = call, module.parents[call]
    if isinstance(call, ast.Call) and call.func is not inner and _may_start(module, call):
        return call
    return None


def _may_start(module: Module, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name) and call.func.id in _CALLING:
        return False
    reached = {callee.function for callee in module.resolve(call.func)}
    return not reached or any(
        isinstance(each, ast.Call) and plain_name(each.func) in _STARTING
        for function in reached | module.reached_from(reached, passed=False)
        for each in walk(function)
    )


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
        while isinstance(inner := made.func, ast.Call) and is_partial(inner):
            made = ast.Call(
                inner.args[0],
                [*inner.args[1:], *made.args],
                [*inner.keywords, *made.keywords],
            )
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


def is_start(call: ast.Call) -> bool:
    """Whether a call is known to begin what it hands on: in a thread, an executor, a task."""
    name = plain_name(call.func)
    return name == "Thread" or name in BEGINNING or name in STARTERS


def is_partial(node: ast.AST) -> bool:
    """Whether ``node`` is ``partial(f, ...)``: a function with some of its arguments."""
    return isinstance(node, ast.Call) and plain_name(node.func) == "partial" and bool(node.args)


def kept_by(partial: ast.expr) -> list[ast.expr]:
    """The arguments that ``partial(f, ...)`` keeps for its function."""
    assert isinstance(partial, ast.Call)
    return [*partial.args[1:], *(keyword.value for keyword in partial.keywords)]


def is_handed(function: ast.expr, call: ast.AST) -> bool:
    """Whether ``call`` hands on ``function``, with the arguments behind it."""
    offset = DISPATCH.get(plain_name(call.func)) if isinstance(call, ast.Call) else None
    return offset is not None and getattr(call, "args", [])[offset : offset + 1] == [function]


def only_submits(method: Function) -> bool:
    """Whether a pool's ``submit`` gives all it is given to another one, and its future back."""
    if not isinstance(method, ast.FunctionDef) or method.name != "submit":
        return False
    body = [s for s in method.body if not isinstance(getattr(s, "value", None), ast.Constant)]
    match body:
        case [ast.Return(value=ast.Call(func=ast.Attribute(attr="submit"), args=given) as call)]:
            handed = [ast.unparse(each) for each in given]
        case _:
            return False
    arguments = method.args
    names = [each.arg for each in [*arguments.posonlyargs, *arguments.args]][1:]
    names += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    keywords = [ast.unparse(each.value) for each in call.keywords if each.arg is None]
    rest = [arguments.kwarg.arg] if arguments.kwarg else []
    return (
        handed == names
        and keywords == rest
        and len(call.keywords) == len(rest)
        and not (arguments.defaults or arguments.kwonlyargs or method.decorator_list)
    )


def _keywords(named: ast.expr | None) -> list[ast.keyword] | None:
    """The keywords that ``{"state_id": ...}`` stands for; ``None`` for what cannot be read off."""
    if named is None:
        return []
    if isinstance(named, ast.Call) and dotted(named.func) == "dict" and not named.args:
        return named.keywords if all(each.arg for each in named.keywords) else None
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
