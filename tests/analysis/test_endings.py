"""Calls that never return end the path they are on; all others, and doubtful ones, do not."""

from __future__ import annotations

import textwrap

import pytest

from flake8_stateid.analysis.endings import swallows
from flake8_stateid.analysis.program import FunctionInfo
from tests.analysis.running import check, module


def after(end: str, head: str = "", *, found: bool) -> None:
    """A string is built on a path with ``end``: it is found behind it, or is not."""
    mark = "  # +" if found else ""
    check(
        textwrap.dedent(head) + "def f(rec, ctx, sid):\n"
        "    if ctx.bad:\n"
        f'        sid = f"{{ctx}}"{mark}\n'
        + textwrap.indent(textwrap.dedent(end).strip(), " " * 8)
        + "\n    rec.call(state_id=sid)\n"
    )


PROGRAM_ENDS = {
    "sys.exit": ("import sys\n", "sys.exit(2)"),
    "under another name": ("from sys import exit as leave\n", "leave(2)"),
    "with a message": ("import sys\n", "sys.exit(sid)"),
    "module under another name": ("import os as system\n", "system._exit(1)"),
    "imported in the function": ("", "import os\nos.abort()"),
    "builtin": ("", "exit()"),
    "other builtin": ("", "quit(sid)"),
    "another program": ("import os\n", "os.execv(sid, [])"),
    "returned": ("import sys\n", "return sys.exit(2)"),
    "assigned": ("import sys\n", "x = sys.exit(2)"),
    "assigned, annotated": ("import sys\n", "x: int = sys.exit(2)"),
    "assertion": ("", "assert False, sid"),
    "assertion of zero": ("", "assert 0"),
    "case that cannot be": ("from typing import assert_never\n", "assert_never(ctx)"),
}


@pytest.mark.parametrize(("head", "end"), PROGRAM_ENDS.values(), ids=PROGRAM_ENDS)
def test_the_program_ends(head: str, end: str) -> None:
    after(end, head, found=False)


PROGRAM_GOES_ON = {
    "method of another object": ("", "ctx.exit(2)"),
    "local": ("", "exit = ctx.log\nexit(2)"),
    "function of the module": ("def exit(code):\n    print(code)\n", "exit(2)"),
    "other module": ("import sys2 as sys\n", "sys.exit(2)"),
    "other function": ("import sys\n", "sys.exc_info()"),
    "not called": ("import sys\n", "sys.exit"),
    "handed on": ("import sys\n", "ctx.defer(sys.exit)"),
    "registered": ("import sys, atexit\n", "atexit.register(sys.exit, 2)"),
    "under a condition": ("import sys\n", "if ctx.x:\n    sys.exit(2)"),
    "in one operand": ("import sys\n", "ctx.x or sys.exit(2)"),
    "in one branch": ("import sys\n", "sys.exit(2) if ctx.x else None"),
    "one of two": ("import sys\n", "g = sys.exit if ctx.x else print\ng(2)"),
    "in a lambda": ("import sys\n", "g = lambda: sys.exit(2)"),
    "in a loop": ("import sys\n", "for x in ctx:\n    sys.exit(2)"),
    "caught": ("import sys\n", "try:\n    sys.exit(2)\nexcept SystemExit:\n    pass"),
    "overruled": (
        "import sys\n",
        "while ctx.x:\n    try:\n        sys.exit(2)\n    finally:\n        break",
    ),
    "suppressed": (
        "import sys\nfrom contextlib import suppress\n",
        "with suppress(SystemExit):\n    sys.exit(2)",
    ),
    "assertion that depends": ("", "assert ctx.x, sid"),
    "parameter": (
        "import sys\n",
        "def g(x, leave=sys.exit):\n    leave(2)\n    rec.call(state_id=x)\ng(sid)",
    ),
}


@pytest.mark.parametrize(("head", "end"), PROGRAM_GOES_ON.values(), ids=PROGRAM_GOES_ON)
def test_the_program_goes_on(head: str, end: str) -> None:
    after(end, head, found=True)


