"""Clients that a row may ask after a release has closed them: its own, or that of an earlier row.

Where each row had a client, what asked a closed one raised. Rows that share a client would get an
answer, since the release closes it behind all of them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import KEPT
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import JUMPS, begins, ends, walk
from flake8_stateid.codemod.reading.signatures import Function, defaults, dotted, start_of
from flake8_stateid.codemod.releasing.askers import Askers
from flake8_stateid.codemod.releasing.bound_before import before, binds
from flake8_stateid.codemod.sharing.spotting import Clients, givers_of
from flake8_stateid.codemod.tracing.effects import CLOSING
from flake8_stateid.codemod.tracing.exit_stacks import callback_of, stack_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.releases import Release
    from flake8_stateid.codemod.tracing.trace import Trace


def closes(module: Module, statement: ast.stmt) -> bool:
    """Whether a release closes the client, by itself or in the helper that it calls."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in CLOSING
        for scope in [statement, *module.reached_from([statement])]
        for node in walk(scope)
    )


def refuse_asked_later(
    module: Module,
    trace: Trace,
    function: Function,
    releases: Sequence[Release],
    asked: frozenset[str],
) -> None:
    """Refuse rows that may ask a client which a release has closed by then.

    Args:
        module: The module.
        trace: The uses of the id.
        function: The batch path.
        releases: The releases that move behind the rows.
        asked: The methods of clients.

    Raises:
        RefusalError: One may.
    """
    # Where nothing is built, all names are of the one id.
    keys = {
        node.id
        for release in (() if trace.unchanged else releases)
        for key in release.keys
        for node in walk(key)
        if isinstance(node, ast.Name)
    }
    closing = {
        statement: {name for key in release.keys for name in _named(key, keys)}
        for release in releases
        for statement in (
            *(each for each in release.statements if closes(module, each)),
            *(each.statement for each in release.closings),
        )
    }
    if not closing:
        return
    released: set[ast.AST] = {
        node for release in releases for each in release.statements for node in walk(each)
    }
    released.update(
        node
        for release in releases
        for each in release.closings
        for item in getattr(each.statement, "items", ())
        for node in walk(item)
    )
    points = _points(module, trace, closing, keys)
    givers = givers_of(module, trace)
    todo = [(scope, frozenset[str]()) for scope in dict.fromkeys([function, *trace.reached])]
    seen = set(todo)
    while todo:
        scope, given = todo.pop(0)
        askers = Askers(module, Clients(module, trace, walk(scope), given, givers), asked, scope)
        _Rows(module, scope, points, released, askers).check(given, keys)
        for callee, parameter in askers.handed_on():
            handed = (callee, frozenset({parameter}))
            if handed not in seen:
                seen.add(handed)
                todo.append(handed)


def _points(
    module: Module, trace: Trace, closing: Mapping[ast.stmt, set[str]], keys: Collection[str]
) -> dict[ast.AST, set[str]]:
    """The statements that close, and the calls of what rows call that come to one.

    Each with the names of the ids whose client that is.
    """
    found = {_left(module, each): names for each, names in closing.items()}
    for point in (todo := [*found]):
        owner = module.function_of(point)
        for site in trace.reached.get(owner, ()) if owner is not None else ():
            item = module.parents[site.call]
            # What a context manager does behind its 'yield' is done where its block ends.
            made = module.parents[item] if isinstance(item, ast.withitem) else site.call
            if made not in found:
                found[made] = _named(site.call, keys)
                todo.append(made)
    return found


def _left(module: Module, statement: ast.stmt) -> ast.AST:
    """Where a release is run: of what is left to an ``ExitStack``, the block that ends it."""
    left = callback_of(statement.value) if isinstance(statement, ast.Expr) else None
    return (left and stack_of(module, left.call)) or statement


