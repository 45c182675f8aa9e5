"""Values: their joins and their parts."""

from __future__ import annotations

import random

import pytest

from flake8_stateid.analysis.values import (
    ARGUMENT,
    DICT,
    ELEMENT,
    ITERATED,
    LIST,
    MAP_KEY,
    NOTHING,
    NUMBER,
    PAYLOAD,
    RECEIVER,
    STRING,
    SUBSCRIPTED,
    TUPLE,
    UNKNOWN,
    Key,
    Pending,
    Reference,
    Symbol,
    Value,
    as_string,
    by_member,
    constant,
    container,
    covers,
    is_number,
    is_sequence,
    is_string,
    items,
    join,
    join_all,
    made_by_unread,
    part,
    reference,
    symbolic_part,
    with_part,
    without_unread,
)
from tests.analysis.made_values import BUILT, ORIGIN, OTHER, PUT_IN, SYMBOL, hop


def held(**fields: Value) -> Value:
    """An object with attributes."""
    return Value(fields={"." + name: field for name, field in fields.items()})


class TestSymbol:
    def test_of_a_part(self) -> None:
        assert SYMBOL.at(".a") == Symbol(("parameter", "key"), (".a",))

    def test_of_a_part_further_down_than_is_followed(self) -> None:
        deep = Symbol(("parameter", "key"), (".a", ".b", ".c", ".d"))
        assert deep.at(".e") is None

    def test_of_the_same_part_over_and_over(self) -> None:
        assert Symbol(("parameter", "key"), (".next", ".next")).at(".next") is None


class TestValue:
    def test_knows_what_is_of_interest(self) -> None:
        assert STRING.plain
        assert not BUILT.plain
        assert not reference("external", "len").plain

    def test_is_symbolic(self) -> None:
        assert PUT_IN.is_symbolic
        assert not BUILT.is_symbolic

    def test_nested_deeper_than_is_followed_loses_its_deepest_parts(self) -> None:
        value = BUILT
        for _ in range(7):
            value = container(LIST, {ELEMENT: value})
        assert value.depth == 1
        assert part(value, ELEMENT).fields == {}

    def test_larger_than_is_followed_keeps_the_values_of_its_parts(self) -> None:
        value = container(LIST, {index: held(a=BUILT) for index in range(60)})
        assert len(value.fields) == 60
        assert value.fields[0].fields == {}

    def test_flat_keeps_references_without_what_they_carry(self) -> None:
        value = reference("external", "f", payload=BUILT).flat()
        assert [ref.parts for ref in value.refs.values()] == [{}]
        assert STRING.flat() is STRING

    def test_reference_flat(self) -> None:
        bare = Reference("external", "f")
        assert bare.flat() is bare
        assert Reference("external", "f", {PAYLOAD: BUILT, "captured:x": BUILT}).flat() == bare

    def test_a_flat_reference_binds_the_parameters_it_did(self) -> None:
        held = Value(fields={".name": BUILT}, types=STRING.types)
        flat = Reference("partial", "f", {RECEIVER: held, "argument:0": held}).flat()
        assert {key: part.fields for key, part in flat.parts.items()} == {
            RECEIVER: {},
            "argument:0": {},
        }


class TestKinds:
    def test_number(self) -> None:
        assert is_number(NUMBER)
        assert not is_number(join(NUMBER, UNKNOWN))
        assert not is_number(NOTHING)

    def test_sequence(self) -> None:
        assert is_sequence(join(LIST, TUPLE))
        assert not is_sequence(join(LIST, UNKNOWN))
        assert not is_sequence(NOTHING)

    def test_string(self) -> None:
        assert is_string(constant("a"))
        assert not is_string(UNKNOWN)

    def test_a_string_made_of_a_value(self) -> None:
        assert as_string(UNKNOWN) is STRING
        assert as_string(PUT_IN).atoms == PUT_IN.atoms


class TestContainer:
    def test_keeps_what_is_of_interest_and_positions_and_numbers(self) -> None:
        fields: dict[Key, Value] = {0: STRING, "'a": STRING, "'n": NUMBER, "'b": BUILT}
        assert list(container(LIST, fields).fields) == [0, "'n", "'b"]

    def test_keeps_all_of_a_mapping_with_few_keys(self) -> None:
        few: dict[Key, Value] = {"'a": STRING, "'b": BUILT}
        assert list(container(DICT, few).fields) == ["'a", "'b"]
        many: dict[Key, Value] = {f"'{number}": STRING for number in range(20)}
        assert list(container(DICT, {**many, "'b": BUILT}).fields) == ["'b"]

    def test_is_known_by_its_tag(self) -> None:
        assert container(LIST, {}, "here").tags == {"here"}
        assert container(LIST, {}).tags == frozenset()


