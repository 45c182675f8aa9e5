"""Inner functions, and coroutines, that are handed to threads and tasks and release themselves."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS
from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.sources import ROW_METHOD

if TYPE_CHECKING:
    from sqlalchemy import Engine

# A pool that is left because a row raised takes back what has not begun: which, is chance.
SURE = ("none", "one", "five")
INNER = """
def handle(i, row):
    row_state_id = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(row, row_state_id)
    finally:
        self._clients.pop(row_state_id, None)

"""
# It releases nothing: what it calls does.
CALLING = """
def handle(i, row):
    return self._row(row, f"{ctx.state_id}_row{i}")

"""
CALLED = "return [handle(i, row) for i, row in enumerate(rows)]"
BESIDE = """
output = []
for i, row in enumerate(rows):
    output.append(handle(i, row))
    output.append(self._row({"prompt": "p"}, f"{ctx.state_id}_more{i}"))
return output
"""
MAPPED = """
with ThreadPoolExecutor(2) as pool:
    return list(pool.map(handle, range(len(rows)), rows))
"""
SUBMITTED = """
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(handle, i, row) for i, row in enumerate(rows)]
return [future.result() for future in futures]
"""
IN_TURN = """
futures = []
with ThreadPoolExecutor(2) as pool:
    for i, row in enumerate(rows):
        futures.append(pool.submit(handle, i, row))
    return [future.result() for future in futures]
"""
LAMBDAS = SUBMITTED.replace("submit(handle, i, row)", "submit(lambda n=i, r=row: f(n, r))")
CHUNKS = """
output = []
for start in (0, 2, 4):
    with ThreadPoolExecutor(2) as pool:
        some = rows[start : start + 2]
        output.extend(pool.map(handle, range(start, start + 2), some))
return output
"""
ONE = """
async def one(i, row):
    row_state_id = f"{ctx.state_id}_row{i}"
    try:
        return await self._client(row_state_id).ask_async(row["prompt"])
    finally:
        self._clients.pop(row_state_id, None)

"""
HEAD, TRY, BODY = ONE.partition("    try:")
FEW = f"{HEAD}    async with few:\n{textwrap.indent(TRY + BODY, '    ')}"
METHOD = ONE.replace("one(i, row)", "_one(self, i, row, ctx)")
TAKING = (
    METHOD.replace("i, row, ctx", "row, state_id")
    .replace('    row_state_id = f"{ctx.state_id}_row{i}"\n', "")
    .replace("row_state_id", "state_id")
)
GATHERED = """
answers = await asyncio.gather(*(CALL for i, row in enumerate(rows)), return_exceptions=True)
for answer in answers:
    if isinstance(answer, Exception):
        raise answer
return answers
"""
GROUPED = """
await asyncio.sleep(0)
async with asyncio.TaskGroup() as group:
    tasks = [group.create_task(CALL) for i, row in enumerate(rows)]
return [task.result() for task in tasks]
"""
IN_GROUP = """
await asyncio.sleep(0)
tasks = []
async with asyncio.TaskGroup() as group:
    for i, row in enumerate(rows):
        tasks.append(group.create_task(CALL))
return [task.result() for task in tasks]
"""


def _call(text: str, call: str) -> str:
    return text.replace("CALL", call)


FIXED = (
    Case("mapped", INNER + MAPPED, ordered=False, rows=SURE),
    Case("submitted", INNER + SUBMITTED, ordered=False),
    Case(
        "mapped by two, one after the other",
        INNER
        + MAPPED.replace("return list(", "first = list(")
        + MAPPED.replace("return list(", "return first + list(").replace(
            "range(", "range(9, 9 + "
        ),
        ordered=False,
        rows=SURE,
    ),
    Case("submitted in turn", INNER + IN_TURN, ordered=False),
    Case("submitted by lambdas", INNER.replace("handle", "f") + LAMBDAS, ordered=False),
    Case("released by what it calls", CALLING + CALLED, ROW_METHOD),
    Case("released by what it calls, mapped", CALLING + MAPPED, ROW_METHOD, "", False, SURE),
    Case("released by what it calls, used beside it", CALLING + BESIDE, ROW_METHOD),
    Case("mapped in chunks", INNER + CHUNKS, ordered=False, rows=SURE),
    Case(
        "in a closed group of tasks",
        ONE + _call(GROUPED, "one(i, row)"),
        ordered=False,
        rows=SURE,
    ),
    Case("one after the other in a group", ONE + _call(IN_GROUP, "one(i, row)"), rows=SURE),
    Case("a method in a group", _call(GROUPED, "self._one(i, row, ctx)"), METHOD, rows=SURE),
    Case(
        "a method that takes the id, in a group",
        _call(IN_GROUP, 'self._one(row, f"{ctx.state_id}_row{i}")'),
        TAKING,
        rows=SURE,
    ),
)

LOOKING = """
async def _one(self, i, row, ctx):
    state_id = f"{ctx.state_id}_row{i}"
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._recorder, state_id)
    return await self._clients[state_id].ask_async(row["prompt"])

