"""Attributes that count: how they start, what advances them, and who else may set them."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    defaulted_field,
    last_name,
    plain_name,
)
from flake8_stateid.analysis.tree import assigned, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.analysis.program import ModuleInfo

CONSTRUCTORS = frozenset(("__init__", "__post_init__", "__new__"))
# How dataclasses, attrs and pydantic say what a field is by default.
FIELDS = frozenset(("field", "Field", "PrivateAttr", "ib", "attrib"))
# What starts anew with each call.
_STARTING = frozenset(
    ("count", "list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "range", "deque")
)
_ADDING = frozenset(("append", "__next__", "appendleft", "add"))
# What makes a mapping longer, beside a store under a key.
_FILLING = frozenset(("setdefault", "update", "__setitem__"))
_FACTORIES = _STARTING | {"int"}
_WORDS = (ast.Name, ast.Attribute)


def is_receiver(node: ast.expr, function: FunctionInfo) -> bool:
    """Whether an expression is the object that a method is called on: ``self``."""
    return (
        isinstance(node, ast.Name)
        and function.takes_receiver
        and node.id == function.parameters[0].name
    )


def starts(value: ast.expr) -> bool:
    """Whether an attribute that is given this in a constructor starts anew with each object."""
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    if isinstance(value, ast.UnaryOp):
        return starts(value.operand)
    if isinstance(value, ast.List):
        return not value.elts
    if isinstance(value, ast.Dict):
        return None not in value.keys and all(map(starts, value.values))
    if isinstance(value, ast.Attribute):
        return value.attr == "__next__" and starts(value.value)  # to be called for the next index
    if isinstance(value, ast.Call):
        name = last_name(value)
        if name == "iter" and len(value.args) == 1:
            return starts(value.args[0])
        if name == "partial":
            return last_name(value.args[0]) == "next" and any(map(starts, value.args[1:]))
        # `count(first)`, `list(before)`: these start with what others know.
        given = [*value.args[name == "defaultdict" :], *(each.value for each in value.keywords)]
        return name in _STARTING and all(map(starts, given))
    return False


def starting_value(value: ast.expr, function: FunctionInfo) -> ast.expr:
    """What a constructor gives an attribute: by a variable of its own, what that is assigned.

    Of ``lambda: next(numbers)`` it is the numbers.
    """
    if isinstance(value, ast.Lambda):
        body = value.body
        if isinstance(body, ast.Call) and last_name(body) == "next" and len(body.args) == 1:
            return starting_value(body.args[0], function)
        return value
    if isinstance(value, ast.Name):
        found = [
            given
            for node in walk(function.node)
            for target, given in assigned(node)
            if isinstance(target, ast.Name) and target.id == value.id
        ]
        if len(found) == 1 and not isinstance(found[0], ast.Name):
            return found[0]
    return value


def starts_per_object(value: ast.expr, module: ModuleInfo) -> bool:
    """Whether a variable of the class body starts anew with each object: numbers, fields.

    Args:
        value: What the class body gives it.
        module: The module of the class.
    """
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    if not isinstance(value, ast.Call):
        return False
    name = last_name(value)
    if name == "Factory":  # of attrs
        return any(_makes_start(argument, module) for argument in value.args[:1])
    if name not in FIELDS:
        return False
    for keyword in value.keywords:
        if keyword.arg in ("default_factory", "factory"):
            return _makes_start(keyword.value, module)
        if keyword.arg == "default":
            return starts_per_object(keyword.value, module)
    return any(starts_per_object(argument, module) for argument in value.args)


def _makes_start(factory: ast.expr, module: ModuleInfo) -> bool:
    """Whether what is called for each object gives something that starts anew."""
    if isinstance(factory, ast.Lambda):
        return starts(factory.body)
    if isinstance(factory, ast.Call):
        return last_name(factory) == "partial" and any(
            last_name(argument) in _FACTORIES for argument in factory.args[:1]
        )
    if isinstance(factory, ast.Name):
        made = module.definitions.get(factory.id, ())
        if made and all(isinstance(each, FunctionInfo) for each in made):
            return all(_gives_start(each) for each in made if isinstance(each, FunctionInfo))
    return last_name(factory) in _FACTORIES


def makes_object(value: ast.expr | None, cls: ClassInfo) -> bool:
    """Whether each object is given one of a class: ``field(default_factory=Counter)``."""
    return (
        isinstance(value, ast.Call)
        and last_name(value) in FIELDS
        and any(
            keyword.arg in ("default_factory", "factory") and plain_name(keyword.value) == cls.name
            for keyword in value.keywords
        )
    )


def _gives_start(function: FunctionInfo) -> bool:
    returned = [node.value for node in walk(function.node) if isinstance(node, ast.Return)]
    return bool(returned) and all(value is not None and starts(value) for value in returned)


def default_method(owner: ClassInfo, name: str) -> FunctionInfo | None:
    """The method that attrs calls for a field of each object: ``@_calls.default``."""
    for method in owner.methods.values():
        if not isinstance(method.node, ast.Lambda) and name in map(
            defaulted_field, method.node.decorator_list
        ):
            return method
    return None


def starts_by_class(owner: ClassInfo, name: str) -> bool:
    """Whether what a class body says of an attribute lets it start anew with each object."""
    value = owner.statements.get(name)
    if value is None:
        return False
    method = default_method(owner, name)
    return _gives_start(method) if method is not None else starts_per_object(value, owner.module)


def advances(function: FunctionInfo, name: str, by_length: bool = False) -> bool:
    """Whether a method advances the counter.

    Args:
        function: The method.
        name: The attribute.
        by_length: Whether it counts by its length, so that any entry that is stored counts.
    """
    if not function.takes_receiver or function.name in ("__init__", "__post_init__"):
        return False

    def is_counter(node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):
            node = node.value
        return (
            isinstance(node, ast.Attribute)
            and node.attr == name
            and is_receiver(node.value, function)
        )

    for node in walk(function.node):
        if isinstance(node, ast.AugAssign):
            if isinstance(node.op, ast.Add) and is_counter(node.target):
                return True
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target, value in assigned(node):
                if by_length and isinstance(target, ast.Subscript) and is_counter(target):
                    return True
                if is_counter(target) and any(
                    isinstance(below, ast.BinOp)
                    or (isinstance(below, ast.expr) and is_counter(below))
                    for below in walk(value)
                ):
                    return True
        elif isinstance(node, ast.Call):
            callee = node.func
            if last_name(callee) == "next" and node.args and is_counter(node.args[0]):
                return True
            if is_counter(callee):
                return True  # `self._next_index = count().__next__`
            if (
                isinstance(callee, ast.Attribute)
                and (callee.attr in _ADDING or (by_length and callee.attr in _FILLING))
                and is_counter(callee.value)
            ):
                return True
    return False


def parameter_of(function: FunctionInfo, value: ast.expr) -> str:
    """The parameter that a constructor starts the counter with, where its default is a number.

    Or nothing, and something is put in the place of that: ``numbers or count()``.
    """
    instead: ast.expr | None = None
    match value:
        case ast.BoolOp(ast.Or(), [given, *_, instead]):
            value = given
        case ast.IfExp(_, given, instead):
            value, instead = (instead, given) if starts(given) else (given, instead)
        case ast.Call(_, [first]) if last_name(value) in _STARTING:
            value = first  # `count(first)`
    name = given_parameter(function, value)
    for parameter in function.parameters:
        if parameter.name == name and parameter.default is not None:
            return name if starts(parameter.default if instead is None else instead) else ""
    return ""


def given_parameter(function: FunctionInfo, value: ast.expr) -> str:
    """The parameter that an expression in a method is, that of its object apart; "" for none."""
    if isinstance(value, ast.Name):
        for parameter in function.parameters[1:]:
            if parameter.name == value.id:
                return parameter.name
    return ""


def takes_up(function: FunctionInfo, name: str) -> bool:
    """Whether a method sets a counter to what others know: ``recorder.count_calls(id)``."""
    for node in walk(function.node):
        pairs = [(node.target, node.value)] if isinstance(node, ast.AugAssign) else assigned(node)
        for target, value in pairs:
            if not any(
                isinstance(part, ast.Attribute)
                and part.attr == name
                and is_receiver(part.value, function)
                for part in _unpacked(target)
            ):
                continue
            constructs = function.name in CONSTRUCTORS
            if any(
                isinstance(below, ast.Call)
                and isinstance(below.func, ast.Attribute)
                and not is_receiver(below.func.value, function)
                and not (constructs and below.func.attr in _STARTING)
                for below in walk(value)
            ):
                return True
    return False


def _unpacked(target: ast.expr) -> list[ast.expr]:
    """What is assigned to, one by one."""
    if not isinstance(target, ast.Tuple | ast.List):
        return [target]
    return [part for item in target.elts for part in _unpacked(item)]


def setters_of(owners: Iterable[ClassInfo], name: str) -> frozenset[str]:
    """By what others may set a counter: the attribute itself, ``resume_at(self, index)``."""
    found = {name}
    for owner in owners:
        for function, value in owner.writes().get(name, ()):
            words = {last_name(node) for node in walk(value) if isinstance(node, _WORDS)}
            parameters = {parameter.name for parameter in function.parameters[1:]}
            if function.name not in CONSTRUCTORS and words & parameters and name not in words:
                found.add(function.name)
    return frozenset(found)
