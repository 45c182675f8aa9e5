"""Loops of other modules around the batch path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.harness import ROWS, run
from tests.codemod.project import Project
from tests.codemod.sources import Choices, by_row_id

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BASE = by_row_id(Choices())
KEPT = by_row_id(Choices(release="never"))
ALLOCATING = BASE.replace("= AuditedClient(", "= AllocatingClient(")
FUNCTION = """
from fixtures.landscape import AuditedClient

CLIENTS: dict[str, AuditedClient] = {}


def ask(row, recorder, state_id):
    if state_id not in CLIENTS:
        CLIENTS[state_id] = AuditedClient(recorder, state_id)
    return CLIENTS[state_id].ask(row["prompt"])


def process_batch(rows, ctx):
    output = []
    for row in rows:
        sid = f"{ctx.state_id}_{row.get('id')}"
        output.append(ask(row, ctx.landscape, sid))
        CLIENTS.pop(sid, None)
    return output
"""
RUNNER = "acme/core/runner.py"
HEAD = """
from fixtures.landscape import PluginContext
from acme.plugins.batch import Transform as Plugin


class Transform:
    def __init__(self, pool=0):
        self._plugin = Plugin(pool)
        self._one, self._other = Plugin(pool), 1
        self._any = int
        self._any = Plugin(pool)
        self._may_be = None
        self._may_be = Plugin(pool)

    def process_batch(self, rows, ctx):
        return self.run(self._plugin, rows, ctx)

"""
LOOP = """
        output = []
        for row in rows:
            output += PLUGIN.process_batch([row], ctx)
        return output
"""


def runner(head: str, plugin: str, loop: str = LOOP) -> str:
    """A module whose runner calls ``plugin`` once for each row."""
    return HEAD + f"    def run({head}):\n" + loop.replace("PLUGIN", plugin).lstrip("\n")


ARGUMENTS = "self, plugin, rows, ctx"
KNOWN = "self, plugin: Plugin, rows, ctx"
COMPREHENSION = """
        return [PLUGIN.process_batch([row], ctx)[0] for row in rows]
"""
WHILE = """
        output, left = [], list(rows)
        while left:
            output += PLUGIN.process_batch(rows=[left.pop(0)], ctx=ctx)
        return output
"""
MADE = """
        plugin = Plugin()
        output = []
        for row in rows:
            output += plugin.process_batch([row], ctx)
            if "stop" in row:
                output += plugin.process_batch([row], ctx)
        return output
"""
TWICE = """
        output = PLUGIN.process_batch(rows[:2], ctx)
        return output + PLUGIN.process_batch(ctx=ctx, rows=rows[2:])
"""
AT_ONCE = """
        return PLUGIN.process_batch(rows[:2], ctx) + PLUGIN.process_batch(rows[2:], ctx)
"""
PERHAPS = """
        if len(rows) > 2:
            PLUGIN.process_batch(rows[:2], ctx)
        return PLUGIN.process_batch(rows[2:], ctx)
"""
KEPT_CONTEXT = """
        self._ctx = ctx
        output = PLUGIN.process_batch(rows[:2], self._ctx)
        return output + PLUGIN.process_batch(rows[2:], self._ctx)
"""
SAME_STATE = """
        output = PLUGIN.process_batch(
            rows[:2], PluginContext(ctx.landscape, ctx.state_id, ctx.run_id)
        )
        return output + PLUGIN.process_batch(
            rows[2:], PluginContext(ctx.landscape, ctx.state_id, ctx.run_id)
        )
"""
TWO_OBJECTS = """
        output = self._plugin.process_batch(rows[:2], ctx)
        own = Plugin()
        return output + own.process_batch(rows[2:], ctx)
"""
FUNCTION_TWICE = """
from acme.plugins.batch import process_batch as each


class Transform:
    def __init__(self, pool=0):
        pass

    def process_batch(self, rows, ctx):
        return each(rows[:2], ctx) + each(rows[2:], ctx)
"""
TWICE_BROKEN = {
    "one after the other": (BASE, runner(KNOWN, "plugin", TWICE)),
    "in one expression": (BASE, runner(KNOWN, "plugin", AT_ONCE)),
    "perhaps": (BASE, runner(KNOWN, "plugin", PERHAPS)),
    "with a kept context": (BASE, runner(KNOWN, "plugin", KEPT_CONTEXT)),
    "with contexts of one state": (BASE, runner(KNOWN, "plugin", SAME_STATE)),
    "by two objects": (KEPT, runner(ARGUMENTS, "", TWO_OBJECTS)),
    "a function": (FUNCTION, FUNCTION_TWICE),
}
BRANCHES = """
        if len(rows) > 2:
            return PLUGIN.process_batch(rows[:2], ctx)
        elif rows:
            return PLUGIN.process_batch(rows[1:], ctx)
        match len(rows):
            case 0:
                return PLUGIN.process_batch(rows, ctx)
            case _:
                return PLUGIN.process_batch(rows[:1], ctx)
