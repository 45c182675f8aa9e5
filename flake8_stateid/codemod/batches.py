"""One batch path: everything that must hold before its ids become one, and the edits then."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.alone import edit_alone, rebinds
from flake8_stateid.codemod.callers.above import above
from flake8_stateid.codemod.callers.callers import check_callers
from flake8_stateid.codemod.callers.held import check_held
from flake8_stateid.codemod.callers.kept import handed_on
from flake8_stateid.codemod.callers.other_ways import check_called
from flake8_stateid.codemod.callers.restarts import leave_others
from flake8_stateid.codemod.edits import Edits, Region
from flake8_stateid.codemod.ids.bindings import Bindings
from flake8_stateid.codemod.ids.captured import refuse_captured
from flake8_stateid.codemod.ids.counted import numbers_in
from flake8_stateid.codemod.ids.given import base_source, check_base, precedes
from flake8_stateid.codemod.ids.hoisting import Hoisting
from flake8_stateid.codemod.ids.ids import Ids
from flake8_stateid.codemod.ids.lookups import kept_evaluations
from flake8_stateid.codemod.ids.operands import Operands
from flake8_stateid.codemod.ids.regions import (
    Extent,
    find_extent,
    free_name,
    statements,
    walks,
)
from flake8_stateid.codemod.ids.untyped import keep_type, takes_anything
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.optionals import Optionals
from flake8_stateid.codemod.reading.signatures import Function, dotted, parameters
from flake8_stateid.codemod.releasing.after_release import check_asked, check_kept
from flake8_stateid.codemod.releasing.closing import check_closings, close_behind
from flake8_stateid.codemod.releasing.inner import around_calls, running
from flake8_stateid.codemod.releasing.late_uses import (
    joined,
    refuse_escaped,
    refuse_late_use,
)
from flake8_stateid.codemod.releasing.leaving import all_moved, leaving
from flake8_stateid.codemod.releasing.moving import check_releases
from flake8_stateid.codemod.releasing.strictness import check_strict
from flake8_stateid.codemod.releasing.suspended import refuse_suspended
from flake8_stateid.codemod.rewriting.hollow import emptied_tries, hollow_loops
from flake8_stateid.codemod.rewriting.leftovers import drop_leftovers
from flake8_stateid.codemod.sharing.sharing import Sharing
from flake8_stateid.codemod.tracing.copies import source_of
from flake8_stateid.codemod.tracing.exit_stacks import leave_stack
from flake8_stateid.codemod.tracing.shapes import Shapes
from flake8_stateid.codemod.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.codemod.callers.neighbours import Neighbours
    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.ids.extending import Builder
    from flake8_stateid.codemod.ids.given import Source
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.releases import Release


def plan_batch(
    module: Module,
    function: Function,
    builders: Sequence[Builder],
    handed: Sequence[ast.expr],
    base: Base,
    is_state_id: Callable[[str], bool],
    ancestors: Ancestors,
    neighbours: Neighbours,
    *,
    staged: bool = False,
    brief: bool = False,
) -> Edits:
    """The edits that turn all of ``builders`` into the one state id they extend.

    Args:
        module: The module.
        function: The function that binds the base's root.
        builders: Builders of ``function`` that extend the same state id, or uses of it.
        handed: Where the context is handed on, or methods read the id of one that is kept.
        base: The state id.
        is_state_id: Whether an identifier is a state id name.
        ancestors: Finds classes of this and other modules.
        neighbours: Who calls the batch path elsewhere, and what runs beside it.
        staged: Whether releases may stay in what rows call, for another step to move.
        brief: Whether the id keeps a short name that it has.

    Raises:
        RefusalError: The fix cannot be shown to be safe.
    """
    ids = Ids(module, function, builders, base)
    operands = Operands(
        module, ancestors, Bindings(module, is_state_id), is_state_id, numbers_in(module, function)
    )
    added = {each for builder in builders for each in operands.check(builder)}
    _refuse_scopes(function, {base.root, *(name for _, name in ids.names)})
    unchanged = ids.given
    shapes = Shapes(ancestors, Optionals(module, ancestors, function))
    trace = Trace(
        module,
        is_state_id,
        shapes.fields_of,
        shapes.records,
        ancestors.has,
        shapes.asides,
        unchanged=unchanged,
    )
    for owner, name in ids.names:
        trace.hold(owner, name)
    for node in [*ids.loads, *ids.in_place]:
        trace.follow(node)
    ids.handed, passed = handed_on(module, function, base, trace, handed, ancestors.minting)
    if unchanged:
        leave_others(module, trace)
    extent = _extent(module, function, ids, trace, base, ancestors.minting)
    runners = above(module, function, trace, looped=extent.looped)
    repeats = runners.repeats
    releases = leaving(module, function, ids, trace, extent, repeats=repeats)
    rows = [
        *statements(module, extent),
        *walks(module, function, ids, trace.walked),
        *running(module, function, ids),
    ]
    sharing = Sharing(
        module,
        trace,
        extent,
        rows,
        runners.statements,
        function,
        ids.gone,
        ancestors,
        repeats=repeats,
    )
    sharing.check()
    releases = all_moved(trace, releases)
    if repeats:
        check_asked(module, trace, rows, releases, sharing)
    source = base_source(module, function, base, is_state_id, ancestors.minting)
    hoisting = Hoisting(module, ancestors, function, extent)
    if not takes_anything(module, ancestors, function, trace):
        raising = unchanged or any(map(operands.would_raise, builders))
        read_at = _bindings(module, ids, extent)
        keep_type(ids, base, source, hoisting, read_at, raising=raising)
    if extent.looped:
        edits = _edit_loop(module, function, ids, base, extent, trace, releases, brief=brief)
    else:
        edits = edit_alone(ids, base, releases, repeats=repeats, staged=staged)
    if repeats:
        places = [*ids.definitions, *ids.loads, *ids.in_place]
        check_kept(module, function, places, trace, releases, sharing, edits)
    edits.kept.update(kept_evaluations(module, ids, trace, is_state_id, edits.released, added))
    edits.hollow.extend(hollow_loops(function, edits.released))
    gone = _drop_unused(module, function, ids, base, edits)
    gone.update(map(source_of, trace.remade))
    gone.update(trace.given | passed | _rebound(module, ids, base))
    check_base(
        module,
        function,
        base,
        source,
        gone,
        is_state_id,
        extent,
        sharing.reachable,
        "the loop" if unchanged else "the built ids",
    )
    check_held(module, function, ids, base, gone, is_state_id, extent, sharing.reachable)
    # Who calls what rows call is asked where its release goes.
    if (
        isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        and base.root in parameters(function)
        and not edits.left
    ):
        check_callers(module, is_state_id, function, base.root, sharing.outlives, ancestors)
    if not (unchanged or repeats or extent.looped):
        check_called(module, ancestors, function, trace, builders)
    _check_ways(hoisting, trace, base, source, edits)
    neighbours.check(function, base, trace, sharing.outlives)
    return edits


def _check_ways(
    hoisting: Hoisting, trace: Trace, base: Base, source: Source | None, edits: Edits
) -> None:
    """Check the ways to the id, and to what a client is made with, where they are read earlier."""
    if not trace.unchanged:
        hoisting.check_moving(base.text if source is None else source.text, trace.is_state_id)
    if source is None and (trace.lifted or any(region.binding for region in edits.regions)):
        hoisting.check_way(base.text)
    for way in (way for lifted in trace.lifted.values() for way in lifted.ways):
        if "." in way:
            hoisting.check_way(way)


def _drop_unused(
    module: Module, function: Function, ids: Ids, base: Base, edits: Edits
) -> set[ast.AST]:
    """Drop what the change leaves unused; gives all nodes that go."""
    gone = {*ids.gone, *edits.hollow, *(each.items[0] for each in edits.dissolved)}
    gone.update(
        made.func
        for closed in edits.unclosed
        if isinstance(made := closed.items[0].context_expr, ast.Call)
    )
    for outer in emptied_tries(module, edits.released):
        edits.emptied.append(outer)
        gone.update(outer.handlers)
    written = {
        node.id
        for text in [ids.wrapper.format("_"), *edits.kept.values()]
        for node in walk(ast.parse(text))
        if isinstance(node, ast.Name)
    }
    drop_leftovers(module, function, edits, gone, {base.root} | written)
    refuse_captured(module, edits)
    return gone


def _rebound(module: Module, ids: Ids, base: Base) -> set[ast.Name]:
    """Uses of the base's own name once it holds what was built: ``state_id += f"_{i}"``."""
    binding = [each for each in ids.definitions if rebinds(each, base)]
    return {
        node
        for node in ids.loads
        if node.id == base.text and any(precedes(module, each, node) for each in binding)
    }


