"""SID101 and SID102: clients that count their calls from 0 again under a state id that is shared.

Both look at one loop at a time, at what it does in each round, and at the functions it calls while
doing so. A client is constructed under an id (:class:`_Creation`); the id is the same in every
round (:mod:`shared_ids`); the next round can follow (:mod:`rounds`). Then the client is either
made anew each time (SID102), or kept in a cache (:mod:`keeping`) from which the loop releases it
(SID101). Last, because it may need other modules, its class must count calls (:mod:`counting`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.counting import UNKNOWN, Counter, CounterReader, Counting
from flake8_stateid.analysis.engine import Engine, Packages
from flake8_stateid.analysis.keeping import how_kept
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, Import, ModuleInfo, last_name
from flake8_stateid.analysis.rounds import (
    COMPREHENSIONS,
    LOOPS,
    After,
    after,
    is_for_one_round,
    runs_once,
)
from flake8_stateid.analysis.shared_ids import Activation, Callee, SharedIds, Term
from flake8_stateid.analysis.sites import ModuleSites, Sites, done_each_round
from flake8_stateid.analysis.tree import walk
from flake8_stateid.analysis.values import Pending
from flake8_stateid.findings import Finding, Step

if TYPE_CHECKING:
    from flake8_stateid.analysis.driver import PackageReader
    from flake8_stateid.names import StateIdNames
    from flake8_stateid.settings import Settings

RELEASED = "SID101"
MADE_ANEW = "SID102"

_RELEASING = frozenset(("pop", "clear", "popitem"))
_MAX_CALLS = 10  # from the loop to the construction
_MAX_ENTERED = 200  # functions followed for one loop
_MAX_PASSES = 8  # modules opened one after another


class _Reached(NamedTuple):
    """A function as the loop reaches it.

    Attributes:
        at: The function, entered.
        way: The calls that lead there, from the loop on, with where each stands.
        on: Whether another round can follow when the function returns.
        on_raise: Whether one can when it raises.
        kept: Whether a call on the way is made only where its result is missing.
        holder: What the result of a call on the way is kept in.
    """

    at: Activation
    way: tuple[tuple[ast.AST, ModuleInfo], ...]
    on: bool
    on_raise: bool
    kept: bool = False
    holder: Term | None = None


class _Creation(NamedTuple):
    """A call that constructs a client, or may."""

    node: ast.Call
    reached: _Reached
    classes: tuple[ClassInfo, ...]
    unread: tuple[Pending, ...]
    id: Term | None
    holder: Term | None
    kept: bool
    on: bool


class _Release(NamedTuple):
    """A place that takes a client, or all of them, out of what keeps it."""

    node: ast.expr | ast.stmt
    reached: _Reached
    holder: Term
    key: Term | None
    keyed: bool
    on: bool


def call_index_findings(
    module: ModuleInfo, settings: Settings, names: StateIdNames, packages: PackageReader | None
) -> list[Finding]:
    """The findings of both rules in a module.

    Args:
        module: The module.
        settings: The options.
        names: What is a state id name.
        packages: Reads other modules of the package.
    """
    if not _may_matter(module, names):
        return []
    opened: frozenset[str] = frozenset()
    for _ in range(_MAX_PASSES):
        view = None if packages is None else packages.view(opened)
        search = _Search(Engine(module, settings, view), view)
        findings = search.run()
        wanted = frozenset(search.wanted) - opened
        if not wanted:
            break
        opened |= wanted
    return findings


def _may_matter(module: ModuleInfo, names: StateIdNames) -> bool:
    """Whether the module has a loop, and something constructed or released under a state id."""
    loops = sites = False
    for node in walk(module.tree):
        if not loops and isinstance(node, (*LOOPS, *COMPREHENSIONS)):
            loops = True
        elif not sites and (isinstance(node, ast.Call) and _is_candidate(node, module, names)):
            sites = True
        if loops and sites:
            return True
    return False


def _is_candidate(call: ast.Call, module: ModuleInfo, names: StateIdNames) -> bool:
    """Whether a call may construct a client, here or in another module, or take one out."""
    if not any(_names_id(argument, names) for argument in call.args) and not any(
        keyword.arg is None or names.kind(keyword.arg) or _names_id(keyword.value, names)
        for keyword in call.keywords
    ):
        return False
    function = call.func
    if isinstance(function, ast.Name):
        definitions = module.definitions.get(function.id)
        if definitions is None:
            return True  # local, or imported with a star
        return any(
            isinstance(item, ClassInfo)
            or (isinstance(item, Import))
            or not isinstance(item, FunctionInfo)
            for item in definitions
        )
    if isinstance(function, ast.Attribute):
        holder = function.value
        if isinstance(holder, ast.Name):
            if holder.id in ("self", "cls"):
                return True
            return any(
                isinstance(item, Import | ClassInfo)
                for item in module.definitions.get(holder.id, ())
            )
        return last_name(holder) == "super" or (
            isinstance(holder, ast.Attribute) and function.attr[:1].isupper()
        )
    return False


def _names_id(node: ast.expr, names: StateIdNames) -> bool:
    if isinstance(node, ast.Name):
        return names.kind(node.id) == 1
    if isinstance(node, ast.Attribute):
        return names.kind(node.attr) == 1
    if isinstance(node, ast.Subscript):
        key = node.slice
        return (
            isinstance(key, ast.Constant)
            and isinstance(key.value, str)
            and bool(names.kind(key.value))
        )
    if isinstance(node, ast.Call):
        return any(_names_id(argument, names) for argument in node.args)
    if isinstance(node, ast.NamedExpr | ast.Await | ast.Starred):
        return _names_id(node.value, names)
    if isinstance(node, ast.BoolOp):
        return any(_names_id(value, names) for value in node.values)
    return False


class _Search:
    """The search through one module's loops."""

    def __init__(self, engine: Engine, view: Packages | None) -> None:
        self.engine = engine
        self.names = engine.names
        self.view = view
        self.wanted: set[str] = set()
        self.sites: dict[ModuleInfo, ModuleSites] = {}
        self.counters = CounterReader(engine)
        self.findings: dict[tuple[ast.AST, str], Finding] = {}
        self._interest: dict[ModuleInfo, set[str]] = {}

    def run(self) -> list[Finding]:
        """Look at every loop of the module, those of inherited methods too."""
        module = self.engine.module
        here = self.sites.setdefault(module, ModuleSites(module))
        entered: set[tuple[FunctionInfo | None, ClassInfo | None]] = set()
        for function, cls in here.functions():
            self._search_function(module, function, cls, entered)
            if cls is None:
                continue
            for owner in self.engine.classes.order(cls):
                if owner.module is not module:
                    for method in owner.methods.values():
                        if self.engine.method(cls, method.name) is method:
                            self._search_function(owner.module, method, cls, entered)
        return list(self.findings.values())

    def _search_function(
        self,
        module: ModuleInfo,
        function: FunctionInfo | None,
        cls: ClassInfo | None,
        entered: set[tuple[FunctionInfo | None, ClassInfo | None]],
    ) -> None:
        if (function, cls) in entered:
            return
        entered.add((function, cls))
        if module not in self.sites:
            self.sites[module] = ModuleSites(module)
        interest = self._interest_of(module) | self._interest_of(self.engine.module)
        for loop in self.sites[module].of(function).loops:
            if runs_once(loop):
                continue
            sites = Sites(done_each_round(loop))
            if sites.words & interest:
                _Loop(self, module, function, cls, loop, sites, interest).judge()

    def _interest_of(self, module: ModuleInfo) -> set[str]:
        """The names by which a loop may reach a construction, a release or a new state."""
        known = self._interest.get(module)
        if known is not None:
            return known
        here = self.sites.setdefault(module, ModuleSites(module))
        interest = set(self.engine.minting)
        words: dict[str, set[str]] = {}
        for function, _ in here.functions():
            sites = here.of(function)
            name = function.name if function is not None else ""
            words.setdefault(name, set()).update(sites.words)
            for inner in sites.inner:
                if isinstance(inner, ast.Lambda):
                    words[name] |= module.names_below(inner)
            for call in sites.calls:
                called = last_name(call.func)
                if called in _RELEASING or _is_candidate(call, module, self.names):
                    interest.add(called)
            if any(self.names.kind(store.attr) for store, _, _ in sites.stores):
                interest.add(name)
            if sites.deletes:
                interest.add(name)
                interest |= {last_name(_holder(target)) for _, target in sites.deletes}
            for store, _, value in sites.stores:
                if isinstance(value, ast.Constant) and value.value is None:
                    interest |= {name, *_names_around(store)}
        grown = True
        while grown:
            grown = False
            for name, inside in words.items():
                if name not in interest and inside & interest:
                    interest.add(name)
                    grown = True
        interest.discard("")
        self._interest[module] = interest
        return interest

    def interest_at(self, module: ModuleInfo, base: set[str]) -> set[str]:
        """The interesting names in a module that a loop elsewhere has reached."""
        return base if module is self.engine.module else base | self._interest_of(module)


