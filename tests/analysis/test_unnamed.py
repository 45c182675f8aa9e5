"""Files that name no state id, and hand what may become one to modules that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.source_tree import SourceTree, hands_on
from flake8_stateid.checking import Checker
from flake8_stateid.configuration import Configuration
from flake8_stateid.scope import Scope
from flake8_stateid.settings import Settings
from tests.analysis.call_index.running import CLIENT, marked
from tests.samples import project

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = "app/plugins/a.py"
FILES = {
    "app/__init__.py": "from app.helper import record\n",
    "app/helper.py": """
import functools
from app.clients import Client
LIMIT = 3
def record(rec, key, row):
    rec.record_call(row, state_id=key)
def show(key):
    print(key)
def ask(rec, ctx, row):
    return Client(rec, ctx.state_id).ask(row)
def once(rec, ctx):
    return Client(rec, ctx.state_id)
class Job:
    def __init__(self, key):
        self.state_id = key
class Plain:
    # A job without a state_id.
    def __init__(self, key):
        self.key = key
class Late(Job):
    pass
""",
    "app/clients.py": CLIENT,
    "app/context.py": """
class Context:
    state_id: str
    def child(self, key):
        return Context(state_id=key)
""",
    "app/base.py": """
from app.clients import Client
class Base:
    def record(self, key):
        self.rec.record_call(state_id=key)
    def run(self, ctx):
        self.rec.record_call(state_id=self.key_of(ctx))
    def key_of(self, ctx):
        return ctx.state_id
    def client(self, ctx):
        return Client(self.rec, ctx.state_id)
""",
    "app/pool.py": """
from app.clients import Client
class Pool:
    def __init__(self, rec):
        self.rec, self.clients = rec, {}
    def get(self, ctx):
        if ctx.state_id not in self.clients:
            self.clients[ctx.state_id] = Client(self.rec, ctx.state_id)
        return self.clients[ctx.state_id]
    def drop(self, ctx):
        self.clients.pop(ctx.state_id, None)
""",
}
BUILT = {
    "a function": """
from app.helper import record
def run(rec, row): record(rec, f"{row.id}_x", row)  # +
""",
    "a function by another name": """
from app.helper import record as put
def run(rec, row): put(rec, row.id + "_x", row)  # +
""",
    "a function that a package gives on": """
from .. import record
def run(rec, row): record(rec, f"{row.id}_x", row)  # +
""",
    "a function of a module": """
from app import helper
import app.helper as other
def run(rec, row):
    helper.record(rec, f"{row.id}_x", row)  # +
    other.record(rec, f"{row.id}_y", row)  # +
""",
    "a class in a list": """
from app.helper import Job
def run(rows): return [Job(f"{row.id}_x") for row in rows]  # +
""",
    "a class whose base names it": """
from app.helper import Late
def run(row): return Late(f"{row.id}_x")  # +
""",
    "a function that is handed on": """
from functools import partial
from app.helper import record
def run(pool, rec, row): pool.submit(partial(record, rec), f"{row.id}_x", row)  # +
""",
    "a method of a base": """
from app.base import Base
class T(Base):
    def go(self, row): self.record(f"{row.id}_x")  # +
""",
    "what a base asks for": """
from app.base import Base
class T(Base):
    def key_of(self, ctx): return f"{ctx.id}_x"  # +
""",
}
CLEAN = {
    "what shows it": """
from app.helper import record, show
def run(rec, ctx, row):
    show(f"{row.id}_x")
    record(rec, ctx.key, f"{row.id}_x")
""",
    "a class that keeps it under another name": """
from app.helper import Plain
def run(row): return Plain(f"{row.id}_x")
""",
    "another function of that name": """
from app.helper import record
def record(rec, key): print(key)
def run(rec, row): record(rec, f"{row.id}_x")
""",
}


def findings(root: Path, text: str, files: dict[str, str] | None = None) -> list[tuple[int, str]]:
    project(root, {**FILES, "app/plugins/__init__.py": "", PLUGIN: text, **(files or {})})
    result = Checker(Configuration()).check_file(str(root / PLUGIN))
    assert result.problem is None
    return [(finding.span.row, finding.code) for finding in result.findings]


@pytest.mark.parametrize("text", [*BUILT.values(), *CLEAN.values()], ids=[*BUILT, *CLEAN])
def test_what_is_built_for_other_modules(tmp_path: Path, text: str) -> None:
    rows = [row for row, line in enumerate(text.splitlines(), 1) if line.endswith("# +")]
    assert [row for row, _ in findings(tmp_path, text)] == rows


CALL_INDEX = {
    "a client made by a helper": """
