"""The flake8 adapter, without flake8; ``end_to_end`` runs it inside."""

from __future__ import annotations

import argparse
import ast
import sys
from typing import TYPE_CHECKING

import pytest
from flake8.exceptions import ExecutionError
from flake8.options.manager import OptionManager

from flake8_stateid import analysis, plugin
from flake8_stateid.plugin import StateIdPlugin
from flake8_stateid.settings import OPTIONS, Settings
from tests.samples import BAD, BAD_MESSAGE, project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _restored_settings() -> Iterator[None]:
    yield
    StateIdPlugin.parse_options(argparse.Namespace())


def reported(filename: str, text: str) -> list[tuple[int, int, str]]:
    lines = text.splitlines(keepends=True)
    checker = StateIdPlugin(ast.parse(text), filename, lines)
    return [(row, column, message) for row, column, message, _ in checker.run()]


def test_reports_characters_from_zero(tmp_path: Path) -> None:
    root = project(tmp_path, {})
    path = str(root / "plugins/a.py")
    assert reported(path, BAD) == [(1, 15, BAD_MESSAGE)]
    assert reported(path, f"é = 'ü'; {BAD}") == [(1, 24, BAD_MESSAGE)]


def test_a_misspelt_option_is_an_error_where_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "setup.cfg").write_text("[flake8]\nstateid-nmaes = x\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["flake8", "src"])
    with pytest.raises(ExecutionError, match=r"setup\.cfg: stateid-nmaes is no option"):
        StateIdPlugin.parse_options(argparse.Namespace())
    for option in ("--isolated", "--config=ci.cfg"):
        monkeypatch.setattr(sys, "argv", ["flake8", option])
        StateIdPlugin.parse_options(argparse.Namespace())


@pytest.mark.parametrize("path", ["a.py", "tests/plugins/a.py", "stdin"])
def test_other_code_is_not_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(plugin, "guarded_analysis", None)
    assert reported(str(project(tmp_path, {}) / path), BAD) == []


def test_a_file_without_a_name_is_not_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "guarded_analysis", None)
    assert reported(str(project(tmp_path, {}) / "plugins/a.py"), "x = f'{y}'\n") == []


def test_a_defeat_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyse(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(analysis, "analyse", analyse)
    path = str(project(tmp_path, {}) / "plugins/a.py")
    message = (
        "SID900 file cannot be analysed: its code is nested too deeply; "
        "split the file, or leave it out with stateid-exclude-paths"
    )
    assert reported(path, BAD) == [(1, 0, message)]


def parse_arguments(*arguments: str) -> argparse.Namespace:
    manager = OptionManager(version="0", plugin_versions="", parents=[], formatter_names=[])
    StateIdPlugin.add_options(manager)
    assert manager.extended_default_ignore == ["SID201"]
    assert {f"stateid-{option.field}".replace("_", "-") for option in OPTIONS} <= set(
        manager.config_options_dict
    )
    parsed: argparse.Namespace = manager.parse_args(arguments)
    return parsed


def test_defaults_pass_through_flake8_unchanged() -> None:
    StateIdPlugin.parse_options(parse_arguments())
    assert StateIdPlugin._settings == Settings()


def test_options_are_kept_on_the_class(tmp_path: Path) -> None:
    root = project(tmp_path, {})
    StateIdPlugin.parse_options(
        parse_arguments("--stateid-plugin-paths=own/*", "--stateid-names=edge_id, state_id")
    )
    assert StateIdPlugin._settings == Settings(
        names=("edge_id", "state_id"), plugin_paths=("own/*",)
    )
    assert reported(str(root / "own/a.py"), BAD) == [(1, 15, BAD_MESSAGE)]
    assert reported(str(root / "plugins/a.py"), BAD) == []


def test_bad_options_end_the_run_with_a_word() -> None:
    with pytest.raises(ExecutionError, match=r"^flake8-stateid: stateid-names: 'a\.b' is not"):
        StateIdPlugin.parse_options(parse_arguments("--stateid-names=a.b"))
