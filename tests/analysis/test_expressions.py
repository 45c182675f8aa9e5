"""What an expression may be, and what evaluating it does."""

from __future__ import annotations

import sys

import pytest

from tests.analysis.running import check


class TestOperators:
    @pytest.mark.parametrize(
        "expression",
        [
            "a - b + c",
            "-a + b",
            "not a + 1",
            "a ** b + c",
            "a // b + c",
            "(a << 2) + b",
            "a * 2.0 * 3 - 1 + b",
            "1 * 2 + a",
            "a & 1 + 1",
            "1 / a + b",
            "a[0] + [b]",
            "b'x' + a",
            "(a > b) + c",
            "len(a) * 2 + b",
            "[a] * 2 + b",
            "(a, b) + c",
            "a % 2 + b",
            "a * 2 + b",
            "a * b + c",
            "a / b + c",
            "a @ b + c",
            "(a or 1) + b",
            "(a or b.c or 0) + c",
            "(a if a is not None else 0) + b",
            "(0 if a.b is None else a.b) + c",
            "min(a, 1) + b",
            "max(a, b, len(c)) + c",
            "pow(a, 2) + b",
            "divmod(a, b)[0] + c",
            "math.floor(a) + b",
            "floor(a) + b",
        ],
    )
    def test_sums_that_are_no_strings(self, expression: str) -> None:
        imports = "import math; from math import floor\n"
        check(f"{imports}def f(rec, a, b, c): rec.call(state_id={expression})")

    @pytest.mark.parametrize(
        "expression",
        [
            "a + b",
            "'-' * 20 + a",
            "'-' * a + b",
            "a + b * '-'",
            "(a | b) + c",
            "a[1:] + b",
            "(a or b) + c",
            "(a and 1) + b",
            "(b if a else 1) + c",
            "(a if a else b) + c",
            "a.b + c",
            "(yield) + a",
            "min(a, b) + c",
        ],
    )
    def test_sums_that_may_be_strings(self, expression: str) -> None:
        check(f"def f(rec, a, b, c): rec.call(state_id={expression})  # +")

    def test_the_later_of_two_mappings_wins_where_it_has_the_key(self) -> None:
        check("""
        def f(rec, ctx, more):
            a = {"key": f"{ctx}"} | {"key": ctx.state_id}
            b = {"key": f"{ctx}"} | {"other": ctx.state_id}  # +
            c = {"key": f"{ctx}"} | more  # +
            d = {"key": f"{ctx}", **{"key": ctx.state_id}}
            e = {"key": f"{ctx}", **{"other": 1}, **more}  # +
            for each in (a, b, c, d, e): rec.call(state_id=each["key"])
            g = {"key": ctx.state_id} | {"key": f"{ctx}"}  # +
            h = {"key": ctx.state_id, **{"key": f"{ctx}"}}  # +
            rec.call(g["key"], state_id=g["key"])
            rec.call(state_id=h["key"])
        """)

    def test_an_object_adds_as_its_class_says(self) -> None:
        check("""
        class Path:
            def __add__(self, other): return self
        class Name:
            def __add__(self, other): return f"{other}"  # +
        class Text(str): ...
        def f(rec, path: Path, name: Name, text: Text):
            rec.call(state_id=path + "x")
            rec.call(state_id=name + "x")
            rec.call(state_id=text + "x")  # +
        """)

    def test_a_string_of_a_class_of_its_own_is_added_as_strings_are(self) -> None:
        check("""
        class Id(str):
            def row(self, i): return Id(self + f"_{i}")  # +
            def same(self, i): return Id(self)
        class Kept(str):
            def __new__(cls, text, n=0): return super().__new__(cls, text)
            def row(self, i): return self + "_" + str(i)  # +
        class Fixed(str):
            def __add__(self, other): return Fixed(self)
            def row(self, i): return Fixed(self + f"_{i}")
        class Number(int): ...
        def f(rec, ctx, i):
            rec.call(state_id=Id(ctx.state_id).row(i))
            rec.call(state_id=Id(ctx.state_id).same(i))
            rec.call(state_id=Kept(ctx.state_id).row(i))
            rec.call(state_id=Fixed(ctx.state_id).row(i))
            rec.call(state_id=Id(ctx.state_id) + "_x")  # +
            rec.call(state_id=Number(i) + ctx.first)
        """)

    def test_what_may_be_an_object_or_a_string_is_added_as_either(self) -> None:
        check("""
        class Path:
            def __add__(self, other): return self
        class Name:
            def __add__(self, other): return f"{other}"  # +
        class Base:
            label: Path | str | None = None
        def f(rec, ctx, path: Path | str, name: Name | str, base: Base, none: Path | None):
            rec.call(state_id=path + "x")  # +
            rec.call(state_id=ctx.text + path)  # +
            rec.call(state_id=name + "x")  # +
            rec.call(state_id=base.label + "x")  # +
            rec.call(state_id=none + "x")
            rec.call(state_id=path + 1)
            rec.call(state_id=path + none)
        """)

    def test_what_sets_and_mappings_keep(self) -> None:
        check("""
        def f(rec, ctx, done):
            for key in {f"{ctx}"} - done: rec.call(state_id=key)  # +
            for key in {f"{ctx}"} & done: rec.call(state_id=key)  # +
            for key in done ^ {f"{ctx}"}: rec.call(state_id=key)  # +
            for key in done | {f"{ctx}"} | done: rec.call(state_id=key)  # +
            for key in {ctx.state_id} - {f"{ctx}"}: rec.call(state_id=key)
            rec.call(state_id=({"a": ctx} | {"a": f"{ctx}"})["a"])  # +
        """)

    def test_lists_added_hold_the_elements_of_both(self) -> None:
        check("""
        def f(rec, ctx):
            for key in [ctx.state_id] + [f"{ctx}"]: rec.call(state_id=key)  # +
            for key in [ctx.state_id] * 2: rec.call(state_id=key)
            for key in [f"{ctx}"] * 2: rec.call(state_id=key)  # +
            rec.call(state_id=[f"{ctx}"] + [1])
        """)

    def test_choices(self) -> None:
        check("""
        def f(rec, ctx):
            rec.call(state_id=f"{ctx}" or ctx.state_id)  # +
            rec.call(state_id=f"{ctx}" and ctx.state_id)
            rec.call(state_id=ctx and f"{ctx}")  # +
            rec.call(state_id=f"{ctx}" if ctx else ctx.state_id)  # +
            rec.call(state_id=f"{ctx}" if False else ctx.state_id)
            rec.call(state_id=ctx.state_id if True else f"{ctx}")
            ctx.ok and (late := f"{ctx}")  # +
            rec.call(state_id=late)
            rec.call(state_id=not f"{ctx}")
            rec.call(state_id=f"{ctx}" < ctx.b)
            ctx.a < rec.call(state_id=f"{ctx}")  # +
        """)


