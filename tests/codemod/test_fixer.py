"""Files that cannot be fixed: what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.configuration import Configuration

if TYPE_CHECKING:
    import pathlib


def test_a_file_that_is_not_there(tmp_path: pathlib.Path) -> None:
    fix = Fixer(Configuration()).fix_file(str(tmp_path / "plugins" / "gone.py"))
    assert fix.problem is not None
    assert "gone.py" in str(fix.problem)
