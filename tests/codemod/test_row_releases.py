"""Releases that rows come to by way of helpers: each call of one is a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.sources import ROW_METHOD

if TYPE_CHECKING:
    from sqlalchemy import Engine

EACH = """
output = []
for i, row in enumerate(rows):
    output.append(self._row(row, f"{ctx.state_id}_row{i}"))
return output
"""
CLEANED = """
def _clean(self, state_id):
    \"\"\"Done with the row.\"\"\"
    self._release(state_id)
"""
HANDLED = """
def _row(self, row, state_id):
    try:
        return self._answer(row, state_id)
    except ProviderError:
        self._release(state_id)
        return {}
"""
IN_LOOP = """
output = []
for i, row in enumerate(rows):
    row_state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._row(row, row_state_id))
    finally:
        self._release(row_state_id)
return output
"""
SWEPT = """
output = []
state_ids = [f"{ctx.state_id}_row{i}" for i, _ in enumerate(rows)]
try:
    for row, state_id in zip(rows, state_ids, strict=True):
        output.append(self._answer(row, state_id))
finally:
    for state_id in state_ids:
        RELEASE
return output
"""
CHUNKS = """
output = []
for start in (0, 2, 4):
    chunk = rows[start : start + 2]
    state_ids = [f"{ctx.state_id}_row{start}{i}" for i, _ in enumerate(chunk)]
    for row, state_id in zip(chunk, state_ids, strict=True):
        output.append(self._answer(row, state_id))
    for state_id in state_ids:
        RELEASE
return output
"""
JOB = """
jobs = [Job(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
output = []
for job in jobs:
    try:
        output.append(self._answer(job.row, job.state_id))
    finally:
        self._release(job.state_id)
return output
"""
JOBS = """
class Job(NamedTuple):
    row: dict
    state_id: str
"""
# A method whose parameter holds the state's own id first, and the row's id then.
OWN_ID = """
def _numbered(self, row, i, state_id):
    BOUND
    try:
        return self._answer(row, state_id)
    finally:
        self._release(state_id)
"""
EACH_NUMBERED = "return [self._numbered(row, i, ctx.state_id) for i, row in enumerate(rows)]"
FIXED = (
    Case(
        "a parameter that is bound again",
        EACH_NUMBERED,
        OWN_ID.replace("BOUND", 'state_id = f"{state_id}_row{i}"'),
    ),
    Case(
        "a parameter that is extended",
        EACH_NUMBERED,
        OWN_ID.replace("BOUND", 'state_id += f"_row{i}"'),
    ),
    Case("helper of a row's helper", EACH, ROW_METHOD),
    Case(
        "helper of a helper of a row's helper",
        EACH,
        CLEANED + ROW_METHOD.replace("_release", "_clean"),
    ),
    Case(
        "two rows' helpers in branches",
        """
        output = []
        for i, row in enumerate(rows):
            row_state_id = f"{ctx.state_id}_row{i}"
            if row.get("skip"):
                output.append(self._twice(row, row_state_id))
            else:
                output.append(self._row(row, row_state_id))
        return output
        """,
        ROW_METHOD
        + ROW_METHOD.replace("_row", "_twice").replace(
            "return", "self._answer(row, state_id)\n        return"
        ),
    ),
    Case("helper in the loop and in a handler of the row's helper", IN_LOOP, HANDLED),
    Case("swept by a helper", SWEPT.replace("RELEASE", "self._release(state_id)")),
    Case("swept for each chunk", CHUNKS.replace("RELEASE", "self._clients.pop(state_id, None)")),
    Case("swept by a helper for each chunk", CHUNKS.replace("RELEASE", "self._release(state_id)")),
)
REFUSED = (
    Case(
        "a parameter that is used before it is extended",
        EACH_NUMBERED,
        OWN_ID.replace(
            "BOUND", 'self._ask(row, "a", state_id)\n    state_id += f"_row{i}"'
        ).replace("self._release(state_id)", "self.done += 1"),
        reason="'state_id' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "helper of a row's helper that others call",
        EACH,
        ROW_METHOD + "\ndef other(self, row, ctx):\n    return self._row(row, ctx.state_id)\n",
        reason="the client is released in a function that is called for each row",
    ),
    Case(
        "helper of a row's helper under a condition",
        EACH,
        ROW_METHOD.replace(
            "    finally:\n        ", '    finally:\n        if row.get("skip"):\n            '
        ),
        reason="the client is released only under a condition",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


def test_sweep_that_moves() -> None:
    """Nothing is left of a loop that released the clients of one chunk."""
    after = fixed(Case("chunks", CHUNKS.replace("RELEASE", "self._release(state_id)")).code)
    assert (
        b"                for row, state_id in zip(chunk, state_ids, strict=True):\n"
        b"                    output.append(self._answer(row, state_id))\n"
        b"        finally:\n"
    ) in after


def test_helper_that_is_given_what_a_job_holds(databases: tuple[Engine, ...]) -> None:
    case = Case("job", JOB)
    code = case.code.replace("from typing import Any", "from typing import Any, NamedTuple")
    code = code.replace("\n\nclass Transform:", f"\n{JOBS}\n\nclass Transform:", 1)
    check_fixed(case, databases, code)
    assert b"        finally:\n            self._release(state_id)\n" in fixed(code)


AWAITED = Case(
    "awaited",
    """
    output = []
    for i, row in enumerate(rows):
        row_state_id = f"{ctx.state_id}_row{i}"
        try:
            output.append(await self._client(row_state_id).ask_async(row["prompt"]))
        finally:
            await self._free(row_state_id)
    return output
    """,
    """
    async def _free(self, state_id: str) -> None:
        \"\"\"Done with the row.\"\"\"
        client = self._clients.pop(state_id, None)
        if client is None:
            return
        client.close()
    """,
)


def test_helper_that_is_awaited(databases: tuple[Engine, ...]) -> None:
    check_fixed(AWAITED, databases)


def test_helper_that_nobody_awaits() -> None:
    """A coroutine that is not awaited releases nothing; a task does it whenever it comes to it."""
    method = AWAITED.method.replace(
        "await self._free(row_state_id)", "create_task(self._free(row_state_id))"
    )
    case = AWAITED._replace(
        method=method, reason="'_free' releases the client, and not in a form that can be moved"
    )
    check_refused(case)
