"""Every fixture says what the analysis must find in it, and it finds exactly that."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from fixtures_support import (
    Expected,
    LintFixture,
    labelled_cases,
    lint_fixtures,
    load,
    parsable,
    required_python,
)

from flake8_stateid.analysis import analyse
from flake8_stateid.source import SourceText

if TYPE_CHECKING:
    from pathlib import Path

FIXTURES = lint_fixtures()


@pytest.fixture(params=FIXTURES, ids=[path.name for path in FIXTURES])
def fixture(request: pytest.FixtureRequest) -> LintFixture:
    """One fixture file; skipped where this Python cannot parse it."""
    path: Path = request.param
    if not parsable(path):
        needed = ".".join(map(str, required_python(path)))
        pytest.skip(f"{path.name} holds syntax of Python {needed}")
    return load(path)


def found(fixture: LintFixture) -> list[Expected]:
    """What the analysis finds in a fixture, as a fixture would announce it."""
    text = fixture.text
    # ``str.splitlines`` would also split at form feeds and other separators; Python does not.
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    source = SourceText(f"plugins/{fixture.path.name}", text, lines)
    findings = analyse(ast.parse(text), source, fixture.settings)
    return sorted(
        Expected(finding.span.row, finding.span.column, finding.code)
        for finding in findings
        if finding.code in fixture.codes
    )


def test_there_are_fixtures() -> None:
    assert len(FIXTURES) > 20  # noqa: PLR2004


def test_findings_are_those_announced(fixture: LintFixture) -> None:
    assert found(fixture) == list(fixture.expected)


def test_docstring_names_the_alarm_guarded_against(fixture: LintFixture) -> None:
    assert "issed alarm" in fixture.docstring or "alse alarm" in fixture.docstring


def test_cases_are_labelled_truly(fixture: LintFixture) -> None:
    cases = labelled_cases(fixture.text)
    assert cases
    for case in cases:
        assert case.harmful == bool(case.findings), f"{fixture.path.name}:{case.row}"
    assert sum(case.findings for case in cases) == len(fixture.expected)


def test_harmless_cases_are_as_many_as_harmful_ones() -> None:
    cases = [case for path in FIXTURES if parsable(path) for case in labelled_cases(load(path).text)]
    harmful = sum(case.harmful for case in cases)
    assert len(cases) - harmful >= harmful
