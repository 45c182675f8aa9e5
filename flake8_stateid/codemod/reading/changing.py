"""Whether what an attribute holds is changed where it is read: ``client.notes.append(...)``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.mutators import MUTATORS
from flake8_stateid.codemod.reading.nodes import walk

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module


def is_changed(module: Module, node: ast.expr) -> bool:
    """Whether something that ``node`` holds is changed, directly or by a local that names it.

    Args:
        module: The module.
        node: An attribute of an object, as it is read: ``client.notes``.
    """
    if _changes(module, node):
        return True
    parent = module.parents[node]
    names: list[ast.expr] = []
    if isinstance(parent, ast.Assign) and parent.value is node:
        names = parent.targets
    elif isinstance(parent, (ast.AnnAssign, ast.NamedExpr)) and parent.value is node:
        names = [parent.target]
    locals_ = {name.id for name in names if isinstance(name, ast.Name)}
    function = module.function_of(node)
    return bool(locals_) and any(
        isinstance(each, ast.Name)
        and isinstance(each.ctx, ast.Load)
        and each.id in locals_
        and _changes(module, each)
        for each in (walk(function) if function is not None else ())
    )


def _changes(module: Module, node: ast.expr) -> bool:
    """Whether the expression that ``node`` begins stores in it, or calls what changes it."""
    current = node
    parent = module.parents[current]
    while isinstance(parent, (ast.Attribute, ast.Subscript)) and parent.value is current:
        if isinstance(parent.ctx, (ast.Store, ast.Del)):
            return True
        if isinstance(parent, ast.Attribute) and parent.attr in MUTATORS:
            called = module.parents[parent]
            if isinstance(called, ast.Call) and called.func is parent:
                return True
        current, parent = parent, module.parents[parent]
    return isinstance(parent, ast.AugAssign) and parent.target is current