class TestCovers:
    def test_itself(self) -> None:
        assert covers(BUILT, BUILT)

    @pytest.mark.parametrize(
        ("big", "small"),
        [
            (STRING, NUMBER),
            (constant("a"), STRING),
            (STRING, BUILT),
            (NOTHING, Value(refs=reference("external", "f").refs)),
            (reference("external", "f"), reference("external", "f", receiver=BUILT)),
            (held(), held(a=BUILT)),
            (held(a=STRING), held(a=BUILT)),
            # What was overwritten in one is what was put in, in the other.
            (Value({SYMBOL: ()}, fields={".a": NOTHING}), Value({SYMBOL: ()})),
        ],
    )
    def test_not(self, big: Value, small: Value) -> None:
        assert not covers(big, small)

    @pytest.mark.parametrize(
        ("big", "small"),
        [
            (join(STRING, NUMBER), NUMBER),
            (STRING, constant("a")),
            (join(BUILT, PUT_IN), BUILT),
            (reference("external", "f", receiver=BUILT), reference("external", "f")),
            (held(a=BUILT, b=BUILT), held(a=BUILT)),
            (Value({SYMBOL: ()}, fields={ELEMENT: BUILT}), Value({SYMBOL: ()})),
        ],
    )
    def test_whatever_adds_nothing(self, big: Value, small: Value) -> None:
        assert covers(big, small)


