"""What a client makes for itself and rows may not share: what is drawn, used up or set once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import OWN_CLIENT, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising")
LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    if sid not in self._clients:
        self._clients[sid] = OwnClient(self._recorder, sid)
    try:
        output.append(self._clients[sid].ask(row["prompt"]))
    finally:
        self._clients.pop(sid, None)
return output
"""
IMPORTS = """import functools
import io
import itertools
import threading
import time
import uuid
"""


def _code(made: str, use: str, methods: str = "") -> str:
    """A batch path whose client makes a part so and uses it so."""
    own = (
        OWN_CLIENT.replace("MADE", made).replace("USE", use.replace("\n", "\n" + " " * 8))
        + methods
    )
    return module(LOOP, own).replace("import logging\n", f"{IMPORTS}import logging\n", 1)


KEPT = {
    "a deadline": ("self.part = time.monotonic() + 60", "assert time.monotonic() < self.part"),
    "an id": ("self.part = uuid.uuid4().hex", "text += self.part"),
    "an id in a text": ("self.part = f'session-{uuid.uuid4()}'", "text += self.part"),
    "an iterator": ("self.part = iter('abcdef')", "text += self.part.__next__()"),
    "a generator": ("self.part = (n for n in 'abcdef')", "text += ''.join(self.part)"),
    "turns": ("self.part = itertools.cycle('ab')", "text += min(zip(self.part, 'x'))[0]"),
    "pairs": ("self.part = zip('ab', 'cd')", "for a, b in self.part:\n    text += a + b"),
    "a budget": (
        "self.part = threading.Semaphore(3)",
        "if not self.part.acquire(blocking=False):\n    raise RuntimeError",
    ),
    "an event": (
        "self.part = threading.Event()",
        "text += str(self.part.is_set())\nself.part.set()",
    ),
    "a file": ("self.part = io.StringIO()", "self.part.write(text)\ntext = self.part.getvalue()"),
    "an attribute by name": ("self.part = ''", "text += self.part\nsetattr(self, 'part', text)"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_rows_would_share(name: str) -> None:
    refusal = refused(_code(*KEPT[name]))
    assert (
        refusal.reason == "the client keeps 'self.part' from call to call, so rows would share it"
    )
    assert refusal.remedy


def test_an_attribute_of_any_name() -> None:
    code = _code("self.part = ''", "text += self.part\nsetattr(self, 'pa' + 'rt', text)")
    assert (
        refused(code).reason == "the client keeps 'self' from call to call, so rows would share it"
    )


HARMLESS = {
    "a time that is logged": (
        "self.part = time.monotonic()",
        "logger.info('%s', time.monotonic() - self.part)",
    ),
    "an id that is logged": ("self.part = uuid.uuid4().hex", "logger.info('%s', self.part)"),
    "a time that nobody reads": ("self.part = time.monotonic()", "pass"),
    "an iterator that nobody reads": ("self.part = iter('ab')", "pass"),
    "a counter": ("self.count = 0", "pass"),
    "a semaphore that is held": (
        "self.part = threading.Semaphore(2)",
        "with self.part:\n    pass",
    ),
    "an event that is asked": ("self.part = threading.Event()", "text += str(self.part.is_set())"),
    "what a method draws": ("self.part = 3", "started = time.monotonic()\nassert started"),
    "another object's attribute": ("self.part = 3", "setattr(self.recorder, 'note', 1)"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_rows_may_share(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(*HARMLESS[name])
    check(code, fixed(code), databases, BATCHES)


PROPERTY = """
    @functools.cached_property
    def part(self):
        BODY
        return "p"
"""


def test_what_is_looked_up_once(databases: tuple[Engine, ...]) -> None:
    """A line that was written for each row is written for the first."""
    code = _code("pass", "text += self.part", PROPERTY.replace("BODY", "pass"))
    check(code, fixed(code), databases, BATCHES)
    code = _code("pass", "text += self.part", PROPERTY.replace("BODY", "logger.info('x')"))
    assert refused(code).reason.startswith(
        "the client logs, records or changes what is not its own"
    )


# --- what is changed by other ways than an assignment to an attribute ---------------------------

OTHERS = """

class Session:
    def __init__(self):
        self.posts = 0

    def post(self, text):
        self.posts += 1
        return str(self.posts)

    def __len__(self):
        return 3


def opened():
    return Session()


def remember(client, text):
    client.last = text


def post(session, text):
    session.posts += 1
    return str(session.posts)


def announce(state_id):
    logger.info("client of %s", state_id)


def described(client):
    return type(client).__name__
"""
TALK = """
    def talk(self):
        said = ""
        while True:
            said += yield said
"""
WAYS = {
    "an item, added to": ("self.part = [0]", "self.part[0] += 1", "", "self.part"),
    "by another name of the object": (
        "self.part = 0",
        "me = self\nme.part = text",
        "",
        "self.part",
    ),
    "by a function": ("self.last = ''", "remember(self, text)", "", "self"),
    "a part, by a function": ("self.part = Session()", "post(self.part, text)", "", "self.part"),
    "a part, by a local": (
        "session = Session()\n        self.part = session",
        "text += self.part.post(text)",
        "",
        "self.part",
    ),
    "a part, by a condition": (
        "self.part = recorder and Session()",
        "text += self.part.post(text)",
        "",
        "self.part",
    ),
    "a part that a function makes": (
        "self.part = opened()",
        "self.part.post(text)",
        "",
        "self.part",
    ),
    "a conversation": (
        "self.part = self.talk()\n        next(self.part)",
        "text = self.part.send(text)",
        TALK,
        "self.part",
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_ways_to_keep_something(name: str) -> None:
    made, use, methods, kept = WAYS[name]
    reason = refused(_code(made, use, methods) + OTHERS).reason
    assert reason == f"the client keeps '{kept}' from call to call, so rows would share it"


NOT_KEPT = {
    "a part that is asked": ("self.part = Session()", "text += str(len([self.part]))"),
    "a function that looks": ("pass", "text += described(self)"),
    "a local of a function": ("self.part = 'p'", "part = [self.part]\npart.append(text)"),
}


@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_is_only_looked_at(name: str, databases: tuple[Engine, ...]) -> None:
    others = OTHERS.replace("self.posts += 1", "pass")
    code = _code(*NOT_KEPT[name]) + others
    check(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize(
    "bases",
    [("(list)", "self.append(text)"), ("(dict)", "self[text] = 1"), ("(set)", "self.add(1)")],
)
def test_a_client_that_is_a_container(bases: tuple[str, str]) -> None:
    code = _code("pass", bases[1]).replace("class OwnClient:", f"class OwnClient{bases[0]}:")
    assert (
        refused(code).reason == "the client keeps 'self' from call to call, so rows would share it"
    )


def test_a_method_that_is_called_like_a_containers(databases: tuple[Engine, ...]) -> None:
    code = _code(
        "pass", "self.append(text)", "\n    def append(self, text):\n        return text\n"
    )
    check(code, fixed(code), databases, BATCHES)


def test_a_part_that_is_made_for_the_client() -> None:
    code = _code("self.part = part", "text += self.part.post(text)") + OTHERS
    code = code.replace("recorder, state_id):", "recorder, state_id, part):", 1)
    code = code.replace(
        "OwnClient(self._recorder, sid)", "OwnClient(self._recorder, sid, Session())"
    )
    reason = refused(code).reason
    assert reason == "the client keeps 'Session' from call to call, so rows would share it"


def test_a_constructor_that_has_it_logged() -> None:
    refusal = refused(_code("announce(state_id)", "pass") + OTHERS)
    assert refusal.reason.startswith("the client logs, records or changes what is not its own")


FIELDS = {
    "random numbers": ("lambda: random.Random(0)", "text += str(self.part.random())"),
    "an event": ("threading.Event", "text += str(self.part.is_set())\n        self.part.set()"),
}
DATACLASS = """
@dataclass
class OwnClient:
    recorder: object
    state_id: str
    count: int = 0
    part: object = field(default_factory=MADE)

    def ask(self, text):
        index = self.count
        self.count += 1
        USE
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)
        return text
"""


def _dataclass(made: str, use: str) -> str:
    code = module(LOOP, "class Other:\n    pass")
    imports = f"{IMPORTS}import random\nfrom dataclasses import dataclass, field\nimport logging\n"
    code = code.replace("import logging\n", imports, 1)
    # A dataclass looks its module up where its annotations are texts.
    code = code.replace("from __future__ import annotations\n", "", 1)
    return code + DATACLASS.replace("MADE", made).replace("USE", use)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_a_dataclass(name: str) -> None:
    reason = refused(_dataclass(*FIELDS[name])).reason
    assert reason == "the client keeps 'self.part' from call to call, so rows would share it"


def test_a_field_that_rows_may_share(databases: tuple[Engine, ...]) -> None:
    code = _dataclass("threading.Event", "text += str(self.part.is_set())")
    check(code, fixed(code), databases, BATCHES)
