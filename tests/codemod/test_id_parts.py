"""What ids are made of besides the state id: what may be dropped with them, and what may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
width = 0
for i, row in enumerate(rows):
    state_id = BUILT
    try:
        output.append(self._answer(row, state_id))
    finally:
        self._clients.pop(state_id, None)
return output
"""
CHUNKS = """
output = []
for start in range(0, len(rows), 2):
    state_id = f"{ctx.state_id}_chunk{start // 2}"
    for row in rows[start : start + 2]:
        output.append(self._answer(row, state_id))
    self._clients.pop(state_id, None)
return output
"""
IMPORTS = "import logging\nimport time\nimport uuid\n"
DROPPED = (
    'f"{ctx.state_id}_{uuid.uuid4().hex[:8]}"',
    'f"{ctx.state_id}_{str(uuid.uuid4())[:8]}"',
    'ctx.state_id + "_" + uuid.uuid4().hex[-6:]',
    'f"{ctx.state_id}_{i}_{time.time_ns()}"',
    "f\"{ctx.state_id}_{row.get('id', i)}\"",
    'f"{ctx.state_id}_{i // 2}_{i % 10}"',
    '"%s_%s" % (ctx.state_id, i % 10)',
)
# Each may raise.
KEPT = {
    'f"{ctx.state_id}_{row[:8]}"': "row[:8]",
    'f"{ctx.state_id}_{i % width}"': "i % width",
    'f"{ctx.state_id}_{i // width}"': "i // width",
    'f"{ctx.state_id}_{i % 0}"': "i % 0",
    '"{}_{}".format(ctx.state_id, i % width)': "i % width",
    'f"{ctx.state_id}_{row.get(rows)}"': "row.get(rows)",
    'f"{ctx.state_id}_{row.get(rows, i)}"': "row.get(rows, i)",
    "f\"{ctx.state_id}_{row.get('id', next(rows))}\"": "row.get('id', next(rows))",
}


def _case(built: str) -> tuple[Case, str]:
    case = Case(built, LOOP.replace("BUILT", built))
    return case, case.code.replace("import logging\n", IMPORTS, 1)


@pytest.mark.parametrize("built", DROPPED)
def test_dropped(built: str, databases: tuple[Engine, ...]) -> None:
    case, code = _case(built)
    check_fixed(case, databases, code, ("none", "five", "raising"))


def test_number_of_a_chunk(databases: tuple[Engine, ...]) -> None:
    check_fixed(Case("chunks", CHUNKS), databases)


@pytest.mark.parametrize("built", KEPT)
def test_kept(built: str) -> None:
    case, code = _case(built)
    reason = f"the id evaluates '{KEPT[built]}', which may raise or act"
    check_refused(case._replace(reason=reason), code)


READ = {
    "self.done += 1\n    return self.done": "the id evaluates 'self.tick', which may raise or act",
    "raise ValueError": "the id evaluates 'self.tick', which may raise or act",
    "return self.done": "",
}


@pytest.mark.parametrize("body", READ)
def test_a_property(body: str, databases: tuple[Engine, ...]) -> None:
    """It goes with the id where it only tells something."""
    case = Case(
        body,
        LOOP.replace("BUILT", 'f"{ctx.state_id}_{self.tick}_{i}"'),
        f"@property\ndef tick(self):\n    {body}",
        READ[body],
    )
    if case.reason:
        check_refused(case)
    else:
        check_fixed(case, databases, rows=("none", "five", "raising"))


# What a round of a comprehension looks up before it comes to the id.
ROUNDS = {
    "its key": "{row['prompt']: ASKED for row in rows}",
    "a part of its key": "{(row['prompt'], i): ASKED for i, row in enumerate(rows)}",
    "its condition": "[ASKED for row in rows if row['prompt'] != 'p1']",
    "a condition of its key": "{i: ASKED for i, row in enumerate(rows) if row['prompt']}",
}
NOT_BEFORE = {
    "nothing": "[ASKED for row in rows]",
    "not always": "[ASKED for row in rows if row.get('skip') or row['prompt']]",
    "of another row": "[ASKED for row in rows if row['prompt'] for row in [row]]",
    "a key that may not": "{row['prompt'] if row else i: ASKED for i, row in enumerate(rows)}",
    "behind it": "{ASKED['id']: row['prompt'] for row in rows}",
}
ASKED = "self._answer(row, f\"{ctx.state_id}_{row['prompt']}\")"


@pytest.mark.parametrize("name", ROUNDS)
def test_looked_up_in_the_same_round(name: str, databases: tuple[Engine, ...]) -> None:
    """A row without the key raises there, before anything is done for it."""
    case = Case(name, f"return {ROUNDS[name]}".replace("ASKED", ASKED))
    check_fixed(case, databases, rows=("none", "five", "raising", "broken"))


@pytest.mark.parametrize("name", NOT_BEFORE)
def test_looked_up_there_alone(name: str) -> None:
    reason = "the id evaluates 'row['prompt']', which may raise or act"
    case = Case(name, f"return {NOT_BEFORE[name]}".replace("ASKED", ASKED), reason=reason)
    check_refused(case)
