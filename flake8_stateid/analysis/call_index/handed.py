"""What a client counts with that it is given: ``Client(recorder, state_id, Counter())``."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import Instance
from flake8_stateid.analysis.call_index.counters import given_parameter, starts
from flake8_stateid.analysis.call_index.counting import UNKNOWN, Counter, Counting
from flake8_stateid.analysis.call_index.held_ids import argument_of
from flake8_stateid.analysis.call_index.shared_ids import is_within
from flake8_stateid.analysis.values import Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.activations import Activation
    from flake8_stateid.analysis.call_index.clients import Creation
    from flake8_stateid.analysis.call_index.reach import Loop
    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import ClassInfo

_MAX_NAMES = 8  # variables and parameters that lead to one another


class Brought:
    """Finds the parameter that brings a client what it counts with.

    Args:
        engine: Finds methods and fields.
    """

    def __init__(self, engine: Engine) -> None:
        self._classes = engine.classes

    def asked(self, cls: ClassInfo, attribute: str, method: str) -> Counter:
        """The counter behind a method of an object that a client is given for an attribute."""
        owners = self._classes.order(cls)
        writes = [write for owner in owners for write in owner.writes().get(attribute, ())]
        init = self._classes.method(cls, "__init__")
        handed, node = "", None
        if init is None and not writes:
            handed, node = self.field(cls, attribute)
        elif len(writes) == 1 and writes[0][0] is init:
            handed, node = given_parameter(*writes[0]), writes[0][1]
        if not handed:
            return UNKNOWN
        return Counter(Counting.CLIENT, None, node, handed=handed, asked=method)

    def field(self, cls: ClassInfo, name: str) -> tuple[str, ast.expr | None]:
        """A field that a record takes, and has no default for, and what declares it.

        "" and None for anything else.
        """
        if all(field.name != name for field in self._classes.fields(cls)):
            return "", None
        owner = next(each for each in self._classes.order(cls) if name in each.fields)
        if name in owner.statements:
            return "", None
        return name, owner.fields[name].annotation


def with_given(
    loop: Loop,
    creation: Creation | None,
    classes: tuple[ClassInfo, ...],
    counters: list[Counter],
) -> tuple[list[Counter], list[Pending]]:
    """Who counts where a client is constructed: itself, if it is given a counter of its own.

    Args:
        loop: In which it is constructed.
        creation: Where; None where that is not seen.
        classes: What it may be.
        counters: What is known of each.

    Returns:
        Who counts, for each class, and what must be read to tell.
    """
    found: list[Counter] = []
    needed: list[Pending] = []
    for cls, counter in zip(classes, counters, strict=True):
        if not counter.handed:
            found.append(counter)
        elif creation is None:
            found.append(UNKNOWN)
        else:
            known, unread = _counter_of(loop, creation, cls, counter)
            found.append(known)
            needed += unread
    return found, needed


def _counter_of(
    loop: Loop, creation: Creation, cls: ClassInfo, counter: Counter
) -> tuple[Counter, list[Pending]]:
    at = creation.reached.at
    call = loop.program.written_out(creation.node, at)
    given = argument_of(loop.engine, cls, call, counter.handed)
    made = _made_anew(loop, given, at)
    if made is None:
        return UNKNOWN, []
    value, where = made
    if not counter.asked:
        is_own = starts(value) and not loop.ids.referents(value, where)
        return (counter._replace(handed="") if is_own else UNKNOWN), []
    if not isinstance(value, ast.Call):
        return UNKNOWN, []
    unread = [item for item in loop.ids.referents(value.func, where) if isinstance(item, Pending)]
    found = UNKNOWN
    for item in loop.ids.referents(value, where):
        if isinstance(item, Instance):
            found = loop.program.counters.of_object(item.cls, counter.asked)
    if found.counting is not Counting.CLIENT or found.handed or found.given:
        found = UNKNOWN
    return found, unread


def _made_anew(
    loop: Loop, given: ast.expr | None, at: Activation
) -> tuple[ast.expr, Activation] | None:
    """What an argument is, behind variables that each round binds; None where none does."""
    for _ in range(_MAX_NAMES):
        if not isinstance(given, ast.Name):
            break
        bound = at.bindings.get(given.id)
        if bound is not None:
            given, at = bound.expression, bound.at
            continue
        sites = loop.ids.sites_of(at.module)
        bindings = sites.of(at.function).bindings.get(given.id, ())
        if len(bindings) != 1:
            return None
        node, value = bindings[0]
        if at.loop is not None and not is_within(node, at.loop, sites.parents):
            return None
        given = value
    return None if given is None else (given, at)
