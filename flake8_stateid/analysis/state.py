"""What holds at one point of a function, and where paths meet."""

from __future__ import annotations

from flake8_stateid.analysis.registering import on_both
from flake8_stateid.analysis.values import join
from flake8_stateid.analysis.variables import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_stateid.analysis.values import Origin, Value

_NONE: frozenset[Origin] = frozenset()


class State:
    """The variables at one point of a function, and which strings are registered.

    Attributes:
        env: The variables.
        registered: Builders whose strings are all registered, and inputs that are.
        many: Builders of which there may be several strings that are not registered.
        stored: Builders of which a string is stored under a state id's name and not registered.
    """

    __slots__ = ("env", "many", "registered", "stored")

    def __init__(
        self,
        env: Mapping[str, Value],
        registered: frozenset[object],
        many: frozenset[Origin] = _NONE,
        stored: frozenset[Origin] = _NONE,
    ) -> None:
        self.env = env if type(env) is Variables else Variables(env)
        self.registered = registered
        self.many = many
        self.stored = stored

    def copy(self) -> State:
        """An independent copy."""
        return State(self.env.copy(), self.registered, self.many, self.stored)

    def says_same(self, other: State) -> bool:
        """Whether as much is registered in the other."""
        return (
            self.registered == other.registered
            and self.many == other.many
            and self.stored == other.stored
        )


def merge(left: State | None, right: State | None, known: State | None = None) -> State | None:
    """The state where two paths meet; None is a path that is not taken.

    Args:
        left: The one path.
        right: The other.
        known: A state that ``left`` holds already. Only what ``right`` holds otherwise is joined.
    """
    if left is None or right is None or left is right:
        return left or right
    env = left.env
    theirs = right.env
    result: Variables | None = None
    for name in (env if known is None else known.env).apart(theirs):
        value = theirs.get(name)
        mine = env.get(name)
        if value is None or mine is value:
            continue
        joined = value if mine is None else join(mine, value)
        if joined is not mine:
            if result is None:
                result = env.copy()
            result[name] = joined
    if left.says_same(right):
        if result is None:
            return left
        return State(result, left.registered, left.many, left.stored)
    registered = left.registered
    if right.registered != registered:
        registered = on_both(env, registered, right.env, right.registered)
    merged = State(env, registered, left.many | right.many, left.stored | right.stored)
    if result is None and left.says_same(merged):
        return left
    merged.env = result if result is not None else env
    return merged


def merge_all(states: Iterable[State | None]) -> State | None:
    """The state where any number of paths meet.

    Of the statements of a ``try`` each may raise: a state is mostly what the one before was.
    """
    result: State | None = None
    known: State | None = None
    for state in states:
        if state is not None:
            result = merge(result, state, known)
            known = state
    return result


def same(left: State | None, right: State | None) -> bool:
    """Whether joining found nothing new; states are compared by identity of their values."""
    if left is right:
        return True
    if left is None or right is None or not left.says_same(right):
        return False
    mine, theirs = left.env, right.env
    return all(mine.get(name) is theirs.get(name) for name in mine.apart(theirs))
