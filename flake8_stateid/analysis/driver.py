"""Findings of one module: a pure function of its tree, its source and the settings."""

from __future__ import annotations

import _ast as ast
import os
import sys
from operator import attrgetter

from flake8_stateid.analysis.builders import BUILDING, HOW_MADE, may_build
from flake8_stateid.analysis.candidates import Candidates
from flake8_stateid.analysis.engine import Engine, Packages, UnreadModuleError
from flake8_stateid.analysis.flow import FlowFrame
from flake8_stateid.analysis.frame import OBJECT
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo
from flake8_stateid.analysis.registering import without
from flake8_stateid.analysis.unread import is_foreign
from flake8_stateid.analysis.values import (
    NOTHING,
    SENT,
    Hop,
    Origin,
    Pending,
    Symbol,
    Trace,
    Value,
    attributes,
    follow,
    holds_builder,
    join,
    part_at,
    substitute,
)
from flake8_stateid.findings import Finding, Span, Step
from flake8_stateid.names import StateIdNames
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set
    from typing import Protocol

    from flake8_stateid.analysis.summaries import Sink, Summary
    from flake8_stateid.settings import Settings
    from flake8_stateid.source import SourceText
else:
    Protocol = object

# Frames of our own nest some twenty deep for each call that is followed and each level of an
# expression; the interpreter's default of 1000 would end that after a hundred.
_RECURSION_LIMIT = 40_000

# Where each kind of node says a name; of a constant, a string may be a key or an attribute.
_IDENTIFIERS: dict[type[ast.AST], str] = {
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.keyword: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
    ast.Constant: "value",
}
_FEW_MODULES = 3  # each of which is opened as soon as it is known to be needed
_LONGEST = 200  # characters of a string that may still be a name


