"""The rules' pages, and that their examples show what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.checking import Checker
from flake8_stateid.configuration import Configuration
from flake8_stateid.rules import OFF_BY_DEFAULT, RULES, Rule, page, rule_of
from flake8_stateid.selection import SelectionOptions
from tests.samples import project

if TYPE_CHECKING:
    from pathlib import Path

WITH_EXAMPLE = [rule for rule in RULES if rule.example]


def codes(tmp_path: Path, text: str) -> set[str]:
    path = project(tmp_path, {"plugins/a.py": text}) / "plugins/a.py"
    everything = Configuration(selection=SelectionOptions(select=("SID",)))
    result = Checker(everything).check_file(str(path))
    assert result.problem is None
    return {finding.code for finding in result.findings}


@pytest.mark.parametrize("rule", WITH_EXAMPLE, ids=lambda rule: rule.code)
def test_the_example_is_reported(tmp_path: Path, rule: Rule) -> None:
    assert codes(tmp_path, rule.example) == {rule.code}


@pytest.mark.parametrize("rule", WITH_EXAMPLE, ids=lambda rule: rule.code)
def test_the_fix_is_clean(tmp_path: Path, rule: Rule) -> None:
    assert codes(tmp_path, rule.fix) == set()


def test_codes_are_unique_and_sorted() -> None:
    found = [rule.code for rule in RULES]
    assert found == sorted(set(found))


def test_only_minting_is_off_by_default() -> None:
    assert OFF_BY_DEFAULT == ("SID201",)


def test_rules_are_found_in_any_letter_case() -> None:
    assert rule_of("sid001") is RULES[0]
    assert rule_of("SID999") is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_pages_are_complete(rule: Rule) -> None:
    text = page(rule)
    assert text.startswith(f"# {rule.code}: {rule.title}\n\nDefault: ")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    expected = ["What is reported", "Why it is a defect", "How to fix it", "When to suppress it"]
    if rule.example:
        expected.insert(2, "Example")
    assert headings == [f"## {heading}" for heading in expected]
    assert text.count("```python\n") == (2 if rule.example else 0)
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 99
