"""A report as plain text that fits 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from flake8_stateid.linkage.document import Grid, document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.linkage.report import LinkageReport

WIDTH = 80
_GAP = "  "
_NARROWEST = 12
_ELLIPSIS = "..."


def render_plain(report: LinkageReport) -> str:
    """The report as lines of at most 80 characters, ended by a newline."""
    lines: list[str] = []
    for block in document(report):
        if isinstance(block, Grid):
            lines += _grid_lines(block)
        else:
            lines += textwrap.wrap(block.text, WIDTH, break_on_hyphens=False) or [""]
    return "\n".join(lines) + "\n"


def _grid_lines(grid: Grid) -> Iterator[str]:
    """The table's lines: text left, numbers right, the widest texts cut where it must be."""
    cells = [grid.header, *([_cell(cell) for cell in row] for row in grid.rows)]
    is_number = [isinstance(cell, int) for cell in grid.rows[0]]
    widths = _fitted([max(map(len, column)) for column in zip(*cells, strict=True)])
    for row in cells:
        parts = [
            _cut(cell, width).rjust(width) if right else _cut(cell, width).ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        ]
        yield f"{_GAP}{_GAP.join(parts)}".rstrip()


def _cell(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell


def _fitted(widths: Sequence[int]) -> list[int]:
    """Widths that fit a line: the widest gives way, down to what is still worth reading."""
    widths = list(widths)
    while sum(widths) + len(_GAP) * len(widths) > WIDTH and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` characters: its middle gives way, its ends tell ids apart."""
    if len(text) <= width:
        return text
    kept = width - len(_ELLIPSIS)
    return f"{text[: kept - kept // 2]}{_ELLIPSIS}{text[len(text) - kept // 2 :]}"
