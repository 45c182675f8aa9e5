"""Ids that a minting call has registered: legitimate from then on, and only then."""

from __future__ import annotations

import pytest

from tests.analysis.running import check


class TestLoops:
    def test_kept_in_a_container_in_each_round(self) -> None:
        check("""
        def f(rec, ctx, rows, ids):
            state_ids, made, by_row = [], [], {}
            for row in rows:
                sid = f"{ctx}_{row}"
                rec.begin_node_state(state_id=sid)
                state_ids.append(sid)
                made.append(sid)
                by_row[row.key] = sid
                ids[row.key] = sid
            for row, sid in zip(rows, state_ids):
                rec.call(row, state_id=sid)
            rec.call(state_id=made[0])
            rec.call(state_id=by_row[row.key])
            rec.call(state_id=ids[row.key])
        """)

    def test_kept_on_one_path_and_registered_on_another(self) -> None:
        check("""
        def f(rec, ctx, rows):
            made = []
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                if row: rec.begin_node_state(state_id=sid)
                made.append(sid)
            for sid in made: rec.call(state_id=sid)
        def g(rec, ctx, rows):
            made = []
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                made.append(sid)
                if row: continue
                rec.begin_node_state(state_id=sid)
            for sid in made: rec.call(state_id=sid)
        def h(rec, ctx, rows):
            made = []
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                try: rec.open(row)
                except OSError: rec.begin_node_state(state_id=sid)
                made.append(sid)
            for sid in made: rec.call(state_id=sid)
        """)

    def test_used_before_it_is_registered(self) -> None:
        check("""
        def f(rec, ctx, rows):
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                rec.call(state_id=sid)
                rec.begin_node_state(state_id=sid)
        def g(rec, ctx, rows):
            state_ids = []
            for row in rows:
                sid = f"{ctx}_{row}"
                rec.begin_node_state(state_id=sid)
                state_ids.append(sid)
                late = f"{ctx}_{row}_b"  # +
                state_ids.append(late)
                rec.call(state_id=state_ids[-1])
                rec.begin_node_state(state_id=late)
        """)

    def test_a_fresh_string_of_the_next_round(self) -> None:
        check("""
        def f(rec, ctx, rows):
            sid = None
            for row in rows:
                if sid: rec.call(row, state_id=sid)
                sid = f"{ctx}_{row}"
                rec.begin_node_state(state_id=sid)
            rec.call(state_id=sid)
        def g(rec, ctx, rows):
            sid = f"{ctx}_first"
            rec.begin_node_state(state_id=sid)
            while ctx.more():
                rec.call(state_id=sid)
                sid = f"{ctx}_next"  # +
        def h(rec, ctx, rows):
            make = lambda: f"{ctx}"  # +
            one = make()
            rec.begin_node_state(state_id=one)
            two = make()
            rec.call(state_id=two)
        """)

    def test_only_the_last_of_those_kept(self) -> None:
        check("""
        def f(rec, ctx, rows):
            made = []
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                made.append(sid)
            rec.begin_node_state(state_id=sid)
            for sid in made: rec.call(state_id=sid)
        def g(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]  # +
            rec.begin_node_state(state_id=made[0])
            for sid in made: rec.call(state_id=sid)
        def h(rec, ctx, rows):
            for row in rows:
                row.state_id = f"{ctx}_{row}"  # +
            rec.begin_node_state(state_id=row.state_id)
        """)

    def test_one_of_several(self) -> None:
        check("""
        def make(ctx): return f"{ctx}_x"
        def f(rec, ctx):
            one, two = make(ctx), make(ctx)
            one, two = make(ctx), make(ctx)
            rec.begin_node_state(state_id=one)
            rec.begin_node_state(state_id=two)
            rec.call(state_id=one)
            rec.call(state_id=two)
        def other(ctx): return f"{ctx}_y"  # +
        def g(rec, ctx):
            one = other(ctx)
            two = other(ctx)
            rec.begin_node_state(state_id=one)
            rec.call(state_id=one)
            rec.call(state_id=two)
        """)

    def test_all_registered_one_by_one(self) -> None:
        check("""
        def f(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]
            for sid in made: rec.begin_node_state(state_id=sid)
            for row, sid in zip(rows, made): rec.call(row, state_id=sid)
        def g(rec, ctx, rows):
            state_ids = []
            for row in rows: state_ids.append(f"{ctx}_{row}")
            for row, sid in zip(rows, state_ids):
                rec.begin_node_state(state_id=sid)
                rec.call(row, state_id=sid)
            else:
                rec.call(state_id=state_ids[0])
            return [rec.call(state_id=sid) for sid in state_ids]
        def h(rec, ctx, rows):
            by_row = {row: f"{ctx}_{row}" for row in rows}
            for row, sid in by_row.items():
                if not row:
                    rec.begin_node_state(state_id=sid)
                    continue
                rec.begin_node_state(state_id=sid)
            rec.call(state_id=by_row[rows[0]])
        def i(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]
            [rec.begin_node_state(state_id=sid) for sid in made]
            for sid in made: rec.call(state_id=sid)
        def all_of(rec, ids):
            for one in ids: rec.begin_node_state(state_id=one)
        def j(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]
            all_of(rec, made)
            for sid in made: rec.call(state_id=sid)
        def k(rec, ctx, rows):
            children = [Child(f"{ctx}_{row}") for row in rows]
            for child in children: rec.begin_node_state(state_id=child.key)
            for child in children: rec.call(state_id=child.key)
        class Child:
            def __init__(self, key): self.key = key
        """)

    @pytest.mark.parametrize(
        "loop",
        [
            "for sid in made:\n  if ctx.x: rec.begin_node_state(state_id=sid)",
            "for sid in made:\n  if ctx.x: continue\n  rec.begin_node_state(state_id=sid)",
            "for sid in made:\n  rec.begin_node_state(state_id=sid)\n  break",
            "for sid in made:\n  rec.begin_node_state(state_id=sid)\n  if ctx.x: break",
            "for sid in made:\n  try: ctx.x()\n  except E: rec.begin_node_state(state_id=sid)",
            "for sid in made:\n  rec.call(state_id=sid)\n  rec.begin_node_state(state_id=sid)",
            "for sid in made[1:]: rec.begin_node_state(state_id=sid)",
            "for sid in islice(made, 1): rec.begin_node_state(state_id=sid)",
            "for sid in (s for s in made if ctx.x): rec.begin_node_state(state_id=sid)",
            "for sid in made: rec.begin_node_state(state_id=made[0])\nrec.call(state_id=made[1])",
            "[rec.begin_node_state(state_id=sid) for sid in made if sid]",
            "[rec.begin_node_state(state_id=sid) for sid in made[1:]]",
            "[ctx.x and rec.begin_node_state(state_id=sid) for sid in made]",
            "for sid in made: rec.begin_node_state(state_id=made)if ctx.x else 0",
        ],
    )
    def test_not_all_registered(self, loop: str) -> None:
        body = loop.replace("\n", "\n    ")
        check(f"""
from itertools import islice
def f(rec, ctx, rows):
    made = [f"{{ctx}}_{{row}}" for row in rows]  # +
    {body}
    for sid in made: rec.call(state_id=sid)
""")

    def test_registered_in_a_loop_that_is_left(self) -> None:
        check("""
        class Plugin:
            def f(self, rec, ctx, rows):
                self.ids = [f"{ctx}_{row}" for row in rows]  # +
                for sid in self.ids:
                    rec.begin_node_state(state_id=sid)
                    return
            def use(self, rec):
                for sid in self.ids: rec.call(state_id=sid)
        """)

    def test_some_of_those_gone_through_in_a_comprehension(self) -> None:
        check("""
        def f(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]  # +
            [rec.begin_node_state(state_id=sid) for sid in made[1:]]
            rec.call(state_id=made[0])
        """)

    def test_one_of_the_objects_that_hold_them(self) -> None:
        check("""
        class Child:
            def __init__(self, key): self.key = key
        def f(rec, ctx, rows, number):
            children = [Child(f"{ctx}_{row}") for row in rows]  # +
            rec.begin_node_state(state_id=children[number].key)
            for child in children: rec.call(state_id=child.key)
        """)

    def test_by_helpers(self) -> None:
        check("""
        def make(ctx): return f"{ctx}_x"
        def begin(rec, key): rec.begin_node_state(state_id=key)
        def send(rec, key): rec.call(state_id=key)
        def f(rec, ctx):
            one = make(ctx)
            two = make(ctx)
            begin(rec, one)
            begin(rec, two)
            rec.call(state_id=one)
            rec.call(state_id=two)
        def g(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]
            for key in made:
                rec.begin_node_state(state_id=key)
                send(rec, key)
        def first(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]
            for key in made:
                rec.begin_node_state(state_id=key)
                if ctx.x: return key
        def h(rec, ctx, rows): rec.call(state_id=first(rec, ctx, rows))
        def all_of(rec, pool, keys): pool.map(rec.begin_node_state, keys)
        def i(rec, ctx, rows, pool):
            made = [f"{ctx}_{row}" for row in rows]
            all_of(rec, pool, made)
            for key in made: rec.call(state_id=key)
        def j(rec, ctx, rows):
            made = [f"{ctx}_{row}" for row in rows]
            same = made
            rec.begin_node_state(made)
            for key in same: rec.call(state_id=key)
        """)

    def test_a_helper_that_registers_its_own(self) -> None:
        check("""
        def make(ctx): return f"{ctx}"  # +
        def other(rec, ctx):
            key = make(ctx)
            rec.begin_node_state(state_id=key)
        def f(rec, ctx):
            key = make(ctx)
            other(rec, ctx)
            rec.call(state_id=key)
        """)

    def test_one_of_those_mapped(self) -> None:
        check("""
        import itertools
        def f(rec, ctx, rows):
            made = list(map(lambda row: f"{ctx}_{row}", rows))  # +
            rec.begin_node_state(state_id=made[0])
            for sid in made: rec.call(state_id=sid)
        def g(rec, ctx, rows):
            made = list(itertools.starmap(lambda *row: f"{ctx}_{row}", rows))  # +
            rec.begin_node_state(state_id=made[0])
            for sid in made: rec.call(state_id=sid)
        def h(rec, ctx, rows):
            made = list(map(lambda row: f"{ctx}_{row}", rows))
            for sid in made: rec.begin_node_state(state_id=sid)
            for sid in made: rec.call(state_id=sid)
        """)

    def test_found_while_it_is_looked_for(self) -> None:
        check("""
        def f(rec, ctx, rows):
            ids = {}
            for row in rows:
                if row not in ids:
                    sid = f"{ctx}"
                    rec.begin_node_state(state_id=sid)
                    ids[row] = sid
                rec.call(state_id=ids[row])
        class Plugin:
            def sid_for(self, ctx, row):
                if row not in self.sids:
                    sid = f"{ctx}_{row}"
                    self.rec.begin_node_state(state_id=sid)
                    self.sids[row] = sid
                return self.sids[row]
            def call(self, ctx, row):
                self.rec.call(state_id=self.sid_for(ctx, row))
        """)

    def test_those_kept_elsewhere(self) -> None:
        check("""
        def f(rec, ctx, rows):
            some, others = [], []
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                if row: some.append(sid)
                else: others.append(sid)
            for sid in some: rec.begin_node_state(state_id=sid)
            for sid in others: rec.call(state_id=sid)
        def g(rec, ctx, rows):
            some = []
            for row in rows:
                last = f"{ctx}_{row}"  # +
                if row: some.append(last)
            for sid in some: rec.begin_node_state(state_id=sid)
            rec.call(state_id=last)
        def h(rec, ctx, rows):
            some = []
            for row in rows:
                last = f"{ctx}_{row}"
                some.append(last)
            for sid in some: rec.begin_node_state(state_id=sid)
            for sid in some: rec.call(state_id=sid)
        """)


