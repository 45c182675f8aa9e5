"""``explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.cli import main
from flake8_stateid.rules import RULES, page

if TYPE_CHECKING:
    import pytest


def test_one_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "sid001"]) == 0
    assert capsys.readouterr().out == page(RULES[0])


def test_several_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "SID001", "SID002"]) == 0
    assert capsys.readouterr().out == f"{page(RULES[0])}\n{page(RULES[1])}"


def test_all_rules_in_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines] == [rule.code for rule in RULES]
    assert [line[:6] for line in lines if line.endswith("(off by default)")] == ["SID201"]


def test_an_unknown_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "SID001", "E\x1b1"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: no rule E\\x1b1; there are SID001, SID002, ")
