"""Suites behind a colon and several statements on a line: ``finally: pop``, ``try: x``, ``a; b``.

Each is fixed, run beside the unfixed text, and compared with the text that is expected.
"""

# flake8: noqa: E501
# ruff: noqa: E501 - what is expected stands as it is written

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Case(NamedTuple):
    """The body of ``process_batch``, before and after."""

    name: str
    method: str
    expected: str
    beside: str = ""


CASES = (
    Case(
        "finally",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally: self._clients.pop(sid, None)  # released
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                output.append(self._answer(row, state_id))
        finally:
            self._clients.pop(state_id, None)  # released
        return output
        """,
    ),
    Case(
        "try",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try: output.append(self._answer(row, sid)); self.done += 1  # asked
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                output.append(self._answer(row, state_id)); self.done += 1  # asked
        finally:
            self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "all clauses",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try: output.append(self._answer(row, sid))
            except ProviderError: self._clients.pop(sid, None)
            else: self._clients.pop(sid, None)  # released
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                try: output.append(self._answer(row, state_id))
                except ProviderError: pass
        finally:
            # released
            self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "part of a finally",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try: output.append(self._answer(row, sid))
            finally: self._clients.pop(sid, None); self.done += 1  # released
        output.append({"done": self.done})
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                try: output.append(self._answer(row, state_id))
                finally: self.done += 1  # released
        finally:
            self._clients.pop(state_id, None)
        output.append({"done": self.done})
        return output
        """,
    ),
    Case(
        "loop",
        """
        output = []
        for i, row in enumerate(rows): sid = f"{ctx.state_id}_{i}"; output.append(self._answer(row, sid)); self._clients.pop(sid, None)
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows: output.append(self._answer(row, state_id))
        finally:
            self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "branch",
        """
        output = []
        for i, row in enumerate(rows):
            if row.get("skip"): output.append({}); continue
            if row: sid = f"{ctx.state_id}_row{i}"; output.append(self._answer(row, sid)); self._clients.pop(sid, None)
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                if row.get("skip"): output.append({}); continue
                if row: output.append(self._answer(row, state_id))
        finally:
            self._clients.pop(state_id, None)
        return output
        """,
    ),
    Case(
        "bound behind a semicolon",
        """
        c: Any = ctx; output = [[self._ask(r, "a", f"{c.state_id}_{i}"), self._ask(r, "b", f"{c.state_id}_{i}")] for i, r in enumerate(rows)]; self._clients.clear()  # all
        return output
        """,
        """
        c: Any = ctx
        state_id = c.state_id
        output = [[self._ask(r, "a", state_id), self._ask(r, "b", state_id)] for r in rows]; self._clients.clear()  # all
        return output
        """,
    ),
    Case(
        "bound behind a colon",
        """
        output = []
        if rows: c: Any = ctx; output = [[self._ask(r, "a", f"{c.state_id}_{i}"), self._ask(r, "b", f"{c.state_id}_{i}")] for i, r in enumerate(rows)]; self._clients.clear()  # all
        return output
        """,
        """
        output = []
        if rows:  # all
            c: Any = ctx
            state_id = c.state_id
            output = [[self._ask(r, "a", state_id), self._ask(r, "b", state_id)] for r in rows]; self._clients.clear()
        return output
        """,
    ),
    Case(
        "in place behind a colon",
        """
        output = []
        if rows: output = [self._answer(r, f"{ctx.state_id}_{i}") for i, r in enumerate(rows)]; self._clients.clear()  # all
        return output
        """,
        """
        output = []
        if rows: output = [self._answer(r, ctx.state_id) for r in rows]; self._clients.clear()  # all
        return output
        """,
    ),
    Case(
        "lock",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            with self._other: output.append(self._answer(row, sid)); self.done += 1
            with self._lock: self._clients.pop(sid, None)  # released
        return output
        """,
        """
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                with self._other: output.append(self._answer(row, state_id)); self.done += 1
        finally:
            with self._lock: self._clients.pop(state_id, None)  # released
        return output
        """,
        "_other = Lock()",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    """The text is as expected and does what it did, with keys enforced."""
    code = module(case.method.strip("\n"), case.beside)
    new = fixed(code)
    expected = textwrap.indent(textwrap.dedent(case.expected).strip("\n"), " " * 8) + "\n"
    assert new.decode().endswith(expected), new.decode()
    check(code, new, databases)
