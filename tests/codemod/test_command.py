"""The codemod under LibCST's own runner."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import libcst as cst
import pytest
from libcst.codemod import CodemodContext, SkipFile

import flake8_stateid.codemod
from flake8_stateid.checking import FileResult
from flake8_stateid.codemod import UseContextStateId
from flake8_stateid.codemod.fixer import FileFix, Fixer
from flake8_stateid.problems import Problem
from flake8_stateid.scope import Place
from tests.codemod.fixing import PATH, fixed
from tests.codemod.sources import Choices, batch_source, module
from tests.samples import project

if TYPE_CHECKING:
    from pathlib import Path

CODE = batch_source(Choices())


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a project without configuration."""
    monkeypatch.chdir(project(tmp_path, {}))


def transform(code: str, path: str = PATH) -> tuple[str, list[str]]:
    """The new text and the warnings."""
    context = CodemodContext(filename=path)
    command = UseContextStateId(context)
    return command.transform_module(cst.parse_module(code)).code, list(context.warnings)


def test_fixed() -> None:
    assert transform(CODE) == (fixed(CODE).decode(), [])


def test_not_plugin_code() -> None:
    assert transform(CODE, "elsewhere.py") == (CODE, [])


def test_refusal_is_a_warning() -> None:
    code = module(
        """
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            row["state_id"] = state_id
            self._answer(row, state_id)
        return rows
        """
    )
    text, warnings = transform(code)
    assert text == code
    assert len(warnings) == 1
    assert "the id is stored" in warnings[0]


def test_file_libcst_does_not_reproduce_is_skipped(tmp_path: Path) -> None:
    """The runner would write LibCST's own version of it, whatever the codemod returns."""
    path = project(tmp_path, {PATH: CODE.replace("class T", "\fclass T", 1)}) / PATH
    with pytest.raises(SkipFile, match="byte for byte"):
        transform(CODE, str(path))


def test_file_that_cannot_be_checked_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """LibCST parses what the running interpreter, and so the lint, may not."""

    def fail(_self: Fixer, path: str, data: bytes) -> FileFix:
        problem = Problem(path, 1, "not Python", "correct it")
        return FileFix(FileResult(path, Place.PLUGIN, problem=problem), (), data, data)

    monkeypatch.setattr(Fixer, "fix_bytes", fail)
    with pytest.raises(SkipFile, match="not Python; correct it"):
        transform(CODE)


def test_nothing_else_can_be_asked_for() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Other'"):
        _ = flake8_stateid.codemod.Other


def test_runner(tmp_path: Path) -> None:
    """``python -m libcst.tool codemod`` finds the command and writes the same bytes."""
    root = project(tmp_path, {PATH: CODE.replace("\n", "\r\n")})
    command = "flake8_stateid.codemod.UseContextStateId"
    run = subprocess.run(
        [sys.executable, "-m", "libcst.tool", "codemod", "--no-format", "-x", command, PATH],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (root / PATH).read_bytes() == fixed(CODE.replace("\n", "\r\n"))
