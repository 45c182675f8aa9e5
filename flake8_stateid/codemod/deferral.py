"""Uses of an id that may run later than the statement they stand in.

A release that moves behind the loop is right only if nothing uses the id after it: a client made
then would count from 0 again. Generators, lambdas and coroutines that are kept may run that late.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.modules import FUNCTIONS, Function, Module, dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

EAGER = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "sum", "any", "all", "max", "min", "sorted"}
    | {"extend", "join", "update"}
)


def runs_later(module: Module, node: ast.expr) -> bool:
    """Whether ``node`` stands in a lambda, a generator or an inner function that may run later."""
    inner: ast.AST = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.GeneratorExp) and not is_consumed(module, ancestor):
            return inner is not ancestor.generators[0]
        if isinstance(ancestor, ast.Lambda):
            return True
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if isinstance(node, ast.Name) and node.id in parameters(ancestor):
                return False
            outer = module.function_of(ancestor)
            return outer is not None and not _is_only_called(module, outer, ancestor)
        inner = ancestor
    return False


def is_kept(module: Module, call: ast.Call, function: Function) -> bool:
    """Whether ``call`` makes a coroutine or generator of ``function`` that is not run at once."""
    if isinstance(function, ast.AsyncFunctionDef):
        return not _is_awaited(module, call)
    if isinstance(function, ast.FunctionDef) and any(_yields(function)):
        return not is_consumed(module, call)
    return False


def _is_awaited(module: Module, call: ast.Call) -> bool:
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, ast.Await):
            return True
        if isinstance(ancestor, (ast.stmt, *FUNCTIONS)):
            return False
    return False


def is_consumed(module: Module, node: ast.expr) -> bool:
    """Whether a generator, or a lazy ``map``, is walked to its end where it stands."""
    parent = module.parents[node]
    if isinstance(parent, ast.Starred):
        parent = module.parents[parent]
        return isinstance(parent, ast.Call) and _is_awaited(module, parent)
    match parent:
        case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
            return iterated is node
        case ast.YieldFrom():
            return True
        case ast.comprehension():
            outer = module.parents[parent]
            return not isinstance(outer, ast.GeneratorExp) or is_consumed(module, outer)
        case ast.Call(func=func) if func is not node:
            name = func.attr if isinstance(func, ast.Attribute) else dotted(func)
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


def _yields(function: ast.FunctionDef) -> Iterator[ast.AST]:
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            yield node
        if not isinstance(node, FUNCTIONS):
            todo.extend(ast.iter_child_nodes(node))
