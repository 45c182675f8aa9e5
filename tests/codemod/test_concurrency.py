"""A cache that is emptied where it stands: only once all rows are done, however they run."""

# flake8: noqa: E501
# ruff: noqa: E501 - the batch paths stand as authors write them

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS, run, shared, sqlite
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BUILT = 'f"{ctx.state_id}_row{i}"'
EACH = f"self._one(row, {BUILT}) for i, row in enumerate(rows)"
REASON = "rows may still run when the cache is emptied"
# The last row waits until the batch has failed, if it is to be late; in threads, the one that
# raises waits until the last has begun.
ASYNC_DRIVER = """
self._gate = asyncio.Event()
self._begun = Event()
if not LATE:
    self._gate.set()
try:
    return await self._batch(rows, ctx)
finally:
    self._gate.set()
    current = asyncio.current_task()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not current), return_exceptions=True)
"""
ASYNC_ROW = """
async def _one(self, row, state_id):
    if row["id"] == "r3":
        await self._gate.wait()
    return await self._client(state_id).ask_async(row["prompt"])
"""
DRIVER = """
self._gate = Event()
self._begun = Event()
if not LATE:
    self._gate.set()
self._executor = ThreadPoolExecutor(4)
try:
    return self._batch(rows, ctx)
finally:
    self._gate.set()
    self._executor.shutdown()
"""
ROW = """
def _one(self, row, state_id):
    if row["id"] == "r3":
        self._begun.set()
        self._gate.wait()
    if row["prompt"] == "fail":
        self._begun.wait()
    return self._client(state_id).ask(row["prompt"])
"""


class Case(NamedTuple):
    """The body of the batch path, how one row is answered, and what stands beside them."""

    name: str
    batch: str
    row: str = ROW
    beside: str = ""
    rows: tuple[str, ...] = ("none", "one", "five", "raising")


def code_of(case: Case, *, late: bool) -> str:
    """A module whose batch path fails while its last row waits, if it is to be ``late``."""
    is_async = "await " in case.batch or "async " in case.batch
    batch = textwrap.indent(textwrap.dedent(case.batch).strip("\n"), "    ")
    head = f"{'async ' if is_async else ''}def _batch(self, rows, ctx):"
    beside = "\n\n".join(
        textwrap.dedent(each).strip("\n") for each in (case.row, case.beside, f"{head}\n{batch}")
    )
    driver = (ASYNC_DRIVER if is_async else DRIVER).replace("LATE", str(late))
    code = module(driver, beside)
    imports = "import concurrent.futures\nfrom concurrent.futures import ThreadPoolExecutor, as_completed\nfrom threading import Event\n"
    code = code.replace("from concurrent.futures import ThreadPoolExecutor\n", imports, 1)
    return (
        code
        if "import asyncio" in code
        else code.replace("import logging", "import asyncio\nimport logging", 1)
    )


