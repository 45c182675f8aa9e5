"""The state id that a builder extends, also one that its own variable held before."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.ids.bases import Base, base_of, bases_of, evaluates
from flake8_stateid.codemod.ids.bindings import Bindings
from flake8_stateid.codemod.ids.counted import numbers_in
from flake8_stateid.codemod.ids.hoisting import acting_property
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.codemod.reading.modules import Module

Builder = ast.expr | ast.AugAssign


def find_base(module: Module, builder: Builder, is_state_id: Callable[[str], bool]) -> Base:
    """The state id that ``builder`` extends; ``x += ...`` extends what ``x`` held before.

    Raises:
        RefusalError: No single state id can be named.
    """
    value = builder.value if isinstance(builder, ast.AugAssign) else builder
    numbers = numbers_in(module, outermost(module, builder))
    bindings = Bindings(module, is_state_id)
    # The state id itself, and the way to it, is looked at where it is read before the loop.
    way = {
        inner
        for node in walk(value)
        if isinstance(node, ast.Attribute) and is_state_id(node.attr)
        for inner in walk(node)
    }
    acting = acting_property(module, value, way)
    if acting is not None:
        raise evaluates(acting)
    holder = _extended(module, builder)
    if holder is None:
        return base_of(value, is_state_id, numbers, bindings)
    bases_of(value, is_state_id, numbers, bindings)
    function = module.function_of(builder)
    if function is None:
        raise RefusalError("the id is built outside a function", "build it where a context is")
    for node in module.own_names(function, holder):
        parent = module.parents[node]
        if isinstance(node.ctx, ast.Store) and isinstance(parent, (ast.Assign, ast.AnnAssign)):
            value = parent.value or value
            name = dotted(value)
            if name and is_state_id(name.rpartition(".")[2]):
                return Base(name, name.partition(".")[0])
            return base_of(value, is_state_id, numbers, bindings)
    if holder in parameters(function):
        return Base(holder, holder)
    raise RefusalError(
        f"what '{holder}' held before '+=' cannot be seen", "use the context's state id"
    )


def is_given(builder: Builder) -> bool:
    """Whether ``builder`` is the state id itself, ``ctx.state_id``, which nothing is built of."""
    return isinstance(builder, ast.expr) and bool(dotted(builder))


def outermost(module: Module, node: ast.AST) -> ast.AST:
    """The outermost function around ``node``, or the module."""
    outer: ast.AST = module.tree
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            outer = ancestor
    return outer


def _extended(module: Module, builder: Builder) -> str | None:
    """The variable that ``x += ...`` extends, and ``x = f"{x}_row{i}"``."""
    statement = module.parents[builder] if isinstance(builder, ast.expr) else builder
    match statement:
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if any(
            isinstance(node, ast.Name) and node.id == name for node in walk(value)
        ):
            return name
    return None
