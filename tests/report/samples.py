"""A finding with a flow, and a report's lines to show it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.findings import Finding, Span, Step
from flake8_stateid.problems import Problem
from flake8_stateid.report.base import SourceLines, Summary
from flake8_stateid.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = '\tö = f"日{x}"; y = ö\nz = y  # \x1b[31m\n'
BUILDER = Span(1, 6, 1, 13)
TARGET = Span(2, 1, 2, 2)
PATH = "plugins/a.py"
FINDING = Finding(
    PATH,
    BUILDER,
    "SID001",
    "state id built by an f-string: assigned to 'z'",
    (
        Step(PATH, BUILDER, "built by an f-string"),
        Step(PATH, TARGET, "assigned to 'z'", is_target=True),
    ),
)
PROBLEM = Problem("plugins/b%.py", 3, "not Python: 100% wrong", "correct it")


def lines() -> SourceLines:
    """Lines of the one file that the finding is in."""
    known = SourceLines()
    known.add(SourceText.from_text(PATH, TEXT))
    return known


def summary(counts: Mapping[str, int] | None = None) -> Summary:
    """Figures of a run."""
    return Summary(files=3, plugin_files=2, counts={"SID001": 1} if counts is None else counts)