GATHER = f"""
try:
    return await asyncio.gather(*({EACH}))
finally:
    self._clients.clear()
"""
SUBMITTED = (
    f"futures = [self._executor.submit(self._one, row, {BUILT}) for i, row in enumerate(rows)]\n"
)
CREATED = f"tasks = [asyncio.create_task(self._one(row, {BUILT})) for i, row in enumerate(rows)]\n"
THREADED = EACH.replace("self._one(", "asyncio.to_thread(self._one, ")
WAITED = """
try:
    return [future.result() for future in futures]
finally:
    self._clients.clear()
"""
RAISED = """
for result in results:
    if isinstance(result, Exception):
        raise result
return results
"""
REFUSED = (
    Case("gather", GATHER, ASYNC_ROW),
    Case("gather, a fresh dictionary", GATHER.replace(".clear()", " = {}"), ASYNC_ROW),
    Case(
        "gather, an old key dropped too",
        GATHER.replace("clear()", "pop('old', None)\n    self._clients.popitem()"),
        ASYNC_ROW,
    ),
    Case(
        "gather, under a semaphore",
        GATHER,
        """
        _semaphore = asyncio.Semaphore(9)

        async def _one(self, row, state_id):
            async with self._semaphore:
                if row["id"] == "r3":
                    await self._gate.wait()
                return await self._client(state_id).ask_async(row["prompt"])
        """,
    ),
    Case(
        "gather, looked up once more",
        GATHER,
        """
        async def _one(self, row, state_id):
            client = self._client(state_id)
            if row["id"] == "r3":
                await self._gate.wait()
                client = self._client(state_id)
            return await client.ask_async(row["prompt"])
        """,
    ),
    Case(
        "gather, looked up in a loop",
        GATHER,
        """
        async def _one(self, row, state_id):
            for turn in range(2):
                if turn or row["id"] != "r3":
                    return await self._client(state_id).ask_async(row["prompt"])
                await self._gate.wait()
        """,
    ),
    Case(
        "gather, looked up by a thread",
        GATHER,
        "async def _one(self, row, state_id):\n    return await asyncio.to_thread(self._slow, row, state_id)",
        ROW.replace("_one", "_slow").replace("self._gate.wait()", "sleep_until(self._gate)"),
    ),
    Case(
        "gather, handled",
        f"""
        coroutines = [{EACH}]
        try:
            results = await asyncio.gather(*coroutines)
        except ProviderError:
            results = []
        self._clients.clear()
        return results
        """,
        ASYNC_ROW,
    ),
    Case(
        "gather, emptied by a helper",
        GATHER.replace("self._clients.clear()", "self._reset()"),
        ASYNC_ROW,
        "def _reset(self):\n    self._clients.clear()",
    ),
    Case(
        "gather in a function, emptied by its caller",
        """
        try:
            return await self._inner(rows, ctx)
        finally:
            self._clients.clear()
        """,
        ASYNC_ROW,
        f"async def _inner(self, rows, ctx):\n    return await asyncio.gather(*({EACH}))",
    ),
    Case(
        "threads gathered",
        GATHER.replace(EACH, THREADED),
        ROW.replace("self._gate.wait()", "sleep_until(self._gate)"),
    ),
    Case(
        "tasks awaited one by one",
        CREATED
        + """
try:
    return [await task for task in tasks]
finally:
    self._clients.clear()
""",
        ASYNC_ROW,
    ),
    Case(
        "tasks as completed",
        f"""
        output = []
        try:
            for answer in asyncio.as_completed([{EACH}]):
                output.append(await answer)
        finally:
            self._clients.clear()
        return sorted(output)
        """,
        ASYNC_ROW,
    ),
    Case(
        "until the first exception",
        CREATED
        + """
done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
self._clients.clear()
return sorted(task.result() for task in done)
""",
        ASYNC_ROW,
    ),
    Case(
        "an executor of the loop",
        f"""
        loop = asyncio.get_running_loop()
        futures = [loop.run_in_executor(None, self._one, row, {BUILT}) for i, row in enumerate(rows)]
        try:
            return [await future for future in futures]
        finally:
            self._clients.clear()
        """,
        ROW.replace("self._gate.wait()", "sleep_until(self._gate)"),
    ),
    Case("a long-lived executor", SUBMITTED + WAITED),
    Case(
        "a long-lived executor, under a lock",
        SUBMITTED
        + WAITED.replace("    self._clients", "    with self._lock:\n        self._clients"),
    ),
    Case(
        "submitted one by one, as completed",
        f"""
        futures = {{}}
        output = []
        try:
            for i, row in enumerate(rows):
                future = self._executor.submit(self._one, row, {BUILT})
                futures[future] = i
            for future in as_completed(futures):
                output.append(future.result())
        finally:
            self._clients.clear()
        return sorted(output)
        """,
    ),
    Case(
        "an executor that is not waited for",
        f"""
        pool = self._executor
        futures = [pool.submit(self._one, row, {BUILT}) for i, row in enumerate(rows)]
        try:
            return [future.result() for future in futures]
        finally:
            pool.shutdown(wait=False)
            self._clients.clear()
        """,
    ),
    Case(
        "one error of several handled",
        SUBMITTED
        + """
output = []
try:
    for future in futures:
        try:
            output.append(future.result())
        except ValueError as error:
            output.append(str(error))
finally:
    self._clients.clear()
return output
""",
    ),
    Case(
        "left at the first error",
        SUBMITTED
        + """
output = []
for future in futures:
    try:
        output.append(future.result())
    except ProviderError as error:
        break
self._clients.clear()
return output
""",
    ),
    Case(
        "not for all",
        SUBMITTED
        + "concurrent.futures.wait(futures, timeout=0)\nself._clients.clear()\nreturn []\n",
    ),
    Case(
        "mapped",
        f"ids = [{BUILT} for i in range(len(rows))]\n"
        + WAITED.replace(
            "[future.result() for future in futures]",
            "list(self._executor.map(self._one, rows, ids))",
        ),
    ),
)
# 'sleep_until' keeps a thread busy for as long as the loop's event is not set.
SLEEP = "\n\ndef sleep_until(gate):\n    while not gate.is_set():\n        Event().wait(0.001)\n"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    """Replacing the id in place loses the call of the row that comes late."""
    code = code_of(case, late=True) + SLEEP
    refusal = refused(code)
    assert refusal.reason.startswith(REASON)
    assert refusal.remedy
    naive = code.replace(BUILT, "ctx.state_id")
    assert naive != code
    before = run(code, shared(keys=False), ROWS["raising"])
    with sqlite(keys=True) as engine:
        after = run(naive, engine, ROWS["raising"])
    assert {"p0", "fail", "p3"} <= {call.request for call in before.calls}
    assert len(after.calls) < len(before.calls)