class TestHandedOn:
    def test_by_its_method_to_others(self) -> None:
        check("""
        class Plugin:
            def begin(self, ctx):
                sid = f"{ctx}"
                self.rec.begin_node_state(state_id=sid)
                self._sid = sid
            def later(self, ctx):
                self._late = f"{ctx}"  # +
                if ctx.x: self.rec.begin_node_state(state_id=self._late)
            def call(self):
                self.rec.call(state_id=self._sid)
                self.rec.call(state_id=self._late)
        """)

    def test_by_a_helper_that_made_it(self) -> None:
        check("""
        class Plugin:
            def child(self, ctx):
                sid = f"{ctx}_x"
                self.rec.begin_node_state(state_id=sid)
                return sid
            def children(self, ctx):
                for row in ctx:
                    sid = f"{ctx}_y"
                    self.rec.begin_node_state(state_id=sid)
                    yield sid
            def all_children(self, ctx):
                sid = f"{ctx}_v"
                self.rec.begin_node_state(state_id=sid)
                yield from [sid]
            def at_times(self, ctx):
                sid = f"{ctx}_z"  # +
                if ctx.quick: return sid
                self.rec.begin_node_state(state_id=sid)
                return sid
            def made(self, ctx): return f"{ctx}_w"  # +
            def by_another(self, ctx):
                if ctx.quick: return self.made(ctx)
                sid = self.made(ctx)
                self.rec.begin_node_state(state_id=sid)
                return sid
            def begin(self, ctx):
                self._sid = self.child(ctx)
                self._ids.append(self.child(ctx))
                self._more = list(self.children(ctx))
                self._all = list(self.all_children(ctx))
                self._some = self.at_times(ctx)
                self._other = self.by_another(ctx)
            def call(self):
                self.rec.call(state_id=self._sid)
                self.rec.call(state_id=self._ids[0])
                self.rec.call(state_id=self._more[0])
                self.rec.call(state_id=self._all[0])
                self.rec.call(state_id=self._some)
                self.rec.call(state_id=self._other)
        """)

    def test_set_on_a_class(self) -> None:
        check("""
        class Plugin:
            def begin(self, ctx):
                key, late = f"{ctx}_a", f"{ctx}_b"  # +
                self.rec.begin_node_state(state_id=key)
                Plugin.key = key
                Plugin.late = late
            def call(self):
                self.rec.call(state_id=self.key)
                self.rec.call(state_id=self.late)
        """)

    def test_given_back_by_a_lambda(self) -> None:
        check("""
        def f(rec, ctx):
            begun = lambda sid: (rec.begin_node_state(state_id=sid), sid)[1]
            rec.call(state_id=begun(f"{ctx}_a"))
            made = lambda: (sid := f"{ctx}_b", rec.begin_node_state(state_id=sid), sid)[2]
            rec.call(state_id=made())
            late = lambda: f"{ctx}_c"  # +
            rec.call(state_id=late())
        """)

    def test_registered_in_a_finally(self) -> None:
        check("""
        def f(rec, ctx, row):
            try:
                row.state_id = f"{ctx}"
                return 1
            finally:
                rec.begin_node_state(state_id=row.state_id)
        def g(rec, ctx, row):
            try:
                row.state_id = f"{ctx}"  # +
                return 1
            finally:
                if ctx.quick:
                    rec.begin_node_state(state_id=row.state_id)
        """)

    @pytest.mark.parametrize("end", ["", "sys.exit(0)"])
    def test_at_times_before_the_module_ends(self, end: str) -> None:
        check(f"""
import sys
run.state_id = f"{{name}}"  # +
if name:
    rec.begin_node_state(state_id=run.state_id)
{end}
""")

    def test_globals_and_class_bodies(self) -> None:
        check("""
        KEY = f"{rec}"
        rec.begin_node_state(state_id=KEY)
        LATE = f"{rec}"  # +
        class Plugin:
            key = f"{rec}"
            rec.begin_node_state(state_id=key)
            late = f"{rec}"  # +
            def call(self):
                rec.call(state_id=KEY)
                rec.call(state_id=LATE)
                rec.call(state_id=self.key)
                rec.call(state_id=self.late)
        """)


