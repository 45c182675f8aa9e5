"""SID101 and SID102 on small modules; rows to be reported are marked ``# 101`` or ``# 102``."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.analysis.packages import SourceTree
from flake8_stateid.checking import Checker
from flake8_stateid.configuration import Configuration
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.samples import project

CLIENT = """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def ask(self, prompt):
        index = self._call_index
        self._call_index += 1
        self._recorder.record_call(state_id=self._state_id, call_index=index)
        return prompt
"""

CACHE = """
class Cache:
    def __init__(self, recorder):
        self._recorder = recorder
        self._clients = {}

    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._recorder, state_id)
        return self._clients[state_id]
"""


def found(text: str) -> list[tuple[int, str]]:
    source = SourceText.from_text("plugins/a.py", text)
    findings = analyse(ast.parse(text), source, Settings())
    return [(finding.span.row, finding.code) for finding in findings]


def marked(text: str) -> list[tuple[int, str]]:
    return [
        (row, f"SID{code}")
        for row, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"# (10[12])\b", line)
    ]


def check(text: str) -> None:
    assert found(text) == marked(text)


MADE_ANEW = {
    "offered to a cache, and used whatever it holds": """
class T:
    def client(self, sid):
        client = Client(self.rec, state_id=sid)  # 102
        self._c.setdefault(sid, client)
        return client

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id).ask(row)
""",
    "found, and made all the same": """
class T:
    def client(self, sid):
        try:
            client = self._c[sid]
        except KeyError:
            pass
        client = self._c[sid] = Client(self.rec, state_id=sid)  # 102
        return client

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id).ask(row)
""",
    "while, with the context's id": """
class T:
    def run(self, queue, ctx):
        while queue:
            Client(self.rec, ctx.state_id).ask(queue.pop())  # 102
""",
    "keyword besides the id": """
def run(rec, rows, ctx):
    for row in rows:
        Client(recorder=rec, state_id=ctx.state_id).ask(row)  # 102
""",
    "id of another object set": """
def run(rec, rows, ctx, other):
    for row in rows:
        other.state_id = row.id
        Client(rec, ctx.state_id).ask(row)  # 102
""",
    "string methods": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id.strip()).ask(row)  # 102
""",
    "both branches the same": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id if row else ctx.state_id).ask(row)  # 102
""",
    "class method makes the client": """
class T:
    @classmethod
    def build(cls, rec, sid):
        return cls.make(rec, sid)

    @classmethod
    def make(cls, rec, sid):
        return Client(rec, state_id=sid)  # 102

    def run(self, rows, ctx):
        for row in rows:
            self.build(self.rec, ctx.state_id)
""",
    "a condition that says nothing of the client": """
class T:
    def client(self, ctx, row):
        if row not in self.rows:
            return Client(self.rec, ctx.state_id)  # 102
        if row.ok < 3:
            return None

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx, row)
""",
    "inner comprehension": """
def run(rec, rows, ctx):
    return [a for row in rows for a in Client(rec, ctx.state_id).ask(row)]  # 102
""",
    "id in a dataclass field by position": """
@dataclass
class Kept:
    state_id: str
    _n: int = 0

    def ask(self):
        self._n += 1
        REC.record_call(call_index=self._n)

def run(rows, ctx):
    for row in rows:
        Kept(ctx.state_id).ask()  # 102
""",
    "the same id assigned twice": """
def run(rec, rows, ctx):
    for row in rows:
        if row:
            sid = ctx.state_id
        else:
            sid = ctx.state_id
        Client(rec, sid).ask(row)  # 102
""",
    "conditional class": """
def run(rec, rows, ctx):
    make = Client if ctx else Client
    for row in rows:
        make(rec, ctx.state_id).ask(row)  # 102
""",
    "partial": """
def run(rec, rows, ctx):
    make = partial(Client, rec)
    for row in rows:
        make(state_id=ctx.state_id).ask(row)  # 102
""",
    "handed on by map": """
class T:
    def one(self, row, sid):
        return Client(self.rec, state_id=sid).ask(row)  # 102

    def run(self, pool, batches, ctx):
        for rows in batches:
            pool.map(self.one, rows, repeat(ctx.state_id))
""",
    "an id that has a default": """
class T:
    def one(self, row, sid="all"):
        return Client(self.rec, state_id=sid).ask(row)  # 102

    def run(self, rows):
        for row in rows:
            self.one(row)
""",
    "class in a class": """
class T:
    class Own(Client):
        pass

    def run(self, rows, ctx):
        for row in rows:
            self.one(T.Own(self.rec, ctx.state_id))  # 102
""",
    "class in a function": """
def run(rec, rows, ctx):
    class Own(Client):
        pass
    for row in rows:
        Own(rec, ctx.state_id).ask(row)  # 102
""",
    "object of a class of the module": """
class Maker:
    def make(self, rec, sid):
        return Client(rec, state_id=sid)  # 102

class T:
    def __init__(self):
        self._maker = Maker()

    def run(self, rec, rows, ctx):
        for row in rows:
            self._maker.make(rec, ctx.state_id).ask(row)
""",
    "object known by its annotation": """
class Maker:
    def make(self, rec, sid):
        return Client(rec, state_id=sid)  # 102

def run(rec, rows, ctx, maker: Maker):
    for row in rows:
        maker.make(rec, ctx.state_id).ask(row)
""",
    "function that is given": """
def each(rows, work):
    for row in rows:
        work(row)

class T:
    def run(self, rows, ctx):
        for batch in rows:
            each(batch, lambda row: Client(self.rec, ctx.state_id).ask(row))  # 102
""",
    "id declared global": """
STATE_ID = open_state()

def run(rec, rows):
    global STATE_ID
    for row in rows:
        Client(rec, STATE_ID).ask(row)  # 102
""",
    "id bound in the body": """
def run(rec, rows, ctx):
    for row in rows:
        state_id = ctx.state_id
        Client(rec, state_id).ask(row)  # 102
""",
    "id unpacked before the loop": """
def run(rec, rows, ctx):
    rec, sid = ctx.landscape, ctx.state_id
    for row in rows:
        Client(rec, state_id=sid).ask(row)  # 102
""",
    "id opened before the loop": """
def run(rec, rows, ctx):
    state_id = rec.open()
    while rows:
        Client(rec, state_id).ask(rows.pop())  # 102
""",
    "cast and str": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, cast(str, str(ctx.state_id))).ask(row)  # 102
""",
    "an id or else another": """
def run(rec, rows, ctx, default):
    for row in rows:
        Client(rec, ctx.state_id or default).ask(row)  # 102
""",
    "either of two": """
def run(rec, rows, ctx, default):
    for row in rows:
        Client(rec, ctx.state_id if ctx else default).ask(row)  # 102
""",
    "item of a dict": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx["state_id"]).ask(row)  # 102
""",
    "a literal": """
def run(rec, rows):
    for row in rows:
        Client(rec, "s").ask(row)  # 102
