"""What each tool finds in the labelled cases of the project's fixtures."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.tools import RULES, Tools
from tests.fixtures_support import LintFixture, labelled_cases, lint_fixtures, load, parsable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STRINGS = {"SID001", "SID002", "SID003"}


class Quality(NamedTuple):
    """How a tool did on the labelled cases.

    Attributes:
        tool: Its name.
        found: Harmful cases in which it reports something.
        missed: Harmful cases in which it reports nothing.
        false: Harmless cases in which it reports something.
        harmless: How many harmless cases there are.
    """

    tool: str
    found: int
    missed: int
    false: int
    harmless: int


Rows = dict[str, set[int]]


def compared(tools: Tools) -> list[Quality]:
    """Every tool that is installed, on the fixtures that need no option."""
    fixtures = [load(path) for path in lint_fixtures() if parsable(path)]
    chosen = [each for each in fixtures if _needs_no_option(each)]
    return [
        _quality(tool, rows(tools), chosen)
        for tool, (needs, rows) in REPORTERS.items()
        if tools.has(needs)
    ]


def _needs_no_option(fixture: LintFixture) -> bool:
    first = fixture.text.split('"""', 1)[0]
    return not re.search(r"#\s*(select|names|minting):", first) and not any(
        each.code not in STRINGS for each in fixture.expected
    )


def _quality(tool: str, reported: Rows, fixtures: list[LintFixture]) -> Quality:
    found = missed = false = harmless = 0
    for fixture in fixtures:
        rows = reported.get(fixture.path.name, set())
        cases = labelled_cases(fixture.text)
        ends = [case.row for case in cases[1:]] + [1 << 30]
        for case, end in zip(cases, ends, strict=True):
            hit = any(case.row <= row < end for row in rows)
            if case.harmful:
                found += hit
                missed += not hit
            else:
                harmless += 1
                false += hit
    return Quality(tool, found, missed, false, harmless)


def _output(words: list[str], folder: Path) -> str:
    env = {**os.environ, "SEMGREP_SEND_METRICS": "off", "NO_COLOR": "1"}
    done = subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    return done.stdout


def _folder() -> Path:
    return lint_fixtures()[0].parent


def _by_file(pairs: list[tuple[str, int]]) -> Rows:
    rows: Rows = {}
    for path, row in pairs:
        rows.setdefault(os.path.basename(path), set()).add(row)
    return rows


def ours(tools: Tools) -> Rows:
    """This project."""
    words = [tools.program("ours", "flake8-stateid"), "lint", "--isolated", "."]
    lines = re.findall(r"^(\S+):(\d+):\d+: SID", _output(words, _folder()), re.M)
    return _by_file([(path, int(row)) for path, row in lines])


def ast_grep(tools: Tools) -> Rows:
    """ast-grep with its rule."""
    words = [tools.program("ast-grep", "ast-grep"), "scan", "-r", str(RULES / "ast-grep.yml")]
    found = json.loads(_output([*words, "--json=compact", "."], _folder()) or "[]")
    return _by_file([(each["file"], each["range"]["start"]["line"] + 1) for each in found])


def semgrep(rule: str) -> Callable[[Tools], Rows]:
    """The rows of semgrep with one of its rules."""

    def rows(tools: Tools) -> Rows:
        words = [
            tools.program("semgrep", "semgrep"), "scan", "--metrics", "off", "--json", "-q",
            "--disable-version-check", "--no-git-ignore", "--config", str(RULES / rule), ".",
        ]  # fmt: skip
        found = json.loads(_output(words, _folder()) or "{}").get("results", [])
        return _by_file(
            [
                (each["path"], row)
                for each in found
                for row in range(each["start"]["line"], each["end"]["line"] + 1)
            ]
        )

    return rows


def fixit(tools: Tools) -> Rows:
    """Fixit with its rule."""
    words = [tools.program("fixit", "python"), "-m", "fixit", "--rules", "fixit_rule", "lint", "."]
    env = {**os.environ, "PYTHONPATH": str(RULES)}
    done = subprocess.run(
        words, cwd=_folder(), env=env, capture_output=True, text=True, check=False, timeout=600
    )
    lines = re.findall(r"^(\S+?)@(\d+):\d+ BuiltStateId", done.stdout, re.M)
    return _by_file([(path, int(row)) for path, row in lines])


REPORTERS: dict[str, tuple[str, Callable[[Tools], Rows]]] = {
    "flake8-stateid": ("ours", ours),
    "ast-grep": ("ast-grep", ast_grep),
    "semgrep, search": ("semgrep", semgrep("semgrep-search.yml")),
    "semgrep, taint": ("semgrep", semgrep("semgrep-taint.yml")),
    "Fixit": ("fixit", fixit),
}
