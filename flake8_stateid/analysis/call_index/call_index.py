"""SID101 and SID102: clients that count their calls from 0 again under a state id that is shared.

Both look at one loop at a time, at what it does in each round, and at the functions it calls while
doing so (:mod:`reach`). A client is constructed under an id; the id is the same in every round
(:mod:`shared_ids`); the next round can follow (:mod:`rounds`). Then the client is either
made anew each time (SID102), or kept in a cache (:mod:`keeping`) from which the loop releases it
(SID101). Last, because it may need other modules, its class must count calls (:mod:`counting`).
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import Term
from flake8_stateid.analysis.call_index.candidates import speaks_of_calls
from flake8_stateid.analysis.call_index.clients import Creation, Program, Reached, Release
from flake8_stateid.analysis.call_index.counting import UNKNOWN, Counter, Counting, may_count
from flake8_stateid.analysis.call_index.reach import Loop
from flake8_stateid.analysis.call_index.rounds import runs_once
from flake8_stateid.analysis.call_index.shared_ids import CHOICE, TUPLE
from flake8_stateid.analysis.call_index.sites import ModuleSites, in_each_round
from flake8_stateid.analysis.engine import Engine
from flake8_stateid.analysis.packages import PackageView
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo
from flake8_stateid.analysis.values import Pending
from flake8_stateid.findings import Finding, Step
from flake8_stateid.names import ONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.candidates import Candidates
    from flake8_stateid.analysis.needs import Packages
    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.settings import Settings

RELEASED = "SID101"
MADE_ANEW = "SID102"


def call_index_findings(
    module: ModuleInfo,
    settings: Settings,
    candidates: Candidates,
    sources: SourceTree | None,
) -> list[Finding]:
    """The findings of both rules in a module.

    Args:
        module: A module that the candidates may matter in.
        settings: The options.
        candidates: Which calls may construct or release a client.
        sources: Reads other modules of the package.
    """
    opened: frozenset[str] = frozenset()
    sites: dict[ModuleInfo, ModuleSites] = {}  # of use to each pass: nothing else changes
    while True:
        view = None if sources is None else PackageView(sources, opened)
        program = Program(Engine(module, settings, view), candidates, sites)
        search = _Search(program, view, opened)
        search.run()
        wanted = search.wanted - opened
        if not wanted:
            return list(search.findings.values())
        opened |= wanted


class _Search:
    """The search through one module's loops.

    Args:
        program: What is known of the module and those it imports.
        packages: Says which modules can matter.
        opened: Paths of modules that have been read for the search.

    Attributes:
        findings: What was found, by place and code.
        wanted: Paths of modules that must be read to tell more.
    """

    def __init__(
        self, program: Program, packages: Packages | None, opened: frozenset[str]
    ) -> None:
        self.findings: dict[tuple[ast.AST, str], Finding] = {}
        self.wanted: set[str] = set()
        self._program = program
        self._packages = packages
        self._opened = opened
        self._entered: set[tuple[FunctionInfo | None, ClassInfo | None]] = set()
        self._seen: set[ClassInfo] = set()

    def run(self) -> None:
        """Look at every loop of the module, and at those of methods its classes inherit."""
        engine = self._program.engine
        for function, cls in self._program.sites_of(engine.module).functions():
            self._look_at(engine.module, function, cls)
            if cls is not None:
                self._open_bases(cls)
            for owner in engine.classes.order(cls) if cls is not None else ():
                for method in owner.methods.values():
                    if cls is not None and engine.classes.method(cls, method.name) is method:
                        self._look_at(owner.module, method, cls)

    def _open_bases(self, cls: ClassInfo) -> None:
        """Ask for bases that have not been read and may call a method in a loop of theirs."""
        packages = self._packages
        if packages is None or cls in self._seen:
            return
        self._seen.add(cls)
        concerned = self._program.interest_at(cls.module) & cls.methods.keys()
        for base in self._program.engine.pending_bases(cls) if concerned else ():
            if not concerned.isdisjoint(packages.called_on_self(base.path, base.name)):
                self.wanted.add(base.path)

    def _look_at(
        self, module: ModuleInfo, function: FunctionInfo | None, cls: ClassInfo | None
    ) -> None:
        if (function, cls) in self._entered:
            return
        self._entered.add((function, cls))
        interest = self._program.interest_at(module)
        for node in self._program.sites_of(module).of(function).loops:
            if runs_once(node):
                continue
            sites = in_each_round(node)
            if sites.words & interest:
                _Judge(self, Loop(self._program, module, function, cls, node, sites)).judge()

    def open(self, classes: tuple[ClassInfo, ...], unread: tuple[Pending, ...]) -> None:
        """Ask for the modules that may tell who counts.

        Args:
            classes: What is known of the client.
            unread: What must be read to tell: the class, or its bases.
        """
        packages = self._packages
        for pending in unread if packages is not None else ():
            assert packages is not None
            # A base may count without a word of calls: its subclass says what the number is for.
            if packages.leads_to(may_count, pending.path, pending.name) or (
                pending.is_base
                and (
                    packages.can_matter(pending.path, pending.name)
                    or any(map(speaks_of_calls, classes))
                )
            ):
                self.wanted.add(pending.path)

    def must_read(self, pending: Pending) -> bool:
        """Whether a module that may set state ids is still to be read; asks for it."""
        packages = self._packages
        if packages is None or pending.path in self._opened:
            return False
        if packages.can_matter(pending.path, pending.name):
            self.wanted.add(pending.path)
            return True
        return False


class _Judge:
    """Says what is wrong with one loop."""

    def __init__(self, search: _Search, loop: Loop) -> None:
        self._search = search
        self._loop = loop
        self._engine = loop.engine
        self._names = loop.names

    def judge(self) -> None:
        """Report what the loop does wrong."""
        if self._loop.opens_states:
            return  # each round may record under a state of its own
        for creation in tuple(self._loop.creations):
            if creation.id is None or not self._is_steady(creation.id):
                continue
            if not creation.kept:
                if creation.on:
                    self._report_made(creation)
                continue
            keys = [creation.id]
            if creation.key is not None and self._is_steady(creation.key):
                keys.append(creation.key)
            for release in self._releases_of(creation.holder, keys):
                self._report_released(creation, release)
        made = {creation.holder for creation in self._loop.creations}
        for holder, key, classes, _ in self._loop.lookups:
            if holder in made or key is None or not self._is_steady(key):
                continue
            for release in self._releases_of(holder, [key]):
                counter = self._counter(tuple(classes), ())
                if counter.counting is Counting.CLIENT and not self._may_be_set(key):
                    self._add_released(release, key, counter, classes[0].name, None)

    def _releases_of(self, holder: Term | None, keys: list[Term]) -> list[Release]:
        return [
            release
            for release in self._loop.releases
            if holder is not None
            and release.on
            and release.holder == holder
            and (release.key in keys or not release.keyed)
        ]

    def _is_steady(self, term: Term) -> bool:
        """Whether nothing the loop does gives the term another value."""
        if term.root[0] == "constant":
            return True
        if term.root[0] in (CHOICE, TUPLE):
            parts = term.root[1]
            assert isinstance(parts, tuple)
            return all(self._is_steady(part) for part in parts)
        for place, holder, value in self._loop.stored:
            if value == term or place not in term.path:
                continue
            index = term.path.index(place)
            if holder is None or holder == Term(term.root, term.path[:index]):
                return False
        return not (isinstance(self._loop.loop, ast.While) and self._changes_elsewhere(term))

    def _changes_elsewhere(self, term: Term) -> bool:
        """Whether other methods may set it while a loop waits: an attribute of the object."""
        scope, name = term.root
        if not isinstance(scope, FunctionInfo) or scope.cls is None or not term.path:
            return False
        if not scope.takes_receiver or scope.parameters[0].name != name:
            return False
        attribute = term.path[0].removeprefix(".")
        return any(
            function.name not in ("__init__", "__post_init__")
            for owner in self._engine.classes.order(scope.cls)
            for function, _ in owner.writes().get(attribute, ())
        )

    def _may_be_set(self, term: Term) -> bool:
        """Whether a call that is given the holder of an id may set it: ``advance(ctx)``.

        Asked of what would be reported, and nothing else: it may lead to other modules.
        """
        from flake8_stateid.analysis.call_index.moving import concerns, opens_something

        loop = self._loop
        for call, reached in loop.calls:  # grows on the way
            if not concerns(loop.ids, call, reached.at, term):
                continue
            referents = loop.ids.referents(call.func, reached.at)
            if not referents and (
                opens_something(call) or self._gives_another(call, reached, term)
            ):
                return True
            for found in referents:
                if isinstance(found, Pending) and self._search.must_read(found):
                    return True
            loop.follow(call, reached)
        return loop.opens_states or not self._is_steady(term)

    def _gives_another(self, call: ast.Call, reached: Reached, term: Term) -> bool:
        """Whether a call is given another id: ``ctx.update(state_id=row.state_id)``."""
        return any(
            keyword.arg is not None
            and self._names.kind(keyword.arg) == ONE
            and self._loop.ids.term(keyword.value, reached.at) != term
            for keyword in call.keywords
        )

    def _counter(
        self,
        classes: tuple[ClassInfo, ...],
        unread: tuple[Pending, ...],
        creation: Creation | None = None,
    ) -> Counter:
        """Who counts from 0 in each round; asks for the modules that must be read to tell."""
        counters = [self._loop.program.counters.read(cls) for cls in classes]
        if any(counter.handed for counter in counters):
            # Imported here: few clients are given what they count with.
            from flake8_stateid.analysis.call_index.handed import with_given

            counters, needed = with_given(self._loop, creation, classes, counters)
            self._search.wanted.update(pending.path for pending in needed)
        if counters and all(counter.counting is Counting.CLIENT for counter in counters):
            for cls, counter in zip(classes, counters, strict=True):
                if counter.setters & self._loop.touched:
                    return UNKNOWN  # the next client may go on where the last one stopped
                if creation is not None and self._loop.program.is_given(
                    creation.node, cls, counter.given
                ):
                    return UNKNOWN
            return counters[0]
        self._search.open(classes, unread)
        return UNKNOWN

    def _is_idle(self, creation: Creation) -> bool:
        """Whether the client is asked for nothing that it would count."""
        # Imported here: asked of what would be reported, and nothing else.
        from flake8_stateid.analysis.call_index.idle import is_idle

        loop = self._loop
        parents = loop.ids.sites_of(creation.reached.at.module).parents
        return all(
            is_idle(
                creation.node, parents, self._engine.classes, cls, loop.program.counters.read(cls)
            )
            for cls in creation.classes
        )

    # --- reports -------------------------------------------------------------------------------

    def _report_made(self, creation: Creation) -> None:
        counter = self._counter(creation.classes, creation.unread, creation)
        assert creation.id is not None
        if (
            counter.counting is not Counting.CLIENT
            or self._is_idle(creation)
            or self._may_be_set(creation.id)
        ):
            return
        name = creation.classes[0].name
        message = (
            f"client '{name}' constructed anew for each round under one "
            f"{self._loop.program.label(creation)}, '{creation.id.text}': call_index restarts"
        )
        made = self._step(
            creation.reached.at.module, creation.node, f"'{name}' constructed in each round"
        )
        self._add(creation.node, creation.reached, MADE_ANEW, message, made, counter)

    def _report_released(self, creation: Creation, release: Release) -> None:
        counter = self._counter(creation.classes, creation.unread, creation)
        assert creation.id is not None
        if counter.counting is Counting.CLIENT and not self._may_be_set(creation.id):
            name = creation.classes[0].name
            self._add_released(release, creation.id, counter, name, creation)

    def _add_released(
        self,
        release: Release,
        key: Term,
        counter: Counter,
        name: str,
        creation: Creation | None,
    ) -> None:
        label = self._loop.program.label(creation) if creation is not None else "state id"
        message = (
            f"client '{name}' of a shared {label}, '{key.text}', released inside the loop that "
            "uses it: call_index restarts"
        )
        first = self._step(
            release.reached.at.module, release.node, "the client is released in each round"
        )
        made = None
        if creation is not None:
            made = self._step(
                creation.reached.at.module, creation.node, f"'{name}' constructed in the next one"
            )
        self._add(release.node, release.reached, RELEASED, message, first, counter, made)

    def _add(
        self,
        node: ast.expr | ast.stmt,
        reached: Reached,
        code: str,
        message: str,
        first: Step,
        counter: Counter,
        made: Step | None = None,
    ) -> None:
        main = self._engine.module
        place: ast.AST | None = node
        if reached.at.module is not main:
            # In another module: reported where this one leads there.
            place = next((call for call, module in reversed(reached.way) if module is main), None)
            message += f" ({first.path}:{first.span.row})"
        if place is None:
            return
        assert isinstance(place, ast.expr | ast.stmt)
        steps = [first]
        steps += [
            self._step(module, call, "called from the loop" if not index else "called from there")
            for index, (call, module) in enumerate(reached.way)
            if isinstance(call, ast.expr)
        ][::-1]
        if made is not None:
            steps.append(made)
        assert counter.owner is not None
        assert counter.node is not None
        text = f"'{counter.owner.name}' starts to count its calls"
        counts = self._step(counter.owner.module, counter.node, text)
        steps.append(counts._replace(is_target=True))
        span = main.source.span(place)
        finding = Finding(main.source.path, span, code, message, tuple(steps))
        self._search.findings.setdefault((place, code), finding)

    def _step(self, module: ModuleInfo, node: ast.expr | ast.stmt, text: str) -> Step:
        return Step(module.source.path, module.source.span(node), text)
