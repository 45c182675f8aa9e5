"""The edits a plan asks for: what the rewrite needs and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast


class Region(NamedTuple):
    """Statements of one block that are rewritten together.

    Attributes:
        first: The statement the id is bound before.
        last: The last statement that uses the id; the same as ``first`` for a single loop.
        binding: ``state_id = ctx.state_id``; empty where the id has a name already.
        released: Whether releases move into a ``finally`` around the statements.
    """

    first: ast.stmt
    last: ast.stmt
    binding: str
    released: bool


class Edits:
    """Edits of one module, keyed by the nodes of the analysed tree."""

    def __init__(self) -> None:
        """Ask for nothing."""
        self.replacements: dict[ast.expr, str] = {}
        self.regions: list[Region] = []
        self.removed: dict[ast.stmt, Region | None] = {}
        self.released: dict[ast.stmt, Region] = {}
        self.strict: list[ast.Delete | ast.Call] = []
        self.emptied: list[ast.Try] = []
        self.unnumbered: list[ast.For | ast.AsyncFor | ast.comprehension] = []
        self.unimported: list[tuple[ast.Import | ast.ImportFrom, ast.alias]] = []

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.replacements or self.regions or self.removed)

    def add(self, other: Edits) -> None:
        """Take in the edits of another group of findings."""
        self.replacements.update(other.replacements)
        self.regions.extend(other.regions)
        self.removed.update(other.removed)
        self.released.update(other.released)
        self.strict.extend(other.strict)
        self.emptied.extend(other.emptied)
        self.unnumbered.extend(other.unnumbered)
        self.unimported.extend(other.unimported)
