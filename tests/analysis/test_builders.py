"""Which operators and calls make a new string."""

from __future__ import annotations

import ast
import sys

import pytest

from flake8_stateid.analysis.builders import (
    adds_strings,
    fields_of,
    formats_string,
    joins_strings,
    may_build,
    operands,
)
from flake8_stateid.analysis.values import (
    BYTES,
    LIST,
    NUMBER,
    SET,
    STRING,
    UNKNOWN,
    Value,
    join,
    reference,
)
from tests.analysis.running import called, expression

OBJECT = reference("external", "sqlalchemy.table")


def test_operands_of_a_sum_from_left_to_right() -> None:
    node = expression("a + b * c + (d + e)")
    assert isinstance(node, ast.BinOp)
    assert [ast.unparse(term) for term in operands(node)] == ["a", "b * c", "d + e"]


def test_operands_of_a_sum_longer_than_the_stack() -> None:
    node: ast.expr = ast.Name("x", ast.Load())
    for _ in range(20_000):
        node = ast.BinOp(node, ast.Add(), ast.Name("y", ast.Load()))
    assert isinstance(node, ast.BinOp)
    assert len(operands(node)) == 20_001


@pytest.mark.parametrize(
    ("values", "adds"),
    [
        ([STRING, STRING], True),
        ([UNKNOWN, UNKNOWN], True),
        ([UNKNOWN, NUMBER], False),
        ([LIST, UNKNOWN], False),
        ([UNKNOWN, BYTES], False),
        ([UNKNOWN, join(NUMBER, STRING)], True),
    ],
)
def test_sum(values: list[Value], adds: bool) -> None:
    assert adds_strings(values) is adds


@pytest.mark.parametrize(
    ("left", "right", "formats"),
    [
        (STRING, NUMBER, True),
        (UNKNOWN, STRING, True),
        (UNKNOWN, UNKNOWN, True),
        (UNKNOWN, NUMBER, False),
        (NUMBER, UNKNOWN, False),
        (BYTES, UNKNOWN, False),
    ],
)
def test_percent(left: Value, right: Value, formats: bool) -> None:
    assert formats_string(left, right) is formats


@pytest.mark.parametrize(
    ("receiver", "argument", "text", "joins"),
    [
        (STRING, UNKNOWN, "s.join(x)", True),
        (STRING, UNKNOWN, "s.join(x, y)", False),
        (STRING, UNKNOWN, "s.join()", False),
        (STRING, UNKNOWN, "s.join(*x)", False),
        (STRING, UNKNOWN, "s.join(x, isouter=True)", False),
        (UNKNOWN, LIST, "s.join([x])", True),
        (UNKNOWN, join(LIST, SET), "s.join(x)", True),
        (UNKNOWN, join(LIST, UNKNOWN), "s.join(x)", False),
        (UNKNOWN, Value(), "s.join(x)", False),
        (LIST, LIST, "s.join([x])", False),
        (OBJECT, LIST, "s.join([x])", False),
    ],
)
def test_join(receiver: Value, argument: Value, text: str, joins: bool) -> None:
    assert joins_strings(receiver, argument, called(text)) is joins


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("f'a'", []),
        ("f'{a}_{b!r}'", ["a", "b"]),
        ("f'{a:>{width}.{precision}}'", ["a", "width", "precision"]),
    ],
)
def test_fields_of_an_f_string(text: str, fields: list[str]) -> None:
    assert [ast.unparse(field) for field in fields_of(expression(text))] == fields


@pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
def test_fields_of_a_t_string() -> None:
    node = expression("t'{a}_{b:>{c}}'")
    assert [ast.unparse(field) for field in fields_of(node)] == ["a", "b", "c"]
    assert may_build(node)


@pytest.mark.parametrize(
    "text",
    [
        "f'x'",
        "a + b",
        "a % b",
        "a.join",
        "a.format",
        "a.format_map",
        "t.substitute",
        "t.safe_substitute",
        "operator.concat",
        "a.__add__",
    ],
)
def test_has_the_form_of_a_builder(text: str) -> None:
    assert may_build(expression(text))


@pytest.mark.parametrize(("module", "builds"), [("operator", True), ("asyncio", False)])
def test_imports_of_operators(module: str, builds: bool) -> None:
    (statement,) = ast.parse(f"from {module} import add").body
    assert may_build(statement) is builds


@pytest.mark.parametrize("text", ["'x'", "a - b", "join", "a.strip", "a.formatted", "a", "a.b()"])
def test_has_not_the_form_of_a_builder(text: str) -> None:
    assert not may_build(expression(text))


@pytest.mark.parametrize(
    ("text", "builds"), [("a += b", True), ("a %= b", True), ("a -= b", False)]
)
def test_augmented_assignment(text: str, builds: bool) -> None:
    assert may_build(ast.parse(text).body[0]) is builds
