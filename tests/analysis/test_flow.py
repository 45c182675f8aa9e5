"""Statements: the ways through them, and what is left of a value at the end of each."""

from __future__ import annotations

import sys

import pytest

from tests.analysis.running import check


class TestStatements:
    def test_a_value_overwritten_is_gone(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"
            key = ctx.state_id
            rec.call(state_id=key)
        """)

    def test_one_value_for_several_targets(self) -> None:
        check("""
        def f(rec, ctx):
            ctx.key = key = f"{ctx}"  # +
            rec.call(state_id=key)
        """)

    def test_annotated(self) -> None:
        check("""
        class Sink:
            def send(self, key): Client(state_id=key)
        def f(ctx, sinks):
            sink: Sink = sinks.first()
            sink.send(f"{ctx}")  # +
            by_name: dict[str, Sink] = {}
            by_name["a"].send(f"{ctx}")  # +
            other: dict[str, str] = {}
            other["a"].send(f"{ctx}")
            state_id: str
            state_id: str = f"{ctx}"  # +
        """)

    @pytest.mark.parametrize("operator", ["-", "*", "/", "//", "**", "@", "<<", ">>"])
    def test_what_is_calculated_with_in_place(self, operator: str) -> None:
        check(f"""
        def f(rec, base, place, more):
            place {operator}= 3
            rec.call(state_id=base + place)
            more.shift {operator}= base
            rec.call(state_id=base + more.shift)
            rec.call(state_id=base + more.other)  # +
        """)

    def test_what_is_taken_away_in_place_leaves_the_rest(self) -> None:
        check("""
        def f(rec, ctx, ids, line):
            names = {f"{ctx}", ctx.state_id}  # +
            names -= ids
            for name in names: rec.call(state_id=name)
            line = "-"
            line *= 3
            rec.call(state_id=line + ctx.label)  # +
        def g(rec, ctx, ids):
            ids -= {1}
            for key in ids: rec.call(state_id=key)
        def h(rec, ctx): g(rec, ctx, {f"{ctx}"})  # +
        """)

    def test_augmented(self) -> None:
        check("""
        def f(rec, ctx, items, total: int):
            ctx.state_id += "_row"  # +
            ctx["state_id"] %= ctx  # +
            total += 1
            total %= 2
            rec.call(state_id=total)
            total -= 1
            known = {f"{ctx}"}  # +
            known |= items
            rec.call(state_id=known.pop())
            more = [ctx.state_id]
            more += [f"{ctx}"]  # +
            rec.call(state_id=more[1])
            state_ids = ctx.ids()
            state_ids += (f"{i}" for i in items)  # +
            ctx.state_ids += [f"{ctx}"]  # +
            ctx.labels += [f"{ctx}"]
            merged = {"a": ctx.state_id}
            merged |= {"a": f"{ctx}"}  # +
            rec.call(state_id=merged["a"])
            flags = ctx.flags
            flags |= ctx.other
            flags <<= 2
        """)

    def test_deleted(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"
            del key
            rec.call(state_id=key)
            del ctx.cache[rec.take(state_id=f"{ctx}")]  # +
            del ctx.cache
        """)

    def test_what_is_asserted_and_raised_is_evaluated(self) -> None:
        check("""
        def f(rec, ctx):
            assert rec.call(state_id=f"{ctx}")  # +
            assert ctx.ok, f"{ctx}"
            if ctx.a:
                raise Problem(state_id=f"{ctx}")  # +
            raise Problem(f"{ctx}") from rec.cause(state_id=f"{ctx}")  # +
        """)

    def test_nothing_behind_a_way_out_is_reached(self) -> None:
        check("""
        def f(rec, ctx):
            for row in ctx:
                continue
                rec.call(state_id=f"{ctx}")
            for row in ctx:
                break
                rec.call(state_id=f"{ctx}")
            if ctx:
                return ctx
                rec.call(state_id=f"{ctx}")
            raise ctx
            rec.call(state_id=f"{ctx}")
        """)

    def test_at_module_level_too(self) -> None:
        check("""
        key = f"{base}"  # +
        record(state_id=key)
        while True:
            state_id = "a" + base  # +
            break
        return
        """)

    def test_jumps_outside_of_loops_are_for_the_compiler(self) -> None:
        check("""
        def f(rec, ctx):
            if ctx: break
            if rec: continue
            rec.call(state_id=f"{ctx}")  # +
        """)

    @pytest.mark.parametrize("statement", ["import json as state_id", "from a import state_id"])
    def test_an_import_rebinds(self, statement: str) -> None:
        check(f"""
        def f(rec, ctx):
            state_id = ctx
            key = f"{{ctx}}"
            {statement}, key
            rec.call(state_id=key)
        """)

    def test_a_star_import_in_a_function_is_for_the_compiler(self) -> None:
        check("""
        def f(rec, ctx):
            from a import *
            rec.call(state_id=f"{ctx}")  # +
        """)


