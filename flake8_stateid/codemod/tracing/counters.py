"""What a client's class does with its counter of calls: advances it, and perhaps tells it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.indexes import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

Method = ast.FunctionDef | ast.AsyncFunctionDef
# What a test of the client itself asks.
_TESTED = frozenset({"__bool__", "__len__", "__eq__", "__hash__"})


def telling(methods: Sequence[Method], counters: Iterable[str]) -> frozenset[str]:
    """Attributes, properties and methods that hand out a counter, by name.

    Args:
        methods: The methods of a class and its bases.
        counters: The counters, as they are spelled there (``self._call_index``).
    """
    told = {name.rpartition(".")[2] for name in counters}
    while True:
        more = {method.name for method in methods if _tells(method, told)} - told
        if not more:
            return frozenset(told)
        told |= more


def decides(methods: Sequence[Method], counters: Iterable[str]) -> bool:
    """Whether a method tests a counter, so that what it does depends on earlier calls."""
    told = set(telling(methods, counters))
    return not told.isdisjoint(_TESTED) or any(
        names(tested)
        for method in methods
        for names in [naming_counters(method, told)]
        for node in _own_nodes(method)
        for tested in _tested(node)
    )


def _tested(node: ast.AST) -> list[ast.expr]:
    """What the course of a method depends on, or which item of something it takes."""
    match node:
        case (
            ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test)
        ):
            return [test]
        case ast.Match(subject=value) | ast.Subscript(slice=value, ctx=ast.Load()):
            return [value]
        case ast.comprehension(iter=taken, ifs=conditions):
            return [taken, *conditions]
        case ast.For(iter=taken) | ast.AsyncFor(iter=taken):
            return [taken]
        case ast.BoolOp(values=values):
            return values[:-1]
    return []


def writes(methods: Sequence[Method], counters: Iterable[str]) -> bool:
    """Whether a method makes a text of a counter, log lines apart: a request, a message."""
    told = set(telling(methods, counters))
    for method in methods:
        names = naming_counters(method, told)
        nodes = list(_own_nodes(method))
        logged = {
            inner
            for node in nodes
            if isinstance(node, ast.Call) and is_log(node)
            for inner in walk(node)
        }
        if any(names(part) for node in nodes if node not in logged for part in _written(node)):
            return True
    return False


def _written(node: ast.AST) -> list[ast.expr]:
    """What an expression makes a text of."""
    match node:
        case ast.FormattedValue(value=value) | ast.BinOp(op=ast.Mod(), right=value):
            return [value]
        case (
            ast.Call(func=ast.Name(id="str" | "repr" | "hex" | "dumps"), args=args)
            | ast.Call(
                func=ast.Attribute(attr="format" | "join" | "substitute" | "dumps"), args=args
            )
        ):
            return [*args, *(keyword.value for keyword in node.keywords)]
    return []


def _tells(method: Method, told: set[str]) -> bool:
    """Whether a method returns a value that names one of ``told``, or a local made of one."""
    names = naming_counters(method, told)
    return any(
        isinstance(node, ast.Return) and node.value is not None and names(node.value)
        for node in _own_nodes(method)
    )


def naming_counters(method: Method, told: Collection[str]) -> Callable[[ast.AST], bool]:
    """A test for expressions that name one of ``told``, or a local made of one."""
    made: set[str] = set()

    def names(value: ast.AST) -> bool:
        return any(
            _asked(node) in told or (isinstance(node, ast.Name) and node.id in made)
            for node in walk(value)
        )

    for node in _own_nodes(method):
        made.update(name for name, value in named(node) if names(value))
    return names


def _asked(node: ast.AST) -> str:
    """The attribute that ``node`` reads, also by ``getattr``; empty for none."""
    match node:
        case ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return name
    return ""


def is_interrupted(methods: Sequence[Method], counters: Iterable[str]) -> bool:
    """Whether a coroutine awaits between reading a counter and advancing it."""
    wanted = set(counters)
    for method in methods:
        nodes = list(_own_nodes(method))
        uses = [n.lineno for n in nodes if isinstance(n, ast.Attribute) and dotted(n) in wanted]
        if any(
            isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith))
            and min(uses, default=0) < node.lineno < max(uses, default=0)
            for node in nodes
        ):
            return True
    return False


def _own_nodes(method: Method) -> Iterator[ast.AST]:
    """The nodes of a method in the order of the text, those of functions in it left out."""
    for statement in method.body:
        todo: list[ast.AST] = [statement]
        while todo:
            node = todo.pop(0)
            yield node
            if not isinstance(node, FUNCTIONS):
                todo[:0] = children(node)
