"""Walks over syntax trees: what :mod:`ast` offers, at a third of its cost.

``ast.walk`` asks every node for every field; most hold identifiers, operators or nothing. The
analysis looks at a tree several times before it evaluates anything, so that is where its time went.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

# Fields that never hold an expression, a statement or what leads to one.
_LEAVES = frozenset(
    "ctx op ops id attr arg name names kind type_comment lineno type_ignores is_async simple "
    "conversion module level asname rest kwd_attrs tag str".split()
)
# These say more than they seem to: `name` of a handler or a type alias may be a node or a string.
_NODES_BY_NAME = {"TypeAlias": ("name",)}
_fields: dict[type[ast.AST], tuple[str, ...]] = {}


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    fields = tuple(name for name in kind._fields if name not in _LEAVES)
    fields += _NODES_BY_NAME.get(kind.__name__, ())
    _fields[kind] = fields
    return fields


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below a node, operators and contexts left out."""
    kind = type(node)
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields_of(kind)
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if value is None:
            continue
        if type(value) is list:
            for item in value:
                if isinstance(item, ast.AST):
                    found.append(item)
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and every node below it, in no particular order, however deep."""
    stack = [node]
    pop = stack.pop
    extend = stack.extend
    while stack:
        current = pop()
        yield current
        extend(children(current))


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the blocks in it, functions and classes not entered."""
    stack = list(body)
    while stack:
        statement = stack.pop()
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for name in ("body", "orelse", "finalbody"):
            stack.extend(getattr(statement, name, []))
        for name in ("handlers", "cases"):
            for block in getattr(statement, name, []):
                stack.extend(block.body)
