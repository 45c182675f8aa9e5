"""What leaves a loop, and the statements that are put around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from flake8_stateid.codemod.rewriting.layout import (
    comments_around,
    lines_before,
    with_lines,
    without_leading_blanks,
)

if TYPE_CHECKING:
    from flake8_stateid.codemod.edits import Region

Statement = cst.BaseStatement | cst.SimpleStatementLine | cst.BaseCompoundStatement


class Guard(NamedTuple):
    """The condition of releases.

    Attributes:
        number: Tells conditions apart that are spelled alike.
        test: How it is spelled.
        bound: What is bound where it holds, before they run.
    """

    number: int
    test: str
    bound: tuple[str, ...] = ()


class Moved:
    """What the rewriter gathers for a region on the way up to its block."""

    def __init__(self) -> None:
        self.binding_comments: list[cst.EmptyLine] = []
        self.behind: list[tuple[cst.EmptyLine, int]] = []
        self.finally_comments: list[cst.EmptyLine] = []
        self.finally_header: cst.Comment | None = None
        self.finally_footer: list[cst.EmptyLine] = []
        self.lifted: list[cst.SimpleStatementLine] = []
        self.releases: list[Statement] = []
        self.guard: int | None = None

    def release(self, statement: Statement, guard: Guard | None) -> None:
        """Add a release, under its condition if it has one."""
        number = guard.number if guard is not None else None
        last = self.releases[-1] if self.releases else None
        if guard is not None and number == self.guard and isinstance(last, cst.If):
            body = last.body.with_changes(body=[*last.body.body, statement])
            self.releases[-1] = last.with_changes(body=body)
        elif guard is not None:
            bound = [cst.parse_statement(each) for each in guard.bound]
            inner = cst.IndentedBlock([*bound, with_lines(statement, [])])
            test = cst.parse_expression(guard.test)
            self.releases.append(cst.If(test, inner, leading_lines=lines_before(statement)))
        else:
            self.releases.append(statement)
        self.guard = number


def enclose(
    region: Region,
    moved: Moved,
    inner: list[cst.BaseStatement],
    indent: str | None,
    module: cst.Module,
) -> list[cst.BaseStatement]:
    """Bind the id before ``inner``, with what is made there, and put the releases around it.

    Args:
        region: What is bound.
        moved: What has left ``inner``.
        inner: The statements of the region.
        indent: Of its block, where that is not the module's.
        module: Says how code is written.
    """
    lines = list(lines_before(inner[0]))
    blanks: list[cst.EmptyLine] = []
    while lines and lines[0].comment is None:
        blanks.append(lines.pop(0))
    result: list[cst.BaseStatement] = []
    if region.binding:
        binding = cst.parse_statement(region.binding)
        assert isinstance(binding, cst.SimpleStatementLine)
        comments = list(moved.binding_comments)
        if (behind := _stays_behind(moved, region.binding)) is not None:
            comments.pop()
            binding = binding.with_changes(trailing_whitespace=behind)
        result.append(binding.with_changes(leading_lines=[*blanks, *comments]))
        nested = isinstance(inner[0], (cst.FunctionDef, cst.ClassDef)) and not moved.releases
        blanks = (blanks[:1] or [cst.EmptyLine(indent=False)]) if nested else []
    elif moved.lifted:
        moved.lifted[0] = moved.lifted[0].with_changes(
            leading_lines=[*blanks, *moved.binding_comments, *moved.lifted[0].leading_lines]
        )
        blanks = []
    else:
        lines = [*moved.binding_comments, *lines]
    result.extend(moved.lifted)
    if not moved.releases:
        inner[0] = with_lines(inner[0], [*blanks, *lines])
        return [*result, *inner]
    inner[0] = with_lines(inner[0], lines)
    releases = _unique(moved.releases, module)
    releases[0] = with_lines(releases[0], without_leading_blanks(lines_before(releases[0])))
    header = cst.TrailingWhitespace()
    if moved.finally_header is not None:
        header = cst.TrailingWhitespace(
            whitespace=cst.SimpleWhitespace("  "), comment=moved.finally_header
        )
    final = cst.Finally(
        leading_lines=moved.finally_comments,
        body=cst.IndentedBlock(
            releases, header=header, indent=indent, footer=moved.finally_footer
        ),
    )
    (only, *others) = inner
    if isinstance(only, (cst.Try, cst.TryStar)) and only.finalbody is None and not others:
        # One that handles what rows raise can release as well.
        only = with_lines(only, [*blanks, *lines_before(only)])
        return [*result, only.with_changes(finalbody=final)]
    body = cst.IndentedBlock(inner, indent=indent)
    result.append(cst.Try(leading_lines=blanks, body=body, finalbody=final))
    return result


def _unique(releases: list[Statement], module: cst.Module) -> list[cst.BaseStatement]:
    """The releases without repetitions; the comments of a repetition go to the next."""
    found: dict[str, cst.BaseStatement] = {}
    orphaned: list[cst.EmptyLine] = []
    for release in releases:
        plain = with_lines(release, [])
        if isinstance(plain, cst.SimpleStatementLine):
            plain = plain.with_changes(trailing_whitespace=cst.TrailingWhitespace())
        code = module.code_for_node(plain)
        if code not in found:
            found[code] = release
        elif isinstance(release, cst.SimpleStatementLine):
            orphaned.extend(comments_around(release))
        else:
            orphaned.extend(line for line in lines_before(release) if line.comment is not None)
    unique = list(found.values())
    unique[0] = with_lines(unique[0], [*lines_before(unique[0]), *orphaned])
    return unique


def _stays_behind(moved: Moved, binding: str) -> cst.TrailingWhitespace | None:
    """The comment that stood behind the one id, where it fits behind the binding."""
    match moved.behind:
        case [(line, width)] if line is moved.binding_comments[-1] and line.comment is not None:
            if len(binding) + 2 + len(line.comment.value) <= width:
                return cst.TrailingWhitespace(cst.SimpleWhitespace("  "), line.comment)
    return None
