"""Futures with a name, whose result is asked for before anything else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
executor = ThreadPoolExecutor(2)
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    future = executor.submit(self._answer, row, state_id)
    try:
        ASKED
    finally:
        self._clients.pop(state_id, None)
return output
"""
FIXED = (
    "output.append(future.result())",
    "answer = future.result()\n        output.append(answer)",
    "try:\n            output.append(future.result())\n        finally:\n            i += 1",
    "if future.result():\n            output.append(future.result())",
)
# Something may come before, or the row goes on without it.
REFUSED = (
    "output.append(future.result(timeout=1))",
    "len(row['prompt'])\n        output.append(future.result())",
    "output.append((row['id'], future.result()))",
    "output.append(future)",
)
RUNS_ON = "the id is handed to a thread that may run after the release"


@pytest.mark.parametrize("asked", FIXED)
def test_fixed(asked: str, databases: tuple[Engine, ...]) -> None:
    check_fixed(Case(asked, LOOP.replace("ASKED", asked)), databases)


@pytest.mark.parametrize("asked", REFUSED)
def test_refused(asked: str) -> None:
    check_refused(Case(asked, LOOP.replace("ASKED", asked), reason=RUNS_ON))
