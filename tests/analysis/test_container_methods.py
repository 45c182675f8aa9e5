"""Methods that change containers: what is where afterwards.

Each model's own row is in the table of ``test_library.py``.
"""

from __future__ import annotations

import pytest

from flake8_stateid.settings import Settings
from tests.analysis.running import check


@pytest.mark.parametrize(
    ("before", "change", "built_at"),
    [
        ("[given]", "append(built)", 1),
        ("[]", "append(given); ids.append(built)", 1),
        ("list()", "append(given); ids.append(built)", 1),
        ("list([])", "append(given); ids.append(built)", 1),
        ("[]", "append(built); ids.append(given)", 0),
        ("[given]", "insert(0, built)", 0),
        ("[given]", "insert(-1, built)", 0),
        ("[given]", "insert(9, built)", 1),
        ("[built]", "insert(0, given)", 1),
        ("[given]", "appendleft(built)", 0),
        ("[given]", "extend([given, built])", 2),
        ("[given]", "extend((built,))", 1),
        ("[given, given, built]", "pop(0)", 1),
        ("[built, given]", "pop()", 0),
        ("[built, given]", "pop(-1)", 0),
        ("[given, built, given]", "popleft()", 0),
        ("[given, built]", "reverse()", 0),
    ],
)
def test_places_are_known(before: str, change: str, built_at: int) -> None:
    check(f"""
    def f(rec, ctx, given):
        built = f"{{ctx}}"  # +
        ids = {before}
        ids.{change}
        rec.call(state_id=ids[{built_at}])
    def g(rec, ctx, given):
        built = f"{{ctx}}"
        ids = {before}
        ids.{change}
        rec.call(state_id=ids[{1 - min(built_at, 1)}])
    """)


@pytest.mark.parametrize(
    "change",
    ["sort()", "rotate(1)", "remove(given)", "insert(ctx.n, given)", "pop(ctx.n)", "extend(ctx)"],
)
def test_places_are_not_known(change: str) -> None:
    check(f"""
    def f(rec, ctx, given):
        ids = [given, f"{{ctx}}", given]  # +
        ids.{change}
        rec.call(state_id=ids[1])
    """)


@pytest.mark.parametrize(
    "change", ["sort()", "rotate(1)", "remove(given)", "insert(ctx.n, given)", "pop(ctx.n)"]
)
def test_an_item_may_have_moved_to_another_place(change: str) -> None:
    check(f"""
    def f(rec, ctx, given):
        ids = [given, f"{{ctx}}", given]  # +
        ids.{change}
        rec.call(state_id=ids[0])
    """)


def test_an_argument_may_change_the_list_it_is_added_to() -> None:
    check("""
    def f(rec, ctx, given):
        ids = [f"{ctx}", given]  # +
        ids.append(ids.pop(0))
        rec.call(ids[0], state_id=ids[1])
    def g(rec, ctx, given):
        ids = [f"{ctx}", given]
        ids.append(ids.pop(0))
        rec.call(ids[1], state_id=ids[0])
    """)


def test_a_list_that_grows_in_a_loop() -> None:
    check("""
    def f(rec, ctx, rows):
        ids = []
        for row in rows:
            ids.append(row)
            ids.append(f"{row}")  # +
        rec.call(state_id=ids[4])
    def g(rec, ctx, rows):
        ids = []
        for row in rows:
            ids = [ctx.state_id]
            ids.append(f"{row}")
            rec.call(ids[1], state_id=ids[0])
    """)


@pytest.mark.parametrize(
    "ids",
    [
        "[given]; ids.extend(more)",
        "[given]; ids += more",
        "[given, *more]",
        "[given] + more",
        "(given, *more)",
        "(given,) + tuple(more)",
        "[given] + [given, *more] + more",
        "[given]; ids.extend(more); ids.pop()",
        "[given] + ctx.some + more",
    ],
)
def test_what_stands_behind_the_first_is_not_the_first(ids: str) -> None:
    check(f"""
    def f(rec, ctx, given, rows):
        more = [f"{{ctx}}_{{row}}" for row in rows]
        ids = {ids}
        rec.call(state_id=ids[0], labels=ids[1:])
        first, *labels = ids
        rec.call(state_id=first, labels=labels)
    def g(rec, ctx, given, rows):
        more = [f"{{ctx}}_{{row}}" for row in rows]  # +
        ids = {ids}
        rec.call(state_id=ids[-1])
    def h(rec, ctx, given, rows):
        more = [f"{{ctx}}_{{row}}" for row in rows]  # +
        ids = {ids}
        for each in ids:
            rec.call(state_id=each)
    """)


