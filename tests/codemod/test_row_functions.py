"""Functions that rows call, which make the row's id themselves and release its client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, Refused
from flake8_stateid.configuration import Configuration
from flake8_stateid.selection import SelectionOptions
from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import PATH, fixed

if TYPE_CHECKING:
    from sqlalchemy import Engine

BY_ID = """
def _row(self, row, index, state_id: str):
    row_state_id = f"{state_id}_row{index}"
    try:
        return self._answer(row, row_state_id)
    finally:
        # the row's client
        with self._lock:
            self._clients.pop(row_state_id, None)
"""
BY_CONTEXT = BY_ID.replace("state_id: str", "ctx").replace("{state_id}", "{ctx.state_id}")
GUARDED = BY_ID.replace("state_id: str", "ctx: PluginContext").replace(
    '    row_state_id = f"{state_id}',
    "    if ctx.state_id is None:\n        raise RuntimeError\n"
    '    row_state_id = f"{ctx.state_id}',
)
IN_PLACE = """
def _row(self, row, index, state_id: str):
    try:
        return self._answer(row, f"{state_id}_row{index}")
    finally:
        self._clients.pop(f"{state_id}_row{index}", None)
"""
HELPED = """
def _row(self, row, index, state_id: str):
    row_state_id = f"{state_id}_row{index}"
    logger.info("row %s", row_state_id)
    try:
        return self._answer(row, row_state_id)
    finally:
        self._release(row_state_id)
"""
CLOSED = """
def _row(self, row, index, state_id: str):
    row_state_id = f"{state_id}_row{index}"
    try:
        return self._answer(row, row_state_id)
    finally:
        client = self._clients.pop(row_state_id, None)
        if client is not None:
            client.close()
"""
EACH = """
output = []
for i, row in enumerate(rows):
    output.append(self._row(row, i, ctx.state_id))
return output
"""
HANDED = EACH.replace("ctx.state_id", "ctx")
HANDLED = """
output = []
for i, row in enumerate(rows):
    if row.get("skip"):
        continue
    try:
        output.append(self._row(row, index=i, state_id=ctx.state_id))
    except ProviderError as error:
        output.append({"error": str(error)})
return output
"""
AT_ONCE = "return [self._row(row, i, ctx.state_id) for i, row in enumerate(rows)]"
POOLED = """
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(self._row, row, i, ctx.state_id) for i, row in enumerate(rows)]
return [future.result() for future in futures]
"""
TWO = """
output = []
for i, row in enumerate(rows):
    output.append(self._row(row, i, ctx.state_id))
    output.append(self._other(row, i, ctx.state_id))
return output
"""
FIXED = (
    Case("given the id", EACH, BY_ID),
    Case("given the context", HANDED, BY_CONTEXT),
    Case("given a context that it checks", HANDED, GUARDED),
    Case("ids in place", EACH, IN_PLACE),
    Case("released by a helper", EACH, HELPED),
    Case("closed", EACH, CLOSED),
    Case("called in a handler", HANDLED, HELPED),
    Case("called in a comprehension", AT_ONCE, BY_ID),
    Case("called by a pool", POOLED, BY_ID, ordered=False),
    Case("two functions", TWO, BY_ID + BY_ID.replace("_row(", "_other(").replace("_row{", "_{")),
    Case(
        "used behind the rows",
        EACH.replace(
            "return output", "self._ask({'prompt': 'all'}, '', ctx.state_id)\nreturn output"
        ),
        BY_ID,
    ),
)
OTHER = """
def other(self, row, ctx):
    return self._row(row, 0, ctx.state_id)
"""
REFUSED = (
    Case("another caller", EACH, BY_ID + OTHER, RELEASED_BY_ROWS),
    Case(
        "public",
        EACH.replace("_row(", "row("),
        BY_ID.replace("_row(", "row(", 1),
        RELEASED_BY_ROWS,
    ),
    Case(
        "under a condition",
        EACH,
        BY_ID.replace("with self._lock:", 'if row.get("skip"):'),
        RELEASED_BY_ROWS,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


def test_shape() -> None:
    """The function keeps its name for the id; its number is one that is not used any more."""
    after = fixed(Case("shape", EACH, BY_ID).code).decode()
    assert (
        "    def _row(self, row, _index, state_id: str):\n"
        "        row_state_id = state_id\n"
        "        return self._answer(row, row_state_id)\n"
    ) in after
    assert (
        "        state_id = ctx.state_id\n"
        "        try:\n"
        "            for i, row in enumerate(rows):\n"
        "                output.append(self._row(row, i, state_id))\n"
        "        finally:\n"
        "            # the row's client\n"
        "            with self._lock:\n"
        "                self._clients.pop(state_id, None)\n"
        "        return output\n"
    ) in after


@pytest.mark.parametrize("code", ["SID101", "SID1"])
def test_release_that_is_not_looked_for(code: str) -> None:
    """The second step works from what the lint reports: without it, there is no first."""
    text = Case("ignored", EACH, BY_ID).code.encode()
    fixer = Fixer(Configuration(selection=SelectionOptions(extend_ignore=(code,))))
    result = fixer.fix_bytes(PATH, text)
    (outcome,) = result.outcomes
    assert isinstance(outcome, Refused)
    assert outcome.reason == RELEASED_BY_ROWS
    assert result.after == text
