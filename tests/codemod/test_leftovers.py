"""What only the id needed goes with it, so that no linter finds anything new."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Case(NamedTuple):
    """The body of ``process_batch``, and lines that the fixed text has and has not."""

    name: str
    method: str
    present: tuple[str, ...]
    absent: tuple[str, ...] = ()
    beside: str = ""


CASES = (
    Case(
        "key of items",
        """
        output = []
        keyed = {row["id"]: row for row in rows}
        for key, row in keyed.items():
            sid = f"{ctx.state_id}_{key}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        ("for row in keyed.values():",),
    ),
    Case(
        "numbered items",
        """
        keyed = {row["id"]: row for row in rows}
        output = []
        for i, (key, row) in enumerate(keyed.items()):
            output.append(self._answer(row, f"{ctx.state_id}_{key}_{i}"))
        return output
        """,
        ("for row in keyed.values():",),
    ),
    Case(
        "numbered items, number kept",
        """
        keyed = {row["id"]: row for row in rows}
        output = []
        for i, (key, row) in enumerate(keyed.items()):
            output.append({**self._answer(row, f"{ctx.state_id}_{key}"), "n": i})
        return output
        """,
        ("for i, (_key, row) in enumerate(keyed.items()):",),
    ),
    Case(
        "items of a comprehension",
        """
        keyed = {row["id"]: row for row in rows}
        return [self._answer(row, f"{ctx.state_id}_{key}") for key, row in keyed.items()]
        """,
        ("for row in keyed.values()]",),
    ),
    Case(
        "handlers that raise again",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                answer = self._answer(row, sid)
            except ValueError:
                self._clients.pop(sid, None)
                raise
            except BaseException:
                self._clients.pop(sid, None)
                raise
            else:
                self._clients.pop(sid, None)
            output.append(answer)
        return output
        """,
        ("            for row in rows:\n                answer = self._answer(row, state_id)\n",),
        ("except ", "raise\n"),
    ),
    Case(
        "handlers that raise again, and one that does not",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                answer = self._answer(row, sid)
            except KeyError:
                self._clients.pop(sid, None)
                raise
            except ProviderError:
                self._clients.pop(sid, None)
                answer = {}
            else:
                self._clients.pop(sid, None)
            output.append(answer)
        return output
        """,
        ("                except KeyError:\n                    raise\n",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    """The fixed batch path does what it did, with keys enforced."""
    code = module(case.method.strip("\n"), case.beside)
    new = fixed(code)
    body = new.decode().partition("self._recorder = ctx.landscape")[2]
    assert all(line in body for line in case.present), body
    assert not any(line in body for line in case.absent), body
    check(code, new, databases)


def test_a_block_of_nothing_else_stays() -> None:
    """No block is left with nothing but ``pass``."""
    method = """
label = ""
if rows:
    label = "x"
return [self._answer(row, f"{ctx.state_id}_{label}{i}") for i, row in enumerate(rows)]
""".strip("\n")
    assert refused(module(method)).reason == "'label' would be left unused"
