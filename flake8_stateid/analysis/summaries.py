"""What is remembered of a function: where its inputs go, what it returns and what it changes."""

from __future__ import annotations

from flake8_stateid.analysis.program import ClassInfo, FunctionInfo
from flake8_stateid.analysis.registering import origins_in
from flake8_stateid.analysis.values import NOTHING, Origin, Pending, Symbol, Trace, Value, join


class Sink:
    """The targets that one atom reaches.

    Attributes:
        first: The way to the first target.
        deepest: The way known with the most steps that differ, of those with the same first
            target: what goes in circles, through a cache, goes no further for it.
        used: Whether any target uses the id, rather than only giving it a local name.
    """

    __slots__ = ("_steps", "deepest", "first", "used")

    def __init__(self, trace: Trace, used: bool) -> None:
        self.used = used
        self._begin(trace)

    def _begin(self, trace: Trace) -> None:
        self.first = self.deepest = trace
        self._steps = len(set(trace))

    def add(self, trace: Trace, used: bool) -> None:
        """Take in one more way to a target."""
        self.used = self.used or used
        mine, theirs = _to_first_target(self.first), _to_first_target(trace)
        if _place(trace, theirs) == _place(self.first, mine):
            if len(trace) > self._steps and (steps := len(set(trace))) > self._steps:
                self.deepest, self._steps = trace, steps
        elif theirs < mine or (theirs == mine and _before(trace, self.first, theirs)):
            self._begin(trace)


def _to_first_target(trace: Trace) -> int:
    for index, hop in enumerate(trace):
        if hop.target:
            return index
    return len(trace)


def _place(trace: Trace, index: int) -> object:
    return (trace[index].node, trace[index].text) if index < len(trace) else None


def _before(one: Trace, other: Trace, index: int) -> bool:
    if index >= len(one) or index >= len(other):
        return False
    mine, theirs = one[index], other[index]
    return mine.module is theirs.module and (
        getattr(mine.node, "lineno", 0),
        getattr(mine.node, "col_offset", 0),
    ) < (getattr(theirs.node, "lineno", 0), getattr(theirs.node, "col_offset", 0))


class Summary:
    """A function's behaviour for one shape of its inputs, in terms of its own symbols.

    Attributes:
        returned: What a call evaluates to.
        sinks: For each input that reaches a target, which.
        registered: Inputs passed to a minting call on every path.
        objects: For each parameter, the object it held at entry as it is at exit, if changed.
        outer: Free and global variables the function sets or changes: (scope or module, name).
        kept: Attributes of classes that any of their methods may see from then on.
        needs: For each input that is passed on to a module that has not been read, which; apart
            from each other, what the module that is analysed passes on, and what others do.
    """

    __slots__ = (
        "_origins",
        "_size",
        "kept",
        "needs",
        "objects",
        "outer",
        "registered",
        "returned",
        "sinks",
    )

    def __init__(self) -> None:
        self.returned: Value = NOTHING
        self._size = -1
        self._origins: set[Origin] | None = None
        self.sinks: dict[Symbol, Sink] = {}
        self.kept: dict[tuple[ClassInfo, str], Value] = {}
        self.needs: dict[tuple[Symbol, bool], frozenset[Pending]] = {}
        self.registered: frozenset[object] = frozenset()
        self.objects: dict[str, Value] = {}
        self.outer: dict[tuple[object, str], Value] = {}

    @property
    def size(self) -> int:
        """How much there is to translate when the function is called."""
        if self._size < 0:
            self._size = sum(value.size * (1 + len(value.atoms)) for value in self._left())
        return self._size

    @property
    def origins(self) -> set[Origin]:
        """The builders whose strings the function leaves behind."""
        if self._origins is None:
            self._origins = origins_in(self._left())
        return self._origins

    def says_more(self, old: Summary) -> bool:
        """Whether a recursive function's summary says more than the one it was computed from."""
        return (
            self.sinks.keys() != old.sinks.keys()
            or join(old.returned, self.returned) is not old.returned
            or self.registered != old.registered
            or self.objects.keys() != old.objects.keys()
            or any(
                join(old.objects[name], value) is not old.objects[name]
                for name, value in self.objects.items()
            )
            or self.outer.keys() != old.outer.keys()
            or any(
                join(old.outer[name], value) is not old.outer[name]
                for name, value in self.outer.items()
            )
        )

    def _left(self) -> tuple[Value, ...]:
        return (self.returned, *self.objects.values(), *self.outer.values())


EMPTY = Summary()

SummaryKey = tuple[FunctionInfo, tuple[tuple[str, object], ...]]