""",
    "walrus": """
def run(rec, rows, ctx):
    for row in rows:
        (client := Client(rec, ctx.state_id)).ask(row)  # 102
""",
    "two helpers deep": """
class T:
    def make(self, state_id):
        return Client(self.rec, state_id)  # 102

    def row(self, row, ctx):
        return self.make(ctx.state_id).ask(row)

    def run(self, rows, ctx):
        for row in rows:
            self.row(row, ctx)
""",
    "module function as helper": """
def make(rec, state_id):
    return Client(rec, state_id)  # 102

def run(rec, rows, ctx):
    for row in rows:
        make(rec, state_id=ctx.state_id).ask(row)
""",
    "closure": """
def run(rec, rows, ctx):
    def one(row):
        return Client(rec, ctx.state_id).ask(row)  # 102
    for row in rows:
        one(row)
""",
    "lambda": """
def run(rec, rows, ctx):
    make = lambda: Client(rec, ctx.state_id)  # 102
    for row in rows:
        make().ask(row)
""",
    "alias of a method": """
class T:
    def make(self, state_id):
        return Client(self.rec, state_id)  # 102

    def run(self, rows, ctx):
        make = self.make
        for row in rows:
            make(ctx.state_id).ask(row)
""",
    "executor in a comprehension": """
class T:
    def one(self, row, state_id):
        return Client(self.rec, state_id).ask(row)  # 102

    def run(self, pool, rows, ctx):
        return [pool.submit(self.one, row, ctx.state_id) for row in rows]
""",
    "thread with args": """
class T:
    def one(self, row, state_id):
        return Client(self.rec, state_id).ask(row)  # 102

    def run(self, rows, ctx):
        for row in rows:
            Thread(target=self.one, args=(row, ctx.state_id)).start()
""",
    "class made a local name": """
def run(rec, rows, ctx):
    kind = Client
    for row in rows:
        kind(rec, ctx.state_id).ask(row)  # 102
""",
    "wrapper that makes a client": """
class Service:
    def __init__(self, rec, state_id):
        self.client = Client(rec, state_id)  # 102

def run(rec, rows, ctx):
    for row in rows:
        Service(rec, ctx.state_id).client.ask(row)
""",
    "super().__init__ and inherited helper": """
class Base:
    def make(self, state_id):
        return Client(self.rec, state_id)  # 102

class T(Base):
    def make(self, state_id):
        return super().make(state_id)

    def run(self, rows, ctx):
        for row in rows:
            self.make(ctx.state_id).ask(row)
""",
    "loop in the base, construction in the subclass": """
class Base:
    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx)

class T(Base):
    def one(self, row, ctx):
        Client(self.rec, ctx.state_id).ask(row)  # 102
""",
    "class method": """
class T:
    @classmethod
    def make(cls, rec, state_id):
        return Client(rec, state_id)  # 102

    def run(self, rows, ctx):
        for row in rows:
            T.make(self.rec, ctx.state_id).ask(row)
""",
    "static method": """
class T:
    @staticmethod
    def make(rec, state_id):
        return Client(rec, state_id)  # 102

    def run(self, rows, ctx):
        for row in rows:
            self.make(self.rec, ctx.state_id).ask(row)
""",
    "stored over the last one": """
class T:
    def run(self, rows, ctx):
        for row in rows:
            self.clients[ctx.state_id] = Client(self.rec, ctx.state_id)  # 102
            self.clients[ctx.state_id].ask(row)
""",
    "guard that is reset": """
def run(rec, rows, ctx):
    for row in rows:
        client = None
        if client is None:
            client = Client(rec, ctx.state_id)  # 102
        client.ask(row)
""",
    "optional parameter nobody gives": """
class T:
    def one(self, row, state_id, client=None):
        if client is None:
            client = Client(self.rec, state_id)  # 102
        return client.ask(row)

    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx.state_id)
""",
    "under a condition of the row": """
def run(rec, rows, ctx):
    for row in rows:
        if row.kind == "llm":
            client = Client(rec, ctx.state_id)  # 102
            client.ask(row)
""",
    "method that returns the id": """
class T:
    def sid(self, ctx):
        return ctx.state_id

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, self.sid(ctx)).ask(row)  # 102
""",
    "nested loop, id of the outer round": """
def run(rec, work):
    for ctx in work:
        for row in ctx.rows:
            Client(rec, ctx.state_id).ask(row)  # 102
""",
    "async": """
async def run(rec, rows, ctx):
    async for row in rows:
        await Client(rec, ctx.state_id).ask(row)  # 102
""",
    "generator expression": """
def run(rec, rows, ctx):
    return list(Client(rec, ctx.state_id).ask(row) for row in rows)  # 102
""",
    "dict comprehension": """
def run(rec, rows, ctx):
    return {row: Client(rec, ctx.state_id).ask(row) for row in rows if row}  # 102
""",
    "at module level": """
for row in ROWS:
    Client(REC, CTX.state_id).ask(row)  # 102
""",
    "an attribute of the object": """
class T:
    def run(self, rows):
        for row in rows:
            Client(self.rec, self._state_id).ask(row)  # 102
""",
    "another object's id is set": """
def run(rec, rows, ctx):
    for row in rows:
        result = Client(rec, ctx.state_id).ask(row)  # 102
        result.state_id = ctx.state_id
""",
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
    "after an exception is caught": """
def run(rec, rows, ctx):
    for row in rows:
        try:
            return Client(rec, ctx.state_id).ask(row)  # 102
        except ValueError:
            pass
""",
    "raise swallowed by a with": """
def run(rec, rows, ctx):
    for row in rows:
        with suppress(ValueError):
            Client(rec, ctx.state_id).ask(row)  # 102
            raise ValueError
""",
    "map of a function inside": """
class T:
    def process(self, rows, ctx):
        def one(row):
            client = Client(self._rec, ctx.state_id)  # 102
            return client.ask(row)

        return list(map(one, rows))
""",
    "map of a lambda": """
class T:
    def process(self, rows, ctx):
        return list(map(lambda row: Client(self._rec, ctx.state_id).ask(row), rows))  # 102
""",
    "executor map of a lambda": """
from concurrent.futures import ThreadPoolExecutor

class T:
    def _one(self, row, state_id):
        return Client(self._rec, state_id).ask(row)  # 102

    def process(self, rows, ctx):
        state_id = ctx.state_id
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda row: self._one(row, state_id), rows))
""",
    "gather of a map": """
import asyncio

class T:
    async def process(self, rows, ctx):
        async def one(row):
            client = Client(self._rec, ctx.state_id)  # 102
            return client.ask(row)

        return await asyncio.gather(*map(one, rows))
""",
    "map of partial": """
from functools import partial

def one(rec, state_id, row):
    return Client(rec, state_id).ask(row)  # 102

def process(rec, rows, ctx):
    return list(map(partial(one, rec, ctx.state_id), rows))
""",
    "map with repeat": """
