"""Names that hold integers: an index, a counter, a parameter that every call gives one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS, arguments_of
from flake8_stateid.codemod.ids.bases import is_integer
from flake8_stateid.codemod.reading.declared import is_number
from flake8_stateid.codemod.reading.handing_on import handed_call
from flake8_stateid.codemod.reading.namesakes import possible_uses
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import defaults, dotted, named_arguments

if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Callee, Function

# How many calls are looked through, one function's index handed on to the next.
_MAX_CALLS = 4


def numbers_in(module: Module, scope: ast.AST, calls: int = _MAX_CALLS) -> frozenset[str]:
    """Names in ``scope`` that only ever hold integers, its parameters among them.

    Args:
        module: The module.
        scope: A function, or what stands around all.
        calls: How many calls to look through for what a parameter is given.
    """
    given = [
        each
        for function in walk(scope)
        if isinstance(function, FUNCTIONS)
        for each in named_arguments(function)
        # One that is bound otherwise, too, is asked for nothing.
        if _is_declared(function, each) or _is_counted(module, function, each.arg, calls)
    ]
    return integers(scope, given)


def _is_declared(function: Function, parameter: ast.arg) -> bool:
    """Whether a parameter is an ``int``, and has no other default."""
    return is_number(parameter.annotation) and all(
        is_integer(default, frozenset())
        for each, default in defaults(function)
        if each is parameter
    )


def _is_counted(module: Module, function: Function, name: str, calls: int) -> bool:
    """Whether every call of a function that nobody else knows gives it an integer."""
    if not calls or isinstance(function, ast.Lambda) or function.decorator_list:
        return False
    if not function.name.startswith("_") and module.function_of(function) is None:
        return False
    uses = possible_uses(module, function)
    return bool(uses) and all(_gives(module, function, name, use, calls) for use in uses)


def _gives(
    module: Module, function: Function, name: str, use: ast.Name | ast.Attribute, calls: int
) -> bool:
    """Whether a use of ``function`` calls it, or has it called, with an integer for ``name``."""
    callees = module.resolve(use)
    call = module.parents[use]
    if [each.function for each in callees] != [function] or not isinstance(call, ast.Call):
        return False
    if call.func is not use:
        if plain_name(call.func) == "map" and call.args[0] is use:
            return _maps(call, callees[0], name)
        made = handed_call(call)
        if made is None or made.func is not use:
            return False
        call = made
    passed = callees[0].argument(call, name)
    if passed is None:
        return False
    around = [each for each in module.ancestors(use) if isinstance(each, FUNCTIONS)]
    known = numbers_in(module, around[-1], calls - 1) if around else frozenset()
    return is_integer(passed, known)


def _maps(call: ast.Call, callee: Callee, name: str) -> bool:
    """Whether ``map(function, range(n), rows)`` gives an integer for ``name``."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return False
    for number, given in enumerate(call.args[1:]):
        if callee.parameter(number, None) == name:
            return _is_counting(given)
    return False


def integers(scope: ast.AST, given: Collection[ast.arg] = ()) -> frozenset[str]:
    """Names that only ever hold integers: an index of ``enumerate`` or ``range``, a counter.

    Args:
        scope: Where they are bound.
        given: Parameters that are given nothing else.
    """
    counted: dict[ast.AST, str] = {each: each.arg for each in given}
    bound: list[tuple[ast.AST, str]] = []
    for node in walk(scope):
        match node:
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                counted.update({target: target.id for target in _counted(node)})
            case (
                ast.Assign(targets=[ast.Name() as target], value=value)
                | ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value)
            ) if is_integer(value, frozenset()):
                counted[target] = target.id
            case ast.AugAssign(
                target=ast.Name() as target, op=ast.Add() | ast.Sub(), value=value
            ) if is_integer(value, frozenset()):
                counted[target] = target.id
            case ast.arg(arg=name):
                bound.append((node, name))
            case ast.Name(id=name, ctx=ast.Store()):
                bound.append((node, name))
    others = {name for node, name in bound if node not in counted}
    return frozenset(set(counted.values()) - others)


def _counted(loop: ast.For | ast.AsyncFor | ast.comprehension) -> list[ast.Name]:
    """The indexes of a loop over ``enumerate`` or ``range``, or those that ``zip`` goes by."""
    match loop.iter, loop.target:
        case ast.Call(func=ast.Name(id="enumerate")), ast.Tuple(elts=[ast.Name() as index, *_]):
            return [index]
        case ast.Call(func=ast.Name(id="zip"), args=iterated), ast.Tuple(elts=targets):
            return [
                target
                for target, each in zip(targets, iterated, strict=False)
                if isinstance(target, ast.Name) and _is_counting(each)
            ]
        case iterated, ast.Name() as index if _is_counting(iterated):
            return [index]
    return []


def _is_counting(iterated: ast.expr) -> bool:
    """Whether a loop goes through integers: ``range(n)``, ``itertools.count(1)``."""
    if not isinstance(iterated, ast.Call):
        return False
    made = dotted(iterated.func)
    return made == "range" or (
        made in {"count", "itertools.count"}
        and all(is_integer(each, frozenset()) for each in arguments_of(iterated))
    )