"""
COLLECTED = (
    Case("looked up where it is asked", _call(GATHERED, "self._one(i, row, ctx)"), LOOKING),
    Case("gathered", ONE + _call(GATHERED, "one(i, row)")),
    Case(
        "gathered, few at once",
        f"few = asyncio.Semaphore(3)\n{FEW}" + _call(GATHERED, "one(i, row)"),
    ),
    Case("a method gathered", _call(GATHERED, "self._one(i, row, ctx)"), METHOD),
    Case(
        "gathered from a list",
        ONE + _call(GATHERED, "one(i, row)").replace("*(", "*[").replace("), return", "], return"),
    ),
)
LATER = "the id is used by something that may run after the release"
RUNNING = "where a row raises, the others may go on running after the release"
REFUSED = (
    Case(
        "mapped by what nobody closes", INNER + "return list(self._pool.map(handle, rows, rows))"
    ),
    Case(
        "mapped by another executor then",
        INNER + MAPPED.replace("    return", "    pool = self.pool\n    return"),
    ),
    Case("mapped and taken later", INNER + "return list(map(handle, range(len(rows)), rows))"),
    Case(
        "submitted by a generator",
        INNER + SUBMITTED.replace("[pool", "(pool").replace("(rows)]", "(rows))", 1),
    ),
    Case(
        "run by what is not seen",
        INNER + "for i, row in enumerate(rows):\n    self.runner.run(handle, i, row)\nreturn []",
    ),
    Case(
        "released by what it calls, used beside it and behind",
        CALLING + BESIDE.replace("return output", "return [*output, handle(9, rows[0])]"),
        ROW_METHOD,
    ),
    Case(
        "called by a lambda that is kept",
        CALLING + "self.ask = lambda: handle(0, rows[0])\n" + CALLED,
        ROW_METHOD,
    ),
    Case(
        "called by lambdas that nobody waits for",
        CALLING + "for row in rows:\n    self.pool.submit(lambda r=row: handle(0, r))",
        ROW_METHOD,
    ),
    Case("kept as well", INNER + "self.handle = handle\n" + MAPPED),
    Case("handed to a thread", INNER + "Thread(target=handle, args=(0, rows[0])).start()\n"),
    Case(
        "a task that nobody waits for",
        ONE + "await asyncio.sleep(0)\n"
        "return [asyncio.create_task(one(i, row)) for i, row in enumerate(rows)]",
    ),
    Case(
        "in a group that is another then",
        ONE + _call(IN_GROUP, "one(i, row)").replace("    for", "    group = self.group\n    for"),
    ),
    Case(
        "in what only looks like a group",
        ONE + _call(GROUPED, "one(i, row)").replace("asyncio.TaskGroup()", "self.group()"),
    ),
    Case(
        "gathered, one at a time",
        f"few = asyncio.Semaphore(1)\n{FEW}" + _call(GATHERED, "one(i, row)"),
        reason="the client is released inside a 'with' that holds more than the release",
    ),
    Case(
        "gathered, left",
        ONE + _call(GATHERED, "one(i, row)").replace(", return_exceptions=True", ""),
        reason=RUNNING,
    ),
    Case(
        "with a lambda that is kept",
        INNER.replace("    try", "    self.done = lambda: self._client(row_state_id)\n    try")
        + MAPPED,
        reason=LATER,
    ),
    Case(
        "handed to a thread inside",
        INNER.replace(
            "return self",
            "self._thread.submit(self._answer, row, row_state_id)\n        return self",
        )
        + MAPPED,
        reason="the id is handed to a thread that may run after the release",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", COLLECTED, ids=lambda case: case.name)
def test_collected(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case._replace(reason=case.reason or RELEASED_BY_ROWS))


CLIENT = """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._made = 0

    def ask(self, text):
        index = self._made
        self._made += 1
        self._recorder.record_call(
            state_id=self._state_id, call_index=index, status="success", request=text
        )
        return text

    async def ask_async(self, text):
        index = self._made
        await asyncio.sleep(0)
        self._made = index + 1
        self._recorder.record_call(
            state_id=self._state_id, call_index=index, status="success", request=text
        )
        return text
"""
KEPT = INNER.replace(
    "self._answer(row, row_state_id)", "self._ask(row, 'a', row_state_id)"
).replace("self._clients.pop(row_state_id, None)", "self.done += 1")
THREADS = "rows may run in several threads, and the client is not known to count safely"
TASKS = (
    "rows run as tasks, and another may run between looking for a client or its counter and "
    "changing it"
)
ROW = """
def _row(self, i, row, ctx):
    return self._ask(row, "a", f"{ctx.state_id}_row{i}")

"""
MID = """
def _mid(self, i, row, ctx):
    return self._row(i, row, ctx)
"""
POOLED = """
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(self._row, i, row, ctx) for i, row in enumerate(rows)]
return [future.result() for future in futures]
"""
BOUND = "lambda i=i, row=row: self._row(i, row, ctx)"
SOME = """
def _some(self, rows, ctx):
    output = []
    for row in rows:
        sid = f"{ctx.state_id}_{row.get('id')}"
        output.append(self._ask(row, 'a', sid))
    return output