FIXED = (
    Case(
        "gather, exceptions collected",
        GATHER.replace("))\n", "), return_exceptions=True)\n").replace(
            "return await", "results = await"
        )
        + RAISED,
        ASYNC_ROW,
    ),
    Case(
        "gather, found at once",
        GATHER,
        "async def _one(self, row, state_id):\n    return await self._client(state_id).ask_async(row['prompt'])",
    ),
    Case(
        "gather, found at once and kept",
        GATHER,
        """
        async def _one(self, row, state_id):
            client = self._client(state_id)
            await asyncio.sleep(0)
            return await client.ask_async(row["prompt"])
        """,
    ),
    Case(
        "gather, emptied where none raised",
        f"results = await asyncio.gather(*({EACH}))\nself._clients.clear()\nreturn results",
        ASYNC_ROW,
    ),
    Case(
        "task group",
        f"""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(row, {BUILT})) for i, row in enumerate(rows)]
        finally:
            self._clients.clear()
        return [task.result() for task in tasks]
        """,
        ASYNC_ROW,
        rows=("none", "one", "five"),
    ),
    Case(
        "tasks waited for",
        "if not rows:\n    return []\n"
        + CREATED
        + "await asyncio.wait(tasks)\nself._clients.clear()\nreturn [task.result() for task in tasks]",
        ASYNC_ROW,
    ),
    Case(
        "tasks awaited, emptied where none raised",
        CREATED + "output = [await task for task in tasks]\nself._clients.clear()\nreturn output",
        ASYNC_ROW,
    ),
    Case(
        "awaited in turn",
        f"output = []\ntry:\n    for i, row in enumerate(rows):\n        output.append(await self._one(row, {BUILT}))\nfinally:\n    self._clients.clear()\nreturn output",
        ASYNC_ROW,
    ),
    Case(
        "executor closed before",
        f"""
        try:
            with ThreadPoolExecutor(2) as pool:
                futures = [pool.submit(self._one, row, {BUILT}) for i, row in enumerate(rows)]
                return [future.result() for future in futures]
        finally:
            with self._lock:
                self._clients.clear()
        """,
    ),
    Case(
        "executor of a helper",
        "try:\n    return self._inner(rows, ctx)\nfinally:\n    self._clients.clear()",
        beside=f"def _inner(self, rows, ctx):\n    with ThreadPoolExecutor(2) as pool:\n        return [f.result() for f in [pool.submit(self._one, row, {BUILT}) for i, row in enumerate(rows)]]",
    ),
    Case(
        "mapped, closed before",
        f"ids = [{BUILT} for i in range(len(rows))]\ntry:\n    with ThreadPoolExecutor(2) as pool:\n        return list(pool.map(self._one, rows, ids))\nfinally:\n    self._clients.clear()",
    ),
    Case(
        "waited for at last",
        SUBMITTED + WAITED.replace("    self", "    concurrent.futures.wait(futures)\n    self"),
    ),
    Case(
        "shut down at last",
        SUBMITTED + WAITED.replace("    self", "    self._executor.shutdown(wait=True)\n    self"),
    ),
    Case(
        "errors collected",
        SUBMITTED
        + """
output = []
try:
    for future in futures:
        try:
            output.append(future.result())
        except Exception as error:
            output.append(error)
finally:
    self._clients.clear()
"""
        + RAISED.replace("results", "output"),
    ),
    Case(
        "errors collected, as completed",
        f"""
        futures = {{}}
        output = []
        for i, row in enumerate(rows):
            future = self._executor.submit(self._one, row, {BUILT})
            futures[future] = i
        for future in as_completed(futures):
            error = future.exception()
            output.append(error or future.result())
        self._clients.clear()
        for result in output:
            if isinstance(result, Exception):
                raise result
        return sorted(output)
        """,
    ),
    Case(
        "something else runs beside",
        "task = asyncio.create_task(self._tick())\noutput = []\ntry:\n    for i, row in enumerate(rows):\n        output.append(await self._one(row, "
        + BUILT
        + "))\nfinally:\n    self._clients.clear()\nawait task\nreturn output",
        ASYNC_ROW,
        "async def _tick(self):\n    return None",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    code = code_of(case, late=False) + SLEEP
    check(code, fixed(code), databases, case.rows, ordered=False)


def test_fixed_where_the_recorder_allocates(databases: tuple[Engine, ...]) -> None:
    """A client that is made anew goes on counting, so it does not matter when the old one goes."""
    row = ASYNC_ROW.replace("ask_async", "ask").replace("return await self", "return self")
    code = code_of(Case("gather", GATHER, row), late=True).replace(
        "AuditedClient", "AllocatingClient"
    )
    code = code.replace("AllocatingClient, AllocatingClient", "AllocatingClient")
    check(code, fixed(code), databases, ("one", "raising"), ordered=False)
