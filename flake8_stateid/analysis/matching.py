"""The ``match`` statement: what its patterns show of a subject, and bind of it."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.narrowing import (
    are_no_text,
    has_text,
    leave_no_text,
    shown_to_be,
    widen,
)
from flake8_stateid.analysis.program import ClassInfo, plain_name
from flake8_stateid.analysis.state import State, merge
from flake8_stateid.analysis.values import (
    ELEMENT,
    LIST,
    NUMBER,
    SUBSCRIPTED,
    UNKNOWN,
    Key,
    Value,
    container,
    items,
    part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.classes import ClassTable
    from flake8_stateid.analysis.flow import FlowFrame


def run_match(frame: FlowFrame, statement: ast.Match) -> None:
    """Run each case on what is left of the subject, and join what they lead to.

    Args:
        frame: The function, at the statement; afterwards behind it.
        statement: The statement.
    """
    subject = frame.evaluate(statement.subject)
    name = statement.subject.id if isinstance(statement.subject, ast.Name) else ""
    before = frame.here
    after: State | None = None
    exhausted = False
    for case in statement.cases:
        frame.state = before.copy()
        shown: dict[str, Value] = {}
        matched = subject
        if name:
            shown = _narrow(frame, name, case.pattern)
            matched = frame.here.env.get(name, subject)
        _capture(frame, case.pattern, matched)
        if case.guard is not None:
            frame.evaluate(case.guard)
        frame.execute(case.body)
        if frame.state is not None:
            widen(frame.state, before, shown)
        after = merge(after, frame.state)
        if case.guard is None and _irrefutable(case.pattern):
            exhausted = True
            break
        if case.guard is None and name:
            frame.state = before = before.copy()
            _narrow_behind(frame, name, case.pattern)
    frame.state = after if exhausted else merge(before, after)


def _irrefutable(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and any(map(_irrefutable, pattern.patterns))


# --- what a pattern shows ------------------------------------------------------------------------


def _narrow(frame: FlowFrame, name: str, pattern: ast.pattern) -> dict[str, Value]:
    """Take in what holds of a variable that a pattern matches; gives what shows its class."""
    classes = matched_classes(pattern)
    narrowed = shown_to_be(frame, name, classes)
    if isinstance(pattern, ast.MatchSingleton) and pattern.value is None:
        leave_no_text(frame, name, is_nothing=True)
    elif classes and are_no_text(classes):
        leave_no_text(frame, name, is_nothing=False)
    return narrowed


def _narrow_behind(frame: FlowFrame, name: str, pattern: ast.pattern) -> None:
    """Take in what holds of a variable that a pattern does not match."""
    if is_nothing_else(pattern) and has_text(matched_classes(pattern)):
        leave_no_text(frame, name, is_nothing=False)


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


def is_nothing_else(pattern: ast.pattern) -> bool:
    """Whether a pattern matches whatever is of its classes, and nothing of it is asked for."""
    if isinstance(pattern, ast.MatchClass):
        return not (pattern.patterns or pattern.kwd_patterns)
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is not None and is_nothing_else(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and all(map(is_nothing_else, pattern.patterns))


# --- what a pattern binds ------------------------------------------------------------------------


def _capture(frame: FlowFrame, pattern: ast.pattern, subject: Value) -> None:
    """Bind what a pattern captures of its subject."""
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            _capture(frame, pattern.pattern, subject)
        if pattern.name is not None:
            _capture_name(frame, pattern.name, subject, pattern)
    elif isinstance(pattern, ast.MatchOr):
        for choice in pattern.patterns:
            _capture(frame, choice, subject)
    elif isinstance(pattern, ast.MatchSequence):
        _capture_items(frame, pattern, subject)
    elif isinstance(pattern, ast.MatchMapping):
        for key_node, item in zip(pattern.keys, pattern.patterns, strict=True):
            key = frame.evaluate(key_node).const
            _capture(frame, item, part(subject, SUBSCRIPTED if key is None else "'" + key))
        if pattern.rest is not None:
            _capture_name(frame, pattern.rest, subject, pattern)
    elif isinstance(pattern, ast.MatchClass):
        _capture_attributes(frame, pattern, subject)


def _capture_items(frame: FlowFrame, pattern: ast.MatchSequence, subject: Value) -> None:
    star = False
    count = len(pattern.patterns)
    for index, item in enumerate(pattern.patterns):
        if isinstance(item, ast.MatchStar):
            star = True
            held: dict[Key, Value] = {ELEMENT: part(subject, SUBSCRIPTED)}
            known = items(subject)
            if known is not None:
                held = dict(enumerate(known[index : len(known) + index + 1 - count]))
            if item.name is not None:
                _capture_name(frame, item.name, container(LIST, held), item)
            continue
        _capture(frame, item, part(subject, index - count if star else index))


def _capture_attributes(frame: FlowFrame, pattern: ast.MatchClass, subject: Value) -> None:
    for name, item in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        _capture(frame, item, frame.attribute(subject, name, pattern))
    fields = positional_attributes(frame.engine.classes, frame.evaluate(pattern.cls))
    if plain_name(pattern.cls) in ("int", "float", "bool"):
        subject = Value(subject.atoms, types=NUMBER.types)
    for index, item in enumerate(pattern.patterns):
        if index < len(fields):
            _capture(frame, item, frame.attribute(subject, fields[index], pattern))
        else:
            _capture(frame, item, subject if not fields and not index else UNKNOWN)


def positional_attributes(classes: ClassTable, named: Value) -> list[str]:
    """The attributes that the positional patterns of a class pattern stand for.

    Args:
        classes: Bases and fields of classes.
        named: What the pattern names.
    """
    for ref in named.refs.values():
        if ref.kind == "class" and isinstance(ref.target, ClassInfo):
            for owner in classes.order(ref.target):
                declared = owner.statements.get("__match_args__")
                if isinstance(declared, ast.Tuple | ast.List):
                    return [
                        str(item.value) for item in declared.elts if isinstance(item, ast.Constant)
                    ]
            return [field.name for field in classes.fields(ref.target)]
    return []


def _capture_name(frame: FlowFrame, name: str, value: Value, node: ast.AST) -> None:
    if not value.plain:
        value = frame.become(name, value, node, f"captured as '{name}'", used=False)
    frame.bind(name, value)
