"""Ids made before the loop, one for each row, and walked beside the rows by ``zip``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

_WALKED_TWICE = ("list", "tuple", "sequence")


class Walk(NamedTuple):
    """``for row, sid in zip(rows, ids)``.

    Attributes:
        loop: The loop.
        rows: The number of the rows among the arguments of ``zip``.
        target: The variable that takes the ids.
        ids: The comprehension that makes them.
        definition: The assignment of the comprehension, if it is not made in place.
    """

    loop: ast.For | ast.AsyncFor
    rows: int
    target: ast.Name
    ids: ast.expr
    definition: ast.Assign | ast.AnnAssign | None


def find_walk(module: Module, builder: ast.expr) -> Walk | None:
    """The walk over ids that ``builder`` makes, where the loop can do without them."""
    made = module.parents[builder]
    if not isinstance(made, (ast.ListComp, ast.GeneratorExp)) or made.elt is not builder:
        return None
    outer = module.parents[made]
    definition = outer if isinstance(outer, (ast.Assign, ast.AnnAssign)) else None
    place = made if definition is None else _only_use(module, definition)
    if place is None:
        return None
    call = module.parents[place]
    loop = module.parents[call]
    match call, loop:
        case (
            ast.Call(func=ast.Name(id="zip"), args=[_, _]),
            ast.For(target=target) | ast.AsyncFor(target=target),
        ) if loop.iter is call and isinstance(target, ast.Tuple) and len(target.elts) == 2:  # noqa: PLR2004
            number = call.args.index(place)
            rows, taken = call.args[1 - number], target.elts[number]
            if isinstance(taken, ast.Name) and _is_for_each(module, made, rows):
                return Walk(loop, 1 - number, taken, made, definition)
    return None


def _only_use(module: Module, definition: ast.Assign | ast.AnnAssign) -> ast.expr | None:
    function = module.function_of(definition)
    target = definition.targets[0] if isinstance(definition, ast.Assign) else definition.target
    if function is None or not isinstance(target, ast.Name):
        return None
    uses = [node for node in module.own_names(function, target.id) if node is not target]
    return uses[0] if len(uses) == 1 and isinstance(uses[0].ctx, ast.Load) else None


def _is_for_each(module: Module, made: ast.ListComp | ast.GeneratorExp, rows: ast.expr) -> bool:
    """Whether one id is made for each of ``rows``, which nothing changes meanwhile."""
    (clause, *others) = made.generators
    counted = clause.iter
    function = module.function_of(made)
    match counted:
        case ast.Call(
            func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"), args=[inner])]
        ):
            counted = inner
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if _is_list(
            function, inner
        ):
            counted = inner
        case _ if not _is_list(function, counted):
            return False
    if others or clause.ifs or not isinstance(rows, ast.Name) or dotted(counted) != rows.id:
        return False
    assert function is not None
    uses = module.own_names(function, rows.id)
    return sum(not isinstance(node.ctx, ast.Load) for node in uses) <= 1 and not any(
        isinstance(module.parents[node], ast.Attribute)
        or not isinstance(getattr(module.parents[node], "ctx", ast.Load()), ast.Load)
        for node in uses
        if isinstance(node.ctx, ast.Load)
    )


def _is_list(function: Function | None, rows: ast.expr) -> bool:
    """Whether ``rows`` can be walked twice, as the annotation of the parameter says."""
    return function is not None and any(
        argument.arg == dotted(rows)
        and argument.annotation is not None
        and ast.unparse(argument.annotation).strip("'\"").lower().startswith(_WALKED_TWICE)
        for argument in [*function.args.args, *function.args.kwonlyargs]
    )
