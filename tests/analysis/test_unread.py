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
