"""SID101: the loop that releases the client of a state id, and what uses the id beside it.

The id is what it should be: only the release stands in the wrong place. So every use of the id in
the loop's function is planned like one of a built id that gives way to it (:mod:`batches`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.callers.callers import called, mentions
from flake8_stateid.codemod.callers.kept import given_base, kept_reads
from flake8_stateid.codemod.callers.passing import kept_base, reads
from flake8_stateid.codemod.ids.bases import Base
from flake8_stateid.codemod.ids.contexts import ContextUses, exclusive
from flake8_stateid.codemod.ids.extending import find_base
from flake8_stateid.codemod.ids.given import base_source, precedes
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.ancestry import ELSEWHERE
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, parameters
from flake8_stateid.codemod.sharing.caches import cache_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.releases import Release
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.findings import Finding
    from flake8_stateid.source import SourceText

_BY_HAND = "release the client after the last use of its state id, by hand"
_REPEATING = (*LOOPS, *COMPREHENSIONS, *FUNCTIONS)
# How many functions may stand between the release and the loop.
_MAX_CALLS = 4


class Restart(NamedTuple):
    """A loop that releases the client of a state id which all its rounds share.

    Attributes:
        function: The function that the loop stands in.
        base: The state id, as that function spells it.
        uses: The expressions in it that are the id, guards and log lines left out.
        handed: Where it hands the context on to functions that use its state id; where methods
            that it comes to read the id of a context that ``self`` keeps.
    """

    function: Function
    base: Base
    uses: tuple[ast.expr, ...]
    handed: tuple[ast.expr, ...]


class _Way(NamedTuple):
    """Where a loop comes to a release: there, or at the call that leads to it."""

    function: Function
    base: Base
    place: ast.AST


def place_at(tree: ast.Module, source: SourceText, finding: Finding) -> ast.AST:
    """The release that a finding speaks of, or the call that leads to one in another module.

    Raises:
        RefusalError: Nothing stands there.
    """
    for node in walk(tree):
        if (
            isinstance(node, (ast.expr, ast.stmt))
            and not isinstance(node, ast.Expr)
            and node.lineno == finding.span.row
            and source.span(node) == finding.span
        ):
            return node
    raise RefusalError("the release was not found at its place", _BY_HAND)


def restart_at(
    module: Module, place: ast.AST, is_state_id: Callable[[str], bool], minting: frozenset[str]
) -> Restart:
    """The loop around a release.

    Args:
        module: The module.
        place: The release.
        is_state_id: Whether an identifier is a state id name.
        minting: Calls that open a state.

    Raises:
        RefusalError: The release names no id, or several loops come to it.
    """
    keys = _keys(place)
    if not keys:
        raise RefusalError("the loop empties the whole cache", "empty it after the loop, by hand")
    found: dict[tuple[Function, Base], _Way] = {}
    for key in keys:
        for way in _ways(module, place, key, is_state_id, _MAX_CALLS):
            found.setdefault((way.function, way.base), way)
    # A call that leads to another module hands it more than the id.
    named = {key: way for key, way in found.items() if is_state_id(_last(key[1].text))}
    found = named or found
    if len(found) != 1:
        raise RefusalError(
            "the client is released in a function that several loops call"
            if found
            else "the loop that releases the client cannot be seen",
            _BY_HAND,
        )
    (way,) = found.values()
    if way.function.lineno > ELSEWHERE:
        raise RefusalError("the loop stands in a base class of another module", _BY_HAND)
    return _restart(module, way, is_state_id, minting)


def _keys(place: ast.AST) -> list[ast.expr]:
    """What a release names that may be the id."""
    match place:
        case ast.Call(func=ast.Attribute(attr="pop"), args=[key, *_]):
            return [key]
        case ast.Call(args=args, keywords=keywords):
            return [*args, *(each.value for each in keywords)]
        case ast.Delete(targets=targets):
            return [each.slice for each in targets if isinstance(each, ast.Subscript)]
    return []


def _ways(
    module: Module,
    place: ast.AST,
    key: ast.expr,
    is_state_id: Callable[[str], bool],
    depth: int,
) -> Iterator[_Way]:
    """The loops that come to ``place``, where ``key`` is the id."""
    base = _base_of(module, key, is_state_id)
    function = module.binder(module.function_of(key), base.root) if base is not None else None
    if base is not None and function is not None:
        yield from _ways_to(module, _Way(function, base, place), is_state_id, depth)


def _base_of(module: Module, key: ast.expr, is_state_id: Callable[[str], bool]) -> Base | None:
    if isinstance(key, ast.Tuple):
        found = [_base_of(module, each, is_state_id) for each in key.elts]
        return next((each for each in found if each is not None), None)
    function = module.function_of(key)
    if isinstance(key, ast.Name):
        owner = module.binder(function, key.id)
        if owner is not None and key.id in parameters(owner):
            return Base(key.id, key.id)
        text = _taken(module, owner, key.id, is_state_id) if owner is not None else ""
        if text:
            return Base(text, text.partition(".")[0])
    try:
        return find_base(module, key, is_state_id)
    except RefusalError:
        return None


def _unwrapped(module: Module, function: Function, value: ast.expr) -> ast.expr:
    """``ctx.state_id`` of ``str(ctx.state_id)``, where that is a text, or ``None``."""
    match value:
        case ast.Call(func=ast.Name(id="str"), args=[given], keywords=[]):
            return given if module.is_text(function, dotted(given)) else value
    return value


def _taken(
    module: Module, function: Function, name: str, is_state_id: Callable[[str], bool]
) -> str:
    """``ctx.state_id``, where that is all that a local ever takes; empty for anything else."""
    texts: set[str] = set()
    for store in module.own_names(function, name):
        if isinstance(store.ctx, ast.Load):
            continue
        match module.parents[store]:
            case ast.AnnAssign(value=None):
                pass  # a declaration
            case (
                ast.Assign(value=value)
                | ast.AnnAssign(value=ast.expr() as value)
                | ast.NamedExpr(value=value)
            ):
                texts.add(dotted(_unwrapped(module, function, value)))
            case ast.Tuple(elts=targets) as unpacked:
                given = getattr(module.parents[unpacked], "value", None)
                values = given.elts if isinstance(given, ast.Tuple) else []
                same = len(values) == len(targets)
                texts.add(dotted(values[targets.index(store)]) if same else "")
            case _:
                texts.add("")
    text = texts.pop() if len(texts) == 1 else ""
    holder, _, last = text.rpartition(".")
    return text if holder and is_state_id(last) else ""


def _ways_to(
    module: Module, way: _Way, is_state_id: Callable[[str], bool], depth: int
) -> Iterator[_Way]:
    function, base, place = way
    chain = list(module.ancestors(place))
    inside = chain[: chain.index(function)] if function in chain else []
    if any(isinstance(each, _REPEATING) for each in inside):
        yield way
        return
    kept = kept_base(module, function, base)
    if kept is not base:
        yield from _ways_to(module, _Way(function, kept, place), is_state_id, depth)
        return
    if isinstance(function, ast.Lambda) or not depth:
        return
    for mention in mentions(module, function):
        call = called(module, mention)
        if call is None:
            continue
        around = module.function_of(mention)
        if base.root in {"self", "cls"} and isinstance(mention, ast.Attribute):
            if around is not None and dotted(mention.value) == base.root:
                yield from _ways_to(module, _Way(around, base, mention), is_state_id, depth - 1)
            continue
        callees = [each for each in module.resolve(mention) if each.function is function]
        passed = callees[0].argument(call, base.root) if callees else None
        if passed is None:
            continue
        if base.text == base.root:
            yield from _ways(module, mention, passed, is_state_id, depth - 1)
        elif holder := dotted(passed):
            text = holder + base.text.removeprefix(base.root)
            outer = module.binder(around, holder.partition(".")[0])
            if outer is not None:
                further = _Way(outer, Base(text, holder.partition(".")[0]), mention)
                yield from _ways_to(module, further, is_state_id, depth - 1)


def _restart(
    module: Module, way: _Way, is_state_id: Callable[[str], bool], minting: frozenset[str]
) -> Restart:
    """The loop with all uses of its state id, under the name it is bound to before, if any."""
    function, kept_as, place = way
    base = given_base(module, function, kept_as, place)
    source = base_source(module, function, base, is_state_id, minting)
    text = source.text if source is not None else base.text
    holders = [
        each
        for each in reads(module, function, text)
        if _holder(module, each) is not None
        and precedes(module, module.statement_of(each), place)
        and not _is_repeated(module, function, each)
    ]
    names = list(dict.fromkeys(name for each in holders if (name := _holder(module, each))))
    if names and base.text not in names:
        base = Base(names[0], names[0])
    uses = [each for each in reads(module, function, text) if each not in holders]
    for name in names:
        uses.extend(reads(module, function, name))
    if kept_as.root in {"self", "cls"}:
        if kept_as.text != text:
            uses.extend(reads(module, function, kept_as.text))
        uses = [each for each in uses if not _keeps(module.parents[each], kept_as)]
    rounds = [node for node in walk(function) if isinstance(node, _REPEATING)]
    rounds.remove(function)
    context = ContextUses(module, is_state_id, rounds, base.text)
    loop = next(
        (
            each
            for each in reversed([place, *module.ancestors(place)])
            if isinstance(each, ast.stmt) and function in module.ancestors(each)
        ),
        place,
    )
    live = [
        each
        for each in dict.fromkeys(uses)
        if context.is_live(each) and not exclusive(module, loop, each)
    ]
    root = text.partition(".")[0]
    handed: list[ast.expr] = []
    if kept_as.root in {"self", "cls"}:
        handed.extend(kept_reads(module, function, kept_as.text, is_state_id))
    if root not in {"self", "cls", text}:
        handed += [
            each
            for each in context.live(function, root, [*live, *holders])
            if isinstance(each, ast.Name) and not exclusive(module, loop, each)
        ]
    return Restart(function, base, tuple(live), tuple(handed))


def _keeps(statement: ast.AST, kept: Base) -> bool:
    """Whether a statement is ``self._state_id = ctx.state_id``, for what rows read."""
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return kept.text in {dotted(each) for each in targets if isinstance(each, ast.expr)}


def _holder(module: Module, node: ast.expr) -> str | None:
    """The local that is bound to ``node`` and to nothing else."""
    match module.parents[node]:
        case (
            ast.Assign(targets=[ast.Name() as target]) | ast.AnnAssign(target=ast.Name() as target)
        ):
            function = module.function_of(node)
            stores = module.own_stores(function, target.id) if function else []
            return target.id if stores == [target] else None
    return None


def _is_repeated(module: Module, function: Function, node: ast.AST) -> bool:
    chain = list(module.ancestors(node))
    return any(isinstance(each, _REPEATING) for each in chain[: chain.index(function)])


def leave_others(module: Module, trace: Trace) -> None:
    """Take out of a trace what is kept under the id and is no client: it stays as it is."""
    filled = {_last(cache_of(module, trace, each)) for each in trace.creations} - {""}
    others = [cache for cache in trace.cache_keys if filled and _last(cache) not in filled]
    dropped = {key for cache in others for key, _ in trace.cache_keys.pop(cache)}
    trace.releases = [each for each in trace.releases if each[0] not in dropped]


def of_clients(trace: Trace, release: Release) -> bool:
    """Whether a release takes clients, and nothing else that is kept under the id."""
    if not trace.unchanged:
        return True
    kept = {_last(cache) for cache in trace.cache_keys}
    return all(_last(cache) in kept for cache in release.caches)


def _last(cache: str) -> str:
    return cache.rpartition(".")[2]
