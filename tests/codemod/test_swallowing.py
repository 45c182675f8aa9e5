"""Guards that swallow exceptions: one rule says which, for checks, for releases and for rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

GUARD = """\
        if ctx.landscape is None or ctx.state_id is None:
            raise RuntimeError("a recorder and a state id are required")
"""
CHECKED = """\
        with SWALLOWING(RuntimeError):
            if ctx.landscape is None or ctx.state_id is None:
                raise RuntimeError("a recorder and a state id are required")
"""
LOOP = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, state_id))
    finally:
        RELEASE
return output
"""
POP = "self._clients.pop(state_id, None)"


def guarded_by(guard: str) -> str:
    code = module(LOOP.replace("RELEASE", POP))
    assert GUARD in code
    return code.replace(GUARD, CHECKED.replace("SWALLOWING", guard))


@pytest.mark.parametrize("guard", ["suppress", "contextlib.suppress", "ignored", "pytest.raises"])
def test_a_check_whose_exception_is_swallowed_shows_nothing(guard: str) -> None:
    assert b"state_id = str(ctx.state_id)" in fixed(guarded_by(guard))


@pytest.mark.parametrize("guard", ["self._span", "tracer.start_as_current_span"])
def test_a_check_in_any_other_with_is_one(guard: str) -> None:
    assert b"state_id = ctx.state_id" in fixed(guarded_by(guard))


FORGIVING = "with SWALLOWING(KeyError):\n            del self._clients[state_id]"


def test_a_release_that_may_find_no_client(databases: tuple[Engine, ...]) -> None:
    release = FORGIVING.replace("SWALLOWING", "suppress")
    check_fixed(Case("suppress", LOOP.replace("RELEASE", release)), databases)


@pytest.mark.parametrize("guard", ["pytest.raises", "ignored"])
def test_a_release_that_asks_for_an_exception(guard: str) -> None:
    """Whatever swallows, only ``suppress`` is known to do nothing where none is raised."""
    release = FORGIVING.replace("SWALLOWING", guard)
    reason = "the release is all that its 'with' does, which is about what it raises"
    check_refused(Case(guard, LOOP.replace("RELEASE", release), reason=reason))


ROWS_RUN = """
futures = []
for i, row in enumerate(rows):
    futures.append(self._executor.submit(self._answer, row, f"{ctx.state_id}_row{i}"))
with SWALLOWING(ValueError):
    output = [future.result() for future in futures]
self._clients.clear()
return output
"""


@pytest.mark.parametrize("guard", ["suppress", "ignored"])
def test_rows_that_run_on_behind_what_was_swallowed(guard: str) -> None:
    reason = "rows may still run when the cache is emptied, such as after one that raised"
    check_refused(Case(guard, ROWS_RUN.replace("SWALLOWING", guard), reason=reason))
