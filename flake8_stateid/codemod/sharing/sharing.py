"""Whether one client may serve all rows: caches, counters, threads and what else touches them."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import Counting
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, LOOPS, arguments_of
from flake8_stateid.codemod.clients.catching import Rows, refuse_gaps
from flake8_stateid.codemod.clients.clients import (
    ClientClass,
    client_class,
    is_filled_in_one_go,
    is_locked,
    refuse_keeping,
    refuse_memory,
    refuse_reading,
)
from flake8_stateid.codemod.clients.invariance import Invariance
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.handing_on import BESIDE_EACH_OTHER
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted
from flake8_stateid.codemod.sharing.beside import (
    refuse_effects,
    refuse_effects_of_finding,
    refuse_spare,
)
from flake8_stateid.codemod.sharing.caches import (
    cache_of,
    filling_of,
    refuse_anew,
    refuse_forgetful,
)
from flake8_stateid.codemod.sharing.keepers import check_keepers
from flake8_stateid.codemod.sharing.lifting import Lifting
from flake8_stateid.codemod.sharing.made_or_found import refuse_differences
from flake8_stateid.codemod.sharing.mentions import Mentions
from flake8_stateid.codemod.sharing.numbering import check_recorded
from flake8_stateid.codemod.sharing.threads import beside_others, refuse_processes, refuse_threads
from flake8_stateid.codemod.tracing.traced import unseen
from flake8_stateid.codemod.tracing.uses import is_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.regions import Extent
    from flake8_stateid.codemod.reading.ancestry import Ancestors, SeenClass
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.codemod.tracing.traced import Creation, Dispatch


class Sharing:
    """Checks the clients that a traced id reaches.

    Attributes:
        reachable: Every function of the module that may run while rows run.
        telling: What of the clients tells how many calls they made; known once checked.
        asked: What can be called on them, also in threads; known once checked.
        counting: The caches whose clients count by themselves; known once checked.

    Args:
        module: The module.
        trace: The uses of the id.
        extent: The statements of ``function`` that use it.
        rows: Those, and where ids that are made there are walked.
        above: Where ``function`` itself is run for each row.
        function: The batch path.
        gone: The id's own expressions and definitions.
        ancestors: Finds the clients' classes.
        repeats: Whether the extent runs more than once under one state id.
    """

    def __init__(
        self,
        module: Module,
        trace: Trace,
        extent: Extent,
        rows: Sequence[ast.stmt],
        above: Sequence[ast.stmt],
        function: Function,
        gone: set[ast.AST],
        ancestors: Ancestors,
        *,
        repeats: bool,
    ) -> None:
        """Keep what is to be checked."""
        self._module = module
        self._trace = trace
        self._extent = extent
        self._function = function
        self._gone = gone
        self._ancestors = ancestors
        self._repeats = repeats
        self._region = set(rows)
        self._above = above
        self.reachable = module.reached_from(self._region)
        self.telling: frozenset[str] = frozenset()
        self.asked: frozenset[str] = frozenset()
        self.counting: frozenset[str] = frozenset()
        # Whether the clients are kept by an object that goes with the batch path.
        self._local = False
        # The classes of clients that rows come to share, with where these are made.
        self._shared: list[tuple[ClientClass, int]] = []
        # Whether the batch path numbers calls itself, from 0.
        self._numbers = False

    def check(self) -> None:
        """Check all clients.

        Raises:
            RefusalError: Sharing the id would restart a counter or change what a row sees.
        """
        self._local = check_keepers(
            self._module,
            self._trace,
            self._function,
            self._extent,
            [*self._region, *self.reachable],
        )
        self._numbers = check_recorded(self._module, self._trace, self._function, self._region)
        counted = [self._check_creation(creation) for creation in self._trace.creations]
        if not (self._trace.creations or self._trace.allocations or self._trace.recorded):
            for cache, uses in self._trace.cache_keys.items():
                refuse_forgetful(self._module, cache, uses[0][0].lineno)
            raise RefusalError(
                "no client was found that the id leads to",
                "check by hand that the client lives as long as the batch",
            )
        slots = {cache for cache, known in counted if known.counting is not Counting.RECORDER}
        if len(slots) > 1:
            raise RefusalError(
                "several clients count calls under the one id",
                "let the recorder allocate call_index",
            )
        self._refuse_two_counts([known.counting for _, known in counted])
        self.counting = frozenset(slots - {""})
        self._refuse_variants([cache for cache, _ in counted])
        self._check_keys()
        mentions = Mentions(
            self._module, self._trace, self._function, self._region, self.reachable
        )
        for cache in self._trace.cache_keys:
            mentions.check(cache)

    def _refuse_two_counts(self, found: Sequence[Counting]) -> None:
        """Refuse a client that counts, beside calls whose index the recorder allocates."""
        if Counting.CLIENT in found and (self._trace.allocations or Counting.RECORDER in found):
            raise RefusalError(
                "a client counts its calls under the one id, and the recorder others",
                "let the recorder allocate call_index for all calls",
            )

    def _refuse_variants(self, caches: Sequence[str]) -> None:
        """Refuse clients of one cache that are made with something else in another place."""
        for cache in {*caches} - {""} if self._repeats else ():
            self._invariance().refuse_variants(
                [
                    creation
                    for creation, each in zip(self._trace.creations, caches, strict=True)
                    if each == cache
                ]
            )

    def _check_keys(self) -> None:
        """Check that keys hold, besides the id, what is the same for all rows and everywhere."""
        invariance = self._invariance()
        released = {key for key, _ in self._trace.releases}
        looked_up = [each for each in self._trace.compound if each[0] not in released]
        for key, function in self._trace.compound:
            for part in key.elts:
                invariance.check(part, function, key.lineno, "kept under")
        different: list[ast.expr] = [
            other
            for (one, owner), (other, function) in itertools.pairwise(looked_up)
            if len(one.elts) != len(other.elts)
            or not all(
                invariance.are_one([(left, owner), (right, function)])
                for left, right in zip(one.elts, other.elts, strict=True)
            )
        ]
        named = {
            (function, dotted(parent.targets[0]))
            for key, function in self._trace.compound
            if isinstance(parent := self._module.parents[key], ast.Assign)
        }
        for uses in self._trace.cache_keys.values() if looked_up else ():
            different.extend(
                key
                for key, function in uses
                if key not in released
                and not isinstance(key, ast.Tuple)
                and (function, dotted(key)) not in named
            )
        if different:
            raise RefusalError(
                "clients are kept under different keys with the one id",
                "keep the client by its state id alone",
                different[0].lineno,
            )

    def _invariance(self) -> Invariance:
        return Invariance(
            self._module, self._trace, self._function, self._region, self._gone, self.reachable
        )

    def outlives(self, loop: ast.AST, one: bool, /) -> bool:
        """Whether the clients last for all rounds of a ``loop`` that calls the batch path.

        They do when the batch path releases none, caches them on its object, and the loop
        itself does not touch the cache; or when the recorder counts.

        Args:
            loop: What runs the batch path again, or the function that calls it twice.
            one: Whether it runs on one object.
        """
        if self._numbers or self._local:
            return False
        counting = [
            creation
            for creation in self._trace.creations
            if self._class_of(creation).counting is not Counting.RECORDER
        ]
        if counting and self._trace.releases:
            return False
        for creation in counting:
            cache = cache_of(self._module, self._trace, creation)
            if not (one and cache.startswith("self.")):
                return False
        caches = {cache.rpartition(".")[2] for cache in self._trace.cache_keys}
        return not any(
            isinstance(node, ast.Attribute) and node.attr in caches for node in walk(loop)
        )

    def _class_of(self, creation: Creation) -> ClientClass:
        return client_class(self._ancestors, creation, self._trace.is_state_id)

    def _check_creation(self, creation: Creation) -> tuple[str, ClientClass]:
        known = self._class_of(creation)
        row = creation.call.lineno
        filling = filling_of(self._module, self._trace, creation)
        cache, why = filling.cache, ""
        if not cache and known.counting is Counting.CLIENT and known.counts and self._repeats:
            cache, why = self._lift(creation)
        if cache or known.counting is Counting.RECORDER:
            refuse_reading(known, row)
        if not cache and known.counting is Counting.RECORDER:
            refuse_keeping(known, row)
        if not cache and known.counting is not Counting.RECORDER and self._is_repeated(creation):
            name = dotted(creation.call.func)
            seen = self._ancestors.of(name, creation.call).classes
            if seen and all(is_record(each.node) for each in seen):
                raise RefusalError(
                    f"the id is stored in '{name}'", "store the row's index beside the id", row
                )
            if not seen and "client" not in name.lower():
                raise RefusalError(*unseen(creation.call.func), row)
            if seen and "client" not in name.lower() and not any(map(_records, seen)):
                raise RefusalError(
                    f"the id is kept by an object of '{name}', which is made for each row",
                    "hand the id by itself to what makes the calls, as an argument",
                    row,
                )
            refuse_anew(self._module, self._trace, creation, why)
        if cache:
            refuse_memory(known, row)
            refuse_keeping(known, row)
            refuse_effects(self._module, filling, creation)
            if self._repeats:
                refuse_spare(self._module, filling, known.classes)
                refuse_effects_of_finding(self._module, filling)
                refuse_differences(self._module, self._trace, filling, self._invariance())
                refuse_gaps(self._module, self._rows(known), known.gaps, known.telling, row)
            if known.counting is not Counting.RECORDER and filling.cache:
                refuse_forgetful(self._module, cache, row)
        if cache and self._repeats:
            self._shared.append((known, row))
            invariance = self._invariance()
            for argument in arguments_of(creation.call):
                invariance.check(argument, creation.function, row)
            invariance.check_made(known.makers, row)
        threads = self._beside([*self._trace.dispatches, *self._trace.above])
        if threads and self._repeats:
            locked = not filling.cache or is_locked(self._trace, filling)
            refuse_threads(threads, safe=known.thread_safe and locked)
        if cache and self._repeats and self._runs_tasks():
            self._check_tasks(known, cache, row)
        self.telling |= known.telling if cache else frozenset()
        self.asked |= known.methods if cache else frozenset()
        return cache, known

    def check_handed(self, calls: Sequence[ast.Call]) -> None:
        """Check that clients count safely where rows hand their methods to threads.

        Args:
            calls: Those that hand them on.

        Raises:
            RefusalError: They run beside those of other rows, and the one client may not do so.
        """
        threads = self._beside(
            [
                self._trace.dispatch(call, function)
                for call in calls
                if (function := self._module.function_of(call)) is not None
            ]
        )
        for known, row in self._shared if threads else ():
            refuse_threads(threads, safe=known.thread_safe)
            rows = self._rows(known)._replace(beside=True)
            refuse_gaps(self._module, rows, known.gaps, known.telling, row)

    def _beside(self, threads: Sequence[Dispatch]) -> list[Dispatch]:
        """Those of the threads that rows may run in beside each other."""
        refuse_processes(self._module, threads)
        tasks = self._runs_tasks()
        return beside_others(self._module, self._trace, self._extent, threads, tasks=tasks)

    def _lift(self, creation: Creation) -> tuple[str, str]:
        """The local whose client is made before the loop; empty where none is, and why."""
        if self._runs_tasks():
            return "", "rows run in threads or tasks"
        if self._trace.cache_keys:
            return "", ""  # what is kept under the id beside it is no cache of clients
        lifting = Lifting(
            self._module,
            self._ancestors,
            self._trace,
            self._function,
            self._extent,
            self._gone,
        )
        lifted = lifting.of(creation)
        if isinstance(lifted, str):
            return "", lifted
        self._trace.lifted[creation.call] = lifted
        return lifted.name, ""

    def _check_tasks(self, known: ClientClass, cache: str, row: int) -> None:
        if known.interrupted or not is_filled_in_one_go(self._trace, cache):
            raise RefusalError(
                "rows run as tasks, and another may run between looking for a client or its "
                "counter and changing it",
                "let nothing be awaited in between, or hold an asyncio.Lock",
                row,
            )

    def _rows(self, known: ClientClass) -> Rows:
        """What runs while rows run, the client's own methods left out."""
        others = [
            function
            for function in self.reachable
            if not (
                isinstance(owner := self._module.enclosing(function, ast.ClassDef), ast.ClassDef)
                and owner.name in known.classes
            )
        ]
        beside = bool(self._trace.dispatches or self._trace.above) or self._runs_tasks()
        return Rows(self._function, (*self._region, *others), beside)

    def _runs_tasks(self) -> bool:
        """Whether rows may run as tasks beside each other."""
        return any(
            isinstance(node, ast.Call) and plain_name(node.func) in BESIDE_EACH_OTHER
            for scope in [*self._region, *self.reachable, *self._above]
            for node in walk(scope)
        )

    def _is_repeated(self, creation: Creation) -> bool:
        """Whether the constructor may run more than once under the shared id."""
        if self._repeats or len(self._trace.creations) > 1:
            return True
        todo: list[tuple[ast.AST, Function]] = [(creation.call, creation.function)]
        seen: set[Function] = set()
        while todo:
            node, function = todo.pop()
            if self._module.enclosing(node, *LOOPS, *COMPREHENSIONS) is not None:
                return True
            sites = self._trace.reached.get(function, [])
            if len(sites) > 1:
                return True
            if function not in seen:
                seen.add(function)
                todo.extend((site.call, site.caller) for site in sites)
        return False


def _records(seen: SeenClass) -> bool:
    """Whether a class records calls, or has a counter of them."""
    return any(
        isinstance(node, ast.AugAssign)
        or (isinstance(node, ast.Attribute) and node.attr == "record_call")
        or (isinstance(node, ast.Call) and plain_name(node.func) == "next")
        for node in walk(seen.node)
    )
