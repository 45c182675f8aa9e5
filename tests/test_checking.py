"""From a path to what a user is to see."""

from __future__ import annotations

import ast
import errno
import os
from typing import TYPE_CHECKING

import pytest

from flake8_stateid import analysis
from flake8_stateid.checking import (
    Checker,
    FileResult,
    defeat,
    guarded_analysis,
    unreadable,
)
from flake8_stateid.configuration import Configuration
from flake8_stateid.findings import Finding, Span
from flake8_stateid.names import mentions_name
from flake8_stateid.problems import InputError, Problem
from flake8_stateid.scope import Place, Scope
from flake8_stateid.selection import SelectionOptions
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.samples import BAD, GOOD, project

if TYPE_CHECKING:
    from pathlib import Path


def check(root: Path, path: str, configuration: Configuration | None = None) -> FileResult:
    return Checker(configuration or Configuration()).check_file(str(root / path))


def test_a_finding_comes_with_its_source(tmp_path: Path) -> None:
    root = project(tmp_path, {"plugins/a.py": BAD})
    result = check(root, "plugins/a.py")
    assert result.place is Place.PLUGIN
    assert [(each.code, each.span) for each in result.findings] == [("SID001", Span(1, 16, 1, 31))]
    assert result.problem is None
    assert result.source is not None
    assert result.source.text == BAD


@pytest.mark.parametrize("contents", ["", GOOD, "x = (", "x = '\0'", b"\xff"])
def test_clean_files(tmp_path: Path, contents: str | bytes) -> None:
    """Also the broken ones: they name no state id, so they are never parsed."""
    root = project(tmp_path, {"plugins/a.py": contents})
    path = str(root / "plugins/a.py")
    assert check(root, "plugins/a.py") == FileResult(path, Place.PLUGIN)


@pytest.mark.parametrize(
    ("path", "place"), [("src/a.py", Place.OUTSIDE), ("tests/plugins/a.py", Place.TEST)]
)
def test_other_code_is_not_opened(tmp_path: Path, path: str, place: Place) -> None:
    root = project(tmp_path, {})
    assert check(root, path) == FileResult(str(root / path), place)


def test_bytes_are_checked_as_a_file_would_be(tmp_path: Path) -> None:
    root = project(tmp_path, {"plugins/a.py": BAD})
    path = str(root / "plugins/a.py")
    checker = Checker(Configuration())
    assert checker.check_bytes(path, BAD.encode()) == checker.check_file(path)
    outside = str(root / "a.py")
    assert checker.check_bytes(outside, BAD.encode()) == FileResult(outside, Place.OUTSIDE)


def test_suppressed_unless_noqa_is_disabled(tmp_path: Path) -> None:
    root = project(tmp_path, {"plugins/a.py": BAD.rstrip() + "  # noqa: SID001\n"})
    assert check(root, "plugins/a.py").findings == ()
    assert check(root, "plugins/a.py").source is None
    assert len(check(root, "plugins/a.py", Configuration(disable_noqa=True)).findings) == 1


def test_not_selected(tmp_path: Path) -> None:
    root = project(tmp_path, {"plugins/a.py": BAD})
    configuration = Configuration(selection=SelectionOptions(select=("E",)))
    assert check(root, "plugins/a.py", configuration).findings == ()


@pytest.mark.parametrize(
    ("contents", "row", "reason"),
    [
        ("state_id = (\n", 1, "'(' was never closed"),
        ("x\nstate_id = '\0'\n", 2, "holds NUL bytes"),
        (b"state_id = '\xff'\n", 1, "not valid utf-8"),
    ],
)
def test_problems(tmp_path: Path, contents: str | bytes, row: int, reason: str) -> None:
    root = project(tmp_path, {"plugins/a.py": contents})
    problem = check(root, "plugins/a.py").problem
    assert problem is not None
    assert problem.path == str(root / "plugins/a.py")
    assert problem.row == row
    assert reason in problem.reason


def test_a_vanished_file_is_a_problem(tmp_path: Path) -> None:
    root = project(tmp_path, {})
    path = str(root / "plugins/a.py")
    remedy = "check the spelling and the working directory"
    assert check(root, "plugins/a.py").problem == Problem(path, 0, "does not exist", remedy)


def test_a_file_that_does_not_fit_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, {"plugins/a.py": ""})

    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("flake8_stateid.checking.open", refuse, raising=False)
    path = str(root / "plugins/a.py")
    expected = Problem(path, 0, "does not fit into the memory", "exclude it")
    assert check(root, "plugins/a.py").problem == expected


