"""Where a value is held, other names for what a function was given, and what is kept in it."""

from __future__ import annotations

import pytest

from tests.analysis.running import check

ALIASES = {
    "alias append": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx):
                keys = self._keys
                keys.append(f"{ctx.state_id}_row")  # +
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "alias dict": """
        class P:
            def __init__(self):
                self._keys = {}
            def add(self, ctx, row):
                keys = self._keys
                keys[row] = f"{ctx.state_id}_row"  # +
            def run(self, rec, row):
                rec.record(state_id=self._keys[row])
    """,
    "alias dict constant": """
        class P:
            def __init__(self):
                self._keys = {}
            def add(self, ctx, row):
                keys = self._keys
                keys["a"] = f"{ctx.state_id}_row"
                keys["a"] = ctx.state_id
            def run(self, rec, row):
                rec.record(state_id=self._keys["a"])
    """,
    "alias rebound": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx, row):
                keys = self._keys
                self._keys = []
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec, row):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "alias object attribute": """
        class P:
            def __init__(self, job):
                self._job = job
            def add(self, ctx):
                job = self._job
                job.key = f"{ctx.state_id}_row"  # +
            def run(self, rec):
                rec.record(state_id=self._job.key)
    """,
    "another attribute": """
        class P:
            def __init__(self):
                self._keys = []
                self._labels = []
            def add(self, ctx):
                labels = self._labels
                labels.append(f"{ctx.state_id}_row")
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "a copy": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx):
                keys = list(self._keys)
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "overwritten through the alias": """
        class P:
            def __init__(self, job):
                self._job = job
            def add(self, ctx):
                self._job.key = f"{ctx.state_id}_row"
                job = self._job
                job.key = ctx.state_id
            def run(self, rec):
                rec.record(state_id=self._job.key)
    """,
    "of one of two parameters": """
        def fill(one, other, ctx):
            target = one.inner
            target.key = f"{ctx.state_id}_row"
        def run(rec, ctx, one, other):
            fill(one, other, ctx)
            rec.record(state_id=other.inner.key)
    """,
    "closure that keeps to itself": """
        class P:
            def __init__(self):
                self.k = None
            def setter(self):
                def put(v):
                    k = v
                    return k
                return put
        def run(ctx, rec):
            p = P()
            put = p.setter()
            put(f"{ctx.state_id}_r")
            rec.record(state_id=p.k)
    """,
    "a copy by method": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx):
                keys = self._keys.copy()
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "a copy by the library": """
        import copy
        class P:
            def __init__(self, job):
                self._job = job
            def add(self, ctx):
                job = copy.copy(self._job)
                job.key = f"{ctx.state_id}_row"
                print(job)
            def run(self, rec):
                rec.record(state_id=self._job.key)
    """,
    "a slice": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx):
                keys = self._keys[:]
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "a record with a field replaced": """
        from dataclasses import dataclass, replace
        @dataclass
        class Job:
            row: int
            key: str
        class P:
            def __init__(self, job: Job):
                self._job = job
            def add(self, ctx):
                job = replace(self._job, row=1)
                job.key = f"{ctx.state_id}_row"
                print(job)
            def run(self, rec):
                rec.record(state_id=self._job.key)
    """,
    "taken out": """
        class P:
            def __init__(self):
                self._jobs = []
            def add(self, ctx):
                job = self._jobs.pop()
                job.key = f"{ctx.state_id}_row"
                print(job)
            def run(self, rec):
                for job in self._jobs:
                    rec.record(state_id=job.key)
    """,
    "a declared copy": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx):
                keys: list[str] = self._keys.copy()
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "a copy by a helper": """
        class P:
            def __init__(self):
                self._keys = []
            def _known(self):
                return self._keys.copy()
            def add(self, ctx):
                keys = self._known()
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "by a helper": """
        class P:
            def __init__(self):
                self._keys = []
            def _known(self):
                return self._keys
            def add(self, ctx):
                keys = self._known()
                keys.append(f"{ctx.state_id}_row")  # +
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "a copy that is used itself": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx, rec):
                keys = self._keys.copy()
                keys.append(f"{ctx.state_id}_row")  # +
                for key in keys:
                    rec.record(state_id=key)
    """,
    "put in place of it": """
        class P:
            def __init__(self):
                self._keys = []
            def add(self, ctx):
                keys = self._keys
                self._keys = []
                keys.append(f"{ctx.state_id}_row")
                print(keys)
            def run(self, rec):
                for key in self._keys:
                    rec.record(state_id=key)
    """,
    "what was built is overwritten by nothing": """
        class P:
            def __init__(self, job):
                self._job = job
            def add(self, ctx):
                self._job.key = f"{ctx.state_id}_row"
                job = self._job
                job.key = None
            def run(self, rec):
                rec.record(state_id=self._job.key)
    """,
    "loop elements": """
        class P:
            def __init__(self, jobs):
                self._jobs = jobs
            def add(self, ctx):
                for job in self._jobs:
                    job.key = f"{ctx.state_id}_row"  # +
            def run(self, rec):
                for job in self._jobs:
                    rec.record(state_id=job.key)
    """,
    "loop elements, clean": """
        class P:
            def __init__(self, jobs):
                self._jobs = jobs
            def add(self, ctx):
                for job in self._jobs:
                    job.label = f"{ctx.state_id}_row"
                    job.key = ctx.state_id
            def run(self, rec):
                for job in self._jobs:
                    rec.record(state_id=job.key)
    """,
    "parameter alias returned to caller": """
        def fill(job, ctx):
            target = job.inner
            target.key = f"{ctx.state_id}_row"  # +
        def run(rec, ctx, job):
            fill(job, ctx)
            rec.record(state_id=job.inner.key)
    """,
    "parameter alias": """
        def fill(job, ctx):
            target = job.inner
            target.key = f"{ctx.state_id}_row"
        def run(rec, ctx, job, other):
            fill(other, ctx)
            rec.record(state_id=job.inner.key)
    """,
    "with lock alias": """
        class P:
            def __init__(self):
                self._keys = {}
            def add(self, ctx, row):
                with self._lock:
                    cache = self._keys
                    cache.setdefault(row, f"{ctx.state_id}_row")  # +
            def run(self, rec, row):
                rec.record(state_id=self._keys.get(row))
    """,
    "get of dict element alias": """
        class P:
            def __init__(self):
                self._jobs = {}
            def add(self, ctx, row):
                job = self._jobs.get(row)
                if job is not None:
                    job.key = f"{ctx.state_id}_row"  # +
            def run(self, rec, row):
                rec.record(state_id=self._jobs[row].key)
    """,
    "nested append": """
        class P:
            def run(self, ctx, rec):
                keys = []
                def add(k):
                    keys.append(k)
                add(f"{ctx.state_id}_r")  # +
                for k in keys:
                    rec.record(state_id=k)
    """,
    "closure from method changes object": """
        class P:
            def __init__(self):
                self.k = None
            def setter(self):
                def put(v):
                    self.k = v
                return put
        def run(ctx, rec):
            p = P()
            put = p.setter()
            put(f"{ctx.state_id}_r")  # +
            rec.record(state_id=p.k)
    """,
    "object held by another": """
        class Store:
            def __init__(self):
                self.kept, self.label, self.rows = None, None, {}
            def clear(self): self.kept = None
            def put(self, key): self.kept = key
            def get(self): return self.kept
            def note(self, label): self.label = label
            def add(self, row, key): self.rows[row] = key
            def of(self, row): return self.rows[row]
        class P:
            def __init__(self, rec):
                self.rec, self.store, self.other = rec, Store(), Store()
            def run(self, ctx, row):
                self.store.clear()
                self.store.put(f"{ctx.state_id}_r")  # +
                self.rec.record(state_id=self.store.get())
                self.store.add(row, ctx.state_id + "_r")  # +
                self.rec.record(state_id=self.store.of(row))
                self.other.put(ctx.state_id)
                self.other.note(f"{ctx.state_id}_r")
                self.rec.record(state_id=self.other.get())
    """,
}


