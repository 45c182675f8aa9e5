"""How an attribute of an object is spelled, also where a local or a method stands for it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, without_items
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flake8_stateid.codemod.tracing.counters import Method


def returned_attributes(methods: Sequence[Method]) -> dict[str, str]:
    """What methods and properties return: ``self._x`` of ``self.parts``."""
    return {
        f"self.{method.name}": dotted(node.value)
        for method in methods
        for node in walk(method)
        if isinstance(node, ast.Return) and node.value is not None
        if dotted(node.value).startswith("self.")
    }


class Spelling:
    """How an attribute of the object is spelled, also where a local or an element stands for it.

    Args:
        body: The method.
        returning: What methods return: ``self._x`` of ``self.parts``.
    """

    def __init__(self, body: Method, returning: Mapping[str, str]) -> None:
        """Note which locals stand for an attribute."""
        self._returning = returning
        self._locals = {
            name: held
            for node in walk(body)
            for name, value in _named(node)
            if (held := self._held(value)) == "self" or held.startswith("self.")
        }

    def __call__(self, node: ast.AST) -> str:
        """``self._x`` for ``self._x``, ``self._x[0]`` and a local that is it; else empty."""
        root, dot, rest = self._held(node).partition(".")
        name = f"{self._locals.get(root, root)}{dot}{rest}"
        return name if name.startswith("self.") else ""

    def _held(self, node: ast.AST) -> str:
        """The attribute that an expression is, or is a part of."""
        match without_items(node):
            case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id="self")]):
                return "self.__dict__"
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Name(id="self"), ast.Constant(value=str(name)), *_],
            ):
                return f"self.{name}"
            case ast.Call(func=called, args=[], keywords=[]):
                return self._returning.get(dotted(called), "")
            case ast.NamedExpr(value=value):
                return self._held(value)
            case ast.Attribute(value=value, attr=attribute):
                held = self._held(value)
                return f"{held}.{attribute}" if held else ""
            case plain:
                return dotted(plain)


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement binds, each with what it stands for, or is one of."""
    yield from named(node)
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        taken = node.iter
        if (
            isinstance(taken, ast.Call)
            and isinstance(taken.func, ast.Attribute)
            and not taken.args
        ):
            taken = taken.func.value  # .values(), .items()
        for each in walk(node.target):
            if isinstance(each, ast.Name):
                yield each.id, taken
