"""Calls of the library that stand for a lambda or a class."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

GETTERS = {
    "itemgetter": """
        from operator import itemgetter
        def f(ctx, rec):
            rows = [{"key": f"{ctx.state_id}_1"}]  # +
            for key in map(itemgetter("key"), rows):
                rec.record(state_id=key)
    """,
    "itemgetter direct": """
        from operator import itemgetter
        def f(ctx, rec):
            get = itemgetter("key")
            rec.record(state_id=get({"key": f"{ctx.state_id}_1"}))  # +
    """,
    "itemgetter negative": """
        from operator import itemgetter
        def f(ctx, rec):
            rows = [{"key": f"{ctx.state_id}_1", "sid": ctx.state_id}]
            for key in map(itemgetter("sid"), rows):
                rec.record(state_id=key)
    """,
    "attrgetter": """
        import operator
        from dataclasses import dataclass
        @dataclass
        class Job:
            key: str
            sid: str
        def f(ctx, rec):
            job = Job(f"{ctx.state_id}_1", ctx.state_id)  # +
            rec.record(state_id=operator.attrgetter("key")(job))
    """,
    "attrgetter negative": """
        import operator
        from dataclasses import dataclass
        @dataclass
        class Job:
            key: str
            sid: str
        def f(ctx, rec):
            job = Job(f"{ctx.state_id}_1", ctx.state_id)
            rec.record(state_id=operator.attrgetter("sid")(job))
    """,
    "methodcaller": """
        from operator import methodcaller
        class Job:
            def __init__(self, ctx): self.ctx = ctx
            def key(self): return f"{self.ctx.state_id}_1"  # +
        def f(ctx, rec):
            jobs = [Job(ctx)]
            for k in map(methodcaller("key"), jobs):
                rec.record(state_id=k)
    """,
    "item by another number": """
        from operator import itemgetter
        def f(ctx, rec, rows):
            pairs = [(f"{ctx.state_id}_{i}", ctx.state_id) for i in rows]
            for key in map(itemgetter(1), pairs):
                rec.record(state_id=key)
    """,
    "several at once": """
        from operator import itemgetter
        def f(ctx, rec, rows):
            job = {"row": 1, "key": f"{ctx.state_id}_1", "sid": ctx.state_id}  # +
            row, key = itemgetter("row", "key")(job)
            rec.record(state_id=key)
    """,
    "several at once, clean": """
        from operator import itemgetter
        def f(ctx, rec, rows):
            job = {"row": 1, "key": f"{ctx.state_id}_1", "sid": ctx.state_id}
            row, key = itemgetter("row", "sid")(job)
            rec.record(state_id=key)
    """,
    "attribute of an attribute": """
        from operator import attrgetter
        from types import SimpleNamespace
        def f(ctx, rec):
            job = SimpleNamespace(row=SimpleNamespace(key=f"{ctx.state_id}_1"))  # +
            rec.record(state_id=attrgetter("row.key")(job))
    """,
    "what is taken is not written": """
        from operator import attrgetter, itemgetter, methodcaller
        def f(ctx, rec, name, names):
            job = {"key": f"{ctx.state_id}_1"}
            rec.record(state_id=attrgetter(name)(job))
            rec.record(state_id=itemgetter(*names)(job))
            rec.record(state_id=itemgetter()(job))
            rec.record(state_id=methodcaller(name)(job))
            rec.record(state_id=attrgetter("key", name)(job))
    """,
    "method with an argument": """
        from operator import methodcaller
        def f(ctx, rec, rows):
            for send in [methodcaller("record", state_id=f"{ctx.state_id}_1")]:  # +
                send(rec)
    """,
    "method with another argument": """
        from operator import methodcaller
        def f(ctx, rec, rows):
            for send in [methodcaller("record", ctx.state_id, label=f"{ctx.state_id}_1")]:
                send(rec)
    """,
    "method of another class": """
        from operator import methodcaller
        class Job:
            def __init__(self, ctx): self.ctx = ctx
            def key(self): return self.ctx.state_id
        class Row:
            def key(self): return f"{self.x}_1"
        def f(ctx, rec):
            for k in map(methodcaller("key"), [Job(ctx)]):
                rec.record(state_id=k, row=Row().key())
    """,
}


@pytest.mark.parametrize("text", GETTERS.values(), ids=GETTERS)
def test_getters(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "bases",
    [
        'namedtuple("Base", "row sid label")',
        'NamedTuple("Base", [("row", dict), ("sid", str), ("label", str)])',
        'make_dataclass("Base", ["row", ("sid", str), ("label", str, "x")], frozen=True)',
        'dataclasses.make_dataclass("Base", ["row", "sid", ("label", str, field(default=""))])',
    ],
)
def test_a_class_that_is_made_by_a_call(bases: str) -> None:
    check(f"""
    import dataclasses
    from collections import namedtuple
    from dataclasses import field, make_dataclass
    from typing import NamedTuple
    Base = {bases}
    class Job(Base):
        def run(self, rec): rec.call(self.row, state_id=self.sid, label=self.label)
    class Other({bases}):
        def run(self, rec): rec.call(self.row, state_id=self.sid, label=self.label)
    def f(rec, ctx, row):
        base = Base(row, f"{{ctx}}_row", "x")  # +
        rec.call(state_id=base.sid)
        Job(row, f"{{ctx}}_row", "x").run(rec)  # +
        Other(row, sid=f"{{ctx}}_row", label="x").run(rec)  # +
        for each in (Base, Job, Other):
            rec.call(state_id=each(row, ctx.state_id, f"{{ctx}}_row").sid)
    """)
