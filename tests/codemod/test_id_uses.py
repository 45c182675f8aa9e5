"""What an id is made of and kept in, and what is done with it besides asking."""

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
        "asked what any id is",
        """
        output = []
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            assert isinstance(state_id, str) and bool(state_id)
            output.append(self._answer(row, state_id))
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
        "self ctx",
        """
        output = []
        self._ctx: Any = ctx
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
        "raise with the id by itself",
        """
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            try:
                self._answer(row, state_id)
            except ProviderError as error:
                raise ProviderError(state_id) from error
            finally:
                self._clients.pop(state_id, None)
        """,
        reason="the id is part of an exception's message",
    ),
    Case(
        "measured",
        """
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            assert len(state_id) < 64
            self._answer(row, state_id)
        """,
        reason="'len' tells something of the id",
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
    Case(
        "rebound context, before what is built later",
        """
        answers = (self._answer(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows))
        ctx = PluginContext(ctx.landscape)
        return list(answers)
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
