"""Compare a fixed batch path with the unfixed one, on all kinds of rows."""

from __future__ import annotations

from tests.codemod.harness import ROWS, assert_equivalent, run, shared

POOL_SIZES = (0, 2)
# What threads may change shows with several rows, and with one that raises.
POOLED = frozenset({"five", "raising"})


def check(
    code: str, new: bytes, rows: tuple[str, ...] = tuple(ROWS), *, ordered: bool = True
) -> None:
    """Run both texts, the old one with keys off, and compare what they leave behind.

    Args:
        code: The unfixed text.
        new: The fixed text.
        ordered: Whether one row is run after the other, so that the order of calls is given.
        rows: Which of the batches of :data:`tests.codemod.harness.ROWS`.
    """
    for name in rows:
        for pool in POOL_SIZES if name in POOLED else POOL_SIZES[:1]:
            before = run(code, shared(keys=False), ROWS[name], pool)
            after = run(new, shared(keys=True), ROWS[name], pool)
            try:
                assert_equivalent(before, after, ordered=ordered and not pool)
            except AssertionError as error:
                raise AssertionError(
                    f"rows: {name}, pool: {pool}\n{before}\n{after}\n{new.decode()}"
                ) from error
