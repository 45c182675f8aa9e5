"""Functions and objects that come to where they are called from by way of a parameter."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

TABLES = {
    "register parameter self attribute dict constant": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, state_id):
                self.c.record(state_id=state_id)
            def run(self, ctx, name):
                self._handlers[name](f"{ctx.state_id}_r")  # +
    """,
    "register parameter keyword state_id": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                self._handlers[n](key=f"{ctx.state_id}_r")  # +
    """,
    "register parameter in setup method": """
        class P:
            def __init__(self):
                self._handlers = {}
            def setup(self):
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                self._handlers[n](f"{ctx.state_id}_r")  # +
    """,
    "register parameter get": """
        class P:
            def __init__(self):
                self._handlers: dict[str, object] = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                h = self._handlers.get(n)
                if h is not None:
                    h(f"{ctx.state_id}_r")  # +
    """,
    "register parameter append": """
        class P:
            def __init__(self):
                self._steps = []
                self.add(self._send)
            def add(self, fn):
                self._steps.append(fn)
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                for s in self._steps:
                    s(f"{ctx.state_id}_r")  # +
    """,
    "register parameter append tuple": """
        class P:
            def __init__(self):
                self._steps = []
                self.add("a", self._send)
            def add(self, name, fn):
                self._steps.append((name, fn))
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                for name, s in self._steps:
                    s(f"{ctx.state_id}_r")  # +
    """,
    "register parameter negative: handler is harmless": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._log)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _log(self, key):
                print(key)
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                self._handlers[n](f"{ctx.state_id}_r")
    """,
    "get of another handler": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._log)
                self.register("b", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _log(self, key):
                print(key)
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx):
                self._handlers.get("a")(f"{ctx.state_id}_r")
                self._handlers["b"](ctx.state_id)
    """,
    "the built string is the name": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                self._handlers[f"{n}_r"](ctx.state_id)
    """,
    "only listed": """
        class P:
            def __init__(self):
                self._steps = []
                self.add(self._send)
            def add(self, fn):
                self._steps.append(fn)
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                for s in self._steps:
                    print(s, f"{ctx.state_id}_r")
    """,
    "a local table": """
        class P:
            def __init__(self):
                self.register({}, self._send)
            def register(self, table, fn):
                table["a"] = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, table):
                table["a"](f"{ctx.state_id}_r")
    """,
    "table of another attribute": """
        class P:
            def __init__(self):
                self._handlers = {}
                self._others = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, name):
                self._others[name](f"{ctx.state_id}_r")
    """,
    "another class of the same name of attribute": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, key):
                self.c.record(state_id=key)
        class Q:
            def __init__(self):
                self._handlers = {}
            def run(self, ctx, name):
                self._handlers[name](f"{ctx.state_id}_r")
    """,
    "given the id alone": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register("a", self._send)
            def register(self, name, fn):
                self._handlers[name] = fn
            def _send(self, label, key):
                self.c.record(label, state_id=key)
            def run(self, ctx, name):
                self._handlers[name](f"{ctx.state_id}_r", ctx.state_id)
    """,
    "called with a name": """
        class P:
            def __init__(self):
                self._handlers = {}
                self.register(self._send, "a")
            def register(self, fn, name):
                self._handlers[fn] = name
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, name):
                self._handlers[name](f"{ctx.state_id}_r")
    """,
    "subclass sensitivity": """
        class Base:
            def __init__(self):
                self._h = {}
            def register(self, n, fn):
                self._h[n] = fn
            def call(self, n, key):
                self._h[n](key)
        class A(Base):
            def __init__(self):
                super().__init__()
                self.register("x", self._send)
            def _send(self, key):
                Client(state_id=key)
            def run(self, ctx):
                self.call("x", f"{ctx.state_id}_a")  # +
        class B(Base):
            def __init__(self):
                super().__init__()
                self.register("x", self._log)
            def _log(self, key):
                print(key)
            def run(self, ctx):
                self.call("x", f"{ctx.state_id}_b")
    """,
    "many handlers": """
        class P:
            def __init__(self):
                self._h = {}
                self.on("a", self._a)
                self.on("b", self._b)
                self.on("c", self._c)
                self.on("d", self._d)
                self.on("e", self._send)
            def on(self, name, fn):
                self._h[name] = fn
            def _a(self, key): log(key)
            def _b(self, key): log(key)
            def _c(self, key): log(key)
            def _d(self, key): log(key)
            def _send(self, key):
                self.client.call(state_id=key)
            def run(self, ctx, name):
                self._h[name](f"{ctx.state_id}_x")  # +
    """,
    "many handlers by name": """
        class P:
            def __init__(self):
                self._h = {}
                self.on("a", self._a)
                self.on("b", self._b)
                self.on("c", self._c)
                self.on("d", self._d)
                self.on("e", self._send)
            def on(self, name, fn):
                self._h[name] = fn
            def _a(self, key): log(key)
            def _b(self, key): log(key)
            def _c(self, key): log(key)
            def _d(self, key): log(key)
            def _send(self, key):
                self.client.call(state_id=key)
            def run(self, ctx, name):
                self._h["a"](f"{ctx.state_id}_x")
    """,
    "many handlers tuples": """
        class P:
            def __init__(self):
                self._h = []
                self.on("a", self._a)
                self.on("b", self._b)
                self.on("c", self._c)
                self.on("e", self._send)
            def on(self, name, fn):
                self._h.append((name, fn))
            def _a(self, key): log(key)
            def _b(self, key): log(key)
            def _c(self, key): log(key)
            def _send(self, key):
                self.client.call(state_id=key)
            def run(self, ctx):
                for name, fn in self._h:
                    fn(f"{ctx.state_id}_{name}")  # +
    """,
    "returned handler": """
        class P:
            def __init__(self):
                self._makers = {}
                self.register("a", self._make)
            def register(self, name, fn):
                self._makers[name] = fn
            def _make(self, base):
                return f"{base}_r"  # +
            def run(self, ctx, n):
                self.c.record(state_id=self._makers[n](ctx.state_id))
    """,
    "returned handler, clean": """
        class P:
            def __init__(self):
                self._makers = {}
                self.register("a", self._make)
            def register(self, name, fn):
                self._makers[name] = fn
            def _make(self, base):
                print(f"{base}_r")
                return base
            def run(self, ctx, n):
                self.c.record(state_id=self._makers[n](ctx.state_id))
    """,
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_functions_put_into_a_table(text: str) -> None:
    check(text)


