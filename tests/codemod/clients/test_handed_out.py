"""Clients that hand their state id, or the number of a call, to others than the recorder."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_CLIENT, OWN_LOOP, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five")
BESIDE = """

class Server:
    def __init__(self):
        self.known = {}

    def ask(self, key, text):
        return self.known.setdefault(key, text)

    def post(self, text, **given):
        return text


class Reply:
    def __init__(self, text, trace):
        self.text = text


class Span:
    def __init__(self, owner):
        self.owner = owner

    def send(self, text):
        return f"{text}"


class Shard:
    def __init__(self, owner):
        self.number = len(owner)


class File:
    def __init__(self, owner):
        self.file = Path(owner)


def note(label):
    SEEN[label] = SEEN.get(label, 0) + 1


def tell(state_id):
    logger.info("%s", state_id)


def number(call_index):
    logger.info("%s", call_index)


SERVER = Server()
SEEN = {}
"""


def _code(use: str, made: str = "pass") -> str:
    """A batch path whose client is made with ``made`` and does ``use`` with each call."""
    own = OWN_CLIENT.replace("USE", textwrap.indent(use, " " * 8).lstrip()).replace("MADE", made)
    return module(OWN_LOOP.replace("USE", ASK), own) + BESIDE


HANDED = {
    "a server": ("text = SERVER.ask(self.state_id, text)", "to 'SERVER.ask'"),
    "a key for a server": ("SERVER.post(text, key=self.state_id)", "to 'SERVER.post'"),
    "a file": ("open(self.state_id, 'a').close()", "to 'open'"),
    "a text of it": ("open('x' + self.state_id, 'a').close()", "to 'open'"),
    "a table": ("note(self.state_id)", "to 'note'"),
    "a header": ("headers = {'Idempotency-Key': self.state_id}", "on as 'Idempotency-Key'"),
    "a note of an exception": (
        "ValueError().add_note(self.state_id)",
        "to 'ValueError().add_note'",
    ),
}


@pytest.mark.parametrize("name", HANDED)
def test_an_id_that_is_handed_on_as_something_else(name: str) -> None:
    """Each row had one of its own, and gets that of all."""
    use, named = HANDED[name]
    reason = refused(_code(use)).reason
    assert (
        reason
        == f"the client's class hands its state id {named}, where something may be kept under it"
    )


@pytest.mark.parametrize("part", ["Shard", "File"])
def test_a_part_that_does_more_with_the_id(part: str) -> None:
    reason = refused(_code("pass", f"self.part = {part}(state_id)")).reason
    assert reason.startswith(f"the client's class hands its state id to '{part}'")


MEANT = {
    "a function that takes one": "tell(self.state_id)",
    "by its name": "SERVER.post(text, state_id=self.state_id)",
    "under its name": "SERVER.ask('trace.state_id', self.state_id)",
    "a header": "headers = {'X-State': self.state_id}",
    "a part": "Span(self.state_id).send(text)",
    "a number by its name": "SERVER.post(text, call_index=index)",
    "a function that takes a number": "number(index)",
    "what tells of a number": "isinstance(index, int)",
}


@pytest.mark.parametrize("name", MEANT)
def test_what_takes_an_id_or_a_number_for_one(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(MEANT[name])
    check(code, fixed(code), databases, BATCHES)


TOLD = {
    "in a tuple": "return text, self.state_id",
    "in a dictionary": "return {'text': text, 'state': self.state_id}",
    "in a local": "found = [text, self.state_id]\nreturn found",
    "by another method": "return list(self.both(text))",
    "in an exception": "raise ValueError(self.state_id)",
    "in an exception's own": "error = ValueError()\nerror.args = (self.state_id,)\nraise error",
}


@pytest.mark.parametrize("name", TOLD)
def test_an_id_that_is_given_back(name: str) -> None:
    both = "    def both(self, text):\n        yield text\n        yield self.state_id\n"
    code = _code("pass").replace("        return text\n", "        RETURN\n", 1)
    code = code.replace("RETURN", textwrap.indent(TOLD[name], " " * 8).lstrip() + f"\n\n{both}")
    assert refused(code).reason.startswith(
        ("the client's 'ask' tells", "the client's class hands")
    )


NUMBERS = {
    "another function": ("note(index)", "note"),
    "reckoned with": ("SERVER.ask('wait', 2**index)", "SERVER.ask"),
    "a seed": ("SERVER.post(text, seed=index)", "SERVER.post"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_handed_on(name: str) -> None:
    """It began at 0 for each row."""
    use, named = NUMBERS[name]
    reason = refused(_code(use)).reason
    assert reason == (
        f"the client's class hands '{named}' how many calls it made, which rows would share"
    )


def test_what_is_filled_beside_a_function() -> None:
    code = _code("text = self.say(text)", "self.say = partial(say, [])")
    code += "\n\ndef say(turns, text):\n    turns.append(text)\n    return '|'.join(turns)\n"
    code = code.replace("import logging\n", "from functools import partial\nimport logging\n", 1)
    assert refused(code).reason.startswith("the client keeps 'self.say' from call to call")
