"""Whose method is called: the classes that an object of any module is seen to be of.

It is made by its class or by a function, or annotated with it, or is one of those that a display
lists; by a local, a parameter, an attribute or a property, of its class or of a base.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, assigned
from flake8_stateid.codemod.reading.nodes import is_none, own_nodes, walk
from flake8_stateid.codemod.reading.signatures import Function, defaults, dotted, named_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.modules import Module

_Loop = ast.For | ast.AsyncFor | ast.comprehension
# How many names, functions and attributes lead to one another.
_STEPS = 6
_WRAPPERS = frozenset({"Optional", "Union", "Final", "ClassVar", "Annotated"})
_HOLDING = frozenset(
    {"list", "List", "tuple", "Tuple", "set", "frozenset", "Sequence", "Iterable", "Collection"}
    | {"Iterator", "dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "deque"}
)


class Receiver(NamedTuple):
    """An object whose method is called.

    Attributes:
        classes: The names of the classes that it is one of, as its module knows them; of objects
            that are listed, one for each.
        walked: The loop, or the part of a comprehension, that takes it from the list.
    """

    classes: tuple[str, ...]
    walked: _Loop | None = None


def receiver_of(module: Module, node: ast.expr) -> Receiver | None:
    """What an object is; ``None`` where that cannot be seen.

    Args:
        module: The module that names it.
        node: The expression that does.
    """
    return _Objects(module).of(node, _STEPS)


class _Objects:
    """Asks one module."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def of(self, node: ast.expr, steps: int) -> Receiver | None:
        """What an expression is."""
        if steps < 0:
            return None
        match node:
            case ast.Call():
                return self._made(node, steps)
            case ast.BoolOp(values=values):
                return self._either(values, steps)
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([body, orelse], steps)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.of(value, steps)
            case ast.Subscript(value=held):
                return self._items(held, None, steps)
            case ast.Name(id=name):
                return self._named(node, name, steps)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self._attribute(node, name, steps)
        return None

    def _either(self, values: Iterable[ast.expr], steps: int) -> Receiver | None:
        """One of several values, of which ``None`` has no methods."""
        found: list[str] = []
        for value in values:
            if is_none(value):
                continue
            one = self.of(value, steps - 1)
            if one is None or one.walked is not None:
                return None
            found.extend(one.classes)
        return Receiver(tuple(found)) if found else None

    def _made(self, call: ast.Call, steps: int) -> Receiver | None:
        """What a call gives: an object of a class, or what a function of the module returns."""
        functions = self._module.resolve(call.func)
        found: list[str] = []
        for callee in functions:
            one = self._returned(callee.function, steps)
            if one is None:
                return None
            found.extend(one.classes)
        if found:
            return Receiver(tuple(found))
        name = dotted(call.func)
        return Receiver((name,)) if name and not functions else None

    def _returned(self, function: Function, steps: int) -> Receiver | None:
        if isinstance(function, ast.Lambda):
            return self.of(function.body, steps - 1)
        if function.returns is not None:
            return _annotated(function.returns)
        given = [node.value for node in own_nodes(*function.body) if isinstance(node, ast.Return)]
        values = [value for value in given if value is not None]
        return self._either(values, steps - 1) if len(values) == len(given) else None

    def _named(self, node: ast.Name, name: str, steps: int) -> Receiver | None:
        walked = self._comprehension(node)
        if walked is not None:
            return self._taken(walked, name, steps)
        function = self._module.binder(self._module.function_of(node), name)
        given = self._parameter(function, name, steps) if function is not None else None
        scope = self._module.tree if function is None else function
        if self._is_parameter(function, name) and given is None:
            return None
        return self._bound(scope, name, steps, given)

    def _is_parameter(self, function: Function | None, name: str) -> bool:
        return function is not None and any(e.arg == name for e in named_arguments(function))

    def _parameter(self, function: Function, name: str, steps: int) -> Receiver | None:
        for each in named_arguments(function):
            if each.arg == name:
                if each.annotation is not None:
                    return _annotated(each.annotation)
                return self._given(function, name, steps)
        return None

    def _given(self, function: Function, parameter: str, steps: int) -> Receiver | None:
        """What the calls of its module give a function for a parameter without an annotation.

        What other modules give it is not asked: one that is of another class has another method.
        """
        values = [value for each, value in defaults(function) if each.arg == parameter]
        for call in self._module.calls if not isinstance(function, ast.Lambda) else ():
            for callee in self._module.resolve(call.func) if _names(call, function) else ():
                value = callee.argument(call, parameter) if callee.function is function else None
                if value is not None and self._module.function_of(call) is not function:
                    values.append(value)
        found: dict[str, None] = {}
        for value in values:
            receiver = self.of(value, steps - 1)
            if receiver is not None:
                found.update(dict.fromkeys(receiver.classes))
        return Receiver(tuple(found)) if found else None

    def _attribute(self, node: ast.Attribute, name: str, steps: int) -> Receiver | None:
        """What an attribute is: a property, what methods bind it to, what its class does."""
        owner = self._module.class_of(node)
        if owner is None:
            return None
        for each in self._module.bases(owner):
            for item in each.body:
                if isinstance(item, ast.FunctionDef) and item.name == name:
                    read = any("property" in last_name(d) for d in item.decorator_list)
                    return self._returned(item, steps) if read else None
                for target, _ in assigned(item):
                    if dotted(target) == name:
                        return self._bound(each, name, steps, None)
                if isinstance(item, ast.AnnAssign) and dotted(item.target) == name:
                    return _annotated(item.annotation)
            found = self._bound(each, dotted(node), steps, None)
            if found is not None:
                return found
        return None

    def _bound(
        self, scope: ast.AST, name: str, steps: int, given: Receiver | None
    ) -> Receiver | None:
        """What a variable or an attribute is bound to, in each place; ``None`` where one hides it.

        A loop counts only where nothing else binds the name.
        """
        found: list[str] = [*given.classes] if given is not None else []
        stores = _stored(scope, name)
        for each in stores:
            if isinstance(each, (ast.For, ast.AsyncFor)):
                return self._taken(each, name, steps) if len(stores) == 1 else None
            if isinstance(each, ast.AnnAssign):
                one = _annotated(each.annotation)
            else:
                values = [v for target, v in assigned(each) if dotted(target) == name]
                if values and all(is_none(v) or dotted(v) == name for v in values):
                    continue
                one = self._either(values, steps)
            if one is None:
                return None
            found.extend(one.classes)
        return Receiver(tuple(found)) if found else None

    def _taken(self, walked: _Loop, name: str, steps: int) -> Receiver | None:
        """What a loop gives a name in each round."""
        target, items = walked.target, walked.iter
        match items:
            case ast.Call(func=ast.Attribute(value=held, attr="values"), args=[]):
                items = held
            case ast.Call(func=ast.Attribute(value=held, attr="items"), args=[]) if isinstance(
                target, ast.Tuple
            ):
                items, target = held, target.elts[-1]
        return self._items(items, walked, steps) if dotted(target) == name else None

    def _items(self, held: ast.expr, walked: _Loop | None, steps: int) -> Receiver | None:
        """What a display lists, or is said to hold; in a loop, others may be listed besides."""
        value: ast.expr | None = held
        if isinstance(held, (ast.Name, ast.Attribute)):
            annotation = self._annotation(held)
            if annotation is not None:
                classes = _held(annotation)
                return Receiver((classes,), walked) if classes else None
            value = self._only_value(held)
        if isinstance(value, ast.Dict):
            items: list[ast.expr] = value.values
        elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
            items = value.elts
        elif isinstance(value, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            items = [value.elt, value.elt]  # as many as it walks
        elif isinstance(value, ast.DictComp):
            items = [value.value, value.value]
        else:
            return None
        known = [self.of(each, steps - 1) for each in items]
        names = [name for each in known if each is not None for name in each.classes]
        return Receiver(tuple(names), walked) if walked or all(known) else None

    def _annotation(self, held: ast.expr) -> ast.expr | None:
        """What a parameter or an attribute that holds objects is annotated with."""
        function = self._module.function_of(held)
        if isinstance(held, ast.Name):
            binder = self._module.binder(function, held.id)
            for each in named_arguments(binder) if binder is not None else ():
                if each.arg == held.id:
                    return each.annotation
            return None
        owner = self._module.class_of(held)
        if owner is None or not dotted(held).startswith("self."):
            return None
        for store in _stored(owner, dotted(held)):
            if isinstance(store, ast.AnnAssign):
                return store.annotation
            match store:
                case ast.Assign(value=ast.Name() as given):
                    return self._annotation(given)
        for item in owner.body:
            if isinstance(item, ast.AnnAssign) and f"self.{dotted(item.target)}" == dotted(held):
                return item.annotation
        return None

    def _only_value(self, held: ast.expr) -> ast.expr | None:
        """What a variable or an attribute is bound to, where that is done once."""
        scope: ast.AST | None
        if isinstance(held, ast.Name):
            function = self._module.binder(self._module.function_of(held), held.id)
            scope = self._module.tree if function is None else function
        else:
            scope = self._module.class_of(held)
        match _stored(scope, dotted(held)) if scope is not None else []:
            case [ast.Assign(targets=[_], value=value) | ast.AnnAssign(value=value)]:
                return value
        return None

    def _comprehension(self, node: ast.Name) -> ast.comprehension | None:
        """The part of a comprehension around a name that binds it."""
        for ancestor in self._module.ancestors(node):
            if isinstance(ancestor, FUNCTIONS):
                return None
            for each in ancestor.generators if isinstance(ancestor, COMPREHENSIONS) else ():
                if any(dotted(inner) == node.id for inner in walk(each.target)):
                    return each
        return None


def _names(call: ast.Call, function: Function) -> bool:
    """Whether a call may be one of a function, by the name."""
    name = getattr(function, "name", "")
    return last_name(call) == name or name == "__init__"


def _annotated(annotation: ast.expr | None) -> Receiver | None:
    """The classes that an annotation names, quoted or not; ``None`` has no methods."""
    match annotation:
        case ast.Constant(value=str() as text):
            try:
                return _annotated(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            parts = [_annotated(each) for each in (left, right) if not is_none(each)]
        case ast.Subscript(value=value, slice=held) if last_name(value) in _WRAPPERS:
            given = held.elts if isinstance(held, ast.Tuple) else [held]
            if last_name(value) == "Annotated":
                given = given[:1]
            parts = [_annotated(each) for each in given if not is_none(each)]
        case _:
            name = dotted(annotation) if annotation is not None else ""
            return Receiver((name,)) if name else None
    if not all(parts):
        return None
    return Receiver(tuple(name for each in parts if each is not None for name in each.classes))


def _held(annotation: ast.expr) -> str:
    """The class of what ``list[Plugin]`` or ``dict[str, Plugin]`` holds."""
    match annotation:
        case ast.Constant(value=str() as text):
            try:
                return _held(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return ""
        case ast.Subscript(value=value, slice=held) if last_name(value) in _HOLDING:
            last = held.elts[-1] if isinstance(held, ast.Tuple) else held
            if isinstance(held, ast.Tuple) and _is_ellipsis(last):
                last = held.elts[0]
            one = _annotated(last)
            return one.classes[0] if one is not None and len(one.classes) == 1 else ""
    return ""


def _is_ellipsis(node: ast.expr) -> bool:
    """Whether a part of an annotation is ``...``."""
    return isinstance(node, ast.Constant) and node.value is ...


def _stored(scope: ast.AST, name: str) -> list[ast.stmt | ast.NamedExpr]:
    """The statements of a scope that bind a name or attribute, or the walrus that does."""
    found: list[ast.stmt | ast.NamedExpr] = []
    for node in walk(scope):
        match node:
            case ast.Assign(targets=targets):
                pass
            case (
                ast.AnnAssign(target=target)
                | ast.AugAssign(target=target)
                | ast.NamedExpr(target=target)
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