class TestStrings:
    def test_fields_are_evaluated_in_order(self) -> None:
        check("""
        def send(rec, key): rec.call(state_id=key)
        def f(rec, ctx):
            rec.log(f"{(key := f'{ctx}')}{send(rec, key)}")  # +
            rec.log(f"{ctx:{rec.call(state_id=f'{ctx}')}}")  # +
        """)

    def test_part_of_a_string(self) -> None:
        check("""
        def f(rec, ctx):
            key = f"{ctx}"  # +
            rec.call(state_id=key[ctx.a : ctx.b : 2])
            rec.call(state_id="abc"[1:])
        """)

    @pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
    def test_templates(self) -> None:
        check("""
        def f(rec, ctx):
            rec.call(
                state_id=t"{ctx}_{rec.call(  # +
                state_id=f'{ctx}')}",  # +
            )
        """)


class TestItems:
    def test_by_position(self) -> None:
        check("""
        def f(rec, ctx):
            keys = [ctx.state_id, f"{ctx}"]  # +
            rec.call(state_id=keys[0])
            rec.call(state_id=keys[-2])
            rec.call(state_id=keys[:1][0])
            rec.call(state_id=keys[::-1][1])
            rec.call(state_id=keys[::0])
            rec.call(state_id=keys[-1])
        """)

    @pytest.mark.parametrize(
        "item", ["[-1]", "[1:][0]", "[::-1][0]", "[ctx.n]", "[ctx.n:][0]", "[ctx.n:ctx.m][0]"]
    )
    def test_that_may_be_the_one_that_was_built(self, item: str) -> None:
        check(f"""
        def f(rec, ctx):
            keys = (ctx.state_id, f"{{ctx}}")  # +
            rec.call(state_id=keys{item})
        """)

    def test_by_name(self) -> None:
        check(
            """
        KEY = "key"
        def f(rec, ctx):
            row = {"key": f"{ctx}", "label": 1, **{"more": f"{ctx}"}}  # +
            rec.call(state_id=row["label"])
            rec.call(state_id=row[KEY])
            row["label"] = f"{ctx}"
            rec.call(state_id=row["more"])
            row[(name := "other")] = f"{ctx}"  # +
            rec.call(state_id=row[name])
        """.replace(
                '"key": f"{ctx}", "label": 1, **{"more": f"{ctx}"}}  # +',
                '"key": f"{ctx}",  # +\n            "label": 1, **{"more": f"{ctx}"}}  # +',
            )
        )

    def test_of_objects(self) -> None:
        check("""
        class Keys:
            def __getitem__(self, item): return f"{item}"  # +
        def f(rec, ctx, keys: Keys):
            rec.call(state_id=keys[0])
        """)

    def test_items_of_objects_that_are_set(self) -> None:
        check("""
        class Sent:
            def __setitem__(self, key, row): self.rec.call(state_id=key, row=row)
        def f(rec, ctx, sid):
            sent = Sent()
            sent[f"{ctx}_a"] = 1  # +
            sent[sid] = f"{ctx}_b"
        """)

    def test_display_of_many(self) -> None:
        names = ", ".join(f"ctx.a{number}" for number in range(70))
        check(f"""
        def f(rec, ctx):
            keys = [{names}, f"{{ctx}}"]  # +
            rec.call(state_id=keys[0])
        """)

    def test_displays_of_others(self) -> None:
        check("""
        def f(rec, ctx):
            keys = [*[ctx.state_id, f"{ctx}"]]  # +
            rec.call(state_id=keys[1])
            keys = [*[ctx.state_id, f"{ctx}"]]
            rec.call(state_id=keys[0])
            keys = (1, *(f"{row}" for row in ctx))  # +
            rec.call(state_id=keys[2])
            keys = {*ctx, f"{ctx}"}  # +
            for key in keys: rec.call(state_id=key)
            by_key = {f"{ctx}": ctx, ctx: f"{ctx}"}  # +
            for key in by_key: rec.call(state_id=key)
        """)

    def test_stored(self) -> None:
        check("""
        def f(rec, ctx, n):
            keys = [None, None]
            keys[0] = f"{ctx}"  # +
            rec.call(state_id=keys[0])
            keys[1:] = [f"{ctx}"]
            by_row = {}
            by_row[n] = f"{ctx}"  # +
            rec.call(state_id=by_row[1])
            by_row[f"{ctx}"] = 1  # +
            for key in by_row: rec.call(state_id=key)
            ctx.state_ids[n] = f"{ctx}"  # +
            ctx.get("state_ids")[n] = f"{ctx}"
            state_ids = {}
            state_ids[f"{ctx}"] = 1
            ctx.first.second["state_id"] = f"{ctx}"  # +
        """)

    def test_a_generic_class_is_that_class(self) -> None:
        check(
            """
            class Job(Generic[T]):
                def __init__(self, row, state_id): self.row = row
            class Table:
                def __class_getitem__(cls, key): return cls
            def go(ctx):
                Job[dict]({}, f"{ctx}_a")  # +
                Job[f"{ctx}_b"]({}, ctx.state_id)
                Table[f"{ctx}_c"]
            """
        )


