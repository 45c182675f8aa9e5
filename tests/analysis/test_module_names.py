"""What names are at the level of a module."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.values import NOTHING, NUMBER, UNKNOWN
from tests.analysis.running import check, engine, held


class TestGlobals:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("import os.path", "os"),
            ("import os.path as x", "os.path"),
            ("from itertools import chain as x", "itertools.chain"),
        ],
    )
    def test_imports_are_known_by_their_dotted_names(self, text: str, target: str) -> None:
        known = engine(text)
        value = held(known, "os" if text == "import os.path" else "x")
        assert list(value.refs) == [("external", target)]

    def test_a_relative_import_without_a_package_is_unknown(self) -> None:
        assert held(engine("from . import a"), "a") is UNKNOWN

    def test_builtins_unless_hidden(self) -> None:
        assert list(held(engine(""), "len").refs) == [("external", "builtins.len")]
        assert held(engine("len = 1"), "len").types == NUMBER.types

    def test_what_is_set_by_functions_alone_is_a_symbol(self) -> None:
        assert held(engine(""), "later").is_symbolic

    def test_a_constant_is_one_only_where_it_is_set_once(self) -> None:
        assert held(engine('a = "x"'), "a").const == "x"
        assert held(engine('a = "x"\nif b: a = "x"'), "a").const is None

    def test_a_variable_that_rests_on_itself(self) -> None:
        assert held(engine("a = b\nb = a"), "a").is_symbolic

    def test_star_imports_without_a_package(self) -> None:
        assert held(engine("from a import *"), "b").is_symbolic

    def test_decorated_functions(self) -> None:
        check("""
        import functools
        def wraps(function):
            @functools.wraps(function)
            def inner(*args, **kwargs): return function(*args, **kwargs)
            return inner
        def build(function): return lambda: f"{function}"  # +
        @functools.lru_cache
        @wraps
        def send(key): Client(state_id=key)
        @build
        def key(): return 1
        def f(rec, ctx):
            send(f"{ctx}")  # +
            rec.call(state_id=key())
        """)


def test_names_in_a_tuple() -> None:
    check("""
    NAMES = ("state_id", "label")
    OTHERS = ["state_id", "label"]
    TWICE = ("state_id", "label")
    TWICE = ("label", "state_id")
    def f(row, ctx):
        setattr(row, NAMES[0], f"{ctx}_a")  # +
        setattr(row, NAMES[1], f"{ctx}_b")
        row[NAMES[0]] = f"{ctx}_c"  # +
        row[OTHERS[0]] = f"{ctx}_d"
        setattr(row, TWICE[0], f"{ctx}_e")
    """)


def test_external_attributes_are_those_with_a_model() -> None:
    known = engine("import itertools")
    (ref,) = held(known, "itertools").refs.values()
    assert list(known.modules.external_attribute(ref, "chain").refs) == [
        ("external", "itertools.chain")
    ]
    assert known.modules.external_attribute(ref, "unheard_of") is NOTHING
