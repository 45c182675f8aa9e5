"""Variables that share a name and nothing else: one loop's, and another's that binds it anew.

The analysed tree is changed so that each has a name of its own: what is asked about the variable
that holds the id is not asked of the other. The text that is rewritten keeps the name.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import parameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

# What no text may hold: it marks the names that only the tree has.
MARK = "_stateid_other"


def tell_apart(module: Module, builders: Iterable[ast.AST]) -> None:
    """Give another name to a loop's own variable where another loop's is bound to an id.

    Args:
        module: The module.
        builders: What makes the ids.
    """
    names: dict[tuple[Function, str], None] = {}
    for builder in builders:
        statement = module.statement_of(builder)
        function = module.function_of(statement)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(function, ast.stmt):
                names[function, target.id] = None
    built = {module.statement_of(builder) for builder in builders}
    for function, name in names:
        if name not in parameters(function):
            _tell_apart(module, function, name, built)


def _tell_apart(module: Module, function: Function, name: str, built: set[ast.stmt]) -> None:
    every = [node for node in walk(function) if isinstance(node, ast.Name) and node.id == name]
    loops: dict[ast.For, list[ast.Name]] = {}
    for node in every:
        loop = _loop_of(module, function, node)
        if loop is None:
            return
        loops.setdefault(loop, []).append(node)
    for number, (loop, uses) in enumerate(loops.items()):
        if not any(each in built for node in uses for each in module.ancestors(node)) and (
            _binds_first(module, loop, uses)
        ):
            for node in uses:
                node.id = f"{name}{MARK}{number}"
    module.forget_names()


def _loop_of(module: Module, function: Function, node: ast.Name) -> ast.For | None:
    """The loop nearest to the function's body around ``node``; none where it may mean another."""
    found: ast.For | None = None
    for ancestor in module.ancestors(node):
        if ancestor is function:
            return found
        if isinstance(ancestor, (*FUNCTIONS, *COMPREHENSIONS, ast.While, ast.AsyncFor)):
            return None
        if isinstance(ancestor, ast.For):
            found = ancestor
    return None


def _binds_first(module: Module, loop: ast.For, uses: list[ast.Name]) -> bool:
    """Whether each round of a loop binds the variable before it asks for it."""
    stores = [node for node in uses if not isinstance(node.ctx, ast.Load)]
    if len(stores) != 1 or not isinstance(stores[0].ctx, ast.Store):
        return False
    (store,) = stores
    others = [node for node in uses if node is not store]
    if any(store is each for each in walk(loop.target)):
        return all(_is_in(module, each, loop.body) for each in others)
    statement = module.statement_of(store)
    if not isinstance(statement, ast.Assign) or statement not in loop.body:
        return False
    later = loop.body[loop.body.index(statement) + 1 :]
    return all(_is_in(module, each, later) for each in others)


def _is_in(module: Module, node: ast.AST, block: list[ast.stmt]) -> bool:
    return any(each in block for each in module.ancestors(node))
