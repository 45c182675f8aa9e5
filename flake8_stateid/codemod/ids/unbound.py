"""Reads of an id behind the loops that bind it: without a row, none is bound, and they raise."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, names_in
from flake8_stateid.codemod.ids.choices import is_bound
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import JUMPS, begins, ends

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from flake8_stateid.codemod.reading.modules import Module

_Loop = ast.For | ast.AsyncFor


def refuse_unbound(
    module: Module, loads: Iterable[ast.Name], definitions: Collection[ast.stmt]
) -> None:
    """Refuse an id that is read behind the loops that bind it, where these may have no round.

    That raised, and would not once the id is bound before the loop.

    Args:
        module: The module.
        loads: The reads of one name.
        definitions: The statements that bind it.

    Raises:
        RefusalError: One of them is.
    """
    loops = [module.enclosing(each, *LOOPS, *FUNCTIONS) for each in definitions]
    for load in loads:
        above = [load, *module.ancestors(load)]
        if (
            loops
            and not is_bound(module, load, definitions)
            and all(
                isinstance(loop, _Loop)
                and not any(each in above for each in loop.body)
                and ends(loop.body[-1]) < begins(load)
                and not _has_rounds(module, loop, above)
                for loop in loops
            )
        ):
            raise RefusalError(
                f"'{load.id}' is read behind the loop, where a batch without rows has bound none",
                "read the context's state id there, then run the fix again",
                load.lineno,
            )


def _has_rounds(module: Module, loop: _Loop, above: list[ast.AST]) -> bool:
    """Whether the loop has had a round where something behind it is come to.

    It walks a display, or an ``if`` asks for rows, before the loop or there; or a row has raised.
    """
    walked = _names(loop.iter)
    asked = walked.union(*map(_names, loop.body))
    inner = above[0]
    for ancestor in above:
        if isinstance(ancestor, ast.ExceptHandler):
            return True
        if (
            isinstance(ancestor, (ast.If, ast.IfExp, ast.While))
            and inner is not ancestor.test
            and not asked.isdisjoint(_names(ancestor.test))
        ):
            return True
        inner = ancestor
    return isinstance(loop.iter, (ast.List, ast.Tuple, ast.Constant)) or any(
        isinstance(each, ast.If)
        and isinstance(each.body[-1], JUMPS)
        and not walked.isdisjoint(_names(each.test))
        for each in _before(module, loop)
    )


def _before(module: Module, statement: ast.stmt) -> Iterable[ast.stmt]:
    """The statements of the function that have run before one of them."""
    for each in [statement, *module.ancestors(statement)]:
        if isinstance(each, FUNCTIONS) or not isinstance(each, ast.stmt):
            return
        block = module.block_of(each)
        yield from block[: block.index(each)]


def _names(node: ast.AST) -> set[str]:
    return names_in(node) - {"self", "cls"}
