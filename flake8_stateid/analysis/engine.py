"""What is known of a program beyond one function: summaries, classes, attributes, globals."""

from __future__ import annotations

import _ast as ast
import builtins

from flake8_stateid.analysis.annotations import AnnotationReader
from flake8_stateid.analysis.builders import MINTED
from flake8_stateid.analysis.classes import ClassTable
from flake8_stateid.analysis.endings import Endings
from flake8_stateid.analysis.flow import FlowFrame
from flake8_stateid.analysis.library import MODELS
from flake8_stateid.analysis.places import OBJECT
from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    Import,
    ModuleInfo,
    Parameter,
    last_name,
)
from flake8_stateid.analysis.registration import MINTING_FUNCTION
from flake8_stateid.analysis.substitution import shape, symbolised
from flake8_stateid.analysis.summaries import EMPTY, Sink, Summary, SummaryKey
from flake8_stateid.analysis.unread import can_matter
from flake8_stateid.analysis.values import (
    CAPTURED,
    DICT,
    NOTHING,
    NUMBER,
    STRING,
    TUPLE,
    UNKNOWN,
    UNREAD,
    UNREAD_OBJECT,
    Atom,
    Hop,
    Key,
    Origin,
    Pending,
    Reference,
    Symbol,
    Trace,
    Value,
    constant,
    is_attribute,
    join,
    made_by_unread,
    reference,
    told_apart,
)
from flake8_stateid.analysis.wrapping import Wrappers
from flake8_stateid.names import StateIdNames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set
    from typing import Protocol

    from flake8_stateid.settings import Settings
else:
    Protocol = object

_BUILTINS = frozenset((*dir(builtins), "exit", "quit"))  # `site` adds these, mostly
_HELD_BY_DEFAULT = (ast.Name, ast.Attribute, ast.Lambda, ast.Call)
_MAX_SHAPES = 12  # ways one function is analysed, by what its callers hand it
_MAX_ROUNDS = 6  # until a recursive function's summary is taken as it is
_FINISHED = 1 << 30
_MAX_MEMBERS = 4  # of a module, one of the other
_BUDGET = 16_000  # work that is done for any file; more for a long one
_MAX_DEPTH = 400  # functions whose analysis waits for that of another


class UnreadModuleError(Exception):
    """What is analysed cannot be understood without a module that has not been read."""


class Packages(Protocol):
    """Reads other modules of the package on demand."""

    def imported(self, engine: Engine, module: ModuleInfo, bound: Import) -> Value | None:
        """What an import binds; None where its source is not part of the package."""

    def star_imported(self, engine: Engine, module: ModuleInfo, name: str) -> Value:
        """What ``from x import *`` binds under a name."""

    def module_attribute(self, engine: Engine, path: str, name: str) -> Value:
        """What a name is in a module of the package."""

    def unread_part(self, target: str) -> Value:
        """What is a part of, or made by, what a module that has not been read defines."""

    def unread_attribute(self, engine: Engine, target: str, name: str) -> Value:
        """An attribute of what a module that has not been read defines, or of that module."""

    def can_matter(self, path: str, name: str) -> bool:
        """Whether what a module defines can make a state id of a string that is passed to it."""

    def can_mint(self, path: str, name: str) -> bool:
        """Whether what a module defines can register a string that is passed to it."""

    def opened(self) -> list[ModuleInfo]:
        """The modules that are open from the beginning."""

    def can_build(self, unread: Pending, anywhere: bool = False) -> bool:
        """Whether what a module defines, or a member of it, can give a string that it builds."""

    def called_on_self(self, path: str, name: str) -> Set[str]:
        """The attributes that the methods of a class in a module take of their own object."""

    def can_count(self, path: str, name: str) -> bool:
        """Whether what a module defines can be, or make, a client that counts its calls."""

    def is_plugin_code(self, path: str) -> bool:
        """Whether the lint looks at a file by itself."""