def test_before_the_end() -> None:
    check("""
    import sys
    def f(rec, ctx):
        try:
            sid = f"{ctx}"  # +
            sys.exit(2)
        finally:
            rec.call(state_id=sid)
    def g(rec, ctx):
        sid = f"{ctx}"  # +
        sys.exit(rec.call(state_id=sid))
    """)


def test_a_module_that_ends() -> None:
    check("""
    import sys
    key = f"{sys}"  # +
    def f(rec):
        rec.call(state_id=key)
    sys.exit(f(Recorder()))
    """)


NEVER_RETURN = {
    "raises": ("def fail(x):\n    raise Error(x)\n", "fail(sid)"),
    "raises on every path": (
        "def fail(x):\n    if x:\n        raise Error(x)\n    else:\n        raise Other\n",
        "fail(sid)",
    ),
    "by way of another": (
        "def fail(x):\n    raise Error(x)\ndef stop(x):\n    fail(x)\n",
        "return stop(sid)",
    ),
    "returns what another does": (
        "def fail(x):\n    raise Error(x)\ndef stop(x):\n    return fail(x)\n",
        "stop(sid)",
    ),
    "by exit": ("import sys\ndef fail(x):\n    print(x)\n    sys.exit(1)\n", "fail(sid)"),
    "says so": (
        "from typing import NoReturn\ndef fail(x) -> NoReturn:\n    ctx.stop()\n",
        "fail(sid)",
    ),
    "says so in quotes": ("def fail(x) -> 'typing.Never':\n    ctx.stop()\n", "fail(sid)"),
    "awaited": ("async def fail(x):\n    raise Error(x)\n", "await fail(sid)"),
    "awaited and assigned": ("async def fail(x):\n    raise Error(x)\n", "y = await fail(sid)"),
    "without end": ("def serve(x):\n    while True:\n        print(x)\n", "serve(sid)"),
    "either": (
        "if X:\n    def fail(x): raise A(x)\nelse:\n    def fail(x): raise B(x)\n",
        "fail(sid)",
    ),
    "not written yet": ("def fail(x):\n    raise NotImplementedError\n", "fail(sid)"),
    "local": ("", "def fail(x):\n    raise Error(x)\nfail(sid)"),
}


@pytest.mark.parametrize(("head", "end"), NEVER_RETURN.values(), ids=NEVER_RETURN)
def test_functions_that_never_return(head: str, end: str) -> None:
    after(end, head, found=False)


MAY_RETURN = {
    "unknown": ("", "fail(sid)"),
    "parameter": (
        "def fail(x):\n    raise Error(x)\n",
        "def g(x, fail=fail):\n    fail(x)\n    rec.call(state_id=x)\ng(sid)",
    ),
    "with other objects": (
        "class Loud:\n    def stop(self, x): raise Error(x)\n"
        "class Quiet:\n    def stop(self, x): print(x)\n"
        "def fail(how, x): how.stop(x)\n",
        "fail(Quiet(), 1)\nif ctx.x:\n    fail(Loud(), 1)\nfail(Quiet(), sid)",
    ),
    "raises on one path": ("def fail(x):\n    if x:\n        raise Error(x)\n", "fail(sid)"),
    "catches": (
        "def fail(x):\n    try:\n        raise Error(x)\n    except Error:\n        print(x)\n",
        "fail(sid)",
    ),
    "finally returns": (
        "def fail(x):\n    try:\n        raise Error(x)\n    finally:\n        return 1\n",
        "fail(sid)",
    ),
    "leaves its loop": (
        "def serve(x):\n    while True:\n        try:\n            x.get()\n"
        "        except Stop:\n            break\n",
        "serve(sid)",
    ),
    "generator": ("def fail(x):\n    raise Error(x)\n    yield\n", "fail(sid)"),
    "not awaited": ("async def fail(x):\n    raise Error(x)\n", "y = fail(sid)"),
    "not awaited, says so": ("async def fail(x) -> NoReturn: ...\n", "y = fail(sid)"),
    "decorated": ("@logged\ndef fail(x):\n    raise Error(x)\n", "fail(sid)"),
    "set elsewhere": (
        "def fail(x):\n    raise Error(x)\ndef quiet():\n    global fail\n    fail = print\n",
        "fail(sid)",
    ),
    "either": (
        "if X:\n    def fail(x):\n        raise A(x)\nelse:\n    def fail(x):\n        print(x)\n",
        "fail(sid)",
    ),
    "calls itself": (
        "def fail(x):\n    if x:\n        return fail(x[1:])\n    return None\n",
        "fail(sid)",
    ),
    "under a manager that swallows": (
        "class Quiet:\n    def __enter__(self): ...\n"
        "    def __exit__(self, *error):\n        return True\n"
        "def fail(x):\n    raise Error(x)\n",
        "with Quiet():\n    fail(sid)",
    ),
}


