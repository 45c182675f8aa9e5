"""Releases that fail where there is no client: ``del`` and ``pop`` without a default.

Moved after the loop they are made tolerant, for a batch without rows has no client. That changes
nothing only where every row made a client before its release: a row that made none used to raise
``KeyError`` there.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.making import Making
from flake8_stateid.codemod.modules import FUNCTIONS, LOOPS, Module
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids import Ids
    from flake8_stateid.codemod.releases import Release
    from flake8_stateid.codemod.trace import Trace


def check_strict(module: Module, trace: Trace, releases: Sequence[Release], ids: Ids) -> None:
    """Check that no row can reach a strict release without a client.

    Raises:
        RefusalError: One can.
    """
    released = frozenset(inner for release in releases for inner in release.statements)
    making = Making(module, trace, ids, released)
    for release in releases:
        for node in release.strict:
            if not _is_preceded(module, release.statements[0], making):
                raise RefusalError(
                    "a row may reach this release without a client, where it raises KeyError",
                    "release with 'pop(state_id, None)', then run the fix again",
                    node.lineno,
                )


def _is_preceded(module: Module, statement: ast.stmt, making: Making) -> bool:
    """Whether a client is made on every path to ``statement`` that does not raise."""
    current: ast.AST = statement
    for ancestor in module.ancestors(statement):
        block = _block_with(ancestor, current)
        if isinstance(ancestor, ast.Try) and block is ancestor.finalbody:
            if making.first(ancestor.body):
                return True
        elif isinstance(ancestor, ast.Try) and block is not ancestor.body:
            return False
        elif making.always(block[: block.index(current)] if current in block else []):
            return True
        if isinstance(ancestor, (*FUNCTIONS, *LOOPS)):
            return False
        current = ancestor
    return False


def _block_with(node: ast.AST, child: ast.AST) -> list[ast.stmt]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and child in block:
            return block
    return []
