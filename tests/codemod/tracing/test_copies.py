"""Contexts that are copied for a row, and given its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
import copy
output = []
for i, row in enumerate(rows):
    row_ctx = copy.copy(ctx)
    row_ctx.state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._of(row, row_ctx))
    finally:
        self._clients.pop(row_ctx.state_id, None)
return output
"""
OF = """
def _of(self, row: dict[str, Any], ctx: PluginContext) -> dict[str, Any]:
    assert ctx.state_id is not None
    return {**self._answer(row, ctx.state_id), "run": ctx.run_id}
"""
STORED = "the id is stored as 'row_ctx.state_id'"
COPY = "    row_ctx = copy.copy(ctx)\n"
TRY = "    try:\n"
FIXED = (
    Case("a copy", LOOP, OF),
    Case(
        "imported by itself",
        LOOP.replace("import copy", "from copy import copy as again").replace(
            "copy.copy", "again"
        ),
        OF,
    ),
    Case(
        "given a local",
        LOOP.replace("row_ctx.state_id = f", "sid = f").replace(
            TRY, f"    row_ctx.state_id = sid\n{TRY}"
        ),
        OF,
    ),
    Case("also logged", LOOP.replace(TRY, f'    logger.info("row of %s", row_ctx)\n{TRY}'), OF),
    Case(
        "remade",
        LOOP.replace("import copy", "import dataclasses as dc")
        .replace("copy.copy(ctx)\n    row_ctx.state_id = f", "dc.replace(ctx, state_id=f")
        .replace('row{i}"', 'row{i}")'),
        OF,
    ),
)
REFUSED = (
    Case("a deep copy", LOOP.replace("copy.copy", "copy.deepcopy"), OF, STORED),
    Case("the context itself", LOOP.replace("copy.copy(ctx)", "ctx"), OF, STORED),
    Case("a copy by what is not seen", LOOP.replace("import copy\n", ""), OF, STORED),
    Case(
        "used before",
        LOOP.replace(COPY, f"{COPY}    output.append(self._of(row, row_ctx))\n"),
        OF,
        STORED,
    ),
    Case("given another", LOOP.replace(TRY, f"    row_ctx.state_id = 'x'\n{TRY}"), OF, STORED),
    Case("given more", LOOP.replace(TRY, f"    row_ctx.run_id = 'x'\n{TRY}"), OF, STORED),
    Case("kept", LOOP.replace(TRY, f"    self._now = row_ctx\n{TRY}"), OF, STORED),
    Case("handed on", LOOP.replace(TRY, f"    audit(row_ctx)\n{TRY}"), OF, STORED),
    Case(
        "made once",
        LOOP.replace(COPY, "").replace("output = []", f"output = []\n{COPY.lstrip()}"),
        OF,
        STORED,
    ),
    Case("of an object not seen", LOOP.replace("(ctx)", "(self._other)"), OF, STORED),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)
