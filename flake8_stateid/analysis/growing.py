"""Whether a list that is kept in an attribute only ever grows at its end."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.tree import assigned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.program import ModuleInfo

_HARMLESS = frozenset(("append", "extend", "copy", "index", "count"))
_ITERATING: tuple[type[ast.AST], ...] = (ast.For, ast.AsyncFor, ast.comprehension)
_ASSIGNING: tuple[type[ast.AST], ...] = (ast.Assign, ast.AnnAssign)
_READING = frozenset(("len", "list", "tuple", "enumerate", "sorted", "set", "any", "all", "join"))


def only_grows(module: ModuleInfo, attribute: str, place: int) -> bool:
    """Whether each use of an attribute in a module leaves the items it holds where they are.

    Args:
        module: The module.
        attribute: The attribute, of whatever object.
        place: Of the item in question: what is assigned has one there.
    """
    nodes = module.nodes
    harmless: set[ast.AST] = set()
    for call in nodes.get(ast.Call, ()):
        called = call.func
        if isinstance(called, ast.Attribute) and called.attr in _HARMLESS:
            harmless.add(called.value)
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in _READING:
            harmless.update(call.args)
    for subscript in nodes.get(ast.Subscript, ()):
        if isinstance(subscript.ctx, ast.Load) or _is_item_set(subscript):
            harmless.add(subscript.value)
    for kind in _ITERATING:
        harmless.update(loop.iter for loop in nodes.get(kind, ()))
    for kind in _ASSIGNING:
        for statement in nodes.get(kind, ()):
            harmless.update(
                target for target, value in assigned(statement) if _has_item(value, place)
            )
    return all(node in harmless for node in nodes.get(ast.Attribute, ()) if node.attr == attribute)


def _is_item_set(subscript: ast.Subscript) -> bool:
    """Whether one item is given another value, in its place."""
    return isinstance(subscript.ctx, ast.Store) and not isinstance(subscript.slice, ast.Slice)


def _has_item(value: ast.expr, place: int) -> bool:
    """Whether an expression is a display with an item at a place."""
    return (
        isinstance(value, ast.List | ast.Tuple)
        and not any(isinstance(item, ast.Starred) for item in value.elts[: place + 1])
        and len(value.elts) > place
    )
