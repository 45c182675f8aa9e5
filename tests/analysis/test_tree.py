"""Walks over syntax trees, held against what :mod:`ast` itself says."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.tree import (
    assigned,
    by_kind,
    children,
    exposed_names,
    is_inert,
    statements,
    walk,
)
from tests.analysis.running import expression
from tests.fixtures_support import LINT_FIXTURES, decode, parsable

if TYPE_CHECKING:
    from pathlib import Path

_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.alias)


@pytest.mark.parametrize("path", sorted(LINT_FIXTURES.glob("*.py")), ids=lambda path: path.name)
def test_every_node_that_counts_is_met_once(path: Path) -> None:
    if not parsable(path):
        pytest.skip("syntax of a later Python")
    tree = ast.parse(decode(path.read_bytes()))
    expected = [id(node) for node in ast.walk(tree) if not isinstance(node, _LEAVES)]
    assert sorted(map(id, walk(tree))) == sorted(expected)


def test_children_are_those_directly_below() -> None:
    node = expression("f(a, *b, c=d)")
    assert [ast.unparse(child) for child in children(node)] == ["f", "a", "*b", "c=d"]


def test_a_dict_display_with_an_unpacked_mapping_has_no_key_for_it() -> None:
    assert len(children(expression("{**a, b: c}"))) == 3


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_the_name_of_a_type_alias_is_met() -> None:
    tree = ast.parse("type Id = str")
    assert {node.id for node in walk(tree) if isinstance(node, ast.Name)} == {"Id", "str"}


def test_a_number_that_a_later_python_adds_to_a_node_is_no_node() -> None:
    class Later(ast.AST):
        _fields = ("value", "is_lazy", "level")
        _field_types = {"value": ast.expr, "is_lazy": int | None, "level": int}  # noqa: RUF012

    node = Later(ast.Name("x"), 1, 0)  # type: ignore[call-arg]
    assert [type(each) for each in children(node)] == [ast.Name]
    assert [type(each) for each in walk(node)] == [Later, ast.Name]


def test_a_chain_deeper_than_the_stack_is_walked() -> None:
    node: ast.expr = ast.Name("x", ast.Load())
    for _ in range(20_000):
        node = ast.UnaryOp(ast.Not(), node)
    assert sum(1 for _ in walk(node)) == 20_001


@pytest.mark.parametrize("text", ["a", "a.b is None", "not a and b[0] > 1", "a[b].c == 'x'"])
def test_inert(text: str) -> None:
    assert is_inert(expression(text))


@pytest.mark.parametrize(
    "text", ["f()", "a and (b := c)", "f'{a}' in b", "a + b", "[x for x in y]"]
)
def test_not_inert(text: str) -> None:
    assert not is_inert(expression(text))


@pytest.mark.parametrize(
    ("body", "exposed", "bound"),
    [
        ("a = b", "b", "a"),
        ("a: int = b", "b", "a"),
        ("a: int", "a int", ""),
        ("a = b\nc = a", "b", "a c"),
        ("a.x = b", "a b", ""),
        ("a, b = c\nd = a", "c", "a b d"),
        ("a[i] = b", "a b i", ""),
        ("a += b", "a b", ""),
        ("if a:\n    b = 1\nelse:\n    b = 2\nc = b", "a", "b c"),
        ("if a:\n    b = 1\nc = b", "a b", "c"),
        ("try:\n    a = f()\nfinally:\n    b = a", "a b f", "a"),
        ("try:\n    a = f()\nexcept E:\n    b = a\nc = a", "a f", "c"),
        ("with a as b:\n    c = b", "a", "b c"),
        ("with a as b.c, d:\n    pass", "a d", ""),
        ("with suppress(a):\n    b = 1\nc = b", "a b suppress", "c"),
        ("with a.suppress():\n    b = 1\nc = b", "a b", "c"),
        ("with a.raises(E):\n    b = 1\nc = b", "E a b", "c"),
        ("with a.suppress:\n    b = 1\nc = b", "a", "b c"),
        ("for a in b:\n    c = a", "a b c", ""),
        ("del a", "a", ""),
    ],
)
def test_names_a_block_reads_before_it_binds_them(body: str, exposed: str, bound: str) -> None:
    known: set[str] = set()
    assert exposed_names(ast.parse(body).body, known) == set(exposed.split())
    assert known == set(bound.split())


def test_names_bound_before_are_not_exposed() -> None:
    assert exposed_names(ast.parse("b = a").body, {"a"}) == set()


def test_statements_of_blocks_but_not_of_definitions() -> None:
    tree = ast.parse(
        "if a:\n    b\nelse:\n    c\n"
        "try:\n    d\nexcept E:\n    e\nfinally:\n    g\n"
        "match h:\n    case 1:\n        i\n"
        "def f():\n    no\n"
        "class C:\n    no\n"
    )
    found = [s for s in statements(tree.body) if isinstance(s, ast.Expr)]
    assert {ast.unparse(s) for s in found} == set("bcdegi")


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a = b = c", ["a = c", "b = c"]),
        ("a: int = b", ["a = b"]),
        ("a: int", []),
        ("(a := b)", ["a = b"]),
        ("a, [b, c] = d, (e, f)", ["a = d", "b = e", "c = f"]),
        ("a, b = c", ["(a, b) = c"]),
        ("a, b = c, d, e", ["(a, b) = (c, d, e)"]),
        ("a, *b = c, d", ["(a, *b) = (c, d)"]),
        ("a, b = *c, d", ["(a, b) = (*c, d)"]),
        ("a += b", []),
    ],
)
def test_assigned(text: str, pairs: list[str]) -> None:
    statement = ast.parse(text).body[0]
    node = statement.value if isinstance(statement, ast.Expr) else statement
    found = [f"{ast.unparse(target)} = {ast.unparse(value)}" for target, value in assigned(node)]
    assert found == pairs


def test_nodes_by_kind_are_all_nodes() -> None:
    tree = ast.parse("def f(a, *, b, c=1):\n    return {**a, 'k': f'{b}'}\n")
    found = by_kind(tree)
    assert {type(node) for node in walk(tree)} == found.keys()
    assert all(type(node) is kind for kind, nodes in found.items() for node in nodes)
    assert {id(node) for nodes in found.values() for node in nodes} == {
        id(node) for node in walk(tree)
    }
