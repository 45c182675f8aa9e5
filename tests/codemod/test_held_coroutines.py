"""Coroutines and tasks of all rows that a local holds until they are gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

OWN = """
async def _own(self, row, state_id):
    try:
        await asyncio.sleep(0)
        return self._answer(row, state_id)
    finally:
        self._clients.pop(state_id, None)
"""
MADE = 'self._own(row, f"{ctx.state_id}_row{i}")'
HELD = f"rows_of = [{MADE} for i, row in enumerate(rows)]\n"
TASKS = f"rows_of = [asyncio.create_task({MADE}) for i, row in enumerate(rows)]\n"
ADDED = f"rows_of = []\nfor i, row in enumerate(rows):\n    rows_of.append({MADE})\n"
TAKE = "results = await asyncio.gather(*rows_of, return_exceptions=True)\n"
GIVE = """
for each in results:
    if isinstance(each, Exception):
        raise each
return results
"""
FIXED = (
    Case("coroutines", HELD + TAKE + GIVE, OWN, ordered=False),
    Case("tasks", TASKS + TAKE + GIVE, OWN, ordered=False),
    Case("added one by one", ADDED + TAKE + GIVE, OWN, ordered=False),
)
LATE = "the id is handed to a task that may run after the release"
REFUSED = (
    Case(
        "where one raises", HELD + TAKE.replace(", return_exceptions=True", "") + GIVE, OWN, LATE
    ),
    Case("kept", HELD + "self.rows = rows_of\nawait asyncio.sleep(0)\nreturn []", OWN, LATE),
    Case("given back", HELD + "await asyncio.sleep(0)\nreturn rows_of", OWN, LATE),
    Case("some of them", HELD + TAKE.replace("*rows_of", "*rows_of[:1]") + GIVE, OWN, LATE),
    Case(
        "under a condition", HELD + f"if rows:\n    {TAKE}    return results\nreturn []", OWN, LATE
    ),
    Case(
        "in a task that nobody waits for",
        HELD
        + "for each in rows_of:\n    asyncio.create_task(each)\nawait asyncio.sleep(0)\nreturn []",
        OWN,
        LATE,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, whole=False)