class TestJoin:
    def test_with_nothing_is_the_other(self) -> None:
        assert join(NOTHING, BUILT) is BUILT
        assert join(BUILT, NOTHING) is BUILT

    def test_holds_the_atoms_of_both_and_the_trace_of_the_first(self) -> None:
        first, second = (Value({ORIGIN: (hop(text),)}) for text in ("first", "second"))
        joined = join(first, join(second, Value({OTHER: ()})))
        assert list(joined.atoms) == [ORIGIN, OTHER]
        assert [step.text for step in joined.atoms[ORIGIN]] == ["first"]

    def test_keeps_a_constant_that_is_the_same_in_both(self) -> None:
        assert join(constant("a"), constant("a")).const == "a"
        assert join(constant("a"), constant("b")).const is None

    def test_of_one_reference_joins_what_it_carries(self) -> None:
        one = reference("external", "f", receiver=BUILT)
        two = reference("external", "f", receiver=PUT_IN, other=STRING)
        (ref,) = join(one, two).refs.values()
        assert list(ref.parts["receiver"].atoms) == [ORIGIN, SYMBOL]
        assert ref.parts["other"] is STRING

    def test_of_a_part_overwritten_on_one_side_has_what_was_put_in_on_the_other(self) -> None:
        overwritten = Value(PUT_IN.atoms, fields={".a": BUILT})
        for joined in (join(overwritten, PUT_IN), join(PUT_IN, overwritten)):
            assert joined.fields[".a"].atoms.keys() == {ORIGIN, SYMBOL.at(".a")}

    def test_elements_are_numbers_only_where_they_are_on_both_sides(self) -> None:
        numbers = container(LIST, {ELEMENT: NUMBER})
        others = container(DICT, {MAP_KEY: BUILT})
        assert not is_number(join(numbers, others).fields[ELEMENT])
        assert is_number(
            join(numbers, container(LIST, {0: BUILT, ELEMENT: NUMBER})).fields[ELEMENT]
        )

    def test_of_too_many_symbols_keeps_every_builder_and_the_shortest_paths(self) -> None:
        symbols = [Symbol(("parameter", str(n)), (".a",) * (2 - n // 12)) for n in range(36)]
        joined = join(BUILT, join_all([Value({symbol: ()}) for symbol in symbols]))
        assert joined.atoms.keys() == {ORIGIN, *symbols[:8], *symbols[12:]}

    def test_of_too_many_symbols_is_itself_when_they_come_again(self) -> None:
        many = join_all([Value({Symbol(("parameter", str(n))): ()}) for n in range(32)])
        more = Value({Symbol(("parameter", "more"), (".a",)): ()})
        assert join(many, more) is many
        holding = container(LIST, {ELEMENT: many})
        assert join(holding, container(LIST, {ELEMENT: more})) is holding
        assert join(many, BUILT).atoms.keys() == {*many.atoms, ORIGIN}

    def test_of_more_than_is_followed_is_itself_when_it_comes_again(self) -> None:
        deep = held(a=held(b=PUT_IN))
        one: dict[Key, Value] = {f"'{n}": deep for n in range(25)}
        other: dict[Key, Value] = {f"'{n}": deep for n in range(25, 50)}
        known = join(Value(fields=one), Value(fields=other))
        assert known.fields["'1"].fields == {}
        assert join(known, Value(fields=one)) is known
        assert join(known, Value(fields={"'1": BUILT})) is not known

    def test_of_none_is_nothing(self) -> None:
        assert join_all([]) is NOTHING


class TestPart:
    def test_of_nothing(self) -> None:
        assert part(STRING, ".a") is NOTHING

    def test_of_what_was_put_in_is_a_symbol(self) -> None:
        assert list(part(PUT_IN, ".a").atoms) == [SYMBOL.at(".a")]
        assert symbolic_part(BUILT, ".a") is NOTHING

    def test_of_what_is_unread_is_unread_unless_it_is_a_base(self) -> None:
        pending, base = Pending("m.py", "f"), Pending("m.py", "B", is_base=True)
        value = Value({pending: (), base: ()})
        assert list(part(value, ".a").atoms) == [pending]
        assert without_unread(value).atoms == {}
        assert without_unread(BUILT) is BUILT

    def test_what_is_unread_is_told_apart_by_its_members(self) -> None:
        module, made = Pending("m.py", ""), Pending("m.py", "", member="make")
        value = Value({module: (), ORIGIN: ()})
        assert list(by_member(value, lambda pending: made).atoms) == [made, ORIGIN]
        assert by_member(BUILT, lambda pending: made) is BUILT

    def test_iterating_a_mapping_gives_its_keys(self) -> None:
        mapping = container(DICT, {MAP_KEY: BUILT, ELEMENT: PUT_IN})
        assert part(mapping, ITERATED).atoms.keys() == {ORIGIN}

    def test_iterating_a_sequence_gives_every_element(self) -> None:
        sequence = container(LIST, {0: BUILT, ELEMENT: PUT_IN})
        assert part(sequence, ITERATED).atoms.keys() == {ORIGIN, SYMBOL}

    def test_a_subscript_may_be_any_item(self) -> None:
        value = Value(fields={0: BUILT, "'a": PUT_IN, ".a": Value({OTHER: ()})})
        assert part(value, SUBSCRIPTED).atoms.keys() == {ORIGIN, SYMBOL}

    def test_an_index_from_the_end_of_a_known_length(self) -> None:
        value = container(LIST, {0: STRING, 1: BUILT})
        assert part(value, -1) is BUILT
        assert part(value, -2) is STRING
        assert part(value, -3) is NOTHING

    def test_an_index_from_the_end_of_an_unknown_length(self) -> None:
        value = Value(PUT_IN.atoms, fields={0: BUILT})
        assert part(value, -1).atoms.keys() == {ORIGIN, SYMBOL.at(SUBSCRIPTED), SYMBOL.at(-1)}

    def test_an_item_that_has_a_place_is_none_of_the_others(self) -> None:
        value = container(LIST, {0: BUILT, ELEMENT: PUT_IN})
        assert part(value, 0) is BUILT
        assert part(value, 1).atoms.keys() == {SYMBOL}

    def test_an_item_may_be_one_that_was_stored_anywhere_since(self) -> None:
        value = with_part(container(LIST, {0: BUILT}), (SUBSCRIPTED,), PUT_IN, strong=False)
        assert part(value, 0).atoms.keys() == {ORIGIN, SYMBOL}
        assert part(value, 1).atoms.keys() == {SYMBOL}

    def test_one_side_may_have_it_among_the_others(self) -> None:
        placed, loose = container(LIST, {0: BUILT}), container(LIST, {ELEMENT: PUT_IN})
        for joined in (join(placed, loose), join(loose, placed)):
            assert part(joined, 0).atoms.keys() == {ORIGIN, SYMBOL}
        known = container(LIST, {0: BUILT, ELEMENT: PUT_IN})
        assert not covers(known, loose)
        assert covers(known, known)

    def test_of_a_reference(self) -> None:
        value = reference("external", "f", receiver=BUILT)
        assert part(value, RECEIVER).atoms.keys() == {ORIGIN}
        assert part(value, ARGUMENT + "0") is NOTHING
        assert part(value, ".a") is NOTHING

    def test_of_a_reference_that_may_be_something_else(self) -> None:
        value = join(reference("external", "f", receiver=BUILT), PUT_IN)
        assert part(value, RECEIVER).atoms.keys() == {ORIGIN, SYMBOL.at(RECEIVER)}

    def test_items_of_a_known_length(self) -> None:
        assert items(container(TUPLE, {0: BUILT, 1: STRING})) == [BUILT, STRING]
        assert items(container(TUPLE, {ELEMENT: BUILT})) is None
        assert items(PUT_IN) is None


class TestStoring:
    def test_strongly_replaces(self) -> None:
        assert with_part(held(a=BUILT), (".a",), PUT_IN).fields[".a"] is PUT_IN

    def test_stored_where_it_is_already_is_the_same_object(self) -> None:
        known = held(a=held(b=BUILT))
        assert with_part(known, (".a", ".b"), BUILT) is known
        assert with_part(known, (".a", ".b"), BUILT, strong=False) is known
        assert with_part(known, (".a", ".b"), PUT_IN, strong=False) is not known
        assert with_part(constant("x"), (".a",), NOTHING).const == "x"

    def test_weakly_adds(self) -> None:
        after = with_part(held(a=BUILT), (".a",), PUT_IN, strong=False)
        assert after.fields[".a"].atoms.keys() == {ORIGIN, SYMBOL}

    def test_at_the_value_itself(self) -> None:
        assert with_part(BUILT, (), PUT_IN) is PUT_IN
        assert with_part(BUILT, (), PUT_IN, strong=False).atoms.keys() == {ORIGIN, SYMBOL}

    @pytest.mark.parametrize("seed", range(20))
    def test_how_large_and_deep_it_is_after_many_stores(self, seed: int) -> None:
        """Told from what changes, and the same as when all of it is asked."""
        chance = random.Random(seed)
        nested = held(a=held(b=NOTHING, c=BUILT))
        value = Value(refs=reference("external", "os").refs)
        for _ in range(300):
            path = tuple(
                chance.choice((".a", ".b", ".c", ".d")) for _ in range(chance.choice((1, 2)))
            )
            new = chance.choice((NOTHING, BUILT, PUT_IN, held(a=BUILT), nested, LIST))
            value = with_part(value, path, new, strong=chance.random() < 0.8)
            anew = Value(value.atoms, value.refs, value.fields, value.types)
            assert (value.size, value.depth) == (anew.size, anew.depth)
            assert value.fields.keys() == anew.fields.keys()

    def test_an_object_of_more_attributes_than_are_told_apart_in_depth(self) -> None:
        value = NOTHING
        for number in range(200):
            value = with_part(value, (f".a{number}",), BUILT)
        assert (value.size, value.depth) == (201, 1)
        value = with_part(value, (".deep",), held(a=held(b=BUILT)))
        assert value.fields[".deep"].fields == {}
        assert with_part(value, (".a7",), NOTHING).size == value.size == 202

    def test_further_down(self) -> None:
        after = with_part(NOTHING, (".a", "'b"), BUILT)
        assert after.fields[".a"].fields["'b"] is BUILT

    @pytest.mark.parametrize("key", [SUBSCRIPTED, ITERATED, ELEMENT])
    def test_at_an_unknown_item_adds_an_element(self, key: str) -> None:
        after = with_part(container(LIST, {ELEMENT: BUILT}), (key,), PUT_IN)
        assert after.fields[ELEMENT].atoms.keys() == {ORIGIN, SYMBOL}


class TestLengths:
    ONE = container(LIST, {0: BUILT}, "one")
    TWO = container(LIST, {0: BUILT, 1: NUMBER}, "two")
    NONE = Value(types=LIST.types, empty=True)
    ANY = container(LIST, {ELEMENT: BUILT})

    def test_of_an_empty_list(self) -> None:
        assert items(self.NONE) == []
        assert items(LIST) is None

    @pytest.mark.parametrize(
        ("left", "right"), [(ONE, TWO), (TWO, ONE), (NONE, ONE), (ONE, NONE), (NONE, ANY)]
    )
    def test_of_lists_of_different_lengths_is_not_known(self, left: Value, right: Value) -> None:
        assert items(join(left, right)) is None

    def test_of_an_empty_list_and_one_of_which_nothing_is_known(self) -> None:
        assert items(join(self.NONE, LIST)) is None

    def test_of_lists_of_one_length_is_that(self) -> None:
        assert len(items(join(self.ONE, container(LIST, {0: NUMBER}, "other"))) or ()) == 1
        assert items(join(self.NONE, Value(types=LIST.types, empty=True))) == []

    def test_the_first_items_of_two_records_stay_apart(self) -> None:
        pair = container(TUPLE, {0: NUMBER, 1: BUILT})
        triple = container(TUPLE, {0: NUMBER, 1: BUILT, 2: BUILT})
        both = join(pair, triple)
        assert not part(both, 0).atoms
        assert part(both, 1).atoms == BUILT.atoms
        assert part(both, -3).atoms == BUILT.atoms

    def test_the_items_of_a_list_filled_in_a_loop_do_not(self) -> None:
        assert join(self.NONE, self.TWO).fields.keys() == {ELEMENT}


def test_what_is_not_read_stands_in_an_order_of_its_own() -> None:
    """Not in that of a set, which differs from run to run."""
    unread = [Pending(f"{letter}.py", "f") for letter in "hbgacfde"]
    atoms = made_by_unread(frozenset(unread)).atoms
    paths = [atom.path for atom in atoms if isinstance(atom, Pending)]
    assert paths == sorted(paths)
