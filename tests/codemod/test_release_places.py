"""Where a batch path releases its clients: in which block, whose function, and which cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIXED = (
    Case(
        "exitstack",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            with ExitStack() as stack:
                stack.callback(self._clients.pop, state_id, None)
                output.append(self._answer(row, state_id))
        return output
        """,
    ),
    Case(
        "dict alias",
        """
        output = []
        clients = self._clients
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "finally-return",
        """
        output = []
        for i, row in enumerate(rows):
            sid_state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, sid_state_id))
                if row.get("stop"):
                    return output
            finally:
                self._clients.pop(sid_state_id, None)
                if row.get("stop"):
                    return output + [{"f": 1}]
        return output
        """,
    ),
    Case(
        "in lock",
        """
        output = []
        with self._other:
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_row{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    with self._lock:
                        self._clients.pop(state_id, None)
        return output
        """,
        beside="""
        _other = Lock()
        """,
    ),
    Case(
        "release in except and end",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            except ProviderError:
                self._clients.pop(state_id, None)
                raise
            self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "local dict",
        """
        output = []
        clients = {}
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            if state_id not in clients:
                clients[state_id] = AuditedClient(self._recorder, state_id)
            output.append(clients[state_id].ask(row["prompt"]))
            del clients[state_id]
        return output
        """,
    ),
    Case(
        "suppress",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                with suppress(KeyError):
                    del self._clients[state_id]
        return output
        """,
    ),
    Case(
        "row helper cleared by its caller",
        """
        output = []
        for i, row in enumerate(rows):
            output.append(self._row(row, i, ctx))
        self._clients.clear()
        return output
        """,
        beside="""
        def _row(self, row, i, ctx):
            state_id = f"{ctx.state_id}_row{i}"
            return self._answer(row, state_id)
        """,
    ),
    Case(
        "stands alone and is released",
        """
        state_id = f"{ctx.state_id}_all"
        row = {"prompt": " ".join(row["prompt"] for row in rows)}
        try:
            return [self._answer(row, state_id)]
        finally:
            self._clients.pop(state_id, None)
        """,
    ),
)

REFUSED = (
    Case(
        "kept after loop 2",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
        if rows:
            self._answer(rows[0], state_id)
            self._clients.pop(state_id)
        return output
        """,
        reason="the client is released only under a condition",
    ),
    Case(
        "conditional release",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
            if not row.get("skip"):
                self._clients.pop(state_id, None)
        return output
        """,
        reason="the client is released only under a condition",
    ),
    Case(
        "clear in loop",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
            self._clients.clear()
        return output
        """,
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "clear in helper",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
            self._reset()
        return output
        """,
        beside="""
        def _reset(self):
            self._clients = {}
        """,
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "local dict in loop",
        """
        output = []
        for i, row in enumerate(rows):
            clients = {}
            state_id = f"{ctx.state_id}_row{i}"
            if state_id not in clients:
                clients[state_id] = AuditedClient(self._recorder, state_id)
            output.append(clients[state_id].ask(row["prompt"]))
        return output
        """,
        reason="'clients' is used in another way while rows run",
    ),
    Case(
        "tuple key",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            key = (state_id, "m")
            if key not in self._clients:
                self._clients[key] = AuditedClient(self._recorder, state_id)
            output.append(self._clients[key].ask(row["prompt"]))
            self._clients.pop(key)
        return output
        """,
        reason="the client is released where the release cannot be moved from",
    ),
    Case(
        "two alone, released in turn",
        """
        first_state_id = f"{ctx.state_id}_first"
        a = self._answer({"prompt": "a"}, first_state_id)
        self._clients.pop(first_state_id, None)
        second_state_id = f"{ctx.state_id}_second"
        b = self._answer({"prompt": "b"}, second_state_id)
        self._clients.pop(second_state_id, None)
        return [a, b]
        """,
        reason="several ids become one, and a release would come before the last use",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
