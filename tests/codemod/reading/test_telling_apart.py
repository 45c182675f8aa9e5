"""A loop's variable that has the name of another loop's id, and nothing to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROWS = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
"""
JOBS = """
output = []
jobs = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    jobs.append((row, sid))
for row, sid in jobs:
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
FUTURES = """
from concurrent.futures import as_completed
output = [None] * len(rows)
with ThreadPoolExecutor(2) as executor:
    futures = {}
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        futures[executor.submit(self._answer, row, sid)] = (i, sid)
    for future in as_completed(futures):
        i, sid = futures[future]
        try:
            output[i] = future.result()
        finally:
            self._clients.pop(sid, None)
return output
"""
FIXED = (
    Case("jobs", JOBS),
    Case("annotated", JOBS.replace("sid = f", "sid: str = f")),
    Case("futures", FUTURES, ordered=False),
    Case("texts", ROWS + 'for sid in ("x", "y"):\n    output.append(sid)\nreturn output'),
    Case(
        "a list",
        """
ids = []
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    ids.append(sid)
    output.append(self._answer(row, sid))
for sid in ids:
    self._clients.pop(sid, None)
return output
""",
    ),
)
AGAIN = "'sid' holds the id and is bound again here"
TOO = "'sid' holds the id and is the variable of another loop, too"
REFUSED = (
    Case("used behind", JOBS.replace("return output", "return [sid, *output]"), reason=AGAIN),
    Case(
        "used before it is bound",
        ROWS + "for row in rows:\n    output.append(sid)\n    sid = row['id']\nreturn output",
        reason=AGAIN,
    ),
    Case(
        "bound under a condition",
        ROWS + "for row in rows:\n    if row:\n        sid = row['id']\n    output.append(sid)\n"
        "return output",
        reason=AGAIN,
    ),
    Case(
        "used where the loop has come to its end",
        ROWS + "for sid in ('x', 'y'):\n    pass\nelse:\n    output.append(sid)\nreturn output",
        reason=TOO,
    ),
    Case(
        "used by a function",
        ROWS + "for sid in ('x', 'y'):\n    output.append(lambda: sid)\nreturn output",
        reason=TOO,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
