"""Which releases move behind the rows: those that run on every row and name nothing of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS, suppresses
from flake8_stateid.codemod.ids.logs import is_logged
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.releasing.inner import makes_id
from flake8_stateid.codemod.tracing.exit_stacks import callback_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.releases import Release

_SEMAPHORES = frozenset({"Semaphore", "BoundedSemaphore"})


def check_releases(module: Module, extent: Extent, found: list[Release], ids: Ids) -> None:
    """Check that every cache is released on every row, wherever else it is released.

    Raises:
        RefusalError: A cache is released only where a condition holds.
    """
    always: set[str] = set()
    function = module.function_of(extent.first)
    region = set(statements(module, extent))
    for release in found:
        first = release.statements[0]
        owner = module.function_of(first)
        if (
            owner is not function
            and owner is not None
            and region & set(module.ancestors(first))
            and makes_id(module, owner, ids)
        ):
            raise RefusalError(
                RELEASED_BY_ROWS,
                "release it in a 'finally' around the loop by hand",
                first.lineno,
            )
        if _is_unconditional(module, release, found, extent, ids):
            always.update(release.caches)
    for release in found:
        if not release.caches:
            continue  # what closes a client made before the loop has been looked at
        if not always.issuperset(release.caches):
            raise RefusalError(
                "the client is released only under a condition",
                "release it in a 'finally' around the loop by hand",
                release.statements[0].lineno,
            )
        _refuse_mixed(module, release, extent)
        _refuse_row_names(module, release, extent, {*ids.loads, *ids.in_place})
        _refuse_kept(module, release, extent)


def ends_rows(module: Module, releases: Sequence[Release], extent: Extent) -> bool:
    """Whether each release stands in a handler that leaves the function, so no row follows it."""
    function = module.function_of(extent.first)
    for release in releases:
        chain = list(module.ancestors(release.statements[0]))
        handler = next((each for each in chain if isinstance(each, ast.ExceptHandler)), None)
        if (
            release.strict
            or handler is None
            or not isinstance(handler.body[-1], (ast.Raise, ast.Return))
        ):
            return False
        tried = module.parents[handler]
        around = chain[chain.index(tried) + 1 :]
        if function not in around or any(
            # What might catch the exception, or keep it to itself.
            isinstance(each, (ast.Try, ast.TryStar, ast.With, ast.AsyncWith, *FUNCTIONS))
            for each in around[: around.index(function)]
        ):
            return False
        if any(
            isinstance(node, (ast.Return, ast.Break, ast.Continue))
            for each in getattr(tried, "finalbody", [])
            for node in walk(each)
        ):
            return False
    return bool(releases)


def _handled(tried: ast.Try | ast.TryStar, caches: set[str], found: list[Release]) -> bool:
    """Whether each handler releases too, or leaves."""
    released = {
        each.statements[0] for each in found if caches.issubset(each.caches) and each.statements
    }
    return all(
        isinstance(handler.body[-1], ast.Raise) or any(each in released for each in handler.body)
        for handler in tried.handlers
    )


def _is_unconditional(
    module: Module, release: Release, found: list[Release], extent: Extent, ids: Ids
) -> bool:
    """Whether the release runs in every round that has an id, or in every call of its helper."""
    statement = release.statements[0]
    caches = set(release.caches)
    inner: ast.AST = statement
    region = statements(module, extent)
    helper = module.function_of(statement)
    bound = [module.block_of(each) for each in [*ids.definitions, *ids.unpacked]]
    for ancestor in module.ancestors(statement):
        if ancestor is helper or (any(inner in block for block in bound) and not ids.in_place):
            return True
        match ancestor:
            case ast.Try() | ast.TryStar():
                if inner in ancestor.orelse and _handled(ancestor, caches, found):
                    pass
                elif inner not in ancestor.body and inner not in ancestor.finalbody:
                    return False
            case ast.With() | ast.AsyncWith():
                pass
            case ast.For() | ast.AsyncFor() | ast.While():
                if inner not in ancestor.body:
                    return False
            case ast.If(body=branch, orelse=other):
                block = branch if inner in branch else other
                if not _is_all_of(module, block, release, ids):
                    return False
            case ast.match_case(body=block):
                if not _is_all_of(module, block, release, ids):
                    return False
            case ast.Match():
                pass
            case _:
                return False
        if ancestor in region:
            return True
        inner = ancestor
    return False


def _is_all_of(module: Module, branch: Sequence[ast.stmt], release: Release, ids: Ids) -> bool:
    """Whether an id is used nowhere but in the ``branch``: where that is not run, none is made."""
    if ids.given:
        return False  # the state may have a client already
    released = {node for each in release.statements for node in walk(each)}
    uses = [
        each
        for each in [*ids.loads, *ids.in_place]
        if each not in released and not is_logged(module, each)
    ]
    helper = module.function_of(release.statements[0])
    return bool(uses) and all(
        module.function_of(each) is helper
        and any(outer in branch for outer in module.ancestors(each))
        for each in uses
    )


def _refuse_mixed(module: Module, release: Release, extent: Extent) -> None:
    """Refuse a release that shares its ``with``, or is all that a ``try`` with handlers does."""
    first = release.statements[0]
    parent = module.parents[first]
    if isinstance(parent, (ast.Try, ast.TryStar)) and list(release.statements) == parent.body:
        raise RefusalError(
            "the release is all that its 'try' does, of which too little would be left",
            "release it by a plain 'pop(state_id, None)', then run the fix again",
            parent.lineno,
        )
    if (
        isinstance(parent, (ast.With, ast.AsyncWith))
        and list(release.statements) == parent.body
        and any(suppresses(item.context_expr) for item in parent.items)
    ):
        raise RefusalError(
            "the release is all that its 'with' does, which is about what it raises",
            "release it by a plain 'pop(state_id, None)', then run the fix again",
            parent.lineno,
        )
    region = statements(module, extent)
    for ancestor in module.ancestors(first):
        if isinstance(ancestor, (ast.With, ast.AsyncWith)) and any(
            _holds_lock(item) and not _lets_several(module, item) for item in ancestor.items
        ):
            raise RefusalError(
                "the client is released inside a 'with' that holds more than the release",
                "release it in a statement of its own",
                ancestor.lineno,
            )
        if ancestor in region or isinstance(ancestor, FUNCTIONS):
            return


def _refuse_row_names(
    module: Module, release: Release, extent: Extent, own: set[ast.expr]
) -> None:
    """Refuse a release that names something of the row besides the ids ``own``, such as a lock."""
    function = module.function_of(extent.first)
    region = set(statements(module, extent))
    parts = [
        part
        for key in release.keys
        for part in (key.elts if isinstance(key, ast.Tuple) else [key])
        if part in own or part is key
    ]
    keys = {node for part in parts for node in walk(part)}
    inside = {node for statement in release.statements for node in walk(statement)} - keys
    inside.difference_update(node for closing in release.closings for node in closing.names)
    # What is logged of the row's id is, behind the rows, the one id.
    inside.difference_update(node for each in own & inside for node in walk(each))
    for statement in release.statements:
        if isinstance(statement, ast.Expr) and (callback := callback_of(statement.value)):
            inside.difference_update(walk(callback.call.func))  # the stack stays behind
    if inside & module.aliased and region & module.aliasing:
        raise RefusalError(
            "the client is released by a name of its cache that is bound between rows",
            "bind it before the loop, then run the fix again",
            release.statements[0].lineno,
        )
    for node in inside:
        if (
            isinstance(node, ast.Name)
            and function is not None
            and any(
                not isinstance(other.ctx, ast.Load)
                and other not in inside
                and region & set(module.ancestors(other))
                for other in module.own_names(function, node.id)
            )
            and not any(
                isinstance(other, ast.Name)
                and other.id == node.id
                and not isinstance(other.ctx, ast.Load)
                for other in inside
            )
        ):
            told = is_logged(module, node)
            raise RefusalError(
                f"the client is released with '{node.id}', which is bound for each row",
                "log it in a statement of its own, beside the release"
                if told
                else "bind it before the loop, then run the fix again",
                node.lineno,
            )


def _holds_lock(item: ast.withitem) -> bool:
    """Whether a ``with`` may be what keeps others from the cache; a span of a tracer is not."""
    text = ast.unparse(item.context_expr).lower()
    return not isinstance(item.context_expr, ast.Call) or any(
        word in text for word in ("lock", "acquire", "guard", "mutex", "semaphore", "condition")
    )


def _lets_several(module: Module, item: ast.withitem) -> bool:
    """Whether a ``with`` holds a semaphore for several, which keeps nobody from the cache."""
    name = dotted(item.context_expr)
    made = [
        node.value
        for node in walk(module.root_of(item))
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and name in map(dotted, node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return bool(name and made) and all(
        isinstance(each, ast.Call)
        and dotted(each.func).rpartition(".")[2] in _SEMAPHORES
        and [ast.unparse(given) for given in each.args] != ["1"]
        and bool(each.args)
        for each in made
    )


def _refuse_kept(module: Module, release: Release, extent: Extent) -> None:
    """Refuse a released client that something else of the function uses by its name."""
    inside = {node for statement in release.statements for node in walk(statement)}
    function = module.function_of(extent.first)
    names = {
        node.id
        for node in inside
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    region = set(statements(module, extent))
    for name in names if function is not None else ():
        assert function is not None
        uses = [node for node in module.own_names(function, name) if node not in inside]
        bound = any(
            not isinstance(node.ctx, ast.Load) and region & set(module.ancestors(node))
            for node in uses
        )
        for node in uses:
            if isinstance(node.ctx, ast.Load) and not (
                bound and region & set(module.ancestors(node))
            ):
                raise RefusalError(
                    f"'{name}' holds the released client and is used elsewhere",
                    "use two names, then run the fix again",
                    node.lineno,
                )