@pytest.mark.parametrize(
    "change",
    [
        "ids[ctx.n] = built",
        "ids[:] = [built, *ids]",
        "ids.insert(ctx.n, built)",
        "ids.extendleft(built for _ in ctx)",
        "ids = [built, *rows]",
        "ids = rows + [built] + [given]; del ids[0]",
        "ids = [given, *(built for _ in ctx)]; ids.pop(0)",
        "ids = [given, *(built for _ in ctx)]; del ids[0]",
        "ids = [given, *(built for _ in ctx)]; ids.reverse()",
        "ids = sorted([given, *(built for _ in ctx)])",
        "ids = [given]; heapq.heappush(ids, built)",
        "put(ids, built, ctx)",
        "ids = put_in(ids, built, ctx)",
        "ids = ids if ctx else [built for _ in rows]",
        "ids = [built for _ in rows] if ctx else ids",
    ],
)
def test_what_may_stand_first(change: str) -> None:
    check(f"""
    import heapq
    def put(ids, item, ctx):
        ids[ctx.n] = item
    def put_in(ids, item, ctx):
        ids[ctx.n] = item
        return ids
    def f(rec, ctx, given, rows):
        ids = [given]
        built = f"{{ctx}}"  # +
        {change}
        rec.call(state_id=ids[0])
    """)


def test_a_list_that_grows_in_a_loop_keeps_its_first_item() -> None:
    check("""
    def f(rec, ctx, given, rows):
        ids = [given]
        for row in rows:
            ids.append(f"{ctx}_{row}")
        rec.call(state_id=ids[0])
    def g(rec, ctx, given, rows):
        ids = [given]
        for row in rows:
            ids.append(f"{ctx}_{row}")  # +
        rec.call(state_id=ids[1])
    def h(*args):
        args[0].call(state_id=args[1], labels=args[2:])
    def i(rec, ctx, given, rows):
        h(rec, given, *[f"{ctx}_{row}" for row in rows])
    """)


def test_one_of_two_lengths() -> None:
    check("""
    def f(rec, ctx, given):
        ids = [f"{ctx}"]  # +
        if ctx.more:
            ids.append(given)
        rec.call(state_id=ids[-1])
    def g(rec, ctx, given):
        ids = [given]
        if ctx.more:
            ids.append(f"{ctx}")
        rec.call(ids[-1], state_id=ids[0])
    """)


class TestClear:
    def test_under_every_name(self) -> None:
        check("""
        def f(rec, ctx, given):
            ids = same = [f"{ctx}"]
            held = {"ids": ids}
            same.clear()
            for key in (*ids, *same, *held["ids"]): rec.call(state_id=key)
        """)

    def test_of_one_of_two(self) -> None:
        check("""
        def f(rec, ctx, given):
            ids = [f"{ctx}"]  # +
            other = ids if ctx.a else []
            other.clear()
            rec.call(state_id=ids[0])
        """)

    def test_of_what_is_no_container(self) -> None:
        check("""
        def f(rec, ctx, event):
            event.key = f"{ctx}"  # +
            event.clear()
            rec.call(state_id=event.key)
        """)

    def test_of_an_attribute(self) -> None:
        check("""
        class P:
            def __init__(self): self.keys = []
            def start(self, ctx): self.keys.append(f"{ctx}")  # +
            def stop(self, rec):
                for key in self.keys: rec.call(state_id=key)
                self.keys.clear()
            def labels(self, rec, ctx):
                self.names = [f"{ctx}"]
                self.names.clear()
                rec.call(state_id=self.names[0])
        """)

    def test_of_a_global(self) -> None:
        check("""
        KEYS = []
        def add(ctx): KEYS.append(f"{ctx}")  # +
        def flush(rec):
            for key in KEYS: rec.call(state_id=key)
            KEYS.clear()
        """)


