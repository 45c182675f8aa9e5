"""The loops that walk rows: of every kind, one behind or in another, and with rows that are tried again."""

# flake8: noqa: E501
# ruff: noqa: E501 - the reasons stand as they are printed

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIXED = (
    Case(
        "generator-norelease",
        """
        for i, row in enumerate(rows):
            state_id = f"{ctx.state_id}_row{i}"
            yield self._answer(row, state_id)
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
        "stands alone",
        """
        row = {"prompt": " ".join(row["prompt"] for row in rows)}
        try:
            return [self._answer(row, f"{ctx.state_id}_all")]
        finally:
            self._clients.clear()
        """,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)
