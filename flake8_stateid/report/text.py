"""The text report: a line in flake8's form for each finding, and its code beneath it."""

from __future__ import annotations

from flake8_stateid.escaping import code_line, printable, shown_path
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from flake8_stateid.findings import Finding, Span, Step
    from flake8_stateid.problems import Problem
    from flake8_stateid.report.base import SourceLines, Summary


class TextStyle(Record):
    """What the text report shows beside the line for each finding."""

    colour: bool = False
    show_source: bool = False
    show_flow: bool = False
    statistics: bool = False


class TextReport:
    """Writes each finding as soon as it is known."""

    def __init__(self, stdout: TextIO, lines: SourceLines, style: TextStyle) -> None:
        """Write to ``stdout``, with code from ``lines``."""
        self._stdout = stdout
        self._lines = lines
        self._style = style
        self._paint = _Paint(style.colour)

    def finding(self, finding: Finding) -> None:
        """Write the finding."""
        paint = self._paint
        place = self._place(finding.path, finding.span)
        self._write(f"{place} {paint.code(finding.code)} {printable(finding.message)}")
        if self._style.show_source and not (self._style.show_flow and finding.steps):
            self._write_code(finding.path, finding.span, indent="")
        if self._style.show_flow:
            for number, step in enumerate(finding.steps, start=1):
                self._write_step(number, step)

    def problem(self, problem: Problem) -> None:
        """Nothing: problems go to stderr, whatever the format."""

    def close(self, summary: Summary) -> None:
        """Write the statistics, if they are wanted."""
        if self._style.statistics:
            for line in statistics_lines(summary.counts):
                self._write(line)

    def _write(self, line: str) -> None:
        self._stdout.write(line + "\n")

    def _place(self, path: str, span: Span) -> str:
        paint = self._paint
        colon = paint.colon(":")
        return f"{paint.path(shown_path(path))}{colon}{span.row}{colon}{span.column}{colon}"

    def _write_step(self, number: int, step: Step) -> None:
        self._write(f"  {number}. {self._place(step.path, step.span)} {printable(step.text)}")
        self._write_code(step.path, step.span, indent="  ")

    def _write_code(self, path: str, span: Span, indent: str) -> None:
        line = self._lines.line(path, span.row)
        if not line.strip():
            return
        end = span.end_column if span.end_row == span.row else len(line) + 1
        shown = code_line(line)
        before, marked = shown[: span.column - 1], shown[span.column - 1 : end - 1].rstrip()
        carets = "^" * max(_width(marked), 1)
        gutter = f"{indent}{span.row:>5}"
        self._write(f"{gutter} | {shown.rstrip()}")
        margin = " " * len(gutter)
        self._write(f"{margin} | {' ' * _width(before)}{self._paint.caret(carets)}")


class _Paint:
    """flake8's own colours, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def path(self, text: str) -> str:
        return self._in("1", text)

    def colon(self, text: str) -> str:
        return self._in("36", text)

    def code(self, text: str) -> str:
        return self._in("1;31", text)

    def caret(self, text: str) -> str:
        return self._in("1;31", text)

    def _in(self, attributes: str, text: str) -> str:
        return f"\x1b[{attributes}m{text}\x1b[m" if self._colour else text


def statistics_lines(counts: Mapping[str, int]) -> list[str]:
    """One line a code, in the form of flake8's ``--statistics``."""
    from flake8_stateid.rules import rule_of

    lines = []
    for code, count in sorted(counts.items()):
        rule = rule_of(code)
        lines.append(f"{count:<5} {code} {rule.title if rule else ''}".rstrip())
    return lines


def _width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    # Marks stand above or below the letter before them.
    letters = [character for character in text if category(character) not in ("Mn", "Me")]
    return len(letters) + sum(east_asian_width(letter) in "WF" for letter in letters)
