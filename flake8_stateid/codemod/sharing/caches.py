"""Caches of clients: whether a constructor fills one, and what runs only when it does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from flake8_stateid.codemod.outcome import MADE_FOR_EACH, NOT_DONE, RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted
from flake8_stateid.codemod.sharing.guarded import guard_of

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.codemod.tracing.traced import Creation

_MAX_FACTORIES = 4
# Expressions whose value is that of a part.
_HANDING_THROUGH = (ast.NamedExpr, ast.Await, ast.BoolOp, ast.IfExp)
# What stands in these may be left out.
_SOMETIMES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.match_case, ast.ExceptHandler)


class Filling(NamedTuple):
    """How a client comes into its cache.

    Attributes:
        cache: The cache, as spelled; empty where the client is made anew each time.
        call: The expression whose value is put there.
        beside: Statements that run only when a client is made.
        found: Statements that run only when one is found.
        opened: The calls of a function that puts one there, each where there is none.
        spare: Whether one is made each time, and dropped where the cache holds one.
    """

    cache: str
    call: ast.Call
    beside: tuple[ast.stmt, ...] = ()
    found: tuple[ast.stmt, ...] = ()
    opened: tuple[ast.Call, ...] = ()
    spare: bool = False


def filling_of(module: Module, trace: Trace, creation: Creation) -> Filling:
    """The cache that ``creation`` fills, looked up before."""
    return _filling(module, trace, creation.call, creation.function, _MAX_FACTORIES)


def cache_of(module: Module, trace: Trace, creation: Creation) -> str:
    """The cache that ``creation`` fills; empty where a client is made anew each time."""
    return filling_of(module, trace, creation).cache


def refuse_anew(module: Module, trace: Trace, creation: Creation, why: str) -> NoReturn:
    """Refuse a client that is made anew each time, or kept where it is not seen to be found.

    Args:
        module: The module.
        trace: The uses of the id.
        creation: What makes it.
        why: Why it is not made before the loop; empty where that was not asked, or is not told.

    Raises:
        RefusalError: Always; the reason tells which.
    """
    call = creation.call
    statement = module.statement_of(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    caches = [dotted(each.value) for each in targets if isinstance(each, ast.Subscript)]
    names = {dotted(each) for each in targets} - {""}
    kept = next((each for each in caches if each in trace.cache_keys), "")
    kept = kept or _stored_later(module, call, creation.function, names)[0]
    if kept and _is_wrapped(module, call):
        raise RefusalError(
            f"the client is kept in '{kept}' as part of something else",
            "keep the client by itself, under its state id",
            call.lineno,
        )
    if kept:
        raise RefusalError(
            f"the client is kept in '{kept}', and not seen to be made only where that holds none",
            f"make it under 'if state_id not in {kept}'",
            call.lineno,
        )
    name = getattr(creation.function, "name", "")
    asks = creation.function in trace.reached and not (
        isinstance(statement, ast.Return) or _returns_one_of(creation.function, names)
    )
    handed = f" and hand it to '{name}'" if name and asks else ""
    raise RefusalError(
        MADE_FOR_EACH,
        f"construct one client before the loop{handed}, or cache it by state id"
        f"{NOT_DONE + why if why else ''}",
        call.lineno,
    )


def _is_wrapped(module: Module, call: ast.Call) -> bool:
    """Whether what is bound is made of the client, and not the client itself."""
    value: ast.AST = call
    while isinstance(parent := module.parents[value], _HANDING_THROUGH):
        value = parent
    return isinstance(parent, ast.expr)


def _filling(
    module: Module, trace: Trace, call: ast.Call, function: Function, depth: int
) -> Filling:
    value: ast.expr = call
    names: set[str] = set()
    while isinstance(parent := module.parents[value], _HANDING_THROUGH):
        if isinstance(parent, ast.NamedExpr):
            names.add(parent.target.id)
        value = parent
    cache = ""
    match parent:
        case ast.Call(func=ast.Attribute(value=filled, attr="setdefault")):
            spare = guard_of(module, call, function, dotted(filled)) is None
            return _known(trace, Filling(dotted(filled), call, spare=spare))
        case ast.Assign(targets=targets):
            for target in targets:
                if isinstance(target, ast.Subscript):
                    cache = dotted(target.value)
                names.add(dotted(target))
        case ast.AnnAssign(target=target):
            names.add(dotted(target))
        case ast.Return() | ast.Lambda():
            return _returned(module, trace, call, function, depth)
    stored, by_default = _stored_later(module, call, function, names - {""})
    if by_default:
        spare = guard_of(module, call, function, stored) is None
        return _known(trace, Filling(stored, call, spare=spare))
    cache = cache or stored
    guard = guard_of(module, call, function, cache) if cache else None
    if guard is not None:
        return _known(trace, Filling(cache, call, guard.beside, guard.found))
    if cache:
        return _known(trace, _opened(module, trace, Filling(cache, call), function))
    if _returns_one_of(function, names):
        return _returned(module, trace, call, function, depth)
    return Filling("", call)


def _opened(module: Module, trace: Trace, filling: Filling, function: Function) -> Filling:
    """The same where ``function`` fills the cache, and is called only where that holds no client.

    ``self._clients.get(state_id) or self._open(state_id)``
    """
    sites = trace.reached.get(function, [])
    guards = [
        guard_of(module, site.call, site.caller, filling.cache)
        for site in sites
        # Another object has another cache.
        if dotted(site.call.func).rpartition(".")[0] == "self"
    ]
    known = [each for each in guards if each is not None]
    if isinstance(function, ast.Lambda) or not sites or len(known) != len(sites):
        return filling._replace(cache="")
    calls = tuple(site.call for site in sites)
    beside = [
        statement
        for each in known
        for statement in each.beside
        if not (isinstance(statement, ast.Expr) and statement.value in calls)
    ]
    found = [statement for each in known for statement in each.found]
    return Filling(filling.cache, calls[0], (*beside, *function.body), tuple(found), calls)


def _known(trace: Trace, filling: Filling) -> Filling:
    return filling if filling.cache in trace.cache_keys else filling._replace(cache="")


def _returned(
    module: Module, trace: Trace, call: ast.Call, function: Function, depth: int
) -> Filling:
    """The one cache that all callers of a factory put its client in."""
    sites = trace.reached.get(function, [])
    found = {
        _filling(module, trace, site.call, site.caller, depth - 1) for site in sites if depth > 0
    }
    if len({filling.cache for filling in found}) != 1:
        return Filling("", call)
    beside = [statement for filling in found for statement in filling.beside]
    one = found.pop()
    body = [] if isinstance(function, ast.Lambda) else function.body
    return Filling(one.cache, one.call, (*beside, *body), one.found)


def _returns_one_of(function: Function, names: set[str]) -> bool:
    return any(
        isinstance(node, ast.Return)
        and node.value is not None
        and dotted(node.value) in names - {""}
        for node in walk(function)
    )


def _stored_later(
    module: Module, call: ast.Call, function: Function, names: set[str]
) -> tuple[str, bool]:
    """The cache in ``cache[id] = client``, and whether it is ``cache.setdefault(id, client)``.

    Args:
        module: The module.
        call: What makes the client; it is stored wherever that is done.
        function: The function that both stand in.
        names: What the client is called there.
    """
    around = {*module.ancestors(call)}
    for node in walk(function):
        if any(
            isinstance(each, _SOMETIMES) and each not in around for each in module.ancestors(node)
        ):
            continue
        match node:
            case ast.Assign(targets=[ast.Subscript(value=cache)], value=ast.Name(id=name)) if (
                name in names
            ):
                return dotted(cache), False
            case ast.Call(
                func=ast.Attribute(value=cache, attr="setdefault"), args=[_, ast.Name(id=name)]
            ) if name in names:
                return dotted(cache), True
    return "", False


DICTIONARIES = frozenset({"dict", "defaultdict", "OrderedDict", "Dict", "DefaultDict"})


def refuse_forgetful(module: Module, cache: str, row: int) -> None:
    """Refuse a cache that may make or drop clients itself, such as a ``WeakValueDictionary``.

    Each row had a client of its own, so it did not matter when one went.

    Raises:
        RefusalError: The cache is made by something that is not known to be a dictionary.
    """
    last = cache.rpartition(".")[2]
    for node in (node for tree in module.trees for node in walk(tree)):
        match node:
            case ast.Assign(targets=[target], value=ast.Call() as call):
                pass
            case ast.AnnAssign(target=target, value=ast.Call() as call):
                pass
            case _:
                continue
        made = _maker(call)
        name = dotted(made.value if isinstance(made, ast.Subscript) else made)
        known = name.rpartition(".")[2] in DICTIONARIES
        if not known and dotted(target).rpartition(".")[2] == last:
            raise RefusalError(
                f"the cache is made by '{ast.unparse(made)}', which may make or drop clients "
                "by itself",
                "keep the clients in a 'dict'",
                row,
            )


def _maker(call: ast.Call) -> ast.expr:
    """What makes the value: of ``field(default_factory=dict)`` it is ``dict``."""
    for keyword in call.keywords:
        if keyword.arg == "default_factory":
            return keyword.value
    return call.func
