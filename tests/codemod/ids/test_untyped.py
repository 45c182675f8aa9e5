"""A context's id that may be ``None``, unchecked: where annotations forbid it, it stays a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.landscape import PluginContext, Recorder
from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS, load, shared
from tests.codemod.running import check
from tests.codemod.sources import Choices, batch_source, module

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
    assert b"        state_id = str(ctx.state_id)\n" in fixed(code.replace(old, new))


@pytest.mark.parametrize(
    "built",
    [
        BUILT,
        'row_state_id = "%s_row%d" % (ctx.state_id, i)',
        'row_state_id = "{}_row{}".format(ctx.state_id, i)',
        'row_state_id = str(ctx.state_id) + f"_row{i}"',
        'row_state_id = f"{ctx.state_id!s}_row{i}"',
    ],
)
def test_a_text_stays_one(built: str, databases: tuple[Engine, ...]) -> None:
    """It does what it did, also where there is no state: the database refuses the text."""
    code = TYPED.replace(BUILT, built)
    new = fixed(code)
    assert b"        state_id = str(ctx.state_id)\n" in new
    check(code, new, databases, ("five", "raising"))
    assert answer_without_a_state(code) == answer_without_a_state(new) == "IntegrityError"


@pytest.mark.parametrize(
    "built",
    [
        'row_state_id = ctx.state_id + f"_row{i}"',
        'row_state_id = "_row".join([ctx.state_id, str(i)])',
        'row_state_id = f"{ctx.state_id.strip()}_row{i}"',
        'row_state_id = f"{ctx.state_id:>9}_row{i}"',
        'row_state_id = "{:>9}_row{}".format(ctx.state_id, i)',
        'row_state_id = ctx.state_id\n            row_state_id += f"_row{i}"',
    ],
)
def test_what_raised_for_none_asks_for_a_check(built: str) -> None:
    code = TYPED.replace(BUILT, built)
    assert refused(code).reason == "'ctx.state_id' may be None here, and is not checked"
    assert answer_without_a_state(code) in {"TypeError", "AttributeError"}
    check = "        if ctx.state_id is None:\n            raise RuntimeError\n"
    assert b" = str(" not in fixed(code.replace("        output: ", check + "        output: "))


def answer_without_a_state(code: str | bytes) -> str:
    """How the batch path fails whose context has a recorder, and no state id."""
    context = PluginContext(landscape=Recorder(shared(keys=True)))
    try:
        load(code).Transform().process_batch(ROWS["five"], context)
    except Exception as error:
        return type(error).__name__
    return ""


def test_a_client_made_in_the_loop_says_what_it_takes() -> None:
    code = UNTYPED.replace(
        "output.append(self._answer(row, row_state_id))",
        "if row_state_id not in self._clients:\n"
        "                    client = AuditedClient(self._recorder, row_state_id)\n"
        "                    self._clients[row_state_id] = client\n"
        "                output.append(self._answer(row, row_state_id))",
    )
    assert b"        state_id = str(ctx.state_id)\n" in fixed(code)


HELPER = """
def _one(self, row: dict[str, Any], i: int, ctx: PluginContext) -> Any:
    row_state_id = f"{ctx.state_id}_row{i}"
    try:
        return self._answer(row, row_state_id)
    finally:
        self._clients.pop(row_state_id, None)
"""
CALLING = "return [self._one(row, i, ctx) for i, row in enumerate(rows)]"


def test_a_helper_whose_caller_checks(databases: tuple[Engine, ...]) -> None:
    code = module(CALLING, HELPER)
    new = fixed(code)
    assert b"row_state_id = str(ctx.state_id)\n" in new
    check(code, new, databases, ("five", "raising"))


def test_a_text_that_is_made_of_an_id_of_another_type() -> None:
    """The client is kept under the text; a release by the id itself would miss it."""
    given = "class Given:\n    state_id: bytes\n"
    made = HELPER.replace('f"{ctx.state_id}_row{i}"', "str(ctx.state_id)")
    code = module(CALLING, made.replace("PluginContext", "Given"))
    assert (
        refused(f"{code}\n\n{given}").reason == "the loop that releases the client cannot be seen"
    )
