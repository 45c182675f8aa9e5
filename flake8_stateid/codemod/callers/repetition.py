"""Calls of a batch path that hand it the same context: the rounds of a loop, one after another.

Only what is seen to be the same counts; what may have changed between two calls is
:mod:`.renewing`'s to say.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.reading.nodes import begins, ends, walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module


class Handed(NamedTuple):
    """A context, or a state id, that a call is given.

    Attributes:
        text: How it is written.
        parts: The names and attributes that it is, or is made of.
    """

    text: str
    parts: tuple[str, ...]


def handed_as(node: ast.expr | None) -> Handed | None:
    """What ``node`` is, where it is the same each time; ``None`` where that cannot be seen.

    That is ``ctx``, ``self._ctx``, and ``Context(recorder, ctx.state_id)``, which is another
    object each time, with the one state id.
    """
    parts: list[str] = []
    todo = [] if node is None else [node]
    while todo:
        each = todo.pop()
        if dotted(each):
            parts.append(dotted(each))
        elif isinstance(each, ast.Call) and last_name(each).lstrip("_")[:1].isupper():
            todo.extend(arguments_of(each))
        elif not isinstance(each, ast.Constant):
            return None
    return Handed(ast.unparse(node), tuple(parts)) if node is not None and parts else None


def between(module: Module, scope: ast.AST, one: ast.expr, other: ast.expr) -> list[ast.AST]:
    """The nodes of ``scope`` that run behind ``one`` and before ``other``, by their places."""
    first = module.statement_of(one)
    targets = first.targets if isinstance(first, ast.Assign) else []
    inside = {*walk(one), *walk(other)}
    return [
        *(inner for target in targets for inner in walk(target)),
        *(
            node
            for node in walk(scope)
            if isinstance(node, (ast.expr, ast.stmt))
            and node not in inside
            and ends(one) <= begins(node) < begins(other)
        ),
    ]