class TestNumbersThatAreKept:
    def test_in_containers_and_counters(self) -> None:
        check("""
        import itertools
        from datetime import datetime
        NUMBERS = itertools.count(1)
        SIZES = {"a": 1}
        STEPS = [1, 2]
        RANGE = range(5)
        class Plugin:
            SHARED = itertools.count()
            def __init__(self):
                self.numbers = itertools.count()
                self.start = datetime.now()
            def f(self, rec, a):
                rec.call(state_id=next(NUMBERS) + a)
                rec.call(state_id=next(self.numbers) + a)
                rec.call(state_id=next(self.SHARED) + a)
                rec.call(state_id=SIZES["a"] + a)
                rec.call(state_id=STEPS[0] + a)
                rec.call(state_id=[step + a for step in RANGE][0])
                rec.call(state_id=self.start + a)
                rec.call(state_id=str(next(NUMBERS)) + a)  # +
        """)

    def test_among_texts(self) -> None:
        check("""
        TABLE = {"a": 1, "b": "row"}
        def f(rec, a):
            TABLE["c"] = f"{a}"  # +
            rec.call(state_id=TABLE["b"] + a)  # +
            rec.call(state_id=TABLE["c"])
        """)


class TestComprehensions:
    def test_elements(self) -> None:
        check("""
        def f(rec, ctx):
            for key in [f"{row}" for row in ctx if rec.call(state_id=f"{row}")]:  # +
                print(key)
            for key in (f"{row}" for row in ctx): rec.call(state_id=key)  # +
            for key in {f"{row}" for row in ctx}: rec.call(state_id=key)  # +
            for key in {f"{row}": row for row in ctx}: rec.call(state_id=key)  # +
            for key in {row: f"{row}" for row in ctx}: rec.call(state_id=key)
        """)

    @pytest.mark.parametrize(
        ("held", "made", "part"),
        [
            ("'built': f'{ctx}'", "{k: v for k, v in held.items()}", "made['built']"),
            ("'built': f'{ctx}'", "{k: v for k, v in held.items() if v}", "made['built']"),
            ("'built': f'{ctx}'", "{k: v for k, v in held.items()}", "made[ctx.key]"),
            ("'built': f'{ctx}'", "{k.upper(): v for k, v in held.items()}", "made[ctx.key]"),
            ("ctx.key: f'{ctx}'", "{k: v for k, v in held.items()}", "made[ctx.key]"),
            ("'built': f'{ctx}'", "{k: v for k, v in held.items()}", "list(made.values())[0]"),
            ("'built': f'{ctx}'", "{v: k for k, v in held.items()}", "list(made)[0]"),
        ],
    )
    def test_items_of_a_mapping_stay_with_their_keys(
        self, held: str, made: str, part: str
    ) -> None:
        check(f"""
        def f(rec, ctx):
            held = {{"clean": ctx.state_id, {held}}}  # +
            made = {made}
            rec.call(state_id={part})
        """)

    @pytest.mark.parametrize(
        ("mapping", "part"),
        [
            ("{k: v for k, v in held.items()}", "made['clean']"),
            ("{k: v for k, v in held.items() if v is not None}", "made['clean']"),
            ("{k: str(v) for k, v in held.items()}", "made['clean']"),
            ("{k: v for k, v in held.items()}", "next(iter(made))"),
            ("{k: v for (k, v) in dict(clean=ctx, built=f'{ctx}').items()}", "made['other'][0]"),
            ("{k.upper(): v for k, v in held.items()}", "made['CLEAN']"),
            ("{k: v for k, v in held.items() for _ in ctx}", "made['clean']"),
            ("{k: v for k, v in {'clean': ctx, ctx.key: f'{ctx}'}.items()}", "made['clean']"),
            ("{k: v for k, v in {'a': ctx, **{ctx.key: f'{ctx}'}}.items()}", "made['a']"),
        ],
    )
    def test_items_of_a_mapping_do_not_come_under_other_keys(
        self, mapping: str, part: str
    ) -> None:
        check(f"""
        def f(rec, ctx):
            held = {{"clean": ctx.state_id, "built": f"{{ctx}}"}}
            made = {mapping}
            rec.call(state_id={part})
        """)

    def test_what_is_built_of_each_item_of_a_mapping(self) -> None:
        check("""
        def f(rec, ctx):
            held = {"clean": ctx.state_id, "built": f"{ctx}"}
            made = {k: f"{v}_row" for k, v in held.items()}  # +
            rec.call(state_id=made["clean"])
        """)

    def test_variables_are_its_own(self) -> None:
        check("""
        def f(rec, ctx):
            key = ctx.state_id
            [key for key in [f"{ctx}"]]
            rec.call(state_id=key)
            [other for other in [f"{ctx}"]]
            rec.call(state_id=other)
            [(kept := row) for row in [f"{ctx}"]]  # +
            rec.call(state_id=kept)
        """)


