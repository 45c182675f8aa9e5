"""Jobs whose parts are handed on one by one: ``answer(*job)``, ``answer(**job)``, ``starmap``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.sources import ROW_METHOD

if TYPE_CHECKING:
    from sqlalchemy import Engine

IMPORTS = (
    "import logging\nfrom itertools import starmap\nfrom multiprocessing.pool import ThreadPool\n"
)
PAIRS = 'jobs = [(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]\n'
NAMED = (
    'jobs = [{"row": row, "state_id": f"{ctx.state_id}_row{i}"} for i, row in enumerate(rows)]\n'
)
LABELLED = """
def _labelled(self, label, row, state_id):
    return {label: self._answer(row, state_id)}
"""
MODELS = """
def _row(self, row, state_id, provider="x"):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._recorder, state_id, provider)
    return self._clients[state_id].ask(row["prompt"])
"""
ONE_BY_ONE = """
output = []
for i, row in enumerate(rows):
    JOB
    try:
        output.append(ASK)
    finally:
        self._clients.pop(KEY, None)
return output
"""
STORED = """
def _store(self, row, state_id):
    try:
        self.answers.append(self._answer(row, state_id))
    except Exception as error:
        self.errors.append(error)
"""
THREADS = """
self.answers, self.errors = [], []
for i, row in enumerate(rows):
    row_state_id = f"{ctx.state_id}_row{i}"
    worker = Thread(target=self._store, GIVEN)
    worker.start()
    worker.join()
    self._clients.pop(row_state_id, None)
for error in self.errors[:1]:
    raise error
return self.answers
"""
QUIET = ("none", "one", "five", "skipping", "stopping")


def _one_by_one(job: str, ask: str, key: str) -> str:
    return ONE_BY_ONE.replace("JOB", job).replace("ASK", ask).replace("KEY", key)


HANDING = """
def _call(self, function, *args):
    return function(*args)

def _again(self, function, *args, **kwargs):
    for _ in range(1):
        return function(*args, **kwargs)
"""
CALLED = "self._call(self._answer, row, sid)"


def _handed(ask: str) -> str:
    return _one_by_one('sid = f"{ctx.state_id}_row{i}"', ask, "sid")


def _handing(body: str, parameters: str = "*args") -> str:
    return f"_kept = []\n\ndef _call(self, function, {parameters}):\n    {body}\n"


FIXED = (
    Case("by a rest", _handed(CALLED), HANDING),
    Case("by names", _handed("self._again(self._answer, row=row, state_id=sid)"), HANDING),
    Case("by a rest and names", _handed("self._again(self._answer, row, state_id=sid)"), HANDING),
    Case("pairs", PAIRS + "return [self._answer(*job) for job in jobs]"),
    Case(
        "pairs behind a label",
        PAIRS + "return [self._labelled('x', *job) for job in jobs]",
        LABELLED,
    ),
    Case(
        "pairs that are released", PAIRS + "return [self._row(*job) for job in jobs]", ROW_METHOD
    ),
    Case("starmap", PAIRS + "return list(starmap(self._answer, jobs))"),
    Case("starmap that releases", PAIRS + "return list(starmap(self._row, jobs))", ROW_METHOD),
    Case(
        "starmap of a generator",
        PAIRS.replace("jobs = [", "return list(starmap(self._answer, (").replace("]", ")))"),
    ),
    Case("by keyword", NAMED + "return [self._answer(**job) for job in jobs]"),
    Case(
        "submitted",
        PAIRS
        + "with ThreadPoolExecutor(2) as pool:\n"
        + "    futures = [pool.submit(self._answer, *job) for job in jobs]\n"
        + "return [future.result() for future in futures]",
        ordered=False,
    ),
    Case(
        "a pair of the row",
        _one_by_one('job = (row, f"{ctx.state_id}_row{i}")', "self._answer(*job)", "job[1]"),
    ),
    Case(
        "keywords of the row",
        _one_by_one(
            'job = {"row": row, "state_id": f"{ctx.state_id}_row{i}"}',
            "self._answer(**job)",
            'job["state_id"]',
        ),
    ),
    Case(
        "keywords of a thread",
        THREADS.replace("GIVEN", 'args=(row,), kwargs={"state_id": row_state_id}'),
        STORED,
        rows=QUIET,
    ),
    Case(
        "row by keyword of a thread",
        THREADS.replace("GIVEN", 'kwargs={"row": row, "state_id": row_state_id}'),
        STORED,
        rows=QUIET,
    ),
    Case(
        "keywords of a pool",
        "output = []\nwith ThreadPool(2) as pool:\n    for i, row in enumerate(rows):\n"
        '        state_id = f"{ctx.state_id}_row{i}"\n'
        '        output.append(pool.apply(self._answer, (row,), {"state_id": state_id}))\n'
        "return output",
    ),
)
TUPLED = "the id is part of a tuple"
REST = "the id is passed through '*args' or '**kwargs'"
REFUSED = (
    Case(
        "a rest that is kept",
        _handed(CALLED),
        _handing("self._kept.append(args)\n    return function(*args)"),
        REST,
    ),
    Case(
        "a rest whose place changes",
        _handed(CALLED.replace("row, sid", "sid, row")),
        _handing("return function(*reversed(args))"),
        REST,
    ),
    Case(
        "names that are changed",
        _handed("self._call(self._answer, row=row, state_id=sid)"),
        _handing("kwargs.pop('retry', None)\n    return function(**kwargs)", "**kwargs"),
        REST,
    ),
    Case(
        "a rest that is compared",
        _handed(CALLED),
        _handing("return function(*args) if args[1] > '' else None"),
        "the id is compared with another value",
    ),
    Case(
        "behind another star",
        PAIRS + "return [self._labelled(*['x'], *job) for job in jobs]",
        LABELLED,
        TUPLED,
    ),
    Case(
        "a pair that is longer than it looks",
        _one_by_one('job = (*[row], f"{ctx.state_id}_row{i}")', "self._answer(*job)", "job[1]"),
        "",
        TUPLED,
    ),
    Case(
        "keywords that the row may replace",
        _one_by_one(
            'job = {"state_id": f"{ctx.state_id}_row{i}", **{"row": row}}',
            "self._answer(**job)",
            'job["state_id"]',
        ),
        "",
        "the id is stored in a container",
    ),
    Case("another starmap", PAIRS + "return list(self.starmap(self._answer, jobs))", "", TUPLED),
    Case(
        "starmap that is kept",
        PAIRS + "answers = starmap(self._row, jobs)\nreturn list(answers)",
        ROW_METHOD,
        "the id is used by something that may run after the release",
    ),
    Case(
        "the rest is what a client is made with",
        PAIRS.replace('{i}")', '{i}", row.get("id"))')
        + "return [self._row(*job) for job in jobs]",
        MODELS,
        "the client is made with 'provider', which differs from row to row",
    ),
    Case(
        "a thread's keywords that are not seen",
        THREADS.replace("GIVEN", 'args=(row,), kwargs={**{}, "state_id": row_state_id}'),
        STORED,
        "the id is stored in a container",
    ),
)


def _code(case: Case) -> str:
    needed = IMPORTS + "from threading import Thread\n" if "Thread(" in case.code else IMPORTS
    return case.code.replace("import logging\n", needed, 1)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, _code(case))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, _code(case))
