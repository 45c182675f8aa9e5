"""What runs once for each client besides its constructor, and what is made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_CLIENT, OWN_LOOP, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = OWN_LOOP.replace("USE", ASK)
IMPORTS = """import io
import itertools
import threading
import uuid
from functools import cached_property
"""
PARTS = """

KEYS = itertools.cycle("ab")
SEEN = []


class Part:
    def __init__(self, model="m"):
        self.model = model
        self.notes = {}

    def post(self, text):
        return self.model + text

    def close(self):
        self.notes.clear()


class Budget(Part):
    left = 3

    def post(self, text):
        self.left -= 1
        return f"{self.left}{text}"


def drawn():
    token = uuid.uuid4()
    return Part(token.hex)
"""
LOUD = """

class Loud(Part):
    def __init__(self):
        super().__init__()
        logger.info("made")

    def close(self):
        SEEN.append("closed")
"""
PART = "self.part = None"
LATE = """
    def get(self):
        if self.part is None:
            self.part = Part()
        return self.part
"""
SET_UP = """
    def _set_up(self):
        self.part = Part()
        self._settle("m")

    def _settle(self, model):
        self.model = model
        self.count = 0
"""
KEPT = """
    @cached_property
    def part(self):
        return Part()
"""
GET, POST = "text = self.get().post(text)", "text = self.part.post(text)"
CLOSE = """
    def close(self):
        self.part.close()
"""


class Client(NamedTuple):
    """What a constructor does, what a call does, other methods, and why rows may not share it."""

    made: str = "pass"
    use: str = POST
    methods: str = ""
    reason: str = ""

    @property
    def code(self) -> str:
        """A batch path with that client."""
        own = OWN_CLIENT.replace("MADE", self.made) + self.methods + PARTS
        own += LOUD if "Loud()" in own else ""
        loop = LOOP
        if "def close" in self.methods:
            pop = "self._clients.pop(sid, None)"
            loop = LOOP.replace(
                pop, f"closed = {pop}\n        if closed:\n            closed.close()"
            )
        code = module(loop, own.replace("USE", self.use.replace("\n", "\n        ")))
        return code.replace("import logging\n", f"{IMPORTS}import logging\n", 1)


SHARED = "the client keeps 'self.part' from call to call, so rows would share it"
MAY_ACT = " may do something for each client that is made or closed, and one is made for all rows"
FIXED = {
    "a part when it is first asked for": Client(PART, GET, LATE),
    "in a call": Client(PART, "if self.part is None:\n    self.part = Part()\n" + POST),
    "under a lock, looked at twice": Client(
        PART + "\n        self.lock = threading.Lock()",
        "if self.part is None:\n    with self.lock:\n        if self.part is None:\n"
        "            self.part = Part()\n" + POST,
    ),
    "made of what the client keeps": Client(
        PART + "\n        self.model = 'm'", GET, LATE.replace("Part()", "Part(self.model)")
    ),
    "and not closed where there is none": Client(
        PART,
        GET,
        LATE + CLOSE.replace("self.part", "if self.part is not None:\n            self.part"),
    ),
    "a method of the constructor": Client("self._set_up()", POST, SET_UP),
    "a kept property": Client("pass", POST, KEPT),
    "an event that is set when it is made": Client(
        "self.part = threading.Event()\n        self.part.set()", "self.part.wait()"
    ),
    "a part that is closed": Client("self.part = Part()", POST, CLOSE),
}
REFUSED = {
    "an id, late": Client(
        PART, "text += self.get()", LATE.replace("Part()", "uuid.uuid4().hex"), SHARED
    ),
    "an id by a function": Client("self.part = drawn()", POST, "", SHARED),
    "an id by a local": Client(
        "token = uuid.uuid4()\n        self.part = Part(token.hex)", POST, "", SHARED
    ),
    "an id, kept": Client("pass", POST, KEPT.replace("Part()", "Part(uuid.uuid4().hex)"), SHARED),
    "an id, set up": Client(
        "self._set_up()", POST, SET_UP.replace("Part()", "Part(uuid.uuid4())"), SHARED
    ),
    "an id, handed to what sets up": Client(
        "self._set_up(uuid.uuid4().hex)",
        "text += self.part",
        "\n    def _set_up(self, part):\n        self.part = part\n",
        SHARED,
    ),
    "a budget, late": Client(PART, GET, LATE.replace("Part()", "Budget()"), SHARED),
    "a budget, kept": Client("pass", POST, KEPT.replace("Part()", "Budget()"), SHARED),
    "a budget, set up": Client(
        "self._set_up()", POST, SET_UP.replace("Part()", "Budget()"), SHARED
    ),
    "made of what a row gives": Client(
        PART,
        "text = self.get(text).post(text)",
        LATE.replace("(self)", "(self, model)").replace("Part()", "Part(model)"),
        SHARED,
    ),
    "made of a local": Client(
        PART,
        "model = text\nif self.part is None:\n    self.part = Part(model)\n" + POST,
        "",
        SHARED,
    ),
    "beside something else": Client(
        PART, GET, LATE.replace("self.part = Part()", "text = 1; self.part = Part()"), SHARED
    ),
    "tested elsewhere": Client(PART, "text += str(self.part is None)\n" + GET, LATE, SHARED),
    "tested by its truth": Client(PART, "text += 'a' if self.part else 'b'\n" + GET, LATE, SHARED),
    "dropped again": Client(PART, GET + "\nself.part = None", LATE, SHARED),
    "there from the beginning": Client("self.part = text = 'x'", GET, LATE, SHARED),
    "a file": Client(
        PART, "self.get().write(text)", LATE.replace("Part()", "io.StringIO()"), SHARED
    ),
    "an event that calls clear": Client(
        "self.part = threading.Event()\n        self.part.set()", "self.part.clear()", "", SHARED
    ),
    "a part that logs": Client(PART, GET, LATE.replace("Part()", "Loud()"), "'Loud()'" + MAY_ACT),
    "a key of many": Client(
        PART, "text += self.get()", LATE.replace("Part()", "next(KEYS)"), "'next(KEYS)'" + MAY_ACT
    ),
    "a part whose closing is seen": Client(
        "self.part = Loud()", POST, CLOSE, "'Loud()'" + MAY_ACT
    ),
    "a method that calls use, too": Client(
        "self._set_up()",
        "self._set_up()\n" + POST,
        SET_UP,
        "the client sets its counter 'self.count' anew, so call_index would restart",
    ),
    "a method that is handed on": Client(
        "self._set_up()\n        self.again = self._set_up",
        POST,
        SET_UP,
        "the client sets its counter 'self.count' anew, so call_index would restart",
    ),
}


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, databases: tuple[Engine, ...]) -> None:
    code = FIXED[name].code
    check(code, fixed(code), databases, ("none", "five", "raising"))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    refusal = refused(REFUSED[name].code)
    assert refusal.reason == REFUSED[name].reason
    assert refusal.remedy


def test_a_method_that_rows_call_too() -> None:
    code = Client("self._set_up()", POST, SET_UP).code
    asked = "output.append(client.ask(row['prompt']))"
    assert asked in code
    reason = refused(code.replace(asked, f"client._set_up()\n                {asked}")).reason
    assert reason == "the client sets its counter 'self.count' anew, so call_index would restart"
