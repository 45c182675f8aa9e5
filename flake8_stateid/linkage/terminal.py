"""A report on a terminal, by rich: as wide as it is, in colour unless NO_COLOR is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flake8_stateid.linkage.document import Grid, Tone, document

if TYPE_CHECKING:
    from flake8_stateid.linkage.report import LinkageReport

_STYLES = {
    Tone.HEADING: "bold",
    Tone.PLAIN: "",
    Tone.GOOD: "bold green",
    Tone.BAD: "bold red",
    Tone.CAUTION: "yellow",
}


def print_on_terminal(report: LinkageReport, stream: TextIO) -> None:
    """Print the report.

    Args:
        report: What to say.
        stream: A terminal. ``NO_COLOR``, ``TERM`` and ``COLUMNS`` are honoured, by rich.
    """
    console = Console(file=stream, highlight=False, emoji=False)
    for block in document(report):
        if isinstance(block, Grid):
            console.print(_table(block))
        else:
            console.print(Text(block.text, style=_STYLES[block.tone]))


def _table(grid: Grid) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for name, cell in zip(grid.header, grid.rows[0], strict=True):
        justify = "right" if isinstance(cell, int) else "left"
        table.add_column(Text(name), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in grid.rows:
        table.add_row(*(Text(f"{c:,}" if isinstance(c, int) else c) for c in row))
    return table
