"""Batch paths that are generators: what they hold while their consumer has not come back.

An unfinished generator keeps the client of the row that it yields in the middle of, until it is
closed. Behind the loop, the release comes no later, provided no row has let go of its client where
it yields.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.contexts import exclusive
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import begins, ends, own_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.releases import Release


def refuse_suspended(
    module: Module, function: Function, releases: Sequence[Release], extent: Extent, ids: Ids
) -> None:
    """Refuse to release behind the loop of a generator that holds no client where it yields.

    Args:
        module: The module.
        function: The batch path.
        releases: The releases.
        extent: The statements in which rows run.
        ids: The names and places of the id.

    Raises:
        RefusalError: It would hold one then, for as long as the consumer likes.
    """
    released = {key for release in releases for key in release.keys}
    uses = [node for node in [*ids.loads, *ids.in_place] if node not in released]
    for node in own_nodes(*statements(module, extent)):
        if not isinstance(node, (ast.Yield, ast.YieldFrom)):
            continue
        asked = any(
            begins(use) <= ends(node)
            and module.function_of(use) is function
            and not exclusive(module, use, node)
            for use in uses
        )
        if not asked or not all(_comes_after(module, node, release) for release in releases):
            raise RefusalError(
                "the batch path is a generator, and where it yields it holds no client: behind "
                "the loop the release would wait for the consumer",
                "yield within the 'try' whose 'finally' releases, or release the client where "
                "the generator is consumed",
                node.lineno,
            )


def _comes_after(module: Module, node: ast.AST, release: Release) -> bool:
    """Whether a release comes behind ``node`` in the same round, or when the generator closes."""
    around = {release.statements[0], *module.ancestors(release.statements[0])}
    inner = node
    for ancestor in module.ancestors(node):
        if isinstance(inner, ast.stmt):
            block = module.block_of(inner)
            if around.intersection(block[block.index(inner) + 1 :]):
                return True
        if isinstance(ancestor, (ast.Try, ast.TryStar)):
            later: list[ast.AST] = []
            if inner in ancestor.body:
                later.extend([*ancestor.handlers, *ancestor.orelse])
            if inner not in ancestor.finalbody:
                later.extend(ancestor.finalbody)
            if around.intersection(later):
                return True
        inner = ancestor
    return False