"""
CHOSEN = """
        few = len(rows) < 3
        return PLUGIN.process_batch(rows[:2], ctx) if few else PLUGIN.process_batch(rows, ctx)
"""
FOR_EACH = LOOP.replace("PLUGIN", "Plugin()")
FUNCTION_RUNNER = """
from acme.plugins.batch import process_batch as each


class Transform:
    def __init__(self, pool=0):
        pass

    def process_batch(self, rows, ctx):
        return [each([row], ctx)[0] for row in rows]
"""
BROKEN = {
    "annotated": (BASE, runner(KNOWN, "plugin")),
    "not annotated, but given one": (BASE, runner(ARGUMENTS, "plugin")),
    "annotated by a text": (BASE, runner("self, plugin: 'Plugin', rows, ctx", "plugin")),
    "an attribute": (BASE, runner(ARGUMENTS, "self._plugin")),
    "an attribute that may be None": (BASE, runner(ARGUMENTS, "self._may_be")),
    "one of two attributes": (BASE, runner(ARGUMENTS, "self._one")),
    "a local": (BASE, runner("self, _, rows, ctx", "", MADE)),
    "by its class": (
        BASE,
        runner(
            ARGUMENTS, "", LOOP.replace("PLUGIN.process_batch(", "Plugin.process_batch(plugin, ")
        ),
    ),
    "in a comprehension": (BASE, runner(KNOWN, "plugin", COMPREHENSION)),
    "in a while loop": (BASE, runner(KNOWN, "plugin", WHILE)),
    "made for each round": (KEPT, runner(ARGUMENTS, "", FOR_EACH)),
    "a function": (FUNCTION, FUNCTION_RUNNER),
}
LISTED = """
        output = []
        for each in [Plugin()]:
            for row in rows:
                output += each.process_batch([row], ctx)
        return output
"""
LISTED_BEFORE = """
        each_of = (Other(), Plugin())
        output = []
        for row in rows:
            for each in each_of:
                output += each.process_batch([row], ctx)
        return output
"""
TWO_LISTED = """
        output = []
        for each in [Plugin(), Plugin()]:
            some, rows = rows[:2], rows[2:]
            output += each.process_batch(some, ctx)
        return output
"""
LISTED_PARTS = """
        return [each.process_batch([row], ctx)[0] for each in [Plugin()] for row in rows]
"""
MAPPED = """
        return list(map(lambda row: PLUGIN.process_batch([row], ctx)[0], rows))
"""
BESIDE = """
        other, unseen = Other(), getattr(Other(), "process")
        output = []
        for row in rows:
            output += PLUGIN.process_batch([row], ctx)
            USE
        return output
"""
OTHER = """
import contextlib


class Base:
    def process_batch(self, rows, ctx):
        return []

    def process(self, row, ctx):
        return row, ctx.state_id


class Other(Base):
    def begin(self, row, ctx):
        self._seen = row
        self._open(ctx)

    def begin_nothing(self, ctx):
        ctx.run_id = ctx.run_id

    def _open(self, context):
        context.state_id = context.landscape.begin_node_state(context.run_id)


def following(ctx):
    setattr(ctx, "state_id", ctx.landscape.begin_node_state(ctx.run_id))


@contextlib.contextmanager
def each_of(ctx):
    ctx.state_id = ctx.landscape.begin_node_state(ctx.run_id)
    yield


class Round:
    def __init__(self, ctx):
        self._ctx = ctx

    def __enter__(self):
        self._ctx.state_id = self._ctx.landscape.begin_node_state(self._ctx.run_id)

    def __exit__(self, *_):
        pass
