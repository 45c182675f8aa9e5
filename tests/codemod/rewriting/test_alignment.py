"""Continuation lines stay aligned with what they were aligned with."""

from __future__ import annotations

import pytest

from flake8_stateid.codemod.rewriting.alignment import realigned
from tests.codemod.fixing import fixed
from tests.codemod.sources import module

CASES = {
    "behind a shorter name": (
        "x = ask(long_name, f(1,\n                     2))\n",
        "x = ask(short, f(1,\n                     2))\n",
        "x = ask(short, f(1,\n                 2))\n",
    ),
    "nested": (
        "x = ask(long_name, f(1,\n                     g(2,\n                       3),\n"
        "                     [\n                         4]))\n",
        "x = ask(a, f(1,\n                     g(2,\n                       3),\n"
        "                     [\n                         4]))\n",
        "x = ask(a, f(1,\n             g(2,\n               3),\n             [\n"
        "                 4]))\n",
    ),
    "hanging": (
        "x = ask(long_name, f(\n    1, 2))\n",
        "x = ask(a, f(\n    1, 2))\n",
        "x = ask(a, f(\n    1, 2))\n",
    ),
    "behind a comment": (
        "x = ask(long_name, f(  # why\n                     1))\n",
        "x = ask(a, f(  # why\n                     1))\n",
        "x = ask(a, f(  # why\n                     1))\n",
    ),
    "never aligned": (
        "x = ask(long_name, f(1,\n        2))\n",
        "x = ask(a, f(1,\n        2))\n",
        "x = ask(a, f(1,\n        2))\n",
    ),
    "text": (
        'x = ask(long_name, f(1,\n                     """\n                     2"""))\n',
        'x = ask(a, f(1,\n                     """\n                     2"""))\n',
        'x = ask(a, f(1,\n             """\n                     2"""))\n',
    ),
    "carriage returns": (
        "x = ask(long_name, f(1,\r\n                     2))\r\n",
        "x = ask(a, f(1,\r\n                     2))\r\n",
        "x = ask(a, f(1,\r\n             2))\r\n",
    ),
    "bracket gone": (
        "for i, x in enumerate([r for r in rows\n                       if r]):\n    pass\n",
        "for x in [r for r in rows\n                       if r]:\n    pass\n",
        "for x in [r for r in rows\n          if r]:\n    pass\n",
    ),
    "a tab": (
        "if x:\n\tx = ask(long_name, f(1,\n\t                     2))\n",
        "if x:\n\tx = ask(a, f(1,\n\t                     2))\n",
        "if x:\n\tx = ask(a, f(1,\n\t                     2))\n",
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_realigned(before: str, after: str, expected: str) -> None:
    assert realigned(before, after) == expected


def test_a_lone_carriage_return_is_let_be() -> None:
    before = "x = ask(long_name, f(1,\r                     2))\r"
    after = "x = ask(a, f(1,\r                     2))\r"
    assert realigned(before, after) == after


def test_in_a_batch_path() -> None:
    method = """
output = []
for i, row in enumerate(rows):
    row_state_id = f"{ctx.state_id}_row{i}"
    output.append(dict(self._answer(row, row_state_id), more=sum([1,
                                                                  2])))
    self._clients.pop(row_state_id, None)
return output
""".strip("\n")
    assert (
        b"                output.append(dict(self._answer(row, state_id), more=sum([1,\n"
        b"                                                                          2])))\n"
    ) in fixed(module(method))
