"""A context that ``self`` keeps, and its state id read in the methods that rows call.

After ``self._ctx = ctx``, ``self._row(row)`` and ``self._ctx.state_id`` in ``_row`` are a use of
the id in the row's loop, as ``self._row(row, self._ctx.state_id)`` is.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS, arguments_of
from flake8_stateid.codemod.callers.callers import called, mentions
from flake8_stateid.codemod.callers.passing import passed_on, reads
from flake8_stateid.codemod.ids.bases import Base
from flake8_stateid.codemod.ids.contexts import ContextUses
from flake8_stateid.codemod.ids.given import precedes
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace

_ON_SELF = frozenset({"self", "cls"})


def given_base(module: Module, function: Function, base: Base, place: ast.AST) -> Base:
    """``ctx.state_id`` for ``self._ctx.state_id``, where ``self._ctx = ctx`` has run at ``place``.

    What is checked there is what is given. Any other base is given back as it is.
    """
    root, *attributes = base.text.split(".")
    if root not in _ON_SELF:
        return base
    for number in range(len(attributes), 0, -1):
        kept = ".".join([root, *attributes[:number]])
        stores = [
            node
            for node in walk(function)
            if isinstance(node, ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and dotted(node) == kept
        ]
        if not stores:
            continue
        first, *later = sorted(stores, key=lambda each: each.lineno)
        bound = module.parents[first]
        value = getattr(bound, "value", None)
        given = dotted(value) if isinstance(value, ast.expr) else ""
        name = given.partition(".")[0]
        if (
            isinstance(bound, (ast.Assign, ast.AnnAssign))
            and name in set(parameters(function)) - _ON_SELF
            and not module.own_stores(function, name)
            and precedes(module, bound, place)
            and all(_is_behind(module, function, place, each) for each in later)
        ):
            return Base(".".join([given, *attributes[number:]]), name)
        break
    return base


def _is_behind(module: Module, function: Function, place: ast.AST, node: ast.expr) -> bool:
    """Whether ``node`` runs once, behind the rows: ``self._ctx = None`` at the end."""
    above = list(module.ancestors(node))
    within = above[: above.index(function)]
    return node.lineno > getattr(place, "lineno", 0) and not any(
        isinstance(each, (*LOOPS, *FUNCTIONS)) for each in within
    )


def kept_reads(
    module: Module, function: Function, text: str, is_state_id: Callable[[str], bool]
) -> list[ast.expr]:
    """Where methods that ``function`` comes to read a state id that ``self`` keeps.

    What only guards, or writes a log line, is left out.

    Args:
        module: The module.
        function: The batch path.
        text: The state id: ``self._ctx.state_id``.
        is_state_id: Whether a name is a state id name.
    """
    others = module.reached_from([function]) - {function}
    context = ContextUses(module, is_state_id, others)
    return [
        read for other in others for read in reads(module, other, text) if context.is_live(read)
    ]


def handed_on(
    module: Module,
    function: Function,
    base: Base,
    trace: Trace,
    handed: Sequence[ast.expr],
    minting: frozenset[str],
) -> tuple[list[ast.expr], set[ast.AST]]:
    """Where the batch path hands its context on, or calls what finds it; and what is known then.

    Args:
        module: The module.
        function: The batch path.
        base: The state id, as it spells it.
        trace: The uses of the id; those found are added.
        handed: Where it hands the context on, and where methods read the id that ``self`` keeps.
        minting: Calls that open a state.

    Raises:
        RefusalError: A method is called on another object, or in a way that is not known.
    """
    named = [each for each in handed if isinstance(each, ast.Name)]
    contexts, read = passed_on(module, function, base, trace, named, minting)
    kept = [each for each in handed if each not in named]
    begun = _follow_kept(module, function, trace, kept, alone=base.root not in _ON_SELF)
    known: set[ast.AST] = {*read, *contexts}
    return [*contexts, *begun], known if base.root in _ON_SELF else known | {*kept}


def _follow_kept(
    module: Module, function: Function, trace: Trace, kept: Sequence[ast.expr], *, alone: bool
) -> list[ast.expr]:
    """Follow a state id that ``self`` keeps to where methods read it; where the calls begin.

    ``alone`` refuses other callers of these methods, for whom nobody else asks.
    """
    if not kept:
        return []
    readers = {module.function_of(read) for read in kept}
    within = module.reached_from([function])
    begun: list[ast.expr] = []
    attributes = {part for read in kept for part in _way(module, read)[1:]}
    for node in (node for each in within - {function} for node in walk(each)):
        if (
            alone
            and isinstance(node, ast.Attribute)
            and node.attr in attributes
            and not isinstance(node.ctx, ast.Load)
        ):
            raise RefusalError(
                f"'{ast.unparse(node)}' is bound again while rows run",
                "bind the state id where it is known to belong to the row",
                node.lineno,
            )
    for method in within - {function}:
        if isinstance(method, ast.Lambda) or not readers & {
            method,
            *module.reached_from([method]),
        }:
            continue
        for mention in mentions(module, method):
            caller = module.function_of(mention)
            if caller is None or caller not in within | {function}:
                if alone:
                    raise RefusalError(
                        f"'{method.name}' uses the state id that is kept, and is called beside "
                        "the batch",
                        "hand it the state id itself, then run the fix again",
                        mention.lineno,
                    )
                continue
            _enter(module, trace, method, mention, caller)
            if function in module.ancestors(mention):
                begun.append(mention)
    for read in kept:
        trace.read.add(read)
        trace.follow(read)
    return begun


def _way(module: Module, read: ast.expr) -> list[str]:
    """``self``, ``_ctx`` and ``state_id``, also where a local has the first two."""
    root, *rest = dotted(read).split(".")
    function = module.function_of(read)
    bound = module.binding(function, root) if function is not None else None
    value = getattr(bound, "value", None)
    held = dotted(value) if isinstance(value, ast.expr) else ""
    return [*held.split("."), *rest] if held else [root, *rest]


def _enter(
    module: Module,
    trace: Trace,
    method: ast.FunctionDef | ast.AsyncFunctionDef,
    mention: ast.expr,
    caller: Function,
) -> None:
    """Note that ``mention`` leads to a method on the same object."""
    call = module.enclosing(mention, ast.Call)
    on_self = isinstance(mention, ast.Attribute) and dotted(mention.value) in _ON_SELF
    inner = module.function_of(method)
    if not isinstance(call, ast.Call) or called(module, mention) is None:
        raise RefusalError(
            f"'{method.name}' uses a state id that is kept, and is not seen to be called",
            "hand it the state id itself, then run the fix again",
            mention.lineno,
        )
    if not on_self and inner is None:
        raise RefusalError(
            f"'{method.name}' uses a state id that is kept, and may be called on another object",
            "hand it the state id itself, then run the fix again",
            mention.lineno,
        )
    trace.defer(mention)
    if call.func is not mention:
        trace.dispatches.append(trace.dispatch(call, caller))
    for callee in module.resolve(mention):
        if callee.function is method:
            trace.reach(callee, call, arguments_of(call), caller)
