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


HEAD = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
"""
FIELDS = """
@dataclass
class OwnClient:
    recorder: object
    state_id: str
"""
ASKED = """
    def ask(self, text):
        number = TAKE
        self.recorder.record_call(state_id=self.state_id, call_index=number, request=text)
        return text
"""
KEPT = "self.count.get(self.state_id, BEGIN)\n        self.count[self.state_id] = number + 1"
ADDED = "self.count\n        self.count += 1"
BASED = """
class Base:
    def __init__(self, recorder, state_id, first=BEGIN):
        self.recorder = recorder
        self.state_id = state_id
        self.count = first


class OwnClient(Base):
    def __init__(self, recorder, state_id):
        super().__init__(recorder, state_id)
"""
NUMBERS = """
class Numbers:
    def __init__(self):
        self._count = BEGIN

    def take(self):
        self._count += 1
        return self._count - 1

"""
FUNCTION = """
NUMBERS = {}


def number_of(state_id):
    number = NUMBERS.get(state_id, BEGIN)
    NUMBERS[state_id] = number + 1
    return number

"""
CLOSURE = """
def counting():
    last = 0

    def take():
        nonlocal last
        last += 1
        return last

    return take

"""
# How a client begins, what a call takes, what stands before the class; BEGIN is its first number.
WAYS = {
    "kept in the class": (f"class OwnClient:\n    count = {{}}\n{HEAD[18:]}", KEPT, ""),
    "kept in the object": (f"{HEAD}        self.count = {{}}\n", KEPT, ""),
    "set where none is kept": (
        f"{HEAD}        self.count = {{}}\n",
        KEPT.replace(".get(", ".setdefault("),
        "",
    ),
    "kept, begun with a constant of the class": (
        f"class OwnClient:\n    FIRST = BEGIN\n{HEAD[18:]}        self.count = {{}}\n",
        KEPT.replace("BEGIN", "self.FIRST"),
        "",
    ),
    "an attribute of the class": (
        f"class OwnClient:\n    count: int = BEGIN\n{HEAD[18:]}",
        ADDED,
        "",
    ),
    "a field": (f"{FIELDS}    count: int = BEGIN\n", ADDED, ""),
    "a field's default": (f"{FIELDS}    count: int = field(default=BEGIN)\n", ADDED, ""),
    "a field that is made": (
        f"{FIELDS}    count: object = field(default_factory=lambda: count(BEGIN))\n",
        "next(self.count)",
        "",
    ),
    "a constant of the module": (
        f"{HEAD}        self.count = FIRST\n",
        ADDED,
        "FIRST = BEGIN\n\n",
    ),
    "a parameter's default": (
        f"{HEAD}        self.count = first\n".replace("state_id):", "state_id, first=BEGIN):"),
        ADDED,
        "",
    ),
    "a parameter's default by name": (
        HEAD.replace("state_id):", "state_id, first=START):") + "        self.count = first\n",
        ADDED,
        "FIRST = BEGIN\nSTART = FIRST\n\n\n",
    ),
    "a field's default by name": (
        f"{FIELDS}    count: int = START\n",
        ADDED,
        "START = BEGIN\n\n\n",
    ),
    "a field that a lambda makes": (
        f"{FIELDS}    count: int = field(default_factory=lambda: BEGIN)\n",
        ADDED,
        "",
    ),
    "a base's parameter": (BASED, ADDED, ""),
    "what a base is given": (
        BASED.replace("first=BEGIN", "first=5").replace(
            "(recorder, state_id)\n", "(recorder, state_id, BEGIN)\n"
        ),
        ADDED,
        "",
    ),
    "a choice": (f"{HEAD}        self.count = 0 if recorder is None else BEGIN\n", ADDED, ""),
    "a range": (
        f"{HEAD}        self.count = iter(range(BEGIN, 100))\n",
        "next(self.count)",
        "",
    ),
    "a part": (f"{HEAD}        self.count = Numbers()\n", "self.count.take()", NUMBERS),
    "a function": (HEAD, "number_of(self.state_id)", FUNCTION),
    "an iterator's method": (
        f"{HEAD}        self.count = count(BEGIN).__next__\n",
        "self.count()",
        "",
    ),
    "a partial of it": (
        f"{HEAD}        self.count = partial(next, count(BEGIN))\n",
        "self.count()",
        "",
    ),
}
STEPPED = {
    "in the constructor": (f"{HEAD}        self.count = 0\n        self.count += 1\n", ADDED),
    "by a method": (
        f"{HEAD}        self.count = 0\n\n    def _step(self):\n        self.count += 1\n",
        "0\n        self._step()\n        number = self.count".removeprefix("0\n        "),
    ),
    "by an inner function": (
        f"{CLOSURE.lstrip()}\n{HEAD}        self.count = counting()\n",
        "self.count()",
    ),
    "by a property": (
        f"{HEAD}        self.count = 0\n\n    @property\n    def _next(self):\n"
        "        self.count += 1\n        return self.count\n",
        "self._next",
    ),
}


def _way(client: str, take: str, beside: str, number: int) -> str:
    text = beside + client.lstrip("\n") + ASKED.replace("TAKE", take)
    text = text.replace("number = self._step()", "self._step()")
    text = text.replace("BEGIN", str(number))
    head = (
        "import logging\nfrom dataclasses import dataclass, field\n"
        "from functools import partial\nfrom itertools import count\n"
    )
    code = module(OWN_LOOP.replace("USE", ASK)) + f"\n\n{text}"
    code = code.replace("from __future__ import annotations\n\n", "", 1)
    return code.replace("import logging\n", head, 1)


@pytest.mark.parametrize("name", WAYS)
def test_begun_with_one(name: str) -> None:
    refusal = refused(_way(*WAYS[name], 1))
    assert refusal.reason.startswith("the client gives its first call the call_index 1, and ")


@pytest.mark.parametrize("name", WAYS)
def test_begun_with_zero(name: str, databases: tuple[Engine, ...]) -> None:
    code = _way(*WAYS[name], 0)
    check(code, fixed(code), databases, ("none", "one", "five"))


@pytest.mark.parametrize("name", STEPPED)
def test_stepped_before(name: str) -> None:
    refusal = refused(_way(*STEPPED[name], "", 0))
    assert refusal.reason.startswith("the client gives its first call the call_index 1, and ")
