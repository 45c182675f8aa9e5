"""A state id, or a context, that is kept under another name: who else uses it beside the batch.

``self._ctx = ctx`` in one method, ``self._ctx.state_id`` in another. What is handed on can be
followed; what ``self`` keeps is looked for in the methods that run with the batch path.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.callers.callers import runners
from flake8_stateid.codemod.callers.passing import kept_base, reads
from flake8_stateid.codemod.ids.contexts import ContextUses, exclusive
from flake8_stateid.codemod.ids.given import precedes
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module


def check_held(
    module: Module,
    function: Function,
    ids: Ids,
    base: Base,
    gone: Collection[ast.AST],
    is_state_id: Callable[[str], bool],
    extent: Extent,
    reachable: Collection[Function],
) -> None:
    """Check that nothing makes calls under what is kept, before the batch or behind it.

    Args:
        module: The module.
        function: The batch path.
        ids: The names and places of the id.
        base: The state id, as the builders spell it.
        gone: Nodes that the rewrite removes.
        is_state_id: Whether a name is a state id name.
        extent: The statements in which rows run.
        reachable: Every function that may run while rows run.

    Raises:
        RefusalError: Something does, so that two clients would count under one id.
    """
    base = kept_base(module, function, base)
    on_self = base.root in {"self", "cls"}
    if "." not in base.text or (not on_self and base.root in parameters(function)):
        return
    keeping = _keeping(module, base)
    # Calls that were followed to where methods read the id.
    begun = {above for each in ids.handed for above in module.ancestors(each)}
    bound = [each for each in keeping if on_self and module.function_of(each) is function]
    if extent.looped and bound and not any(precedes(module, e, extent.first) for e in bound):
        raise RefusalError(
            f"'{base.text}' is bound where it may be left out, and would be read before the loop",
            "bind it once, before the loop, whatever comes",
            bound[0].lineno,
        )
    known = {*gone, *keeping}
    uses = ContextUses(module, is_state_id, [*statements(module, extent), *reachable])
    for runner in runners(module, function) if on_self else [function]:
        sites = _sites(module, function, runner, extent.first)
        given = {name for node in _nodes(runner) if (name := _keeps(node, base))}
        if on_self and runner is function:
            given |= _contexts(function, is_state_id)
        found: list[ast.AST] = [
            live
            for parameter in sorted(given.intersection(parameters(runner)) - {"self", "cls"})
            for live in uses.live(runner, parameter, known)
        ]
        found += [
            each
            for each in reads(module, runner, base.text)
            if uses.is_live(each) and known.isdisjoint([each, *module.ancestors(each)])
        ]
        for node in _nodes(runner) if on_self else ():
            if isinstance(node, ast.Call) and node not in sites and node not in begun:
                found += [
                    node
                    for other in module.reached_from([node]) - {function}
                    for each in reads(module, other, base.text)
                    if uses.is_live(each) and known.isdisjoint([each, *module.ancestors(each)])
                ]
        for live in found:
            if not any(exclusive(module, site, live) for site in sites if site is not live):
                raise RefusalError(
                    f"'{base.text}' is used beside the built ids, so two clients could count "
                    "under one id",
                    "use one client for both, released after the last use",
                    getattr(live, "lineno", function.lineno),
                )


class Keeper(NamedTuple):
    """A function that runs the batch path and lets ``self`` keep a context that it is given.

    Attributes:
        function: The function.
        given: Its parameter, ``ctx`` of ``self._ctx = ctx``.
        known: All statements that keep the context: what they keep has been looked at.
    """

    function: ast.FunctionDef | ast.AsyncFunctionDef
    given: str
    known: list[ast.stmt]


def keepers(module: Module, function: Function, base: Base) -> list[Keeper]:
    """Who keeps the context of the batch path: who calls them may use its state id beside it."""
    base = kept_base(module, function, base)
    if base.root not in {"self", "cls"}:
        return []
    known = _keeping(module, base)
    return [
        Keeper(runner, name, known)
        for runner in runners(module, function)
        if isinstance(runner, (ast.FunctionDef, ast.AsyncFunctionDef))
        for name in dict.fromkeys(_keeps(node, base) for node in _nodes(runner))
        if name in parameters(runner) and name not in {"self", "cls"}
    ]


def _keeping(module: Module, base: Base) -> list[ast.stmt]:
    return [
        node
        for tree in module.trees
        for node in walk(tree)
        if isinstance(node, ast.stmt) and _keeps(node, base)
    ]


def _sites(module: Module, function: Function, runner: Function, first: ast.stmt) -> list[ast.AST]:
    """Where the rows of the batch path run, for its ``runner``: the calls that come to it."""
    if runner is function:
        return [first]
    return [
        node
        for node in _nodes(runner)
        if isinstance(node, ast.Call) and function in module.reached_from([node])
    ]


def _contexts(function: Function, is_state_id: Callable[[str], bool]) -> set[str]:
    """The variables of the batch path that hold a state id, or what has one."""
    return {
        dotted(node.value)
        for node in _nodes(function)
        if isinstance(node, ast.Attribute) and is_state_id(node.attr)
    } | set(filter(is_state_id, parameters(function)))


def _keeps(node: ast.AST, base: Base) -> str:
    """The variable that a statement keeps for ids to be built of, or whose state id it keeps."""
    match node:
        case (
            ast.Assign(targets=[target], value=value)
            | ast.AnnAssign(target=target, value=ast.expr() as value)
        ) if f"{base.text}.".startswith(f"{dotted(target)}."):
            return dotted(value).partition(".")[0]
    return ""


def _nodes(function: Function) -> list[ast.AST]:
    return list(own_nodes(*(function.body if isinstance(function.body, list) else [])))
