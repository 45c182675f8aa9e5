"""The fix that suggests itself is wrong: why the codemod changes structure, not an expression."""

from __future__ import annotations

import pytest

from tests.codemod.harness import ROWS, run, sqlite
from tests.codemod.sources import Choices, batch_source, module

BUILT = 'f"{ctx.state_id}_row{i}"'


@pytest.mark.parametrize("keys", [True, False])
def test_unfixed_batch_fails_or_orphans_every_call(keys: bool) -> None:
    """With keys enforced nothing is recorded, without them everything is orphaned in silence."""
    with sqlite(keys=keys) as engine:
        seen = run(batch_source(Choices()), engine, ROWS["five"])
    if keys:
        assert "FOREIGN KEY" in seen.error
        assert not seen.calls
    else:
        assert not seen.error
        assert len(seen.calls) == 2 * len(ROWS["five"])
        assert all(call.state_id != seen.state_id for call in seen.calls)


@pytest.mark.parametrize("keys", [True, False])
def test_id_replaced_in_place_fails_at_the_second_row(keys: bool) -> None:
    """The release left in the loop ends the client, and the next one counts from 0 again."""
    code = batch_source(Choices()).replace(BUILT, "ctx.state_id")
    with sqlite(keys=keys) as engine:
        seen = run(code, engine, ROWS["five"])
    assert "UNIQUE" in seen.error
    assert [call.call_index for call in seen.calls] == [0, 1]


def test_one_row_cannot_tell() -> None:
    """Why a test with a single row passes on the naive fix."""
    code = batch_source(Choices()).replace(BUILT, "ctx.state_id")
    with sqlite(keys=True) as engine:
        assert not run(code, engine, ROWS["one"]).error


def test_release_deleted_leaks_a_client() -> None:
    """The other fix that suggests itself records well and keeps the client for good."""
    code = batch_source(Choices(release="never")).replace(BUILT, "ctx.state_id")
    with sqlite(keys=True) as engine:
        seen = run(code, engine, ROWS["five"])
    assert not seen.error
    assert seen.cached == 1


@pytest.mark.parametrize(
    "method",
    [
        """
        for row in rows:
            client = AuditedClient(self._recorder, state_id=ctx.state_id)
            client.ask(row["prompt"])
        return []
        """,
        """
        for row in rows:
            AuditedClient(self._recorder, state_id=ctx.state_id).ask(row["prompt"])
        return []
        """,
    ],
    ids=["per row", "per call"],
)
def test_client_constructed_anew_restarts_the_index(method: str) -> None:
    """A client for each row under a shared id is the same defect in another place."""
    with sqlite(keys=True) as engine:
        assert "UNIQUE" in run(module(method), engine, ROWS["five"]).error


def test_recorder_that_allocates_makes_it_harmless() -> None:
    """Where the recorder counts, a fresh client for each row goes on counting."""
    method = """
    for row in rows:
        AllocatingClient(self._recorder, state_id=ctx.state_id).ask(row["prompt"])
    return []
    """
    with sqlite(keys=True) as engine:
        seen = run(module(method), engine, ROWS["five"])
    assert not seen.error
    assert [call.call_index for call in seen.calls] == list(range(5))
