"""Summaries of functions: each analysed once for every shape of what it is given."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.annotations import types_by_default
from flake8_stateid.analysis.flow import FlowFrame
from flake8_stateid.analysis.places import OBJECT
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo, Parameter
from flake8_stateid.analysis.substitution import shape, symbolised
from flake8_stateid.analysis.summaries import EMPTY, Summary, SummaryKey
from flake8_stateid.analysis.values import (
    CAPTURED,
    DICT,
    NOTHING,
    TUPLE,
    UNKNOWN,
    Atom,
    Key,
    Origin,
    Symbol,
    Trace,
    Value,
    is_attribute,
    join,
    reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_stateid.analysis.engine import Engine

_HELD_BY_DEFAULT = (ast.Name, ast.Attribute, ast.Lambda, ast.Call)
_MAX_SHAPES = 12  # ways one function is analysed, by what its callers hand it
_MAX_KEYED = 60  # the same, where all that is told apart are keys
_MAX_ROUNDS = 6  # until a recursive function's summary is taken as it is
_FINISHED = 1 << 30
_MAX_DEPTH = 400  # functions whose analysis waits for that of another


class Summaries:
    """The summaries of functions, and what their parameters are.

    Args:
        engine: What is known of the program.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.depth = 0
        self._summaries: dict[SummaryKey, Summary] = {}
        self._running: dict[SummaryKey, int] = {}
        self._recursive: set[SummaryKey] = set()
        self._runs = 0  # functions analysed, each as often as it was
        # From here on only what is needed is analysed again.
        self._max_runs = 40 + 3 * _functions_in(engine.module)
        self._stale: set[SummaryKey] = set()  # to be analysed again in the round under way
        self._computed: list[SummaryKey] = []
        self._changed = False  # whether the round under way has taught something new
        self._unfinished = _FINISHED  # the outermost function whose summary was used too early
        self._shapes: dict[FunctionInfo, set[SummaryKey]] = {}
        self._parameters: dict[tuple[FunctionInfo, str], Value] = {}
        self._defaults: dict[tuple[FunctionInfo, str], Value] = {}
        self._kept_defaults: dict[tuple[FunctionInfo, str], Value] = {}

    def forget(self) -> None:
        """Analyse all functions anew: more is known of whom calls reach."""
        self._summaries.clear()
        self._shapes.clear()
        self._defaults.clear()
        self._runs = 0

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
            own = function.parameters[0].name if function.takes_receiver else ""
            kept = keys if len(ways) < _MAX_KEYED else ()
            # What is asked for by a key is still told from what stands under another.
            inputs = {
                name: value
                for name, value in inputs.items()
                if name == own or (value.const is not None and name in kept)
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
                usual = self._engine.attribute_shape(cls, key[1:])
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
        return annotation is not None and self._engine.annotations.tells_all(
            function.module, annotation
        )

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
        self._engine.endings.note(function, returns=frame.exits is not None)
        if frame.inner:
            # Imported here: few functions define others.
            from flake8_stateid.analysis.captured import call_inner

            call_inner(frame)
        return frame.summary()

    def _entered(
        self, function: FunctionInfo, inputs: dict[str, Value], captured: dict[str, Value]
    ) -> FlowFrame:
        """A frame with the function's parameters bound to symbols."""
        frame = FlowFrame(self._engine, function.module, function)
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
        key = (function, parameter.name)
        known = self._parameters.get(key)
        if given is None:
            if known is None:
                known = self._parameters[key] = self._parameter_value(function, parameter, None)
            return known
        if given is known:
            return known  # nothing is known of the caller, and its symbol stands for itself
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
                seen = self._engine.annotated(function.module, parameter.annotation)
                declared = True
                if parameter.kind in ("args", "kwargs"):
                    seen = UNKNOWN
        made = symbolised(seen, symbol, declared=declared)
        types = made.types
        if parameter.kind == "args":
            types = TUPLE.types
        elif parameter.kind == "kwargs":
            types = DICT.types
        elif types == UNKNOWN.types and parameter.default is not None:
            types = types_by_default(parameter.default)
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
                    given = self.evaluated(function.module, parameter.default)
                    known = self._engine.as_declared(function.module, parameter.annotation, given)
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

    def evaluated(
        self, module: ModuleInfo, expression: ast.expr, function: FunctionInfo | None = None
    ) -> Value:
        """An expression on its own, in the scope of a function's parameters or of the module."""
        if self.depth >= _MAX_DEPTH:
            return UNKNOWN
        if function is None:
            frame = FlowFrame(self._engine, module, None)
        else:
            cls = function.cls
            frame = self._entered(function, self.generic_inputs(function, cls), {})
            frame.execute(function.names.imports)
        self.depth += 1
        try:
            return frame.evaluate(expression)
        finally:
            self.depth -= 1


def _functions_in(module: ModuleInfo) -> int:
    """About how many functions a module has."""
    return module.source.text.count("def ") + module.source.text.count("lambda")