class AnalysisDefeated(Exception):
    """The file is beyond what can be analysed.

    Attributes:
        reason: Why, in a few words, with the remedy.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def analyse(
    tree: ast.Module,
    source: SourceText,
    settings: Settings,
    packages: PackageReader | None = None,
) -> tuple[Finding, ...]:
    """All findings of the module, ordered by place.

    Args:
        tree: The module as ``ast.parse`` gave it.
        source: The text the tree was parsed from.
        settings: Names and minting calls; paths are not looked at here.
        packages: Reads other modules of the package; None to stay within this one.

    Returns:
        One finding for each builder that reaches a target.

    Raises:
        AnalysisDefeated: The file nests deeper than can be followed.
    """
    names = StateIdNames(settings.names)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        module = ModuleInfo(source, tree, os.path.abspath(source.path))
        found = _followed(module, settings, packages, names)
        candidates = Candidates(names, frozenset(settings.minting))
        if candidates.may_matter(module):
            # Imported here: few modules make clients in a loop.
            from flake8_stateid.analysis.call_index import call_index_findings

            found += call_index_findings(module, settings, candidates, packages)
        return tuple(sorted(found))
    except RecursionError:
        raise AnalysisDefeated(
            "its expressions or calls nest too deep to be followed: split them up"
        ) from None
    finally:
        sys.setrecursionlimit(limit)


def _followed(
    module: ModuleInfo, settings: Settings, packages: PackageReader | None, names: StateIdNames
) -> list[Finding]:
    """The findings of the flow from builders to targets."""
    if not _worth_analysing(module, names, settings.minted_wanted, packages is not None):
        return []
    opened: frozenset[str] = frozenset()
    impatient = True
    last: _Begun | None = None
    spent = 0
    while True:
        view = None if packages is None else packages.view(opened)
        engine = Engine(module, settings, view, impatient=impatient)
        program = _Program(engine, last)
        complete = False
        try:
            program.run()
            complete = True
        except UnreadModuleError:
            # What was understood without the module does not say where the rest leads.
            last = program.begun
        wanted = engine.unread() - opened
        spent += engine.spent
        if complete and (not wanted or spent > engine.budget):
            # Each module that is opened may lead to more. Where so much has been done already,
            # those that are still closed stay so: what they do is unknown.
            return _findings(engine)
        opened |= wanted
        # To begin again at once is cheaper where few modules are needed, which is so mostly.
        impatient = bool(wanted) and len(opened) < _FEW_MODULES


def _worth_analysing(module: ModuleInfo, names: StateIdNames, minted: bool, imports: bool) -> bool:
    """Whether the module has a builder and an identifier or string that names a state id.

    Args:
        module: The module.
        names: What is a state id name.
        minted: Whether what mints an id counts as well, which almost anything may.
        imports: Whether builders of other modules count: then any import may bring one.
    """
    return (minted or _builds(module, imports)) and any(
        type(text) is str and len(text) < _LONGEST and names.kind(text)
        for kind, field in _IDENTIFIERS.items()
        for text in map(attrgetter(field), module.nodes.get(kind, ()))
    )


def _builds(module: ModuleInfo, imports: bool) -> bool:
    """Whether a module has a builder, or imports what may have one."""
    return any(
        (kind.__name__ in BUILDING and any(map(may_build, nodes)))
        or (imports and kind in (ast.Import, ast.ImportFrom) and any(map(_brings_code, nodes)))
        for kind, nodes in module.nodes.items()
    )


def _brings_code(node: ast.AST) -> bool:
    """Whether a node imports what may be another module of the package."""
    if isinstance(node, ast.ImportFrom):
        first = (node.module or "").partition(".")[0]
        return bool(node.level) or first not in sys.stdlib_module_names
    return isinstance(node, ast.Import) and any(
        alias.name.partition(".")[0] not in sys.stdlib_module_names for alias in node.names
    )


class PackageReader(Protocol):
    """Reads other modules on demand; see :mod:`flake8_stateid.analysis.packages`."""

    def view(self, opened: frozenset[str]) -> Packages:
        """The package with these modules open."""


class _Entry(Record):
    """A function as somebody outside may call it, and what it then does."""

    function: FunctionInfo
    receiver: ClassInfo | None
    summary: Summary


def _receiver_name(entry: _Entry) -> str:
    """The parameter that holds the object or class; "" for a function that has none."""
    function = entry.function
    return function.parameters[0].name if function.takes_receiver else ""


class _Begun(Record):
    """A function that was being analysed when a module was found to be needed."""

    function: FunctionInfo
    receiver: ClassInfo | None


class _Program:
    """Runs the whole module and brings together what its functions leave open.

    Args:
        engine: What is known of the module and those it imports.
        likeliest: The function that needed a module last: it may need the next one too.

    Attributes:
        begun: The function that was entered last.
    """

    def __init__(self, engine: Engine, likeliest: _Begun | None = None) -> None:
        self.engine = engine
        self.begun = likeliest
        self.entries: list[_Entry] = []
        self.heirs: dict[tuple[FunctionInfo, ClassInfo], list[ClassInfo]] = {}
        self.done: set[tuple[FunctionInfo, ClassInfo | None]] = set()
        self._kept_in: dict[tuple[ClassInfo, tuple[object, ...]], list[Value]] = {}

    def run(self) -> None:
        """Analyse everything, then connect attributes and globals to their readers."""
        engine = self.engine
        frame = FlowFrame(engine, engine.module, None)
        frame.run(engine.module.tree.body)
        left = frame.left
        if left is not None:
            frame.settle(left.stored)
            for name, value in left.env.items():
                self._keep_global(engine.module, name, without(value, left.registered))
                engine.fill_global(engine.module, name, value)
        self._keep_outer(frame.outer)
        for (cls, attribute), value in frame.kept.items():
            engine.keep(cls, attribute, value)
        if engine.impatient:
            self._look_ahead()
        self._enter_functions()
        called = len(self.entries)
        self._enter_holders()
        for entry in self.entries[:called]:
            self._offer_to_bases(entry)
        for symbol, sink in frame.sinks.items():
            self._connect(symbol, sink, None)
        for entry in self.entries:
            for symbol, sink in entry.summary.sinks.items():
                self._connect(symbol, sink, entry)
        for entry in self.entries[:called]:
            for symbol, unread in entry.summary.needs.items():
                self._connect_need(symbol, unread, entry)
        for symbol, unread in frame.needs.items():
            self._connect_need(symbol, unread, None)

    def _look_ahead(self) -> None:
        """Begin with what is likeliest to need an unread module.

        That is the function that needed the last one, and classes with bases elsewhere. All that
        was understood before such a module is opened has to be understood again.
        """
        engine = self.engine
        if self.begun is not None:
            engine.generic(self.begun.function, self.begun.receiver)
        for cls in list(engine.seen_classes):
            unread = engine.unread_bases(cls)
            if unread is NOTHING and all(
                owner.module is engine.module for owner in engine.classes.order(cls)
            ):
                continue
            for function in (*cls.methods.values(), *cls.setters.values()):
                self.begun = _Begun(function, cls)
                self._offer_to_bases(_Entry(function, cls, engine.generic(function, cls)))

    def _enter_functions(self) -> None:
        module = self.engine.module
        done = self.done
        for definitions in list(module.definitions.values()):
            for definition in definitions:
                if isinstance(definition, FunctionInfo):
                    self._enter(definition, None, done)
        # Classes and functions inside others come up while these are analysed.
        entered: set[ClassInfo] = set()
        while True:
            classes = [cls for cls in self.engine.seen_classes if cls not in entered]
            nested = [fn for fn in self.engine.nested if (fn, None) not in done]
            if not classes and not nested:
                return
            for cls in classes:
                entered.add(cls)
                self._enter_class(cls, done)
            for function in nested:
                self._enter(function, None, done)

    def _enter_class(
        self,
        cls: ClassInfo,
        done: set[tuple[FunctionInfo, ClassInfo | None]],
        attributes: Set[str] | None = None,
    ) -> None:
        """Analyse the methods of a class; of another module's, those that use some attributes."""
        engine = self.engine
        for owner in engine.classes.order(cls):
            for function in (*owner.methods.values(), *owner.setters.values()):
                inherited = owner is not cls
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
                        self._enter(function, owner, done)  # nobody else does
                    continue
                self._enter(function, cls, done)

    def _enter(
        self,
        function: FunctionInfo,
        receiver: ClassInfo | None,
        done: set[tuple[FunctionInfo, ClassInfo | None]],
    ) -> None:
        if (function, receiver) in done:
            return
        done.add((function, receiver))
        self.begun = _Begun(function, receiver)
        summary = self.engine.generic(function, receiver)
        self.entries.append(_Entry(function, receiver, summary))

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
            engine.is_abroad = True
            for cls, held in holding.items():
                self._enter_class(cls, self.done, held)
            engine.is_abroad = False

    # --- what outlives a call -----------------------------------------------------------------

    def _keep_objects(self, entry: _Entry) -> None:
        """Attributes that a method leaves on its object are there for the other methods."""
        engine = self.engine
        own = _receiver_name(entry)
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

    def _offer_to_bases(self, entry: _Entry) -> None:
        """A base class that has not been read may use what a method returns or keeps."""
        if entry.receiver is None or self.engine.packages is None:
            return
        unread = frozenset(
            atom
            for atom in self.engine.unread_bases(entry.receiver).atoms
            if isinstance(atom, Pending)
        )
        if not unread:
            return
        offered = [entry.summary.returned, *entry.summary.objects.values()]
        while offered:
            value = offered.pop()
            offered.extend(value.fields.values())
            for atom in value.atoms:
                if isinstance(atom, Origin):
                    self.engine.need(atom, unread)

    def _outside(self, value: Value, entry: _Entry) -> Value:
        """A value as it is when the caller is not known.

        Its parameters' symbols mean nothing then, but for those of the object's own attributes,
        which stand for the attributes of its class.
        """
        own = _receiver_name(entry)

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
        if not value.plain and not name.startswith(OBJECT):
            slot = (module, name)
            known = self.engine.globals.get(slot, NOTHING)
            self.engine.globals[slot] = join(known, value)

    # --- connecting ---------------------------------------------------------------------------

    def _connect(self, symbol: Symbol, sink: Sink, entry: _Entry | None) -> None:
        """An input that reaches a target: find the builders that may be put in."""
        for origin, trace in self._sources(symbol, entry, set()).items():
            self.engine.record(origin, follow(trace, sink.first), sink.used)
            if sink.deepest is not sink.first:
                self.engine.record(origin, follow(trace, sink.deepest), sink.used)

    def _connect_need(
        self, symbol: Symbol, unread: frozenset[Pending], entry: _Entry | None
    ) -> None:
        """As :meth:`_connect`, for an input that is passed to modules that were not read."""
        for origin in self._sources(symbol, entry, set()):
            if isinstance(origin, Origin):
                self.engine.need(origin, unread)

    def _sources(
        self, symbol: Symbol, entry: _Entry | None, visited: set[Symbol]
    ) -> dict[Origin | Pending, Trace]:
        """The builders a symbol may stand for, with the way each has come."""
        found: dict[Origin | Pending, Trace] = {}
        for value in self._stored(symbol, entry):
            for atom, trace in value.atoms.items():
                if not isinstance(atom, Symbol):
                    found.setdefault(atom, trace)
                elif atom not in visited:
                    visited.add(atom)
                    # Kept values speak of attributes and globals only, never of parameters.
                    for origin, before in self._sources(atom, None, visited).items():
                        found.setdefault(origin, follow(before, trace))
        return found

    def _stored(self, symbol: Symbol, entry: _Entry | None) -> list[Value]:
        """What is kept under a symbol: attributes of a class, a global, a default."""
        engine = self.engine
        kind = symbol.root[0]
        if kind == "global":
            module, name = symbol.root[1], str(symbol.root[2])
            kept = engine.globals.get((module, name), NOTHING)
            if isinstance(module, ModuleInfo) and module is not engine.module:
                kept = join(kept, engine.module_variable(module, name))
            return [part_at(kept, symbol.path)]
        if kind == SENT:
            return [part_at(engine.globals.get((symbol.root[1], SENT), NOTHING), symbol.path)]
        if kind == "attribute":
            cls = symbol.root[1]
            assert isinstance(cls, ClassInfo)
            return self._attribute(cls, symbol.path)
        if kind != "parameter" or entry is None:
            return []
        name = str(symbol.root[1])
        parameters = entry.function.parameters
        values: list[Value] = []
        if entry.receiver is not None and name == _receiver_name(entry):
            if symbol.path:
                heirs = self.heirs.get((entry.function, entry.receiver), [])
                for cls in (entry.receiver, *heirs):
                    values += self._attribute(cls, symbol.path)
            return values
        values.append(part_at(engine.default_value(entry.function, name), symbol.path))
        if symbol.path and str(symbol.path[0]).startswith("."):
            for parameter in parameters:
                if parameter.name == name and parameter.annotation is not None:
                    seen = engine.annotated(entry.function.module, parameter.annotation)
                    for ref in seen.refs.values():
                        if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                            values += self._attribute(ref.target, symbol.path)
        return values

    def _attribute(self, cls: ClassInfo, path: tuple[object, ...]) -> list[Value]:
        """What is kept in an attribute of a class, or in a part of it; asked for many times."""
        known = self._kept_in.get((cls, path))
        if known is None:
            known = self._kept_in[(cls, path)] = self._collected(cls, path)
        return known

    def _collected(self, cls: ClassInfo, path: tuple[object, ...]) -> list[Value]:
        key = str(path[0])
        if not key.startswith("."):
            return []
        values = []
        overridden = False
        for owner in self.engine.classes.order(cls):
            for by, kept in self.engine.attributes.get((owner, key[1:]), {}).items():
                if owner is not cls and isinstance(by, FunctionInfo):
                    if self._acts_otherwise(by, cls):
                        continue
                elif overridden and by is owner:
                    continue
                values.append(part_at(kept, path[1:]))
            overridden = overridden or key[1:] in owner.statements
        return values

    def _acts_otherwise(self, method: FunctionInfo, cls: ClassInfo) -> bool:
        """Whether what a base's method sets on its objects says nothing of those of ``cls``.

        It is overridden, or was analysed once more for objects of ``cls``.
        """
        if (method, cls) in self.done:
            return True
        engine = self.engine
        return cls in engine.seen_classes and method not in (
            engine.classes.method(cls, method.name),
            engine.classes.setter(cls, method.name),
        )


