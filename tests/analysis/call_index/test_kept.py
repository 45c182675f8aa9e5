"""SID102: clients that are kept from one round to the next, in caches, guards and slots."""

from __future__ import annotations

import pytest

from tests.analysis.call_index.running import CLIENT, check, marked

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
    "a function that fills another cache than was looked into": """
class T:
    def _open(self, sid):
        self._clients[sid] = Client(self.rec, state_id=sid)  # 102
        return self._clients[sid]

    def run(self, rows, ctx):
        for row in rows:
            if row.id not in self._rows:
                self._open(ctx.state_id).ask(row)
""",
    "a cache of another object": """
class Pool:
    def __init__(self):
        self.clients = {}

    def open(self, rec, sid):
        self.clients[sid] = Client(rec, state_id=sid)  # 102
        return self.clients[sid]


class T:
    def __init__(self):
        self.clients = {}
        self.pool = Pool()

    def run(self, rows, ctx):
        for row in rows:
            if ctx.state_id not in self.clients:
                self.pool.open(self.rec, ctx.state_id).ask(row)
""",
    "a look that leaves where there is none": """
class T:
    def _open(self, sid):
        if sid not in self._clients:
            return
        self._clients[sid] = Client(self.rec, state_id=sid)  # 102

    def run(self, rows, ctx):
        for row in rows:
            self._open(ctx.state_id)
            self._clients[ctx.state_id].ask(row)
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
}


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
    "a function that fills the cache": """
class T:
    def _open(self, sid):
        self._clients[sid] = Client(self.rec, state_id=sid)
        return self._clients[sid]

    def _once(self, sid):
        if sid in self._clients:
            return
        self._clients[sid] = Client(self.rec, state_id=sid)

    def one(self, row, sid):
        if sid not in self._clients:
            self._open(sid)
        return self._clients[sid].ask(row)

    def other(self, row, sid):
        client = self._clients[sid] if sid in self._clients else self._open(sid)
        return client.ask(row)

    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx.state_id)
            self.other(row, ctx.state_id)
            self._once(ctx.state_id)
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