class TestBranches:
    def test_either_branch(self) -> None:
        check("""
        def f(rec, ctx):
            if ctx.a:
                key = f"{ctx}"  # +
            else:
                key = ctx.state_id
            rec.call(state_id=key)
        """)

    @pytest.mark.parametrize(
        ("test", "then", "otherwise"),
        [("True", "# +", ""), ("False", "", "# +"), ("0", "", "# +"), ("ctx", "# +", "# +")],
    )
    def test_conditions_that_never_change(self, test: str, then: str, otherwise: str) -> None:
        check(f"""
        def f(rec, ctx):
            if {test}:
                rec.call(state_id=f"{{ctx}}")  {then}
            else:
                rec.call(state_id=f"{{ctx}}")  {otherwise}
        """)

    def test_a_way_out_in_one_branch(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"
            if ctx.a:
                return None
            else:
                key = ctx.state_id
            rec.call(state_id=key)
        """)


class TestLoops:
    def test_what_one_round_leaves_to_the_next(self) -> None:
        check("""
        def f(rec, ctx):
            last = None
            for row in ctx:
                rec.call(state_id=last)
                last = f"{row}"  # +
            first = None
            while first:
                rec.call(state_id=first)
                second, first = f"{ctx}", second  # +
        """)

    def test_what_no_round_leaves_to_the_next(self) -> None:
        check("""
        def f(rec, ctx):
            for row in ctx:
                key = row.state_id
                rec.call(state_id=key)
                key = f"{row}"
        """)

    def test_what_a_round_leaves_where_an_exception_was_swallowed(self) -> None:
        check("""
        from contextlib import suppress
        def f(rec, ctx):
            key = None
            for row in ctx:
                with suppress(KeyError):
                    key = row.take()
                rec.call(state_id=key)
                key = f"{row}"  # +
        """)

    def test_otherwise(self) -> None:
        check("""
        def f(rec, ctx):
            for row in ctx:
                key = f"{row}"  # +
                if row: break
                key = None
            else:
                key = ctx.state_id
            rec.call(state_id=key)
            for row in ctx:
                key = f"{row}"
                if row: continue
            else:
                key = ctx.state_id
            rec.call(state_id=key)
        """)

    @pytest.mark.parametrize(
        ("test", "inside", "behind"),
        [("False", "", "# +"), ("True", "# +", ""), ("ctx", "# +", "# +")],
    )
    def test_conditions_that_never_change(self, test: str, inside: str, behind: str) -> None:
        check(f"""
        def f(rec, ctx):
            while {test}:
                rec.call(state_id=f"{{ctx}}")  {inside}
            else:
                rec.call(state_id=f"{{ctx}}")  {behind}
        """)

    def test_an_endless_loop_is_left_by_break_alone(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"
            while True:
                if ctx:
                    key = ctx.state_id
                    break
            rec.call(state_id=key)
        """)

    def test_registered_in_one_round_only(self) -> None:
        check("""
        def f(rec, ctx, rows):
            key = f"{ctx}"
            for row in rows:
                rec.begin_node_state(key)
                rec.call(state_id=key)
            old = f"{ctx}"  # +
            for row in rows:
                rec.call(state_id=old)
                rec.begin_node_state(old)
        """)

    def test_over_what_nothing_is_known_of(self) -> None:
        check("""
        def f(rec, ctx):
            for a.state_id in (f"{i}" for i in ctx):  # +
                pass
            async_rows = [x async for x in ctx]
            for state_id in async_rows: pass
        """)