class TestFunctions:
    def test_defaults_of_lambdas_and_functions(self) -> None:
        check(
            """
        def f(rec, ctx):
            g = lambda key=f"{ctx}", *, state_id=f"{ctx}": rec.call(state_id=key)  # +
            def h(key=ctx.state_id, state_id="fixed"): rec.call(state_id=key)
            g(); h()
        """.replace(
                ', *, state_id=f"{ctx}": rec.call(state_id=key)  # +',
                ', *, state_id=(  # +\n                f"{ctx}"): rec.call(state_id=key)  # +',
            )
        )

    def test_closures_see_what_is_bound_later(self) -> None:
        check("""
        def f(rec, ctx):
            def first(key): second(key)
            def second(key): rec.call(state_id=key)
            first(f"{ctx}")  # +
            def show(): rec.call(state_id=late)
            late = f"{ctx}"  # +
            show()
            def again(n): return again(n - 1) if n else late
            rec.call(state_id=again(1))
        """)

    def test_generators(self) -> None:
        check("""
        def keys(ctx):
            yield
            yield f"{ctx}"  # +
            yield from (f"{row}" for row in ctx)  # +
        def state_ids(ctx):
            yield from [f"{ctx}"]  # +
        def state_id(ctx):
            yield f"{ctx}"  # +
        def f(rec, ctx):
            for key in keys(ctx): rec.call(state_id=key)
        """)

    def test_awaiting_what_is_no_future(self) -> None:
        check("""
        async def f(rec, ctx):
            rec.call(state_id=await f"{ctx}")  # +
        """)

    def test_walrus(self) -> None:
        check("""
        def f(rec, ctx):
            if (state_id := f"{ctx}"): pass  # +
        """)


