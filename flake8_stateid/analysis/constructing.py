"""New objects of classes whose source is known, and their bases."""

from __future__ import annotations

from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.members import MemberFrame
from flake8_stateid.analysis.places import OBJECT, Place
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo
from flake8_stateid.analysis.unread import unread_in
from flake8_stateid.analysis.values import (
    DICT,
    NONE,
    NOTHING,
    OBJECT_TYPES,
    RECEIVER,
    UNKNOWN,
    Key,
    Reference,
    Value,
    as_string,
    container,
    part,
    reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast


class ConstructingFrame(MemberFrame):
    """The part of the analysis that makes objects."""

    def need_callee(self, callee: Value, arguments: Arguments) -> Value:
        """Note what is passed to a callee in a module that has not been read; gives its result."""
        raise NotImplementedError

    def construct(self, cls: ClassInfo, arguments: Arguments, node: ast.AST) -> Value:
        """What a call of a class whose source is known gives, as its metaclass has it."""
        for owner in self.engine.classes.order(cls):
            if owner.node.keywords:
                # Imported here: few classes name a metaclass.
                from flake8_stateid.analysis.metaclasses import called

                given = called(self, cls, owner, arguments, node)
                if given is not None:
                    return given
        return self.make(cls, arguments, node)

    def make(self, cls: ClassInfo, arguments: Arguments, node: ast.AST) -> Value:
        """A new object of a class whose source is known, its constructor followed."""
        ref = Reference("instance", cls)
        made = Value(refs={ref.key: ref}, types=OBJECT_TYPES, tags=frozenset((node,)))
        if self.engine.classes.is_string(cls):
            text = as_string(arguments.value(0))
            return Value(text.atoms, made.refs if cls.methods else {}, {}, text.types)
        function = self.engine.classes.method(cls, "__init__")
        new = self.engine.classes.method(cls, "__new__")
        if new is not None:
            called = Reference("function", new, {RECEIVER: reference("class", cls)})
            given = self.apply(called, arguments, node)
            if given.atoms or given.refs:
                made = given
            if function is None:
                return made
        if function is None:
            self._need_bases(cls, arguments)
            return self._construct_record(cls, made, arguments, node)
        return self._initialised(function, made, arguments, node)

    def _need_bases(self, cls: ClassInfo, arguments: Arguments) -> None:
        """A base that has not been read may have the constructor, or fields before these."""
        unread = self.engine.unread_bases(cls)
        self.need_callee(unread, arguments)
        placed = any(not argument.value.plain for argument in arguments.positional)
        if placed and unread is not NOTHING and self.engine.classes.is_record(cls):
            self.engine.needs.need_fields(unread_in(self.engine.packages, unread))

    def _initialised(
        self, function: FunctionInfo, made: Value, arguments: Arguments, node: ast.AST
    ) -> Value:
        """The object after a method has run on it."""
        name = f"{OBJECT}new:{id(node)}"
        self.here.env[name] = made
        ref = Reference("function", function, {RECEIVER: made})
        self.apply(ref, arguments, node, Place(name))
        return self.here.env.unbind(name) or made

    def _construct_record(
        self, cls: ClassInfo, made: Value, arguments: Arguments, node: ast.AST
    ) -> Value:
        """A dataclass, NamedTuple, model or other class that takes its fields as arguments."""
        record = self.engine.classes.fields(cls)
        fields: dict[Key, Value] = {}
        passed_on: list[Argument] = []
        indexed = self.engine.classes.is_tuple(cls)
        for index, field in enumerate(record):
            argument: Argument | None = None
            if field.positional is not None and field.positional < len(arguments.positional):
                argument = arguments.positional[field.positional]
                if argument.value.atoms or argument.value.fields:
                    text = f"passed as '{field.name}' to '{cls.name}'"
                    given = self.engine.as_field(cls, field.name, argument.value)
                    value = self.become(field.name, given, argument.node, text, stored=True)
                    argument = argument._replace(value=value)
            elif field.name in arguments.keywords:
                argument = arguments.keywords[field.name]
            elif field.positional is not None and arguments.rest is not None:
                offset = field.positional - len(arguments.positional)
                value = part(arguments.rest.value, offset)
                text = f"passed as '{field.name}' to '{cls.name}'"
                argument = arguments.rest._replace(
                    value=self.become(field.name, value, arguments.rest.node, text, stored=True)
                )
            value = argument.value if argument is not None else field.default
            if field.passed_on:
                passed_on.append(argument or Argument(value, None, node))
            elif not value.plain:
                fields["." + field.name] = value
                if indexed:
                    fields[index] = value
            elif argument is not None:
                fields["." + field.name] = value
        if not record:
            # A class outside of what is seen may keep what it is given by name.
            return made
        if self.engine.classes.is_mapping(cls):
            items_of: dict[Key, Value] = {
                "'" + str(key)[1:]: field for key, field in fields.items()
            }
            return container(DICT, items_of, node)
        made = Value(made.atoms, made.refs, fields, made.types, None, made.tags)
        after = self.engine.classes.method(cls, "__post_init__")
        if after is not None:
            made = self._initialised(after, made, Arguments(tuple(passed_on)), node)
        return made

    def initialise_record(
        self, cls: ClassInfo, ref: Reference, arguments: Arguments, node: ast.AST
    ) -> Value:
        """``super().__init__(...)`` where a base class has its constructor generated."""
        receiver = ref.parts.get(RECEIVER, NOTHING)
        made = self._construct_record(cls, Value(), arguments, node)
        for key, field in made.fields.items():
            self.store(None, receiver, key, field, strong=True)
        return NONE

    def super_of(self, node: ast.Call) -> Value:
        """What ``super(...)`` is, of the method around it."""
        function = self.function
        while function is not None and function.cls is None:
            function = function.parent
        if function is None or function.cls is None or not function.parameters:
            return UNKNOWN
        if node.args:
            owner = self.evaluate(node.args[0])
            owners = [r.target for r in owner.refs.values() if isinstance(r.target, ClassInfo)]
            receiver = self.evaluate(node.args[1]) if len(node.args) > 1 else NOTHING
            cls = owners[0] if owners else function.cls
        else:
            cls = function.cls
            receiver = self.lookup(function.parameters[0].name)
        return Value(refs={("super", cls): Reference("super", cls, {RECEIVER: receiver})})