from app.helper import ask, once
def each(rec, rows, ctx):
    for row in rows:
        ask(rec, ctx, row)  # 102
def first(rec, row, ctx): ask(rec, ctx, row)
def together(rec, rows, ctx):
    client = once(rec, ctx)
    for row in rows: client.ask(row)
def apart(rec, rows):
    for row in rows: ask(rec, row.ctx, row)
""",
    "a client made by a base": """
from app.base import Base
class T(Base):
    def go(self, rows, ctx):
        for row in rows:
            self.client(ctx).ask(row)  # 102
""",
    "a client that a pool drops": """
from app.pool import Pool
class T:
    def __init__(self, rec):
        self.pool = Pool(rec)
    def go(self, rows, ctx):
        for row in rows:
            self.pool.get(ctx).ask(row)
            self.pool.drop(ctx)  # 101
    def after(self, rows, ctx):
        for row in rows:
            self.pool.get(ctx).ask(row)
        self.pool.drop(ctx)
""",
}


@pytest.mark.parametrize("text", CALL_INDEX.values(), ids=CALL_INDEX)
def test_clients_of_other_modules(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, text) == marked(text)
    # The same where the file names an id as well, and so is looked at anyway.
    named = f"{text}\ndef show(ctx): print(ctx.state_id)\n"
    assert findings(tmp_path, named) == marked(text)


LOOKED_AT = [
    ("from app.helper import record", "record(1)"),
    ("from app.helper import record", "x = (record, 1)"),
    ("from app.helper import Job", "return [Job()]"),
    ("from app.helper import Late", "Late()"),
    ("from app import record", "record(1)"),
    ("import app.helper as h", "h.record"),
    ("from app.base import Base as B", "class T(B): pass"),
]
LEFT_ALONE = [
    ("from app.helper import record", "pass"),
    ("from app.helper import record", "recorder(1); a_record(1); x.record(1); record_(1)"),
    ("from app.helper import show, Plain", "show(1); Plain(2)"),
    ("from app.helper import LIMIT", "print(LIMIT)"),
    ("from app.context import Context", "x: Context = 1"),
    ("from app.context import Context", "def g(a: list[Context]) -> Context | None: ..."),
    ("from app.context import Context", "def g(a: int | Context): ..."),
    ("from app.helper import record", "__all__ = ['record', \"record\"]"),
    ("import app.helper as h", "h.show(1); h.LIMIT"),
    ("from os.path import join", "join(1)"),
    ("from elsewhere import record", "record(1)"),
    ("from app.helper import *", "record(1)"),
]


@pytest.mark.parametrize(
    ("imported", "body", "is_looked_at"),
    [*((*each, True) for each in LOOKED_AT), *((*each, False) for each in LEFT_ALONE)],
)
def test_which_files_are_looked_at(
    tmp_path: Path, imported: str, body: str, is_looked_at: bool
) -> None:
    project(tmp_path, dict(FILES))
    text = f"{imported}\n\ndef f():\n    {body}\n"
    settings = Settings()
    path = str(tmp_path / PLUGIN)
    assert hands_on(path, text, settings, Scope(settings)) is is_looked_at


def test_files_of_constants_and_of_nothing(tmp_path: Path) -> None:
    project(tmp_path, dict(FILES))
    settings = Settings()
    for text in (
        "",
        "import",
        "from app.helper import (record",
        "from app.helper import record\n",
    ):
        assert not hands_on(str(tmp_path / PLUGIN), text, settings, Scope(settings))


def test_a_file_that_cannot_be_read_and_names_no_id(tmp_path: Path) -> None:
    text = "from app.helper import record\ndef f(:\n    record(1)\n"
    root = project(tmp_path, {**FILES, PLUGIN: text, "app/plugins/b.py": b"import \xff\n"})
    checker = Checker(Configuration())
    assert checker.check_file(str(root / "app/plugins/b.py")).problem is None
    problem = checker.check_file(str(root / PLUGIN)).problem
    assert problem is not None
    assert problem.row == 2  # it may matter, so that it is said not to have been checked


def test_a_mistake_is_told_of_and_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(SourceTree, "handed_on", fail)
    root = project(tmp_path, {**FILES, PLUGIN: BUILT["a function"]})
    problem = Checker(Configuration()).check_file(str(root / PLUGIN)).problem
    assert problem is not None
    assert "unexpected ValueError: a mistake" in problem.reason
