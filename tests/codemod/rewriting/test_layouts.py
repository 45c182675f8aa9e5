"""Whole modules in other layouts: inherited helpers, other caches, threads, tasks, functions."""

# flake8: noqa: E501
# ruff: noqa: E501 - the modules stand as authors write them

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

HEAD = """from __future__ import annotations
import asyncio, logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import lru_cache, partial
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary
from fixtures.landscape import AllocatingClient, AuditedClient, PluginContext, ProviderError
logger = logging.getLogger(__name__)

"""
BASE = """class Base:
    def __init__(self, pool=0):
        self._recorder = None
        self._clients = {}
        self._lock = Lock()
    def _client(self, state_id):
        with self._lock:
            if state_id not in self._clients:
                self._clients[state_id] = AuditedClient(self._recorder, state_id)
            return self._clients[state_id]
    def _release(self, state_id):
        self._clients.pop(state_id, None)

"""


# Where a row raises, 'map' cancels what has not begun.
CALM = ("none", "one", "five")


class Layout(NamedTuple):
    """A module, and why it is refused."""

    name: str
    code: str
    reason: str = ""
    ordered: bool = True
    rows: tuple[str, ...] = tuple(ROWS)


POOL = """class ClientPool:
    def __init__(self):
        self.recorder = None
        self._clients = {}
    def get(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = AuditedClient(self.recorder, state_id)
        return self._clients[state_id]
    def RELEASE(self, state_id):
        client = self._clients.pop(state_id, None)
        if client is not None:
            client.close()
class Transform:
    def __init__(self, pool=0):
        self._pool = ClientPool()
    def process_batch(self, rows, ctx):
        self._pool.recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            row_state_id = f"{ctx.state_id}_{i}"
            try:
                out.append(self._pool.get(row_state_id).ask(row["prompt"]))
            finally:
                self._pool.RELEASE(row_state_id)
        return out
"""

