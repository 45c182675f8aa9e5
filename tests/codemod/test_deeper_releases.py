"""Rows whose function only makes the id, and hands it to another that asks and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed
from tests.codemod.fixing import refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

EACH = "return [self._one(row, i, ctx) for i, row in enumerate(rows)]"
ONE = """
def _one(self, row, i, ctx):
    return self._row(row, f"{ctx.state_id}_row{i}")
"""
TWICE = """
def _one(self, row, i, ctx):
    first = self._row(row, f"{ctx.state_id}_row{i}")
    return [first, self._row(row, f"{ctx.state_id}_row{i}_again")]
"""
NAMED = """
def _one(self, row, i, ctx):
    if row.get("skip"):
        return None
    sid = f"{ctx.state_id}_row{i}"
    return self._row(row, sid)
"""
ROW = """
def _row(self, row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        self._clients.pop(state_id, None)
"""
OTHER = """
def process(self, row, ctx):
    return self._row(row, ctx.state_id)
"""
PUBLIC = """
def one(self, row, i, ctx):
    sid = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(row, sid)
    finally:
        self._clients.pop(sid, None)
"""
KEPT = "self._ctx = ctx\nreturn [self._one(row, i) for i, row in enumerate(rows)]"
FIXED = (
    Case("in place", EACH, ONE + ROW),
    Case("twice for a row", EACH, TWICE + ROW),
    Case("by a local, under a condition", EACH, NAMED + ROW),
    Case(
        "of a kept context",
        KEPT,
        ONE.replace(", ctx", "").replace("{ctx.", "{self._ctx.") + ROW,
    ),
)
REFUSED = (
    Case("asked by another, too", EACH, ONE + ROW + OTHER),
    Case(
        "a batch of its own",
        EACH.replace("rows)]", "rows)] + [self._row({}, ctx.state_id)]"),
        ONE + ROW,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    assert refused(case.code).reason


def test_says_who_else_may_call_it() -> None:
    other = refused(REFUSED[0].code)
    assert other.remedy.endswith("as '_row' is called, or handed on, beside the rows")
    public = REFUSED[0]._replace(method=EACH.replace("_one", "one"), beside=PUBLIC)
    assert refused(public.code).remedy.endswith("as others may call 'one'")
