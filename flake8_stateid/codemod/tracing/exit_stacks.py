"""Releases left to a ``with ExitStack() as stack``: ``stack.callback(clients.pop, id, None)``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.reading.modules import Module

_STACKS = frozenset({"ExitStack", "AsyncExitStack"})
_REGISTERING = frozenset(
    {"callback", "enter_context", "push"}
    | {"push_async_callback", "enter_async_context", "push_async_exit"}
)


class Callback(NamedTuple):
    """A release that is called when a ``with`` is left.

    Attributes:
        call: ``stack.callback(clients.pop, id, None)``.
        cache: ``clients``, as spelled; empty where a helper is called: ``callback(release, id)``.
        key: ``id``.
        done: What is called then: with the id, and what else ``pop`` is given.
    """

    call: ast.Call
    cache: str
    key: ast.expr
    done: ast.Call

    def text(self, name: str) -> str:
        """The same release, done at once, of the id that is called ``name``."""
        given = [name, *map(ast.unparse, self.done.args[1:])]
        return f"{ast.unparse(self.done.func)}({', '.join(given)})"


def callback_of(call: ast.expr) -> Callback | None:
    """What ``call`` leaves to its stack, if that may release and tolerate a missing client."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(), attr="callback"),
            args=[called, key, *others],
            keywords=[],
        ):
            done = ast.copy_location(ast.Call(called, [key, *others], []), call)
        case _:
            return None
    match called, others:
        case ast.Attribute(value=cache, attr="pop"), [ast.Constant()] if dotted(cache):
            return Callback(call, dotted(cache), key, done)
        case _, [] if dotted(called):
            return Callback(call, "", key, done)
    return None


def stack_of(module: Module, call: ast.Call) -> ast.With | ast.AsyncWith | None:
    """The ``with`` around ``call`` that opens its stack and does nothing else."""
    assert isinstance(call.func, ast.Attribute)
    stack = dotted(call.func.value)
    for ancestor in module.ancestors(call):
        match ancestor:
            case ast.With(items=[item]) | ast.AsyncWith(items=[item]):
                opened = item.context_expr
                if (
                    dotted(item.optional_vars or opened) == stack
                    and isinstance(opened, ast.Call)
                    and plain_name(opened.func) in _STACKS
                    and not opened.args
                ):
                    return ancestor
        if isinstance(ancestor, FUNCTIONS):
            return None
    return None


def is_around_rows(module: Module, opening: ast.AST, call: ast.Call) -> bool:
    """Whether the rows' loop stands in the ``with``, which is left once they are done."""
    chain = list(module.ancestors(call))
    inside = chain[: chain.index(opening)]
    outside = chain[chain.index(opening) + 1 :]
    around = [
        each
        for each in outside[: next(n for n, e in enumerate(outside) if isinstance(e, FUNCTIONS))]
        if isinstance(each, (*LOOPS, *COMPREHENSIONS))
    ]
    return any(isinstance(each, LOOPS) for each in inside) and not around


def refuse_closed(module: Module, opening: ast.With | ast.AsyncWith) -> None:
    """Refuse a stack that may be closed, or emptied, before its ``with`` is left.

    Raises:
        RefusalError: It is used for something else than to register.
    """
    for use in _uses(module, opening):
        parent = module.parents[use]
        if not isinstance(parent, ast.Attribute) or parent.attr not in _REGISTERING:
            raise RefusalError(
                "the stack that releases the client is used otherwise while rows run",
                "let it be closed by its 'with' alone",
                use.lineno,
            )


def _uses(module: Module, opening: ast.With | ast.AsyncWith) -> list[ast.Name]:
    """Every mention of the stack but the one that binds it."""
    function = module.function_of(opening)
    (item,) = opening.items
    stack = dotted(item.optional_vars or item.context_expr)
    names = module.own_names(function, stack) if function is not None else []
    return [each for each in names if each is not item.optional_vars]


def serves_nothing_else(
    module: Module, opening: ast.With | ast.AsyncWith, calls: Collection[ast.AST]
) -> bool:
    """Whether nothing but ``calls`` uses the stack that ``opening`` opens."""
    return all(
        any(each in calls for each in module.ancestors(use)) for use in _uses(module, opening)
    )


def leave_stack(module: Module, edits: Edits, statement: ast.stmt, name: str) -> None:
    """Do at once, behind the rows, what ``statement`` leaves to the stack of a row.

    Args:
        module: The module.
        edits: What is planned so far; added to.
        statement: A release that moves.
        name: What the id is called there.

    Raises:
        RefusalError: The stack serves something else.
    """
    left = callback_of(statement.value) if isinstance(statement, ast.Expr) else None
    if left is None:
        return
    opening = stack_of(module, left.call)
    if opening is None or not serves_nothing_else(module, opening, {left.call}):
        raise RefusalError(
            "the stack that releases the client does something else for the row",
            "release the client in a statement of its own",
            statement.lineno,
        )
    edits.replacements[left.call] = left.text(name)
    edits.dissolved.append(opening)
