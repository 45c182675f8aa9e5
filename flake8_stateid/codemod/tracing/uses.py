"""Kinds of uses of an id, recognised by their syntax alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.classes import RECORD_BASES, RECORD_DECORATORS
from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.reading.mutators import LISTING
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module


def warns(call: ast.Call) -> bool:
    """Whether a call shows a warning."""
    return dotted(call.func) in {"warn", "warnings.warn", "warnings.warn_explicit"}


def makes_text(module: Module, made: ast.expr) -> bool:
    """Whether a tuple or list is what ``"%s" % (...)`` or ``"".join([...])`` makes a text of."""
    match module.parents[made]:
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=right):
            return right is made
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[one]
        ):
            return one is made
    return False


def is_record(owner: ast.ClassDef) -> bool:
    """Whether a class only holds values: a dataclass or the like that records nothing."""
    if any(isinstance(node, ast.Attribute) and node.attr == "record_call" for node in walk(owner)):
        return False
    return any(last_name(each) in RECORD_DECORATORS for each in owner.decorator_list) or any(
        last_name(base) in RECORD_BASES for base in owner.bases
    )


def is_dict(module: Module, call: ast.Call) -> bool:
    """Whether a call is ``dict(state_id=id)``: a dictionary of what is given by name."""
    return (
        isinstance(call.func, ast.Name)
        and call.func.id == "dict"
        and not module.resolve(call.func)
        and not call.args
        and all(each.arg for each in call.keywords)
    )


def is_output(module: Module, made: ast.expr) -> bool:
    """Whether an object goes into what the batch path gives back: it is collected or returned."""
    outer = module.parents[made]
    while isinstance(outer, (ast.Dict, ast.List, ast.Set, ast.Tuple, ast.keyword)):
        outer = module.parents[outer]
    match outer:
        case ast.Return() | ast.Yield():
            return True
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in LISTING
        case ast.Assign(targets=[target]):
            return isinstance(target, (ast.Subscript, ast.Attribute))
    return False


def slot_of(made: ast.expr, node: ast.expr) -> object:
    """The key or the number that ``node`` is asked for by; ``None`` where that cannot be told."""
    match made:
        case ast.Tuple(elts=parts):
            spread = any(isinstance(part, ast.Starred) for part in parts)
            return None if spread else parts.index(node)
        case ast.Dict(keys=keys, values=values) if node in values:
            number = values.index(node)
            key = keys[number]
            # What follows may bring the key, too.
            if isinstance(key, ast.Constant) and None not in keys[number:]:
                return key.value
        case ast.Call():
            return next((each.arg for each in made.keywords if each.value is node), None)
    return None
