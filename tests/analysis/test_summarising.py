"""Summaries of functions, and what their parameters are."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis import summarising
from flake8_stateid.analysis.values import NOTHING, NUMBER
from tests.analysis.running import check, engine


class TestDefaults:
    def test_are_evaluated_once(self) -> None:
        known = engine("def f(a=1, *, b='x', c): ...")
        (function,) = known.module.definitions["f"]
        assert known.functions.default_value(function, "a") is NUMBER  # type: ignore[arg-type]
        assert known.functions.default_value(function, "b").const == "x"  # type: ignore[arg-type]
        assert known.functions.default_value(function, "c") is NOTHING  # type: ignore[arg-type]

    def test_tell_the_kind_of_a_parameter(self) -> None:
        check("""
        def f(rec, ctx, offset=1, prefix="", other=None, *args, **kwargs):
            rec.call(state_id=ctx.base + offset)
            rec.call(state_id=ctx.base + prefix)  # +
            rec.call(state_id=ctx.base + other)  # +
            rec.call(state_id=ctx.base + args)
            rec.call(state_id=ctx.base + kwargs)
        """)

    @pytest.mark.parametrize(
        ("default", "is_text"),
        [
            *(("()", False), ("(1, 2)", False), ("[]", False), ("{}", False), ("{1}", False)),
            *(
                ("-1", False),
                ("0.5", False),
                ("1j", False),
                ("b''", False),
                ("(object(),)", False),
            ),
            *(("None", True), ("True", True), ("-other", True), ("other()", True), ("''", True)),
        ],
    )
    def test_tell_what_is_no_text(self, default: str, is_text: bool) -> None:
        mark = "  # +" if is_text else ""
        check(f"def f(rec, base, other={default}): rec.call(state_id=base + other){mark}")
        check(f"def f(base_state_id, other={default}): base_state_id += other{mark}")

    @pytest.mark.parametrize("default", ["send", "Sink", "Sink.static", "lambda key: send(key)"])
    def test_that_are_called(self, default: str) -> None:
        check(f"""
        def send(key): Client(state_id=key)
        class Sink:
            def __init__(self, key): send(key)
            @staticmethod
            def static(key): send(key)
        def f(ctx, target={default}): target(f"{{ctx}}")  # +
        """)


class TestSummaries:
    def test_beyond_the_shapes_that_are_kept_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(summarising, "_MAX_SHAPES", 2)
        check("""
        class Sink:
            def each(self, function, key): return function(key)
            def run(self, ctx):
                self.each(lambda key: Client(state_id=key), f"{ctx}")  # +
                self.each(lambda key: print(key), f"{ctx}")
                self.each(lambda key: print(key, 1), f"{ctx}")
        """)

    @pytest.mark.parametrize("take", ["value.get(key)", "value[key]", "getattr(value, key)"])
    def test_keys_beyond_these_are_told_apart(self, take: str) -> None:
        asked = "\n".join(f"            take(other, 'k{number}')" for number in range(20))
        held = '{"row": f"{ctx}", "node": ctx.state_id}'
        if "getattr" in take:
            held = 'Job(row=f"{ctx}", node=ctx.state_id)'
        for key in ("row", "node"):
            text = f"""
        @dataclass
        class Job:
            row: str
            node: str
        def take(value, key): return {take}
        def f(rec, ctx, other):
            job = {held}{"  # +" if key == "row" else ""}
{asked}
            rec.call(state_id=take(job, "{key}"))
        """
            check(text)

    def test_keys_beyond_all_that_are_kept_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(summarising, "_MAX_SHAPES", 2)
        monkeypatch.setattr(summarising, "_MAX_KEYED", 4)
        check("""
        def take(value, key): return value[key]
        def f(rec, ctx, other):
            for key in take(other, "a"), take(other, "b"), take(other, "c"), take(other, "d"): ...
            rec.call(state_id=take({"row": f"{ctx}"}, "row"))  # +
        """)

    def test_beyond_the_depth_that_is_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(summarising, "_MAX_DEPTH", 3)
        check("""
        def a(key): b(key)
        def b(key): c(key)
        def c(key): d(key)
        def d(key): Client(state_id=key)
        def f(ctx): a(f"{ctx}")
        def g(ctx): d(f"{ctx}")  # +
        """)

    def test_functions_in_a_circle(self) -> None:
        check("""
        def a(n, key, rows):
            rows.append(key)
            return b(n, key, rows) if n else key
        def b(n, key, rows): return c(n - 1, key, rows)
        def c(n, key, rows): return a(n, key, rows)
        def f(rec, ctx):
            rows = []
            rec.call(state_id=c(3, f"{ctx}", rows))  # +
            b(3, f"{ctx}", rows)  # +
            rec.call(state_id=rows[0])
            a(3, f"{ctx}", [])
        """)

    def test_the_kind_of_what_is_added(self) -> None:
        check("""
        def add(base, more): return base + more  # +
        def f(rec, ctx):
            rec.call(state_id=add(ctx.base, 1))
            rec.call(state_id=add(ctx.base, [1]))
        def g(rec, ctx): rec.call(state_id=add(ctx.base, ctx.row))
        """)
