"""Ids that are handed on with a function: to threads, pools, task groups and event loops.

Of each way there is a form that is safe, run on a database, and one that is refused.
"""

# flake8: noqa: E501
# ruff: noqa: E501 - the batch paths stand as authors write them

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.handing import APPLYING, CALLED_AT, MAPPING
from flake8_stateid.codemod.reading.handing_on import DISPATCH
from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.sources import ROW_METHOD, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

NEEDED = {
    "asyncio": "import asyncio",
    "copy_context": "from contextvars import copy_context",
    "ThreadPool(": "from multiprocessing.pool import ThreadPool",
    "Thread(": "from threading import Thread",
    "SimpleNamespace": "from types import SimpleNamespace",
}
ROWS = ("none", "one", "five", "raising")
RELEASED = """
output = []
BEFORE
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(ASK)
    finally:
        self._clients.pop(state_id, None)
return output
"""
# The client goes behind all rows.
CLEARED = """
output = []
BEFORE
for i, row in enumerate(rows):
    output.append(ASK)
self._clients.clear()
return output
"""
BUILT = 'f"{ctx.state_id}_row{i}"'
# What runs on its own keeps what it raises for the batch path to raise.
QUIET = """
def _quiet(self, row, state_id):
    try:
        self.answers[row["id"]] = self._answer(row, state_id)
    except Exception as error:
        self.errors.append(error)

def _checked(self):
    for error in self.errors[:1]:
        raise error
    return sorted(self.answers)
"""
KEPT = "self.answers, self.errors = {}, []\n"
# What a library would bring: nothing of it is seen.
THREADS = "threads = SimpleNamespace(run_sync=asyncio.to_thread)\n"
NURSERY = """
Nursery = type("Nursery", (asyncio.TaskGroup,), {"start_soon": lambda self, f, *a: self.create_task(f(*a))})

async def _later(self, row, state_id):
    self.answers[row["id"]] = await self._client(state_id).ask_async(row["prompt"])
"""
STARTED = """
self.answers = {}
async with self.Nursery() as nursery:
    for i, row in enumerate(rows):
        nursery.start_soon(self._later, row, f"{ctx.state_id}_row{i}")
"""
WORKERS = (
    KEPT
    + """
workers = []
for i, row in enumerate(rows):
    workers.append(Thread(target=self._quiet, args=(row, f"{ctx.state_id}_row{i}")))
for worker in workers:
    worker.start()
"""
)
JOINED = "for worker in workers:\n    worker.join()\n"
SCHEDULED = (
    KEPT
    + """
loop = asyncio.get_running_loop()
for i, row in enumerate(rows):
    loop.CALL self._quiet, row, f"{ctx.state_id}_row{i}")
"""
)


def of(shape: str, ask: str, before: str = "") -> str:
    return shape.replace("ASK", ask).replace("BEFORE\n", before)


def pooled(shape: str, ask: str) -> str:
    """The same in a pool, which ends when the rows are done."""
    head, _, loop = of(shape, ask).partition("for i")
    return f"{head}with ThreadPool(2) as pool:\n" + textwrap.indent(f"for i{loop}", "    ")


