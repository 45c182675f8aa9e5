"""Objects of other classes that keep the clients: where they are made, and how many there are."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

REGISTRY = """class Registry:
    def __init__(self, recorder=None):
        self.recorder = recorder
        self.clients: dict[str, AuditedClient] = {}

    def acquire(self, state_id, recorder=None):
        if state_id not in self.clients:
            self.clients[state_id] = AuditedClient(self.recorder or recorder, state_id)
        return self.clients[state_id]

    def release(self, state_id):
        self.clients.pop(state_id, None)
"""
MADE = "registry = Registry(self._recorder)\n"
LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(registry.acquire(sid).ask(row["prompt"]))
    finally:
        registry.release(sid)
return output
"""
IN_EACH = """
output = []
for i, row in enumerate(rows):
    registry = Registry(self._recorder)
    output.append(registry.acquire(f"{ctx.state_id}_row{i}").ask(row["prompt"]))
return output
"""
ROW = """
def one(row, i):
    registry = Registry(self._recorder)
    return registry.acquire(f"{ctx.state_id}_row{i}").ask(row["prompt"])
"""
CHUNK = """
def chunk(rows, start):
    registry = Registry(self._recorder)
    output = []
    for i, row in enumerate(rows):
        output.append(registry.acquire(f"{ctx.state_id}_row{start}_{i}").ask(row["prompt"]))
    return output
"""
OTHER = MADE.replace("registry", "other", 1)
TWO = LOOP.replace(
    "    try", "    self._two.acquire(sid, ctx.landscape).ask('first')\n    try"
).replace("registry", "self._one")
BY_ROW = " keeps the client, and is made for each row or call"
FIXED = (
    Case("a local", MADE + LOOP),
    Case("a local with a type", MADE.replace(" =", ": Registry =") + LOOP),
    Case("also kept elsewhere", MADE.replace("= R", "= self.last = R") + LOOP),
    Case(
        "asked by an inner function",
        MADE + "def ask(row, i):\n"
        '    return registry.acquire(f"{ctx.state_id}_row{i}").ask(row["prompt"])\n'
        "return [ask(row, i) for i, row in enumerate(rows)]",
    ),
)
REFUSED = (
    Case("made for each row", IN_EACH, reason="'registry'" + BY_ROW),
    Case(
        "made in what answers a row",
        ROW + "return [one(row, i) for i, row in enumerate(rows)]",
        reason="'registry'" + BY_ROW,
    ),
    Case(
        "made in a loop around",
        "for _ in range(2):\n" + textwrap.indent(MADE + LOOP, "    "),
        reason="'registry'" + BY_ROW,
    ),
    Case(
        "made for some rows",
        CHUNK + "return [*chunk(rows[:2], 0), *chunk(rows[2:], 2)]",
        reason="'registry'" + BY_ROW,
    ),
    Case(
        "made again",
        MADE
        + LOOP.replace("    sid", "    if i == 2:\n        registry = Registry()\n    sid", 1),
        reason="the id is handed to 'registry.acquire', which cannot be seen",
    ),
    Case(
        "two, one after the other",
        MADE
        + LOOP.replace("return output\n", OTHER)
        + LOOP.replace("registry", "other").replace("output = []", "").replace("_row", "_too"),
        reason="'other' and 'registry' would each make a client under the one id",
    ),
)


def code_of(case: Case) -> str:
    """The module of a case, with the class behind it."""
    return f"{case.code}\n\n{REGISTRY}"


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, code_of(case))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, code_of(case))


def test_two_that_are_kept() -> None:
    reason = "'self._one' and 'self._two' would each make a client under the one id"
    case = Case("kept", TWO, reason=reason)
    made = "        self._pool = pool\n"
    code = code_of(case)
    assert made in code
    kept = "        self._one = Registry()\n        self._two = Registry()\n"
    check_refused(case, code.replace(made, made + kept))
