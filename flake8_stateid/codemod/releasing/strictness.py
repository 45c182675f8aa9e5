"""Releases that fail where there is no client: ``del`` and ``pop`` without a default.

Moved after the loop they are made tolerant, for a batch without rows has no client. That changes
nothing only where every row made a client before its release: a row that made none used to raise
``KeyError`` there.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import stored_names, walk
from flake8_stateid.codemod.sharing.making import Making

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.releases import Release
    from flake8_stateid.codemod.tracing.trace import Trace


def check_strict(module: Module, trace: Trace, releases: Sequence[Release], ids: Ids) -> None:
    """Check that no row can reach a strict release without a client.

    Raises:
        RefusalError: One can.
    """
    released = frozenset(inner for release in releases for inner in release.statements)
    for release in releases:
        made_as = {_made_as(module, ids, key) for key in release.keys} - {""}

        def is_meant(node: ast.expr, made_as: set[str] = made_as) -> bool:
            """Whether ``node`` may be the id that this release is of."""
            own = _made_as(module, ids, node)
            return not own or not made_as or own in made_as

        making = Making(module, trace, ids, released, is_meant)
        needs = release.closing or release.closings
        if needs and any(isinstance(key, ast.Tuple) for key in release.keys):
            raise RefusalError(
                "the release needs a client, and is kept under more than the id",
                "close what 'pop(key, None)' gives, where it is not None",
                release.statements[0].lineno,
            )
        keys = (
            [key for key in release.keys if isinstance(key, ast.Tuple)] if release.strict else []
        )
        if any(_spelled(key) != _spelled(other) for key in keys for other, _ in trace.compound):
            raise RefusalError(
                "the client is released under a key that may be another than it is kept under",
                "release with 'pop(key, None)', then run the fix again",
                release.statements[0].lineno,
            )
        for node in release.strict:
            if not _is_preceded(module, release.statements[0], making):
                raise RefusalError(
                    "a row may reach this release without a client, where it raises KeyError",
                    "release with 'pop(state_id, None)', then run the fix again",
                    node.lineno,
                )


def _made_as(module: Module, ids: Ids, node: ast.expr) -> str:
    """What an id of the batch path is made of; empty where it is not made there.

    Several ids of a row become one, and a client of one of them was none of another.
    """
    function = module.function_of(node)
    if isinstance(node, ast.Name):
        above = [
            each
            for each in ids.definitions
            if module.function_of(each) is function
            and each.lineno < node.lineno
            and node.id in stored_names(each)
        ]
        if not above:
            return ""
        last = max(above, key=lambda each: each.lineno)
        if isinstance(last, ast.AugAssign):
            return f"{node.id} in row {last.lineno}"
        value = last.value
        if isinstance(value, ast.Name) and value.id != node.id:
            return _made_as(module, ids, value) or value.id
        return "" if value is None else _with_places(module, value)
    return _with_places(module, node) if node in ids.in_place else ""


def _with_places(module: Module, value: ast.expr) -> str:
    """An expression as it is spelled, and where the names in it were bound last."""
    function = module.function_of(value)
    places = [
        max(
            (s.lineno for s in module.own_stores(function, n.id) if s.lineno < value.lineno),
            default=0,
        )
        for n in walk(value)
        if isinstance(n, ast.Name) and function is not None
    ]
    return f"{ast.dump(value)} {places}"


def _spelled(key: ast.Tuple) -> list[str]:
    """The parts of a key that is made of more than the id, which has another name elsewhere."""
    named = sum(isinstance(part, (ast.Name, ast.JoinedStr)) for part in key.elts)
    parts = [part for part in key.elts if named > 1 or not isinstance(part, ast.Name)]
    return [str(len(key.elts)), *(ast.dump(part) for part in parts)]


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
