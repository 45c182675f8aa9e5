"""A context that ``self`` keeps, and rows that find it there: who makes and releases clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fix
from tests.codemod.project import Project
from tests.codemod.restarting import check_restart
from tests.codemod.sources import POPPED, module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

ALL_ROWS = "[self._row(row, i) for i, row in enumerate(rows)]"
EACH = f"self._ctx = ctx\nreturn {ALL_ROWS}"
LOOP = """
self._ctx = ctx
output = []
for i, row in enumerate(rows):
    BEFORE
    output.append(self._row(row, i))
BEHIND
return output
"""
ROW = """
def _row(self, row, i):
    sid = f"{self._ctx.state_id}_row{i}"
    try:
        return self._answer(row, sid)
    finally:
        self._clients.pop(sid, None)
"""
BY_LOCAL = ROW.replace("self._ctx.", "ctx.").replace("    sid", "    ctx = self._ctx\n    sid", 1)
HELPED = ROW.replace("self._clients.pop(sid, None)", "self._release(sid)")
KEPT = """
def _kept(self, ctx):
    self._ctx = ctx
"""
ON_START = KEPT.replace("_kept", "on_start")
ASKING = """
def _all(self):
    return self._client(self._ctx.state_id).ask("all")
"""
ROWS_OF = """
def _rows_of(self, rows):
    return [self._row(row, i) for i, row in enumerate(rows)]
"""
IN_LOOP = f"\nself._ctx = ctx{POPPED}".replace("return output", "BEHIND\nreturn output")
FOUND = """
def _found(self, state_id):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._ctx.landscape, state_id)
    return self._clients[state_id]

def _row(self, row, i):
    sid = f"{self._ctx.state_id}_row{i}"
    try:
        return self._found(sid).ask(row["prompt"])
    finally:
        self._clients.pop(sid, None)
