"""Whose method is called: the classes that an object of any module is seen to be of.

It is made by its class, or annotated with it, or is one of those that a display lists.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, assigned
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    Function,
    dotted,
    named_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_stateid.codemod.reading.modules import Module


class Receiver(NamedTuple):
    """An object whose method is called.

    Attributes:
        classes: The names of the classes that it is one of, as its module knows them; of objects
            that are listed, one for each.
        walked: The loop, or the part of a comprehension, that takes it from the list.
    """

    classes: tuple[str, ...]
    walked: ast.For | ast.AsyncFor | ast.comprehension | None = None


def receiver_of(module: Module, node: ast.expr) -> Receiver | None:
    """What an object is; ``None`` where that cannot be seen.

    Args:
        module: The module that names it.
        node: The expression that does.
    """
    match node:
        case ast.Call():
            return _made([node])
        case ast.Name(id=name):
            walked = _comprehension(module, node)
            if walked is not None:
                return _listed(module, walked) if dotted(walked.target) == name else None
            function = module.binder(module.function_of(node), name)
            for each in named_arguments(function) if function is not None else ():
                if each.arg == name and each.annotation is not None:
                    return _annotated(each.annotation)
                if each.arg == name:
                    return _given(module, function, name)
            return _bound(module, module.tree if function is None else function, name)
        case ast.Attribute(value=ast.Name(id="self")):
            owner = module.class_of(node)
            return None if owner is None else _bound(module, owner, dotted(node))
    return None


def _annotated(annotation: ast.expr | None) -> Receiver | None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return Receiver((annotation.value,))
    name = dotted(annotation) if annotation is not None else ""
    return Receiver((name,)) if name else None


def _given(module: Module, function: Function | None, parameter: str) -> Receiver | None:
    """What the calls of its module give a function for a parameter without an annotation.

    What other modules give it is not asked: one that is of another class has another method.
    """
    if function is None or isinstance(function, ast.Lambda):
        return None
    found: dict[str, None] = {}
    for call in module.calls:
        for callee in module.resolve(call.func) if last_name(call) == function.name else ():
            value = callee.argument(call, parameter) if callee.function is function else None
            calls_itself = module.function_of(call) is function
            receiver = None if value is None or calls_itself else receiver_of(module, value)
            if receiver is not None and receiver.walked is None:
                found.update(dict.fromkeys(receiver.classes))
    return Receiver(tuple(found)) if found else None


def _made(values: Iterable[ast.expr]) -> Receiver | None:
    """What is made by calls of classes, and by nothing else."""
    names = [dotted(each.func) if isinstance(each, ast.Call) else "" for each in values]
    return Receiver(tuple(names)) if names and all(names) else None


def _listed(module: Module, walked: ast.For | ast.AsyncFor | ast.comprehension) -> Receiver | None:
    """What a loop over a display has in each round; what is listed besides is of no class."""
    items: ast.expr | None = walked.iter
    if isinstance(items, ast.Name):
        function = module.binder(module.function_of(items), items.id)
        items = _only_value(module.tree if function is None else function, items.id)
    elif isinstance(items, ast.Attribute) and dotted(items.value) == "self":
        owner = module.class_of(items)
        items = None if owner is None else _only_value(owner, dotted(items))
    if not isinstance(items, (ast.List, ast.Tuple, ast.Set)):
        return None
    names = [dotted(each.func) for each in items.elts if isinstance(each, ast.Call)]
    return Receiver(tuple(names), walked)


def _only_value(scope: ast.AST, name: str) -> ast.expr | None:
    """What a variable or an attribute is bound to, where that is done once."""
    match _stored(scope, name):
        case [ast.Assign(targets=[_], value=value) | ast.AnnAssign(value=value)]:
            return value
    return None


def _bound(module: Module, scope: ast.AST, name: str) -> Receiver | None:
    """What a variable or an attribute is bound to, in each place; ``None`` where one says nothing.

    A loop counts only where nothing else binds the name.
    """
    found: list[str] = []
    stores = _stored(scope, name)
    for each in stores:
        if isinstance(each, (ast.For, ast.AsyncFor)):
            only = len(stores) == 1 and dotted(each.target) == name
            return _listed(module, each) if only else None
        if isinstance(each, ast.AnnAssign):
            one = _annotated(each.annotation)
        else:
            values = [value for target, value in assigned(each) if dotted(target) == name]
            one = _made(values) or _handed_in(module, values)
        if one is None:
            return None
        found.extend(one.classes)
    return Receiver(tuple(found)) if found else None


def _handed_in(module: Module, values: Sequence[ast.expr]) -> Receiver | None:
    """What a constructor is given, ``self._plugin = plugin``, by the parameter's annotation."""
    match values:
        case [ast.Name(id=name) as value]:
            function = module.function_of(value)
            for each in named_arguments(function) if function is not None else ():
                if each.arg == name:
                    return _annotated(each.annotation)
    return None


def _comprehension(module: Module, node: ast.Name) -> ast.comprehension | None:
    """The part of a comprehension around a name that binds it."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return None
        for each in ancestor.generators if isinstance(ancestor, COMPREHENSIONS) else ():
            if any(dotted(inner) == node.id for inner in walk(each.target)):
                return each
    return None


def _stored(scope: ast.AST, name: str) -> list[ast.stmt]:
    """The statements of a scope that bind a name or attribute."""
    found: list[ast.stmt] = []
    for node in walk(scope):
        match node:
            case ast.Assign(targets=targets):
                pass
            case (
                ast.AnnAssign(target=target)
                | ast.AugAssign(target=target)
                | ast.For(target=target)
                | ast.AsyncFor(target=target)
            ):
                targets = [target]
            case _:
                continue
        if any(dotted(each) == name for target in targets for each in _expressions(target)):
            found.append(node)
    return found


def _expressions(node: ast.expr) -> list[ast.expr]:
    return [each for each in walk(node) if isinstance(each, ast.expr)]
