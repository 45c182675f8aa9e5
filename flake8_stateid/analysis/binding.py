"""The arguments of a call, and which parameter receives each of them."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.places import Place, place_of
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    ITERATED,
    NOTHING,
    TUPLE,
    Key,
    Value,
    container,
    join,
    part,
)
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_stateid.analysis.program import FunctionInfo

NOWHERE = ast.Pass()  # the node of an argument that is not written in the source


class Argument(Record):
    """One argument: its value, where that is held if not where it is written, and its node."""

    value: Value
    place: Place | None
    node: ast.AST

    @property
    def held_at(self) -> Place | None:
        """Where the value is held; None where it is held nowhere."""
        if self.place is not None:
            return self.place
        node = self.node.value if isinstance(self.node, ast.keyword) else self.node
        return place_of(node) if isinstance(node, ast.expr) else None


class Arguments(Record):
    """The arguments of a call, stars unpacked as far as they are known.

    Attributes:
        positional: In order.
        rest: What ``*iterable`` of unknown length adds behind them.
        keywords: By name.
        more: What ``**mapping`` adds beyond the names that are known.
    """

    positional: tuple[Argument, ...] = ()
    rest: Argument | None = None
    keywords: Mapping[str, Argument] = {}
    more: Argument | None = None

    def value(self, index: int, name: str = "") -> Value:
        """The argument at a position or with a name; NOTHING where it is not given."""
        if 0 <= index < len(self.positional):
            return self.positional[index].value
        if name in self.keywords:
            return self.keywords[name].value
        if self.rest is not None:
            return part(self.rest.value, ITERATED)
        return NOTHING

    def without_first(self, count: int) -> Arguments:
        """The arguments behind the first ``count`` positional ones."""
        return self._replace(positional=self.positional[count:])

    def all(self) -> list[Argument]:
        """Every argument."""
        extra = [argument for argument in (self.rest, self.more) if argument is not None]
        return [*self.positional, *self.keywords.values(), *extra]


def bind_arguments(
    function: FunctionInfo, arguments: Arguments, receiver: Argument | None
) -> dict[str, Argument]:
    """What each parameter of a function receives; one that is not given is not in it.

    Args:
        function: The function.
        arguments: Those of the call.
        receiver: The object, for a method that is called on one.
    """
    bound: dict[str, Argument] = {}
    positional = list(arguments.positional)
    if receiver is not None:
        positional.insert(0, receiver)
    keywords = dict(arguments.keywords)
    index = 0
    for parameter in function.parameters:
        name = parameter.name
        if parameter.kind in ("positional", "either"):
            if index < len(positional):
                bound[name] = positional[index]
            elif name in keywords and parameter.kind == "either":
                bound[name] = keywords.pop(name)
            else:
                if arguments.more is not None and parameter.kind == "either":
                    _bind_more(bound, name, arguments.more)
                if arguments.rest is not None:
                    value = part(arguments.rest.value, index - len(positional))
                    if name in bound:
                        value = join(value, bound[name].value)
                    bound[name] = Argument(value, None, arguments.rest.node)
            index += 1
        elif parameter.kind == "args":
            bound[name] = _bind_star(positional, index, arguments.rest)
        elif parameter.kind == "keyword":
            if name in keywords:
                bound[name] = keywords.pop(name)
            elif arguments.more is not None:
                _bind_more(bound, name, arguments.more)
        else:
            bound[name] = _bind_double_star(keywords, arguments)
    return bound


def _bind_more(bound: dict[str, Argument], name: str, more: Argument) -> None:
    value = part(more.value, "'" + name)
    if not value.plain:
        bound[name] = Argument(value, None, more.node)


def _bind_star(positional: list[Argument], index: int, rest: Argument | None) -> Argument:
    """What ``*args`` receives: what is left from ``index`` on, and what a star adds behind it."""
    left = positional[index:]
    fields: dict[Key, Value] = {position: argument.value for position, argument in enumerate(left)}
    if rest is None:
        return Argument(container(TUPLE, fields), None, left[0].node if left else NOWHERE)
    taken = index - len(positional)  # of the star, by the parameters before; below 0, none is
    if taken == 0:
        return Argument(rest.value, None, rest.node)
    while (placed := rest.value.fields.get(len(fields) + taken)) is not None:
        fields[len(fields)] = placed
    fields[ELEMENT] = part(rest.value, ITERATED)
    return Argument(container(TUPLE, fields), None, rest.node)


def _bind_double_star(keywords: dict[str, Argument], arguments: Arguments) -> Argument:
    if arguments.more is not None and not keywords:
        return arguments.more
    fields: dict[Key, Value] = {"'" + name: argument.value for name, argument in keywords.items()}
    node: ast.AST = next((item.node for item in keywords.values()), NOWHERE)
    value = container(DICT, fields)
    if arguments.more is not None:
        value = join(value, arguments.more.value)
    return Argument(value, None, node)
