"""Whether a condition lets ``here()`` be passed in one round only."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis.call_index.conditions import is_for_one_round
from flake8_stateid.analysis.tree import children, walk


def for_one_round(text: str, is_release: bool = False, of_function: bool = False) -> bool:
    """Ask of the first loop in a text, or of the function around ``here()``."""
    tree = ast.parse(text)
    parents = {child: node for node in walk(tree) for child in children(node)}
    (place,) = (
        node
        for node in walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "here"
    )
    loop = None if of_function else next(n for n in walk(tree) if isinstance(n, ast.For))
    return is_for_one_round(place, parents, loop, is_id, is_release)


def is_id(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "state_id"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("i == 0", True),
        ("i == len(rows) - 1", True),
        ("row is rows[-1]", True),
        ("is_first", True),
        ("self.last_round", True),
        ("i > 0", False),
        ("row.ok", False),
        ("i == 7", False),
        ("self.id != state_id", True),
        ("state_id == self.id", True),
        ("state_id is not None", False),
        ("state_id in self.clients", False),
        ("state_id not in self.clients", False),
        ("not self.users[state_id]", False),
        ("a < state_id < b", False),
    ],
)
def test_a_condition(test: str, expected: bool) -> None:
    assert for_one_round(f"for i in y:\n    if {test}:\n        here()\n") is expected
    assert for_one_round(f"for i in y:\n    here() if {test} else None\n") is expected


@pytest.mark.parametrize(
    ("test", "then", "otherwise"),
    [
        ("state_id not in self.clients", True, False),
        ("state_id in self.clients", False, True),
        ("row in self.clients", False, False),
        ("not self.users[state_id]", True, True),
        ("self.users[state_id] <= 0", True, True),
        ("users < 1", True, True),
        ("users > 7", False, False),
        ("not row", False, False),
        ("ok is True", False, False),
    ],
)
def test_a_condition_of_a_release(test: str, then: bool, otherwise: bool) -> None:
    text = f"for i in y:\n    if {test}:\n        here()\n"
    assert for_one_round(text, is_release=True) is then
    text = f"for i in y:\n    if {test}:\n        pass\n    else:\n        here()\n"
    assert for_one_round(text, is_release=True) is otherwise


@pytest.mark.parametrize("leave", ["return", "continue"])
@pytest.mark.parametrize(
    ("test", "made", "released"),
    [
        ("self.id == state_id", True, True),
        ("state_id in self.clients", False, True),
        ("state_id not in self.clients", False, False),
        ("self.users > 0", False, True),
        ("row.ok", False, False),
    ],
)
def test_an_earlier_way_out(leave: str, test: str, made: bool, released: bool) -> None:
    text = f"def f():\n  for i in y:\n    if {test}:\n        {leave}\n    here()\n"
    assert for_one_round(text) is made
    assert for_one_round(text, is_release=True) is released
    stays = text.replace(leave, "pass")
    assert for_one_round(stays, is_release=True) is False


def test_a_condition_around_the_loop_says_nothing_of_rounds() -> None:
    text = "if i == 0:\n    for i in y:\n        here()\n"
    assert for_one_round(text) is False
    assert for_one_round(text, of_function=True) is True
    assert for_one_round("here()", of_function=True) is False
