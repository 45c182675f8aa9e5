"""Variables of other modules: what is put in here or there, and who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analysis.test_packages import check

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = """\
from contextvars import ContextVar
current: ContextVar[str] = ContextVar("current", default="")
label = ContextVar("label")
TABLE = {}
STACK: list[str] = []
NAMES = []
last = None
name = None
def flush():
    Client(state_id=current.get(), label=label.get())
def begin(ctx):
    current.set(f"{ctx}_begun")
    label.set(f"{ctx}_label")
"""
FILES = {"app/request.py": REQUEST, "app/lib/__init__.py": "from ..request import *\n"}

PUT_AND_READ = [
    (
        "from app.request import current, label",
        'current.set(f"{ctx}")  # +',
        'label.set(f"{ctx}")',
        "current.get()",
    ),
    (
        "from app import request",
        'request.current.set(f"{ctx}")  # +',
        'request.label.set(f"{ctx}")',
        "request.current.get()",
    ),
    (
        "import app.request as r",
        'r.TABLE["key"] = f"{ctx}"  # +',
        'r.TABLE["name"] = f"{ctx}"',
        'r.TABLE["key"]',
    ),
    (
        "from ..request import TABLE as table",
        'table.update(key=f"{ctx}")  # +',
        'table.setdefault("name", f"{ctx}")',
        'table["key"]',
    ),
    (
        "from app.lib import STACK, NAMES",
        'STACK.append(f"{ctx}")  # +',
        'NAMES.append(f"{ctx}")',
        "STACK[-1]",
    ),
    (
        "from app import request as r",
        'r.last = f"{ctx}"  # +',
        'r.name = f"{ctx}"',
        "r.last",
    ),
    (
        "import app.request",
        'app.request.STACK.append(f"{ctx}")  # +',
        'app.request.NAMES.append(f"{ctx}")',
        "app.request.STACK.pop()",
    ),
]


@pytest.mark.parametrize(("imported", "put", "other", "read"), PUT_AND_READ)
def test_put_in_here_and_read_here(
    tmp_path: Path, imported: str, put: str, other: str, read: str
) -> None:
    check(
        tmp_path,
        FILES,
        f"""
        {imported}
        def begin(ctx):
            {put}
            {other}
        def send(rec):
            rec.call(state_id={read})
        def both(ctx, rec):
            {put}
            {other}
            rec.call(state_id={read})
        """,
    )


def test_put_in_here_and_read_there(tmp_path: Path) -> None:
    check(
        tmp_path,
        FILES,
        """
        from app.request import current, flush, label
        def f(ctx):
            current.set(f"{ctx}")  # +
            label.set(f"{ctx}")
            flush()
        """,
    )


def test_put_in_there_and_read_here(tmp_path: Path) -> None:
    check(
        tmp_path,
        FILES,
        """
        from app import request
        def f(ctx, rec):
            request.begin(ctx)
            rec.call(state_id=request.current.get())  # +
            rec.call(state_id=request.TABLE["key"])
        """,
    )


def test_what_is_overwritten_or_registered_is_gone(tmp_path: Path) -> None:
    check(
        tmp_path,
        FILES,
        """
        from app import request
        def f(ctx, rec):
            request.last = f"{ctx}"
            request.last = ctx.key
            rec.call(state_id=request.last)
        def g(ctx, rec):
            key = f"{ctx}"
            rec.begin_node_state(key)
            request.current.set(key)
            request.TABLE[f"{ctx}"] = ctx.key
        def h(ctx, rec):
            rec.call(state_id=request.current.get())
            rec.call(state_id=request.TABLE[f"{ctx}"])
            rec.call(state_id=other.TABLE["key"])
        """,
    )


def test_a_class_of_another_module_has_constants(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "app/kinds.py": """\
from enum import Enum
class Keys:
    DEFAULT = f"{BASE}_x"
    OTHER = "x"
class Names(Keys):
    DEFAULT = lookup()
    def __init__(self): self.key = lookup()
    key = f"{BASE}"
class Kind(Enum):
    A = f"{BASE}_a"
    B = lookup()
"""
        },
        """
        from app.kinds import Keys, Kind, Names
        def f(rec):
            rec.call(state_id=Keys.DEFAULT)  # +
            rec.call(state_id=Keys.OTHER)
            rec.call(state_id=Names.DEFAULT)
            rec.call(state_id=Names().key)
            rec.call(state_id=Kind.A.value)  # +
            rec.call(state_id=Kind.B.value)
        """,
    )


def test_a_method_that_is_a_function_of_another_module(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "app/util.py": "def make(x): return f'{x}'\ndef find(x): return T[x]\n"
            "def send(name, key): Client(name=name, state_id=key)\n"
        },
        """
        from app import util
        from app.util import send
        class P:
            _make = staticmethod(util.make)
            _find = staticmethod(util.find)
            _send = staticmethod(send)
            def f(self, rec, ctx):
                rec.call(state_id=self._make(ctx))  # +
                rec.call(state_id=self._find(f"{ctx}"))
                self._send(f"{ctx}", ctx.key)
                P._send(ctx.name, f"{ctx}")  # +
        """,
    )
