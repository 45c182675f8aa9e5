"""What makes records, modules, plain values: dataclasses and their kin, ``typing``, clocks."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.basic_models import attributes_of, first
from flake8_stateid.analysis.container_methods import (
    CONTEXT_VARIABLE,
    copy_of,
)
from flake8_stateid.analysis.modelled import NEW_TYPE, Models
from flake8_stateid.analysis.program import ClassInfo, Import
from flake8_stateid.analysis.values import (
    NOTHING,
    OBJECT_TYPES,
    PAYLOAD,
    TEMPLATE,
    TUPLE,
    UNKNOWN,
    Key,
    Value,
    container,
    is_number,
    is_sequence,
    join,
    part,
    reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import Call, MethodCall


def _cast(frame: CallFrame, call: Call) -> Value | None:
    value = call.value(1, "val")
    if value.types <= UNKNOWN.types and isinstance(call.node, ast.Call) and call.node.args:
        told = frame.engine.annotated(frame.module, call.node.args[0])
        if is_number(told) or is_sequence(told):
            return Value(value.atoms, value.refs, value.fields, told.types)
    return value


def _copied(frame: CallFrame, call: Call) -> Value | None:
    return copy_of(call.value(0), call.node)


def _new_type(frame: CallFrame, call: Call) -> Value | None:
    parts = {PAYLOAD: call.value(1, "tp")}
    return reference("external", NEW_TYPE + (call.value(0, "name").const or ""), **parts)


def _imported_module(frame: CallFrame, call: Call) -> Value | None:
    """``import_module("app.clients")``, where the name is written out."""
    name, package = call.value(0, "name").const or "", call.value(1, "package").const
    dotted = name.lstrip(".")
    if not all(map(str.isidentifier, dotted.split("."))):
        return UNKNOWN
    level = len(name) - len(dotted)
    if level == 1 and package:
        dotted, level = f"{package}.{dotted}", 0
    return frame.engine.modules.imported(frame.module, Import(dotted, "", level))


def _template(frame: CallFrame, call: Call) -> Value | None:
    return TEMPLATE


def _context_variable(frame: CallFrame, call: Call) -> Value | None:
    default = call.value(-1, "default")
    fields: dict[Key, Value] = {PAYLOAD: default} if not default.plain else {}
    return Value(fields=fields, types=CONTEXT_VARIABLE, tags=frozenset((call.node,)))


def _field(frame: CallFrame, call: Call) -> Value | None:
    """A field specifier of dataclasses, attrs or pydantic: what the field is by default."""
    value = join(call.value(-1, "default"), NOTHING)
    if "field" not in call.name.lower() or "Field" in call.name:
        value = join(value, call.value(0))
    for name in ("default_factory", "factory"):
        factory = call.value(-1, name)
        if factory.refs:
            value = join(value, frame.call_with(factory, [], call.node))
    return value if value is not NOTHING else UNKNOWN


def _made_by_default(frame: CallFrame, call: Call) -> Value | None:
    """``attrs.Factory(function)`` as a field's default: what the function gives."""
    factory = call.value(0)
    return frame.call_with(factory, [], call.node) if factory.refs else None


def _replaced(frame: CallFrame, call: Call) -> Value | None:
    return _with_attributes(frame, call.value(0), call)


def _with_attributes(frame: CallFrame, value: Value, call: Call | MethodCall) -> Value:
    """A copy of a record with some of its attributes replaced, as the keywords say."""
    fields = dict(value.fields)
    more = call.arguments.more
    for ref in value.refs.values() if more is not None else ():
        if more is not None and isinstance(ref.target, ClassInfo):
            for field in frame.engine.classes.fields(ref.target):
                given = part(more.value, "'" + field.name)
                if not given.plain:
                    fields["." + field.name] = join(part(value, "." + field.name), given)
    for name, argument in call.arguments.keywords.items():
        fields["." + name] = argument.value
    tags = frozenset((call.node,))
    return Value(value.atoms, value.refs, fields, value.types, tags=tags)


def _as_tuple(frame: CallFrame, call: Call) -> Value | None:
    items = [field for key, field in call.value(0).fields.items() if str(key)[0] == "."]
    return container(TUPLE, dict(enumerate(items)))


def _namespace(frame: CallFrame, call: Call) -> Value | None:
    fields: dict[Key, Value] = {
        "." + name: argument.value for name, argument in call.arguments.keywords.items()
    }
    if call.arguments.more is not None:
        for key, field in call.arguments.more.value.fields.items():
            if type(key) is str and key[0] == "'":
                fields["." + key[1:]] = field
    return Value(fields=fields, types=OBJECT_TYPES, tags=frozenset((call.node,)))


def _record(frame: CallFrame, call: Call) -> Value | None:
    from flake8_stateid.analysis.standing_for import record

    cls = record(frame.module, call.node)
    return UNKNOWN if cls is None else reference("class", cls)


def _replace_fields(frame: CallFrame, call: MethodCall) -> Value | None:
    replaced = _with_attributes(frame, call.receiver, call)
    fields = dict(replaced.fields)
    for ref in replaced.refs.values():
        if isinstance(ref.target, ClassInfo):
            for index, field in enumerate(frame.engine.classes.fields(ref.target)):
                argument = call.arguments.keywords.get(field.name)
                if argument is not None:
                    fields[index] = argument.value
    return Value(replaced.atoms, replaced.refs, fields, replaced.types, tags=replaced.tags)


def _made_of(frame: CallFrame, call: MethodCall) -> Value | None:
    from flake8_stateid.analysis.standing_for import made_of

    return made_of(frame, call)


def _as_dict(frame: CallFrame, call: MethodCall) -> Value | None:
    return frame.attribute(call.receiver, "__dict__", call.node)


MODELS = Models(
    {
        **dict.fromkeys(("typing.cast", "typing_extensions.cast"), _cast),
        **dict.fromkeys(("typing.NewType", "typing_extensions.NewType"), _new_type),
        **dict.fromkeys(
            ("collections.namedtuple", "typing.NamedTuple", "dataclasses.make_dataclass"), _record
        ),
        **dict.fromkeys(("copy.copy", "copy.deepcopy"), _copied),
        "sys.intern": first,
        "importlib.import_module": _imported_module,
        "string.Template": _template,
        "contextvars.ContextVar": _context_variable,
        **dict.fromkeys(
            ("dataclasses.field", "attr.ib", "attr.field", "attrs.field", "pydantic.Field"), _field
        ),
        **dict.fromkeys(("attr.Factory", "attrs.Factory"), _made_by_default),
        **dict.fromkeys(
            ("dataclasses.replace", "copy.replace", "attr.evolve", "attrs.evolve"), _replaced
        ),
        **dict.fromkeys(("dataclasses.asdict", "attr.asdict", "attrs.asdict"), attributes_of),
        **dict.fromkeys(("dataclasses.astuple", "attr.astuple", "attrs.astuple"), _as_tuple),
        "types.SimpleNamespace": _namespace,
    },
    {"_replace": _replace_fields, "_asdict": _as_dict, "_make": _made_of},
)