@pytest.mark.parametrize("text", ALIASES.values(), ids=ALIASES)
def test_what_is_stored_under_another_name(text: str) -> None:
    check(text)


class TestPlaces:
    @pytest.mark.parametrize(
        "place",
        ["d['a']", "d.get('a')", "d.setdefault('a', [])", "d[ctx]", "d[-1]", "d.x.y"],
    )
    def test_what_is_added_there_is_there(self, place: str) -> None:
        check(f"""
        def f(rec, ctx, d):
            {place}.append(f"{{ctx}}")  # +
            rec.call(state_id={place}[0])
        """)

    def test_that_are_no_variables(self) -> None:
        check("""
        def fill(rows): rows.append(f"{rows}")  # +
        async def f(rec, ctx, d):
            (rows := []).append(f"{ctx}")  # +
            rec.call(state_id=rows[0])
            (await ctx.d).key = f"{ctx}"  # +
            rec.call(state_id=ctx.d.key)
            fill(d.values())
            for key in d.values(): rec.call(state_id=key)
            ctx.make().key = f"{ctx}"
        """)

    def test_one_object_under_two_names(self) -> None:
        check("""
        def f(rec, ctx):
            first = []
            second = first
            second.append(f"{ctx}")  # +
            rec.call(state_id=first[0])
            holder = {"rows": first}
            other = holder["rows"]
            third = [holder]
            third[0]["rows"].append(f"{ctx}")  # +
            rec.call(state_id=other[1])
        """)
