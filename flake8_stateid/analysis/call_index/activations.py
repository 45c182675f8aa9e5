"""A function as a loop reaches it: what its parameters are given, and where that comes from."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import ClassInfo
from flake8_stateid.analysis.values import Pending, Reference
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.program import FunctionInfo, ModuleInfo

OF_SELF = "self."


class Term(Record):
    """Where a value comes from.

    Attributes:
        root: A variable (the scope and the name) or a constant.
        path: The attributes and constant keys from there, as written.
    """

    root: tuple[object, ...]
    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The variable, attribute or constant key that it is, without what holds it."""
        return self.path[-1].strip(".[]'") if self.path else str(self.root[-1])

    @property
    def text(self) -> str:
        """The term as one would write it beside the loop."""
        return str(self.root[-1]) + "".join(self.path)


class Bound(Record):
    """An argument: an expression, and where it stands."""

    expression: ast.expr
    at: Activation


class Activation:
    """A function as a loop reaches it.

    Args:
        module: The module its source is in.
        function: The function; None for the module's own level.
        receiver: The class of its object, for a method.
        bindings: What its parameters are given; of a new object, with :data:`OF_SELF` before their
            names, what its fields are.
        outer: The function around it, as that was reached.
        loop: The loop that is asked about, for the function that holds it.
    """

    def __init__(
        self,
        module: ModuleInfo,
        function: FunctionInfo | None,
        receiver: ClassInfo | None,
        bindings: dict[str, Bound],
        outer: Activation | None = None,
        loop: ast.AST | None = None,
    ) -> None:
        self.module = module
        self.function = function
        self.receiver = receiver
        self.bindings = bindings
        self.outer = outer
        self.loop = loop
        self.terms: dict[str, Term] = {}  # of its parameters, as far as they were asked for

    @property
    def own(self) -> str:
        """The name of its object: ``self``; "" where it has none."""
        function = self.function
        if function is None or not function.takes_receiver or self.receiver is None:
            return ""
        return function.parameters[0].name


class Callee(Record):
    """A function that may be called, with its object and the function it is defined in.

    Attributes:
        partials: The calls of ``partial`` that give it some of its arguments, the first one first.
    """

    function: FunctionInfo
    receiver: ClassInfo | None = None
    self_: Bound | None = None
    outer: Activation | None = None
    partials: tuple[Bound, ...] = ()


class Instance(Record):
    """An object of a class."""

    cls: ClassInfo


class Folder(Record):
    """A module of the package, read."""

    reference: Reference


Referent = Callee | ClassInfo | Instance | Pending | Folder


def bound_arguments(
    callee: Callee, arguments: list[ast.expr], keywords: list[ast.keyword], at: Activation
) -> dict[str, Bound]:
    """What each parameter is given, by a call with these arguments or by ``partial`` before."""
    function, self_ = callee.function, callee.self_
    given = [Bound(argument, at) for argument in arguments]
    named = [(keyword.arg, Bound(keyword.value, at)) for keyword in keywords]
    for made, where in reversed(callee.partials):
        assert isinstance(made, ast.Call)
        given = [*(Bound(argument, where) for argument in made.args[1:]), *given]
        named = [*((each.arg, Bound(each.value, where)) for each in made.keywords), *named]
    bindings: dict[str, Bound] = {}
    names = [p.name for p in function.parameters if p.kind in ("positional", "either")]
    if function.takes_receiver and (self_ is not None or function.name == "__init__"):
        if self_ is not None:
            bindings[names[0]] = self_
        names = names[1:]
    for name, bound in zip(names, given, strict=False):
        if isinstance(bound.expression, ast.Starred):
            break
        bindings[name] = bound
    taken = {p.name for p in function.parameters}
    bindings |= {name: bound for name, bound in named if name is not None and name in taken}
    return bindings
