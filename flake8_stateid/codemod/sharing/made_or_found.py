"""What a row does otherwise where its client is made than where it is found.

Each row made one, at its first call; rows that share a client find it, all but the first. So what
runs in one of the two cases only must come to the same in the other, or be the same for all rows.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.mutators import changed_in_place
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import dotted, start_of
from flake8_stateid.codemod.sharing.spotting import Clients, givers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.clients.invariance import Invariance
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.sharing.caches import Filling
    from flake8_stateid.codemod.tracing.trace import Trace

_MADE = "for each client that is made, and one is made for all rows"
_FOUND = "for each client that is found, and rows find one more often"
_ONCE = "do it for each row, or once for the batch, then run the fix again"
# A client that is given back, and nothing of it.
_GIVEN = "Return(client)"
_BEHIND = "do it behind the place where the client is made or found, for each row"


class _Case(NamedTuple):
    """What runs in one of the two cases only.

    Attributes:
        nodes: All nodes of one function that do.
        when: The end of a sentence that says when they run.
    """

    nodes: frozenset[ast.AST]
    when: str


def refuse_differences(
    module: Module, trace: Trace, filling: Filling, invariance: Invariance
) -> None:
    """Refuse what comes out otherwise for a row that finds a client, where it made one before.

    Raises:
        RefusalError: Something of the row is looked at to make a client; a local is set only
            there, or where one is found; something else is returned; the client is called.
    """
    givers = givers_of(module, trace)
    statements = (*filling.beside, *filling.found)
    for function in dict.fromkeys(map(module.function_of, statements)):
        if function is None:
            continue
        clients = Clients(module, trace, walk(function), frozenset(), givers)
        look = _Look(module, invariance, clients, function, filling)
        made = _Case(_nodes_of(module, filling.beside, function), _MADE)
        found = _Case(_nodes_of(module, filling.found, function), _FOUND)
        look.check_made(made)
        look.check_found(found)
        for case in (made, found):
            look.check_names(case)


def _nodes_of(
    module: Module, statements: Sequence[ast.stmt], function: Function
) -> frozenset[ast.AST]:
    own = [each for each in statements if module.function_of(each) is function]
    return frozenset(node for each in own for node in walk(each))


class _Look:
    """Looks at what runs in each case in one function.

    Args:
        module: The module.
        invariance: Tells what is the same for all rows.
        clients: Which expressions of the function are a client.
        function: The function.
        filling: How clients come into the cache.
    """

    def __init__(
        self,
        module: Module,
        invariance: Invariance,
        clients: Clients,
        function: Function,
        filling: Filling,
    ) -> None:
        """Know the function's nodes, and what it returns."""
        self._module = module
        self._invariance = invariance
        self._clients = clients
        self._function = function
        self._cache = filling.cache
        self._making = {filling.call, *filling.opened}
        self._nodes = walk(function)
        self._returns = [node for node in self._nodes if isinstance(node, ast.Return)]

    def check_made(self, case: _Case) -> None:
        """Check that a client is made alike for all rows, and that no more is done with it."""
        self._refuse_calls(case)
        raising = {inner for node in case.nodes for inner in _raising(node)}
        for node in case.nodes - raising:
            if isinstance(node, ast.If) and self._shape(node.body) == self._shape(node.orelse):
                continue
            for value in _looked_at(node):
                for part in self._parts(value):
                    self._invariance.check(part, self._function, value.lineno, "made beside")
        elsewhere = {self._shape(each) for each in self._returns if each not in case.nodes}
        for node in self._returns:
            # What is returned under a condition is so for all rows, or for none.
            if (
                node in case.nodes
                and self._shape(node) not in {*elsewhere, _GIVEN}
                and not self._is_conditional(node, case)
            ):
                raise _refusal(node, case, _BEHIND)

    def check_found(self, case: _Case) -> None:
        """Check that nothing else comes of it where a client is found."""
        self._refuse_calls(case)
        for node in case.nodes:
            if isinstance(node, (ast.Raise, ast.Continue, ast.Break)):
                raise _refusal(node, case, _ONCE)
        elsewhere = {self._shape(each) for each in self._returns if each not in case.nodes}
        elsewhere = elsewhere or {_GIVEN}
        for node in self._returns:
            if node in case.nodes and self._shape(node) not in elsewhere:
                raise _refusal(node, case, _BEHIND)

    def check_names(self, case: _Case) -> None:
        """Check that no local is set or changed that is used in both cases, but the client's."""
        for node in case.nodes:
            changed = node if _is_set(node) else changed_in_place(node)
            if changed is None or dotted(changed) == self._cache:
                continue
            root = start_of(changed)
            if not isinstance(root, ast.Name) or self._is_client(root):
                continue
            if root is node:
                matters = self._is_used(root.id, case) and not self._is_set_alike(root.id)
            else:
                # What is not bound here belongs to somebody else.
                is_own = self._module.own_stores(self._function, root.id)
                matters = root.id != "self" and (not is_own or self._is_used(root.id, case))
            if matters:
                raise RefusalError(
                    f"'{root.id}' is set or changed {case.when}", _ONCE, root.lineno
                )

    def _is_used(self, name: str, case: _Case) -> bool:
        """Whether what is not of the case uses a name."""
        names = self._module.own_names(self._function, name)
        return any(not _is_set(node) and node not in case.nodes for node in names)

    def _is_set_alike(self, name: str) -> bool:
        """Whether all that is bound to a name is spelled alike."""
        shapes = set()
        for node in self._module.own_stores(self._function, name):
            parent = self._module.parents[node]
            if not isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
                return False
            shapes.add(self._shape(parent.value))
        return len(shapes) == 1

    def _is_client(self, name: ast.Name) -> bool:
        return self._clients.holds(ast.Name(name.id, ast.Load()))

    def _is_made(self, node: ast.AST) -> bool:
        return isinstance(node, ast.expr) and (node in self._making or self._clients.holds(node))

    def _refuse_calls(self, case: _Case) -> None:
        """Refuse calls of the client in one case; what is returned is compared."""
        for node in case.nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and self._clients.holds(node.func.value)
                and not isinstance(self._module.statement_of(node), ast.Return)
            ):
                raise _refusal(node, case, _ONCE)

    def _is_conditional(self, node: ast.AST, case: _Case) -> bool:
        return any(
            isinstance(ancestor, ast.If) and ancestor in case.nodes
            for ancestor in self._module.ancestors(node)
        )

    def _parts(self, value: ast.expr) -> Iterator[ast.expr]:
        """The parts of an expression that are not the client, nor what makes it."""
        if self._is_made(value):
            return
        if not any(map(self._is_made, walk(value))):
            yield value
            return
        for child in children(value):
            if isinstance(child, ast.expr):
                yield from self._parts(child)

    def _shape(self, node: object) -> str:
        """A node as text, each client in it being the same."""
        if isinstance(node, list):
            return ",".join(map(self._shape, node))
        if not isinstance(node, ast.AST):
            return repr(node)
        if self._is_made(node):
            return "client"
        inner = ",".join(
            self._shape(value) for name, value in ast.iter_fields(node) if name != "ctx"
        )
        return f"{type(node).__name__}({inner})"


def _looked_at(node: ast.AST) -> list[ast.expr]:
    """What a statement evaluates that may raise or decide; what it raises is left out."""
    match node:
        case ast.If(test=value) | ast.Assert(test=value):
            return [value]
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return [value]
        case ast.withitem(context_expr=value):
            return [value]
    return []


def _raising(node: ast.AST) -> list[ast.AST]:
    """What a branch or a handler does before it raises: it tells no more than the message."""
    match node:
        case (
            ast.If(body=[*_, ast.Raise()] as block)
            | ast.ExceptHandler(body=[*_, ast.Raise()] as block)
        ):
            return [inner for statement in block for inner in walk(statement)]
    return []


def _is_set(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _refusal(node: ast.stmt | ast.expr, case: _Case, remedy: str) -> RefusalError:
    first_line = ast.unparse(node).partition("\n")[0]
    return RefusalError(f"'{first_line}' runs {case.when}", remedy, node.lineno)
