"""Make a program that shows a mistake as small as it can be and still show it."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_ATTEMPTS = 3000


def reduce(text: str, shows: Callable[[str], object]) -> str:
    """The smallest program found that still shows what ``text`` shows.

    Args:
        text: A program for which ``shows`` is true.
        shows: Whether a program shows the mistake; what it raises counts as no.

    Returns:
        Its text, formatted anew.
    """
    attempts = 0
    best = text
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(best):
            attempts += 1
            if attempts > _MOST_ATTEMPTS:
                return best
            if len(smaller) < len(best) and _holds(shows, smaller):
                best = smaller
                progress = True
                break
    return best


def _holds(shows: Callable[[str], object], text: str) -> bool:
    try:
        return bool(shows(text))
    except Exception:
        # A name whose definition is gone, a statement that must not stand there, ...
        return False


def _smaller(text: str) -> Iterator[str]:
    tree = ast.parse(text)
    total = sum(1 for _ in ast.walk(tree))
    # Big things first: the walk goes from the outside to the inside.
    for index in range(total):
        node = _nth(tree, index)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                for position, item in enumerate(value):
                    for replacement in _replacements(item):
                        changed = copy.deepcopy(tree)
                        field = getattr(_nth(changed, index), name)
                        field[position : position + 1] = copy.deepcopy(replacement)
                        if not field and name == "body":
                            field.append(ast.Pass())
                        yield from _written(changed)
            elif isinstance(value, ast.expr):
                for part in _parts(value):
                    changed = copy.deepcopy(tree)
                    setattr(_nth(changed, index), name, copy.deepcopy(part))
                    yield from _written(changed)


def _nth(tree: ast.AST, index: int) -> ast.AST:
    for position, node in enumerate(ast.walk(tree)):
        if position == index:
            return node
    raise AssertionError("the tree has that many nodes")


def _replacements(item: object) -> Iterator[list[ast.AST]]:
    """What may stand in place of an item of a list: nothing, or what it holds."""
    yield []
    if isinstance(item, ast.stmt):
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(item, name, None)
            if inner and not isinstance(item, ast.FunctionDef | ast.ClassDef):
                yield inner
    elif isinstance(item, ast.expr):
        for part in _parts(item):
            yield [part]


def _parts(expression: ast.expr) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(expression):
        if isinstance(child, ast.expr):
            yield child
    if not isinstance(expression, ast.Constant | ast.Name):
        yield ast.Constant("p")


def _written(tree: ast.AST) -> Iterator[str]:
    try:
        written = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        ast.parse(written)
    except (AttributeError, IndexError, SyntaxError, TypeError, ValueError):
        return
    yield written
