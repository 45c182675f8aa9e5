"""Walks that are remembered are those of :mod:`ast`, operators and contexts left out."""

from __future__ import annotations

import ast
import copy
import gc
import pathlib
import weakref

import pytest

import flake8_stateid.codemod
from flake8_stateid.codemod.reading.nodes import children, walk

SIGNS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
PACKAGE = pathlib.Path(flake8_stateid.codemod.__path__[0])
TEXTS = [path.read_text("utf-8") for path in sorted(PACKAGE.glob("[l-r]*.py"))]


@pytest.mark.parametrize("text", [*TEXTS, "", "def f(*, a, b=1): return {**a, 1: not -b + a}"])
def test_the_same_nodes_in_the_same_order(text: str) -> None:
    tree = ast.parse(text)
    wanted = [node for node in ast.walk(tree) if not isinstance(node, SIGNS)]
    assert walk(tree) == walk(tree) == wanted


def test_the_root_is_there_whatever_it_is() -> None:
    sign = ast.parse("a + b", mode="eval").body.op  # type: ignore[attr-defined]
    assert walk(sign) == [sign]
    assert children(sign) == ()


def test_what_is_given_is_the_callers() -> None:
    tree = ast.parse("a = b")
    walk(tree).clear()
    assert len(walk(tree)) == 4


def test_a_copy_has_nodes_of_its_own() -> None:
    tree = ast.parse("f(a, b=c)")
    nodes = walk(tree)
    copied = walk(copy.deepcopy(tree))
    assert [type(node) for node in copied] == [type(node) for node in nodes]
    assert not set(nodes) & set(copied)


def test_a_tree_goes_with_all_that_is_remembered_of_it() -> None:
    """No node keeps itself, or one above it: nothing waits for the collector."""
    tree = ast.parse("f(a, b=c)")
    nodes = [weakref.ref(node) for node in walk(tree) if node._fields]
    gc.disable()
    try:
        del tree
        assert [node() for node in nodes] == [None] * len(nodes)
    finally:
        gc.enable()