"""
ASKING = "await self._client(sid).ask_async('a')"
PARTS = """
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(self._some, rows[n : n + 2], ctx) for n in (0, 2, 4)]
return [answer for future in futures for answer in future.result()]
"""
ONCE = """
with ThreadPoolExecutor(2) as pool:
    futures = {"all": pool.submit(self._some, rows, ctx)}
return futures["all"].result()
"""
COUNTING = (
    Case(
        "looked up again behind an await",
        _call(GATHERED, "self._one(i, row, ctx)"),
        LOOKING.replace(
            "    if state_id not in self._clients:",
            "    client = self._clients.get(state_id)\n    await asyncio.sleep(0)\n"
            "    if client is None:",
        ),
        reason=TASKS,
    ),
    Case("mapped", KEPT + MAPPED, reason=THREADS),
    Case("submitted", KEPT + SUBMITTED, reason=THREADS),
    Case(
        "a lambda",
        """
        handle = lambda i, row: self._ask(row, "a", f"{ctx.state_id}_row{i}")  # noqa: E731
        """
        + MAPPED.replace("\n", "\n        "),
        reason=THREADS,
    ),
    Case(
        "called by what is mapped",
        KEPT
        + "def outer(i, row):\n    return handle(i, row)\n\n"
        + MAPPED.replace("handle", "outer"),
        reason=THREADS,
    ),
    Case(
        "by a method",
        KEPT + "return self._each(handle, rows)",
        "def _each(self, call, rows):\n"
        "    with ThreadPoolExecutor(2) as pool:\n"
        "        return list(pool.map(call, range(len(rows)), rows))\n",
        reason=THREADS,
    ),
    Case(
        "by what is not seen", KEPT + "return thread_map(handle, range(9), rows)", reason=THREADS
    ),
    Case(
        "as tasks",
        ONE.replace("self._clients.pop(row_state_id, None)", "self.done += 1")
        + _call(GATHERED, "one(i, row)"),
        reason=TASKS,
    ),
    Case("as tasks, released", ONE + _call(GATHERED, "one(i, row)"), reason=TASKS),
    Case("as tasks of a group", ONE + _call(GROUPED, "one(i, row)"), reason=TASKS),
    Case("a method", POOLED, ROW, THREADS),
    Case("a method by way of another", POOLED.replace("_row", "_mid"), ROW + MID, THREADS),
    Case(
        "a method by way of a lambda",
        POOLED.replace("self._row, i, row, ctx", BOUND),
        ROW,
        THREADS,
    ),
    Case(
        "a method that keeps its context",
        "self._ctx = ctx\n" + POOLED.replace(", ctx)", ")"),
        ROW.replace(", ctx", "").replace("{ctx.", "{self._ctx."),
        THREADS,
    ),
    Case(
        "a method's tasks",
        _call(GATHERED, "self._one(i, row, ctx)"),
        METHOD.replace("self._clients.pop(row_state_id, None)", "self.done += 1"),
        TASKS,
    ),
    Case("some rows for each thread", PARTS, SOME, THREADS),
    Case(
        "some rows for each task",
        GATHERED.replace(
            "CALL for i, row in enumerate(rows)", "self._some([row], ctx) for row in rows"
        ),
        SOME.replace("def", "async def").replace("self._ask(row, 'a', sid)", ASKING),
        TASKS,
    ),
    Case("tasks of methods", _call(GROUPED, "self._one(i, row, ctx)"), METHOD, TASKS),
)


def _counting(case: Case) -> str:
    """The module of a case, with a client that no lock guards."""
    code = case.code.replace("AuditedClient(self", "Client(self")
    code = code.replace("import logging", "import asyncio\nimport logging", 1)
    return code.replace("\n\nclass Transform:", f"{CLIENT}\n\nclass Transform:", 1)


@pytest.mark.parametrize("case", COUNTING, ids=lambda case: case.name)
def test_clients_that_count_without_a_lock(case: Case) -> None:
    check_refused(case, _counting(case))


@pytest.mark.parametrize(
    "rest",
    [
        "return [self._mid(i, row, ctx) for i, row in enumerate(rows)]",
        "return self._some(rows, ctx)",
        ONCE,
        "return [handle(i, row) for i, row in enumerate(rows)]",
        "return list(map(handle, range(len(rows)), rows))",
        "return self._each(handle, rows)",
    ],
)
def test_rows_that_run_in_turn(rest: str, databases: tuple[Engine, ...]) -> None:
    """No lock is asked of a client that no thread shares."""
    beside = (
        "def _each(self, call, rows):\n    return [call(i, row) for i, row in enumerate(rows)]\n"
    )
    if "ctx" in rest:
        case = Case("in turn", rest, ROW + MID + SOME if "_mid" in rest else SOME)
    else:
        case = Case("in turn", KEPT + rest, beside)
    check_fixed(case, databases, _counting(case).replace("import asyncio\n", ""), ("none", "five"))
