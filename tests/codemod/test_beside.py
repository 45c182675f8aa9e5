"""What else happens where a client is made, or where one is found."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._own(sid).ask(row["prompt"]))
        output.append(self._own(sid).ask("again"))
    finally:
        self._clients.pop(sid, None)
return output
"""
MAKE = "AuditedClient(self._recorder, state_id)"
HELPERS = """
def _text(self):
    return "x".strip()

def _options(self):
    options = {}
    options["timeout"] = 1
    return list(options)

def _says(self):
    logger.info("making")
    return self._recorder

def _says_so(self):
    return self._says()

def _counts(self):
    self.done += 1
    return self._recorder

@contextmanager
def _timed(self):
    print("x")
    yield
"""
RUNS = "runs for each client that is made"
MADE = {
    "nothing": (f"client = {MAKE}", ""),
    "text": (f"text = self._text()\nclient = {MAKE}", ""),
    "options": (f"options = self._options()\nclient = {MAKE}", ""),
    "under a lock": (f"with self._lock:\n    client = {MAKE}", ""),
    "said": (f"logger.info('making')\nclient = {MAKE}", "a line is logged for each client"),
    "said behind": (f"client = {MAKE}\nlogger.info('made')", "a line is logged for each client"),
    "counted": (f"self.done += 1\nclient = {MAKE}", f"'self.done += 1' {RUNS}"),
    "said by a helper": (
        "client = AuditedClient(self._says(), state_id)",
        f"'self._says()' {RUNS}",
    ),
    "said by a helper's helper": (
        f"recorder = self._says_so()\nclient = {MAKE}",
        f"'self._says_so()' {RUNS}",
    ),
    "counted by a helper": (
        f"recorder = self._counts()\nclient = {MAKE}",
        f"'self._counts()' {RUNS}",
    ),
    "by a context manager": (
        f"with self._timed():\n    client = {MAKE}",
        f"'self._timed()' {RUNS}",
    ),
    "by a test": (f"if self._counts():\n    pass\nclient = {MAKE}", f"'self._counts()' {RUNS}"),
    "at last": (
        f"try:\n    client = {MAKE}\nfinally:\n    self.done += 1",
        f"'self.done += 1' {RUNS}",
    ),
}
GUARDS = {
    "in a branch": (
        "if state_id not in self._clients:\n    MADE\n    self._clients[state_id] = client\n"
        "return self._clients[state_id]"
    ),
    "behind a return": (
        "if state_id in self._clients:\n    return self._clients[state_id]\n"
        "MADE\nself._clients[state_id] = client\nreturn client"
    ),
}


def code_of(body: str) -> str:
    own = textwrap.indent(body, " " * 4)
    return module(LOOP, f"def _own(self, state_id):\n{own}\n{HELPERS}")


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("name", MADE)
def test_where_one_is_made(name: str, guard: str, databases: tuple[Engine, ...]) -> None:
    """The fix makes one where there were as many as rows."""
    text, reason = MADE[name]
    indented = textwrap.indent(text, " " * 4).lstrip() if guard == "in a branch" else text
    code = code_of(GUARDS[guard].replace("MADE", indented))
    if reason:
        assert refused(code).reason.startswith(reason)
    else:
        check(code, fixed(code), databases, ("none", "one", "five", "raising"))


FOUND = {
    "in an if": (
        "if state_id in self._clients:\n    FOUND\n    return self._clients[state_id]\n"
        f"client = self._clients[state_id] = {MAKE}\nreturn client"
    ),
    "in an else": (
        "client = self._clients.get(state_id)\nif client is None:\n"
        f"    client = self._clients[state_id] = {MAKE}\nelse:\n    FOUND\nreturn client"
    ),
    "in the other branch": (
        "client = self._clients.get(state_id)\nif client is not None:\n    FOUND\nelse:\n"
        f"    client = self._clients[state_id] = {MAKE}\nreturn client"
    ),
    "behind a branch that returns": (
        "client = self._clients.get(state_id)\nif client is None:\n"
        f"    client = self._clients[state_id] = {MAKE}\n    return client\nFOUND\nreturn client"
    ),
    "in a try": (
        "try:\n    client = self._clients[state_id]\n    FOUND\nexcept KeyError:\n"
        f"    client = self._clients[state_id] = {MAKE}\nreturn client"
    ),
    "behind a handler that returns": (
        "try:\n    client = self._clients[state_id]\nexcept KeyError:\n"
        f"    client = self._clients[state_id] = {MAKE}\n    return client\nFOUND\nreturn client"
    ),
}
ACTS = {
    "pass": False,
    "text = self._text()": False,
    "assert state_id": False,
    "logger.info('found')": True,
    "self.done += 1": True,
    "self._says()": True,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("place", FOUND)
def test_where_one_is_found(place: str, act: str, databases: tuple[Engine, ...]) -> None:
    """The first row found none at its first call, and no row does so any more but the first."""
    code = code_of(FOUND[place].replace("FOUND", act))
    if ACTS[act]:
        reason = refused(code).reason
        assert "runs for each client that is found, and rows find one more often" in reason
    else:
        check(code, fixed(code), databases, ("none", "five", "raising"))


def test_one_id_for_all_rows(databases: tuple[Engine, ...]) -> None:
    """It is found as often as before."""
    code = code_of(FOUND["in an if"].replace("FOUND", "self.done += 1")).replace(
        "    for i, row in enumerate(rows):\n            sid",
        "    if rows:\n            row = rows[0]\n            sid",
    )
    code = code.replace("_row{i}", "_batch")
    check(code, fixed(code), databases, ("none", "one", "five"))
