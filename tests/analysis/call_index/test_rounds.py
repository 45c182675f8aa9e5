"""Whether another round can follow the statement ``here()``."""

from __future__ import annotations

import ast
import textwrap

import pytest

from flake8_stateid.analysis.call_index.rounds import After, Ways, after, runs_once
from flake8_stateid.analysis.tree import LOOPS, children, walk


def parents_of(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in walk(tree) for child in children(node)}


def place(tree: ast.AST) -> ast.Call:
    (found,) = (
        node
        for node in walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "here"
    )
    return found


def what_follows(body: str, raised: bool = False, head: str = "for x in y:") -> Ways:
    """What can follow ``here()`` in the body of a loop."""
    tree = ast.parse(f"{head}\n{textwrap.indent(body, '    ')}")
    loop = tree.body[0]
    return after(place(tree), parents_of(tree), loop, raised)


GOES_ON = [
    "here()",
    "here()\nf()",
    "here()\ncontinue",
    "if a:\n    here()\nelse:\n    break",
    "if a:\n    break\nhere()",
    "if a:\n    here()\n    continue\nbreak",
    "if a:\n    here()\nif b:\n    return",
    "with a:\n    here()",
    "try:\n    here()\nfinally:\n    f()",
    "try:\n    f()\nfinally:\n    here()",
    "try:\n    return f()\nexcept E:\n    pass\nfinally:\n    here()",
    "try:\n    f()\nexcept E:\n    here()",
    "try:\n    here()\nexcept E:\n    raise",
    "try:\n    here()\nexcept E:\n    pass\nelse:\n    f()",
    "try:\n    f()\nexcept E:\n    pass\nelse:\n    here()",
    "try:\n    return here(), f()\nexcept E:\n    pass",
    "try:\n    here()\n    return f()\nexcept E:\n    continue",
    "try:\n    here()\n    raise E\nexcept E:\n    pass",
    "try:\n    try:\n        here()\n        raise E\n    finally:\n        f()\nexcept E:\n    f",
    "with suppress(E):\n    here()\n    raise E",
    "for z in here():\n    break",
    "for z in w:\n    here()\n    break",
    "for z in w:\n    here()\n    continue",
    "while True:\n    here()\n    break",
    "here()\nwhile True:\n    if a:\n        break",
    "match a:\n    case 1:\n        here()\n    case 2:\n        return",
    "if here():\n    return",
    "here()\nmatch a:\n    case 1:\n        return",
    "here()\ntry:\n    return f()\nexcept E:\n    pass",
    "here()\nwith suppress(E):\n    raise E",
    "here()\nfor z in w:\n    return",
    "try:\n    here()\nexcept* E:\n    raise",
]


@pytest.mark.parametrize("body", GOES_ON)
def test_another_round_can_follow(body: str) -> None:
    assert what_follows(body) == After.ROUND


ENDS = [
    "here()\nbreak",
    "here()\nreturn",
    "here()\nraise E",
    "return here()",
    "raise E(here())",
    "if a:\n    here()\n    break",
    "if a:\n    here()\n    return",
    "if a:\n    here()\nbreak",
    "here()\nif a:\n    return\nelse:\n    raise E",
    "with a:\n    here()\n    break",
    "with a:\n    here()\n    raise E",
    "try:\n    here()\nfinally:\n    break",
    "try:\n    here()\n    return\nfinally:\n    f()",
    "try:\n    return f()\nfinally:\n    here()",
    "try:\n    f()\nfinally:\n    here()\n    return",
    "try:\n    f()\nexcept E:\n    here()\n    raise",
    "try:\n    f()\nexcept E:\n    here()\nfinally:\n    return",
    "try:\n    here()\n    return\nexcept E:\n    pass",
    "try:\n    here()\n    raise E\nexcept E:\n    break",
    "here()\nwhile True:\n    f()",
    "match a:\n    case 1:\n        here()\n        return",
    "here()\ntry:\n    f()\nfinally:\n    return",
    "here()\ntry:\n    return\nexcept E:\n    pass",
]


@pytest.mark.parametrize("body", ENDS)
def test_no_other_round_can_follow(body: str) -> None:
    assert what_follows(body) == After.NOTHING


def test_an_inner_loop_is_taken_to_end() -> None:
    assert what_follows("while True:\n    here()") == After.ROUND
    assert what_follows("while a:\n    here()\n    return") == After.NOTHING


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("here()", After.NOTHING),
        ("try:\n    here()\nexcept E:\n    pass", After.ROUND),
        ("try:\n    here()\nfinally:\n    f()", After.NOTHING),
        ("try:\n    here()\nfinally:\n    continue", After.ROUND),
        ("with suppress(E):\n    here()", After.ROUND),
        ("try:\n    f()\nexcept E:\n    here()", After.NOTHING),
        ("f(lambda: here())", After.RAISE),
    ],
)
def test_an_exception_on_its_way(body: str, expected: Ways) -> None:
    assert what_follows(body, raised=True) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("here()", After.NORMAL),
        ("return here()", After.NORMAL),
        ("here()\nraise E", After.RAISE),
        ("if a:\n    raise E\nhere()", After.NORMAL),
        ("here()\nif a:\n    raise E", After.NORMAL | After.RAISE),
        ("for x in y:\n    here()\n    return", After.NORMAL),
        ("f(lambda: here())", After.NORMAL),
        ("here()\nwhile True:\n    f()", After.NOTHING),
    ],
)
def test_in_a_function(body: str, expected: Ways) -> None:
    tree = ast.parse(f"def f():\n{textwrap.indent(body, '    ')}")
    assert after(place(tree), parents_of(tree), None) == expected


@pytest.mark.parametrize(
    "text",
    ["[here() for x in y]", "{here(): 1 for x in y}", "(x for x in y if here())"],
)
def test_comprehensions_go_on(text: str) -> None:
    tree = ast.parse(text, mode="eval")
    parents = parents_of(tree)
    assert after(place(tree), parents, tree.body) == After.ROUND
    assert after(place(tree), parents, tree.body, raised=True) == After.NOTHING


def test_the_test_of_a_loop_and_what_follows_a_loop() -> None:
    assert what_follows("pass", head="while here():") == After.ROUND
    assert what_follows("pass", head="while here():", raised=True) == After.NOTHING
    assert what_follows("pass\n", head="for x in y:\n    pass\nelse:\n    here()\nif 1:") == (
        After.NOTHING
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in [a]: f()", True),
        ("for x in (): f()", True),
        ("for x in {a}: f()", True),
        ("for x in range(1): f()", True),
        ("for x in [*a]: f()", False),
        ("for x in [a, b]: f()", False),
        ("for x in range(2): f()", False),
        ("for x in range(0, 1): f()", False),
        ("for x in a: f()", False),
        ("while a: f()", False),
        ("for x in a[:1]: f()", True),
        ("for x in a[1:]: f()", False),
        ("for x in a[:2]: f()", False),
        ("for x in a[1]: f()", False),
        ("for x in islice(a, 1): f()", True),
        ("for x in islice(a, 1, 9): f()", False),
        ("for i, x in enumerate([a]): f()", True),
        ("for i, x in enumerate(a): f()", False),
        ("map(f, [a])", True),
        ("map(f, a, [b])", True),
        ("map(f, a)", False),
        ("[f() for x in [a]]", True),
        ("[f() for x in [a] for y in b]", False),
    ],
)
def test_one_round_at_most(text: str, expected: bool) -> None:
    statement = ast.parse(text).body[0]
    loop = statement if isinstance(statement, LOOPS) else statement.value  # type: ignore[attr-defined]
    assert runs_once(loop) is expected
