"""What is known of registered strings, apart from how it came about."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis.registering import (
    Each,
    atoms_in,
    concerns,
    dead_after,
    given_back,
    in_new_round,
    is_handed_on,
    is_mapped,
    is_partial,
    is_registered,
    registered_by_rounds,
    without,
)
from flake8_stateid.analysis.tree import names_in
from flake8_stateid.analysis.values import (
    ELEMENT,
    LIST,
    STRING,
    Origin,
    Symbol,
    Value,
    container,
    join,
    reference,
)
from tests.analysis.running import called, engine, expression

MODULE = engine("").module
ONE, OTHER = (Origin(MODULE, expression("f'x'"), "SID001") for _ in range(2))
GIVEN = Symbol(("parameter", "rows"), ("iterated",))
MINTING = frozenset({"begin", "open_state"})


def built(*origins: Origin) -> Value:
    return Value(dict.fromkeys(origins, ()), types=STRING.types)


def test_the_string_of_this_round_counts() -> None:
    assert is_registered(ONE, frozenset({ONE}))
    assert is_registered(ONE, frozenset({Each(ONE)}))
    assert not is_registered(ONE, frozenset({OTHER, Each(OTHER)}))


def test_without_what_is_registered() -> None:
    held = container(LIST, {0: built(ONE, OTHER), ELEMENT: built(ONE)})
    value = join(join(held, built(ONE)), reference("external", "x", **{"captured:a": built(ONE)}))
    assert list(atoms_in(without(value, frozenset({ONE})))) == [OTHER]
    assert without(value, frozenset()) is value
    assert without(value, frozenset({GIVEN})) is value
    symbolic = Value({GIVEN: (), ONE: ()})
    assert list(without(symbolic, frozenset({GIVEN, ONE})).atoms) == [GIVEN]


def test_given_back_in_a_round() -> None:
    registered = frozenset({Each(ONE), OTHER})
    assert given_back(built(ONE), registered) >= {ONE, OTHER}
    assert ONE not in given_back(container(LIST, {ELEMENT: built(ONE)}), registered)


def test_what_a_loop_is_about() -> None:
    below = Symbol(GIVEN.root, (*GIVEN.path, ".key"))
    assert concerns(ONE, {ONE})
    assert not concerns(ONE, {OTHER, GIVEN})
    assert concerns(below, {GIVEN})
    assert not concerns(GIVEN, {below})
    assert not concerns(below, {Symbol(("parameter", "others"), GIVEN.path)})
    registered: frozenset[object] = frozenset({Each(ONE), Each(OTHER), ONE})
    assert in_new_round(registered, frozenset({ONE})) == {Each(OTHER), ONE}


@pytest.mark.parametrize(
    ("iterated", "env", "expected"),
    [
        ("made", {}, True),
        ("made", {"made": built(ONE)}, True),
        ("self.made", {"self": built(ONE), "@self": built(ONE)}, True),
        ("made", {"others": built(ONE)}, False),
        ("made", {"others": built(OTHER)}, True),
        ("made", {"last": built(ONE)}, True),
        ("zip(rows, made)", {"made": built(ONE)}, True),
        ("enumerate(made.items())", {"made": built(ONE)}, True),
        ("made[1:]", {}, False),
        ("islice(made, 1)", {}, False),
        ("zip(rows[:2], made)", {}, False),
        ("[s for s in made]", {}, False),
        ("made if x else ()", {}, False),
        ("sorted(made, key=lambda s: s)", {}, False),
    ],
)
def test_registered_by_rounds(iterated: str, env: dict[str, Value], expected: bool) -> None:
    found = registered_by_rounds(
        frozenset({Each(ONE), Each(GIVEN), OTHER}),
        frozenset({ONE}),
        expression(iterated),
        env,
        lambda: {"last"},
    )
    assert found == ({ONE} if expected else set())


def test_what_was_put_in_is_held_by_nothing_else() -> None:
    env = {"others": Value({GIVEN: ()})}
    passed: frozenset[object] = frozenset({GIVEN})
    node = expression("rows")
    assert registered_by_rounds(frozenset({Each(GIVEN)}), passed, node, env, set) == {GIVEN}


def test_names_that_nothing_reads_later() -> None:
    tree = ast.parse("a = b = c = 1\nfor a in b:\n    c\nb = a\nc = 2\n")
    assert dead_after(tree.body[1], tree) == {"b", "c"}
    assert names_in(tree.body[2]) == {"a", "b"}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("asyncio.to_thread(rec.begin, a)", True),
        ("pool.submit(begin, a)", True),
        ("pool.map(rec.open_state, ids)", True),
        ("loop.run_in_executor(None, rec.begin, a)", True),
        ("loop.run_in_executor(rec.begin, a)", False),
        ("loop.call_later(0, rec.begin, a)", True),
        ("loop.call_at(when, rec.begin, a)", True),
        ("tg.start_soon(rec.begin, a)", True),
        ("context.run(rec.begin, a)", True),
        ("pool.apply(rec.begin, (a,))", True),
        ("pool.starmap(rec.begin, pairs)", True),
        ("loop.call_later(rec.begin, a)", False),
        ("stack.callback(rec.begin, a)", False),
        ("pool.submit(rec.begin(a))", False),
        ("pool.submit(rec.call, rec.begin)", False),
        ("pool.submit()", False),
        ("submit(rec.begin)", False),
        ("pool.keep(rec.begin)", False),
    ],
)
def test_handed_on(call: str, expected: bool) -> None:
    assert is_handed_on(called(call), MINTING) is expected


def test_mapped() -> None:
    assert is_mapped(called("pool.map(begin, ids)"))
    assert is_mapped(called("pool.starmap_async(begin, pairs)"))
    assert not is_mapped(called("pool.submit(begin, ids)"))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("partial(rec.begin, a)", True),
        ("functools.partial(begin)", True),
        ("partial(rec.begin(), a)", False),
        ("partial(rec.call, rec.begin)", False),
        ("partial()", False),
        ("partial(rec.begin)()", False),
        ("part(rec.begin)", False),
    ],
)
def test_partial(call: str, expected: bool) -> None:
    assert is_partial(called(call), MINTING) is expected
