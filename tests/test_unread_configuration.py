"""Projects whose own configuration was not read, as the run began elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.cli import main
from tests.samples import GOOD, write

if TYPE_CHECKING:
    from pathlib import Path

OWN = "[flake8]\nstateid-names = edge_id\n"
OTHER = "[flake8]\nstateid-names = token_id\n"


def warned(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().err


@pytest.mark.parametrize("path", ["a", "a/plugins", "a/plugins/x.py"])
@pytest.mark.parametrize("command", ["lint", "fix"])
@pytest.mark.parametrize("file", ["setup.cfg", "tox.ini", ".flake8"])
def test_no_configuration_was_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
    command: str,
    file: str,
) -> None:
    monkeypatch.chdir(write(tmp_path, {"a/plugins/x.py": GOOD, f"a/{file}": OWN}))
    assert warned(capsys, command, path) == (
        f"warning: {tmp_path}/a/{file} sets other stateid options and was not read: seen from "
        "the working directory, there is no configuration; start in the project, or name the "
        "file to read with --config\n"
    )


@pytest.mark.parametrize("read", [OTHER, "[flake8]\nselect = SID\n"])
def test_another_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], read: str
) -> None:
    monkeypatch.chdir(
        write(tmp_path, {"tox.ini": read, "a/plugins/x.py": GOOD, "a/setup.cfg": OWN})
    )
    expected = (
        f"{tmp_path}/a/setup.cfg sets other stateid options and was not read: seen from the "
        f"working directory, the configuration is {tmp_path}/tox.ini; "
    )
    assert expected in warned(capsys, "lint", "a")
    # What lies below the folder that was named is checked by its project's options.
    assert warned(capsys, "lint") == ""


def test_a_project_beside_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"a/plugins/x.py": GOOD, "a/setup.cfg": OWN, "b/.flake8": OTHER})
    monkeypatch.chdir(tmp_path / "b")
    assert warned(capsys, "lint", "../a").startswith(f"warning: {tmp_path}/a/setup.cfg sets")


def test_several_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b", "c", "d\n"):
        write(tmp_path, {f"{name}/plugins/x.py": GOOD, f"{name}/setup.cfg": OWN})
    monkeypatch.chdir(tmp_path)
    warning = warned(capsys, "lint", "a", "b", "c", "d\n")
    assert f"{tmp_path}/c/setup.cfg, ... set other stateid options and were not read" in warning
    assert warning.count("\n") == 1
    assert f"{tmp_path}/d\\n/setup.cfg sets" in warned(capsys, "lint", "d\n")


@pytest.mark.parametrize(
    "files",
    [
        {"a/setup.cfg": "[flake8]\nselect = SID\n"},
        {"a/setup.cfg": "[metadata]\nname = stateid-names\n"},
        {"a/setup.cfg": "[flake8]\nstateid-names = state_id\n"},
        {"a/setup.cfg": OWN, "setup.cfg": OWN},
        {"setup.cfg": OWN},
        {"a/setup.cfg": "[flake8]\nstateid-names = a.b\n"},
        # flake8 would read the first of a folder, and no file of a hidden one.
        {"a/setup.cfg": "[flake8]\n", "a/tox.ini": OWN},
        {"a/.hidden/setup.cfg": OWN},
        {"a/node_modules/setup.cfg": OWN},
    ],
)
def test_nothing_to_warn_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, str | bytes],
) -> None:
    monkeypatch.chdir(write(tmp_path, {"a/plugins/x.py": GOOD, **files}))
    assert warned(capsys, "lint", "a") == ""
    assert warned(capsys, "lint") == ""


def test_from_inside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"setup.cfg": OTHER, "a/plugins/x.py": GOOD, "a/setup.cfg": OWN})
    for folder in ("a", "a/plugins"):
        monkeypatch.chdir(tmp_path / folder)
        assert warned(capsys, "lint") == ""
        assert warned(capsys, "lint", str(tmp_path / "a/plugins/x.py")) == ""


@pytest.mark.parametrize("chosen", ["--isolated", "--config=setup.cfg"])
def test_what_was_asked_for_is_not_warned_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    chosen: str,
) -> None:
    files: dict[str, str | bytes] = {
        "setup.cfg": OTHER,
        "a/plugins/x.py": GOOD,
        "a/setup.cfg": OWN,
    }
    monkeypatch.chdir(write(tmp_path, files))
    assert warned(capsys, "lint", "a", chosen) == ""


def test_a_project_inside_another_has_its_own_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies above a project's root has no say over it."""
    files: dict[str, str | bytes] = {
        "a/setup.cfg": OWN,
        "a/b/pyproject.toml": "",
        "a/b/plugins/x.py": GOOD,
    }
    monkeypatch.chdir(write(tmp_path, files))
    assert warned(capsys, "lint", "a/b") == ""
    assert warned(capsys, "lint", "a/b/plugins/x.py") == ""
