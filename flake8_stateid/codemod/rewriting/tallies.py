"""Counters that only the id needed: ``n = 0`` before the rows, and ``n += 1`` for each."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.bases import is_harmless, is_integer
from flake8_stateid.codemod.ids.counted import integers
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import parameters

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function


def is_step(module: Module, node: ast.Name) -> bool:
    """Whether ``node`` is part of ``n += 1`` or ``n = n + 1``, which tell nobody what ``n`` is."""
    parent = module.parents[node]
    if isinstance(parent, ast.BinOp):
        parent = module.parents[parent]
    match parent:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub(), value=value):
            return name == node.id and is_integer(value, frozenset())
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(
                left=ast.Name(id=read), op=ast.Add() | ast.Sub(), right=ast.Constant(value=int())
            ),
        ):
            return name == read == node.id
    return False


def drop_tally(
    module: Module, function: Function, edits: Edits, gone: set[ast.AST], left: Sequence[ast.Name]
) -> bool:
    """Remove a counter that nothing reads any more; whether it is one and has gone.

    Args:
        module: The module.
        function: The function that binds it.
        edits: What is planned so far; added to.
        gone: Nodes that the rewrite removes; added to.
        left: The mentions of the counter that are not gone; one at least is a step.
    """
    statements: list[ast.stmt] = []
    for node in left:
        statement = module.statement_of(node)
        if statement in statements:
            continue
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        begins = (
            module.parents[node] is statement
            and value is not None
            and not (isinstance(statement, ast.Assign) and len(statement.targets) > 1)
            and is_harmless(value, integers(function))
        )
        if not (begins or is_step(module, node)) or module.function_of(node) is not function:
            return False
        statements.append(statement)
    name = left[0].id
    if name in parameters(function) or any(
        isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names
        for node in walk(function)
    ):
        return False
    if any(_empties(module, edits, {*statements, *gone}, each) for each in statements):
        return False
    for each in statements:
        edits.removed[each] = None
        gone.add(each)
    return True


def _empties(
    module: Module, edits: Edits, removed: Collection[ast.AST], statement: ast.stmt
) -> bool:
    """Whether a block would be left with nothing, but for a ``finally`` that goes with it."""
    block = module.block_of(statement)
    if any(each not in removed and each not in edits.released for each in block):
        return False
    parent = module.parents[statement]
    return not (
        isinstance(parent, (ast.Try, ast.TryStar))
        and block is parent.finalbody
        and any(each in edits.released for each in block)
    )
