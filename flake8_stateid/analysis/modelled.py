"""A call of something that is known by its name alone, as its model is given it."""

from __future__ import annotations

from flake8_stateid.analysis.values import Value
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Callable, Mapping

    from flake8_stateid.analysis.binding import Arguments
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.places import Place

    FunctionModel = Callable[[CallFrame, "Call"], Value | None]
    MethodModel = Callable[[CallFrame, "MethodCall"], Value | None]

GETTER = "getter"  # the kind of reference that ``property(function)`` is, made in a function
MAKING = "making"  # that of a class, called past its metaclass
NEW_TYPE = "new type:"
NEW_OBJECT = "builtins.object.__new__"


class Call(Record):
    """A call of a function of the library."""

    node: ast.AST
    arguments: Arguments
    name: str

    def value(self, index: int, name: str = "") -> Value:
        """An argument by position or name; NOTHING where it is not given."""
        return self.arguments.value(index, name)


class MethodCall(Record):
    """A call of a method on an object whose class is not known."""

    node: ast.Call
    receiver: Value
    place: Place | None
    name: str
    arguments: Arguments

    def value(self, index: int, name: str = "") -> Value:
        """An argument by position or name; NOTHING where it is not given."""
        return self.arguments.value(index, name)


def getter(frame: CallFrame, call: Call) -> Value | None:
    """``property(function)``, made in a function: what reads an attribute calls it."""
    getters = [ref._replace(kind=GETTER) for ref in call.value(0, "fget").refs.values()]
    return Value(refs={ref.key: ref for ref in getters})


class Models(Record):
    """What is known of some functions and methods beyond the package.

    A model answers with the value of a call, or None where the call is not what the name suggests.

    Attributes:
        functions: By dotted name.
        methods: By bare name, for objects whose class is not known.
    """

    functions: Mapping[str, FunctionModel]
    methods: Mapping[str, MethodModel]
