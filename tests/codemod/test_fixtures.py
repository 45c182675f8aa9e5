"""``fixtures/batch``: batch paths that are wrong, the same put right, and those refused."""

from __future__ import annotations

import pathlib
import re
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Fixed, Refused
from flake8_stateid.configuration import Configuration
from tests.codemod.running import check

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROOT = pathlib.Path(__file__).parents[2] / "fixtures" / "batch"
WRONG = sorted(path.name for path in (ROOT / "wrong" / "plugins").glob("*.py"))
REFUSED = sorted((ROOT / "refused" / "plugins").glob("*.py"))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_is_put_right(name: str, databases: tuple[Engine, ...]) -> None:
    """Byte for byte, with nothing left to report, and doing what it did."""
    wrong, right = (ROOT / folder / "plugins" / name for folder in ("wrong", "right"))
    result = Fixer(Configuration()).fix_file(str(wrong))
    assert all(isinstance(outcome, Fixed) for outcome in result.outcomes)
    assert result.after == right.read_bytes()
    again = Fixer(Configuration()).fix_file(str(right))
    assert not again.checked.findings
    check(wrong.read_text(encoding="utf-8"), result.after, databases)


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.name)
def test_refused(path: pathlib.Path) -> None:
    """A false alarm would be harmless here; a fix would break the batch."""
    (reason,) = re.findall(r"^# refused: (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    result = Fixer(Configuration()).fix_file(str(path))
    assert result.outcomes
    for outcome in result.outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.reason == reason
    assert result.after == result.before
