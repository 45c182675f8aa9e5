"""Tests that assert the ids plugin code used to build: they fail once the ids are gone."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_stateid.names import StateIdNames
    from flake8_stateid.source import SourceText

_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*[a-z]|\{[^{}]*\}|\$\{?\w+\}?")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")


class OldId(NamedTuple):
    """A literal of a test that holds an id no longer built."""

    path: str
    row: int
    column: int
    literal: str


def patterns_of(builders: Iterable[ast.AST]) -> tuple[str, ...]:
    """What the ids of ``builders`` end in, as regular expressions: ``_row`` and a number."""
    found = {_pattern(builder) for builder in builders}
    return tuple(sorted(pattern for pattern in found if pattern))


def _pattern(builder: ast.AST) -> str:
    """The builder's text, a number wherever something is filled in; empty if it has no text."""
    constants = [
        (node.lineno, node.col_offset, number, node.value)
        for number, node in enumerate(ast.walk(builder))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    # Up to Python 3.11 the pieces of an f-string carry its own place; their number orders them.
    pieces = [piece for *_, text in sorted(constants) for piece in _PLACEHOLDER.split(text)]
    texts = [re.escape(piece) for piece in pieces if re.search(r"\w", piece)]
    return "".join(rf"{text}[\W_]*\d+" for text in texts)


def old_ids(
    source: SourceText, tree: ast.Module, patterns: Iterable[str], names: StateIdNames
) -> Iterator[OldId]:
    """The texts of ``source`` that end in one of ``patterns``: literals, and ids built anew.

    One that is the end alone (``"_row0"``, ``"row0"``) counts where its statement names a state
    id; with the separator, also where something is asked whether it ends so.
    """
    patterns = tuple(patterns)
    whole = [re.compile(rf".+{pattern}", re.DOTALL) for pattern in patterns]
    ends = [re.compile(rf"[\W_]?{_without_separator(p)}", re.DOTALL) for p in patterns]
    suffixes = [re.compile(p, re.DOTALL) for p in patterns if p != _without_separator(p)]
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt) or hasattr(statement, "body"):
            continue
        text = ast.unparse(statement)
        named = any(names.kind(word) for word in _IDENTIFIER.findall(text))
        for node, value, asked in _texts(statement):
            fitting = [*whole, *(ends if named else ()), *(suffixes if asked else ())]
            if any(each.fullmatch(value) for each in fitting):
                span = source.span(node)
                yield OldId(source.path, span.row, span.column, _shown(node))


def _texts(statement: ast.stmt) -> Iterator[tuple[ast.expr, str, bool]]:
    """The texts in a statement, ``0`` for what is filled in, and whether something ends so."""
    asked: set[ast.AST] = set()
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop(0)
        match node:
            case ast.Call(func=ast.Attribute(attr="endswith"), args=arguments):
                asked.update(inner for each in arguments for inner in ast.walk(each))
        value = _filled(node)
        if value is None:
            todo = [*ast.iter_child_nodes(node), *todo]
        else:
            assert isinstance(node, ast.expr)
            yield node, value, node in asked


def _filled(node: ast.AST) -> str | None:
    """The text that an expression makes, ``0`` for what is filled in; ``None`` for any other."""
    match node:
        case ast.Constant(value=str() as value):
            return _PLACEHOLDER.sub("0", value)
        case ast.JoinedStr(values=values):
            parts = [each.value if isinstance(each, ast.Constant) else "0" for each in values]
            return "".join(map(str, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            sides = [_filled(left), _filled(right)]
            if sides != [None, None]:
                return "".join("0" if side is None else side for side in sides)
    return None


def _shown(node: ast.expr) -> str:
    """A literal's value; of any other text its source, an f-string's without its quotes."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(each.value) if isinstance(each, ast.Constant) else f"{{{_field(each)}}}"
            for each in node.values
        )
    return ast.unparse(node)


def _field(value: ast.expr) -> str:
    return ast.unparse(value.value) if isinstance(value, ast.FormattedValue) else ""


def _without_separator(pattern: str) -> str:
    return re.sub(r"^(?:\\\W|[\W_])+", "", pattern)
