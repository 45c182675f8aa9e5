"""What else happens where a client is made, and where one is found.

Rows that share a client make one where there were many, and find one where there was none.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counters import CONSTRUCTORS
from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.ids.hoisting import comes_to
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.mutators import MUTATORS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.sharing.caches import Filling
    from flake8_stateid.codemod.tracing.traced import Creation

_CLOSING = frozenset({"close", "aclose"})
_ONE = "and one is made for all rows"
_MORE = "and rows find one more often"
_ONCE = "do it for each row, or once for the batch, then run the fix again"
_MAX_CALLS = 3


def refuse_effects(module: Module, filling: Filling, creation: Creation) -> None:
    """Refuse what else happens once for each client, since one is made where there were many.

    Raises:
        RefusalError: A log line, a call of the new client, something counted.
    """
    for statement in filling.beside:
        _refuse_effect(statement, filling.cache)
    _refuse_calls(module, [*filling.beside, creation.call], filling.cache)


def refuse_spare(module: Module, filling: Filling, own: Collection[str]) -> None:
    """Refuse clients that are closed, where all but one are dropped as soon as they are made.

    Args:
        module: The module.
        filling: How clients come into their cache.
        own: The names of the client's own classes.

    Raises:
        RefusalError: Each was put into the cache, and closed when it was released.
    """
    closes = any(
        isinstance(node, ast.Attribute)
        and node.attr in _CLOSING
        and getattr(module.class_of(node), "name", "") not in own
        for tree in module.family_trees()
        for node in walk(tree)
    )
    if filling.spare and closes:
        raise RefusalError(
            f"a client is made whether '{filling.cache}' holds one or not, and the one that is "
            "closed would be the first row's",
            f"make it under 'if state_id not in {filling.cache}', then run the fix again",
            filling.call.lineno,
        )


def refuse_effects_of_finding(module: Module, filling: Filling) -> None:
    """Refuse what else happens only where a client is found.

    Raises:
        RefusalError: A log line, something counted.
    """
    for statement in filling.found:
        for node in walk(statement):
            if (isinstance(node, ast.Call) and is_log(node)) or _is_effect(node, filling.cache):
                raise RefusalError(
                    f"'{_first_line(node)}' runs for each client that is found, {_MORE}",
                    "do it for each row, or drop it, then run the fix again",
                    getattr(node, "lineno", statement.lineno),
                )
    _refuse_calls(module, filling.found, filling.cache, "found", _MORE)


def _refuse_effect(statement: ast.stmt, cache: str) -> None:
    for node in walk(statement):
        if isinstance(node, ast.Call) and is_log(node):
            raise RefusalError(
                f"a line is logged for each client that is made, {_ONE}",
                "log it for each row, or drop the line, then run the fix again",
                node.lineno,
            )
    match statement:
        case ast.If(body=body, orelse=orelse):
            for inner in [*body, *orelse]:
                _refuse_effect(inner, cache)
            return
        case ast.With(body=body) | ast.AsyncWith(body=body):
            for inner in body:
                _refuse_effect(inner, cache)
            return
        case ast.Try(body=body, orelse=orelse, finalbody=finalbody):
            for inner in [*body, *orelse, *finalbody]:
                _refuse_effect(inner, cache)
            return
        case ast.Return() | ast.Raise() | ast.Assert() | ast.Pass():
            return
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr="setdefault"))) if (
            dotted(value) == cache
        ):
            return
        case ast.Assign(targets=targets) if all(
            isinstance(target, ast.Name)
            or (isinstance(target, ast.Subscript) and dotted(target.value) == cache)
            for target in targets
        ):
            return
        case ast.AnnAssign(target=ast.Name()):
            return
    raise RefusalError(
        f"'{_first_line(statement)}' runs for each client that is made, {_ONE}",
        _ONCE,
        statement.lineno,
    )


def _refuse_calls(
    module: Module, scopes: Sequence[ast.AST], cache: str, when: str = "made", why: str = _ONE
) -> None:
    """Refuse a call of a function that can be seen to log something, or to change what lasts."""
    is_act = _acting(module, cache)
    for call in (node for scope in scopes for node in walk(scope)):
        for callee in module.resolve(call.func) if isinstance(call, ast.Call) else ():
            function = callee.function
            if (
                isinstance(function, FUNCTIONS)
                and getattr(function, "name", "") not in CONSTRUCTORS
                and comes_to(module, function, _MAX_CALLS, is_act)
            ):
                raise RefusalError(
                    f"'{_first_line(call)}' runs for each client that is {when}, {why}",
                    _ONCE,
                    getattr(call, "lineno", 0),
                )


def refuse_acting(module: Module, cache: ast.Attribute) -> None:
    """Refuse a property that does something each time it gives the cache.

    Raises:
        RefusalError: It does; a client's release reads it once, and not for each row.
    """
    owner = module.class_of(cache)
    if owner is None or dotted(cache.value) not in {"self", "cls"}:
        return
    is_act = _acting(module, dotted(cache))
    for getter in module.methods(owner, cache.attr, below=True):
        if comes_to(module, getter, _MAX_CALLS, is_act):
            raise RefusalError(
                f"'{dotted(cache)}' does something each time it is read",
                "keep the clients in an attribute that is no property, then run the fix again",
                cache.lineno,
            )


def _acting(module: Module, cache: str) -> Callable[[ast.AST], bool]:
    """Tells whether a node logs something or changes what lasts, but for what is done once."""

    def is_act(node: ast.AST) -> bool:
        acts = (isinstance(node, ast.Call) and is_log(node)) or _is_effect(node, cache)
        return acts and not _is_done_once(module, node)

    return is_act


def _is_effect(node: ast.AST, cache: str) -> bool:
    """Whether ``node`` sets or changes an attribute, the cache of clients apart, or records."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return True
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            return "." in dotted(value) and dotted(value) != cache
        case ast.Call(func=ast.Attribute(value=value, attr=method)):
            name = dotted(value)
            return method == "record_call" or (
                method in MUTATORS and "." in name and name != cache
            )
        case ast.Call(func=ast.Name(id="next"), args=[taken, *_]):
            return "." in dotted(taken)
    return isinstance(node, (ast.Global, ast.Nonlocal))


