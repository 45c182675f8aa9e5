"""A module from its tree to its findings."""

from __future__ import annotations

import ast
import sys

import pytest

from flake8_stateid.analysis import AnalysisDefeated, analyse, driver
from flake8_stateid.findings import Span
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.analysis.running import check, findings


class TestFindings:
    TEXT = (
        "def send(rec, key):\n"
        "    rec.call(state_id=key)\n"
        "def f(rec, ctx):\n"
        "    é = 'ä'; row = f'{ctx}'\n"
        "    send(rec, row)\n"
    )

    def test_tell_every_step(self) -> None:
        (finding,) = findings(self.TEXT)
        assert finding.path == "plugin.py"
        assert finding.code == "SID001"
        assert finding.span == Span(4, 20, 4, 28)
        assert finding.message == ("state id built by an f-string: passed as 'state_id' to 'call'")
        assert [(step.span.row, step.text, step.is_target) for step in finding.steps] == [
            (4, "built by an f-string", False),
            (4, "assigned to 'row'", False),
            (5, "passed as 'key' to 'send'", False),
            (2, "passed as 'state_id' to 'call'", True),
        ]

    def test_are_ordered_by_place_and_name_the_first_target(self) -> None:
        found = findings(
            "def f(rec, ctx):\n"
            "    rec.call(state_id=ctx + '_b'); state_id = f'{ctx}'\n"
            "    rec.call(state_id=state_id, row_state_id='%s' % ctx)\n"
        )
        assert [(finding.span.row, finding.code) for finding in found] == [
            (2, "SID002"),
            (2, "SID001"),
            (3, "SID003"),
        ]
        assert found[1].message.endswith("assigned to 'state_id'")

    def test_are_the_same_each_time(self) -> None:
        source = SourceText.from_text("plugin.py", self.TEXT)
        tree = ast.parse(self.TEXT)
        assert analyse(tree, source, Settings()) == analyse(tree, source, Settings())

    def test_of_configured_names(self) -> None:
        text = "edge_id = f'{x}'  # +\nstate_id = f'{x}'\ntoken_ids = [f'{x}']  # +\n"
        check(text, Settings(names=("edge_id", "token_id")))


class TestNotWorthIt:
    @pytest.mark.parametrize(
        "text",
        ["", "state_id = 1", "x = f'{y}'", "x = f'{y}'; z = 'a long ' + 'state_id text'"],
    )
    def test_without_builder_or_name(self, text: str) -> None:
        assert findings(text) == ()

    @pytest.mark.parametrize(
        "text",
        [
            "def f(state_id=f'{x}'): ...",
            "f(state_id=f'{x}')",
            "def state_id(): return f'{x}'",
            "async def state_id(): return f'{x}'",
            "a.state_id = f'{x}'",
            "a['state_id'] = f'{x}'",
            "match f'{x}':\n    case state_id: ...",
            "match [f'{x}']:\n    case [*state_ids]: ...",
            "match {'a': f'{x}'}:\n    case {**state_ids}: ...",
        ],
    )
    def test_wherever_the_name_stands(self, text: str) -> None:
        found = findings(text)
        assert len(found) == (0 if "**" in text else 1)


class TestDefeat:
    def test_by_depth(self) -> None:
        limit = sys.getrecursionlimit()
        node: ast.expr = ast.Name("x", ast.Load())
        for _ in range(100_000):
            node = ast.Attribute(node, "y", ast.Load())
        tree = ast.parse("state_id = f'{x}'\nx")
        assert isinstance(tree.body[1], ast.Expr)
        tree.body[1].value = node
        source = SourceText.from_text("plugin.py", "state_id = f'{x}'\nx\n")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(driver, "_RECURSION_LIMIT", limit)
            with pytest.raises(AnalysisDefeated, match="nest too deep") as raised:
                analyse(tree, source, Settings())
        assert raised.value.reason == str(raised.value)
        assert sys.getrecursionlimit() == limit


