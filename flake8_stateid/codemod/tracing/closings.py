"""Statements that close a client by the name that a row has for it, beside its release.

``client.close()`` and ``self._clients.pop(state_id, None)``. Behind the rows there may be no such
name, for a batch without rows binds none: what is closed there is what the cache holds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.asking import is_present
from flake8_stateid.codemod.tracing.effects import CLOSING

# The cache that keeps the client a local holds; empty where it holds none, or that is not seen.
Holding = Callable[[ast.Name], str]


class Closing(NamedTuple):
    """What closes a client that its row has a name for.

    Attributes:
        statement: The statement.
        names: The uses of the name in it.
        test: What shows that there is a client, where that is asked.
        cache: The cache that keeps the client.
        local: The name.
        late: Whether the cache keeps it no longer then.
        context: Whether it is a ``with`` that closes the client when it is left.
    """

    statement: ast.stmt
    names: tuple[ast.Name, ...]
    test: ast.expr | None
    cache: str
    local: str
    late: bool = False
    context: bool = False


def held_by_none(_name: ast.Name) -> str:
    """No local is known to hold a client."""
    return ""


def closing_of(statement: ast.stmt, holding: Holding) -> Closing | None:
    """What ``statement`` closes, if that is all it does."""
    test = statement.test if isinstance(statement, ast.If) else None
    for name in names_held(statement, holding):
        body = [statement]
        if isinstance(statement, ast.If):
            if statement.orelse or not is_present(statement.test, name.id):
                continue
            body = statement.body
        if all(closes(each, name.id) for each in body):
            names = names_of(statement, name.id)
            return Closing(statement, names, test, holding(name), name.id)
    return None


def closed_by(statement: ast.AST) -> ast.expr | None:
    """The client in ``with closing(client):``, where that is all it holds."""
    match statement:
        case ast.With(items=[ast.withitem(context_expr=made, optional_vars=target)]):
            maker = "closing"
        case ast.AsyncWith(items=[ast.withitem(context_expr=made, optional_vars=target)]):
            maker = "aclosing"
        case _:
            return None
    match made:
        case ast.Call(func=called, args=[client], keywords=[]) if plain_name(called) == maker:
            return client if target is None or isinstance(target, ast.Name) else None
    return None


def names_held(node: ast.AST, holding: Holding) -> list[ast.Name]:
    """The first use of each name that holds a client."""
    found: dict[str, ast.Name] = {}
    for each in walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and holding(each):
            found.setdefault(each.id, each)
    return list(found.values())


def names_of(node: ast.AST, name: str) -> tuple[ast.Name, ...]:
    """The uses of a name in a node."""
    return tuple(each for each in walk(node) if isinstance(each, ast.Name) and each.id == name)


def closes(statement: ast.stmt, name: str) -> bool:
    """``client.close()``, ``await client.aclose()``, or such with its errors suppressed."""
    match statement:
        case ast.Expr(value=ast.Await(value=call) | call):
            return (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and dotted(call.func.value) == name
                and call.func.attr in CLOSING
                and not call.args
            )
        case ast.With(items=[ast.withitem(context_expr=guard)], body=body):
            return forgives(guard) and all(closes(each, name) for each in body)
        case ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[]):
            return all(map(is_passed_over, handler.body)) and all(
                closes(each, name) for each in body
            )
    return False


def is_passed_over(statement: ast.stmt) -> bool:
    """``pass``, or a log line."""
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and is_log(statement.value)
    )


def forgives(guard: ast.expr, errors: set[str] | None = None) -> bool:
    """Whether a guard is ``suppress`` of nothing but ``errors``, and does nothing where none come.

    What swallows exceptions besides, such as ``pytest.raises``, asks for one. Without ``errors``,
    it may be of any that have a name.
    """
    if (
        not isinstance(guard, ast.Call)
        or dotted(guard.func).rpartition(".")[2] != "suppress"
        or guard.keywords
    ):
        return False
    forgiven = {dotted(argument) for argument in guard.args}
    return forgiven <= errors if errors is not None else all(forgiven)


def closed_item(statement: ast.stmt) -> ast.Subscript | None:
    """``clients[id]`` of ``clients[id].close()``."""
    match statement:
        case ast.Expr(value=ast.Await(value=ast.Call() as call) | (ast.Call() as call)):
            held = call.func.value if isinstance(call.func, ast.Attribute) else None
            if (
                not (call.args or call.keywords)
                and plain_name(call.func) in CLOSING
                and isinstance(held, ast.Subscript)
                and dotted(held.value)
            ):
                return held
    return None
