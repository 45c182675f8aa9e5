"""The context's state id under a name of its own, and who counts beside the client it goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    state_id = f"{sid}_row{i}"
    try:
        output.append(self._answer(row, state_id))
    finally:
        self._clients.pop(state_id, None)
return output
"""
OTHERS = """
_others: dict = {}

def _other(self, state_id):
    if state_id not in self._others:
        self._others[state_id] = AllocatingClient(self._recorder, state_id)
    return self._others[state_id]
"""
ASKED = LOOP.replace("{sid}", "{ctx.state_id}").replace(
    "    finally", "        self._other(state_id).ask('more')\n    finally"
)
FIXED = (
    Case("bound before", "sid = ctx.state_id" + LOOP),
    Case("bound under a lock", "with self._lock:\n    sid = ctx.state_id" + LOOP),
    Case(
        "only the recorder counts",
        ASKED.replace("self._answer(row, state_id)", "row").replace("_clients", "_others"),
        OTHERS,
    ),
)
REFUSED = (
    Case(
        "bound in a branch, and read behind a loop without rows",
        "if rows:\n    logger.debug('rows')\n    sid = ctx.state_id" + LOOP,
        reason="'sid' is bound where it may be left out, and would be read behind the loop",
    ),
    Case(
        "bound where it may raise",
        "try:\n    sid = ctx.state_id\n    len(rows)\nexcept TypeError:\n    pass" + LOOP,
        reason="'sid' is bound where it may be left out, and would be read behind the loop",
    ),
    Case(
        "bound where what it raises is swallowed",
        "with suppress(TypeError):\n    len(rows)\n    sid = ctx.state_id" + LOOP,
        reason="'sid' is bound where it may be left out, and would be read behind the loop",
    ),
    Case(
        "a client counts, and the recorder",
        ASKED,
        OTHERS,
        reason="a client counts its calls under the one id, and the recorder others",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)
