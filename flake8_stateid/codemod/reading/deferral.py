"""Uses of an id that may run later than the statement they stand in.

A release that moves behind the loop is right only if nothing uses the id after it: a client made
then would count from 0 again. Generators, lambdas and coroutines that are kept may run that late.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.reading.signatures import (
    Callee,
    Function,
    dotted,
    is_generator,
    parameters,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.modules import Module

EAGER = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "sum", "any", "all", "max", "min", "sorted"}
    | {"extend", "join", "update", "deque"}
)
# What is handed to these has run when they have been awaited, or is only held together.
_AWAITING = EAGER | {"gather", "wait", "wait_for", "shield", "create_task", "ensure_future", "map"}
_TASKS = frozenset({"create_task", "ensure_future"})


def runs_later(module: Module, node: ast.expr, done: Function | None = None) -> bool:
    """Whether ``node`` stands in a lambda, a generator or an inner function that may run later.

    Args:
        module: The module.
        node: The node.
        done: A function that is known not to.
    """
    inner: ast.AST = node
    for ancestor in module.ancestors(node):
        if ancestor is done:
            return False
        if isinstance(ancestor, ast.GeneratorExp) and not is_consumed(module, ancestor):
            return inner is not ancestor.generators[0]
        if isinstance(ancestor, FUNCTIONS):
            if is_given(node, ancestor):
                return False
            return is_named_later(module, ancestor)
        inner = ancestor
    return False


def is_given(node: ast.AST, function: Function) -> bool:
    """Whether a call brings ``node`` to ``function``: it is a parameter, or read from one."""
    root = dotted(node).partition(".")[0]
    return bool(root) and root not in {"self", "cls"} and root in parameters(function)


def is_named_later(module: Module, function: Function) -> bool:
    """Whether an inner function may run later than the round it is made in."""
    if isinstance(function, ast.Lambda):
        return not _is_called_at_once(module, function)
    outer = module.function_of(function)
    return outer is not None and not _is_only_called(module, outer, function)


def _is_called_at_once(module: Module, made: ast.Lambda) -> bool:
    """Whether a lambda is handed to a function that does nothing with it but call it."""
    call = module.parents[made]
    if isinstance(call, ast.keyword):
        call = module.parents[call]
    if not isinstance(call, ast.Call) or call.func is made:
        return False
    callees = module.resolve(call.func)
    for callee in callees:
        keyword = next((each.arg for each in call.keywords if each.value is made), None)
        index = call.args.index(made) if made in call.args else 0
        starred = any(isinstance(argument, ast.Starred) for argument in call.args)
        parameter = callee.parameter(index, keyword)
        if starred or parameter is None or not _only_calls(module, callee.function, parameter):
            return False
    return bool(callees)


def _only_calls(module: Module, function: Function, parameter: str) -> bool:
    """Whether ``function`` calls ``parameter`` before it returns, and keeps it nowhere."""
    if (
        not isinstance(function, ast.FunctionDef)
        or function.decorator_list
        or is_generator(function)
    ):
        return False
    return all(
        isinstance(node.ctx, ast.Load)
        and isinstance(parent := module.parents[node], ast.Call)
        and parent.func is node
        and module.function_of(node) is function
        for node in module.own_names(function, parameter)
    )


def called_only(
    module: Module, made: ast.Call, callees: Sequence[Callee]
) -> list[ast.Name] | None:
    """The uses of ``ask = partial(answer, id)``, each a call in the round that it is made in.

    ``None`` where one of them is something else.

    Args:
        module: The module.
        made: The call of ``partial``.
        callees: What it makes calls of.
    """
    statement = module.parents[made]
    function = module.function_of(made)
    named: list[ast.Name] = []
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) if function is not None:
            every = module.own_names(function, name)
            named = [each for each in every if isinstance(each.ctx, ast.Load)]
            block = module.block_of(statement)
            later = block[block.index(statement) + 1 :]
            if len(every) != len(named) + 1 or not all(
                any(each in later for each in module.ancestors(use)) for use in named
            ):
                return None
            uses: list[ast.expr] = [*named]
        case _:
            uses = [made]
    awaits = [isinstance(each.function, ast.AsyncFunctionDef) for each in callees]
    at_once = all(
        isinstance(call := module.parents[use], ast.Call)
        and call.func is use
        and module.function_of(use) is function
        and not runs_later(module, use)
        and all(isinstance(module.parents[call], ast.Await) is each for each in awaits)
        for use in uses
    )
    return named if at_once and not any(is_generator(e.function) for e in callees) else None


def is_kept(module: Module, call: ast.Call, function: Function) -> bool:
    """Whether ``call`` makes a coroutine or generator of ``function`` that is not run at once."""
    if isinstance(function, ast.AsyncFunctionDef):
        return not _is_awaited(module, call)
    if isinstance(function, ast.FunctionDef) and is_generator(function):
        return not is_consumed(module, call)
    return False


def is_held(module: Module, call: ast.Call) -> bool:
    """Whether ``call`` makes a coroutine for a local to hold: ``rows = [self._row(row) ...]``.

    By itself, or as a task: ``create_task(self._row(row))``.
    """
    callees = module.resolve(call.func)
    if not callees or not all(isinstance(e.function, ast.AsyncFunctionDef) for e in callees):
        return False
    made: ast.AST = call
    parent = module.parents[made]
    if isinstance(parent, ast.Call) and parent.args[:1] == [made] and _begins(module, parent):
        made, parent = parent, module.parents[parent]
    while isinstance(parent, (ast.ListComp, ast.List)) and made in [
        getattr(parent, "elt", None),
        *getattr(parent, "elts", ()),
    ]:
        made, parent = parent, module.parents[parent]
    match parent:
        case (
            ast.Assign(targets=[ast.Name()], value=value)
            | ast.AnnAssign(target=ast.Name(), value=value)
        ):
            return value is made
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="append"), args=[given]):
            return given is made and isinstance(module.parents[parent], ast.Expr)
    return False


def _begins(module: Module, call: ast.Call) -> bool:
    """Whether a call makes a task of the coroutine that it is given."""
    return plain_name(call.func) in _TASKS and not module.resolve(call.func)


def _is_awaited(module: Module, made: ast.expr) -> bool:
    """Whether a coroutine is awaited where it stands, also by what it is handed to."""
    inner: ast.AST = made
    for ancestor in module.ancestors(made):
        if isinstance(ancestor, ast.Await):
            return True
        if isinstance(ancestor, (ast.stmt, *FUNCTIONS)):
            return False
        if isinstance(ancestor, ast.Call) and inner is not ancestor.func:
            known = plain_name(ancestor.func) in _AWAITING or module.is_seen(ancestor.func)
            if not known or module.homemade(ancestor):
                return False
        inner = ancestor
    return False


def is_consumed(module: Module, node: ast.expr) -> bool:
    """Whether a generator, or a lazy ``map``, is walked to its end where it stands."""
    parent = module.parents[node]
    if isinstance(parent, ast.Starred):
        return isinstance(module.parents[parent], ast.Call) and _is_awaited(module, parent)
    match parent:
        case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
            return iterated is node
        case ast.YieldFrom():
            return True
        case ast.comprehension():
            outer = module.parents[parent]
            return not isinstance(outer, ast.GeneratorExp) or is_consumed(module, outer)
        case ast.Call(func=func) if func is not node:
            name = plain_name(func)
            return name in EAGER
    return False


def _is_only_called(
    module: Module, outer: Function, inner: ast.FunctionDef | ast.AsyncFunctionDef
) -> bool:
    """Whether an inner function is called where it is named, and never kept."""
    for node in module.own_names(outer, inner.name):
        if not isinstance(node.ctx, ast.Load):
            continue
        parent = module.parents[node]
        if not isinstance(parent, ast.Call) or parent.func is not node:
            return False
        if is_kept(module, parent, inner):
            return False
    return True
