"""Clients that a context manager of the plugin gives a row, and releases behind its ``yield``."""

# flake8: noqa: E501
# ruff: noqa: E501 - the batch paths stand as authors write them

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.restarting import check_restart

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    with self._borrowed(sid) as client:
        output.append(client.ask(row["prompt"]))
return output
"""
BORROWED = """
@contextmanager
def _borrowed(self, state_id):
    client = self._client(state_id)
    try:
        yield client
    finally:
        self._clients.pop(state_id, None)
"""
AT_ONCE = BORROWED.replace("    client = self._client(state_id)\n", "").replace(
    "yield client", "yield self._client(state_id)"
)
POP = "self._clients.pop(state_id, None)"
BY_ROW = """
def _row(self, row, state_id):
    with self._borrowed(state_id) as client:
        return client.ask(row["prompt"])
"""
ROWS = """
output = []
for i, row in enumerate(rows):
    output.append(self._row(row, f"{ctx.state_id}_row{i}"))
return output
"""
POOLED = """
with ThreadPoolExecutor(2) as executor:
    futures = [
        executor.submit(self._row, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)
    ]
return [future.result() for future in futures]
"""
HANDLING = """
@contextmanager
def _borrowed(self, state_id):
    try:
        yield self._client(state_id)
    except ProviderError:
        logger.warning("failed: %s", state_id)
        self._clients.pop(state_id, None)
    else:
        self._clients.pop(state_id, None)
"""
FIXED = (
    Case("of a local", LOOP, BORROWED),
    Case("at once", LOOP, AT_ONCE),
    Case("under a lock", LOOP, BORROWED.replace(POP, f"with self._lock:\n            {POP}")),
    Case("deleted", LOOP, BORROWED.replace(POP, "del self._clients[state_id]")),
    Case("closed", LOOP, BORROWED.replace(POP, f"client.close()\n        {POP}")),
    Case("by a helper", LOOP, AT_ONCE.replace(POP, "self._release(state_id)")),
    Case(
        "no finally",
        LOOP,
        f"@contextmanager\ndef _borrowed(self, state_id):\n    yield self._client(state_id)\n    {POP}",
    ),
    Case("errors handled", LOOP, HANDLING),
    Case(
        "around what asks",
        LOOP.replace(" as client", "").replace(
            'client.ask(row["prompt"])', "self._answer(row, sid)"
        ),
        BORROWED.replace("    client = self._client(state_id)\n", "").replace(" client", ""),
    ),
    Case("beside a lock", LOOP.replace("with self._b", "with self._other, self._b"), BORROWED),
    Case("in a function that answers a row", ROWS, BY_ROW + BORROWED),
    Case("in a function that a pool runs", POOLED, BY_ROW + BORROWED, ordered=False),
    Case(
        "async",
        LOOP.replace("with self", "async with self").replace(
            "client.ask(", "await client.ask_async("
        ),
        AT_ONCE.replace("@c", "@asyncc").replace("def ", "async def "),
    ),
)
BY_ROWS = "the client is released in a function that is called for each row"
DECORATED = "'_borrowed' is decorated with 'contextmanager'"
REFUSED = (
    Case(
        "entered by others",
        LOOP,
        BORROWED + "\ndef ask(self, sid):\n    with self._borrowed(sid) as client:\n"
        "        return client.ask('x')",
        BY_ROWS,
    ),
    Case(
        "for others to enter",
        LOOP.replace("_borrowed", "borrowed"),
        BORROWED.replace("_borrowed", "borrowed"),
        BY_ROWS,
    ),
    Case(
        "entered later",
        LOOP.replace(
            "    with self._borrowed(sid)", "    held = self._borrowed(sid)\n    with held"
        ),
        BORROWED,
        DECORATED,
    ),
    Case(
        "two yields",
        LOOP,
        BORROWED.replace(
            "        yield client",
            "        if self.done:\n            yield client\n        else:\n            yield client",
        ),
        DECORATED,
    ),
    Case(
        "released under a condition",
        LOOP,
        BORROWED.replace(POP, f"if not self.done:\n            {POP}"),
        "the client is released only under a condition",
    ),
    Case(
        "beside something else",
        LOOP.replace("as client", "as (client, number)"),
        BORROWED.replace("yield client", "yield client, 1"),
        "the client is used in 'yield (client, 1)', where rows could see that they share it",
    ),
    Case(
        "asked what it counted",
        LOOP.replace('client.ask(row["prompt"])', "client._call_index"),
        BORROWED,
        "the client's '_call_index' tells its calls or its id, which rows come to share",
    ),
    Case(
        "kept nowhere",
        LOOP,
        BORROWED.replace("self._client(state_id)", "AuditedClient(self._recorder, state_id)"),
        "a client is constructed for each row, so call_index would restart",
    ),
)


def code_of(case: Case) -> str:
    """Its module, with what it imports."""
    code = case.code.replace("self.done = 0", "self.done = 0\n        self._other = Lock()")
    return code.replace(
        "import logging\n", "from contextlib import asynccontextmanager\nimport logging\n"
    )


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, code_of(case))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, code_of(case), whole=case.reason != DECORATED)


def test_own_id(databases: tuple[Engine, ...]) -> None:
    """SID101: the context manager of each row releases the client of the context's own id."""
    loop = LOOP.replace('    sid = f"{ctx.state_id}_row{i}"\n', "").replace(
        "(sid)", "(ctx.state_id)"
    )
    code = code_of(Case("own", loop, BORROWED))
    check_restart(code, fixed(code), databases)


def test_text() -> None:
    """It goes on giving the client; only its release moves."""
    new = fixed(Case("text", LOOP, BORROWED).code).decode()
    assert (
        """
    @contextmanager
    def _borrowed(self, state_id):
        client = self._client(state_id)
        yield client
"""
        in new
    )