class TestStoredUnderAName:
    @pytest.mark.parametrize(
        ("store", "read"),
        [
            ("self._state_id = f'{ctx}'", "self._state_id"),
            ("row.state_id = f'{ctx}'", "row.state_id"),
            ("row['state_id'] = f'{ctx}'", "row['state_id']"),
            ("row = {'state_id': f'{ctx}', 'token': 1}", "row['state_id']"),
            ("row.setdefault('state_id', f'{ctx}')", "row['state_id']"),
            ("setattr(row, 'state_id', f'{ctx}')", "row.state_id"),
            ("row = Child(ctx, f'{ctx}')", "row.state_id"),
            ("row = Child(*[ctx, f'{ctx}'])", "row.state_id"),
            ("state_ids = []; state_ids.append(f'{ctx}')", "state_ids[0]"),
            ("row.state_ids = [f'{ctx}']", "row.state_ids[0]"),
        ],
    )
    def test_and_registered(self, store: str, read: str) -> None:
        head = """
from dataclasses import dataclass
@dataclass
class Child:
    row: dict
    state_id: str
class Plugin:
    def f(self, rec, ctx, row):
"""
        begin = f"rec.begin_node_state(state_id={read})"
        use = f"rec.call(state_id={read})"
        for lines, alarm in (
            ([store, begin, use], False),
            ([store, begin], False),
            ([store, use, begin], True),
            ([store, f"if ctx.x: {begin}"], True),
            ([store, f"if ctx.x: {begin}", use], True),
            ([store, "if ctx.x: return", begin], True),
            ([store, "if ctx.x: raise ValueError", begin], False),
            ([store, "yield", begin], True),
            ([store, f"try: {begin}", "except OSError: pass"], True),
            ([store, f"try: {begin}", "except OSError: raise"], False),
            ([store, "try: rec.open()", f"except OSError: {begin}"], True),
            ([f"while True: {store}", f"if 0: {begin}"], True),
            ([begin, store], True),
        ):
            marked = [line + "  # +" if alarm and store in line else line for line in lines]
            check(head + "".join(f"        {line}\n" for line in marked))

    def test_keywords(self) -> None:
        check("""
        def f(rec, ctx):
            params = {"state_id": f"{ctx}", "token": ctx.token}
            rec.begin_node_state(**params)
            rec.call(state_id=params["state_id"])
        def g(rec, ctx):
            params = {"state_id": f"{ctx}", "token": ctx.token}  # +
            rec.call(**params)
            rec.begin_node_state(**params)
        """)

    def test_handed_to_others_before(self) -> None:
        check("""
        def f(rec, ctx, row):
            row["state_id"] = f"{ctx}"  # +
            rec.emit(row)
            rec.begin_node_state(state_id=row["state_id"])
        def g(rec, ctx, row):
            row.state_id = f"{ctx}"  # +
            row.save()
            rec.begin_node_state(state_id=row.state_id)
        class Client:
            def __init__(self, state_id): self.state_id = state_id
        def h(rec, ctx):
            key = f"{ctx}"  # +
            client = Client(state_id=key)
            rec.begin_node_state(state_id=key)
        def tag(row, ctx): row["state_id"] = f"{ctx}"  # +
        def i(rec, ctx, row):
            tag(row, ctx)
            rec.begin_node_state(state_id=row["state_id"])
        """)

    def test_raised(self) -> None:
        check("""
        class Refused(Exception):
            def __init__(self, row): self.row = row
        def f(rec, ctx, row):
            row.state_id = f"{ctx}"  # +
            if ctx.x: raise Refused(row)
            rec.begin_node_state(state_id=row.state_id)
        def g(rec, ctx, row):
            row.state_id = f"{ctx}"
            if ctx.x: raise Refused(ctx)
            rec.begin_node_state(state_id=row.state_id)
        def h(rec, ctx, row):
            row.state_id = f"{ctx}"  # +
            if ctx.x: rec.begin_node_state(state_id=row.state_id)
            raise Refused(ctx)
        """)

    def test_rounds_that_never_end(self) -> None:
        check("""
        def f(rec, ctx, row):
            while True:
                row.state_id = f"{ctx}"  # +
                if ctx.x: rec.begin_node_state(state_id=row.state_id)
        def g(rec, ctx, row):
            while True:
                row.state_id = f"{ctx}"
                rec.begin_node_state(state_id=row.state_id)
        """)

    def test_set_in_one_method_and_used_in_another(self) -> None:
        check("""
        class Plugin:
            def begin(self, ctx):
                self._sid = f"{ctx}"
                self.rec.begin_node_state(state_id=self._sid)
                self.state_id = f"{ctx}"
                self.rec.begin_node_state(state_id=self.state_id)
            def call(self):
                self.rec.call(state_id=self._sid)
                self.rec.call(state_id=self.state_id)
        """)


