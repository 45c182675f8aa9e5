"""Whether the release behind the loop comes after the last use of the client."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import LOOPS
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.deferral import is_held, runs_later
from flake8_stateid.codemod.reading.handing_on import is_start
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.tracing.still_running import leaves_none, waits
from flake8_stateid.codemod.tracing.waiting import collects

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace


_CLOSING = (ast.With, ast.AsyncWith)
_WAITS = {
    "task": "a TaskGroup, or 'gather' with 'return_exceptions=True'",
    "thread": "the executor's 'with', or 'wait(futures)'",
}


def joined(module: Module, function: Function, trace: Trace, extent: Extent) -> Extent:
    """The extent with the ``with`` of an executor around it, behind which no row runs any more."""
    for ancestor in module.ancestors(extent.first):
        if ancestor is function or isinstance(ancestor, LOOPS):
            break
        if isinstance(ancestor, _CLOSING) and any(
            dispatch.joined
            and not dispatch.at_once
            and ancestor in module.ancestors(dispatch.call)
            for dispatch in trace.dispatches
        ):
            extent = Extent(ancestor, ancestor, extent.looped)
    if all(dispatch.joined for dispatch in trace.dispatches):
        return extent
    return waited(module, extent) or extent


def waited(module: Module, extent: Extent) -> Extent | None:
    """The extent up to the statement that waits for the rows it starts; ``None`` without one."""
    block = module.block_of(extent.first)
    first, last = block.index(extent.first), block.index(extent.last)
    for end in range(last, len(block)):
        if waits(module, block[first : end + 1]):
            return Extent(extent.first, block[end], extent.looped)
    return None


def refuse_late_use(
    module: Module, trace: Trace, extent: Extent, done: Function | None = None
) -> None:
    """Refuse uses of the id that may come after the release behind the loop.

    Args:
        module: The module.
        trace: The uses of the id.
        extent: What the release comes behind.
        done: An inner function that is known to have run by then.

    Raises:
        RefusalError: There is one.
    """
    region = set(statements(module, extent))
    for node in (node for each in region for node in walk(each)):
        if _leaves_running(node):
            raise RefusalError(
                "where a row raises, the others may go on running after the release",
                "use a TaskGroup, or 'gather' with 'return_exceptions=True'",
                getattr(node, "lineno", 0),
            )
    late = [use for use in trace.called if not region & set(module.ancestors(use))]
    for node in [*trace.deferred, *late]:
        # A call may keep what it is given for longer.
        plain = isinstance(node, (ast.Name, ast.Attribute, ast.JoinedStr, ast.BinOp))
        if plain and module.function_of(node) is done and not runs_later(module, node, done):
            continue
        raise RefusalError(
            "the id is used by something that may run after the release",
            "run it before the client is released",
            node.lineno,
        )
    for batched in {*trace.batched.values()}:
        if not leaves_none(module, batched):
            raise RefusalError(
                f"where a row raises, '{getattr(batched, 'name', 'lambda')}' may return while "
                "others run, which would use the client after its release",
                "let it wait for all rows before it raises: by the executor's 'with', 'wait', or "
                "'gather' with 'return_exceptions=True'",
                batched.lineno,
            )
    done_behind = waits(module, statements(module, extent))
    for dispatch in trace.dispatches:
        within = region & {*module.ancestors(dispatch.call)}
        if dispatch.at_once or (
            done_behind
            and within
            and (is_start(dispatch.call) or is_held(module, dispatch.call))
            and dispatch.function is not done
        ):
            continue
        closed = [w for w in module.ancestors(dispatch.call) if isinstance(w, _CLOSING)]
        inside = region & set(closed) or any(region & set(module.ancestors(w)) for w in closed)
        if not dispatch.joined or (region & set(module.ancestors(dispatch.call)) and not inside):
            to = "task" if dispatch.task else "thread"
            raise RefusalError(
                f"the id is handed to a {to} that may run after the release",
                f"wait for all rows before the client is released, by {_WAITS[to]}",
                dispatch.call.lineno,
            )


def refuse_escaped(module: Module, function: Function, trace: Trace, extent: Extent) -> None:
    """Refuse an id that is kept by the rows, where something behind them may look up its client.

    Raises:
        RefusalError: Something does, and would find it released.
    """
    region = set(statements(module, extent))
    finding = {owner for uses in trace.cache_keys.values() for _, owner in uses}
    finding |= {creation.function for creation in trace.creations}
    end = extent.last.end_lineno or 0
    for call in own_nodes(*(function.body if isinstance(function.body, list) else [])):
        if (
            trace.escaped
            and isinstance(call, ast.Call)
            and call.lineno > end
            and not region & set(module.ancestors(call))
            and module.reached_from([call]) & (finding - {function})
        ):
            raise RefusalError(
                "the id is kept by the rows, and may be used again behind the release",
                "use the context's state id there",
                call.lineno,
            )


def _leaves_running(node: ast.AST) -> bool:
    """Whether ``node`` waits for tasks, and not for all of them when one raises."""
    return isinstance(node, ast.Call) and plain_name(node.func) == "gather" and not collects(node)
