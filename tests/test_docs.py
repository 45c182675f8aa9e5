"""Documents agree with the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_stateid import __version__
from flake8_stateid.rules import RULES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_generated_documents_are_up_to_date() -> None:
    command = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_the_changelog_knows_the_version_and_every_rule_is_documented() -> None:
    assert f"## {__version__} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    pages = {path.stem for path in (ROOT / "docs/rules").glob("SID*.md")}
    assert pages == {rule.code for rule in RULES}


def test_the_readme_marks_the_commands_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("main command", "test command"):
        assert len(re.findall(rf"<!-- {mark} -->\n```sh\n[^\n]+\n```", readme)) == 1


def test_the_tour_of_the_modules_knows_each_and_names_none_that_is_gone() -> None:
    package = ROOT / "flake8_stateid"
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tables = re.split(r"^\| module(?: of `([\w/]+)/`)? \| holds[^|]*\|$", text, flags=re.M)
    parts = [f"codemod/{part.parent.name}" for part in package.glob("codemod/*/__init__.py")]
    assert sorted(tables[3::2]) == sorted(["analysis", "codemod", *parts, "linkage"])
    for folder, table in zip(tables[1::2], tables[2::2], strict=True):
        rows = table.split("\n\n")[0].splitlines()
        named = {name for row in rows for name in re.findall(r"`([\w*]+(?:\.py|/))`", row)}
        for name in named:
            assert list((package / (folder or "")).glob(name.strip("/"))), name
        if folder is None or folder.startswith("codemod"):
            modules = {
                path.name
                for path in (package / (folder or "")).glob("*.py")
                if path.stem.strip("_") == path.stem
            }
            unnamed = {name for name in modules - named if not name.endswith("_command.py")}
            assert unnamed == set()
