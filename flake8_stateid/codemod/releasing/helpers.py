"""Releases in a function that the batch path calls for each row: when they can move to the caller.

They can if nobody else calls the function, so that no release is lost, and if what the release
names means the same where the loop is.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import NOT_DONE, RELEASED_BY_ROWS, RefusalError
from flake8_stateid.codemod.reading.entered import yielded
from flake8_stateid.codemod.reading.handing_on import handed_call, is_partial
from flake8_stateid.codemod.reading.namesakes import possible_uses
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, is_generator, parameters
from flake8_stateid.codemod.tracing.releases import Release, ReleaseFinder, blocks_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.closings import Holding
    from flake8_stateid.codemod.tracing.trace import Trace


def releases_in(
    module: Module,
    function: Function,
    owner: Function,
    trace: Trace,
    extent: Extent,
    holding: Holding,
) -> list[Release]:
    """The releases in ``owner``, each shown to be fit for a place around the loop.

    Args:
        module: The module.
        function: The batch path.
        owner: A function that the id is handed to, and that releases it.
        trace: The uses of the id.
        extent: The statements in which rows run.
        holding: Which cache keeps the client that a local holds.

    Raises:
        RefusalError: One of them cannot move.
    """
    region = set(statements(module, extent))
    entered = yielded(owner) is not None
    if not module.is_own(owner) or isinstance(owner, ast.Lambda):
        raise _stays(owner)
    if is_generator(owner) and not entered:
        raise _stays(owner)
    if not is_for_rows(trace, owner) and not entered:
        if any(key in trace.read for key, function in trace.releases if function is owner):
            raise RefusalError(
                f"'{owner.name}' is handed the context, and releases the client of its state id",
                "hand it the state id itself, then run the fix again",
                owner.lineno,
            )
        raise RefusalError(
            f"'{owner.name}' releases the client, and not in a form that can be moved",
            "let it only 'pop', 'del' and 'close', and call it in a statement of its own",
            owner.lineno,
        )
    _check_callers(module, owner, trace, region, set())
    finder = ReleaseFinder(
        module,
        lambda key: (
            key in trace.read or (isinstance(key, ast.Name) and trace.carries(owner, key.id))
        ),
        holding,
    )
    found = [release for block in blocks_of(owner.body) for release in finder.in_block(block)]
    for release in found:
        check_names(module, function, owner, release, region, trace.read)
    return found


def is_for_rows(trace: Trace, owner: Function) -> bool:
    """Whether a function asks a client, and not only releases it."""
    released = {key for key, _ in trace.releases}
    return (
        any(site.caller is owner for sites in trace.reached.values() for site in sites)
        or any(creation.function is owner for creation in trace.creations)
        or any(
            function is owner and key not in released
            for uses in trace.cache_keys.values()
            for key, function in uses
        )
    )


def _check_callers(
    module: Module, owner: Function, trace: Trace, region: set[ast.stmt], seen: set[Function]
) -> None:
    """Check that all mentions of ``owner`` are calls that the rows' loop comes to.

    Raises:
        RefusalError: It may be called by something else.
    """
    if owner in seen:
        return
    seen.add(owner)
    if isinstance(owner, ast.Lambda) or not (
        owner.name.startswith("_") or module.function_of(owner) is not None
    ):
        raise _stays(owner, f"others may call '{getattr(owner, 'name', 'lambda')}'")
    sites = {site.call: site for site in trace.reached.get(owner, [])}
    for node in possible_uses(module, owner):
        call = module.enclosing(node, ast.Call)
        if isinstance(call, ast.Call) and is_partial(call) and call not in sites:
            call = module.parents[call]
        through = isinstance(call, ast.Call) and _only_hands_on(module, node, call, {*sites})
        if not isinstance(call, ast.Call) or not (call in sites or through):
            raise _stays(owner, f"'{owner.name}' is called, or handed on, beside the rows")
        receiver = node.value if isinstance(node, ast.Attribute) else None
        if receiver is not None and not (
            isinstance(receiver, ast.Name) and receiver.id in {"self", "cls"}
        ):
            raise _stays(owner)
        if not region & set(module.ancestors(call)):
            caller = sites[call].caller if call in sites else module.function_of(call)
            if caller is None:
                raise _stays(owner)
            _check_callers(module, caller, trace, region, seen)


def _only_hands_on(module: Module, given: ast.expr, call: ast.Call, sites: set[ast.Call]) -> bool:
    """Whether ``call`` hands a function to what only calls it for rows, or hands it on to such."""
    keyword = module.parents[given]
    name = keyword.arg if isinstance(keyword, ast.keyword) else None
    made = call if call.func is not given else None
    made = made if made is None or module.resolve(made.func) else handed_call(call)
    if made is None or (name is None and given not in made.args):
        return False
    callees = module.resolve(made.func)
    for callee in callees:
        parameter = callee.parameter(0 if name is not None else made.args.index(given), name)
        if parameter is None:
            return False
        for use in module.own_names(callee.function, parameter):
            where = module.enclosing(use, ast.Call)
            if not isinstance(where, ast.Call) or not (
                where in sites or _only_hands_on(module, use, where, sites)
            ):
                return False
    return bool(callees)


def check_names(
    module: Module,
    function: Function,
    owner: Function,
    release: Release,
    region: set[ast.stmt],
    built: Collection[ast.expr] = (),
) -> None:
    """Check that the names of a release mean the same in ``function``, around the loop.

    Args:
        module: The module.
        function: The batch path.
        owner: Where the release stands.
        release: The release.
        region: The statements that it moves behind.
        built: Ids that are written in place, and give way to the one id.

    Raises:
        RefusalError: One of them means something else there.
    """
    inside = [node for statement in release.statements for node in walk(statement)]
    if any(node in module.aliased for node in inside):
        raise _stays(owner)
    own = {node.id for node in inside if isinstance(node, ast.Name) and not _is_load(node)}
    # The cache is asked for what they hold, or they are bound anew.
    own |= {closing.local for closing in release.closings if closing.late}
    closed = {node for closing in release.closings for node in closing.names}
    if own & module.bound_names(function):
        raise _stays(owner)
    if any(isinstance(node, ast.Await) for node in inside) and not isinstance(
        function, ast.AsyncFunctionDef
    ):
        raise _stays(owner)
    # 'ctx' in a key 'ctx.state_id' goes with the key.
    keys = {node for key in release.keys if dotted(key) or key in built for node in walk(key)}
    for node in inside:
        if not isinstance(node, ast.Name) or node in keys | closed or node.id in own:
            continue
        if node.id in {"self", "cls"} and node.id in parameters(owner):
            continue
        binder = module.binder(owner, node.id)
        if binder is owner or binder is not module.binder(function, node.id):
            raise _stays(owner)
        if binder is function and any(
            not _is_load(each) and region & set(module.ancestors(each))
            for each in module.own_names(function, node.id)
        ):
            raise _stays(owner)


def _is_load(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _stays(owner: Function, why: str = "") -> RefusalError:
    return RefusalError(
        RELEASED_BY_ROWS,
        "release it in a 'finally' around the loop by hand" + (NOT_DONE + why if why else ""),
        owner.lineno,
    )
