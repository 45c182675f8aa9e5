"""The number of a client's first call, which is 0 for every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_LOOP, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

CLIENT = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self.count = BEGIN

    def _next(self):
        self.count += 1
        return self.count

    def _taken(self):
        self.count, number = self.count + 1, self.count
        return number

    def ask(self, text):
        USE
        return text
"""
RECORD = "self.recorder.record_call(state_id=self.state_id, call_index=INDEX, request=text)"
STEP = "self.count += 1"
# Where the counter begins, and what a call does with it.
FROM_ZERO = {
    "before it goes on": ("0", f"number = self.count\n{STEP}\n{RECORD}", "number"),
    "behind, from below": ("-1", f"{STEP}\n{RECORD}", "self.count"),
    "behind, and taken back": ("0", f"{STEP}\n{RECORD}", "self.count - 1"),
    "at once": ("0", f"number, self.count = self.count, self.count + 1\n{RECORD}", "number"),
    "by a method": ("0", RECORD, "self._taken()"),
    "by a method, from below": ("-1", RECORD, "self._next()"),
    "an iterator": ("count()", RECORD, "next(self.count)"),
    "an iterator from 0": ("count(0)", f"number = next(self.count)\n{RECORD}", "number"),
    "an iterator from below": ("count(start=-1)", RECORD, "next(self.count) + 1"),
}
FROM_ONE = {
    "behind it": ("0", f"{STEP}\n{RECORD}", "self.count"),
    "behind, by a local": ("0", f"{STEP}\nnumber = self.count\n{RECORD}", "number"),
    "begun with one": ("1", f"number = self.count\n{STEP}\n{RECORD}", "number"),
    "and one more": ("0", f"number = self.count\n{STEP}\n{RECORD}", "number + 1"),
    "by a method": ("0", RECORD, "self._next()"),
    "an iterator": ("count(1)", RECORD, "next(self.count)"),
    "an iterator by keyword": ("count(start=1)", RECORD, "next(self.count)"),
}
# What is not seen is taken to count as it should.
UNSEEN = {
    "under a condition": ("-1", f"if text:\n    {STEP}\n{RECORD}", "self.count"),
    "begun elsewhere": ("int()", f"number = self.count\n{STEP}\n{RECORD}", "number"),
}


def _code(way: tuple[str, str, str]) -> str:
    begin, use, index = way
    client = CLIENT.replace("BEGIN", begin).replace("INDEX", index)
    lines = use.replace("INDEX", index).replace("\n", "\n        ")
    code = module(OWN_LOOP.replace("USE", ASK)) + client.replace("USE", lines)
    return code.replace("import logging\n", "import logging\nfrom itertools import count\n", 1)


@pytest.mark.parametrize("name", FROM_ZERO)
def test_from_zero(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(FROM_ZERO[name])
    check(code, fixed(code), databases, ("none", "one", "five"))


@pytest.mark.parametrize("name", FROM_ONE)
def test_from_one(name: str) -> None:
    reason = refused(_code(FROM_ONE[name])).reason
    assert reason == (
        "the client gives its first call the call_index 1, and those of one state count from 0"
    )


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_not_seen(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(UNSEEN[name])
    check(code, fixed(code), databases, ("none", "one", "five"))


STILL = {
    "by itself": (RECORD, "self.count"),
    "by a local": (f"number = self.count\n{RECORD}", "number"),
}


@pytest.mark.parametrize("name", STILL)
def test_a_number_that_stands_still(name: str) -> None:
    """One call for each client had the number 0; so would all calls of the state."""
    use, index = STILL[name]
    code = (
        _code(("0", use, index)).replace("count += 1", "x = 1").replace("self.count, number", "n")
    )
    code = code.replace("n = self.count + 1, self.count\n        return number", "return 1")
    assert refused(code).reason == (
        "the client records a call_index that is no counter, so it would repeat"
    )


def test_a_number_that_a_base_may_advance(databases: tuple[Engine, ...]) -> None:
    """What another method sets is no constant."""
    code = _code(("0", f"number = self.count\nself._next()\n{RECORD}", "number"))
    check(code, fixed(code), databases, ("none", "one", "five"))
