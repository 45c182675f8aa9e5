"""SID102: who counts the calls, and where the count starts."""

from __future__ import annotations

import pytest

from tests.analysis.call_index.running import CLIENT, check, marked

MADE_ANEW = {
    "dataclass client": """
@dataclass
class Counted:
    rec: object
    state_id: str
    _calls: list = field(default_factory=list)

    def ask(self, prompt):
        self.rec.record_call(state_id=self.state_id, call_index=len(self._calls))
        self._calls.append(prompt)

def run(rec, rows, ctx):
    for row in rows:
        Counted(rec, ctx.state_id).ask(row)  # 102
""",
    "a first index that is not given": """
class Base:
    def __init__(self, recorder, state_id, first=0):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = first

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    for i, row in enumerate(rows):
        Base(rec, ctx.state_id).ask(row)  # 102
""",
    "a record that counts": """
from dataclasses import dataclass

@dataclass
class Client:
    recorder: object
    state_id: str
    call_index: int = 0

    def ask(self, prompt):
        self.recorder.record_call(self.state_id, call_index=self.call_index)
        self.call_index += 1

def process(rec, rows, ctx):
    for index, row in enumerate(rows):
        Client(rec, ctx.state_id).ask(row)  # 102
""",
    "a counter of its own, by a field": """
class Numbers:
    def __init__(self): self._last = 0
    def following(self):
        self._last += 1
        return self._last

@dataclass
class Counted:
    rec: object
    state_id: str
    _numbers: Numbers = field(default_factory=Numbers)

    def ask(self, row):
        self.rec.record_call(self.state_id, call_index=self._numbers.following())

def run(rec, rows, ctx, numbers):
    for row in rows:
        Counted(rec, ctx.state_id).ask(row)  # 102
        Counted(rec, ctx.state_id, numbers).ask(row)
        Counted(rec, ctx.state_id, _numbers=numbers).ask(row)
""",
    "counter that its methods move on": """
class Stepping:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._calls = 0

    def ask(self, row):
        self._calls = self._following(self._calls)
        self._recorder.record_call(self._state_id, call_index=self._calls)

    def _following(self, index):
        return index + 1

def run(rec, rows, ctx):
    for row in rows:
        Stepping(rec, ctx.state_id).ask(row)  # 102
""",
}


# How a field says what it is by default, and whether that starts anew with each object.
COUNTING_FIELDS = {
    "@dataclass": "_n: count = field(default_factory=count)",
    "@dataclass ": "_n: count = field(default_factory=lambda: count(1), init=False)",
    "@dataclass  ": "_n: object = field(default_factory=partial(count, 1))",
    "@dataclass   ": "_n: object = field(default_factory=new_counter)",
    "@attr.s(auto_attribs=True)": "_n: count = attr.Factory(count)",
    "@attr.s": "_n = attr.ib(factory=count)",
    "@attr.s ": "_n = attr.ib(init=False)\n    @_n.default\n    def _start(self): return count()",
    "@define": "_n: count = field(factory=itertools.count)",
}
SHARED_FIELDS = {
    "@dataclass": "_n: count = COUNTER",
    "@dataclass ": "_n: count = field(default_factory=lambda: COUNTER)",
    "@dataclass  ": "_n: object = field(default_factory=same_counter)",
    "@dataclass   ": "_n: object = field(default_factory=partial(given, count()))",
    "@attr.s(auto_attribs=True)": "_n: count = attr.Factory(same_counter)",
    "@attr.s": "_n = attr.ib(init=False)\n    @_n.default\n    def _start(self): return COUNTER",
}


def counting(decorator: str, field: str) -> str:
    """A client that counts by a field of its own, made in a loop."""
    return f"""
COUNTER = count()
def new_counter(): return count()
def same_counter(): return COUNTER

{decorator.strip()}
class Counted:
    rec: object = attr.ib()
    state_id: str = attr.ib()
    {field}

    def ask(self, prompt):
        self.rec.record_call(state_id=self.state_id, call_index=next(self._n))

def run(rec, rows, ctx):
    for row in rows:
        Counted(rec, ctx.state_id).ask(row)"""


