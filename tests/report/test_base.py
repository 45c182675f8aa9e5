"""Lines of source for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.report.base import SourceLines
from flake8_stateid.source import SourceText
from tests.samples import write

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_come_from_what_was_added_or_from_the_file(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.py": "on disk\n", "b.py": "second\n", "bad.py": b"\xff"})
    lines = SourceLines()
    a = str(root / "a.py")
    lines.add(SourceText.from_text(a, "in memory\n"))
    assert lines.line(a, 1) == "in memory"
    assert lines.line(a, 9) == ""
    assert lines.line(str(root / "b.py"), 1) == "second"
    assert lines.line(str(root / "bad.py"), 1) == ""
    assert lines.line(str(root / "gone.py"), 1) == ""


def test_the_file_before_is_forgotten(tmp_path: Path) -> None:
    lines = SourceLines()
    lines.add(SourceText.from_text(str(tmp_path / "a.py"), "x"))
    lines.add(SourceText.from_text("b.py", "y"))
    assert lines.line(str(tmp_path / "a.py"), 1) == ""
    assert lines.line("b.py", 1) == "y"