@pytest.mark.parametrize(("head", "end"), MAY_RETURN.values(), ids=MAY_RETURN)
def test_functions_that_may_return(head: str, end: str) -> None:
    after(end, head, found=True)


def method(fail: str, rest: str = "", call: str = "self.fail(sid)", *, found: bool) -> None:
    """As ``after``, for a method of the same object."""
    mark = "  # +" if found else ""
    check(
        "class Plugin(Base):\n"
        + textwrap.indent(textwrap.dedent(fail).strip(), "    ")
        + "\n    def f(self, rec, ctx, sid):\n"
        "        if ctx.bad:\n"
        f'            sid = f"{{ctx}}"{mark}\n'
        f"            {call}\n"
        "        rec.call(state_id=sid)\n" + textwrap.dedent(rest)
    )


RAISES = "def fail(self, x):\n    raise Error(x)"


class TestMethods:
    def test_never_returns(self) -> None:
        method(RAISES, found=False)
        method("def fail(self, x) -> NoReturn:\n    self.stop(x)", found=False)
        method("@staticmethod\ndef fail(x):\n    raise Error(x)", found=False)
        method("@classmethod\ndef fail(cls, x):\n    raise Error(x)", found=False)
        method("async def fail(self, x): raise Error(x)", "", "await self.fail(x)", found=False)

    def test_of_a_base(self) -> None:
        check("""
        class Base:
            def fail(self, x):
                raise Error(x)
        class Plugin(Base):
            def f(self, rec, ctx, sid):
                if ctx.bad:
                    sid = f"{ctx}"
                    super().fail(sid)
                if ctx.worse:
                    sid = f"{ctx}"
                    self.fail(sid)
                rec.call(state_id=sid)
        """)

    def test_abstract(self) -> None:
        method("def fail(self, x):\n    raise NotImplementedError", found=True)
        method("def fail(self, x):\n    raise errors.NotImplementedYet(x)", found=True)
        method("def fail(self, x):\n    raise AbstractMethodError(self)", found=True)
        method("@abstractmethod\ndef fail(self, x):\n    raise TypeError", found=True)

    def test_overridden(self) -> None:
        quiet = "    def fail(self, x):\n        print(x)\n"
        method(RAISES, "class Quiet(Plugin):\n" + quiet, found=True)
        method(RAISES, "class A(Plugin): ...\nclass B(A):\n    fail = print\n", found=True)
        method(RAISES, f"class M:\n{quiet}class Quiet(M, Plugin): ...\n", found=True)
        method(RAISES, "Old = Plugin\nclass Quiet(Old):\n" + quiet, found=True)
        method(
            RAISES,
            "def make():\n    class Quiet(Plugin):\n" + textwrap.indent(quiet, "    "),
            found=True,
        )

    @pytest.mark.parametrize(
        ("rest", "found"),
        [
            ("", False),
            ("class Other(Base):\n    def fail(self, x): ...", False),
            ("class Heir(Plugin):\n    def g(self): ...", False),
            ("class Heir(Plugin):\n    def fail(self, x): ...", True),
            ("class Heir(Plugin):\n    fail = print", True),
            ("class M:\n    def fail(self, x): ...\nclass Heir(M, Plugin): ...", True),
            ("def make():\n    class Heir(Plugin):\n        def fail(self, x): ...", True),
            ("class A(Plugin): ...\ndef make():\n    class B(A):\n        fail = print", True),
        ],
    )
    def test_of_an_object_that_may_be_an_heirs(self, rest: str, found: bool) -> None:
        head = "class Plugin:\n    def fail(self, x):\n        raise Error(x)\n"
        check(
            f"{head}def f(plugin: Plugin, rec, ctx, sid):\n"
            "    if ctx.bad:\n"
            f"        sid = f'{{ctx}}'{'  # +' if found else ''}\n"
            "        plugin.fail(sid)\n"
            f"    rec.call(state_id=sid)\n{rest}\n"
        )

    def test_of_a_class_that_is_no_heir(self) -> None:
        quiet = "    def fail(self, x):\n        print(x)\n"
        method(RAISES, "class Other(Base):\n" + quiet, found=False)
        method(RAISES, "class Heir(Plugin):\n    def g(self): ...\n", found=False)

    def test_set_on_an_object(self) -> None:
        method(RAISES, "def quieten(plugin):\n    plugin.fail = print\n", found=True)

    def test_of_an_unknown_object(self) -> None:
        method(RAISES, "", "ctx.fail(sid)", found=True)

    def test_what_its_caller_finds_on_the_object(self) -> None:
        check("""
        class Plugin:
            def fail(self, x):
                self.key = f"{x}"  # +
                raise Error(x)
            def f(self, rec, x):
                self.key = x.state_id
                try:
                    self.fail(x)
                except Error:
                    rec.call(state_id=self.key)
                    self.key = None
        """)

    def test_what_it_leaves_on_its_object(self) -> None:
        check("""
        class Plugin:
            def fail(self, x):
                self.key = f"{x}"  # +
                raise Error(x)
            def guard(self, x):
                try:
                    self.other = f"{x}"  # +
                    self.fail(x)
                finally:
                    print(x)
            def serve(self, x):
                while True:
                    self.last = f"{x}"  # +
                    print(x)
            def close(self, rec):
                rec.call(state_id=self.key)
                rec.call(state_id=self.other)
                rec.call(state_id=self.last)
        """)


