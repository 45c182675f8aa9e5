"""What asks a client: by its name, by a method of it that is kept, by a ``partial`` of that."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import KEPT
from flake8_stateid.codemod.reading.handing_on import is_partial
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.sharing.spotting import Clients

_AROUND = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred, ast.keyword, ast.IfExp)


class Askers:
    """The expressions of a function that are a client, or what asks one without being given it.

    ``client``, ``client.ask``, ``partial(client.ask, text)``

    Attributes:
        names: The names of such.

    Args:
        module: The module.
        clients: The expressions that are a client.
        asked: The methods of clients.
        function: The function.
    """

    def __init__(
        self, module: Module, clients: Clients, asked: frozenset[str], function: Function
    ) -> None:
        """Know the names that they have there."""
        self._module = module
        self._clients = clients
        self._asked = asked
        self._nodes = walk(function)
        self.names = set(clients.names)
        while True:
            known = len(self.names)
            for node in self._nodes:
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and self.holds(node.value):
                    self.names.update(name for name, _ in named(node))
            if len(self.names) == known:
                return

    def holds(self, node: ast.AST | None) -> bool:
        """Whether an expression is one."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                return name in self.names
            case ast.Attribute(value=value, attr=attr):
                return attr in self._asked and self.holds(value)
            case ast.Call(args=[first, *_]) if is_partial(node):
                return self.holds(first)
            case ast.BoolOp(values=values):
                return any(map(self.holds, values))
            case ast.expr():
                return self._clients.holds(node)
        return False

    def kept(self) -> Iterator[tuple[ast.expr, ast.expr]]:
        """Those that something keeps besides the cache, each with what keeps it."""
        for node in self._nodes:
            if not isinstance(node, ast.expr) or not self.holds(node):
                continue
            inner: ast.AST = node
            parent = self._module.parents[node]
            while isinstance(parent, _AROUND):
                inner, parent = parent, self._module.parents[parent]
            match parent:
                case ast.Call(func=ast.Attribute(value=held, attr=attr)) if (
                    attr in KEPT and inner is not parent.func
                ):
                    if not self._clients.is_cache(held):
                        yield node, held
                case ast.Assign(targets=targets, value=value) if value is inner:
                    for target in targets:
                        held = target.value if isinstance(target, ast.Subscript) else target
                        if not isinstance(target, ast.Name) and not self._clients.is_cache(held):
                            yield node, held

    def handed_on(self) -> Iterator[tuple[Function, str]]:
        """The functions that are given one, each with the parameter that it comes in."""
        for node in self._nodes:
            if not isinstance(node, ast.Call):
                continue
            given = [
                *((number, None) for number, each in enumerate(node.args) if self.holds(each)),
                *((0, each.arg) for each in node.keywords if each.arg and self.holds(each.value)),
            ]
            for callee in self._module.resolve(node.func) if given else ():
                for number, keyword in given:
                    parameter = callee.parameter(number, keyword)
                    if parameter is not None:
                        yield callee.function, parameter
