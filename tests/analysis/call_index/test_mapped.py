"""SID102: what is handed on, to ``map`` and the like, and called for each row."""

from __future__ import annotations

import pytest

from tests.analysis.call_index.running import CLIENT, check, marked

MADE_ANEW = {
    "a partial that is called at once": """
class T:
    def one(self, row, sid):
        return Client(self.rec, state_id=sid).ask(row)  # 102

    def run(self, rows, ctx):
        return [partial(self.one, sid=ctx.state_id)(row) for row in rows]
""",
    "handed on by map": """
class T:
    def one(self, row, sid):
        return Client(self.rec, state_id=sid).ask(row)  # 102

    def run(self, pool, batches, ctx):
        for rows in batches:
            pool.map(self.one, rows, repeat(ctx.state_id))
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
    "thread with keywords": """
class T:
    def one(self, row, sid):
        return Client(self.rec, sid).ask(row)  # 102

    def run(self, rows, ctx):
        for row in rows:
            Thread(target=self.one, kwargs={"row": row, "sid": ctx.state_id}).start()
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
}


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
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
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW)
def test_not_made_anew(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + text)