from itertools import repeat
from concurrent.futures import ThreadPoolExecutor

class T:
    def _one(self, row, state_id):
        return Client(self._rec, state_id).ask(row)  # 102

    def process(self, rows, ctx):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(self._one, rows, repeat(ctx.state_id)))
""",
    "map of a method, id of the object": """
class T:
    def _one(self, row):
        return Client(self._rec, self._state_id).ask(row)  # 102

    def process(self, rows, ctx):
        self._state_id = ctx.state_id
        return list(map(self._one, rows))
""",
    "map with a list of one id many times": """
class T:
    def _one(self, row, state_id):
        return Client(self._rec, state_id).ask(row)  # 102

    def process(self, rows, ctx):
        return list(self._pool.map(self._one, rows, [ctx.state_id] * len(rows)))
""",
    "map of partial by keyword": """
from functools import partial

def _one(row, *, rec, state_id):
    return Client(rec, state_id).ask(row)  # 102

def process(rec, rows, ctx):
    return list(map(partial(_one, rec=rec, state_id=ctx.state_id), rows))
""",
    "map of partial by another name": """
from functools import partial

def _one(rec, state_id, row):
    return Client(rec, state_id).ask(row)  # 102

def process(rec, rows, ctx):
    one = partial(_one, rec, ctx.state_id)
    return list(map(one, rows))
""",
    "starmap": """
from itertools import starmap, repeat

def process(rec, rows, ctx):
    return list(starmap(lambda i, row: Client(rec, ctx.state_id).ask(row), enumerate(rows)))  # 102
""",
    "map_async": """
def process(rec, rows, ctx, pool):
    return pool.map_async(lambda row: Client(rec, ctx.state_id).ask(row), rows).get()  # 102
""",
    "starmap_async": """
def process(rec, pairs, ctx, pool):
    one = lambda i, row: Client(rec, ctx.state_id).ask(row)  # 102
    return pool.starmap_async(one, pairs).get()
""",
    "a cache that is new for each row": """
class T:
    def process(self, rows, ctx):
        for row in rows:
            clients = {}
            for question in row:
                if ctx.state_id not in clients:
                    clients[ctx.state_id] = Client(self._rec, ctx.state_id)  # 102
                clients[ctx.state_id].ask(question)
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
    "an id that only the outer loop changes": """
def process(rec, contexts):
    for ctx in contexts:
        for row in ctx.rows:
            Client(rec, ctx.state_id).ask(row)  # 102
""",
    "id from a method that holds another function": """
class T:
    def id_of(self, ctx):
        def text():
            return "an id"

        self.log(text)
        return ctx.state_id

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, self.id_of(ctx)).ask(row)  # 102
""",
    "other things set": """
def run(rec, rows, ctx):
    for row in rows:
        setattr(ctx, "row", row)
        ctx["row"] = row
        ctx.update(row=row, state_id=ctx.state_id)
        Client(rec, ctx.state_id).ask(row)  # 102
""",
    "an id that is an item, and another item set": """
def run(rec, rows, ctx):
    for row in rows:
        ctx["row"] = row
        Client(rec, ctx["state_id"]).ask(row)  # 102
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


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
    "arguments in a star": """
class T:
    def make(self, state_id):
        return Client(self.rec, state_id)

    def run(self, rows, ctx):
        for row in rows:
            self.make(*[ctx.state_id])
""",
    "id set to None in the loop": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
        ctx.state_id = None
""",
    "guard among other conditions": """
class T:
    def client(self, ctx):
        if self._client is None and ctx.ok:
            self._client: Client = Client(self.rec, ctx.state_id)
        return self._client

    def other(self, ctx):
        client = self._other
        if client is None:
            client = Client(self.rec, ctx.state_id)
            self._other = client
        return client

    def third(self, ctx):
        if ctx.state_id not in self._seen:
            self._seen.add(ctx.state_id)
            self._third = Client(self.rec, ctx.state_id)
        return self._third

    def fourth(self, ctx):
        if client := self._fourth:
            return client
        self._fourth = Client(self.rec, ctx.state_id)
        return self._fourth

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx), self.other(ctx), self.third(ctx), self.fourth(ctx)
""",
    "one of two may differ": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, row.state_id or ctx.state_id).ask(row)
""",
    "item by a variable": """
def run(rec, rows, ids):
    for i, row in enumerate(rows):
        Client(rec, state_id=ids[i]).ask(row)
""",
    "id not given": """
def run(rec, rows):
    for row in rows:
        Client(rec).ask(row)
        Client(rec, None).ask(row)
""",
    "deleted and bound anew": """
def run(rec, rows, ctx):
    for row in rows:
        state_id = ctx.open()
        Client(rec, state_id).ask(row)
        del state_id
""",
    "id that an exception or a pattern binds": """
def run(rec, rows, ctx):
    for row in rows:
        match row:
            case {"state_id": state_id}:
                Client(rec, state_id).ask(row)
        try:
            row()
        except ValueError as state_id:
            Client(rec, state_id).ask(row)
""",
    "id of the object set in the loop": """
class T:
    def run(self, rows):
        for row in rows:
            self.state_id = row.open()
            Client(self.rec, self.state_id).ask(row)
""",
    "id behind a property": """
class T:
    @property
    def state_id(self):
        return self.open()

    def run(self, rows):
        for row in rows:
            Client(self.rec, self.state_id).ask(row)
""",
    "functions that return different ids": """
class T:
    def sid(self, ctx, row):
        if row.own:
            return row.state_id
        return ctx.state_id

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, self.sid(ctx, row)).ask(row)
""",
    "functions that call each other": """
class T:
    def a(self, ctx, row):
        return self.b(ctx, row)

    def b(self, ctx, row):
        return self.a(ctx, row)

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, state_id=self.a(ctx, row))
            self.a(ctx, row)
""",
    "a variable that rests on itself": """
def run(rec, rows, state_id):
    for row in rows:
        state_id = state_id.next()
        Client(rec, state_id).ask(row)
""",
    "no loop": """
def run(rec, row, ctx):
    Client(rec, ctx.state_id).ask(row)
""",
    "one round": """
def run(rec, row, ctx):
    for each in [row]:
        Client(rec, ctx.state_id).ask(each)
    for _ in range(1):
        Client(rec, ctx.state_id).ask(row)
    return [Client(rec, ctx.state_id).ask(each) for each in (row,)]
""",
    "source of the loop": """
def run(rec, ctx):
    for answer in Client(rec, ctx.state_id).ask("all"):
        print(answer)
    return [a for a in Client(rec, ctx.state_id).ask("all")]
""",
    "in the else of the loop": """
def run(rec, rows, ctx):
    for row in rows:
        print(row)
    else:
        Client(rec, ctx.state_id).ask("done")
""",
    "id of the row": """
def run(rec, rows):
    for row in rows:
        Client(rec, row.state_id).ask(row)
        Client(rec, state_id=row["state_id"]).ask(row)
