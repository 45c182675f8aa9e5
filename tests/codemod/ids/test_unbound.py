"""Ids that are read behind the loop that binds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.sources import POPPED

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = f"\nBEFORE{POPPED}".replace("return output", "AFTER\nreturn output")
UNBOUND = "'sid' is read behind the loop, where a batch without rows has bound none"


def loop(after: str, before: str = "") -> str:
    """A batch path with more behind its loop, or before it."""
    return LOOP.replace("AFTER", after).replace("BEFORE\n", before)


REFUSED = [
    Case("logged", loop('logger.info("last: %s", sid)'), reason=UNBOUND),
    Case("asked for", loop('output.append(self._answer({"prompt": "all"}, sid))'), reason=UNBOUND),
    Case("released", loop("self._clients.pop(sid, None)"), reason=UNBOUND),
    Case(
        "under a condition that tells nothing of the rows",
        loop('if self._pool >= 0:\n    logger.info("last: %s", sid)'),
        reason=UNBOUND,
    ),
    Case(
        "in the loop's else",
        loop('else:\n    logger.info("last: %s", sid)'),
        reason=UNBOUND,
    ),
    Case(
        "caught",
        "try:\n"
        + "".join(f"    {line}\n" for line in loop('logger.info("%s", sid)').strip().splitlines())
        + "except UnboundLocalError:\n    return []\n",
        reason=UNBOUND,
    ),
]
FIXED = [
    Case("where there are rows", loop('if rows:\n    logger.info("last: %s", sid)')),
    Case("where there are answers", loop('if output:\n    logger.info("last: %s", sid)')),
    Case(
        "behind a check",
        loop('logger.info("last: %s", sid)', "if not rows:\n    return []\n"),
    ),
    Case(
        "behind another check",
        loop('logger.info("%s", sid)', "if len(rows) == 0:\n    return []\n"),
    ),
    Case(
        "in a handler",
        "output = []\ntry:\n    for i, row in enumerate(rows):\n"
        '        sid = f"{ctx.state_id}_row{i}"\n'
        "        output.append(self._answer(row, sid))\n"
        "        self._clients.pop(sid, None)\n"
        'except ProviderError:\n    logger.info("failed: %s", sid)\n    raise\nreturn output\n',
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    """Without a row, the name was not bound, and what read it raised."""
    check_refused(case)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    """Twin: what reads it is not come to without a row."""
    check_fixed(case, databases, rows=("none", "one", "five", "raising"))