def test_methods_taken_off_a_container() -> None:
    check("""
    def f(rec, ctx):
        keys = []
        add = keys.append
        add(f"{ctx}")
        lookup = {"a": f"{ctx}"}.get  # +
        rec.call(state_id=lookup("a"))
        rec.call(state_id=[].sorted)
    """)


def test_kinds_of_expression_without_a_model() -> None:
    check("""
    def f(rec, ctx):
        ctx.rows[rec.call(state_id=f"{ctx}"):]  # +
        *rest, = [f"{ctx}"]  # +
        rec.call(state_id=rest[0])
        print(*[f"{ctx}"], **ctx)
        ctx.first: list[rec] = [f"{ctx}"]
    """)


def test_slices_among_indices_and_starred_bases() -> None:
    check("""
    def f(rec, ctx):
        ctx.rows[rec.call(state_id=f"{ctx}"):, 1]  # +
        class C(*rec.bases(state_id=f"{ctx}")): ...  # +
    """)


def test_a_lone_star_is_for_the_compiler() -> None:
    check("""
    *a = [f"{x}"]
    state_id = f"{x}"  # +
    """)


def test_indices_of_other_kinds() -> None:
    check("""
    def f(rec, ctx):
        rows = [f"{ctx}"]  # +
        rec.call(state_id=rows[None])
        rec.call(state_id=rows[1.5])
    """)


def test_comparisons_of_what_is_no_expression_alone() -> None:
    check("""
    def f(rec, ctx):
        if rec.call(state_id=f"{ctx}") == ctx.a < ctx.b: pass  # +
    """)


def test_assigned_while_a_comprehension_runs() -> None:
    check("""
    def f(rec, ctx):
        store = Store()
        [store.key for store.key in [f"{ctx}"]]  # +
        rec.call(state_id=store.key)
    class Store: ...
    """)


