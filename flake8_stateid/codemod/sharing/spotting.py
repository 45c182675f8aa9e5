"""Which expressions are a client that the id leads to: what is looked up, made or given back."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.entered import yielded
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.sharing.caches import cache_of
from flake8_stateid.codemod.tracing.closings import closed_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace


def givers_of(module: Module, trace: Trace) -> frozenset[ast.Call]:
    """Calls that hand the id on and get a client back."""
    givers: frozenset[ast.Call] = frozenset()
    while True:
        more: set[ast.Call] = set()
        for function, sites in trace.reached.items():
            clients = Clients(module, trace, list(walk(function)), frozenset(), givers)
            given = yielded(function)
            returned = (
                [function.body]
                if isinstance(function, ast.Lambda)
                else [given.value]
                if given is not None
                else [node.value for node in walk(function) if isinstance(node, ast.Return)]
            )
            if any(value is not None and clients.holds(value) for value in returned):
                more.update(site.call for site in sites if _is_direct(module, site.call, function))
        if more <= givers:
            return givers
        givers |= more


def _is_direct(module: Module, call: ast.Call, function: Function) -> bool:
    """Whether ``call`` calls ``function``, and does not hand it to an executor."""
    return any(callee.function is function for callee in module.resolve(call.func))


class Clients:
    """The expressions of one scope that are a client of the id.

    Attributes:
        names: The names that hold one there.

    Args:
        module: The module.
        trace: The uses of the id.
        nodes: The nodes of the scope.
        given: Its parameters that are clients.
        givers: Calls that hand the id on and get a client back.
    """

    def __init__(
        self,
        module: Module,
        trace: Trace,
        nodes: Sequence[ast.AST],
        given: frozenset[str],
        givers: frozenset[ast.Call],
    ) -> None:
        """Know the names that clients have there."""
        self._module = module
        self._caches = frozenset(trace.cache_keys)
        self._keys = {key for uses in trace.cache_keys.values() for key, _ in uses}
        self._made = {
            each.call
            for each in trace.creations
            if each.call in trace.lifted or cache_of(module, trace, each)
        }
        self._givers = givers
        self.names = set(given)
        while True:
            known = len(self.names)
            for node in nodes:
                self._note(node)
            if len(self.names) == known:
                return

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value) if self.holds(value):
                self.names.update(target.id for target in targets if isinstance(target, ast.Name))
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ) if self.holds(value):
                self.names.add(name)
            case ast.withitem(context_expr=made, optional_vars=ast.Name(id=name)):
                client = closed_by(self._module.parents[node])
                if made in self._givers or (client is not None and self.holds(client)):
                    self.names.add(name)

    def is_cache(self, node: ast.expr) -> bool:
        """Whether an expression is where clients are kept under the id."""
        return dotted(node) in self._caches

    def holds(self, node: ast.expr) -> bool:
        """Whether ``node`` is a client, where it is loaded."""
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.holds(value)
            case ast.BoolOp(values=[*_, last]):
                return self.holds(last)
            case ast.IfExp(body=body, orelse=orelse):
                return self.holds(body) or self.holds(orelse)
            case ast.Subscript(slice=key, ctx=ast.Load()):
                return key in self._keys
            case ast.Call(func=ast.Attribute(attr="get" | "pop" | "setdefault"), args=[key, *_]):
                return key in self._keys or node in self._givers
            case ast.Call():
                return node in self._givers or node in self._made
            case ast.Name(id=name, ctx=ast.Load()):
                return name in self.names
        return False
