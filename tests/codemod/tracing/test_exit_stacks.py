"""Clients that an ``ExitStack`` releases: a row's own moves out, one around all rows may stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.restarting import check_restart
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROW = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    # the row
    with ExitStack() as stack:
        stack.callback(self._clients.pop, state_id, None)  # its client
        output.append(self._answer(row, state_id))
return output
"""
AROUND = """
output = []
with ExitStack() as stack:
    for i, row in enumerate(rows):
        state_id = f"{ctx.state_id}_row{i}"
        stack.callback(self._clients.pop, state_id, None)
        output.append(self._answer(row, state_id))
return output
"""
HELPED = ROW.replace("self._clients.pop, state_id, None", "self._end, state_id")
END = """
def _end(self, state_id):
    client = self._clients.pop(state_id, None)
    if client is not None:
        client.close()
"""
LATER = 'output.append(self._answer({"prompt": "x"}, f"{ctx.state_id}_last"))\nreturn output'
FIXED = (
    Case("of the row", ROW),
    Case(
        "of the row, left early",
        ROW.replace(
            "        out", "        if row.get('stop'):\n            return output\n        out"
        ),
    ),
    Case(
        "of the row, in place",
        ROW.replace("self._answer(row, state_id)", "self._answer(row, state_id=state_id)"),
    ),
    Case(
        "of the row, handled",
        ROW.replace("    # the row\n", "    try:\n     # the row\n")
        .replace("    with", "     with")
        .replace("        stack", "         stack")
        .replace("        out", "         out")
        .replace(
            "return output",
            "    except ProviderError:\n        output.append(None)\nreturn output",
        ),
    ),
    Case("by a helper", HELPED, END),
    Case("by a helper that only releases", HELPED.replace("_end", "_release")),
    Case("around all rows", AROUND),
    Case(
        "of the row, and nothing else in it",
        ROW.replace("        output.append(self._answer(row, state_id))\n", "").replace(
            "    # the row", "    output.append(self._answer(row, state_id))\n    # the row"
        ),
    ),
    Case(
        "around all rows, with something else",
        AROUND.replace("    for i", '    stack.callback(logger.info, "done")\n    for i'),
    ),
    Case(
        "around all rows, another use inside",
        AROUND.replace("return output", f"    {LATER}".replace("\nreturn", "\nreturn")),
    ),
)
REFUSED = (
    Case(
        "of the row, with something else",
        ROW.replace("        out", '        stack.callback(logger.info, "done")\n        out'),
        reason="the stack that releases the client does something else for the row",
    ),
    Case(
        "of the row, with a lock",
        ROW.replace("as stack", "as stack, self._lock"),
        reason="the id is handed to 'stack.callback', which cannot be seen",
    ),
    Case(
        "strict",
        ROW.replace("state_id, None)", "state_id)"),
        reason="the id is handed to 'stack.callback', which cannot be seen",
    ),
    Case(
        "around all rows, by a helper",
        AROUND.replace("self._clients.pop, state_id, None", "self._release, state_id"),
        reason="the id is handed to 'stack.callback', which cannot be seen",
    ),
    Case(
        "by a helper that is strict",
        HELPED,
        "def _end(self, state_id):\n    del self._clients[state_id]\n",
        reason="'_end' releases the client, and not in a form that can be moved",
    ),
    Case(
        "by a helper that does more",
        HELPED,
        END.replace("    if", "    logger.info('done')\n    if"),
        reason="'_end' releases the client, and not in a form that can be moved",
    ),
    Case(
        "by a helper that is not seen",
        HELPED.replace("self._end", "answer"),
        reason="the id is handed to 'stack.callback', which cannot be seen",
    ),
    Case(
        "by a helper, with something else",
        HELPED.replace("        out", '        stack.callback(logger.info, "done")\n        out'),
        END,
        reason="the stack that releases the client does something else for the row",
    ),
    Case(
        "of somebody else",
        AROUND.replace("with ExitStack() as stack:", "with self._lock:").replace(
            "stack.call", "self.stack.call"
        ),
        "stack: Any = None",
        reason="the id is handed to 'self.stack.callback', which cannot be seen",
    ),
    Case(
        "around all rows, closed by each",
        AROUND.replace("return output", "").replace(
            "state_id))", "state_id))\n        stack.close()"
        )
        + "return output",
        reason="the stack that releases the client is used otherwise while rows run",
    ),
    Case(
        "around all rows, handed on",
        AROUND.replace("        output", "        self.keep(stack)\n        output"),
        "def keep(self, stack):\n    stack.pop_all()\n",
        reason="the stack that releases the client is used otherwise while rows run",
    ),
    Case(
        "around all rows, bound again",
        AROUND.replace("        stack", "        stack = ExitStack()\n        stack"),
        reason="the stack that releases the client is used otherwise while rows run",
    ),
    Case(
        "around all rows, and another use behind",
        AROUND.replace("return output", LATER),
        reason="an ExitStack releases the client before the last use of the id",
    ),
    Case(
        "around rows in threads that run on",
        AROUND.replace("self._answer(row,", "pool.submit(self._answer, row,").replace(
            "with", "pool = ThreadPoolExecutor(2)\nwith"
        ),
        reason="the id is handed to a thread that may run after the release",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "five", "raising", "stopping"))


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)


def test_nothing_of_the_stack_is_left(databases: tuple[Engine, ...]) -> None:
    """Also where the id is shared already, and only the release stands in the wrong place."""
    code = module(ROW.replace('f"{ctx.state_id}_row{i}"', "ctx.state_id"))
    new = fixed(code)
    assert b"tack" not in new
    assert b"finally:\n            self._clients.pop(state_id, None)  # its client\n" in new
    check_restart(code, new, databases, ("none", "five", "raising"))
