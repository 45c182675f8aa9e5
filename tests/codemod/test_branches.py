"""Ids that are bound in branches: by 'if', by 'match', beside other statements, or again."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
CHOSEN
    try:
        output.append(self._answer(row, state_id))
    finally:
        self._clients.pop(state_id, None)
return output
"""
ONE, TWO = (f'state_id = f"{{ctx.state_id}}_{kind}{{i}}"' for kind in ("one", "two"))


def _case(name: str, chosen: str, reason: str = "") -> Case:
    chosen = textwrap.dedent(chosen).strip("\n").replace("ONE", ONE).replace("TWO", TWO)
    return Case(name, LOOP.replace("CHOSEN", textwrap.indent(chosen, "    ")), "", reason)


IN_BRANCH = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    if row.get("skip"):
        output.append(row)
    else:
        try:
            output.append(self._answer(row, state_id))
        finally:
            self._clients.pop(state_id, None)
return output
"""
IN_MATCH = """
output = []
for i, row in enumerate(rows):
    match row.get("skip"):
        case True:
            output.append(row)
        case _:
            try:
                output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
            finally:
                self._clients.pop(f"{ctx.state_id}_row{i}", None)
return output
"""
FIXED = (
    Case("all that is done is in one", IN_BRANCH),
    Case("all that is done is in one of a match", IN_MATCH),
    Case(
        "one names it besides",
        IN_BRANCH.replace(".append(row)", ".append({})\n        logger.info(state_id)"),
    ),
    _case(
        "match that only chooses",
        """
        match row.get("skip"):
            case True:
                ONE
            case _:
                TWO
        """,
    ),
    _case(
        "match on types and values",
        """
        match row.get("id"):
            case "r0" | "r1":
                ONE
            case str() | None:
                TWO
            case _:
                ONE
        """,
    ),
    _case(
        "match that chooses another than before",
        """
        ONE
        match row.get("skip"):
            case True:
                TWO
        """,
    ),
    _case(
        "match with other statements",
        """
        match row:
            case {"skip": True}:
                logger.info("skipped")
                ONE
            case {"stop": True}:
                continue
            case _:
                TWO
        """,
    ),
    _case(
        "if with another statement",
        """
        if row.get("skip"):
            logger.info("skipped")
            ONE
        else:
            TWO
        """,
    ),
    _case(
        "else with another statement",
        """
        if row.get("skip"):
            ONE
        else:
            logger.info("row")
            TWO
        """,
    ),
    _case(
        "branches in a branch",
        """
        if row.get("skip"):
            logger.info("skipped")
            if i:
                ONE
            else:
                TWO
        elif row.get("stop"):
            break
        else:
            TWO
        """,
    ),
    _case(
        "compared with a text",
        """
        if row.get("id") == "r0":
            ONE
        elif row.get("id") in ("r1", "r2"):
            TWO
        else:
            ONE
        """,
    ),
    _case(
        "made of what it held",
        """
        state_id = ctx.state_id
        if len(rows) > 1:
            state_id = f"{state_id}_row{i}"
        """,
    ),
    _case(
        "chosen by a local",
        """
        several = len(rows) > 1
        if several:
            ONE
        else:
            state_id = ctx.state_id
        """,
    ),
    Case(
        "used in each branch",
        """
        output = []
        for i, row in enumerate(rows):
            if row.get("skip"):
                state_id = f"{ctx.state_id}_skip{i}"
                output.append(self._answer(row, state_id))
            else:
                state_id = f"{ctx.state_id}_row{i}"
                output.append(self._answer(row, state_id))
            self._clients.pop(state_id, None)
        return output
        """,
    ),
)
SOMETIMES = "'state_id' is bound in one branch and used outside it"
ALONE = "'state_id' is bound in branches that do nothing else, and what chooses them may act"
CONDITIONAL = "the client is released only under a condition"
REFUSED = (
    Case(
        "released in one, asked in the other as well",
        IN_BRANCH.replace("append(row)", "append(self._answer(row, state_id))"),
        reason=CONDITIONAL,
    ),
    Case(
        "released under a condition within the one",
        IN_BRANCH.replace(
            "self._clients.pop", "if not row.get('stop'):\n                self._clients.pop"
        ),
        reason=CONDITIONAL,
    ),
    _case(
        "bound on one way only",
        """
        if row.get("skip"):
            logger.info("skipped")
            ONE
        """,
        SOMETIMES,
    ),
    _case(
        "match that may choose nothing",
        """
        match row.get("skip"):
            case True:
                logger.info("skipped")
                ONE
            case False:
                logger.info("row")
                TWO
        """,
        SOMETIMES,
    ),
    _case(
        "match that takes a part",
        """
        match row:
            case {"id": name}:
                state_id = f"{ctx.state_id}_{name}"
            case _:
                ONE
        """,
        ALONE,
    ),
    _case(
        "match that asks a class",
        """
        match row.get("id"):
            case Recorder():
                ONE
            case _:
                TWO
        """,
        ALONE,
    ),
    _case(
        "match under a condition that may act",
        """
        match row.get("id"):
            case "r0" if rows.pop():
                ONE
            case _:
                TWO
        """,
        ALONE,
    ),
    _case(
        "chosen by a call",
        """
        if self._answer(row, "x"):
            ONE
        else:
            TWO
        """,
        ALONE,
    ),
    _case(
        "another state id in one branch",
        """
        state_id = ctx.state_id
        if len(rows) > 1:
            state_id = f"{state_id}_row{i}"
        else:
            state_id = row["id"]
        """,
        "'state_id' holds the id and is bound again here",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


def test_branches_without_the_id() -> None:
    """A branch that is left empty passes, an 'else' goes; comments stay."""
    case = _case(
        "comments",
        """
        if row.get("skip"):
            # skipped
            logger.info("skipped")
            ONE
        else:  # ordinary
            # its own
            TWO
        if row.get("stop"):
            ONE
        else:
            logger.info("next")
        """,
    )
    assert (
        "        # its own\n"
        "        state_id = ctx.state_id\n"
        "        try:\n"
        "            for row in rows:\n"
        '                if row.get("skip"):\n'
        "                    # skipped\n"
        '                    logger.info("skipped")\n'
        "                # ordinary\n"
        '                if row.get("stop"):\n'
        "                    pass\n"
        "                else:\n"
        '                    logger.info("next")\n'
        "                output.append(self._answer(row, state_id))\n"
    ) in fixed(case.code).decode()
