"""Which names and attributes may be ``None``, as far as annotations and bindings tell."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.guards import is_guarded
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    Function,
    defaults,
    dotted,
    named_arguments,
    parameters,
)

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.ancestry import Ancestors, SeenClass
    from flake8_stateid.codemod.reading.modules import Module

_MAX_BINDINGS = 8
# Types that say nothing of a value.
_ANYTHING = frozenset({"Any", "object"})


class Optionals:
    """Tells what may be ``None`` in one function.

    A type that cannot be seen is neither known to allow ``None`` nor known not to.
    """

    def __init__(self, module: Module, ancestors: Ancestors, function: Function) -> None:
        """Look at the names of ``function``."""
        self._module = module
        self._ancestors = ancestors
        self._function = function
        self._depth = 0

    def is_optional(self, path: str, anchor: ast.stmt) -> bool:
        """Whether ``path`` is known to be optional and nothing before ``anchor`` narrows it."""
        return self.allows_none(path) is True and not self.is_guarded(path, anchor)

    def is_guarded(self, path: str, anchor: ast.stmt) -> bool:
        """Whether something before ``anchor`` shows that ``path`` is not ``None`` there."""
        return is_guarded(self._module, path, anchor, self._value_allows_none)

    def allows_none(self, path: str) -> bool | None:
        """Whether the type of ``ctx``, ``self._ctx`` or ``ctx.state_id`` allows ``None``.

        ``None`` where that cannot be seen.
        """
        annotation = self._type_of(path)
        if annotation is not None and _class_name(annotation).rpartition(".")[2] in _ANYTHING:
            return None
        if "." in path:
            return _allows_none(annotation) if annotation else self._kept_as_none(path)
        if annotation is not None:
            return _allows_none(annotation) or (None if self._defaults_to_none(path) else False)
        return self._bound_to_none(path)

    def is_text(self, path: str) -> bool:
        """Whether the type of ``ctx.state_id`` is ``str``, or that and ``None``."""
        annotation = self._type_of(path) if path else None
        return annotation is not None and _class_name(annotation) == "str"

    def _type_of(self, path: str) -> ast.expr | None:
        """The annotation of a name, or of an attribute."""
        owner, _, attribute = path.rpartition(".")
        if not owner:
            return self._annotation(path)
        found = (_declared(each, attribute) for each in self.classes(owner))
        return next((each for each in found if each is not None), None)

    def _kept_as_none(self, path: str) -> bool | None:
        """Whether ``self.x`` has its type from a ``ctx.state_id`` that may be ``None``."""
        owner = self._module.class_of(self._function)
        for method in owner.body if owner is not None and path.startswith("self.") else ():
            if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for node in walk(method):
                match node:
                    case ast.Assign(targets=[target], value=ast.Attribute() as value) if dotted(
                        target
                    ) == path and dotted(value).partition(".")[0] in {*parameters(method)} - {
                        "self"
                    }:
                        held = Optionals(self._module, self._ancestors, method)
                        return held.is_optional(dotted(value), node) or None
        return None

    def classes(self, path: str) -> tuple[SeenClass, ...]:
        """The class of what ``path`` holds, and its bases, as far as these are seen."""
        if path in {"self", "cls"}:
            own = self._module.class_of(self._function)
            return self._ancestors.of(own.name).classes if own is not None else ()
        owner, _, attribute = path.rpartition(".")
        if owner:
            annotations = [
                _declared(each, attribute) or _given(each, attribute)
                for each in self.classes(owner)
            ]
        else:
            annotations = [self._annotation(path) or self._held(path)]
        for annotation in annotations:
            if annotation is not None:
                return self._ancestors.of(_class_name(annotation)).classes
        return ()

    def _annotation(self, name: str) -> ast.expr | None:
        """The annotation of a parameter, or of a local."""
        if name in parameters(self._function):
            return _of_parameter(self._function, name)
        for store in self._stores(name):
            parent = self._module.parents[store]
            if isinstance(parent, ast.AnnAssign):
                return parent.annotation
        return None

    def _held(self, name: str) -> ast.expr | None:
        """The annotation of the parameter that a local is another name of."""
        for store in self._stores(name):
            held = getattr(self._module.parents[store], "value", None)
            if isinstance(held, ast.Name):
                return _of_parameter(self._function, held.id)
        return None

    def _defaults_to_none(self, name: str) -> bool:
        return any(
            argument.arg == name and isinstance(default, ast.Constant) and default.value is None
            for argument, default in defaults(self._function)
        )

    def _stores(self, name: str) -> list[ast.Name]:
        return self._module.own_stores(self._function, name)

    def _bound_to_none(self, name: str) -> bool | None:
        """Whether a local without annotation may be bound to ``None``."""
        if name in parameters(self._function):
            return None
        for store in self._stores(name):
            value = getattr(self._module.parents[store], "value", None)
            if isinstance(value, ast.expr) and self._value_allows_none(
                value, self._module.statement_of(store)
            ):
                return True
        return None

    def _value_allows_none(self, value: ast.expr, statement: ast.stmt) -> bool:
        if self._depth > _MAX_BINDINGS:
            return False
        self._depth += 1
        try:
            return self._may_be_none(value, statement)
        finally:
            self._depth -= 1

    def _may_be_none(self, value: ast.expr, statement: ast.stmt) -> bool:
        match value:
            case ast.Constant(value=None):
                return True
            case ast.IfExp(body=body, orelse=orelse):
                either = (body, orelse)
                return any(self._value_allows_none(each, statement) for each in either)
            case ast.BoolOp(op=ast.Or(), values=[*_, last]):
                return self._value_allows_none(last, statement)
            case ast.BoolOp(values=values):
                return any(self._value_allows_none(each, statement) for each in values)
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self._value_allows_none(inner, statement)
            case ast.Call(func=function):
                return any(
                    not isinstance(callee.function, ast.Lambda)
                    and callee.function.returns is not None
                    and _allows_none(callee.function.returns)
                    for callee in self._module.resolve(function)
                )
        path = dotted(value)
        return bool(path) and self.is_optional(path, statement)


def _declared(owner: SeenClass, name: str) -> ast.expr | None:
    """The annotation of an attribute, or of what its property returns."""
    for node in walk(owner.node):
        if isinstance(node, ast.AnnAssign):
            target = dotted(node.target)
            if target == f"self.{name}" or (target == name and node in owner.node.body):
                return node.annotation
        if isinstance(node, ast.FunctionDef) and node.name == name and node.returns:
            return node.returns
    return None


def _given(owner: SeenClass, name: str) -> ast.expr | None:
    """The annotation of the parameter that an attribute without one is bound to."""
    for method in owner.node.body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in walk(method):
            match node:
                case ast.Assign(targets=[target], value=ast.Name(id=held)) if (
                    dotted(target) == f"self.{name}"
                ):
                    return _of_parameter(method, held)
    return None


def _of_parameter(function: Function, name: str) -> ast.expr | None:
    """The annotation of a parameter; ``None`` where there is none."""
    named = named_arguments(function)
    return next((each.annotation for each in named if each.arg == name), None)


def _allows_none(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Constant(value=str() as text):
            parsed = _parsed(text)
            return parsed is not None and _allows_none(parsed)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _allows_none(left) or _allows_none(right)
        case ast.Subscript(value=outer, slice=inner):
            match dotted(outer).rpartition(".")[2]:
                case "Optional":
                    return True
                case "Union" if isinstance(inner, ast.Tuple):
                    return any(map(_allows_none, inner.elts))
                case "Annotated" if isinstance(inner, ast.Tuple):
                    return _allows_none(inner.elts[0])
                case "Final" | "ClassVar":
                    return _allows_none(inner)
    return _is_none(annotation)


def _parsed(text: str) -> ast.expr | None:
    """A type that is written as a text."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _class_name(annotation: ast.expr) -> str:
    """The one class in ``Context``, ``"Context"``, ``Context | None``, ``Optional[Context]``."""
    match annotation:
        case ast.Constant(value=str() as text):
            parsed = _parsed(text)
            return _class_name(parsed) if parsed is not None else ""
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            sides = [_class_name(side) for side in (left, right) if not _is_none(side)]
            return sides[0] if len(sides) == 1 else ""
        case ast.Subscript(value=outer, slice=ast.Tuple(elts=[first, *others])):
            name = dotted(outer).rpartition(".")[2]
            if name == "Annotated" or (name == "Union" and all(map(_is_none, others))):
                return _class_name(first)
        case ast.Subscript(value=outer, slice=inner):
            if dotted(outer).rpartition(".")[2] in {"Optional", "Final", "ClassVar"}:
                return _class_name(inner)
            return dotted(outer)
    return dotted(annotation)


def _is_none(annotation: ast.expr) -> bool:
    return isinstance(annotation, ast.Constant) and annotation.value is None
