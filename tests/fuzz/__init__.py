"""Generated input: programs that are run and compared with the lint, and trees it must survive.

Every test is seeded and bounded. ``FUZZ_SEED`` and ``FUZZ_ROUNDS`` in the environment move a run
to other programs and make it longer: ``FUZZ_SEED=7 FUZZ_ROUNDS=100 pytest tests/fuzz`` takes a
hundred times as long as the run of CI.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0")) * 1_000_000
ROUNDS = float(os.environ.get("FUZZ_ROUNDS", "1"))


def seeds(count: int) -> Iterator[int]:
    """The seeds of one test: ``count`` of them in CI."""
    return iter(range(FIRST_SEED, FIRST_SEED + max(1, int(count * ROUNDS))))
