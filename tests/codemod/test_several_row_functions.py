"""Rows that several functions answer, by turns or one after the other, with the one client."""

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
        EACH
    finally:
        self._clients.pop(sid, None)
return output
"""
TWO = """
def _made(self, recorder, state_id, provider="none"):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(recorder, state_id, provider)
    return self._clients[state_id]

def _short(self, row, ctx, state_id, provider="none"):
    return self._made(ctx.landscape, state_id, provider).ask(row["prompt"])

def _long(self, row, context, state_id, provider="none"):
    return self._made(context.landscape, state_id, provider).ask(row["prompt"] + "!")
"""
BOTH = "output += [self._short(row, ctx, sid), self._long(row, ctx, sid)]"
ASKED = "\n        output.append(answer(row, ctx, sid))"
BY_TURNS = f"answer = self._short if i % 2 else self._long{ASKED}"
TABLE = "table = {0: self._short, 1: self._long}\n"
TABLED = "output.append(table[i % 2](row, ctx, sid))"


def _rows(each: str, before: str = "") -> str:
    return before + ROWS.replace("EACH", each)


FIXED = (
    Case("one after the other", _rows(BOTH), TWO),
    Case(
        "a part of the context and the context",
        _rows(BOTH.replace("self._long(row, ctx,", "self._long(row, ctx.landscape,")),
        TWO.replace("context.landscape", "context"),
    ),
    Case(
        "by way of another",
        _rows(BOTH.replace("self._short(", "self._first(")),
        TWO + "\ndef _first(self, row, it, sid):\n    return self._short(row, it, sid)\n",
    ),
    Case(
        "with what all rows share",
        _rows(BOTH.replace("sid)", "sid, provider)"), "provider = 'all'\n"),
        TWO,
    ),
    Case("chosen by a condition", _rows(BY_TURNS), TWO),
    Case(
        "chosen where they are called",
        _rows("output.append((self._short if i % 2 else self._long)(row, ctx, sid))"),
        TWO,
    ),
    Case("from a table", _rows(TABLED, TABLE), TWO),
    Case(
        "from a table, or another",
        _rows(
            "answer = table.get(i, self._long)\n        output.append(answer(row, ctx, sid))",
            TABLE,
        ),
        TWO,
    ),
)
SHARED = "the client is made with"
UNSEEN = "the id is handed to"
REFUSED = (
    Case(
        "two contexts",
        _rows(
            BOTH.replace("self._long(row, ctx,", "self._long(row, other,"), "other = ctx\n"
        ).replace("other = ctx", "import copy\nother = copy.copy(ctx)"),
        TWO,
        f"{SHARED} 'recorder', which differs from row to row",
    ),
    Case(
        "made otherwise for each",
        _rows("output += [self._short(row, ctx, sid, 'a'), self._long(row, ctx, sid, 'b')]"),
        TWO,
        f"{SHARED} 'provider', which differs from row to row",
    ),
    Case(
        "bound again in between",
        _rows(
            "output.append(self._short(row, ctx, sid, by))\n        by = 'b'\n"
            "        output.append(self._long(row, ctx, sid, by))",
            "by = 'a'\n",
        ),
        TWO,
        f"{SHARED} 'provider', which differs from row to row",
    ),
    Case("a table that grows", _rows(TABLED, TABLE + "table[2] = print\n"), TWO, UNSEEN),
    Case("a table that is handed on", _rows(TABLED, TABLE + "logger.info(table)\n"), TWO, UNSEEN),
    Case(
        "a table of what is not seen", _rows(TABLED, TABLE.replace("_long", "_none")), TWO, UNSEEN
    ),
    Case(
        "a table or what is not seen",
        _rows(f"answer = table.get(i, print){ASKED}", TABLE),
        TWO,
        UNSEEN,
    ),
    Case("a table bound twice", _rows(TABLED, TABLE + "if rows:\n    table = {}\n"), TWO, UNSEEN),
    Case("a table that is taken in", _rows(TABLED, TABLE.replace("}", ", **more}")), TWO, UNSEEN),
    Case(
        "a condition or what is not seen",
        _rows(BY_TURNS.replace("self._long", "print")),
        TWO,
        UNSEEN,
    ),
)
OWN = TABLED.replace("table", "self._table")
KEEPING = "        self.done = 0\n"
KEPT_TABLE = f"{KEEPING}        self._table = {{0: self._short, 1: self._long}}\n"


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, whole=False)


def test_a_table_that_the_plugin_keeps(databases: tuple[Engine, ...]) -> None:
    case = Case("kept", _rows(OWN), TWO)
    check_fixed(case, databases, case.code.replace(KEEPING, KEPT_TABLE))


@pytest.mark.parametrize(
    "beside",
    ["self._table[2] = print", "self._table = {}", "return self._table", "self._table.update({})"],
)
def test_a_table_that_others_change(beside: str) -> None:
    case = Case("kept", _rows(OWN), f"{TWO}\ndef other(self):\n    {beside}\n", UNSEEN)
    check_refused(case, case.code.replace(KEEPING, KEPT_TABLE), whole=False)


def test_a_table_that_the_class_has_too() -> None:
    case = Case("kept", _rows(OWN), TWO, UNSEEN)
    code = case.code.replace(KEEPING, KEPT_TABLE)
    code = code.replace("    def __init__", "    _table = {}\n\n    def __init__", 1)
    check_refused(case, code, whole=False)
