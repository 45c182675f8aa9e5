"""Whether the cache may be emptied while rows still run.

``self._clients.clear()`` stays where it is. While each row had an id of its own, a row that came
after it made a client under that id; under the shared id the new client counts from 0 again.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.callers.callers import runners
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.mutators import TAKING
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, is_generator
from flake8_stateid.codemod.releasing.first_steps import finds_at_once
from flake8_stateid.codemod.tracing.still_running import SUSPENDED, StillRunning
from flake8_stateid.codemod.tracing.waiting import Rows, Waiting

if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace


def refuse_emptied(
    module: Module,
    function: Function,
    trace: Trace,
    carriers: set[Function],
    caches: Collection[str],
    moved: Collection[ast.stmt],
) -> None:
    """Refuse a cache that is emptied where rows may still run.

    Args:
        module: The module.
        function: The batch path.
        trace: The uses of the id.
        carriers: Functions in which the id is built or used.
        caches: The caches whose clients count by themselves.
        moved: Releases that move behind the rows; they are checked with what they move behind.

    Raises:
        RefusalError: One is, in the batch path or in what calls it.
    """
    if not caches:
        return
    used = {owner for uses in trace.cache_keys.values() for _, owner in uses}
    rows = {function, *carriers, *trace.reached, *used}
    names = {cache.rpartition(".")[2] for cache in caches}
    _Emptying(module, trace, rows, function, names, moved).run()


class _Emptying(StillRunning):
    """Refuses what empties one of some caches where rows may run."""

    def __init__(
        self,
        module: Module,
        trace: Trace,
        rows: set[Function],
        function: Function,
        caches: set[str],
        moved: Collection[ast.stmt],
    ) -> None:
        waiting = Waiting(
            module,
            lambda found: bool(found & rows),
            lambda starting: finds_at_once(module, trace, rows, starting),
        )
        super().__init__(module, waiting, rows)
        self._function = function
        self._scopes: list[Function] = []
        self._caches = caches
        self._moved = {node for statement in moved for node in walk(statement)}
        self._emptying = {
            owner
            for tree in module.trees
            for node in walk(tree)
            if self._empties(node) and (owner := module.function_of(node)) is not None
        }

    def run(self) -> None:
        if not self._emptying:
            return
        self._scopes = runners(self.module, self._function)
        self.rows.update(scope for scope in self._scopes if is_generator(scope))
        for scope in self._scopes:
            self.summary(scope)

    def _empties(self, node: ast.AST) -> bool:
        """Whether ``node`` takes clients from a cache, or puts another cache in its place."""
        if node in self._moved or not isinstance(node, (ast.Name, ast.Attribute)):
            return False
        if dotted(node).rpartition(".")[2] not in self._caches:
            return False
        if not isinstance(node.ctx, ast.Load):
            return self.module.function_of(node) is not None
        match self.module.parents[node]:
            case ast.Attribute(attr=attr):
                return attr in TAKING
            case ast.Subscript(ctx=ast.Del()):
                return True
        return False

    def look(self, node: ast.AST, before: Rows, callees: set[Function]) -> None:
        if before and (
            self._empties(node)
            or (
                not callees & set(self._scopes)
                and (callees | self.module.reached_from(callees)) & self._emptying
            )
        ):
            self._refuse(node, before)

    def _refuse(self, node: ast.AST, running: Rows) -> None:
        if SUSPENDED in running:
            raise RefusalError(
                "the cache may be emptied between two rows of a generator",
                "walk the generator to its end before",
                getattr(node, "lineno", 0),
            )
        raise RefusalError(
            "rows may still run when the cache is emptied, such as after one that raised",
            "wait for all rows before: by a TaskGroup, 'gather' with 'return_exceptions=True', or "
            "the executor's 'with'",
            getattr(node, "lineno", 0),
        )