def _extent(
    module: Module,
    function: Function,
    ids: Ids,
    trace: Trace,
    base: Base,
    minting: frozenset[str],
) -> Extent:
    """The statements that use the id, up to the last of them that releases."""
    # A release that reads the id from what carries it stands where that is walked.
    walking = {*trace.walked, *trace.read}
    carried = any(
        key in trace.read
        if owner is function
        else any(node in walking for call in _leading(trace, owner) for node in walk(call))
        for key, owner in trace.releases
    )
    walked = [*ids.handed, *trace.called, *(trace.walked if carried else ())]
    extent = find_extent(module, function, ids, walked, ids.handed, base, minting)
    if any(each not in module.ancestors(extent.first) for each in trace.exits):
        raise RefusalError(
            "an ExitStack releases the client before the last use of the id",
            "open it around all uses",
            trace.exits[0].lineno,
        )
    if extent.looped and trace.releases:
        return joined(module, function, trace, extent)
    return extent


def _leading(trace: Trace, owner: Function) -> list[ast.Call]:
    """The calls that lead to ``owner``, also by way of others."""
    found: list[ast.Call] = []
    waiting, seen = [owner], {owner}
    while waiting:
        for site in trace.reached.get(waiting.pop(), ()):
            found.append(site.call)
            if site.caller not in seen:
                seen.add(site.caller)
                waiting.append(site.caller)
    return found


