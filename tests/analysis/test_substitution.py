"""Values as they turn from a callee's terms into its caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.substitution import (
    deep_hopped,
    follow,
    hopped,
    shape,
    substitute,
    symbolised,
)
from flake8_stateid.analysis.values import (
    CAPTURED,
    ELEMENT,
    LIST,
    NOTHING,
    NUMBER,
    RECEIVER,
    STRING,
    UNKNOWN,
    Reference,
    Symbol,
    Value,
    constant,
    container,
    is_number,
    items,
    join,
    part,
    reference,
)
from tests.analysis.made_values import BUILT, ORIGIN, OTHER, PUT_IN, SYMBOL, hop
from tests.analysis.running import expression

if TYPE_CHECKING:
    import ast


class TestTraces:
    def test_a_hop_is_added_to_every_atom(self) -> None:
        value = hopped(join(BUILT, PUT_IN), hop("on"))
        assert all(trace[-1].text == "on" for trace in value.atoms.values())
        assert hopped(STRING, hop("on")) is STRING

    def test_a_trace_does_not_grow_for_ever(self) -> None:
        value = BUILT
        for number in range(60):
            value = hopped(value, hop(str(number)))
        assert len(value.atoms[ORIGIN]) == 48

    def test_a_hop_reaches_the_parts_while_they_are_few(self) -> None:
        few = deep_hopped(container(LIST, {0: BUILT}), hop("on"))
        many = deep_hopped(container(LIST, dict.fromkeys(range(20), BUILT)), hop("on"))
        assert [len(few.fields[0].atoms[ORIGIN]), len(many.fields[0].atoms[ORIGIN])] == [1, 0]

    def test_a_way_behind_a_way(self) -> None:
        one, two = (hop("1"),), (hop("2"),)
        assert follow((), two) is two
        assert follow(one, two) == one + two

    def test_a_long_way_keeps_its_two_ends(self) -> None:
        way = tuple(hop(str(number)) for number in range(40))
        both = follow(way, way)
        assert (len(both), both[0], both[-1]) == (48, way[0], way[-1])


class TestSubstitution:
    def test_leaves_what_has_no_symbols(self) -> None:
        assert substitute(STRING, lambda symbol: BUILT) is STRING
        assert substitute(BUILT, lambda symbol: NOTHING).atoms == BUILT.atoms

    def test_puts_in_what_was_given_behind_its_trace(self) -> None:
        value = hopped(PUT_IN, hop("returned"))
        made = substitute(value, lambda symbol: hopped(BUILT, hop("passed")))
        assert [step.text for step in made.atoms[ORIGIN]] == ["passed", "returned"]

    def test_puts_in_what_an_object_holds_with_its_trace(self) -> None:
        value = hopped(PUT_IN, hop("returned"))
        made = substitute(value, lambda symbol: container(LIST, {0: BUILT}))
        assert [step.text for step in made.fields[0].atoms[ORIGIN]] == ["returned"]

    def test_knows_the_type_of_what_was_put_in(self) -> None:
        assert is_number(substitute(PUT_IN, lambda symbol: NUMBER))
        assert substitute(PUT_IN, lambda symbol: constant("a")).const == "a"
        assert substitute(PUT_IN, lambda symbol: NOTHING).types == UNKNOWN.types

    def test_goes_into_what_references_carry(self) -> None:
        value = reference("external", "f", receiver=PUT_IN)
        (ref,) = substitute(value, lambda symbol: BUILT).refs.values()
        assert ref.parts["receiver"].atoms.keys() == {ORIGIN}

    def test_joins_a_reference_with_the_same_one_put_in(self) -> None:
        own = reference("external", "f", receiver=BUILT)
        value = Value(PUT_IN.atoms, own.refs)
        given = reference("external", "f", receiver=Value({OTHER: ()}))
        (ref,) = substitute(value, lambda symbol: given).refs.values()
        assert ref.parts["receiver"].atoms.keys() == {ORIGIN, OTHER}
        bare = substitute(
            Value(PUT_IN.atoms, reference("external", "g").refs),
            lambda symbol: reference("external", "g"),
        )
        assert list(bare.refs) == [("external", "g")]

    def test_elements_are_added_and_other_parts_overwritten(self) -> None:
        value = Value(PUT_IN.atoms, fields={ELEMENT: BUILT, ".a": BUILT})
        given = Value(fields={ELEMENT: Value({OTHER: ()}), ".a": Value({OTHER: ()})})
        made = substitute(value, lambda symbol: given)
        assert made.fields[ELEMENT].atoms.keys() == {ORIGIN, OTHER}
        assert made.fields[".a"].atoms.keys() == {ORIGIN}


class TestSubstitutionAtACall:
    CALL, OTHER = expression("f()"), expression("g()")
    MADE = expression("[]")

    def tags(self, value: Value, call: ast.AST) -> frozenset[object]:
        return substitute(value, lambda _: NOTHING, call).tags

    @pytest.mark.parametrize(
        "made", [container(LIST, {}, MADE), container(LIST, {0: BUILT}, MADE)]
    )
    def test_an_object_is_another_for_each_call(self, made: Value) -> None:
        first, second = self.tags(made, self.CALL), self.tags(made, self.OTHER)
        assert first
        assert first.isdisjoint(second)
        assert first == self.tags(made, self.CALL)
        assert substitute(made, lambda _: NOTHING).tags == made.tags

    def test_an_empty_list_stays_one(self) -> None:
        empty = Value(types=LIST.types, tags=frozenset((self.MADE,)), empty=True)
        assert items(substitute(empty, lambda _: NOTHING, self.CALL)) == []

    def test_an_argument_is_known_by_its_own_tags(self) -> None:
        given = Value({SYMBOL: ()}, tags=frozenset((("object", "key"),)))
        argument = container(LIST, {0: BUILT}, "mine")
        assert substitute(given, lambda _: argument, self.CALL).tags == {"mine"}

    def test_recursion_ends(self) -> None:
        value = container(LIST, {0: BUILT}, self.MADE)
        for call in (self.CALL, self.OTHER, self.CALL, self.OTHER, self.CALL):
            value = substitute(value, lambda _: NOTHING, call)
        assert value.tags == {(self.OTHER, self.CALL, self.MADE)}


class TestShape:
    def test_of_data_is_empty(self) -> None:
        assert shape(BUILT) == ()
        assert shape(container(LIST, {0: BUILT})) == ()

    def test_tells_references_apart_and_what_they_carry(self) -> None:
        inner = reference("external", "g")
        shapes = {
            shape(reference("external", "f")),
            shape(reference("external", "g")),
            shape(reference("external", "f", receiver=inner)),
            shape(container(LIST, {0: inner})),
        }
        assert len(shapes) == 4

    def test_goes_no_deeper_than_asked(self) -> None:
        value = container(LIST, {0: container(LIST, {0: reference("external", "f")})})
        assert shape(value, 2) != ()
        assert shape(value, 1) == ()

    def test_symbolised_keeps_references_and_forgets_data(self) -> None:
        value = Value(
            BUILT.atoms,
            reference("external", "f", receiver=BUILT).refs,
            {".client": reference("external", "c"), ".key": BUILT},
        )
        made = symbolised(value, SYMBOL)
        assert made.atoms.keys() == {SYMBOL}
        assert list(made.fields) == [".client"]
        assert made.fields[".client"].atoms.keys() == {SYMBOL.at(".client")}
        (ref,) = made.refs.values()
        assert ref.parts["receiver"].atoms.keys() == {SYMBOL.at(RECEIVER)}

    def test_symbolised_deeper_than_is_followed_drops_the_parts(self) -> None:
        deep = Symbol(("parameter", "key"), (".a", ".b", ".c", ".d"))
        value = Value(
            refs=reference("external", "f", receiver=BUILT).refs,
            fields={".client": reference("external", "c")},
        )
        made = symbolised(value, deep)
        assert made.fields == {}
        assert [ref.parts for ref in made.refs.values()] == [{}]

    def test_captured_variables_are_parts(self) -> None:
        value = Value(
            refs={("function", "f"): Reference("external", "f", {CAPTURED + "x": BUILT})}
        )
        assert part(value, CAPTURED + "x").atoms.keys() == {ORIGIN}
