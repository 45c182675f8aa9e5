"""What only gives the context's state id: ``cast(str, ctx.state_id)``, a helper that checks it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import own_nodes
from flake8_stateid.codemod.reading.signatures import (
    dotted,
    is_class_method,
    is_generator,
    is_static,
    parameters,
)

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module


def given_id(module: Module, value: ast.expr, part: int | None = None) -> str:
    """``ctx.state_id``, where ``value`` is that and nothing else; empty for anything else.

    Args:
        module: The module.
        value: ``ctx.state_id``, a cast of it, or the call of a helper that returns it, having
            checked it.
        part: The number of the element that is meant, where the helper returns a tuple.
    """
    value = value if part is not None else or_nothing(value)
    if not isinstance(value, ast.Call):
        return dotted(value) if part is None else ""
    match value:
        case ast.Call(func=func, args=[_, inner], keywords=[]) if (
            dotted(func)
            in {
                "cast",
                "typing.cast",
            }
            and part is None
        ):
            return given_id(module, inner)
    callees = module.resolve(value.func)
    if len(callees) != 1:
        return ""
    function = callees[0].function
    if (
        not isinstance(function, ast.FunctionDef)
        or len(function.decorator_list) != is_static(function) + is_class_method(function)
        or is_generator(function)
    ):
        return ""
    returned = {
        dotted(each) if (each := _element(node.value, part)) is not None else ""
        for node in own_nodes(*function.body)
        if isinstance(node, ast.Return)
    }
    text = _read_as(module, function, returned.pop() if len(returned) == 1 else "")
    root, _, rest = text.partition(".")
    if (
        not rest
        or root not in parameters(function)
        or module.own_stores(function, root)
        or _falls_through(function)
    ):
        return ""
    passed = callees[0].argument(value, root)
    holder = dotted(passed) if passed is not None else ""
    return f"{holder}.{rest}" if holder else ""


def or_nothing(value: ast.expr) -> ast.expr:
    """``ctx.state_id`` of ``ctx.state_id or ""``, which is that where there is one."""
    match value:
        case ast.BoolOp(op=ast.Or(), values=[given, ast.Constant(value="")]):
            return given
    return value


def _element(value: ast.expr | None, part: int | None) -> ast.expr | None:
    """What is returned, or one part of the tuple that is."""
    if part is None:
        return value
    if not isinstance(value, ast.Tuple) or part >= len(value.elts):
        return None
    if any(isinstance(each, ast.Starred) for each in value.elts):
        return None
    return value.elts[part]


def _read_as(module: Module, function: ast.FunctionDef, text: str) -> str:
    """``ctx.state_id`` for a local that is bound to it, once."""
    bound = module.binding(function, text)
    if isinstance(bound, (ast.Assign, ast.AnnAssign)) and bound.value is not None:
        return dotted(bound.value)
    return text


def _falls_through(function: ast.FunctionDef) -> bool:
    """Whether a function may come to its end, and give ``None``."""
    return not isinstance(function.body[-1], (ast.Return, ast.Raise))
