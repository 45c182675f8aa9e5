"""A state id, or a context, that is kept under another name, and what else uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
BEFORE
output = []
for i, row in enumerate(rows):
    sid = f"{HELD}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
BEHIND
return output
"""
ON_START = "def on_start(self, ctx):\n    self._ctx = ctx\n"
SUMMARY = """
def _summary(self):
    return self._client(HELD).ask("all")
"""
SINGLE = """
def process(self, row, ctx):
    self._held_state_id = ctx.state_id
    if isinstance(row, list):
        return self.process_batch(row, ctx)
    return self._single(row)

def _single(self, row):
    try:
        return self._answer(row, self._held_state_id)
    finally:
        self._clients.pop(self._held_state_id, None)
"""
THEN = """
def process(self, rows, ctx):
    self._held_state_id = ctx.state_id
    output = self.process_batch(rows, ctx)
    NEXT
    return output
"""
HELD_ID = "self._held_state_id"
HELD_CONTEXT = "self._ctx.state_id"
KEEP_ID = f"{HELD_ID} = ctx.state_id"


def held(what: str, before: str = "pass", behind: str = "pass") -> str:
    """The batch path that builds ids of ``what`` is kept."""
    return LOOP.replace("HELD", what).replace("BEFORE", before).replace("BEHIND", behind)


def summary(what: str) -> str:
    return SUMMARY.replace("HELD", what)


ASK = 'output.append(self._client(ctx.state_id).ask("all"))'
ALL = "output.append(self._summary())"
FIXED = (
    Case("kept by the batch", held(HELD_ID, KEEP_ID)),
    Case("kept by the batch, logged behind", held(HELD_ID, KEEP_ID, f"logger.info({HELD_ID})")),
    Case("released elsewhere", held(HELD_ID, KEEP_ID), f"def stop(self):\n    {HELD_ID} = None"),
    Case("the context, by a method", held(HELD_CONTEXT, "self.on_start(ctx)"), ON_START),
    Case("another path, by one row", held(HELD_ID, KEEP_ID), SINGLE),
    Case("a method that nobody calls", held(HELD_ID, KEEP_ID), summary(HELD_ID)),
)
BESIDE = "'{}' is used beside the built ids, so two clients could count under one id"
REFUSED = (
    Case("asks by the context", held(HELD_ID, KEEP_ID, ASK), "", HELD_ID),
    Case("asks by what is kept", held(HELD_ID, KEEP_ID, ALL), summary(HELD_ID), HELD_ID),
    Case(
        "asks before the rows",
        held(HELD_ID, f"{KEEP_ID}\nself._summary()"),
        summary(HELD_ID),
        HELD_ID,
    ),
    Case("the context, asks by its own", held(HELD_CONTEXT, behind=ASK), ON_START, HELD_CONTEXT),
    Case(
        "the context, asks in a method",
        held(HELD_CONTEXT, behind=ALL),
        ON_START + summary(HELD_CONTEXT),
        HELD_CONTEXT,
    ),
    Case(
        "the context, asks in place",
        held(HELD_CONTEXT, behind=ASK.replace("ctx", "self._ctx")),
        ON_START,
        HELD_CONTEXT,
    ),
    Case(
        "the caller asks by the context",
        held(HELD_ID),
        THEN.replace("NEXT", ASK),
        HELD_ID,
    ),
    Case(
        "the caller asks in a method",
        held(HELD_ID),
        THEN.replace("NEXT", ALL) + summary(HELD_ID),
        HELD_ID,
    ),
    Case(
        "a local of the context",
        held("kept.state_id", "kept = ctx", ASK),
        "",
        "kept.state_id",
    ),
)


def code_of(case: Case) -> str:
    """The module, whose context has a type that is not seen."""
    return case.code.replace("ctx: PluginContext)", "ctx)")


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, code_of(case), ("none", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    """Whether two clients would count under one id cannot be seen from the batch path alone."""
    check_refused(case._replace(reason=BESIDE.format(case.reason)), code_of(case))
