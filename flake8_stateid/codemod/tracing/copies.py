"""Contexts that are copied for a row, to hold its id: ``row_ctx = copy.copy(ctx)``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.carriers import Carriers, Held

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace

ON_ITS_OWN = "hand on the context itself, with one client"

# What makes another object that holds the same.
_COPYING = frozenset({"copy.copy"})
# And what makes one with other values for some of it.
_REMAKING = frozenset({"dataclasses.replace", "copy.replace", "attrs.evolve", "attr.evolve"})


def follow_copy(trace: Trace, given: ast.Attribute) -> None:
    """Follow a copy of the context that is given the id: ``row_ctx.state_id = ...``.

    Args:
        trace: The uses of the id, to which those of the copy are added.
        given: The attribute that is set.

    Raises:
        RefusalError: It is that of another object, or of one whose class is not seen.
    """
    reason = f"the id is stored as '{ast.unparse(given)}'"
    call = _copied_for(trace.module, given)
    fields = trace.fields_of(dotted(call.args[0])) if call is not None else ()
    if call is None or given.attr not in fields:
        raise RefusalError(reason, ON_ITS_OWN, given.lineno)
    trace.remade.append(call)
    trace.given.add(given)
    Carriers(trace, Held(given.attr, frozenset(fields), reason, ON_ITS_OWN)).follow_given(given)


def _copied_for(module: Module, given: ast.Attribute) -> ast.Call | None:
    """The call that makes the copy whose attribute ``given`` is set before it is used.

    ``row_ctx = copy.copy(ctx)`` of ``row_ctx.state_id = ...``; ``None`` for any other object.
    """
    function = module.function_of(given)
    if function is None or not isinstance(given.value, ast.Name):
        return None
    bound = module.binding(function, given.value.id)
    match bound:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(args=[made], keywords=[]) as call):
            pass
        case _:
            return None
    block = module.block_of(bound)
    uses = module.own_names(function, given.value.id)
    first = next(
        (
            each
            for each in block[block.index(bound) + 1 :]
            if any(each in module.ancestors(use) for use in uses)
        ),
        None,
    )
    if not dotted(made) or _meaning(module, call) not in _COPYING:
        return None
    return call if first is module.statement_of(given) else None


def remakes(module: Module, call: ast.Call) -> bool:
    """Whether ``call`` makes an object with other fields, ``dataclasses.replace(ctx, x=...)``."""
    name = dotted(call.func)
    return name in {"replace", "dataclasses.replace"} or _meaning(module, call) in _REMAKING


def updated_by(module: Module, values: ast.expr) -> ast.Call | None:
    """The call ``ctx.model_copy(update={"state_id": id})`` that ``values`` are the update of.

    A model's own copy is made as it is, without its validators.
    """
    keyword = module.parents[values]
    call = module.parents.get(keyword)
    if (
        isinstance(values, ast.Dict)
        and isinstance(keyword, ast.keyword)
        and keyword.arg == "update"
        and isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "model_copy"
        and dotted(call.func.value)
        and not call.args
        and len(call.keywords) == 1
    ):
        return call
    return None


def source_of(remade: ast.Call) -> ast.expr:
    """The context that a call makes another of."""
    if remade.args:
        return remade.args[0]
    assert isinstance(remade.func, ast.Attribute)
    return remade.func.value


def _meaning(module: Module, call: ast.Call) -> str:
    """``copy.copy`` of ``copy(ctx)``, by what the module's imports say."""
    root, _, rest = dotted(call.func).partition(".")
    function = module.function_of(call)
    for node in ast.walk(module.root_of(call)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            owner = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                local = module.function_of(node)
                if (alias.asname or alias.name) == root and local in {None, function}:
                    return f"{owner}{alias.name}" + (f".{rest}" if rest else "")
    return ""
