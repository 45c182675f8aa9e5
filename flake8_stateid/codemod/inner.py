"""Releases in an inner function that makes the row's id itself: they go around its calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.helpers import check_names
from flake8_stateid.codemod.modules import Module, is_generator
from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, RefusalError
from flake8_stateid.codemod.regions import Extent, anchor_of, statements, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids import Ids
    from flake8_stateid.codemod.modules import Function
    from flake8_stateid.codemod.releases import Release


def around_calls(
    module: Module, function: Function, releases: Sequence[Release], extent: Extent, ids: Ids
) -> Extent:
    """The statements that releases move behind: the extent, or the calls of an inner function.

    Args:
        module: The module.
        function: The batch path.
        releases: The releases.
        extent: The statements that use the id: the definition of the inner function, where it is
            the only one that does.
        ids: The names and places of the id.

    Raises:
        RefusalError: The function may run otherwise than where it is called, or not be done then.
    """
    region = set(statements(module, extent))
    owners = {module.function_of(release.statements[0]) for release in releases}
    inner = [
        each for each in owners if each is not None and region & {each, *module.ancestors(each)}
    ]
    if not inner:
        return extent
    owner = inner[0]
    if len(owners) > 1 or region != {owner} or not isinstance(function, ast.stmt):
        raise _stays(owner)
    if (
        not isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef))
        or owner.decorator_list
        or is_generator(owner)
    ):
        raise _stays(owner)
    calls = [_call(module, function, owner, use) for use in module.own_names(function, owner.name)]
    if not calls:
        raise _stays(owner)
    anchors = list(dict.fromkeys(anchor_of(module, function, call) for call in calls))
    ordered = together(module, function, anchors)
    if owner in ordered or ordered[0].lineno < owner.lineno:
        raise _stays(owner)
    behind = Extent(ordered[0], ordered[-1], extent.looped)
    for release in releases:
        check_names(
            module, function, owner, release, set(statements(module, behind)), ids.in_place
        )
    return behind


def _call(
    module: Module,
    function: Function,
    owner: ast.FunctionDef | ast.AsyncFunctionDef,
    use: ast.Name,
) -> ast.Call:
    """The call that ``use`` is about, which is over where it stands.

    Raises:
        RefusalError: It is something else.
    """
    call = module.parents[use]
    if not isinstance(call, ast.Call) or call.func is not use:
        raise _stays(owner)
    awaited = isinstance(module.parents[call], ast.Await)
    if (
        awaited is not isinstance(owner, ast.AsyncFunctionDef)
        or module.function_of(call) is not function
        or module.enclosing(call, ast.GeneratorExp) is not None
    ):
        raise _stays(owner)
    return call


def _stays(owner: ast.AST) -> RefusalError:
    return RefusalError(
        RELEASED_BY_ROWS,
        "release it in a 'finally' around the loop by hand",
        getattr(owner, "lineno", 0),
    )
