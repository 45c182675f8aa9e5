"""What a condition shows of a variable: its class, by ``isinstance``, or that it is no text."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import plain_name

_ARGUMENTS = 2
_NO_TEXT = frozenset(
    ("int", "float", "complex", "bool", "bytes", "list", "tuple", "set", "frozenset", "dict")
)


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


def matched_classes(pattern: ast.pattern) -> list[ast.expr]:
    """The classes of which what a pattern matches is an instance of one; none if not known."""
    if isinstance(pattern, ast.MatchClass):
        return [pattern.cls]
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        return matched_classes(pattern.pattern)
    if isinstance(pattern, ast.MatchOr):
        choices = [matched_classes(choice) for choice in pattern.patterns]
        return [cls for choice in choices for cls in choice] if all(choices) else []
    return []


def shown_to_be_no_text(test: ast.expr, holds: bool) -> list[str]:
    """Variables that cannot hold a string that was built: None, empty, or no ``str``.

    Args:
        test: A condition.
        holds: Whether it is known to hold, or not to.
    """
    kind = type(test)
    if kind is ast.Name:
        return [] if holds else [test.id]  # type: ignore[attr-defined]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return shown_to_be_no_text(test.operand, not holds)
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is not holds:
            return []
        return [name for value in test.values for name in shown_to_be_no_text(value, holds)]
    if isinstance(test, ast.Compare):
        name, other = test.left, test.comparators[0]
        is_none = isinstance(test.ops[0], ast.Is if holds else ast.IsNot)
        if isinstance(name, ast.NamedExpr):
            name = name.target
        if is_none and len(test.ops) == 1 and isinstance(name, ast.Name):
            return [name.id] if isinstance(other, ast.Constant) and other.value is None else []
    if isinstance(test, ast.Call):
        return [
            name
            for name, classes in shown_classes(test, holds=True)
            if (_NO_TEXT.issuperset if holds else {"str"}.intersection)(map(plain_name, classes))
        ]
    return []


def _choices(classes: ast.expr) -> list[ast.expr]:
    if isinstance(classes, ast.Tuple):
        return [choice for item in classes.elts for choice in _choices(item)]
    return [classes]
