"""Branches that bind the id: those that do nothing else, and whether every way binds it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.bases import is_harmless_test
from flake8_stateid.codemod.reading.nodes import JUMPS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from flake8_stateid.codemod.reading.modules import Module

Choice = ast.If | ast.Match
# Whether a value is one of these can be asked without calling anything of its class.
_BUILTIN = frozenset({"bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple"})


def choices(
    module: Module,
    found: Sequence[ast.stmt],
    definitions: Collection[ast.stmt],
    integers: frozenset[str],
) -> list[Choice]:
    """The outermost statements around definitions that choose one and do nothing else.

    Args:
        module: The module.
        found: The definitions of one name.
        definitions: Those of all names that hold the id.
        integers: Names known to hold integers.
    """
    chosen: list[Choice] = []
    for definition in found:
        choice = module.parents[definition]
        if isinstance(choice, ast.match_case):
            choice = module.parents[choice]
        while isinstance(outer := module.parents[choice], ast.If) and outer.orelse == [choice]:
            choice = outer
        if not isinstance(choice, (ast.If, ast.Match)):
            continue
        block = module.block_of(choice)
        bound = any(each in block and each.lineno < choice.lineno for each in found)
        if _only_chooses(choice, definitions, integers, bound=bound):
            chosen.append(choice)
    return chosen


def _only_chooses(
    choice: Choice,
    definitions: Collection[ast.stmt],
    integers: frozenset[str],
    *,
    bound: bool,
) -> bool:
    """Whether each branch binds the id; the last may do without where it is ``bound`` before."""
    if isinstance(choice, ast.Match):
        return (
            is_harmless_test(choice.subject, integers)
            and all(_is_plain(case, integers) for case in choice.cases)
            and all(each in definitions for case in choice.cases for each in case.body)
            and (bound or _is_exhaustive(choice))
        )
    if not is_harmless_test(choice.test, integers) or not all(
        each in definitions for each in choice.body
    ):
        return False
    match choice.orelse:
        case []:
            return bound
        case [ast.If() | ast.Match() as other]:
            return _only_chooses(other, definitions, integers, bound=bound)
    return all(each in definitions for each in choice.orelse)


def _is_plain(case: ast.match_case, integers: frozenset[str]) -> bool:
    """Whether a case can be dropped: it binds no name, and compares with constants."""
    if case.guard is not None and not is_harmless_test(case.guard, integers):
        return False
    for node in ast.walk(case.pattern):
        match node:
            case ast.MatchClass(cls=ast.Name(id=name), patterns=[], kwd_attrs=[]) if (
                name in _BUILTIN
            ):
                continue
            case (
                ast.MatchAs(name=str())
                | ast.MatchStar(name=str())
                | ast.MatchMapping(rest=str())
                | ast.MatchClass()
                | ast.Attribute()
            ):
                return False
    return True


def _is_exhaustive(choice: ast.Match) -> bool:
    last = choice.cases[-1]
    return (
        last.guard is None and isinstance(last.pattern, ast.MatchAs) and not last.pattern.pattern
    )


def is_bound(module: Module, load: ast.Name, definitions: Collection[ast.stmt]) -> bool:
    """Whether every way to ``load`` comes past one of ``definitions`` of its name.

    What is chosen in branches may then be bound before them: no way misses it.
    """
    node: ast.AST = load
    for ancestor in [load, *module.ancestors(load)]:
        if isinstance(ancestor, ast.stmt):
            node = ancestor
            block = module.block_of(node)
            if any(_binds(each, definitions) for each in block[: block.index(node)]):
                return True
    return False


def is_hollow(branching: ast.AST, definitions: Collection[ast.stmt]) -> bool:
    """Whether nothing would be left of a statement but what chooses between its branches."""
    if branching in definitions:
        return True
    match branching:
        case ast.If(body=body, orelse=orelse):
            return all(is_hollow(each, definitions) for each in [*body, *orelse])
        case ast.Match(cases=cases):
            return all(is_hollow(each, definitions) for case in cases for each in case.body)
    return False


def _binds(statement: ast.stmt, definitions: Collection[ast.stmt]) -> bool:
    """Whether a statement binds the id whatever way it takes, or leaves."""
    match statement:
        case ast.AnnAssign(value=None):
            return False
        case ast.If(body=body, orelse=orelse):
            return _ends_bound(body, definitions) and _ends_bound(orelse, definitions)
        case ast.Match(cases=cases):
            return _is_exhaustive(statement) and all(
                _ends_bound(case.body, definitions) for case in cases
            )
    return statement in definitions


def _ends_bound(block: Sequence[ast.stmt], definitions: Collection[ast.stmt]) -> bool:
    return any(_binds(each, definitions) or isinstance(each, JUMPS) for each in block)
