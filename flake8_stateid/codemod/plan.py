"""From findings to edits: which builders may become the context's state id, and why not.

All findings that extend one state id in one function are planned together: after the fix they are
one id, so they share a client, and what is released for one is released for all.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.builders import CONCATENATION, F_STRING, FORMATTING
from flake8_stateid.analysis.call_index.call_index import MADE_ANEW, RELEASED
from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.batches import plan_batch
from flake8_stateid.codemod.callers.neighbours import Neighbours
from flake8_stateid.codemod.callers.restarts import Restart, place_at, restart_at
from flake8_stateid.codemod.ids.extending import Builder, find_base, is_given
from flake8_stateid.codemod.outcome import Fixed, Outcome, RefusalError, Refused
from flake8_stateid.codemod.reading.aliases import look_through
from flake8_stateid.codemod.reading.ancestry import Ancestors
from flake8_stateid.codemod.reading.modules import Module
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.optionals import Optionals
from flake8_stateid.codemod.reading.registries import take_registries
from flake8_stateid.codemod.reading.telling_apart import MARK, tell_apart
from flake8_stateid.codemod.reading.unrolling import unroll
from flake8_stateid.codemod.releasing.homemade import Homemade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.findings import Finding
    from flake8_stateid.source import SourceText

BUILDER_CODES = frozenset({F_STRING, CONCATENATION, FORMATTING})
RESTARTING = frozenset({RELEASED, MADE_ANEW})


class Group(NamedTuple):
    """Findings that are fixed together or not at all."""

    findings: tuple[Finding, ...]
    edits: Edits


class Plan(NamedTuple):
    """What can be rewritten, and what became of each finding, in the findings' order."""

    groups: tuple[Group, ...]
    outcomes: tuple[Outcome, ...]


class _Member(NamedTuple):
    """A finding, with what is to become the one state id, and contexts handed on or kept."""

    finding: Finding
    builders: tuple[Builder, ...]
    handed: tuple[ast.expr, ...] = ()


def plan(
    tree: ast.Module,
    source: SourceText,
    findings: Sequence[Finding],
    is_state_id: Callable[[str], bool],
    tree_of_sources: SourceTree,
    suppressed: Sequence[Finding] = (),
    *,
    staged: bool = False,
    brief: bool = False,
) -> Plan:
    """Plan the fix of one module.

    Args:
        tree: The module the findings were made on.
        source: Its text.
        findings: The findings to fix; those suppressed by ``noqa`` left out.
        is_state_id: Whether an identifier is a state id name.
        tree_of_sources: Where other modules are read that imports lead to.
        suppressed: Findings that a comment silences; their lines are not rewritten.
        staged: Whether releases may stay in what rows call, for another step to move.
        brief: Whether ids keep short names that they have.
    """
    module = Module(tree)
    look_through(module)
    unroll(module, is_state_id)
    ancestors = Ancestors(source, module, tree_of_sources)
    take_registries(ancestors)
    module.homemade = Homemade(ancestors)
    module.is_seen = lambda called: bool(ancestors.functions(module, called))
    module.is_text = lambda function, path: Optionals(module, ancestors, function).is_text(path)
    refused: dict[Finding, RefusalError] = {}
    groups: dict[tuple[Function, Base], list[_Member]] = {}
    builders = builders_at(tree, source, findings)
    tell_apart(module, builders.values())
    minting = ancestors.minting
    for finding in findings:
        try:
            if finding.code in RESTARTING:
                found = _restart_of(module, source, finding, is_state_id, minting)
                member = _Member(finding, found.uses, found.handed)
                groups.setdefault((found.function, found.base), []).append(member)
            else:
                builder = _builder_of(finding, builders)
                key = _group_of(module, builder, is_state_id)
                groups.setdefault(key, []).append(_Member(finding, (builder,)))
        except RefusalError as error:
            refused[finding] = error
    planned: list[Group] = []
    built = {each for members in groups.values() for one in members for each in one.builders}
    neighbours = Neighbours(module, ancestors, is_state_id, built)
    for (function, base), members in groups.items():
        together = tuple(each.finding for each in members)
        own, handed = _together(module, members)
        try:
            _refuse_suppressed(source, function, suppressed)
            batch = (module, function, own, handed, base, is_state_id, ancestors, neighbours)
            try:
                edits = plan_batch(*batch, staged=staged, brief=brief)
            except RefusalError:
                # What a base class leaves to its subclasses may be all that makes a client.
                if not _is_open(module, function) or not neighbours.take_in(function):
                    raise
                edits = plan_batch(*batch, staged=staged, brief=brief)
            if neighbours.take_in(function):
                # Once more, with all that subclasses of other modules override or call.
                edits = plan_batch(*batch, staged=staged, brief=brief)
            _refuse_overlap(edits, planned)
            planned.append(Group(together, edits))
        except RefusalError as error:
            refused.update(dict.fromkeys(together, error))
    return Plan(
        tuple(planned),
        tuple(_outcome(finding, refused.get(finding), ancestors) for finding in findings),
    )


