"""Compare a fixed batch path with the unfixed one, on all kinds of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.codemod.harness import ROWS, Observation, assert_equivalent, run, shared
from tests.measuring import unmeasured

if TYPE_CHECKING:
    from sqlalchemy import Engine

POOL_SIZES = (0, 2)
# What threads may change shows with several rows, and with one that raises.
POOLED = frozenset({"five", "raising"})


def check(
    code: str,
    new: bytes,
    databases: tuple[Engine, ...],
    rows: tuple[str, ...] = tuple(ROWS),
    *,
    ordered: bool = True,
) -> None:
    """Run both texts, the old one with keys off, and compare what they leave behind.

    With keys enforced, the old one must fail.

    Args:
        code: The unfixed text.
        new: The fixed text.
        databases: Where the fixed text runs; their keys are enforced.
        rows: Which of the batches of :data:`tests.codemod.harness.ROWS`.
        ordered: Whether one row is run after the other, so that the order of calls is given.
    """
    with unmeasured():
        for name in rows:
            _check_rows(name, code, new, databases, ordered=ordered)


def _check_rows(
    name: str, code: str, new: bytes, databases: tuple[Engine, ...], *, ordered: bool
) -> None:
    for pool in POOL_SIZES if name in POOLED else POOL_SIZES[:1]:
        before = run(code, shared(keys=False), ROWS[name], pool)
        if name == "five":
            _assert_unfit(code, before, databases, pool)
        # What rows do is the same on each; that its keys hold shows with several.
        for engine in databases if name == "five" else databases[:1]:
            after = run(new, engine, ROWS[name], pool)
            try:
                assert_equivalent(before, after, ordered=ordered and not pool)
            except AssertionError as error:
                raise AssertionError(
                    f"{engine.name}, rows: {name}, pool: {pool}\n{before}\n{after}\n{new.decode()}"
                ) from error


def _assert_unfit(code: str, loose: Observation, databases: tuple[Engine, ...], pool: int) -> None:
    """Check that the unfixed text has the defect: orphans in silence, or a key that refuses."""
    assert any(call.state_id != loose.state_id for call in loose.calls)
    for engine in databases:
        seen = run(code, engine, ROWS["five"], pool)
        # A task group wraps what its tasks raise.
        assert seen.error.startswith(("IntegrityError", "ExceptionGroup")), seen
        assert all(call.state_id == seen.state_id for call in seen.calls), seen
