"""Local names of an attribute: ``clients = self._clients`` and what is asked of ``clients``.

The analysed tree is changed so that each use of such a name is the attribute: all that is asked
about a cache is asked of its aliases too. The text that is rewritten keeps the name.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function


def look_through(module: Module) -> None:
    """Put the attribute in the place of each use of its aliases.

    An alias is bound once, by a statement of its function's own block, to an attribute of ``self``
    that nothing but ``__init__`` or the class binds. The uses are noted in ``module.aliased``, the
    statements in ``module.aliasing``.
    """
    found = [
        (function, name, statement)
        for function in walk(module.tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for statement in function.body
        if (name := _alias(statement)) and _is_bound_once(module, function, name)
    ]
    for function, name, statement in found:
        held = getattr(statement, "value", None)
        assert isinstance(held, ast.Attribute)
        if not _is_steady(module, held.attr):
            continue
        uses = [n for n in module.own_names(function, name) if isinstance(n.ctx, ast.Load)]
        kept = [
            node
            for node in walk(module.tree)
            if isinstance(node, ast.Attribute) and node.attr == held.attr
        ]
        if not any(_is_asked(module, each) for each in [*uses, *kept]):
            continue  # no cache: what is made of it alone is dropped under its name
        module.aliasing.add(statement)
        for use in uses:
            _replace(module, use, held)
        module.forget_names()


def _alias(statement: ast.stmt) -> str:
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as held)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Attribute() as held)
        ) if dotted(held.value) in {"self", "cls"}:
            return name
    return ""


def _is_bound_once(module: Module, function: Function, name: str) -> bool:
    return len(module.own_stores(function, name)) == 1 and name not in parameters(function)


def _is_steady(module: Module, attribute: str) -> bool:
    """Whether an attribute is the same object for as long as its owner lives."""
    return all(
        isinstance(function := module.function_of(node), ast.FunctionDef)
        and function.name == "__init__"
        for node in walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr == attribute
        and not isinstance(node.ctx, ast.Load)
    )


def _is_asked(module: Module, use: ast.expr) -> bool:
    """Whether a use is one of a cache: something is kept there, looked for or taken out."""
    parent = module.parents[use]
    match parent:
        case ast.Attribute(attr="pop" | "setdefault"):
            return True
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            return value is use
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[right]):
            return right is use
    return False


def _replace(module: Module, use: ast.Name, held: ast.Attribute) -> None:
    """Put a copy of ``held`` in the place of ``use``, as if it were written there."""
    root = ast.copy_location(ast.Name(dotted(held.value), ast.Load()), use)
    made = ast.copy_location(ast.Attribute(root, held.attr, ast.Load()), use)
    module.replace(use, made)
    module.aliased.add(made)