""",
    "context re-bound in the loop": """
def run(rec, rows, ctx):
    for row in rows:
        ctx = ctx.fresh()
        Client(rec, ctx.state_id).ask(row)
""",
    "context re-bound at the end of the round": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
        ctx = ctx.fresh()
""",
    "id set on the context": """
def run(rec, rows, ctx):
    for row in rows:
        ctx.state_id = rec.open()
        Client(rec, ctx.state_id).ask(row)
""",
    "id set by a helper": """
class T:
    def renew(self, ctx):
        ctx.state_id = self.rec.open()

    def run(self, rows, ctx):
        for row in rows:
            self.renew(ctx)
            Client(self.rec, ctx.state_id).ask(row)
""",
    "a state opened in each round": """
class T:
    def renew(self, ctx):
        self.rec.begin_node_state(ctx)

    def run(self, rows, ctx):
        for row in rows:
            self.renew(ctx)
            Client(self.rec, ctx.state_id).ask(row)
""",
    "id from a call": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.next_state_id()).ask(row)
""",
    "id bound by with": """
def run(rec, rows, ctx):
    for row in rows:
        with ctx.attempt() as state_id:
            Client(rec, state_id).ask(row)
""",
    "id built in the loop is another defect's": """
def run(rec, rows, ctx, clients):
    for i, row in enumerate(rows):
        clients.append(Client(rec, ids[i]))
""",
    "two assignments": """
def run(rec, rows, ctx):
    for row in rows:
        state_id = ctx.state_id
        if row.own:
            state_id = row.state_id
        Client(rec, state_id).ask(row)
""",
    "guard on an attribute": """
class T:
    def client(self, ctx):
        if self._client is None:
            self._client = Client(self.rec, ctx.state_id)
        return self._client

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx).ask(row)
""",
    "guards of many kinds": """
class T:
    def a(self, sid):
        if sid in self._c:
            return self._c[sid]
        self._c[sid] = client = Client(self.rec, state_id=sid)
        return client

    def b(self, sid):
        client = self._c.get(sid)
        if client is None:
            client = Client(self.rec, state_id=sid)
            self._c[sid] = client
        return client

    def c(self, sid):
        try:
            return self._c[sid]
        except KeyError:
            return self._c.setdefault(sid, Client(self.rec, state_id=sid))

    def d(self, sid):
        return self._c.setdefault(sid, Client(self.rec, state_id=sid))

    def e(self, sid):
        if (client := self._c.get(sid)) is not None:
            return client
        self._c[sid] = Client(self.rec, state_id=sid)
        return self._c[sid]

    def f(self, sid):
        if not self._client:
            self._client = Client(self.rec, state_id=sid)
        return self._client

    def g(self, sid):
        self._client = self._client or Client(self.rec, state_id=sid)
        return self._client

    @lru_cache
    def h(self, sid):
        return Client(self.rec, state_id=sid)

    def i(self, sid):
        if sid in self._c:
            client = self._c[sid]
        else:
            client = Client(self.rec, state_id=sid)
            self._c[sid] = client
        return client

    def j(self, sid):
        client = self._client if self._client else Client(self.rec, state_id=sid)
        self._client = client
        return client

    def k(self, sid):
        if not hasattr(self, "_client"):
            self._client = Client(self.rec, state_id=sid)
        return self._client

    def l(self, sid):
        if self._c.get(sid) is None:
            self._c[sid] = Client(self.rec, state_id=sid)
        return self._c[sid]

    def m(self, sid):
        client = self._client
        if client:
            return client
        self._client = Client(self.rec, state_id=sid)
        return self._client

    def n(self, sid):
        try:
            return self._c[sid]
        except KeyError:
            pass
        self._c[sid] = Client(self.rec, state_id=sid)
        return self._c[sid]

    def o(self, sid):
        with suppress(KeyError):
            return self._c[sid]
        self._c[sid] = client = Client(self.rec, state_id=sid)
        return client

    def p(self, sid):
        client = Client(self.rec, state_id=sid)
        return self._c.setdefault(sid, client)

    def q(self, sid):
        client = self._c[sid] if sid in self._c else Client(self.rec, state_id=sid)
        self._c[sid] = client
        return client

    def run(self, rows, ctx):
        for row in rows:
            sid = ctx.state_id
            for make in ():
                pass
            self.a(sid), self.b(sid), self.c(sid), self.d(sid), self.e(sid), self.f(sid)
            self.g(sid), self.h(sid), self.i(sid), self.j(sid), self.k(sid), self.l(sid)
            self.m(sid), self.n(sid), self.o(sid), self.p(sid), self.q(sid)
""",
    "guard around the helper": """
class T:
    def make(self, sid):
        return Client(self.rec, state_id=sid)

    def client(self, sid):
        if sid not in self._c:
            self._c[sid] = self.make(sid)
        return self._c[sid]

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id).ask(row)
""",
    "first round only": """
def run(rec, rows, ctx):
    for i, row in enumerate(rows):
        if i == 0:
            client = Client(rec, ctx.state_id)
        client.ask(row)
""",
    "straight out of the loop": """
def run(rec, rows, ctx):
    for row in rows:
        if row.last:
            Client(rec, ctx.state_id).ask(row)
            break
    for row in rows:
        return Client(rec, ctx.state_id).ask(row)
    while True:
        Client(rec, ctx.state_id).ask(0)
        raise StopIteration
""",
    "helper that always raises": """
class T:
    def fail(self, ctx):
        Client(self.rec, ctx.state_id).ask("failed")
        raise ValueError

    def run(self, rows, ctx):
        for row in rows:
            self.fail(ctx)
""",
    "waiting loop over an attribute others set": """
class T:
    def start(self, ctx):
        self._ctx = ctx

    def run(self):
        while self.alive:
            Client(self.rec, self._ctx.state_id).ask(self.queue.get())
""",
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
    "a comprehension's own name": """
def run(rec, rows, ctx):
    for batch in rows:
        [Client(rec, state_id).ask(1) for state_id in batch]
""",
    "map, id of the row": """
class T:
    def _one(self, row):
        return Client(self._rec, row.state_id).ask(row)

    def process(self, rows, ctx):
        return list(map(self._one, rows))
""",
    "map over ids too": """
class T:
    def _one(self, row, state_id):
        return Client(self._rec, state_id).ask(row)

    def process(self, rows, ctx):
        return list(map(self._one, rows, ctx.state_ids))
""",
    "map of a lambda over ids too": """
def process(rec, rows, state_ids):
    return list(map(lambda row, state_id: Client(rec, state_id).ask(row), rows, state_ids))
