"""Variables, the places they hold, and where paths meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.analysis import frame as frames
from flake8_stateid.analysis.flow import FlowFrame
from flake8_stateid.analysis.places import Place
from flake8_stateid.analysis.values import (
    ELEMENT,
    LIST,
    NUMBER,
    STRING,
    UNKNOWN,
    Symbol,
    Value,
    container,
)
from tests.analysis.made_values import BUILT, ENGINE
from tests.analysis.running import check

if TYPE_CHECKING:
    import pytest


class TestStore:
    def made(self, **env: Value) -> FlowFrame:
        frame = FlowFrame(ENGINE, ENGINE.module, None)
        frame.here.env.bind_all(env)
        return frame

    def test_under_every_name_of_an_object(self) -> None:
        rows = container(LIST, {0: STRING}, "tag")
        frame = self.made(a=rows, b=rows, c=container(LIST, {0: rows}, "outer"), d=UNKNOWN)
        frame.store(Place("a"), rows, 0, BUILT, strong=True)
        env = frame.here.env
        assert env["a"].fields[0] is BUILT
        assert env["b"].fields[0] is BUILT
        assert env["c"].fields[0].fields[0] is BUILT
        assert env["d"] is UNKNOWN

    def test_to_what_may_be_the_object_is_weak(self) -> None:
        rows = container(LIST, {0: NUMBER}, "tag")
        either = Value(fields=rows.fields, types=rows.types, tags=rows.tags | {"other"})
        frame = self.made(a=rows, b=either)
        frame.store(Place("a"), rows, 0, BUILT, strong=True)
        assert frame.here.env["b"].fields[0].types == NUMBER.types | STRING.types

    def test_of_nothing_of_interest_is_none_unless_it_was_a_number(self) -> None:
        rows = container(LIST, {ELEMENT: NUMBER}, "tag")
        frame = self.made(a=rows, b=UNKNOWN)
        frame.store(Place("b"), UNKNOWN, ELEMENT, UNKNOWN, strong=False)
        assert frame.here.env["b"] is UNKNOWN
        frame.store(Place("a"), rows, ELEMENT, UNKNOWN, strong=False)
        assert frame.here.env["a"].fields[ELEMENT].types == NUMBER.types | UNKNOWN.types

    def test_in_a_variable_met_for_the_first_time(self) -> None:
        frame = self.made()
        frame.store(Place("cache"), UNKNOWN, "'a", BUILT, strong=True)
        assert frame.here.env["cache"].fields["'a"] is BUILT
        assert "cache" in frame.initial


def test_more_inputs_than_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_MAX_SINKS", 1)
    frame = FlowFrame(ENGINE, ENGINE.module, None)
    near, far = Symbol(("parameter", "a")), Symbol(("parameter", "b"), (".c", ".d"))
    for symbol in (far, near, Symbol(("parameter", "b"), (".c", ".e"))):
        frame.record(symbol, (), used=True)
    assert frame.sinks.keys() == {near, far}


def test_names_that_hold_collections() -> None:
    check("""
    def f(rec, ctx):
        state_ids = [f"{ctx}"]  # +
        state_ids = {f"{ctx}": 1, 2: f"{ctx}"}
        rec.call(state_ids=(f"{row}" for row in ctx))  # +
        ctx.state_ids = ctx.build(f"{ctx}")
    """)


def test_nonlocal_variables_two_functions_out() -> None:
    check("""
    def f(rec, ctx):
        key = ctx.state_id
        def outer():
            def inner():
                nonlocal key
                key = f"{ctx}"  # +
            inner()
        outer()
        rec.call(state_id=key)
    """)


def test_places_are_parts_of_places() -> None:
    assert Place("a").at(".b").at(0) == Place("a", (".b", 0))