class TestMethodsThatBuild:
    def test_under_another_name(self) -> None:
        check("""
        from functools import partial
        from string import Template
        NAME = "{}_row".format  # +
        TITLE = "{} rows".format
        def f(rec, ctx, rows):
            rec.call(TITLE(ctx), state_id=NAME(ctx))
            join = "_".join  # +
            rec.call(state_id=join(rows))
            for key in map("row {}".format, rows): rec.call(state_id=key)  # +
            for key in map("row {}".format, rows): rec.log(key)
            rec.call(state_id=partial("{}_{}".format, ctx)(1))  # +
            fill = Template("$a").substitute  # +
            rec.call(state_id=fill(a=1))
            row_state_id = "{}".format  # +
            rec.call(state_id=ctx.names[TITLE(1)])
        """)

    def test_of_other_objects(self) -> None:
        check("""
        from teams import members
        from tables import calls
        PLAYERS = members.substitute
        JOINED = calls.join
        def f(rec, ctx, team, table):
            rec.call(state_id=PLAYERS(ctx))
            rec.call(state_id=JOINED([ctx]))
            make = ctx.formatter.format
            rec.call(state_id=make(ctx))
            make = team.substitute
            rec.call(state_id=make(ctx))
            make = table.join
            rec.call(state_id=make(ctx))
        """)

    def test_of_what_may_be_a_string(self) -> None:
        check("""
        def f(rec, ctx, table):
            sep = ctx.sep if ctx else "_"
            rec.call(state_id=sep.join(["a", ctx.b]))  # +
            rec.call(state_id=sep.join(table))
        """)


class TestFewItems:
    def test_are_told_apart_where_each_is_mapped(self) -> None:
        check("""
        def same(value): return value
        def f(rec, ctx):
            a, b = map(same, (f"{ctx}", ctx.state_id))
            rec.call(a, state_id=b)
            c = [same(x) for x in (f"{ctx}", ctx.state_id)]
            rec.call(c[0], state_id=c[1])
            d = list(map(same, ["a", f"{ctx}"]))  # +
            rec.call(d[0], state_id=d[1])
            e, g = (same(x) for x in ("a", f"{ctx}"))  # +
            rec.call(e, state_id=g)
            h = [x for x in ("a", f"{ctx}") if x != "a"]  # +
            rec.call(state_id=h[0])
            i = [f"{x}{y}" for x in "ab" for y in ("a", "b")]  # +
            rec.call(state_id=i[3])
        """)

    def test_are_told_apart_in_columns(self) -> None:
        check("""
        def f(rec, ctx, rows):
            labels, keys = zip(*[(f"{row}", row.key) for row in rows])
            for key in keys: rec.call(labels, state_id=key)
            labels, keys = zip(*[(row.key, f"{row}") for row in rows])  # +
            for key in keys: rec.call(labels, state_id=key)
        """)


SLICES = {
    "parts slice": """
        def f(ctx, rec, rows):
            parts = [ctx.state_id]
            for r in rows:
                parts.append(f"{r}_row")
            rec.record(state_id=parts[:1][0])
    """,
    "parts slice hit": """
        def f(ctx, rec, rows):
            parts = [ctx.state_id]
            for r in rows:
                parts.append(f"{r}_row")  # +
            rec.record(state_id=parts[1:][0])
    """,
    "beyond the items that are known": """
        def f(ctx, rec, rows):
            parts = [ctx.state_id, ctx.state_id]
            for r in rows:
                parts.append(f"{r}_row")  # +
            rec.record(state_id=parts[1:5][0])
            rec.record(state_id=parts[:3][2])
    """,
    "of unknown bounds": """
        def f(ctx, rec, rows, n):
            parts = [ctx.state_id]
            for r in rows:
                parts.append(f"{r}_row")  # +
            rec.record(state_id=parts[:n][0])
    """,
    "from the end": """
        def f(ctx, rec, rows):
            parts = [ctx.state_id]
            for r in rows:
                parts.append(f"{r}_row")  # +
            rec.record(state_id=parts[:-1][0])
    """,
    "second round of a slice": """
        def f(ctx, rec, rows):
            parts = [ctx.state_id]
            for r in rows:
                parts.append(f"{r}_row")
            rec.record(state_id=parts[:2][:1][0])
    """,
}


