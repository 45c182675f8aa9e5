"""What is known beyond one function: attributes of classes, records, patterns."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.program import ClassInfo
from flake8_stateid.analysis.values import ELEMENT, NOTHING, UNKNOWN
from tests.analysis.running import check, engine, held


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

    @pytest.mark.parametrize(
        "statement", ["self.sinks[ctx] = Sink()", "self.sinks.setdefault(ctx, Sink())"]
    )
    def test_of_what_a_container_is_filled_with(self, statement: str) -> None:
        """Known at once, though annotated as anything: to learn it later takes another look."""
        known = engine(f"""
        class Sink: pass
        class Plugin:
            def __init__(self): self.sinks: dict[str, Any] = {{}}
            def open(self, ctx): {statement}
        """)
        (plugin,) = held(known, "Plugin").refs.values()
        assert isinstance(plugin.target, ClassInfo)
        sink = known.attribute_shape(plugin.target, "sinks").fields[ELEMENT]
        assert [getattr(target, "name", "") for _, target in sink.refs] == ["Sink"]

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
