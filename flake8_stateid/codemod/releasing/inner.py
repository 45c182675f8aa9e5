"""Inner functions that make the row's id: where rows run, and what releases in them go around."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.ids.regions import Extent, anchor_of, statements, together
from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, RefusalError
from flake8_stateid.codemod.reading.handing_on import (
    closed_behind,
    group_of,
    handed_call,
    inner_uses,
    is_partial,
    is_start,
)
from flake8_stateid.codemod.reading.signatures import is_generator
from flake8_stateid.codemod.releasing.helpers import check_names
from flake8_stateid.codemod.releasing.late_uses import waited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.releases import Release


def running(module: Module, function: Function, ids: Ids) -> list[ast.stmt]:
    """The statements of the batch path that call the inner functions in which the id is used.

    Args:
        module: The module.
        function: The batch path.
        ids: The names and places of the id.
    """
    return list(
        {
            anchor_of(module, function, use): None
            for node in ids.places
            for use in inner_uses(module, node)
            if function in module.ancestors(use)
        }
    )


def around_calls(
    module: Module, function: Function, releases: Sequence[Release], extent: Extent, ids: Ids
) -> tuple[Extent, Function | None]:
    """The statements that releases move behind: the extent, or the calls of an inner function.

    The inner function is told, too: all of it is done behind those.

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
        each
        for each in owners
        if each is not None
        and region & {each, *module.ancestors(each)}
        and makes_id(module, each, ids)
    ]
    # What they call may be what releases.
    makers = [
        each
        for each in region
        if releases
        and isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
        and makes_id(module, each, ids)
    ]
    if not inner and all(_is_within(module, each, region) for each in makers):
        return extent, None
    owner = (inner or makers)[0]
    if len(owners) > 1 or region != {owner} or not isinstance(function, ast.stmt):
        raise _stays(owner)
    if (
        not isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef))
        or owner.decorator_list
        or is_generator(owner)
    ):
        raise _stays(owner)
    places = [
        _place(module, function, owner, use) for use in module.own_names(function, owner.name)
    ]
    if not places:
        raise _stays(owner)
    anchors = list(dict.fromkeys(anchor_of(module, function, each) for each in places))
    ordered = together(module, function, anchors)
    if owner in ordered or ordered[0].lineno < owner.lineno:
        raise _stays(owner)
    behind = Extent(ordered[0], ordered[-1], extent.looped)
    uses = module.own_names(function, owner.name)
    if any(isinstance(each, ast.Call) and each.func not in uses for each in places):
        running = waited(module, behind)
        if running is None:
            raise _stays(owner)
        behind = running
    for release in releases:
        holder = module.function_of(release.statements[0]) or owner
        rows = set(statements(module, behind))
        check_names(module, function, holder, release, rows, ids.in_place)
    return behind, owner


def _is_within(module: Module, made: ast.stmt, region: set[ast.stmt]) -> bool:
    """Whether an inner function is used nowhere but in ``region``, of which it is a statement."""
    outer = module.function_of(made)
    assert outer is not None
    assert isinstance(made, (ast.FunctionDef, ast.AsyncFunctionDef))
    uses = module.own_names(outer, made.name)
    return region != {made} and all(region & {*module.ancestors(each)} for each in uses)


def makes_id(module: Module, owner: Function, ids: Ids) -> bool:
    """Whether an inner function takes the id from around it, or makes it, and is not given it."""
    return any(owner in module.ancestors(node) for node in ids.places)


def _place(
    module: Module,
    function: Function,
    owner: ast.FunctionDef | ast.AsyncFunctionDef,
    use: ast.expr,
) -> ast.AST:
    """What has run all calls of ``owner`` that ``use``, which names it, is about when it is done.

    Raises:
        RefusalError: Nothing is seen to.
    """
    call = module.parents[use]
    around = module.parents[call]
    if isinstance(call, ast.Call) and call.func is use and isinstance(around, ast.Lambda):
        return _place(module, function, owner, around)
    if isinstance(call, ast.keyword) or (
        isinstance(call, ast.Call) and call.func is not use and is_partial(call)
    ):
        call = module.parents[call]
    if not isinstance(call, ast.Call) or module.function_of(call) is not function:
        raise _stays(owner)
    made = module.enclosing(call, ast.GeneratorExp)
    lazy = isinstance(made, ast.GeneratorExp) and module.function_of(made) is function
    if call.func is not use:
        made = handed_call(call)
        handed = made is not None and made.func is use
        closed = closed_behind(module, call)
        if lazy or not (handed or (closed is not None and call.args[:1] == [use])):
            raise _stays(owner)
        if closed is None:
            if isinstance(owner, ast.AsyncFunctionDef) or not is_start(call):
                raise _stays(owner)
            return call  # to be waited for further on
        # A coroutine that a thread makes is run by nobody.
        if isinstance(owner, ast.AsyncFunctionDef) is not isinstance(closed, ast.AsyncWith):
            raise _stays(owner)
        return closed
    if isinstance(owner, ast.AsyncFunctionDef):
        group = group_of(module, call)
        if group is not None and not lazy:
            return group
        gathered = _gathered(module, call)
        if gathered is not None:
            return gathered
    awaited = isinstance(module.parents[call], ast.Await)
    if awaited is not isinstance(owner, ast.AsyncFunctionDef) or lazy:
        raise _stays(owner)
    return call


def _gathered(module: Module, call: ast.Call) -> ast.Await | None:
    """``await gather(*(one(row) for row in rows))``, around a call."""
    made = module.parents[call]
    if isinstance(made, (ast.GeneratorExp, ast.ListComp)) and made.elt is call:
        made = module.parents[made]
    gather = module.parents[made] if isinstance(made, ast.Starred) else made
    awaited = module.parents.get(gather)
    if (
        isinstance(gather, ast.Call)
        and plain_name(gather.func) == "gather"
        and isinstance(awaited, ast.Await)
        and not module.homemade(gather)
    ):
        return awaited
    return None


def _stays(owner: ast.AST) -> RefusalError:
    return RefusalError(
        RELEASED_BY_ROWS,
        "release it in a 'finally' around the loop by hand",
        getattr(owner, "lineno", 0),
    )
