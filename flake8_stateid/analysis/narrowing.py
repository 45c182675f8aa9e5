"""What a condition shows of the class of a variable: ``isinstance``."""

from __future__ import annotations

import _ast as ast

_ARGUMENTS = 2


def shown_classes(test: ast.expr, holds: bool) -> list[tuple[str, list[ast.expr]]]:
    """Variables, each with the classes of which it is an instance of one.

    Args:
        test: A condition.
        holds: Whether it is known to hold, or not to.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return shown_classes(test.operand, not holds)
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is not holds:
            return []  # one of several, and it is not known which
        return [shown for value in test.values for shown in shown_classes(value, holds)]
    if (
        holds
        and isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "isinstance"
        and len(test.args) == _ARGUMENTS
        and isinstance(test.args[0], ast.Name)
    ):
        return [(test.args[0].id, _choices(test.args[1]))]
    return []


def _choices(classes: ast.expr) -> list[ast.expr]:
    if isinstance(classes, ast.Tuple):
        return [choice for item in classes.elts for choice in _choices(item)]
    return [classes]