""",
    "map, cached": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        return list(map(lambda row: self._client(ctx.state_id).ask(row), rows))
""",
    "map, kept in an attribute": """
class T:
    def process(self, rows, ctx):
        def one(row):
            if self._client is None:
                self._client = Client(self._rec, ctx.state_id)
            return self._client.ask(row)

        return list(map(one, rows))
""",
    "map over one row": """
class T:
    def process(self, row, ctx):
        def one(row):
            return Client(self._rec, ctx.state_id).ask(row)

        return list(map(one, [row]))
""",
    "map over contexts too": """
class T:
    def _one(self, row, ctx):
        return Client(self._rec, ctx.state_id).ask(row)

    def process(self, rows, contexts):
        return list(self._pool.map(self._one, rows, contexts))
""",
    "map that opens states": """
class T:
    def process(self, rows, ctx):
        def one(row):
            self._recorder.begin_node_state(row)
            return Client(self._rec, ctx.state_id).ask(row)

        return list(map(one, rows))
""",
    "map of a method of one client": """
class T:
    def process(self, rows, ctx):
        return list(map(Client(self._rec, ctx.state_id).ask, rows))
""",
    "map of partial with one client": """
from functools import partial

class T:
    def _one(self, client, row):
        return client.ask(row)

    def process(self, rows, ctx):
        return list(map(partial(self._one, Client(self._rec, ctx.state_id)), rows))
""",
    "map of something else": """
class T:
    def process(self, frame, ctx):
        return frame.map(lambda row: Client(self._rec, ctx.state_id).ask(row))
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
    "one row of many": """
from itertools import islice

def process(rec, rows, ctx):
    for row in rows[:1]:
        Client(rec, ctx.state_id).ask(row)
    for row in islice(rows, 1):
        Client(rec, ctx.state_id).ask(row)
""",
    "slot for one id": """
class T:
    def _client_for(self, state_id):
        if self._client_state != state_id:
            self._client = Client(self._rec, state_id)
            self._client_state = state_id
        return self._client

    def process(self, rows, ctx):
        for row in rows:
            self._client_for(ctx.state_id).ask(row)
""",
    "slot whose client knows its id": """
class T:
    def _client_for(self, state_id):
        if self._client is not None and self._client.state_id == state_id:
            return self._client
        self._client = Client(self._rec, state_id)
        return self._client

    def process(self, rows, ctx):
        for row in rows:
            self._client_for(ctx.state_id).ask(row)
""",
    "slot that is a dict": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients = {state_id: Client(self._rec, state_id)}
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
""",
    "match of None": """
class T:
    def process(self, rows, ctx):
        client = None
        for row in rows:
            match client:
                case None:
                    client = Client(self._rec, ctx.state_id)
            client.ask(row)
""",
    "None, and out of the loop": """
class T:
    def process(self, rows, ctx):
        client = None
        for row in rows:
            if client is None:
                client = Client(self._rec, ctx.state_id)
            try:
                client.ask(row)
            except OSError:
                client = None
                break
""",
    "lambdas for later": """
def process(rec, rows, ctx):
    makers = []
    for row in rows:
        makers.append(lambda: Client(rec, ctx.state_id))
    return makers[0]().ask(rows)
""",
    "unknown method that begins a row": """
def process(rec, rows, ctx):
    for row in rows:
        ctx.begin_row(row)
        Client(rec, ctx.state_id).ask(row)
""",
    "with a state of the row": """
def process(rec, rows, ctx):
    for row in rows:
        with ctx.row_state(row):
            Client(rec, ctx.state_id).ask(row)
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
    "id set by setattr": """
def process(rec, rows, ctx):
    for row in rows:
        setattr(ctx, "state_id", row.state_id)
        Client(rec, ctx.state_id).ask(row)
""",
    "id that is an item": """
def process(rec, rows, ctx):
    for row in rows:
        ctx["state_id"] = row["state_id"]
        Client(rec, ctx["state_id"]).ask(row)
""",
    "id set by an unknown method": """
def process(rec, rows, ctx):
    for row in rows:
        ctx.update(state_id=row.state_id)
        Client(rec, ctx.state_id).ask(row)
""",
    "map, kept under a lock": """
class T:
    def _get(self, state_id):
        client = self._clients.get(state_id)
        if client is not None:
            return client
        with self._lock:
            if state_id not in self._clients:
                self._clients[state_id] = Client(self._rec, state_id)
            return self._clients[state_id]

    def process(self, rows, ctx):
        with self._pool as pool:
            return list(pool.map(lambda row: self._get(ctx.state_id).ask(row), rows))
""",
    "cache cleared for each context": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, contexts):
        for ctx in contexts:
            for row in ctx.rows:
                self._client(ctx.state_id).ask(row)
            self._clients.clear()
""",
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW)
def test_not_made_anew(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + text)


RELEASED = {
    "kept for each model": """
class T:
    def client(self, sid, model):
        key = (sid, model)
        client = self._c.get(key)
        if client is None:
            client = Client(self.rec, sid)
            self._c[key] = client
        return client

    def run(self, rows, ctx):
        key = (ctx.state_id, self.model)
        for row in rows:
            self.client(ctx.state_id, self.model).ask(row)
            del self._c[key]  # 101
            self.client(ctx.state_id, "m").ask(row)
            self._c.pop((ctx.state_id, "m"), None)  # 101
""",
    "kept under a constant": """
class T:
    def run(self, rows, ctx):
        for row in rows:
            self._c.setdefault("llm", Client(self.rec, ctx.state_id)).ask(row)
            self._c.pop("llm")  # 101
""",
    "clear": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self._clients.clear()  # 101
""",
    "in a helper": """
class T(Cache):
    def release(self, sid):
        del self._clients[sid]  # 101

    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self.release(ctx.state_id)
""",
    "in the method that processes a row": """
class T(Cache):
    def one(self, row, ctx):
        try:
            return self._client(ctx.state_id).ask(row)
        finally:
            self._clients.pop(ctx.state_id, None)  # 101

    def run(self, rows, ctx):
        return [self.one(row, ctx) for row in rows]
""",
    "an attribute set to None": """
class T:
    def client(self, ctx):
        if self._c is None:
            self._c = Client(self.rec, ctx.state_id)
        return self._c

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx).ask(row)
            self._c = None  # 101
""",
    "a local cache": """
def run(rec, rows, ctx):
    clients = {}
    for row in rows:
        if ctx.state_id not in clients:
            clients[ctx.state_id] = Client(rec, ctx.state_id)
        clients[ctx.state_id].ask(row)
        del clients[ctx.state_id]  # 101
""",
    "used through an executor": """
class T(Cache):
    def one(self, row, sid):
        return self._client(sid).ask(row)

    def run(self, rows, ctx):
        for row in rows:
            try:
                self.pool.submit(self.one, row, ctx.state_id).result()
            finally:
                with self.lock:
                    self._clients.pop(ctx.state_id, None)  # 101
