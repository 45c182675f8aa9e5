"""Ids that format a parameter as a number: it must be one, whoever calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROW = """
def _row(self, i, row, ctx):
    row_state_id = "%s-%d" % (ctx.state_id, i)
    try:
        return self._answer(row, row_state_id)
    finally:
        self._clients.pop(row_state_id, None)
"""
DECLARED = ROW.replace("self, i", "self, i: int")
PADDED = ROW.replace('"%s-%d" % (ctx.state_id, i)', 'f"{ctx.state_id}-{i:03d}"')
HELPER = '\ndef _sid(self, ctx, i):\n    return "%s-%d" % (ctx.state_id, i)\n'
HANDED = HELPER + ROW.replace('"%s-%d" % (ctx.state_id, i)', "self._sid(ctx, i)")
EACH = """
output = []
for i, row in enumerate(rows):
    output.append(self._row(i, row, ctx))
return output
"""
BY_RANGE = EACH.replace("i, row in enumerate(rows)", "i in range(len(rows))").replace(
    "i, row,", "i + 1, rows[i],"
)
COUNTED = EACH.replace("for i, row in enumerate(rows)", "n = 0\nfor row in rows").replace(
    "(i, row, ctx))", "(i=n, row=row, ctx=ctx))\n    n += 1"
)
BY_ZIP = EACH.replace("enumerate(rows)", "zip(COUNT, rows)").replace(
    "output = []", "import itertools\noutput = []"
)
POOLED = """
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(self._row, i, row, ctx) for i, row in enumerate(rows)]
return [future.result() for future in futures]
"""
MADE = """
def sid(i):
    return "%s-%d" % (ctx.state_id, i)
output = []
for i, row in enumerate(rows):
    output.append(self._answer(row, sid(i)))
    self._clients.pop(sid(i), None)
return output
"""
FIXED = (
    Case("declared", EACH, DECLARED),
    Case("declared in quotes", EACH, DECLARED.replace(": int", ': "int"')),
    Case("declared, with a default", EACH, ROW.replace("row, ctx", "row, ctx, n: int = 0")),
    Case("given by enumerate", EACH, ROW),
    Case("given by range", BY_RANGE, ROW),
    Case("given a counter by name", COUNTED, ROW),
    Case("padded", EACH, PADDED),
    Case("handed to a pool", POOLED, ROW, ordered=False),
    Case("handed on to a helper", EACH, HANDED),
    Case("an inner function's", MADE),
    Case("a range beside the rows", BY_ZIP.replace("COUNT", "range(len(rows))"), PADDED),
    Case("a count beside the rows", BY_ZIP.replace("COUNT", "itertools.count(1)"), PADDED),
)
REASON = "the id formats 'i', which may raise or act"
OTHER = "\ndef other(self, row, ctx):\n    return self._row(row['n'], row, ctx)\n"
REFUSED = (
    Case(
        "declared otherwise",
        EACH.replace("_row(i", "_row(row.get('n')"),
        ROW.replace("self, i", "self, i: str | int"),
        REASON,
    ),
    Case(
        "declared, none by default",
        EACH.replace("(i, row, ctx)", "(row=row, ctx=ctx)"),
        ROW.replace("self, i, row, ctx", "self, *, i: int = None, row, ctx"),
        REASON,
    ),
    Case("given a lookup elsewhere", EACH, ROW + OTHER, REASON),
    Case("given an item", EACH.replace("_row(i", "_row(row.get('n')"), ROW, REASON),
    Case("public", EACH.replace("_row", "row"), ROW.replace("def _row", "def row"), REASON),
    Case("bound again", EACH, ROW.replace("    try", "    i = row.get('n')\n    try"), REASON),
    Case("kept", EACH + "self.kept = self._row\n", ROW, REASON),
    Case(
        "called on another object",
        EACH,
        ROW + OTHER.replace("self._row(row['n']", "row['plugin']._row('x'"),
        REASON,
    ),
    Case("decorated", EACH, ROW.replace("\ndef", "\n@traced\ndef"), REASON),
    Case(
        "not given",
        EACH.replace("(i, row", "(row=row").replace(" ctx)", " ctx=ctx)"),
        ROW.replace("i, row", "row, i='x'").replace("i='x', ctx", "ctx, i='x'"),
        REASON,
    ),
    Case("a list beside the rows", BY_ZIP.replace("COUNT", "list(rows)"), PADDED, REASON),
    Case("a count by halves", BY_ZIP.replace("COUNT", "itertools.count(0.5)"), PADDED, REASON),
    Case("mapped over rows", "return list(map(self._row, rows, rows, [ctx] * 9))", ROW, REASON),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
