"""``if`` statements that do nothing but choose how an id is built: it is one whatever they say."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.bases import is_harmless_test

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from flake8_stateid.codemod.modules import Module


def choices(
    module: Module,
    found: Sequence[ast.stmt],
    definitions: Collection[ast.stmt],
    integers: frozenset[str],
) -> list[ast.If]:
    """The outermost ``if`` statements around definitions that choose and do nothing else.

    Args:
        module: The module.
        found: The definitions of one name.
        definitions: Those of all names that hold the id.
        integers: Names known to hold integers.
    """
    chosen: list[ast.If] = []
    for definition in found:
        choice = module.parents[definition]
        while isinstance(outer := module.parents[choice], ast.If) and outer.orelse == [choice]:
            choice = outer
        if not isinstance(choice, ast.If):
            continue
        block = module.block_of(choice)
        bound = any(each in block and each.lineno < choice.lineno for each in found)
        if _only_chooses(choice, definitions, integers, bound=bound):
            chosen.append(choice)
    return chosen


def _only_chooses(
    choice: ast.If,
    definitions: Collection[ast.stmt],
    integers: frozenset[str],
    *,
    bound: bool,
) -> bool:
    """Whether each branch binds the id; the last may do without where it is ``bound`` before."""
    if not is_harmless_test(choice.test, integers) or not all(
        each in definitions for each in choice.body
    ):
        return False
    match choice.orelse:
        case []:
            return bound
        case [ast.If() as other]:
            return _only_chooses(other, definitions, integers, bound=bound)
    return all(each in definitions for each in choice.orelse)