""",
    "closed on the way": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            client = self._clients.pop(ctx.state_id)  # 101
            client.close()
""",
    "in the outer of two loops": """
class T(Cache):
    def run(self, work, ctx):
        for rows in work:
            for row in rows:
                self._client(ctx.state_id).ask(row)
            self._clients.pop(ctx.state_id)  # 101
""",
    "cache known by its annotation": """
class T:
    def __init__(self, factory):
        self._factory = factory
        self._clients: dict[str, Client] = {}

    def run(self, rows, ctx):
        for row in rows:
            client = self._clients.get(ctx.state_id)
            if client is None:
                client = self._clients[ctx.state_id] = self._factory(ctx)
            client.ask(row)
            self._clients.pop(ctx.state_id)  # 101
""",
    "an error is raised and caught": """
class T(Cache):
    def one(self, row, ctx):
        try:
            self._client(ctx.state_id).ask(row)
        except ValueError:
            self._clients.pop(ctx.state_id)  # 101
            raise

    def run(self, rows, ctx):
        for row in rows:
            try:
                self.one(row, ctx)
            except ValueError:
                print(row)
""",
    "a new dict in its place": """
class T:
    def __init__(self, rec):
        self._rec = rec
        self._clients = {}

    def _get(self, ctx):
        try:
            return self._clients[ctx.state_id]
        except KeyError:
            client = self._clients[ctx.state_id] = Client(self._rec, ctx.state_id)
            return client

    def process(self, rows, ctx):
        for row in rows:
            self._get(ctx).ask(row)
            self._clients = {}  # 101
""",
    "callback of a stack in the loop": """
from contextlib import ExitStack

class T:
    def __init__(self, rec):
        self._rec = rec
        self._clients = {}

    def _get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            with ExitStack() as stack:
                stack.callback(self._clients.pop, ctx.state_id, None)  # 101
                self._get(ctx.state_id).ask(row)
""",
    "method as callback of a stack in the loop": """
from contextlib import ExitStack

class T:
    def _get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def _drop(self, state_id):
        self._clients.pop(state_id, None)  # 101

    def process(self, rows, ctx):
        for row in rows:
            with ExitStack() as stack:
                stack.callback(self._drop, ctx.state_id)
                self._get(ctx.state_id).ask(row)
""",
    "in a function that is mapped": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        def one(row):
            try:
                return self._client(ctx.state_id).ask(row)
            finally:
                self._clients.pop(ctx.state_id, None)  # 101

        return list(self._pool.map(one, rows))
""",
    "where it is there": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            if ctx.state_id in self._clients:
                del self._clients[ctx.state_id]  # 101
""",
    "left where it is missing": """
class T(Cache):
    def release(self, state_id):
        if state_id not in self._clients:
            return
        self._clients.pop(state_id).close()  # 101

    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self.release(ctx.state_id)
""",
    "taken out and not put back": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            client = self._client(ctx.state_id)
            client.ask(row)
            client = self._clients.pop(ctx.state_id)  # 101
            self._last = client
""",
}


@pytest.mark.parametrize("text", RELEASED.values(), ids=RELEASED)
def test_released(text: str) -> None:
    assert "# 101" in text
    check(CLIENT + CACHE + text)


NOT_RELEASED = {
    "kept for each model, another one released": """
class T:
    def client(self, sid, model):
        if (sid, model) not in self._c:
            self._c[sid, model] = Client(self.rec, sid)
        return self._c[sid, model]

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id, "m").ask(row)
            self._c.pop((ctx.state_id, "other"), None)
            self._c.pop((row.id, "m"), None)

    def run_each(self, rows):
        for row in rows:
            self.client(row.state_id, "m").ask(row)
            self._c.pop((row.state_id, "m"), None)
""",
    "kept for each row": """
class T:
    def run(self, rows, ctx):
        for row in rows:
            if row.kind not in self._c:
                self._c[row.kind] = Client(self.rec, ctx.state_id)
            self._c[row.kind].ask(row)
            self._c.pop(row.kind)
            self._c.pop("llm", None)
""",
    "annotated cache of clients that do not count": """
class Other:
    pass

class T:
    def __init__(self, factory):
        self._others: dict[str, Other] = {}
        self._clients: dict[str, Client] = {}

    def run(self, rows, ctx):
        for row in rows:
            self._others.get(ctx.state_id)
            self._others.pop(ctx.state_id)
            self._clients.get(row.state_id)
            self._clients.clear()
            del self._rows
""",
    "another cache": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self._rows.pop(ctx.state_id)
""",
    "another key": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self._clients.pop(row.state_id)
            self._clients.pop(ctx.other_id)
""",
    "never used in the loop": """
class T(Cache):
    def run(self, rows, ctx):
        self._client(ctx.state_id).ask(rows)
        for row in rows:
            self._clients.pop(ctx.state_id, None)
""",
    "an error ends the loop": """
class T(Cache):
    def one(self, row, ctx):
        try:
            self._client(ctx.state_id).ask(row)
        except ValueError:
            self._clients.pop(ctx.state_id)
            raise

    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx)
""",
    "in the last round": """
class T(Cache):
    def run(self, rows, ctx):
        for i, row in enumerate(rows):
            self._client(ctx.state_id).ask(row)
            if i == len(rows) - 1:
                self._clients.pop(ctx.state_id)
