"""What rows change while they run: attributes, names of the module, what containers hold."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.reading.mutators import MUTATORS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, without_items
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Besides those that change containers: a context variable's, an event's, an iterator's.
_CHANGING = MUTATORS | {"set", "clear", "reset", "__next__"}
# What gives a dictionary other values: a client that is handed it may have read them before.
_ITEMS = frozenset({"update", "setdefault", "pop", "clear", "__setitem__", "__ior__"})


class Changes(NamedTuple):
    """What some statements change; an attribute is ``.name``, whatever object it is of.

    Attributes:
        anew: What they bind anew, or whose items they set.
        inside: What they change in another way: a list that grows, an iterator that is used up.
    """

    anew: frozenset[str]
    inside: frozenset[str]

    def touch(self, node: ast.AST, *, whole: bool) -> bool:
        """Whether an expression reads something that is changed.

        Args:
            node: An attribute or a name.
            whole: Whether that is all there is: who is handed an object sees its changes.
        """
        name = _spelled(node)
        return name in self.anew or (name in self.inside and not whole)


def changes_in(scopes: Iterable[ast.AST]) -> Changes:
    """What is changed in statements and functions."""
    anew: set[str] = set()
    inside: set[str] = set()
    for scope in scopes:
        nodes = walk(scope)
        stands_for = {
            name: f".{value.attr}"
            for node in nodes
            for name, value in named(node)
            if isinstance(value, ast.Attribute)
        }
        declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
        for node in nodes:
            found = anew if _sets(node) else inside
            for changed in _changed(node, declared):
                found.add(stands_for.get(changed, changed))
    return Changes(frozenset(anew - {""}), frozenset(inside - {""}))


def _sets(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in _ITEMS
        case ast.Call(func=ast.Name(id=name)):
            return name == "setattr"
    return True


def _changed(node: ast.AST, declared: set[str]) -> Iterator[str]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            yield _spelled(node)
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            yield _spelled(value)
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in declared:
            yield name
        case ast.Call(func=ast.Name(id="next"), args=[taken, *_]):
            yield _spelled(taken)
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), _]):
            yield f".{name}"
        case ast.Call(func=ast.Attribute(value=changed, attr=method)) if method in _CHANGING:
            yield _spelled(changed)


def changes_itself(argument: ast.expr) -> bool:
    """Whether evaluating an expression changes what it reads: ``next(self._keys)``."""
    return any(
        isinstance(node, ast.Call) and any(_changed(node, set())) for node in walk(argument)
    )


def _spelled(node: ast.AST) -> str:
    """``.name`` for an attribute, or an item of one; a name as it is; else empty."""
    node = without_items(node)
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    return dotted(node) if isinstance(node, ast.Name) else ""
