"""Heads of functions: their parameters, what an argument of a call lands in, their decorators."""

from __future__ import annotations

import ast
from typing import NamedTuple

from flake8_stateid.codemod.reading.nodes import own_nodes

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Callee(NamedTuple):
    """A function a call reaches; ``skip`` parameters are filled by the binding (``self``)."""

    function: Function
    skip: int

    def parameter(self, index: int, keyword: str | None) -> str | None:
        """The parameter an argument lands in, or ``None`` for ``*args`` and ``**kwargs``."""
        arguments = self.function.args
        positional = [*arguments.posonlyargs, *arguments.args][self.skip :]
        if keyword is None:
            return positional[index].arg if index < len(positional) else None
        names = [argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]]
        return keyword if keyword in names else None

    def rest(self, index: int, keyword: str | None) -> tuple[str, str | int] | None:
        """``*args`` or ``**kwargs`` that takes an argument, and its number or name there."""
        arguments = self.function.args
        named = len([*arguments.posonlyargs, *arguments.args]) - self.skip
        if keyword is not None:
            return (arguments.kwarg.arg, keyword) if arguments.kwarg else None
        return (arguments.vararg.arg, index - named) if arguments.vararg else None

    def takes(self, number: int) -> bool:
        """Whether the function can be called with that many arguments and no keywords."""
        arguments = self.function.args
        most = len([*arguments.posonlyargs, *arguments.args][self.skip :])
        needed = most - len(arguments.defaults)
        keywords = len(arguments.kwonlyargs) - sum(d is not None for d in arguments.kw_defaults)
        return not keywords and needed <= number and (number <= most or bool(arguments.vararg))

    def argument(self, call: ast.Call, parameter: str) -> ast.expr | None:
        """What ``call`` passes for ``parameter``, or ``None`` where it cannot be read off."""
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return None
        for keyword in call.keywords:
            if keyword.arg == parameter:
                return keyword.value
        arguments = self.function.args
        positional = [a.arg for a in [*arguments.posonlyargs, *arguments.args]][self.skip :]
        if parameter in positional and positional.index(parameter) < len(call.args):
            return call.args[positional.index(parameter)]
        return None


def is_generator(function: Function) -> bool:
    """Whether a function is a generator; one made in it is another function."""
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(*body))


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a text, or another constant, such as ``...``."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def does_nothing(function: Function) -> bool:
    """Whether a function has no body to speak of: a hook, or what is left to subclasses."""
    return not isinstance(function, ast.Lambda) and all(
        isinstance(each, ast.Pass) or is_docstring(each) for each in function.body
    )


def named_arguments(function: Function) -> list[ast.arg]:
    """The parameters that take one argument each."""
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def contexts(function: Function) -> list[str]:
    """The parameters that hold a context, by their name or annotation."""
    return [
        each.arg
        for each in named_arguments(function)
        if names_context(each.arg)
        or (each.annotation is not None and names_context(ast.unparse(each.annotation)))
    ]


def names_context(text: str) -> bool:
    """Whether a name, or an annotation, says that a context is held."""
    return "ctx" in text.lower() or "context" in text.lower()


def parameters(function: Function) -> list[str]:
    """The names of all parameters."""
    arguments = function.args
    return [
        argument.arg
        for argument in [
            *arguments.posonlyargs,
            *arguments.args,
            *([arguments.vararg] if arguments.vararg else []),
            *arguments.kwonlyargs,
            *([arguments.kwarg] if arguments.kwarg else []),
        ]
    ]


def defaults(function: Function) -> list[tuple[ast.arg, ast.expr]]:
    """The parameters that have a default, each with it."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    return [
        *zip(
            positional[len(positional) - len(arguments.defaults) :],
            arguments.defaults,
            strict=True,
        ),
        *(
            (argument, default)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        ),
    ]


def is_static(function: Function) -> bool:
    """Whether the function is a static method."""
    return _has_decorator(function, "staticmethod")


def is_class_method(function: Function) -> bool:
    """Whether the function is a class method."""
    return _has_decorator(function, "classmethod")


def _has_decorator(function: Function, name: str) -> bool:
    return not isinstance(function, ast.Lambda) and any(
        isinstance(decorator, ast.Name) and decorator.id == name
        for decorator in function.decorator_list
    )


def without_items(node: ast.AST) -> ast.AST:
    """``self._x`` of ``self._x[0]["key"]``: what an item is one of."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def start_of(node: ast.AST) -> ast.AST:
    """``self`` of ``self._x[0].y``: what attributes and items are taken of."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of a chain of attributes on a name; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def short_name(node: ast.expr) -> str:
    """The last name of a class as it is written: ``Base``, ``bases.Base``, ``Base[int]``."""
    return dotted(without_items(node)).rpartition(".")[2]
