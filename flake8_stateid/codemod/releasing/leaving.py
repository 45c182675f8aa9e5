"""The releases that are to leave the loop, wherever rows come to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.codemod.callers.restarts import of_clients
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.releasing.closing import closed_by_contexts
from flake8_stateid.codemod.releasing.held_clients import HeldClients
from flake8_stateid.codemod.releasing.helpers import is_for_rows, releases_in
from flake8_stateid.codemod.releasing.moving import ends_rows
from flake8_stateid.codemod.tracing.releases import Release, ReleaseFinder, blocks_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Sequence

    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace

_NONE = "no release was found that can be moved out of the loop"


def leaving(
    module: Module,
    function: Function,
    ids: Ids,
    trace: Trace,
    extent: Extent,
    *,
    repeats: bool,
) -> list[Release]:
    """The releases that are to leave the loop, or wait for a step that makes them.

    Args:
        module: The module.
        function: The batch path.
        ids: The names and places of the id in it.
        trace: The uses of the id.
        extent: The statements in which rows run.
        repeats: Whether the batch path itself runs for each row.

    Raises:
        RefusalError: One of them cannot; or none does, and to move one is all there is to do.
    """
    releases = _Releases(module, function, ids, trace, extent, repeats=repeats).find()
    alone = all(each.joined and each.function is not function for each in trace.dispatches)
    if extent.looped and alone and ends_rows(module, releases, extent):
        # No row comes after such a release: it may stay where it is.
        releases = []
    made_there = extent.looped and not trace.releases and bool(trace.creations)
    if trace.unchanged and not (extent.looped and releases) and not made_there:
        raise RefusalError(
            RELEASED_BY_ROWS if trace.releases else _NONE,
            "release the client after the last use of its state id, by hand",
        )
    return releases


def all_moved(trace: Trace, releases: Sequence[Release]) -> list[Release]:
    """What leaves the loop at its end: the releases, and what closes clients made before it.

    Args:
        trace: The uses of the id.
        releases: The releases that leave it.

    Raises:
        RefusalError: Nothing does, and that is all there is to do.
    """
    if trace.unchanged and not releases and not trace.lifted:
        raise RefusalError(_NONE, "release the client after the last use of its state id, by hand")
    closed = [each for lifted in trace.lifted.values() for each in lifted.closed]
    return [*releases, *(Release((each,), (), (), ()) for each in closed)]


class _Releases:
    """Collects the releases of the id; every one the trace saw must be among them."""

    def __init__(
        self,
        module: Module,
        function: Function,
        ids: Ids,
        trace: Trace,
        extent: Extent,
        *,
        repeats: bool,
    ) -> None:
        self._module = module
        self._function = function
        self._trace = trace
        self._extent = extent
        self._repeats = repeats
        self._own = {*ids.loads, *ids.in_place, *trace.read} - trace.swept
        self._held = HeldClients(module, trace)
        self._found: list[Release] = []
        self._covered: set[ast.AST] = set()
        self._sought: set[Function] = set()

    def find(self) -> list[Release]:
        """The releases in the batch path, and in what it calls for each row.

        Raises:
            RefusalError: A release has a form that cannot be moved, or a place it must not leave.
        """
        held = self._held
        finder = ReleaseFinder(self._module, lambda key: key in self._own, held)
        for block in blocks_of(statements(self._module, self._extent)):
            self._cover(each for each in finder.in_block(block) if of_clients(self._trace, each))
        for key, owner in self._trace.releases:
            if key not in self._trace.swept:
                self._reach(key, owner)
        region = statements(self._module, self._extent)
        return [closed_by_contexts(self._module, held, each, region) for each in self._found]

    def _cover(self, releases: Iterable[Release]) -> None:
        for release in releases:
            if release.statements[0] not in self._covered:
                self._found.append(release)
                for statement in release.statements:
                    self._covered.update(walk(statement))

    def _reach(self, node: ast.expr, owner: Function) -> None:
        """Find the release that ``node`` of ``owner`` is part of, there or where it is called.

        Raises:
            RefusalError: None of the releases that can be moved is that.
        """
        if node in self._covered:
            return
        if owner is not self._function and owner not in self._sought:
            self._sought.add(owner)
            sites = self._trace.reached.get(owner, [])
            if sites and not is_for_rows(self._trace, owner) and self._is_called(owner):
                # A helper stays what it is. Its calls are the releases, and each must be one.
                for site in sites:
                    if not self._trace.swept.intersection(site.arguments):
                        self._reach(site.call, site.caller)
                return
            if self._extent.looped or self._repeats:
                self._cover(
                    releases_in(
                        self._module, self._function, owner, self._trace, self._extent, self._held
                    )
                )
        elif owner is not self._function and not is_for_rows(self._trace, owner):
            return  # a helper that was looked at
        if node not in self._covered:
            raise RefusalError(
                "the client is released where the release cannot be moved from"
                if owner is self._function
                else RELEASED_BY_ROWS,
                "release it in a 'finally' around the loop by hand",
                node.lineno,
            )

    def _is_called(self, owner: Function) -> bool:
        """Whether a function is a helper, each of whose calls is a release by itself."""
        for site in self._trace.reached[owner]:
            given = frozenset(site.arguments)
            finder = ReleaseFinder(self._module, given.__contains__, self._held)
            if finder.match(self._module.statement_of(site.call)) is None:
                return False
        return True
