"""Looks into the cache, beside the one that has a client made."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

# A row looks BEFORE its client is made, BEHIND that, and where it is released, AT LAST.
ROW = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    known = None
    BEFORE
    GET
    try:
        BEHIND
        output.append((known, self._clients[sid].ask(row["prompt"])))
    finally:
        self._clients.pop(sid, None)
    AT LAST
return output
"""
BY_TEST = """
if sid not in self._clients:
    self._clients[sid] = AuditedClient(self._recorder, sid)
"""
BY_GET = """
client = self._clients.get(sid)
if client is None:
    client = self._clients[sid] = AuditedClient(self._recorder, sid)
"""
LOCKED_TWICE = """
if sid not in self._clients:
    with self._lock:
        if sid not in self._clients:
            self._clients[sid] = AuditedClient(self._recorder, sid)
"""
BY_DEFAULT = "self._clients.setdefault(sid, AuditedClient(self._recorder, sid))"
BY_OR = "client = self._clients.get(sid) or self._clients.setdefault(sid, AuditedClient("
BY_OR += "self._recorder, sid))"
WAYS = {
    "by a test": BY_TEST,
    "by get": BY_GET,
    "locked twice": LOCKED_TWICE,
    "by default": BY_DEFAULT,
    "by or": BY_OR,
}
TELLING = {
    "kept": ("BEFORE", "known = sid in self._clients"),
    "counted": ("BEFORE", "if sid not in self._clients:\n    self.done += 1"),
    "asserted": ("BEFORE", "assert sid not in self._clients"),
    "chosen by": ("BEFORE", "known = 'yes' if sid in self._clients else 'no'"),
    "found to be none": ("BEFORE", "known = self._clients.get(sid) is None"),
    "found, and named": (
        "BEFORE",
        "held = self._clients.get(sid)\nif held is None:\n    known = True",
    ),
    "found by a walrus": (
        "BEFORE",
        "if (held := self._clients.get(sid)) is not None:\n    known = True",
    ),
    "gone": ("AT LAST", "if sid not in self._clients:\n    self.done += 1"),
}
HARMLESS = {
    "none": ("BEFORE", "pass"),
    "logged": ("BEFORE", "logger.debug('%s', sid in self._clients)"),
    "asserted behind": ("BEHIND", "assert sid in self._clients"),
    "tested behind": ("BEHIND", "known = self._clients.get(sid) is not None"),
}


def _code(get: str, place: str, look: str) -> str:
    text = ROW
    for mark in ("BEFORE", "BEHIND", "AT LAST", "GET"):
        depth = " " * (8 if mark == "BEHIND" else 4)
        put = get if mark == "GET" else look if mark == place else "pass"
        text = text.replace(mark, textwrap.indent(put.strip(), depth).strip())
    return module(text)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TELLING)
def test_looks_that_tell(name: str, way: str) -> None:
    """Every row found no client; of those that share one, the first alone does."""
    reason = refused(_code(WAYS[way], *TELLING[name])).reason
    assert reason.startswith("rows test whether the cache holds a client"), reason


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", HARMLESS)
def test_looks_that_do_not(name: str, way: str, databases: tuple[Engine, ...]) -> None:
    """Whoever made the client, there is one by then."""
    code = _code(WAYS[way], *HARMLESS[name])
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))
