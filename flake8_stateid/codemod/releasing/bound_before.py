"""Which names are bound in each round of a loop that comes to an expression."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, suppresses
from flake8_stateid.codemod.reading.nodes import JUMPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from flake8_stateid.codemod.reading.modules import Module

_SCOPES = (*FUNCTIONS, *COMPREHENSIONS)


def before(module: Module, use: ast.expr, around: Collection[ast.AST]) -> Iterator[ast.AST]:
    """What has run before a use in each round that comes to it; inner loops are no rounds.

    Args:
        module: The module.
        use: An expression.
        around: The loops whose rounds are meant, and the function.
    """
    current: ast.AST = use
    for ancestor in module.ancestors(use):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(ancestor, field, None)
            if isinstance(block, list) and current in block:
                yield from block[: block.index(current)]
                if field == "orelse" and isinstance(ancestor, ast.Try):
                    yield from ancestor.body
        match ancestor:
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items[: items.index(current)] if current in items else items:
                    yield from ast.iter_child_nodes(item)
            case ast.If(test=test) | ast.While(test=test) if test is not current:
                yield test
            case ast.For(target=target) | ast.AsyncFor(target=target) if current in ancestor.body:
                yield target
            case ast.BoolOp(values=values):
                yield from values[: values.index(current)] if current in values else ()
            case ast.IfExp(test=test) if test is not current:
                yield test
            case ast.Match(subject=subject) if subject is not current:
                yield subject
            case ast.expr():
                yield from _evaluated_before(ancestor, current)
        if ancestor in around:
            return
        current = ancestor


def binds(node: ast.AST, name: str) -> bool:
    """Whether a name is surely bound where a node has run to its end.

    Args:
        node: A statement, or an expression.
        name: The name.
    """

    def within(block: Sequence[ast.stmt]) -> bool:
        return any(binds(each, name) for each in block)

    match node:
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            kept = not any(suppresses(item.context_expr) for item in items)
            return any(binds(item, name) for item in items) or (kept and within(body))
        case ast.If(test=test, body=body, orelse=orelse):
            return binds(test, name) or (within(body) and within(orelse))
        case ast.Match(subject=subject, cases=cases):
            return binds(subject, name) or all(within(each.body) for each in cases)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            return within(finalbody) or (
                within([*body, *orelse])
                and all(isinstance(each.body[-1], JUMPS) or within(each.body) for each in handlers)
            )
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.For(iter=walked) | ast.AsyncFor(iter=walked):
            return binds(walked, name)
        case ast.While(test=test):
            return binds(test, name)
    return any(
        isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
        for each in _always(node)
    )


def _always(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a simple statement, or an expression, that run whenever it does."""
    yield node
    match node:
        case ast.BoolOp(values=[first, *_]):
            parts: list[ast.AST] = [first]
        case ast.IfExp(test=test):
            parts = [test]
        case _:
            parts = [] if isinstance(node, _SCOPES) else [*ast.iter_child_nodes(node)]
    for each in parts:
        yield from _always(each)


def _evaluated_before(node: ast.expr, inner: ast.AST) -> Iterator[ast.AST]:
    """The parts of an expression that are evaluated before one of them."""
    if isinstance(node, _SCOPES):
        return
    for each in ast.iter_child_nodes(node):
        if each is inner:
            return
        yield each
