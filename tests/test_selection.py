"""Which codes are reported: the same answer as a flake8 run with these options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.selection import Selection, SelectionOptions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (SelectionOptions(), {"SID001", "SID101", "SID900"}),
        (SelectionOptions(select=("SID",)), {"SID001", "SID101", "SID900", "SID201"}),
        (SelectionOptions(select=("S",)), {"SID001", "SID101", "SID900", "SID201"}),
        (SelectionOptions(select=("E", "F")), set()),
        (SelectionOptions(select=("SID1",)), {"SID101"}),
        (SelectionOptions(extend_select=("SID201",)), {"SID001", "SID101", "SID900", "SID201"}),
        (SelectionOptions(ignore=("SID0",)), {"SID101", "SID900", "SID201"}),
        (SelectionOptions(ignore=()), {"SID001", "SID101", "SID900", "SID201"}),
        (SelectionOptions(extend_ignore=("SID001",)), {"SID101", "SID900"}),
        (SelectionOptions(select=("SID001",), ignore=("SID",)), {"SID001"}),
        (SelectionOptions(select=("SID",), ignore=("SID001",)), {"SID101", "SID900", "SID201"}),
        (SelectionOptions(per_file_ignores="*/b.py:SID"), {"SID001", "SID101", "SID900"}),
        (SelectionOptions(per_file_ignores="a.py:SID001"), {"SID101", "SID900"}),
        (SelectionOptions(per_file_ignores="x/*:SID0,SID9\n"), {"SID101"}),
    ],
)
def test_reports(
    options: SelectionOptions, reported: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    selection = Selection(options)
    codes = ("SID001", "SID101", "SID201", "SID900")
    assert {code for code in codes if selection.reports("x/a.py", code)} == reported


def test_bad_per_file_ignores_are_named() -> None:
    selection = Selection(SelectionOptions(per_file_ignores="a.py SID001"))
    with pytest.raises(ConfigurationError, match=r"^per-file-ignores: 'a.py SID001' does not map"):
        selection.reports("a.py", "SID001")