class TestMappings:
    @pytest.mark.parametrize(
        "made",
        [
            'd = {**more, "key": given}',
            'd = {}; d.update(more); d["key"] = given',
            "d = dict(more, key=given)",
            'd = more | {"key": given}',
            'd = {}; d[ctx.name] = built; d["key"] = given',
            'd = {ctx.name: built, "key": given}',
            'd = {ctx.name: built, "key": "given"}',
        ],
    )
    def test_a_key_that_is_set_after_others(self, made: str) -> None:
        check(f"""
        def f(rec, ctx, given, rows):
            built = f"{{ctx}}"
            more = {{row.name: built for row in rows}}
            {made}
            rec.call(state_id=d["key"])
        def g(rec, ctx, given, rows):
            built = f"{{ctx}}"  # +
            more = {{row.name: built for row in rows}}
            {made}
            rec.call(state_id=d["other"])
        """)

    @pytest.mark.parametrize(
        "made",
        [
            'd = {"key": given, **more}',
            'd = {"key": given}; d.update(more)',
            'd = {"key": given}; d |= more',
            'd = {"key": given} | more',
            'd = {"key": given}; d[ctx.name] = built',
            'd = {"key": given, ctx.name: built}',
            'd = {"key": given}; d.__setitem__(ctx.name, built)',
            'd = {"key": given}; fill(d, built, ctx)',
        ],
    )
    def test_a_key_that_others_may_replace(self, made: str) -> None:
        """That ``ctx.name`` is "key" is not shown; that one of all entries is built is."""
        check(f"""
        def fill(d, item, ctx):
            d[ctx.name] = item
        def f(rec, ctx, given, rows):
            built = f"{{ctx}}"
            more = {{row.name: built for row in rows}}
            {made}
            rec.call(state_id=d["key"])
        def g(rec, ctx, given, rows):
            built = f"{{ctx}}"  # +
            more = {{row.name: built for row in rows}}
            {made}
            for each in d.values(): rec.call(state_id=each)
        """)

    @pytest.mark.parametrize("given", ["ctx.state_id", "find(ctx)", "None"])
    @pytest.mark.parametrize(
        "fill",
        [
            "for name, text in ctx.rows: made[name] = f'{text}'",
            "for row in ctx.rows: made[f'row_{row}'] = f'{row}'",
            "for row in ctx.rows: made.setdefault(row, f'{row}')",
        ],
    )
    def test_texts_beside_an_id(self, given: str, fill: str) -> None:
        check(f"""
        def f(rec, ctx):
            made = {{"key": {given}, "other": 1}}
            {fill}
            rec.call(state_id=made["key"])
        def g(rec, ctx):
            made = dict(ctx.headers)
            {fill}
            rec.call(state_id=made["key"])
        def h(rec, ctx):
            made = {{}}
            {fill}  # +
            rec.call(state_id=made["key"])
        """)

    def test_texts_among_other_values(self) -> None:
        check("""
        def written_out(item, names):
            made = {}
            for name in names:
                value = getattr(item, name)
                if name == "kind":
                    made[name] = f"{value.__module__}.{value.__name__}"
                else:
                    made[name] = encoded(value)
            return made
        def f(rec, ctx):
            rec.call(state_id=written_out(ctx, ["kind", "key"])["key"])
        """)

    def test_texts_that_another_method_puts_beside_an_id(self) -> None:
        check("""
        class Plugin:
            def __init__(self, ctx):
                self.entries = {"key": ctx.state_id}
                self.names = {}
            def put(self, row):
                self.entries[row.name] = f"{row}"  # +
                self.names[row.name] = f"{row}"  # +
            def run(self, rec, row):
                rec.call(state_id=self.entries["key"])
                rec.call(state_id=self.names["first"])
            def send(self, rec, row):
                rec.call(state_id=self.entries[row.name])
        """)

    def test_what_is_popped_is_gone(self) -> None:
        check("""
        def f(rec, ctx):
            options = {"label": f"{ctx}", "key": ctx.state_id, 0: f"{ctx}"}
            options.pop("label")
            options.pop(0)
            for key in options.values(): rec.call(state_id=key)
            options["label"] = f"{ctx}"  # +
            options.pop(ctx.name)
            options.pop("other", None)
            rec.call(state_id=options["label"])
        """)

    def test_what_is_popped_is_what_was_there(self) -> None:
        check("""
        def f(rec, ctx, by_name):
            rec.call(state_id={"key": f"{ctx}"}.pop("key"))  # +
            rec.call(state_id={0: f"{ctx}"}.pop(0))  # +
            rec.call(state_id={"key": f"{ctx}"}.pop(ctx.name))  # +
            rec.call(state_id={0: f"{ctx}", 1: ctx.state_id}.pop(1))
            rec.call(state_id=by_name.pop(f"{ctx}"))
        """)


class TestContextVariables:
    def test_between_functions(self) -> None:
        check("""
        from contextvars import ContextVar
        KEY, LABEL = ContextVar("key"), 1
        NAME = ContextVar("name")
        def start(ctx):
            KEY.set(f"{ctx}")
            NAME.set(f"{ctx}")  # +
        def use(rec): rec.call(state_id=NAME.get())
        """)

    def test_other_objects_with_the_same_methods(self) -> None:
        check("""
        def f(rec, ctx, cache):
            cache.set(f"{ctx}", ctx.state_id)
            cache.set("key", f"{ctx}")
            rec.call(state_id=cache.get("key"))
        """)

    def test_closures_given_to_other_objects(self) -> None:
        check("""
        def f(rec, ctx, hook):
            key = f"{ctx}"  # +
            hook.set(lambda: rec.call(state_id=key))
        """)

    def test_a_default(self) -> None:
        check("""
        from contextvars import ContextVar
        def f(rec, ctx):
            name = ContextVar("name")
            rec.call(state_id=name.get(f"{ctx}"))  # +
            rec.call(state_id=name.get(ctx.state_id))
        """)


