"""Methods that are context managers, ``@contextmanager``, and the ``with`` statements around rows.

What such a method does behind its ``yield`` it does when the ``with`` is left.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import LOOPS
from flake8_stateid.codemod.reading.nodes import own_nodes

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


def yielded(function: Function) -> ast.Yield | None:
    """The one ``yield`` of a context manager; ``None`` for any other function."""
    if isinstance(function, ast.Lambda) or not (
        len(function.decorator_list) == 1 and plain_name(function.decorator_list[0]) in _MANAGERS
    ):
        return None
    nodes = list(own_nodes(*function.body))
    found = [node for node in nodes if isinstance(node, (ast.Yield, ast.YieldFrom))]
    plain = [node.value for node in nodes if isinstance(node, ast.Expr)]
    repeated = [
        each for node in nodes if isinstance(node, LOOPS) for each in own_nodes(*node.body)
    ]
    if len(found) != 1 or found[0] not in plain or found[0] in repeated:
        return None
    return found[0] if isinstance(found[0], ast.Yield) else None


def is_entered(module: Module, call: ast.Call) -> bool:
    """Whether a call makes a context manager that a ``with`` enters where it stands."""
    return isinstance(module.parents[call], ast.withitem)
