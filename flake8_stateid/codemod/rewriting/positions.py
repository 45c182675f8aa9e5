"""From a node of ``ast`` to the node of LibCST at the same place, exactly or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from flake8_stateid.source import SourceText

KINDS: Mapping[str, tuple[str, ...]] = {
    "JoinedStr": ("FormattedString", "ConcatenatedString"),
    "TemplateStr": ("TemplatedString", "ConcatenatedString"),
    "Constant": ("SimpleString", "ConcatenatedString", "Integer", "Float", "Name"),
    "BinOp": ("BinaryOperation",),
    "Compare": ("Comparison",),
    "Assign": ("Assign",),
    "AnnAssign": ("AnnAssign",),
    "AugAssign": ("AugAssign",),
    "Delete": ("Del",),
    "AsyncFor": ("For",),
    "AsyncWith": ("With",),
    "AsyncFunctionDef": ("FunctionDef",),
}


class MissingNodeError(Exception):
    """LibCST has no node of that kind at that place."""


class Positions:
    """Nodes of one LibCST module by kind and place.

    Args:
        module: The module as parsed; its nodes are returned as they are.
        source: The same text as ``ast`` saw it.
    """

    def __init__(self, module: cst.Module, source: SourceText) -> None:
        """Compute all positions once."""
        self._source = source
        self._exact: dict[tuple[str, int, int, int, int], cst.CSTNode] = {}
        self._starts: dict[tuple[str, int, int], cst.CSTNode] = {}
        self._clauses: dict[tuple[int, int], cst.CompFor] = {}
        places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        for node, place in places.items():
            kind = type(node).__name__
            start = (place.start.line, place.start.column + 1)
            self._exact[(kind, *start, place.end.line, place.end.column + 1)] = node
            self._starts.setdefault((kind, *start), node)
            if isinstance(node, cst.CompFor):
                iterated = places[node.iter].start
                self._clauses[(iterated.line, iterated.column + 1)] = node

    def expression(self, node: ast.expr | ast.pattern) -> cst.CSTNode:
        """The expression or pattern at the exact place of ``node``.

        Raises:
            MissingNodeError: There is none.
        """
        span = self._source.span(node)
        for kind in _kinds(node):
            found = self._exact.get((kind, *span))
            if found is not None:
                return found
        raise MissingNodeError(f"no {type(node).__name__} at row {span.row}")

    def statement(self, node: ast.stmt) -> cst.CSTNode:
        """The statement that begins where ``node`` begins; a small one without its line.

        Raises:
            MissingNodeError: There is none.
        """
        span = self._source.span(node)
        for kind in _kinds(node):
            found = self._starts.get((kind, span.row, span.column))
            if found is not None:
                return found
        raise MissingNodeError(f"no {type(node).__name__} at row {span.row}")

    def comprehension(self, node: ast.comprehension) -> cst.CSTNode:
        """The ``for`` clause that iterates over the same expression.

        Raises:
            MissingNodeError: There is none.
        """
        span = self._source.span(node.iter)
        found = self._clauses.get((span.row, span.column))
        if found is None:
            raise MissingNodeError(f"no comprehension at row {span.row}")
        return found


def _kinds(node: ast.AST) -> tuple[str, ...]:
    name = type(node).__name__
    return KINDS.get(name, (name,))
