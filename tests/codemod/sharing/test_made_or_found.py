"""What a row does otherwise where its client is made than where one is found."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

SCENARIOS = ("none", "one", "five", "raising")
LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    known = "no"
    GET
    try:
        output.append((known, client.ask(row["prompt"])))
    finally:
        self._clients.pop(sid, None)
return output
"""
ROWS = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._reply(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
# MADE runs where a client is made, FOUND where one is found.
IN_LOOP = """
client = self._clients.get(sid)
if client is None:
    client = self._clients[sid] = AuditedClient(self._recorder, sid)
    MADE
else:
    FOUND
"""
IN_TRY = """
try:
    client = self._clients[sid]
except KeyError:
    client = self._clients[sid] = AuditedClient(self._recorder, sid)
    MADE
else:
    FOUND
"""
DIFFERS = "the client is made beside 'row', which differs from row to row"
MADE = "for each client that is made, and one is made for all rows"
FOUND = "for each client that is found, and rows find one more often"
WHERE_MADE = {
    "pass": "",
    "timeout = self._pool": "",
    "if self._pool > 8:\n    raise RuntimeError(row['prompt'])": "",
    "assert self._pool < 9, row": "",
    "if self._pool > 8:\n    text = row['prompt']\n    raise RuntimeError(text)": "",
    "try:\n    size = 1\nexcept TypeError as error:\n    raise RuntimeError(row) from error": "",
    "if row['prompt'] == 'p3':\n    raise ValueError(row)": DIFFERS,
    "assert row['prompt'] != 'p3'": DIFFERS,
    "text = row['text']": DIFFERS,
    "known = 'made'": f"'known' is set or changed {MADE}",
    "_ = client.ask('hello')": f"'client.ask('hello')' runs {MADE}",
}
WHERE_FOUND = {
    "pass": "",
    "client = self._clients[sid]": "",
    "known = 'yes'": f"'known' is set or changed {FOUND}",
    "output.append('again')": f"'output' is set or changed {FOUND}",
    "row['again'] = True": f"'row' is set or changed {FOUND}",
    "raise ValueError('twice')": f"'raise ValueError('twice')' runs {FOUND}",
    "continue": f"'continue' runs {FOUND}",
    "if row.get('stop'):\n    break": f"'break' runs {FOUND}",
    "client.ask('again')": f"'client.ask('again')' runs {FOUND}",
}


def _loop(get: str, made: str = "pass", found: str = "pass") -> str:
    get = get.replace("MADE", textwrap.indent(made, " " * 4).strip())
    get = get.replace("FOUND", textwrap.indent(found, " " * 4).strip())
    return module(LOOP.replace("GET", textwrap.indent(get, " " * 4).strip()))


def _check(code: str, reason: str, databases: tuple[Engine, ...]) -> None:
    if reason:
        assert refused(code).reason == reason
    else:
        check(code, fixed(code), databases, SCENARIOS)


@pytest.mark.parametrize("get", [IN_LOOP, IN_TRY], ids=["in a branch", "in a handler"])
@pytest.mark.parametrize("made", WHERE_MADE)
def test_where_one_is_made(made: str, get: str, databases: tuple[Engine, ...]) -> None:
    """What rows looked at for themselves is looked at by the first alone."""
    _check(_loop(get, made=made), WHERE_MADE[made], databases)


@pytest.mark.parametrize("get", [IN_LOOP, IN_TRY], ids=["in a branch", "in a handler"])
@pytest.mark.parametrize("found", WHERE_FOUND)
def test_where_one_is_found(found: str, get: str, databases: tuple[Engine, ...]) -> None:
    """No row came there at its first call."""
    _check(_loop(get, found=found), WHERE_FOUND[found], databases)


def test_a_local_that_is_set_alike(databases: tuple[Engine, ...]) -> None:
    """Which of the two sets it makes no difference."""
    code = _loop(IN_LOOP, "known = 'kept'", "known = 'kept'").replace('"no"', "'kept'")
    _check(code, "", databases)


# What answers a row, where its client is made and where it is found, and what is wrong with it.
REPLIES = {
    "alike": (
        """
        if state_id in self._clients:
            return self._clients[state_id].ask(row["prompt"])
        client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return client.ask(row["prompt"])
        """,
        "",
    ),
    "alike, in branches": (
        """
        client = self._clients.get(state_id)
        if client is None:
            client = AuditedClient(self._recorder, state_id)
            self._clients[state_id] = client
            return client.ask(row["prompt"])
        return client.ask(row["prompt"])
        """,
        "",
    ),
    "something else where it is made": (
        """
        client = self._clients.get(state_id)
        if client is None:
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
            return client.ask("hello " + row["prompt"])
        return client.ask(row["prompt"])
        """,
        f"'return client.ask('hello ' + row['prompt'])' runs {MADE}",
    ),
    "nothing where it is found": (
        """
        if state_id in self._clients:
            return None
        client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return client.ask(row["prompt"])
        """,
        f"'return client.ask(row['prompt'])' runs {MADE}",
    ),
    "a line behind a branch that returns": (
        """
        with self._lock:
            if state_id in self._clients:
                return self._clients[state_id].ask(row["prompt"])
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        logger.info("made")
        return client.ask(row["prompt"])
        """,
        "a line is logged for each client that is made, and one is made for all rows",
    ),
    "a count behind an else": (
        """
        if state_id in self._clients:
            return self._clients[state_id].ask(row["prompt"])
        else:
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        self.done += 1
        return client.ask(row["prompt"])
        """,
        f"'self.done += 1' runs {MADE}",
    ),
    "none for some": (
        """
        client = self._clients.get(state_id)
        if client is None:
            if row.get("skip"):
                return None
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return client.ask(row["prompt"])
        """,
        DIFFERS,
    ),
    "in a loop": (
        """
        while True:
            try:
                return self._clients[state_id].ask(row["prompt"])
            except KeyError:
                self._clients[state_id] = AuditedClient(self._recorder, state_id)
        """,
        f"'return self._clients[state_id].ask(row['prompt'])' runs {FOUND}",
    ),
    "none for all": (
        """
        client = self._clients.get(state_id)
        if client is None:
            if self._pool > 8:
                return None
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return client.ask(row["prompt"])
        """,
        "",
    ),
}


@pytest.mark.parametrize("name", REPLIES)
def test_replies(name: str, databases: tuple[Engine, ...]) -> None:
    reply, reason = REPLIES[name]
    body = textwrap.indent(textwrap.dedent(reply).strip(), " " * 4)
    code = module(ROWS, f"def _reply(self, row, state_id):\n{body}")
    if reason:
        assert refused(code).reason == reason
    else:
        check(code, fixed(code), databases, (*SCENARIOS, "skipping"))


def test_a_loop_that_gives_the_client(databases: tuple[Engine, ...]) -> None:
    """Whoever makes it, it is looked up again."""
    beside = """
    def _own(self, state_id):
        while True:
            try:
                return self._clients[state_id]
            except KeyError:
                self._clients[state_id] = AuditedClient(self._recorder, state_id)

    def _reply(self, row, state_id):
        return self._own(state_id).ask(row["prompt"])
    """
    code = module(ROWS, beside)
    check(code, fixed(code), databases, SCENARIOS)
