"""Clients that are asked for nothing that they count: ``Client(recorder, id).estimate(row)``."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.counters import advances, is_receiver
from flake8_stateid.analysis.tree import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_stateid.analysis.call_index.counting import Counter
    from flake8_stateid.analysis.classes import ClassTable
    from flake8_stateid.analysis.program import ClassInfo, FunctionInfo

_ENTERING = ("__enter__", "__aenter__")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def is_idle(
    call: ast.Call,
    parents: Mapping[ast.AST, ast.AST],
    classes: ClassTable,
    cls: ClassInfo,
    counter: Counter,
) -> bool:
    """Whether all that is done with a client is seen, and none of it advances the counter.

    Args:
        call: What constructs the client.
        parents: Of the nodes around it.
        classes: Finds methods.
        cls: The client's class.
        counter: Its counter.
    """
    if counter.owner not in classes.order(cls):
        return False  # a part of the client counts, and its methods are not looked through
    asked = _asked(call, parents)
    return bool(asked) and not _advance(asked, classes, cls, counter.setters)


def _asked(call: ast.Call, parents: Mapping[ast.AST, ast.AST]) -> set[str]:
    """The methods that are called on what a call makes; none where not all of them are seen."""
    around = parents[call]
    method = _method(call, parents)
    if method:
        return {method}
    entered: set[str] = set()
    if isinstance(around, ast.Assign) and len(around.targets) == 1:
        target: ast.expr | None = around.targets[0]
    elif isinstance(around, ast.withitem):
        target = around.optional_vars
        is_async = isinstance(parents[around], ast.AsyncWith)
        entered = {"__aenter__", "__aexit__"} if is_async else {"__enter__", "__exit__"}
    else:
        return set()
    scope: ast.AST | None = call
    while scope is not None and not isinstance(scope, _FUNCTIONS):
        scope = parents.get(scope)
    if scope is None or not isinstance(target, ast.Name):
        return set()
    asked: set[str] = set()
    for node in walk(scope):
        if isinstance(node, ast.Global | ast.Nonlocal) and target.id in node.names:
            return set()
        if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load):
            method = _method(node, parents)
            if not method:
                return set()
            asked.add(method)
    return asked | entered if asked else asked


def _method(node: ast.expr, parents: Mapping[ast.AST, ast.AST]) -> str:
    """The method that is called on an expression; "" where something else is done with it."""
    attribute = parents[node]
    if not isinstance(attribute, ast.Attribute):
        return ""
    call = parents[attribute]
    return attribute.attr if isinstance(call, ast.Call) and call.func is attribute else ""


def _advance(
    asked: Iterable[str], classes: ClassTable, cls: ClassInfo, counters: frozenset[str]
) -> bool:
    """Whether one of some methods may advance a counter, by itself or through others."""
    waiting = [*asked]
    if classes.method(cls, "__init__") is not None:
        waiting.append("__init__")
    done: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        function = classes.method(cls, name)
        if function is None or any(advances(function, counter) for counter in counters):
            return True
        named = _of_receiver(function)
        if named is None:
            return True
        waiting += [each for each in named if classes.method(cls, each) is not None]
    return False


def _of_receiver(function: FunctionInfo) -> set[str] | None:
    """The attributes of its object that a method names; None where it hands the object on."""
    named: set[str] = set()
    own = 0
    for node in walk(function.node):
        if isinstance(node, ast.Attribute) and is_receiver(node.value, function):
            named.add(node.attr)
            own -= 1
        elif isinstance(node, ast.Return) and function.name in _ENTERING:
            # What a `with` binds: the uses of that are seen.
            own -= node.value is not None and is_receiver(node.value, function)
        elif isinstance(node, ast.Name):
            if node.id == "super":
                return None
            own += is_receiver(node, function)
    return named if not own else None
