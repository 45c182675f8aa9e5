"""What an id looked up besides its state id, ``row["id"]``, and whether that must stay."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.bases import evaluates, lookups
from flake8_stateid.codemod.bindings import Bindings
from flake8_stateid.codemod.modules import COMPREHENSIONS, FUNCTIONS, LOOPS, Module

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flake8_stateid.codemod.ids import Ids
    from flake8_stateid.codemod.trace import Trace

_PAIRS = frozenset({"enumerate", "items"})
_SOMETIMES = (ast.IfExp, ast.BoolOp, ast.Compare, *COMPREHENSIONS, *FUNCTIONS)


def kept_evaluations(
    module: Module,
    ids: Ids,
    trace: Trace,
    is_state_id: Callable[[str], bool],
    moved: Collection[ast.stmt],
    *,
    looped: bool,
) -> dict[ast.stmt, str]:
    """What definitions look up besides the id, and must go on looking up.

    A row without the key raised there, before anything was done for it.

    Args:
        module: The module.
        ids: The names and places of the id.
        trace: The uses of the id.
        is_state_id: Whether an identifier is a state id name.
        moved: Releases that move out of the loop.
        looped: Whether the definitions stand in a loop that they move out of.

    Raises:
        RefusalError: A lookup stands where no statement can take its place.
    """
    kept: dict[ast.stmt, str] = {}
    bindings = Bindings(module, is_state_id)
    values: list[tuple[ast.expr, ast.stmt | None]] = [
        *((each.value, each) for each in ids.definitions if each.value is not None),
        *((each, None) for each in ids.gone if isinstance(each, ast.expr)),
    ]
    for value, definition in values:
        found = [
            each
            for each in lookups(value, bindings)
            if not _cannot_fail(module, each)
            # What another name of the id has looked up, this one need not.
            and module.statement_of(each) not in {*ids.definitions} - {definition}
        ]
        if definition is not None and looped:
            found = [
                each
                for each in found
                if not _repeated(module, ids, trace, definition, each, moved)
            ]
        texts = list(dict.fromkeys(_quoted(each) for each in found))
        if not texts or (definition is None and isinstance(value, ast.Name)):
            continue
        function = module.function_of(value)
        if (
            definition is None
            or function is None
            or not looped
            or any(module.statement_of(each) is not definition for each in found)
            or any(not isinstance(n.ctx, ast.Store) for n in module.own_names(function, "_"))
        ):
            raise evaluates(found[0])
        kept[definition] = ", ".join(texts)
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
    same = [node for node in ast.walk(value) if ast.dump(node) == ast.dump(lookup)]
    for node in same:
        around = [each for each in module.ancestors(node) if isinstance(each, ast.expr)]
        if any(isinstance(each, _SOMETIMES) for each in around):
            continue
        before = [
            each
            for each in ast.walk(value)
            if isinstance(each, (ast.Call, ast.Await, ast.Yield, ast.Subscript))
            and each not in around
            and (each.lineno, each.col_offset) < (_end(node))
            and each is not node
        ]
        if all(isinstance(each, ast.Call) and _only_finds(module, trace, each) for each in before):
            return True
    return False


def _end(node: ast.AST) -> tuple[int, int]:
    assert isinstance(node, ast.expr)
    return node.end_lineno or 0, node.end_col_offset or 0


def _only_finds(module: Module, trace: Trace, call: ast.Call) -> bool:
    """Whether a call does nothing but get or make the client of the id."""
    made = {creation.call for creation in trace.creations}
    callees = [callee.function for callee in module.resolve(call.func)]
    return bool(callees) and all(
        function in trace.reached
        and any(node in made for node in ast.walk(function))
        and all(
            node in made
            or (isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "setdefault"})
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
        )
        for function in callees
    )
