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
ONCE = {
    "where there is none": """
        if self.done is None:
            logger.info("made")
            self.done = self._text()
        return self.done
        """,
    "where it is not yet": """
        if not self.done:
            self.done = "x"
        return self.done
        """,
    "behind a return": """
        if self.done is not None:
            return self.done
        with self._lock:
            self.done = "x"
        return self.done
        """,
    "behind a return, for its truth": """
        if self.done:
            return self.done
        self.done = "x"
        print(self.done)
        return self.done
        """,
}
EACH_TIME = {
    "another": """
        if self._recorder is not None:
            self.done = "x"
        return self.done
        """,
    "not set": """
        if self.done is None:
            logger.info("none yet")
        return self.done
        """,
    "behind it": """
        if self.done is None:
            self.done = "x"
        logger.info("made")
        return self.done
        """,
    "before a return": """
        if self.done is not None:
            logger.info("known")
            return self.done
        self.done = "x"
        return self.done
        """,
}
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


def _with_helper(helper: str) -> str:
    text = textwrap.indent(textwrap.dedent(helper).strip(), " " * 4)
    code = code_of(
        GUARDS["in a branch"].replace("MADE", f"options = self._get()\n    client = {MAKE}")
    )
    head, mark, rest = code.partition("    def _own(")
    get = textwrap.indent(f"def _get(self):\n{text}\n\n", " " * 4)
    return f"{head}    done: str | None = None\n\n{get}{mark}{rest}"


@pytest.mark.parametrize("name", ONCE)
def test_what_is_made_once_for_all_clients(name: str, databases: tuple[Engine, ...]) -> None:
    """A connection that all clients share is made by the first, as before."""
    code = _with_helper(ONCE[name])
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))


@pytest.mark.parametrize("name", EACH_TIME)
def test_what_is_done_for_each_client(name: str) -> None:
    assert refused(_with_helper(EACH_TIME[name])).reason.startswith(f"'self._get()' {RUNS}")


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


RELEASED = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    client = GET
    try:
        output.append(client.ask(row["prompt"]))
    finally:
        RELEASE
return output
"""


def _released(get: str, release: str) -> str:
    get = get.replace("MADE", "AuditedClient(self._recorder, sid)")
    return module(RELEASED.replace("GET", get).replace("RELEASE", release))


def test_a_client_that_is_made_for_each_row_and_dropped(databases: tuple[Engine, ...]) -> None:
    """The first one is closed, and those that nobody kept would not be."""
    get = "self._clients.setdefault(sid, MADE)"
    code = _released(get, "self._clients.pop(sid).close()")
    assert refused(code).reason == (
        "a client is made whether 'self._clients' holds one or not, and the one that is closed "
        "would be the first row's"
    )
    # Where no client is closed, none is missed.
    code = _released(get, "self._clients.pop(sid)")
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))
    # What a client closes within itself is its own matter.
    code = code.replace("AuditedClient(", "OwnClient(") + OWN
    check(code, fixed(code), databases, ("none", "one", "five"))


OWN = """

class OwnClient(AuditedClient):
    def close(self):
        super().close()
"""


def test_a_client_that_is_made_where_there_is_none(databases: tuple[Engine, ...]) -> None:
    get = "self._clients.get(sid) or self._clients.setdefault(sid, MADE)"
    code = _released(
        get, "closed = self._clients.pop(sid, None)\n        if closed: closed.close()"
    )
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))


GETTERS = {
    "quiet": ("return self._clients", ""),
    "made once": ("if self._kept is None:\n    self._kept = {}\nreturn self._kept", ""),
    "logging": ("logger.info('clients')\nreturn self._clients", "acts"),
    "counting": ("self.done += 1\nreturn self._clients", "acts"),
}


@pytest.mark.parametrize("name", GETTERS)
def test_a_property_that_gives_the_cache(name: str, databases: tuple[Engine, ...]) -> None:
    """It was read for each row's release."""
    getter, acts = GETTERS[name]
    body = textwrap.indent(getter, " " * 4)
    code = _released(
        "self.clients.get(sid) or self.clients.setdefault(sid, MADE)",
        "self.clients.pop(sid, None)",
    ).replace(
        "    def process_batch",
        textwrap.indent(f"_kept = None\n\n@property\ndef clients(self):\n{body}\n\n", " " * 4)
        + "    def process_batch",
    )
    if acts:
        assert refused(code).reason == "'self.clients' does something each time it is read"
    else:
        check(code, fixed(code), databases, ("none", "one", "five", "raising"))
