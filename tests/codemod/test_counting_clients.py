"""Who counts the calls, a client or the recorder, and from where once rows share a state id."""

# flake8: noqa: E501
# ruff: noqa: E501 - the reasons stand as they are printed

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIXED = (
    Case(
        "construct per row allocating",
        """
        output = []
        for i, row in enumerate(rows):
            client = LocalAllocating(self._recorder, state_id=f"{ctx.state_id}_row{i}")
            output.append({**row, "replies": client.ask(row["prompt"])})
        return output
        """,
        beside="""
        class LocalAllocating:
            def __init__(self, recorder, state_id):
                self.recorder = recorder
                self.state_id = state_id
            def ask(self, prompt):
                index = self.recorder.allocate_call_index(self.state_id)
                self.recorder.record_call(state_id=self.state_id, call_index=index, request=prompt)
                return prompt
        """,
    ),
    Case(
        "imported allocating client",
        """
        output = []
        for i, row in enumerate(rows):
            client = AllocatingClient(self._recorder, state_id=f"{ctx.state_id}_row{i}")
            output.append({**row, "replies": client.ask(row["prompt"])})
        return output
        """,
    ),
    Case(
        "recorded directly allocated",
        """
        output = []
        for i, row in enumerate(rows):
            row_state_id = f"{ctx.state_id}_row{i}"
            for question in "ab":
                index = self._recorder.allocate_call_index(row_state_id)
                self._recorder.record_call(state_id=row_state_id, call_index=index, request=question)
            output.append(row)
        return output
        """,
    ),
    Case(
        "two batch paths, one taken",
        """
        if len(rows) > 2:
            return self._first(rows, ctx)
        return self._second(rows, ctx)
        """,
        beside="""
        def _first(self, rows, ctx):
            output = []
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_first{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
            return output

        def _second(self, rows, ctx):
            output = []
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_second{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
            return output
        """,
    ),
)

REFUSED = (
    Case(
        "construct and close per row",
        """
        output = []
        for i, row in enumerate(rows):
            client = AuditedClient(self._recorder, state_id=f"{ctx.state_id}_row{i}")
            output.append({**row, "replies": client.ask(row["prompt"])})
            client.close()
        return output
        """,
        reason="a client is constructed for each row, so call_index would restart",
    ),
    Case(
        "row arg to client",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            if state_id not in self._clients:
                self._clients[state_id] = AuditedClient(self._recorder, state_id, provider=row["id"])
            output.append({**row, "replies": self._clients[state_id].ask(row["prompt"])})
            del self._clients[state_id]
        return output
        """,
        reason="the client is made with 'row', which differs from row to row",
    ),
    Case(
        "client with memory",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            if state_id not in self._clients:
                self._clients[state_id] = Remembering(self._recorder, state_id)
            output.append(self._clients[state_id].ask(row["prompt"]))
            del self._clients[state_id]
        return output
        """,
        beside="""
        class Remembering(AuditedClient):
            def __init__(self, recorder, state_id):
                super().__init__(recorder, state_id)
                self.history = []
            def ask(self, prompt):
                self.history.append(prompt)
                return super().ask(" ".join(self.history))
        """,
        reason="the client keeps 'self.history' from call to call, so rows would share it",
    ),
    Case(
        "recorded directly",
        """
        output = []
        for i, row in enumerate(rows):
            row_state_id = f"{ctx.state_id}_row{i}"
            for index, question in enumerate("ab"):
                self._recorder.record_call(state_id=row_state_id, call_index=index, request=question)
            output.append(row)
        return output
        """,
        reason="the index of the recorded calls is not seen to count from 0 without gaps",
    ),
    Case(
        "two caches",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
            if state_id not in self._others:
                self._others[state_id] = AuditedClient(self._recorder, state_id)
            output.append(self._others[state_id].ask("x"))
            self._clients.pop(state_id, None)
            self._others.pop(state_id, None)
        return output
        """,
        beside="""
        _others: dict[str, AuditedClient] = {}
        """,
        reason="several clients count calls under the one id",
    ),
    Case(
        "batches in chunks",
        """
        output = []
        for start in range(0, len(rows), 2):
            output.extend(self._chunk(rows[start : start + 2], ctx))
        return output
        """,
        beside="""
        def _chunk(self, rows, ctx):
            output = []
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_row{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
            return output
        """,
        reason="'_chunk' is called in a loop or handed on, so several batches may share a state id",
    ),
    Case(
        "two batch paths called in turn",
        """
        return self._first(rows, ctx) + self._second(rows, ctx)
        """,
        beside="""
        def _first(self, rows, ctx):
            output = []
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_first{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
            return output

        def _second(self, rows, ctx):
            output = []
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_second{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
            return output
        """,
        reason="'process_batch' uses the context's state id beside '_first'",
    ),
    Case(
        "context recorded beside",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            ctx.landscape.record_call(state_id=ctx.state_id, call_index=i, request="x")
            output.append(self._answer(row, state_id))
            self._clients.pop(state_id, None)
        return output
        """,
        reason="'ctx.state_id' is used beside the built ids, so two clients could count under one id",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