class TestCallsHandedOn:
    @pytest.mark.parametrize(
        "call",
        [
            "await asyncio.to_thread(rec.begin_node_state, state_id=sid)",
            "pool.submit(rec.begin_node_state, state_id=sid).result()",
            "await loop.run_in_executor(None, rec.begin_node_state, sid)",
            "partial(rec.begin_node_state, state_id=sid)()",
            "functools.partial(rec.begin_node_state, sid)(ctx)",
            "begin = partial(rec.begin_node_state, state_id=sid); begin()",
            "await loop.run_in_executor(None, partial(rec.begin_node_state, state_id=sid))",
            "await asyncio.to_thread(partial(rec.begin_node_state, state_id=sid))",
            "await asyncio.to_thread(lambda: rec.begin_node_state(state_id=sid))",
            "pool.map(rec.begin_node_state, [sid])",
            "pool.map_async(rec.begin_node_state, [sid]).get()",
            "pool.starmap(rec.begin_node_state, [(sid, ctx)])",
            "pool.starmap_async(rec.begin_node_state, [(sid, row) for row in ctx.rows])",
            "pool.apply(rec.begin_node_state, (sid,))",
            "pool.apply_async(rec.begin_node_state, (), {'state_id': sid})",
            "tg.start_soon(rec.begin_node_state, sid)",
            "loop.call_later(0, rec.begin_node_state, sid)",
            "ctx.run(rec.begin_node_state, sid)",
        ],
    )
    def test_registers(self, call: str) -> None:
        head = "import asyncio, functools\nfrom functools import partial\n"
        for lines, mark in (
            ([call, "rec.call(state_id=sid)"], ""),
            (["rec.call(state_id=sid)", call], "  # +"),
            (["if ctx.x:", "    " + call, "rec.call(state_id=sid)"], "  # +"),
        ):
            body = [f"sid = f'{{ctx}}'{mark}", *lines]
            check(
                f"{head}async def f(rec, ctx, pool, loop, tg):\n"
                + "".join(f"    {line}\n" for line in body)
            )

    @pytest.mark.parametrize(
        "call",
        [
            "partial(rec.begin_node_state, state_id=sid)",
            "pool.submit(rec.begin, rec.begin_node_state, state_id=ctx.state_id)",
            "ctx.later(rec.begin_node_state)",
            "stack.callback(rec.begin_node_state, sid)",
            "loop.call_later(0, rec.begin, rec.begin_node_state)",
            "map(rec.begin_node_state, [sid])",
            "pool.submit(rec.begin_node_state(), sid)",
        ],
    )
    def test_does_not(self, call: str) -> None:
        check(f"""
        from functools import partial
        def f(rec, ctx, pool, loop, stack):
            sid = f"{{ctx}}"  # +
            {call}
            rec.call(state_id=sid)
        """)


