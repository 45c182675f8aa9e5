"""SID101 and SID102 across the modules of a package."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from flake8_stateid.analysis.source_tree import SourceTree
from flake8_stateid.checking import Checker
from flake8_stateid.configuration import Configuration
from tests.analysis.call_index.running import CACHE, CLIENT, marked
from tests.samples import project

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


MAKING = "\ndef make(rec, row, ctx):\n    return Client(rec, ctx.state_id).ask(row)\n"
INHERITED = """
class Base:
    def make(self, rec, row, ctx):
        Client(rec, ctx.state_id).ask(row)
"""
HANDED_ON = """\
{imported}

class T({base}):
    def run(self, rec, rows, ctx):
        assert ctx.state_id is not None
        for row in rows:
            {called}
"""


@pytest.mark.parametrize(
    ("imported", "base", "called"),
    [
        ("from lib.making import make", "object", "make(rec, row, ctx)"),
        ("from lib import making", "object", "making.make(rec, row, ctx=ctx)"),
        ("from lib.making import Base", "Base", "self.make(rec, row, ctx)"),
    ],
)
def test_a_helper_elsewhere_that_is_given_the_context(
    tmp_path: Path, imported: str, base: str, called: str
) -> None:
    plugin = HANDED_ON.format(imported=imported, base=base, called=called)
    files = {PLUGIN: plugin, "lib/__init__.py": "", "lib/making.py": CLIENT + MAKING + INHERITED}
    ((name, row, code, message),) = found_in(tmp_path, files)
    assert (name, row, code) == ("a.py", 7, "SID102")
    assert message.startswith(MESSAGE + " (")


def test_a_helper_elsewhere_that_only_reads_the_context(tmp_path: Path) -> None:
    plugin = HANDED_ON.format(
        imported="from lib.making import make", base="object", called="make(rec, row, ctx)"
    )
    reading = CLIENT + "\ndef make(rec, row, ctx):\n    return (row, ctx.state_id)\n"
    assert found_in(tmp_path, {PLUGIN: plugin, "lib/making.py": reading}) == []


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
        INJECTED.replace("(ctx.state_id)", "(state_id=ctx.state_id)"),
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


LOOP = """
class Base:
    def run(self, rows, ctx):
        for row in rows:
            self.one(row, {given})
            self.done(ctx.state_id)
    def done(self, state_id): ...
"""
CALLED = """
from lib.base import Base
from lib.clients import Client
class T(Base):
    def one(self, row, state_id):
        Client(self.rec, state_id).ask(row)
"""
KEEPING = """
from lib.base import Base
from lib.clients import Client
class T(Base):
    def one(self, row, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self.rec, state_id)
        self._clients[state_id].ask(row)
    def done(self, state_id):
        self._clients.pop(state_id, None)
