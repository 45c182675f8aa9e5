"""Whether a client is sure to be made: on every path, or before anything can raise.

A release that fails without a client tells a row that made one from a row that made none. Once
it is moved and tolerates that, the difference is gone, so it must be shown that no row makes none.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS
from flake8_stateid.codemod.ids.given import precedes
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import READERS
from flake8_stateid.codemod.reading.nodes import JUMPS, begins, own_nodes, walk
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace

Exits = tuple[type[ast.stmt], ...]


class Making:
    """Finds what makes the client of the id that ``trace`` has followed.

    Args:
        module: The module.
        trace: The uses of the id.
        ids: Its expressions in the batch path.
        released: The statements that release it.
        is_meant: Whether an expression of the batch path is the one id that is asked for, of
            several that become one.
    """

    def __init__(
        self,
        module: Module,
        trace: Trace,
        ids: Ids,
        released: frozenset[ast.stmt],
        is_meant: Callable[[ast.expr], bool] = lambda _: True,
    ) -> None:
        """Know the calls that hand the id on."""
        self._module = module
        self._trace = trace
        self._in_place = {*ids.in_place, *trace.read, *(key for key, _ in trace.compound)}
        self._definitions = set(ids.definitions)
        self._released = released
        self._is_meant = is_meant
        self._creations = {creation.call for creation in trace.creations}
        self._callees: dict[ast.Call, list[Function]] = {}
        for function, sites in trace.reached.items():
            for site in sites:
                self._callees.setdefault(site.call, []).append(function)
        self._asked: dict[tuple[Function, bool], bool] = {}

    def always(self, block: Sequence[ast.stmt], exits: Exits = ()) -> bool:
        """Whether every path through ``block`` makes a client.

        Args:
            block: Statements.
            exits: Statements that leave the block for where the client is needed.
        """
        for statement in block:
            if statement in self._released:
                continue
            if self._makes(statement, exits):
                return True
            if not self._looks_up(statement) and any(
                isinstance(node, exits) for node in own_nodes(statement)
            ):
                return False
        return False

    def first(self, block: Sequence[ast.stmt]) -> bool:
        """Whether ``block`` makes a client before anything in it can raise or leave."""
        for statement in block:
            if statement in self._definitions or self._is_calm(statement):
                continue
            if isinstance(statement, (ast.With, ast.AsyncWith)):
                return not any(self._risks(item.context_expr) for item in statement.items) and (
                    self.first(statement.body)
                )
            if self._looks_up(statement):
                if self._fills(statement):
                    return True
                continue
            if isinstance(statement, ast.If):
                return (
                    not self._risks(statement.test)
                    and self.first(statement.body)
                    and self.first(statement.orelse)
                )
            if isinstance(statement, ast.Try):
                return self.first(statement.body)
            return any(
                self._is_first_in(statement, made) for made in self._made_in(statement, self.first)
            )
        return False

    # Statements

    def _makes(self, statement: ast.stmt, exits: Exits) -> bool:
        match statement:
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                entered = any(
                    self._made_in(item.context_expr, lambda body: self.always(body, (ast.Return,)))
                    for item in items
                )
                return entered or self.always(body, exits)
            case ast.If(body=body, orelse=orelse):
                if self._looks_up(statement) and self._fills(statement):
                    return True
                return self.always(body, exits) and self.always(orelse, exits)
            case ast.Try(body=body, orelse=orelse, finalbody=finalbody, handlers=handlers):
                leaving = tuple(each for each in JUMPS if each not in exits)
                if all(
                    isinstance(handler.body[-1], leaving) or self.always(handler.body, exits)
                    for handler in handlers
                ):
                    return self.always([*body, *orelse, *finalbody], exits)
                return self.first(body) or self.always(finalbody, exits)
            case ast.For(iter=iterated, body=body) | ast.AsyncFor(iter=iterated, body=body):
                return _is_never_empty(self._module, iterated) and self.always(
                    body, (*exits, ast.Break, ast.Continue)
                )
            case ast.While() | ast.Match() | ast.FunctionDef() | ast.AsyncFunctionDef():
                return False
        return bool(self._made_in(statement, lambda body: self.always(body, (ast.Return,))))

    def _looks_up(self, statement: ast.stmt) -> bool:
        """Whether a statement is a branch on the cache holding a client."""
        if not isinstance(statement, ast.If):
            return False
        function = self._module.function_of(statement)
        assert function is not None
        found = {
            target.id
            for node in walk(function)
            if isinstance(node, (ast.Assign, ast.NamedExpr)) and self._is_lookup(node.value)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        match statement.test:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                return self._is_id(left) and dotted(right) in self._trace.cache_keys
            case ast.Compare(left=ast.NamedExpr(value=value), ops=[ast.Is() | ast.IsNot()]):
                return self._is_lookup(value)
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()]):
                return dotted(left) in found
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return dotted(operand) in found
        return dotted(statement.test) in found

    def _is_lookup(self, value: ast.expr) -> bool:
        return (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr == "get"
            and dotted(value.func.value) in self._trace.cache_keys
        )

    def _fills(self, statement: ast.stmt) -> bool:
        """Whether a branch on the cache makes a client where there is none."""
        return any(
            self._is_id(node)
            and isinstance(parent := self._module.parents[node], ast.Subscript)
            and isinstance(parent.ctx, ast.Store)
            for node in walk(statement)
            if isinstance(node, ast.expr)
        )

    # Expressions

    def _made_in(
        self, statement: ast.AST, makes: Callable[[Sequence[ast.stmt]], bool]
    ) -> list[ast.expr]:
        """The expressions of a simple statement that make a client, or find one made."""
        found: list[ast.expr] = []
        for node in walk(statement):
            if not isinstance(node, ast.expr) or not self._is_id(node):
                continue
            parent = self._module.parents[node]
            call = self._module.parents[parent] if isinstance(parent, ast.keyword) else parent
            if not self._is_sure(call, statement):
                continue
            match call:
                case ast.Subscript(ctx=ast.Load() | ast.Store()):
                    found.append(call)
                case ast.Call() if self._call_makes(call, makes):
                    found.append(call)
        return found

    def _call_makes(self, call: ast.Call, makes: Callable[[Sequence[ast.stmt]], bool]) -> bool:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "setdefault":
            return True
        if call in self._creations:
            return True
        callees = self._callees.get(call, [])
        return bool(callees) and all(self._function_makes(each, makes) for each in callees)

    def _function_makes(
        self, function: Function, makes: Callable[[Sequence[ast.stmt]], bool]
    ) -> bool:
        if isinstance(function, ast.Lambda):
            return False
        key = (function, makes == self.first)
        if key not in self._asked:
            self._asked[key] = False
            self._asked[key] = makes(function.body)
        return self._asked[key]

    def _is_id(self, node: ast.expr) -> bool:
        return self._holds_id(node) and self._is_meant(node)

    def _holds_id(self, node: ast.expr) -> bool:
        if node in self._in_place:
            return True
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            return False
        function = self._module.function_of(node)
        while function is not None and not self._trace.carries(function, node.id):
            if self._module.binds(function, node.id):
                return False
            function = self._module.function_of(function)
        return function is not None

    def _is_sure(self, node: ast.AST, statement: ast.AST) -> bool:
        """Whether ``node`` is evaluated whenever ``statement`` is."""
        inner = node
        while inner is not statement:
            outer = self._module.parents[inner]
            match outer:
                case ast.IfExp(test=test):
                    if inner is not test:
                        return False
                case ast.BoolOp(values=values):
                    if inner is not values[0]:
                        return False
                case ast.Lambda():
                    return False
            if isinstance(outer, COMPREHENSIONS) and not all(
                _is_never_empty(self._module, each.iter) and not each.ifs
                for each in outer.generators
            ):
                return False
            inner = outer
        return True

    def _is_first_in(self, statement: ast.stmt, made: ast.expr) -> bool:
        """Whether nothing in ``statement`` that may raise comes before ``made``."""
        around = {made, *self._module.ancestors(made)}
        start = begins(made)
        inside = set(walk(made)) - {made}
        return not any(
            isinstance(node, (ast.Call, ast.Subscript, ast.Await))
            and node not in around
            and (node in inside or begins(node) < start)
            for node in walk(statement)
        )

    def _is_calm(self, statement: ast.stmt) -> bool:
        """Whether a statement can be passed without raising: a docstring, a look into a cache."""
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return True
            case ast.Expr(value=ast.Call() as call):
                return is_log(call) and not self._made_in(statement, self.first)
            case ast.Assign(targets=[ast.Name()], value=value):
                parts = value.elts if isinstance(value, ast.Tuple) else [value]
                return self._is_lookup(value) or all(
                    isinstance(part, (ast.Constant, ast.Name)) for part in parts
                )
        return False

    def _risks(self, value: ast.expr) -> bool:
        """Whether evaluating a lock or an executor's constructor may raise, as far as it goes."""
        return any(isinstance(node, (ast.Subscript, ast.Await)) for node in walk(value))