POOL = "pool = ThreadPool(2)\n"
EXECUTOR = "executor = ThreadPoolExecutor(2)\n"
TAKEN = "[each.get() for each in output]"
SENT = f"futures = [executor.submit(HANDED, {BUILT}) for i, row in enumerate(rows)]\n"
ASKED = "return [future.result() for future in futures]"
INNER = """
def handle(i):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(rows[i], state_id)
    finally:
        self._clients.pop(state_id, None)

futures = [executor.submit(partial(handle, i)) for i in range(len(rows))]
"""
FIXED = (
    Case(
        "threads, joined, each releases",
        WORKERS + JOINED + "return self._checked()",
        QUIET.replace(
            "append(error)\n",
            "append(error)\n    finally:\n        self._clients.pop(state_id, None)\n",
        ),
        ordered=False,
    ),
    Case(
        "an executor shut down, each releases",
        EXECUTOR + SENT.replace("HANDED", "self._row, row") + "executor.shutdown()\n" + ASKED,
        ROW_METHOD,
        ordered=False,
    ),
    Case(
        "a partial in an executor, each releases",
        "with ThreadPoolExecutor(2) as executor:\n"
        + textwrap.indent(SENT.replace("HANDED", "partial(self._row, row)"), "    ")
        + ASKED,
        ROW_METHOD,
        ordered=False,
        rows=("none", "one", "five"),
    ),
    Case(
        "an inner function, by a partial in an executor shut down",
        EXECUTOR + INNER + "executor.shutdown()\n" + ASKED,
        ordered=False,
    ),
    Case(
        "run_sync",
        of(RELEASED, "await self.threads.run_sync(self._answer, row, state_id)"),
        THREADS,
    ),
    Case(
        "to_thread by its name",
        of(
            RELEASED,
            "await to_thread(self._answer, row, state_id)",
            "from asyncio import to_thread\n",
        ),
    ),
    Case("run in a context", of(RELEASED, "copy_context().run(self._answer, row, state_id)")),
    Case(
        "run in a context that is kept",
        of(RELEASED, "context.run(self._answer, row, state_id)", "context = copy_context()\n"),
    ),
    Case("apply", pooled(RELEASED, "pool.apply(self._answer, (row, state_id))")),
    Case("apply, by keyword", pooled(RELEASED, "pool.apply(self._answer, args=[row, state_id])")),
    Case(
        "apply_async, waited for",
        pooled(RELEASED, "pool.apply_async(self._answer, (row, state_id)).get()"),
    ),
    Case(
        "submit, waited for",
        of(RELEASED, "executor.submit(self._answer, row, state_id).result()", EXECUTOR),
    ),
    Case(
        "apply_async, never released",
        pooled(CLEARED, f"pool.apply_async(self._answer, (row, {BUILT}))")
        .replace("    self._clients.clear()\n", "")
        .replace("return output", f"return {TAKEN}"),
        ordered=False,
        rows=("none", "one", "five"),
    ),
    Case(
        "a thread for each row",
        KEPT
        + """
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        worker = Thread(target=self._quiet, args=(row, state_id))
        worker.start()
        worker.join()
    finally:
        self._clients.pop(state_id, None)
    self._checked()
return self._checked()
""",
        QUIET,
    ),
    Case(
        "threads, joined, cleared",
        WORKERS + JOINED + "self._clients.clear()\nreturn self._checked()",
        QUIET,
        ordered=False,
    ),
    Case(
        "start_soon, cleared behind",
        STARTED + "self._clients.clear()\nreturn await asyncio.sleep(0, sorted(self.answers))",
        NURSERY,
        ordered=False,
    ),
    Case(
        "start_soon, released by each row",
        STARTED + "return await asyncio.sleep(0, sorted(self.answers))",
        NURSERY.replace("    self.ans", "    try:\n        self.ans")
        + "    finally:\n        self._clients.pop(state_id, None)\n",
        ordered=False,
    ),
    *(
        Case(
            f"{name}, never released",
            SCHEDULED.replace("CALL ", call) + "await asyncio.sleep(0.02)\nreturn self._checked()",
            QUIET,
            ordered=False,
        )
        for name, call in {
            "call_soon": "call_soon(",
            "call_soon_threadsafe": "call_soon_threadsafe(",
            "call_later": "call_later(0, ",
            "call_at": "call_at(0, ",
        }.items()
    ),
    Case(
        "a method that is called run",
        of(RELEASED, "self.run(row, state_id)"),
        "def run(self, row, state_id):\n    return self._answer(row, state_id)\n",
    ),
)
LATE = "the id is handed to a thread that may run after the release"
RUNNING = "rows may still run when the cache is emptied, such as after one that raised"
REFUSED = (
    Case(
        "run_sync, not awaited",
        of(
            RELEASED,
            "asyncio.ensure_future(self.threads.run_sync(self._answer, row, state_id))",
        ).replace("return output", "return [await each for each in output]"),
        THREADS,
        reason=LATE,
    ),
    Case(
        "run of what is not seen",
        of(RELEASED, "self.runner.run(row, state_id)"),
        "runner = SimpleNamespace(run=None)\n",
        reason="the id is handed to 'self.runner.run', which cannot be seen",
    ),
    Case(
        "run by a scheduler",
        of(RELEASED, "self.scheduler.run(self._answer, row, state_id)"),
        "scheduler: Any = None\n",
        reason="the id is handed to 'self.scheduler.run', which cannot be seen",
    ),
    Case(
        "apply of what is not seen",
        of(RELEASED, "pool.apply(answer, (row, state_id))", POOL),
        reason="the id is handed to 'answer', which cannot be seen",
    ),
    Case(
        "apply_async",
        of(RELEASED, "pool.apply_async(self._answer, (row, state_id))", POOL).replace(
            "return output", f"return {TAKEN}"
        ),
        reason=LATE,
    ),
    Case(
        "apply_async, cleared while rows run",
        of(CLEARED, f"pool.apply_async(self._answer, (row, {BUILT}))", POOL).replace(
            "return output", f"return {TAKEN}"
        ),
        reason=RUNNING,
    ),
    Case(
        "apply_async in a pool's 'with', which does not wait",
        of(RELEASED, "pool.apply_async(self._answer, (row, state_id))")
        .replace("for i", "with ThreadPool(2) as pool:\n  for i")
        .replace("\n    ", "\n     "),
        reason=LATE,
    ),
    Case(
        "submit, waited for until a time",
        of(RELEASED, "executor.submit(self._answer, row, state_id).result(5)", EXECUTOR),
        reason=LATE,
    ),
    Case(
        "an executor shut down that does not wait",
        EXECUTOR + SENT.replace("HANDED", "self._row, row") + "executor.shutdown(False)\n" + ASKED,
        ROW_METHOD,
        LATE,
    ),
    Case(
        "a partial in an executor that nobody closes",
        EXECUTOR + SENT.replace("HANDED", "partial(self._row, row)") + ASKED,
        ROW_METHOD,
        LATE,
    ),
    Case(
        "threads, joined for a time, each releases",
        WORKERS + JOINED.replace("join()", "join(5)") + "return self._checked()",
        QUIET.replace(
            "append(error)\n",
            "append(error)\n    finally:\n        self._clients.pop(state_id, None)\n",
        ),
        LATE,
    ),
    Case(
        "threads that nobody joins, cleared",
        WORKERS + "self._clients.clear()\nreturn self._checked()",
        QUIET,
        reason=RUNNING,
    ),
    Case(
        "a thread for each row, joined too late",
        KEPT
        + """
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        worker = Thread(target=self._quiet, args=(row, state_id))
        worker.start()
    finally:
        self._clients.pop(state_id, None)
    worker.join()
return self._checked()
""",
        QUIET,
        reason=LATE,
    ),
    Case(
        "a thread whose arguments are made elsewhere",
        of(CLEARED, "Thread(target=self._quiet, args=(row, *[STATE]))").replace("STATE", BUILT),
        QUIET,
        reason="the id is stored in a container",
    ),
    Case(
        "start_soon, cleared before all rows are done",
        STARTED + "    self._clients.clear()\nreturn await asyncio.sleep(0, sorted(self.answers))",
        NURSERY,
        reason=RUNNING,
    ),
    *(
        Case(
            f"{name}, cleared",
            SCHEDULED.replace("CALL ", call)
            + "self._clients.clear()\nawait asyncio.sleep(0.02)\nreturn self._checked()",
            QUIET,
            reason=RUNNING,
        )
        for name, call in {
            "call_soon": "call_soon(",
            "call_soon_threadsafe": "call_soon_threadsafe(",
            "call_later": "call_later(0, ",
            "call_at": "call_at(0, ",
        }.items()
    ),
    Case(
        "rows beside each other, each in a thread, without a lock",
        f"return await asyncio.gather(*(self._one(row, {BUILT}) for i, row in enumerate(rows)))",
        """
        async def _one(self, row, state_id):
            return await asyncio.to_thread(self._unlocked, row, state_id)

        def _unlocked(self, row, state_id):
            if state_id not in self._clients:
                self._clients[state_id] = AuditedClient(self._recorder, state_id)
            return self._clients[state_id].ask(row["prompt"])
        """,
        reason="rows may run in several threads, and the client is not known to count safely",
    ),
)


