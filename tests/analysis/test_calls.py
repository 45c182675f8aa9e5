"""Calls: whom they reach, what each parameter receives, what comes back."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from flake8_stateid.analysis.calls import CallFrame
from flake8_stateid.settings import Settings
from tests.analysis.running import check

if TYPE_CHECKING:
    from flake8_stateid.analysis.values import Value


class TestAttributes:
    def test_methods(self) -> None:
        check("""
        class Sink:
            def send(self, key): Client(state_id=key)
            @staticmethod
            def static(key): Client(state_id=key)
            @classmethod
            def klass(cls, key): cls.static(key)
            class Inner:
                def send(self, key): Client(state_id=key)
        def f(sink: Sink, ctx):
            sink.send(f"{ctx}")  # +
            sink.static(f"{ctx}")  # +
            sink.klass(f"{ctx}")  # +
            Sink.send(sink, f"{ctx}")  # +
            Sink.klass(f"{ctx}")  # +
            Sink.send(f"{ctx}", 1)
            Sink.Inner().send(f"{ctx}")  # +
            sink.Inner().send(f"{ctx}")  # +
            sink.__class__().send(f"{ctx}")  # +
            sink.__dict__["send"](f"{ctx}")
            sink.unknown(f"{ctx}")
            f.attribute(f"{ctx}")
        """)

    def test_objects_called(self) -> None:
        check("""
        class Sink:
            def __call__(self, key): Client(state_id=key)
        class Plain: ...
        def f(ctx):
            Sink()(f"{ctx}")  # +
            Plain()(f"{ctx}")
        """)

    def test_objects_called_that_change_themselves(self) -> None:
        check("""
        class Keep:
            def __call__(self, key): self.key = key
        def f(rec, ctx):
            keep = Keep()
            keep(f"{ctx}")  # +
            rec.call(state_id=keep.key)
        """)

    def test_super(self) -> None:
        check("""
        class Base:
            def send(self, key): Client(state_id=key)
            @classmethod
            def make(cls, key): Client(state_id=key)
        class Derived(Base):
            def send(self, key): print(key)
            def go(self, ctx):
                super().send(f"{ctx}")  # +
                super(Derived, self).send(f"{ctx}")  # +
                super(Derived).send(f"{ctx}")  # +
                super().unknown(f"{ctx}")
                super(ctx, self).send(f"{ctx}")  # +
                self.send(f"{ctx}")
                def inner(): super(Derived, self).send(f"{ctx}")  # +
                inner()
            @classmethod
            def build(cls, ctx): super().make(f"{ctx}")  # +
            @staticmethod
            def bare(): super().send(f"{x}")
        def f(ctx): super().send(f"{ctx}")
        """)

    def test_vars_as_a_mapping(self) -> None:
        check("""
        class Job:
            def __init__(self, key, row):
                self.key = key
                self.row = row
        def f(rec, ctx):
            rec.call(state_id=vars(Job(f"{ctx}", 1))["key"])  # +
            rec.call(state_id=vars(Job(f"{ctx}", 1))["row"])
        """)

    def test_properties_that_rest_on_each_other(self) -> None:
        # Followed once, however many ways lead round.
        names = "abcdefgh"
        body = "".join(
            f"    @property\n    def {name}(self):\n"
            f"        return self.{names[(i + 1) % 8]} or self.{names[(i + 2) % 8]}"
            f" or f'{{self}}'  # +\n"
            for i, name in enumerate(names)
        )
        check(f"class C:\n{body}    def use(self, rec): rec.call(state_id=self.a)\n")

    def test_a_property_of_one_of_two_classes(self) -> None:
        check("""
        class Made:
            @property
            def key(self): return f"{self}"  # +
        class Kept:
            def __init__(self, key): self.key = key
        def f(rec, ctx, item: Made | Kept):
            rec.call(state_id=item.key)
            rec.call(state_id=(Made() if ctx else Kept(f"{ctx}")).key)  # +
        class Unset:
            def __init__(self): self.label = None
        class Labelled:
            @property
            def label(self): return f"{self}"  # +
        def g(rec, ctx):
            rec.call(state_id=(Unset() if ctx else Labelled()).label)
        """)

    def test_a_method_of_one_of_two_classes_stays_with_its_class(self) -> None:
        check(
            """
            class Titled:
                def run(self, rec, key): self.emit(rec, f"{key}_title")
                def emit(self, rec, text): rec.call(title=text)
            class Recorded:
                def run(self, rec, key): self.emit(rec, key)
                def emit(self, rec, text): rec.call(state_id=text)
            class Built:
                def run(self, rec, key): self.emit(rec, f"{key}_b")  # +
                def emit(self, rec, text): rec.call(state_id=text)
            def each(rec, ctx, one: Titled | Recorded, other: Titled | Built):
                one.run(rec, ctx.state_id)
                other.run(rec, ctx.state_id)
            """
        )

    def test_of_the_type_their_class_gives_them(self) -> None:
        check("""
        class P:
            width: int = 10
            sep = "_"
            def __init__(self, base): self.start, self.base = 0, base
            def f(self, rec, ctx):
                rec.call(state_id=ctx.base + self.start)
                rec.call(state_id=ctx.base + self.width)
                rec.call(state_id=ctx.base % self.width)
                rec.call(state_id=ctx.base + self.sep)  # +
                rec.call(state_id=ctx.base + self.base)  # +
                rec.call(state_id=self.sep.join([ctx.a]))  # +
                rec.call(state_id=ctx.base + self.unknown)  # +
        """)

    def test_functions_in_class_bodies(self) -> None:
        check("""
        from functools import partialmethod
        class P:
            def _get(self): return f"{self}"  # +
            def _send(self, kind, label, key=None): Client(kind, label, state_id=key)
            key = property(_get)
            label = property(lambda self: f"{self}")
            pick = staticmethod(lambda label, key: key)
            own = lambda self, label, key: key
            make = classmethod(lambda cls, label, key: key)
            http = partialmethod(_send, "http")
            named = partialmethod(_send, "named", label="x")
            fixed = partialmethod(_send, "fixed", "label", key=f"{__name__}")  # +
            def f(self, rec, ctx):
                rec.call(self.label, state_id=self.key)
                rec.call(state_id=self.pick(f"{ctx}", ctx.state_id))
                rec.call(state_id=self.pick("label", f"{ctx}"))  # +
                rec.call(state_id=self.own(f"{ctx}", ctx.state_id))
                rec.call(state_id=self.own("label", f"{ctx}"))  # +
                rec.call(state_id=self.make("label", f"{ctx}"))  # +
                rec.call(state_id=P.make(f"{ctx}", ctx.state_id))
                rec.call(state_id=P.make("label", f"{ctx}"))  # +
                self.fixed()
                rec.call(state_id=P.own(self, "label", f"{ctx}"))  # +
                self.http(f"{ctx}", ctx.state_id)
                self.http("label", f"{ctx}")  # +
                self.named(key=f"{ctx}")  # +
                self.named(f"{ctx}")
        """)

    def test_methods_with_held_arguments(self) -> None:
        check("""
        from functools import partialmethod
        BUILT = f"{__name__}"  # +
        LABEL = f"{__name__}"
        class P:
            def _pick(self, label, key=None): return key
            built = partialmethod(_pick, key=BUILT)
            label = partialmethod(_pick, LABEL)
            def f(self, rec, ctx):
                rec.call(state_id=self.built("label"))
                rec.call(state_id=self.label(ctx.state_id))
        """)

    def test_that_are_missing(self) -> None:
        check("""
        class Made:
            there = 1
            def __init__(self, key): self.key = key
            def __getattr__(self, name): return f"{name}"  # +
        class Raising:
            def __getattr__(self, name): raise AttributeError(f"{name}")
        class Proxy:
            def __init__(self, inner): self._inner = inner
            def __getattr__(self, name): return getattr(self._inner, name)
        def f(rec, ctx):
            rec.call(state_id=Made(1).other)
            rec.call(state_id=Raising().key)
            rec.call(state_id=Proxy(ctx).key)
        class Quiet:
            there = 1
            def __init__(self, key): self.key = key
            def __getattr__(self, name): return f"{name}"
        def g(rec, quiet: Quiet):
            rec.call(state_id=quiet.key)
            rec.call(state_id=quiet.there)
            rec.call(state_id=quiet.__wrapped__)
        """)

    def test_set_through_the_mapping(self) -> None:
        check("""
        class P:
            def __init__(self, ctx):
                self.__dict__["a"] = f"{ctx}"  # +
                self.__dict__.update(b=f"{ctx}", label=f"{ctx}")  # +
                vars(self)["c"] = f"{ctx}"  # +
            def f(self, rec):
                rec.call(state_id=self.a)
                rec.call(state_id=self.b)
                rec.call(self.label, state_id=self.c)
        """)

    def test_overridden(self) -> None:
        check("""
        class Base:
            kind = f"{__name__}"
            def setup(self, ctx): self.key = f"{ctx}"
            def make(self, ctx): return f"{ctx}"
            def prepare(self, ctx): self.made = self.make(ctx)
        class Derived(Base):
            kind = "derived"
            def setup(self, ctx): self.key = ctx.state_id
            def make(self, ctx): return ctx.state_id
            def f(self, rec):
                rec.call(state_id=self.key)
                rec.call(state_id=self.made)
                rec.call(state_id=self.kind)
        """)

    def test_not_overridden(self) -> None:
        check("""
        class Base:
            kind = f"{__name__}"  # +
            def setup(self, ctx): self.key = f"{ctx}"  # +
            def make(self, ctx): return f"{ctx}"  # +
            def prepare(self, ctx): self.made = self.make(ctx)
        class Middle(Base): ...
        class Derived(Middle):
            def setup(self, ctx): super().setup(ctx)
            def f(self, rec):
                rec.call(state_id=self.key)
                rec.call(state_id=self.made)
                rec.call(state_id=self.kind)
        """)


class TestConstructors:
    def test_that_make_the_object_before_it_is_initialised(self) -> None:
        check("""
        class Job:
            def __new__(cls, key, label):
                made = object.__new__(cls)
                made.key, made.label = key, label
                return made
            def __init__(self, key, label): self.row = label
        class Plain:
            def __new__(cls, *args): return super().__new__(cls)
            def __init__(self, key=None): self.key = key
        class Late:
            def __new__(cls, ctx):
                made = super().__new__(cls)
                made.key = f"{ctx}"  # +
                return made
            def send(self, rec): rec.call(state_id=self.key)
        def f(rec, ctx):
            job = Job(f"{ctx}", ctx.state_id)  # +
            rec.call(state_id=job.key)
            job = Job(ctx.state_id, f"{ctx}")
            rec.call(job.row, job.label, state_id=job.key)
            rec.call(state_id=Plain(f"{ctx}").key)  # +
            a, b = Plain(), Plain()
            a.key = f"{ctx}"
            b.key = ctx.state_id
            rec.call(a.key, state_id=b.key)
            c, d = Late(ctx), Late(ctx)
            c.label = f"{ctx}"
            d.label = ctx.state_id
            rec.call(c.label, state_id=d.label)
        """)

    def test_of_strings_that_build_themselves(self) -> None:
        check("""
        class Built(str):
            def __new__(cls, base): return super().__new__(cls, f"{base}")  # +
        class Given(str):
            def __new__(cls, base):
                made = str.__new__(cls, base)
                made.label = f"{base}"
                return made
        def f(rec, ctx):
            rec.call(state_id=Built(ctx))
            rec.call(state_id=Given(ctx))
            rec.call(state_id=Given(f"{ctx}"))  # +
        """)

    def test_new(self) -> None:
        check("""
        class Made:
            def __new__(cls, key):
                Client(state_id=key)
                return super().__new__(cls)
        def f(ctx): Made(f"{ctx}")  # +
        """)

    def test_the_call_of_a_metaclass(self) -> None:
        check("""
        class Tagging(type):
            def __call__(cls, key):
                made = super().__call__()
                made.state_id = key
                return made
        class Once(type):
            known = {}
            def __call__(cls, *args, **kwargs):
                if cls not in Once.known:
                    Once.known[cls] = super().__call__(*args, **kwargs)
                return Once.known[cls]
        class Dropping(type):
            def __call__(cls, label): return super().__call__()
        class Shorter(Dropping): ...
        class Tagged(metaclass=Tagging): ...
        class Single(metaclass=Once):
            def __init__(self, key): Client(state_id=key)
            def use(self, key): Client(state_id=key)
        class Below(Single): ...
        class Unnamed(metaclass=Shorter):
            def __init__(self, key=""): Client(state_id=key)
            def use(self, key): Client(state_id=key)
        class Abstract(metaclass=ABCMeta):
            def __init__(self, key): Client(state_id=key)
        def f(ctx):
            Tagged(f"{ctx}")  # +
            Single(f"{ctx}")  # +
            Single(ctx).use(f"{ctx}")  # +
            Below(f"{ctx}")  # +
            Unnamed(f"{ctx}")
            Unnamed(ctx).use(f"{ctx}")  # +
            Abstract(f"{ctx}")  # +
        """)

    def test_of_strings(self) -> None:
        check("""
        class Id(str): ...
        def f(rec, ctx):
            rec.call(state_id=Id(f"{ctx}"))  # +
        """)

    def test_what_a_record_passes_on(self) -> None:
        check("""
        import dataclasses
        from dataclasses import dataclass, InitVar
        @dataclass
        class Job:
            label: InitVar[str]
            row: int
            seed: dataclasses.InitVar[str] = ""
            def __post_init__(self, label, seed):
                self.label = label
                self.key = seed
        def f(rec, ctx, sid):
            rec.call(state_id=Job("a", 1, f"{ctx}").key)  # +
            rec.call(state_id=Job("a", 1, seed=f"{ctx}").key)  # +
            rec.call(state_id=Job(f"{ctx}", 1, sid).key)
            rec.call(state_id=Job(f"{ctx}", 1).key)
            rec.call(state_id=Job("a", f"{ctx}", sid).key)
        """)

    def test_records(self) -> None:
        check(
            """
        from dataclasses import dataclass, field
        from typing import NamedTuple, TypedDict
        @dataclass
        class Job:
            row: int
            key: str = ""
            state_id: str = ""
            def __post_init__(self): Client(state_id=self.row)
        class Pair(NamedTuple):
            row: int
            key: str
        class Row(TypedDict):
            row: int
            key: str
        def f(rec, ctx, rows):
            rec.call(state_id=Job(1, f"{ctx}").key)  # +
            rec.call(state_id=Job(1, key=f"{ctx}").key)  # +
            rec.call(state_id=Job(1, *[f"{r}" for r in rows]).key)  # +
            rec.call(state_id=Job(1, f"{ctx}").row)
            Job(1, 2, f"{ctx}")  # +
            Job(f"{ctx}")  # +
            rec.call(state_id=Pair(1, f"{ctx}")[1])  # +
            rec.call(state_id=Pair(1, f"{ctx}")[0])
            rec.call(state_id=Row(row=1, key=f"{ctx}")["key"])  # +
            rec.call(state_id=Row(row=f"{ctx}", key="")["key"])
        """.replace(
                'rec.call(state_id=Job(1, *[f"{r}" for r in rows]).key)  # +',
                'Job(1, *[f"{r}" for r in rows])  # +',
            )
        )

    def test_generated_by_a_base(self) -> None:
        check("""
        from dataclasses import dataclass
        @dataclass
        class Base:
            row: int
            key: str
        class Derived(Base):
            def __init__(self, ctx):
                super().__init__(1, f"{ctx}")  # +
            def use(self, rec):
                rec.call(state_id=self.key)
                rec.call(state_id=self.row)
        class Plain:
            def __init__(self, ctx): super().__init__(f"{ctx}")
        """)

    def test_of_a_class_that_makes_itself(self) -> None:
        check("""
        class Node:
            def __init__(self, key, depth):
                self.key = key
                self.child = Node(key, depth - 1) if depth else None
            def use(self, rec): rec.call(state_id=self.child.key)
        def f(ctx): Node(f"{ctx}", 3)  # +
        """)


class TestSummaries:
    def test_what_a_callee_changes(self) -> None:
        check("""
        def fill(rows, row): rows.append(row)
        def name(row, key): row.key = key
        def put(row, key):
            row["key"] = key
        def f(rec, ctx, row):
            rows = []
            fill(rows, f"{ctx}")  # +
            rec.call(state_id=rows[0])
            name(row, f"{ctx}")  # +
            rec.call(state_id=row.key)
            other = {}
            put(other, f"{ctx}")  # +
            rec.call(state_id=other["key"])
            rec.call(state_id=other["label"])
        """)

    def test_what_a_callee_changes_of_what_it_was_given_by_name(self) -> None:
        check("""
        def fill(rows, row): rows.append(row)
        def f(rec, ctx):
            rows = []
            fill(row=f"{ctx}", rows=rows)  # +
            rec.call(state_id=rows[0])
        """)

    def test_what_a_closure_changes(self) -> None:
        check("""
        def f(rec, ctx):
            key = ctx.state_id
            def build():
                nonlocal key
                key = f"{ctx}"  # +
            build()
            rec.call(state_id=key)
            other = f"{ctx}"
            def clear():
                nonlocal other
                other = ctx.state_id
            clear()
            rec.call(state_id=other)
            rows = []
            def fill(): rows.append(f"{ctx}")  # +
            fill()
            rec.call(state_id=rows[0])
        """)

    def test_globals_set_by_functions(self) -> None:
        check("""
        KEY = None
        def build(ctx):
            global KEY
            KEY = f"{ctx}"  # +
        def use(rec): rec.call(state_id=KEY)
        def outer(ctx):
            def inner():
                global OTHER
                OTHER = f"{ctx}"  # +
            inner()
        def use_other(rec): rec.call(state_id=OTHER)
        """)

    def test_registered_by_a_callee(self) -> None:
        check("""
        def begin(rec, key): rec.begin_node_state(state_id=key)
        def maybe(rec, key):
            if rec: rec.begin_node_state(state_id=key)
        def f(rec, ctx):
            key = f"{ctx}"
            begin(rec, key)
            rec.call(state_id=key)
            rows = [f"{ctx}"]
            rec.begin_node_state(rows)
            rec.call(state_id=rows[0])
            other = f"{ctx}"  # +
            maybe(rec, other)
            rec.call(state_id=other)
        """)

    def test_registered_by_a_callee_that_made_it(self) -> None:
        check("""
        def opened(rec, ctx):
            key = f"{ctx}"
            rec.begin_node_state(key)
            return key
        def at_times(rec, ctx):
            key = f"{ctx}"  # +
            if ctx.x: rec.begin_node_state(key)
            return key
        def f(rec, ctx):
            rec.call(state_id=opened(rec, ctx))
            rec.call(state_id=at_times(rec, ctx))
        """)

    def test_context_managers(self) -> None:
        check("""
        import contextlib
        @contextlib.contextmanager
        def opened(ctx):
            yield f"{ctx}"  # +
        def f(rec, ctx):
            with opened(ctx) as key: rec.call(state_id=key)
        """)

    def test_generators_that_never_end(self) -> None:
        check("""
        def fill(ids, labels, ctx):
            while True:
                ids.append(f"{ctx}")  # +
                labels.append(f"{ctx}")
                yield ctx.row
                ids.append(ctx.state_id)
        def f(rec, ctx):
            ids, labels = [], []
            for row in fill(ids, labels, ctx): rec.call(row, labels[0], state_id=ids[0])
        """)

    def test_what_is_set_back_after_a_yield(self) -> None:
        check("""
        from contextlib import contextmanager
        class P:
            @contextmanager
            def scope(self, ctx):
                self.key = f"{ctx}"  # +
                self.label = f"{ctx}"
                try: yield
                finally: self.key = None
            @contextmanager
            def given(self, ctx):
                self.id = f"{ctx}"
                self.rec.log(self.id)
                self.id = ctx.state_id
                yield
            def f(self, rec, ctx):
                with self.scope(ctx): rec.call(self.label, state_id=self.key)
                with self.given(ctx): rec.call(state_id=self.id)
        """)

    def test_what_is_registered_before_a_yield(self) -> None:
        check("""
        from contextlib import contextmanager
        @contextmanager
        def opened(rec, ctx):
            key = f"{ctx}"
            rec.begin_node_state(key)
            try: yield key
            finally: rec.close(key)
        @contextmanager
        def late(rec, ctx):
            key = f"{ctx}"  # +
            yield key
            rec.begin_node_state(key)
        def f(rec, ctx):
            with opened(rec, ctx) as key: rec.call(state_id=key)
            with late(rec, ctx) as key: rec.call(state_id=key)
        """)

    def test_a_result_is_of_the_class_it_is_declared_to_be(self) -> None:
        check(
            """
            class Client:
                def ask(self, row, key): return self.rec.call(row, state_id=key)
            class Other:
                def ask(self, row, key): return self.rec.call(row, title=key)
            class Pool:
                def take(self) -> Client: return self.queue.get()
                def other(self) -> Other: return self.queue.get()
                async def soon(self) -> "Client | None": return await self.queue.get()
                def each(self) -> Client: yield self.queue.get()
                @property
                def first(self) -> Client: return self.queue[0]
            async def go(ctx, pool: Pool):
                pool.take().ask(1, f"{ctx}_a")  # +
                pool.other().ask(1, f"{ctx}_b")
                (await pool.soon()).ask(1, f"{ctx}_c")  # +
                pool.each().ask(1, f"{ctx}_d")
                pool.first.ask(1, f"{ctx}_e")  # +
            """
        )

    def test_what_is_returned_is_known_better_than_what_is_declared(self) -> None:
        check(
            """
            class Client:
                def ask(self, key): return self.rec.call(state_id=key)
            class Silent(Client):
                def ask(self, key): return key
            def made() -> Client: return Silent()
            def go(ctx):
                made().ask(f"{ctx}_a")
            """
        )

    def test_recursion(self) -> None:
        check("""
        def down(n, key): return up(n - 1, key) if n else key
        def up(n, key): return down(n - 1, key) if n else key
        def f(rec, ctx): rec.call(state_id=down(5, f"{ctx}"))  # +
        """)


class TestObjectsOfACallee:
    def test_are_others_for_each_call(self) -> None:
        check("""
        class Job:
            key = None
        def job(): return Job()
        def pair(): return [], []
        def f(rec, ctx):
            a, b = job(), job()
            a.key = f"{ctx}"
            b.key = ctx.state_id
            rec.call(a.key, state_id=b.key)
            c, d = pair()
            c.append(f"{ctx}")
            d.append(ctx.state_id)
            rec.call(c[0], state_id=d[0])
        def g(rec, ctx):
            a = job()
            b = job()
            a.key = f"{ctx}"  # +
            b.key = ctx.state_id
            rec.call(state_id=a.key)
            c, d = pair()
            c.append(f"{ctx}")  # +
            d.clear()
            rec.call(state_id=c[0])
        """)

    def test_are_the_same_where_one_is_handed_through(self) -> None:
        check("""
        def same(items): return items
        def f(rec, ctx):
            ids = []
            same(ids).append(f"{ctx}")  # +
            rec.call(state_id=ids[0])
            other = [f"{ctx}"]
            same(same(other)).clear()
            rec.call(state_id=other[0])
        """)


class TestHandedOn:
    def test_partials(self) -> None:
        check("""
        from functools import partial
        class Sink:
            def __init__(self, row, key): Client(state_id=key)
        def send(row, key): Client(state_id=key)
        def f(ctx):
            partial(Sink, 1, f"{ctx}")  # +
            partial(Sink, 1)(f"{ctx}")  # +
            partial(partial(send, 1), f"{ctx}")()  # +
            partial(partial(send, key=f"{ctx}"), key=1)(2)  # +
            partial(send, f"{ctx}")(1)
            partial(ctx.outside, f"{ctx}")(1)
            later = partial(send, 1, f"{ctx}")  # +
            ctx.register(later)
        """)

    @pytest.mark.parametrize("depth", range(1, 9))
    def test_methods_of_objects_too_deep_to_be_followed(self, depth: int) -> None:
        """Their arguments still arrive in the right places."""
        part = "Part(" * depth + "ctx" + ")" * depth
        check(
            f"""
            from functools import partial
            class Part:
                def __init__(self, part): self.part = part
            class Plugin:
                def __init__(self, rec, ctx):
                    self.part = {part}
                    self.send(rec, f"{{ctx}}_b")  # +
                    send = self.send
                    send(rec, ctx + "_c")  # +
                    later = partial(self.send, rec)
                    later("%s_d" % ctx)  # +
                def send(self, rec, key): rec.call(state_id=key)
            """
        )

    def test_closures_that_leave(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"  # +
            def send(): rec.call(state_id=key)
            ctx.register(send)
            label = f"{ctx}"
            def show(): rec.log(label)
            ctx.register(show)
        """)

    def test_objects_that_leave(self) -> None:
        check("""
        class Job:
            def __init__(self, key): self.key = key
            def run(self, rec): rec.call(state_id=self.key)
        class Holder:
            def __init__(self, job): self.job = job
        def f(ctx):
            ctx.enqueue(Job(f"{ctx}"))  # +
            ctx.enqueue(Holder(Job(f"{ctx}")))  # +
        """)

    def test_objects_whose_method_is_out_of_sight(self) -> None:
        check(
            """
            from threading import Thread
            class Worker(Thread):
                def __init__(self, rec, key, title):
                    super().__init__(daemon=True)
                    self.rec, self.key, self.title = rec, key, title
                def run(self):
                    self.rec.call(state_id=self.key)
            def go(ctx, rec):
                worker = Worker(rec, f"{ctx}_a", ctx.title)  # +
                worker.start()
                Worker(rec, ctx.state_id, f"{ctx}_b").start()
            """
        )

    def test_one_of_several_callees(self) -> None:
        check("""
        def send(key): Client(state_id=key)
        def show(key): print(key)
        def f(ctx):
            (send if ctx else show)(f"{ctx}")  # +
            {"a": send, "b": show}["b"](f"{ctx}")
            for function in (show, send): function(f"{ctx}")  # +
        """)

    def test_what_is_no_iterator(self) -> None:
        check("""
        class Kind:
            def __iter__(self): yield f"{self}"
        class Empty: ...
        def f(rec, ctx, empty: Empty):
            for key in Kind: rec.call(state_id=key)
            for key in empty: rec.call(state_id=key)
        """)

    def test_iterators(self) -> None:
        check("""
        class Rows:
            def __iter__(self): return self
            def __next__(self): return f"{self}"  # +
        class Later:
            def __aiter__(self): return self
            async def __anext__(self): return f"{self}"  # +
        async def f(rec, rows: Rows, later: Later, ctx):
            for key in rows: rec.call(state_id=key)
            async for key in later: rec.call(state_id=key)
        """)


