"""Comments, blank lines and semicolons around statements that stay, move or go."""

# ruff: noqa: N802 - LibCST says how the methods are named

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_SEMICOLON = cst.MaybeSentinel.DEFAULT
_PRAGMA = re.compile(
    r"#\s*(?:noqa\b|type:|pylint:|pyright:|mypy:|pyre-|fmt:|ruff:|nosec\b|pragma:)", re.I
)


def is_pragma(comment: str) -> bool:
    """Whether a comment speaks to a tool about the line it stands on, and goes with the line."""
    return _PRAGMA.match(comment) is not None


def part(line: cst.SimpleStatementLine, first: int, last: int) -> cst.SimpleStatementLine:
    """The small statements of a line from ``first`` to before ``last``, on a line of their own."""
    body = list(line.body[first:last])
    body[-1] = body[-1].with_changes(semicolon=_semicolon(line, last))
    whole = line.with_changes(body=body)
    if first:
        whole = whole.with_changes(leading_lines=[])
    if last < len(line.body):
        whole = whole.with_changes(trailing_whitespace=cst.TrailingWhitespace())
    return whole


def _semicolon(line: cst.SimpleStatementLine, last: int) -> cst.Semicolon | cst.MaybeSentinel:
    return line.body[-1].semicolon if last == len(line.body) else NO_SEMICOLON


def lines_before(statement: cst.BaseStatement) -> tuple[cst.EmptyLine, ...]:
    """The blank lines and comments before a statement."""
    found = getattr(statement, "leading_lines", ())
    return tuple(found)


def with_lines(statement: cst.BaseStatement, lines: Sequence[cst.EmptyLine]) -> cst.BaseStatement:
    """A statement with other lines before it."""
    return statement.with_changes(leading_lines=list(lines))


def without_leading_blanks(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Lines from the first comment on."""
    rest = list(lines)
    while rest and rest[0].comment is None:
        rest.pop(0)
    return rest


def taking_over(
    statement: cst.BaseStatement,
    carried: Sequence[cst.EmptyLine],
    *,
    first: bool,
    blank: bool,
) -> cst.BaseStatement:
    """``statement`` after something before it went: comments it takes over, a blank line kept."""
    lines = list(lines_before(statement))
    if first:
        lines = without_leading_blanks(lines)
    elif blank and (not lines or lines[0].comment is not None):
        lines = [cst.EmptyLine(indent=False), *lines]
    return with_lines(statement, [*carried, *lines])


def set_off(line: cst.SimpleStatementLine) -> list[cst.EmptyLine]:
    """The comments before a line, with the blank line that parts them from it."""
    lines = list(line.leading_lines)
    while lines and lines[-1].comment is not None:
        lines.pop()
    return lines if any(each.comment is not None for each in lines) else []


def comments_around(
    line: cst.SimpleStatementLine, inner: Sequence[cst.EmptyLine] = ()
) -> list[cst.EmptyLine]:
    """The comments before, ``inner`` and behind a line that goes, each on a line of its own."""
    comments = [entry for entry in line.leading_lines if entry.comment is not None]
    comments.extend(inner)
    trailing = line.trailing_whitespace.comment
    if trailing is not None and not is_pragma(trailing.value):
        comments.append(cst.EmptyLine(comment=trailing))
    return comments


def comments_in(node: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments inside a statement that goes, each on a line of its own."""
    found: list[cst.EmptyLine] = []

    class Collector(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:
            found.append(cst.EmptyLine(comment=node))

    node.visit(Collector())
    return found


def without_else(original: cst.If, updated: cst.If) -> tuple[cst.If, list[cst.EmptyLine]]:
    """An ``if`` without the ``else`` that a change has emptied, and that one's comments."""
    above, below = original.orelse, updated.orelse
    if isinstance(above, cst.If) and isinstance(below, cst.If):
        below, comments = without_else(above, below)
        return updated.with_changes(orelse=below), comments
    if (
        isinstance(above, cst.Else)
        and isinstance(below, cst.Else)
        and above.body.body
        and not below.body.body
    ):
        return updated.with_changes(orelse=None), comments_in(below)
    return updated, []


def dissolved(
    statement: cst.Try | cst.TryStar | cst.With,
) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
    """The body of a statement that nothing else is left of, with the comments around it."""
    lead = list(statement.leading_lines)
    body = statement.body
    if isinstance(body, cst.SimpleStatementSuite):
        line = cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)
        return [line.with_changes(leading_lines=lead)], []
    assert isinstance(body, cst.IndentedBlock)
    if body.header.comment is not None:
        lead.append(cst.EmptyLine(comment=body.header.comment))
    inner = list(body.body)
    if not inner:
        return [], [line for line in [*lead, *body.footer] if line.comment is not None]
    inner[0] = with_lines(inner[0], [*lead, *lines_before(inner[0])])
    return inner, [line for line in body.footer if line.comment is not None]


def unclosed(statement: cst.With) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
    """What ``with closing(client) as name`` binds, and its body."""
    made, name = statement.items[0].item, statement.items[0].asname
    if name is None or not isinstance(made, cst.Call):
        return dissolved(statement)
    assert isinstance(name.name, cst.Name)
    bound = cst.Assign([cst.AssignTarget(name.name)], made.args[0].value)
    line = cst.SimpleStatementLine([bound], leading_lines=statement.leading_lines)
    inner, footer = dissolved(statement.with_changes(leading_lines=[]))
    return [line, *inner], footer


def without_names(
    statement: cst.Import | cst.ImportFrom, names: set[str]
) -> list[cst.BaseSmallStatement]:
    """An import less the names that nothing uses any more."""
    assert not isinstance(statement.names, cst.ImportStar)
    kept = [
        alias for alias in statement.names if cst.Module([]).code_for_node(alias.name) not in names
    ]
    if not kept:
        return []
    if len(kept) < len(statement.names) and statement.names[-1] not in kept:
        kept[-1] = kept[-1].with_changes(comma=statement.names[-1].comma)
    return [statement.with_changes(names=kept)]


def statements_on(original: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """A statement and, for a line, the small statements on it."""
    if isinstance(original, cst.SimpleStatementLine):
        return (original, *original.body)
    return (original,)
