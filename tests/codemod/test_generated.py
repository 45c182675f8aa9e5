"""Batch paths made of every choice an author has: fixed, run, and compared with the unfixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
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

if TYPE_CHECKING:
    from sqlalchemy import Engine

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
def test_a_fixed_batch_does_what_it_did(choices: Choices, databases: tuple[Engine, ...]) -> None:
    """Every choice by itself must be fixed, but for releases that fail without a client."""
    code = batch_source(choices)
    new = fixed(code)
    check(code, new, databases)


@pytest.mark.parametrize("release", ["del in finally", "pop without a default"])
@pytest.mark.parametrize("body", ["continue", "break", "return"])
def test_strict_release_that_a_row_may_reach_without_a_client(release: str, body: str) -> None:
    """Such a row raised ``KeyError``; a release that tolerates it would not."""
    refusal = refused(batch_source(Choices(release=release, body=body)))
    assert refusal.reason.startswith("a row may reach this release without a client")
    assert "pop(state_id, None)" in refusal.remedy


@pytest.mark.parametrize("handler", ["none", "raising again"])
@pytest.mark.parametrize("body", ["continue", "break", "return", "plain"])
def test_strict_release_behind_the_row(
    handler: str, body: str, databases: tuple[Engine, ...]
) -> None:
    """At the end of the body it is reached by rows that made a client, and by no others."""
    code = batch_source(Choices(release="del at the end", body=body, handler=handler))
    check(code, fixed(code), databases, ("none", "raising", "skipping", "stopping", "broken"))


@pytest.mark.parametrize("handler", ["except", "logged except"])
def test_strict_release_behind_a_handler(handler: str) -> None:
    """A row that failed before it made a client goes on to the release."""
    code = batch_source(Choices(release="del at the end", body="continue", handler=handler))
    assert refused(code).reason.startswith("a row may reach this release without a client")
