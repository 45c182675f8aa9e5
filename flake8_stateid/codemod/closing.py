"""Clients that are closed while rows still need them.

A row could close the client that was its own. After the fix the next row gets the same client.
What closes a client as part of its release moves with the release; anything else is refused.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.clients import CLOSING
from flake8_stateid.codemod.modules import Module, dotted
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_stateid.codemod.trace import Trace

_CONTEXTS = frozenset({"closing", "aclosing", "enter_context", "enter_async_context", "push"})


def refuse_closed(
    module: Module, trace: Trace, region: Iterable[ast.stmt], released: Iterable[ast.stmt]
) -> None:
    """Refuse a client from a cache that is closed while rows run.

    Args:
        module: The module.
        trace: The uses of the id.
        region: The statements in which rows run.
        released: The statements that move behind them.

    Raises:
        RefusalError: A client is closed there.
    """
    moved = {node for statement in released for node in ast.walk(statement)}
    for scope in [*region, *trace.reached]:
        found = [node for node in ast.walk(scope) if node not in moved]
        names = set(_names(module, trace, found))

        def is_client(node: ast.expr, names: set[str] = names) -> bool:
            plain = node.value if isinstance(node, ast.Await) else node
            return dotted(plain) in names or _is_taken(module, trace, plain)

        for node in found:
            if any(map(is_client, _closed_by(node))):
                raise RefusalError(
                    "the client is closed for each row, and the next row would get the same one",
                    "close it where it is released, in a 'finally' around the loop",
                    getattr(node, "lineno", 0),
                )


def _closed_by(node: ast.AST) -> list[ast.expr]:
    """What ``node`` closes, now or when a ``with`` around it ends."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in CLOSING:
            return [value]
        case ast.Call(func=function, args=[value, *_]) if (
            function.attr if isinstance(function, ast.Attribute) else dotted(function)
        ) in _CONTEXTS:
            return [value]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.context_expr for item in items]
    return []


def _names(module: Module, trace: Trace, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Variables that are bound to a client of the id."""
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.NamedExpr(target=target, value=value):
                targets = [target]
            case _:
                continue
        plain = value.value if isinstance(value, ast.Await) else value
        if _is_taken(module, trace, plain):
            yield from filter(None, map(dotted, targets))


def _is_taken(module: Module, trace: Trace, node: ast.expr) -> bool:
    """Whether ``node`` takes a client from a cache by the id, itself or by a call."""
    keys = {key for uses in trace.cache_keys.values() for key, _ in uses}
    match node:
        case ast.Subscript(slice=key):
            return key in keys
        case ast.Call(func=ast.Attribute(), args=[key, *_]) if key in keys:
            return True
        case ast.Call():
            return any(site.call is node for sites in trace.reached.values() for site in sites)
        case ast.NamedExpr(value=value):
            return _is_taken(module, trace, value)
        case ast.BoolOp(values=values):
            return any(_is_taken(module, trace, value) for value in values)
    return False
