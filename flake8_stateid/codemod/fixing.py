"""Fix one file's bytes: plan, rewrite, and prove the result before anyone writes it."""

from __future__ import annotations

import io
import tokenize
import warnings
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from flake8_stateid.analysis.call_index.call_index import RELEASED
from flake8_stateid.codemod.edits import Edits
from flake8_stateid.codemod.outcome import Fixed, Outcome, Refused
from flake8_stateid.codemod.plan import BUILDER_CODES, Plan, builders_at, plan
from flake8_stateid.codemod.reading.nodes import children
from flake8_stateid.codemod.reading.telling_apart import MARK
from flake8_stateid.codemod.rewriting.alignment import realigned
from flake8_stateid.codemod.rewriting.layout import is_pragma
from flake8_stateid.codemod.rewriting.lengths import overlong
from flake8_stateid.codemod.rewriting.line_ends import (
    is_mixed,
    with_ends_filled,
    with_ends_named,
)
from flake8_stateid.codemod.rewriting.positions import MissingNodeError
from flake8_stateid.codemod.rewriting.rewrite import rewrite
from flake8_stateid.names import ONE
from flake8_stateid.source import SourceText, parse

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.checking import FileResult
    from flake8_stateid.findings import Finding
    from flake8_stateid.names import StateIdNames

# LibCST parses and prints by recursion in native code, where too deep a tree ends the process.
MAX_DEPTH = 150
BY_HAND = "fix it by hand"


class FixResult(NamedTuple):
    """What fixing a file gave.

    Attributes:
        outcomes: One for each finding, in their order.
        code: The new bytes; the old ones where nothing was fixed.
        left: How many releases wait for another step.
    """

    outcomes: tuple[Outcome, ...]
    code: bytes
    left: int = 0


class _Unfit(Exception):
    """LibCST must not touch the file; the message says why."""


class _Unproven(Exception):
    """The rewritten text failed a check; the message says which."""


class _TooLong(_Unproven):
    """It has a line that is longer than lines may be."""


class _Text(NamedTuple):
    """A file to be rewritten.

    Attributes:
        source: Its text, as the lint sees it.
        module: The same as LibCST sees it.
        code: What that prints: the file's characters.
    """

    source: SourceText
    module: cst.Module
    code: str


def fix_bytes(
    data: bytes,
    checked: FileResult,
    names: StateIdNames,
    recheck: Callable[[bytes], FileResult],
    sources: SourceTree,
    suppressed: Sequence[Finding] = (),
    longest: int = 0,
    *,
    staged: bool = False,
) -> FixResult:
    """Fix what can be fixed of the findings in ``data``.

    Args:
        data: The file's bytes.
        checked: What the lint said of them; findings a comment silences are not in it.
        names: What is a state id name.
        recheck: The same lint, for the new bytes.
        sources: Where other modules are read that imports lead to.
        suppressed: Findings that a comment silences.
        longest: How long a line of the result may be, in characters; 0 where it is not set.
        staged: Whether releases may stay in what rows call, for another step to move.
    """
    source = checked.source
    findings = checked.findings
    if source is None or not findings:
        return FixResult((), data)
    tree = parse(source)
    try:
        before = _text(data, source, tree)
    except _Unfit as error:
        reason = str(error)
        return FixResult(tuple(_refused(finding, reason, BY_HAND) for finding in findings), data)
    # Once more with the names that ids have, where lines become too long with the usual one.
    for brief in (False, True):
        planned = plan(
            parse(source) if brief else tree,
            source,
            findings,
            lambda name: names.kind(name) == ONE,
            sources,
            suppressed,
            staged=staged,
            brief=brief,
        )
        if not planned.groups:
            return FixResult(planned.outcomes, data)
        try:
            code = _proven(before, planned, longest, recheck)
            break
        except _TooLong:
            continue
        except _Unproven:
            return _one_by_one(data, before, planned, longest, recheck)
    else:
        return _one_by_one(data, before, planned, longest, recheck)
    left = sum(len(group.edits.left) for group in planned.groups)
    return FixResult(planned.outcomes, code, left)


