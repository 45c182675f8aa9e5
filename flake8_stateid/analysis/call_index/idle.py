"""Clients that are asked for nothing that they count: ``Client(recorder, id).estimate(row)``."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.counters import advances, is_receiver, starts
from flake8_stateid.analysis.tree import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_stateid.analysis.call_index.counting import Counter
    from flake8_stateid.analysis.classes import ClassTable
    from flake8_stateid.analysis.program import ClassInfo, FunctionInfo

_ENTERING = ("__enter__", "__aenter__")
_BY_NAME = frozenset(("locals", "vars", "eval", "exec"))  # may use a variable unseen
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
    if asked is None:
        return False
    called, read = asked
    # What is a property runs as it is read; what no class says anything of may do anything.
    for name in read - called:
        method = classes.method(cls, name)
        if method is not None:
            if not method.is_property:
                return False  # a method that is handed on
            called.add(name)
        elif name in counter.setters or not _is_data(name, classes.order(cls)):
            return False
    return not _advance(called, classes, cls, counter.setters)


def _is_data(name: str, owners: Iterable[ClassInfo]) -> bool:
    """Whether an attribute holds what its object was given, and nothing made for it alone."""
    given: list[ast.expr | None] = []
    for owner in owners:
        given += [value for _, value in owner.writes().get(name, ())]
        if name in owner.fields:
            given.append(owner.fields[name].value)
    return bool(given) and not any(
        isinstance(value, ast.Call | ast.Lambda) or (value is not None and starts(value))
        for value in given
    )


def _asked(call: ast.Call, parents: Mapping[ast.AST, ast.AST]) -> tuple[set[str], set[str]] | None:
    """The methods that are called on what a call makes, and the attributes that are read of it.

    None where not all that is done with it is seen.
    """
    around = parents[call]
    if isinstance(around, ast.Expr):
        return set(), set()
    if isinstance(around, ast.Attribute):
        method = _method(call, parents)
        return ({method} if method else set()), {around.attr}
    called: set[str] = set()
    if isinstance(around, ast.Assign) and len(around.targets) == 1:
        target: ast.expr | None = around.targets[0]
    elif isinstance(around, ast.AnnAssign):
        target = around.target
    elif isinstance(around, ast.withitem):
        target = around.optional_vars
        is_async = isinstance(parents[around], ast.AsyncWith)
        called |= {"__aenter__", "__aexit__"} if is_async else {"__enter__", "__exit__"}
    else:
        return None
    scope: ast.AST | None = call
    while scope is not None and not isinstance(scope, _FUNCTIONS):
        scope = parents.get(scope)
    if scope is None or not isinstance(target, ast.Name):
        return None
    read: set[str] = set()
    for node in walk(scope):
        if isinstance(node, ast.Global | ast.Nonlocal) and target.id in node.names:
            return None
        if isinstance(node, ast.Name) and node.id in _BY_NAME:
            return None
        if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load):
            attribute = parents[node]
            if not isinstance(attribute, ast.Attribute):
                return None
            read.add(attribute.attr)
            method = _method(node, parents)
            if method:
                called.add(method)
    return called, read


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
        if function is None or any(
            advances(function, counter, by_length=True) for counter in counters
        ):
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
