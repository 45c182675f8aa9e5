"""Objects that an id makes a text of, whose class does more than that: ``__str__`` that counts.

The fix drops the text. What ``__str__``, ``__format__`` or ``__repr__`` did besides would be lost.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of, assigned
from flake8_stateid.codemod.ids.bases import interpolated, is_formatting, strip_wrappers
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.declared import type_of
from flake8_stateid.codemod.reading.mutators import MUTATORS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.receivers import receiver_of
from flake8_stateid.codemod.reading.signatures import dotted, short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

_Method = ast.FunctionDef | ast.AsyncFunctionDef
_TEXTS = frozenset({"__str__", "__format__", "__repr__"})
_MAKING = frozenset({"str", "repr", "ascii", "format"})
# They change something, wherever they are called.
_ACTING = MUTATORS | {"next", "open", "print", "write", "setattr", "send", "record_call"}
_PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "UUID", "datetime", "date"})


def refuse_acting(
    module: Module,
    ancestors: Ancestors,
    builder: ast.expr | ast.AugAssign,
    is_plain: Callable[[ast.expr], bool],
) -> None:
    """Refuse an id that makes a text of an object, where the object's class acts on that.

    Args:
        module: The module.
        ancestors: Finds classes of this and other modules.
        builder: What builds the id.
        is_plain: Whether an expression is shown to be a text, or a number.

    Raises:
        RefusalError: It may.
    """
    acting = {name for name, owner in module.classes.items() if _of_class(module, owner)}
    for each in _shown(module, builder, set()):
        if is_plain(each):
            continue
        classes = _classes(module, each)
        if any(_acts_shown(ancestors, name, each) for name in classes) or (
            acting and not classes and dotted(each)
        ):
            raise RefusalError(
                f"the id makes a text of '{ast.unparse(each)}', whose class may act then",
                "make that text in a statement of its own, then run the fix again",
                each.lineno,
            )


def _shown(module: Module, node: ast.AST, seen: set[str]) -> Iterator[ast.expr]:
    """What a builder makes a text of, also by way of locals."""
    for each in walk(node):
        parts: list[ast.expr] = []
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mod):
            right = each.right
            parts = right.elts if isinstance(right, ast.Tuple) else [right]
        elif isinstance(each, ast.FormattedValue):
            parts = [each.value]
        elif isinstance(each, ast.expr) and (fields := interpolated(each)) is not None:
            parts = [field.value for field in fields if not isinstance(field, ast.FormattedValue)]
        elif isinstance(each, ast.Call) and (is_formatting(each) or dotted(each.func) in _MAKING):
            parts = arguments_of(each)
        elif isinstance(each, ast.Name) and each.id not in seen:
            seen.add(each.id)
            function = module.function_of(each)
            binder = module.binder(function, each.id)
            for store in module.own_stores(binder, each.id) if binder is not None else ():
                bound = module.parents[store]
                value = bound.value if isinstance(bound, (ast.Assign, ast.AnnAssign)) else None
                if value is not None and _goes(value):
                    yield from _shown(module, value, seen)
        for part in parts:
            yield strip_wrappers(part)


def _goes(value: ast.expr) -> bool:
    """Whether a local's value goes with the id: a text that is built; what is called stays."""
    return isinstance(value, (ast.Name, ast.BinOp, ast.JoinedStr)) or (
        isinstance(value, ast.Call) and is_formatting(value)
    )


def _classes(module: Module, node: ast.expr) -> list[str]:
    """The classes that an object is seen to be of, as the module names them."""
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        return [name] if short_name(node.func)[:1].isupper() else []
    annotation = type_of(module, node)
    if annotation is not None:
        return [
            dotted(each)
            for each in walk(annotation)
            if isinstance(each, (ast.Name, ast.Attribute)) and dotted(each)
        ] or ["object"]
    receiver = receiver_of(module, node)
    if receiver is not None:
        return [*receiver.classes]
    owner = module.class_of(node)
    if owner is not None and dotted(node).startswith("self."):
        name = dotted(node).removeprefix("self.")
        return [
            dotted(value.func)
            for each in owner.body
            for target, value in assigned(each)
            if dotted(target) == name and isinstance(value, ast.Call)
        ]
    return []


def _acts_shown(ancestors: Ancestors, name: str, node: ast.expr) -> bool:
    """Whether a class, or a base that gives it its text, acts when a text is made of an object."""
    if name in _PLAIN_TYPES or not name:
        return False
    return any(
        _acts(module, method)
        for module, method in ancestors.of(name, node).methods
        if method.name in _TEXTS
    )


def _of_class(module: Module, owner: ast.ClassDef) -> bool:
    return any(
        isinstance(each, _Method) and each.name in _TEXTS and _acts(module, each)
        for each in owner.body
    )


def _acts(module: Module, method: _Method) -> bool:
    """Whether a method does more than give a text, itself or by what it calls."""
    return any(map(_has_effect, _nodes([method, *module.reached_from([method])])))


def _nodes(functions: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for each in functions:
        yield from walk(each)


def _has_effect(node: ast.AST) -> bool:
    match node:
        case ast.Raise() | ast.Global() | ast.Nonlocal() | ast.Await():
            return True
        case ast.Attribute(ctx=context) | ast.Subscript(ctx=context):
            return not isinstance(context, ast.Load)
        case ast.Call():
            return is_log(node) or last_name(node) in _ACTING
    return False
