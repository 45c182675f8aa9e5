"""Inner functions that make the row's id, or take it, and release its client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS
from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed

if TYPE_CHECKING:
    from sqlalchemy import Engine

MAKES = """
def handle(i, row):
    row_state_id = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(row, row_state_id)
    finally:
        # the row's client
        self._clients.pop(row_state_id, None)

"""
IN_PLACE = """
def handle(i, row):
    try:
        return self._answer(row, f"{ctx.state_id}_row{i}")
    finally:
        with self._lock:
            self._clients.pop(f"{ctx.state_id}_row{i}", None)

"""
TAKES = """
def ask(row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        self._clients.pop(state_id, None)

"""
EACH = """
output = []
for i, row in enumerate(rows):
    output.append(handle(i, row))
return output
"""
TWICE = """
output = []
for i, row in enumerate(rows):
    output.append(handle(i, row))
for i, row in enumerate(rows):
    output.append(handle(i + 10, row))
return output
"""
CAUGHT = """
output = []
for i, row in enumerate(rows):
    try:
        output.append(handle(i, row))
    except ProviderError:
        output.append({})
return output
"""
AWAITED = MAKES.replace("def handle", "async def handle").replace(
    "self._answer(row, row_state_id)",
    'await self._client(row_state_id).ask_async(row["prompt"])',
) + EACH.replace("handle(i", "await handle(i")
FIXED = (
    Case("makes the id", MAKES + EACH),
    Case("makes the id in place", IN_PLACE + EACH),
    Case(
        "releases by a helper",
        MAKES.replace("_clients.pop(row_state_id, None)", "_release(row_state_id)") + CAUGHT,
    ),
    Case("in a comprehension", MAKES + "return [handle(i, row) for i, row in enumerate(rows)]"),
    Case("called in two loops", MAKES + TWICE),
    Case("awaited", AWAITED),
    Case(
        "the loop in it, called twice",
        """
        def batch(some):
            output = []
            for row in some:
                sid = f"{ctx.state_id}_{row.get('id')}"
                output.append(self._answer(row, sid))
                self._clients.pop(sid, None)
            return output
        return batch(rows[:2]) + batch(rows[2:])
        """,
    ),
    Case(
        "takes the id",
        TAKES + EACH.replace("handle(i, row)", 'ask(row, f"{ctx.state_id}_row{i}")'),
    ),
)
REFUSED = (
    Case("handed to map", MAKES + "return list(map(handle, range(len(rows)), rows))"),
    Case("kept", MAKES + "self.handle = handle" + EACH),
    Case(
        "called in a generator",
        MAKES + "return list(handle(i, row) for i, row in enumerate(rows))",
    ),
    Case(
        "called in another",
        MAKES
        + "def outer(i, row):\n    return handle(i, row)\n"
        + EACH.replace("handle", "outer"),
    ),
    Case(
        "beside another id",
        MAKES
        + EACH.replace("    output", '    self._answer(row, f"{ctx.state_id}_{i}")\n    output'),
    ),
    Case(
        "under a lock of its own",
        MAKES.replace("    try:", "    lock = Lock()\n    try:").replace(
            "        self._clients.pop(row_state_id, None)",
            "        with lock:\n            self._clients.pop(row_state_id, None)",
        )
        + EACH,
    ),
    Case("not awaited", AWAITED.replace("await handle", "handle") + "await self.nothing()"),
    Case("never called", MAKES + "return []"),
    Case("decorated", MAKES.replace("\ndef", "\n@str\ndef") + EACH),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case._replace(reason=RELEASED_BY_ROWS))


def test_shape() -> None:
    """The id is bound before the function, the release goes around its calls."""
    assert (
        "        state_id = ctx.state_id\n\n"
        "        def handle(_i, row):\n"
        "            return self._answer(row, state_id)\n\n\n"
        "        output = []\n"
        "        try:\n"
        "            for i, row in enumerate(rows):\n"
        "                output.append(handle(i, row))\n"
        "        finally:\n"
        "            # the row's client\n"
        "            self._clients.pop(state_id, None)\n"
        "        return output\n"
    ) in fixed(Case("shape", MAKES + EACH).code).decode()
