"""The statements that share the id: what it is bound before, and what the release goes around."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.bases import is_minted
from flake8_stateid.codemod.logs import is_logged
from flake8_stateid.codemod.modules import (
    COMPREHENSIONS,
    FUNCTIONS,
    LOOPS,
    Function,
    Module,
)
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.bases import Base
    from flake8_stateid.codemod.ids import Ids
    from flake8_stateid.codemod.releases import Release

NAMES = ("state_id", "batch_state_id", "given_state_id", "context_state_id")


class Extent(NamedTuple):
    """From the first to the last statement of one block that uses the id.

    Attributes:
        first: The statement the id is bound before.
        last: The last one.
        looped: Whether rows share the id here: one of the statements repeats.
    """

    first: ast.stmt
    last: ast.stmt
    looped: bool


def find_extent(
    module: Module,
    function: Function,
    ids: Ids,
    walked: Sequence[ast.Name],
    base: Base,
    minting: frozenset[str],
) -> Extent:
    """The extent of the id in ``function``; that of one round where each opens a state.

    Args:
        module: The module.
        function: The batch path.
        ids: The names and places of the id.
        walked: Uses of what carries ids that are made beforehand, where a release is among them.
        base: The state id that the ids extend.
        minting: Calls that open a state.

    Raises:
        RefusalError: The base changes inside the loop, or loops stand in different blocks.
    """
    # Ids that are made beforehand for a loop over 'zip' have no place in it.
    made = [] if ids.unzipped else [*ids.definitions, *ids.unpacked]
    late = [] if ids.unzipped else [n for n in walked if function in _chain(module, n)]
    nodes: list[ast.AST] = [*made, *ids.in_place, *ids.loads, *late]
    stores = [
        node
        for node in module.own_names(function, base.root)
        if not isinstance(node.ctx, ast.Load)
        and not any(definition in _chain(module, node) for definition in ids.definitions)
    ]
    outer: ast.AST = function
    if len(stores) == 1 and is_minted(getattr(module.parents[stores[0]], "value", None), minting):
        outer = module.enclosing(stores[0], *LOOPS, *FUNCTIONS) or function
        stores = []
    anchors = {_anchor(module, outer, node): None for node in nodes}
    looped = any(
        _repeats(module, _anchor(module, outer, node), [node])
        for node in (
            [*ids.definitions, *ids.unpacked, *ids.in_place] if not ids.unzipped else nodes
        )
    )
    for anchor in sorted(anchors, key=lambda each: -each.lineno)[:-1]:
        # What only logs the id after the rows need not stand before the release.
        if not all(
            isinstance(node, ast.expr) and is_logged(module, node)
            for node in nodes
            if _anchor(module, outer, node) is anchor
        ):
            break
        del anchors[anchor]
    blocks = {id(module.block_of(anchor)) for anchor in anchors}
    if len(blocks) != 1 and not looped and not isinstance(function, ast.Lambda):
        return Extent(function.body[0], function.body[-1], looped=False)
    ordered = _together(module, function, list(anchors))
    extent = Extent(ordered[0], ordered[-1], looped)
    region = set(statements(module, extent))
    for store in stores:
        if looped and region & set(_chain(module, store)):
            raise RefusalError(
                f"'{base.root}' is bound again where rows share its state id",
                f"use '{base.text}' in place of what is built from it, and release each client "
                "after the last use of its state id, by hand",
                store.lineno,
            )
    return extent


def walks(
    module: Module, function: Function, ids: Ids, walked: Sequence[ast.Name]
) -> list[ast.stmt]:
    """The loops, and the statements outside of loops, where ids made beforehand are walked."""
    uses = [] if ids.unzipped else [n for n in walked if function in _chain(module, n)]
    return list({_anchor(module, function, use): None for use in uses})


def _together(module: Module, function: Function, anchors: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of the innermost block around all of ``anchors`` that hold them, in order.

    Raises:
        RefusalError: They stand in clauses of one statement that are no blocks of the function.
    """
    held = [[each for each in _chain(module, a) if isinstance(each, ast.stmt)] for a in anchors]
    for statement in held[0]:
        if statement is function:
            break
        block = module.block_of(statement)
        found = {each: None for chain in held for each in chain if each in block}
        if all(any(each in block for each in chain) for chain in held):
            return sorted(found, key=block.index)
    raise RefusalError(
        "the id is used in several blocks of the function",
        "bind the context's state id once, around all of them, by hand",
        min(anchor.lineno for anchor in anchors),
    )


def _chain(module: Module, node: ast.AST) -> list[ast.AST]:
    return [node, *module.ancestors(node)]