def _findings(engine: Engine) -> list[Finding]:
    findings: dict[tuple[Span, str], Finding] = {}
    for (origin, _), sink in engine.found.items():
        if origin in engine.registered_origins and not sink.used:
            continue
        finding = _finding(engine, origin, sink)
        if finding is not None:
            findings.setdefault((finding.span, finding.code), finding)
    return list(findings.values())


def _finding(engine: Engine, origin: Origin, sink: Sink) -> Finding | None:
    """The finding of a builder; None where another file is the place to report it."""
    module, how = engine.module, HOW_MADE[origin.code]
    steps = _steps(origin, sink.deepest)
    if origin.module is module:
        target = next(hop for hop in sink.deepest if hop.target)
        message = f"{engine.names.label(target.target)} {how}: {target.text}"
        return Finding(module.source.path, steps[0].span, origin.code, message, steps)
    # Built elsewhere: reported where it enters this file, unless that file is told of it.
    entering = next((hop for hop in sink.deepest if hop.module is module), None)
    if entering is None:
        return None
    behind = sink.deepest[sink.deepest.index(entering) :]
    ours = next((hop for hop in behind if hop.module is module and hop.target), None)
    if ours is None and not any(hop.target for hop in sink.deepest[: -len(behind)]):
        # Built in one module, made a state id in another: only this one brings them together.
        ours = next((hop for hop in behind if hop.target), None)
    if ours is None:
        return None
    if engine.packages is not None and engine.packages.is_plugin_code(origin.module.file):
        before = sink.deepest[: sink.deepest.index(entering)]
        if any(hop.target and hop.module is origin.module for hop in before):
            return None
    where = f"{origin.module.source.path}:{steps[0].span.row}"
    message = f"{engine.names.label(ours.target)} {how} ({where}): {ours.text}"
    return Finding(module.source.path, _span(entering), origin.code, message, steps)


def _steps(origin: Origin, trace: Trace) -> tuple[Step, ...]:
    source = origin.module.source
    steps = [Step(source.path, source.span(origin.node), HOW_MADE[origin.code])]
    for hop in trace:
        step = Step(hop.module.source.path, _span(hop), hop.text, bool(hop.target))
        if steps[-1] != step:
            steps.append(step)
    return tuple(steps)


def _span(hop: Hop) -> Span:
    node = hop.node
    assert isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.pattern)
    return hop.module.source.span(node)
