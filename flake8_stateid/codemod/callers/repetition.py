"""Calls of a batch path that hand it the same context: the rounds of a loop, one after another.

Only what is seen to be the same counts. What another call may have changed is taken for another
state id: an engine opens a state before each call.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import READERS
from flake8_stateid.codemod.reading.nodes import arguments_of, begins, ends, walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


def changes(
    module: Module,
    nodes: Iterable[ast.AST],
    handed: Handed,
    name: str,
    is_state_id: Callable[[str], bool],
) -> bool:
    """Whether the state id that is handed on may be another one after ``nodes`` have run.

    Args:
        module: The module.
        nodes: What runs between two calls.
        handed: What both are given.
        name: The batch path's name; it changes no context that it is handed.
        is_state_id: Whether a name is a state id name: a text that nobody changes in place.
    """
    objects: set[str] = set()
    for part in handed.parts:
        names = part.split(".")
        objects.update(".".join(names[: number + 1]) for number in range(len(names)))
    objects = {each for each in objects if not is_state_id(each.rpartition(".")[2])}
    for node in nodes:
        if not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        text = dotted(node)
        if not isinstance(node.ctx, ast.Load):
            if any(
                f"{part}.".startswith(f"{text}.") or text.startswith(f"{part}.")
                for part in handed.parts
            ):
                return True
        elif text in objects and _may_change(module, node, name):
            return True
    return False


def _may_change(module: Module, node: ast.expr, name: str) -> bool:
    """Whether an object may be changed by its use: by a method, or whom it is handed to."""
    parent = module.parents[node]
    call = module.parents[parent]
    if isinstance(parent, ast.Attribute):
        return isinstance(call, ast.Call) and call.func is parent
    if not isinstance(parent, ast.keyword):
        call = parent
    if not isinstance(call, ast.Call):
        return not isinstance(parent, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.If, ast.Assert))
    return not (is_log(call) or last_name(call) in READERS | {name})


def between(module: Module, scope: ast.AST, one: ast.Call, other: ast.Call) -> list[ast.AST]:
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
