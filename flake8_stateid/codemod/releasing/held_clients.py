"""Which locals hold the client of the id, and which cache keeps it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import is_none, walk
from flake8_stateid.codemod.reading.signatures import parameters
from flake8_stateid.codemod.sharing.caches import filling_of
from flake8_stateid.codemod.sharing.spotting import Clients, givers_of
from flake8_stateid.codemod.tracing.closings import closed_by

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace


class HeldClients:
    """Tells which locals hold the client of the id, as long as one cache keeps it.

    Args:
        module: The module.
        trace: The uses of the id.
    """

    def __init__(self, module: Module, trace: Trace) -> None:
        """Ask nothing yet."""
        self._module = module
        self._trace = trace
        self._givers: frozenset[ast.Call] | None = None
        self._known: dict[tuple[Function, str], str] = {}
        self._clients: dict[Function, Clients] = {}

    def __call__(self, name: ast.Name) -> str:
        """The cache that keeps the client ``name`` holds; empty where that is not seen."""
        function = self._module.binder(self._module.function_of(name), name.id)
        if function is None or isinstance(function, ast.Lambda):
            return ""
        key = (function, name.id)
        if key not in self._known:
            self._known[key] = self._cache_of(function, name.id)
        return self._known[key]

    def _cache_of(self, function: Function, name: str) -> str:
        bound = [
            value
            for store in self._module.own_stores(function, name)
            if not is_none(value := bound_to(self._module, store))
        ]
        if not bound or name in parameters(function):
            return ""
        clients = self._clients_in(function)
        if not all(_is_one(clients, value) and not _is_taken(value) for value in bound):
            return ""
        fillings = [
            (filling_of(self._module, self._trace, creation), creation.function)
            for creation in self._trace.creations
        ]
        caches = {filling.cache for filling, _ in fillings}
        if len(caches) != 1 or not all(
            self._is_seen_from(function, filling.cache, maker) for filling, maker in fillings
        ):
            return ""
        return caches.pop()

    def _clients_in(self, function: Function) -> Clients:
        if self._givers is None:
            self._givers = givers_of(self._module, self._trace)
        if function not in self._clients:
            nodes = list(walk(function))
            self._clients[function] = Clients(
                self._module, self._trace, nodes, frozenset(), self._givers
            )
        return self._clients[function]

    def _is_seen_from(self, function: Function, cache: str, maker: Function) -> bool:
        """Whether ``function`` means by ``cache`` the one that ``maker`` fills."""
        root = cache.partition(".")[0]
        if root != "self":
            return bool(cache) and self._module.binder(function, root) is self._module.binder(
                maker, root
            )
        here, there = self._module.class_of(function), self._module.class_of(maker)
        return (
            here is not None
            and there is not None
            and (here in self._module.bases(there) or there in self._module.bases(here))
        )


def bound_to(module: Module, store: ast.Name) -> ast.expr:
    """What a name is bound to; the name itself where that is no plain value."""
    match module.parents[store]:
        case ast.Assign(targets=targets, value=value) if store in targets:
            return value
        case ast.AnnAssign(target=target, value=value) if target is store:
            return value if value is not None else ast.Constant(None)
        case ast.NamedExpr(value=value):
            return value
        case ast.withitem() as item:
            return closed_by(module.parents[item]) or store
    return store


def _is_one(clients: Clients, value: ast.expr) -> bool:
    """Whether a value is the client of the id, whichever part of it is taken."""
    match value:
        case ast.BoolOp(values=parts):
            return all(_is_one(clients, part) for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_one(clients, body) and _is_one(clients, orelse)
    return clients.holds(value)


def _is_taken(value: ast.expr) -> bool:
    """Whether a client is taken out of its cache: ``pop`` keeps it no longer."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "pop"
        for node in walk(value)
    )
