"""Clients that a cache has made by a function that it is handed, or that its owner keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

CACHE = """
class Cache:
    def __init__(self, factory):
        self._factory = factory
        self._clients = {}

    def get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = self._factory(state_id)
        return self._clients[state_id]

    def drop(self, state_id):
        self._clients.pop(state_id, None)
"""
LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._cache.get(sid).ask(row["prompt"]))
    finally:
        self._cache.drop(sid)
return output
"""
LOCAL = LOOP.replace("self._cache", "cache")
MAKES = """
def _make(self, state_id):
    return AuditedClient(self._recorder, state_id)
"""
OWN = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._get(sid).ask(row["prompt"]))
    finally:
        self._release(sid)
return output
"""
GETS = """
def _get(self, state_id):
    if state_id not in self._clients:
        self._clients[state_id] = self._factory(state_id)
    return self._clients[state_id]
"""
BUILDS = """
def _get(self, state_id):
    with self._lock:
        client = self._clients.get(state_id)
        if client is None:
            client = self._make(state_id)
            self._clients[state_id] = client
        return client
"""

MADE = """

def made():
    plugin = Transform(0, lambda state_id: AuditedClient(None, state_id))
    return plugin
"""


class Plugin(NamedTuple):
    """A batch path, methods beside it, what its constructor binds, and the class of its cache."""

    method: str
    beside: str = MAKES
    bound: str = "self._cache = Cache(self._make)"
    cache: str = CACHE
    reason: str = ""

    @property
    def code(self) -> str:
        """Its module."""
        code = Case("", self.method, self.beside).code
        code = code.replace("self.done = 0", f"self.done = 0\n        {self.bound}")
        if "= factory" in self.bound:
            code = code.replace("pool: int = 0)", "pool: int = 0, factory=None)")
            code += MADE
        return code.replace("class Transform:", f"{self.cache.strip()}\n\n\nclass Transform:", 1)


FIXED = {
    "a method": Plugin(LOOP),
    "a lambda": Plugin(
        LOOP,
        "",
        "self._cache = Cache(lambda state_id: AuditedClient(self._recorder, state_id))",
    ),
    "a lambda of the batch path": Plugin(
        LOCAL.replace(
            "output = []",
            "cache = Cache(lambda state_id: AuditedClient(ctx.landscape, state_id))\noutput = []",
        ),
        "",
        "self.kept = 0",
    ),
    "an attribute": Plugin(OWN, GETS + MAKES, "self._factory = self._make", ""),
    "bound to a name first": Plugin(OWN, BUILDS + MAKES, "self.kept = 0", ""),
}
CANNOT = "the id is handed to 'self._factory', which cannot be seen"
REFUSED = {
    "of what rows set": Plugin(
        LOOP.replace("    try:", "    self._model = row['id']\n    try:", 1),
        MAKES.replace("state_id)\n", "state_id, provider=self._model)\n").replace(
            "_make(self, state_id, provider=self._model)", "_make(self, state_id)"
        ),
        reason="the client is made with 'self._model', which rows set",
    ),
    "of the row": Plugin(
        LOCAL.replace(
            "output = []",
            "cache = Cache(lambda sid: AuditedClient(ctx.landscape, sid, row['id']))\noutput = []",
        ),
        "",
        "self.kept = 0",
        reason="the client is made with 'row', which differs from row to row",
    ),
    "for two caches": Plugin(
        LOOP,
        MAKES
        + MAKES.replace("_make", "_other")
        .replace("state_id)\n", "state_id, 'x')\n")
        .replace("(self, state_id, 'x')", "(self, state_id)"),
        "self._cache = Cache(self._make)\n        self._more = Cache(self._other)",
        reason="clients of one cache are made in different ways, which rows would share",
    ),
    "counting": Plugin(
        LOOP,
        MAKES.replace("    return", "    self.done += 1\n    return"),
        reason="'self.done += 1' runs for each client that is made, and one is made for all rows",
    ),
    "bound anew": Plugin(
        LOOP,
        cache=CACHE + "\n    def switch(self, factory):\n        self._factory = factory\n",
        reason=CANNOT,
    ),
    "of a subclass as well": Plugin(
        LOOP,
        cache=CACHE
        + "\n\nclass Special(Cache):\n    def __init__(self):\n        super().__init__(print)\n",
        reason=CANNOT,
    ),
    "counted before": Plugin(
        OWN,
        BUILDS.replace("    with", "    self.done += state_id in self._clients\n    with") + MAKES,
        "self.kept = 0",
        "",
        "rows test whether the cache holds a client, which it does from the first row on",
    ),
    "of what others construct": Plugin(
        OWN,
        GETS,
        "self._factory = factory",
        "",
        "the id is handed to 'self._factory', which cannot be seen",
    ),
    "of what is not seen": Plugin(LOOP, "", "self._cache = Cache(pool)", reason=CANNOT),
    "each time": Plugin(
        LOOP,
        cache=CACHE.replace(
            "        if state_id not in self._clients:\n"
            "            self._clients[state_id] = self._factory(state_id)\n"
            "        return self._clients[state_id]",
            "        return self._factory(state_id)",
        ),
        reason="a client is constructed for each row, so call_index would restart",
    ),
}


@pytest.mark.parametrize("plugin", FIXED.values(), ids=list(FIXED))
def test_fixed(plugin: Plugin, databases: tuple[Engine, ...]) -> None:
    check_fixed(Case("", plugin.method), databases, plugin.code)


@pytest.mark.parametrize("plugin", REFUSED.values(), ids=list(REFUSED))
def test_refused(plugin: Plugin) -> None:
    check_refused(Case("", plugin.method, reason=plugin.reason), plugin.code)
