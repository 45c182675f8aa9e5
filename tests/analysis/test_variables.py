"""Variables: what two points of a function may hold otherwise."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.values import NUMBER, STRING, UNKNOWN, Value
from flake8_stateid.analysis.variables import Variables


def filled(**values: Value) -> Variables:
    return Variables(values)


class TestCopy:
    def test_copies_are_independent(self) -> None:
        one = filled(a=STRING)
        other = one.copy()
        other["a"] = NUMBER
        one["b"] = UNKNOWN
        assert one == {"a": STRING, "b": UNKNOWN}
        assert other == {"a": NUMBER}

    def test_order_is_kept(self) -> None:
        one = filled(b=STRING, a=STRING)
        other = one.copy()
        other["b"] = NUMBER
        other["c"] = NUMBER
        assert list(other) == ["b", "a", "c"]


class TestApart:
    def test_copies_differ_in_nothing(self) -> None:
        one = filled(a=STRING)
        assert list(one.apart(one)) == []
        assert list(one.apart(one.copy())) == []

    def test_what_either_has_bound_since(self) -> None:
        one = filled(a=STRING, b=STRING)
        one["c"] = STRING
        other = one.copy()
        one["a"] = NUMBER
        other["b"] = NUMBER
        other.unbind("c")
        assert list(one.apart(other)) == ["a", "b", "c"]
        assert set(other.apart(one)) == {"a", "b", "c"}

    def test_what_was_bound_before_is_the_same(self) -> None:
        one = filled()
        one["a"] = STRING
        assert list(one.apart(one.copy())) == []

    def test_copies_of_copies(self) -> None:
        first = filled()
        branch = first.copy()
        branch["a"] = STRING
        inner = branch.copy()
        inner["b"] = STRING
        again = inner.copy()
        first["c"] = STRING
        assert set(first.apart(again)) == {"a", "b", "c"}
        assert set(again.apart(first)) == {"a", "b", "c"}
        assert set(branch.apart(again)) == {"b"}

    def test_a_copy_of_what_was_changed_after_a_copy(self) -> None:
        one = filled(a=STRING)
        early = one.copy()
        one["a"] = NUMBER
        late = one.copy()
        assert list(early.apart(late)) == ["a"]
        assert list(late.apart(one)) == []

    def test_names_bound_together(self) -> None:
        one = filled()
        other = one.copy()
        other.bind_all({"a": STRING, "b": STRING})
        assert list(one.apart(other)) == ["a", "b"]

    def test_those_that_never_were_one(self) -> None:
        assert set(filled(a=STRING).apart(filled(b=STRING))) == {"a", "b"}


def test_what_is_unbound_is_given_back() -> None:
    one = filled(a=STRING)
    assert one.unbind("a") is STRING
    assert one.unbind("a") is None
    assert one == {}


@pytest.mark.parametrize(
    "name", ["__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"]
)
def test_nothing_changes_them_unseen(name: str) -> None:
    with pytest.raises(AssertionError, match="remembered"):
        getattr(filled(a=STRING), name)("a")


def test_a_long_function_is_as_deep_as_it_is_long() -> None:
    one = filled()
    first = one.copy()
    for number in range(5_000):
        one[f"v{number}"] = STRING
        one.copy()
    assert len(list(first.apart(one))) == 5_000
