"""The SARIF report, read back by a maintained model of the standard."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from sarif_pydantic import Level, Run, Sarif

from flake8_stateid import __version__
from flake8_stateid.findings import Span
from flake8_stateid.report.sarif import SarifReport
from flake8_stateid.rules import RULES
from tests.report.samples import FINDING, PROBLEM, TEXT, lines, summary

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_stateid.findings import Finding
    from flake8_stateid.problems import Problem


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(*findings: Finding, problems: tuple[Problem, ...] = ()) -> str:
    stream = io.StringIO()
    report = SarifReport(stream, lines())
    for finding in findings:
        report.finding(finding)
    for problem in problems:
        report.problem(problem)
    report.close(summary())
    return stream.getvalue()


def read(*findings: Finding, problems: tuple[Problem, ...] = ()) -> Run:
    document = Sarif.model_validate_json(written(*findings, problems=problems))
    assert document.version == "2.1.0"
    assert document.schema_uri is not None
    assert document.schema_uri.endswith("/sarif-schema-2.1.0.json")
    (run,) = document.runs
    return run


def test_tool_and_rules() -> None:
    driver = read().tool.driver
    assert (driver.name, driver.version) == ("flake8-stateid", __version__)
    assert driver.rules is not None
    assert [rule.id for rule in driver.rules] == [rule.code for rule in RULES]
    disabled = [
        rule.id
        for rule in driver.rules
        if rule.default_configuration and not rule.default_configuration.enabled
    ]
    assert disabled == ["SID201"]


def test_result_with_its_code_flow() -> None:
    (result,) = read(FINDING).results or []
    assert result.rule_id == "SID001"
    assert result.rule_index is not None
    assert RULES[result.rule_index].code == "SID001"
    assert result.level is Level.ERROR
    assert result.message.text == "state id built by an f-string: assigned to 'z'"
    (location,) = result.locations or []
    physical = location.physical_location
    assert physical is not None
    assert physical.artifact_location is not None
    assert physical.artifact_location.uri == "plugins/a.py"
    region = physical.region
    assert region is not None
    assert Span(
        region.start_line or 0,
        region.start_column or 0,
        region.end_line or 0,
        region.end_column or 0,
    ) == Span(1, 6, 1, 13)
    (flow,) = result.code_flows or []
    (thread,) = flow.thread_flows
    steps = [
        (step.location.message.text, step.importance)
        for step in thread.locations
        if step.location and step.location.message
    ]
    assert steps == [("built by an f-string", "important"), ("assigned to 'z'", "essential")]


@pytest.mark.parametrize("end_row", [1, 2])
def test_code_stands_around_the_region(end_row: int) -> None:
    """A snippet of the region itself would have to be its text alone (SARIF 2.1.0, 3.30.13)."""
    span = Span(1, 6, end_row, 3)
    (result,) = read(FINDING._replace(span=span)).results or []
    physical = (result.locations or [])[0].physical_location
    assert physical is not None
    assert physical.region is not None
    assert physical.region.snippet is None
    context = physical.context_region
    assert context is not None
    assert (context.start_line, context.end_line, context.start_column) == (1, end_row, None)
    assert context.snippet is not None
    assert context.snippet.text == "\n".join(TEXT.splitlines()[:end_row])


def test_columns_count_characters() -> None:
    assert read().model_dump()["columnKind"] == "unicodeCodePoints"


def test_a_finding_without_steps_has_no_flow() -> None:
    (result,) = read(FINDING._replace(steps=())).results or []
    assert result.code_flows is None


def test_fingerprints_outlast_a_move() -> None:
    def fingerprint(finding: Finding) -> dict[str, str] | None:
        (result,) = read(finding).results or []
        fingerprints: dict[str, str] | None = result.partial_fingerprints
        return fingerprints

    absolute = FINDING._replace(path=os.path.abspath(FINDING.path))
    assert fingerprint(FINDING) == fingerprint(FINDING._replace(message="other"))
    assert fingerprint(FINDING) != fingerprint(FINDING._replace(code="SID002"))
    assert fingerprint(FINDING) != fingerprint(FINDING._replace(span=Span(2, 1, 2, 2)))
    assert absolute.path != FINDING.path


def test_problems_are_notifications() -> None:
    (clean,) = read().invocations or []
    assert clean.execution_successful
    run = read(problems=(PROBLEM, PROBLEM._replace(row=0)))
    (invocation,) = run.invocations or []
    assert not invocation.execution_successful
    notifications = invocation.model_dump()["toolExecutionNotifications"]
    assert [each["message"]["text"] for each in notifications] == [
        "not Python: 100% wrong; correct it"
    ] * 2
    assert [each["locations"][0]["physicalLocation"] for each in notifications] == [
        {"artifactLocation": {"uri": "plugins/b%25.py"}, "region": {"startLine": 3}},
        {"artifactLocation": {"uri": "plugins/b%25.py"}},
    ]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./plugins/a b.py", "plugins/a%20b.py"),
        ("plugins/é.py", "plugins/%C3%A9.py"),
        ("plugins/\udcff.py", "plugins/%FF.py"),
        ("a:b.py", "a%3Ab.py"),
        ("/else where/a.py", "file:///else%20where/a.py"),
    ],
)
def test_uris(path: str, uri: str) -> None:
    (result,) = read(FINDING._replace(path=path, steps=())).results or []
    (location,) = result.locations or []
    assert location.physical_location is not None
    assert location.physical_location.artifact_location is not None
    assert location.physical_location.artifact_location.uri == uri


def test_uris_of_files_beside_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the path was typed: a URI may be absolute only with its scheme."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    beside = (tmp_path / "be side/\udcff.py").as_uri()
    assert beside.startswith("file:///")
    assert beside.endswith("/be%20side/%FF.py")
    for path in ("../be side/\udcff.py", str(tmp_path / "be side/\udcff.py")):
        run = read(
            FINDING._replace(path=path, steps=()), problems=(PROBLEM._replace(path=path, row=0),)
        )
        document = run.model_dump_json()
        assert document.count(beside) == 2
        assert '"/' not in document


def test_document_is_ascii_without_controls() -> None:
    document = written(FINDING)
    assert document.isascii()
    assert document.replace("\n", "").isprintable()
