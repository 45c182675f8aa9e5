"""Jobs that a pool of another module of the project hands to a function of the plugin."""

# flake8: noqa: E501
# ruff: noqa: E501 - the batch paths stand as authors write them

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.harness import ROWS, assert_equivalent, run, shared
from tests.codemod.project import Project
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

    from tests.codemod.harness import Observation

POOLS = """
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Job:
    row: dict[str, Any]
    state_id: str
    number: int

    def __post_init__(self) -> None:
        if not self.state_id:
            raise ValueError("no state id")
        if self.number < 0:
            raise ValueError(f"a negative number: {self.number}")


class Pool:
    def __init__(self, size: int) -> None:
        self._size = size
        self._kept = ThreadPoolExecutor(size)
        self._lock = Lock()

    def execute(self, jobs, work):
"""
CLOSED = """
        if not jobs:
            return []
        with ThreadPoolExecutor(self._size) as pool:
            futures = [pool.submit(work, job.row, job.state_id) for job in jobs]
        return [future.result() for future in futures]
"""
WAITING = """
        futures = [self._kept.submit(work, job.row, job.state_id) for job in jobs]
        wait(futures)
        return [future.result() for future in futures]
"""
NUMBERED = """
        with self._lock:
            return self._locked(jobs, work)

    def _locked(self, jobs, work):
        answers = [None] * len(jobs)
        with ThreadPoolExecutor(self._size) as pool:
            futures = {pool.submit(self._one, job.row, job.state_id, work): job for job in jobs}
            for future in as_completed(futures):
                answers[futures[future].number] = future.result()
        return answers

    def _one(self, row, state_id, work):
        return work(row, state_id)
"""
WALK = """for future in as_completed(futures):
                answers[futures[future].number] = future.result()"""