def _is_never_empty(module: Module, iterated: ast.expr) -> bool:
    """Whether a loop has a round: it is over a literal, a constant ``range`` or an attribute.

    A collection on ``self``, such as a plugin's questions, is the same for all rows.
    """
    match iterated:
        case ast.Constant(value=str() as text):
            return bool(text)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return any(not isinstance(each, ast.Starred) for each in elements)
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int() as count)]):
            return count > 0
        case ast.Call(func=ast.Name(id="enumerate" | "sorted" | "list"), args=[inner, *_]):
            return _is_never_empty(module, inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values"), args=[]):
            return _is_never_empty(module, inner)
        case ast.Name():
            return _holds_some(module, iterated)
    return dotted(iterated).startswith("self.")


def _holds_some(module: Module, name: ast.Name) -> bool:
    """Whether a name is bound once, to a literal with something in it, and only read."""
    function = module.binder(module.function_of(name), name.id)
    root = module.root_of(name)
    if function is not None:
        uses = module.own_names(function, name.id)
        if name.id in module.bound_otherwise(function):
            return False
    else:
        uses = [each for each in walk(root) if isinstance(each, ast.Name) and each.id == name.id]
    stores = [each for each in uses if not isinstance(each.ctx, ast.Load)]
    bound = module.parents[stores[0]] if len(stores) == 1 else None
    if not isinstance(bound, (ast.Assign, ast.AnnAssign)):
        return False
    # Where it may be left out, a row would fail before it has a client.
    if not (bound in root.body if function is None else precedes(module, bound, name)):
        return False
    return (
        isinstance(bound.value, (ast.Tuple, ast.List, ast.Set, ast.Dict))
        and _is_never_empty(module, bound.value)
        and all(each in stores or _is_read(module, each) for each in uses)
    )


def _is_read(module: Module, name: ast.Name) -> bool:
    """Whether a use of a collection leaves it as it is, in plain sight."""
    parent = module.parents[name]
    match parent:
        case ast.Attribute(attr=method):
            return method in {"items", "keys", "values", "get"}
        case ast.Subscript(ctx=context):
            return isinstance(context, ast.Load)
        case ast.Call(func=called):
            return called is not name and dotted(called) in READERS
        case ast.For() | ast.AsyncFor() | ast.comprehension() | ast.Compare():
            return True
    return False
