"""Texts in the place of others, and definitions that go: a step on the way, never written."""

from __future__ import annotations

import io
import itertools
import re
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from flake8_stateid.source import SourceText

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def edited(
    data: bytes,
    source: SourceText,
    spans: Sequence[tuple[int, int, int, int, str]],
    gone: Sequence[ast.stmt],
) -> bytes | None:
    """The bytes with a text in the place of each span, and without the definitions ``gone``.

    ``None`` where that would take a comment along, or one change stands inside another.
    """
    encoding, lines = _lines(data)
    if not _are_of(lines, source):
        return None
    for definition in gone:
        rows = range(_first_row(definition), (definition.end_lineno or 0) + 1)
        above = lines[rows.start - 2].lstrip()
        if (
            any(row in rows or end_row in rows for row, _, end_row, _, _ in spans)
            or _has_comment(lines[rows.start - 1 : rows.stop - 1])
            or above.startswith("#")
            or lines[definition.lineno - 1][: definition.col_offset].strip()
        ):
            return None
    for row, column, end_row, end_column, text in sorted(spans, reverse=True):
        if _has_comment(lines[row - 1 : end_row - 1]):
            return None
        rest = lines[end_row - 1][end_column - 1 :]
        lines[row - 1] = lines[row - 1][: column - 1] + text + rest
        lines[row:end_row] = [""] * (end_row - row)
    for definition in sorted(gone, key=_first_row, reverse=True):
        _drop(lines, _first_row(definition) - 1, definition.end_lineno or 0)
    return "".join(lines).encode(encoding)


def replaced(
    data: bytes, source: SourceText, spans: Sequence[tuple[int, int, int, int, str]]
) -> bytes | None:
    """The bytes with a text in the place of each span, comments and all; of several lines perhaps.

    ``None`` where one span stands inside another.
    """
    encoding, lines = _lines(data)
    if not _are_of(lines, source):
        return None
    starts = list(itertools.accumulate(map(len, lines), initial=0))
    text = "".join(lines)
    before = len(text)
    for row, column, end_row, end_column, new in sorted(spans, reverse=True):
        start, end = starts[row - 1] + column - 1, starts[end_row - 1] + end_column - 1
        if end > before:
            return None
        text = text[:start] + new.replace("\n", _ending(lines, row)) + text[end:]
        before = start
    return text.encode(encoding)


def _lines(data: bytes) -> tuple[str, list[str]]:
    """The encoding of a file, and its lines with their ends."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return encoding, _LINE.findall(data.decode(encoding))[:-1]


def _ending(lines: Sequence[str], row: int) -> str:
    """How a row ends; the last, which may have no end, as the one before it."""
    for line in (lines[row - 1], lines[row - 2]):
        if ending := line[len(line.rstrip("\r\n")) :]:
            return ending
    return "\n"


def _are_of(lines: Sequence[str], source: SourceText) -> bool:
    """Whether lines are those that the lint sees."""
    return [line.rstrip("\r\n") for line in lines] == [line.rstrip("\n") for line in source.lines]


def _first_row(definition: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(definition, "decorator_list", [])
    return min([definition.lineno, *(each.lineno for each in decorators)])


def _drop(lines: list[str], first: int, last: int) -> None:
    """Drop lines with the blank lines before them, or behind them where none are before."""
    start = first
    while start and lines[start - 1].isspace():
        start -= 1
    while start == first and last < len(lines) and lines[last].isspace():
        last += 1
    del lines[start:last]


def _has_comment(lines: Sequence[str]) -> bool:
    """Whether a line holds a comment, or a text that looks like one, but for those to tools."""
    return any("#" in re.sub(r"#\s*(?:noqa|type:|pragma).*", "", line) for line in lines)