def _anchor(module: Module, outer: ast.AST, node: ast.AST) -> ast.stmt:
    """The outermost loop around ``node`` in ``outer``, or its statement there."""
    anchor: ast.stmt | None = None
    loop: ast.stmt | None = None
    for inner in _chain(module, node):
        if inner is outer:
            break
        if isinstance(inner, ast.stmt) and anchor is None:
            anchor = inner
        if isinstance(inner, LOOPS):
            loop = inner
        if isinstance(inner, FUNCTIONS) and isinstance(inner, ast.stmt):
            anchor, loop = inner, None
    found = loop or anchor
    assert found is not None
    return found


def _repeats(module: Module, anchor: ast.stmt, nodes: list[ast.AST]) -> bool:
    if isinstance(anchor, LOOPS):
        return True
    return any(
        isinstance(inner, (*COMPREHENSIONS, *FUNCTIONS))
        for node in nodes
        if anchor in _chain(module, node)
        for inner in _within(module, node, anchor)
    )


def _within(module: Module, node: ast.AST, anchor: ast.stmt) -> list[ast.AST]:
    chain = _chain(module, node)
    return chain[: chain.index(anchor) + 1]


def statements(module: Module, extent: Extent) -> list[ast.stmt]:
    """The statements of the extent, in order."""
    block = module.block_of(extent.first)
    return block[block.index(extent.first) : block.index(extent.last) + 1]


def after(module: Module, extent: Extent) -> list[ast.stmt]:
    """The statements of the same block that follow the extent."""
    block = module.block_of(extent.first)
    return block[block.index(extent.last) + 1 :]


def free_name(module: Module, function: Function, ids: Ids) -> str:
    """The first name for the id that nothing else in the function uses."""
    taken = module.bound_names(function)
    for name in NAMES:
        if name not in taken or _is_only_holder(module, function, ids, name):
            return name
    number = 2
    while f"state_id_{number}" in taken:
        number += 1
    return f"state_id_{number}"


def _is_only_holder(module: Module, function: Function, ids: Ids, name: str) -> bool:
    """Whether ``name`` stands for nothing in ``function`` but the id itself."""
    if (function, name) not in ids.names:
        return False
    own = set(module.own_names(function, name))
    every = {node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name}
    others = module.bound_names(function) - {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name)
    }
    return own == every and name not in others


def check_releases(module: Module, extent: Extent, found: list[Release], ids: Ids) -> None:
    """Check that every cache is released on every row, wherever else it is released.

    Raises:
        RefusalError: A cache is released only where a condition holds.
    """
    always: set[str] = set()
    function = module.function_of(extent.first)
    region = set(statements(module, extent))
    for release in found:
        first = release.statements[0]
        if module.function_of(first) is not function and region & set(module.ancestors(first)):
            raise RefusalError(
                "the client is released in a function that is called for each row",
                "release it in a 'finally' around the loop by hand",
                first.lineno,
            )
        if _is_unconditional(module, release, found, extent, ids):
            always.update(release.caches)
    for release in found:
        if not always.issuperset(release.caches):
            raise RefusalError(
                "the client is released only under a condition",
                "release it in a 'finally' around the loop by hand",
                release.statements[0].lineno,
            )
        _refuse_mixed(module, release, extent)
        _refuse_row_names(module, release, extent, {*ids.loads, *ids.in_place})
        _refuse_kept(module, release, extent)


def ends_rows(module: Module, releases: Sequence[Release], extent: Extent) -> bool:
    """Whether each release stands in a handler that leaves the function, so no row follows it."""
    function = module.function_of(extent.first)
    for release in releases:
        chain = list(module.ancestors(release.statements[0]))
        handler = next((each for each in chain if isinstance(each, ast.ExceptHandler)), None)
        if (
            release.strict
            or handler is None
            or not isinstance(handler.body[-1], (ast.Raise, ast.Return))
        ):
            return False
        tried = module.parents[handler]
        around = chain[chain.index(tried) + 1 :]
        if function not in around or any(
            # What might catch the exception, or keep it to itself.
            isinstance(each, (ast.Try, ast.TryStar, ast.With, ast.AsyncWith, *FUNCTIONS))
            for each in around[: around.index(function)]
        ):
            return False
        if any(
            isinstance(node, (ast.Return, ast.Break, ast.Continue))
            for each in getattr(tried, "finalbody", [])
            for node in ast.walk(each)
        ):
            return False
    return bool(releases)