ATTRIBUTES = {
    "set callback parameter": """
        class P:
            def __init__(self):
                self.bind(self._send)
            def bind(self, fn):
                self._fn = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                self._fn(f"{ctx.state_id}_r")  # +
    """,
    "constructor callback parameter other class": """
        class Pool:
            def __init__(self, fn):
                self._fn = fn
            def run(self, ctx, n):
                self._fn(f"{ctx.state_id}_r")  # +
        def send(key):
            Client(state_id=key)
        def main():
            Pool(send)
    """,
    "constructor callback parameter same function": """
        class Pool:
            def __init__(self, fn):
                self._fn = fn
            def run(self, ctx, n):
                self._fn(f"{ctx.state_id}_r")  # +
        def send(key):
            Client(state_id=key)
        def main(ctx):
            pool = Pool(send)
            pool.run(ctx, 1)
    """,
    "constructor partial": """
        from functools import partial
        class Pool:
            def __init__(self, fn):
                self._fn = fn
            def run(self, row, base):
                self._fn(row, f"{base}_r")  # +
        class P:
            def start(self, log):
                self._pool = Pool(partial(self._send, log))
            def _send(self, log, row, key):
                self.c.record(state_id=key)
    """,
    "constructor partial  shift": """
        from functools import partial
        class Pool:
            def __init__(self, fn):
                self._fn = fn
            def run(self, sid, base):
                self._fn(sid, f"{base}_r")
        class P:
            def start(self, log):
                self._pool = Pool(partial(self._send, log))
            def _send(self, log, key, row):
                self.c.record(state_id=key)
    """,
    "constructor lambda": """
        class Pool:
            def __init__(self, fn):
                self._fn = fn
            def run(self, row, base):
                self._fn(row, f"{base}_r")  # +
        class P:
            def start(self, log):
                self._pool = Pool(lambda row, key: self._send(row, key))
            def _send(self, row, key):
                self.c.record(state_id=key)
    """,
    "callback dataclass": """
        from dataclasses import dataclass
        from collections.abc import Callable
        @dataclass
        class Job:
            row: int
            fn: Callable[[str], None]
        class P:
            def plan(self, rows):
                self._jobs = [Job(r, self._send) for r in rows]
            def run(self, ctx):
                for job in self._jobs:
                    job.fn(f"{ctx.state_id}_r")  # +
            def _send(self, key):
                self.c.record(state_id=key)
    """,
    "callback dataclass, clean": """
        from dataclasses import dataclass
        from collections.abc import Callable
        @dataclass
        class Job:
            row: int
            fn: Callable[[str], None]
        class P:
            def plan(self, rows):
                self._jobs = [Job(r, self._log) for r in rows]
                self._last = self._send
            def run(self, ctx):
                for job in self._jobs:
                    job.fn(f"{ctx.state_id}_r")
            def _log(self, key):
                print(key)
            def _send(self, key):
                self.c.record(state_id=key)
    """,
    "protocol constructor": """
        from typing import Protocol
        class Sink(Protocol):
            def send(self, key: str) -> None: ...
        class Rec:
            def send(self, key: str) -> None:
                Client(state_id=key)
        class Log:
            def send(self, key: str) -> None:
                print(key)
        class Pool:
            def __init__(self, sink: Sink):
                self._sink = sink
            def run(self, base):
                self._sink.send(f"{base}_r")  # +
        class P:
            def start(self):
                self.pool = Pool(Rec())
    """,
    "protocol constructor, clean": """
        from typing import Protocol
        class Sink(Protocol):
            def send(self, key: str) -> None: ...
        class Rec:
            def send(self, key: str) -> None:
                Client(state_id=key)
        class Log:
            def send(self, key: str) -> None:
                print(key)
        class Pool:
            def __init__(self, sink: Sink):
                self._sink = sink
            def run(self, base):
                self._sink.send(f"{base}_r")
        class P:
            def start(self):
                self.pool = Pool(Log())
                self.rec = Rec()
    """,
    "a class whose object is kept is harmless": """
        class Log:
            def send(self, key):
                print(key)
        class Rec:
            def send(self, key):
                Client(state_id=key)
        class Pool:
            def __init__(self, out):
                self._out = out
            def run(self, ctx):
                self._out.send(f"{ctx.state_id}_r")
        class P:
            def start(self):
                self._log = Pool(Log())
                self._rec = Rec()
    """,
    "removed handlers parameter is rebound": """
        class P:
            def __init__(self):
                self._fn = None
                self.bind(self._send)
            def bind(self, fn):
                fn = print
                self._fn = fn
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                self._fn(f"{ctx.state_id}_r")
    """,
    "a class of two objects that are harmless": """
        class Pool:
            def __init__(self, fn):
                self._fn = fn
            def run(self, ctx):
                self._fn(f"{ctx.state_id}_r")
        class P:
            def start(self):
                self._one = Pool(print)
                self._two = Pool(lambda key: print(key))
            def send(self, key):
                Client(state_id=key)
    """,
    "removed and never called": """
        class Pool:
            def __init__(self, fn):
                self._fn = fn
                self._label = "x"
            def run(self, ctx):
                self._label(f"{ctx.state_id}_r")
        class P:
            def start(self):
                self._pool = Pool(self._send)
            def _send(self, key):
                Client(state_id=key)
    """,
}


