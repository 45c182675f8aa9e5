"""Batch paths made of every choice an author has: fixed, run, and compared with the unfixed."""

from __future__ import annotations

import pytest

from tests.codemod.fixing import fixed
from tests.codemod.harness import ROWS, assert_equivalent, run, sqlite
from tests.codemod.sources import (
    BINDINGS,
    BODIES,
    BUILDERS,
    CACHES,
    CONTEXTS,
    HANDLERS,
    LOOPS,
    RELEASES,
    Choices,
    batch_source,
)

SINGLE = [
    *(Choices(builder=name) for name in BUILDERS),
    *(Choices(binding=name) for name in BINDINGS),
    *(Choices(release=name) for name in RELEASES),
    *(Choices(body=name) for name in BODIES),
    *(Choices(handler=name) for name in HANDLERS),
    *(Choices(loop=name) for name in LOOPS),
    *(Choices(context=name) for name in CONTEXTS),
    *(Choices(cache=name) for name in CACHES),
]
STRICT = {
    "pop without a default",
    "del in finally",
    "del in finally under a lock",
    "del at the end",
}


def check(code: str, new: bytes) -> None:
    """Run both texts on all rows and compare what they leave behind."""
    for name, rows in ROWS.items():
        for pool in (0, 2):
            with sqlite(keys=False) as engine:
                before = run(code, engine, rows, pool)
            with sqlite(keys=True) as engine:
                after = run(new, engine, rows, pool)
            try:
                assert_equivalent(before, after, ordered=not pool)
            except AssertionError as error:
                raise AssertionError(f"rows: {name}, pool: {pool}\n{new.decode()}") from error


@pytest.mark.parametrize("choices", SINGLE, ids=str)
def test_a_fixed_batch_does_what_it_did(choices: Choices) -> None:
    """Every choice by itself must be fixed, but for releases that fail without a client."""
    code = batch_source(choices)
    new = fixed(code)
    check(code, new)
