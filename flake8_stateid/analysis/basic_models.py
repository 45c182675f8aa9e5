"""What built-in functions do with values, and methods of strings and containers."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import builders, container_methods, contents, entries
from flake8_stateid.analysis.modelled import NEW_OBJECT, Call, Models, getter
from flake8_stateid.analysis.program import ClassInfo
from flake8_stateid.analysis.values import (
    BYTES,
    DICT,
    ELEMENT,
    FEW_ITEMS,
    LIST,
    MAP_KEY,
    NONE,
    NOTHING,
    NUMBER,
    OBJECT_TYPES,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Key,
    Value,
    as_string,
    container,
    is_number,
    items,
    join,
    join_all,
    or_number,
    reference,
    told_apart,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

    from flake8_stateid.analysis.binding import Argument
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import FunctionModel, MethodCall


def _wrapped(frame: CallFrame, call: MethodCall) -> Value | None:
    receiver = call.receiver
    if receiver.types == BYTES.types:
        return BYTES if call.name != "decode" else STRING
    if (
        receiver.const is not None
        and call.name in builders.OF_LETTERS
        and not call.arguments.all()
    ):
        # What may name a key or an attribute still does.
        return told_apart(as_string(receiver), getattr(receiver.const, call.name)())
    return as_string(receiver)


def _formatted(frame: CallFrame, call: MethodCall) -> Value | None:
    return frame.built(call.node, builders.FORMATTING)


def _joined(frame: CallFrame, call: MethodCall) -> Value | None:
    if not builders.joins_strings(call.receiver, call.value(0), call.node):
        return None
    return frame.built(call.node, builders.FORMATTING)


def _substituted(frame: CallFrame, call: MethodCall) -> Value | None:
    if "template" not in call.receiver.types:
        return None
    return frame.built(call.node, builders.FORMATTING)


def number(frame: CallFrame, call: object) -> Value | None:
    """A number, whatever it is given."""
    return NUMBER


def _text(frame: CallFrame, call: object) -> Value | None:
    return STRING


def _pieces(frame: CallFrame, call: object) -> Value | None:
    return LIST


def _as_text(frame: CallFrame, call: Call) -> Value | None:
    value = call.value(0)
    by_class = frame.call_method(value, "__str__", call.node)
    return as_string(join(value, by_class)) if by_class is not NOTHING else as_string(value)


def _unbound_string(name: str) -> FunctionModel:
    """``str.join(sep, parts)``: the method with its receiver given as the first argument."""

    def model(frame: CallFrame, call: Call) -> Value | None:
        if not isinstance(call.node, ast.Call) or not call.node.args:
            return None
        if name in builders.FORMAT_METHODS or name == "join":
            return frame.built(call.node, builders.FORMATTING)
        return as_string(call.value(0))

    return model


def _terms(call: Call | MethodCall) -> tuple[Value, Value]:
    if isinstance(call, Call):
        return call.value(0), call.value(1)
    return call.receiver, call.value(0)


def added(frame: CallFrame, call: Call | MethodCall) -> Value | None:
    """``operator.add(a, b)``, ``str.__add__(a, b)``, ``a.__add__(b)``: the sum."""
    return frame.added(call.node, list(_terms(call)))


def remainder(frame: CallFrame, call: Call | MethodCall) -> Value | None:
    """``operator.mod(a, b)`` and its kin: the remainder, or the text it formats."""
    return frame.remainder(call.node, *_terms(call))


def first(frame: CallFrame, call: Call) -> Value | None:
    """What it is given first."""
    return call.value(0)


def _getattr(frame: CallFrame, call: Call) -> Value | None:
    name = call.value(1).const
    if name is None:
        return UNKNOWN
    return join(frame.attribute(call.value(0), name, call.node), call.value(2))


def _setattr(frame: CallFrame, call: Call) -> Value | None:
    arguments = call.arguments.positional
    # object.__setattr__(obj, name, value) has the same arguments.
    if len(arguments) != len(("object", "name", "value")) or arguments[1].value.const is None:
        return NONE
    name = arguments[1].value.const
    text = f"set as attribute '{name}'"
    value = frame.become(name, arguments[2].value, call.node, text, stored=True)
    frame.store(arguments[0].held_at, arguments[0].value, "." + name, value, strong=True)
    return NONE


def attributes_of(frame: CallFrame, call: Call) -> Value | None:
    """``vars(object)``, ``asdict(record)``: attributes as items."""
    return frame.attribute(call.value(0), "__dict__", call.node)


def _new_object(frame: CallFrame, call: Call) -> Value | None:
    """``object.__new__(cls)``, ``str.__new__(cls, text)``, and ``super()`` for either."""
    for ref in call.value(0).refs.values():
        if isinstance(ref.target, ClassInfo):
            if frame.engine.classes.extends_string(ref.target):
                text = as_string(call.value(1))
                return Value(text.atoms, reference("instance", ref.target).refs, {}, text.types)
            made = reference("instance", ref.target)
            return Value(refs=made.refs, types=OBJECT_TYPES, tags=frozenset((call.node,)))
    return None


def _type(frame: CallFrame, call: Call) -> Value | None:
    if len(call.arguments.positional) != 1:
        return UNKNOWN
    classes = [ref.target for ref in call.value(0).refs.values() if ref.kind == "instance"]
    return join_all([reference("class", cls) for cls in classes]) if classes else UNKNOWN


def sequence(kind: Value) -> FunctionModel:
    """The model of what makes a sequence, or an iterator, of what it is given."""

    def model(frame: CallFrame, call: Call) -> Value | None:
        value = call.value(0)
        if value.empty or not call.arguments.all():
            return contents.holding(container(kind, {}, call.node), [])
        fields: dict[Key, Value] = {
            key: field for key, field in value.fields.items() if type(key) is int
        }
        if fields and kind is not SET and call.name.rpartition(".")[2] in ("list", "tuple"):
            if ELEMENT in value.fields:
                fields[ELEMENT] = value.fields[ELEMENT]
            return container(kind, fields, call.node)
        return container(kind, {ELEMENT: frame.iterate(value, call.node)}, call.node)

    return model


_in_order = sequence(LIST)


def _has_arguments(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and bool(node.args)


def mapping(frame: CallFrame, call: Call) -> Value | None:
    """``dict(...)``."""
    fields: dict[Key, Value] = {}
    source = call.value(0)
    mapping = frame.mapping_of(call.node.args[0]) if _has_arguments(call.node) else NOTHING
    if mapping is not NOTHING:
        fields.update(mapping.fields)
        for name, argument in call.arguments.keywords.items():
            fields["'" + name] = argument.value
        return Value(mapping.atoms, {}, fields, DICT.types, tags=frozenset((call.node,)))
    if source.types == DICT.types or MAP_KEY in source.fields:
        fields.update(source.fields)
    elif source is not NOTHING:
        fields = entries.of_pairs(frame, source, call.node)
    for name, argument in call.arguments.keywords.items():
        fields["'" + name] = argument.value
    return container(DICT, fields, call.node)


def from_keys(frame: CallFrame, call: Call) -> Value | None:
    """``dict.fromkeys(keys, value)``."""
    keys = frame.iterate(call.value(0), call.node)
    return container(DICT, {MAP_KEY: keys, ELEMENT: call.value(1)}, call.node)


def numbers(frame: CallFrame, call: Call) -> Value | None:
    """``range`` and its kin."""
    return container(LIST, {ELEMENT: NUMBER})


def _enumerated(frame: CallFrame, call: Call) -> Value | None:
    element = frame.iterate(call.value(0, "iterable"), call.node)
    return container(LIST, {ELEMENT: container(TUPLE, {0: NUMBER, 1: element})})


def zipped(frame: CallFrame, call: Call) -> Value | None:
    """``zip``, ``zip_longest``, ``product``."""
    rest = call.arguments.rest
    if rest is not None and not call.arguments.positional and call.name.endswith("zip"):
        # `zip(*pairs)`: the first of each pair, the second of each, and so on.
        pair = frame.iterate(rest.value, call.node)
        columns: dict[Key, Value] = {
            key: container(LIST, {ELEMENT: field})
            for key, field in pair.fields.items()
            if type(key) is int
        }
        return container(LIST, columns)
    if call.name == _B + "zip" and rest is None:
        known = contents.zipped([argument.value for argument in call.arguments.positional])
        if known is not None:
            return known
    filled = call.value(-1, "fillvalue")  # of zip_longest
    elements: dict[Key, Value] = {
        index: join(frame.iterate(argument.value, call.node), filled)
        for index, argument in enumerate(call.arguments.positional)
    }
    return container(LIST, {ELEMENT: container(TUPLE, elements)})


def _summed(frame: CallFrame, call: Call) -> Value | None:
    """A number, unless lists are summed: ``sum(lists, [])``."""
    start = call.value(1, "start")
    if not start.types & {"list", "tuple"}:
        return NUMBER
    inner = frame.iterate(frame.iterate(call.value(0), call.node), call.node)
    return container(LIST, {ELEMENT: join(inner, frame.iterate(start, call.node))})


def _next(frame: CallFrame, call: Call) -> Value | None:
    iterator = call.value(0)
    found = frame.iterate(iterator, call.node)
    for step in ("__next__", "__anext__"):
        found = join(found, frame.call_method(iterator, step, call.node))
    return join(found, call.value(1))


def _chosen(frame: CallFrame, call: Call) -> Value | None:
    """``min``/``max``: one of the arguments, or of the elements of the only one."""
    values = [argument.value for argument in call.arguments.positional]
    if "key" in call.arguments.keywords:
        one = frame.iterate(values[0], call.node) if len(values) == 1 else join_all(values)
        container_methods.call_key(frame, call, one)
        values = [each.value for each in container_methods.as_they_are(frame, call).positional]
    if len(values) == 1:
        return or_number(frame.iterate(values[0], call.node), call.value(-1, "default"))
    others = [value for value in values if not is_number(value)]
    if len(others) < len(values):
        return or_number(join_all(others), NUMBER)  # nothing else compares with a number
    return join_all(values)


def _sorted(frame: CallFrame, call: Call) -> Value | None:
    """``sorted(iterable, key=rank)``."""
    if "key" in call.arguments.keywords:
        container_methods.call_key(frame, call, frame.iterate(call.value(0), call.node))
        call = call._replace(arguments=container_methods.as_they_are(frame, call))
    return _in_order(frame, call)


def _divided(frame: CallFrame, call: object) -> Value | None:
    return container(TUPLE, {0: NUMBER, 1: NUMBER})


def _mapped(frame: CallFrame, call: Call) -> Value | None:
    return map_over(frame, call.node, call.value(0), call.arguments.positional[1:])


def map_over(
    frame: CallFrame, node: ast.AST, function: Value, iterables: tuple[Argument, ...]
) -> Value:
    """What ``map`` gives: the function called with an item of each iterable."""
    known = items(iterables[0].value) if len(iterables) == 1 else None
    if known and len(known) <= FEW_ITEMS:
        made = [frame.call_with(function, [item], node) for item in known]
        return container(LIST, dict(enumerate(made)))
    elements = [frame.iterate(argument.value, node) for argument in iterables]
    frame.repeated += 1
    result = frame.call_with(function, elements, node)
    frame.repeated -= 1
    return container(LIST, {ELEMENT: result})


def filtered(frame: CallFrame, call: Call) -> Value | None:
    """``filter(function, items)``, ``takewhile``."""
    element = frame.iterate(call.value(1), call.node)
    if call.value(0).refs:
        frame.call_with(call.value(0), [element], call.node)
    return container(LIST, {ELEMENT: element})


_B = "builtins."
MODELS = Models(
    {
        _B + "str": _as_text,
        _B + "format": _as_text,
        **dict.fromkeys([_B + name for name in ("repr", "ascii", "chr", "hex", "bin")], _text),
        **dict.fromkeys(
            [_B + name for name in ("len", "int", "float", "abs", "round", "ord", "hash", "id")],
            number,
        ),
        **dict.fromkeys((_B + "pow", _B + "complex", _B + "int.from_bytes"), number),
        _B + "divmod": _divided,
        **dict.fromkeys(
            [_B + name for name in ("bool", "isinstance", "hasattr", "any", "all")], number
        ),
        **dict.fromkeys((_B + "bytes", _B + "bytearray"), lambda frame, call: BYTES),
        **dict.fromkeys([_B + name for name in ("list", "reversed", "iter", "aiter")], _in_order),
        _B + "sorted": _sorted,
        _B + "tuple": sequence(TUPLE),
        **dict.fromkeys((_B + "set", _B + "frozenset"), sequence(SET)),
        _B + "dict": mapping,
        _B + "dict.fromkeys": from_keys,
        _B + "range": numbers,
        _B + "sum": _summed,
        _B + "enumerate": _enumerated,
        _B + "zip": zipped,
        **dict.fromkeys((_B + "next", _B + "anext"), _next),
        **dict.fromkeys((_B + "min", _B + "max"), _chosen),
        _B + "map": _mapped,
        _B + "filter": filtered,
        _B + "property": getter,
        _B + "staticmethod": first,
        **dict.fromkeys((NEW_OBJECT, _B + "str.__new__"), _new_object),
        _B + "getattr": _getattr,
        **dict.fromkeys((_B + "setattr", _B + "object.__setattr__"), _setattr),
        _B + "vars": attributes_of,
        _B + "type": _type,
        **{
            f"{_B}str.{name}": _unbound_string(name)
            for name in (*builders.STRING_WRAPPERS, *builders.FORMAT_METHODS, "join")
        },
        _B + "str.__add__": added,
        _B + "str.__mod__": remainder,
    },
    {
        **dict.fromkeys(builders.STRING_WRAPPERS, _wrapped),
        **dict.fromkeys(builders.FORMAT_METHODS, _formatted),
        **dict.fromkeys(builders.TEMPLATE_METHODS, _substituted),
        "join": _joined,
        "__add__": added,
        "__mod__": remainder,
        **dict.fromkeys(("hexdigest", "isoformat", "strftime"), _text),
        **container_methods.METHODS,
        **dict.fromkeys(
            (
                *("count", "index", "find", "rfind", "total_seconds", "timestamp", "toordinal"),
                *("bit_length", "bit_count", "weekday", "isoweekday", "qsize", "fileno", "tell"),
                "__len__",
            ),
            number,
        ),
        **dict.fromkeys(("split", "rsplit", "splitlines", "partition", "rpartition"), _pieces),
    },
)
