"""Ids that go through a queue of the batch path's own: each job comes out as it was put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

IMPORTS = """
from collections import deque
from queue import LifoQueue, PriorityQueue, Queue
"""
FILL = """
jobs = MADE
for i, row in enumerate(rows):
    jobs.PUT((i, row, f"{ctx.state_id}_row{i}"))
"""
TAKE = """
output = []
while ANY:
    _, row, sid = jobs.GET()
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
WHOLE = """
output = []
while jobs:
    job = jobs.popleft()
    try:
        output.append(self._answer(job[1], job[2]))
    finally:
        self._clients.pop(job[2], None)
return output
"""
MADE_OF = 'jobs = deque((i, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows))\n'


def queued(
    made: str = "Queue()",
    put: str = "put",
    get: str = "get",
    any_: str = "not jobs.empty()",
    fill: str = FILL,
    take: str = TAKE,
) -> str:
    text = IMPORTS + fill.replace("MADE", made).replace("PUT", put)
    return text + take.replace("GET", get).replace("ANY", any_)


DEQUE = ("deque()", "append", "popleft", "jobs")
FIXED = (
    Case("queue", queued()),
    Case("the last first", queued("LifoQueue()")),
    Case("at once", queued(put="put_nowait", get="get_nowait")),
    Case("deque", queued(*DEQUE)),
    Case("deque, counted", queued(*DEQUE[:3], "len(jobs) > 0")),
    Case("deque, made of them", queued(*DEQUE, fill=MADE_OF)),
    Case("taken whole", queued(*DEQUE, take=WHOLE)),
)
TUPLE = "the id is part of a tuple"
DRAIN = """
def _drain(self, jobs):
    output = []
    while jobs:
        _, row, sid = jobs.popleft()
        output.append(self._answer(row, sid))
        self._clients.pop(sid, None)
    return output
"""
WORKER = """
def work():
    while not jobs.empty():
        _, row, sid = jobs.get()
        try:
            output.append(self._answer(row, sid))
        finally:
            self._clients.pop(sid, None)
output = []
work()
return output
"""
REFUSED = (
    Case("compares them", queued("PriorityQueue()"), reason=TUPLE),
    Case("holds others, too", queued(fill=FILL + "jobs.put((9, {}, ctx.state_id))"), reason=TUPLE),
    Case(
        "put back",
        queued(*DEQUE, take=WHOLE.replace("    try", "    jobs.append(job)\n    try")),
        reason=TUPLE,
    ),
    Case("kept", queued(*DEQUE, fill=FILL + "self._jobs = jobs\n"), reason=TUPLE),
    Case("waits while it is full", queued("Queue(2)"), reason=TUPLE),
    Case("handed on", queued(*DEQUE, take="return self._drain(jobs)"), DRAIN, TUPLE),
    Case(
        "taken from by another function",
        queued(take=WORKER),
        reason="the id goes through the queue 'jobs' to another function",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, whole=False)
