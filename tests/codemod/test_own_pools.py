"""Rows that a pool of the project's own runs, which submits them to an executor's threads."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

POOL = """
class OwnPool:
    def __init__(self, size=2):
        self._executor = ThreadPoolExecutor(size)

    def submit(self, function, *args, **kwargs):
        \"\"\"Run it in a thread.\"\"\"
        return self._executor.submit(function, *args, **kwargs)

    def shutdown(self):
        self._executor.shutdown(wait=True)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.shutdown()
"""
ROW = """
def _row(self, row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        self._release(state_id)
"""
SUBMITTED = """
futures = [
    POOL.submit(self._row, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)
]
"""
RESULTS = "return [future.result() for future in futures]\n"
WAITED = f"{SUBMITTED}wait(futures)\n{RESULTS}"
SHUT = f"""
pool = OwnPool()
try:
    {textwrap.indent(WAITED.replace("POOL", "pool"), "    ").strip()}
finally:
    pool.shutdown()
"""
ENTERED = f"""
with OwnPool() as pool:
    {textwrap.indent(SUBMITTED.replace("POOL", "pool"), "    ").strip()}
{RESULTS}
"""
KEPT = WAITED.replace("POOL", "self._own")
FIXED = {
    "waited for": (KEPT, POOL),
    "waited for, one by one": (
        """
futures = []
for i, row in enumerate(rows):
    futures.append(self._own.submit(self._row, row, f"{ctx.state_id}_row{i}"))
wait(futures)
return [future.result() for future in futures]
""",
        POOL,
    ),
    "shut down": (SHUT, POOL),
    "entered": (ENTERED, POOL),
    "with a parameter for each": (
        KEPT,
        POOL.replace("*args, **kwargs)", "row, state_id)"),
    ),
}
LATER = "the id is handed to a thread that may run after the release"
REFUSED = {
    "asked in turn": (KEPT.replace("wait(futures)\n", ""), POOL, LATER),
    "waited for until one raises": (
        KEPT.replace("(futures)", "(futures, return_when='FIRST_EXCEPTION')"),
        POOL,
        LATER,
    ),
    "another future": (
        KEPT,
        POOL.replace(
            "return self._executor.submit(function, *args, **kwargs)",
            "inner = self._executor.submit(function, *args, **kwargs)\n"
            "        return self._executor.submit(bool, inner)",
        ),
        LATER,
    ),
    "left open behind its 'with'": (ENTERED, POOL.replace("wait=True", "wait=False"), LATER),
    "in processes": (
        KEPT,
        POOL.replace("ThreadPool", "ProcessPool"),
        "rows may run in several processes, each with a client of its own",
    ),
}


def code_of(method: str, pool: str) -> str:
    """A module with that batch path and that pool."""
    code = Case("", method, ROW).code.replace(
        "self.done = 0", "self.done = 0\n        self._own = OwnPool()"
    )
    code = code.replace("import ThreadPoolExecutor", "import ThreadPoolExecutor, wait")
    return code.replace("class Transform:", f"{pool.strip()}\n\n\nclass Transform:", 1)


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, databases: tuple[Engine, ...]) -> None:
    method, pool = FIXED[name]
    check_fixed(Case(name, method, ordered=False), databases, code_of(method, pool))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    method, pool, reason = REFUSED[name]
    check_refused(Case(name, method, reason=reason), code_of(method, pool))
