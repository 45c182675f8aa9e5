"""What is known beyond one function: names of modules, attributes of classes, summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis import engine as engines
from flake8_stateid.analysis.program import ClassInfo
from flake8_stateid.analysis.values import NOTHING, NUMBER, UNKNOWN, Value
from tests.analysis.running import check, engine

if TYPE_CHECKING:
    from flake8_stateid.analysis.engine import Engine


def held(known: Engine, name: str) -> Value:
    """What a name of the module may be."""
    return known.global_value(known.module, name)


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


class TestAttributes:
    @pytest.mark.parametrize(
        "body",
        [
            "sink: Sink",
            "sink = Sink()",
            "def __init__(self, sink: Sink): self.sink = sink",
            "def __init__(self, sink): self.sink: Sink = sink",
            "def __init__(self): self.sink = None\n    def open(self): self.sink = Sink()",
            "def __init__(self): self.sink = make()",
        ],
    )
    def test_whose_class_is_known(self, body: str) -> None:
        check(f"""
class Sink:
    def send(self, key): Client(state_id=key)
def make(): return Sink()
class Plugin:
    {body}
    def run(self, ctx): self.sink.send(f"{{ctx}}")  # +
""")

    def test_of_a_base_class(self) -> None:
        check("""
        class Sink:
            def send(self, key): Client(state_id=key)
        class Base:
            def __init__(self): self.sink = Sink()
        class Plugin(Base):
            def run(self, ctx): self.sink.send(f"{ctx}")  # +
        """)

    def test_that_rest_on_each_other(self) -> None:
        check("""
        class Plugin:
            def __init__(self):
                self.a = self.b
                self.b = self.a
            def run(self, ctx):
                self.a.send(f"{ctx}")
                self.c = f"{ctx}"  # +
                Client(state_id=self.c)
        """)

    def test_of_which_nothing_is_known(self) -> None:
        known = engine("class C: ...")
        (cls,) = known.module.definitions["C"]
        assert isinstance(cls, ClassInfo)
        assert known.attribute_shape(cls, "a") is UNKNOWN
        assert known.unread_bases(cls) is NOTHING


class TestNamedTuples:
    @pytest.mark.parametrize(
        "fields",
        [
            "'row key'",
            "'row, key'",
            "['row', 'key']",
            "('row', 'key')",
            "[('row', int), ('key', str)]",
        ],
    )
    def test_fields(self, fields: str) -> None:
        check(f"""
        from collections import namedtuple
        Job = namedtuple("Job", {fields})
        def f(rec, ctx):
            rec.call(state_id=Job(1, f"{{ctx}}").key)  # +
            rec.call(state_id=Job(f"{{ctx}}", 1).key)
        """)

    @pytest.mark.parametrize("arguments", ["'Job'", "'Job', fields", "'Job', []", "'Job', [1]"])
    def test_whose_fields_cannot_be_seen(self, arguments: str) -> None:
        check(f"""
        from collections import namedtuple
        Job = namedtuple({arguments})
        def f(rec, ctx): rec.call(state_id=Job(1, f"{{ctx}}").key)
        """)


class TestPatterns:
    def test_of_what_is_no_class(self) -> None:
        known = engine("")
        assert known.match_arguments(UNKNOWN) == []
        assert known.match_arguments(held(known, "len")) == []

    def test_declared_by_a_base(self) -> None:
        known = engine("class B:\n    __match_args__ = ['a', b]\nclass C(B): ...")
        assert known.match_arguments(held(known, "C")) == ["a"]


class TestDefaults:
    def test_are_evaluated_once(self) -> None:
        known = engine("def f(a=1, *, b='x', c): ...")
        (function,) = known.module.definitions["f"]
        assert known.default_value(function, "a") is NUMBER  # type: ignore[arg-type]
        assert known.default_value(function, "b").const == "x"  # type: ignore[arg-type]
        assert known.default_value(function, "c") is NOTHING  # type: ignore[arg-type]

    def test_tell_the_kind_of_a_parameter(self) -> None:
        check("""
        def f(rec, ctx, offset=1, prefix="", other=None, *args, **kwargs):
            rec.call(state_id=ctx.base + offset)
            rec.call(state_id=ctx.base + prefix)  # +
            rec.call(state_id=ctx.base + other)  # +
            rec.call(state_id=ctx.base + args)
            rec.call(state_id=ctx.base + kwargs)
        """)

    @pytest.mark.parametrize("default", ["send", "Sink", "Sink.static", "lambda key: send(key)"])
    def test_that_are_called(self, default: str) -> None:
        check(f"""
        def send(key): Client(state_id=key)
        class Sink:
            def __init__(self, key): send(key)
            @staticmethod
            def static(key): send(key)
        def f(ctx, target={default}): target(f"{{ctx}}")  # +
        """)


class TestSummaries:
    def test_beyond_the_shapes_that_are_kept_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engines, "_MAX_SHAPES", 2)
        check("""
        class Sink:
            def each(self, function, key): return function(key)
            def run(self, ctx):
                self.each(lambda key: Client(state_id=key), f"{ctx}")  # +
                self.each(lambda key: print(key), f"{ctx}")
                self.each(lambda key: print(key, 1), f"{ctx}")
        """)

    def test_beyond_the_depth_that_is_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engines, "_MAX_DEPTH", 3)
        check("""
        def a(key): b(key)
        def b(key): c(key)
        def c(key): d(key)
        def d(key): Client(state_id=key)
        def f(ctx): a(f"{ctx}")
        def g(ctx): d(f"{ctx}")  # +
        """)

    def test_functions_in_a_circle(self) -> None:
        check("""
        def a(n, key, rows):
            rows.append(key)
            return b(n, key, rows) if n else key
        def b(n, key, rows): return c(n - 1, key, rows)
        def c(n, key, rows): return a(n, key, rows)
        def f(rec, ctx):
            rows = []
            rec.call(state_id=c(3, f"{ctx}", rows))  # +
            b(3, f"{ctx}", rows)  # +
            rec.call(state_id=rows[0])
            a(3, f"{ctx}", [])
        """)

    def test_the_kind_of_what_is_added(self) -> None:
        check("""
        def add(base, more): return base + more  # +
        def f(rec, ctx):
            rec.call(state_id=add(ctx.base, 1))
            rec.call(state_id=add(ctx.base, [1]))
        def g(rec, ctx): rec.call(state_id=add(ctx.base, ctx.row))
        """)


def test_external_attributes_are_those_with_a_model() -> None:
    known = engine("import itertools")
    (ref,) = held(known, "itertools").refs.values()
    assert list(known.external_attribute(ref, "chain").refs) == [("external", "itertools.chain")]
    assert known.external_attribute(ref, "unheard_of") is NOTHING


class TestFilledContainers:
    """Functions that are put into a container when it is there already."""

    @pytest.mark.parametrize(
        ("fill", "call"),
        [
            ('self.steps["a"] = self.{}', 'self.steps["a"]'),
            ("self.steps[ctx.kind] = self.{}", "self.steps[ctx.kind]"),
            ("self.steps[ctx.kind] = lambda key: self.{}(key)", "self.steps[ctx.kind]"),
            ('self.steps.setdefault("a", self.{})', 'self.steps.get("a")'),
            ("self.steps.append(self.{})", "self.steps[0]"),
            ("self.steps.add({})", "self.steps.pop()"),
            ("self.steps.insert(0, {})", "next(iter(self.steps))"),
        ],
    )
    def test_of_an_object(self, fill: str, call: str) -> None:
        check(f"""
        def send(key): Client(state_id=key)
        def show(key): print(key)
        class Plugin:
            def __init__(self, ctx):
                self.steps = ctx.new()
                {fill.format("send")}
            def send(self, key): self.rec.call(state_id=key)
            def f(self, ctx, sid):
                {call}(f"{{ctx}}")  # +
                {call}(sid)
        class Quiet:
            def __init__(self, ctx):
                self.steps = {{}}
                {fill.format("show")}
            def show(self, key): print(key)
            def f(self, ctx, sid):
                {call}(f"{{ctx}}")
        """)

    def test_one_of_several(self) -> None:
        check("""
        class Plugin:
            def __init__(self):
                self.steps = {}
                self.steps["send"] = self.send
                self.steps["show"] = self.show
                self.seen = []
                self.seen.append(self.label)
            def send(self, key): self.rec.call(state_id=key)
            def show(self, key): print(key)
            def f(self, ctx, other):
                self.steps["send"](f"{ctx}_a")  # +
                self.steps["show"](f"{ctx}_b")
                other.steps = [other.send]
        """)

    @pytest.mark.parametrize(
        "fill",
        [
            "STEPS['a'] = {}",
            "STEPS.setdefault('a', {})",
            "STEPS.update(a={})",
            "register('a')({})",
        ],
    )
    def test_of_the_module(self, fill: str) -> None:
        check(f"""
        STEPS, QUIET = {{}}, {{}}
        def register(name, steps=STEPS):
            def put(function):
                STEPS[name] = function
                return function
            return put
        def send(key): Client(state_id=key)
        def show(key): print(key)
        QUIET["show"] = show
        {fill.format("send")}
        def f(ctx, sid):
            STEPS["a"](f"{{ctx}}")  # +
            STEPS["a"](sid)
            QUIET["show"](f"{{ctx}}")
        """)

    def test_by_a_decorator(self) -> None:
        check("""
        STEPS, QUIET = [], []
        def step(function):
            STEPS.append(function)
            return function
        def quiet(name):
            def put(function):
                QUIET.append(function)
                return function
            return put
        @step
        def send(key): Client(state_id=key)
        @quiet("show")
        def show(key): print(key)
        def f(ctx, sid):
            for each in STEPS:
                each(f"{ctx}_a")  # +
                each(sid)
            for each in QUIET:
                each(f"{ctx}_b")
        """)