class Engine:
    """Everything the analysis of one module remembers.

    Args:
        module: The module whose findings are wanted.
        settings: Names and minting calls.
        packages: Reads other modules of the package; None to stay within this one.
        impatient: Whether to give up, with :class:`UnreadModuleError`, as soon as a module is
            needed that has not been read.

    Attributes:
        is_abroad: While methods are analysed that nobody here calls: what they build, or take from
            modules that were not read, is no affair of this module.
    """

    is_abroad = False

    def __init__(
        self,
        module: ModuleInfo,
        settings: Settings,
        packages: Packages | None = None,
        *,
        impatient: bool = False,
    ) -> None:
        self.module = module
        self.names = StateIdNames(settings.names)
        self.minting = frozenset(settings.minting)
        self.minted = settings.minted_wanted
        self.models = MODELS
        if self.minted:
            # Imported here: the rule that looks for what is minted is off by default.
            from flake8_stateid.analysis.minting import models_with_minting

            self.models = models_with_minting()
        self.packages = packages
        self.impatient = impatient
        self.found: dict[tuple[Origin, ast.AST | None], Sink] = {}
        self.wanted: set[str] = set()
        self.needs: dict[Origin | Pending, set[Pending]] = {}
        self._members: dict[tuple[Pending, str], Pending] = {}
        self._calling_back: dict[Pending, Pending] = {}
        self._made_by_unread: dict[frozenset[Pending], Value] = {}
        self.depth = 0
        self.getters: list[FunctionInfo] = []  # that are being run, the outermost first
        self.classes = ClassTable(
            self._base, self._original_name, self._field_default, self._function_named
        )
        self.endings = Endings(self)
        self._annotations = AnnotationReader(self)
        self._origins: dict[ast.AST, Origin] = {}
        self._summaries: dict[SummaryKey, Summary] = {}
        self._running: dict[SummaryKey, int] = {}
        self._recursive: set[SummaryKey] = set()
        self.spent = self._runs = 0  # work done; functions analysed, each as often as it was
        # From here on only what is needed is analysed again.
        self._max_runs = 40 + 3 * _functions_in(module)
        self.budget = _BUDGET + 2 * module.source.text.count("\n")
        self._stale: set[SummaryKey] = set()  # to be analysed again in the round under way
        self._computed: list[SummaryKey] = []
        self._changed = False  # whether the round under way has taught something new
        self._unfinished = _FINISHED  # the outermost function whose summary was used too early
        self._shapes: dict[FunctionInfo, set[SummaryKey]] = {}
        self._attribute_shapes: dict[tuple[ClassInfo, str], Value] = {}
        self._put_in: dict[tuple[Value, Symbol], Value] = {}
        self._global_values: dict[tuple[ModuleInfo, str], Value] = {}
        self._parameters: dict[tuple[FunctionInfo, str], Value] = {}
        self._defaults: dict[tuple[FunctionInfo, str], Value] = {}
        self._unread_bases: dict[ClassInfo, Value] = {}
        self.wrappers = Wrappers(self.decorated)
        self._kept_defaults: dict[tuple[FunctionInfo, str], Value] = {}
        self.attributes: dict[
            tuple[ClassInfo, str], dict[FunctionInfo | ClassInfo | None, Value]
        ] = {}
        self.globals: dict[tuple[object, str], Value] = {}
        self.exposed: dict[ast.AST, set[str]] = {}  # by loop: names a round takes from the last
        self.nested: dict[FunctionInfo, None] = {}
        self.seen_classes: dict[ClassInfo, None] = {}
        self.registered_origins: set[object] = set()
        self._naming_minting: dict[ModuleInfo, bool] = {}
        self.mints = any(
            map(self.names_minting, (module, *(packages.opened() if packages else ())))
        )
        # What came to attributes and variables of modules by way of parameters.
        self._handed_on: dict[tuple[ClassInfo | ModuleInfo, str], Value] = {}

    # --- findings ----------------------------------------------------------------------------

    def built(self, module: ModuleInfo, node: ast.expr | ast.stmt, code: str) -> Value:
        """The value of a builder."""
        origin = self._origins.get(node)
        if origin is None:
            origin = self._origins[node] = Origin(module, node, code)
        return Value({origin: ()}, types=STRING.types)

    def names_minting(self, module: ModuleInfo) -> bool:
        """Whether a module has the name of a minting function: others register nothing."""
        known = self._naming_minting.get(module)
        if known is None:
            text = module.source.text
            known = self._naming_minting[module] = any(name in text for name in self.minting)
        return known

    def use(self, origin: Origin) -> None:
        """An id that was stored under a name was not registered in time."""
        for (known, _), sink in self.found.items():
            if known is origin:
                sink.used = True

    def record(self, origin: Origin | Pending, trace: tuple[Hop, ...], used: bool) -> None:
        """A builder has reached a target, or something out of a module that was not read."""
        if isinstance(origin, Pending):
            if not self.is_abroad:
                self._want([origin.path])
            return
        # What is built in another module counts once for each place where it enters this one.
        entry = None
        if origin.module is not self.module:
            entry = next((hop.node for hop in trace if hop.module is self.module), None)
        sink = self.found.get((origin, entry))
        if sink is None:
            self.found[(origin, entry)] = Sink(trace, used)
        else:
            sink.add(trace, used)

    def need(self, origin: Origin | Pending, unread: frozenset[Pending]) -> None:
        """A builder, or what may be one, is passed to what unread modules define."""
        if self.is_abroad:
            return
        known = self.needs.setdefault(origin, set())
        new = unread - known
        if new:
            known |= new
            if self.impatient:
                self._want(self._needed(origin, new))

    def need_builders(self, unread: Iterable[Pending]) -> None:
        """What unread modules define calls what makes a state id of what they give it."""
        packages = self.packages
        if packages is not None and not self.is_abroad:
            self._want([each.path for each in unread if packages.can_build(each, anywhere=True)])

    def _want(self, paths: list[str]) -> None:
        """The modules in some files have to be read."""
        self.wanted.update(paths)
        if self.impatient and paths:
            raise UnreadModuleError

    def unread(self) -> frozenset[str]:
        """Paths of the modules that must be read to tell what becomes of the builders."""
        wanted = set(self.wanted)
        for origin, unread in self.needs.items():
            wanted.update(self._needed(origin, unread))
        return frozenset(wanted)

    def _needed(self, origin: Origin | Pending, unread: Iterable[Pending]) -> list[str]:
        """Paths of the modules without which it is not known whether a builder is found."""
        packages = self.packages
        if packages is None:
            return []
        if isinstance(origin, Pending):
            # Where it leads is of interest once it is known to be built.
            if not packages.can_build(origin):
                return []
            matters = any(can_matter(self, packages, each) for each in unread)
            return [origin.path] if matters else []
        if (origin, None) in self.found:  # unless one of them registers it before
            return [each.path for each in unread if packages.can_mint(each.path, each.name)]
        return [each.path for each in unread if can_matter(self, packages, each)]

    def calling_back(self, unread: Iterable[Pending]) -> frozenset[Pending]:
        """The same, told apart as what calls a function that makes state ids."""
        found = set()
        for pending in unread:
            known = self._calling_back.get(pending)
            if known is None:
                known = Pending(pending.path, pending.name, calls_back=True)
                self._calling_back[pending] = known
            found.add(known)
        return frozenset(found)

    def is_called_back(self, path: str) -> bool:
        """Whether something in an unread module was handed a function that makes state ids.

        It may keep it, and so may whatever else that module defines.
        """
        return any(pending.path == path for pending in self._calling_back)

    def made_by_unread(self, unread: frozenset[Pending]) -> Value:
        """What something in modules that have not been read gives; asked for at each call."""
        known = self._made_by_unread.get(unread)
        if known is None:
            known = self._made_by_unread[unread] = made_by_unread(unread)
        return known

    def member(self, pending: Pending, name: str) -> Pending:
        """What a module that has not been read puts in, by way of an attribute."""
        known = self._members.get((pending, name))
        if known is None:
            known = pending  # what a member gives, or holds, is that member's
            if not pending.member:
                known = Pending(pending.path, pending.name, pending.is_base, name)
            elif not pending.name and pending.member.count(".") < _MAX_MEMBERS:
                known = Pending(pending.path, "", pending.is_base, f"{pending.member}.{name}")
            self._members[(pending, name)] = known
        return known

    def spend(self, amount: int) -> bool:
        """Count work; whether so much is done that calls are from now on followed no further.

        Parsers and other code whose objects all hold one another would else take minutes. What
        such calls return is then unknown; that an argument reaches a target is still seen.
        """
        self.spent += amount
        return self.spent > self.budget

    def minted_value(self, module: ModuleInfo, node: ast.AST) -> Value:
        """The value of what mints an id, in plugin code; elsewhere that is nobody's mistake."""
        if isinstance(node, ast.expr) and self._is_plugin_code(module):
            return self.built(module, node, MINTED)
        return STRING

    def minted_literal(self, module: ModuleInfo, node: ast.expr, text: str) -> Value:
        """A string literal, itself an origin where minting is looked for."""
        from flake8_stateid.analysis.minting import is_minted_text

        value = constant(text)
        if not (is_minted_text(text, self.names) and self._is_plugin_code(module)):
            return value
        return Value(self.built(module, node, MINTED).atoms, types=value.types, const=text)

    def _is_plugin_code(self, module: ModuleInfo) -> bool:
        if module is self.module:
            return True
        return self.packages is not None and self.packages.is_plugin_code(module.file)

    # --- summaries ---------------------------------------------------------------------------

    def summarise(
        self,
        function: FunctionInfo,
        given: dict[str, Value],
        parts: Mapping[Key, Value],
    ) -> Summary:
        """What a function does with inputs of this shape.

        Args:
            function: The function.
            given: What each parameter receives.
            parts: What its reference carries along: captured variables.
        """
        captured = {
            str(key)[len(CAPTURED) :]: value
            for key, value in parts.items()
            if str(key).startswith(CAPTURED)
        }
        shapes: list[tuple[str, object]] = []
        inputs: dict[str, Value] = {}
        read = function.names.read
        inner = bool(function.names.inner)
        operands = function.names.operands
        keys = function.names.keys
        for index, parameter in enumerate(function.parameters):
            name = parameter.name
            value = given.get(name)
            if value is None:
                value = self.default_value(function, name)
            if not inner and name not in read and index:
                continue
            value = self._without_usual(value)
            of_value = shape(value)
            if not of_value and value.refs and not self._is_told(function, parameter):
                of_value = shape(value, unread=True)
            if name in operands and value.types and value.types <= {"num", "list", "tuple"}:
                of_value = (*of_value, value.types)
                inputs[name] = value
            if value.const is not None and name in keys:
                of_value = (*of_value, value.const)
            if of_value:
                shapes.append((name, of_value))
                inputs[name] = value
        for name, value in captured.items():
            of_value = shape(value)
            shapes.append((CAPTURED + name, of_value))
        key: SummaryKey = (function, tuple(shapes))
        known = self._summaries.get(key)
        if known is not None:
            if key in self._running:
                self._recursive.add(key)
                self._unfinished = min(self._unfinished, self._running[key])
                return known
            if key not in self._stale:
                return known
            return self._analysed(key, function, inputs, captured)
        ways = self._shapes.setdefault(function, set())
        if len(ways) >= _MAX_SHAPES or self._runs > self._max_runs:
            inputs = {
                name: value
                for name, value in inputs.items()
                if function.takes_receiver and name == function.parameters[0].name
            }
            key = (function, tuple(entry for entry in shapes if entry[0] in inputs))
            known = self._summaries.get(key)
            if known is not None:
                return known
        ways.add(key)
        if self.depth >= _MAX_DEPTH:
            return EMPTY
        return self._analysed(key, function, inputs, captured)

    def _without_usual(self, value: Value) -> Value:
        """An object without the attributes that hold what its class says they hold.

        They are found through the class as well, and need no summary of their own.
        """
        if not value.fields:
            return value
        ref = next(iter(value.refs.values())) if len(value.refs) == 1 else None
        cls = ref.target if ref is not None and ref.kind == "instance" else None
        fields: dict[Key, Value] = {}
        changed = False
        for key, held in value.fields.items():
            field = self._without_usual(held)
            if isinstance(cls, ClassInfo) and is_attribute(key):
                usual = self.attribute_shape(cls, key[1:])
                if field is usual or shape(field) == shape(usual):
                    changed = True
                    continue
            changed |= field is not held
            fields[key] = field
        if not changed:
            return value
        return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)

    def _is_told(self, function: FunctionInfo, parameter: Parameter) -> bool:
        """Whether its annotation says of what class a parameter is, and all it holds."""
        annotation = parameter.annotation
        return annotation is not None and self._annotations.tells_all(function.module, annotation)

    def _analysed(
        self,
        key: SummaryKey,
        function: FunctionInfo,
        inputs: dict[str, Value],
        captured: dict[str, Value],
    ) -> Summary:
        """Analyse a function; where it calls itself, in rounds until none brings anything new.

        Of functions that call each other in a circle only the one that was entered first goes
        into rounds; in each, every other is analysed once, on what the round before has shown.
        """
        self.depth += 1
        depth = self._running[key] = self.depth
        outer_unfinished, self._unfinished = self._unfinished, _FINISHED
        outer_changed, self._changed = self._changed, False
        self._stale.discard(key)
        self._summaries.setdefault(key, Summary())
        start = len(self._computed)
        self._computed.append(key)
        try:
            for _ in range(_MAX_ROUNDS):
                self._recursive.discard(key)
                self._changed = False
                summary = self._run(function, inputs, captured)
                changed = summary.says_more(self._summaries[key]) or self._changed
                self._summaries[key] = summary
                self._changed = changed
                if not changed or key not in self._recursive or self._unfinished < depth:
                    break
                if self._runs > self._max_runs:
                    break
                self._stale.update(self._computed[start + 1 :])
        finally:
            del self._running[key]
            self.depth -= 1
        self._stale.difference_update(self._computed[start:])
        self._changed = self._changed or outer_changed
        rests_on_outer = self._unfinished < depth
        self._unfinished = min(outer_unfinished, self._unfinished if rests_on_outer else _FINISHED)
        return self._summaries[key]

    def _run(
        self, function: FunctionInfo, inputs: dict[str, Value], captured: dict[str, Value]
    ) -> Summary:
        self._runs += 1
        frame = self._entered(function, inputs, captured)
        node = function.node
        if isinstance(node, ast.Lambda):
            frame.run_lambda(node.body)
        else:
            frame.run(node.body)
        self.endings.note(function, returns=frame.exits is not None)
        return frame.summary()

    def _entered(
        self, function: FunctionInfo, inputs: dict[str, Value], captured: dict[str, Value]
    ) -> FlowFrame:
        """A frame with the function's parameters bound to symbols."""
        frame = FlowFrame(self, function.module, function)
        env: dict[str, Value] = {}
        for parameter in function.parameters:
            value = self.parameter_value(function, parameter, inputs.get(parameter.name))
            env[parameter.name] = value
            env[OBJECT + parameter.name] = value
            frame.initial[OBJECT + parameter.name] = value
        for name, value in captured.items():
            scope: FunctionInfo | None = function.parent
            while scope is not None and name not in scope.names.bound:
                scope = scope.parent
            symbol = Symbol(("free", scope, name))
            made = symbolised(value, symbol)
            made = Value(
                made.atoms,
                made.refs,
                made.fields,
                made.types,
                value.const,
                frozenset((("free", name),)),
            )
            env[name] = made
            frame.initial[name] = made
        frame.here.env.bind_all(env)
        return frame

    def parameter_value(
        self, function: FunctionInfo, parameter: Parameter, given: Value | None = None
    ) -> Value:
        """A parameter as its function sees it: a symbol, of the type that is known of it."""
        if given is None:
            key = (function, parameter.name)
            known = self._parameters.get(key)
            if known is None:
                known = self._parameters[key] = self._parameter_value(function, parameter, None)
            return known
        return self._parameter_value(function, parameter, given)

    def _parameter_value(
        self, function: FunctionInfo, parameter: Parameter, given: Value | None
    ) -> Value:
        symbol = Symbol(("parameter", parameter.name))
        tags = frozenset((("object", parameter.name),))
        seen = given
        declared = False
        if seen is None or not (seen.refs or seen.fields or seen.types):
            seen = NOTHING
            if parameter.annotation is not None:
                seen = self.annotated(function.module, parameter.annotation)
                declared = True
                if parameter.kind in ("args", "kwargs"):
                    seen = UNKNOWN
        made = symbolised(seen, symbol, declared=declared)
        types = made.types
        if parameter.kind == "args":
            types = TUPLE.types
        elif parameter.kind == "kwargs":
            types = DICT.types
        elif types == UNKNOWN.types and isinstance(parameter.default, ast.Constant):
            if type(parameter.default.value) is str:
                types = STRING.types
            elif type(parameter.default.value) is int:
                types = NUMBER.types
        return Value(made.atoms, made.refs, made.fields, types, seen.const, tags)

    def generic(self, function: FunctionInfo, receiver: ClassInfo | None) -> Summary:
        """The summary for a caller of whom nothing is known.

        Args:
            function: The function.
            receiver: The class its object is of, for a method.
        """
        return self.summarise(function, self.generic_inputs(function, receiver), {})

    def generic_inputs(
        self, function: FunctionInfo, receiver: ClassInfo | None
    ) -> dict[str, Value]:
        """What the parameters are when nothing is known but their annotations."""
        given: dict[str, Value] = {}
        for index, parameter in enumerate(function.parameters):
            if index == 0 and receiver is not None and function.takes_receiver:
                kind = "class" if function.is_class_method else "instance"
                given[parameter.name] = reference(kind, receiver)
            else:
                value = self.parameter_value(function, parameter)
                if isinstance(parameter.default, _HELD_BY_DEFAULT):
                    # A caller that leaves it out has this used: ``client_factory=Client``.
                    held = self.default_value(function, parameter.name).refs
                    value = Value(
                        value.atoms,
                        {**held, **value.refs},
                        value.fields,
                        value.types,
                        value.const,
                        value.tags,
                    )
                given[parameter.name] = value
        return given

    def default_value(self, function: FunctionInfo, name: str) -> Value:
        """What a parameter is when it is not given."""
        kept = self._kept_defaults.get((function, name))
        if kept is not None:
            return kept
        key = (function, name)
        known = self._defaults.get(key)
        if known is None:
            self._defaults[key] = NOTHING
            known = NOTHING
            for parameter in function.parameters:
                if parameter.name == name and parameter.default is not None:
                    given = self._evaluated(function.module, parameter.default, None)
                    known = self.as_declared(function.module, parameter.annotation, given)
            self._defaults[key] = known
        return known

    def keep_default(self, function: FunctionInfo, name: str, value: Value) -> None:
        """A default as it was where the function was defined."""
        # The defining function's symbols mean nothing to other callers.
        atoms: dict[Atom, Trace] = {
            atom: trace for atom, trace in value.atoms.items() if isinstance(atom, Origin)
        }
        kept = Value(atoms, value.refs, {}, value.types, value.const)
        slot = (function, name)
        self._kept_defaults[slot] = join(self._kept_defaults.get(slot, NOTHING), kept)

    def global_expression(self, module: ModuleInfo, expression: ast.expr) -> Value:
        """What an expression is at module level."""
        return self._evaluated(module, expression, None)

    def _evaluated(
        self, module: ModuleInfo, expression: ast.expr, function: FunctionInfo | None
    ) -> Value:
        """An expression on its own, in the scope of a function's parameters or of the module."""
        if self.depth >= _MAX_DEPTH:
            return UNKNOWN
        if function is None:
            frame = FlowFrame(self, module, None)
        else:
            cls = function.cls
            frame = self._entered(function, self.generic_inputs(function, cls), {})
        self.depth += 1
        try:
            return frame.evaluate(expression)
        finally:
            self.depth -= 1

    # --- names of modules --------------------------------------------------------------------

    def global_value(self, module: ModuleInfo, name: str) -> Value:
        """What a name is at module level."""
        key = (module, name)
        known = self._global_values.get(key)
        if known is not None:
            return known
        self._global_values[key] = UNKNOWN
        value = NOTHING
        definitions = module.definitions.get(name)
        if definitions is None:
            value = self._star_imported(module, name)
            if value is NOTHING:
                if name in _BUILTINS:
                    value = self.builtin(name)
                else:  # a function may declare it global and set it
                    value = Value({Symbol(("global", module, name)): ()}, types=UNKNOWN.types)
        else:
            varies = False
            for definition in definitions:
                if isinstance(definition, FunctionInfo):
                    value = join(value, self.decorated(definition))
                elif isinstance(definition, ClassInfo):
                    value = join(value, reference("class", definition))
                elif isinstance(definition, Import):
                    value = join(value, self.imported(module, definition))
                else:
                    varies = True
                    value = join(value, self._evaluated(module, definition, None))
            if varies:
                symbol = Symbol(("global", module, name))
                made = symbolised(value, symbol)
                const = value.const if len(definitions) == 1 else None
                value = Value(
                    made.atoms,
                    made.refs,
                    made.fields,
                    made.types,
                    const,
                    frozenset((("global", name),)),
                )
                if self._handed_on:
                    held = self._handed_on.get(key, NOTHING)
                    value = join(value, symbolised(held, symbol))
        self._global_values[key] = value
        return value

    def fill_global(self, module: ModuleInfo, name: str, value: Value) -> None:
        """A container of the module, as the module's statements and decorators have left it.

        The functions and objects that were put into it are there for whoever reads it later.
        """
        held = {key: field for key, field in value.fields.items() if not is_attribute(key)}
        filled = Value(fields=held)
        if not shape(filled):
            return
        seen = self.global_value(module, name)
        if seen.is_symbolic and shape(filled) != shape(seen):
            filled = symbolised(filled, Symbol(("global", module, name)))
            self._global_values[(module, name)] = join(seen, filled)

    def module_variable(self, module: ModuleInfo, name: str) -> Value:
        """A variable of a module that is only read from: what is assigned to it anywhere."""
        value = self._handed_on.get((module, name), NOTHING)
        for definition in module.definitions.get(name, ()):
            if isinstance(definition, ast.expr):
                value = join(value, self._evaluated(module, definition, None))
        return value

    def decorated(self, function: FunctionInfo) -> Value:
        """A module's function as its decorators leave it."""
        plain = reference("function", function)
        if not function.decorators or isinstance(function.node, ast.Lambda):
            return plain
        frame = FlowFrame(self, function.module, None)
        value = plain
        for decorator in reversed(function.node.decorator_list):
            made = frame.call_with(frame.evaluate(decorator), [value], decorator)
            if any(isinstance(ref.target, FunctionInfo) for ref in made.refs.values()):
                value = made
        return value

    def builtin(self, name: str) -> Value:
        """A name of the builtins module."""
        return reference("external", "builtins." + name)

    def imported(self, module: ModuleInfo, bound: Import) -> Value:
        """What an import binds."""
        if bound.attribute in self.minting:
            return MINTING_FUNCTION
        if self.packages is not None:
            value = self.packages.imported(self, module, bound)
            if value is not None:
                if bound.attribute.isupper() and _is_unread(value):
                    return told_apart(value, f"{bound.module}.{bound.attribute}.")
                return value
        dotted = ".".join(part for part in (bound.module, bound.attribute) if part)
        if bound.level:
            return UNKNOWN
        return reference("external", dotted)

    def _star_imported(self, module: ModuleInfo, name: str) -> Value:
        if self.packages is not None and module.star_imports:
            return self.packages.star_imported(self, module, name)
        return NOTHING

    def external_attribute(self, ref: Reference, name: str) -> Value:
        """An attribute of something outside: the dotted name one longer."""
        assert isinstance(ref.target, str)
        if ref.kind == "module" and self.packages is not None:
            return self.packages.module_attribute(self, ref.target, name)
        if ref.kind == UNREAD_OBJECT and self.packages is not None and not self.names.kind(name):
            return self.packages.unread_part(ref.target)
        if ref.kind == UNREAD and self.packages is not None and not self.names.kind(name):
            return self.packages.unread_attribute(self, ref.target, name)
        if ref.kind in (UNREAD, UNREAD_OBJECT, "method"):
            return NOTHING
        dotted = f"{ref.target}.{name}"
        return reference("external", dotted) if dotted in self.models.known else NOTHING

    def annotated(self, module: ModuleInfo, annotation: ast.expr) -> Value:
        """A value of which only the annotation is known."""
        return self._annotations.read(module, annotation)

    def as_declared(self, module: ModuleInfo, annotation: ast.expr | None, value: Value) -> Value:
        """A value where it is given to what an annotation declares."""
        return self._annotations.as_declared(module, annotation, value)

    def as_field(self, cls: ClassInfo, name: str, value: Value) -> Value:
        """A value where it is given to an attribute of a class that may declare it."""
        for owner in self.classes.order(cls) if value.atoms else ():
            annotation = owner.attribute_annotation(name)
            if annotation is not None:
                return self.as_declared(owner.module, annotation, value)
        return value

    # --- classes -----------------------------------------------------------------------------

    def _base(self, cls: ClassInfo, base: ast.expr) -> ClassInfo | None:
        if isinstance(base, ast.Subscript):
            base = base.value  # Generic[T]
        value = self._annotations.named(cls.module, base)
        for ref in value.refs.values():
            if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                return ref.target
        unread: dict[Atom, Trace] = {
            Pending(atom.path, atom.name, is_base=True): ()
            for atom in value.atoms
            if isinstance(atom, Pending)
        }
        if unread:
            known = self._unread_bases.get(cls, NOTHING)
            self._unread_bases[cls] = join(known, Value(unread, types=UNKNOWN.types))
        return None

    def unread_bases(self, cls: ClassInfo) -> Value:
        """What a class may inherit from bases in modules that have not been read."""
        if self.packages is None:
            return NOTHING
        value = NOTHING
        for owner in self.classes.order(cls):
            value = join(value, self._unread_bases.get(owner, NOTHING))
        return value

    def _original_name(self, cls: ClassInfo, expression: ast.expr) -> str:
        while isinstance(expression, ast.Call):
            expression = expression.func
        for ref in self._annotations.named(cls.module, expression).refs.values():
            if ref.kind == "external" and isinstance(ref.target, str):
                return ref.target.rpartition(".")[2]
        return last_name(expression)

    def _field_default(self, cls: ClassInfo, expression: ast.expr) -> Value:
        return self._evaluated(cls.module, expression, None)

    def _function_named(self, cls: ClassInfo, expression: ast.expr) -> FunctionInfo | None:
        first = expression
        while isinstance(first, ast.Attribute):
            first = first.value
        scope = cls.parent
        while scope is not None:
            if isinstance(first, ast.Name) and first.id in scope.names.bound:
                return None  # a variable of the function around the class
            scope = scope.parent
        for ref in self._annotations.named(cls.module, expression).refs.values():
            if ref.kind == "function" and isinstance(ref.target, FunctionInfo):
                return ref.target
        return None

    def method_after(self, owner: ClassInfo, receiver: Value, name: str) -> FunctionInfo | None:
        """The method ``super()`` finds in a method of ``owner``."""
        for ref in receiver.refs.values():
            if isinstance(ref.target, ClassInfo):
                return self.classes.method_after(owner, ref.target, name)
        return self.classes.method_after(owner, owner, name)

    def record_after(self, owner: ClassInfo, receiver: Value) -> ClassInfo | None:
        """The record whose generated constructor ``super().__init__`` finds."""
        classes = [ref.target for ref in receiver.refs.values() if ref.kind == "instance"]
        cls = next((item for item in classes if isinstance(item, ClassInfo)), owner)
        order = self.classes.order(cls)
        start = order.index(owner) + 1 if owner in order else 1
        return next((item for item in order[start:] if self.classes.fields(item)), None)

    def match_arguments(self, value: Value) -> list[str]:
        """The attributes that the positional patterns of a class pattern stand for."""
        for ref in value.refs.values():
            if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                for owner in self.classes.order(ref.target):
                    declared = owner.statements.get("__match_args__")
                    if isinstance(declared, ast.Tuple | ast.List):
                        return [
                            str(item.value)
                            for item in declared.elts
                            if isinstance(item, ast.Constant)
                        ]
                return [field.name for field in self.classes.fields(ref.target)]
        return []

    def attribute_shape(self, cls: ClassInfo, name: str) -> Value:
        """What an attribute holds, as far as it decides whom calls on it reach."""
        key = (cls, name)
        known = self._attribute_shapes.get(key)
        if known is not None:
            return known
        self._attribute_shapes[key] = UNKNOWN
        value = NOTHING
        for owner in self.classes.order(cls):
            annotation = owner.attribute_annotation(name)
            if annotation is not None:
                value = join(value, self.annotated(owner.module, annotation))
            for function, expression in owner.writes().get(name, ()):
                value = join(value, self._evaluated(owner.module, expression, function))
            for function, display in owner.fills().get(name, ()):
                filled = self._evaluated(owner.module, display, function)
                if shape(filled):
                    value = join(value, filled)
            if name in owner.statements:
                value = join(value, self._evaluated(owner.module, owner.statements[name], None))
            if self._handed_on:
                value = join(value, self._handed_on.get((owner, name), NOTHING))
        known = value if value is not NOTHING else UNKNOWN
        self._attribute_shapes[key] = known
        return known

    def put_in(self, seen: Value, symbol: Symbol) -> Value:
        """An attribute's shape with a symbol for what it holds; asked for at each use of it."""
        key = (seen, symbol)
        known = self._put_in.get(key)
        if known is None:
            known = self._put_in[key] = symbolised(seen, symbol)
        return known

    def learn(self) -> bool:
        """Take in what a look at the whole module has shown of whom calls reach.

        Returns:
            Whether it was something new, so that another look may show more.
        """
        if self._handed_on or self.spent > self.budget // 2:
            return False
        # Imported here: few modules put functions where they are not seen.
        from flake8_stateid.analysis.handed_on import newly_known

        self._handed_on = newly_known(self)
        if not self._handed_on:
            return False
        for home, name in self._handed_on:
            if isinstance(home, ClassInfo):
                self.classes.differ(home, name)
        self._summaries.clear()
        self._shapes.clear()
        self._attribute_shapes.clear()
        self._put_in.clear()
        self._global_values.clear()
        self._defaults.clear()
        self.attributes.clear()
        self.globals.clear()
        self._runs = 0
        return True

    # --- what lives longer than a call ---------------------------------------------------------

    def keep(
        self,
        cls: ClassInfo,
        attribute: str,
        value: Value,
        by: FunctionInfo | ClassInfo | None = None,
    ) -> None:
        """An attribute that any method of a class may see, on whatever object.

        Args:
            cls: The class.
            attribute: The name.
            value: What it may be.
            by: The method that sets it on its own object, or the class whose body does.
        """
        if not value.plain:
            kept = self.attributes.setdefault((cls, attribute), {})
            kept[by] = join(kept.get(by, NOTHING), value)

    def keep_class_body(self, cls: ClassInfo, env: dict[str, Value]) -> None:
        """The variables of a class body are attributes."""
        for name, value in env.items():
            if not name.startswith(OBJECT):
                self.keep(cls, name, value, cls)

    def note_nested(self, function: FunctionInfo) -> None:
        """A function inside another was defined."""
        self.nested[function] = None

    def note_class(self, cls: ClassInfo) -> None:
        """A class was defined."""
        self.seen_classes[cls] = None


def _is_unread(value: Value) -> bool:
    """Whether a value is what a module that has not been read defines under one name."""
    return any(kind == UNREAD for kind, _ in value.refs)


def _functions_in(module: ModuleInfo) -> int:
    """About how many functions a module has."""
    return module.source.text.count("def ") + module.source.text.count("lambda")
