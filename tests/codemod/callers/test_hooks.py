"""Other hooks of the class that make calls under their context's state id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed
from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS, assert_equivalent, run, shared
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

METHOD = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
OWN = "with a client of its own"
RELEASED = "when the batch has released its client"
BROKEN = (
    Case(
        "a client of its own",
        METHOD,
        """
        def on_start(self, ctx):
            AuditedClient(ctx.landscape, ctx.state_id).ask("hello")
        """,
        OWN,
    ),
    Case(
        "annotated only",
        METHOD,
        """
        def on_start(self, given: PluginContext) -> None:
            state_id = given.state_id
            AuditedClient(given.landscape, state_id=state_id).ask("hello")
        """,
        OWN,
    ),
    Case(
        "after the batch",
        METHOD,
        """
        def on_complete(self, ctx):
            AuditedClient(ctx.landscape, ctx.state_id).ask("bye")
        """,
        OWN,
    ),
    Case(
        "after the batch, the cached one",
        METHOD,
        """
        def on_complete(self, ctx):
            self._client(ctx.state_id).ask("bye")
        """,
        RELEASED,
    ),
    Case(
        "after the batch, the cached one, by another method",
        METHOD,
        """
        def on_complete(self, ctx):
            self.summary(ctx)

        def summary(self, ctx):
            self._client(ctx.state_id).ask("bye")
        """,
        RELEASED,
    ),
    Case(
        "in a helper",
        METHOD,
        """
        def on_start(self, ctx):
            self._recorder = ctx.landscape
            self._hello(ctx.state_id)

        def _hello(self, state_id):
            AuditedClient(self._recorder, state_id).ask("hello")
        """,
        OWN,
    ),
    Case(
        "in a helper that gets the context",
        METHOD,
        """
        def on_start(self, ctx):
            self._hello(ctx)

        def _hello(self, ctx):
            AuditedClient(ctx.landscape, ctx.state_id).ask("hello")
        """,
        OWN,
    ),
    Case(
        "the context is kept",
        METHOD,
        """
        def on_start(self, given):
            self._ctx = given

        def on_complete(self, _):
            AuditedClient(self._ctx.landscape, self._ctx.state_id).ask("bye")
        """,
        OWN,
    ),
    Case(
        "another cache",
        METHOD,
        """
        def on_start(self, ctx):
            self._starting = {}
            if ctx.state_id not in self._starting:
                self._starting[ctx.state_id] = AuditedClient(ctx.landscape, ctx.state_id)
            self._starting[ctx.state_id].ask("hello")
        """,
        OWN,
    ),
    Case(
        "recorded without a client",
        METHOD,
        """
        def on_start(self, ctx):
            ctx.landscape.record_call(state_id=ctx.state_id, call_index=0, request="hello")
        """,
        OWN,
    ),
    Case(
        "the recorder counts for the hook alone",
        METHOD,
        """
        def on_start(self, ctx):
            AllocatingClient(ctx.landscape, ctx.state_id).ask("hello")
        """,
        OWN,
    ),
    Case(
        "made by what is called a client",
        METHOD,
        """
        def on_start(self, ctx):
            client_maker = AuditedClient
            client_maker(ctx.landscape, ctx.state_id).ask("hello")
        """,
        OWN,
    ),
)
ALLOCATING = """
output = []
for i, row in enumerate(rows):
    client = AllocatingClient(ctx.landscape, f"{ctx.state_id}_row{i}")
    output.append(client.ask(row["prompt"]))
