"""Source text: bytes to text and back, and byte columns to character columns."""

from __future__ import annotations

import ast
from typing import NamedTuple

from flake8_stateid.findings import Span


class SourceText(NamedTuple):
    """One file's text as the analysis sees it: decoded, without BOM, split as Python splits it."""

    path: str
    text: str
    lines: tuple[str, ...]

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.pattern) -> Span:
        """The place of ``node`` in characters."""
        end_row = node.end_lineno or node.lineno
        end_offset = node.end_col_offset or node.col_offset
        return Span(
            node.lineno,
            self._column(node.lineno, node.col_offset),
            end_row,
            self._column(end_row, end_offset),
        )

    def _column(self, row: int, byte_offset: int) -> int:
        line = self.lines[row - 1] if row <= len(self.lines) else ""
        if line.isascii():
            return byte_offset + 1
        return len(line.encode()[:byte_offset].decode(errors="replace")) + 1
