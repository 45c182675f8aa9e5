"""Releases in helpers, ids in collections, callables handed on, and classes of other modules."""

# flake8: noqa: E501
# ruff: noqa: E501 - the batch paths stand as authors write them

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_refused
from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

OWN = """
def _own(self, row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        # done with the row
        with self._lock:
            self._clients.pop(state_id, None)
"""
OUTER = """
def _outer(self, row, state_id):
    return self._own(row, state_id)
"""
EACH = "return [self._own(row, f'{ctx.state_id}_row{i}') for i, row in enumerate(rows)]"
IDS = "state_ids = [f'{ctx.state_id}_row{i}' for i in range(len(rows))]\n"
FIXED = (
    Case("helper", EACH, OWN),
    Case("helper of a helper", EACH.replace("_own", "_outer"), OWN + OUTER),
    Case(
        "helper that makes a generator",
        EACH,
        OWN.replace("    try:", "    def none():\n        yield row\n\n    try:"),
    ),
    Case(
        "helper behind the batch path, and a handler",
        """
        output = []
        for i, row in enumerate(rows):
            try:
                output.append(_own(self, row, f"{ctx.state_id}_row{i}"))
            except ProviderError:
                output.append(None)
        return output
        """,
        "class Other:\n    pass\n\n"
        "def _own(plugin, row, state_id):\n    try:\n"
        "        return plugin_answer(row, state_id)\n    finally:\n"
        "        CLIENTS.pop(state_id, None)\n\n"
        "CLIENTS = {}\n\n"
        "def plugin_answer(row, state_id):\n    if state_id not in CLIENTS:\n"
        "        CLIENTS[state_id] = AuditedClient(RECORDERS[-1], state_id)\n"
        "    return CLIENTS[state_id].ask(row['prompt'])\n",
    ),
    Case(
        "strict helper",
        EACH,
        """
        def _own(self, row, state_id):
            client = self._client(state_id)
            answer = client.ask(row["prompt"])
            del self._clients[state_id]
            return answer
        """,
    ),
    Case(
        "helper of an executor",
        """
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(self._own, row, state_id=f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
            return [future.result() for future in futures]
        """,
        OWN,
        ordered=False,
    ),
    Case("ids mapped", IDS + "return list(map(self._answer, rows, state_ids))"),
    Case(
        "ids by number",
        IDS + "return [self._answer(row, state_ids[i]) for i, row in enumerate(rows)]",
    ),
    Case(
        "ids by number, cleared behind",
        IDS
        + "output = []\nfor i, row in enumerate(rows):\n"
        + "    output.append(self._answer(row, state_ids[i]))\n"
        + "self._clients.clear()\nreturn output",
    ),
    Case("ids zipped", IDS + "return [self._answer(r, each) for r, each in zip(rows, state_ids)]"),
    Case(
        "ids numbered",
        IDS + "return [self._answer(rows[n], each) for n, each in enumerate(state_ids)]",
    ),
    Case(
        "ids by index", IDS + "return [self._answer(r, state_ids[n]) for n, r in enumerate(rows)]"
    ),
    Case(
        "ids counted", IDS + "return [len(state_ids), *map(self._answer, rows, list(state_ids))]"
    ),
    Case(
        "ids mapped by an executor, swept",
        IDS
        + """
try:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(self._answer, rows, state_ids))
finally:
    for state_id in state_ids:
        with self._lock:
            self._clients.pop(state_id, None)
""",
        ordered=False,
    ),
    Case(
        "an id repeated",
        """
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self._answer, rows, repeat(f"{ctx.state_id}_all")))
        """,
        ordered=False,
    ),
    Case(
        "partial by keyword",
        """
        output = []
        for i, row in enumerate(rows):
            output.append(partial(self._answer, state_id=f"{ctx.state_id}_row{i}")(row))
        return output
        """,
    ),
    Case(
        "chained, declared before, logged after",
        """
        output = []
        sid: str
        for i, row in enumerate(rows):
            sid = key = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(key, None)
        if rows:
            logger.info("last: %s", sid)
        return output
        """,
    ),
    Case(
        "cast",
        """
        output = []
        for i, row in enumerate(rows):
            sid = cast(str, f"{ctx.state_id}_row{i}")
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "one id for the batch",
        """
        sid = f"{ctx.state_id}_all"
        try:
            return [self._answer(row, sid) for row in rows]
        finally:
            self._clients.pop(sid, None)
        """,
    ),
    Case(
        "index used after the loop, unpacked, padded",
        """
        output = []
        queue = list(enumerate(rows))
        width = len(str(len(rows)))
        i = -1
        while queue:
            n, row = queue.pop(0)
            number = str(n).zfill(width)
            output.append(self._answer(row, f"{ctx.state_id}_{number}"))
        for i, row in enumerate(rows):
            output.append(self._answer(row, f"{ctx.state_id}_b{i}"))
        return [*output, {"last": i}]
        """,
    ),
    Case(
        "recorded, numbered over the batch",
        """
        for i, row in enumerate(rows):
            self._recorder.record_call(state_id=f"{ctx.state_id}_row{i}", call_index=i, request=row["id"])
        return []
        """,
    ),
)
CALLED = "the client is released in a function that is called for each row"
REFUSED = (
    Case(
        "helper with another caller",
        EACH.replace("return ", "self._own({}, 'x')\nreturn "),
        OWN,
        CALLED,
    ),
    Case("public helper", EACH.replace("_own", "own"), OWN.replace("_own", "own"), CALLED),
    Case("helper handed on", "self.done = self._own\n" + EACH, OWN, CALLED),
    Case("helper of another object", "self.done._own(1)\n" + EACH, OWN, CALLED),
    Case(
        "helper with a lock of its own",
        EACH,
        OWN.replace("with self._lock", "lock = self._lock\n        with lock"),
        CALLED,
    ),
    Case(
        "helper that binds a taken name",
        "client = 1\n" + EACH,
        """
        def _own(self, row, state_id):
            try:
                return self._answer(row, state_id)
            finally:
                if client := self._clients.pop(state_id, None):
                    client.close()
        """,
        CALLED,
    ),
    Case(
        "helper under a condition",
        EACH,
        """
        def _own(self, row, state_id):
            answer = self._answer(row, state_id)
            if row.get("skip"):
                self._clients.pop(state_id, None)
            return answer
        """,
        "the client is released only under a condition",
    ),
    Case(
        "release helper that does more",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, sid))
            self._end(sid)
        return output
        """,
        """
        def _end(self, state_id):
            self._clients.pop(state_id, None)
            logger.info("released")
        """,
        "'_end' releases the client, and not in a form that can be moved",
    ),
    Case(
        "helper that yields",
        "return [list(self._own(row, f'{ctx.state_id}_row{i}')) for i, row in enumerate(rows)]",
        """
        def _own(self, row, state_id):
            try:
                yield self._answer(row, state_id)
            finally:
                self._clients.pop(state_id, None)
        """,
        CALLED,
    ),
    Case(
        "gathered, one may raise",
        "return await asyncio.gather(*(self._aown(row, f'{ctx.state_id}_row{i}') for i, row in enumerate(rows)))",
        """
        async def _aown(self, row, state_id):
            try:
                return await self._client(state_id).ask_async(row["prompt"])
            finally:
                self._clients.pop(state_id, None)
        """,
        "where a row raises, the others may go on running after the release",
    ),
    Case(
        "awaited between look and making",
        "return await asyncio.gather(*(self._aown(row, f'{ctx.state_id}_row{i}') for i, row in enumerate(rows)))",
        """
        async def _aown(self, row, state_id):
            if state_id not in self._clients:
                await asyncio.sleep(0)
                self._clients[state_id] = AuditedClient(self._recorder, state_id)
            return await self._clients[state_id].ask_async(row["prompt"])
        """,
        "'await asyncio.sleep(0)' runs for each client that is made",
    ),
    Case(
        "awaited while making",
        "return await asyncio.gather(*(self._aown(row, f'{ctx.state_id}_row{i}') for i, row in enumerate(rows)))",
        """
        async def _aown(self, row, state_id):
            if state_id not in self._clients:
                provider = await self._provider()
                self._clients[state_id] = AuditedClient(self._recorder, state_id, provider)
            return await self._clients[state_id].ask_async(row["prompt"])

        async def _provider(self):
            return "x"
        """,
        "rows run as tasks, and another may run between",
    ),
    Case(
        "looked up outside the lock",
        """
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self._own, rows, [f"{ctx.state_id}_row{i}" for i in range(len(rows))]))
        """,
        """
        def _own(self, row, state_id):
            if state_id not in self._clients:
                with self._lock:
                    self._clients[state_id] = AuditedClient(self._recorder, state_id)
            return self._clients[state_id].ask(row["prompt"])
        """,
        "rows may run in several threads, and the client is not known to count safely",
    ),
    Case(
        "in processes",
        """
        with ProcessPoolExecutor(2) as pool:
            return list(pool.map(self._answer, rows, [f"{ctx.state_id}_row{i}" for i in range(len(rows))]))
        """,
        reason="rows may run in several processes",
    ),
    Case(
        "ids bound again",
        IDS + "state_ids = []\nreturn state_ids",
        reason="'state_ids' holds the ids and is bound again",
    ),
    Case(
        "ids mapped by what cannot be seen",
        IDS + "return list(map(self.done, rows, state_ids))",
        reason="the id is handed to 'self.done', which cannot be seen",
    ),
    Case(
        "ids by number, cleared by rows",
        IDS
        + "output = []\nfor i, row in enumerate(rows):\n"
        + "    output.append(self._answer(row, state_ids[i]))\n"
        + "    self._clients.clear()\nreturn output",
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "ids zipped to pairs",
        IDS + "return [self._answer(*pair) for pair in zip(rows, state_ids)]",
        reason="the ids are collected for something else",
    ),
    Case(
        "ids zipped and kept",
        IDS + "pairs = zip(rows, state_ids)\nreturn list(pairs)",
        reason="the ids are collected for something else",
    ),
    Case(
        "ids unpacked",
        IDS + "return [self._answer(row, each) for row, (each, _) in zip(rows, state_ids)]",
        reason="the ids are collected for something else",
    ),
    Case(
        "ids sorted",
        IDS + "return [self._answer(row, each) for row, each in zip(rows, sorted(state_ids))]",
        reason="the ids are collected for something else",
    ),
    Case(
        "id of the list bound again",
        IDS
        + "for row, each in zip(rows, state_ids):\n    each = self._answer(row, each)\nreturn []",
        reason="'each' holds the id and is bound again here",
    ),
    Case(
        "partials run late",
        """
        jobs = [partial(self._answer, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
        output = []
        for job in jobs:
            output.append(job())
            self._clients.clear()
        return output
        """,
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "two types",
        """
        output = []
        for i, row in enumerate(rows):
            sid = cast(str, f"{ctx.state_id}_row{i}")
            output.append(self._answer(row, sid))
            other = cast(object, f"{ctx.state_id}_row{i}")
            output.append(self._answer(row, other))
        return output
        """,
        reason="the id is given two types",
    ),
)


