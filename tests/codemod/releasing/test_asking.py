"""Releases that ask first whether there is an id: the context's may be ``None`` by its type."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.restarting import check_restart
from tests.codemod.sources import IN_FINALLY

if TYPE_CHECKING:
    from sqlalchemy import Engine

BY_ROW = """
output = []
for i, row in enumerate(rows):
    output.append(self._row(row, i, ctx))
return output
"""
ROW = """
def _row(self, row: dict[str, Any], i: int, ctx: PluginContext) -> dict[str, Any]:
    sid = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(row, sid)
    finally:
        RELEASE
"""
IN_PLACE = """
def _row(self, row: dict[str, Any], i: int, ctx: PluginContext) -> dict[str, Any]:
    try:
        return self._answer(row, f"{ctx.state_id}_row{i}")
    finally:
        self._release(f"{ctx.state_id}_row{i}")
"""
# The same under the context's own id: the release restarts 'call_index'.
OWN = """
def _row(self, row: dict[str, Any], ctx: PluginContext) -> dict[str, Any]:
    try:
        return self._answer(row, ctx.state_id)
    finally:
        RELEASE
"""
DROPS = {
    "asks whether it has one": """
def _drop(self, state_id: str | None) -> None:
    if state_id is not None:
        self._clients.pop(state_id, None)
""",
    "leaves where it has none": """
def _drop(self, state_id: str | None) -> None:
    \"\"\"Forget a client.\"\"\"
    if state_id is None:
        return
    with self._lock:
        self._clients.pop(state_id, None)
""",
    "leaves where it has none, and closes": """
def _drop(self, state_id: str | None) -> None:
    if not state_id:
        return
    client = self._clients.pop(state_id, None)
    if client is not None:
        client.close()
""",
}
GUARDS = {
    "is one": "if ID is not None:\n    self._clients.pop(ID, None)",
    "for its truth": "if ID:\n    with self._lock:\n        self._clients.pop(ID, None)",
    "by a helper": "if ID is not None:\n    self._release(ID)",
}


def released(text: str, release: str, name: str = "sid") -> str:
    """``text`` with a release of the id ``name``."""
    line = next(each for each in text.splitlines() if each.strip() == "RELEASE")
    indent = line.removesuffix("RELEASE")
    return text.replace(line, textwrap.indent(release.replace("ID", name), indent))


@pytest.mark.parametrize("drop", DROPS.values(), ids=list(DROPS))
def test_helper(drop: str, databases: tuple[Engine, ...]) -> None:
    check_fixed(Case("a loop", released(IN_FINALLY, "self._drop(sid)"), drop), databases)
    row = released(ROW, "self._drop(sid)")
    check_fixed(Case("a function", BY_ROW, row + drop), databases)


@pytest.mark.parametrize("guard", GUARDS.values(), ids=list(GUARDS))
def test_guard(guard: str, databases: tuple[Engine, ...]) -> None:
    check_fixed(Case("a loop", released(IN_FINALLY, guard)), databases)
    check_fixed(Case("a function", BY_ROW, released(ROW, guard)), databases)


@pytest.mark.parametrize("guard", GUARDS.values(), ids=list(GUARDS))
def test_guard_of_the_own_id(guard: str, databases: tuple[Engine, ...]) -> None:
    loop = IN_FINALLY.replace('    sid = f"{ctx.state_id}_row{i}"\n', "").replace(
        "sid)", "ctx.state_id)"
    )
    by_row = BY_ROW.replace("row, i, ctx", "row, ctx")
    for case in (
        Case("a loop", released(loop, guard, "ctx.state_id")),
        Case("a function", by_row, released(OWN, guard, "ctx.state_id")),
    ):
        new = fixed(case.code)
        check_restart(case.code, new, databases)
        # Read once, before the loop: the context may be bound anew by then.
        assert b"        finally:\n            if state_id" in new


def test_ids_in_place(databases: tuple[Engine, ...]) -> None:
    """What may be None by its type is made a text, and released where that was checked."""
    case = Case("in place", BY_ROW, IN_PLACE)
    check_fixed(case, databases)
    assert b"finally:\n            self._release(state_id)\n" in fixed(case.code)


@pytest.mark.parametrize(
    "release",
    [
        "if ctx.run_id is not None:\n    self._clients.pop(sid, None)",
        "if sid is not None and i:\n    self._clients.pop(sid, None)",
        "if sid is None:\n    self._clients.pop(sid, None)",
    ],
)
def test_another_guard(release: str) -> None:
    reason = "the client is released only under a condition"
    check_refused(Case("another", released(IN_FINALLY, release), reason=reason))