@pytest.mark.parametrize(("decorator", "field"), COUNTING_FIELDS.items())
def test_made_anew_with_a_field_that_counts(decorator: str, field: str) -> None:
    check(CLIENT + counting(decorator, field) + "  # 102")
    given = counting(decorator, field).replace("ctx.state_id)", "ctx.state_id, _n=ctx.counter)")
    check(CLIENT + given)


@pytest.mark.parametrize(("decorator", "field"), SHARED_FIELDS.items())
def test_not_made_anew_with_a_field_that_is_shared(decorator: str, field: str) -> None:
    check(CLIENT + counting(decorator, field))


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
    "class that counts for all": """
class Shared:
    _indexes = count()

    def __init__(self, rec, state_id):
        self.rec = rec

    def ask(self, prompt):
        self.rec.record_call(call_index=next(self._indexes))

def run(rec, rows, ctx):
    for row in rows:
        Shared(rec, ctx.state_id).ask(row)
""",
    "class that counts something else": """
class Metered:
    def __init__(self, rec, state_id):
        self.rec = rec
        self.tokens = 0

    def ask(self, prompt):
        self.tokens += 1
        self.rec.record_call(prompt)

def run(rec, rows, ctx):
    for row in rows:
        Metered(rec, ctx.state_id).ask(row)
""",
    "recorder allocates, a count is kept beside": """
class Allocating:
    def __init__(self, rec, state_id):
        self.rec = rec
        self._call_index = 0

    def ask(self, prompt):
        self._call_index += 1
        self.rec.record_call(call_index=self.rec.allocate_call_index("x"))

def run(rec, rows, ctx):
    for row in rows:
        Allocating(rec, ctx.state_id).ask(row)
""",
    "counter set from the old client": """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self.call_index = 0

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self.call_index)
        self.call_index += 1

def process(rec, rows, ctx):
    old = None
    for row in rows:
        client = Client(rec, ctx.state_id)
        if old is not None:
            client.call_index = old.call_index
        client.ask(row)
        old = client
""",
    "counter set by a method": """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def resume_at(self, index):
        self._call_index = index

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    done = 0
    for row in rows:
        client = Client(rec, ctx.state_id)
        client.resume_at(done)
        client.ask(row)
        done += 1
""",
    "counter taken up by the subclass": """
class Base:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

class Client(Base):
    def __init__(self, recorder, state_id):
        super().__init__(recorder, state_id)
        self._call_index = recorder.count_calls(state_id)

def process(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
""",
    "counter taken up in the constructor": """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0
        last = recorder.last_call(state_id)
        if last is not None:
            self._call_index = last + 1

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
""",
    "record given its index by keyword": """
from dataclasses import dataclass

@dataclass
class Client:
    recorder: object
    state_id: str
    call_index: int = 0

    def ask(self, prompt):
        self.recorder.record_call(self.state_id, call_index=self.call_index)
        self.call_index += 1

def process(rec, rows, ctx):
    for index, row in enumerate(rows):
        Client(rec, ctx.state_id, call_index=index).ask(row)
""",
    "record given its index by position": """
from dataclasses import dataclass

@dataclass
class Client:
    recorder: object
    state_id: str
    call_index: int = 0

    def ask(self, prompt):
        self.recorder.record_call(self.state_id, call_index=self.call_index)
        self.call_index += 1

def process(rec, rows, ctx):
    for index, row in enumerate(rows):
        Client(rec, ctx.state_id, index).ask(row)
""",
    "a first index that is given": """
class Base:
    def __init__(self, recorder, state_id, first=0):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = first

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    for i, row in enumerate(rows):
        Base(rec, ctx.state_id, first=i).ask(row)
""",
    "counter that the constructor adds to": """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0
        self._call_index += recorder.count_calls(state_id)

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
""",
    "counter taken up by a method": """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0
        self._resume()

    def _resume(self):
        self._call_index = self._recorder.count_calls(self._state_id)

    def ask(self, prompt):
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
""",
    "counter taken up at the first call": """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0
        self._ready = False

    def ask(self, prompt):
        if not self._ready:
            self._call_index = self._recorder.count_calls(self._state_id)
            self._ready = True
        self._recorder.record_call(self._state_id, call_index=self._call_index)
        self._call_index += 1

def process(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
""",
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW)
def test_not_made_anew(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + text)
