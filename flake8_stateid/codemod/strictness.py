"""Releases that fail where there is no client: ``del`` and ``pop`` without a default.

Moved after the loop they are made tolerant, for a batch without rows has no client. That changes
nothing only where every row made a client before its release: a row that made none used to raise
``KeyError`` there.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.modules import FUNCTIONS, Module
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids import Ids
    from flake8_stateid.codemod.regions import Extent
    from flake8_stateid.codemod.releases import Release


def check_strict(module: Module, releases: Sequence[Release], ids: Ids, extent: Extent) -> None:
    """Check that no row can reach a strict release without a client.

    Raises:
        RefusalError: One can.
    """
    for release in releases:
        for node in release.strict:
            if not _is_preceded(module, release.statements[0], ids, releases):
                raise RefusalError(
                    "a row may reach this release without a client, where it raises KeyError",
                    "release with 'pop(state_id, None)', then run the fix again",
                    node.lineno,
                )


def _is_preceded(
    module: Module, statement: ast.stmt, ids: Ids, releases: Sequence[Release]
) -> bool:
    """Whether the id is used on every path to ``statement`` that does not raise."""
    released = {inner for release in releases for inner in release.statements}
    current: ast.AST = statement
    for ancestor in module.ancestors(statement):
        block = _block_with(ancestor, current)
        if isinstance(ancestor, ast.Try) and block is ancestor.finalbody:
            return _uses_first(module, ancestor.body, ids, released)
        before = block[: block.index(current)] if block else []
        if _uses(module, before, ids, released):
            return True
        if isinstance(ancestor, (*FUNCTIONS, ast.For, ast.AsyncFor, ast.While)):
            return False
        current = ancestor
    return False


def _block_with(node: ast.AST, child: ast.AST) -> list[ast.AST]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and child in block:
            return block
    return []


def _uses(module: Module, block: Sequence[ast.AST], ids: Ids, released: set[ast.stmt]) -> bool:
    """Whether one of the statements hands the id on, whatever branch is taken."""
    for statement in block:
        if statement in released:
            continue
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            if _uses(module, statement.body, ids, released):
                return True
        elif isinstance(statement, ast.Try):
            if _uses(module, _completed(statement), ids, released):
                return True
        elif isinstance(statement, ast.If):
            if _uses(module, statement.body, ids, released) and _uses(
                module, statement.orelse, ids, released
            ):
                return True
        elif not isinstance(statement, (*FUNCTIONS, ast.Match)) and _mentions(
            module, statement, ids
        ):
            return True
    return False


def _completed(statement: ast.Try) -> list[ast.stmt]:
    """What has run, at the least, when control goes on behind a ``try``."""
    leaving = (ast.Raise, ast.Return, ast.Continue, ast.Break)
    if all(isinstance(handler.body[-1], leaving) for handler in statement.handlers):
        return [*statement.body, *statement.orelse, *statement.finalbody]
    return [*statement.body[:1], *statement.finalbody]


def _uses_first(
    module: Module, block: Sequence[ast.AST], ids: Ids, released: set[ast.stmt]
) -> bool:
    """Whether the id is handed on before anything in ``block`` can raise."""
    for statement in block:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement in ids.definitions:
            continue
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            return _uses_first(module, statement.body, ids, released)
        return isinstance(
            statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)
        ) and _mentions(module, statement, ids)
    return False


def _mentions(module: Module, statement: ast.AST, ids: Ids) -> bool:
    nodes = {*ids.loads, *ids.in_place}
    return any(node in nodes for node in ast.walk(statement))
