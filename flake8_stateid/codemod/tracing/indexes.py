"""What a client's class records as ``call_index``, and how the counter behind it goes on.

Rows that share a client share its counter. That keeps each index unique only where what is
recorded is the counter, and where the counter goes on by one for each call, whatever comes.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import recorded_indexes
from flake8_stateid.analysis.tree import assigned
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flake8_stateid.codemod.tracing.counters import Method

_NUMBERING = frozenset({"enumerate", "range", "count"})


def named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement, or a walrus, binds, each with its value."""
    for target, value in assigned(node):
        if isinstance(target, ast.Name):
            yield target.id, value


def counts(name: str) -> bool:
    """Whether an attribute is called like a counter: ``self._call_index``."""
    last = name.rpartition(".")[2].lower()
    return any(word in last for word in ("index", "count", "calls", "next")) or last in {
        "_n",
        "n",
        "_i",
        "i",
        "_seq",
    }


def is_next(node: ast.AugAssign) -> bool:
    """Whether ``node`` goes on by one: ``self._count += 1``."""
    return isinstance(node.op, ast.Add) and _is_one(node.value)


def set_to_next(method: Method, spelled: Callable[[ast.expr], str]) -> frozenset[ast.expr]:
    """The targets of ``self._position = index + 1``, where ``index`` is what they held before.

    Args:
        method: The method.
        spelled: How an attribute of the object is spelled, also one that a local stands for.
    """
    pairs = [pair for node in walk(method) for pair in assigned(node)]

    def was(value: ast.expr, name: str) -> bool:
        held = {
            target.id
            for target, given in pairs
            if isinstance(target, ast.Name) and _holds(given, name, spelled)
        }
        return _holds(value, name, spelled) or (isinstance(value, ast.Name) and value.id in held)

    return frozenset(
        target
        for target, value in pairs
        if isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Add)
        and _is_one(value.right)
        and was(value.left, spelled(target))
    )


def _holds(value: ast.expr, name: str, spelled: Callable[[ast.expr], str]) -> bool:
    """Whether ``value`` is the attribute ``name``, or taken from it: ``self._next.get(id, 0)``."""
    return any(
        isinstance(node, (ast.Attribute, ast.Subscript)) and spelled(node) == name
        for node in walk(value)
    )


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def recorded_attributes(methods: Sequence[Method]) -> frozenset[str]:
    """The attributes that a recorded ``call_index`` is taken from, by locals and methods."""
    found: set[str] = set()
    for method in methods:
        for call in _recording(method):
            taken = _taken_from([(method, value) for value in recorded_indexes(call)], methods)
            # Among arguments without a name, only one that counts can be told from the rest.
            if _by_name(call) or len(taken) == 1 or not any(map(counts, taken)):
                found |= taken
    return frozenset(found)


def _recording(method: Method) -> list[ast.Call]:
    return [node for node in walk(method) if isinstance(node, ast.Call) and recorded_indexes(node)]


def _by_name(call: ast.Call) -> bool:
    return not any(value in call.args for value in recorded_indexes(call))


def _taken_from(todo: list[tuple[Method, ast.expr]], methods: Sequence[Method]) -> set[str]:
    found: set[str] = set()
    seen: set[ast.expr] = set()
    while todo:
        method, value = todo.pop()
        if value in seen:
            continue
        seen.add(value)
        match value:
            case ast.Name(id=name):
                todo.extend(
                    (method, each)
                    for node in walk(method)
                    for bound, each in named(node)
                    if bound == name
                )
            case ast.Attribute(value=ast.Name(id="self")):
                found.add(dotted(value))
            case (
                ast.Call(func=ast.Name(id="next"), args=[taken, *_])
                | ast.BinOp(left=taken, op=ast.Add() | ast.Sub(), right=ast.Constant())
            ):
                todo.append((method, taken))
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")) as part)
            ):
                found.add(dotted(part))  # what counts for it: self._numbers.next()
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called) as function):
                if called not in {each.name for each in methods}:
                    found.add(dotted(function))  # a function that is kept: self._take()
                todo.extend(
                    (each, node.value)
                    for each in methods
                    if each.name == called
                    for node in walk(each)
                    if isinstance(node, ast.Return) and node.value is not None
                )
    return found


def misnumbers(methods: Sequence[Method], counters: frozenset[str]) -> bool:
    """Whether a method records an index that begins again: a constant, or a number of its own.

    Only what can be seen to be no counter is: a number, what numbers the rounds of a loop, a
    remainder, what a caller gives.

    Args:
        methods: The methods of a class and its bases.
        counters: The counters, as they are spelled there (``self._call_index``).
    """
    inner = {
        node.func.attr
        for method in methods
        for node in walk(method)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    for method in methods:
        for call in _recording(method):
            values = recorded_indexes(call)
            if _by_name(call):
                if any(_is_own_number(value, method, inner) for value in values):
                    return True
            elif not any(
                _may_count(value, counters) or _taken_from([(method, value)], methods) & counters
                for value in values
            ) and any(
                _is_numbering(value, method)
                or (counts(dotted(value)) and _is_own_number(value, method, inner))
                or _is_remainder(value, counters)
                for value in values
            ):
                return True
    return False


def _may_count(value: ast.expr, counters: frozenset[str]) -> bool:
    """Whether an argument without a name may be a counter that is not seen to be one."""
    return isinstance(value, (ast.Call, ast.BinOp, ast.Starred)) and not _is_remainder(
        value, counters
    )


def _is_remainder(value: ast.expr, counters: frozenset[str]) -> bool:
    """Whether ``value`` is ``self._count % 3``, which comes again."""
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, (ast.Mod, ast.FloorDiv, ast.Mult))
        and dotted(value.left) in counters
    )


def _is_own_number(value: ast.expr, method: Method, inner: set[str]) -> bool:
    parameters = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
    match value:
        case ast.BinOp(op=ast.Mod() | ast.FloorDiv() | ast.Mult()):
            return True
        case ast.Name(id=name) if any(name == each.arg for each in parameters):
            return method.name not in inner
    return _is_numbering(value, method)


def _is_numbering(value: ast.expr, method: Method) -> bool:
    """Whether ``value`` is a number, or the variable of a loop that numbers its rounds."""
    match value:
        case ast.Constant(value=int()):
            return not isinstance(value.value, bool)
        case ast.Name(id=name):
            return any(
                isinstance(node, (ast.For, ast.comprehension))
                and isinstance(node.iter, ast.Call)
                and dotted(node.iter.func).rpartition(".")[2] in _NUMBERING
                and name in {each.id for each in walk(node.target) if isinstance(each, ast.Name)}
                for node in walk(method)
            )
    return False
