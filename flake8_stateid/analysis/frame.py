"""One function under analysis: its variables, the places it stores to, the targets it reaches."""

from __future__ import annotations

from flake8_stateid.analysis.contents import replaced_below, replaces, stored_below
from flake8_stateid.analysis.places import OBJECT, Place, kept_in, store_as_given
from flake8_stateid.analysis.program import ClassInfo
from flake8_stateid.analysis.registering import Around, Each, is_registered, without
from flake8_stateid.analysis.state import State, merge
from flake8_stateid.analysis.substitution import deep_hopped, follow
from flake8_stateid.analysis.summaries import Sink, Summary
from flake8_stateid.analysis.unread import unread_in
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    GENERATOR,
    ITERATED,
    NOTHING,
    RETURNED,
    SENT,
    UNKNOWN,
    Hop,
    Key,
    Origin,
    Pending,
    Symbol,
    Value,
    attributes,
    is_sequence,
    join,
    part,
    with_part,
)
from flake8_stateid.names import MANY, ONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Iterable

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import FunctionInfo, ModuleInfo

# Of a function with more inputs that reach a target, only those nearest to its parameters are
# followed: what lies deeper in them is met again where it is put in.
_MAX_SINKS = 100
_SHORT_PATH = 2


class Frame:
    """A function, class body or module while it is analysed.

    Args:
        engine: What is known of the program beyond this function.
        module: The module whose source this is.
        function: The function; None at module level.
    """

    def __init__(self, engine: Engine, module: ModuleInfo, function: FunctionInfo | None) -> None:
        self.engine = engine
        self.module = module
        self.function = function
        self.names = engine.names
        self.state: State | None = State({}, frozenset())
        self.initial: dict[str, Value] = {}
        self.returned: Value = NOTHING
        self.yielded: Value = NOTHING
        self.exits: State | None = None
        self.suspended: State | None = None  # at a `yield`
        self.abandoned: State | None = None  # where an exception leaves, or the program ends
        self.called: tuple[ast.Call | None, Value] = (None, NOTHING)  # the last call, and whom
        self.sinks: dict[Symbol, Sink] = {}
        self.needs: dict[tuple[Symbol, bool], frozenset[Pending]] = {}
        self.kept: dict[tuple[ClassInfo, str], Value] = {}
        self.outer: dict[tuple[object, str], Value] = {}
        self.raising: list[State | None] | None = None
        self.class_body: ClassInfo | None = None
        self.inner: dict[FunctionInfo, ClassInfo | None] = {}  # defined in it, methods too
        self.mints = engine.mints or engine.names_minting(module)
        self.around = Around()
        self.repeated = 0  # comprehensions and the like around what is evaluated

    @property
    def here(self) -> State:
        """The state at what is being evaluated: there is one, else it were not reached."""
        assert self.state is not None
        return self.state

    # --- variables ---------------------------------------------------------------------------

    def lookup(self, name: str) -> Value:
        """What a name may be where it is read."""
        value = self.here.env.get(name)
        if value is not None:
            return value
        function = self.function
        if function is not None:
            names = function.names
            if name in names.bound and name not in names.globals:
                return UNKNOWN
            if name not in names.globals:
                scope = function.parent
                while scope is not None:
                    if name in scope.names.bound:
                        return Value({Symbol(("free", scope, name)): ()}, types=UNKNOWN.types)
                    scope = scope.parent
        return self.engine.modules.value(self.module, name)

    def bind(self, name: str, value: Value) -> None:
        """Rebind a variable."""
        if self._is_outer(name):
            self.initial.setdefault(name, NOTHING)
        self.here.env[name] = value

    def _is_outer(self, name: str) -> bool:
        return self.function is not None and name in self.function.names.outer

    def store(self, place: Place | None, old: Value, key: Key, new: Value, strong: bool) -> None:
        """Store a value into a part of an object, under every name that object is known by.

        Args:
            place: Where the object itself is held, None where that cannot be said.
            old: The object.
            key: Which part.
            new: What is stored.
            strong: Whether the part is overwritten rather than added to.
        """
        if not strong and new.plain and not replaces(old, key):
            return
        if (new.atoms or new.fields) and (old.atoms or old.refs):
            unread = unread_in(self.engine.packages, old)
            if unread:
                self.need(new, unread)
        env = self.here.env
        done = set()
        if old.atoms:
            store_as_given(env, place, old, key, new, strong)
        if place is not None:
            holder = self._holder(place)
            if len(place.path) == 1 and place.path[0] not in holder.fields and old.refs:
                holder = with_part(holder, place.path, old)
            if holder.tags and (new.refs or new.fields):
                new = kept_in(new, holder.tags)
            path = (*place.path, key)
            if place.path and place.path[-1] == ".__dict__" and str(key)[0] == "'":
                path = (*place.path[:-1], "." + str(key)[1:])
            env[place.variable] = with_part(holder, path, new, strong)
            done.add(place.variable)
            if holder.tags:
                for name, value in list(env.items()):
                    if name not in done and not holder.tags.isdisjoint(value.tags):
                        sure = strong and value.tags == holder.tags
                        env[name] = with_part(value, path, new, sure)
                        done.add(name)
        for name, value in list(env.items()) if old.tags else ():
            if (value.fields or not old.tags.isdisjoint(value.tags)) and name not in done:
                after = stored_below(value, old.tags, key, new, strong)
                if after is not value:
                    env[name] = after

    def _holder(self, place: Place) -> Value:
        """The variable of a place, which from here on is this function's affair."""
        env = self.here.env
        if place.variable not in env:
            env[place.variable] = value = self.lookup(place.variable)
            self.initial.setdefault(place.variable, value)
        return env[place.variable]

    def replace(self, place: Place | None, old: Value, new: Value) -> None:
        """An object has other contents from here on, under every name it is known by.

        Args:
            place: Where the object is held, None where that cannot be said.
            old: The object as it was.
            new: The same object as it is.
        """
        env = self.here.env
        holder = self._holder(place) if place is not None else NOTHING
        for name, value in list(env.items()):
            itself = place is not None and name == place.variable
            if place is not None and (itself or not holder.tags.isdisjoint(value.tags)):
                sure = itself or value.tags == holder.tags
                env[name] = with_part(value, place.path, new, sure)
            elif old.tags:
                after = replaced_below(value, old.tags, new)
                if after is not value:
                    env[name] = after

    # --- targets -----------------------------------------------------------------------------

    def sink(
        self,
        value: Value,
        node: ast.AST,
        text: str,
        target: str,
        used: bool = True,
        stored: bool = False,
    ) -> Value:
        """Record that a value becomes a state id; gives the value one step further.

        Args:
            value: What becomes one.
            node: Where.
            text: The step in words.
            target: The name of the state id.
            used: Whether this uses the id, rather than only giving it a local name.
            stored: Whether it is a use only if the id is not registered from then on, before it
                goes where it cannot be followed.
        """
        if not value.atoms:
            return value
        hop = Hop(self.module, node, text, target)
        registered = self.here.registered
        for atom, trace in value.atoms.items():
            if registered and is_registered(atom, registered):
                continue
            if stored and self.mints and isinstance(atom, Origin):
                self.here.stored |= {atom}
                self.record(atom, follow(trace, (hop,)), used=False)
            else:
                self.record(atom, follow(trace, (hop,)), used)
        return deep_hopped(value, hop)

    def record(self, atom: object, trace: tuple[Hop, ...], used: bool) -> None:
        """Record one way from an atom to a target."""
        if not isinstance(atom, Symbol):
            assert isinstance(atom, Origin | Pending)
            self.engine.record(atom, trace, used)
        else:
            sink = self.sinks.get(atom)
            if sink is None:
                if len(self.sinks) < _MAX_SINKS or len(atom.path) < _SHORT_PATH:
                    self.sinks[atom] = Sink(trace, used)
            else:
                sink.add(trace, used)

    def need(
        self, value: Value, unread: frozenset[Pending], depth: int = 1, *, ours: bool = False
    ) -> None:
        """A value, or a container with it, is passed to what unread modules define.

        Args:
            value: The value.
            unread: Which those are.
            depth: How far to look into what it holds; items of a sequence are as near as itself.
            ours: Whether the module that is analysed passes it, on behalf of another's function.
        """
        ours = ours or self.module is self.engine.module
        for atom, trace in value.atoms.items():
            if isinstance(atom, Symbol):
                if len(self.needs) < _MAX_SINKS:
                    self.needs[(atom, ours)] = self.needs.get((atom, ours), unread) | unread
            elif ours or self.engine.concerns(atom, trace):
                self.engine.needs.add(atom, unread)
        if depth:
            for key, field in value.fields.items():
                is_item = key == ELEMENT or type(key) is int
                near = is_item and (is_sequence(value) or is_sequence(field))
                self.need(field, unread, depth if near else depth - 1, ours=ours)

    def keep(self, cls: ClassInfo, attribute: str, value: Value) -> None:
        """An attribute that any method of a class may see, on whatever object, from here on."""
        if not value.plain:
            value = without(value, self.here.registered)
            self.kept[cls, attribute] = join(self.kept.get((cls, attribute), NOTHING), value)
            self.keep_objects(value)

    def keep_objects(self, value: Value) -> None:
        """An object goes where it cannot be followed.

        Its attributes, and those of the objects it holds, are then there for every method of
        their classes.
        """
        if not value.fields:
            return
        for ref in value.refs.values():
            if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                for name, field in attributes(value):
                    self.keep(ref.target, name, field)
                return
        for field in value.fields.values():
            self.keep_objects(field)

    def become(
        self,
        name: str,
        value: Value,
        node: ast.AST,
        text: str,
        used: bool = True,
        stored: bool = False,
    ) -> Value:
        """A value is given a name: if that is a state id's, the value has reached a target.

        Args:
            name: The identifier, or the constant key, that receives the value.
            value: The value.
            node: Where.
            text: What happens, with the name: ``assigned to 'row_state_id'``.
            used: As for :meth:`sink`.
            stored: As for :meth:`sink`.

        Returns:
            The value after this step.
        """
        kind = self.names.kind(name)
        if kind == ONE:
            self._become_by_call(name, value, node, text)
            return self.sink(value, node, text, name, used, stored)
        if kind == MANY and value.types != DICT.types:
            self.sink(part(value, ITERATED), node, text, name, used, stored)
        if value.atoms or value.fields:
            return deep_hopped(value, Hop(self.module, node, text))
        return value

    def _become_by_call(self, name: str, value: Value, node: ast.AST, text: str) -> None:
        """A lambda or property so named is a function whose return is a state id."""
        raise NotImplementedError

    def become_element(self, name: str, value: Value, node: ast.AST, text: str) -> Value:
        """A value is added to a collection of the given name."""
        if self.names.kind(name) == MANY:
            return self.sink(value, node, text, name, stored=True)
        if value.atoms or value.fields:
            return deep_hopped(value, Hop(self.module, node, text))
        return value

    def settle(self, origins: Iterable[Origin]) -> None:
        """Ids that are stored and not registered are used from here on, wherever that is."""
        for origin in origins:
            self.engine.use(origin)

    # --- summary -----------------------------------------------------------------------------

    def leave(self) -> None:
        """The function may end here."""
        if self.state is not None:
            self.exits = merge(self.exits, self.state)

    @property
    def left(self) -> State | None:
        """What the function leaves behind; where it never returns, when it is left otherwise."""
        return merge(self.exits, self.suspended) or self.abandoned

    def summary(self) -> Summary:
        """What the analysed function does, in its own symbols."""
        summary = Summary()
        summary.sinks = self.sinks
        summary.needs = self.needs
        summary.kept = self.kept
        summary.returned = self.returned
        if self.function is not None and self.function.names.is_generator:
            held: dict[Key, Value] = {ELEMENT: self.yielded} if not self.yielded.plain else {}
            if not self.returned.plain:
                held[RETURNED] = self.returned
            summary.returned = Value(
                fields=held,
                types=GENERATOR.types,
                tags=frozenset((Symbol((SENT, self.function)),)),
            )
        elif not summary.returned.refs:
            summary.returned = join(summary.returned, self._declared())
        summary.outer = dict(self.outer)
        left = self.left
        if left is not None:
            self.settle(left.stored)
            summary.registered = frozenset(
                atom for atom in left.registered if not isinstance(atom, Each | Origin)
            )
            for name, before in self.initial.items():
                after = left.env.get(name)
                if after is None or after is before:
                    continue
                after = without(after, left.registered)
                if name.startswith(OBJECT):
                    summary.objects[name[1:]] = after
                else:
                    summary.outer[(self._home(name), name)] = after
        return summary

    def _declared(self) -> Value:
        """Of what classes the function's annotation says its results are."""
        annotation = None if self.function is None else self.function.returns
        if annotation is None:
            return NOTHING
        told = self.engine.annotated(self.module, annotation)
        return told if told.refs else NOTHING

    def _home(self, name: str) -> object:
        """The scope a variable that is not the function's own belongs to."""
        function = self.function
        if function is not None and name not in function.names.globals:
            scope = function.parent
            while scope is not None:
                if name in scope.names.bound:
                    return scope
                scope = scope.parent
        return self.module
