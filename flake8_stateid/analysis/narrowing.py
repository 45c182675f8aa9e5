"""What a condition shows of a variable: its class, by ``isinstance``, or that it is no text."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import builders
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.values import (
    UNKNOWN,
    Origin,
    Value,
    join_all,
    with_no_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.state import State
    from flake8_stateid.analysis.values import Atom, Trace

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


def shown_to_be_no_text(test: ast.expr, holds: bool) -> list[tuple[str, bool]]:
    """Variables that cannot hold a string that was built, each with whether it holds nothing.

    Args:
        test: A condition.
        holds: Whether it is known to hold, or not to.
    """
    kind = type(test)
    if kind is ast.Name:
        return [] if holds else [(test.id, True)]  # type: ignore[attr-defined]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return shown_to_be_no_text(test.operand, not holds)
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is not holds:
            return []
        return [shown for value in test.values for shown in shown_to_be_no_text(value, holds)]
    if isinstance(test, ast.Compare):
        name, other = test.left, test.comparators[0]
        is_none = isinstance(test.ops[0], ast.Is if holds else ast.IsNot)
        if isinstance(name, ast.NamedExpr):
            name = name.target
        if is_none and len(test.ops) == 1 and isinstance(name, ast.Name):
            is_nothing = isinstance(other, ast.Constant) and other.value is None
            return [(name.id, True)] if is_nothing else []
    if isinstance(test, ast.Call):
        return [
            (name, False)
            for name, classes in shown_classes(test, holds=True)
            if (are_no_text if holds else has_text)(classes)
        ]
    return []


def are_no_text(classes: list[ast.expr]) -> bool:
    """Whether no object of one of some classes is a string."""
    return _NO_TEXT.issuperset(map(plain_name, classes))


def has_text(classes: list[ast.expr]) -> bool:
    """Whether strings are among the objects of some classes."""
    return "str" in map(plain_name, classes)


# --- what that makes of the variables of a function ----------------------------------------------


def narrow(frame: CallFrame, test: ast.expr, *, holds: bool) -> dict[str, Value]:
    """Take in what a condition shows; gives the variables of which it shows the class."""
    narrowed: dict[str, Value] = {}
    for name, classes in shown_classes(test, holds):
        narrowed.update(shown_to_be(frame, name, classes))
    for name, is_nothing in shown_to_be_no_text(test, holds):
        leave_no_text(frame, name, is_nothing=is_nothing)
    return narrowed


def shown_to_be(frame: CallFrame, name: str, classes: list[ast.expr]) -> dict[str, Value]:
    """A variable holds an instance of one of these classes; gives what that shows of it."""
    value = frame.here.env.get(name)
    if value is None or value.refs:
        return {}
    told = join_all([frame.engine.annotated(frame.module, item) for item in classes])
    types = told.types if value.types == UNKNOWN.types else value.types
    if not told.refs and types == value.types:
        return {}
    fields = {**told.fields, **value.fields}
    shown = Value(value.atoms, told.refs, fields, types, None, value.tags)
    frame.here.env.bind_all({name: shown})
    return {name: shown}


def widen(state: State, before: State, narrowed: dict[str, Value]) -> None:
    """Forget what a condition has shown of variables that are bound to what they were."""
    for name, value in narrowed.items():
        if state.env.get(name) is value:
            state.env[name] = before.env[name]


def leave_no_text(frame: CallFrame, name: str, *, is_nothing: bool) -> None:
    """A variable is shown to hold no string, or nothing at all; a uuid is no string."""
    value = frame.here.env.get(name)
    if value is None or not value.atoms:
        return
    minted: dict[Atom, Trace] = {
        atom: trace
        for atom, trace in value.atoms.items()
        if type(atom) is Origin and atom.code == builders.MINTED
    }
    atoms = minted if is_nothing else {**with_no_text(value).atoms, **minted}
    frame.here.env[name] = Value(atoms, value.refs, value.fields, value.types, None, value.tags)


def _choices(classes: ast.expr) -> list[ast.expr]:
    if isinstance(classes, ast.Tuple):
        return [choice for item in classes.elts for choice in _choices(item)]
    return [classes]