class TestSend:
    def test_through_a_function(self) -> None:
        check("""
        def sink(rec):
            while True: rec.call(state_id=(yield))
        def log(rec):
            while True: rec.log((yield))
        def push(target, key): target.send(key)
        def f(rec, ctx):
            a, b = sink(rec), log(rec)
            a.send(f"{ctx}")  # +
            b.send(f"{ctx}")
        """)

    def test_gives_what_is_yielded(self) -> None:
        check("""
        def keys(ctx):
            label = yield ctx.state_id
            yield f"{label}"  # +
        def labels(ctx):
            label = yield ctx.state_id
            rec.log(label)
            yield ctx.state_id
        def f(rec, ctx, mailer):
            rec.call(state_id=keys(ctx).send(None))
            rec.call(state_id=labels(ctx).send(f"{ctx}"))
            rec.call(state_id=mailer.send(f"{ctx}"))
        """)


def test_a_defaultdict_takes_in_the_keys_it_is_asked_for() -> None:
    check("""
    from collections import defaultdict
    def f(rec, ctx, rows):
        groups, lists = defaultdict(list), {}
        for row in rows:
            groups[f"{row}"].append(row)  # +
            lists[f"{row}"].append(row)
        for key in groups: rec.call(state_id=key)
        for key in lists: rec.call(state_id=key)
    """)


WIDGETS = {
    "not into a list": """
        class P:
            def plan(self, ctx):
                self.text.insert("end", f"{ctx.state_id}_r")
            def run(self, rec):
                rec.record(state_id=self.text.get("sel.first"))
    """,
}


@pytest.mark.parametrize("text", WIDGETS.values(), ids=WIDGETS)
def test_what_is_no_list(text: str) -> None:
    check(text)


def test_a_number_for_what_is_missing_tells_of_the_rest() -> None:
    check("""
    def f(rec, counts, n, key):
        count = counts.get(key, 0)
        count += n
        rec.call(state_id=count)
        text = counts.get(key, "")
        text += n  # +
        rec.call(state_id=text)
        rec.call(state_id=counts.get(key) + n)  # +
    def g(rec, ctx):
        held = {"a": f"{ctx}"}  # +
        rec.call(state_id=held.get("a", 0))
        rec.call(state_id=held.get("b", 0))
    """)


def test_a_mapping_made_of_the_items_of_another() -> None:
    check("""
    def kept(rec, held):
        copied = dict(held.items())
        rec.call(state_id=copied["a"], name=copied["b"])
    def f(rec, ctx):
        held = {"a": ctx.key, "b": f"{ctx}_b"}
        rec.call(state_id=dict(held.items())["a"])
        rec.call(state_id=dict(sorted(held.items()), c=f"{ctx}_c")["a"])
        copied = dict(list(held.items()), c=f"{ctx}_d")  # +
        rec.call(state_id=copied["c"])
        copied["a"] = f"{ctx}_e"
        rec.call(state_id=held["a"])
        kept(rec, held)
        kept(rec, {"a": f"{ctx}_f", "b": f"{ctx}_g"})  # +
        rec.call(state_id={key: value for key, value in held.items()}["a"])
        rec.call(state_id=dict(Held(f"{ctx}_h").items())["a"])
    class Held:
        def __init__(self, name): self.name = name
        def items(self): return [("a", self.name.key)]
    """)


@pytest.mark.parametrize(
    "use",
    [
        "for job in sorted(jobs, key=rank): send(state_id=job.ident)",
        "send(state_id=max(jobs, key=rank).ident)",
        "jobs.sort(key=rank)\n    send(state_id=jobs[0].ident)",
        "for job in sorted(jobs, key=rank): send(state_id=job.other)",
    ],
)
def test_what_a_key_function_sets(use: str) -> None:
    mark = "" if "other" in use else "  # +"
    check(f"""
def f(ctx, send, jobs):
    def rank(job):
        job.ident = f"{{ctx}}_{{job.n}}"{mark}
        return job.n
    {use}
""")


def test_a_function_that_ranks_is_no_id() -> None:
    check(
        """
        def f(rows, send, read):
            sorted(rows, key=lambda row: f"{row.a}_{row.b}")
            max(rows, key=lambda row: row.a + "_")
            rows.sort(key=lambda row: f"{row}")
            send(key=lambda row: f"{row}")  # +
            read(sorted, key=f"{rows}")  # +
        """,
        Settings(names=("key",)),
    )
