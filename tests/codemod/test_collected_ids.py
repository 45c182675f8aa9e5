"""Ids made beforehand and kept in lists, tuples and dictionaries, with releases that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.sources import ROW_METHOD

if TYPE_CHECKING:
    from sqlalchemy import Engine

LIST = 'ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]'
TYPED = LIST.replace("ids =", "ids: list[str] =")
TUPLE = 'ids = tuple(f"{ctx.state_id}_row{i}" for i in range(len(rows)))'
DICT = 'ids = {i: f"{ctx.state_id}_row{i}" for i in range(len(rows))}'
FILLED = """
ids: list[str] = []
for i in range(len(rows)):
    ids.append(f"{ctx.state_id}_row{i}")
"""
BY_INDEX = """
output = []
for i, row in enumerate(rows):
    try:
        output.append(self._answer(row, ids[i]))
    finally:
        self._clients.pop(ids[i], None)
return output
"""
BESIDE = """
output = []
for row, state_id in zip(rows, ids, strict=True):
    try:
        output.append(self._answer(row, state_id))
    finally:
        with self._lock:
            self._clients.pop(state_id, None)
return output
"""
NUMBERED = BESIDE.replace(
    "for row, state_id in zip(rows, ids, strict=True)",
    "for i, (row, state_id) in enumerate(zip(rows, ids))",
)
THREE = "names = [row['id'] for row in rows]" + BESIDE.replace(
    "row, state_id", "row, name, state_id", 1
).replace("rows, ids", "rows, names, ids")
WALKED = """
output = []
for i, state_id in enumerate(ids):
    try:
        output.append(self._answer(rows[i], state_id))
    finally:
        self._release(state_id)
return output
"""
USED = """
output = []
used = []
for i, row in enumerate(rows):
    row_state_id = f"{ctx.state_id}_row{i}"
    used.append(row_state_id)
    output.append(self._answer(row, row_state_id))
for state_id in used:
    self._clients.pop(state_id, None)
return output
"""
POPPED = "self._clients.pop(state_id, None)"
CLOSED = f"client = {POPPED}\n    if client is not None:\n        client.close()"
DROPPED = "self._drop(state_id)"
DROP = f"\ndef _drop(self, state_id):\n    {CLOSED}\n"
EACH = "\nreturn self._each(rows, ids, self._row)"
WITH = """
def _each(self, rows, ids, call):
    return [call(row, state_id) for row, state_id in zip(rows, ids)]
