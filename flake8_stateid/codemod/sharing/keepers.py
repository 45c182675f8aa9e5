"""Which objects of other classes keep the clients: one, that is there before the rows and behind.

``cache = ClientCache()`` and ``cache.client(state_id)``: an object that is made for each row, or
two of one class, would each make a client that counts from 0.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.traced import Traced


def check_keepers(
    module: Module, trace: Traced, function: Function, extent: Extent, scopes: Iterable[ast.AST]
) -> bool:
    """Check that all rows ask one object for their clients; whether that is a local's.

    Args:
        module: The module.
        trace: Where the id goes.
        function: The batch path.
        extent: The statements in which rows run.
        scopes: All that runs while rows run.

    Raises:
        RefusalError: There may be several.
    """
    keepers: dict[ast.ClassDef, dict[str, ast.expr]] = {}
    for part in scopes:
        for node in walk(part):
            name = dotted(node.value) if isinstance(node, ast.Attribute) else ""
            if not isinstance(node, ast.Attribute) or name in {"", "self", "cls"}:
                continue
            for callee in module.resolve(node):
                owner = module.class_of(callee.function)
                if callee.function in trace.reached and owner is not None:
                    keepers.setdefault(owner, {})[name] = node.value
    for found in keepers.values():
        if len(found) > 1:
            raise RefusalError(
                f"'{min(found)}' and '{max(found)}' would each make a client under the one id",
                "let both use one, or let the recorder allocate call_index",
                found[max(found)].lineno,
            )
    region = set(statements(module, extent))
    local = False
    for held in (each for found in keepers.values() for each in found.values()):
        if not isinstance(held, ast.Name):
            continue
        scope = module.binder(module.function_of(held), held.id)
        if scope is None:
            continue
        local = True
        bound = module.binding(scope, held.id)
        if (
            scope is not function
            or bound is None
            or not extent.looped
            or region & {bound, *module.ancestors(bound)}
        ):
            raise RefusalError(
                f"'{held.id}' keeps the client, and is made for each row or call",
                "make it before the loop, then run the fix again",
                held.lineno,
            )
    return local