# Other ways to ask which job a future is of.
ASKED = {
    "by items": "for future, job in futures.items():\n"
    "                answers[job.number] = future.result()",
    "taken out": WALK.replace("futures[future]", "futures.pop(future)"),
    "by key": WALK.replace("as_completed(futures)", "futures"),
    "counted": "assert len(futures) == len(jobs)\n            " + WALK,
    "by values": "wait(futures)\n            for each in futures.values():\n"
    "                answers[each.number] = each.row\n            " + WALK,
}
FILLED = NUMBERED.replace(
    "futures = {pool.submit(self._one, job.row, job.state_id, work): job for job in jobs}",
    "futures = {}\n            for job in jobs:\n"
    "                future = pool.submit(self._one, job.row, job.state_id, work)\n"
    "                futures[future] = job",
)
THREADS = """
        answers = [None] * len(jobs)

        def answer(job):
            try:
                answers[job.number] = work(job.row, job.state_id)
            except Exception as error:
                answers[job.number] = error

        for start in range(0, len(jobs), self._size):
            threads = [Thread(target=answer, args=(job,)) for job in jobs[start:start + self._size]]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        for each in answers:
            if isinstance(each, Exception):
                raise each
        return answers
"""
IN_TURN = """
        answers = []
        for job in jobs:
            answers.append(work(job.row, job.state_id))
        return answers
"""
TAKEN = WAITING.replace("        wait(futures)\n", "")
LIMITED = WAITING.replace("wait(futures)", "wait(futures, timeout=1)")
FOUND = IN_TURN.replace("(job.row,", "(jobs[jobs.index(job)].row,")
KEPT = IN_TURN.replace("answers = []", "answers = []\n        self.jobs = jobs")
PROCESSES = CLOSED.replace("ThreadPool", "ProcessPool")
# What the project defines itself waits as it is written to.
OWN_WAIT = f"{WAITING}\n\ndef wait(futures):\n    return futures\n"
OWN = (
    CLOSED.replace("ThreadPoolExecutor", "Kept")
    + """

class Kept(ThreadPoolExecutor):
    def __exit__(self, *raised):
        self.shutdown(wait=False)
"""
)
YIELDED = (
    CLOSED.replace("ThreadPoolExecutor", "opened")
    + """

@contextmanager
def opened(size):
    pool = ThreadPoolExecutor(size)
    yield pool
    pool.shutdown(wait=False)
"""
)
OWN_THREADS = THREADS + "\n\nclass Thread(Thread):\n    def join(self):\n        pass\n"
BUILT = 'f"{ctx.state_id}_row{i}"'
JOBS = f"jobs = [Job(row=row, state_id={BUILT}, number=i) for i, row in enumerate(rows)]\n"
RUN = "return self._pool_of_jobs.execute(jobs, self._one)"
RELEASED = "    try:\n        return self._answer(row, state_id)\n    finally:\n        with self._lock:\n            self._clients.pop(state_id, None)\n"
RELEASING = f"def _one(self, row, state_id):\n{RELEASED}"
PLAIN = "def _one(self, row, state_id):\n    return self._answer(row, state_id)\n"
CLEARED = f"try:\n    {RUN}\nfinally:\n    self._clients.clear()"
EACH = f"try:\n    {RUN}\nfinally:\n    with self._lock:\n        for job in jobs:\n            self._clients.pop(job.state_id, None)"
FIXED = {
    "closed": (CLOSED, JOBS + RUN, RELEASING),
    "waiting": (
        WAITING,
        JOBS + RUN.replace("self._one", "work=lambda row, sid: self._one(row, sid)"),
        RELEASING,
    ),
    "numbered": (
        NUMBERED,
        f"{JOBS}\ndef one(row, state_id):\n{RELEASED}\n{RUN.replace('self._one', 'one')}",
        "",
    ),
    **{
        name: (NUMBERED.replace(WALK, asked), JOBS + RUN, RELEASING)
        for name, asked in ASKED.items()
    },
    "filled": (FILLED, JOBS + RUN, RELEASING),
    "threads": (THREADS, JOBS + CLEARED, PLAIN),
    "in turn": (IN_TURN, JOBS + RUN, RELEASING),
    "each released": (CLOSED, JOBS + EACH, PLAIN),
    "own executor": (OWN.replace("wait=False", "wait=True"), JOBS + RUN, RELEASING),
    "own executor, ended by a method": (
        OWN.replace(
            "self.shutdown(wait=False)",
            "self.end()\n\n    def end(self):\n        self.shutdown(wait=True)",
        ),
        JOBS + RUN,
        RELEASING,
    ),
    "yielded": (
        YIELDED.replace(
            "pool = ThreadPoolExecutor(size)", "with ThreadPoolExecutor(size) as pool:"
        )
        .replace("    yield pool", "        yield pool")
        .replace("    pool.shutdown(wait=False)\n", ""),
        JOBS + RUN,
        RELEASING,
    ),
    "given a context": (
        CLOSED,
        "with ThreadPoolExecutor(2) as pool:\n    return [f.result() for f in [pool.submit(self._row, row, "
        f"{BUILT}, ctx) for i, row in enumerate(rows)]]",
        RELEASING.replace("_one(self, row, state_id)", "_row(self, row, state_id, ctx)"),
    ),
}
RETURNS = "where a row raises, 'execute' may return while others run"
REFUSED = {
    "taken": (TAKEN, JOBS + RUN, RELEASING, RETURNS),
    "limited": (LIMITED, JOBS + RUN, RELEASING, RETURNS),
    "not joined": (
        THREADS.replace("join()", "join(1)"),
        JOBS + RUN,
        RELEASING,
        RETURNS,
    ),
    "cleared": (TAKEN, JOBS + CLEARED, PLAIN, "rows may still run when the cache is emptied"),
    "each released": (TAKEN, JOBS + EACH, PLAIN, "rows may still run when the cache is emptied"),
    "own wait": (OWN_WAIT, JOBS + RUN, RELEASING, RETURNS),
    "own executor": (OWN, JOBS + RUN, RELEASING, RETURNS),
    "yielded": (YIELDED, JOBS + RUN, RELEASING, RETURNS),
    "own threads": (OWN_THREADS, JOBS + RUN, RELEASING, RETURNS),
    "found": (FOUND, JOBS + RUN, RELEASING, "the id is stored in 'Job'"),
    "kept": (KEPT, JOBS + RUN, RELEASING, "the id is stored in 'Job'"),
    "processes": (PROCESSES, JOBS + RUN, RELEASING, "rows may run in several processes"),
    "called besides": (
        IN_TURN.replace("answers = []", "answers = [work({}, 'first')]"),
        JOBS + RUN,
        RELEASING,
        "the client is released in a function that is called for each row",
    ),
    "shown by its check": (
        CLOSED,
        JOBS + RUN,
        RELEASING,
        "the id is stored in 'Job'",
    ),
}