def code_of(case: Case) -> str:
    code = module(case.method, case.beside)
    return (
        code.replace("from typing import Any", "from typing import Any, cast")
        if ("cast(" in code)
        else code
    )


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    code = code_of(case)
    new = fixed(code)
    if "RECORDERS" not in code:
        check(
            code,
            new,
            databases,
            ("none", "one", "five") if not case.ordered else case.rows,
            ordered=case.ordered,
        )
    if case.name.startswith(("helper", "strict")):
        assert new.count(b"finally:") == 1


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, code_of(case), whole=False)


ELSEWHERE = """
from fixtures.landscape import PluginContext
from fixtures.landscape.caching import BASE


class Transform(BASE):
    def process_batch(self, rows: list[dict[str, str]], ctx: PluginContext) -> list[str]:
        assert ctx.landscape is not None
        assert ctx.state_id is not None
        self._recorder = ctx.landscape
        out: list[str] = []
        for i, row in enumerate(rows):
            row_state_id = f"{ctx.state_id}_row{i}"
            try:
                out.append(GET.ask(row["prompt"]))
            finally:
                RELEASE
        return out
"""
BASES = (
    ("self.get_client(row_state_id)", "self._clients.pop(row_state_id, None)"),
    ("self.get_client(state_id=row_state_id)", "self.release_client(row_state_id)"),
    (
        "super().get_client(row_state_id)",
        "self.release_client(row_state_id)",
    ),
)


