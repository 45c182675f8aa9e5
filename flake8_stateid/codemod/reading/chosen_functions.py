"""Functions that are chosen when they are needed: by a condition, or from a table of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Callee


def chosen_functions(module: Module, value: ast.expr) -> list[Callee]:
    """All functions that a value may be; none where one of them cannot be seen.

    ``self._short if short else self._long``, ``handlers[kind]``, ``handlers.get(kind, other)``

    Args:
        module: The module.
        value: What a name is bound to, or what is called.
    """
    match value:
        case ast.IfExp(body=body, orelse=orelse):
            choices = [body, orelse]
        case ast.Subscript(value=table):
            choices = _entries(module, table)
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_], keywords=[]):
            choices = _entries(module, table)
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, other], keywords=[]):
            choices = _entries(module, table)
            choices = [*choices, other] if choices else []
        case _:
            return []
    found = [module.resolve(each) for each in choices]
    if not all(found):
        return []
    return list(dict.fromkeys(callee for callees in found for callee in callees))


def _entries(module: Module, table: ast.expr) -> list[ast.expr]:
    """What a dictionary holds that is bound once, by a display, and only looked up in."""
    if isinstance(table, ast.Name):
        function = module.binder(module.function_of(table), table.id)
        if function is None or table.id in module.bound_otherwise(function):
            return []
        uses: list[ast.expr] = [*module.own_names(function, table.id)]
    else:
        owner = module.class_of(table)
        if owner is None or not dotted(table).startswith("self.") or dotted(table).count(".") > 1:
            return []
        attribute = dotted(table).rpartition(".")[2]
        uses = [
            node
            for tree in module.family_trees()
            for node in walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == attribute
        ]
        if any(
            dotted(target) == attribute
            for tree in module.family_trees()
            for item in walk(tree)
            for target in getattr(item, "targets", [getattr(item, "target", None)])
            if isinstance(target, ast.Name)
        ):
            return []  # a class may have one of that name, too
    stores = [each for each in uses if not isinstance(getattr(each, "ctx", None), ast.Load)]
    bound = module.parents[stores[0]] if len(stores) == 1 else None
    if (
        not isinstance(bound, (ast.Assign, ast.AnnAssign))
        or not isinstance(bound.value, ast.Dict)
        or not all(bound.value.keys)
        or not all(each in stores or _is_lookup(module, each) for each in uses)
    ):
        return []
    return bound.value.values


def _is_lookup(module: Module, use: ast.expr) -> bool:
    """Whether a use of a dictionary only looks something up."""
    parent = module.parents[use]
    match parent:
        case ast.Subscript(value=table, ctx=ast.Load()):
            return table is use
        case ast.Attribute(attr="get"):
            return True
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return True
    return False
