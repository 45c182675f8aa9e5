"""Continuation lines that were aligned with an opening bracket, and are to stay aligned.

A shorter id moves the brackets behind it: ``ask(row_state_id, f(row,`` and a line below the ``r``.
"""

from __future__ import annotations

import difflib
import io
import tokenize
from typing import NamedTuple

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_ENDS = ")]}:, "
_SILENT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
# From Python 3.12, what stands in an f-string is tokens too; their rows are part of a text.
_BEGIN = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
_END = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}


class _Row(NamedTuple):
    """A continuation line.

    Attributes:
        indent: The column of its first character, from 0.
        opened: The row of the bracket it stands in, from 1.
        first: The column of what follows the bracket on that row; -1 where nothing does.
    """

    indent: int
    opened: int
    first: int


def realigned(before: str, after: str) -> str:
    """``after`` with the lines aligned again that were aligned in ``before``.

    Args:
        before: The text before it was rewritten.
        after: The text as it was rewritten; Python that can be split into tokens.
    """
    if "\r" in after.replace("\r\n", ""):
        return after
    old = _rows(before)
    aligned = {row for row, each in old.items() if each.indent == each.first}
    if not aligned:
        return after
    new = _rows(after)
    lines = _lines(after)
    same = _matched(before, after)
    shifts: dict[int, int] = {}
    for row, each in new.items():
        shift = shifts.get(each.opened, 0)
        if each.first >= 0 and same.get(row) in aligned:
            shift += each.first - each.indent
        if shift and not lines[row - 1][: each.indent].strip(" "):
            shifts[row] = shift
            lines[row - 1] = " " * (each.indent + shift) + lines[row - 1][each.indent :]
    return "".join(lines) if shifts else after


def _lines(text: str) -> list[str]:
    """The lines as the tokens count them: a form feed ends none."""
    return io.StringIO(text).readlines()


def _rows(text: str) -> dict[int, _Row]:
    """The continuation lines of a text, by row."""
    found: dict[int, _Row] = {}
    opened: list[list[int]] = []
    last = texts = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _SILENT:
            continue
        row, column = token.start
        if opened and not texts and row > last:
            found[row] = _Row(column, *opened[-1])
        behind = bool(opened) and not texts and opened[-1] == [row, -1]
        if behind and token.type != tokenize.COMMENT:
            opened[-1][1] = column
        last = token.end[0]
        texts += (token.type in _BEGIN) - (token.type in _END)
        if token.type == tokenize.OP and not texts:
            if token.string in _OPENING:
                opened.append([row, -1])
            elif token.string in _CLOSING and opened:
                opened.pop()
    return found


def _matched(before: str, after: str) -> dict[int, int]:
    """For rows of ``after`` the row of ``before`` that says the same, or stands in its place."""
    old = [line.strip().rstrip(_ENDS) for line in _lines(before)]
    new = [line.strip().rstrip(_ENDS) for line in _lines(after)]
    found: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and end - start == last - first):
            found.update(zip(range(first + 1, last + 1), range(start + 1, end + 1), strict=True))
    return found