def _is_done_once(module: Module, node: ast.AST) -> bool:
    """Whether ``node`` runs once, however often it is asked for: ``if self._x is None: ...``."""
    inner = node
    for ancestor in module.ancestors(node):
        for name in ("body", "orelse"):
            block = getattr(ancestor, name, None)
            if not isinstance(block, list) or inner not in block:
                continue
            if isinstance(ancestor, ast.If) and name == "body":
                missing = _missing(ancestor.test)
                if missing and _is_set(missing, block):
                    return True
            place = block.index(inner)
            for number, earlier in enumerate(block[:place], start=1):
                match earlier:
                    case ast.If(test=test, body=[*_, ast.Return()], orelse=[]):
                        held = _missing(ast.UnaryOp(ast.Not(), test))
                        if held and _is_set(held, block[number:]):
                            return True
        if isinstance(ancestor, FUNCTIONS):
            return False
        inner = ancestor
    return False


def _missing(test: ast.expr) -> str:
    """The attribute that ``test`` finds unset: ``self._x is None``, ``not self._x``; or empty."""
    match test:
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return dotted(left)
        case ast.UnaryOp(
            op=ast.Not(),
            operand=ast.Compare(
                left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]
            ),
        ):
            return dotted(left)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return dotted(operand)
    return ""


def _is_set(name: str, block: Sequence[ast.stmt]) -> bool:
    return "." in name and any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and dotted(node) == name
        for statement in block
        for node in walk(statement)
    )


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]
