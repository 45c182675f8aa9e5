"""Calls of a batch path that hand it the same context: the rounds of a loop, one after another.

Only what is seen to be the same counts; what may have changed between two calls is
:mod:`.renewing`'s to say.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, arguments_of
from flake8_stateid.codemod.reading.nodes import begins, ends, walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.modules import Module


class Handed(NamedTuple):
    """A context, or a state id, that a call is given.

    Attributes:
        text: How it is written.
        parts: The names and attributes that it is, or is made of.
    """

    text: str
    parts: tuple[str, ...]


class Between(NamedTuple):
    """Nodes that run between two calls of the batch path, and what these are handed there."""

    module: Module
    nodes: list[ast.AST]
    handed: Handed


def handed_as(node: ast.expr | None) -> Handed | None:
    """What ``node`` is, where it is the same each time; ``None`` where that cannot be seen.

    That is ``ctx``, ``self._ctx``, and ``Context(recorder, ctx.state_id)`` or ``copy(ctx)``, which
    are other objects each time, with the one state id.
    """
    parts: list[str] = []
    todo = [] if node is None else [node]
    while todo:
        each = todo.pop()
        if dotted(each):
            parts.append(dotted(each))
        elif isinstance(each, ast.Call) and last_name(each).lstrip("_")[:1].isupper():
            todo.extend(arguments_of(each))
        elif isinstance(each, ast.Call) and _copies(each):
            todo.append(each.args[0])
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


def _copies(call: ast.Call) -> bool:
    """Whether a call gives a copy of its argument, with the state id that it has."""
    if last_name(call) == "replace":
        return len(call.args) == 1 and not any(
            keyword.arg is None or "state" in keyword.arg for keyword in call.keywords
        )
    return last_name(call) in {"copy", "deepcopy"} and len(call.args) == 1


class Source(NamedTuple):
    """What a call hands on, followed through the locals of its function.

    Attributes:
        handed: Of a local that is bound once, what it is bound to.
        bindings: The statements that bind them.
    """

    handed: Handed
    bindings: list[ast.stmt]


def source_of(module: Module, node: ast.expr, handed: Handed) -> Source:
    """What a call hands on: of ``own``, with ``own = ctx`` before it, that is ``ctx``.

    Args:
        module: The module.
        node: The call.
        handed: What it hands on, as it names that.
    """
    bindings: list[ast.stmt] = []
    function = module.function_of(node)
    for part in [*handed.parts]:
        root, _, rest = part.partition(".")
        binder = module.binder(function, root)
        if binder is None or root in parameters(binder):
            continue
        match module.binding(binder, root):
            case ast.Assign(targets=[ast.Name()], value=value) as bound:
                pass
            case ast.AnnAssign(value=ast.expr() as value) as bound:
                pass
            case _:
                continue
        made = handed_as(value)
        if made is None or bound in bindings or (rest and not dotted(value)):
            continue
        bindings.append(bound)
        if rest:
            made = Handed(f"{dotted(value)}.{rest}", (f"{dotted(value)}.{rest}",))
        others = [each for each in handed.parts if each != part]
        text = made.text if not others else f"{handed.text} with {root} = {made.text}"
        handed = Handed(text, (*others, *made.parts))
    if not bindings:
        return Source(handed, [])
    further = source_of(module, node, handed)
    return Source(further.handed, [*bindings, *further.bindings])


def followed(
    module: Module, rest: Iterable[ast.AST], node: ast.expr, handed: Handed
) -> tuple[Between, ...]:
    """What runs between two calls, with what is handed on, by its own name and by its source's.

    Args:
        module: The module.
        rest: What runs between them.
        node: One of the calls.
        handed: What it hands on, as it names that.
    """
    source = source_of(module, node, handed)
    gone = {node for each in source.bindings for node in walk(each)}
    nodes = [node for node in rest if node not in gone]
    names = dict.fromkeys((handed, source.handed))
    return tuple(Between(module, nodes, each) for each in names)


def rounds(loop: ast.AST) -> list[ast.AST]:
    """The nodes of a loop that run in each of its rounds.

    Args:
        loop: The loop, a comprehension, or a function that calls itself.
    """
    once: set[ast.AST] = set()
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        once.update(walk(loop.iter))
    elif isinstance(loop, COMPREHENSIONS):
        once.update(walk(loop.generators[0].iter))
    for each in getattr(loop, "orelse", ()):
        once.update(walk(each))
    return [node for node in walk(loop) if node not in once]
