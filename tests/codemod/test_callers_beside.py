"""A batch path that is given the state id itself, and what its caller does under the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.restarting import check_restart

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCH = """
def _all(self, rows, state_id):
    output = []
    for i, row in enumerate(rows):
        sid = f"{state_id}_row{i}"
        output.append(self._answer(row, sid))
        self._clients.pop(sid, None)
    return output

def _own(self, row, ctx):
    return self._answer(row, ctx.state_id)
"""
NAIVE = BATCH.replace('f"{state_id}_row{i}"', "state_id")
CALL = "output = self._all(rows, ctx.state_id)\n"
BOUND = "sid = ctx.state_id\noutput = self._all(rows, sid)\n"
AGAIN = 'output.append(self._answer({"prompt": "again"}, ctx.state_id))\nreturn output'
OWN = 'output.append(self._own({"prompt": "again"}, ctx))\nreturn output'
BESIDE = "'process_batch' uses the context's state id beside '_all'"
FIXED = {
    "nothing": CALL + "return output",
    "bound before": BOUND + "return output",
    "logged": "logger.info('all of %s', ctx.state_id)\n" + CALL + "return output",
    "released again": CALL + "self._clients.pop(ctx.state_id, None)\nreturn output",
    "only one of two": "if len(rows) > 9:\n    return [self._own(row, ctx) for row in rows]\n"
    + CALL
    + "return output",
}
REFUSED = {
    "asks behind it": CALL + AGAIN,
    "asks before it, and releases": "output = []\n"
    + AGAIN.replace("return output", "self._clients.pop(ctx.state_id, None)\n")
    + CALL
    + "return output",
    "hands the context on": CALL + OWN,
    "bound, asks by the context": BOUND + AGAIN,
    "bound, hands the context on": BOUND + OWN,
    "twice": CALL + CALL.replace("=", "+=") + "return output",
}


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, databases: tuple[Engine, ...]) -> None:
    rows = ("none", "five", "raising")
    check_fixed(Case(name, FIXED[name], BATCH), databases, rows=rows)
    naive = Case(name, FIXED[name], NAIVE).code
    check_restart(naive, fixed(naive), databases, rows)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("batch", [BATCH, NAIVE], ids=["built", "shared"])
def test_refused(name: str, batch: str) -> None:
    check_refused(Case(name, REFUSED[name], batch, BESIDE))
