"""What is said where nothing was checked, and where something was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.checking import Checker
from flake8_stateid.configuration import Configuration
from flake8_stateid.discovery import EmptyArgument
from flake8_stateid.selection import SelectionOptions
from flake8_stateid.settings import Settings
from flake8_stateid.unchecked import Coverage
from tests.samples import BAD, GOOD, project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str | bytes] = {
        "plugins/bad.py": BAD,
        "plugins/good.py": GOOD,
        "plugins/broken.py": "state_id = (",
        "tests/plugins/a.py": BAD,
        "a.py": BAD,
    }
    monkeypatch.chdir(project(tmp_path, files))


def warnings(selection: SelectionOptions, *paths: str) -> list[str]:
    configuration = Configuration(selection=selection)
    checker = Checker(configuration)
    coverage = Coverage(configuration)
    for path in paths:
        coverage.add(checker.check_file(path))
    return list(coverage.warnings([]))


DEFAULT = SelectionOptions()


def test_files_are_noted_by_where_they_stand() -> None:
    checker, coverage = Checker(Configuration()), Coverage(Configuration())
    for path in ("plugins/bad.py", "plugins/broken.py", "tests/plugins/a.py", "a.py"):
        coverage.add(checker.check_file(path))
    assert coverage.checked == 1
    assert coverage.outside == 2


def test_arguments_that_led_nowhere() -> None:
    empty = [EmptyArgument("a\n", "holds no file")]
    assert list(Coverage(Configuration()).warnings(empty)) == [
        "a\\n holds no file; nothing was checked there"
    ]


def test_no_plugin_code(tmp_path: Path) -> None:
    assert warnings(DEFAULT, "a.py") == [
        "the file given is not plugin code: stateid-plugin-paths (*/plugins/*) matches nothing, "
        f"seen from {tmp_path}"
    ]
    assert warnings(DEFAULT, "a.py", "tests/plugins/a.py")[0].startswith(
        "none of the 2 files is plugin code: stateid-exclude-paths (test/, "
    )


@pytest.mark.parametrize("path", ["plugins/good.py", "plugins/broken.py"])
def test_nothing_is_said_of_other_files_beside_plugin_code(path: str) -> None:
    assert warnings(DEFAULT, "a.py", path) == []


def test_source_roots_that_are_no_folders(tmp_path: Path) -> None:
    settings = Settings(source_roots=("plugins", "lib"))
    coverage = Coverage(Configuration(settings=settings))
    assert list(coverage.warnings([])) == []
    coverage.add(Checker(Configuration()).check_file("plugins/good.py"))
    assert list(coverage.warnings([])) == [
        f"stateid-source-roots: 'lib' is no folder, seen from {tmp_path}"
    ]
    (tmp_path / "lib").mkdir()
    assert list(coverage.warnings([])) == []


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (SelectionOptions(select=("E", "F")), "select (E, F)"),
        (SelectionOptions(select=("SID01",)), "select (SID01)"),
        (SelectionOptions(select=()), "select (empty)"),
        (SelectionOptions(select=("E",), extend_select=("F",)), "select (E), extend-select (F)"),
        (SelectionOptions(ignore=("S",)), "ignore (S)"),
        (SelectionOptions(extend_ignore=("SID0", "SID1", "SID2", "SID9")), "extend-ignore (SID0"),
        (SelectionOptions(per_file_ignores="\n  plugins/*: SID"), "per-file-ignores (plugins/*:"),
    ],
)
def test_no_code_that_is_reported(options: SelectionOptions, shown: str) -> None:
    said = warnings(options, "plugins/bad.py", "plugins/good.py")
    assert len(said) == 1
    assert said[0].startswith(f"no SID code is reported for any of the files, because of {shown}")
    assert "add SID to extend-select" in said[0]


@pytest.mark.parametrize(
    "options",
    [
        SelectionOptions(select=("E", "S")),
        SelectionOptions(select=("E",), extend_select=("SID001",)),
        SelectionOptions(ignore=("SID0",)),
        SelectionOptions(ignore=("E", "W")),
        SelectionOptions(per_file_ignores="plugins/bad.py: SID"),
        SelectionOptions(per_file_ignores="*: E501"),
    ],
)
def test_some_code_is_reported_for_some_file(options: SelectionOptions) -> None:
    assert warnings(options, "plugins/bad.py", "plugins/good.py") == []