"""
MADE = {"list": LIST, "typed list": TYPED, "tuple": TUPLE, "filled list": FILLED}
WALKS = {
    "by index": BY_INDEX,
    "beside": BESIDE,
    "numbered": NUMBERED,
    "three": THREE,
    "walked": WALKED,
}
FIXED = (
    *(
        Case(f"{made}, {walked}", f"{MADE[made]}\n{WALKS[walked]}")
        for made in MADE
        for walked in WALKS
    ),
    Case("dictionary", DICT + BY_INDEX),
    Case("typed dictionary", DICT.replace("ids =", "ids: dict[int, str] =") + BY_INDEX),
    Case("kept for the release", USED),
    Case("kept for the release, which closes", USED.replace(POPPED, CLOSED)),
    Case("kept for the release, which closes by a helper", USED.replace(POPPED, DROPPED), DROP),
    Case(
        "made beforehand, closed behind",
        BESIDE.replace("    try:\n    ", "    if True:\n    ")
        .replace("    finally:\n        with self._lock:\n            " + POPPED + "\n", "")
        .replace("output = []", f"{LIST}\noutput = []")
        .replace("return", f"for state_id in ids:\n    {CLOSED}\nreturn"),
    ),
    Case("handed to a helper with what it calls", LIST + EACH, WITH + ROW_METHOD),
)
JOBS = """
jobs = [(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
try:
    return [self._answer(row, sid) for row, sid in jobs]
finally:
    with self._lock:
        END
"""
SWEEPS = {
    "taken apart": "for _, sid in jobs:\n    self._clients.pop(sid, None)",
    "asked": "for job in jobs:\n    self._clients.pop(job[1], None)",
    "where there is one": (
        "for _, sid in jobs:\n    if sid in self._clients:\n        del self._clients[sid]"
    ),
}
MORE = {
    "counts": "for _, sid in jobs:\n    self.done += 1\n    self._clients.pop(sid, None)",
    "tells": "for _, sid in jobs:\n    self._clients.pop(sid, None)\nself.done = len(jobs)",
}
ELSE = "the ids are collected for something else than a walk beside the rows"
REFUSED = (
    Case(
        "dictionary that is walked",
        DICT + WALKED.replace("enumerate(ids)", "ids.items()"),
        reason=ELSE,
    ),
    Case("dictionary that is asked", DICT + BY_INDEX.replace("ids[i]", "ids.get(i)"), reason=ELSE),
    Case(
        "filled list that is given back",
        FILLED + BESIDE.replace("return output", "return ids"),
        reason=ELSE,
    ),
    Case("filled list with something else", FILLED + "ids.append('more')\n" + BESIDE, reason=ELSE),
    Case("list that was not empty", FILLED.replace("[]\n", "['more']\n") + BESIDE, reason=ELSE),
    Case(
        "filled list that is replaced",
        FILLED + "ids = list(reversed(ids))\n" + BESIDE,
        reason=ELSE,
    ),
    Case(
        "handed to a helper that keeps them",
        LIST + EACH,
        WITH.replace("    return", "    self.ids = ids\n    return") + ROW_METHOD,
        reason=ELSE,
    ),
    Case(
        "set of ids",
        FILLED + BESIDE.replace("return output", "return [len(set(ids))]"),
        reason=ELSE,
    ),
    Case(
        "released for the row before",
        LIST
        + BY_INDEX.replace(
            "self._clients.pop(ids[i]", "if i:\n            self._clients.pop(ids[i - 1]"
        ),
        reason="the client is released only under a condition",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


def _swept(end: str) -> Case:
    return Case(end, JOBS.replace("END", end.replace("\n", "\n        ")))


@pytest.mark.parametrize("name", SWEEPS)
def test_released_of_jobs_under_a_lock(name: str, databases: tuple[Engine, ...]) -> None:
    """The loop stays: from the second round on there is no client any more."""
    check_fixed(_swept(SWEEPS[name]), databases, rows=("none", "five", "raising"))


def test_a_loop_over_jobs_that_does_more() -> None:
    reason = "the client is released inside a 'with' that holds more than the release"
    check_refused(_swept(MORE["counts"])._replace(reason=reason))


def test_more_beside_the_loop_over_jobs(databases: tuple[Engine, ...]) -> None:
    check_fixed(_swept(MORE["tells"]), databases, rows=("none", "five", "raising"))


USED_SET = """
used = set()
output = []
try:
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        used.add(sid)
        output.append(self._answer(row, sid))
finally:
    END
return output
"""
SET_SWEEPS = {
    "by a helper": "for each in used:\n    self._release(each)",
    "under a lock": (
        "with self._lock:\n    for each in used:\n        self._clients.pop(each, None)"
    ),
}
SET_USES = {
    "counted": "for each in used:\n    self._release(each)\nself.done = len(used)",
    "more for each": "for each in used:\n    self.done += 1\n    self._release(each)",
    "sorted": "for each in sorted(used):\n    self._release(each)",
    "joined": "used |= {'more'}\nfor each in used:\n    self._release(each)",
    "begun with others": "for each in used:\n    self._release(each)",
}


def _with_set(end: str) -> Case:
    return Case(end, USED_SET.replace("END", end.replace("\n", "\n    ")))


@pytest.mark.parametrize("name", SET_SWEEPS)
def test_a_set_that_is_walked_to_release(name: str, databases: tuple[Engine, ...]) -> None:
    check_fixed(_with_set(SET_SWEEPS[name]), databases, rows=("none", "five", "raising"))


@pytest.mark.parametrize("name", SET_USES)
def test_a_set_that_is_used_otherwise(name: str) -> None:
    """It would hold one id where there were many."""
    case = _with_set(SET_USES[name])
    if name == "begun with others":
        case = case._replace(method=case.method.replace("set()", "{'more'}"))
    check_refused(case._replace(reason=ELSE))
