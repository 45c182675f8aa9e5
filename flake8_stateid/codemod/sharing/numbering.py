"""Batch paths that record calls themselves: whether their call_index begins again."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted
from flake8_stateid.codemod.rewriting.leftovers import is_enumerated
from flake8_stateid.codemod.tracing.allocation import ALLOCATE, allocates

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace


def check_recorded(
    module: Module, trace: Trace, function: Function, region: set[ast.stmt]
) -> bool:
    """Check that calls recorded without a client are numbered from 0 to the end of the batch.

    Returns whether the batch path numbers them itself, and not the recorder.

    Args:
        module: The module.
        trace: The uses of the id.
        function: The batch path.
        region: Its statements that use the id.

    Raises:
        RefusalError: They are numbered for each row, or in a way that cannot be seen.
    """
    numbers = False
    for call, _ in trace.recorded:
        index = _index_of(call)
        if index is None:
            raise RefusalError(
                "the index of a recorded call cannot be seen", ALLOCATE, call.lineno
            )
        if not _is_allocated(module, index):
            _check_index(module, trace, function, region, call, index)
            numbers = True
    return numbers


def _index_of(call: ast.Call) -> ast.expr | None:
    """What ``record_call(state_id, call_index)`` is given as index, by keyword or position."""
    named = [each.value for each in call.keywords if each.arg == "call_index"]
    if named:
        return named[0]
    begins = call.args[:2]
    if len(begins) > 1 and not any(isinstance(each, ast.Starred) for each in begins):
        return begins[1]
    return None


def _is_allocated(module: Module, index: ast.expr) -> bool:
    value = _assigned(module, index) if isinstance(index, ast.Name) else index
    return isinstance(value, ast.Call) and allocates(module, value)


def _check_index(
    module: Module,
    trace: Trace,
    function: Function,
    region: set[ast.stmt],
    call: ast.Call,
    index: ast.expr,
) -> None:
    alone = len(trace.recorded) == 1 and not trace.creations
    given, place = _given(module, trace, function, index, call)
    if (
        alone
        and isinstance(given, ast.Name)
        and module.function_of(given) is function
        and (
            _counts_rows(module, region, given, place)
            or _counts_calls(module, function, region, given, place)
        )
    ):
        return
    if isinstance(given, ast.Constant):
        raise RefusalError(
            f"each call is recorded with the index {given.value!r}, and those of one state must "
            "count from 0",
            ALLOCATE,
            call.lineno,
        )
    counter = _counter(module, _assigned(module, index) if isinstance(index, ast.Name) else index)
    if counter:
        raise RefusalError(
            f"'{counter}' counts on from batch to batch, so call_index would not begin at 0",
            ALLOCATE,
            call.lineno,
        )
    raise RefusalError(
        "the index of the recorded calls is not seen to count from 0 without gaps",
        ALLOCATE,
        call.lineno,
    )


def _given(
    module: Module, trace: Trace, function: Function, index: ast.expr, call: ast.Call
) -> tuple[ast.expr, ast.Call]:
    """What the batch path passes as ``index`` to a helper that records once, and its call."""
    owner = module.function_of(call)
    while owner is not None and owner is not function and isinstance(index, ast.Name):
        sites = trace.reached.get(owner, [])
        if len(sites) != 1 or isinstance(owner, ast.Lambda) or not _records_once(owner, call):
            break
        if len(module.own_names(owner, index.id)) != 1:
            break  # it may be another number where the call is recorded
        callees = [each for each in module.resolve(sites[0].call.func) if each.function is owner]
        passed = callees[0].argument(sites[0].call, index.id) if callees else None
        if passed is None:
            break
        index, call, owner = passed, sites[0].call, sites[0].caller
    return index, call


def _records_once(owner: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> bool:
    """Whether each call of ``owner`` comes to ``call``, once."""
    for statement in owner.body:
        if any(node is call for node in walk(statement)):
            return _runs_once(statement, call)
        if any(isinstance(node, (ast.Return, ast.Try)) for node in walk(statement)):
            return False
    return False


def _runs_once(statement: ast.stmt, call: ast.Call) -> bool:
    """Whether ``statement`` comes to ``call`` exactly once."""
    return isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)) and not any(
        isinstance(outer, (ast.IfExp, ast.BoolOp, ast.Lambda, *COMPREHENSIONS))
        and any(node is call for node in walk(outer))
        for outer in walk(statement)
    )


def _counts_rows(module: Module, region: set[ast.stmt], index: ast.Name, call: ast.Call) -> bool:
    """Whether ``index`` numbers the rounds of the one loop of the batch path."""
    (only, *others) = region
    return (
        not others
        and isinstance(only, ast.For)
        and is_enumerated(only)
        and isinstance(only.target, ast.Tuple)
        and dotted(only.target.elts[0]) == index.id
        and isinstance(only.iter, ast.Call)
        and len(only.iter.args) + len(only.iter.keywords) == 1
        and _is_reached(module, only, call)
    )


def _is_reached(module: Module, loop: ast.For, call: ast.Call) -> bool:
    """Whether each round of ``loop`` comes to ``call``, so that none leaves a gap."""
    recorded = module.statement_of(call)
    return (
        recorded in loop.body
        and _runs_once(recorded, call)
        and not any(
            isinstance(node, (ast.Continue, ast.Try))
            for statement in loop.body[: loop.body.index(recorded)]
            for node in walk(statement)
        )
    )


def _counts_calls(
    module: Module, function: Function, region: set[ast.stmt], index: ast.Name, call: ast.Call
) -> bool:
    """Whether the index is set to 0 before the loop, and advanced right after each call."""
    stores = module.own_stores(function, index.id)
    recorded = module.statement_of(call)
    block = module.block_of(recorded)
    after = block[block.index(recorded) + 1 :]
    match [module.parents[store] for store in stores]:
        case [
            ast.Assign(value=first) | ast.AnnAssign(value=first),
            ast.AugAssign(op=ast.Add(), value=ast.Constant(value=1)) as step,
        ] if isinstance(first, ast.Constant) and first.value == 0:
            return (
                not region & set(module.ancestors(stores[0]))
                and after[:1] == [step]
                and _runs_once(recorded, call)
            )
    return False


def _counter(module: Module, value: ast.expr | None) -> str:
    """The attribute that ``self._next_index()`` counts on and nothing resets; empty for none."""
    callees = module.resolve(value.func) if isinstance(value, ast.Call) else []
    for callee in callees:
        for node in walk(callee.function):
            match node:
                case ast.AugAssign(target=ast.Attribute() as target) if not _is_reset(
                    module, target
                ):
                    return dotted(target)
    return ""


def _is_reset(module: Module, counter: ast.Attribute) -> bool:
    """Whether anything but ``__init__`` sets the attribute."""
    stores = [
        node
        for tree in module.family_trees()
        for node in walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == counter.attr
        and node is not counter
        and not isinstance(node.ctx, ast.Load)
    ]
    owners = [module.function_of(node) for node in stores]
    return any(
        not isinstance(owner, ast.FunctionDef) or owner.name != "__init__" for owner in owners
    )


def _assigned(module: Module, node: ast.Name) -> ast.expr | None:
    function = module.function_of(node)
    if function is None:
        return None
    parent = module.binding(function, node.id)
    return parent.value if isinstance(parent, ast.Assign) else None
