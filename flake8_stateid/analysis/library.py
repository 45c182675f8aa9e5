"""What the standard library does with the values it is given, as far as they can be followed.

Two tables: functions by dotted name, and methods by bare name for receivers whose class is not
known. A model answers with the value of the call, or None where the call is not what the name
suggests; whatever has no model here is a function that cannot be seen, and its result is clean.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import builders, container_methods, contents
from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.container_methods import (
    CONTEXT_VARIABLE,
    awaited,
    collection_name,
    copy_of,
)
from flake8_stateid.analysis.endings import EXITS
from flake8_stateid.analysis.handing import APPLYING, CALLED_AT, MAPS, STAR_MAPS
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo
from flake8_stateid.analysis.values import (
    ARGUMENT,
    BYTES,
    DICT,
    ELEMENT,
    ENTERED,
    FEW_ITEMS,
    LIST,
    MAP_KEY,
    NONE,
    NOTHING,
    NUMBER,
    OBJECT_TYPES,
    PAYLOAD,
    SET,
    STRING,
    SUBSCRIPTED,
    TEMPLATE,
    TUPLE,
    UNKNOWN,
    UNREAD,
    Key,
    Reference,
    Value,
    as_string,
    container,
    items,
    join,
    join_all,
    part,
    reference,
)
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeGuard

    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import Call, MethodCall

    FunctionModel = Callable[["CallFrame", "Call"], Value | None]
    MethodModel = Callable[["CallFrame", "MethodCall"], Value | None]

NEW_TYPE = "new type:"
NEW_OBJECT = "builtins.object.__new__"


# --- strings ---------------------------------------------------------------------------------


def _wrapped(frame: CallFrame, call: MethodCall) -> Value | None:
    if call.receiver.types == BYTES.types:
        return BYTES if call.name != "decode" else STRING
    return as_string(call.receiver)


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


def _number(frame: CallFrame, call: object) -> Value | None:
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


# --- values passed through ---------------------------------------------------------------------


def _first(frame: CallFrame, call: Call) -> Value | None:
    return call.value(0)


def _cast(frame: CallFrame, call: Call) -> Value | None:
    return call.value(1, "val")


def _copied(frame: CallFrame, call: Call) -> Value | None:
    return copy_of(call.value(0), call.node)


def _new_type(frame: CallFrame, call: Call) -> Value | None:
    return reference("external", NEW_TYPE + (call.value(0, "name").const or ""))


def _template(frame: CallFrame, call: Call) -> Value | None:
    return TEMPLATE


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
    frame.store(
        frame.place_of_argument(arguments[0]), arguments[0].value, "." + name, value, strong=True
    )
    return NONE


def _vars(frame: CallFrame, call: Call) -> Value | None:
    return frame.attribute(call.value(0), "__dict__", call.node)


def _new_object(frame: CallFrame, call: Call) -> Value | None:
    """``object.__new__(cls)``, ``str.__new__(cls, text)``, and ``super()`` for either."""
    for ref in call.value(0).refs.values():
        if isinstance(ref.target, ClassInfo):
            if frame.engine.classes.extends_string(ref.target):
                return as_string(call.value(1))
            made = reference("instance", ref.target)
            return Value(refs=made.refs, types=OBJECT_TYPES, tags=frozenset((call.node,)))
    return None


def _type(frame: CallFrame, call: Call) -> Value | None:
    if len(call.arguments.positional) != 1:
        return UNKNOWN
    classes = [ref.target for ref in call.value(0).refs.values() if ref.kind == "instance"]
    return join_all([reference("class", cls) for cls in classes]) if classes else UNKNOWN


def _context_variable(frame: CallFrame, call: Call) -> Value | None:
    default = call.value(-1, "default")
    fields: dict[Key, Value] = {PAYLOAD: default} if not default.plain else {}
    return Value(fields=fields, types=CONTEXT_VARIABLE, tags=frozenset((call.node,)))


# --- containers ------------------------------------------------------------------------------


def _sequence(kind: Value) -> FunctionModel:
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


def _of_pairs(frame: CallFrame, source: Value, node: ast.AST) -> dict[Key, Value]:
    """What a mapping holds that is made of pairs: by its keys, where these are known."""
    pairs = items(source)
    names = [part(pair, 0).const for pair in pairs or ()]
    if pairs and None not in names:
        return {f"'{name}": part(pair, 1) for name, pair in zip(names, pairs, strict=True)}
    pair = frame.iterate(source, node)
    loose: dict[Key, Value] = {MAP_KEY: part(pair, 0), ELEMENT: part(pair, 1)}
    return {key: value for key, value in loose.items() if value is not NOTHING}


def _has_arguments(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and bool(node.args)


def _dict(frame: CallFrame, call: Call) -> Value | None:
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
        fields = _of_pairs(frame, source, call.node)
    for name, argument in call.arguments.keywords.items():
        fields["'" + name] = argument.value
    return container(DICT, fields, call.node)


def _from_keys(frame: CallFrame, call: Call) -> Value | None:
    keys = frame.iterate(call.value(0), call.node)
    return container(DICT, {MAP_KEY: keys, ELEMENT: call.value(1)}, call.node)


def _default_dict(frame: CallFrame, call: Call) -> Value | None:
    made = frame.call_with(call.value(0), [], call.node) if call.value(0).refs else NOTHING
    fields: dict[Key, Value] = {ELEMENT: made} if not made.plain else {}
    return container(DICT, fields, call.node)


def _counted(frame: CallFrame, call: Call) -> Value | None:
    """``Counter(iterable)``: how often each item occurs, by item."""
    keys = frame.iterate(call.value(0, "iterable"), call.node)
    return container(DICT, {} if keys.plain else {MAP_KEY: keys, ELEMENT: NUMBER}, call.node)


def _numbers(frame: CallFrame, call: Call) -> Value | None:
    return container(LIST, {ELEMENT: NUMBER})


def _enumerated(frame: CallFrame, call: Call) -> Value | None:
    element = frame.iterate(call.value(0, "iterable"), call.node)
    return container(LIST, {ELEMENT: container(TUPLE, {0: NUMBER, 1: element})})


def _zipped(frame: CallFrame, call: Call) -> Value | None:
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
    filled = call.value(-1, "fillvalue")  # of zip_longest
    elements: dict[Key, Value] = {
        index: join(frame.iterate(argument.value, call.node), filled)
        for index, argument in enumerate(call.arguments.positional)
    }
    return container(LIST, {ELEMENT: container(TUPLE, elements)})


def _chained(frame: CallFrame, call: Call) -> Value | None:
    elements = [frame.iterate(argument.value, call.node) for argument in call.arguments.positional]
    return container(LIST, {ELEMENT: join_all(elements)})


def _teed(frame: CallFrame, call: Call) -> Value | None:
    """``tee(iterable)``: several iterators over the same."""
    element = frame.iterate(call.value(0, "iterable"), call.node)
    return container(TUPLE, {ELEMENT: container(LIST, {ELEMENT: element})})


def _flattened(frame: CallFrame, call: Call) -> Value | None:
    inner = frame.iterate(call.value(0), call.node)
    return container(LIST, {ELEMENT: frame.iterate(inner, call.node)})


def _tuples(frame: CallFrame, call: Call) -> Value | None:
    """Tuples of elements of one iterable: ``pairwise``, ``batched``, ``combinations``."""
    element = frame.iterate(call.value(0, "iterable"), call.node)
    return container(LIST, {ELEMENT: container(TUPLE, {ELEMENT: element})})


def _grouped(frame: CallFrame, call: Call) -> Value | None:
    """``groupby(iterable, key)``: pairs of a key and an iterator."""
    element = frame.iterate(call.value(0, "iterable"), call.node)
    function = call.value(1, "key")
    key = frame.call_with(function, [element], call.node) if function.refs else element
    group = container(LIST, {ELEMENT: element})
    return container(LIST, {ELEMENT: container(TUPLE, {0: key, 1: group})})


def _pushed(frame: CallFrame, call: Call) -> Value | None:
    """``heappush(heap, item)``: the item is kept, and may be what ``heappop`` gives."""
    heap = call.arguments.positional[0] if call.arguments.positional else None
    item = call.value(1)
    if heap is None:
        return None
    name = collection_name(heap.node) if isinstance(heap.node, ast.expr) else ""
    item = frame.become_element(name, item, call.node, f"added to '{name or 'a collection'}'")
    frame.store(heap.place, heap.value, SUBSCRIPTED, item, strong=False)
    return item


def _element(frame: CallFrame, call: Call) -> Value | None:
    return frame.iterate(call.value(0), call.node)


def _summed(frame: CallFrame, call: Call) -> Value | None:
    """A number, unless lists are summed: ``sum(lists, [])``."""
    start = call.value(1, "start")
    if not start.types & {"list", "tuple"}:
        return NUMBER
    inner = frame.iterate(frame.iterate(call.value(0), call.node), call.node)
    return container(LIST, {ELEMENT: join(inner, frame.iterate(start, call.node))})


def _chain_map(frame: CallFrame, call: Call) -> Value | None:
    maps = join_all([argument.value for argument in call.arguments.positional])
    return container(DICT, maps.fields, call.node)


def _next(frame: CallFrame, call: Call) -> Value | None:
    iterator = call.value(0)
    found = frame.iterate(iterator, call.node)
    for step in ("__next__", "__anext__"):
        found = join(found, frame.call_method(iterator, step, call.node))
    return join(found, call.value(1))


def _chosen(frame: CallFrame, call: Call) -> Value | None:
    """``min``/``max``: one of the arguments, or of the elements of the only one."""
    values = [argument.value for argument in call.arguments.positional]
    if len(values) == 1:
        return join(frame.iterate(values[0], call.node), call.value(-1, "default"))
    return join_all(values)


def _mapped(frame: CallFrame, call: Call) -> Value | None:
    return _map_over(frame, call.node, call.value(0), call.arguments.positional[1:])


def _map_over(
    frame: CallFrame, node: ast.AST, function: Value, iterables: tuple[Argument, ...]
) -> Value:
    known = items(iterables[0].value) if len(iterables) == 1 else None
    if known and len(known) <= FEW_ITEMS:
        made = [frame.call_with(function, [item], node) for item in known]
        return container(LIST, dict(enumerate(made)))
    elements = [frame.iterate(argument.value, node) for argument in iterables]
    frame.repeated += 1
    result = frame.call_with(function, elements, node)
    frame.repeated -= 1
    return container(LIST, {ELEMENT: result})


def _filtered(frame: CallFrame, call: Call) -> Value | None:
    element = frame.iterate(call.value(1), call.node)
    if call.value(0).refs:
        frame.call_with(call.value(0), [element], call.node)
    return container(LIST, {ELEMENT: element})


def _reduced(frame: CallFrame, call: Call) -> Value | None:
    element = frame.iterate(call.value(1), call.node)
    start = call.value(2) if call.value(2) is not NOTHING else element
    once = frame.call_with(call.value(0), [start, element], call.node)
    return join(start, frame.call_with(call.value(0), [join(start, once), element], call.node))


def _accumulated(frame: CallFrame, call: Call) -> Value | None:
    """``accumulate(iterable, function)``: the first, then what is made of those before."""
    element = frame.iterate(call.value(0, "iterable"), call.node)
    initial = call.value(-1, "initial")
    start = initial if initial is not NOTHING else element
    function = call.value(1, "func")
    if not function.refs:
        return container(LIST, {ELEMENT: join(start, element)})
    once = frame.call_with(function, [start, element], call.node)
    more = frame.call_with(function, [join(start, once), element], call.node)
    return container(LIST, {ELEMENT: join(start, more)})


def _repeated(frame: CallFrame, call: Call) -> Value | None:
    return container(LIST, {ELEMENT: call.value(0)})


# --- records ---------------------------------------------------------------------------------


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
    return _with_attributes(call.value(0), call)


def _with_attributes(value: Value, call: Call | MethodCall) -> Value:
    """A copy of a record with some of its attributes replaced, as the keywords say."""
    fields = dict(value.fields)
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


def _getter(frame: CallFrame, call: Call) -> Value | None:
    """``itemgetter("key")``, ``attrgetter("key")``, ``methodcaller("key")``."""
    from flake8_stateid.analysis.standing_for import getter

    made = getter(frame.module, call.node, call.name.rpartition(".")[2])
    return UNKNOWN if made is None else frame.evaluate(made)


def _referred(frame: CallFrame, call: Call) -> Value | None:
    """``weakref.ref(object)``: called, it gives the object."""
    value = call.value(0)
    return UNKNOWN if value.plain else reference("method", call.name, **{PAYLOAD: value})


def _dispatched(frame: CallFrame, call: Call) -> Value | None:
    """``singledispatch(function)``: a call runs it, or one that is registered for a type."""
    value = call.value(0)
    for ref in list(value.refs.values()):
        if isinstance(ref.target, FunctionInfo):
            for each in ref.target.registered():
                value = join(value, reference("function", each))
    return value


def _named_tuple(frame: CallFrame, call: Call) -> Value | None:
    from flake8_stateid.analysis.standing_for import named_tuple

    cls = named_tuple(frame.module, call.node)
    return UNKNOWN if cls is None else reference("class", cls)


# --- callables handed on ---------------------------------------------------------------------


def _partial(frame: CallFrame, call: Call) -> Value | None:
    return _make_partial(frame, call.node, call.value(0), call.arguments.without_first(1))


def _make_partial(frame: CallFrame, node: ast.AST, callee: Value, arguments: Arguments) -> Value:
    refs: dict[tuple[str, object], Reference] = {}
    frame.need_callee(callee, arguments)
    for ref in callee.refs.values():
        if isinstance(ref.target, str):
            # `"{}_{}".format`; and what is not read yet, so that it is where that matters.
            if PAYLOAD in ref.parts or ref.kind == UNREAD:
                refs[ref.key] = ref
            continue
        if ref.kind not in ("function", "class", "partial"):
            continue
        parts: dict[Key, Value] = {}
        held = [argument.value for argument in arguments.positional]
        if ref.kind == "partial":
            parts = dict(ref.parts)
        else:
            parts.update(ref.parts)
        offset = sum(1 for key in parts if str(key).removeprefix(ARGUMENT).isdigit())
        for index, value in enumerate(held):
            parts[f"{ARGUMENT}{index + offset}"] = value
        for name, argument in arguments.keywords.items():
            parts[ARGUMENT + name] = argument.value
        made = Reference("partial", ref.target, parts)
        refs[made.key] = made
        # What it holds already leads where its function leads.
        frame.hold(made, node)
    return Value(refs=refs) if refs else UNKNOWN


def _to_thread(frame: CallFrame, call: Call) -> Value | None:
    return frame.invoke(call.value(0), call.arguments.without_first(1), call.node)


def _thread(frame: CallFrame, call: Call) -> Value | None:
    """``Thread(group, target, name, args, kwargs)``; Process is called the same way."""
    return _run_target(
        frame, call.node, call.value(1, "target"), call.value(3, "args"), call.value(4, "kwargs")
    )


def _timer(frame: CallFrame, call: Call) -> Value | None:
    return _run_target(
        frame, call.node, call.value(1, "function"), call.value(2, "args"), call.value(3, "kwargs")
    )


def _run_target(
    frame: CallFrame, node: ast.AST, function: Value, args: Value, kwargs: Value
) -> Value:
    if function.refs:
        frame.invoke(function, _spread(args, kwargs, node), node)
    return UNKNOWN


def _spread(args: Value, kwargs: Value, node: ast.AST) -> Arguments:
    count = sum(1 for key in args.fields if type(key) is int)
    known = count and all(index in args.fields for index in range(count))
    positional = tuple(
        Argument(args.fields[index], None, node) for index in range(count if known else 0)
    )
    rest = None
    if not known and not args.plain:
        rest = Argument(args, None, node)
    keywords = {
        key[1:]: Argument(field, None, node)
        for key, field in kwargs.fields.items()
        if type(key) is str and key[0] == "'"
    }
    return Arguments(positional, rest, keywords, None)


def _gathered(frame: CallFrame, call: Call) -> Value | None:
    items = [awaited(argument.value) for argument in call.arguments.positional]
    fields: dict[Key, Value] = dict(enumerate(items))
    if call.arguments.rest is not None:
        fields[ELEMENT] = awaited(frame.iterate(call.arguments.rest.value, call.node))
    return container(LIST, fields, call.node)


def _task(frame: CallFrame, call: Call | MethodCall) -> Value | None:
    """``create_task(coroutine)``: awaited or asked for its result, it gives what was returned."""
    return _future(awaited(call.value(0)))


def _waited(frame: CallFrame, call: Call) -> Value | None:
    """``asyncio.wait(tasks)``: the tasks that are done and those that are not."""
    tasks = container(SET, {ELEMENT: frame.iterate(call.value(0), call.node)})
    return container(TUPLE, {0: tasks, 1: tasks})


def _future(value: Value) -> Value:
    return Value(fields={PAYLOAD: value}, types=UNKNOWN.types) if not value.plain else UNKNOWN


def _can_be_called(frame: CallFrame, value: Value) -> bool:
    """Whether a value may be a function: not so for an object whose class has no ``__call__``."""
    return any(
        not (ref.kind == "instance" and isinstance(ref.target, ClassInfo))
        or frame.engine.classes.method(ref.target, "__call__") is not None
        for ref in value.refs.values()
    )


def _handed(at: int, future: bool = False) -> MethodModel:
    """A method that calls its argument number ``at`` with those behind it."""

    def model(frame: CallFrame, call: MethodCall) -> Value | None:
        callee = call.value(at)
        arguments = call.arguments.without_first(at + 1)
        if not _can_be_called(frame, callee):
            first = call.node.args[at] if at < len(call.node.args) else None
            inner = arguments.value(0)
            if isinstance(first, ast.Attribute) and first.attr == "run" and inner.refs:
                # submit(context.run, function, ...)
                callee, arguments = inner, arguments.without_first(1)
            else:
                return None
        result = frame.invoke(callee, arguments, call.node)
        return _future(result) if future else result

    return model


def _method_map(frame: CallFrame, call: MethodCall) -> Value | None:
    if not call.value(0).refs:
        return None
    return _map_over(frame, call.node, call.value(0), call.arguments.positional[1:])


def _star_map(frame: CallFrame, call: MethodCall) -> Value | None:
    if not call.value(0).refs:
        return None
    return _star_mapped(frame, call.node, call.value(0), call.value(1))


def _star_mapped(frame: CallFrame, node: ast.AST, function: Value, rows: Value) -> Value:
    row = frame.iterate(rows, node)
    frame.repeated += 1
    result = frame.invoke(function, _spread(row, NOTHING, node), node)
    frame.repeated -= 1
    return container(LIST, {ELEMENT: result})


def _star_map_function(frame: CallFrame, call: Call) -> Value | None:
    return _star_mapped(frame, call.node, call.value(0), call.value(1))


def _applied(frame: CallFrame, call: MethodCall) -> Value | None:
    if not call.value(0).refs:
        return None
    spread = _spread(call.value(1, "args"), call.value(2, "kwds"), call.node)
    return _future(frame.invoke(call.value(0), spread, call.node))


def _result(frame: CallFrame, call: MethodCall) -> Value | None:
    return awaited(call.receiver) if PAYLOAD in call.receiver.fields else None


def _entered(frame: CallFrame, call: MethodCall) -> Value | None:
    value = call.value(0)
    found = part(value, ENTERED)
    return join(found, frame.call_method(value, "__enter__", call.node))


def _wrap_enter(frame: CallFrame, call: Call) -> Value | None:
    value = call.value(0)
    return Value(fields={ENTERED: value}, types=UNKNOWN.types) if not value.plain else UNKNOWN


def _replace_fields(frame: CallFrame, call: MethodCall) -> Value | None:
    replaced = _with_attributes(call.receiver, call)
    fields = dict(replaced.fields)
    for ref in replaced.refs.values():
        if isinstance(ref.target, ClassInfo):
            for index, field in enumerate(frame.engine.classes.fields(ref.target)):
                argument = call.arguments.keywords.get(field.name)
                if argument is not None:
                    fields[index] = argument.value
    return Value(replaced.atoms, replaced.refs, fields, replaced.types, tags=replaced.tags)


def _as_dict(frame: CallFrame, call: MethodCall) -> Value | None:
    return frame.attribute(call.receiver, "__dict__", call.node)


_STRING_METHODS: dict[str, MethodModel] = {
    **dict.fromkeys(builders.STRING_WRAPPERS, _wrapped),
    **dict.fromkeys(builders.FORMAT_METHODS, _formatted),
    **dict.fromkeys(builders.TEMPLATE_METHODS, _substituted),
    "join": _joined,
    "hexdigest": _text,
    "isoformat": _text,
    "strftime": _text,
}

METHODS: dict[str, MethodModel] = {
    **_STRING_METHODS,
    **container_methods.METHODS,
    "_replace": _replace_fields,
    "_asdict": _as_dict,
    **{name: _handed(at) for name, at in CALLED_AT.items()},
    "submit": _handed(0, future=True),
    **dict.fromkeys(MAPS, _method_map),
    **dict.fromkeys(STAR_MAPS, _star_map),
    **dict.fromkeys(APPLYING, _applied),
    "create_task": _task,
    "callback": _handed(0),
    "result": _result,
    **dict.fromkeys(("enter_context", "enter_async_context"), _entered),
    **dict.fromkeys(("count", "index", "find", "rfind", "total_seconds"), _number),
    **dict.fromkeys(("split", "rsplit", "splitlines", "partition", "rpartition"), _pieces),
}

_B = "builtins."
FUNCTIONS: dict[str, FunctionModel] = {
    _B + "str": _as_text,
    _B + "format": _as_text,
    **dict.fromkeys((_B + "repr", _B + "ascii", _B + "chr", _B + "hex", _B + "bin"), _text),
    **dict.fromkeys(
        [_B + name for name in ("len", "int", "float", "abs", "round", "ord", "hash", "id")],
        _number,
    ),
    **dict.fromkeys(
        [_B + name for name in ("bool", "isinstance", "hasattr", "any", "all")], _number
    ),
    **dict.fromkeys((_B + "bytes", _B + "bytearray"), lambda frame, call: BYTES),
    **dict.fromkeys(
        (
            _B + "list",
            _B + "sorted",
            _B + "reversed",
            _B + "iter",
            _B + "aiter",
            "collections.deque",
            "itertools.islice",
            "itertools.cycle",
            "itertools.compress",
            "random.sample",
            "asyncio.as_completed",
            "concurrent.futures.as_completed",
        ),
        _sequence(LIST),
    ),
    _B + "tuple": _sequence(TUPLE),
    **dict.fromkeys((_B + "set", _B + "frozenset"), _sequence(SET)),
    **dict.fromkeys((_B + "dict", "collections.OrderedDict"), _dict),
    **dict.fromkeys((_B + "dict.fromkeys", "collections.OrderedDict.fromkeys"), _from_keys),
    "collections.defaultdict": _default_dict,
    "collections.Counter": _counted,
    **dict.fromkeys(
        (
            "datetime.timedelta",
            "decimal.Decimal",
            "fractions.Fraction",
            "time.time",
            "time.time_ns",
            "time.monotonic",
            "time.monotonic_ns",
            "time.perf_counter",
            "time.perf_counter_ns",
            "random.random",
            "random.randint",
            "random.randrange",
            "random.uniform",
        ),
        _number,
    ),
    **dict.fromkeys((_B + "range", "itertools.count"), _numbers),
    _B + "sum": _summed,
    _B + "enumerate": _enumerated,
    **dict.fromkeys((_B + "zip", "itertools.zip_longest"), _zipped),
    "itertools.product": _zipped,
    "itertools.repeat": _repeated,
    **dict.fromkeys(
        [
            "itertools." + name
            for name in (
                "pairwise",
                "batched",
                "combinations",
                "permutations",
                "combinations_with_replacement",
            )
        ],
        _tuples,
    ),
    "itertools.groupby": _grouped,
    "itertools.tee": _teed,
    **dict.fromkeys(
        ("operator.itemgetter", "operator.attrgetter", "operator.methodcaller"), _getter
    ),
    **dict.fromkeys(("weakref.ref", "weakref.WeakMethod"), _referred),
    "weakref.proxy": _first,
    "functools.singledispatch": _dispatched,
    "itertools.filterfalse": _filtered,
    **dict.fromkeys(("heapq.heappush", "heapq.heappushpop", "heapq.heapreplace"), _pushed),
    **dict.fromkeys(("heapq.heappop", "random.choice", "secrets.choice"), _element),
    "collections.ChainMap": _chain_map,
    **dict.fromkeys(("itertools.chain", "heapq.merge"), _chained),
    "itertools.chain.from_iterable": _flattened,
    "itertools.starmap": _star_map_function,
    **dict.fromkeys((_B + "next", _B + "anext"), _next),
    **dict.fromkeys((_B + "min", _B + "max"), _chosen),
    _B + "map": _mapped,
    **dict.fromkeys((_B + "filter", "itertools.takewhile", "itertools.dropwhile"), _filtered),
    **dict.fromkeys((_B + "property", _B + "staticmethod"), _first),
    "functools.reduce": _reduced,
    "itertools.accumulate": _accumulated,
    "contextvars.ContextVar": _context_variable,
    **dict.fromkeys((NEW_OBJECT, _B + "str.__new__"), _new_object),
    **dict.fromkeys(("attr.Factory", "attrs.Factory"), _made_by_default),
    _B + "getattr": _getattr,
    **dict.fromkeys((_B + "setattr", _B + "object.__setattr__"), _setattr),
    _B + "vars": _vars,
    _B + "type": _type,
    **dict.fromkeys(("typing.cast", "typing_extensions.cast"), _cast),
    **dict.fromkeys(("typing.NewType", "typing_extensions.NewType"), _new_type),
    **dict.fromkeys(("copy.copy", "copy.deepcopy"), _copied),
    "sys.intern": _first,
    "string.Template": _template,
    **dict.fromkeys(
        ("dataclasses.field", "attr.ib", "attr.field", "attrs.field", "pydantic.Field"), _field
    ),
    **dict.fromkeys(
        ("dataclasses.replace", "copy.replace", "attr.evolve", "attrs.evolve"), _replaced
    ),
    **dict.fromkeys(("dataclasses.asdict", "attr.asdict", "attrs.asdict"), _vars),
    **dict.fromkeys(("dataclasses.astuple", "attr.astuple", "attrs.astuple"), _as_tuple),
    "types.SimpleNamespace": _namespace,
    **dict.fromkeys(("collections.namedtuple", "typing.NamedTuple"), _named_tuple),
    **dict.fromkeys(("functools.partial", "functools.partialmethod"), _partial),
    **dict.fromkeys(
        ("asyncio.to_thread", "anyio.to_thread.run_sync", "atexit.register"), _to_thread
    ),
    **dict.fromkeys(("threading.Thread", "multiprocessing.Process"), _thread),
    "threading.Timer": _timer,
    **dict.fromkeys(
        (
            "asyncio.create_task",
            "asyncio.ensure_future",
            "asyncio.shield",
            "asyncio.run_coroutine_threadsafe",
        ),
        _task,
    ),
    **dict.fromkeys(("asyncio.wait_for", "asyncio.run"), _first),
    **dict.fromkeys(("asyncio.wait", "concurrent.futures.wait"), _waited),
    "asyncio.gather": _gathered,
    **dict.fromkeys(
        ("contextlib.nullcontext", "contextlib.closing", "contextlib.aclosing"), _wrap_enter
    ),
    **{
        f"{_B}str.{name}": _unbound_string(name)
        for name in (*builders.STRING_WRAPPERS, *builders.FORMAT_METHODS, "join")
    },
}

# Every dotted name that is a function with a model, or on the way to one, or never returns.
KNOWN_NAMES = EXITS | frozenset(
    ".".join(name.split(".")[:length])
    for name in FUNCTIONS
    for length in range(1, name.count(".") + 2)
)


class Models(Record):
    """What is known of functions and methods beyond the package.

    Attributes:
        functions: By dotted name.
        methods: By name, for objects of unknown class.
        known: Every dotted name that is a function with a model, or on the way to one, or that
            never returns.
    """

    functions: Mapping[str, FunctionModel]
    methods: Mapping[str, MethodModel]
    known: frozenset[str]


MODELS = Models(FUNCTIONS, METHODS, KNOWN_NAMES)