class TestWholeProgram:
    def test_attributes_from_one_method_to_another(self) -> None:
        check("""
        class Plugin:
            def use(self, rec):
                rec.call(state_id=self.key)
                rec.call(state_id=self.rows[0].key)
                rec.call(state_id=self.label)
            def build(self, ctx):
                self.key = f"{ctx}"  # +
                self.rows = [Row(f"{ctx}")]  # +
                self.note = f"{ctx}"
        class Row:
            def __init__(self, key): self.key = key
        """)

    def test_attributes_through_an_annotated_parameter(self) -> None:
        check("""
        class Job:
            def build(self, ctx): self.key = f"{ctx}"  # +
        def use(rec, job: Job): rec.call(state_id=job.key)
        """)

    def test_attributes_on_objects_of_others(self) -> None:
        check("""
        class Job:
            key = None
        class Plugin:
            def build(self, job: Job, ctx): job.key = f"{ctx}"  # +
            def use(self, rec, job: Job): rec.call(state_id=job.key)
        def made(ctx):
            job = Job()
            job.key = f"{ctx}"  # +
            return job
        """)

    def test_attributes_of_heirs(self) -> None:
        check(
            """
        class Base:
            def use(self, rec): rec.call(state_id=self.key)
        class One(Base):
            def build(self, ctx): self.key = f"{ctx}"  # +
        class Two(Base):
            def use(self, rec): print(self.key)
            def build(self, ctx): self.key = f"{ctx}"  # +
        """.replace(
                """print(self.key)
            def build(self, ctx): self.key = f"{ctx}"  # +""",
                '''print(self.key)
            def build(self, ctx): self.key = f"{ctx}"''',
            )
        )

    def test_setters_of_heirs(self) -> None:
        check("""
        class Base:
            @property
            def key(self): return self._key
            @key.setter
            def key(self, value): Client(state_id=value)
        class One(Base):
            @property
            def key(self): return 1
        class Two(Base):
            def build(self, ctx): self.key = f"{ctx}"  # +
        """)

    def test_nested_functions_and_classes_nobody_calls(self) -> None:
        check("""
        def factory(ctx):
            class Plugin:
                def build(self): self.key = f"{ctx}"  # +
                def use(self, rec): rec.call(state_id=self.key)
            def handler(rec): rec.call(state_id=f"{ctx}")  # +
            return Plugin, handler
        """)

    def test_globals(self) -> None:
        check("""
        KEYS = {}
        BASE = f"{x}"  # +
        def build(ctx): KEYS["a"] = f"{ctx}"  # +
        def use(rec):
            rec.call(state_id=KEYS["a"])
            rec.call(state_id=BASE)
            rec.call(state_id=UNSET)
        """)

    def test_statements_of_the_module(self) -> None:
        check("""
        class Store:
            key = None
            def use(self, rec): rec.call(state_id=self.key)
        Store.key = f"{x}"  # +
        def use(rec): rec.call(state_id=rec.key)
        raise SystemExit
        """)

    def test_globals_read_where_they_are_declared(self) -> None:
        check("""
        BASE = f"{x}"  # +
        def use(rec):
            global BASE
            rec.call(state_id=BASE)
        """)

    def test_values_that_stand_for_each_other(self) -> None:
        check("""
        class Plugin:
            def step(self):
                self.a = self.b
                self.b = self.c
                self.c = self.a
            def build(self, ctx): self.c = f"{ctx}"  # +
            def use(self, rec): rec.call(state_id=self.a)
        """)

    def test_registered_ids_that_are_not_used(self) -> None:
        check("""
        def f(rec, ctx):
            state_id = f"{ctx}"
            rec.begin_node_state(state_id=state_id)
        def g(rec, ctx):
            state_id = f"{ctx}"  # +
            rec.call(state_id=state_id)
            rec.begin_node_state(state_id=state_id)
        """)
