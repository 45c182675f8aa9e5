"""What functions inside another one do with its variables, whoever calls them, and whenever.

A function that is called where it is defined, or handed to a call there, finds the variables as
they are then. One that is returned, or kept, or registered by other means is called later, if at
all: as a function of the module is, it is taken to be called by somebody. Asked only of variables
that are bound once, so that it is the same whenever that is.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.registering import is_registered
from flake8_stateid.analysis.substitution import follow, shape
from flake8_stateid.analysis.tree import walk
from flake8_stateid.analysis.values import CAPTURED, NOTHING, UNKNOWN, Symbol, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.flow import FlowFrame
    from flake8_stateid.analysis.program import ClassInfo, FunctionInfo
    from flake8_stateid.analysis.summaries import Summary
    from flake8_stateid.analysis.values import Key


def call_inner(frame: FlowFrame) -> None:
    """Take the functions inside one that was analysed to be called.

    Args:
        frame: Of the function around them; its way to the end is done.
    """
    around = frame.function
    left = frame.left
    if around is None or left is None:
        return
    frame.state = left.copy()
    once: dict[str, bool] = {}

    def is_steady(name: str) -> bool:
        """Whether a variable is the same whenever an inner function looks."""
        if name not in once:
            once[name] = name not in around.names.bound or _is_bound_once(around, name)
        return once[name]

    def seen(symbol: Symbol) -> Value:
        """What a variable that an inner function sees is, or a part of it."""
        if symbol.root[1] is not around:
            return Value({symbol: ()}, types=UNKNOWN.types)
        name = str(symbol.root[2])
        value = frame.here.env.get(name, NOTHING) if is_steady(name) else NOTHING
        for key in symbol.path:
            value = frame.part_of(value, key, around.node)
        return value

    for function, cls in list(frame.inner.items()):
        summary = _summary(frame, function, cls, is_steady)
        for symbol, sink in summary.sinks.items():
            for atom, trace in seen(symbol).atoms.items() if symbol.root[0] == "free" else ():
                if not is_registered(atom, frame.here.registered):
                    frame.record(atom, follow(trace, sink.first), sink.used)
        for (symbol, ours), unread in summary.needs.items():
            if symbol.root[0] == "free":
                frame.need(seen(symbol), unread, ours=ours)


def _summary(
    frame: FlowFrame,
    function: FunctionInfo,
    cls: ClassInfo | None,
    is_steady: Callable[[str], bool],
) -> Summary:
    """What an inner function does, knowing which functions and objects its variables hold."""
    functions = frame.engine.functions
    captured: dict[Key, Value] = {
        key: value
        for key, value in frame.closure(function, {}).parts.items()
        if is_steady(str(key).removeprefix(CAPTURED))
    }
    if not any(shape(value) for value in captured.values()):
        return functions.generic(function, cls)
    return functions.summarise(function, functions.generic_inputs(function, cls), captured)


def _is_bound_once(function: FunctionInfo, name: str) -> bool:
    """Whether a variable of a function has one value from where it is bound to the end."""
    return name not in function.names.rebound and not any(
        isinstance(node, ast.Nonlocal) and name in node.names for node in walk(function.node)
    )
