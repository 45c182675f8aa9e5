"""What the project makes under a name of the library, or hands rows to as to an executor.

A ``wait``, a ``gather`` or a context manager of the project's own waits for what it was written to
wait for: it is read, and where it is not seen to wait as the library's does, rows may still run.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import assigned
from flake8_stateid.codemod.reading.nodes import unawaited, walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.signatures import Callee, Function
    from flake8_stateid.codemod.tracing.counters import Method

_LEAVING = frozenset({"__exit__", "__aexit__"})
# What a subclass of a thread, an executor or a task group must not replace.
_OF_THE_LIBRARY = frozenset({"join", "start", "shutdown", "submit", "map", "create_task"})


class Homemade:
    """Looks at what is called, or entered, where rows are waited for.

    Args:
        ancestors: Finds functions and classes of the project.
    """

    def __init__(self, ancestors: Ancestors) -> None:
        """Look at nothing yet."""
        self._ancestors = ancestors

    def __call__(self, called: ast.expr) -> bool:
        """Whether ``called``, or what is entered, is the project's own and not seen to wait."""
        module = self._ancestors.first
        if isinstance(called, ast.Call):
            return self._is_own(called.func, called)
        function = module.function_of(called)
        owner = module.class_of(called)
        scope: ast.AST | None = function if isinstance(called, ast.Name) else owner
        name = dotted(called)
        return bool(name) and any(
            isinstance(value, ast.Call) and self._is_own(value.func)
            for node in (walk(scope) if scope is not None else ())
            for target, value in assigned(node)
            if dotted(target) == name
        )

    def _is_own(self, called: ast.expr, call: ast.Call | None = None) -> bool:
        module = self._ancestors.first
        functions = self._ancestors.functions(module, called)
        if functions:
            return not all(
                _enters_another(callee.function) or (call is not None and _awaits(callee, call))
                for _, callee in functions
            )
        seen = self._ancestors.part(module, dotted(called), called)
        methods = [method for _, method in seen.methods]
        leaving = [method for method in methods if method.name in _LEAVING]
        if leaving:
            return not all(_closes_another(each, methods) for each in leaving)
        return any(method.name in _OF_THE_LIBRARY for method in methods)


def _enters_another(function: Function) -> bool:
    """Whether a context manager yields nothing but what a ``with`` around the ``yield`` closes."""
    yields = [node for node in walk(function) if isinstance(node, ast.Yield)]
    inside = {
        node
        for around in walk(function)
        if isinstance(around, (ast.With, ast.AsyncWith))
        for item in around.items
        if item.optional_vars is not None
        for statement in around.body
        for node in walk(statement)
        if isinstance(node, ast.Yield)
        if node.value is not None and dotted(node.value) == dotted(item.optional_vars)
    }
    return bool(yields) and inside.issuperset(yields)


def _awaits(callee: Callee, call: ast.Call) -> bool:
    """Whether a function awaits what a call makes for it, and does nothing else with it."""
    function = callee.function
    if not isinstance(function, ast.AsyncFunctionDef):
        return False
    awaited = {
        name.id
        for node in walk(function)
        if isinstance(node, ast.Await)
        for name in _waited_for(node.value)
    }
    named = [node.id for node in walk(function) if isinstance(node, ast.Name)]
    variadic = function.args.vararg.arg if function.args.vararg is not None else None
    for number, argument in enumerate(call.args):
        if isinstance(argument, (ast.Call, ast.Starred)):
            parameter = callee.parameter(number, None)
            name = variadic if isinstance(argument, ast.Starred) else parameter or variadic
            if name not in awaited or named.count(name) > 1:
                return False
    return not any(isinstance(keyword.value, ast.Call) for keyword in call.keywords)


def _waited_for(awaited: ast.expr) -> list[ast.Name]:
    """``coroutine`` of ``await coroutine``, of ``await asyncio.gather(*coroutine)``."""
    match awaited:
        case ast.Name():
            return [awaited]
        case ast.Call(args=args) if dotted(awaited.func) in {"asyncio.gather", "asyncio.wait_for"}:
            plain = [each.value if isinstance(each, ast.Starred) else each for each in args]
            return [each for each in plain if isinstance(each, ast.Name)]
    return []


def _closes_another(method: Method, methods: Sequence[Method]) -> bool:
    """Whether ``__exit__`` does so, whatever comes: ``self._executor.shutdown()``."""
    for statement in method.body:
        value = statement.value if isinstance(statement, (ast.Expr, ast.Return)) else None
        called = unawaited(value)
        match called:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[]) if (
                name not in _LEAVING and name in {each.name for each in methods}
            ):
                own = [each for each in methods if each.name == name and each is not method]
                return bool(own) and all(_closes_another(each, []) for each in own)
            case ast.Call(func=ast.Attribute(attr="shutdown"), args=[], keywords=keywords):
                return all(
                    each.arg == "wait"
                    and isinstance(each.value, ast.Constant)
                    and each.value.value is True
                    for each in keywords
                )
            case ast.Call(func=ast.Attribute(attr=name)) if name in _LEAVING:
                return True
    return False
