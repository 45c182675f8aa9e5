"""SID101 where other modules of the project take part: subclasses, callers, bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.callers.test_outside_callers import ARGUMENTS, KNOWN, RUNNER, UNKNOWN, runner
from tests.codemod.callers.test_restarts import EACH
from tests.codemod.harness import ROWS, assert_equivalent, run, shared
from tests.codemod.project import Project
from tests.codemod.reading.test_descendants import (
    BESIDE,
    CHUNKED,
    FRESH,
    HARMLESS,
    HEAD,
    HOOK,
    LISTING,
    SUB,
    TAGGED,
)
from tests.codemod.restarting import lenient
from tests.codemod.sources import Choices, batch_source, module

if TYPE_CHECKING:
    import pathlib

BUILT = 'f"{ctx.state_id}_row{i}"'
BASE = batch_source(Choices()).replace(BUILT, "ctx.state_id")
# The context itself is handed on.
HANDING = module(
    EACH.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx)") + "return output",
    "def _own(self, row, ctx):\n    return self._answer(row, ctx.state_id)\n",
)
FRESH_OWN = """
    def _own(self, row, ctx):
        return AuditedClient(ctx.landscape, ctx.state_id).ask(row["prompt"])
"""
OTHER_OWN = """
    def _own(self, row, ctx):
        return {**super()._own(row, ctx), "sub": True}
"""
REFUSED = {
    "a hook of its own": (BASE, {SUB: HEAD + HOOK}),
    "a fresh client": (BASE, {SUB: HEAD + FRESH}),
    "in chunks": (BASE, {SUB: HEAD + CHUNKED}),
    "the keys of the cache": (BASE, {SUB: HEAD + LISTING}),
    "a client beside": (BASE, {SUB: HEAD + BESIDE}),
    "a fresh client under a context that is handed on": (HANDING, {SUB: HEAD + FRESH_OWN}),
    "a caller's loop": (BASE, {RUNNER: runner(KNOWN, "plugin")}),
    "a caller's loop that is given the plugin": (BASE, {RUNNER: runner(ARGUMENTS, "plugin")}),
}
FIXED = {
    "nobody else": (BASE, {}),
    "another method": (BASE, {SUB: HEAD + "    def name(self):\n        return 'sub'\n"}),
    "handed on": (BASE, {SUB: HEAD + HARMLESS}),
    "the id in the output, which stays what it was": (BASE, {SUB: HEAD + TAGGED}),
    "a context that is handed on": (HANDING, {SUB: HEAD + OTHER_OWN}),
    "a caller of what is not known": (BASE, {RUNNER: UNKNOWN["not annotated"]}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: pathlib.Path) -> None:
    """With the other module in sight nothing moves; without, it is fixed."""
    batch, files = REFUSED[name]
    [path] = files
    for outcome in Project(tmp_path / "seen", batch, files).fix().outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.finding.code == "SID101"
        assert path in outcome.reason
    for outcome in Project(tmp_path / "unseen", batch, {}).fix().outcomes:
        assert isinstance(outcome, Fixed)


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, tmp_path: pathlib.Path) -> None:
    batch, files = FIXED[name]
    project = Project(tmp_path, batch, files)
    result = project.fix()
    assert all(isinstance(outcome, Fixed) for outcome in result.outcomes)
    modules = ["acme.plugins.batch", *(["acme.plugins.llm.sub"] if SUB in files else [])]
    for each in modules:
        for rows in ("none", "one", "five", "raising"):
            project.batch.write_bytes(result.before)
            before = run(project.load(each), lenient(), ROWS[rows])
            project.batch.write_bytes(result.after)
            after = run(project.load(each), shared(keys=True), ROWS[rows])
            named = str(before.output).replace(before.state_id, after.state_id)
            assert_equivalent(
                before._replace(output=named), after._replace(output=str(after.output))
            )


OF_A_BASE = """
class Base:
    def process(self, rows, ctx):
        for i, row in enumerate(rows):
            self.one(row, {given})
            self.done(ctx.state_id)
"""
COUNTING = """
class Client:
    def __init__(self, recorder, state_id):
        self._recorder, self._state_id, self._n = recorder, state_id, 0
    def ask(self, row):
        self._n += 1
        self._recorder.record_call(state_id=self._state_id, call_index=self._n)
"""
OVERRIDING = """
from acme.base import Base
from acme.clients import Client
class Plugin(Base):
    def one(self, row, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = Client(self._recorder, state_id)
        self._clients[state_id].ask(row)
    def done(self, state_id):
        self._clients.pop(state_id, None)
"""


@pytest.mark.parametrize(
    ("given", "code", "reason"),
    [
        ("ctx.state_id", "SID101", "the loop stands in a base class of another module"),
        ('f"{ctx.state_id}_row{i}"', "SID001", "the id is built in another module, "),
    ],
)
def test_what_a_base_in_another_module_does(
    tmp_path: pathlib.Path, given: str, code: str, reason: str
) -> None:
    files = {"acme/base.py": OF_A_BASE.format(given=given), "acme/clients.py": COUNTING}
    outcomes = Project(tmp_path, OVERRIDING, files).fix().outcomes
    assert [outcome.finding.code for outcome in outcomes] == [code]
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.reason.startswith(reason)


MADE_IN_A_BASE = """
from acme.clients import Client
class Base:
    def one(self, row, ctx):
        return Client(ctx.landscape, ctx.state_id).ask(row)
"""
LOOPING = """
from acme.base import Base
class Plugin(Base):
    def process_batch(self, rows, ctx):
        if ctx.state_id is None:
            raise RuntimeError("no state")
        return [self.one(row, ctx) for row in rows]
"""


def test_a_client_that_another_module_makes(tmp_path: pathlib.Path) -> None:
    files = {"acme/base.py": MADE_IN_A_BASE, "acme/clients.py": COUNTING}
    (outcome,) = Project(tmp_path, LOOPING, files).fix().outcomes
    assert isinstance(outcome, Refused)
    assert outcome.finding.code == "SID102"
    assert outcome.reason.startswith("the client is made in another module, ")
    assert outcome.reason.endswith("base.py:5")