def _is_open(module: Module, function: Function) -> bool:
    """Whether a batch path calls a method that its class leaves to subclasses."""
    return any(
        "NotImplementedError" in ast.unparse(node)
        if isinstance(node, ast.Raise)
        else isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any(last_name(each) == "abstractmethod" for each in node.decorator_list)
        for reached in module.reached_from([function])
        for node in walk(reached)
    )


def _together(module: Module, members: Sequence[_Member]) -> tuple[list[Builder], list[ast.expr]]:
    """All that becomes one id, but for the ids inside of what is built, and the contexts."""
    found = dict.fromkeys(builder for each in members for builder in each.builders)
    built = {ast.dump(each) for each in found if not is_given(each)}
    own = [
        each
        for each in found
        if not any(ast.dump(above) in built for above in module.ancestors(each) if built)
    ]
    return own, list(dict.fromkeys(holder for each in members for holder in each.handed))


def _refuse_suppressed(
    source: SourceText, function: Function, suppressed: Sequence[Finding]
) -> None:
    span = source.span(function)
    for finding in suppressed:
        if span.row <= finding.span.row <= span.end_row:
            raise RefusalError(
                "another id built in this function is kept by a 'noqa' comment",
                "drop the comment to fix both, or fix this one by hand",
                finding.span.row,
            )


def _refuse_overlap(edits: Edits, planned: Sequence[Group]) -> None:
    """Refuse to bind two state ids around the same statements."""
    for region in edits.regions:
        for other in (other for group in planned for other in group.edits.regions):
            if region.first.lineno <= (other.last.end_lineno or 0) and other.first.lineno <= (
                region.last.end_lineno or 0
            ):
                raise RefusalError(
                    "ids of two state ids are built in one loop",
                    "bind each state id before the loop by hand",
                    region.first.lineno,
                )


def _outcome(finding: Finding, error: RefusalError | None, ancestors: Ancestors) -> Outcome:
    if error is None:
        return Fixed(finding)
    path, row = ancestors.place_of(error.row or finding.span.row)
    if path:
        # The reason stands in another module; what the user can see is the finding.
        reason = f"{error.reason}, in row {row} of {path}"
        return Refused(finding, reason, error.remedy, finding.span.row)
    reason, remedy = (re.sub(rf"{MARK}\d+", "", text) for text in (error.reason, error.remedy))
    return Refused(finding, reason, remedy, row)


# What to do about the findings that only a hand can mend.
_BY_HAND = {
    MADE_ANEW: "construct the client before the loop, or keep it by its state id",
    "SID201": "take the id from the context, or register it with a minting call",
    "SID900": "split the file",
}


def builders_at(
    tree: ast.Module, source: SourceText, findings: Sequence[Finding]
) -> dict[tuple[int, ...], Builder]:
    """The expressions at the findings' spans; outer nodes win over inner ones of equal span."""
    rows = {finding.span.row for finding in findings}
    found: dict[tuple[int, ...], Builder] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.AugAssign)) and node.lineno in rows:
            found.setdefault(source.span(node), node)
    return found


def _restart_of(
    module: Module,
    source: SourceText,
    finding: Finding,
    is_state_id: Callable[[str], bool],
    minting: frozenset[str],
) -> Restart:
    """The loop whose rounds release a client, or make one, under one state id."""
    first = finding.steps[0]
    if finding.code == MADE_ANEW and first.path != finding.path:
        raise RefusalError(
            f"the client is made in another module, {first.path}:{first.span.row}",
            "construct one client before the loop, and hand it to what makes one there",
        )
    place = place_at(module.tree, source, finding)
    try:
        return restart_at(module, place, is_state_id, minting)
    except RefusalError as error:
        if finding.code == RELEASED:
            raise
        # What it says, it says of a release.
        reason = "the loop that makes a client anew, and all that uses its id, cannot be seen"
        raise RefusalError(reason, _BY_HAND[MADE_ANEW]) from error


def _builder_of(finding: Finding, builders: dict[tuple[int, ...], Builder]) -> Builder:
    if finding.code not in BUILDER_CODES:
        remedy = _BY_HAND.get(finding.code, "see its page: flake8-stateid explain")
        raise RefusalError(f"{finding.code} has no fix", remedy)
    builder = builders.get(finding.span)
    if builder is None:
        first = finding.steps[0]
        if first.path != finding.path:
            raise RefusalError(
                f"the id is built in another module, {first.path}:{first.span.row}",
                "hand on the context's state id there",
            )
        raise RefusalError("the builder was not found at its place", "fix it by hand")
    return builder


def _group_of(
    module: Module, builder: Builder, is_state_id: Callable[[str], bool]
) -> tuple[Function, Base]:
    """The function that owns the base's root, and the base."""
    inner = module.function_of(builder)
    if inner is None:
        raise RefusalError("the id is built outside a function", "build it where a context is")
    base = find_base(module, builder, is_state_id)
    function = module.binder(inner, base.root)
    if function is None:
        function = module.outermost_function(builder)
    while isinstance(function, ast.Lambda):
        function = module.function_of(function)
    if function is None:
        raise RefusalError("the id is built outside a function", "build it where a context is")
    return function, base
