"""Rows that ``map`` answers, by a ``partial``, a lambda or an inner function with the context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.restarting import check_restart

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROW = """
def _row(self, ctx, numbered):
    i, row = numbered
    sid = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(row, sid)
    finally:
        self._clients.pop(sid, None)
"""
BY_NUMBER = ROW.replace("numbered):", "i, row):").replace("    i, row = numbered\n", "")
BY_ID = """
def _row(self, ctx, row):
    sid = f"{ctx.state_id}_{row['id']}"
    try:
        return self._answer(row, sid)
    finally:
        self._clients.pop(sid, None)
"""
OF_ID = """
def _row(self, row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        self._clients.pop(state_id, None)
"""
# Where a row raises, 'executor.map' cancels what has not begun: how many, is a matter of luck.
LUCKY = ("none", "one", "five", "skipping")


def pooled(answers: str, before: str = "") -> str:
    """A batch path that has a pool answer the rows."""
    return f"{before}\nwith ThreadPoolExecutor(2) as executor:\n    return list({answers})\n"


FIXED = (
    Case(
        "a partial",
        pooled("executor.map(partial(self._row, ctx), enumerate(rows))"),
        ROW,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a partial by keyword",
        pooled("executor.map(partial(self._row, ctx=ctx), enumerate(rows))"),
        ROW.replace("ctx, numbered", "numbered, ctx"),
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a partial with a name",
        pooled("executor.map(answer, enumerate(rows))", "answer = partial(self._row, ctx)"),
        ROW,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a partial of the state id, and two lists",
        pooled("executor.map(partial(self._row, ctx.state_id), rows, range(len(rows)))"),
        BY_NUMBER.replace("ctx, i, row", "state_id, row, i").replace("ctx.state_id", "state_id"),
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a partial, of what a row is called",
        pooled("executor.map(partial(self._row, ctx), rows)"),
        BY_ID,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "repeat",
        pooled("executor.map(self._row, repeat(ctx), enumerate(rows))"),
        ROW,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a lambda",
        pooled("executor.map(lambda pair: self._row(ctx, pair[0], pair[1]), enumerate(rows))"),
        BY_NUMBER,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a lambda that makes the id",
        pooled(
            "executor.map(lambda i, row: self._row(row, f'{ctx.state_id}_row{i}'), "
            "range(len(rows)), rows)"
        ),
        OF_ID,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a lambda that makes the id, of a pair",
        pooled(
            "executor.map(lambda p: self._answer(p[1], f'{ctx.state_id}_row{p[0]}'), "
            "enumerate(rows))"
        ),
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "an inner function",
        pooled(
            "executor.map(answer, enumerate(rows))",
            "def answer(numbered):\n    i, row = numbered\n    return self._row(ctx, i, row)\n",
        ),
        BY_NUMBER,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "a partial of an inner function",
        pooled(
            "executor.map(partial(answer, '_row'), enumerate(rows))",
            """
def answer(end, numbered):
    i, row = numbered
    return self._row(row, f"{ctx.state_id}{end}{i}")
""",
        ),
        OF_ID,
        ordered=False,
        rows=LUCKY,
    ),
    Case(
        "an inner function that is submitted",
        """
def answer(numbered):
    i, row = numbered
    return self._row(ctx, i, row)
with ThreadPoolExecutor(2) as executor:
    futures = [executor.submit(answer, each) for each in enumerate(rows)]
return [future.result() for future in futures]
""",
        BY_NUMBER,
        ordered=False,
    ),
    Case(
        "a partial that is submitted",
        """
answer = partial(self._row, ctx)
with ThreadPoolExecutor(2) as executor:
    futures = [executor.submit(answer, each) for each in enumerate(rows)]
return [future.result() for future in futures]
""",
        ROW,
        ordered=False,
    ),
    Case(
        "a partial in a thread that is awaited",
        """
output = []
for each in enumerate(rows):
    output.append(await asyncio.to_thread(partial(self._row, ctx), each))
return output
""",
        ROW,
    ),
    Case(
        "the builtin function", "return list(map(partial(self._row, ctx), enumerate(rows)))", ROW
    ),
    Case("a row's name in a method", "return [self._row(ctx, row) for row in rows]", BY_ID),
)
BY_ROWS = "the client is released in a function that is called for each row"
REFUSED = (
    Case(
        "a lambda that makes the id, of what may be missing",
        pooled("""executor.map(lambda p: self._answer(p, f"{ctx.state_id}_{p['id']}"), rows)"""),
        reason="the id evaluates 'p['id']', which may raise or act",
    ),
    Case("walked later", "return map(partial(self._row, ctx), enumerate(rows))", ROW, BY_ROWS),
    Case(
        "an executor that stays open",
        "executor = ThreadPoolExecutor(2)\n"
        "return list(executor.map(partial(self._row, ctx), enumerate(rows)))",
        ROW,
        BY_ROWS,
    ),
    Case(
        "another context by the time",
        "answer = partial(self._row, ctx)\n"
        "ctx = PluginContext(ctx.landscape, ctx.state_id)\n"
        "return list(map(answer, enumerate(rows)))",
        ROW,
        BY_ROWS,
    ),
    Case(
        "another function of that name",
        "return list(self.map(partial(self._row, ctx), enumerate(rows)))",
        f"def map(self, function, items):\n    return [function(item) for item in items]\n{ROW}",
        BY_ROWS,
    ),
    Case(
        "in several processes",
        pooled("executor.map(partial(self._row, ctx), enumerate(rows))").replace(
            "ThreadPool", "ProcessPool"
        ),
        ROW,
        "rows may run in several processes, each with a client of its own",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


@pytest.mark.parametrize(
    "answers",
    [
        "executor.map(lambda row: self._row(ctx, row), rows)",
        "executor.map(partial(self._row, ctx), rows)",
        "executor.map(self._row, repeat(ctx), rows)",
    ],
)
def test_own_id(answers: str, databases: tuple[Engine, ...]) -> None:
    """SID101: what is released for each row is the client of the context's own id."""
    own = BY_ID.replace("f\"{ctx.state_id}_{row['id']}\"", "ctx.state_id")
    code = Case("own", pooled(answers), own).code
    check_restart(code, fixed(code), databases, LUCKY, ordered=False)