@pytest.mark.parametrize(("get", "release"), BASES)
def test_base_of_another_module(get: str, release: str, databases: tuple[Engine, ...]) -> None:
    code = ELSEWHERE.replace("GET", get).replace("RELEASE", release)
    code = code.replace("BASE", "CachingTransform")
    check(code, fixed(code), databases)


def test_cache_of_another_module(databases: tuple[Engine, ...]) -> None:
    code = ELSEWHERE.replace("GET", "self._cache.get(ctx.landscape, row_state_id)")
    code = code.replace("RELEASE", "self._cache.release(row_state_id)").replace(
        "import BASE", "import ClientCache"
    )
    code = code.replace(
        "class Transform(BASE):",
        "class Transform:\n    def __init__(self, pool: int = 0) -> None:\n        self._cache = ClientCache()\n",
    )
    check(code, fixed(code), databases)
    again = code.replace(
        "        out: list", "        self._cache = ClientCache()\n        out: list"
    )
    assert refused(again).reason == "the id is handed to 'self._cache.get', which cannot be seen"


def test_reason_in_another_module() -> None:
    """A row of another module's text would mislead: the finding's own row is given."""
    code = ELSEWHERE.replace(
        'GET.ask(row["prompt"])', 'self.ask_once(row_state_id, row["prompt"])'
    )
    code = code.replace("RELEASE", "pass").replace("BASE", "CachingTransform")
    refusal = refused(code)
    assert refusal.reason.startswith(CALLED)
    assert refusal.reason.endswith(" of fixtures/landscape/caching.py")
    assert refusal.row == refusal.finding.span.row


def test_a_method_that_objects_get_another_for() -> None:
    """What an attribute of the object holds is called, and not the method of its class."""
    method = """
    output = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        try:
            output.append(self._answer(row, sid))
        finally:
            self._release(sid)
    return output
    """
    loud = """
    def _loud(self, state_id):
        logger.info("released")
        self._clients.pop(state_id, None)
    """
    code = module(method, loud)
    fixed(code)
    made = code.replace("        self.done = 0", "        self.done = 0\n        SET", 1)
    for each in ("self._release = self._loud", "self._release: Any = self._loud"):
        reason = refused(made.replace("SET", each)).reason
        assert reason == "the id is handed to 'self._release', which cannot be seen"
    # Another class is another class.
    other = "\n\nclass Other:\n    def __init__(self):\n        self._release = print\n"
    fixed(code + other)
