"""Whether a method that runs when an object is made only checks what the object is given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Collection

_NUMBERS = frozenset({"int", "float", "bool"})


def only_checks(owner: ast.ClassDef, method: ast.FunctionDef) -> bool:
    """Whether ``method`` raises where a field is missing or out of range, and does nothing else.

    Such a check comes to the same whichever state id a field holds: none reads its text, or shows
    it in the message.

    Args:
        owner: The class, with its fields.
        method: Its ``__post_init__``.
    """
    numbers = {
        each.target.id
        for each in owner.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and dotted(each.annotation) in _NUMBERS
    }
    body = method.body
    if ast.get_docstring(method, clean=False) is not None:
        body = body[1:]
    return not method.decorator_list and all(
        isinstance(each, ast.Pass)
        or (
            isinstance(each, ast.If)
            and not each.orelse
            and _is_blind(each.test, numbers)
            and len(each.body) == 1
            and isinstance(each.body[0], ast.Raise)
            and _is_silent(each.body[0], numbers)
        )
        for each in body
    )


def _is_blind(test: ast.expr, numbers: Collection[str]) -> bool:
    """Whether a condition asks of a field whether it is there, or what type it has, no more."""
    match test:
        case ast.BoolOp(values=values):
            return all(_is_blind(each, numbers) for each in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_blind(operand, numbers)
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[other]):
            return _is_field(left) and isinstance(other, ast.Constant)
        case ast.Compare(left=left, comparators=others):
            return all(
                isinstance(each, ast.Constant) or _is_number(each, numbers)
                for each in [left, *others]
            )
        case ast.Call(func=ast.Name(id="isinstance"), args=[asked, kind]):
            return _is_field(asked) and bool(dotted(kind))
    return _is_field(test)


def _is_silent(raised: ast.Raise, numbers: Collection[str]) -> bool:
    """Whether what is raised shows no field but numbers."""
    shown = [node for node in walk(raised) if isinstance(node, ast.Name) and node.id == "self"]
    allowed = [node for node in walk(raised) if _is_number(node, numbers)]
    return len(shown) == len(allowed)


def _is_field(node: ast.AST) -> bool:
    return dotted(node).startswith("self.") and dotted(node).count(".") == 1


def _is_number(node: ast.AST, numbers: Collection[str]) -> bool:
    return _is_field(node) and dotted(node).partition(".")[2] in numbers