"""


@pytest.mark.parametrize(
    ("text", "given", "rows"),
    [
        (CALLED, "ctx.state_id", [(6, "SID102")]),
        (KEEPING, "ctx.state_id", [(10, "SID101")]),
        (CALLED, "row.state_id", []),
        (KEEPING, "row.state_id", []),
        (CALLED.replace("def one(", "def other("), "ctx.state_id", []),
    ],
)
def test_a_base_with_the_loop(
    tmp_path: Path, text: str, given: str, rows: list[tuple[int, str]]
) -> None:
    files = {
        PLUGIN: text,
        "lib/__init__.py": "",
        "lib/clients.py": CLIENT,
        "lib/base.py": LOOP.format(given=given),
    }
    assert [(row, code) for _, row, code, _ in found_in(tmp_path, files)] == rows


@pytest.mark.parametrize(
    "text",
    [
        """
        class T:
            def one(self, row, sid):
                return Client(self.rec, sid).ask(row)  # 102
            def run(self, rows, ctx):
                for row in rows: self.one(row, ctx.state_id)
        """,
        """
        def one(rec, row, sid):
            return Client(rec, sid).ask(row)  # 102
        def run(rec, rows, ctx):
            for row in rows: one(rec, row, ctx.state_id)
        """,
        """
        class T:
            def __init__(self, rec):
                self._make = lambda sid: Client(rec, sid)  # 102
            def run(self, rows, ctx):
                for row in rows: self._make(ctx.state_id).ask(row)
        """,
        """
        class T:
            def __init__(self, rec):
                self._make = partial(Client, rec)
            def run(self, rows, ctx):
                for row in rows: self._make(ctx.state_id).ask(row)  # 102
        """,
        """
        class T:
            def __init__(self, rec, make=Client):
                self._rec, self._make = rec, make
            def run(self, rows, ctx):
                for row in rows: self._make(self._rec, ctx.state_id).ask(row)  # 102
        """,
        """
        def one(rec, row, key):
            return Client(rec, row.state_id, key).ask(row)
        def run(rec, rows, ctx):
            for row in rows: one(rec, row, ctx.state_id)
        """,
        """
        class T:
            def __init__(self, rec, make=Client):
                self._rec, self._make = rec, make
            def run(self, rows, ctx):
                for row in rows: self._make(self._rec, row.state_id).ask(row)
        """,
    ],
)
def test_a_client_by_another_way(tmp_path: Path, text: str) -> None:
    text = "from functools import partial\nfrom lib.clients import Client\n" + textwrap.dedent(
        text
    )
    found = found_in(tmp_path, {PLUGIN: text, "lib/__init__.py": "", "lib/clients.py": CLIENT})
    assert [(row, code) for _, row, code, _ in found] == marked(text)


@pytest.mark.parametrize(
    "run",
    [
        "for row in rows: pool.submit(self.one, row, ctx.state_id)",
        "for row in rows: Thread(target=self.one, args=(row, ctx.state_id)).start()",
        "for row in rows: Thread(target=self.one, kwargs={'row': row, 'sid': ctx.state_id})",
        "list(pool.map(self.one, rows, [ctx.state_id] * len(rows)))",
        "list(map(partial(self.one, sid=ctx.state_id), rows))",
    ],
)
@pytest.mark.parametrize("of", ["ctx", "row"])
def test_a_client_of_a_function_that_is_handed_on(tmp_path: Path, run: str, of: str) -> None:
    """The function's own name for the id says nothing of it."""
    harmful = of == "ctx" or "for row" not in run
    text = f"""
from functools import partial
from threading import Thread
from lib.clients import Client
class T:
    def one(self, row, sid):
        return Client(self.rec, sid).ask(row){"  # 102" if harmful else ""}
    def run(self, pool, rows, ctx):
        {run if harmful else run.replace("ctx.", "row.")}
"""
    found = found_in(tmp_path, {PLUGIN: text, "lib/__init__.py": "", "lib/clients.py": CLIENT})
    assert [(row, code) for _, row, code, _ in found] == marked(text)


GIVEN_THE_CONTEXT = """\
from lib.pools import Pool

class T:
    def __init__(self, rec):
        self._pool = Pool(rec)

    def each(self, rows, ctx):
        for row in rows:
            print(ctx.state_id)
            self._pool.get(ctx).ask(row)
            self._pool.drop(ctx)  # 101

    def once(self, rows, ctx):
        for row in rows:
            self._pool.get(ctx).ask(row)
        self._pool.drop(ctx)
"""
POOL = """
class Pool:
    def __init__(self, rec):
        self._rec, self._clients = rec, {}

    def get(self, ctx):
        if ctx.state_id not in self._clients:
            self._clients[ctx.state_id] = Client(self._rec, ctx.state_id)
        return self._clients[ctx.state_id]

    def drop(self, ctx):
        self._clients.pop(ctx.state_id, None)
"""


def test_a_pool_that_is_given_the_context(tmp_path: Path) -> None:
    """It names the id itself."""
    files = {PLUGIN: GIVEN_THE_CONTEXT, "lib/pools.py": CLIENT + POOL}
    assert [found[1:3] for found in found_in(tmp_path, files)] == [(11, "SID101")]
    files["lib/pools.py"] = CLIENT + POOL.replace("self._clients.pop", "self._seen.pop")
    assert found_in(tmp_path, files) == []
