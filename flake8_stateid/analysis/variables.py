"""The variables at one point of a function, and which of them two points may hold otherwise.

A branch starts with a copy of what is there, binds a few names, and is joined to another such copy
again. In a long function nearly all variables are then the same on both sides; what was bound
since the two were one is kept, so that nothing else has to be compared.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NoReturn

    from flake8_stateid.analysis.values import Value

    _Names = dict[str, "Value"]
else:
    _Names = dict

# Looked up once: variables are bound and copied at every step.
_new = dict.__new__
_set = dict.__setitem__
_pop = dict.pop
_update = dict.update


class _Span:
    """What was bound between one copy and the next.

    Attributes:
        before: The span that ended where this one began; None for the first.
        names: The names that were bound or unbound, the first of them first.
        depth: How many spans came before.
    """

    __slots__ = ("before", "depth", "names")

    def __init__(self, before: _Span | None, names: dict[str, None]) -> None:
        self.before = before
        self.names = names
        self.depth: int = 0 if before is None else before.depth + 1


class Variables(_Names):
    """Values by name, as a dict holds them; changed only by what is defined here.

    Args:
        values: What they are at first.
    """

    __slots__ = ("_before", "_bound")

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        super().__init__(values or ())
        self._before = _Span(None, {})
        self._bound: dict[str, None] = {}

    def __setitem__(self, name: str, value: Value) -> None:
        """Bind a name."""
        self._bound[name] = None
        _set(self, name, value)

    def unbind(self, name: str) -> Value | None:
        """Take a name away; gives what it was, None where it was not bound."""
        self._bound[name] = None
        return _pop(self, name, None)

    def bind_all(self, values: Mapping[str, Value]) -> None:
        """Bind some names."""
        self._bound.update(dict.fromkeys(values))
        _update(self, values)

    def copy(self) -> Variables:
        """An independent copy, which remembers that it was one with this."""
        if self._bound:
            self._before = _Span(self._before, self._bound)
            self._bound = {}
        made = _new(Variables)
        _update(made, self)
        made._before = self._before
        made._bound = {}
        return made

    def apart(self, other: Variables) -> Iterable[str]:
        """The names that may be bound otherwise in another: since they were one, or at all."""
        here: _Span | None = self._before
        there: _Span | None = other._before
        if here is there:
            return {**self._bound, **other._bound}
        mine, theirs = [self._bound], [other._bound]
        while here is not there:
            if here is None or there is None:
                return {**self, **other}  # they never were
            if here.depth >= there.depth:
                mine.append(here.names)
                here = here.before
            else:
                theirs.append(there.names)
                there = there.before
        names: dict[str, None] = {}
        for bound in (*reversed(mine), *reversed(theirs)):
            names.update(bound)
        return names

    def _untold(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("what this changes would not be remembered")

    __delitem__ = clear = pop = popitem = setdefault = update = _untold
    __ior__ = _untold
