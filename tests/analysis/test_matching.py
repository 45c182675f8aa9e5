"""The ``match`` statement: what its patterns bind, and the ways through its cases."""

from __future__ import annotations

from flake8_stateid.analysis.matching import positional_attributes
from flake8_stateid.analysis.values import UNKNOWN
from tests.analysis.running import check, engine, held


def test_captures() -> None:
    check("""
    def f(rec, ctx):
        built = f"{ctx}"  # +
        match built:
            case "a" | "b" as state_id: ...
        match [ctx, f"{ctx}"]:  # +
            case [first, state_id]: ...
        match [f"{ctx}", ctx]:
            case [first, state_id]: ...
        match [ctx, f"{ctx}"]:  # +
            case [first, *rest]: rec.call(state_id=rest[0])
        match [ctx, f"{ctx}", ctx]:
            case [*_, last]: rec.call(state_id=last)
        match [ctx, ctx, f"{ctx}"]:  # +
            case [*_, last]: rec.call(state_id=last)
        match [f"{ctx}" for _ in ctx]:  # +
            case [first, *_, last]: rec.call(state_id=last)
        match [ctx, f"{ctx}", ctx]:
            case [_, _, *rest]: rec.call(state_id=rest[0])
        match {"a": f"{ctx}", "b": ctx}:  # +
            case {"a": x, "b": y}: rec.call(state_id=x)
        match {"a": f"{ctx}", "b": ctx}:
            case {"a": x, "b": y}: rec.call(state_id=y)
        match {"a": f"{ctx}"}:  # +
            case {ctx.name: x}: rec.call(state_id=x)
        match {"a": f"{ctx}"}:  # +
            case {"b": x, **rest}: rec.call(state_id=rest["a"])
        match f"{ctx}":  # +
            case "a" | state_id: ...
    """)


def test_classes() -> None:
    check("""
    from dataclasses import dataclass
    @dataclass
    class Job:
        row: int
        key: str
    class Pair:
        __match_args__ = ("key", "row")
        def __init__(self, key, row):
            self.key = key
            self.row = row
    def f(rec, ctx):
        match Job(1, f"{ctx}"):  # +
            case Job(row=r, key=k): rec.call(state_id=k)
        match Job(1, f"{ctx}"):
            case Job(row=r, key=k): rec.call(state_id=r)
        match Job(1, f"{ctx}"):  # +
            case Job(r, k): rec.call(state_id=k)
        match Pair(f"{ctx}", 1):  # +
            case Pair(k, r): rec.call(state_id=k)
        match Pair(f"{ctx}", 1):
            case Pair(k, r): rec.call(state_id=r)
        match f"{ctx}":  # +
            case str(k): rec.call(state_id=k)
        match Job(1, f"{ctx}"):
            case Job(r, k, more): rec.call(state_id=more)
    """)


def test_ways_through() -> None:
    check("""
    def f(rec, ctx):
        key = f"{ctx}"  # +
        match ctx:
            case 1: key = ctx.a
            case 2 if ctx.b: key = ctx.b
        rec.call(state_id=key)
        key = f"{ctx}"
        match ctx:
            case 1: key = ctx.a
            case _: key = ctx.b
        rec.call(state_id=key)
        key = f"{ctx}"  # +
        match ctx:
            case _ if ctx.c: key = ctx.b
        rec.call(state_id=key)
        key = f"{ctx}"
        match ctx:
            case (1 | _) as x: key = ctx.a
            case never: rec.call(state_id=key)
        rec.call(state_id=key)
    """)


def test_what_is_no_class_has_no_positional_attributes() -> None:
    known = engine("")
    assert positional_attributes(known.classes, UNKNOWN) == []
    assert positional_attributes(known.classes, held(known, "len")) == []


def test_positional_attributes_declared_by_a_base() -> None:
    known = engine("class B:\n    __match_args__ = ['a', b]\nclass C(B): ...")
    assert positional_attributes(known.classes, held(known, "C")) == ["a"]
