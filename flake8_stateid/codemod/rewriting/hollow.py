"""What did nothing but release, and goes once the release has moved out of it."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.counted import integers
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, named_arguments

if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

# Types that can be walked any number of times.
_KEPT = frozenset(
    {"list", "tuple", "dict", "set", "frozenset", "str", "range"}
    | {"List", "Tuple", "Dict", "Set", "FrozenSet"}
    | {"Sequence", "MutableSequence", "Mapping", "MutableMapping", "Collection"}
)


def hollow_loops(function: Function, released: Collection[ast.stmt]) -> list[ast.For]:
    """The loops of ``function`` whose body is nothing but ``released`` statements.

    What they walk is evaluated without effect: a ``range``, or what can be walked again.
    """
    counted = integers(function)
    found: list[ast.For] = []
    loops = [node for node in walk(function) if isinstance(node, ast.For)]
    # Inner loops first.
    for loop in reversed(loops):
        if (
            not loop.orelse
            and all(each in released or each in found for each in loop.body)
            and _is_calm(loop.iter, function, counted)
        ):
            found.append(loop)
    return found


def _is_calm(walked: ast.expr, function: Function, counted: frozenset[str]) -> bool:
    match walked:
        case ast.Name(id=name):
            return _can_be_walked_again(name, function)
        case ast.Call(func=ast.Name(id="range"), args=args, keywords=[]):
            return all(_is_number(each, function, counted) for each in args)
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *rest]):
            return _is_calm(inner, function, counted) and all(
                _is_number(each, function, counted) for each in rest
            )
    return False


def _can_be_walked_again(name: str, function: Function) -> bool:
    """Whether a parameter or local holds a collection, and no iterator, whatever binds it."""
    given = [each for each in named_arguments(function) if each.arg == name]
    kept = [_is_kept(each.annotation) for each in given]
    stores = 0
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                kept.append(_is_collection(value))
            case ast.AnnAssign(target=ast.Name(id=bound), annotation=kind, value=made) if (
                bound == name
            ):
                kept.append(_is_kept(kind) or (made is not None and _is_collection(made)))
            case ast.Name(id=bound, ctx=ast.Store() | ast.Del()) if bound == name:
                stores += 1
    return all(kept) and len(kept) == len(given) + stores > 0


def _is_collection(value: ast.expr) -> bool:
    match value:
        case ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
            return True
        case ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=made)):
            return made in _KEPT or made == "sorted"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return (_is_tested(test, body) or _is_collection(body)) and _is_collection(orelse)
    return False


def _is_tested(test: ast.expr, value: ast.expr) -> bool:
    """``isinstance(value, list)``."""
    match test:
        case ast.Call(func=ast.Name(id="isinstance"), args=[tested, ast.Name(id=kind)]):
            return kind in _KEPT and ast.dump(tested) == ast.dump(value)
    return False


def _is_number(value: ast.expr, function: Function, counted: frozenset[str]) -> bool:
    match value:
        case ast.Constant(value=int()):
            return True
        case ast.Name(id=name):
            return name in counted
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name() as sized], keywords=[]):
            return _is_calm(sized, function, counted)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return all(_is_number(each, function, counted) for each in (left, right))
    return False


def _is_kept(annotation: ast.expr | None) -> bool:
    plain = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return plain is not None and dotted(plain).rpartition(".")[2] in _KEPT


def emptied_tries(module: Module, released: Collection[ast.stmt]) -> list[ast.Try]:
    """``try`` statements left with nothing but handlers that raise again."""
    found = []
    for outer in {
        module.parents[parent]
        for statement in released
        if isinstance(parent := module.parents[statement], ast.ExceptHandler)
    }:
        if not isinstance(outer, ast.Try) or any(
            statement not in released for statement in [*outer.orelse, *outer.finalbody]
        ):
            continue
        left = [
            statement
            for handler in outer.handlers
            for statement in handler.body
            if statement not in released
        ]
        if (
            all(isinstance(each, ast.Raise) and each.exc is None for each in left)
            and len(left) == len(outer.handlers)
            and _names_stay_used(module, outer.handlers)
        ):
            found.append(outer)
    return found


def _names_stay_used(module: Module, handlers: list[ast.ExceptHandler]) -> bool:
    """Whether dropping the handlers leaves no name without a use."""
    inside = [node for handler in handlers for node in walk(handler)]
    names = {node.id for node in inside if isinstance(node, ast.Name)} - set(dir(builtins))
    used = {
        node.id
        for node in walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in inside
    }
    return names <= used