@pytest.mark.parametrize("text", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_functions_and_objects_kept_in_an_attribute(text: str) -> None:
    check(text)


MODULES = {
    "decorator registry object": """
        class Registry:
            def __init__(self):
                self._handlers = {}
            def register(self, name):
                def deco(fn):
                    self._handlers[name] = fn
                    return fn
                return deco
            def run(self, name, key):
                return self._handlers[name](key)
        registry = Registry()
        @registry.register("a")
        def send(key):
            Client(state_id=key)
        def main(ctx):
            registry.run("a", f"{ctx.state_id}_r")  # +
    """,
    "decorator registry object, clean": """
        class Registry:
            def __init__(self):
                self._handlers = {}
            def register(self, name):
                def deco(fn):
                    self._handlers[name] = fn
                    return fn
                return deco
            def run(self, name, key):
                return self._handlers[name](key)
        registry = Registry()
        other = Registry()
        @registry.register("a")
        def log(key):
            print(key)
        def send(key):
            Client(state_id=key)
        def main(ctx):
            registry.run("a", f"{ctx.state_id}_r")
    """,
    "module level registry by decorator": """
        HANDLERS = {}
        def register(name):
            def deco(fn):
                HANDLERS[name] = fn
                return fn
            return deco
        @register("a")
        def send(key):
            Client(state_id=key)
        def main(ctx, n):
            HANDLERS[n](f"{ctx.state_id}_r")  # +
    """,
    "module level registry by function": """
        HANDLERS = {}
        def register(name, fn):
            HANDLERS[name] = fn
        def send(key):
            Client(state_id=key)
        register("a", send)
        def main(ctx, n):
            HANDLERS[n](f"{ctx.state_id}_r")  # +
    """,
    "module registry filled in setup function": """
        HANDLERS = {}
        def register(name, fn):
            HANDLERS[name] = fn
        def send(key):
            Client(state_id=key)
        def setup():
            register("a", send)
        def main(ctx, n):
            HANDLERS[n](f"{ctx.state_id}_r")  # +
    """,
    "setter method callback global": """
        _CALLBACK = None
        def set_callback(fn):
            global _CALLBACK
            _CALLBACK = fn
        def send(key):
            Client(state_id=key)
        def setup():
            set_callback(send)
        def run(ctx):
            _CALLBACK(f"{ctx.state_id}_r")  # +
    """,
    "setter method callback global, clean": """
        _CALLBACK = None
        def set_callback(fn):
            global _CALLBACK
            _CALLBACK = fn
        def log(key):
            print(key)
        def setup():
            set_callback(log)
        def run(ctx):
            _CALLBACK(f"{ctx.state_id}_r")
    """,
    "module table by function": """
        HANDLERS = {}
        def register(name, fn):
            HANDLERS[name] = fn
        def log(key):
            print(key)
        def send(key):
            Client(state_id=key)
        register("a", log)
        def main(ctx, n):
            HANDLERS[n](f"{ctx.state_id}_r")
    """,
    "decorator on another table": """
        HANDLERS = {}
        LOGGERS = {}
        def register(table, name):
            def deco(fn):
                table[name] = fn
                return fn
            return deco
        @register(HANDLERS, "a")
        def send(key):
            Client(state_id=key)
        @register(LOGGERS, "a")
        def log(key):
            print(key)
        def main(ctx, n):
            LOGGERS[n](f"{ctx.state_id}_r")
    """,
    "module variable of a function": """
        CALLBACK = None
        def set_callback(fn):
            CALLBACK = fn
            return CALLBACK
        def send(key):
            Client(state_id=key)
        set_callback(send)
        def run(ctx):
            CALLBACK(f"{ctx.state_id}_r")
    """,
}


@pytest.mark.parametrize("text", MODULES.values(), ids=MODULES)
def test_functions_kept_by_a_module(text: str) -> None:
    check(text)
