"""What names are at the level of a module: definitions, imports, builtins."""

from __future__ import annotations

import _ast as ast
import builtins

from flake8_stateid.analysis.flow import FlowFrame
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, Import, ModuleInfo
from flake8_stateid.analysis.registration import MINTING_FUNCTION
from flake8_stateid.analysis.substitution import shape, symbolised
from flake8_stateid.analysis.unread import unread_in
from flake8_stateid.analysis.values import (
    NOTHING,
    TUPLE,
    UNKNOWN,
    UNREAD,
    UNREAD_OBJECT,
    Reference,
    Symbol,
    Value,
    is_attribute,
    items,
    join,
    reference,
    told_apart,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.engine import Engine

# What variables are that others put something into, or bind later.
_FILLED = frozenset(("dict", "list", "set", "contextvar", "none"))
_BUILTINS = frozenset((*dir(builtins), "exit", "quit"))  # `site` adds these, mostly


class ModuleNames:
    """The names of this module and of those it imports.

    Args:
        engine: What is known of the program.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._values: dict[tuple[ModuleInfo, str], Value] = {}

    def forget(self) -> None:
        """Look everything up anew: more is known of what came to variables of modules."""
        self._values.clear()

    def value(self, module: ModuleInfo, name: str) -> Value:
        """What a name is at module level."""
        key = (module, name)
        known = self._values.get(key)
        if known is not None:
            return known
        self._values[key] = UNKNOWN
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
                    value = join(value, self._assigned(module, definition))
            if varies and not (len(definitions) == 1 and _is_tuple_of_texts(value)):
                symbol = Symbol(("global", module, name))
                made = symbolised(value, symbol, declared=len(definitions) == 1)
                const = value.const if len(definitions) == 1 else None
                value = Value(
                    made.atoms,
                    made.refs,
                    made.fields,
                    made.types,
                    const,
                    frozenset((("global", name),)),
                )
                if self._engine.handed_on:
                    held = self._engine.handed_on.get(key, NOTHING)
                    value = join(value, symbolised(held, symbol))
        self._values[key] = value
        return value

    def fill(self, module: ModuleInfo, name: str, value: Value) -> None:
        """A container of the module, as the module's statements and decorators have left it.

        The functions and objects that were put into it are there for whoever reads it later.
        """
        held = {key: field for key, field in value.fields.items() if not is_attribute(key)}
        filled = Value(fields=held)
        if not shape(filled):
            return
        seen = self.value(module, name)
        if seen.is_symbolic and shape(filled) != shape(seen):
            filled = symbolised(filled, Symbol(("global", module, name)))
            self._values[(module, name)] = join(seen, filled)

    def variable(self, module: ModuleInfo, name: str) -> Value:
        """A variable of a module that is only read from: what is assigned to it anywhere."""
        value = self._engine.handed_on.get((module, name), NOTHING)
        for definition in module.definitions.get(name, ()):
            if isinstance(definition, ast.expr):
                value = join(value, self._assigned(module, definition))
        return value

    def _assigned(self, module: ModuleInfo, expression: ast.expr) -> Value:
        """What is assigned to a variable of a module; else what that is declared to be."""
        value = self._engine.functions.evaluated(module, expression)
        annotation = module.annotations.get(expression)
        if annotation is None or value.refs or not value.types <= UNKNOWN.types:
            return value
        told = self._engine.annotated(module, annotation)
        return Value(value.atoms, told.refs, value.fields, told.types, None, value.tags)

    def shared(self, module: ModuleInfo, name: str) -> Value:
        """A variable of another module: what it was given, and what others may put into it."""
        value = self.variable(module, name)
        if not value.types & _FILLED:
            return value
        atoms = {**value.atoms, Symbol(("global", module, name)): ()}
        tags = frozenset((("global", module, name),))
        return Value(atoms, value.refs, value.fields, value.types, value.const, tags)

    def decorated(self, function: FunctionInfo) -> Value:
        """A module's function as its decorators leave it."""
        plain = reference("function", function)
        if not function.decorators or isinstance(function.node, ast.Lambda):
            return plain
        frame = FlowFrame(self._engine, function.module, None)
        value = plain
        for decorator in reversed(function.node.decorator_list):
            made = frame.call_with(frame.evaluate(decorator), [value], decorator)
            self._engine.needs.decorate(function, unread_in(self._engine.packages, made))
            if any(map(self._is_callable, made.refs.values())):
                value = made
        return value

    def _is_callable(self, ref: Reference) -> bool:
        """Whether a decorator has put a function in another's place, or what acts as one."""
        if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
            return self._engine.classes.method(ref.target, "__call__") is not None
        return isinstance(ref.target, FunctionInfo)

    def builtin(self, name: str) -> Value:
        """A name of the builtins module."""
        return reference("external", "builtins." + name)

    def imported(self, module: ModuleInfo, bound: Import) -> Value:
        """What an import binds."""
        if bound.attribute in self._engine.minting:
            return MINTING_FUNCTION
        if self._engine.packages is not None:
            value = self._engine.packages.imported(self._engine, module, bound)
            if value is not None:
                if bound.attribute.isupper() and _is_unread(value):
                    return told_apart(value, f"{bound.module}.{bound.attribute}.")
                return value
        dotted = ".".join(part for part in (bound.module, bound.attribute) if part)
        if bound.level:
            return UNKNOWN
        known = self._engine.models.constant(dotted) if bound.attribute else None
        return reference("external", dotted) if known is None else known

    def _star_imported(self, module: ModuleInfo, name: str) -> Value:
        if self._engine.packages is not None and module.star_imports:
            return self._engine.packages.star_imported(self._engine, module, name)
        return NOTHING

    def external_attribute(self, ref: Reference, name: str) -> Value:
        """An attribute of something outside: the dotted name one longer."""
        assert isinstance(ref.target, str)
        engine, packages = self._engine, self._engine.packages
        if packages is not None:
            if ref.kind == "module":
                return packages.module_attribute(engine, ref.target, name)
            if ref.kind == UNREAD_OBJECT and not engine.names.kind(name):
                return packages.unread_part(ref.target)
            if ref.kind == UNREAD and not engine.names.kind(name):
                return packages.unread_attribute(engine, ref.target, name)
        if ref.kind in (UNREAD, UNREAD_OBJECT, "method"):
            return NOTHING
        dotted = f"{ref.target}.{name}"
        known = engine.models.constant(dotted)
        if known is not None:
            return known
        return reference("external", dotted) if engine.models.knows(dotted) else NOTHING


def _is_tuple_of_texts(value: Value) -> bool:
    """Whether a value is a tuple of literals, such as names of fields, that nobody changes."""
    return value.types == TUPLE.types and all(
        field.const is not None for field in (items(value) or (NOTHING,))
    )


def _is_unread(value: Value) -> bool:
    """Whether a value is what a module that has not been read defines under one name."""
    return any(kind == UNREAD for kind, _ in value.refs)
