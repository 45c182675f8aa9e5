"""What a loop does in each round: the clients it constructs, keeps and releases.

The loop's body is looked at, and every function that it calls or hands to somebody who will, with
the arguments these are given. Nothing is judged here; see :mod:`call_index`.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import Activation, Callee, Term
from flake8_stateid.analysis.call_index.candidates import RELEASING, is_empty
from flake8_stateid.analysis.call_index.clients import Creation, Program, Reached, Release
from flake8_stateid.analysis.call_index.conditions import is_for_one_round
from flake8_stateid.analysis.call_index.counting import Counting
from flake8_stateid.analysis.call_index.keeping import Kept, how_kept, is_put_back
from flake8_stateid.analysis.call_index.rounds import After, Ways, after
from flake8_stateid.analysis.call_index.shared_ids import CACHED, SharedIds
from flake8_stateid.analysis.handing import handed, is_for_later
from flake8_stateid.analysis.program import ClassInfo, last_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.analysis.values import Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.rounds import Parents
    from flake8_stateid.analysis.call_index.sites import Sites
    from flake8_stateid.analysis.program import FunctionInfo, ModuleInfo

_MAX_CALLS = 10  # from the loop to the construction
_SETATTR_ARGUMENTS = 3  # the object, the name and the value
_MAX_ENTERED = 200  # functions followed for one loop


class Loop:
    """What one loop does in each round.

    Args:
        program: What all loops share.
        module: The module the loop is in.
        function: The function it is in; None at module level.
        cls: The class of that function's object.
        loop: The loop.
        sites: What it does itself.

    Attributes:
        creations: The clients it constructs.
        releases: What it takes out of where it is kept.
        lookups: The caches it asks: which, for which id, and what classes they hold.
        stored: The attributes and items it sets: as in the path of a term, object and value.
        calls: Every call, with the function it stands in.
        touched: The attributes of other objects it sets, and the methods it calls.
        opens_states: Whether it opens a state.
    """

    def __init__(
        self,
        program: Program,
        module: ModuleInfo,
        function: FunctionInfo | None,
        cls: ClassInfo | None,
        loop: ast.AST,
        sites: Sites,
    ) -> None:
        self.program = program
        self.engine = program.engine
        self.names = program.names
        self.loop = loop
        self.module = module
        self.ids = SharedIds(program)
        self.creations: list[Creation] = []
        self.releases: list[Release] = []
        self.lookups: list[tuple[Term, Term | None, list[ClassInfo], Reached]] = []
        self.stored: list[tuple[str, Term | None, Term | None]] = []
        self.calls: list[tuple[ast.Call, Reached]] = []
        self.touched: set[str] = set()
        self.opens_states = False
        self._entered: set[object] = set()
        at = self._root(module, function, cls)
        reached = Reached(at, (), on=False, on_raise=False)
        if isinstance(loop, ast.Call):
            self._hand_on(loop, loop.args[0], reached)
        else:
            self._look(reached, sites)

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

    def _look(self, reached: Reached, sites: Sites) -> None:
        for store, _, value in sites.stores:
            self._note_store(store, value, reached)
        for item, _, value in sites.items:
            assert isinstance(item.slice, ast.Constant)
            self._note_stored(f"[{item.slice.value!r}]", item.value, value, reached.at)
        for statement, target in sites.deletes:
            if isinstance(target, ast.Subscript):
                self._note_release(statement, target.value, target.slice, reached)
            else:
                self._note_release(statement, target, None, reached, keyed=False)
        for call in sites.calls:
            self.calls.append((call, reached))
            self._call(call, reached, sites)
        properties = self.program.properties_at(reached.at.module) & sites.words
        if properties:
            # Imported here: few loops read one that matters.
            from flake8_stateid.analysis.call_index.getters import getters

            for node, getter in getters(self, sites, reached.at, properties):
                self._enter(self.ids.handed(getter, [], [], reached.at), node, reached)

    def follow(self, call: ast.Call, reached: Reached) -> None:
        """Look at what a call does that seemed to be of no interest."""
        for found in self.ids.referents(call.func, reached.at):
            if isinstance(found, Callee):
                self._enter(self.ids.entered(found, call, reached.at), call, reached)

    def _note_store(self, store: ast.Attribute, value: ast.expr | None, reached: Reached) -> None:
        at = reached.at
        if not isinstance(store.value, ast.Name) or store.value.id != at.own:
            self.touched.add(store.attr)
        elif at.function is not None and at.function.name == "__init__":
            return
        if value is not None and is_empty(value):
            statement = self._parents(at)[store]
            while not isinstance(statement, ast.stmt):
                statement = self._parents(at)[statement]
            self._note_release(statement, store, None, reached, keyed=False)
        self._note_stored("." + store.attr, store.value, value, at)

    def _note_stored(
        self, place: str, holder: ast.expr, value: ast.expr | None, at: Activation
    ) -> None:
        of_value = self.ids.term(value, at) if value is not None else None
        self.stored.append((place, self.ids.term(holder, at), of_value))

    def _note_release(
        self,
        node: ast.expr | ast.stmt,
        holder: ast.expr,
        key: ast.expr | None,
        reached: Reached,
        keyed: bool = True,
    ) -> None:
        held = self.ids.cache_of(holder, reached.at) or self.ids.term(holder, reached.at)
        if held is None or (
            isinstance(node, ast.Call) and is_put_back(node, holder, self._parents(reached.at))
        ):
            return
        of_key = self.ids.term(key, reached.at) if key is not None else None
        spared = reached.spared or self._is_for_one_round(node, reached, is_release=True)
        on = not spared and self._goes_on(node, reached)
        self.releases.append(Release(node, reached, held, of_key, keyed, on))

    def _parents(self, at: Activation) -> dict[ast.AST, ast.AST]:
        return self.ids.sites_of(at.module).parents

    def _goes_on(self, node: ast.AST, reached: Reached) -> bool:
        """Whether another round can follow after a place."""
        if self._is_for_one_round(node, reached, is_release=False):
            return False
        loop = self.loop if not reached.way else None
        return self._follows(self._after(node, reached.at, loop), reached)

    def _after(
        self, node: ast.AST, at: Activation, loop: ast.AST | None, raised: bool = False
    ) -> Ways:
        known = self.program.ways
        key = (node, loop, raised)
        if key not in known:
            known[key] = after(node, self._parents(at), loop, raised)
        return known[key]

    def _is_for_one_round(self, node: ast.AST, reached: Reached, is_release: bool) -> bool:
        at = reached.at

        def is_id(item: ast.expr) -> bool:
            return self.program.candidates.names_id(item, at.module)

        loop = self.loop if not reached.way else None
        known = self.program.one_round
        key = (node, loop, is_release)
        if key not in known:
            known[key] = is_for_one_round(node, self._parents(at), loop, is_id, is_release)
        return known[key]

    def _how_kept(
        self, call: ast.expr, parents: Parents, function: FunctionInfo | None = None
    ) -> Kept:
        known = self.program.kept
        callee = call.func if isinstance(call, ast.Call) else call
        of_self = (
            isinstance(callee, ast.Attribute)
            and isinstance(callee.value, ast.Name)
            and callee.value.id == "self"
        )
        called = function.node if function is not None and of_self else None
        key = (call, called)
        if key not in known:
            known[key] = how_kept(call, parents, called)
        return known[key]

    def _follows(self, what: Ways, reached: Reached) -> bool:
        return bool(
            what & After.ROUND
            or (what & After.NORMAL and reached.on)
            or (what & After.RAISE and reached.on_raise)
        )

    def _call(self, call: ast.Call, reached: Reached, sites: Sites) -> None:
        at = reached.at
        function = call.func
        name = last_name(function)
        if name == "setattr" and len(call.args) == _SETATTR_ARGUMENTS:
            holder, attribute, value = call.args
            if isinstance(attribute, ast.Constant) and isinstance(attribute.value, str):
                self._note_stored("." + attribute.value, holder, value, at)
        if name in self.engine.minting:
            self.opens_states = True
        if isinstance(function, ast.Attribute):
            self.touched.add(name)
            if name in RELEASING:
                key = call.args[0] if name == "pop" and call.args else None
                self._note_release(call, function.value, key, reached, keyed=name == "pop")
            elif name == "get" and call.args:
                self._note_lookup(function.value, call.args[0], reached)
        interest = self.program.interest_at(at.module)
        known = (
            at.function is not None
            and name in self.ids.sites_of(at.module).of(at.function).bindings
        )
        if (
            name in interest
            or known
            or name in at.bindings
            or isinstance(function, ast.Lambda | ast.Call)
            or self.program.candidates.is_candidate(call, at.module)
            or (at.bindings and self.ids.id_by_origin(call, at) is not None)
        ):
            self._reach(call, reached)
        self._arguments(call, interest, reached, sites)

    def _arguments(
        self, call: ast.Call, interest: set[str], reached: Reached, sites: Sites
    ) -> None:
        """What a call is handed that may be called in the round."""
        later: bool | None = None
        for index, argument in enumerate(arguments_of(call)):
            name = last_name(argument)
            if not (isinstance(argument, ast.Lambda) or name in interest or name in RELEASING):
                continue
            if later is None:
                later = is_for_later(call, sites)
            if later:
                return
            if isinstance(argument, ast.Attribute) and name in RELEASING:
                # `stack.callback(self._clients.pop, state_id)`
                key = call.args[index + 1] if call.args[index + 1 :] else None
                keyed = name == "pop"
                self._note_release(call, argument.value, key, reached, keyed)
            self._hand_on(call, argument, reached)

    def _note_lookup(self, holder: ast.expr, key: ast.expr, reached: Reached) -> None:
        held = self.ids.term(holder, reached.at)
        if held is not None:
            classes = self.ids.elements(holder, reached.at)
            if classes:
                self.lookups.append((held, self.ids.term(key, reached.at), classes, reached))

    def _reach(self, call: ast.Call, reached: Reached) -> None:
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
            counter = self.program.counters.read(cls)
            bases = self.engine.pending_bases(cls)
            if counter.counting is Counting.UNKNOWN and not bases:
                entered = self.ids.constructed(cls, call, at)
                if entered is not None:
                    self._enter(entered, call, reached)
            elif counter.counting is not Counting.RECORDER:
                self._note_creation(call, (cls,), bases, reached)
        if unread:
            self._note_creation(call, (), tuple(unread), reached)

    def _note_creation(
        self,
        call: ast.Call,
        classes: tuple[ClassInfo, ...],
        unread: tuple[Pending, ...],
        reached: Reached,
    ) -> None:
        at = reached.at
        given = self.program.id_argument(call, classes, at)
        of_id = self.ids.term(given, at) if given is not None else self.ids.id_by_origin(call, at)
        if given is None and of_id is None:
            given = self.program.held_id(call, classes, unread, at)
            of_id = self.ids.term(given, at) if given is not None else None
        how = self._how_kept(call, self._parents(at))
        kept, holder = self._kept(how, reached)
        key = self.ids.term(how.key, at) if how.key is not None else None
        on = self._goes_on(call, reached)
        creation = Creation(call, reached, classes, unread, of_id, holder, key, kept, on)
        self.creations.append(creation)

    def _kept(self, how: Kept, reached: Reached) -> tuple[bool, Term | None]:
        """Whether a call is made only where its result is missing, and what keeps the result."""
        at = reached.at
        holder = self.ids.term(how.holder, at) if how.holder is not None else None
        guarded = how.is_guarded
        if how.is_cached and not reached.kept:
            return True, Term((CACHED, at.function))
        if guarded and isinstance(how.holder, ast.Name) and self._is_reset(how.holder.id, reached):
            guarded = False
        if reached.kept:
            return True, reached.holder or holder
        return guarded, holder if how.holder is not None else reached.holder

    def _is_reset(self, name: str, reached: Reached) -> bool:
        """Whether a variable is empty again at the beginning of each round."""
        at = reached.at
        function = at.function
        parents = self._parents(at)
        for node, value in self.ids.sites_of(at.module).of(function).bindings.get(name, ()):
            if value is None or not is_empty(value):
                continue
            if reached.way:
                return True
            current: ast.AST | None = node
            while current is not None and current is not self.loop:
                current = parents.get(current)
            if current is not None and self._goes_on(node, reached):
                return True
        return bool(reached.way) and any(
            parameter.name == name
            and name not in at.bindings
            and isinstance(parameter.default, ast.Constant)
            for parameter in (function.parameters if function is not None else ())
        )

    def _hand_on(self, call: ast.Call, argument: ast.expr, reached: Reached) -> None:
        """A function is handed to somebody, who will call it: an executor, a retry, a thread."""
        at = reached.at
        value = argument
        if isinstance(argument, ast.Name):
            bound = self.ids.sites_of(at.module).of(at.function).bound_once(argument.id)
            if isinstance(bound, ast.Call):
                value = bound  # `one = partial(self._one, state_id)`
        given = handed(call, argument, value)
        for found in self.ids.referents(given.function, at):
            if isinstance(found, Callee):
                entered = self.ids.handed(found, given.arguments, given.keywords, at)
                self._enter(entered, call, reached, is_handed=True)

    def _enter(
        self, entered: Activation, call: ast.expr, reached: Reached, is_handed: bool = False
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
            raised = self._follows(self._after(call, reached.at, loop, raised=True), reached)
        kept, holder = False, None
        if not is_handed:
            kept, holder = self._kept(self._how_kept(call, parents, function), reached)
        spared = reached.spared or self._is_for_one_round(call, reached, is_release=True)
        bound = tuple(
            sorted(
                (name, str(self.ids.given(entered, name, value)))
                for name, value in entered.bindings.items()
            )
        )
        key = (function, entered.receiver, bound, on, raised, kept, holder, spared)
        if key in self._entered:
            return
        self._entered.add(key)
        way = (*reached.way, (call, reached.at.module))
        sites = self.ids.sites_of(entered.module).of(function)
        self._look(Reached(entered, way, on, raised, kept, holder, spared), sites)
