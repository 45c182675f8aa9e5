"""What an id looked up besides its state id, ``row["id"]``, and whether that must stay."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.ids.bases import evaluates, lookups
from flake8_stateid.codemod.ids.bindings import Bindings
from flake8_stateid.codemod.reading.nodes import begins, ends, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace

_PAIRS = frozenset({"enumerate", "items"})
_SOMETIMES = (ast.IfExp, ast.BoolOp, ast.Compare, *COMPREHENSIONS, *FUNCTIONS)


def kept_evaluations(
    module: Module,
    ids: Ids,
    trace: Trace,
    is_state_id: Callable[[str], bool],
    moved: Collection[ast.stmt],
    added: Collection[ast.expr],
) -> dict[ast.stmt, str]:
    """What definitions and builders look up besides the id, and must go on looking up.

    A row without the key raised there, before anything was done for it.

    Returns:
        Text that takes the place of a definition, or stands before another statement.

    Args:
        module: The module.
        ids: The names and places of the id.
        trace: The uses of the id.
        is_state_id: Whether an identifier is a state id name.
        moved: Releases that move out of the loop.
        added: Lookups that are added to a text, which raises where they give something else.

    Raises:
        RefusalError: A lookup stands where no statement can take its place.
    """
    kept: dict[ast.stmt, str] = {}
    bindings = Bindings(module, is_state_id)
    values: list[tuple[ast.expr, ast.stmt | None]] = [
        *((each.value, each) for each in ids.definitions if each.value is not None),
        *((each, None) for each in sorted(filter(_is_expression, ids.gone), key=begins)),
    ]
    for value, definition in values:
        found = [
            each
            for each in lookups(value, bindings)
            if (each in added or not _cannot_fail(module, each))
            # What another name of the id has looked up, this one need not.
            and module.statement_of(each) not in {*ids.definitions} - {definition}
        ]
        if definition is not None:
            found = [
                each
                for each in found
                if each in added or not _repeated(module, ids, trace, definition, each, moved)
            ]
        if definition is None:
            found = [
                each
                for each in found
                if each in added or not _beside(module, ids, trace, value, each)
            ]
        texts = list(
            dict.fromkeys(
                f'"" + {_quoted(each)}' if each in added else _quoted(each) for each in found
            )
        )
        if not texts or (definition is None and isinstance(value, ast.Name)):
            continue
        function = module.function_of(value)
        place = definition
        if definition is None and _comes_first(module, trace, value):
            place = module.statement_of(value)
        text = ", ".join(texts)
        if definition is None and kept.get(module.statement_of(value)) == text:
            continue
        if (
            place is None
            or function is None
            or ids.choice_of(place) is not None
            or kept.get(place, text) != text
            or any(module.statement_of(each) is not place for each in found)
            or any(not isinstance(n.ctx, ast.Store) for n in module.own_names(function, "_"))
        ):
            raise evaluates(found[0])
        kept[place] = text
    return kept


def _quoted(lookup: ast.expr) -> str:
    text = ast.unparse(lookup)
    return text if '"' in text else text.replace("'", '"')


def _cannot_fail(module: Module, lookup: ast.expr) -> bool:
    """Whether ``pair[0]`` looks into what a loop over ``enumerate`` or ``items()`` gives."""
    match lookup:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=0 | 1)):
            pass
        case _:
            return False
    for ancestor in module.ancestors(lookup):
        clauses = getattr(ancestor, "generators", [ancestor])
        for clause in clauses if isinstance(ancestor, (*LOOPS, *COMPREHENSIONS)) else []:
            match clause:
                case ast.For(target=ast.Name(id=taken), iter=ast.Call(func=walked)) | (
                    ast.comprehension(target=ast.Name(id=taken), iter=ast.Call(func=walked))
                ) if taken == name:
                    called = walked.attr if isinstance(walked, ast.Attribute) else None
                    called = walked.id if isinstance(walked, ast.Name) else called
                    return called in _PAIRS
    return False


def _repeated(
    module: Module,
    ids: Ids,
    trace: Trace,
    definition: ast.stmt,
    lookup: ast.expr,
    moved: Collection[ast.stmt],
) -> bool:
    """Whether the next statement looks the same up, before it does anything that could be seen."""
    block = module.block_of(definition)
    later = [each for each in block[block.index(definition) + 1 :] if each not in ids.definitions]
    following = later[0] if later else None
    while (
        isinstance(following, ast.Try)
        and not following.handlers
        and all(each in moved for each in following.finalbody)
    ):
        following = following.body[0]
    match following:
        case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
            pass
        case ast.Assign(targets=[ast.Name()], value=value):
            pass
        case _:
            return False
    return any(
        not _is_sometimes(module, node, value)
        and _is_quiet(module, trace, value, (0, 0), begins(node))
        for node in walk(value)
        if ast.dump(node) == ast.dump(lookup) and not _goes(module, ids, node)
    )


def _goes(module: Module, ids: Ids, node: ast.AST) -> bool:
    return any(each in ids.gone for each in module.ancestors(node))


def _beside(module: Module, ids: Ids, trace: Trace, value: ast.expr, lookup: ast.expr) -> bool:
    """Whether the statement of an id written in place looks the same up beside it."""
    for node in walk(module.statement_of(value)):
        if ast.dump(node) != ast.dump(lookup) or _goes(module, ids, node):
            continue
        shared = next(each for each in module.ancestors(node) if each in _above(module, value))
        if isinstance(shared, COMPREHENSIONS) and any(
            not _is_sometimes(module, node, each)
            for each in _before(module, shared, value)
            if each is node or each in _above(module, node)
        ):
            return True
        if (
            isinstance(shared, ast.expr)
            and not isinstance(shared, _SOMETIMES)
            and not _is_sometimes(module, node, shared)
            and (
                begins(node) < begins(value)
                or _is_quiet(module, trace, shared, ends(value), begins(node))
            )
        ):
            return True
    return False


def _before(module: Module, made: ast.expr, value: ast.expr) -> list[ast.expr]:
    """What a round of a comprehension evaluates before the element that ``value`` is part of."""
    found: list[ast.expr] = []
    match made:
        case ast.DictComp(key=key, value=element, generators=clauses):
            if element is value or element in _above(module, value):
                found.append(key)
            elements = [key, element]
        case (
            ast.ListComp(elt=element, generators=clauses)
            | ast.SetComp(elt=element, generators=clauses)
            | ast.GeneratorExp(elt=element, generators=clauses)
        ):
            elements = [element]
        case _:
            return []
    # What a second clause binds may be something else of the same name.
    if len(clauses) == 1 and any(
        each is value or each in _above(module, value) for each in elements
    ):
        found.extend(clauses[0].ifs)
    return found


def _comes_first(module: Module, trace: Trace, value: ast.expr) -> bool:
    """Whether the id stands in the first statement of a line, of which nothing acts before it."""
    statement = module.statement_of(value)
    block = module.block_of(statement)
    return (
        isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return))
        and not _is_sometimes(module, value, statement)
        and _is_quiet(module, trace, statement, (0, 0), begins(value))
        and all(each.end_lineno != statement.lineno for each in block[: block.index(statement)])
    )


def _above(module: Module, node: ast.AST) -> list[ast.AST]:
    return list(module.ancestors(node))


def _is_sometimes(module: Module, node: ast.AST, outer: ast.AST) -> bool:
    """Whether ``node`` is not evaluated exactly once where ``outer`` is."""
    above = _above(module, node)
    return (
        node is not outer
        and any(
            isinstance(each, _SOMETIMES)
            # One comparison evaluates both of its sides.
            and not (isinstance(each, ast.Compare) and len(each.ops) == 1)
            for each in above[: above.index(outer) + 1]
        )
    )


def _is_quiet(
    module: Module,
    trace: Trace,
    scope: ast.AST,
    begin: tuple[int, int],
    end: tuple[int, int],
) -> bool:
    """Whether nothing in ``scope`` that acts comes to its end between two places."""
    return all(
        isinstance(each, ast.Call) and _only_finds(module, trace, each)
        for each in walk(scope)
        if isinstance(each, (ast.Call, ast.Await, ast.Yield, ast.Subscript))
        and begin < ends(each) <= end
    )


def _is_expression(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.expr)


def _only_finds(module: Module, trace: Trace, call: ast.Call) -> bool:
    """Whether a call does nothing but get or make the client of the id."""
    made = {creation.call for creation in trace.creations}
    callees = [callee.function for callee in module.resolve(call.func)]
    return bool(callees) and all(
        function in trace.reached
        and any(node in made for node in walk(function))
        and all(
            node in made
            or (isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "setdefault"})
            for node in walk(function)
            if isinstance(node, ast.Call)
        )
        for function in callees
    )
