"""What an expression is made of, and whether it may be evaluated twice."""

from __future__ import annotations

import ast

from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import dotted


def paths_in(value: ast.expr) -> list[str]:
    """The longest dotted paths in an expression: ``ctx.state_id``."""
    found: list[str] = []
    todo: list[ast.AST] = [value]
    while todo:
        node = todo.pop()
        if dotted(node):
            found.append(dotted(node))
        else:
            todo.extend(children(node))
    return found


def is_plain(value: ast.expr) -> bool:
    """Whether an argument is a path, a constant or a text that is made of such."""
    return bool(dotted(value)) or all(
        isinstance(node, (ast.JoinedStr, ast.Constant, ast.FormattedValue)) or bool(dotted(node))
        for node in walk(value)
    )