""",
    "return in the finally": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            try:
                self._client(ctx.state_id).ask(row)
            finally:
                self._clients.pop(ctx.state_id)
                return
""",
    "the try returns": """
class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            try:
                return self._client(ctx.state_id).ask(row)
            finally:
                self._clients.pop(ctx.state_id)
""",
    "each round its own object": """
class T(Cache):
    pass

def run(rec, rows, ctx):
    for row in rows:
        each = T(rec)
        each._client(row.state_id).ask(row)
        each._clients.pop(row.state_id)
""",
    "callback of a stack around the loop": """
from contextlib import ExitStack

class T:
    def _get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        with ExitStack() as stack:
            for row in rows:
                stack.callback(self._clients.pop, ctx.state_id, None)
                self._get(ctx.state_id).ask(row)
""",
    "lambda for a stack around the loop": """
from contextlib import ExitStack

class T:
    def _get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        with ExitStack() as stack:
            for row in rows:
                stack.callback(lambda: self._clients.pop(ctx.state_id, None))
                self._get(ctx.state_id).ask(row)
""",
    "method for a stack around the loop": """
from contextlib import ExitStack

class T:
    def _get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def _drop(self, state_id):
        self._clients.pop(state_id, None)

    def process(self, rows, ctx):
        with ExitStack() as stack:
            for row in rows:
                stack.callback(self._drop, ctx.state_id)
                self._get(ctx.state_id).ask(row)
""",
    "at the end of the program": """
import atexit

class T:
    def _get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
            atexit.register(self._drop, state_id)
        return self._clients[state_id]

    def _drop(self, state_id):
        self._clients.pop(state_id, None)

    def process(self, rows, ctx):
        for row in rows:
            self._get(ctx.state_id).ask(row)
""",
    "put back": """
class T:
    def _client(self, state_id):
        if state_id in self._clients:
            client = self._clients.pop(state_id)
            self._clients[state_id] = client
            return client
        self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
""",
    "put back at once": """
class T:
    def _client(self, state_id):
        if state_id in self._clients:
            self._clients[state_id] = self._clients.pop(state_id)
        else:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
""",
    "put back after use": """
class T:
    def process(self, rows, ctx):
        for row in rows:
            client = self._clients.pop(ctx.state_id, None)
            if client is None:
                client = Client(self._rec, ctx.state_id)
            client.ask(row)
            self._clients[ctx.state_id] = client
""",
    "cleared for a new id": """
class T:
    def _client(self, state_id):
        if self._current != state_id:
            self._clients.clear()
            self._current = state_id
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
""",
    "cleared where it is missing": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients.clear()
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
""",
    "a new dict where it is missing": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients = {}
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
""",
    "slot emptied for a new id": """
class T:
    def _client_for(self, state_id):
        if self._client is not None and self._client_state != state_id:
            self._client.close()
            self._client = None
        if self._client is None:
            self._client = Client(self._rec, state_id)
            self._client_state = state_id
        return self._client

    def process(self, rows, ctx):
        for row in rows:
            self._client_for(ctx.state_id).ask(row)
""",
    "another id than the own": """
class T:
    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._rec, state_id)
        return self._clients[state_id]

    def process(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            if row.state_id != ctx.state_id:
                self._clients.pop(row.state_id, None)
""",
    "when the last user has gone": """
class T(Cache):
    def release(self, sid):
        self._users[sid] -= 1
        if not self._users[sid]:
            del self._clients[sid]

    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self.release(ctx.state_id)
""",
    "left while users remain": """
class T(Cache):
    def release(self, sid):
        self._users[sid] -= 1
        if self._users[sid] > 0:
            return
        del self._clients[sid]

    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self.release(ctx.state_id)
""",
    "left where the id is the same": """
class T(Cache):
    def turn_to(self, state_id):
        if state_id == self._current:
            return
        self._current = state_id
        self._clients.clear()

    def run(self, rows, ctx):
        for row in rows:
            self.turn_to(ctx.state_id)
            self._client(ctx.state_id).ask(row)
""",
    "released by another when the last user has gone": """
class T(Cache):
    def drop(self, sid):
        del self._clients[sid]

    def release(self, sid):
        self._users[sid] -= 1
        if not self._users[sid]:
            self.drop(sid)

    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self.release(ctx.state_id)
""",
}


@pytest.mark.parametrize("text", NOT_RELEASED.values(), ids=NOT_RELEASED)
def test_not_released(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + CACHE + text)


PLUGIN = "plugins/a.py"


def found_in(root: Path, files: dict[str, str]) -> list[tuple[str, int, str, str]]:
    """Path, row, code and message of the findings in the plugin."""
    project(root, dict(files))
    result = Checker(Configuration()).check_file(str(root / PLUGIN))
    assert result.problem is None
    return [(Path(f.path).name, f.span.row, f.code, f.message) for f in result.findings]


IMPORTED = """\
from lib.clients import Client

def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
"""
MESSAGE = (
    "client 'Client' constructed anew for each round under one state id, 'ctx.state_id': "
    "call_index restarts"
)


def test_a_class_in_another_module(tmp_path: Path) -> None:
    files = {PLUGIN: IMPORTED, "lib/__init__.py": "", "lib/clients.py": CLIENT}
    assert found_in(tmp_path, files) == [("a.py", 5, "SID102", MESSAGE)]


def test_a_base_in_a_third_module(tmp_path: Path) -> None:
    files = {
        PLUGIN: IMPORTED,
        "lib/clients.py": "from lib.base import Base\nclass Client(Base):\n    pass\n",
        "lib/base.py": CLIENT.replace("class Client", "class Base"),
    }
    assert found_in(tmp_path, files) == [("a.py", 5, "SID102", MESSAGE)]
    # What is known of the class does not depend on what was checked before.
    (tmp_path / "plugins/b.py").write_text(IMPORTED, encoding="utf-8")
    checker = Checker(Configuration())
    for name in ("a", "b", "a"):
        result = checker.check_file(str(tmp_path / f"plugins/{name}.py"))
        assert [finding.code for finding in result.findings] == ["SID102"]


def test_a_base_that_says_nothing_of_state_ids(tmp_path: Path) -> None:
    base = """
class Base:
    def __init__(self, recorder, ident):
        self.recorder, self.ident, self.calls = recorder, ident, 0
    def next_call_index(self):
        self.calls += 1
        return self.calls - 1
"""
    clients = """
from lib.base import Base
class Client(Base):
    def ask(self, prompt):
        index = self.next_call_index()
        self.recorder.record_call(state_id=self.ident, call_index=index)
"""
    files = {PLUGIN: IMPORTED, "lib/clients.py": clients, "lib/base.py": base}
    assert found_in(tmp_path, files) == [("a.py", 5, "SID102", MESSAGE)]
    allocating = "class Base:\n    def next_call_index(self): return self.recorder.allocate()\n"
    assert found_in(tmp_path, {**files, "lib/base.py": allocating}) == []


def test_a_class_that_cannot_be_read(tmp_path: Path) -> None:
    assert found_in(tmp_path, {PLUGIN: IMPORTED}) == []
    assert found_in(tmp_path, {PLUGIN: IMPORTED, "lib/clients.py": "class Client(\n"}) == []


def test_a_recorder_that_allocates_in_another_module(tmp_path: Path) -> None:
    allocating = CLIENT.replace(
        "index = self._call_index", "index = self._recorder.allocate_call_index()"
    )
    assert found_in(tmp_path, {PLUGIN: IMPORTED, "lib/clients.py": allocating}) == []


def test_a_helper_in_another_module_is_reported_where_the_loop_calls_it(tmp_path: Path) -> None:
    files = {
        PLUGIN: IMPORTED.replace("clients import Client", "making import make").replace(
            "Client(rec", "make(rec"
        ),
        "lib/making.py": CLIENT + "def make(rec, state_id):\n    return Client(rec, state_id)\n",
    }
    ((name, row, code, message),) = found_in(tmp_path, files)
    assert (name, row, code) == ("a.py", 5, "SID102")
    assert message.startswith(MESSAGE + " (")
    assert message.endswith("making.py:14)")


def test_a_release_in_an_inherited_method(tmp_path: Path) -> None:
    base = CLIENT + CACHE + "\n    def release(self, sid):\n        self._clients.pop(sid)\n"
    files = {
        PLUGIN: """\
from lib.base import Cache

class T(Cache):
    def run(self, rows, ctx):
        for row in rows:
            self._client(ctx.state_id).ask(row)
            self.release(ctx.state_id)
""",
        "lib/base.py": base,
    }
    ((name, row, code, message),) = found_in(tmp_path, files)
    assert (name, row, code) == ("a.py", 7, "SID101")
    assert message.startswith(
        "client 'Client' of a shared state id, 'ctx.state_id', released inside the loop that uses "
        "it: call_index restarts ("
    )


