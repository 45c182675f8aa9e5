"""Batch paths on a real PostgreSQL: keys are always enforced there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, select

from fixtures.landscape.schema import calls, metadata, node_states
from tests.codemod.fixing import fixed
from tests.codemod.harness import ROWS, assert_equivalent, run, shared
from tests.codemod.sources import Choices, batch_source
from tests.codemod.test_fixtures import ROOT, WRONG
from tests.postgres import new_database, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

__all__ = ["postgres_server"]

CODE = batch_source(Choices())
BUILT = 'f"{ctx.state_id}_row{i}"'


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[Engine]:
    """A fresh landscape on PostgreSQL."""
    with new_database(postgres_server) as url:
        engine = create_engine(url)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


def test_unfixed(postgres: Engine) -> None:
    """The key refuses the first call."""
    seen = run(CODE, postgres, ROWS["five"])
    assert "ForeignKeyViolation" in seen.error
    assert not seen.calls


def test_naive_fix(postgres: Engine) -> None:
    """The unique constraint refuses the second row."""
    seen = run(CODE.replace(BUILT, "ctx.state_id"), postgres, ROWS["five"])
    assert "UniqueViolation" in seen.error


@pytest.mark.parametrize("choices", [Choices(), Choices(release="closed", body="continue")])
def test_fixed(postgres: Engine, choices: Choices) -> None:
    """All batches pass, and do what they did without keys."""
    code = batch_source(choices)
    new = fixed(code)
    for name, rows in ROWS.items():
        for pool in (0, 2) if name == "five" else (0,):
            before = run(code, shared(keys=False), rows, pool)
            assert_equivalent(before, run(new, postgres, rows, pool), ordered=not pool)
    with postgres.connect() as connection:
        orphans = connection.execute(
            select(calls.c.call_id).where(
                ~select(node_states.c.state_id)
                .where(node_states.c.state_id == calls.c.state_id)
                .exists()
            )
        )
        assert not orphans.all()


@pytest.mark.parametrize("name", WRONG)
def test_fixtures(postgres: Engine, name: str) -> None:
    """Each wrong batch path fails on the key; put right, it does what it did without keys."""
    wrong, right = (
        (ROOT / folder / "plugins" / name).read_text("utf-8") for folder in ("wrong", "right")
    )
    assert "ForeignKeyViolation" in run(wrong, postgres, ROWS["five"]).error
    for rows in ROWS.values():
        before = run(wrong, shared(keys=False), rows)
        assert_equivalent(before, run(right, postgres, rows))