def _holder(target: ast.expr) -> ast.expr:
    return target.value if isinstance(target, ast.Subscript | ast.Attribute) else target


def _names_around(node: ast.Attribute) -> set[str]:
    return {item.id for item in walk(node) if isinstance(item, ast.Name)}


class _Loop:
    """What one loop does in each round."""

    def __init__(
        self,
        search: _Search,
        module: ModuleInfo,
        function: FunctionInfo | None,
        cls: ClassInfo | None,
        loop: ast.AST,
        sites: Sites,
        interest: set[str],
    ) -> None:
        self.search = search
        self.engine = search.engine
        self.names = search.names
        self.loop = loop
        self.module = module
        self.ids = SharedIds(search.engine, search.sites)
        self.creations: list[_Creation] = []
        self.releases: list[_Release] = []
        self.lookups: list[tuple[Term, Term | None, list[ClassInfo], _Reached]] = []
        self.stored: list[tuple[str, Term | None, Term | None]] = []
        self.opens_states = False
        self._interest = interest
        self._entered: set[object] = set()
        at = self._root(module, function, cls)
        self._look(_Reached(at, (), on=False, on_raise=False), sites)

    def _root(
        self, module: ModuleInfo, function: FunctionInfo | None, cls: ClassInfo | None
    ) -> Activation:
        """The function around the loop, and those around that, entered by anybody."""
        outer = None
        if function is not None:
            parent = function.parent
            outer = self._root(module, parent, parent.cls if parent is not None else None)
        return Activation(module, function, cls, {}, outer, self.loop)

    # --- what is reached -----------------------------------------------------------------------

    def _look(self, reached: _Reached, sites: Sites) -> None:
        at = reached.at
        for store, _, value in sites.stores:
            self._note_store(store, value, reached)
        for statement, target in sites.deletes:
            if isinstance(target, ast.Subscript):
                self._note_release(statement, target.value, target.slice, reached)
            else:
                self._note_release(statement, target, None, reached, keyed=False)
        for call in sites.calls:
            self._call(call, reached)
        for name in sites.imported:
            at.bindings.pop(name, None)

    def _note_store(self, store: ast.Attribute, value: ast.expr | None, reached: _Reached) -> None:
        at = reached.at
        fresh = (
            at.function is not None
            and at.function.name == "__init__"
            and isinstance(store.value, ast.Name)
            and store.value.id == at.own
        )
        if fresh:
            return
        if isinstance(value, ast.Constant) and value.value is None:
            statement = self._parents(at)[store]
            if isinstance(statement, ast.stmt):
                self._note_release(statement, store, None, reached, keyed=False)
            return
        of_value = self.ids.term(value, at) if value is not None else None
        self.stored.append((store.attr, self.ids.term(store.value, at), of_value))

    def _note_release(
        self,
        node: ast.expr | ast.stmt,
        holder: ast.expr,
        key: ast.expr | None,
        reached: _Reached,
        keyed: bool = True,
    ) -> None:
        held = self.ids.term(holder, reached.at)
        if held is None:
            return
        of_key = self.ids.term(key, reached.at) if key is not None else None
        on = self._goes_on(node, reached)
        self.releases.append(_Release(node, reached, held, of_key, keyed, on))

    def _parents(self, at: Activation) -> dict[ast.AST, ast.AST]:
        return self.ids.sites_of(at.module).parents

    def _goes_on(self, node: ast.AST, reached: _Reached) -> bool:
        """Whether another round can follow after a place."""
        at = reached.at
        loop = self.loop if not reached.way else None
        parents = self._parents(at)
        if is_for_one_round(node, parents, loop):
            return False
        return self._follows(after(node, parents, loop), reached)

    def _follows(self, what: After, reached: _Reached) -> bool:
        return bool(
            what & After.ROUND
            or (what & After.NORMAL and reached.on)
            or (what & After.RAISE and reached.on_raise)
        )

    def _call(self, call: ast.Call, reached: _Reached) -> None:
        at = reached.at
        function = call.func
        name = last_name(function)
        if name in self.engine.minting:
            self.opens_states = True
        if isinstance(function, ast.Attribute):
            if name in _RELEASING:
                key = call.args[0] if name == "pop" and call.args else None
                self._note_release(call, function.value, key, reached, keyed=name == "pop")
            elif name == "get" and call.args:
                self._note_lookup(function.value, call.args[0], reached)
        interest = self.search.interest_at(at.module, self._interest)
        known = (
            at.function is not None
            and name in self.ids.sites_of(at.module).of(at.function).bindings
        )
        if (
            name in interest
            or known
            or name in at.bindings
            or isinstance(function, ast.Lambda | ast.Call)
            or _is_candidate(call, at.module, self.names)
        ):
            self._reach(call, reached)
        handed = [*call.args, *(keyword.value for keyword in call.keywords)]
        for argument in handed:
            if isinstance(argument, ast.Lambda) or last_name(argument) in interest:
                self._hand_on(call, argument, reached)

    def _note_lookup(self, holder: ast.expr, key: ast.expr, reached: _Reached) -> None:
        held = self.ids.term(holder, reached.at)
        if held is not None:
            classes = self.ids.elements(holder, reached.at)
            if classes:
                self.lookups.append((held, self.ids.term(key, reached.at), classes, reached))

    def _reach(self, call: ast.Call, reached: _Reached) -> None:
        at = reached.at
        classes: list[ClassInfo] = []
        unread: list[Pending] = []
        for found in self.ids.referents(call.func, at):
            if isinstance(found, Callee):
                self._enter(self.ids.entered(found, call, at), call, reached)
            elif isinstance(found, ClassInfo):
                classes.append(found)
            elif isinstance(found, Pending):
                unread.append(found)
        for cls in classes:
            counter = self.search.counters.read(cls)
            bases = self._unread_bases(cls)
            if counter.counting is Counting.UNKNOWN and not bases:
                init = self.engine.method(cls, "__init__")
                if init is not None:
                    self._enter(self.ids.entered(Callee(init, cls), call, at), call, reached)
            elif counter.counting is not Counting.RECORDER:
                self._note_creation(call, (cls,), bases, reached)
        if unread:
            self._note_creation(call, (), tuple(unread), reached)

    def _unread_bases(self, cls: ClassInfo) -> tuple[Pending, ...]:
        atoms = self.engine.unread_bases(cls).atoms
        return tuple(atom for atom in atoms if isinstance(atom, Pending))

    def _note_creation(
        self,
        call: ast.Call,
        classes: tuple[ClassInfo, ...],
        unread: tuple[Pending, ...],
        reached: _Reached,
    ) -> None:
        at = reached.at
        given = self._id_argument(call, classes)
        of_id = self.ids.term(given, at) if given is not None else None
        kept, holder = self._kept(call, reached)
        on = self._goes_on(call, reached)
        self.creations.append(_Creation(call, reached, classes, unread, of_id, holder, kept, on))

    def _kept(self, call: ast.Call, reached: _Reached) -> tuple[bool, Term | None]:
        """Whether a call is made only where its result is missing, and what keeps the result."""
        at = reached.at
        how = how_kept(call, self._parents(at))
        holder = self.ids.term(how.holder, at) if how.holder is not None else None
        guarded = how.is_guarded
        if guarded and isinstance(how.holder, ast.Name) and self._is_reset(how.holder.id, reached):
            guarded = False
        if reached.kept:
            return True, reached.holder or holder
        return guarded, holder if how.holder is not None else reached.holder

    def _is_reset(self, name: str, reached: _Reached) -> bool:
        """Whether a variable is empty again at the beginning of each round."""
        at = reached.at
        function = at.function
        parents = self._parents(at)
        for node, value in self.ids.sites_of(at.module).of(function).bindings.get(name, ()):
            if isinstance(value, ast.Constant) and value.value is None:
                current: ast.AST | None = node
                while current is not None:
                    if reached.way or current is self.loop:
                        return True
                    current = parents.get(current)
        return bool(reached.way) and any(
            parameter.name == name
            and name not in at.bindings
            and isinstance(parameter.default, ast.Constant)
            for parameter in (function.parameters if function is not None else ())
        )

    def _id_argument(self, call: ast.Call, classes: tuple[ClassInfo, ...]) -> ast.expr | None:
        """The state id that a constructor is given."""
        for keyword in call.keywords:
            if keyword.arg is not None and self.names.kind(keyword.arg) == 1:
                return keyword.value
        for cls in classes:
            found = self._id_position(cls)
            if found is not None and found < len(call.args):
                return call.args[found]
        named = [argument for argument in call.args if _names_id(argument, self.names)]
        return named[0] if named else None

    def _id_position(self, cls: ClassInfo) -> int | None:
        init = self.engine.method(cls, "__init__")
        if init is not None:
            for index, parameter in enumerate(init.parameters[1:]):
                if self.names.kind(parameter.name) == 1:
                    return index
        for field in self.engine.record_fields(cls):
            if self.names.kind(field.name) == 1:
                return field.positional
        return None

    def _hand_on(self, call: ast.Call, argument: ast.expr, reached: _Reached) -> None:
        """A function is handed to somebody, who will call it: an executor, a retry, a thread."""
        at = reached.at
        arguments: list[ast.expr] = []
        if argument in call.args:
            arguments = call.args[call.args.index(argument) + 1 :]
            if last_name(call.func) in ("map", "starmap", "imap", "imap_unordered"):
                arguments = [_repeated(item) for item in arguments]
        for keyword in call.keywords:
            if keyword.arg == "args" and isinstance(keyword.value, ast.Tuple | ast.List):
                arguments = keyword.value.elts
        for found in self.ids.referents(argument, at):
            if isinstance(found, Callee):
                self._enter(self.ids.handed(found, arguments, at), call, reached, is_handed=True)

    def _enter(
        self, entered: Activation, call: ast.Call, reached: _Reached, is_handed: bool = False
    ) -> None:
        function = entered.function
        assert function is not None
        if len(reached.way) >= _MAX_CALLS or len(self._entered) >= _MAX_ENTERED:
            return
        parents = self._parents(reached.at)
        loop = self.loop if not reached.way else None
        on = self._goes_on(call, reached)
        raised = False
        if not is_handed:
            raised = self._follows(after(call, parents, loop, raised=True), reached)
        kept, holder = (False, None) if is_handed else self._kept(call, reached)
        bound = tuple(
            sorted(
                (name, str(self.ids.term(value.expression, value.at)))
                for name, value in entered.bindings.items()
            )
        )
        key = (function, entered.receiver, bound, on, raised, kept, holder)
        if key in self._entered:
            return
        self._entered.add(key)
        way = (*reached.way, (call, reached.at.module))
        sites = self.ids.sites_of(entered.module).of(function)
        self._look(_Reached(entered, way, on, raised, kept, holder), sites)

    # --- judgement -----------------------------------------------------------------------------

    def judge(self) -> None:
        """Report what the loop does wrong."""
        if self.opens_states:
            return  # each round may record under a state of its own
        for creation in self.creations:
            if creation.id is None or not self._is_steady(creation.id):
                continue
            if not creation.kept:
                if creation.on:
                    self._report_made(creation)
                continue
            for release in self._releases_of(creation.holder, creation.id):
                self._report_released(creation, release)
        made = {creation.holder for creation in self.creations}
        for holder, key, classes, _ in self.lookups:
            if holder in made or key is None or not self._is_steady(key):
                continue
            for release in self._releases_of(holder, key):
                counter = self._counter(tuple(classes), ())
                if counter.counting is Counting.CLIENT:
                    self._add_released(release, key, counter, classes[0].name, None)

    def _releases_of(self, holder: Term | None, key: Term) -> list[_Release]:
        return [
            release
            for release in self.releases
            if holder is not None
            and release.on
            and release.holder == holder
            and (release.key == key or not release.keyed)
        ]

    def _is_steady(self, term: Term) -> bool:
        """Whether nothing the loop does gives the term another value."""
        if term.root[0] == "constant":
            return True
        if term.root[0] == "choice":
            parts = term.root[1]
            assert isinstance(parts, tuple)
            return all(self._is_steady(part) for part in parts)
        for attribute, holder, value in self.stored:
            if value == term or f".{attribute}" not in term.path:
                continue
            index = term.path.index(f".{attribute}")
            if holder is None or holder == Term(term.root, term.path[:index]):
                return False
        return not (isinstance(self.loop, ast.While) and self._changes_elsewhere(term))

    def _changes_elsewhere(self, term: Term) -> bool:
        """Whether it is an attribute of the object that other methods may set while a loop waits."""
        scope, name = term.root
        if not isinstance(scope, FunctionInfo) or scope.cls is None or not term.path:
            return False
        if not scope.takes_receiver or scope.parameters[0].name != name:
            return False
        attribute = term.path[0].removeprefix(".")
        return any(
            function.name not in ("__init__", "__post_init__")
            for owner in self.engine.classes.order(scope.cls)
            for function, _ in owner.writes().get(attribute, ())
        )

    def _counter(self, classes: tuple[ClassInfo, ...], unread: tuple[Pending, ...]) -> Counter:
        """Who counts; asks for the modules that must be read to tell."""
        counters = [self.search.counters.read(cls) for cls in classes]
        if counters and all(counter.counting is Counting.CLIENT for counter in counters):
            if not unread:
                return counters[0]
        view = self.search.view
        for pending in unread:
            if view is not None and view.can_matter(pending.path, pending.name):
                self.search.wanted.add(pending.path)
        if counters and all(counter.counting is Counting.CLIENT for counter in counters):
            return counters[0]
        return UNKNOWN

    # --- reports -------------------------------------------------------------------------------

    def _report_made(self, creation: _Creation) -> None:
        counter = self._counter(creation.classes, creation.unread)
        if counter.counting is not Counting.CLIENT:
            return
        assert creation.id is not None
        name = creation.classes[0].name
        message = (
            f"client '{name}' constructed anew for each round under one "
            f"{self._label(creation)}, '{creation.id.text}': call_index restarts"
        )
        made = self._step(
            creation.reached.at.module, creation.node, f"'{name}' constructed in each round"
        )
        self._add(creation.node, creation.reached, MADE_ANEW, message, made, counter)

    def _report_released(self, creation: _Creation, release: _Release) -> None:
        counter = self._counter(creation.classes, creation.unread)
        if counter.counting is Counting.CLIENT:
            assert creation.id is not None
            name = creation.classes[0].name
            self._add_released(release, creation.id, counter, name, creation)

    def _add_released(
        self,
        release: _Release,
        key: Term,
        counter: Counter,
        name: str,
        creation: _Creation | None,
    ) -> None:
        label = self._label(creation) if creation is not None else "state id"
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

    def _label(self, creation: _Creation) -> str:
        """What the id is called: ``state id``."""
        for keyword in creation.node.keywords:
            if keyword.arg is not None and self.names.kind(keyword.arg) == 1:
                return self.names.label(keyword.arg)
        for cls in creation.classes:
            init = self.engine.method(cls, "__init__")
            for parameter in init.parameters if init is not None else ():
                if self.names.kind(parameter.name) == 1:
                    return self.names.label(parameter.name)
        return "state id"

    def _add(
        self,
        node: ast.expr | ast.stmt,
        reached: _Reached,
        code: str,
        message: str,
        first: Step,
        counter: Counter,
        made: Step | None = None,
    ) -> None:
        main = self.engine.module
        place: ast.AST | None = node
        if reached.at.module is not main:
            # In another module: reported where this one leads there.
            place = next((call for call, module in reversed(reached.way) if module is main), None)
            message += f" ({first.path}:{first.span.row})"
        if place is None:
            return
        assert isinstance(place, ast.expr | ast.stmt)
        assert isinstance(self.loop, ast.expr | ast.stmt)
        steps = [first]
        steps += [
            self._step(module, call, "called from the loop" if not index else "called from there")
            for index, (call, module) in enumerate(reached.way)
            if isinstance(call, ast.expr)
        ][::-1]
        if made is not None:
            steps.append(made)
        if counter.owner is not None and counter.node is not None:
            text = f"'{counter.owner.name}' starts to count its calls"
            steps.append(
                self._step(counter.owner.module, counter.node, text)._replace(is_target=True)
            )
        span = main.source.span(place)
        finding = Finding(main.source.path, span, code, message, tuple(steps))
        self.search.findings.setdefault((place, code), finding)

    def _step(self, module: ModuleInfo, node: ast.expr | ast.stmt, text: str) -> Step:
        return Step(module.source.path, module.source.span(node), text)


def _repeated(node: ast.expr) -> ast.expr:
    """What ``map`` hands to each call: of ``repeat(x)``, x; else one item after another."""
    if isinstance(node, ast.Call) and last_name(node.func) == "repeat" and node.args:
        return node.args[0]
    return ast.Starred(node, ast.Load())
