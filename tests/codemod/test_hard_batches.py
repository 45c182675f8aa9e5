"""Batch paths written to be hard: each is fixed and run, or refused for the reason given."""

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
        "generator-norelease",
        """
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            yield self._answer(row, state_id)
        """,
    ),
    Case(
        "closure",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            def work():
                return self._answer(row, state_id)
            try:
                output.append(work())
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "closure-param",
        """
        def work(i, row):
            return self._answer(row, state_id=f"{ctx.state_id}_row{i}")
        return [work(i, row) for i, row in enumerate(rows)]
        """,
    ),
    Case(
        "two loops one name",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_second{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "two loops two names",
        """
        output = []
        for i, row in enumerate(rows):
            a_state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, a_state_id))
            finally:
                self._clients.pop(a_state_id, None)
        output.append({"half": 1})
        for j, row in enumerate(rows):
            b_state_id = f"{ctx.state_id}_second{j}"
            try:
                output.append(self._answer(row, b_state_id))
            finally:
                self._clients.pop(b_state_id, None)
        return output
        """,
    ),
    Case(
        "while",
        """
        output = []
        i = 0
        while i < len(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(rows[i], state_id))
            finally:
                self._clients.pop(state_id, None)
                i += 1
        return output
        """,
    ),
    Case(
        "walrus",
        """
        output = []
        for i, row in enumerate(rows):
            output.append(self._answer(row, (state_id := f"{ctx.state_id}_row{i}")))
            self._clients.pop(state_id, None)
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
        "loop var reused",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        output.append({"last": i if rows else None})
        return output
        """,
    ),
    Case(
        "rows mutated",
        """
        output = []
        i = 0
        while rows:
            row = rows.pop(0)
            state_id = f"{ctx.state_id}_row{i}"
            i += 1
            output.append(self._answer(row, state_id))
            self._clients.pop(state_id, None)
        return output
        """,
    ),
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
        "pool over rows",
        """
        with ThreadPoolExecutor(2) as executor:
            futures = [executor.submit(self._answer, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
            return [f.result() for f in futures]
        """,
        ordered=False,
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
        "prefix local",
        """
        output = []
        prefix = f"{ctx.state_id}_row"
        for i, row in enumerate(rows):
            state_id = f"{prefix}{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "suffix local",
        """
        output = []
        for i, row in enumerate(rows):
            suffix = f"_row{i}"
            state_id = ctx.state_id + suffix
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "alias of context id",
        """
        output = []
        base_state_id = ctx.state_id
        for i, row in enumerate(rows):
            state_id = f"{base_state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "nested loops",
        """
        output = []
        for i, row in enumerate(rows):
            for j, question in enumerate("ab"):
                state_id = f"{ctx.state_id}_row{i}_q{j}"
                try:
                    output.append(self._ask(row, question, state_id))
                finally:
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
        "async",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(await self._aanswer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
        beside="""
        async def _aanswer(self, row, state_id):
            return await self._client(state_id).ask_async(row["prompt"])
        """,
    ),
    Case(
        "gather",
        """
        return await asyncio.gather(*(self._aanswer(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)))
        """,
        beside="""
        async def _aanswer(self, row, state_id):
            return await self._client(state_id).ask_async(row["prompt"])
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
        "enumerate genexp",
        """
        output = []
        for i, row in enumerate(r for r in rows if r):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "comments everywhere",
        """
        output = []

        # Answer each row.
        for i, row in enumerate(rows):  # rows in order
            # One id per row.
            state_id = (
                f"{ctx.state_id}"  # given
                f"_row{i}"  # ours
            )  # built

            # Try it.
            try:  # here
                # Ask.
                output.append(self._answer(row, state_id))
                # Asked.
            # In any case:
            finally:  # always
                # Release the client.
                self._clients.pop(state_id, None)  # gone
                # Released.
            # Done with the row.
        # Done.
        return output
        """,
    ),
    Case(
        "self ctx",
        """
        output = []
        self._ctx = ctx
        for i, row in enumerate(rows):
            state_id = f"{self._ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "match",
        """
        output = []
        for i, row in enumerate(rows):
            match row:
                case {"skip": True}:
                    continue
                case _:
                    state_id = f"{ctx.state_id}_row{i}"
                    try:
                        output.append(self._answer(row, state_id))
                    finally:
                        self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "two ids in row",
        """
        output = []
        for i, row in enumerate(rows):
            a_state_id = f"{ctx.state_id}_a{i}"
            b_state_id = f"{ctx.state_id}_b{i}"
            try:
                output.append(self._answer(row, a_state_id))
                output.append(self._answer(row, b_state_id))
            finally:
                self._clients.pop(a_state_id, None)
                self._clients.pop(b_state_id, None)
        return output
        """,
    ),
    Case(
        "uuid",
        """
        output = []
        for row in rows:
            state_id = f"{ctx.state_id}_{uuid4().hex}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "guarded rows",
        """
        output = []
        if rows:
            for i, row in enumerate(rows):
                state_id = f"{ctx.state_id}_row{i}"
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    self._clients.pop(state_id, None)
        else:
            output.append({"empty": True})
        return output
        """,
    ),
    Case(
        "one-line suite",
        """
        output = []
        for i, row in enumerate(rows): output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        return output
        """,
    ),
    Case(
        "semicolons",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"; output.append(self._answer(row, state_id)); self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "retry inner",
        """
        output = []
        for i, row in enumerate(rows):
            for attempt in range(3):
                state_id = f"{ctx.state_id}_row{i}_{attempt}"
                try:
                    output.append(self._answer(row, state_id))
                    break
                except ProviderError:
                    continue
                finally:
                    self._clients.pop(state_id, None)
        return output
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
        "plain parameter",
        """
        return self._batch(rows, ctx.state_id)
        """,
        beside="""
        def _batch(self, rows, state_id):
            output = []
            for i, row in enumerate(rows):
                row_state_id = f"{state_id}_row{i}"
                try:
                    output.append(self._answer(row, row_state_id))
                finally:
                    self._clients.pop(row_state_id, None)
            return output
        """,
    ),
    Case(
        "stands alone",
        """
        row = {"prompt": " ".join(row["prompt"] for row in rows)}
        try:
            return [self._answer(row, f"{ctx.state_id}_all")]
        finally:
            self._clients.clear()
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
    Case(
        "list of ids",
        """
        output = []
        state_ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]
        for row, state_id in zip(rows, state_ids):
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "row key",
        """
        output = []
        for row in rows:
            state_id = f"{ctx.state_id}_{row['id']}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "tuple unpack",
        """
        output = []
        for i, row in enumerate(rows):
            state_id, prompt = f"{ctx.state_id}_row{i}", row["prompt"]
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "lambda default",
        """
        output = []
        work = []
        for i, row in enumerate(rows):
            work.append(lambda row=row, state_id=f"{ctx.state_id}_row{i}": self._answer(row, state_id))
        for w in work:
            output.append(w())
        return output
        """,
    ),
    Case(
        "branches",
        """
        output = []
        for i, row in enumerate(rows):
            if row.get("skip"):
                state_id = f"{ctx.state_id}_skip{i}"
            else:
                state_id = f"{ctx.state_id}_row{i}"
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
        "generator",
        """
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                yield self._answer(row, state_id)
            finally:
                self._clients.pop(state_id, None)
        """,
        reason="the batch path is a generator: a release after its loop waits for the consumer",
    ),
    Case(
        "metrics key",
        """
        output = []
        counts = {}
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            counts[state_id] = 1
            output.append(self._answer(row, state_id))
            self._clients.pop(state_id, None)
        return output
        """,
        reason="the id is a key of 'counts', which is no cache of clients",
    ),
    Case(
        "closure-release",
        """
        def work(i, row):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                return self._answer(row, state_id)
            finally:
                self._clients.pop(state_id, None)
        return [work(i, row) for i, row in enumerate(rows)]
        """,
        reason="the client is released in a function that is called for each row",
    ),
    Case(
        "context manager",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            with self._client_for(state_id) as client:
                output.append(client.ask(row["prompt"]))
        return output
        """,
        beside="""
        @contextmanager
        def _client_for(self, state_id):
            try:
                yield self._client(state_id)
            finally:
                self._clients.pop(state_id, None)
        """,
        reason="'_client_for' is decorated with 'contextmanager'",
    ),
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
        reason="the id is handed to 'stack.callback', which cannot be seen",
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
        reason="the id is a key of 'clients', which is no cache of clients",
    ),
    Case(
        "kept after loop",
        """
        output = []
        state_id = ""
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
            self._clients.pop(state_id, None)
        logger.info("last %s", state_id)
        return output
        """,
        reason="'state_id' holds the id and is bound again here",
    ),
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
        "stored in output",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append({**self._answer(row, state_id), "state_id": state_id})
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
        reason="the id is stored in a container",
    ),
    Case(
        "compared",
        """
        output = []
        last = None
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            if state_id == last:
                continue
            output.append(self._answer(row, state_id))
        return output
        """,
        reason="the id is compared with another value",
    ),
    Case(
        "results keyed",
        """
        results = {}
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            results[state_id] = self._answer(row, state_id)
        return list(results.values())
        """,
        reason="the id is a key of 'results', which is no cache of clients",
    ),
    Case(
        "construct per row",
        """
        output = []
        for i, row in enumerate(rows):
            client = AuditedClient(self._recorder, state_id=f"{ctx.state_id}_row{i}")
            output.append({**row, "replies": client.ask(row["prompt"])})
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
        "ctx used after",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            finally:
                self._clients.pop(state_id, None)
        output.append(self._answer({"prompt": "sum"}, ctx.state_id))
        return output
        """,
        reason="'ctx.state_id' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "pool map lambda",
        """
        with ThreadPoolExecutor(2) as executor:
            return list(executor.map(lambda p: self._answer(p[1], f"{ctx.state_id}_row{p[0]}"), enumerate(rows)))
        """,
        reason="the id evaluates 'p[0]', which may raise or act",
    ),
    Case(
        "raise with id",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, state_id))
            except ProviderError as e:
                raise RuntimeError(f"failed {state_id}") from e
            finally:
                self._clients.pop(state_id, None)
        return output
        """,
        reason="the id is part of an exception's message",
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
        "gather release",
        """
        return await asyncio.gather(*(self._aanswer(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)))
        """,
        beside="""
        async def _aanswer(self, row, state_id):
            try:
                return await self._client(state_id).ask_async(row["prompt"])
            finally:
                self._clients.pop(state_id, None)
        """,
        reason="where a row raises, the others may go on running after the release",
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
        "late lambda",
        """
        work = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            self._answer(row, state_id)
            work.append(lambda: self._answer(row, state_id))
            self._clients.pop(state_id, None)
        return [w() for w in work]
        """,
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "late task",
        """
        tasks = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            tasks.append(self._aanswer(row, state_id))
            self._clients.pop(state_id, None)
        return [await task for task in tasks]
        """,
        beside="""
        async def _aanswer(self, row, state_id):
            return await self._client(state_id).ask_async(row["prompt"])
        """,
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "late generator",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._lazy(row, state_id))
            self._clients.pop(state_id, None)
        return [x for g in output for x in g]
        """,
        beside="""
        def _lazy(self, row, state_id):
            yield self._answer(row, state_id)
        """,
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "two contexts",
        """
        output = []
        other = PluginContext(ctx.landscape, ctx.state_id)
        for i, row in enumerate(rows):
            a_state_id = f"{ctx.state_id}_a{i}"
            b_state_id = f"{other.state_id}_b{i}"
            output.append(self._answer(row, a_state_id))
            output.append(self._answer(row, b_state_id))
            self._clients.pop(a_state_id, None)
            self._clients.pop(b_state_id, None)
        return output
        """,
        reason="'self._clients' is used in another way while rows run",
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
        reason="calls are recorded with an index that restarts for each row",
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
        "row helper that releases",
        """
        return [self._row(row, i, ctx) for i, row in enumerate(rows)]
        """,
        beside="""
        def _row(self, row, i, ctx):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                return self._answer(row, state_id)
            finally:
                self._clients.pop(state_id, None)
        """,
        reason="the client is released in a function that is called for each row",
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
    Case(
        "catalog is no log",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            self.catalog.info(state_id)
            output.append(self._answer(row, state_id))
        return output
        """,
        reason="the id is handed to 'self.catalog.info', which cannot be seen",
    ),
    Case(
        "rebound context",
        """
        output = []
        for i, row in enumerate(rows):
            ctx = PluginContext(ctx.landscape, ctx.state_id)
            state_id = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, state_id))
            self._clients.pop(state_id, None)
        return output
        """,
        reason="'ctx' is bound again where rows share its state id",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
