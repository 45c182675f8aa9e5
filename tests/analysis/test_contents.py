"""What containers hold after they were changed."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.contents import (
    both,
    emptied,
    extended,
    holding,
    inserted,
    replaced_below,
    replaces,
    stored_below,
    unplaced,
    without,
)
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    LIST,
    NUMBER,
    SUBSCRIPTED,
    UNKNOWN,
    Key,
    Symbol,
    Value,
    container,
    items,
)
from tests.analysis.made_values import BUILT

TAG = object()
OTHER_TAG = object()
PAIR = container(LIST, {0: BUILT, 1: NUMBER}, TAG)
EMPTY = holding(PAIR, [])
ANY_LENGTH = container(LIST, {ELEMENT: BUILT}, TAG)


def test_a_list_keeps_its_identity() -> None:
    assert [held.tags for held in (EMPTY, holding(PAIR, [BUILT]), emptied(PAIR))] == [
        frozenset((TAG,))
    ] * 3


def test_an_empty_list_is_known_to_be_empty() -> None:
    assert items(EMPTY) == []
    assert items(container(LIST, {}, TAG)) is None


class TestExtended:
    def test_items_stand_behind_those_there_are(self) -> None:
        after = extended(PAIR, [BUILT])
        assert after is not None
        assert items(after) == [BUILT, NUMBER, BUILT]

    def test_an_empty_list_has_a_first_item(self) -> None:
        after = extended(EMPTY, [BUILT])
        assert after is not None
        assert items(after) == [BUILT]
        assert not after.empty

    def test_of_unknown_length(self) -> None:
        assert extended(ANY_LENGTH, [BUILT]) is None

    def test_many_items_are_not_told_apart(self) -> None:
        assert extended(PAIR, [BUILT] * 14) is not None
        assert extended(PAIR, [BUILT] * 15) is None


class TestInserted:
    @pytest.mark.parametrize(
        ("index", "places"), [(0, [0, 1]), (1, [0, 1]), (-1, [0, 1]), (9, [0, 2]), (-9, [0, 1])]
    )
    def test_later_items_move(self, index: int, places: list[int]) -> None:
        after = inserted(PAIR, index, BUILT)
        assert after is not None
        held = items(after)
        assert held is not None
        assert [place for place, item in enumerate(held) if item is BUILT] == places

    def test_at_an_unknown_place(self) -> None:
        assert inserted(PAIR, SUBSCRIPTED, BUILT) is None
        assert inserted(ANY_LENGTH, 0, BUILT) is None


class TestWithout:
    @pytest.mark.parametrize(
        ("index", "left"), [(0, [NUMBER]), (-1, [BUILT]), (1, [BUILT]), (-2, [NUMBER])]
    )
    def test_later_items_move(self, index: int, left: list[Value]) -> None:
        after = without(PAIR, index)
        assert after is not None
        assert items(after) == left

    @pytest.mark.parametrize("index", [2, -3, SUBSCRIPTED])
    def test_of_what_is_not_there(self, index: Key) -> None:
        assert without(PAIR, index) is None

    def test_the_last_item(self) -> None:
        after = without(holding(PAIR, [BUILT]), 0)
        assert after is not None
        assert after.empty

    def test_of_unknown_length(self) -> None:
        assert without(ANY_LENGTH, 0) is None


class TestUnplaced:
    def test_each_item_may_stand_anywhere(self) -> None:
        after = unplaced(PAIR)
        assert set(after.fields) == {ELEMENT}
        assert after.fields[ELEMENT].atoms == BUILT.atoms
        assert items(after) is None

    def test_keys_stay(self) -> None:
        mixed = Value(fields={0: BUILT, "'a": BUILT})
        assert set(unplaced(mixed).fields) == {ELEMENT, "'a"}

    def test_what_has_no_places_is_left_alone(self) -> None:
        assert unplaced(ANY_LENGTH) is ANY_LENGTH


class TestEmptied:
    def test_what_was_put_in_from_outside_is_gone_too(self) -> None:
        given = Value({Symbol(("parameter", "ids")): ()}, types=LIST.types)
        assert not emptied(given).atoms
        assert items(emptied(given)) == []

    def test_a_mapping(self) -> None:
        assert not emptied(container(DICT, {"'a": BUILT}, TAG)).fields

    def test_attributes_of_what_may_be_no_container_stay(self) -> None:
        event = Value(
            {Symbol(("parameter", "event")): ()},
            fields={".key": BUILT, "'a": BUILT, 0: BUILT, ELEMENT: BUILT},
            types=UNKNOWN.types,
        )
        assert set(emptied(event).fields) == {".key"}
        assert emptied(event).atoms == event.atoms


class TestBelow:
    OUTER = Value(fields={"'a": PAIR, "'b": container(LIST, {0: NUMBER}, OTHER_TAG)})

    def test_a_store_reaches_the_object_wherever_it_is_held(self) -> None:
        after = stored_below(self.OUTER, PAIR.tags, 1, BUILT, strong=True)
        assert items(after.fields["'a"]) == [BUILT, BUILT]
        assert after.fields["'b"] is self.OUTER.fields["'b"]

    def test_a_replacement_does(self) -> None:
        after = replaced_below(self.OUTER, PAIR.tags, EMPTY)
        assert after.fields["'a"] is EMPTY
        assert after.fields["'b"] is self.OUTER.fields["'b"]

    def test_one_of_two_objects_may_be_the_other(self) -> None:
        either = Value(fields=PAIR.fields, types=LIST.types, tags=frozenset((TAG, OTHER_TAG)))
        after = replaced_below(either, PAIR.tags, EMPTY)
        assert after.fields[ELEMENT].atoms == BUILT.atoms

    def test_nothing_to_do(self) -> None:
        tags = frozenset((object(),))
        assert stored_below(self.OUTER, tags, 0, BUILT, strong=True) is self.OUTER
        assert replaced_below(self.OUTER, tags, EMPTY) is self.OUTER
        assert replaced_below(NUMBER, tags, EMPTY) is NUMBER


class TestMappings:
    def test_an_entry_of_another_kind_tells_something(self) -> None:
        built = container(DICT, {ELEMENT: BUILT})
        assert replaces(built, SUBSCRIPTED)
        assert not replaces(EMPTY, SUBSCRIPTED)
        assert not replaces(container(LIST, {ELEMENT: BUILT}), SUBSCRIPTED)
        assert replaces(container(DICT, {ELEMENT: NUMBER}), SUBSCRIPTED)

    def test_two_together(self) -> None:
        one = container(DICT, {"'a": UNKNOWN, ELEMENT: NUMBER})
        together = both(one, container(DICT, {"'b": NUMBER, ELEMENT: BUILT}))
        assert together["'a"] is UNKNOWN
        assert together["'b"] is NUMBER
        assert together[ELEMENT].atoms == BUILT.atoms
