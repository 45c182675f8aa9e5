"""What ``collections``, ``itertools``, ``heapq``, ``random`` and kin do with what they hold."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.basic_models import (
    filtered,
    from_keys,
    mapping,
    numbers,
    sequence,
    zipped,
)
from flake8_stateid.analysis.container_methods import (
    collection_name,
)
from flake8_stateid.analysis.modelled import Models
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    LIST,
    MAP_KEY,
    NOTHING,
    NUMBER,
    SUBSCRIPTED,
    TUPLE,
    Value,
    container,
    join,
    join_all,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import Call


def _default_dict(frame: CallFrame, call: Call) -> Value | None:
    made = frame.call_with(call.value(0), [], call.node) if call.value(0).refs else NOTHING
    held = not made.plain or made.types == NUMBER.types
    return container(DICT, {ELEMENT: made} if held else {}, call.node)


def _counted(frame: CallFrame, call: Call) -> Value | None:
    """``Counter(iterable)``: how often each item occurs, by item."""
    keys = frame.iterate(call.value(0, "iterable"), call.node)
    return container(DICT, {MAP_KEY: keys, ELEMENT: NUMBER}, call.node)


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


def _chain_map(frame: CallFrame, call: Call) -> Value | None:
    maps = join_all([argument.value for argument in call.arguments.positional])
    return container(DICT, maps.fields, call.node)


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


MODELS = Models(
    {
        **dict.fromkeys(
            (
                "collections.deque",
                "itertools.islice",
                "itertools.cycle",
                "itertools.compress",
                "random.sample",
            ),
            sequence(LIST),
        ),
        "collections.OrderedDict": mapping,
        "collections.OrderedDict.fromkeys": from_keys,
        "collections.defaultdict": _default_dict,
        "collections.Counter": _counted,
        "collections.ChainMap": _chain_map,
        "itertools.count": numbers,
        **dict.fromkeys(("itertools.zip_longest", "itertools.product"), zipped),
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
            ["itertools." + name for name in ("filterfalse", "takewhile", "dropwhile")], filtered
        ),
        **dict.fromkeys(("itertools.chain", "heapq.merge"), _chained),
        "itertools.chain.from_iterable": _flattened,
        "itertools.accumulate": _accumulated,
        **dict.fromkeys(("heapq.heappush", "heapq.heappushpop", "heapq.heapreplace"), _pushed),
        **dict.fromkeys(("heapq.heappop", "random.choice", "secrets.choice"), _element),
    },
    {},
)
