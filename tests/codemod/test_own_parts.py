"""What a client makes for itself and rows may not share: what is drawn, used up or set once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

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
CLASS = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self.count = 0
        MADE

    def ask(self, text):
        index = self.count
        self.count += 1
        USE
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)
        return text
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
    own = CLASS.replace("MADE", made).replace("USE", use.replace("\n", "\n" + " " * 8)) + methods
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