def _bindings(module: Module, ids: Ids, extent: Extent) -> list[ast.stmt]:
    """The statements that the base is read before, or in, once it is fixed."""
    if extent.looped:
        return [extent.first]
    return [module.statement_of(node) for node in [*ids.definitions, *ids.unpacked, *ids.in_place]]


def _refuse_scopes(function: Function, names: set[str]) -> None:
    """Refuse what binds or reads the ``names`` of the path, or those of its loops, elsewhere."""
    for node in walk(function):
        if isinstance(node, (ast.For, ast.AsyncFor)):
            names.update(each.id for each in walk(node.target) if isinstance(each, ast.Name))
    for node in walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)) and (shared := names & {*node.names}):
            raise RefusalError(
                f"'{min(shared)}' is bound in another scope",
                "fix this function by hand",
                node.lineno,
            )
        if isinstance(node, ast.Call) and dotted(node.func) in {"locals", "vars", "eval", "exec"}:
            raise RefusalError(
                f"'{dotted(node.func)}' reads the function's names",
                "fix this function by hand",
                node.lineno,
            )


def _edit_loop(
    module: Module,
    function: Function,
    ids: Ids,
    base: Base,
    extent: Extent,
    trace: Trace,
    releases: list[Release],
    *,
    brief: bool,
) -> Edits:
    """The id bound before the loop, the releases moved into a ``finally`` around it."""
    edits = Edits()
    behind, done = around_calls(module, function, releases, extent, ids)
    if releases or trace.exits:
        refuse_late_use(module, trace, behind, done)
        refuse_escaped(module, function, trace, behind)
        refuse_suspended(module, function, releases, extent, ids)
    if releases:
        check_releases(module, behind, releases, ids)
        check_strict(module, trace, releases, ids)
        check_closings(module, releases)
    alone = (
        not any(each.keys for each in releases)
        and len(ids.in_place) == 1
        and not ids.names
        and not _is_deferred(module, function, ids.in_place[0])
    )
    text = ids.wrapper.format(base.text)
    # A context that is handed on to what makes the client: nothing here names its id.
    unused = not (releases or ids.loads or ids.in_place)
    if text.isidentifier() or alone or unused:
        name, binding = text, ""
    else:
        name = free_name(module, function, ids, base, trace.is_state_id, brief=brief)
        binding = f"{name} = {text}"
    released = bool(releases) and behind == extent
    region = left = Region(extent.first, extent.last, binding, released)
    edits.regions.append(region)
    if behind != extent:
        left = Region(behind.first, behind.last, "", released=True)
        edits.regions.append(left)
    for lifted in trace.lifted.values():
        if lifted.made is not None:
            edits.lifted[lifted.made] = region
        else:
            edits.named[lifted.call] = (lifted.name, region)
    for definition in ids.definitions:
        edits.removed[ids.choice_of(definition) or definition] = region
    for node in [*ids.loads, *ids.in_place]:
        if dotted(node) != name:
            edits.replacements[node] = name
    edits.unpacked.update(ids.unpacked)
    edits.unzipped.update(ids.unzipped)
    for release in releases:
        # What is read from a row's object is, behind the rows, the id; so is what guards it.
        read = [each for each in release.keys if each in trace.read or dotted(each) == base.text]
        edits.replacements.update(dict.fromkeys((e for e in read if dotted(e) != name), name))
        for statement in release.statements:
            edits.released[statement] = left
            leave_stack(module, edits, statement, name)
        if module.function_of(release.statements[0]) is not function:
            edits.replacements.update(dict.fromkeys(release.keys, name))
            edits.scattered = True
        test, bound = close_behind(module, edits, release, name)
        if test:
            edits.guarded.append((release.statements, test, bound))
        else:
            edits.strict.extend(release.strict)
    return edits


def _is_deferred(module: Module, function: Function, node: ast.AST) -> bool:
    """Whether ``node`` stands in a function nested in ``function``, where narrowing is lost."""
    return module.function_of(node) is not function