def code_of(case: Case) -> str:
    code = module(case.method.strip("\n"), case.beside)
    needed = [line for word, line in NEEDED.items() if word in code and f"{line}\n" not in code]
    return code.replace("import logging\n", "\n".join([*needed, "import logging\n"]), 1)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_safe(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, code_of(case), ROWS)


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_unsafe(case: Case) -> None:
    check_refused(case, code_of(case))


BATCH = """
def _batch(self, rows, ctx):
    output = []
    for i, row in enumerate(rows):
        state_id = f"{ctx.state_id}_row{i}"
        try:
            output.append(self._answer(row, state_id))
        finally:
            self._clients.pop(state_id, None)
    return output
"""
MAY_REPEAT = "'_batch' is called in a loop or handed on, so several batches may share a state id"


@pytest.mark.parametrize(
    "call",
    [
        "copy_context().run(self._batch, rows, ctx)",
        "ThreadPool(1).apply(self._batch, (rows, ctx))",
    ],
)
def test_a_batch_that_is_run_once(call: str) -> None:
    assert b"state_id = ctx.state_id" in fixed(code_of(Case("once", f"return {call}", BATCH)))


@pytest.mark.parametrize(
    "call",
    [
        "self.scheduler.run(self._batch, rows, ctx)",
        "frame.apply(self._batch)",
        "frame.apply(self._batch, args=(ctx,))",
        "pool.map(self._batch, [rows], [ctx])",
    ],
)
def test_a_batch_that_may_be_run_again(call: str) -> None:
    case = Case("again", f"return {call}", BATCH, reason=MAY_REPEAT)
    check_refused(case, code_of(case))


def test_one_table() -> None:
    """What the lint follows, the codemod does: each name is in the one table, at one place."""
    assert set(CALLED_AT) - MAPPING - APPLYING == set(DISPATCH) - {"partial"}
    assert all(CALLED_AT[name] == at for name, at in DISPATCH.items() if name != "partial")
