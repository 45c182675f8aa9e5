"""Strict releases where a row has several ids: each needs a client that was made under its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

TWO = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_a{i}"
    other_state_id = f"{ctx.state_id}_b{i}"
    answer = self._answer(row, state_id)
    output.append(self._answer(answer, other_state_id))
    del self._clients[state_id]
    del self._clients[other_state_id]
return output
"""
ONE = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    key = state_id
    output.append(self._answer(row, state_id))
    del self._clients[RELEASED]
return output
"""
REASON = "a row may reach this release without a client, where it raises KeyError"
REFUSED = (
    Case(
        "of an id that is asked sometimes",
        TWO.replace(
            "    output.append(self._answer(answer, other_state_id))",
            "    if not row.get('skip'):\n"
            "        answer = self._answer(answer, other_state_id)\n    output.append(answer)",
        ),
        reason=REASON,
    ),
    Case(
        "of an id that was extended since",
        TWO.replace(
            "    del self._clients[state_id]",
            "    state_id = state_id + '_z'\n    del self._clients[state_id]",
        ),
        reason=REASON,
    ),
    Case(
        "of an id whose index has gone on",
        ONE.replace("    del", "    i += 1\n    del").replace(
            "RELEASED", 'f"{ctx.state_id}_row{i}"'
        ),
        reason=REASON,
    ),
)
FIXED = (
    Case("of two ids", TWO),
    Case("by another name", ONE.replace("RELEASED", "key")),
    Case("by the same text", ONE.replace("RELEASED", 'f"{ctx.state_id}_row{i}"')),
)


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "five", "raising"))
