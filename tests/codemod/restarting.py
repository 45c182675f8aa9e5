"""Batch paths of SID101, beside their fix: a client released in the loop counts from 0 again."""

from __future__ import annotations

import atexit
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, UniqueConstraint, create_engine
from sqlalchemy.pool import StaticPool

from fixtures.landscape.schema import metadata
from tests.codemod.harness import ROWS, assert_equivalent, run
from tests.codemod.running import POOL_SIZES, POOLED
from tests.measuring import unmeasured

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.codemod.harness import Observation


@cache
def lenient() -> Engine:
    """A database that takes a ``call_index`` twice: what an unfixed batch does shows in full."""
    lax = MetaData()
    for table in metadata.sorted_tables:
        copied = table.to_metadata(lax)
        copied.constraints = {
            each for each in copied.constraints if not isinstance(each, UniqueConstraint)
        }
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    lax.create_all(engine)
    atexit.register(engine.dispose)
    return engine


def check_restart(
    code: str,
    new: bytes,
    databases: tuple[Engine, ...],
    rows: tuple[str, ...] = tuple(ROWS),
    *,
    ordered: bool = True,
) -> None:
    """Run both texts and compare what they leave behind; where keys hold, the old one must fail.

    Args:
        code: The unfixed text.
        new: The fixed text.
        databases: Where the fixed text runs; their keys are enforced.
        rows: Which of the batches of :data:`tests.codemod.harness.ROWS`.
        ordered: Whether one row is run after the other, so that the order of calls is given.
    """
    with unmeasured():
        for name in rows:
            for pool in POOL_SIZES if name in POOLED else POOL_SIZES[:1]:
                before = run(code, lenient(), ROWS[name], pool)
                if name == "five":
                    _assert_restarts(code, before, databases, pool)
                for engine in databases:
                    after = run(new, engine, ROWS[name], pool)
                    try:
                        assert_equivalent(before, after, ordered=ordered and not pool)
                    except AssertionError as error:
                        raise AssertionError(
                            f"{engine.name}, rows: {name}, pool: {pool}\n"
                            f"{before}\n{after}\n{new.decode()}"
                        ) from error


def _assert_restarts(
    code: str, lax: Observation, databases: tuple[Engine, ...], pool: int
) -> None:
    """Check that the unfixed text has the defect: every id is right, and an index comes twice."""
    assert {call.state_id for call in lax.calls} == {lax.state_id}
    assert len({call.call_index for call in lax.calls}) < len(lax.calls)
    for engine in databases:
        seen = run(code, engine, ROWS["five"], pool)
        assert seen.error.startswith(("IntegrityError", "ExceptionGroup")), seen
        assert "FOREIGN" not in seen.error
