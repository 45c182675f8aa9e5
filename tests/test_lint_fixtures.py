"""Every fixture says what the analysis must find in it, and it finds exactly that."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tokenize
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.checking import Checker
from flake8_stateid.configuration import Configuration
from flake8_stateid.selection import SelectionOptions
from flake8_stateid.source import SourceText
from tests.fixtures_support import (
    Expected,
    LintFixture,
    labelled_cases,
    lint_fixtures,
    load,
    parsable,
    required_python,
    with_noqa,
)

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_stateid.findings import Finding
    from flake8_stateid.settings import Settings

FIXTURES = lint_fixtures()


@pytest.fixture(params=FIXTURES, ids=[path.name for path in FIXTURES])
def fixture(request: pytest.FixtureRequest) -> LintFixture:
    """One fixture file; skipped where this Python cannot parse it."""
    path: Path = request.param
    if not parsable(path):
        needed = ".".join(map(str, required_python(path)))
        pytest.skip(f"{path.name} holds syntax of Python {needed}")
    return load(path)


def analysed(fixture: LintFixture) -> list[Finding]:
    """What the analysis finds in a fixture."""
    source = SourceText.from_text(f"plugins/{fixture.path.name}", fixture.text)
    findings = analyse(ast.parse(source.text), source, fixture.settings)
    return [finding for finding in findings if finding.code in fixture.codes]


def found(fixture: LintFixture) -> list[Expected]:
    """The same, as a fixture would announce it."""
    return sorted(
        Expected(finding.span.row, finding.span.column, finding.code)
        for finding in analysed(fixture)
    )


def encoded(fixture: LintFixture, text: str) -> bytes:
    """``text`` in the encoding of the fixture, with a BOM if it has one."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(fixture.data).readline)
    return text.encode(encoding)


def checked(fixture: LintFixture, text: str) -> list[Expected]:
    """What a user of the command line would see of ``text`` in place of the fixture's."""
    selection = SelectionOptions(extend_select=tuple(sorted(fixture.codes)))
    checker = Checker(Configuration(settings=fixture.settings, selection=selection))
    result = checker.check_bytes(f"plugins/{fixture.path.name}", encoded(fixture, text))
    assert result.problem is None
    return sorted(Expected(f.span.row, f.span.column, f.code) for f in result.findings)


def test_there_are_fixtures() -> None:
    assert FIXTURES


def test_findings_are_those_announced(fixture: LintFixture) -> None:
    assert found(fixture) == list(fixture.expected)


def test_a_flow_takes_no_step_twice(fixture: LintFixture) -> None:
    """What goes into a cache and comes out of it is not followed round and round."""
    for finding in analysed(fixture):
        assert len(set(finding.steps)) == len(finding.steps)


def test_the_check_of_a_file_reports_those_announced(fixture: LintFixture) -> None:
    assert checked(fixture, fixture.text) == list(fixture.expected)


def test_with_noqa_on_each_announced_row_the_file_is_clean(fixture: LintFixture) -> None:
    assert checked(fixture, with_noqa(fixture.text)) == []


def test_docstring_names_the_alarm_guarded_against(fixture: LintFixture) -> None:
    assert "issed alarm" in fixture.docstring or "alse alarm" in fixture.docstring


def test_cases_are_labelled_truly(fixture: LintFixture) -> None:
    cases = labelled_cases(fixture.text)
    assert cases
    for case in cases:
        assert case.harmful == bool(case.findings), f"{fixture.path.name}:{case.row}"
    assert sum(case.findings for case in cases) == len(fixture.expected)


def test_harmless_cases_are_as_many_as_harmful_ones() -> None:
    cases = [
        case for path in FIXTURES if parsable(path) for case in labelled_cases(load(path).text)
    ]
    harmful = sum(case.harmful for case in cases)
    assert len(cases) - harmful >= harmful


def run(*arguments: str, folder: Path) -> str:
    """The standard output of ``python -m ...`` in ``folder``; findings are no failure."""
    process = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1"},
        capture_output=True,
        check=False,
    )
    assert process.returncode in {0, 1}, process.stderr.decode()
    assert process.stderr == b""
    return process.stdout.decode()


def configuration(settings: Settings, codes: frozenset[str]) -> str:
    """A ``[flake8]`` section for fixtures of these settings."""
    lines = [
        "[flake8]",
        f"select = {','.join(sorted(codes))}",
        f"stateid-names = {','.join(settings.names)}",
        f"stateid-minting = {','.join(settings.minting)}",
    ]
    if not any(entry.name == "SID" for entry in entry_points(group="flake8.extension")):
        # Run from a checkout that is not installed.
        lines += [
            "[flake8:local-plugins]",
            "extension = SID = flake8_stateid.plugin:StateIdPlugin",
        ]
    return "\n".join(lines) + "\n"


def groups() -> list[list[LintFixture]]:
    """The fixtures, grouped by the configuration they need."""
    by_configuration: dict[tuple[Settings, frozenset[str]], list[LintFixture]] = {}
    for path in FIXTURES:
        if parsable(path):
            loaded = load(path)
            by_configuration.setdefault((loaded.settings, loaded.codes), []).append(loaded)
    return list(by_configuration.values())


@pytest.mark.parametrize("silenced", [False, True], ids=["as written", "with noqa"])
def test_flake8_and_command_line_report_those_announced(tmp_path: Path, silenced: bool) -> None:
    for number, group in enumerate(groups()):
        folder = tmp_path / str(number)
        (folder / "plugins").mkdir(parents=True)
        section = configuration(group[0].settings, group[0].codes)
        (folder / ".flake8").write_text(section, encoding="utf-8")
        announced = []
        for each in group:
            text = with_noqa(each.text) if silenced else each.text
            (folder / "plugins" / each.path.name).write_bytes(encoded(each, text))
            if not silenced:
                announced += [(f"plugins/{each.path.name}", *e) for e in each.expected]

        form = "--format=%(path)s|%(row)d|%(col)d|%(code)s"
        rows = run("flake8", form, "plugins", folder=folder).splitlines()
        split = [row.removeprefix("./").split("|") for row in rows]
        assert sorted((p, int(r), int(c), code) for p, r, c, code in split) == sorted(announced)

        output = run("flake8_stateid", "lint", "--output-format=json", "plugins", folder=folder)
        found = json.loads(output)["findings"]
        assert sorted((f["path"], f["row"], f["column"], f["code"]) for f in found) == sorted(
            announced
        )
