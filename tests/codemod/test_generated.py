"""Batch paths made of every choice an author has: fixed, run, and compared with the unfixed."""

from __future__ import annotations

import pytest

from tests.codemod.fixing import fixed
from tests.codemod.running import check
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


@pytest.mark.parametrize("choices", SINGLE, ids=str)
def test_a_fixed_batch_does_what_it_did(choices: Choices) -> None:
    """Every choice by itself must be fixed, but for releases that fail without a client."""
    code = batch_source(choices)
    new = fixed(code)
    check(code, new)