@pytest.mark.parametrize("text", SLICES.values(), ids=SLICES)
def test_slices_of_lists_that_grow(text: str) -> None:
    check(text)


DELEGATED = {
    "yield from return": """
        def gen(ctx):
            yield 1
            return f"{ctx.state_id}_r"  # +
        def outer(ctx, rec):
            key = yield from gen(ctx)
            rec.record(state_id=key)
    """,
    "yield from return, clean": """
        def gen(ctx):
            yield f"{ctx.state_id}_r"
            return ctx.state_id
        def outer(ctx, rec):
            key = yield from gen(ctx)
            rec.record(state_id=key)
    """,
    "yield from values": """
        def gen(ctx):
            yield f"{ctx.state_id}_r"  # +
        def outer(ctx):
            yield from gen(ctx)
        def use(ctx, rec):
            for key in outer(ctx):
                rec.record(state_id=key)
    """,
    "a list": """
        def outer(ctx, rec):
            key = yield from [f"{ctx.state_id}_r"]
            rec.record(state_id=key)
    """,
    "what one generator of two returns": """
        def one(ctx):
            yield f"{ctx.state_id}_r"
            return ctx.state_id
        def two(ctx):
            yield 1
            return f"{ctx.state_id}_t"  # +
        def outer(ctx, rec, which):
            key = yield from (one(ctx) if which else two(ctx))
            rec.record(state_id=key)
    """,
    "what is sent": """
        def gen(ctx):
            label = f"{ctx.state_id}_r"
            got = yield label
            return got
        def outer(ctx, rec):
            key = yield from gen(ctx)
            rec.record(state_id=key)
    """,
}


@pytest.mark.parametrize("text", DELEGATED.values(), ids=DELEGATED)
def test_what_a_delegated_generator_returns(text: str) -> None:
    check(text)


COUNTED = """
from collections import Counter, defaultdict
def f(rec, rows):
    counts = Counter(rows)
    rec.call(state_id=counts["a"] + counts["b"])
    for key, count in counts.items():
        rec.call(state_id=count + count)
        rec.call(state_id=key + key)  # +
    later = Counter()
    sums = defaultdict(int)
    for row in rows:
        later[row.kind] += 1
        sums[row.kind] += row.size
    rec.call(state_id=later["a"] + later["b"])
    rec.call(state_id=sums["a"] + sums["b"])
    texts = defaultdict(str)
    rec.call(state_id=texts["a"] + texts["b"])  # +
def g(rec, n=None):
    n = n or 0
    rec.call(state_id=n + rec.size)
    rec.call(state_id=(rec.name or "") + rec.size)  # +
"""


def test_sums_of_what_is_counted() -> None:
    check(COUNTED)


TEXTS = """
WORD = "batch"
def f(rec, ctx):
    return [
        {"state_id": "must be a " + "string"},
        {"state_id": "batch" + "_1"},  # +
        {"state_id": "batch row " + ctx.name},  # +
        {"state_id": "batch row " + str(1)},  # +
        {"state_id": WORD + "_row"},  # +
    ]
def g(rec):
    state_id = "must be "
    state_id += "a string"
    row_state_id = "batch"
    row_state_id += "_1"  # +
"""


def test_prose_of_literals_is_no_id() -> None:
    check(TEXTS)


def test_what_a_mapping_gives_for_a_key_that_is_missing() -> None:
    check("""
    class Ids(dict):
        def __missing__(self, row):
            made = self[row] = f"{row}_x"  # +
            return made
    class Kept(dict):
        def __missing__(self, row):
            print(f"{row}_x")
            return row.state_id
    def f(rec, rows):
        ids, kept = Ids(), Kept()
        for row in rows:
            rec.call(state_id=ids[row])
            rec.call(state_id=kept[row])
    """)
