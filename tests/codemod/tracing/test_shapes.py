"""Plain shapes of batch paths: blocks beside each other, lambdas, counters, states of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS, run, shared
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIXED = (
    Case(
        "first row apart",
        """
        output = []
        if not rows:
            return output
        first, *rest = rows
        sid = f"{ctx.state_id}_first"
        try:
            output.append(self._answer(first, sid))
        finally:
            self._clients.pop(sid, None)
        for i, row in enumerate(rest):
            rest_state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, rest_state_id))
            finally:
                self._clients.pop(rest_state_id, None)
        return output
        """,
    ),
    Case(
        "a loop in each branch",
        """
        output = []
        if len(rows) > 1:
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_many{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
        else:
            for row in rows:
                only_state_id = f"{ctx.state_id}_only"
                try:
                    output.append(self._answer(row, only_state_id))
                finally:
                    self._clients.pop(only_state_id, None)
        return output
        """,
    ),
    Case(
        "a loop in the handler",
        """
        output = []
        try:
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
        except ProviderError:
            for i, row in enumerate(rows[:1]):
                again_state_id = f"{ctx.state_id}_again{i}"
                try:
                    output.append(self._answer(row, again_state_id))
                finally:
                    self._clients.pop(again_state_id, None)
        return output
        """,
    ),
    Case(
        "cache of the class by two names",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._shared(ctx.landscape, state_id).ask(row["prompt"]))
            finally:
                with self._lock:
                    Transform._all.pop(state_id, None)
        return output
        """,
        beside="""
        _all = {}

        @classmethod
        def _shared(cls, recorder, state_id):
            if state_id not in cls._all:
                cls._all[state_id] = AuditedClient(recorder, state_id)
            return cls._all[state_id]
        """,
    ),
    Case(
        "lambda with a name",
        """
        ask = lambda row, sid: self._answer(row, sid)
        output = [ask(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
        self._clients.clear()
        return output
        """,
    ),
    Case(
        "lambda that is called at once",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._retry(lambda: self._answer(row, sid)))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        beside="""
        def _retry(self, call, times=2):
            for _ in range(times):
                try:
                    return call()
                except ProviderError:
                    continue
            return {"gave": "up"}
        """,
    ),
    Case(
        "id as a default",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"

            def ask(row, /, state_id=sid):
                return self._answer(row, state_id)

            try:
                output.append(ask(row))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "release with a value",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                _ = self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "truncated",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"[:64]
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "another global",
        """
        global last
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        last = len(output)
        return output
        """,
    ),
    Case(
        "checked in a walrus",
        """
        if (parent := ctx.state_id) is None:
            return []
        output = []
        for i, row in enumerate(rows):
            sid = f"{parent}_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "chosen in branches",
        """
        output = []
        for i, row in enumerate(rows):
            if i == 0:
                sid = f"{ctx.state_id}_first"
            elif i == 1:
                sid = f"{ctx.state_id}_second"
            else:
                sid = f"{ctx.state_id}_{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "chosen anew in a branch",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_{i}"
            if i > 3: sid = f"{ctx.state_id}_late"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "joined parts",
        """
        output = []
        for i, row in enumerate(rows):
            parts = [ctx.state_id, str(i)]
            state_id = "_".join(parts)
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "recorded under a count",
        """
        output = []
        count = 0
        for row in rows:
            ctx.landscape.record_call(
                state_id=f"{ctx.state_id}_call{count}", call_index=count, request=row["id"]
            )
            count += 1
            output.append(row["id"])
        return output
        """,
    ),
)
REFUSED = (
    Case(
        "count of all batches",
        """
        for i, row in enumerate(rows):
            index = self._next()
            ctx.landscape.record_call(
                state_id=f"{ctx.state_id}_{i}", call_index=index, request=row["id"]
            )
        return []
        """,
        beside="""
        def _next(self):
            self.done += 1
            return self.done - 1
        """,
        reason="'self.done' counts on from batch to batch, so call_index would not begin at 0",
    ),
    Case(
        "count that skips",
        """
        count = 0
        for row in rows:
            ctx.landscape.record_call(
                state_id=f"{ctx.state_id}_{count}", call_index=count, request=row["id"]
            )
            if row.get("skip"):
                continue
            count += 1
        return []
        """,
        reason="the index of the recorded calls is not seen to count from 0 without gaps",
    ),
    Case(
        "count of each row",
        """
        for i, row in enumerate(rows):
            count = 0
            for question in "ab":
                ctx.landscape.record_call(
                    state_id=f"{ctx.state_id}_{i}", call_index=count, request=question
                )
                count += 1
        return []
        """,
        reason="the index of the recorded calls is not seen to count from 0 without gaps",
    ),
    Case(
        "chosen by what may raise",
        """
        for i, row in enumerate(rows):
            if row["id"]:
                sid = f"{ctx.state_id}_first"
            else:
                sid = f"{ctx.state_id}_{i}"
            self._answer(row, state_id=sid)
        return []
        """,
        reason="'sid' is bound in branches that do nothing else, and what chooses them may act",
    ),
    Case(
        "chosen, and looked up",
        """
        for i, row in enumerate(rows):
            if i:
                sid = f"{ctx.state_id}_{row['id']}"
            else:
                sid = f"{ctx.state_id}_{i}"
            self._answer(row, state_id=sid)
        return []
        """,
        reason="the id evaluates 'row['id']', which may raise or act",
    ),
    Case(
        "not chosen otherwise",
        """
        for i, row in enumerate(rows):
            if not i:
                sid = f"{ctx.state_id}_{i}"
            self._answer(row, state_id=sid)
        return []
        """,
        reason="binding 'sid' is all that its block does",
    ),
    Case(
        "chosen where nothing repeats",
        """
        if rows:
            sid = f"{ctx.state_id}_some"
        else:
            sid = f"{ctx.state_id}_none"
        return [self._answer(rows[0], sid)]
        """,
        reason="binding the id is all that a branch does",
    ),
    Case(
        "joined parts that grow",
        """
        for i, row in enumerate(rows):
            parts = [ctx.state_id]
            parts.append(str(i))
            state_id = "_".join(parts)
            self._answer(row, state_id)
        return []
        """,
        reason="the id is not made from a state id in scope",
    ),
    Case(
        "lambda handed to what is decorated",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._later(lambda: self._answer(row, sid)))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        beside="""
        @later
        def _later(self, call):
            return call()
        """,
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "caches of two classes",
        """
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            self._answer(row, sid)
            Other._clients.pop(sid, None)
        return []
        """,
        beside="""
        class Other:
            _clients = {}
        """,
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "lambda that is kept",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._later(lambda: self._answer(row, sid)))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        beside="""
        def _later(self, call):
            self._calls = [call]
            return call()
        """,
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "default that is kept",
        """
        jobs = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"

            def ask(row=row, state_id=sid):
                return self._answer(row, state_id)

            jobs.append(ask)
            self._clients.pop(sid, None)
        return [job() for job in jobs]
        """,
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "a context bound again",
        """
        output = []
        for own in self._contexts:
            for i, row in enumerate(rows):
                state_id = f"{own.state_id}_row{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
        return output
        """,
        reason="'own' is bound again where rows share its state id",
    ),
    Case(
        "a context bound again between loops",
        """
        output = []
        for i, row in enumerate(rows):
            output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        ctx = self._next_context
        for i, row in enumerate(rows):
            output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        return output
        """,
        reason="'ctx' is bound again where rows share its state id",
    ),
    Case(
        "a context bound again in a branch",
        """
        output = []
        if len(rows) > 1:
            for i, row in enumerate(rows):
                output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        else:
            ctx = self._next_context
            for i, row in enumerate(rows):
                output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        return output
        """,
        reason="'ctx' is bound again where rows share its state id",
    ),
    Case(
        "global id",
        """
        global sid
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            self._answer(row, state_id=sid)
        return []
        """,
        reason="'sid' is bound in another scope",
    ),
)

CLEARED = """
with ThreadPoolExecutor(4) as pool:
    futures = [
        pool.submit(self._answer, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)
    ]
    try:
        return [future.result() for future in futures]
    finally:
        self._clients.clear()
"""
MINTED_IN_A_POOL = """
output = []
with ThreadPoolExecutor(2) as pool:
    for row in rows:
        state_id = ctx.landscape.begin_node_state(ctx.run_id)
        for question in "ab":
            sub_state_id = f"{state_id}_{question}"
            try:
                output.append(pool.submit(self._ask, row, question, sub_state_id).result())
            finally:
                self._clients.pop(sub_state_id, None)
return output
"""
MINTED = """
output = []
for row in rows:
    state_id = ctx.landscape.begin_node_state(ctx.run_id)
    for question in "ab":
        sub_state_id = f"{state_id}_{question}"
        try:
            output.append(self._client(sub_state_id).ask(row["prompt"]))
        finally:
            self._clients.pop(sub_state_id, None)
return output
"""
MINTED_BY_CALLER = """
return [self._row(row, ctx.landscape.begin_node_state(ctx.run_id)) for row in rows]
"""
ROW = """
def _row(self, row, state_id):
    output = []
    for question in "ab":
        sub_state_id = f"{state_id}_{question}"
        try:
            output.append(self._client(sub_state_id).ask(row["prompt"]))
        finally:
            self._clients.pop(sub_state_id, None)
    return output
"""


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


@pytest.mark.parametrize(
    ("method", "beside"), [(MINTED, ""), (MINTED_BY_CALLER, ROW)], ids=["loop", "caller"]
)
def test_minted(method: str, beside: str, databases: tuple[Engine, ...]) -> None:
    """Where each row opens a state, its calls are recorded under it, from 0."""
    code = module(method, beside)
    new = fixed(code)
    before = run(code, shared(keys=False), ROWS["five"])
    for engine in databases:
        after = run(new, engine, ROWS["five"])
        assert (after.error, after.output, after.cached) == ("", before.output, before.cached)
        states = [
            [call.call_index for call in calls]
            for _, calls in itertools.groupby(after.calls, lambda call: call.state_id)
        ]
        assert states == [[0, 1]] * len(ROWS["five"])
        assert run(code, engine, ROWS["five"]).error.startswith("IntegrityError")


def test_cleared_while_rows_run() -> None:
    """Where a row raises, the others run on, and would make a client that counts from 0."""
    assert (
        refused(module(CLEARED.strip("\n"))).reason
        == "'self._clients' is touched where a row has raised and others may still run"
    )
    after = CLEARED.strip("\n").replace(
        """    try:
        return [future.result() for future in futures]
    finally:
        self._clients.clear()""",
        """    output = [future.result() for future in futures]
self._clients.clear()
return output""",
    )
    assert b"ctx.state_id) for row in rows" in fixed(module(after))


def test_minted_in_a_pool() -> None:
    """The executor outlives the round that the id is for, but not what is waited for there."""
    code = module(MINTED_IN_A_POOL.strip("\n"))
    assert (
        refused(code.replace(".result()", "")).reason
        == "the id is handed to a thread that may run after the release"
    )
    released = b"                finally:\n                    self._clients.pop(state_id, None)\n"
    assert released in fixed(code)