def _one_by_one(
    data: bytes,
    before: _Text,
    planned: Plan,
    longest: int,
    recheck: Callable[[bytes], FileResult],
) -> FixResult:
    """Keep the groups that can be proven beside those kept before, refuse the others."""
    kept = planned._replace(groups=())
    code = data
    for group in planned.groups:
        trial = kept._replace(groups=(*kept.groups, group))
        try:
            code = _proven(before, trial, longest, recheck)
            kept = trial
        except _Unproven as error:
            refused = {
                finding: _refused(finding, str(error), BY_HAND) for finding in group.findings
            }
            kept = kept._replace(
                outcomes=tuple(refused.get(outcome.finding, outcome) for outcome in kept.outcomes)
            )
    return FixResult(kept.outcomes, code)


def _refused(finding: Finding, reason: str, remedy: str) -> Refused:
    return Refused(finding, reason, remedy, finding.span.row)


def _text(data: bytes, source: SourceText, tree: ast.Module) -> _Text:
    """The file as LibCST sees it.

    Raises:
        _Unfit: It may end the process, or sees another file.
    """
    depth = 0
    level: list[ast.AST] = [tree]
    while level:
        depth += 1
        level = [child for node in level for child in children(node)]
        if depth > MAX_DEPTH:
            raise _Unfit("the file nests too deeply to be rewritten")
    try:
        module = cst.parse_module(data)
        code = module.code
        if code.encode(module.encoding) != data:
            raise _Unfit("LibCST cannot reproduce the file byte for byte")
        if is_mixed(code):
            module = with_ends_named(module)
    except (cst.ParserSyntaxError, SyntaxError, UnicodeError, RecursionError) as error:
        raise _Unfit("LibCST cannot parse the file") from error
    return _Text(source, module, code)


def _proven(
    before: _Text,
    planned: Plan,
    longest: int,
    recheck: Callable[[bytes], FileResult],
) -> bytes:
    """The new bytes, shown to be Python, to lint clean for what was fixed and to keep comments.

    Raises:
        _Unproven: They are not.
    """
    source = before.source
    edits = Edits()
    for group in planned.groups:
        edits.add(group.edits)
    fixed = {finding for group in planned.groups for finding in group.findings}
    try:
        changed = rewrite(before.module, source, edits)
        if is_mixed(before.code):
            changed = with_ends_filled(changed)
        # Continuation lines aligned as they were.
        code = realigned(before.code, changed.code).encode(changed.encoding)
        with warnings.catch_warnings():
            # A warning of the compiler was there before, such as that of a return in a finally.
            warnings.simplefilter("ignore")
            compile(code, source.path, "exec", dont_inherit=True)
        after = SourceText.from_bytes(source.path, code)
    except (MissingNodeError, SyntaxError, ValueError, RecursionError) as error:
        raise _Unproven(f"the rewritten file would not be valid: {error}") from error
    if MARK in after.text:
        raise _Unproven("a name of the loop would have to be written anew")
    if comments_of(source.text) != comments_of(after.text):
        raise _Unproven("a comment would be lost")
    row, limit = overlong(source.lines, after.lines, longest)
    if row:
        raise _TooLong(f"row {row} of the result would be longer than {limit} characters")
    checked = recheck(code)
    left = [each.finding for each in planned.outcomes if each.finding not in fixed]
    found, expected = (
        Counter(
            (finding.code, finding.message)
            for finding in findings
            # What a first step leaves is reported, for the next.
            if not (edits.left and finding.code == RELEASED)
        )
        for findings in (checked.findings, left)
    )
    for finding in checked.findings:
        if found[finding.code, finding.message] > expected[finding.code, finding.message]:
            raise _Unproven(
                f"row {finding.span.row} of the result would be reported: {finding.code} "
                f"{finding.message}"
            )
    if checked.problem is not None or found != expected:
        raise _Unproven("the result could not be checked")
    return code


def comments_of(text: str) -> Counter[str]:
    """The comments of a text, less those that speak to tools about their own line."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT and not is_pragma(token.string)
    )


def fixed_builders(checked: FileResult, outcomes: Sequence[Outcome]) -> list[ast.AST]:
    """The builders that were fixed, as they stood in the old text."""
    if checked.source is None:
        return []
    findings = [
        outcome.finding
        for outcome in outcomes
        if isinstance(outcome, Fixed) and outcome.finding.code in BUILDER_CODES
    ]
    found = builders_at(parse(checked.source), checked.source, findings)
    return [found[finding.span] for finding in findings if finding.span in found]
