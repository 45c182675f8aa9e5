"""What lets a client be made only where the cache holds none, and what else runs only then."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

_MISSING = frozenset({"KeyError", "LookupError"})


class Guard(NamedTuple):
    """What makes a constructor run only where the cache holds no client.

    Attributes:
        beside: The statements that run only then.
        found: The statements that run only where it holds one.
    """

    beside: tuple[ast.stmt, ...]
    found: tuple[ast.stmt, ...]


def guard_of(module: Module, call: ast.Call, function: Function, cache: str) -> Guard | None:
    """What lets the constructor run only where the cache holds no client for the id."""
    looked_up = {
        dotted(target)
        for node in walk(function)
        if isinstance(node, (ast.Assign, ast.NamedExpr)) and _looks_up(node.value, cache)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    test = _Test(cache, looked_up - {""})
    inner: Any = call
    for ancestor in module.ancestors(call):
        match ancestor:
            case ast.BoolOp(op=ast.Or(), values=[first, *_]) if first is not inner:
                if test.finds(first):
                    return Guard((), ())
            case ast.IfExp(test=condition, body=body, orelse=orelse):
                if (inner is orelse and test.hits(condition)) or (
                    inner is body and test.misses(condition)
                ):
                    return Guard((), ())
            case ast.If(test=condition, body=then, orelse=otherwise):
                if inner in then and test.misses(condition):
                    return Guard(tuple(then), (*otherwise, *_behind(module, ancestor, then)))
                if inner in otherwise and test.hits(condition):
                    behind = _behind(module, ancestor, otherwise)
                    return Guard((*otherwise, *_behind(module, ancestor, then)), (*then, *behind))
            case ast.ExceptHandler(type=error, body=handler):
                tried = module.parents[ancestor]
                if (
                    error is not None
                    and dotted(error) in _MISSING
                    and isinstance(tried, ast.Try)
                    and any(_looks_up(node, cache) for each in tried.body for node in walk(each))
                ):
                    behind = _behind(module, tried, handler)
                    return Guard(tuple(handler), (*tried.body, *tried.orelse, *behind))
        for block in _blocks(ancestor):
            if inner in block:
                number = block.index(inner)
                leaving = [place for place in range(number) if test.leaves(block[place])]
                if leaving:
                    found = [
                        each for place in leaving for each in getattr(block[place], "body", [])
                    ]
                    made = [*block[leaving[-1] + 1 :], *_rest(module, ancestor)]
                    return Guard(tuple(made), tuple(found))
        if isinstance(ancestor, FUNCTIONS):
            break
        inner = ancestor
    return None


def _behind(module: Module, node: ast.AST, other: list[ast.stmt]) -> list[ast.stmt]:
    """What runs behind ``node`` in one case only, as ``other`` leaves in the other."""
    match other:
        case [*_, ast.Return() | ast.Raise()]:
            return _rest(module, node)
        case [*_, ast.Continue() | ast.Break()]:
            return _rest(module, node, up_to=LOOPS)
    return []


def _rest(
    module: Module, node: ast.AST, up_to: tuple[type[ast.AST], ...] = FUNCTIONS
) -> list[ast.stmt]:
    """The statements behind ``node`` within the function or loop around it."""
    rest: list[ast.stmt] = []
    while not isinstance(node, up_to):
        parent = module.parents[node]
        for block in _blocks(parent):
            if node in block:
                rest.extend(block[block.index(node) + 1 :])
        node = parent
    return rest


def _looks_up(node: ast.AST, cache: str) -> bool:
    """``cache.get(id)`` or ``cache[id]``."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="get")):
            return dotted(value) == cache
        case ast.Subscript(value=value, ctx=ast.Load()):
            return dotted(value) == cache
    return False


class _Test(NamedTuple):
    """Tests of a cache.

    Attributes:
        cache: The cache.
        names: Locals that hold what was looked up in it.
    """

    cache: str
    names: set[str]

    def finds(self, value: ast.expr) -> bool:
        """Whether ``value`` is the client found, or nothing."""
        if isinstance(value, ast.NamedExpr):
            value = value.value
        return dotted(value) in self.names or _looks_up(value, self.cache)

    def misses(self, test: ast.expr) -> bool:
        """Whether ``test`` holds only where there is no client."""
        match test:
            case ast.Compare(ops=[ast.NotIn()], comparators=[right]):
                return dotted(right) == self.cache
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                return self.finds(left)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.hits(operand)
        return False

    def hits(self, test: ast.expr) -> bool:
        """Whether ``test`` holds wherever there is a client."""
        match test:
            case ast.Compare(ops=[ast.In()], comparators=[right]):
                return dotted(right) == self.cache
            case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
                return self.finds(left)
        return self.finds(test)

    def leaves(self, statement: ast.AST) -> bool:
        """Whether ``statement`` returns wherever there is a client."""
        match statement:
            case ast.If(test=test, body=[*_, ast.Return()]):
                return self.hits(test)
            case ast.Try(body=[ast.Return(value=ast.expr() as value)], handlers=[handler]):
                return (
                    _looks_up(value, self.cache)
                    and handler.type is not None
                    and dotted(handler.type) in _MISSING
                    and all(isinstance(each, ast.Pass) for each in handler.body)
                )
        return False


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    blocks = [getattr(node, field, None) for field in ("body", "orelse", "finalbody")]
    return [block for block in blocks if isinstance(block, list)]
