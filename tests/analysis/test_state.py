"""What is known at a point of a function, and what is left of it where paths meet."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.state import State, merge, merge_all, same
from flake8_stateid.analysis.values import (
    ELEMENT,
    LIST,
    NUMBER,
    STRING,
    UNKNOWN,
    Symbol,
    Value,
    container,
    reference,
)
from tests.analysis.made_values import BUILT, NONE_REGISTERED, ORIGIN, OTHER


def state(**env: Value) -> State:
    return State(env, NONE_REGISTERED)


class TestMerge:
    def test_with_a_path_not_taken(self) -> None:
        one = state(a=STRING)
        assert merge(one, None) is one
        assert merge(None, one) is one
        assert merge(None, None) is None
        assert merge_all([]) is None

    def test_of_what_is_the_same_is_the_first(self) -> None:
        one = state(a=STRING, b=BUILT)
        assert merge(one, one.copy()) is one
        assert merge(one, state(b=BUILT)) is one

    def test_joins_each_variable(self) -> None:
        merged = merge(state(a=STRING), state(a=BUILT, b=NUMBER))
        assert merged is not None
        assert merged.env["a"].atoms == BUILT.atoms
        assert merged.env["b"] is NUMBER

    def test_of_many_that_grow_out_of_one_another(self) -> None:
        first = state(a=STRING, c=NUMBER)
        second = first.copy()
        second.env["a"] = BUILT
        third = second.copy()
        third.env["b"] = NUMBER
        fourth = third.copy()
        fourth.env["a"] = NUMBER
        fourth.env.unbind("c")
        merged = merge_all([None, first, second, None, second.copy(), third, fourth, first])
        assert merged is not None
        assert merged.env["a"].atoms == BUILT.atoms
        assert merged.env["a"].types == STRING.types | NUMBER.types
        assert merged.env["b"] is NUMBER
        assert merged.env["c"] is NUMBER
        assert first.env["a"] is STRING
        assert "b" not in second.env

    def test_of_many_with_one_that_was_never_the_same(self) -> None:
        merged = merge_all([state(a=STRING), state(a=BUILT, b=NUMBER), state(b=BUILT)])
        assert merged is not None
        assert merged.env["a"].atoms == merged.env["b"].atoms == BUILT.atoms

    def test_keeps_what_both_have_registered(self) -> None:
        left = State({}, frozenset({"a", "b"}))
        merged = merge(left, State({}, frozenset({"b"})))
        assert merged is not None
        assert merged.registered == {"b"}
        assert left.registered == {"a", "b"}

    def test_what_was_not_made_on_a_path_is_registered_there(self) -> None:
        made = State({"a": BUILT}, frozenset(BUILT.atoms))
        for left, right in ((made, state()), (state(), made)):
            merged = merge(left, right)
            assert merged is not None
            assert merged.registered == frozenset(BUILT.atoms)
        held = container(LIST, {ELEMENT: BUILT})
        captured = reference("external", "x", **{"captured:a": BUILT})
        for value in (BUILT, held, captured):
            merged = merge(made, state(b=value))
            assert merged is not None
            assert merged.registered == NONE_REGISTERED

    def test_what_was_put_in_is_there_on_every_path(self) -> None:
        given = frozenset({Symbol(("parameter", "a"))})
        merged = merge(State({}, given), state())
        assert merged is not None
        assert merged.registered == NONE_REGISTERED

    def test_what_is_not_registered_on_any_path(self) -> None:
        one, other = frozenset({ORIGIN}), frozenset({OTHER})
        merged = merge(
            State({}, NONE_REGISTERED, one, other), State({}, NONE_REGISTERED, other, one)
        )
        assert merged is not None
        assert merged.many == merged.stored == one | other
        plain = state(a=STRING)
        merged = merge(plain, State({}, NONE_REGISTERED, one))
        assert merged is not plain
        left = State({"a": STRING}, NONE_REGISTERED, one, other)
        assert merge(left, plain) is left
        joined = merge(left, State({"a": NUMBER}, NONE_REGISTERED, one, other))
        assert joined is not None
        assert (joined.many, joined.stored) == (one, other)
        assert (left.copy().many, left.copy().stored) == (one, other)


class TestSame:
    def test_states(self) -> None:
        one = state(a=STRING)
        assert same(one, one)
        assert same(one, one.copy())
        assert same(None, None)

    @pytest.mark.parametrize(
        "other",
        [None, state(), state(a=UNKNOWN), state(a=STRING, b=STRING), State({}, frozenset({"a"}))],
    )
    def test_others(self, other: State | None) -> None:
        assert not same(state(a=STRING), other)
        assert not same(other, state(a=STRING))