"""
OTHERS = "acme/core/others.py"
OTHERS_IMPORT = """
from acme.core import others
from acme.core.others import Other, Round, each_of as around, following
"""


def beside(use: str) -> str:
    """A runner whose rounds use the context once more, behind the batch path."""
    return OTHERS_IMPORT + runner(KNOWN, "plugin", BESIDE.replace("USE", use))


SAME_BESIDE = {
    "another plugin": beside("other.process(row, ctx)"),
    "another plugin by its module": beside("others.Other().process(row, ctx)"),
    "what cannot be seen": beside("unseen(row, ctx)"),
    "what is seen, whatever its name says": beside("other.begin_nothing(ctx)"),
    "what the context keeps besides": beside("ctx.run_id = ctx.run_id + ''"),
    "a value of it by its name": beside("setattr(ctx, 'run_id', ctx.run_id)"),
    "a log line": beside("import logging; logging.info('%s', ctx)"),
    "a list of it": beside("[ctx][0]"),
    "an object that keeps it": beside("Other(); other.kept = (ctx, row)"),
}
BROKEN_LOOPS = {
    "listed": OTHERS_IMPORT + runner(ARGUMENTS, "", LISTED),
    "listed before, beside another": OTHERS_IMPORT + runner(ARGUMENTS, "", LISTED_BEFORE),
    "two listed": OTHERS_IMPORT + runner(ARGUMENTS, "", TWO_LISTED),
    "listed in a comprehension": OTHERS_IMPORT + runner(ARGUMENTS, "", LISTED_PARTS),
    "mapped": OTHERS_IMPORT + runner(KNOWN, "plugin", MAPPED),
}
LISTED_ONCE = """
        output = []
        for each in [Other(), Plugin()]:
            output += each.process_batch(rows, ctx)
        return output
"""
LISTED_ONCE_IN_PARTS = """
        return [answer for each in [Plugin()] for answer in each.process_batch(rows, ctx)]
"""
ONCE_LISTED = {
    "once": OTHERS_IMPORT + runner(ARGUMENTS, "", LISTED_ONCE),
    "once, in a comprehension": OTHERS_IMPORT + runner(ARGUMENTS, "", LISTED_ONCE_IN_PARTS),
}
OPENED_ROUND = """
        other, open_state = Other(), getattr(Other(), "_open")
        output = []
        for row in rows:
            USE
            output += PLUGIN.process_batch([row], ctx)
        return output
"""
OPENED_WITH = """
        output = []
        for row in rows:
            with USE:
                output += PLUGIN.process_batch([row], ctx)
        return output
"""
OPENED_MAPPED = """
        def own():
            return PluginContext(
                ctx.landscape, ctx.landscape.begin_node_state(ctx.run_id), ctx.run_id
            )

        return list(
            map(lambda row, one: PLUGIN.process_batch([row], one)[0], rows, [own() for _ in rows])
        )
"""


def opened(use: str, loop: str = OPENED_ROUND) -> str:
    """A runner whose rounds open a state of their own."""
    return OTHERS_IMPORT + runner(KNOWN, "plugin", loop.replace("USE", use))


OPENED_BESIDE = {
    "a method of another module": opened("other.begin(row, ctx)"),
    "a function of another module": opened("following(ctx)"),
    "what cannot be seen, by its name": opened("open_state(ctx)"),
    "an attribute by its name": opened(
        "setattr(ctx, 'state_id', ctx.landscape.begin_node_state(ctx.run_id))"
    ),
    "another name": opened("own = ctx; other._open(own)"),
    "its namespace": opened(
        "ctx.__dict__.update(state_id=ctx.landscape.begin_node_state(ctx.run_id))"
    ),
    "an attribute whose name is not seen": opened(
        "name = 'state_id'; setattr(ctx, name, ctx.landscape.begin_node_state(ctx.run_id))"
    ),
    "a context manager": opened("around(ctx)", OPENED_WITH),
    "a context manager that is a class": opened("Round(ctx)", OPENED_WITH),
    "contexts that are mapped": opened("", OPENED_MAPPED),
}
ROW_BY_ROW = """
def row_by_row(call):
    def inner(self, rows, ctx):
        output = []
        for row in rows:
            output += call(self, [row], ctx)
        return output

    return inner
"""


def test_a_decorator_that_runs_each_row(tmp_path: pathlib.Path) -> None:
    """It is called in a loop by the other module, under one context."""
    batch = BASE.replace("    def process_batch", "    @row_by_row\n    def process_batch")
    batch = batch.replace("import logging\n", f"import logging\n{IMPORT}\n", 1)
    project = Project(tmp_path, batch, {"acme/core/rows.py": ROW_BY_ROW})
    (outcome,) = project.fix().outcomes
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("'row_by_row' may run 'process_batch' several times")
    project.write("acme/core/rows.py", "def row_by_row(call):\n    return lambda *a: call(*a)\n")
    (outcome,) = project.fix().outcomes
    assert isinstance(outcome, Fixed)


IMPORT = "from acme.core.rows import row_by_row"
STATES = """
        output = []
        for row in rows:
            ctx.state_id = ctx.landscape.begin_node_state(ctx.run_id)
            output += PLUGIN.process_batch([row], ctx)
        return output
