"""Coverage is paused, and only for as long as it is told."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

import coverage

from tests.measuring import unmeasured

if TYPE_CHECKING:
    from pathlib import Path

CODE = """\
def first():
    return 1


def second():
    return 2
"""


def test_what_runs_unmeasured_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text(CODE, encoding="utf-8")
    measured = coverage.Coverage(data_file=None, include=[str(path)], config_file=False)
    measured.start()
    try:
        functions = runpy.run_path(str(path))
        with unmeasured():
            functions["first"]()
        functions["second"]()
    finally:
        measured.stop()
    lines = measured.get_data().lines(str(path)) or []
    assert sorted(lines) == [1, 5, 6]
