"""Where things stand in a text, and what is to stand in their place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.source import SourceText

Spanned = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias
# Row and column of its beginning and end, and the text in its place.
Edit = tuple[int, int, int, int, str]


class NotHandedInError(Exception):
    """The client cannot be made where the function is called; the text says why, or is empty."""


class Texts:
    """The text of one module.

    Args:
        source: The text.
    """

    def __init__(self, source: SourceText) -> None:
        """Know the text."""
        self._source = source
        self.line = source.line
        self.rows = len(source.lines)

    def span(self, node: Spanned) -> tuple[int, int, int, int]:
        """Where a node begins and ends."""
        row, column, end_row, end_column = self._source.span(node)
        return row, column, end_row, end_column

    def indent(self, statement: ast.stmt) -> str:
        """What the line begins with that a statement begins in."""
        line = self.line(statement.lineno)
        return line[: len(line) - len(line.lstrip())]

    def above(self, statement: ast.stmt) -> int:
        """The row that a statement begins in, or the comment right above it."""
        row = statement.lineno
        while self.line(row - 1).strip().startswith("#"):
            row -= 1
        return row

    def begins_line(self, statement: ast.stmt) -> bool:
        """Whether nothing stands before a statement on its line."""
        return not self.line(statement.lineno)[: self.span(statement)[1] - 1].strip()

    def behind(self, statement: ast.stmt) -> str:
        """What stands behind a statement on its last line."""
        end_row, end_column = self.span(statement)[2:]
        return self.line(end_row)[end_column - 1 :].rstrip()

    def has_lines(self, statement: ast.stmt) -> bool:
        """Whether a statement has its lines to itself, but for a comment behind it."""
        rest = self.behind(statement).strip()
        return self.begins_line(statement) and (not rest or rest.startswith("#"))

    def is_commented(self, statement: ast.stmt) -> bool:
        """Whether a comment stands above a statement, or behind it."""
        return self.above(statement) != statement.lineno or bool(self.behind(statement))

    def are_blank(self, first: int, end: int) -> bool:
        """Whether nothing stands in the rows from ``first`` to the one before ``end``."""
        return end <= self.rows + 1 and not any(
            self.line(row).strip() for row in range(first, end)
        )

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """The text from one place to another."""
        lines = [self.line(row) for row in range(start[0], end[0] + 1)]
        lines[-1] = lines[-1][: end[1] - 1]
        lines[0] = lines[0][start[1] - 1 :]
        return "\n".join(lines)

    def comma(self, last: Spanned) -> str:
        """What stands between an element and one behind it, on a line of its own or not."""
        row, column = self.span(last)[:2]
        before = self.line(row)[: column - 1]
        return ", " if before.strip() else f",\n{before}"

    def in_place_of(
        self, elements: Sequence[Spanned], going: Sequence[Spanned], place: Spanned, text: str
    ) -> list[Edit]:
        """One of several elements with another text, others gone with their commas.

        Args:
            elements: All of them, in their order.
            going: Those that go, and ``place``.
            place: What the text takes the place of.
            text: The text.

        Raises:
            NotHandedInError: A comment would go with them.
        """
        edits: list[Edit] = [(*self.span(place), text)]
        middle = elements.index(place)
        for number, each in enumerate(elements):
            if each is place or each not in going:
                continue
            if number < middle:
                end = self.span(elements[number + 1])[:2]
                edits.append((*self.span(each)[:2], *end, ""))
            else:
                start = self.span(elements[number - 1])[2:]
                edits.append((*start, *self.span(each)[2:], ""))
        if any("#" in self.between(edit[:2], edit[2:4]) for edit in edits):
            raise NotHandedInError("")
        return edits