FIXED = (
    Layout("pool whose getter is called get", POOL.replace("RELEASE", "release")),
    Layout("pool whose release is called pop", POOL.replace("RELEASE", "pop")),
    Layout(
        "inherited",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for n, row in enumerate(rows):
            sid = f"{ctx.state_id}/{n}"
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._release(sid)
        return out
""",
    ),
    Layout(
        "super",
        BASE
        + """class Transform(Base):
    def _client(self, state_id):
        return super()._client(state_id)
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for n, row in enumerate(rows):
            sid = f"{ctx.state_id}/{n}"
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
        return out
""",
    ),
    Layout(
        "classmethod",
        """class Transform:
    _clients: dict = {}
    def __init__(self, pool=0):
        pass
    @classmethod
    def _client(cls, recorder, state_id):
        if state_id not in cls._clients:
            cls._clients[state_id] = AuditedClient(recorder, state_id)
        return cls._clients[state_id]
    def process_batch(self, rows, ctx):
        return self._all(rows, ctx)
    @classmethod
    def _all(cls, rows, ctx):
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            try:
                out.append(cls._client(ctx.landscape, sid).ask(row["prompt"]))
            finally:
                cls._clients.pop(sid, None)
        return out
""",
    ),
    Layout(
        "submit dict",
        BASE
        + """class Transform(Base):
    def _one(self, row, state_id):
        return self._client(state_id).ask(row["prompt"])
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        futures = []
        with ThreadPoolExecutor(2) as pool:
            for i, row in enumerate(rows):
                sid = f"{ctx.state_id}_{i}"
                futures.append(pool.submit(self._one, row, sid))
        return [future.result() for future in futures]
""",
        ordered=False,
    ),
    Layout(
        "async for",
        BASE
        + """async def walk(rows):
    for row in rows:
        yield row
class Transform(Base):
    async def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        n = 0
        async for row in walk(rows):
            sid = f"{ctx.state_id}_{n}"
            n += 1
            try:
                out.append(await self._client(sid).ask_async(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
        return out
""",
    ),
    Layout(
        "task group",
        BASE
        + """class Transform(Base):
    async def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        tasks = []
        async with asyncio.TaskGroup() as group:
            for i, row in enumerate(rows):
                tasks.append(group.create_task(self._one(row, f"{ctx.state_id}_{i}")))
        return [t.result() for t in tasks]
    async def _one(self, row, state_id):
        return await self._client(state_id).ask_async(row["prompt"])
""",
        ordered=False,
    ),
    Layout(
        "context by other name",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, plugin_context: PluginContext):
        if not plugin_context.state_id:
            raise ValueError
        self._recorder = plugin_context.landscape
        out = []
        for i, row in enumerate(rows):
            sid = "-".join((plugin_context.state_id, "row", str(i)))
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
        return out
""",
    ),
    Layout(
        "finally prints",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
                print(f"released {sid}")
        return out
""",
    ),
    Layout(
        "self.ctx",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        self._state_id = ctx.state_id
        return [self._row(i, row) for i, row in enumerate(rows)]
    def _row(self, i, row):
        return self._client(f"{self._state_id}_{i}").ask(row["prompt"])
""",
    ),
    Layout(
        "while queue",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        queue = list(rows)
        while queue:
            row = queue.pop(0)
            sid = f"{ctx.state_id}_{len(queue)}"
            client = self._client(sid)
            try:
                out.append(client.ask(row["prompt"]))
            finally:
                del self._clients[sid]
        return out
""",
    ),
    Layout(
        "logs then strict",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            logger.debug("a %s", sid)
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            except ProviderError as e:
                print(f"{sid} failed: {e}")
                raise
            finally:
                self._clients.pop(sid, None)
        return out
""",
    ),
    Layout(
        "defaultdict",
        """class Transform:
    def __init__(self, pool=0):
        self._clients = defaultdict(lambda: None)
    def process_batch(self, rows, ctx):
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            if self._clients[sid] is None:
                self._clients[sid] = AuditedClient(ctx.landscape, sid)
            out.append(self._clients[sid].ask(row["prompt"]))
            del self._clients[sid]
        return out
""",
    ),
    Layout(
        "cache class",
        """class Cache:
    def __init__(self):
        self._made = {}
    def get(self, recorder, state_id):
        if state_id not in self._made:
            self._made[state_id] = AuditedClient(recorder, state_id)
        return self._made[state_id]
    def drop(self, state_id):
        self._made.pop(state_id, None)

class Transform:
    def __init__(self, pool=0):
        self._cache = Cache()
    def process_batch(self, rows, ctx):
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            try:
                out.append(self._cache.get(ctx.landscape, state_id=sid).ask(row["prompt"]))
            finally:
                self._cache.drop(sid)
        return out
""",
    ),
    Layout(
        "map",
        BASE
        + """class Transform(Base):
    def _one(self, row, state_id):
        return self._client(state_id).ask(row["prompt"])
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self._one, rows, [f"{ctx.state_id}_{i}" for i in range(len(rows))]))
""",
        ordered=False,
        rows=CALM,
    ),
    Layout(
        "pop assigned close",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            finally:
                if (client := self._clients.pop(sid, None)) is not None:
                    client.close()
        return out
""",
    ),
    Layout(
        "helper releases itself",
        BASE
        + """class Transform(Base):
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            out.append(self._one(row, f"{ctx.state_id}_{i}"))
        return out
    def _one(self, row, state_id):
        try:
            return self._client(state_id).ask(row["prompt"])
        finally:
            self._clients.pop(state_id, None)
""",
    ),
)
REFUSED = (
    Layout(
        "module functions",
        """class Transform:
    def __init__(self, pool=0):
        self._clients = {}
    def process_batch(self, rows, ctx):
        return run(rows, ctx, self._clients)

def client_for(clients, recorder, state_id):
    if state_id not in clients:
        clients[state_id] = AuditedClient(recorder, state_id)
    return clients[state_id]

def run(rows, ctx, clients):
    out = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_{i}"
        try:
            out.append(client_for(clients, ctx.landscape, sid).ask(row["prompt"]))
        finally:
            clients.pop(sid, None)
    return out
""",
        reason="the cache 'clients' is handed on as an argument",
    ),
    Layout(
        "lru_cache",
        """class Transform:
    def __init__(self, pool=0):
        self._recorder = None
    @lru_cache(maxsize=None)
    def _client(self, state_id):
        return AuditedClient(self._recorder, state_id)
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        return [self._client(f"{ctx.state_id}_{i}").ask(row["prompt"]) for i, row in enumerate(rows)]
""",
        reason="'_client' is decorated with 'lru_cache(maxsize=None)'",
    ),
    Layout(
        "weak",
        """class Transform:
    def __init__(self, pool=0):
        self._clients = WeakValueDictionary()
    def _client(self, recorder, state_id):
        client = self._clients.get(state_id)
        if client is None:
            client = AuditedClient(recorder, state_id)
            self._clients[state_id] = client
        return client
    def process_batch(self, rows, ctx):
        out = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            out.append(self._client(ctx.landscape, sid).ask(row["prompt"]))
        return out
""",
        reason="the cache is made by 'WeakValueDictionary', which may make or drop clients by itself",
    ),
    Layout(
        "a dictionary that makes what is missing",
        """class Cache(dict):
    def __missing__(self, state_id):
        self[state_id] = AuditedClient(self.recorder, state_id)
        return self[state_id]
class Transform:
    def __init__(self, pool=0):
        self._clients = Cache()
    def process_batch(self, rows, ctx):
        self._clients.recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_{i}"
            out.append(self._clients[state_id].ask(row["prompt"]))
        return out
""",
        reason="the cache is made by 'Cache', which may make or drop clients by itself",
    ),
    Layout(
        "gather",
        BASE
        + """class Transform(Base):
    async def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        async def one(i, row):
            sid = f"{ctx.state_id}_{i}"
            try:
                return await self._client(sid).ask_async(row["prompt"])
            finally:
                self._clients.pop(sid, None)
        return await asyncio.gather(*[one(i, row) for i, row in enumerate(rows)])
""",
        reason="where a row raises, the others may go on running after the release",
    ),
    Layout(
        "id function",
        BASE
        + """class Transform(Base):
    def _row_state_id(self, ctx, i):
        return f"{ctx.state_id}_{i}"
    def process_batch(self, rows, ctx):
        self._recorder = ctx.landscape
        out = []
        for i, row in enumerate(rows):
            sid = self._row_state_id(ctx, i)
            try:
                out.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
        return out
""",
        reason="the id is returned",
    ),
)


@pytest.mark.parametrize("layout", FIXED, ids=lambda layout: layout.name)
def test_fixed(layout: Layout, databases: tuple[Engine, ...]) -> None:
    """The fixed module does what it did, with keys enforced."""
    code = HEAD + layout.code
    check(code, fixed(code), databases, layout.rows, ordered=layout.ordered)


@pytest.mark.parametrize("layout", REFUSED, ids=lambda layout: layout.name)
def test_refused(layout: Layout) -> None:
    """The file is left as it is, and the reason said."""
    assert refused(HEAD + layout.code).reason == layout.reason


@pytest.mark.parametrize("before", ["", "out = []\n\n", "# asks\n"])
def test_a_function_behind_the_binding_is_set_off(before: str) -> None:
    """One blank line before a nested function, as style has it, whatever stood there before."""
    method = """BEFOREdef handle(index, row):
    sid = f"{ctx.state_id}_row{index}"
    return self._answer(row, sid)

return [handle(i, row) for i, row in enumerate(rows)]
"""
    guard = "        self._recorder = ctx.landscape\n"
    code = module(method.replace("BEFORE", before)).replace(guard, "")
    new = fixed(code).decode()
    comment = "        # asks\n" if "#" in before else ""
    assert f"        state_id = ctx.state_id\n\n{comment}        def handle(_index, row):\n" in new
    assert "\n\n\n        " not in new
