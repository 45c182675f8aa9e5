"""Functions inside a function, and what they do with its variables when somebody calls them."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

KEPT = {
    "never called": "",
    "returned": "return inner",
    "returned in a list": "return [inner]",
    "kept in an attribute": "rec.hook = inner",
    "kept under a key": "rec.hooks[ctx.name] = inner",
    "handed on": "rec.on_row(inner)",
    "called": "inner()",
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
class TestWhereverItIsKept:
    def test_what_it_makes_a_state_id(self, kept: str) -> None:
        check(f"""
        def f(rec, ctx):
            key, label = f"{{ctx}}_row", ctx.name  # +
            title = f"{{ctx}}"
            def inner(*_):
                rec.show(title, label)
                rec.call(state_id=key)
            {kept}
        """)

    def test_what_it_returns_as_one(self, kept: str) -> None:
        check(f"""
        def f(rec, ctx):
            key = f"{{ctx}}_row"  # +
            title = f"{{ctx}}"
            def state_id(*_): return key
            def inner(*_): return title
            {kept.replace("inner", "state_id")}
            {kept}
        """)

    def test_a_class(self, kept: str) -> None:
        check(f"""
        def f(rec, ctx):
            key = f"{{ctx}}_row"  # +
            title = f"{{ctx}}"
            class inner:
                def __init__(self, *_): self.name = title
                @property
                def state_id(self): return key
            {kept}
        """)


class TestLaterCalls:
    def test_by_who_is_given_the_function(self) -> None:
        check("""
        def sender(rec, key, label):
            def send(row):
                rec.call(row, state_id=key)
                print(label)
            return send
        class Plugin:
            def f(self, rec, ctx):
                self.send = sender(rec, f"{ctx}_row", f"{ctx}")  # +
            def g(self, rec, ctx):
                return sender(rec, ctx.state_id, f"{ctx}")
        """)

    def test_a_decorator_with_an_id(self) -> None:
        check("""
        def recorded(key, label):
            def decorate(function):
                def wrapper(*args):
                    print(label)
                    return function(*args, state_id=key)
                return wrapper
            return decorate
        @recorded(f"{__name__}_step", f"{__name__}")  # +
        def step(row, state_id): ...
        """)

    def test_through_other_functions_and_objects(self) -> None:
        check("""
        class Plugin:
            def _send(self, key): self.rec.call(state_id=key)
            def _show(self, key): self.rec.show(key)
            def f(self, ctx):
                key = f"{ctx}_row"  # +
                title = f"{ctx}"
                made = lambda: f"{ctx}_made"  # +
                self.hooks = {
                    "send": lambda: self._send(key),
                    "show": lambda: self._show(title),
                    "make": lambda: self._send(made()),
                }
        """)

    def test_parts_of_what_is_captured(self) -> None:
        check("""
        class Job:
            def __init__(self, key, title): self.key, self.title = key, title
        def f(rec, ctx):
            job = Job(f"{ctx}_row", f"{ctx}")  # +
            pair = (f"{ctx}_pair", f"{ctx}")  # +
            def by_job(): rec.call(rec.show(job.title), state_id=job.key)
            def by_pair(): rec.call(rec.show(pair[1]), state_id=pair[0])
            return by_job, by_pair
        """)

    def test_two_functions_around(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}_row"  # +
            def outer(title):
                def inner():
                    return lambda: rec.call(title, state_id=key)
                return inner
            return outer
        """)


class TestNotShown:
    @pytest.mark.parametrize(
        "body",
        [
            "key = ctx.state_id; inner = lambda: rec.call(state_id=key); inner(); key = f'{ctx}'",
            "key = f'{ctx}'; rec.show(key); key = ctx.state_id\n"
            "    return lambda: rec.call(state_id=key)",
            "key = f'{ctx}'\n"
            "    def reset():\n"
            "        nonlocal key\n"
            "        key = ctx.state_id\n"
            "    reset()\n"
            "    return lambda: rec.call(state_id=key)",
            "key = f'{ctx}'; return lambda key: rec.call(state_id=key)",
            "key = f'{ctx}'; return lambda: [rec.call(state_id=key) for key in ctx]",
            "key = f'{ctx}'; rec.begin_node_state(key)\n    return lambda: rec.call(state_id=key)",
            "key = f'{ctx}'; return lambda: rec.call(rec.begin_node_state(key), state_id=key)",
        ],
    )
    def test_that_what_is_built_is_what_is_used(self, body: str) -> None:
        check(f"def f(rec, ctx):\n    {body}\n")

    def test_a_variable_of_a_class_body(self) -> None:
        check("""
        def f(rec, ctx, key):
            class Inner:
                key = f"{ctx}"
                def run(self): rec.call(state_id=key)
            return Inner
        """)
