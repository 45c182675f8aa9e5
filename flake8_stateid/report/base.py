"""What every report is told, whatever it makes of it."""

from __future__ import annotations

from flake8_stateid.problems import InputError
from flake8_stateid.records import Record
from flake8_stateid.source import SourceText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from flake8_stateid.findings import Finding
    from flake8_stateid.problems import Problem
else:
    Protocol = object


class Summary(Record):
    """The figures of a run.

    Attributes:
        files: How many files were found.
        plugin_files: How many of them are plugin code.
        counts: How many findings of each code were reported.
    """

    files: int
    plugin_files: int
    counts: Mapping[str, int]


class Report(Protocol):
    """A report in the making; told in the order in which things are to appear."""

    def finding(self, finding: Finding) -> None:
        """Add a finding."""

    def problem(self, problem: Problem) -> None:
        """Add a file that could not be checked."""

    def close(self, summary: Summary) -> None:
        """Write what remains to be written."""


class SourceLines:
    """Lines of source by path and row, for reports that show code."""

    def __init__(self) -> None:
        """Know no file yet."""
        self._sources: dict[str, SourceText] = {}

    def add(self, source: SourceText) -> None:
        """Take lines from ``source``, and forget the file that was added before it.

        Reports speak of one file after another; to keep them all would take memory for nothing.
        """
        self._sources = {source.path: source}

    def line(self, path: str, row: int) -> str:
        """The text of a row; empty where it cannot be had, say because the file is gone."""
        source = self._sources.get(path)
        if source is None:
            source = self._sources[path] = _read(path)
        return source.line(row)


def _read(path: str) -> SourceText:
    try:
        with open(path, "rb") as file:
            return SourceText.from_bytes(path, file.read())
    except (OSError, InputError):
        return SourceText.from_text(path, "")