def test_unreadable_says_why_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to("gone.py")
    link = str(tmp_path / "link.py")
    problems = [
        unreadable("a.py", PermissionError(13, "Permission denied")),
        unreadable("a.py", IsADirectoryError(21, "Is a directory")),
        unreadable("a.py", ValueError("embedded null byte")),
        unreadable(link, FileNotFoundError(2, "No such file")),
        unreadable(link, OSError(errno.ELOOP, "Too many levels of symbolic links")),
        unreadable("a.py/b.py", NotADirectoryError(20, "Not a directory")),
    ]
    assert [(each.reason, each.remedy) for each in problems] == [
        ("cannot be read: Permission denied", "allow reading it, or exclude it"),
        ("is a folder", "name a file in it"),
        ("cannot be read: embedded null byte", "mend it, or exclude it"),
        ("is a broken link to gone.py", "mend or remove the link, or exclude it"),
        ("is a broken link to gone.py", "mend or remove the link, or exclude it"),
        ("does not exist", "check the spelling and the working directory"),
    ]


@pytest.mark.parametrize(
    ("text", "names", "mentioned"),
    [
        ("x = row_STATE_IDs", ("state_id",), True),
        ("x = stateid", ("state_id",), False),
        ("x = edge_id", ("state_id", "edge_id"), True),
        ("x = ÉTAT_ID", ("état_id",), True),
        ("", ("state_id",), False),
    ],
)
def test_mentions_name(text: str, names: tuple[str, ...], mentioned: bool) -> None:
    settings = Settings(names=names)
    assert mentions_name(text, settings) is mentioned
    assert mentions_name(text.encode(), settings) is mentioned


def test_a_name_beyond_ascii_is_never_missed_in_bytes() -> None:
    assert mentions_name(b"x = 1", Settings(names=("état_id",)))


def defeated(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Problem:
    def analyse(*_: object) -> tuple[Finding, ...]:
        raise error

    monkeypatch.setattr(analysis, "analyse", analyse)
    source = SourceText.from_text("a.py", "")
    with pytest.raises(InputError) as raised:
        guarded_analysis(ast.parse(""), source, Settings(), Scope(Settings()))
    return raised.value.problem


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (analysis.AnalysisDefeated("too many rounds"), "cannot be analysed: too many rounds"),
        (RecursionError(), "cannot be analysed: its code is nested too deeply"),
        (MemoryError(), "cannot be analysed: not enough memory"),
    ],
)
def test_a_defeated_analysis_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    problem = defeated(monkeypatch, error)
    remedy = "split the file, or leave it out with stateid-exclude-paths"
    assert problem == Problem("a.py", 1, reason, remedy)


def test_a_mistake_of_the_analysis_is_a_problem_that_says_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = defeated(monkeypatch, KeyError("a\nb"))
    assert problem.reason.startswith("cannot be analysed: unexpected KeyError: 'a\\nb' (")
    assert "(test_checking.py, line " in problem.reason
    assert problem.remedy.startswith("report this mistake")


def test_an_interrupt_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        defeated(monkeypatch, KeyboardInterrupt())


def test_a_defeat_is_a_finding_of_its_own_code() -> None:
    finding = defeat(Problem("a.py", 0, "cannot be \x1b analysed", "split it"))
    message = "file cannot be \\x1b analysed; split it"
    assert finding == Finding("a.py", Span(1, 1, 1, 1), "SID900", message)


@pytest.mark.parametrize(
    ("comment", "configuration", "is_problem"),
    [
        ("", Configuration(), True),
        ("# flake8: noqa\n", Configuration(), False),
        ("x = 1  # noqa: SID900\n", Configuration(), False),
        ("", Configuration(selection=SelectionOptions(extend_ignore=("SID9",))), False),
    ],
)
def test_a_defeat_can_be_accepted_like_a_finding(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    comment: str,
    configuration: Configuration,
    is_problem: bool,
) -> None:
    def analyse(*_: object) -> tuple[Finding, ...]:
        raise RecursionError

    monkeypatch.setattr(analysis, "analyse", analyse)
    root = project(tmp_path, {"plugins/a.py": comment + BAD})
    result = check(root, "plugins/a.py", configuration)
    assert (result.problem is not None) is is_problem
    assert result.findings == ()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every file is readable to root")
def test_a_forbidden_file_is_a_problem(tmp_path: Path) -> None:
    root = project(tmp_path, {"plugins/a.py": BAD})
    (root / "plugins/a.py").chmod(0)
    problem = check(root, "plugins/a.py").problem
    assert problem is not None
    assert problem.reason == "cannot be read: Permission denied"
