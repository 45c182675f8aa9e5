"""What a loop does in each round: the clients it constructs, keeps and releases.

The loop's body is looked at, and every function that it calls or hands to somebody who will, with
the arguments these are given. Nothing is judged here; see :mod:`call_index`.
"""

from __future__ import annotations

import ast

from flake8_stateid.analysis.activations import Activation, Callee, Term
from flake8_stateid.analysis.candidates import RELEASING
from flake8_stateid.analysis.clients import Creation, Program, Reached, Release
from flake8_stateid.analysis.counting import Counting
from flake8_stateid.analysis.keeping import how_kept
from flake8_stateid.analysis.program import ClassInfo, last_name
from flake8_stateid.analysis.rounds import After, Ways, after, is_for_one_round
from flake8_stateid.analysis.shared_ids import SharedIds
from flake8_stateid.analysis.values import Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.program import FunctionInfo, ModuleInfo
    from flake8_stateid.analysis.sites import Sites

_MAX_CALLS = 10  # from the loop to the construction
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
        stored: The attributes it sets: name, object and value.
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
        self.opens_states = False
        self._entered: set[object] = set()
        at = self._root(module, function, cls)
        self._look(Reached(at, (), on=False, on_raise=False), sites)

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
        for statement, target in sites.deletes:
            if isinstance(target, ast.Subscript):
                self._note_release(statement, target.value, target.slice, reached)
            else:
                self._note_release(statement, target, None, reached, keyed=False)
        for call in sites.calls:
            self._call(call, reached)

    def _note_store(self, store: ast.Attribute, value: ast.expr | None, reached: Reached) -> None:
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
            while not isinstance(statement, ast.stmt):
                statement = self._parents(at)[statement]
            self._note_release(statement, store, None, reached, keyed=False)
        of_value = self.ids.term(value, at) if value is not None else None
        self.stored.append((store.attr, self.ids.term(store.value, at), of_value))

    def _note_release(
        self,
        node: ast.expr | ast.stmt,
        holder: ast.expr,
        key: ast.expr | None,
        reached: Reached,
        keyed: bool = True,
    ) -> None:
        held = self.ids.term(holder, reached.at)
        if held is None:
            return
        of_key = self.ids.term(key, reached.at) if key is not None else None
        on = self._goes_on(node, reached)
        self.releases.append(Release(node, reached, held, of_key, keyed, on))

    def _parents(self, at: Activation) -> dict[ast.AST, ast.AST]:
        return self.ids.sites_of(at.module).parents

    def _goes_on(self, node: ast.AST, reached: Reached) -> bool:
        """Whether another round can follow after a place."""
        at = reached.at
        loop = self.loop if not reached.way else None
        parents = self._parents(at)
        if is_for_one_round(node, parents, loop):
            return False
        return self._follows(after(node, parents, loop), reached)

    def _follows(self, what: Ways, reached: Reached) -> bool:
        return bool(
            what & After.ROUND
            or (what & After.NORMAL and reached.on)
            or (what & After.RAISE and reached.on_raise)
        )

    def _call(self, call: ast.Call, reached: Reached) -> None:
        at = reached.at
        function = call.func
        name = last_name(function)
        if name in self.engine.minting:
            self.opens_states = True
        if isinstance(function, ast.Attribute):
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
        ):
            self._reach(call, reached)
        handed = [*call.args, *(keyword.value for keyword in call.keywords)]
        for argument in handed:
            if isinstance(argument, ast.Lambda) or last_name(argument) in interest:
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
        reached: Reached,
    ) -> None:
        at = reached.at
        given = self.program.id_argument(call, classes, at.module)
        of_id = self.ids.term(given, at) if given is not None else None
        kept, holder = self._kept(call, reached)
        on = self._goes_on(call, reached)
        self.creations.append(Creation(call, reached, classes, unread, of_id, holder, kept, on))

    def _kept(self, call: ast.Call, reached: Reached) -> tuple[bool, Term | None]:
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

    def _is_reset(self, name: str, reached: Reached) -> bool:
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

    def _hand_on(self, call: ast.Call, argument: ast.expr, reached: Reached) -> None:
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
        self, entered: Activation, call: ast.Call, reached: Reached, is_handed: bool = False
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
        self._look(Reached(entered, way, on, raised, kept, holder), sites)


def _repeated(node: ast.expr) -> ast.expr:
    """What ``map`` hands to each call: of ``repeat(x)``, x; else one item after another."""
    if isinstance(node, ast.Call) and last_name(node.func) == "repeat" and node.args:
        return node.args[0]
    return ast.Constant(None)
