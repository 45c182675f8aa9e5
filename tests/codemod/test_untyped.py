"""A context's id that may be ``None``, unchecked, where no annotation says what is handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import Choices, batch_source

if TYPE_CHECKING:
    from sqlalchemy import Engine

GUARD = """        if ctx.landscape is None or ctx.state_id is None:
            raise RuntimeError("a recorder and a state id are required")
"""
TYPED = batch_source(Choices()).replace(GUARD, "")
CACHE = "self._clients: dict[str, AuditedClient]"
UNTYPED = TYPED.replace("state_id: str", "state_id").replace(CACHE, "self._clients")
BUILT = 'row_state_id = f"{ctx.state_id}_row{i}"'
INSIDE = "if ctx.state_id is None:\n                raise ValueError\n            " + BUILT


@pytest.mark.parametrize("built", [BUILT, INSIDE])
def test_fixed(built: str, databases: tuple[Engine, ...]) -> None:
    code = UNTYPED.replace(BUILT, built)
    new = fixed(code)
    assert b"        state_id = ctx.state_id\n" in new
    check(code, new, databases)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("question, state_id) -> str", "question, state_id: str) -> str"),
        ("_answer(self, row: dict[str, Any], state_id)", "_answer(self, row: Any, state_id: str)"),
        ("self._clients = {}", CACHE + " = {}"),
        ("row_state_id = f", "row_state_id: str = f"),
    ],
)
def test_one_annotation_is_enough(old: str, new: str) -> None:
    code = UNTYPED.replace("question: str, state_id", "question, state_id")
    assert old in code
    assert refused(code.replace(old, new)).reason.startswith("'ctx.state_id' may be None here")


def test_a_client_made_in_the_loop_says_what_it_takes() -> None:
    code = UNTYPED.replace(
        "output.append(self._answer(row, row_state_id))",
        "if row_state_id not in self._clients:\n"
        "                    client = AuditedClient(self._recorder, row_state_id)\n"
        "                    self._clients[row_state_id] = client\n"
        "                output.append(self._answer(row, row_state_id))",
    )
    assert refused(code).reason.startswith("'ctx.state_id' may be None here")
