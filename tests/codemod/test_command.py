"""The codemod under LibCST's own runner."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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

CODE = batch_source(Choices())
COMMAND = "flake8_stateid.codemod.UseContextStateId"
REPOSITORY = Path(__file__).parents[2]


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


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What ``python -m libcst.tool codemod`` makes of ``arguments``."""
    return subprocess.run(
        [sys.executable, "-m", "libcst.tool", "codemod", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_runner(tmp_path: Path) -> None:
    """``python -m libcst.tool codemod`` finds the command and writes the same bytes."""
    root = project(tmp_path, {PATH: CODE.replace("\n", "\r\n")})
    ran = run(root, "--no-format", "-x", COMMAND, PATH)
    assert ran.returncode == 0, ran.stderr
    assert (root / PATH).read_bytes() == fixed(CODE.replace("\n", "\r\n"))


def test_runner_as_the_docs_configure_it(tmp_path: Path) -> None:
    """The file they show, and the line without the options that it makes unnecessary."""
    text = (REPOSITORY / "docs/codemod.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    (line,) = re.findall(r"^python -m libcst.tool codemod (\w\S*) src$", text, re.M)
    root = project(tmp_path, {PATH: CODE})
    ran = run(root, COMMAND, PATH)
    assert (ran.returncode, ran.stderr) == (
        1,
        "Could not find flake8_stateid.codemod in any configured modules\n",
    )
    project(tmp_path, {".libcst.codemod.yaml": shown})
    ran = run(root, line, PATH)
    assert ran.returncode == 0, ran.stderr
    assert (root / PATH).read_bytes() == fixed(CODE)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("stateid-names = a.b", "stateid-names: 'a.b' is not an identifier; "),
        ("per-file-ignores = a b c", "per-file-ignores: 'a b c' does not map patterns to codes; "),
    ],
)
def test_runner_under_a_wrong_configuration(tmp_path: Path, value: str, error: str) -> None:
    """One error, not a traceback for each file."""
    root = project(tmp_path, {PATH: CODE, "setup.cfg": f"[flake8]\n{value}\n"})
    ran = run(root, "--no-format", "-x", COMMAND, PATH)
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: ")
    assert error in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert (root / PATH).read_text(encoding="utf-8") == CODE
