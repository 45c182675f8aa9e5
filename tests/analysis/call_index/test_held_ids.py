"""SID102: the client is given a whole context, and records under the id that this holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analysis.call_index.running import check, marked
from tests.analysis.call_index.test_packages import PLUGIN, found_in

if TYPE_CHECKING:
    from pathlib import Path

HOLDING = """
class Client:
    def __init__(self, recorder, ctx):
        self._recorder = recorder
        self._ctx = ctx
        self._calls = 0
    def ask(self, prompt):
        index, self._calls = self._calls, self._calls + 1
        self._recorder.record_call(state_id=self._ctx.state_id, call_index=index)
"""

RUN = """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx).ask(row)  # 102
"""

MADE_ANEW = {
    "by position": HOLDING + RUN,
    "by keyword": HOLDING + RUN.replace("(rec, ctx)", "(ctx=ctx, recorder=rec)"),
    "by a partial": HOLDING
    + """
def run(rec, rows, ctx):
    make = partial(Client, rec)
    for row in rows:
        make(ctx).ask(row)  # 102
""",
    "in a helper": HOLDING
    + """
class Transform:
    def one(self, row, context):
        client = Client(self.rec, context)  # 102
        return client.ask(row)
    def run(self, rows, ctx):
        return [self.one(row, ctx) for row in rows]
""",
    "read in the constructor": HOLDING.replace(
        "self._ctx = ctx", "self._id = ctx.state_id"
    ).replace("self._ctx.state_id", "self._id")
    + RUN,
    "by a property": HOLDING.replace("self._ctx.state_id", "self.key")
    + "    @property\n    def key(self): return self._ctx.state_id\n"
    + RUN,
    "further inside": HOLDING.replace("self._ctx.state_id", "self._ctx.node.state_id") + RUN,
    "a dataclass": """
@dataclass
class Client:
    recorder: object
    ctx: object
    calls: int = field(default=0, init=False)
    def ask(self, prompt):
        self.recorder.record_call(state_id=self.ctx.state_id, call_index=self.calls)
        self.calls += 1
"""
    + RUN,
    "by the constructor of a base": HOLDING.replace("class Client", "class Base")
    + """
class Client(Base):
    def __init__(self, rec, context):
        super().__init__(ctx=context, recorder=rec)
"""
    + RUN,
    "the plugin itself": HOLDING
    + """
class Transform:
    def __init__(self, rec, ctx):
        self.rec, self.state_id = rec, ctx.state_id
    def run(self, rows):
        for row in rows:
            Client(self.rec, self).ask(row)  # 102
""",
}

CLEAN = {
    "a context for each row": HOLDING
    + """
def run(rec, rows):
    for row, ctx in rows:
        Client(rec, ctx).ask(row)
""",
    "a copy for each row": HOLDING
    + """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, replace(ctx, state_id=row.state_id)).ask(row)
""",
    "the id is set in each round": HOLDING
    + """
def run(rec, rows, ctx):
    for row in rows:
        ctx.state_id = row.state_id
        Client(rec, ctx).ask(row)
""",
    "what holds it is set in each round": HOLDING.replace("_ctx.state_id", "_ctx.node.state_id")
    + """
def run(rec, rows, ctx):
    for row in rows:
        ctx.node = row.node
        Client(rec, ctx).ask(row)
""",
    "a helper sets it": HOLDING
    + """
def enter(ctx, row): ctx.state_id = row.state_id
def run(rec, rows, ctx):
    for row in rows:
        enter(ctx, row)
        Client(rec, ctx).ask(row)
""",
    "the id of another argument": HOLDING.replace("self._ctx.state_id", "self._recorder.state_id")
    + """
def run(rows, ctx):
    for row in rows:
        Client(row.run, ctx).ask(row)
""",
    "one of two": HOLDING.replace(
        "self._calls = 0", "self._calls = 0; self._other = recorder.state_id"
    )
    + RUN.replace("  # 102", ""),
    "the call says under which id": HOLDING.replace("prompt)", "prompt, state_id)").replace(
        "self._ctx.state_id,", "state_id or self._ctx.state_id,"
    )
    + """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx).ask(row, row.state_id)
""",
    "another context is set later": HOLDING
    + """
    def enter(self, ctx): self._ctx = ctx
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx)
        client.enter(row.ctx)
        client.ask(row)
""",
    "the recorder counts": HOLDING.replace(
        "call_index=index", "call_index=self._recorder.allocate_call_index(self._ctx.state_id)"
    )
    + RUN.replace("  # 102", ""),
    "made once": HOLDING
    + """
def run(rec, rows, ctx):
    client = Client(rec, ctx)
    for row in rows:
        client.ask(row)
""",
    "what cannot be seen to be the context": HOLDING
    + """
def run(rec, rows, *contexts):
    for row in rows:
        Client(rec, *contexts).ask(row)
""",
}


@pytest.mark.parametrize("name", MADE_ANEW)
def test_made_anew(name: str) -> None:
    assert marked(MADE_ANEW[name])
    check(MADE_ANEW[name])


@pytest.mark.parametrize("name", CLEAN)
def test_clean(name: str) -> None:
    assert not marked(CLEAN[name])
    check(CLEAN[name])


def test_released_from_a_cache() -> None:
    check(
        HOLDING
        + """
class Transform:
    def get(self, ctx):
        if ctx.state_id not in self._clients:
            self._clients[ctx.state_id] = Client(self.rec, ctx)
        return self._clients[ctx.state_id]
    def run(self, rows, ctx):
        for row in rows:
            self.get(ctx).ask(row)
            self._clients.pop(ctx.state_id)  # 101
"""
    )


BASE = """
class Base:
    def __init__(self, ctx):
        self.ctx = ctx
        self._calls = 0
    def _next(self):
        self._calls += 1
        return self._calls - 1
"""
DERIVED = """
from lib.base import Base
class Client(Base):
    def ask(self, prompt):
        self.ctx.landscape.record_call(state_id=self.ctx.state_id, call_index=self._next())
"""
IMPORTED = """
from lib.clients import Client
def run(rows, ctx):
    if ctx.state_id is None: raise ValueError
    for row in rows:
        Client(ctx).ask(row)
"""


def test_a_class_and_its_base_in_other_modules(tmp_path: Path) -> None:
    files = {PLUGIN: IMPORTED, "lib/clients.py": DERIVED, "lib/base.py": BASE}
    ((name, row, code, _),) = found_in(tmp_path, files)
    assert (name, row, code) == ("a.py", 6, "SID102")


def test_a_class_in_another_module_that_reads_no_id(tmp_path: Path) -> None:
    clients = DERIVED.replace("self.ctx.state_id", "prompt")
    assert (
        found_in(tmp_path, {PLUGIN: IMPORTED, "lib/clients.py": clients, "lib/base.py": BASE})
        == []
    )
