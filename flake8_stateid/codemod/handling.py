"""What rows do with a client that they come to share: they may ask it, and no more.

A row could close the client that was its own, or read from it how many calls it had made. After
the fix the next row gets the same client. What closes a client as part of its release moves with
the release; anything else is refused.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.clients import CLOSING
from flake8_stateid.codemod.modules import Function, Module, dotted
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.trace import Trace

_CONTEXTS = frozenset({"closing", "aclosing", "enter_context", "enter_async_context", "push"})


def check_handling(
    module: Module,
    trace: Trace,
    region: Iterable[ast.stmt],
    released: Iterable[ast.stmt],
    telling: frozenset[str],
) -> None:
    """Check what is done with clients from a cache while rows run.

    Args:
        module: The module.
        trace: The uses of the id.
        region: The statements in which rows run.
        released: The statements that move behind them.
        telling: Attributes of clients that tell how many calls were made.

    Raises:
        RefusalError: A client is closed, or tells what only its own row should know.
    """
    moved = {node for statement in released for node in ast.walk(statement)}
    todo: list[tuple[ast.AST, frozenset[str]]] = [
        (scope, frozenset()) for scope in [*region, *trace.reached]
    ]
    seen = set(todo)
    while todo:
        scope, given = todo.pop()
        nodes = [node for node in ast.walk(scope) if node not in moved]
        clients = _Clients(module, trace, nodes, given)
        for node in nodes:
            if any(map(clients.holds, _closed_by(node))):
                raise RefusalError(
                    "the client is closed for each row, and the next row would get the same one",
                    "close it where it is released, in a 'finally' around the loop",
                    getattr(node, "lineno", 0),
                )
            if (
                isinstance(node, ast.Attribute)
                and node.attr in telling
                and clients.holds(node.value)
            ):
                raise RefusalError(
                    f"the client's '{node.attr}' tells how many calls it made, which rows share",
                    "count what a row does beside the client",
                    node.lineno,
                )
            for function, parameter in clients.handed_on(node):
                handed = (function, frozenset({parameter}))
                if handed not in seen:
                    seen.add(handed)
                    todo.append(handed)


class _Clients:
    """The expressions of one scope that are a client of the id."""

    def __init__(
        self, module: Module, trace: Trace, nodes: Iterable[ast.AST], given: frozenset[str]
    ) -> None:
        self._module = module
        self._keys = {key for uses in trace.cache_keys.values() for key, _ in uses}
        self._calls = {site.call for sites in trace.reached.values() for site in sites}
        self._names = set(given)
        for node in nodes:
            match node:
                case ast.Assign(targets=targets, value=value) if self.holds(value):
                    self._names.update(filter(None, map(dotted, targets)))
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as value)
                    | ast.NamedExpr(target=target, value=value)
                ) if self.holds(value):
                    self._names.add(dotted(target))

    def holds(self, node: ast.expr) -> bool:
        """Whether ``node`` is a client from a cache."""
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.holds(value)
            case ast.Subscript(slice=key):
                return key in self._keys
            case ast.Call(func=ast.Attribute(), args=[key, *_]) if key in self._keys:
                return True
            case ast.Call():
                return node in self._calls
        return dotted(node) in self._names

    def handed_on(self, node: ast.AST) -> list[tuple[Function, str]]:
        """The parameters that get a client by the call ``node``."""
        if not isinstance(node, ast.Call):
            return []
        found = []
        for callee in self._module.resolve(node.func):
            places = [
                *((each, number, None) for number, each in enumerate(node.args)),
                *((each.value, 0, each.arg) for each in node.keywords),
            ]
            for value, number, keyword in places:
                parameter = callee.parameter(number, keyword) if self.holds(value) else None
                if parameter is not None:
                    found.append((callee.function, parameter))
        return found


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
