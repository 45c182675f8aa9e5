"""A record does what a named tuple of the standard library does."""

from __future__ import annotations

import copy
import pickle
from typing import Any, NamedTuple

import pytest

from flake8_stateid.records import Choice, Record


class Point(Record):
    """A place."""

    x: int
    y: int = 2
    name: str = ""

    @property
    def sum(self) -> int:
        return self.x + self.y


class Standard(NamedTuple):
    """The same, as the standard library makes it."""

    x: int
    y: int = 2
    name: str = ""


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((1,), {}),
        ((1, 5), {}),
        ((1, 5, "a"), {}),
        ((1,), {"name": "a"}),
        ((), {"x": 1}),
        ((), {"name": "a", "x": 1, "y": 0}),
    ],
)
def test_values_go_where_a_named_tuple_puts_them(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    record, standard = Point(*values, **named), Standard(*values, **named)
    assert tuple(record) == tuple(standard)
    assert record._asdict() == standard._asdict()
    assert (record.x, record.y, record.name) == (standard.x, standard.y, standard.name)
    assert repr(record) == repr(standard).replace("Standard", "Point")


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, "a", 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"y": 1})],
)
@pytest.mark.parametrize("kind", [Point, Standard])
def test_values_that_do_not_fit_are_refused(
    kind: Any, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


def test_it_is_a_tuple_of_its_values() -> None:
    point = Point(1)
    x, y, name = point
    assert (x, y, name) == (1, 2, "")
    assert point == (1, 2, "")
    assert hash(point) == hash((1, 2, ""))
    assert sorted([Point(2), Point(1, 3), point]) == [point, Point(1, 3), Point(2)]
    assert point.sum == 3
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_it_is_replaced_and_never_changed() -> None:
    point = Point(1)
    assert point._replace(name="b", x=0) == Point(0, 2, "b")
    assert type(point._replace(x=0)) is Point
    with pytest.raises(TypeError):
        point._replace(z=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        point.other = 3  # type: ignore[attr-defined]


def test_it_crosses_processes_and_is_copied() -> None:
    point = Point(1, name="a")
    for again in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):
        assert again == point
        assert type(again) is Point


def test_fields_and_defaults_can_be_asked_for() -> None:
    assert Point._fields == Standard._fields
    assert Point._field_defaults == Standard._field_defaults


class Answer(Choice):
    """A few named values."""

    YES = "of course"
    NO = "never"


def test_members_are_told_apart_by_identity() -> None:
    assert len({Answer.YES, Answer.NO}) == 2
    assert (Answer.YES.name, Answer.YES.value) == ("YES", "of course")
    assert repr(Answer.NO) == "Answer.NO"


def test_a_member_stays_the_same_elsewhere() -> None:
    """Results of worker processes are compared by identity."""
    for member in (Answer.YES, Answer.NO):
        assert pickle.loads(pickle.dumps(member)) is member
        assert copy.deepcopy(member) is member
        assert copy.copy(member) is member