"""


def loop(before: str = "pass", behind: str = "pass") -> str:
    return LOOP.replace("BEFORE", before).replace("BEHIND", behind)


FIXED = (
    Case("each row", EACH, ROW),
    Case("in a loop", loop(), ROW),
    Case("by a local of the row's", EACH, BY_LOCAL),
    Case("released by a helper", EACH, HELPED),
    Case("kept by a method", EACH.replace("self._ctx = ctx", "self._kept(ctx)"), ROW + KEPT),
    Case("kept by a hook", EACH.replace("self._ctx = ctx\n", ""), ROW + ON_START),
    Case(
        "the id itself",
        EACH.replace("_ctx = ctx", "_state_id = ctx.state_id"),
        ROW.replace("_ctx.state_id", "_state_id"),
    ),
    Case("the client, too", EACH, FOUND),
    Case(
        "put away behind",
        "self._ctx = ctx\ntry:\n    output = self._rows(rows)\nfinally:\n    self._ctx = None\n"
        "return output".replace("self._rows(rows)", ALL_ROWS),
        ROW,
    ),
    Case(
        "kept for the recorder alone",
        IN_LOOP.replace("BEHIND", "pass"),
        "def _all(self):\n    return self._ctx.landscape, self._named(self._ctx)\n"
        "def _named(self, ctx):\n    return ctx.run_id\n",
    ),
    Case(
        "in threads",
        """
        self._ctx = ctx
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(self._row, row, i) for i, row in enumerate(rows)]
        return [future.result() for future in futures]
        """,
        ROW.replace("self._clients.pop(sid, None)", "self._release(sid)"),
        ordered=False,
    ),
)
MAPPED = Case(
    "mapped",
    """
    self._ctx = ctx
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(self._row, rows, range(len(rows))))
    """,
    ROW.replace("self._clients.pop(sid, None)", "self._release(sid)"),
    ordered=False,
    rows=("none", "one", "five"),
)
BESIDE = "the client is released in a function that is called for each row"
REFUSED = (
    Case(
        "asks before",
        loop().replace("output = []", "output = [self._all()]"),
        ROW + ASKING,
        "used beside the built ids",
    ),
    Case(
        "asks behind",
        loop(behind="output.append(self._all())"),
        ROW + ASKING,
        "used beside the built ids",
    ),
    Case("asks in between", loop("self._all()"), ROW + ASKING, "used beside the built ids"),
    Case("bound for each row", loop("self._ctx = ctx"), ROW, ""),
    Case(
        "bound where it may be left out",
        EACH.replace("self._ctx", "if rows:\n    self._ctx"),
        ROW,
        "'self._ctx.state_id' may be None here",
    ),
    Case(
        "in another method",
        "self._ctx = ctx\nreturn self._rows_of(rows)",
        ROW + ROWS_OF,
        "'self._ctx.state_id' may be None here",
    ),
    Case(
        "bound by a row",
        EACH,
        ROW.replace(
            "    finally",
            "    except ProviderError:\n        self._ctx = None\n        raise\n    finally",
        ),
        "'self._ctx' is bound again while rows run",
    ),
    Case(
        "bound behind, in a loop",
        loop(behind="for _ in rows:\n    self._ctx = None"),
        ROW,
        "'self._ctx.state_id' may be None here",
    ),
    Case("on another object", loop("Transform()._row(row, i)"), ROW, ""),
    Case(
        "called by another, too",
        EACH,
        ROW + "def process(self, row, ctx):\n    self._ctx = ctx\n    return self._row(row, 0)\n",
        "",
    ),
    Case(
        "by what tries again",
        EACH.replace("self._row(row, i)", "self._again(self._row, row, i)"),
        ROW + "def _again(self, call, *given):\n    return call(*given)\n",
        "the loop that releases the client cannot be seen",
    ),
    Case(
        "the caller asks, too",
        EACH,
        ROW + "def run(self, rows, ctx):\n    output = self.process_batch(rows, ctx)\n"
        "    return [*output, self._client(ctx.state_id).ask('all')]\n",
        "'run' uses the context's state id beside 'process_batch'",
    ),
    Case(
        "the caller loops",
        EACH,
        ROW + "def run(self, batches, ctx):\n"
        "    return [self.process_batch(each, ctx) for each in batches]\n",
        "'process_batch' is called in a loop or handed on",
    ),
    Case(
        "another hook, by a local",
        EACH,
        ROW + "def finish(self):\n    ctx = self._ctx\n"
        "    AuditedClient(ctx.landscape, ctx.state_id).ask('all')\n",
        "'finish' makes calls under its context's state id",
    ),
)
LIVE = Case(
    "kept, and asked under by another method",
    IN_LOOP.replace("BEHIND", "output.append(self._all())"),
    ASKING,
    "'self._ctx.state_id' is used beside the built ids, so two clients could count under one id",
)
SHARED = (
    Case(
        "the context kept, and its id used by another method",
        "self._ctx = ctx"
        + IN_LOOP.replace('f"{ctx.state_id}_row{i}"', "self._ctx.state_id")
        .replace("self._ctx = ctx", "")
        .replace("BEHIND", "output.append(self._all())"),
        ASKING,
    ),
    Case(
        "the context kept, and its client released by another method",
        EACH,
        ROW.replace('f"{self._ctx.state_id}_row{i}"', "self._ctx.state_id"),
    ),
)


@pytest.mark.parametrize("case", [*FIXED, MAPPED], ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.name)
def test_release_moves(case: Case, databases: tuple[Engine, ...]) -> None:
    check_restart(case.code, fix(case.code).after, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused_with_its_reason(case: Case) -> None:
    result = fix(case.code)
    assert result.after == result.before
    (outcome,) = result.outcomes
    assert getattr(outcome, "reason", "") == BESIDE
    assert case.reason in getattr(outcome, "remedy", "")


def test_refused_at_once() -> None:
    check_refused(LIVE)


@pytest.mark.parametrize("called", ["again", "for _ in 'ab': again"])
def test_another_module_runs_it_twice(called: str, tmp_path: pathlib.Path) -> None:
    run = "plugin.process_batch(rows, ctx)"
    other = f"""
    from acme.plugins.batch import Transform


    def run(rows, ctx):
        plugin = Transform()
        {run if called == "again" else called.replace("again", run)}
        {run}
    """
    project = Project(tmp_path, module(EACH, ROW), {"acme/engine.py": other})
    result = project.fix()
    assert result.after == result.before
