"""Clients that a row closes by a name of its own, and what that becomes behind the rows.

There the client is asked of its cache: the name may be bound by no row, or by a function that is
left by then. So the name must have held that client and no other, at every closing.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, suppresses
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.declared import type_of
from flake8_stateid.codemod.reading.nodes import JUMPS, begins, ends, is_none, unawaited, walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.releasing.asked_later import closes
from flake8_stateid.codemod.releasing.held_clients import bound_to
from flake8_stateid.codemod.tracing.closings import Closing, closed_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.releasing.held_clients import HeldClients
    from flake8_stateid.codemod.tracing.releases import Release


def closed_by_contexts(
    module: Module, held: HeldClients, release: Release, region: Sequence[ast.stmt]
) -> Release:
    """A release, with what closes its client by ``with closing(client)`` in the same function.

    Args:
        module: The module.
        held: Which locals hold a client.
        release: The release.
        region: The statements in which rows run.
    """
    function = module.function_of(release.statements[0])
    found: list[Closing] = []
    for node in walk(function) if function is not None else ():
        client = closed_by(node)
        if client is None or not isinstance(node, (ast.With, ast.AsyncWith)):
            continue
        name = node.items[0].optional_vars or client
        if not isinstance(name, ast.Name) or {held(name)} != {*release.caches}:
            continue
        if _is_in_each_round(module, node, function, region):
            found.append(Closing(node, (), None, held(name), name.id, context=True))
    if not found:
        return release
    return release._replace(closing=True, closings=(*release.closings, *found))


def contexts_of(releases: Sequence[Release]) -> list[ast.stmt]:
    """The ``with`` statements that close a client, and go."""
    return [each.statement for one in releases for each in one.closings if each.context]


def _is_in_each_round(
    module: Module, statement: ast.stmt, function: Function | None, region: Sequence[ast.stmt]
) -> bool:
    """Whether a row that comes to its end, or fails, has come to ``statement``."""
    inner: ast.AST = statement
    for ancestor in module.ancestors(statement):
        if ancestor is function:
            return function not in module.ancestors(region[0])
        if isinstance(ancestor, LOOPS):
            return ancestor in region and inner in ancestor.body
        if isinstance(ancestor, (ast.Try, ast.TryStar)):
            if inner not in ancestor.body:
                return False
        elif not isinstance(ancestor, (ast.With, ast.AsyncWith)):
            return False
        inner = ancestor
    return False


def check_closings(module: Module, releases: Sequence[Release]) -> None:
    """Check that each row has bound the name by which it closes its client, and is done with it.

    Raises:
        RefusalError: One has not, or behind the rows something else would be closed.
    """
    _refuse_mixed(module, releases)
    released = {
        node
        for release in releases
        for statement in release.statements
        for node in walk(statement)
    }
    for closing in (each for release in releases for each in release.closings):
        function = module.binder(module.function_of(closing.statement), closing.local)
        assert function is not None
        _refuse_unbound(module, closing)
        _refuse_unused(module, function, closing, released)
        _refuse_later(module, function, closing, released)
        _refuse_other_type(module, function, closing)


def _refuse_mixed(module: Module, releases: Sequence[Release]) -> None:
    """Refuse releases of which some close the client, and others let go of it.

    Behind the rows, one of them would find nothing left to do.
    """
    closed: dict[str, dict[bool, Release]] = {}
    for release in releases:
        ends = any(each.context for each in release.closings) or any(
            closes(module, each) for each in release.statements
        )
        for cache in release.caches:
            closed.setdefault(cache, {})[ends] = release
    for found in closed.values():
        if len(found) > 1:
            raise RefusalError(
                "one release closes the client, and another lets go of it open",
                "release it in one way, then run the fix again",
                found[False].statements[0].lineno,
            )


def _refuse_unbound(module: Module, closing: Closing) -> None:
    name = closing.local
    tested = closing.test is not None

    def binds(value: ast.expr) -> bool:
        return tested or not is_none(value)

    if closed_by(closing.statement) is not None and _binds_itself(closing):
        return
    if not _is_bound(module, closing.statement, name, binds):
        raise RefusalError(
            f"a row may come to close '{name}' without having bound it, and would close another's",
            f"bind '{name}' before the 'try'",
            closing.statement.lineno,
        )


def _refuse_unused(
    module: Module, function: Function, closing: Closing, released: set[ast.AST]
) -> None:
    uses = module.own_names(function, closing.local)
    if closing.context:
        assert isinstance(closing.statement, (ast.With, ast.AsyncWith))
        released = released | set(walk(closing.statement.items[0]))
    if all(node in released for node in uses if isinstance(node.ctx, ast.Load)):
        raise RefusalError(
            f"nothing would use '{closing.local}' once it is closed behind the loop",
            "close what 'pop(state_id, None)' gives, where it is not None",
            closing.statement.lineno,
        )


def _refuse_later(
    module: Module, function: Function, closing: Closing, released: set[ast.AST]
) -> None:
    statement = closing.statement
    block = module.block_of(statement)
    around = module.enclosing(statement, *LOOPS, ast.Try, ast.TryStar)
    left = isinstance(block[-1], ast.Continue) and isinstance(around, LOOPS)
    for node in module.own_names(function, closing.local):
        chain = [*module.ancestors(node)]
        if left and around in chain and not any(each in block for each in chain):
            continue  # in another round
        if (
            isinstance(node.ctx, ast.Load)
            and node not in released
            and begins(node) > ends(statement)
        ):
            raise RefusalError(
                f"'{closing.local}' is used behind the statement that closes it",
                "close it after its last use, then run the fix again",
                node.lineno,
            )


def _refuse_other_type(module: Module, function: Function, closing: Closing) -> None:
    """Refuse a client that has another type where its cache is asked for it."""
    use = ast.parse(closing.cache, mode="eval").body
    for node in ast.walk(use):
        module.parents.setdefault(node, function)
    kept = _kept_type(type_of(module, use))
    if kept is None or kept == "Any":
        return
    types = {
        _spelled(callee.function.returns)
        for store in module.own_stores(function, closing.local)
        if isinstance(value := unawaited(bound_to(module, store)), ast.Call)
        for callee in module.resolve(value.func)
        if not isinstance(callee.function, ast.Lambda)
    } | {
        _spelled(statement.annotation)
        for store in module.own_stores(function, closing.local)
        if isinstance(statement := module.statement_of(store), ast.AnnAssign)
    }
    plain = {part for each in types - {""} for part in each.split(" | ") if part != "None"}
    if not plain <= {kept}:
        raise RefusalError(
            f"'{closing.local}' has another type than what '{closing.cache}' is said to hold",
            "annotate both alike, or close what 'pop(state_id, None)' gives",
            closing.statement.lineno,
        )


def close_behind(
    module: Module, edits: Edits, release: Release, name: str
) -> tuple[str, tuple[str, ...]]:
    """Put what the cache keeps in the place of the names that rows have for their clients.

    Args:
        module: The module.
        edits: What is planned; added to.
        release: A release that moves behind the rows.
        name: The id there.

    Returns:
        The condition under which the release runs, and what is bound for it before.
    """
    test = f"{name} in {release.caches[0]}" if release.closing else ""
    for statement in (each for closing in release.closings for each in _begun(module, closing)):
        edits.removed[statement] = None
    late = [closing for closing in release.closings if closing.late]
    bound = [f"{each.local} = {each.cache}[{name}]" for each in late]
    for closing in (each for each in release.closings if each.context):
        assert isinstance(closing.statement, (ast.With, ast.AsyncWith))
        edits.unclosed.append(closing.statement)
        closed = f"{closing.cache}[{name}]"
        awaited = isinstance(closing.statement, ast.AsyncWith)
        bound.append(f"await {closed}.aclose()" if awaited else f"{closed}.close()")
    for closing in release.closings if not late else ():
        if closing.test is not None:
            edits.replacements[closing.test] = f"{name} in {closing.cache}"
        tested = set(walk(closing.test)) if closing.test is not None else set()
        for node in closing.names:
            if node not in tested:
                edits.replacements[node] = f"{closing.cache}[{name}]"
    return test, tuple(dict.fromkeys(bound))


def _begun(module: Module, closing: Closing) -> list[ast.stmt]:
    """The statements ``client = None`` that nothing needs once the closing asks the cache."""
    function = module.binder(module.function_of(closing.statement), closing.local)
    if function is None or closing.test is None or closing.late:
        return []
    uses = module.own_names(function, closing.local)
    if not all(
        node in closing.names
        or _is_bound(module, module.statement_of(node), node.id, lambda value: not is_none(value))
        for node in uses
        if isinstance(node.ctx, ast.Load)
    ):
        return []
    found = [module.statement_of(node) for node in uses if isinstance(node.ctx, ast.Store)]
    return [
        each
        for each in found
        if isinstance(each, ast.AnnAssign | ast.Assign)
        and each.value is not None
        and is_none(each.value)
        and len(getattr(each, "targets", ["client"])) == 1
    ]


def _binds_itself(closing: Closing) -> bool:
    assert isinstance(closing.statement, (ast.With, ast.AsyncWith))
    return closing.statement.items[0].optional_vars is not None


def _is_bound(
    module: Module, statement: ast.stmt, name: str, binds: Callable[[ast.expr], bool]
) -> bool:
    """Whether ``name`` is bound in each round that comes to ``statement``."""
    current: ast.AST = statement
    for ancestor in module.ancestors(statement):
        before: list[ast.stmt] = []
        for field in ("body", "orelse", "finalbody"):
            block = getattr(ancestor, field, None)
            if isinstance(block, list) and current in block:
                before.extend(block[: block.index(current)])
                if field == "orelse" and isinstance(ancestor, ast.Try):
                    before.extend(ancestor.body)
        if any(_surely_binds(module, each, name, binds) for each in before):
            return True
        if isinstance(ancestor, (*FUNCTIONS, *LOOPS)):
            return False
        current = ancestor
    return False


def _surely_binds(
    module: Module, statement: ast.stmt, name: str, binds: Callable[[ast.expr], bool]
) -> bool:
    def within(block: Sequence[ast.stmt]) -> bool:
        return any(_surely_binds(module, each, name, binds) for each in block)

    match statement:
        case ast.Assign() | ast.AnnAssign(value=ast.expr()):
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            return statement.value is not None and any(
                isinstance(each, ast.Name) and each.id == name and binds(statement.value)
                for each in targets
            )
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            return not any(suppresses(item.context_expr) for item in items) and within(body)
        case ast.If(body=body, orelse=orelse):
            return within(body) and within(orelse)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            return within(finalbody) or (
                within([*body, *orelse])
                and all(isinstance(each.body[-1], JUMPS) or within(each.body) for each in handlers)
            )
    return False


def _kept_type(annotation: ast.expr | None) -> str | None:
    """What a dictionary is annotated to hold."""
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[_, held])):
            return _spelled(held)
    return None


def _spelled(annotation: ast.expr | None) -> str:
    """An annotation, quoted or not; ``Optional`` as a union."""
    match annotation:
        case None:
            return ""
        case ast.Constant(value=str() as text):
            return text.strip()
        case ast.Subscript(value=value, slice=held) if dotted(value).endswith("Optional"):
            return f"{_spelled(held)} | None"
    return ast.unparse(annotation)