def test_what_happens_in_other_modules_alone_is_theirs(tmp_path: Path) -> None:
    base = """
class Base:
    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, ctx.state_id).ask(row)
"""
    plugin = """\
from lib.base import Base, Client

class T(Base):
    def run_all(self, rows, ctx):
        for row in rows:
            Client(self.rec, ctx.state_id).ask(row)
"""
    files = {PLUGIN: plugin, "lib/base.py": CLIENT + base}
    assert found_in(tmp_path, files) == [("a.py", 6, "SID102", MESSAGE)]


def test_an_import_in_the_function_and_one_of_the_module(tmp_path: Path) -> None:
    clients = {"lib/__init__.py": "", "lib/clients.py": CLIENT}
    local = IMPORTED.replace("from lib.clients import Client\n", "").replace(
        "    for", "    from lib.clients import Client\n    for"
    )
    assert found_in(tmp_path, {PLUGIN: local, **clients}) == [("a.py", 5, "SID102", MESSAGE)]
    module = IMPORTED.replace("from lib.clients import Client", "from lib import clients").replace(
        "Client(rec", "clients.Client(rec"
    )
    assert found_in(tmp_path, {PLUGIN: module, **clients}) == [("a.py", 5, "SID102", MESSAGE)]


def test_modules_are_read_only_where_a_loop_may_go_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmless = """\
from lib.clients import Client

def run(rec, rows, ctx):
    client = Client(rec, ctx.state_id)
    for row in rows:
        client.ask(row)
        Client(rec, row.state_id).ask(row)
"""
    read: list[str] = []
    monkeypatch.setattr(SourceTree, "module", lambda tree, path: read.append(path))
    assert found_in(tmp_path, {PLUGIN: harmless, "lib/clients.py": CLIENT}) == []
    assert read == []
    assert found_in(tmp_path, {PLUGIN: IMPORTED, "lib/clients.py": CLIENT}) == []
    assert {Path(path).name for path in read} == {"clients.py"}


def test_a_class_that_speaks_of_no_calls_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(SourceTree, "module", lambda tree, path: read.append(path))
    record = "class Client:\n    state_id: str\n    n: int = 0\n"
    assert found_in(tmp_path, {PLUGIN: IMPORTED, "lib/clients.py": record}) == []
    assert read == []


def test_a_base_that_speaks_of_no_calls_is_read(tmp_path: Path) -> None:
    base = """
class Base:
    def __init__(self, recorder, state_id):
        self._n = 0

    def _next(self):
        self._n += 1
        return self._n
"""
    client = """
from lib.base import Base

class Client(Base):
    def ask(self, prompt):
        self._recorder.record_call(call_index=self._next())
"""
    files = {PLUGIN: IMPORTED, "lib/clients.py": client, "lib/base.py": base}
    assert found_in(tmp_path, files) == [("a.py", 5, "SID102", MESSAGE)]


def test_the_steps_of_a_release() -> None:
    text = (
        CLIENT
        + CACHE
        + """
class T(Cache):
    def one(self, row, ctx):
        try:
            return self._client(ctx.state_id).ask(row)
        finally:
            self._clients.pop(ctx.state_id, None)

    def run(self, rows, ctx):
        return [self.one(row, ctx) for row in rows]
"""
    )
    source = SourceText.from_text("plugins/a.py", text)
    (finding,) = analyse(ast.parse(text), source, Settings())
    assert [(step.span.row, step.text) for step in finding.steps] == [
        (29, "the client is released in each round"),
        (32, "called from the loop"),
        (21, "'Client' constructed in the next one"),
        (6, "'Client' starts to count its calls"),
    ]


def test_the_message_names_the_id() -> None:
    text = (
        CLIENT.replace("state_id", "edge_id")
        + """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.edge_id).ask(row)
        Client(rec, edge_id=ctx.edge_id).ask(row)
"""
    )
    source = SourceText.from_text("plugins/a.py", text)
    settings = Settings(names=("state_id", "edge_id"))
    assert [finding.message for finding in analyse(ast.parse(text), source, settings)] == [
        "client 'Client' constructed anew for each round under one edge id, 'ctx.edge_id': "
        "call_index restarts"
    ] * 2


INJECTED = """\
from lib.caches import Cache

class T:
    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def run(self, rows, ctx):
        for row in rows:
            self._cache._client(ctx.state_id).ask(row)
            self._cache.drop(ctx.state_id)
"""


@pytest.mark.parametrize(
    "text",
    [
        INJECTED,
        INJECTED.replace("cache: Cache", "cache: Cache | None"),
        INJECTED.replace("cache: Cache", "cache").replace("._cache =", "._cache: Cache ="),
        INJECTED.replace("rows, ctx", "rows, ctx, cache: Cache").replace("self._cache.", "cache."),
    ],
)
def test_a_cache_known_by_its_annotation(tmp_path: Path, text: str) -> None:
    drop = "\n    def drop(self, state_id):\n        self._clients.pop(state_id, None)\n"
    files = {PLUGIN: text, "lib/caches.py": CLIENT + CACHE + drop}
    ((name, row, code, message),) = found_in(tmp_path, files)
    assert (name, row, code) == ("a.py", 10, "SID101")
    assert message.endswith("caches.py:25)")
    files["lib/caches.py"] = CLIENT + CACHE + drop.replace("._clients", "._seen")
    assert found_in(tmp_path, files) == []


UNDER_ANOTHER_NAME = """\
from lib.clients import Keeper, client_for

def made(rec, rows, ctx):
    for row in rows:
        client_for(rec, ctx.state_id).ask(row)  # 102

def kept(rec, rows, ctx):
    sid = ctx.state_id
    keeper = Keeper(rec)
    for row in rows:
        try:
            keeper.get(sid).ask(row)
        finally:
            keeper.drop(sid)  # 101

def each_row_its_own(rec, rows):
    for row in rows:
        client_for(rec, row.state_id).ask(row)

def other(rec, rows, ctx):
    for row in rows:
        client_for(rec, ctx.run_id).ask(row)
"""
HELPERS = """
def client_for(recorder, key):
    return Client(recorder, key)

class Keeper:
    def __init__(self, recorder):
        self._recorder = recorder
        self._clients = {}

    def get(self, key):
        if key not in self._clients:
            self._clients[key] = Client(self._recorder, key)
        return self._clients[key]

    def drop(self, key):
        self._clients.pop(key, None)
"""


def test_an_id_under_another_name_in_another_module(tmp_path: Path) -> None:
    lib = (CLIENT + HELPERS).replace("recorder, state_id)", "recorder, name)")
    files = {
        PLUGIN: UNDER_ANOTHER_NAME,
        "lib/clients.py": lib.replace("self._state_id = state_id", "self._state_id = name"),
    }
    found = found_in(tmp_path, files)
    assert [(row, code) for _, row, code, _ in found] == marked(UNDER_ANOTHER_NAME)
