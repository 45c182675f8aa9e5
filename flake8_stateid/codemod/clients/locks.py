"""What runs while a lock is held."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module


def is_lock(item: ast.withitem) -> bool:
    """Whether a ``with`` holds a lock, by its name."""
    name = dotted(item.context_expr).lower()
    return "lock" in name or "mutex" in name


def is_under_lock(module: Module, node: ast.AST) -> bool:
    """Whether ``node`` runs while a lock is held."""
    return any(
        isinstance(ancestor, (ast.With, ast.AsyncWith)) and any(map(is_lock, ancestor.items))
        for ancestor in module.ancestors(node)
    )
