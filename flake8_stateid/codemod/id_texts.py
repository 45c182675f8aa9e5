"""Whether what a client's class does depends on how its state id is spelled.

Handing the id on, to the recorder, in a request or in a log line, is what it is for, and so is a
test whether there is one. A class that looks for ``_row`` in it, or takes a number out of it, does
something else once all rows have the context's own id.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import assigned
from flake8_stateid.codemod.logs import is_log
from flake8_stateid.codemod.nodes import children, walk
from flake8_stateid.codemod.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flake8_stateid.codemod.counters import Method

# What looks into a text it is given.
_LOOKING = (
    frozenset({"len", "hash", "int", "ord", "sorted", "list", "tuple", "set", "frozenset"})
    | {"any", "all", "max", "min", "iter", "enumerate", "reversed", "map", "filter", "UUID"}
    | {"match", "search", "fullmatch", "findall", "split", "sub", "fnmatch", "crc32"}
)
# What leaves a text without spaces at its ends as it is.
_PLAIN = frozenset({"strip", "lstrip", "rstrip"})


def reads_id(methods: Sequence[Method], is_state_id: Callable[[str], bool]) -> bool:
    """Whether a method compares the state id, takes it apart, or measures it.

    Args:
        methods: The methods of a class and its bases.
        is_state_id: Whether a name is that of the state id; the parameter that is given it counts.
    """

    def is_id(node: ast.AST, names: set[str]) -> bool:
        return isinstance(node, (ast.Name, ast.Attribute)) and (
            is_state_id(last := dotted(node).rpartition(".")[2]) or last in names
        )

    attributes = {
        target.attr
        for method in methods
        for node in walk(method)
        for target, value in assigned(node)
        if isinstance(target, ast.Attribute) and is_id(value, set())
    }
    for method in methods:
        names = attributes | {
            target.id
            for node in walk(method)
            for target, value in assigned(node)
            if isinstance(target, ast.Name) and is_id(value, attributes)
        }
        if any(is_id(part, names) for node in _unlogged(method) for part in _looked_into(node)):
            return True
    return False


def _unlogged(method: Method) -> Iterator[ast.AST]:
    """The nodes of a method, those of log lines left out."""
    todo: list[ast.AST] = [*method.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Call) and is_log(node):
            continue
        yield node
        todo.extend(children(node))


def _looked_into(node: ast.AST) -> list[ast.expr]:
    """What ``node`` tests, measures or takes apart."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method not in _PLAIN:
            given = node.args if method in _LOOKING else []
            return [value, *given]
        case ast.Call(func=ast.Name(id=name), args=args) if name in _LOOKING:
            return args
        case ast.Subscript(value=value, ctx=ast.Load()):
            return [value]
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared([left, *others], ops)
        case ast.For(iter=value) | ast.comprehension(iter=value) | ast.Match(subject=value):
            return [value]
    return []


def _compared(operands: list[ast.expr], operators: list[ast.cmpop]) -> list[ast.expr]:
    """The operands that a comparison looks into.

    Whether there is an id at all, and whether something is kept under it, is no such question.
    """
    found: list[ast.expr] = []
    for operator, left, right in zip(operators, operands, operands[1:], strict=False):
        match operator:
            case ast.Is() | ast.IsNot():
                continue
            case ast.In() | ast.NotIn():
                found.append(right)
            case _ if not any(
                isinstance(each, ast.Constant) and not each.value for each in (left, right)
            ):
                found += [left, right]
    return found
