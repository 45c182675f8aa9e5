"""What calls the functions it is given, now or in another thread, process or task."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.basic_models import added, first, map_over, remainder, sequence
from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.container_methods import (
    awaited,
)
from flake8_stateid.analysis.handing import APPLYING, CALLED_AT, MAPS, STAR_MAPS
from flake8_stateid.analysis.modelled import Models
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo
from flake8_stateid.analysis.values import (
    ARGUMENT,
    ELEMENT,
    ENTERED,
    LIST,
    NOTHING,
    PAYLOAD,
    SET,
    TUPLE,
    UNKNOWN,
    UNREAD,
    Key,
    Reference,
    Value,
    container,
    join,
    part,
    reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import Call, MethodCall, MethodModel


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


def _reduced(frame: CallFrame, call: Call) -> Value | None:
    element = frame.iterate(call.value(1), call.node)
    start = call.value(2) if call.value(2) is not NOTHING else element
    once = frame.call_with(call.value(0), [start, element], call.node)
    return join(start, frame.call_with(call.value(0), [join(start, once), element], call.node))


def _to_thread(frame: CallFrame, call: Call) -> Value | None:
    return frame.invoke(call.value(0), call.arguments.without_first(1), call.node)


def _finalized(frame: CallFrame, call: Call) -> Value | None:
    """``weakref.finalize(object, function, ...)``: called when the object is gone."""
    frame.invoke(call.value(1), call.arguments.without_first(2), call.node)
    return UNKNOWN


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
    return map_over(frame, call.node, call.value(0), call.arguments.positional[1:])


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


def star_mapped_over(frame: CallFrame, call: Call) -> Value | None:
    """``starmap(function, rows)``."""
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


MODELS = Models(
    {
        **dict.fromkeys(("functools.partial", "functools.partialmethod"), _partial),
        "functools.reduce": _reduced,
        "functools.singledispatch": _dispatched,
        "itertools.starmap": star_mapped_over,
        **dict.fromkeys(
            ("operator.itemgetter", "operator.attrgetter", "operator.methodcaller"), _getter
        ),
        **dict.fromkeys(
            ("operator.add", "operator.concat", "operator.iadd", "operator.iconcat"), added
        ),
        **dict.fromkeys(("operator.mod", "operator.imod"), remainder),
        **dict.fromkeys(("weakref.ref", "weakref.WeakMethod"), _referred),
        "weakref.proxy": first,
        "weakref.finalize": _finalized,
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
        **dict.fromkeys(("asyncio.wait_for", "asyncio.run"), first),
        **dict.fromkeys(("asyncio.wait", "concurrent.futures.wait"), _waited),
        **dict.fromkeys(
            ("asyncio.as_completed", "concurrent.futures.as_completed"), sequence(LIST)
        ),
        "asyncio.gather": _gathered,
        **dict.fromkeys(
            ("contextlib.nullcontext", "contextlib.closing", "contextlib.aclosing"), _wrap_enter
        ),
    },
    {
        **{name: _handed(at) for name, at in CALLED_AT.items()},
        "submit": _handed(0, future=True),
        **dict.fromkeys(MAPS, _method_map),
        **dict.fromkeys(STAR_MAPS, _star_map),
        **dict.fromkeys(APPLYING, _applied),
        "create_task": _task,
        "callback": _handed(0),
        "result": _result,
        **dict.fromkeys(("enter_context", "enter_async_context"), _entered),
    },
)