class TestOtherNames:
    """A minting function that is kept, imported or wrapped, and called by another name."""

    @pytest.mark.parametrize(
        "code",
        [
            "def f(rec, ctx):\n    begin = rec.begin_node_state\n    begin(sid)",
            "def f(rec, ctx, pool):\n    begin = rec.begin_node_state\n"
            "    pool.submit(begin, sid)",
            "from app import begin_node_state as begin\ndef f(rec, ctx):\n    begin(sid)",
            "class P:\n    def __init__(self, rec): self.begin = rec.begin_node_state\n"
            "    def f(self, rec, ctx):\n        self.begin(sid)",
            "def begin(rec, *args, **more): rec.begin_node_state(*args, **more)\n"
            "def f(rec, ctx):\n    begin(rec, sid)",
            "def begin(rec, *args, **more): rec.begin_node_state(*args, **more)\n"
            "def f(rec, ctx):\n    begin(rec, node=1, state_id=sid)",
        ],
    )
    def test_it_registers(self, code: str) -> None:
        *head, last = code.split("\n")
        indent = last[: len(last) - len(last.lstrip())]
        at = next(row for row, line in enumerate(head) if "def f" in line) + 1
        for lines, mark in (
            ([last, f"{indent}rec.call(state_id=sid)"], ""),
            ([f"{indent}rec.call(state_id=sid)", last], "  # +"),
            ([f"{indent}if ctx.x: {last.strip()}", f"{indent}rec.call(state_id=sid)"], "  # +"),
            ([last.replace("sid)", "ctx)"), f"{indent}rec.call(state_id=sid)"], "  # +"),
        ):
            made = f"{indent}sid = f'{{ctx}}'{mark}"
            check("\n".join([*head[:at], made, *head[at:], *lines]))

    def test_one_of_several(self) -> None:
        check("""
        def f(rec, ctx):
            begin = rec.begin_node_state if ctx.x else print
            sid = f"{ctx}"  # +
            begin(sid)
            rec.call(state_id=sid)
        """)
