"""How each round closes the client that it has made: by a statement that may run behind the loop.

``client.close()`` in a ``finally`` behind what makes the client, or as the last thing that a round
does with it. One client is closed then, where each round's was.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counters import CONSTRUCTORS
from flake8_stateid.analysis.tree import assigned, names_in
from flake8_stateid.codemod.reading.nodes import begins, ends, walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters
from flake8_stateid.codemod.tracing.effects import CLOSING

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.ancestry import Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.counters import Method


def closing_of(
    module: Module, function: Function, made: ast.stmt, client: ast.Name, seen: Ancestry
) -> tuple[ast.Expr, ...]:
    """The statement that closes a client behind all that its round asks it.

    Args:
        module: The module.
        function: The batch path.
        made: The statement that makes the client.
        client: The local that it is bound to there.
        seen: The client's class.

    Returns:
        That alone; empty where nothing closes it, or not in a way that may run once.
    """
    names = [each for each in module.own_names(function, client.id) if each is not client]
    found = [each for each in names if _closed_by(module, each) is not None]
    closed = _closed_by(module, found[0]) if len(found) == 1 else None
    if closed is None or any(begins(each) > ends(closed) for each in names):
        return ()
    call = closed.value.value if isinstance(closed.value, ast.Await) else closed.value
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    awaited = isinstance(closed.value, ast.Await)
    methods = [method for _, method in seen.methods if method.name == call.func.attr]
    if not methods or any(isinstance(e, ast.AsyncFunctionDef) is not awaited for e in methods):
        return ()
    if not closes_calmly(seen, call.func.attr):
        return ()
    around = module.parents[closed]
    if isinstance(around, (ast.Try, ast.TryStar)) and closed in around.finalbody:
        outer: ast.stmt = around
    else:
        outer = closed
    block = module.block_of(made)
    return (closed,) if outer in block[block.index(made) + 1 :] else ()


def closes_calmly(seen: Ancestry, name: str) -> bool:
    """Whether closing a client may be done once for all rows, and where there are none.

    Args:
        seen: The client's class.
        name: The method that closes it.
    """
    given = _given(seen)
    run = _run_by(seen, name)
    return bool(run) and all(_is_calm(each, given) for each in run)


def _run_by(seen: Ancestry, name: str) -> list[Method]:
    """The methods of that name, and those of the client that they call."""
    found: dict[Method, None] = {}
    todo, known = [name], {name}
    while todo:
        current = todo.pop()
        for method in (each for _, each in seen.methods if each.name == current):
            found[method] = None
            called = {
                node.func.attr
                for node in walk(method)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            todo.extend(called - known)
            known |= called
    return list(found)


def _is_calm(method: Method, given: frozenset[str]) -> bool:
    """Whether a method does not raise in plain sight, and asks nothing that the client was given.

    A batch without rows closes a client, too, that nobody knew before.
    """
    for node in walk(method):
        if isinstance(node, (ast.Raise, ast.Assert)):
            return False
        if isinstance(node, ast.Call):
            root, *path = dotted(node.func).split(".")
            if root == "self" and path[:1] and path[0] in given:
                return False
    return True


def _given(seen: Ancestry) -> frozenset[str]:
    """The attributes in which a client keeps what its constructor is given."""
    return frozenset(
        target.attr
        for _, method in seen.methods
        if method.name in CONSTRUCTORS
        for node in walk(method)
        for target, value in assigned(node)
        if isinstance(target, ast.Attribute) and not names_in(value).isdisjoint(parameters(method))
    )


def _closed_by(module: Module, client: ast.Name) -> ast.Expr | None:
    """The statement ``client.close()``, or one that awaits it."""
    method = module.parents[client]
    call = module.parents[method]
    if (
        not isinstance(method, ast.Attribute)
        or method.attr not in CLOSING
        or not isinstance(call, ast.Call)
        or call.func is not method
        or call.args
        or call.keywords
    ):
        return None
    statement = module.parents[call]
    if isinstance(statement, ast.Await):
        statement = module.parents[statement]
    return statement if isinstance(statement, ast.Expr) else None
