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
    """The literals of ``source`` that end in one of ``patterns``.

    A literal that holds the end alone (``"row0"``) counts where its statement names a state id.
    """
    patterns = tuple(patterns)
    whole = [re.compile(rf".+{pattern}", re.DOTALL) for pattern in patterns]
    ends = [re.compile(rf"[\W_]?{_without_separator(p)}", re.DOTALL) for p in patterns]
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt) or hasattr(statement, "body"):
            continue
        text = ast.unparse(statement)
        named = any(names.kind(word) for word in _IDENTIFIER.findall(text))
        for node in ast.walk(statement):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            value = node.value
            if any(each.fullmatch(value) for each in whole) or (
                named and any(each.fullmatch(value) for each in ends)
            ):
                span = source.span(node)
                yield OldId(source.path, span.row, span.column, value)


def _without_separator(pattern: str) -> str:
    return re.sub(r"^(?:\\\W|[\W_])+", "", pattern)
