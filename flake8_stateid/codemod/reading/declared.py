"""The types of names, fields and items, as annotations of the module give them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, named_arguments

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"})
_SERIES = frozenset(
    {"list", "List", "Sequence", "Iterable", "Collection", "Iterator", "set", "frozenset", "tuple"}
)


def is_text(annotation: ast.expr | None) -> bool:
    """Whether an annotation is ``str``, quoted or not."""
    return _names(annotation, "str")


def is_number(annotation: ast.expr | None) -> bool:
    """Whether an annotation is ``int``, quoted or not."""
    return _names(annotation, "int")


def _names(annotation: ast.expr | None, name: str) -> bool:
    match annotation:
        case ast.Constant(value=str() as text):
            return text.strip() == name
        case ast.Name(id=found):
            return found == name
    return False


def type_of(module: Module, node: ast.expr) -> ast.expr | None:
    """The annotation that ``node`` has; ``None`` where there is none to be seen."""
    match node:
        case ast.Name():
            return _of_name(module, node)
        case ast.Subscript(value=value, slice=ast.Constant() | ast.Name()):
            return _item(type_of(module, value), last=True)
        case ast.Attribute(value=value, attr=attr):
            return _of_field(module, value, attr)
    return None


def _of_name(module: Module, name: ast.Name) -> ast.expr | None:
    for ancestor in module.ancestors(name):
        for clause in getattr(ancestor, "generators", []):
            if any(isinstance(n, ast.Name) and n.id == name.id for n in walk(clause.target)):
                return _taken(module, clause.target, clause.iter, name.id)
    function = module.binder(module.function_of(name), name.id)
    if function is None:
        return None
    stores = module.own_stores(function, name.id)
    for each in named_arguments(function):
        if each.arg == name.id:
            return each.annotation if not stores else None
    types: list[ast.expr | None] = []
    for store in stores:
        statement = module.statement_of(store)
        if isinstance(statement, ast.AnnAssign):
            return statement.annotation
        if isinstance(statement, (ast.For, ast.AsyncFor)):
            types.append(_taken(module, statement.target, statement.iter, name.id))
    return types[0] if len(types) == len(stores) == 1 else None


def _taken(module: Module, target: ast.expr, walked: ast.expr, name: str) -> ast.expr | None:
    """The type of ``name`` in ``for target in walked``."""
    match walked, target:
        case ast.Call(func=ast.Name(id="enumerate"), args=[values, *_]), ast.Tuple(
            elts=[_, ast.Name(id=taken)]
        ) if taken == name:
            return _item(type_of(module, values), last=True)
        case ast.Call(func=ast.Attribute(value=values, attr="items"), args=[]), ast.Tuple(
            elts=[ast.Name(id=key), ast.Name(id=value)]
        ) if name in {key, value}:
            return _item(type_of(module, values), last=name == value)
        case _, ast.Name():
            return _item(type_of(module, walked), last=False)
    return None


def _item(annotation: ast.expr | None, *, last: bool) -> ast.expr | None:
    """What ``list[T]`` and ``dict[K, V]`` hold; of a mapping the key, or the value."""
    if not isinstance(annotation, ast.Subscript):
        return None
    name = dotted(annotation.value).rpartition(".")[2]
    inner = annotation.slice
    if name in MAPPINGS and isinstance(inner, ast.Tuple):
        return inner.elts[-1 if last else 0]
    if name in _SERIES:
        if not isinstance(inner, ast.Tuple):
            return inner
        of_any = len(inner.elts) > 1 and dotted(inner.elts[0]) and _is_rest(inner.elts[1])
        return inner.elts[0] if of_any else None
    return None


def _is_rest(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _of_field(module: Module, value: ast.expr, attribute: str) -> ast.expr | None:
    """The type of a field, of an object whose class stands in the module."""
    owner = module.class_of(value) if dotted(value) in {"self", "cls"} else None
    if owner is None:
        owner = module.classes.get(dotted(value))
    if owner is None:
        annotation = type_of(module, value)
        name = annotation.value if isinstance(annotation, ast.Constant) else None
        owner = module.classes.get(str(name) if name else dotted(annotation) if annotation else "")
    for each in module.bases(owner) if owner is not None else []:
        for node in walk(each):
            match node:
                case ast.AnnAssign(target=ast.Name(id=found), annotation=annotation) if (
                    found == attribute and node in each.body
                ):
                    return annotation
                case ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=found),
                    annotation=annotation,
                ) if found == attribute:
                    return annotation
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=found)],
                    value=ast.Name() as given,
                ) if found == attribute:
                    return type_of(module, given)
                case ast.Assign(
                    targets=[
                        ast.Name(id=found) | ast.Attribute(value=ast.Name(id="self"), attr=found)
                    ],
                    value=ast.Constant(value=str()),
                ) if found == attribute and (
                    node in each.body or isinstance(node.targets[0], ast.Attribute)
                ):
                    return ast.Name("str", ast.Load())
    return None