return output
"""
SAFE = (
    Case(
        "the cached one, before the batch",
        METHOD,
        """
        def on_start(self, ctx):
            self._recorder = ctx.landscape
            self._client(ctx.state_id).ask("hello")
        """,
    ),
    Case(
        "the recorder counts",
        ALLOCATING,
        """
        def on_start(self, ctx):
            AllocatingClient(ctx.landscape, ctx.state_id).ask("hello")

        def on_complete(self, ctx):
            index = ctx.landscape.allocate_call_index(ctx.state_id)
            ctx.landscape.record_call(state_id=ctx.state_id, call_index=index, request="bye")
        """,
    ),
    Case(
        "no calls",
        METHOD,
        """
        def on_start(self, ctx):
            if ctx.state_id is None:
                raise RuntimeError("no state")
            logger.info("starting under %s", ctx.state_id)

        def on_complete(self, ctx):
            self._clients.pop(ctx.state_id, None)
        """,
    ),
    Case(
        "another way to answer, by the cached one",
        METHOD,
        """
        def process(self, row, ctx):
            self._recorder = ctx.landscape
            try:
                return self._answer(row, ctx.state_id)
            finally:
                self._clients.pop(ctx.state_id, None)
        """,
    ),
    Case(
        "one of two, its client its own",
        """
        if len(rows) == 1:
            return self._one(rows[0], ctx)
        return self._batch(rows, ctx)
        """,
        """
        def _one(self, row, ctx):
            return [AuditedClient(ctx.landscape, ctx.state_id).ask(row["prompt"])]

        def _batch(self, rows, ctx):
            return [self._answer(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
        """,
    ),
)
# The harness compares what is recorded under one state; here there are two.
OTHER_IDS = (
    Case(
        "a state of its own",
        METHOD,
        """
        def on_start(self, ctx):
            state_id = ctx.landscape.begin_node_state(ctx.run_id)
            AuditedClient(ctx.landscape, state_id).ask("hello")
        """,
    ),
    Case(
        "the state of something else",
        METHOD,
        """
        def record(self, event):
            AuditedClient(self._recorder, event.state_id).ask("hello")
        """,
    ),
    Case(
        "the id is the caller's",
        METHOD,
        """
        def warm_up(self, recorder, state_id):
            AuditedClient(recorder, state_id).ask("hello")
        """,
    ),
)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_refused(case: Case, databases: tuple[Engine, ...]) -> None:
    """With the hook nothing is rewritten; the batch path's own rewriting would break it."""
    code = module(case.method, case.beside)
    refusal = refused(code)
    assert "makes calls under its context's state id, which may be the batch's" in refusal.reason
    assert refusal.reason.endswith(case.reason)
    assert refusal.row != refusal.finding.span.row
    rewritten = fixed(module(case.method)).decode()
    old, new = (text.partition("    def process_batch")[2] for text in (code, rewritten))
    before = run(code, shared(keys=False), ROWS["five"])
    assert not before.error
    after = run(code.replace(old, new), databases[0], ROWS["five"])
    assert after.error.startswith("IntegrityError")
    with pytest.raises(AssertionError):
        assert_equivalent(before, after)


@pytest.mark.parametrize("case", SAFE, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("one", "five", "raising"))


@pytest.mark.parametrize("case", OTHER_IDS, ids=lambda case: case.name)
def test_fixed_beside_other_ids(case: Case, databases: tuple[Engine, ...]) -> None:
    new = fixed(module(case.method, case.beside))
    for engine in databases:
        assert not run(new, engine, ROWS["five"]).error


def test_two_hooks_that_build_ids(databases: tuple[Engine, ...]) -> None:
    """Fixed both, they would count under one id; so neither is."""
    hook = """
    def on_start(self, ctx):
        AuditedClient(ctx.landscape, f"{ctx.state_id}_start").ask("hello")
    """
    code = module(METHOD, hook)
    assert refused(code).reason.endswith(OWN)
    assert not run(code, shared(keys=False), ROWS["five"]).error
    assert (
        run(code.replace('f"{ctx.state_id}_start"', "ctx.state_id"), databases[0], []).error == ""
    )
    alone = module("return [dict(row) for row in rows]", hook)
    assert not run(fixed(alone), databases[0], ROWS["five"]).error