def properties(count: int) -> str:
    """A class with as many properties, each of which reads the next."""
    body = "".join(
        f"    @property\n    def p{n}(self): return self.p{n + 1}\n" for n in range(count)
    )
    return f"class C:\n{body}    @property\n    def p{count}(self): return f'{{self}}'"


def test_properties_in_a_row() -> None:
    check(properties(90) + "  # +\n    def use(self, rec): rec.call(state_id=self.p0)\n")


def test_more_properties_in_a_row_than_are_followed() -> None:
    check(properties(110) + "\n    def use(self, rec): rec.call(state_id=self.p0)\n")


def test_methods_of_containers_as_decorators() -> None:
    check("""
    def f(rec, ctx):
        handlers = []
        @handlers.append
        def handle(): rec.call(state_id=f"{ctx}")  # +
    """)


def test_a_getter_that_rests_on_itself_in_several_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way would be followed inside each other one: for ever, as good as."""
    runs = 0
    apply = CallFrame.apply

    def counted(*arguments: Any) -> Value:
        nonlocal runs
        runs += 1
        assert runs < 5000
        return apply(*arguments)

    monkeypatch.setattr(CallFrame, "apply", counted)
    check(SECTIONS, Settings(names=("id", "run_id", "key")))


SECTIONS = """
class Lazy:
    kept = None

    def merge_into(self, other):
        pass

    def update(self, other):
        if self.kept is None:
            if isinstance(other, dict):
                self.kept = {}
            else:
                self.kept = set()
        self.kept.update(other)

    def as_dict(self):
        pass

    def __repr__(self):
        if self.shown is not None:
            return f"<{self.__class__.__name__} {self.shown!r}>"
        return f"<{self.__class__.__name__} {self.as_dict()!r}>"


