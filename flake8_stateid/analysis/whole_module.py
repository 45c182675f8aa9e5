"""A whole module: all its functions, and what they leave open brought together."""

from __future__ import annotations

from flake8_stateid.analysis.flow import FlowFrame
from flake8_stateid.analysis.places import OBJECT
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, Import, ModuleInfo
from flake8_stateid.analysis.registering import without
from flake8_stateid.analysis.sources import Entry, Sources, leaves_callables
from flake8_stateid.analysis.substitution import follow, substitute
from flake8_stateid.analysis.unread import is_foreign, leads_on
from flake8_stateid.analysis.values import (
    NOTHING,
    SENT,
    Origin,
    Pending,
    Symbol,
    Value,
    attributes,
    holds_builder,
    join,
    reference,
)
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.summaries import Sink


class Begun(Record):
    """A function that was being analysed when a module was found to be needed."""

    function: FunctionInfo
    receiver: ClassInfo | None


class WholeModule:
    """Runs the whole module and brings together what its functions leave open.

    Args:
        engine: What is known of the module and those it imports.
        likeliest: The function that needed a module last: it may need the next one too.

    Attributes:
        begun: The function that was entered last.
    """

    def __init__(self, engine: Engine, likeliest: Begun | None = None) -> None:
        self.engine = engine
        self.begun = likeliest
        self.entries: list[Entry] = []
        self.heirs: dict[tuple[FunctionInfo, ClassInfo], list[ClassInfo]] = {}
        self.done: set[tuple[FunctionInfo, ClassInfo | None]] = set()

    def run(self) -> None:
        """Analyse everything, then connect attributes and globals to their readers."""
        self._look()

    def run_again(self) -> bool:
        """The same once more, where that has shown that calls reach more than was known.

        Returns:
            Whether there was reason to.
        """
        if not (leaves_callables(self.engine) and self.engine.learn()):
            return False
        self.entries = []
        self.heirs, self.done = {}, set()
        self._look()
        return True

    def _look(self) -> None:
        engine = self.engine
        frame = FlowFrame(engine, engine.module, None)
        frame.run(engine.module.tree.body)
        left = frame.left
        if left is not None:
            frame.settle(left.stored)
            for name, value in left.env.items():
                self._keep_global(engine.module, name, without(value, left.registered))
                engine.modules.fill(engine.module, name, value)
        self._keep_outer(frame.outer)
        for (cls, attribute), value in frame.kept.items():
            engine.keep(cls, attribute, value)
        if engine.needs.impatient:
            self._look_ahead()
        self._enter_functions()
        called = len(self.entries)
        self._enter_holders()
        for entry in self.entries[:called]:
            self._offer_to_bases(entry)
        self._sources = Sources(engine, self.done, self.heirs)
        for symbol, sink in frame.sinks.items():
            self._connect(symbol, sink, None)
        for entry in self.entries:
            for symbol, sink in entry.summary.sinks.items():
                self._connect(symbol, sink, entry)
        for entry in self.entries[:called]:
            for (symbol, ours), unread in entry.summary.needs.items():
                self._connect_need(symbol, unread, entry, ours)
        for (symbol, ours), unread in frame.needs.items():
            self._connect_need(symbol, unread, None, ours)

    def _look_ahead(self) -> None:
        """Begin with what is likeliest to need an unread module.

        That is the function that needed the last one, and classes with bases elsewhere. All that
        was understood before such a module is opened has to be understood again.
        """
        engine = self.engine
        if self.begun is not None:
            engine.functions.generic(self.begun.function, self.begun.receiver)
        for cls in list(engine.seen_classes):
            unread = engine.unread_bases(cls)
            if unread is NOTHING and all(
                owner.module is engine.module for owner in engine.classes.order(cls)
            ):
                continue
            for function in (*cls.methods.values(), *cls.setters.values()):
                self.begun = Begun(function, cls)
                self._offer_to_bases(Entry(function, cls, engine.functions.generic(function, cls)))

    def _enter_functions(self) -> None:
        for definitions in list(self.engine.module.definitions.values()):
            for definition in definitions:
                if isinstance(definition, FunctionInfo):
                    self._enter(definition, None)
        # Classes and functions inside others come up while these are analysed.
        entered: set[ClassInfo] = set()
        while True:
            classes = [cls for cls in self.engine.seen_classes if cls not in entered]
            nested = [fn for fn in self.engine.nested if (fn, None) not in self.done]
            if not classes and not nested:
                return
            for cls in classes:
                entered.add(cls)
                self._enter_class(cls)
            for function in nested:
                self._enter(function, None)

    def _enter_class(self, cls: ClassInfo, attributes: Set[str] | None = None) -> None:
        """Analyse the methods of a class; of another module's, those that use some attributes."""
        engine = self.engine
        for owner in engine.classes.order(cls):
            inherited = owner is not cls
            own = () if inherited else owner.replaced
            for function in (*owner.methods.values(), *owner.setters.values(), *own):
                name = function.name
                found = (engine.classes.method(cls, name), engine.classes.setter(cls, name))
                if inherited and function not in found:
                    continue  # overridden; reached through super() alone
                if attributes is not None and not engine.classes.uses(cls, function, attributes):
                    continue
                if inherited and not engine.classes.changes(cls, owner, function):
                    # On this class's objects it does what it does on its owner's.
                    self.heirs.setdefault((function, owner), []).append(cls)
                    if owner.module is not engine.module:
                        self._enter(function, owner)  # nobody else does
                    continue
                self._enter(function, cls)

    def _enter(self, function: FunctionInfo, receiver: ClassInfo | None) -> None:
        if (function, receiver) in self.done:
            return
        self.done.add((function, receiver))
        self.begun = Begun(function, receiver)
        summary = self.engine.functions.generic(function, receiver)
        self.entries.append(Entry(function, receiver, summary))
        if receiver is not None:
            self._enter_wrapper(function, receiver)

    def _enter_wrapper(self, method: FunctionInfo, receiver: ClassInfo) -> None:
        """Analyse what others call when they call a decorated method."""
        wrapper = self.engine.wrappers.of(method)
        if wrapper is not None and isinstance(wrapper.target, FunctionInfo):
            function = wrapper.target
            given = self.engine.functions.generic_inputs(function, None)
            given[function.parameters[0].name] = reference("instance", receiver)
            summary = self.engine.functions.summarise(function, given, wrapper.parts)
            self.entries.append(Entry(function, None, summary))

    def _enter_holders(self) -> None:
        """Keep what the functions leave behind, and enter the classes of other modules it is in.

        An object of such a class that holds a builder may be used wherever it goes from here. No
        further module is read for that: it would be one for nearly everything.
        """
        engine = self.engine
        known: set[tuple[ClassInfo, str]] = set()
        start = 0
        while start < len(self.entries):
            for entry in self.entries[start:]:
                self._keep_objects(entry)
            start = len(self.entries)
            holding: dict[ClassInfo, set[str]] = {}
            for (cls, attribute), kept in engine.attributes.items():
                if (cls, attribute) in known or not any(map(holds_builder, kept.values())):
                    continue
                known.add((cls, attribute))
                if is_foreign(engine, cls):
                    holding.setdefault(cls, set()).add(attribute)
            engine.needs.is_abroad = True
            for cls, held in holding.items():
                self._enter_class(cls, held)
            engine.needs.is_abroad = False

    # --- what outlives a call -----------------------------------------------------------------

    def _keep_objects(self, entry: Entry) -> None:
        """Attributes that a method leaves on its object are there for the other methods."""
        engine = self.engine
        own = entry.own_name
        for name, after in entry.summary.objects.items():
            by = None
            if name == own and entry.receiver is not None:
                classes = [entry.receiver]
                by = entry.function
            else:
                classes = [
                    ref.target
                    for ref in after.refs.values()
                    if ref.kind in ("instance", "class") and isinstance(ref.target, ClassInfo)
                ]
            open_value = self._outside(after, entry)
            for attribute, field in attributes(open_value):
                for cls in classes:
                    engine.keep(cls, attribute, field, by)
            for field in open_value.fields.values():
                self._keep_objects_in(field)
        self._keep_outer(
            {slot: self._outside(value, entry) for slot, value in entry.summary.outer.items()}
        )
        returned = entry.summary.returned
        if returned.fields:
            self._keep_objects_in(self._outside(returned, entry))
        for (cls, attribute), value in entry.summary.kept.items():
            engine.keep(cls, attribute, self._outside(value, entry))

    def _keep_objects_in(self, value: Value) -> None:
        """The attributes of objects that are put where anybody may take them from."""
        if not value.fields:
            return
        for ref in value.refs.values():
            if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                for name, field in attributes(value):
                    self.engine.keep(ref.target, name, field)
        for field in value.fields.values():
            self._keep_objects_in(field)

    def _offer_to_bases(self, entry: Entry) -> None:
        """A base class that has not been read may use what a method returns or keeps, or call it.

        It may build the id that a method makes a state id of, under whatever name it takes it.
        """
        if entry.receiver is None or self.engine.packages is None:
            return
        unread = frozenset(self.engine.pending_bases(entry.receiver))
        if not unread:
            return
        ours = entry.function.module is self.engine.module
        offered = [entry.summary.returned, *entry.summary.objects.values()]
        while offered:
            value = offered.pop()
            offered.extend(value.fields.values())
            for atom, trace in value.atoms.items():
                if isinstance(atom, Origin) and (ours or self.engine.concerns(atom, trace)):
                    self.engine.needs.add(atom, unread)
        if leads_on(self.engine, entry.function, entry.summary):
            calling = [each for each in unread if self._calls(each, entry.function)]
            self.engine.needs.need_builders(calling)

    def _calls(self, base: Pending, method: FunctionInfo) -> bool:
        """Whether a base class calls a method on its own object."""
        packages = self.engine.packages
        assert packages is not None
        return method.name in packages.called_on_self(base.path, base.name)

    def _outside(self, value: Value, entry: Entry) -> Value:
        """A value as it is when the caller is not known.

        Its parameters' symbols mean nothing then, but for those of the object's own attributes,
        which stand for the attributes of its class.
        """
        own = entry.own_name

        def resolve(symbol: Symbol) -> Value:
            kind = symbol.root[0]
            if kind != "parameter":
                return Value({symbol: ()}) if kind != "free" else NOTHING
            if symbol.root[1] == own and entry.receiver is not None and symbol.path:
                return Value({Symbol(("attribute", entry.receiver), symbol.path): ()})
            return NOTHING

        return substitute(value, resolve)

    def _keep_outer(self, outer: dict[tuple[object, str], Value]) -> None:
        for (home, name), value in outer.items():
            if isinstance(home, ModuleInfo) or name == SENT:
                self._keep_global(home, name, value)

    def _keep_global(self, module: object, name: str, value: Value) -> None:
        if value.plain or name.startswith(OBJECT):
            return
        packages = self.engine.packages
        if value.fields and isinstance(module, ModuleInfo) and packages is not None:
            # What is put into what a module imports is put in where that is at home.
            own = module.definitions.get(name)
            if own is None or isinstance(own[-1], Import):
                module, name = packages.home(module, name)
        if not name:
            for attribute, field in attributes(value):
                self._keep_global(module, attribute, field)
        else:
            slot = (module, name)
            known = self.engine.globals.get(slot, NOTHING)
            self.engine.globals[slot] = join(known, value)

    # --- connecting ---------------------------------------------------------------------------

    def _connect(self, symbol: Symbol, sink: Sink, entry: Entry | None) -> None:
        """An input that reaches a target: find the builders that may be put in."""
        for origin, trace in self._sources.of(symbol, entry, set()).items():
            self.engine.record(origin, follow(trace, sink.first), sink.used)
            if sink.deepest is not sink.first:
                self.engine.record(origin, follow(trace, sink.deepest), sink.used)

    def _connect_need(
        self, symbol: Symbol, unread: frozenset[Pending], entry: Entry | None, ours: bool
    ) -> None:
        """As :meth:`_connect`, for an input that is passed to modules that were not read."""
        for origin, trace in self._sources.of(symbol, entry, set()).items():
            if isinstance(origin, Origin) and (ours or self.engine.concerns(origin, trace)):
                self.engine.needs.add(origin, unread)
