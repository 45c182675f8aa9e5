"""Whether each round of a loop comes to a statement, but for conditions that say nothing of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import LOOPS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.regions import Extent
    from flake8_stateid.codemod.reading.modules import Module

# What a client may be made in, in its body: under no condition that the types of its arguments
# may rest on.
_AROUND = (*LOOPS, ast.With, ast.AsyncWith, ast.Try)
_CHOOSING = (ast.IfExp, ast.BoolOp, ast.comprehension)


def is_in_rounds(
    module: Module, extent: Extent, call: ast.Call, given: Sequence[ast.expr]
) -> bool:
    """Whether a call stands in the one loop that rows run in, under no condition on ``given``.

    It may be what shows that a client can be made of what it is given.

    Args:
        module: The module.
        extent: The statements that use the id.
        call: What makes a client.
        given: What the client is made with.
    """
    loop = extent.first
    if not extent.looped or loop is not extent.last:
        return False
    inner: ast.AST = call
    for around in module.ancestors(call):
        if isinstance(around, _CHOOSING):
            return False
        if isinstance(around, ast.If) and inner is not around.test:
            if _is_about(around.test, given):
                return False
        elif not _runs_all(around, inner):
            return False
        if around is loop:
            return True
        inner = around
    return False


def _runs_all(around: ast.AST, inner: ast.AST) -> bool:
    """Whether ``around`` runs a statement of its own on each way through it, or in each round."""
    if not isinstance(inner, (ast.stmt, ast.ExceptHandler, ast.match_case)):
        return True
    return isinstance(around, _AROUND) and inner in around.body


def _is_about(test: ast.expr, given: Sequence[ast.expr]) -> bool:
    """Whether a condition may look at what a client is given."""
    looked_at = {_begins_with(node) for each in given for node in walk(each)} - {""}
    asks_itself = any(
        isinstance(node, ast.Call) and dotted(node.func).startswith(("self.", "cls."))
        for node in walk(test)
    )
    return not looked_at.isdisjoint(map(_begins_with, walk(test))) or (
        asks_itself and any(each.startswith(("self.", "cls.")) for each in looked_at)
    )


def _begins_with(node: ast.AST) -> str:
    """The variable that a path begins with, or the attribute of the object itself."""
    root, _, rest = dotted(node).partition(".")
    if root in {"self", "cls"}:
        return f"{root}.{rest.partition('.')[0]}" if rest else ""
    return root