class Section(dict):
    def merge(self, other):
        found = {}
        for key, value in other.items():
            if key not in self:
                found[key] = value
            elif isinstance(value, Section) and isinstance(self[key], Section):
                self[key].merge(value)
            elif isinstance(value, Lazy):
                self[key] = value.merge_into(self[key])
            else:
                found[key] = value
        self.update(found)

    def __getitem__(self, key):
        try:
            return dict.__getitem__(self, key)
        except KeyError:
            if is_section(key):
                made = Section()
                dict.__setitem__(self, key, made)
                return made
            lazy = Lazy()
            dict.__setitem__(self, key, lazy)
            return lazy

    def __getattr__(self, key):
        if key.startswith("__"):
            return dict.__getattr__(self, key)
        try:
            return self.__getitem__(key)
        except KeyError as error:
            raise AttributeError(error) from error
"""


DESCRIBED = {
    "descriptor": """
        class Key:
            def __get__(self, obj, owner=None):
                return f"{obj.base}_r"  # +
        class Job:
            key = Key()
            def __init__(self, base): self.base = base
        def f(ctx, rec):
            rec.record(state_id=Job(ctx.state_id).key)
    """,
    "a getter that gives the id": """
        class Key:
            def __get__(self, obj, owner=None):
                print(f"{obj.base}_r")
                return obj.base
        class Job:
            key = Key()
            def __init__(self, base): self.base = base
        def f(ctx, rec):
            rec.record(state_id=Job(ctx.state_id).key)
    """,
    "a getter that reads what it gives again": """
        class Key:
            def __init__(self, path): self.path = path
            def _home(self, obj): return obj[self.path] if self.path else obj
            def __get__(self, obj, owner=None): return self._home(obj).get(self.path)
        class Job(dict):
            key = Key("key")
            more = Key("more")
            def get(self, key, default=None): return self.key or self.more or default
            def __getitem__(self, key): return self.more or self.key
        def f(ctx, rec):
            job = Job(key=ctx.state_id)
            rec.record(state_id=job.key)
            rec.record(state_id=job.get("more", f"{ctx.state_id}_r"))  # +
    """,
    "a property that a function makes": """
        def made(name):
            def get(self): return f"{self.base}_{name}"  # +
            return property(get)
        def kept(name): return property(lambda self: getattr(self, "_" + name))
        class Job:
            key = made("row")
            base = kept("base")
            def __init__(self, base): self._base = base
        def f(ctx, rec):
            rec.record(state_id=Job(ctx.state_id).key)
            rec.record(state_id=Job(ctx.state_id).base)
    """,
    "a property that a function makes, of the id itself": """
        def made(name):
            def get(self):
                print(f"{self.base}_{name}")
                return self.base
            return property(get)
        class Job:
            key = made("row")
            def __init__(self, base): self.base = base
        def f(ctx, rec):
            rec.record(state_id=Job(ctx.state_id).key)
    """,
    "of the class alone": """
        class Key:
            def __get__(self, obj, owner=None):
                return f"{BASE}_r"  # +
        class Job:
            key = Key()
        def f(ctx, rec):
            rec.record(state_id=Job.key)
    """,
    "a getter that asks for what it stands for": """
        class Key:
            def __get__(self, obj, owner=None):
                return obj.key.first if obj else f"{obj.base}_r"  # +
        class Job:
            key = Key()
            def __init__(self, base): self.base = base
            def run(self, rec):
                rec.record(state_id=self.key)
    """,
    "not where it is set on an object": """
        class Key:
            def __get__(self, obj, owner=None):
                return f"{BASE}_r"
        class Job:
            def __init__(self):
                self.key = Key()
        def f(ctx, rec):
            rec.record(state_id=Job().key)
    """,
}


@pytest.mark.parametrize("text", DESCRIBED.values(), ids=DESCRIBED)
def test_objects_that_stand_for_attributes(text: str) -> None:
    check(text)


ITERATORS = {
    "next() on object": """
        class Ids:
            def __init__(self, base): self.base = base; self.n = 0
            def __iter__(self): return self
            def __next__(self):
                return f"{self.base}_{self.n}"  # +
        def f(ctx, rec, rows):
            ids = Ids(ctx.state_id)
            rec.record(state_id=next(ids))
    """,
    "next() without __iter__": """
        class Ids:
            def __init__(self, base): self.base = base; self.n = 0
            def __next__(self):
                return f"{self.base}_{self.n}"  # +
        def f(ctx, rec, rows):
            ids = Ids(ctx.state_id)
            rec.record(state_id=next(ids))
    """,
    "iter via getitem": """
        class Ids:
            def __init__(self, base): self.base = base
            def __getitem__(self, i):
                if i > 3: raise IndexError
                return f"{self.base}_{i}"  # +
        def f(ctx, rec, rows):
            for key in Ids(ctx.state_id):
                rec.record(state_id=key)
    """,
    "numbers do not reach an iterator's items": """
        class Ids:
            def __init__(self, base): self.base = base
            def __iter__(self): return iter([self.base])
            def __getitem__(self, i):
                return f"{self.base}_{i}"
        def f(ctx, rec):
            for key in Ids(ctx.state_id):
                rec.record(state_id=key)
    """,
    "next of what gives the id": """
        class Ids:
            def __init__(self, base): self.base = base
            def __next__(self):
                print(f"{self.base}_1")
                return self.base
        def f(ctx, rec):
            rec.record(state_id=next(Ids(ctx.state_id)))
    """,
    "items by number that give the id": """
        class Ids:
            def __init__(self, base): self.base = base
            def __getitem__(self, i):
                print(f"{self.base}_{i}")
                return self.base
        def f(ctx, rec):
            for key in Ids(ctx.state_id):
                rec.record(state_id=key)
    """,
}


@pytest.mark.parametrize("text", ITERATORS.values(), ids=ITERATORS)
def test_iterators_without_iter(text: str) -> None:
    check(text)


ENUMS = {
    "a method of a member": """
        class Kind(Enum):
            ROW = "row"
            def key(self, ctx): return f"{ctx}_{self.value}"  # +
            def label(self, ctx): return f"{ctx}_{self.value}"
            def own(self, ctx): return ctx.state_id
        def f(rec, ctx):
            rec.call(state_id=Kind.ROW.key(ctx), label=Kind.ROW.label(ctx))
            rec.call(state_id=Kind.ROW.own(ctx))
    """,
    "each member": """
        class Kind(Enum):
            ROW = "row"
            LOG = "log"
            @property
            def key(self): return f"batch_{self.value}"  # +
            @property
            def label(self): return f"batch_{self.value}"
        def f(rec):
            for kind in Kind:
                rec.call(state_id=kind.key, label=kind.label)
    """,
    "each member's value": """
        class Kind(Enum):
            ROW = f"{__name__}_row"  # +
            LOG = "log"
        class Label(Enum):
            ROW = f"{__name__}_row"
            LOG = "log"
        def f(rec, ctx):
            for value in [kind.value for kind in Kind]: rec.call(state_id=value)
            for label in Label: rec.call(state_id=ctx.state_id, label=label.value)
    """,
    "each of another class": """
        class Meta(type):
            def __iter__(cls): return iter(())
        class Kind(metaclass=Meta):
            ROW = f"{__name__}_row"
        def f(rec):
            for kind in Kind: rec.call(state_id=kind)
    """,
}


@pytest.mark.parametrize("text", ENUMS.values(), ids=ENUMS)
def test_members_of_an_enum(text: str) -> None:
    check("from enum import Enum\n" + textwrap.dedent(text))


KEYS = {
    "enum key dict": """
        import enum
        class Kind(enum.Enum):
            ROW = "row"
            LOG = "log"
        def f(ctx, rec):
            d = {Kind.ROW: ctx.state_id, Kind.LOG: f"{ctx.state_id}_log"}
            rec.record(state_id=d[Kind.ROW])
    """,
    "enum key dict hit": """
        import enum
        class Kind(enum.Enum):
            ROW = "row"
            LOG = "log"
        def f(ctx, rec):
            d = {Kind.ROW: ctx.state_id, Kind.LOG: f"{ctx.state_id}_log"}  # +
            rec.record(state_id=d[Kind.LOG])
    """,
    "keys of a class": """
        class Keys:
            SID = "sid"
            LABEL = "label"
        def run(rec, ctx):
            job = {}
            job[Keys.SID] = ctx.state_id
            job[Keys.LABEL] = f"{ctx.state_id}_x"
            rec.call(state_id=job[Keys.SID])
    """,
    "keys of a class, one built": """
        class Keys:
            SID = "sid"
            LABEL = "label"
        def run(rec, ctx):
            job = {}
            job[Keys.SID] = f"{ctx.state_id}_x"  # +
            job[Keys.LABEL] = ctx.state_id
            rec.call(state_id=job[Keys.SID])
    """,
    "on the object": """
        class P:
            SID = "sid"
            LABEL = "label"
            def run(self, rec, ctx):
                job = {self.SID: ctx.state_id, self.LABEL: f"{ctx.state_id}_x"}
                rec.call(state_id=job[self.SID])
    """,
    "set by a method": """
        class P:
            SID = "sid"
            LABEL = "label"
            def __init__(self, same):
                if same:
                    self.LABEL = self.SID
            def run(self, rec, ctx):
                job = {self.SID: ctx.state_id, self.LABEL: f"{ctx.state_id}_x"}  # +
                rec.call(title=job[self.SID], state_id=job[self.LABEL])
    """,
    "an enum of strings": """
        from enum import Enum
        class Field(str, Enum):
            STATE = "state_id"
            LABEL = "label"
        def run(rec, ctx):
            job = {Field.STATE: ctx.state_id, Field.LABEL: f"{ctx.state_id}_x"}
            rec.call(state_id=job["state_id"])
            rec.call(state_id=job[Field.STATE])
    """,
    "an enum named for a state id": """
        from enum import Enum
        class Field(Enum):
            ROW_STATE_ID = 1
            LABEL = 2
        def run(rec, ctx):
            rec.log({Field.ROW_STATE_ID: f"{ctx.state_id}_x", Field.LABEL: ctx.state_id})
    """,
    "a helper's key": """
        class P:
            def __init__(self):
                self._values = {}
            def put(self, name, value):
                self._values[name] = value
            def run(self, rec, ctx):
                self.put("label", f"{ctx.state_id}_x")
                self.put("sid", ctx.state_id)
                rec.call(state_id=self._values["sid"])
    """,
    "a helper's key, built": """
        class P:
            def __init__(self):
                self._values = {}
            def put(self, name, value):
                self._values[name] = value
            def run(self, rec, ctx):
                self.put("label", ctx.state_id)
                self.put("sid", f"{ctx.state_id}_x")  # +
                rec.call(state_id=self._values["sid"])
    """,
    "a helper's lookup": """
        class P:
            def take(self, job, name):
                return job[name]
            def run(self, rec, ctx):
                job = {"sid": ctx.state_id, "label": f"{ctx.state_id}_x"}
                rec.call(state_id=self.take(job, "sid"), label=self.take(job, "label"))
    """,
    "a helper's get": """
        def field(job, name):
            return job.get(name)
        class P:
            def take(self, name, default=None):
                return self.job.get(name, default)
            def __init__(self, ctx):
                self.job = {"sid": ctx.state_id, "label": f"{ctx.state_id}_x"}
            def run(self, rec, ctx):
                job = {"sid": ctx.state_id, "label": f"{ctx.state_id}_x"}
                rec.call(state_id=field(job, "sid"), label=field(job, "label"))
                rec.call(state_id=self.take("sid"), label=self.take("label"))
    """,
    "a helper's get, built": """
        def field(job, name):
            return job.get(name)
        def run(rec, ctx):
            job = {"sid": ctx.state_id, "label": f"{ctx.state_id}_x"}  # +
            rec.call(state_id=field(job, "label"))
    """,
    "a helper's attribute": """
        class Job:
            def __init__(self, sid, label): self.sid, self.label = sid, label
        def field(job, name):
            return job.get(name) if isinstance(job, dict) else getattr(job, name, None)
        def run(rec, ctx):
            rec.call(state_id=field(Job(ctx.state_id, f"{ctx}_x"), "sid"))
            rec.call(state_id=field(Job(ctx.state_id, f"{ctx}_x"), "label"))  # +
    """,
    "a helper that sets": """
        def put(job, name, value):
            setattr(job, name, value)
        def run(rec, ctx):
            put(rec, "label", f"{ctx.state_id}_x")
            put(rec, "state_id", f"{ctx.state_id}_x")  # +
    """,
    "a helper's lookup, built": """
        class P:
            def take(self, job, name):
                return job[name]
            def run(self, rec, ctx):
                job = {"sid": ctx.state_id, "label": f"{ctx.state_id}_x"}  # +
                rec.call(state_id=self.take(job, "label"))
    """,
}


@pytest.mark.parametrize("text", KEYS.values(), ids=KEYS)
def test_constants_as_keys(text: str) -> None:
    check(text)


DISPATCH = {
    "singledispatch": """
        import functools
        @functools.singledispatch
        def send(item, key):
            pass
        @send.register
        def _(item: str, key):
            Client(state_id=key)
        def f(ctx):
            send("x", f"{ctx.state_id}_r")  # +
    """,
    "singledispatch register type": """
        import functools
        @functools.singledispatch
        def send(item, key):
            pass
        @send.register(str)
        def _(item, key):
            Client(state_id=key)
        def f(ctx):
            send("x", f"{ctx.state_id}_r")  # +
    """,
    "singledispatch base": """
        import functools
        @functools.singledispatch
        def send(item, key):
            Client(state_id=key)
        @send.register
        def _(item: str, key):
            pass
        def f(ctx):
            send("x", f"{ctx.state_id}_r")  # +
    """,
    "singledispatchmethod": """
        import functools
        class P:
            @functools.singledispatchmethod
            def send(self, item, key):
                raise NotImplementedError
            @send.register
            def _(self, item: str, key):
                Client(state_id=key)
            def f(self, ctx):
                self.send("x", f"{ctx.state_id}_r")  # +
    """,
    "none makes an id": """
        import functools
        @functools.singledispatch
        def note(item, key):
            print(key)
        @note.register
        def _(item: str, key):
            print(item, key)
        def send(item, key):
            Client(state_id=key)
        def f(ctx):
            note("x", f"{ctx.state_id}_r")
    """,
    "registered with another function": """
        import functools
        @functools.singledispatch
        def note(item, key):
            print(key)
        @functools.singledispatch
        def send(item, key):
            print(key)
        @send.register
        def _(item: str, key):
            Client(state_id=key)
        def f(ctx):
            note("x", f"{ctx.state_id}_r")
    """,
    "method that none makes an id": """
        import functools
        class P:
            @functools.singledispatchmethod
            def note(self, item, key):
                print(key)
            @note.register
            def _(self, item: str, key):
                print(item, key)
            @staticmethod
            def send(key):
                Client(state_id=key)
            def f(self, ctx):
                self.note("x", f"{ctx.state_id}_r")
    """,
    "inside a function": """
        import functools
        def outer(ctx):
            @functools.singledispatch
            def send(item, key):
                pass
            @send.register
            def _(item: str, key):
                Client(state_id=key)
            send("x", f"{ctx.state_id}_r")  # +
    """,
    "given the id": """
        import functools
        class P:
            @functools.singledispatchmethod
            def send(self, item, key):
                print(key)
            @send.register
            def _(self, item: str, key):
                Client(label=item, state_id=key)
            def f(self, ctx):
                self.send(f"{ctx.state_id}_r", ctx.state_id)
    """,
    "something else named register": """
        def send(item, key):
            print(key)
        @other.register
        def _(item: str, key):
            Client(state_id=key)
        def f(ctx):
            send("x", f"{ctx.state_id}_r")
    """,
}


@pytest.mark.parametrize("text", DISPATCH.values(), ids=DISPATCH)
def test_single_dispatch(text: str) -> None:
    check(text)


STEPS = {
    "literal tuple table": """
        class P:
            def __init__(self):
                self._steps = [("a", self._send)]
            def _send(self, key):
                self.c.record(state_id=key)
            def run(self, ctx, n):
                for name, s in self._steps:
                    s(f"{ctx.state_id}_r")  # +
    """,
    "literal tuple table, clean": """
        class P:
            def __init__(self):
                self._steps = [(self._send, self._log)]
            def _send(self, key):
                self.c.record(state_id=key)
            def _log(self, key):
                print(key)
            def run(self, ctx, n):
                for s, log in self._steps:
                    log(f"{ctx.state_id}_r")
                    s(ctx.state_id)
    """,
    "in a literal": """
        class P:
            def __init__(self):
                self._steps = ((self._log, "n"), (self._send, "s"))
            def _log(self, key): print(key)
            def _send(self, key): self.c.record(state_id=key)
            def run(self, ctx):
                for step, name in self._steps:
                    step(f"{ctx.state_id}_{name}")  # +
    """,
    "in a literal, harmless": """
        class P:
            def __init__(self):
                self._steps = ((self._log, "n"), (self._log, "s"))
            def _log(self, key): print(key)
            def _send(self, key): self.c.record(state_id=key)
            def run(self, ctx):
                for step, name in self._steps:
                    step(f"{ctx.state_id}_{name}")
    """,
}


@pytest.mark.parametrize("text", STEPS.values(), ids=STEPS)
def test_bound_methods_in_tuples(text: str) -> None:
    check(text)


def test_abstract_methods_are_called_on_objects_of_subclasses() -> None:
    check("""
    from abc import ABC, abstractmethod

    class Base(ABC):
        @abstractmethod
        def key(self, ctx): return f"{ctx.state_id}_base"

        @property
        @abstractmethod
        def ident(self): return f"{self.ctx.state_id}_base"

        def run(self, ctx):
            self.rec.call(state_id=self.key(ctx))
            self.rec.call(state_id=self.ident)

    class Plain(Base):
        def key(self, ctx): return ctx.state_id

    class Built(Base):
        def key(self, ctx): return f"{ctx.state_id}_row"  # +

    def other(rec, ctx, base: Base): rec.call(state_id=base.key(ctx))
    """)


def test_abstract_methods_that_run() -> None:
    check("""
    from abc import ABC, abstractmethod

    class Base(ABC):
        @abstractmethod
        def key(self, ctx): return f"{ctx.state_id}_base"  # +

        @classmethod
        @abstractmethod
        def made(cls, ctx): return f"{ctx.state_id}_made"  # +

        @staticmethod
        @abstractmethod
        def formed(ctx): return f"{ctx.state_id}_formed"  # +

        @abstractmethod
        def unbound(self, ctx): return f"{ctx.state_id}_unbound"  # +

        @abstractmethod
        def send(self, state_id): ...

        def run(self, ctx): self.send(f"{ctx.state_id}_sent")  # +

    class Derived(Base):
        def key(self, ctx): return super().key(ctx)

    def other(rec, ctx, derived: Derived, base: Base):
        rec.call(state_id=derived.key(ctx))
        rec.call(state_id=Base.made(ctx))
        rec.call(state_id=Base.formed(ctx))
        rec.call(state_id=Base.unbound(base, ctx))
    """)