"""
CONTEXTS = """
        output = []
        for row in rows:
            state_id = ctx.landscape.begin_node_state(ctx.run_id)
            own = PluginContext(ctx.landscape, state_id, ctx.run_id)
            output += PLUGIN.process_batch([row], own)
        return output
"""
OPENED = """
        output = []
        for row in rows:
            self.open(ctx)
            output += PLUGIN.process_batch([row], ctx)
        return output

    def open(self, ctx):
        ctx.state_id = ctx.landscape.begin_node_state(ctx.run_id)
"""
ONCE = """
        return PLUGIN.process_batch([row for row in rows], ctx)
"""
OVER = """
        return [answer for answer in PLUGIN.process_batch(rows, ctx)]
"""
TWO_STATES = """
        output = PLUGIN.process_batch(rows[:2], ctx)
        ctx.state_id = ctx.landscape.begin_node_state(ctx.run_id)
        return output + PLUGIN.process_batch(rows[2:], ctx)
"""
TWO_CONTEXTS = """
        state_id = ctx.landscape.begin_node_state(ctx.run_id)
        own = PluginContext(ctx.landscape, state_id, ctx.run_id)
        return PLUGIN.process_batch(rows[:2], ctx) + PLUGIN.process_batch(rows[2:], own)
"""
TWO_OPENED = """
        output = PLUGIN.process_batch(
            rows[:2], PluginContext(ctx.landscape, self.open(ctx), ctx.run_id)
        )
        return output + PLUGIN.process_batch(
            rows[2:], PluginContext(ctx.landscape, self.open(ctx), ctx.run_id)
        )

    def open(self, ctx):
        return ctx.landscape.begin_node_state(ctx.run_id)
