"""GitHub annotations, and that nothing in a file name or message becomes a command."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.findings import Finding, Span
from flake8_stateid.report.github import GithubReport
from tests.report.samples import FINDING, PROBLEM, summary

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_stateid.problems import Problem


def written(*items: Finding | Problem, show_flow: bool = False) -> str:
    stream = io.StringIO()
    report = GithubReport(stream, show_flow=show_flow)
    for item in items:
        if isinstance(item, Finding):
            report.finding(item)
        else:
            report.problem(item)
    report.close(summary())
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_finding() -> None:
    assert written(FINDING) == (
        "::error file=plugins/a.py,line=1,col=6,endLine=1,endColumn=12,title=SID001"
        "::SID001 state id built by an f-string: assigned to 'z'\n"
    )


def test_finding_over_several_rows_has_no_end_column() -> None:
    assert written(FINDING._replace(span=Span(1, 6, 2, 3))).startswith(
        "::error file=plugins/a.py,line=1,col=6,endLine=2,title=SID001::"
    )


def test_problem() -> None:
    assert written(PROBLEM, PROBLEM._replace(row=0)) == (
        "::error file=plugins/b%25.py,line=3,title=file not checked"
        "::not Python: 100%25 wrong; correct it\n"
        "::error file=plugins/b%25.py,title=file not checked"
        "::not Python: 100%25 wrong; correct it\n"
    )


def test_flow_stands_in_the_message() -> None:
    plain = written(FINDING)
    assert written(FINDING, show_flow=True) == plain[:-1] + (
        "%0A1. plugins/a.py:1:6: built by an f-string%0A2. plugins/a.py:2:1: assigned to 'z'\n"
    )
    assert written(FINDING._replace(steps=()), show_flow=True) == plain
    step = FINDING.steps[0]._replace(path="a\n::error::.py", text="x\r\n%0A")
    out = written(FINDING._replace(steps=(step,)), show_flow=True)
    assert out.count("\n") == 1
    assert out.endswith("%0A1. a\\n::error::.py:1:6: x\\r\\n%250A\n")


def test_paths_are_seen_from_the_checkout() -> None:
    absolute = os.path.abspath("plugins/a.py")
    assert written(FINDING._replace(path=absolute)) == written(FINDING)
    assert written(FINDING._replace(path="./plugins/a.py")) == written(FINDING)


def test_nothing_can_forge_a_command() -> None:
    finding = FINDING._replace(path="a,b:c\n::error::\x1b.py", message="x\r\n::warning::y%0A")
    out = written(finding)
    assert out.count("\n") == 1
    assert out[:-1].isprintable()
    assert "file=a%2Cb%3Ac\\n%3A%3Aerror%3A%3A\\x1b.py,line" in out
    assert out.endswith("::SID001 x\\r\\n::warning::y%250A\n")
