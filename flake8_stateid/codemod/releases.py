"""What releases a cached client: the statements that can be moved out of a loop.

A release *tolerates* a missing client when it does nothing where the cache holds none. Only such
a release may run after a loop that made no call; ``del`` and ``pop`` without a default are
made tolerant on the way, which is right where a row always makes a client before it is released.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from flake8_stateid.codemod.modules import Module, dotted

IdTest = Callable[[ast.expr], bool]


class Release(NamedTuple):
    """Adjacent statements of one block that release clients and do nothing else.

    Attributes:
        statements: The statements, in order.
        caches: What they release from, as spelled (``self._clients``).
        keys: The id expressions in them.
        strict: The ``del`` statements and ``pop`` calls that fail where there is no client.
    """

    statements: tuple[ast.stmt, ...]
    caches: tuple[str, ...]
    keys: tuple[ast.expr, ...]
    strict: tuple[ast.Delete | ast.Call, ...]


class ReleaseFinder:
    """Recognises releases of the ids that ``is_id`` accepts."""

    def __init__(self, module: Module, is_id: IdTest) -> None:
        """Recognise releases in ``module``."""
        self._module = module
        self._is_id = is_id

    def in_block(self, block: Sequence[ast.stmt]) -> list[Release]:
        """All releases among the statements of ``block``, nested blocks left out."""
        found: list[Release] = []
        index = 0
        while index < len(block):
            release = self._pair(block[index : index + 2]) or self.match(block[index])
            if release is not None:
                found.append(release)
            index += len(release.statements) if release is not None else 1
        return found

    def match(self, statement: ast.stmt) -> Release | None:
        """The release that ``statement`` is, if it is nothing else."""
        match statement:
            case ast.Expr(value=ast.Call() as call):
                return self._pop(statement, call) or self._helper(statement, call)
            case ast.Delete(targets=[ast.Subscript(value=cache, slice=key)]) if dotted(
                cache
            ) and self._is_id(key):
                return Release((statement,), (dotted(cache),), (key,), (statement,))
            case ast.With(items=items, body=body) if all(map(_is_lock, items)):
                return self._all(statement, body)
            case ast.With(items=[ast.withitem(context_expr=guard)], body=body) if (
                _suppresses_missing(guard)
            ):
                return self._tolerant(statement, body)
            case ast.If(test=test, body=body, orelse=[]) if self._tests_membership(test):
                release = self._tolerant(statement, body)
                assert isinstance(test, ast.Compare)
                return release and release._replace(keys=(test.left, *release.keys))
            case ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[]) if (
                isinstance(handler.type, ast.Name)
                and handler.type.id == "KeyError"
                and all(isinstance(inner, ast.Pass) for inner in handler.body)
            ):
                return self._tolerant(statement, body)
        return None

    def _pop(self, statement: ast.stmt, call: ast.Call) -> Release | None:
        cache = _popped(call)
        if not cache or not self._is_id(call.args[0]):
            return None
        strict = () if _has_default(call) else (call,)
        return Release((statement,), (cache,), (call.args[0],), strict)

    def _helper(self, statement: ast.stmt, call: ast.Call) -> Release | None:
        """A call of a function of this module whose body is a tolerant release of its argument."""
        if len(call.args) + len(call.keywords) != 1:
            return None
        argument = call.args[0] if call.args else call.keywords[0].value
        callees = self._module.resolve(call.func)
        if not self._is_id(argument) or len(callees) != 1:
            return None
        function = callees[0].function
        keyword = call.keywords[0].arg if call.keywords else None
        parameter = callees[0].parameter(0, keyword)
        if not isinstance(function, ast.FunctionDef) or parameter is None:
            return None
        body = [s for s in function.body if not _is_docstring(s)]
        inner = ReleaseFinder(
            self._module, lambda key: isinstance(key, ast.Name) and key.id == parameter
        )
        release = inner._all(statement, body)
        if release is None or release.strict or function.decorator_list:
            return None
        return Release((statement,), release.caches, (argument,), ())

    def _all(self, statement: ast.stmt, body: Sequence[ast.stmt]) -> Release | None:
        """One release made of a whole body."""
        found = self.in_block(body)
        if not found or sum(len(release.statements) for release in found) != len(body):
            return None
        return Release(
            (statement,),
            tuple(cache for release in found for cache in release.caches),
            tuple(key for release in found for key in release.keys),
            tuple(node for release in found for node in release.strict),
        )

    def _tolerant(self, statement: ast.stmt, body: Sequence[ast.stmt]) -> Release | None:
        release = self._all(statement, body)
        return release and release._replace(strict=())

    def _pair(self, pair: Sequence[ast.stmt]) -> Release | None:
        """``client = cache.pop(id, None)`` and ``if client is not None: client.close()``."""
        if not pair[1:]:
            return None
        taken, closing = pair
        keep = taken
        while isinstance(keep, ast.With) and all(map(_is_lock, keep.items)):
            if len(keep.body) != 1:
                return None
            keep = keep.body[0]
        match keep, closing:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call),
                ast.If(test=test, body=[ast.Expr(value=close)], orelse=[]),
            ) if _popped(call) and _has_default(call) and self._is_id(call.args[0]):
                if _is_present(test, name) and _closes(close, name):
                    return Release((taken, closing), (_popped(call),), (call.args[0],), ())
        return None

    def _tests_membership(self, test: ast.expr) -> bool:
        return (
            isinstance(test, ast.Compare)
            and len(test.ops) == 1
            and isinstance(test.ops[0], ast.In)
            and self._is_id(test.left)
        )


def _popped(call: ast.Call) -> str:
    """The cache of ``cache.pop(key)`` and ``cache.pop(key, None)``; empty for anything else."""
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "pop"
        and not call.keywords
        and (len(call.args) == 1 or _has_default(call))
    ):
        return dotted(call.func.value)
    return ""


def _has_default(call: ast.Call) -> bool:
    """Whether ``pop`` is given a default; one that is no constant might act."""
    match call.args:
        case [_, ast.Constant()]:
            return True
    return False


def _is_lock(item: ast.withitem) -> bool:
    return item.optional_vars is None and bool(dotted(item.context_expr))


def _suppresses_missing(guard: ast.expr) -> bool:
    return (
        isinstance(guard, ast.Call)
        and dotted(guard.func).rpartition(".")[2] == "suppress"
        and [dotted(argument) for argument in guard.args] == ["KeyError"]
    )


def _is_present(test: ast.expr, name: str) -> bool:
    """``client`` or ``client is not None``."""
    match test:
        case ast.Name(id=found):
            return found == name
        case ast.Compare(
            left=ast.Name(id=found), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            return found == name
    return False


def _closes(expression: ast.expr, name: str) -> bool:
    """``client.close()`` or ``await client.aclose()``."""
    call = expression.value if isinstance(expression, ast.Await) else expression
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == name
        and not call.args
    )


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
