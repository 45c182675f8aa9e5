"""Code of another module that makes nothing a state id may call a function that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analysis.test_packages import check

if TYPE_CHECKING:
    from pathlib import Path


class TestCallbacks:
    """Functions that are handed on, and methods that an heir adds."""

    RUN = """
def run(function, *args, **kwargs):
    return function(*args, **kwargs)
class Pool:
    def map(self, function, rows):
        return [self.work(function, *row) for row in rows]
    def work(self, function, row, key):
        return function(row, key)
def work(key, function):
    return function(key)
"""

    @pytest.mark.parametrize(
        "call",
        [
            "run(self.send, 1, {})",
            "run(self.send, row=1, key={})",
            "Pool().map(self.send, [(row, {}) for row in rows])",
            "work({}, partial(self.send, 1))",
            "work({}, lambda key: self.send(1, key))",
            "work({}, lambda key: client.send(key))",
        ],
    )
    def test_with_what_it_is_given(self, tmp_path: Path, call: str) -> None:
        clients = "class Client:\n    def send(self, state_id): ...\nclient = Client()\n"
        check(
            tmp_path,
            {"app/run.py": self.RUN, "app/clients.py": clients},
            f"""
            from functools import partial
            from app.clients import client
            from app.run import Pool, run, work
            class Plugin:
                def send(self, row, key): self.rec.call(state_id=key, row=row)
                def show(self, row, key): print(row, key)
                def f(self, rows, ctx, sid):
                    {call.format('f"{ctx}"')}  # +
                    {call.format("sid")}
                    {call.replace("send", "show").format('f"{ctx}"')}
            """,
        )

    def test_with_something_else(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {"app/run.py": self.RUN},
            """
            from app.run import run, work
            class Plugin:
                def send(self, row, key): self.rec.call(state_id=key, row=row)
                def f(self, ctx, sid):
                    run(self.send, f"{ctx}", sid)
                    work(sid, lambda key: self.send(f"{ctx}", key))
            """,
        )

    def test_of_its_heirs(self, tmp_path: Path) -> None:
        mixins = """
class Sending:
    def send(self, row, key):
        self.emit(row, key)
class Showing:
    def show(self, row, key):
        print(row, key)
"""
        base = """
class Base:
    def emit(self, row, key):
        self.rec.call(state_id=key, row=row)
"""
        check(
            tmp_path,
            {
                "app/mixins.py": mixins,
                "app/again.py": "from app.mixins import Sending, Showing\n",
                "app/base.py": base,
            },
            """
            from app.again import Sending, Showing
            from app.base import Base
            class Own(Sending, Showing):
                def emit(self, row, key): self.rec.call(state_id=key, row=row)
                def f(self, ctx, sid):
                    self.send(1, f"{ctx}_a")  # +
                    self.send(f"{ctx}_b", sid)
                    self.show(1, f"{ctx}_c")
            class Mixed(Sending, Base):
                def f(self, ctx, sid):
                    self.send(1, f"{ctx}_d")  # +
                    self.send(f"{ctx}_e", sid)
            class Quiet(Sending, Base):
                def emit(self, row, key): print(row, key)
                def f(self, ctx):
                    self.send(1, f"{ctx}_f")
            """,
        )


class TestKept:
    """What an import brings, kept under another name or handed on before it is used."""

    TOOLS = """
def send(rec, key):
    rec.call(state_id=key)
def show(rec, key):
    print(key)
def emitter(rec):
    def emit(key):
        rec.call(state_id=key)
    return emit
def make(parent, row):
    return f"{parent}_{row}"
class Client:
    def __init__(self, rec, scope=None):
        self.rec, self.scope = rec, scope
    def go(self):
        self.rec.call(state_id=self.scope)
class Label(Client):
    def go(self):
        print(self.scope)
class Keys:
    @staticmethod
    def make(parent, row):
        return f"{parent}_{row}"
