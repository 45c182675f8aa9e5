"""Rows that run in another function, in threads or as tasks, or later."""

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
        "pool over rows",
        """
        with ThreadPoolExecutor(2) as executor:
            futures = [executor.submit(self._answer, row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
            return [f.result() for f in futures]
        """,
        ordered=False,
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
)

REFUSED = (
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
        reason="the id is handed to a task that may run after the release",
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
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
