"""A real PostgreSQL among the databases that batch paths run on: its keys are always enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.codemod.harness import ROWS, run
from tests.codemod.sources import Choices, batch_source

if TYPE_CHECKING:
    from sqlalchemy import Engine

CODE = batch_source(Choices())
BUILT = 'f"{ctx.state_id}_row{i}"'


def test_every_batch_path_runs_on_both(postgres: Engine, databases: tuple[Engine, ...]) -> None:
    """Skipped, or failed under continuous integration, where there is no PostgreSQL."""
    assert [engine.dialect.name for engine in databases] == ["sqlite", "postgresql"]
    assert postgres in databases


def test_unfixed(postgres: Engine) -> None:
    """The key refuses the first call."""
    seen = run(CODE, postgres, ROWS["five"])
    assert "ForeignKeyViolation" in seen.error
    assert not seen.calls


def test_naive_fix(postgres: Engine) -> None:
    """The unique constraint refuses the second row."""
    seen = run(CODE.replace(BUILT, "ctx.state_id"), postgres, ROWS["five"])
    assert "UniqueViolation" in seen.error