def manager(body: str) -> bool:
    made = module(body).definitions["m"][0]
    assert isinstance(made, FunctionInfo)
    return swallows(made)


class TestManagers:
    def test_that_swallow(self) -> None:
        assert manager("def m(self, *error):\n    return error[0] is Stop")
        assert manager("def m():\n    try:\n        yield\n    except Stop:\n        print()")
        assert manager("def m():\n    try:\n        x = yield 1\n    finally:\n        return")

    def test_that_do_not(self) -> None:
        assert not manager("def m(self, *error):\n    if error:\n        return None\n    return")
        assert not manager("def m(self, *error):\n    return False")
        assert not manager("def m():\n    try:\n        yield\n    except Stop:\n        raise")
        assert not manager("def m():\n    try:\n        yield\n    finally:\n        print()")
        assert not manager(
            "def m():\n    try:\n        f()\n    except Stop:\n        g()\n    yield"
        )

    def test_made_of_a_generator(self) -> None:
        check("""
        from contextlib import contextmanager
        @contextmanager
        def quietly():
            try:
                yield
            except Error:
                print()
        @contextmanager
        def timed():
            yield
        def f(rec, ctx, sid):
            with quietly():
                sid = f"{ctx}"  # +
                raise Error(sid)
            rec.call(state_id=sid)
        def g(rec, ctx, sid):
            if ctx.bad:
                with timed():
                    sid = f"{ctx}"
                    raise Error(sid)
            rec.call(state_id=sid)
        """)
