"""What a release asks first: whether there is a client, or an id that one is kept under."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_present(test: ast.expr, name: str) -> bool:
    """``client`` or ``client is not None``."""
    match test:
        case ast.Name(id=found):
            return found == name
        case ast.Compare(
            left=ast.Name(id=found), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            return found == name
    return False


def asked_for(test: ast.expr) -> ast.expr | None:
    """The id in ``state_id is not None`` and in ``state_id``."""
    match test:
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return left
        case ast.Name() | ast.Attribute():
            return test
    return None


def tested_walrus(test: ast.expr) -> ast.NamedExpr | None:
    """The walrus of ``(client := ...) is not None`` and of ``client := ...``."""
    match test:
        case ast.NamedExpr():
            return test
        case ast.Compare(
            left=ast.NamedExpr() as taken,
            ops=[ast.IsNot()],
            comparators=[ast.Constant(value=None)],
        ):
            return taken
    return None


def of_any(body: Sequence[ast.stmt], parameter: str) -> Sequence[ast.stmt]:
    """What a helper does with an id, where it first asks whether it is given one."""
    match body:
        case [ast.If(test=test, body=[ast.Return(value=None)], orelse=[]), *rest] if (
            _absent(test) == parameter
        ):
            return rest
        case [ast.If(test=test, body=inner, orelse=[])] if is_present(test, parameter):
            return inner
    return body


def nested(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """``if client is None: return`` and what follows as ``if client is not None: ...``."""
    for number, statement in enumerate(body):
        match statement:
            case ast.If(test=test, body=[ast.Return(value=None)], orelse=[]) if client := _absent(
                test
            ):
                rest = list(body[number + 1 :])
                inner = ast.If(ast.Name(client, ast.Load()), rest, [])
                return [*body[:number], inner] if rest else list(body[:number])
    return list(body)


def _absent(test: ast.expr) -> str:
    """The name in ``client is None`` and ``not client``; empty for anything else."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            return name
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant(value=None)]
        ):
            return name
    return ""