"""
TWICE_STATEFUL = {
    "a state for each": runner(KNOWN, "plugin", TWO_STATES),
    "a context for each": runner(KNOWN, "plugin", TWO_CONTEXTS),
    "a context made for each": runner(KNOWN, "plugin", TWO_OPENED),
}
STATEFUL = {
    "a state for each": runner(KNOWN, "plugin", STATES),
    "a context for each": runner(KNOWN, "plugin", CONTEXTS),
    "perhaps a state for each": runner(KNOWN, "plugin", OPENED),
}
SAFE = {
    "once": (BASE, runner(KNOWN, "plugin", ONCE)),
    "what it answers, walked": (BASE, runner(KNOWN, "plugin", OVER)),
    "clients outlive the loop": (KEPT, runner(KNOWN, "plugin")),
    "clients outlive two calls": (KEPT, runner(KNOWN, "plugin", TWICE)),
    "in one of several branches": (BASE, runner(KNOWN, "plugin", BRANCHES)),
    "one of two": (BASE, runner(KNOWN, "plugin", CHOSEN)),
    "the recorder counts": (ALLOCATING, runner(KNOWN, "plugin", TWICE)),
    "the recorder counts, by two objects": (ALLOCATING, runner(ARGUMENTS, "", TWO_OBJECTS)),
    "the recorder counts for an object made in each round": (
        ALLOCATING,
        runner(ARGUMENTS, "", FOR_EACH),
    ),
    "the recorder counts in a loop": (ALLOCATING, runner(KNOWN, "plugin")),
}
UNKNOWN = {
    "not annotated": runner(ARGUMENTS, "plugin").replace(
        "self._plugin, rows", "self.__dict__['_plugin'], rows"
    ),
    "of two kinds": runner(ARGUMENTS, "self._any"),
    "of another class": runner("self, plugin: Transform, rows, ctx", "plugin"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_refused(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """With the caller in sight nothing is rewritten; without, it would break."""
    batch, text = BROKEN[name]
    project = Project(tmp_path, batch, {RUNNER: text})
    outcome = project.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("'process_batch' is called in a loop, in row ")
    assert outcome.reason.endswith("runner.py, so several batches may share a state id")
    assert outcome.row == outcome.finding.span.row
    project.write(RUNNER, "")
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed)
    project.write(RUNNER, text)
    assert project.differs("acme.core.runner", result.after, databases[0], ("five",))


@pytest.mark.parametrize("name", [*SAME_BESIDE, *BROKEN_LOOPS])
def test_other_uses_of_the_context(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    """A call that is handed the context opens no state, unless it is seen to, or called so."""
    text = {**SAME_BESIDE, **BROKEN_LOOPS}[name]
    project = Project(tmp_path, BASE, {RUNNER: text, OTHERS: OTHER})
    outcome = project.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("'process_batch' is called in a loop, in row ")
    project.write(RUNNER, "")
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed)
    project.write(RUNNER, text)
    assert project.differs("acme.core.runner", result.after, databases[0], ("five",))


@pytest.mark.parametrize("name", OPENED_BESIDE)
def test_other_calls_that_open_a_state(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    """Twin: each round has a state of its own."""
    project = Project(tmp_path, BASE, {RUNNER: OPENED_BESIDE[name], OTHERS: OTHER})
    _assert_each_row_has_a_state(project, databases)


@pytest.mark.parametrize("name", ONCE_LISTED)
def test_one_of_a_list(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """Twin: a loop over plugins, each of another class, runs the batch path once."""
    project = Project(tmp_path, BASE, {RUNNER: ONCE_LISTED[name], OTHERS: OTHER})
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed)
    for engine in databases:
        rows = ("none", "one", "five", "raising")
        assert project.differs("acme.core.runner", result.after, engine, rows) == ""


@pytest.mark.parametrize("name", TWICE_BROKEN)
def test_twice_refused(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """Two calls one after the other are two rounds."""
    batch, text = TWICE_BROKEN[name]
    project = Project(tmp_path, batch, {RUNNER: text})
    outcome = project.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(
        "'process_batch' is called more than once under one state id, in row "
    )
    assert outcome.reason.endswith("runner.py")
    project.write(RUNNER, "")
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed)
    project.write(RUNNER, text)
    for engine in databases:
        assert project.differs("acme.core.runner", result.after, engine, ("five",))


@pytest.mark.parametrize("name", TWICE_STATEFUL)
def test_twice_fixed(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """Twin: each of the two calls has a state of its own."""
    project = Project(tmp_path, BASE, {RUNNER: TWICE_STATEFUL[name]})
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed)
    project.batch.write_bytes(result.after)
    for engine in databases:
        seen = run(project.load("acme.core.runner"), engine, ROWS["five"])
        assert not seen.error
        assert [call.call_index for call in seen.calls] == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", SAFE)
def test_fixed(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """What runs the batch path once for each state, or lets its clients live, is no matter."""
    batch, text = SAFE[name]
    project = Project(tmp_path, batch, {RUNNER: text})
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed)
    for engine in databases:
        rows = ("none", "one", "five", "raising")
        assert project.differs("acme.core.runner", result.after, engine, rows) == ""


@pytest.mark.parametrize("name", STATEFUL)
def test_fixed_where_rows_have_states(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    """An engine that opens a state before each call is what the batch path is written for."""
    _assert_each_row_has_a_state(Project(tmp_path, BASE, {RUNNER: STATEFUL[name]}), databases)


def _assert_each_row_has_a_state(project: Project, databases: tuple[Engine, ...]) -> None:
    """Whether the batch path is fixed, and counts the calls of each row from 0."""
    result = project.fix()
    assert isinstance(result.outcomes[0], Fixed), result.outcomes
    project.batch.write_bytes(result.after)
    for engine in databases:
        seen = run(project.load("acme.core.runner"), engine, ROWS["five"])
        assert not seen.error
        assert len({call.state_id for call in seen.calls}) == len(ROWS["five"])
        assert [call.call_index for call in seen.calls] == [0, 1] * len(ROWS["five"])


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_alone_shows_nothing(name: str, tmp_path: pathlib.Path) -> None:
    project = Project(tmp_path, BASE, {RUNNER: UNKNOWN[name]})
    assert isinstance(project.fix().outcomes[0], Fixed)


LOOPING = """
class Looping:
    def process_batch(self, rows, ctx):
        output = []
        for row in rows:
            output += self._batch([row], ctx)
        return output
"""


def test_a_loop_of_the_base(tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """A base of another module that calls what its subclass is to define."""
    batch = BASE.replace("def process_batch", "def _batch").replace(
        "class Transform:", "class Transform(Looping):"
    )
    batch = batch.replace(
        "import logging\n", "import logging\nfrom acme.core.base import Looping\n"
    )
    project = Project(tmp_path, batch, {"acme/core/base.py": LOOPING})
    outcome = project.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("'_batch' is called in a loop or handed on")
    assert ", in row 6 of " in outcome.reason
    assert outcome.reason.endswith("acme/core/base.py")
    project.write("acme/core/base.py", "class Looping:\n    pass\n")
    result = project.fix()
    project.write("acme/core/base.py", LOOPING)
    assert project.differs("acme.plugins.batch", result.after, databases[0], ("five",))