class TestTry:
    def test_handlers_see_what_was_bound_before_the_exception(self) -> None:
        check("""
        def f(rec, ctx):
            key = ctx.state_id
            try:
                key = f"{ctx}"  # +
                rec.go()
                key = ctx.other
            except (ValueError, rec.problem(state_id=f"{ctx}")) as problem:  # +
                rec.call(state_id=key)
                rec.call(state_id=problem)
        """)

    def test_handlers_of_what_cannot_be_seen_to_raise(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"  # +
            try:
                key = ctx.state_id
            except AttributeError:
                rec.call(state_id=key)
        """)

    def test_no_exception(self) -> None:
        check("""
        def f(rec, ctx):
            try:
                key = rec.go()
            except ValueError:
                key = f"{ctx}"
                return
            else:
                rec.call(state_id=key)
            rec.call(state_id=key)
        """)

    def test_exceptions_of_handlers_reach_the_outer_handlers(self) -> None:
        check("""
        def f(rec, ctx):
            key = None
            try:
                try:
                    rec.go()
                except ValueError:
                    key = f"{ctx}"  # +
                    raise
            except Exception:
                rec.call(state_id=key)
        """)

    def test_every_way_out_passes_the_last_part(self) -> None:
        check("""
        def f(rec, ctx, rows):
            for row in rows:
                key = f"{row}"  # +
                try:
                    if row.a: continue
                    if row.b: break
                    if row.c: return
                    key = None
                finally:
                    rec.call(state_id=key)
            other = f"{ctx}"
            try:
                other = ctx.state_id
            finally:
                rec.call(state_id=other)
        """)

    def test_the_last_part_may_rebind(self) -> None:
        check("""
        def f(rec, ctx, rows):
            try:
                try:
                    key = f"{ctx}"
                    rec.go()
                finally:
                    key = ctx.state_id
            except ValueError:
                rec.call(state_id=key)
            rec.call(state_id=key)
        """)

    def test_the_last_part_may_be_a_way_out(self) -> None:
        check("""
        def f(rec, ctx):
            try:
                rec.go()
            finally:
                return
            rec.call(state_id=f"{ctx}")
        """)

    def test_a_statement_that_ends_the_body(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"  # +
            try:
                raise Problem
            except Problem:
                rec.call(state_id=key)
        """)

    def test_handlers_of_everything(self) -> None:
        check("""
        def f(rec, ctx):
            try:
                key = f"{ctx}"  # +
                rec.go()
            except:
                rec.call(state_id=key)
        """)

    def test_groups_of_exceptions(self) -> None:
        check("""
        def f(rec, ctx):
            try:
                key = f"{ctx}"  # +
                rec.go()
            except* ValueError:
                rec.call(state_id=key)
        """)

    def test_definitions_do_not_raise(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"  # +
            try:
                def inner(): return rec.go()
                class C: x = 1
                key = ctx.state_id
            except ValueError:
                rec.call(state_id=key)
        """)


class TestWith:
    def test_what_is_entered(self) -> None:
        check("""
        class Manager:
            def __enter__(self): return f"{self}"  # +
        class Later:
            async def __aenter__(self): return f"{self}"  # +
        async def f(rec, ctx):
            with Manager() as key: rec.call(state_id=key)
            async with Later() as key: rec.call(state_id=key)
            key = f"{ctx}"
            with ctx.open() as key: rec.call(state_id=key)
            with ctx.open(state_id=f"{ctx}"): pass  # +
        """)

    def test_exceptions_swallowed(self) -> None:
        check("""
        import contextlib
        def f(rec, ctx):
            key = None
            with contextlib.suppress(ValueError):
                key = f"{ctx}"  # +
                rec.go()
                key = ctx.state_id
            rec.call(state_id=key)
        def ignored(rec, ctx):
            key = None
            with rec.ignored(ValueError):
                key = f"{ctx}"  # +
                rec.go()
                key = ctx.state_id
            rec.call(state_id=key)
        def raised(rec, ctx, pytest):
            key = f"{ctx}"  # +
            with pytest.raises(ValueError):
                key = rec.go()
            rec.call(state_id=key)
        def g(rec, ctx):
            key = None
            with rec.lock:
                key = f"{ctx}"
                rec.go()
                key = ctx.state_id
            rec.call(state_id=key)
        """)


class TestDefinitions:
    def test_functions(self) -> None:
        check("""
        def mark(function): return function
        def twice(function):
            def inner(*args): return function(*args)
            return inner
        def f(rec, ctx):
            @mark
            @twice
            def send(key): rec.call(state_id=key)
            send(f"{ctx}")  # +
            @ctx.unknown
            def other(key): rec.call(state_id=key)
            other(f"{ctx}")  # +
        """)

    def test_classes(self) -> None:
        check("""
        def f(rec, ctx):
            base = f"{ctx}"
            class Job(rec.base(state_id=f"{ctx}"),  # +
                      state_id=f"{ctx}", **{}):  # +
                state_id = base + "_row"  # +
                @rec.register(state_id=f"{ctx}")  # +
                def run(self): rec.call(state_id=f"{self}")  # +
            @rec.keep(state_id=f"{ctx}")  # +
            class Other:
                if ctx:
                    raise Problem
            return Job, Other
        """)

    def test_a_class_body_that_never_ends(self) -> None:
        check("""
        class C:
            raise Problem
            state_id = f"{x}"
        state_id = f"{C}"  # +
        """)

    def test_a_lambda_under_the_name(self) -> None:
        check("""
        def f(rec, ctx):
            state_id = lambda: f"{ctx}"  # +
            make = lambda: f"{ctx}"
            ctx.make = lambda: f"{ctx}"
            return make
        """)


class TestExceptions:
    def test_carry_what_they_were_given(self) -> None:
        check("""
        class Failed(Exception):
            def __init__(self, label, key): self.label, self.key = label, key
        class Other(Exception):
            def __init__(self, label, key): self.label, self.key = label, key
        def work(ctx): raise Failed("x", f"{ctx}")  # +
        def f(rec, ctx):
            try: work(ctx)
            except (ValueError, Failed) as error: rec.call(error.label, state_id=error.key)
        def g(rec, ctx):
            try: raise Other(f"{ctx}", ctx.state_id)
            except Other as error: rec.call(error.label, state_id=error.key)
            except ValueError as error: rec.call(str(error), state_id=error.key)
        """)


class TestDeletions:
    @pytest.mark.parametrize("deleted", ["ids[0]", "ids[-3]", "ids[:1]", "ids[0:1]"])
    def test_of_items(self, deleted: str) -> None:
        check(f"""
        def f(rec, ctx):
            ids = [f"{{ctx}}", ctx.state_id, "x"]
            del {deleted}
            rec.call(state_id=ids[0])
        def g(rec, ctx):
            ids = ["x", f"{{ctx}}", ctx.state_id]  # +
            del {deleted}
            rec.call(state_id=ids[0])
        """)

    def test_of_items_that_are_not_known(self) -> None:
        check("""
        def f(rec, ctx, ids, by_name):
            ids = ["x", f"{ctx}", "y"]  # +
            del ids[ctx.n]
            rec.call(state_id=ids[0])
            by_name[ctx.name] = f"{ctx}"  # +
            del by_name[ctx.other]
            rec.call(state_id=by_name[ctx.name])
            rows = ["x", f"{ctx}"]  # +
            del rows[ctx.n:]
            rec.call(state_id=rows[0])
            del ctx.rows[0], ctx.rows[:]
        """)

    def test_of_entries(self) -> None:
        check("""
        def f(rec, ctx):
            d = {"label": f"{ctx}", "key": ctx.state_id, 1: f"{ctx}"}
            del d["label"], d[1]
            for key in d.values(): rec.call(state_id=key)
            e = {"key": f"{ctx}", 1: f"{ctx}"}  # +
            if ctx.x:
                del e["key"]
            del e[1]
            rec.call(state_id=e["key"])
        """)

    def test_of_everything(self) -> None:
        check("""
        def f(rec, ctx, rows):
            ids = [f"{row}" for row in rows]
            del ids[:]
            for key in ids: rec.call(state_id=key)
        """)


class TestSlicesAssigned:
    def test_places_are_known(self) -> None:
        check("""
        def f(rec, ctx):
            ids = ["a", "b", f"{ctx}"]
            ids[1:] = [ctx.state_id]
            for key in ids: rec.call(state_id=key)
            ids[:1] = ["x", f"{ctx}"]  # +
            rec.call(ids[0], state_id=ids[1])
            ids = ["a", f"{ctx}"]  # +
            ids[:1] = ["x", "y"]
            rec.call(ids[1], state_id=ids[2])
        """)

    def test_places_are_not_known(self) -> None:
        check("""
        def f(rec, ctx, rows):
            ids = ["a", f"{ctx}"]  # +
            ids[ctx.n:] = rows
            rec.call(state_id=ids[0])
            keys = ["a"]
            keys[1:] = [f"{row}" for row in rows]  # +
            rec.call(state_id=keys[4])
            names = ["a", "b"]
            names[::2] = [f"{ctx}", "c"]  # +
            rec.call(state_id=names[0])
        """)

    def test_a_collection_of_ids(self) -> None:
        check("""
        def f(ctx, state_ids, labels):
            state_ids[:] = [f"{ctx}"]  # +
            labels[:] = [f"{ctx}"]
        """)


class TestFinally:
    def test_that_returns_has_the_last_word(self) -> None:
        check("""
        def pick(ctx):
            try:
                return f"{ctx}"
            finally:
                return ctx.state_id
        def earlier(ctx):
            if ctx.x:
                return f"{ctx}"  # +
            try:
                return f"{ctx.x}"
            finally:
                return ctx.state_id
        def own(ctx):
            try:
                return ctx.state_id
            finally:
                return f"{ctx}"  # +
        def f(rec, ctx):
            rec.call(state_id=pick(ctx))
            rec.call(state_id=earlier(ctx))
            rec.call(state_id=own(ctx))
        """)

    def test_that_returns_at_times(self) -> None:
        check("""
        def pick(ctx):
            try:
                return f"{ctx}"  # +
            finally:
                if ctx.x:
                    return ctx.state_id
        def other(ctx):
            try:
                return f"{ctx}"  # +
            finally:
                print(ctx)
        def f(rec, ctx):
            rec.call(state_id=pick(ctx))
            rec.call(state_id=other(ctx))
        """)


class TestListsAdded:
    def test_places_are_known(self) -> None:
        check("""
        def f(rec, ctx):
            ids = [ctx.state_id]
            same = ids
            ids += [f"{ctx}"]  # +
            rec.call(ids[0], state_id=same[1])
            names = ["a"]
            names += [f"{ctx}"]
            rec.call(state_id=names[0])
            pair = both = ("a",)
            both += (f"{ctx}",)
            rec.call(both[1], state_id=pair[-1])
            both += (f"{ctx}",)  # +
            rec.call(state_id=both[2])
            state_ids = []
            state_ids += [f"{ctx}"]  # +
        """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_aliases_and_type_parameters() -> None:
    check("""
    type Id = str
    def f[T](rec, ctx: T):
        rec.call(state_id=f"{ctx}")  # +
    class C[T]:
        def send(self, key: T): Client(state_id=key)
    def g(c: C[int], x): c.send(f"{x}")  # +
    """)


LOOPS_LEFT = {
    "while true break": """
        def f(ctx, rec):
            key = f"{ctx.state_id}_r"
            while True:
                key = ctx.state_id
                if work():
                    break
            rec.record(state_id=key)
    """,
    "while true break hit": """
        def f(ctx, rec):
            key = ctx.state_id
            while True:
                if work():
                    break
                key = f"{ctx.state_id}_r"  # +
            rec.record(state_id=key)
    """,
    "for left by break": """
        def f(ctx, rec, rows):
            key = ctx.state_id
            for row in rows:
                if row:
                    break
                key = f"{ctx.state_id}_{row}"  # +
            else:
                key = ctx.state_id
            rec.record(state_id=key)
    """,
    "endless, left by an exception": """
        def f(ctx, rec, rows):
            key = ctx.state_id
            try:
                while True:
                    work(rows)
                    key = f"{ctx.state_id}_{rows}"  # +
            except StopIteration:
                rec.record(state_id=key)
    """,
    "endless, sets a global": """
        KEY = None
        def f(ctx, src):
            global KEY
            KEY = ctx.state_id
            while True:
                if src.get():
                    return
                KEY = f"{ctx.state_id}_x"  # +
        def use(rec):
            rec.record(state_id=KEY)
    """,
    "for left by break, clean": """
        def f(ctx, rec, rows):
            key = ctx.state_id
            for row in rows:
                key = ctx.state_id
                if row:
                    break
                key = f"{ctx.state_id}_{row}"
            else:
                key = ctx.state_id
            rec.record(state_id=key)
    """,
    "endless, left by an exception, clean": """
        def f(ctx, rec, rows):
            key = ctx.state_id
            try:
                while True:
                    key = ctx.state_id
                    work(rows)
                    key = f"{ctx.state_id}_{rows}"
            except StopIteration:
                rec.record(state_id=key)
    """,
    "endless, sets a global, clean": """
        KEY = None
        def f(ctx, src):
            global KEY
            KEY = f"{ctx.state_id}_x"
            while True:
                KEY = ctx.state_id
                if src.get():
                    return
        def use(rec):
            rec.record(state_id=KEY)
    """,
}


@pytest.mark.parametrize("text", LOOPS_LEFT.values(), ids=LOOPS_LEFT)
def test_loops_that_are_left_early(text: str) -> None:
    check(text)


DELETED = {
    "del attribute": """
        class A:
            k = None
        def f(ctx, rec):
            a = A()
            a.k = f"{ctx.state_id}_r"
            del a.k
            rec.record(state_id=a.k)
    """,
    "another attribute of the object": """
        class A:
            k = None
        def f(ctx, rec):
            a = A()
            a.k = f"{ctx.state_id}_r"  # +
            a.j = 1
            del a.j
            rec.record(state_id=a.k)
    """,
}


@pytest.mark.parametrize("text", DELETED.values(), ids=DELETED)
def test_deleted_attributes(text: str) -> None:
    check(text)


CLASS_BODIES = {
    "a default of attrs": """
        @attrs.define
        class Job:
            parent: str
            state_id: str = attrs.field()
            sid: str = attrs.field()
            label: str = attrs.field()
            @state_id.default
            def _own(self): return f"{self.parent}_row"  # +
            @sid.default
            def _sid(self): return f"{self.parent}_sid"  # +
            @label.default
            def _label(self): return f"{self.parent}_row"
            @state_id.validator
            def _check(self, attribute, value): return f"{value}"
            def run(self, rec): rec.call(state_id=self.sid, label=self.label)
    """,
    "a descriptor": """
        class Built:
            def __get__(self, obj, owner=None): return f"{obj.parent}_row"  # +
        class Named:
            def __get__(self, obj, owner=None): return obj.parent
        class Label:
            def __get__(self, obj, owner=None): return f"{obj.parent}_row"
        class Job:
            state_id = Built()
            row_state_id = Named()
            label = Label()
    """,
    "a keyword of a class": """
        class Base:
            def __init_subclass__(cls, *, sid="", label="", **more):
                super().__init_subclass__(**more)
                cls.state_id = sid
                cls.label = label
        class Harmful(Base, sid=f"{__name__}_row"): pass  # +
        class Harmless(Base, label=f"{__name__}_row", sid=SID): pass
        class Other(object, sid=f"{__name__}_row"): pass
    """,
}


@pytest.mark.parametrize("text", CLASS_BODIES.values(), ids=CLASS_BODIES)
def test_class_bodies(text: str) -> None:
    check(text)