def _handled(tried: ast.Try | ast.TryStar, caches: set[str], found: list[Release]) -> bool:
    """Whether each handler releases too, or leaves."""
    released = {
        each.statements[0] for each in found if caches.issubset(each.caches) and each.statements
    }
    return all(
        isinstance(handler.body[-1], ast.Raise) or any(each in released for each in handler.body)
        for handler in tried.handlers
    )


def _is_unconditional(
    module: Module, release: Release, found: list[Release], extent: Extent, ids: Ids
) -> bool:
    """Whether the release runs in every round that has an id, or in every call of its helper."""
    statement = release.statements[0]
    caches = set(release.caches)
    inner: ast.AST = statement
    region = statements(module, extent)
    helper = module.function_of(statement)
    bound = [module.block_of(each) for each in [*ids.definitions, *ids.unpacked]]
    for ancestor in module.ancestors(statement):
        if ancestor is helper or (any(inner in block for block in bound) and not ids.in_place):
            return True
        match ancestor:
            case ast.Try() | ast.TryStar():
                if inner in ancestor.orelse and _handled(ancestor, caches, found):
                    pass
                elif inner not in ancestor.body and inner not in ancestor.finalbody:
                    return False
            case ast.With() | ast.AsyncWith():
                pass
            case ast.For() | ast.AsyncFor() | ast.While():
                if inner not in ancestor.body:
                    return False
            case _:
                return False
        if ancestor in region:
            return True
        inner = ancestor
    return False


def _refuse_mixed(module: Module, release: Release, extent: Extent) -> None:
    """Refuse a release that shares its ``with``, or is all that a ``try`` with handlers does."""
    first = release.statements[0]
    parent = module.parents[first]
    if isinstance(parent, (ast.Try, ast.TryStar)) and list(release.statements) == parent.body:
        raise RefusalError(
            "the release is all that its 'try' does, of which too little would be left",
            "release it by a plain 'pop(state_id, None)', then run the fix again",
            parent.lineno,
        )
    region = statements(module, extent)
    for ancestor in module.ancestors(first):
        if isinstance(ancestor, (ast.With, ast.AsyncWith)) and any(
            map(_holds_lock, ancestor.items)
        ):
            raise RefusalError(
                "the client is released inside a 'with' that holds more than the release",
                "release it in a statement of its own",
                ancestor.lineno,
            )
        if ancestor in region or isinstance(ancestor, FUNCTIONS):
            return


def _refuse_row_names(
    module: Module, release: Release, extent: Extent, own: set[ast.expr]
) -> None:
    """Refuse a release that names something of the row besides the ids ``own``, such as a lock."""
    function = module.function_of(extent.first)
    region = set(statements(module, extent))
    parts = [
        part
        for key in release.keys
        for part in (key.elts if isinstance(key, ast.Tuple) else [key])
        if part in own or part is key
    ]
    keys = {node for part in parts for node in ast.walk(part)}
    inside = {node for statement in release.statements for node in ast.walk(statement)} - keys
    for node in inside:
        if (
            isinstance(node, ast.Name)
            and function is not None
            and any(
                not isinstance(other.ctx, ast.Load)
                and other not in inside
                and region & set(module.ancestors(other))
                for other in module.own_names(function, node.id)
            )
            and not any(
                isinstance(other, ast.Name)
                and other.id == node.id
                and not isinstance(other.ctx, ast.Load)
                for other in inside
            )
        ):
            raise RefusalError(
                f"the client is released with '{node.id}', which is bound for each row",
                "bind it before the loop, then run the fix again",
                node.lineno,
            )


def _holds_lock(item: ast.withitem) -> bool:
    """Whether a ``with`` may be what keeps others from the cache; a span of a tracer is not."""
    text = ast.unparse(item.context_expr).lower()
    return not isinstance(item.context_expr, ast.Call) or any(
        word in text for word in ("lock", "acquire", "guard", "mutex", "semaphore", "condition")
    )


def _refuse_kept(module: Module, release: Release, extent: Extent) -> None:
    """Refuse a released client that something else of the function uses by its name."""
    inside = {node for statement in release.statements for node in ast.walk(statement)}
    function = module.function_of(extent.first)
    names = {
        node.id
        for node in inside
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    region = set(statements(module, extent))
    for name in names if function is not None else ():
        assert function is not None
        uses = [node for node in module.own_names(function, name) if node not in inside]
        bound = any(
            not isinstance(node.ctx, ast.Load) and region & set(module.ancestors(node))
            for node in uses
        )
        for node in uses:
            if isinstance(node.ctx, ast.Load) and not (
                bound and region & set(module.ancestors(node))
            ):
                raise RefusalError(
                    f"'{name}' holds the released client and is used elsewhere",
                    "use two names, then run the fix again",
                    node.lineno,
                )