class _Rows:
    """The uses of clients in one function that rows run, or that runs them."""

    def __init__(
        self,
        module: Module,
        function: Function,
        points: dict[ast.AST, set[str]],
        released: set[ast.AST],
        askers: Askers,
    ) -> None:
        self._module = module
        self._function = function
        self._askers = askers
        self._ids = points
        self._points = [each for each in points if function in module.ancestors(each)]
        self._released = released
        self._all_points = self._points
        self._loops = _loops(module, self._points)

    def check(self, given: Collection[str], keys: Collection[str]) -> None:
        """Refuse a use of a client, or of a function that has one, which may be late.

        Args:
            given: The parameters of the function that are clients.
            keys: The names of ids that are released: each is of its own client.
        """
        for name in sorted(self._askers.names):
            if self._module.binder(self._function, name) is not self._function:
                continue
            own = self._keys_of(name, keys)
            self._points = [
                each
                for each in self._all_points
                if not own or not self._ids[each] or self._ids[each] & own
            ]
            self._loops = _loops(self._module, self._points)
            for use in self._module.own_names(self._function, name):
                if isinstance(use.ctx, ast.Load) and use not in self._released:
                    self._check(use, name, given=name in given)
        self._points, self._loops = self._all_points, _loops(self._module, self._all_points)
        for value, held in self._askers.kept():
            self._refuse_keeping(value, held)

    def _keys_of(self, name: str, keys: Collection[str]) -> set[str]:
        """The ids whose client a name holds, as far as these have names, too."""
        found: set[str] = set()
        for store in self._module.own_stores(self._function, name):
            found |= _named(self._module.statement_of(store), keys)
        return found

    def _check(self, use: ast.Name, name: str, *, given: bool) -> None:
        """Refuse one use of a client's name; another name for it is looked at itself."""
        parent = self._module.parents[use]
        if isinstance(parent, ast.Compare) and isinstance(parent.ops[0], (ast.Is, ast.IsNot)):
            return
        if not given and not self._is_bound(use, name):
            raise _late(use, f"'{name}' may hold the client of an earlier row")
        if isinstance(parent, ast.Assign) and all(
            isinstance(target, ast.Name) for target in parent.targets
        ):
            return
        for point in self._points:
            if self._follows(point, use, name):
                raise _late(use, f"'{name}' holds the client behind its release")
        inner = self._module.function_of(use)
        while inner is not None and inner is not self._function:
            self._check_kept(inner)
            inner = self._module.function_of(inner)
        if isinstance(parent, ast.arguments):  # lambda client=client: ...
            made = self._module.parents[parent]
            assert isinstance(made, FUNCTIONS)
            if any(held is use for _, held in defaults(made)):
                self._check_kept(made)

    def _check_kept(self, function: Function) -> None:
        """Refuse a function that asks a client, and may be called when the client is closed."""
        uses: list[ast.expr] = []
        name = ""
        outer = self._module.function_of(function)
        if isinstance(function, ast.Lambda):
            match self._module.parents[function]:
                case ast.Assign(targets=[ast.Name(id=name)]):
                    pass
                case _:
                    uses = [function]
        else:
            name = function.name
        if name and outer is not None:
            uses = [
                each
                for each in self._module.own_names(outer, name)
                if isinstance(each.ctx, ast.Load)
            ]
        for use in uses:
            if name and outer is self._function and not self._is_bound(use, name):
                raise _late(use, f"'{name}' may ask the client of an earlier row")
            call = self._module.parents[use]
            if isinstance(call, ast.Call) and call.func is not use:
                if plain_name(call.func) in KEPT and isinstance(call.func, ast.Attribute):
                    self._refuse_keeping(use, call.func.value)
            elif not isinstance(call, (ast.Call, ast.keyword)):
                raise _late(use, "a function that asks the client is kept")

    def _refuse_keeping(self, value: ast.expr, held: ast.expr) -> None:
        """Refuse what asks a client to be kept in what outlives the row."""
        root = start_of(held)
        if not isinstance(root, ast.Name) or not self._is_bound(root, root.id):
            kept = dotted(held) or "something"
            raise _late(value, f"'{kept}' may keep the client of an earlier row")

    def _is_bound(self, use: ast.expr, name: str) -> bool:
        """Whether a name is bound in each round that comes to a use of it."""
        return any(binds(each, name) for each in self._before(use))

    def _before(self, use: ast.expr) -> Iterator[ast.AST]:
        return before(self._module, use, {self._function, *self._loops})

    def _follows(self, point: ast.AST, use: ast.Name, name: str) -> bool:
        """Whether a use comes behind a release in the same round, with the name as it was."""
        if begins(use) <= ends(point) or not self._in_one_round(point, use):
            return False
        statement = self._module.statement_of(point)
        block = self._module.block_of(statement)
        if isinstance(block[-1], JUMPS) and self._module.statement_of(use) not in block:
            return False
        for ancestor in self._module.ancestors(point):
            if isinstance(ancestor, (ast.If, ast.Match)) and use in walk(ancestor):
                branches = (
                    [ancestor.body, ancestor.orelse]
                    if isinstance(ancestor, ast.If)
                    else [case.body for case in ancestor.cases]
                )
                sides = [
                    [each for each in branches if any(node in walk(s) for s in each)]
                    for node in (point, use)
                ]
                if sides[0] != sides[1]:
                    return False
        return not any(
            isinstance(each, (ast.expr, ast.stmt))
            and begins(each) > ends(point)
            and binds(each, name)
            for each in self._before(use)
        )

    def _in_one_round(self, point: ast.AST, use: ast.Name) -> bool:
        """Whether a use is of the round whose client a release ends: that of the id's binding.

        An id that all rounds share, the context's own, is of all loops around the release.
        """
        chain = [*self._module.ancestors(use)]
        loops: list[ast.AST] = []
        for ancestor in self._module.ancestors(point):
            if ancestor is self._function:
                break
            if isinstance(ancestor, LOOPS):
                loops.append(ancestor)
        if not loops:
            return True  # what rows call runs once in each
        bound = [
            loop
            for name in self._ids[point]
            for store in self._module.own_stores(self._function, name)
            for loop in [next((each for each in loops if store in walk(each)), None)]
            if loop is not None
        ]
        if not bound:
            return any(loop in chain for loop in loops)
        return max(bound, key=loops.index) in chain


def _loops(module: Module, points: Iterable[ast.AST]) -> set[ast.AST]:
    """The loops around statements."""
    return {
        ancestor
        for each in points
        for ancestor in module.ancestors(each)
        if isinstance(ancestor, LOOPS)
    }


def _named(node: ast.AST, keys: Collection[str]) -> set[str]:
    """Those of some names that a node names."""
    return {each.id for each in walk(node) if isinstance(each, ast.Name) and each.id in keys}


def _late(node: ast.expr, what: str) -> RefusalError:
    return RefusalError(
        f"{what}, which the release has closed by then",
        "ask it before it is closed, then run the fix again",
        node.lineno,
    )
