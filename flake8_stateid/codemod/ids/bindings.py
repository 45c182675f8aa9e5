"""What local variables are bound to, where each is bound only once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS, LOOPS
from flake8_stateid.codemod.ids.bases import MAX_LOCALS, is_count, is_formatting
from flake8_stateid.codemod.ids.required import given_id
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.codemod.reading.modules import Module


class Bindings:
    """Looks through ``prefix = f"{ctx.state_id}_row"`` and ``base = ctx.state_id``.

    Args:
        module: The module.
        is_state_id: Whether an identifier is a state id name.
    """

    def __init__(self, module: Module, is_state_id: Callable[[str], bool]) -> None:
        """Look in ``module``."""
        self._module = module
        self._is_state_id = is_state_id

    def expand(self, name: ast.Name) -> ast.expr | None:
        """The text a local is bound to, or the state id, where it is bound in a loop.

        A local that holds the state id from before the loop stands for itself: it is as good a
        name for the id as any (:meth:`is_given`).
        """
        value = self._value(name)
        if value is None or self._is_unsteady(value):
            return None
        if isinstance(value, ast.Name):
            return value
        if isinstance(value, ast.Attribute):
            given = self._is_state_id(value.attr) and bool(dotted(value))
            return value if given and self._is_repeated(value) else None
        if isinstance(value, (ast.JoinedStr, ast.BinOp)):
            return value
        return value if isinstance(value, ast.Call) and is_formatting(value) else None

    def extended(self, name: ast.Name, depth: int = 0) -> ast.expr | None:
        """The same, where a state id is part of it: what else a local holds is evaluated there."""
        value = self.expand(name)
        if value is None or depth == MAX_LOCALS:
            return None
        for node in walk(value):
            named = dotted(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
            if (named and self._is_state_id(named.rpartition(".")[2])) or (
                isinstance(node, ast.Name)
                and (self.is_given(node) or self.extended(node, depth + 1) is not None)
            ):
                return value
        return None

    def elements(self, name: ast.Name) -> list[ast.expr]:
        """What a local list holds that is used here only: ``parts = [ctx.state_id, str(i)]``."""
        value = self._value(name)
        function = self._module.function_of(name)
        if not isinstance(value, (ast.List, ast.Tuple)) or self._is_unsteady(value):
            return []
        assert function is not None
        uses = self._module.own_names(function, name.id)
        loads = [node for node in uses if isinstance(node.ctx, ast.Load)]
        if loads != [name] or any(isinstance(each, ast.Starred) for each in value.elts):
            return []
        return list(value.elts)

    def is_given(self, node: ast.expr) -> bool:
        """Whether ``node`` is a local that holds the context's state id, bound before the loop."""
        if not isinstance(node, ast.Name):
            return False
        value = self._value(node)
        holder, _, name = given_id(self._module, value).rpartition(".") if value else ("", "", "")
        return (
            value is not None
            and bool(holder)
            and self._is_state_id(name)
            and not self._is_repeated(value)
        )

    def is_tally(self, node: ast.expr) -> bool:
        """Whether ``node`` is ``next(counter)`` of an ``itertools.count()`` used only there."""
        match node:
            case ast.Call(func=ast.Name(id="next"), args=[ast.Name() as counter], keywords=[]):
                value = self._value(counter)
                function = self._module.binder(self._module.function_of(node), counter.id)
                return (
                    value is not None
                    and function is not None
                    and is_count(value)
                    and len(self._module.own_names(function, counter.id)) == 2  # noqa: PLR2004
                )
        return False

    def _value(self, name: ast.Name) -> ast.expr | None:
        function = self._module.binder(self._module.function_of(name), name.id)
        if function is None or name.id in parameters(function):
            return None
        match self._module.binding(function, name.id):
            case ast.Assign(targets=[ast.Name()], value=value):
                return value
            case ast.AnnAssign(value=value):
                return value
            case ast.NamedExpr(value=value):
                return value
        return None

    def _is_repeated(self, value: ast.expr) -> bool:
        return self._module.enclosing(value, *LOOPS, *COMPREHENSIONS) is not None

    def _is_unsteady(self, value: ast.expr) -> bool:
        """Whether the context in ``value`` is bound again, so that it may be another one later."""
        for node in walk(value):
            if not isinstance(node, ast.Attribute) or not self._is_state_id(node.attr):
                continue
            root = dotted(node).partition(".")[0]
            function = self._module.function_of(node)
            if (
                root
                and function is not None
                and root in parameters(function)
                and any(
                    not isinstance(other.ctx, ast.Load)
                    for other in self._module.own_names(function, root)
                )
            ):
                return True
        return False
