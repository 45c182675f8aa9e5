"""The statements that share the id: what it is bound before, and what the release goes around."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.ids.bases import is_minted
from flake8_stateid.codemod.ids.logs import is_logged
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.deferral import runs_later
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.variables import unused_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

# What the id is called where the batch path binds it, and what is put before if that is taken.
_USUAL = "state_id"
_WORDS = ("batch", "given", "context")


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
    walked: Sequence[ast.expr],
    handed: Sequence[ast.expr],
    base: Base,
    minting: frozenset[str],
) -> Extent:
    """The extent of the id in ``function``; that of one round where each opens a state.

    Args:
        module: The module.
        function: The batch path.
        ids: The names and places of the id.
        walked: Uses of what carries ids that are made beforehand, where a release is among them.
        handed: Where the context is handed on to functions that use its state id.
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
        for node in module.own_stores(function, base.root)
        if not any(definition in _chain(module, node) for definition in ids.definitions)
    ]
    outer: ast.AST = function
    if len(stores) == 1 and is_minted(getattr(module.parents[stores[0]], "value", None), minting):
        outer = module.enclosing(stores[0], *LOOPS, *FUNCTIONS) or function
        stores = []
    anchors = {anchor_of(module, outer, node): None for node in nodes}
    looped = any(
        _repeats(module, anchor_of(module, outer, node), [node])
        for node in (
            [*ids.definitions, *ids.unpacked, *ids.in_place, *handed]
            if not ids.unzipped
            else nodes
        )
    )
    for anchor in sorted(anchors, key=lambda each: -each.lineno)[:-1]:
        # What only logs the id after the rows need not stand before the release.
        if not all(
            isinstance(node, ast.expr) and is_logged(module, node)
            for node in nodes
            if anchor_of(module, outer, node) is anchor
        ):
            break
        del anchors[anchor]
    blocks = {id(module.block_of(anchor)) for anchor in anchors}
    if len(blocks) != 1 and not looped and not isinstance(function, ast.Lambda):
        return Extent(function.body[0], function.body[-1], looped=False)
    ordered = together(module, function, list(anchors))
    extent = Extent(ordered[0], ordered[-1], looped)
    region = set(statements(module, extent))
    kept = [node for node in nodes if isinstance(node, ast.expr) and runs_later(module, node)]
    for store in stores:
        before = any(node.lineno < store.lineno for node in kept)
        if before or (looped and region & set(_chain(module, store))):
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
    return list({anchor_of(module, function, use): None for use in uses})


def together(module: Module, function: Function, anchors: list[ast.stmt]) -> list[ast.stmt]:
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


def anchor_of(module: Module, outer: ast.AST, node: ast.AST) -> ast.stmt:
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


def free_name(
    module: Module,
    function: Function,
    ids: Ids,
    base: Base,
    is_state_id: Callable[[str], bool],
    *,
    brief: bool,
) -> str:
    """The first name for the id that nothing else in the function uses.

    Args:
        module: The module.
        function: The batch path.
        ids: The names and places of the id.
        base: What it extends; gives the name where state ids are called otherwise.
        is_state_id: Whether a name is a state id name.
        brief: Whether a shorter name that holds the id alone is kept, for the lines' sake.
    """
    usual = _USUAL if is_state_id(_USUAL) else base.text.rpartition(".")[2].lstrip("_")
    taken = module.bound_names(function)
    held = sorted({name for owner, name in ids.names if owner is function}, key=len)
    for name in held if brief else ():
        if len(name) < len(usual) and _is_only_holder(module, function, ids, name):
            return name
    for name in (usual, *(f"{word}_{usual}" for word in _WORDS)):
        if name not in taken or _is_only_holder(module, function, ids, name):
            return name
    return unused_name(usual, taken)


def _is_only_holder(module: Module, function: Function, ids: Ids, name: str) -> bool:
    """Whether ``name`` stands for nothing in ``function`` but the id itself."""
    if (function, name) not in ids.names:
        return False
    own = set(module.own_names(function, name))
    every = {node for node in walk(function) if isinstance(node, ast.Name) and node.id == name}
    others = module.bound_names(function) - {
        node.id for node in walk(function) if isinstance(node, ast.Name)
    }
    return own == every and name not in others