def project(root: pathlib.Path, pool: str, batch: str, beside: str) -> Project:
    code = module(batch, beside)
    code = code.replace("\nlogger", "\nfrom acme.pools import Job, Pool\n\nlogger", 1)
    made = "        self.done = 0\n        self._pool_of_jobs = Pool(3) if pool >= 0 else None\n"
    code = code.replace("        self.done = 0\n", made, 1)
    return Project(root, code, {"acme/pools.py": POOLS + pool})


def observed(each: Project, name: str, engine: Engine) -> Observation:
    return run(each.load("acme.plugins.batch"), engine, ROWS[name])


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, tmp_path: pathlib.Path) -> None:
    each = project(tmp_path, *FIXED[name])
    fix = each.fix()
    assert all(isinstance(outcome, Fixed) for outcome in fix.outcomes), fix.outcomes
    rows = ("none", "one", "five", "raising")
    before = {kind: observed(each, kind, shared(keys=False)) for kind in rows}
    assert "IntegrityError" in observed(each, "five", shared(keys=True)).error
    each.batch.write_bytes(fix.after)
    for kind in rows:
        after = observed(each, kind, shared(keys=True))
        assert_equivalent(before[kind], after, ordered=name == "in turn")


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: pathlib.Path) -> None:
    pool, batch, beside, reason = REFUSED[name]
    each = project(tmp_path, pool, batch, beside)
    if name == "shown by its check":
        shown = POOLS.replace('"no state id"', 'f"no state id: {self.state_id}"') + pool
        each.write("acme/pools.py", shown)
    outcome = each.fix().outcomes[0]
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason.startswith(reason)


AWAITED = f"""
for i, row in enumerate(rows):
    await FUNCTION(self._one(row, {BUILT}))
await asyncio.sleep(0.01)
return []
"""
ASYNC = RELEASING.replace("def", "async def").replace(
    "return", "await asyncio.sleep(0)\n        return"
)
TASKS = """
import asyncio


async def spawn(coroutine):
    return asyncio.ensure_future(coroutine)


async def limited(coroutine):
    async with asyncio.Semaphore(1):
        return await coroutine


async def gather(*coroutines):
    return [asyncio.ensure_future(each) for each in coroutines]
"""


def awaiting(root: pathlib.Path, function: str) -> Project:
    code = module(AWAITED.replace("FUNCTION", function), ASYNC)
    code = code.replace("def process_batch", "async def process_batch")
    code = code.replace("async async", "async")
    code = code.replace("\nlogger", "\nfrom acme.tasks import gather, limited, spawn\n\nlogger", 1)
    code = code.replace("import logging", "import asyncio\nimport logging", 1)
    return Project(root, code, {"acme/tasks.py": TASKS})


@pytest.mark.parametrize("function", ["spawn", "gather", "unseen.run"])
def test_awaited_by_what_may_only_begin_it(function: str, tmp_path: pathlib.Path) -> None:
    outcome = awaiting(tmp_path, function).fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith("after the release")


@pytest.mark.parametrize("function", ["limited", "asyncio.wait_for"])
def test_awaited_by_what_awaits_it(function: str, tmp_path: pathlib.Path) -> None:
    each = awaiting(tmp_path, function)
    if function == "asyncio.wait_for":
        each.write(
            "acme/plugins/batch.py",
            each.batch.read_text().replace('}_row{i}"))', '}_row{i}"), 5)'),
        )
    fix = each.fix()
    assert all(isinstance(outcome, Fixed) for outcome in fix.outcomes), fix.outcomes
    assert not each.differs(
        "acme.plugins.batch", fix.after, shared(keys=True), ("one", "five", "raising")
    )
