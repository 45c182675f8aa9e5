"""What is read before the loop, where rows alone read it before."""

from __future__ import annotations

import pytest

from flake8_stateid.codemod.outcome import Fixed
from tests.codemod.fixing import fix
from tests.codemod.sources import module

EACH = """
output = []
for i, row in enumerate(rows):
    {before}
    sid = f"{{ctx.state_id}}_row{{i}}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
SEEN = """
class Context:
    state_id: str = ""
    landscape: object = None

    def begin(self, row):
        self.row = row

    def go_on(self, row):
        self.state_id = f"{row}"
"""


def reasons(before: str, seen: bool = False) -> list[str]:
    """Why the batch path is not fixed, if it is not."""
    code = module(EACH.format(before=before))
    if seen:
        code = code.replace("class Transform", SEEN + "\n\nclass Transform", 1)
        code = code.replace("ctx: PluginContext", "ctx: Context")
        assert "ctx: Context" in code
    return [
        each.reason
        for each in fix(code).outcomes
        if not isinstance(each, Fixed) and each.finding.code == "SID001"
        if "sid = " in code.splitlines()[each.finding.span.row - 1]
    ]


@pytest.mark.parametrize(
    ("before", "seen", "moves"),
    [
        ("ctx.begin_row(row)", False, True),
        ("ctx.advance()", False, True),
        ("ctx.set_state(row)", False, True),
        ("ctx.note(row)", False, False),
        ("row.begin()", False, False),
        ("ctx.begin(row)", True, False),
        ("ctx.go_on(row)", True, True),
    ],
)
def test_a_context_that_is_asked_for_another_state(before: str, seen: bool, moves: bool) -> None:
    """Then rows have states of their own, and the first one's id is not theirs."""
    method = before.partition("(")[0]
    wanted = [f"'{method}' may give each row a state id of its own"] if moves else []
    assert reasons(before, seen) == wanted
