"""Where what is assigned goes."""

from __future__ import annotations

import pytest

from tests.analysis.running import check


class TestUnpacking:
    @pytest.mark.parametrize(
        ("targets", "value", "built"),
        [
            ("a, b", "ctx, f'{ctx}'", "b"),
            ("a, *b", "ctx, f'{ctx}', ctx", "b[0]"),
            ("*a, b", "ctx, ctx, f'{ctx}'", "b"),
            ("a, *b, c", "ctx, f'{ctx}', ctx", "b[0]"),
            ("a, *b", "[f'{i}' for i in ctx]", "b[0]"),
            ("*a, b", "[f'{i}' for i in ctx]", "b"),
            ("[a, (b, c)]", "ctx, (ctx, f'{ctx}')", "c"),
            ("a, b", "{f'{ctx}': 1}", "a"),
            ("a, b", "Rows()", "b"),
        ],
    )
    def test_gives_each_target_its_own(self, targets: str, value: str, built: str) -> None:
        text = f"""
        class Rows:
            def __iter__(self): yield f"row"  {"# +" if "Rows" in value else ""}
        def f(rec, ctx):
            {targets} = {value}  {"" if "Rows" in value else "# +"}
            rec.call(state_id={built})
        """
        check(text.replace("  \n", "\n"))

    @pytest.mark.parametrize(
        ("targets", "value", "clean"),
        [
            ("a, b", "ctx, f'{ctx}'", "a"),
            ("a, *b", "f'{ctx}', ctx, ctx", "b[0]"),
            ("*a, b", "ctx, f'{ctx}', ctx", "b"),
            ("a, *b, c", "f'{ctx}', ctx, ctx", "b[0]"),
            ("a, b", "{1: f'{ctx}'}", "a"),
            ("a, b, *c, d", "f'{ctx}',", "d"),
        ],
    )
    def test_gives_no_target_what_is_another_one_s(
        self, targets: str, value: str, clean: str
    ) -> None:
        check(f"""
        def f(rec, ctx):
            {targets} = {value}
            rec.call(state_id={clean})
        """)


def test_attributes_of_classes() -> None:
    check("""
    class Store:
        key = None
        def use(self, rec): rec.call(state_id=self.key)
    def f(ctx):
        Store.key = f"{ctx}"  # +
        Store.label = f"{ctx}"
    """)


def test_setters() -> None:
    check("""
    class Store:
        @property
        def key(self): return self._key
        @key.setter
        def key(self, value): self._key = value
        @property
        def label(self): return self._label
        def use(self, rec): rec.call(state_id=self.key)
    def f(store: Store, ctx):
        store.key = f"{ctx}"  # +
        store.label = f"{ctx}"
    """)


SETTERS = {
    "property setter": """
        class Job:
            def __init__(self): self._k = None
            @property
            def key(self): return self._k
            @key.setter
            def key(self, v): self._k = v
        def f(ctx, rec):
            job = Job()
            job.key = f"{ctx.state_id}_r"  # +
            rec.record(state_id=job.key)
    """,
    "property setter replaces": """
        class Job:
            def __init__(self, sid): self._k = None; self.sid = sid
            @property
            def key(self): return self._k
            @key.setter
            def key(self, v): self._k = self.sid
        def f(ctx, rec):
            job = Job(ctx.state_id)
            job.key = f"{ctx.state_id}_r"
            rec.record(state_id=job.key)
    """,
    "keeps the id": """
        class Job:
            def __init__(self, sid): self._k = None; self.sid = sid
            @property
            def key(self): return self._k or self.sid
            @key.setter
            def key(self, v): print(v)
        def f(ctx, rec):
            job = Job(ctx.state_id)
            job.key = f"{ctx.state_id}_r"
            rec.record(state_id=job.key)
    """,
    "of a base": """
        class Base:
            @property
            def key(self): return self.sid
            @key.setter
            def key(self, v): print(v)
        class Job(Base):
            def __init__(self, sid): self.sid = sid
        def f(ctx, rec):
            job = Job(ctx.state_id)
            job.key = f"{ctx.state_id}_r"
            rec.record(state_id=job.key)
    """,
    "of one class of two": """
        class One:
            @property
            def key(self): return self._k
            @key.setter
            def key(self, v): self._k = None
        class Two:
            key = None
        def f(ctx, rec, which):
            job = One() if which else Two()
            job.key = f"{ctx.state_id}_r"  # +
            rec.record(state_id=job.key)
    """,
    "on an object of the object": """
        class Job:
            def __init__(self): self._k = None
            @property
            def key(self): return self._k
            @key.setter
            def key(self, v): self._k = v
        class P:
            def __init__(self): self.job = Job()
            def plan(self, ctx): self.job.key = f"{ctx.state_id}_r"  # +
            def run(self, rec): rec.record(state_id=self.job.key)
    """,
    "descriptor set": """
        class Key:
            def __set_name__(self, owner, name): self.name = "_" + name
            def __get__(self, obj, owner=None): return obj._key
            def __set__(self, obj, value): obj._key = value
        class Job:
            key = Key()
        def f(ctx, rec):
            j = Job()
            j.key = f"{ctx.state_id}_r"  # +
            rec.record(state_id=j.key)
    """,
    "descriptor set, clean": """
        class Key:
            def __get__(self, obj, owner=None): return obj.sid
            def __set__(self, obj, value): print(value)
        class Job:
            key = Key()
            def __init__(self, sid): self.sid = sid
        def f(ctx, rec):
            j = Job(ctx.state_id)
            j.key = f"{ctx.state_id}_r"
            rec.record(state_id=j.key)
    """,
}


@pytest.mark.parametrize("text", SETTERS.values(), ids=SETTERS)
def test_setters_that_say_all(text: str) -> None:
    check(text)