"""

    @pytest.mark.parametrize(
        "code",
        [
            "emit = send\ndef f(rec, ctx, sid): emit(rec, {})",
            "emit = tools.send\ndef f(rec, ctx, sid): emit(rec, {})",
            "emit = app.tools.send\ndef f(rec, ctx, sid): emit(rec, {})",
            'TABLE = {{"a": send}}\ndef f(rec, ctx, sid): TABLE["a"](rec, {})',
            "def f(rec, ctx, sid, emit=send): emit(rec, {})",
            "def f(rec, ctx, sid, emit=tools.send): emit(rec, {})",
            "def f(rec, ctx, sid):\n    emit = partial(send, rec)\n    emit({})",
            "def f(rec, ctx, sid):\n    emit = partial(tools.send, rec)\n    emit({})",
            "def f(rec, ctx, sid, rows): list(map(partial(send, rec), [{} for row in rows]))",
            "def run(emit, rec, key): emit(rec, key)\n"
            "def f(rec, ctx, sid): run(tools.send, rec, {})",
            "class P:\n    def __init__(self): self.emit = send\n"
            "    def f(self, rec, ctx, sid): self.emit(rec, {})",
            "class P:\n    def __init__(self): self.emit = tools.send\n"
            "    def f(self, rec, ctx, sid): self.emit(rec, {})",
            "class P:\n    def __init__(self, rec): self.emit = emitter(rec)\n"
            "    def f(self, ctx, sid): self.emit({})",
            "Made = Client\ndef f(rec, ctx, sid): Made(rec, {}).go()",
            "class P:\n    made = Client\n    def f(self, rec, ctx, sid): self.made(rec, {}).go()",
            "class P:\n    made: type[Client] = Client\n"
            "    def f(self, rec, ctx, sid): self.made(rec, {}).go()",
            "class P:\n    def __init__(self, made=Client): self.made = made\n"
            "    def f(self, rec, ctx, sid): self.made(rec, {}).go()",
            "def f(rec, ctx, sid):\n    client = Client(rec)\n    client.scope = {}\n"
            "    client.go()",
            "def f(client: tools.Client, ctx, sid):\n    client.scope = {}\n    client.go()",
        ],
    )
    def test_what_makes_a_state_id(self, tmp_path: Path, code: str) -> None:
        head = "from functools import partial\nimport app.tools\nfrom app import tools\n"
        head += "from app.tools import Client, Keys, Label, emitter, make, send, show\n"
        built, given = code.format('f"{ctx}"'), code.format("sid")
        built = "\n".join(f"{row}  # +" if 'f"' in row else row for row in built.split("\n"))
        other = code.replace("send", "show").replace("Client", "Label").format('f"{ctx}"')
        for text in (built, given, *([other] if "emitter" not in code else [])):
            check(tmp_path, {"app/tools.py": self.TOOLS}, head + text + "\n")

    @pytest.mark.parametrize(
        "code",
        [
            "made = make\ndef f(rec, ctx): rec.call(state_id=made(ctx, 1))",
            "def f(rec, ctx, made=make): rec.call(state_id=made(ctx, 1))",
            "def f(rec, ctx):\n    made = partial(make, ctx)\n    rec.call(state_id=made(1))",
            "def run(rec, made): rec.call(state_id=made(1, 2))\ndef f(rec): run(rec, tools.make)",
            "class P:\n    keys = Keys\n"
            "    def f(self, rec, ctx): rec.call(state_id=self.keys.make(ctx, 1))",
            "class P:\n    keys = tools.Keys\n"
            "    def f(self, rec, ctx): rec.call(state_id=self.keys.make(ctx, 1))",
        ],
    )
    def test_what_builds_one(self, tmp_path: Path, code: str) -> None:
        head = "from functools import partial\nfrom app import tools\n"
        head += "from app.tools import Keys, make\n"
        row = next(row for row in code.split("\n") if "state_id" in row)
        marked = code.replace(row, row + "  # +")
        check(tmp_path, {"app/tools.py": self.TOOLS}, head + marked + "\n")
        harmless = self.TOOLS.replace('return f"{parent}_{row}"', "return parent.of[row]")
        check(tmp_path, {"app/tools.py": harmless}, head + code + "\n")


class TestBuildingElsewhere:
    """A string that one unread module builds, and another one, or a function here, is given."""

    RUNNER = """
import logging
logger = logging.getLogger(__name__)
def each(ctx, rows, function):
    for row in rows:
        function(f"{ctx.state_id}_{row}", row)
def plain(ctx, rows, function):
    for row in rows:
        logger.info(f"{ctx.state_id}: {row}")
        function(ctx.state_id, row)
class Runner:
    def __init__(self, function):
        self.function = function
    def run(self, ctx, row):
        key = self.key(ctx, row)
        self.function(key, row)
    def key(self, ctx, row):
        return f"{ctx.state_id}_{row}"
class Keys:
    def key(self, ctx):
        return f"{ctx.state_id}_x"
    def known(self, ctx):
        return ctx.known[f"{ctx.state_id}_x"]
class Sink:
    def send(self, key):
        self.rec.call(state_id=key)
    def show(self, key):
        print(key)
"""

    @pytest.mark.parametrize("call", ["each(ctx, rows, {})", "Runner({}).run(ctx, 1)"])
    def test_what_a_function_is_called_with(self, tmp_path: Path, call: str) -> None:
        for function, mark in ((call, "  # +"), (call.replace("each", "plain"), "")):
            if mark or function != call:
                text = f"""
                from app.runner import Runner, each, plain
                class Plugin:
                    def send(self, key, row):
                        self.rec.call(state_id=key){mark}
                    def show(self, key, row): print(key)
                    def f(self, ctx, rows):
                        {function.format("self.send")}
                        {call.format("self.show")}
                """
                check(tmp_path, {"app/runner.py": self.RUNNER}, text)

    @pytest.mark.parametrize("prefix", ["self", "super()"])
    @pytest.mark.parametrize(
        ("call", "mark"),
        [
            ("send({}.key(ctx))", "  # +"),
            ("send({}.known(ctx))", ""),
            ("show({}.key(ctx))", ""),
        ],
    )
    def test_what_two_bases_bring(self, tmp_path: Path, prefix: str, call: str, mark: str) -> None:
        sinks = self.RUNNER[self.RUNNER.index("class Sink") :]
        keys = self.RUNNER.replace(sinks, "")
        check(
            tmp_path,
            {"app/keys.py": keys, "app/sinks.py": sinks},
            f"""
            from app.keys import Keys
            from app.sinks import Sink
            class Plugin(Keys, Sink):
                def f(self, ctx):
                    self.{call.format(prefix)}{mark}
            """,
        )
