"""The client as a function makes it, and whether it does not matter where it is made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS, arguments_of
from flake8_stateid.codemod.clients.storing import only_stores
from flake8_stateid.codemod.handing_in.texts import NotHandedInError
from flake8_stateid.codemod.ids.given import precedes
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    dotted,
    is_generator,
    is_static,
    named_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.handing_in.texts import Texts
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Made(NamedTuple):
    """A client, where a function makes it.

    Attributes:
        function: The function.
        call: What makes it.
        statement: The statement that does.
        target: What that binds it to, and does nothing else; ``None`` where it is asked in place.
        by_name: Statements before it that give what it is made with a name, ``key = self._key``.
    """

    function: Definition
    call: ast.Call
    statement: ast.stmt
    target: ast.Name | None
    by_name: tuple[ast.Assign, ...] = ()

    def named(self, name: str) -> ast.expr | None:
        """What a local stands for that the client is made with."""
        values = (each.value for each in self.by_name if dotted(each.targets[0]) == name)
        return next(values, None)


class Exchange(NamedTuple):
    """A client that a function is handed, in the place of what it is made with.

    Attributes:
        module: The module.
        texts: Its text.
        made: The client, where the function makes it.
        name: What it is called there.
        going: The parameters that go.
        place: That of them whose place the client takes; ``None`` where none goes.
    """

    module: Module
    texts: Texts
    made: Made
    name: str
    going: Sequence[ast.arg]
    place: ast.arg | None


def made_in(module: Module, ancestors: Ancestors, row: int) -> Made:
    """The client that a function makes in a row, each time that it is called.

    Args:
        module: The module.
        ancestors: Finds the client's class.
        row: The row.

    Raises:
        NotHandedInError: There is none, or it matters where and how often it is made.
    """
    for node in walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and node.lineno == row
            and ancestors.of(dotted(node.func), node).classes
        ):
            found = _made(module, node)
            _check(module, ancestors, found)
            return found._replace(by_name=_by_name(module, found))
    raise NotHandedInError("")


def _made(module: Module, call: ast.Call) -> Made:
    around = module.enclosing(call, *LOOPS, *COMPREHENSIONS, *FUNCTIONS)
    if not isinstance(around, Definition):
        raise NotHandedInError("")  # each round of its own loop makes one
    statement = module.statement_of(call)
    match statement:
        case (
            ast.Assign(targets=[ast.Name() as target], value=value)
            | ast.AnnAssign(target=ast.Name() as target, value=value)
        ) if value is call:
            return Made(around, call, statement, target)
    return Made(around, call, statement, None)


def _check(module: Module, ancestors: Ancestors, made: Made) -> None:
    function, call = made.function, made.call
    called = dotted(call.func)
    if is_generator(function):
        raise NotHandedInError(f"'{function.name}' is a generator")
    if function.decorator_list and not is_static(function):
        decorator = ast.unparse(function.decorator_list[0])
        raise NotHandedInError(f"'{function.name}' is decorated with '{decorator}'")
    if module.binder(function, called.partition(".")[0]) is not None:
        raise NotHandedInError(f"'{called}' is bound in '{function.name}'")
    if not only_stores(ancestors.of(called, call), call):
        raise NotHandedInError(
            f"'{called}' may do more than keep what it is given when one is made"
        )
    if made.target is not None:
        _check_bound(module, made, made.target)


def _by_name(module: Module, made: Made) -> tuple[ast.Assign, ...]:
    """The statements that name what a client is made with, where that is read off an object.

    Raises:
        NotHandedInError: It is made with what the function makes.
    """
    function = made.function
    given = {each.arg for each in named_arguments(function)}
    found: dict[ast.Assign, None] = {}
    for node in (node for each in arguments_of(made.call) for node in walk(each)):
        if (
            not isinstance(node, ast.Name)
            or module.binder(module.function_of(node), node.id) is not function
        ):
            continue
        stores = module.own_stores(function, node.id)
        if node.id in given and not stores:
            continue
        bound = module.parents[stores[0]] if len(stores) == 1 else None
        if (
            node.id in given
            or node.id in module.bound_otherwise(function)
            or not isinstance(bound, ast.Assign)
            or bound.targets != stores
            or not precedes(module, bound, made.statement)
            or not _reads(module, function, bound.value)
        ):
            raise NotHandedInError(
                f"it is made with '{node.id}', which '{function.name}' makes"
                f"{_by(module, function, node)}"
            )
        found[bound] = None
    return tuple(found)


def _reads(module: Module, function: Definition, value: ast.expr) -> bool:
    """Whether a value is a constant, or a path that begins with a parameter: ``ctx.landscape``."""
    root = dotted(value).partition(".")[0]
    return isinstance(value, ast.Constant) or (
        root in {each.arg for each in named_arguments(function)}
        and not module.own_stores(function, root)
    )


def _check_bound(module: Module, made: Made, target: ast.Name) -> None:
    """Check that the client's name is nothing else, and is asked where it is surely bound."""
    function, name = made.function, target.id
    block = module.block_of(made.statement)
    behind = {*block[block.index(made.statement) + 1 :]}
    others = [each for each in module.own_names(function, name) if each is not target]
    if name in module.bound_otherwise(function) or any(
        not isinstance(each.ctx, ast.Load) for each in others
    ):
        raise NotHandedInError(f"'{name}' is bound more than once")
    if len(block) == 1 or not all(behind.intersection(module.ancestors(each)) for each in others):
        raise NotHandedInError(f"'{name}' is used where it may not be bound")


def _by(module: Module, function: Definition, name: ast.Name) -> str:
    """What is called for the value of a local, as a message tells it."""
    stores = module.own_stores(function, name.id)
    value = getattr(module.parents[stores[0]], "value", None) if stores else None
    return f" by '{dotted(value.func)}'" if isinstance(value, ast.Call) else ""
