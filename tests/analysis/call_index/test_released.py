"""SID101: clients that are released in the loop that uses them."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.analysis.call_index.running import CACHE, CLIENT, check, marked

RELEASED = {
    "by a partial of the row's function": """
class T:
    def one(self, index, row, ctx):
        try:
            if ctx.state_id not in self._c:
                self._c[ctx.state_id] = Client(self.rec, ctx.state_id)
            return self._c[ctx.state_id].ask(row)
        finally:
            self._c.pop(ctx.state_id, None)  # 101

    def run(self, rows, ctx):
        answer = partial(self.one, ctx=ctx)
        return [answer(index, row) for index, row in enumerate(rows)]

    def run_at_once(self, rows, ctx):
        return [partial(self.one, 0)(row, ctx) for row in rows]
""",
    "cached by a decorator": """
class T:
    @lru_cache(maxsize=None)
    def client(self, sid):
        return Client(self.rec, sid)

    def run(self, rows, ctx):
        for row in rows:
            try:
                self.client(ctx.state_id).ask(row)
            finally:
                self.client.cache_clear()  # 101
""",
    "a function cached by a decorator": """
@functools.cache
def client(rec, sid):
    return Client(rec, sid)

def run(rec, rows, ctx):
    for row in rows:
        with ExitStack() as stack:
            stack.callback(client.cache_clear)  # 101
            client(rec, ctx.state_id).ask(row)
""",
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
    "by a partial that is given a row's own context": """
class T:
    def one(self, index, row, ctx):
        try:
            if ctx.state_id not in self._c:
                self._c[ctx.state_id] = Client(self.rec, ctx.state_id)
            return self._c[ctx.state_id].ask(row)
        finally:
            self._c.pop(ctx.state_id, None)

    def run(self, rows):
        answer = partial(self.one, 0)
        return [answer(row, row.ctx) for row in rows]

    def run_partials(self, rows):
        return [partial(partial(self.one, 0), row)(row.ctx) for row in rows]
""",
    "cached by a decorator, and cleared behind the loop": """
class T:
    @lru_cache(maxsize=None)
    def client(self, sid):
        return Client(self.rec, sid)

    @lru_cache(maxsize=None)
    def prompt(self, text):
        return text.upper()

    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id).ask(self.prompt(row))
            self.prompt.cache_clear()
        self.client.cache_clear()

    def run_each(self, rows):
        for row in rows:
            self.client(row.state_id).ask(row)
            self.client.cache_clear()
""",
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
