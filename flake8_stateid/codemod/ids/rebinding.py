"""Why a name that holds the id, or a collection of ids, stands in the way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.mutators import COLLECTING
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.modules import Module


def bound_again(module: Module, node: ast.Name) -> RefusalError:
    """The refusal for a holder of the id that ``node`` binds to something else, or deletes."""
    if isinstance(node.ctx, ast.Del):
        return RefusalError(
            f"'{node.id}' holds the id and is deleted here",
            "drop the 'del', then run the fix again",
            node.lineno,
        )
    loop = module.parents[node]
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        function = module.function_of(node)
        uses = module.own_names(function, node.id) if function is not None else []
        if dotted(loop.iter) in _collections(module, uses):
            return collected(node)
        return RefusalError(
            f"'{node.id}' holds the id and is the variable of another loop, too",
            "give that loop's variable a name of its own, then run the fix again",
            node.lineno,
        )
    return RefusalError(
        f"'{node.id}' holds the id and is bound again here",
        "give the other value a name of its own",
        node.lineno,
    )


def collected(node: ast.expr) -> RefusalError:
    """The refusal for ids that are collected, where no loop walks them beside the rows."""
    return RefusalError(
        "the ids are collected for something else than a walk beside the rows",
        "collect the row's index instead; or use the context's state id in the loop by hand",
        node.lineno,
    )


def _collections(module: Module, uses: Iterable[ast.Name]) -> set[str]:
    """What the ids are put in."""
    found: set[str] = set()
    for use in uses:
        match module.parents[use]:
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in COLLECTING:
                found.add(dotted(value))
    return found - {""}
