"""What rows do with a client that they come to share: they may ask it, and no more.

A row could close the client that was its own, or read from it how many calls it had made. After
the fix the next row gets the same client. So every use of a client must be of a known kind: a call
of one of its methods, a test for ``None``, a name for it, a function that can be seen to do the
same. What closes a client as part of its release moves with the release.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.ids.logs import is_logged
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.changing import is_changed
from flake8_stateid.codemod.reading.entered import yielded
from flake8_stateid.codemod.reading.handing_on import DISPATCH, handing, handing_inner, is_start
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Callee, Function, defaults, dotted
from flake8_stateid.codemod.sharing.caches import filling_of
from flake8_stateid.codemod.sharing.looking import leads_to
from flake8_stateid.codemod.sharing.spotting import Clients, givers_of
from flake8_stateid.codemod.tracing.effects import CLOSING
from flake8_stateid.codemod.tracing.exit_stacks import callback_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace

_CONTEXTS = frozenset({"closing", "aclosing", "enter_context", "enter_async_context", "push"})


def check_handling(
    module: Module,
    trace: Trace,
    region: Iterable[ast.stmt],
    released: Iterable[ast.stmt],
    contexts: Collection[ast.stmt],
    telling: frozenset[str],
    asked: frozenset[str],
) -> list[ast.Call]:
    """Check what is done with clients that rows share while rows run.

    Returns the calls that may hand their methods to threads.

    Args:
        module: The module.
        trace: The uses of the id.
        region: The statements in which rows run.
        released: The statements that move behind them.
        contexts: Those ``with`` that closed the client, and go.
        telling: Attributes of clients that tell how many calls were made.
        asked: Their methods.

    Raises:
        RefusalError: A row could see, by its client, what another row did.
    """
    moved = {node for statement in released for node in walk(statement)}
    helpers = {
        callee.function
        for node in moved
        if isinstance(node, ast.Call)
        for called in _called(node)
        for callee in module.resolve(called)
    }
    givers = givers_of(module, trace)
    fillings = [filling_of(module, trace, creation) for creation in trace.creations]
    made = {each.call for each in trace.creations}
    # Of a client that a function makes, the call of it.
    opened = {call for each in fillings for call in (each.call, *each.opened)} - made
    todo: list[tuple[ast.AST, frozenset[str]]] = [
        (scope, frozenset())
        for scope in [*region, *(each for each in trace.reached if each not in helpers)]
    ]
    seen = set(todo)
    threads: dict[ast.Call, None] = {}
    while todo:
        scope, given = todo.pop()
        nodes = [node for node in walk(scope) if node not in moved]
        clients = Clients(module, trace, nodes, given, givers)
        for node in nodes:
            _refuse_presence(module, trace, givers, opened, made, node)
            if not isinstance(node, ast.expr) or not clients.holds(node):
                continue
            threads.update(dict.fromkeys(_handing(module, node, asked)))
            for function, parameter in _Use(module, trace, contexts, telling).check(node):
                handed = (function, frozenset({parameter}))
                if handed not in seen:
                    seen.add(handed)
                    todo.append(handed)
    return [*threads]


def _called(call: ast.Call) -> list[ast.expr]:
    """What a call calls, there or by the stack that it leaves that to."""
    left = callback_of(call)
    return [call.func] if left is None else [call.func, left.done.func]


def _handing(module: Module, client: ast.expr, asked: frozenset[str]) -> list[ast.Call]:
    """The calls that may have a client asked in a thread.

    ``submit(client.ask, text)``, ``submit(self._answer, client, row)``
    """
    found = handing_inner(module, client)
    given = handing(module, client)
    if given is not None and is_start(given):
        found.append(given)
    method = module.parents[client]
    if isinstance(method, ast.Attribute) and method.attr in asked:
        uses: list[ast.expr] = [method]
        bound = module.parents[method]
        function = module.function_of(method)
        if isinstance(bound, ast.Assign) and function is not None:
            for target in bound.targets:
                if isinstance(target, ast.Name):
                    uses.extend(module.own_names(function, target.id))
        found.extend(call for use in uses if (call := handing(module, use)) is not None)
    return found


def _refuse_presence(
    module: Module,
    trace: Trace,
    givers: frozenset[ast.Call],
    opened: Collection[ast.AST],
    made: Collection[ast.AST],
    node: ast.AST,
) -> None:
    """Refuse a test of the cache that is no part of getting or making a client.

    Raises:
        RefusalError: ``node`` is one: the cache holds a client from the first row on.
    """
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[cache]):
            pass
        case ast.Call(func=ast.Attribute(value=cache, attr="get"), args=[left, *_]):
            pass
        case _:
            return
    if left not in {key for key, _ in trace.cache_keys.get(dotted(cache), ())} - trace.swept:
        return
    function = module.function_of(node)
    inside = set(walk(function)) if function is not None else set()
    points = {
        inner
        for inner in inside
        if inner in made
        or inner in opened
        or (
            inner in givers
            and isinstance(parent := module.parents[inner], ast.Assign)
            and any(isinstance(target, ast.Subscript) for target in parent.targets)
        )
    }
    released = inside.intersection(key for key, _ in trace.releases)
    if points and leads_to(module, node, points, released):
        return
    raise RefusalError(
        "rows test whether the cache holds a client, which it does from the first row on",
        "test something of the row instead",
        getattr(node, "lineno", 0),
    )


class _Use:
    """One use of a client."""

    def __init__(
        self,
        module: Module,
        trace: Trace,
        contexts: Collection[ast.stmt],
        telling: frozenset[str],
    ) -> None:
        self._module = module
        self._contexts = contexts
        self._caches = trace.cache_keys
        self._telling = telling

    def check(self, node: ast.expr) -> list[tuple[Function, str]]:
        """The functions that get the client, each with the parameter it comes in.

        Raises:
            RefusalError: The use is of no known kind.
        """
        parent = self._module.parents[node]
        if is_logged(self._module, node):
            return []
        match parent:
            case ast.Attribute(attr=name, ctx=context):
                self._check_attribute(parent, name, context)
            case ast.Call(args=arguments, func=called) if node in arguments:
                return self._handed(node, parent, called, arguments.index(node), None)
            case ast.keyword(arg=name):
                call = self._module.parents[parent]
                if isinstance(call, ast.Call):
                    return self._handed(node, call, call.func, 0, name)
            case ast.arguments():
                # ``lambda client=client: ...``, which keeps the one of the round it is made in.
                function = self._module.parents[parent]
                assert isinstance(function, FUNCTIONS)
                return [(function, each.arg) for each, held in defaults(function) if held is node]
            case ast.withitem():
                # What a context manager of the module does with it is looked at there.
                if not (isinstance(node, ast.Call) and self._module.resolve(node.func)):
                    raise _closed(node)
            case ast.Yield() if self._is_given(parent):
                return []
            case ast.Assign(targets=targets) if all(
                isinstance(target, ast.Name)
                or (isinstance(target, ast.Subscript) and dotted(target.value) in self._caches)
                for target in targets
            ):
                return []
            case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
                return []
            case (
                ast.AnnAssign(target=ast.Name())
                | ast.NamedExpr()
                | ast.BoolOp()
                | ast.IfExp()
                | ast.UnaryOp(op=ast.Not())
                | ast.If()
                | ast.Assert()
                | ast.Await()
                | ast.Return()
                | ast.Lambda()
                | ast.Expr()
            ):
                return []
            case _:
                raise self._unknown(node)
        return []

    def _is_given(self, made: ast.Yield) -> bool:
        """Whether ``yield client`` is what a ``with`` gives its rows."""
        function = self._module.function_of(made)
        return function is not None and yielded(function) is made

    def _check_attribute(self, node: ast.Attribute, name: str, context: ast.expr_context) -> None:
        if name in CLOSING:
            raise _closed(node)
        part: ast.AST = node
        while isinstance(part := self._module.parents[part], ast.Attribute):
            if part.attr in CLOSING:
                raise RefusalError(
                    f"the client's '{name}' is closed for each row, and the next one would get "
                    "it closed",
                    "close it where the client is released, in a 'finally' around the loop",
                    node.lineno,
                )
        if name in self._telling:
            raise RefusalError(
                f"the client's '{name}' tells its calls or its id, which rows come to share",
                "take what belongs to a row from the row",
                node.lineno,
            )
        if not isinstance(context, ast.Load):
            raise RefusalError(
                f"the client's '{name}' is set for each row, and rows share the client",
                "set it where the client is made",
                node.lineno,
            )
        if is_changed(self._module, node) or name in {"__dict__", "__class__"}:
            raise RefusalError(
                f"the client's '{name}' is changed in place, and rows share the client",
                "keep what belongs to a row beside the client",
                node.lineno,
            )

    def _handed(
        self, node: ast.expr, call: ast.Call, called: ast.expr, number: int, keyword: str | None
    ) -> list[tuple[Function, str]]:
        method = plain_name(called)
        if method in _CONTEXTS:
            if self._module.statement_of(call) in self._contexts:
                return []
            raise _closed(node)
        if method == "setdefault" or method in {"isinstance", "cast", "bool"}:
            return []
        offset = DISPATCH.get(method)
        callees: list[Callee] = []
        if offset is None:
            callees = self._module.resolve(called)
        elif len(call.args) > offset:
            callees = self._module.resolve(call.args[offset])
            number -= offset + 1
        parameters = [(callee.function, callee.parameter(number, keyword)) for callee in callees]
        found = [(function, name) for function, name in parameters if name is not None]
        if not found or len(found) < len(parameters):
            raise self._unknown(node)
        return found

    def _unknown(self, node: ast.expr) -> RefusalError:
        text = ast.unparse(self._module.statement_of(node)).partition("\n")[0]
        return RefusalError(
            f"the client is used in '{text[:60]}', where rows could see that they share it",
            "only call its methods while rows run",
            node.lineno,
        )


def _closed(node: ast.expr) -> RefusalError:
    return RefusalError(
        "the client is closed for each row, and the next row would get the same one",
        "close it where it is released, in a 'finally' around the loop",
        node.lineno,
    )
