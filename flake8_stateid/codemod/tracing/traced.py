"""What is found out about an id on its way: clients, keys, calls, releases."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.signatures import Function

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

_SHORT = 60
# Follows a parameter of a function from there on.
Carry = Callable[[Function, str], None]


UNNAMED = (
    "the id is passed through '*args' or '**kwargs'",
    "give the function a parameter for it",
)


class Site(NamedTuple):
    """A call that hands the id on to a function."""

    call: ast.Call
    arguments: Sequence[ast.expr]
    caller: Function


class Creation(NamedTuple):
    """A client constructed under the id; ``slot`` is the argument's keyword, or its number."""

    call: ast.Call
    function: Function
    slot: str | int


class Dispatch(NamedTuple):
    """A call that hands the id to a thread or task.

    Attributes:
        call: The call.
        function: The function it stands in.
        joined: Whether what is handed on has run before that function returns.
        at_once: Whether it has run before the call's own statement is left.
        task: Whether it runs on the loop that the call stands in, and not in a thread.
    """

    call: ast.Call
    function: Function
    joined: bool
    at_once: bool = False
    task: bool = False


class Lifted(NamedTuple):
    """A client that is made before the loop whose rounds made one each.

    Attributes:
        name: What it is called there.
        made: The statement that gives it that name, and moves; ``None`` where none does.
        call: The call that makes it, or the one of the function that does.
        ways: What it is made with, as far as that is read: ``self._recorder``.
        closed: The statement with which each round closed its own; empty where none did.
    """

    name: str
    made: ast.stmt | None
    call: ast.Call
    ways: tuple[str, ...]
    closed: tuple[ast.Expr, ...] = ()


def _none(_name: str, _call: ast.Call, _slot: str, /) -> frozenset[str]:
    return frozenset()


class Traced:
    """The uses of one id; subclasses follow it and collect them.

    Attributes:
        creations: Clients constructed under the id.
        cache_keys: Per cache (as spelled), the keys it is looked up by, each with its function.
        reached: Per function that carries the id, the calls it was reached by.
        dispatches: Where other threads get the id.
        above: Where other threads are given the batch path itself, for a row or for some.
        releases: Keys of statements that release from a cache, each with its function.
        recorded: Calls of ``record_call(state_id=...)`` made without a client.
        deferred: Uses that may run later than the statement they stand in.
        called: Calls of what was made of a function and the id, ``ask = partial(answer, id)``.
        swept: Those of the keys that stay: a last loop over all ids releases each.
        sweeping: The statements of such loops.
        allocations: Calls of ``allocate_call_index(...)`` under the id.
        walked: Uses of the variables that hold a collection of the ids, or an object with one.
        compound: Tuples of the id and something else that are keys, each with its function.
        read: Expressions that read the id from an object that holds it.
        remade: Calls that make a context for each row, to hold the id.
        given: Attributes of such contexts that are set to it.
        escaped: Where an id that stays what it was is kept, in a list or what is given back.
        exits: Where the client is released by an ``ExitStack`` around all rows.
        lifted: Those of the clients that are made before the loop, by what makes them.
        batched: Functions that are handed the ids of all rows; for each, the one among them that
            the rows' own function calls.

    Args:
        module: The module.
        is_state_id: Whether an identifier is a state id name.
        fields_of: The fields of the object that a name holds; none where it is not seen.
        records: The fields of a class that only holds values; ``None`` for any other class.
        is_class: Whether a call makes an object of a class of another module that is seen.
        asides: What else such a class has that never looks at one of its fields.
        unchanged: Whether the id is what it will be. Then its text may show anywhere, as it did,
            and only what leads to clients matters.
    """

    def __init__(
        self,
        module: Module,
        is_state_id: Callable[[str], bool],
        fields_of: Callable[..., tuple[str, ...]] = lambda _, **_more: (),
        records: Callable[[str, ast.Call], tuple[str, ...] | None] = lambda _name, _call: None,
        is_class: Callable[[str, ast.Call], bool] = lambda _name, _call: False,
        asides: Callable[[str, ast.Call, str], frozenset[str]] = _none,
        *,
        unchanged: bool = False,
    ) -> None:
        """Start with no use seen."""
        self.unchanged = unchanged
        self.fields_of = fields_of
        self._records = records
        self._is_class = is_class
        self._asides = asides
        self.read: set[ast.expr] = set()
        self.remade: list[ast.Call] = []
        self.given: set[ast.AST] = set()
        self.escaped: list[ast.expr] = []
        self.exits: list[ast.With | ast.AsyncWith] = []
        self.lifted: dict[ast.Call, Lifted] = {}
        self.batched: dict[Function, Function] = {}
        self.module = module
        self.is_state_id = is_state_id
        self.creations: list[Creation] = []
        self.cache_keys: dict[str, list[tuple[ast.expr, Function]]] = {}
        self.reached: dict[Function, list[Site]] = {}
        self.dispatches: list[Dispatch] = []
        self.above: list[Dispatch] = []
        self.releases: list[tuple[ast.expr, Function]] = []
        self.recorded: list[tuple[ast.Call, Function]] = []
        self.allocations: list[ast.Call] = []
        self.deferred: list[ast.expr] = []
        self.called: list[ast.Name] = []
        self.swept: set[ast.expr] = set()
        self.sweeping: set[ast.stmt] = set()
        self.walked: list[ast.Name] = []
        self.compound: list[tuple[ast.Tuple, Function]] = []
        self._carriers: set[tuple[Function, str]] = set()
        self._rests: set[tuple[Function, str, str | int]] = set()

    def hold(self, function: Function, name: str) -> None:
        """Note that ``name`` holds the id; its uses are followed one by one by the caller."""
        self._carriers.add((function, name))

    def carries(self, function: Function, name: str) -> bool:
        """Whether the variable ``name`` of ``function`` holds the id."""
        return (function, name) in self._carriers

    def carriers(self) -> list[tuple[Function, str]]:
        """The variables that hold the id, each with its function."""
        return list(self._carriers)

    def follow(self, node: ast.expr) -> None:
        """Classify the use of an expression that evaluates to the id."""
        raise NotImplementedError

    def carry(self, function: Function, name: str) -> None:
        """Follow all uses of a variable that holds the id."""
        raise NotImplementedError

    def carry_rest(self, function: Function, name: str, slot: str | int) -> None:
        """Follow ``*name`` or ``**name``, where the id has the place ``slot``."""
        raise NotImplementedError

    def _function(self, node: ast.AST) -> Function:
        function = self.module.function_of(node)
        if function is None:
            raise refusal(node, "the id is used outside a function", "move it into one")
        return function

    def _key(self, cache: str, node: ast.expr, function: Function) -> None:
        self.cache_keys.setdefault(cache, []).append((node, function))


def unseen(function: ast.expr) -> tuple[str, str]:
    """The reason and the remedy where the id is handed to what cannot be seen."""
    return (
        f"the id is handed to '{ast.unparse(function)}', which cannot be seen",
        "look at it; where it keeps no client, use the context's state id there, by hand",
    )


def refusal(node: ast.AST, reason: str, remedy: str) -> RefusalError:
    """A refusal because of a node."""
    return RefusalError(reason, remedy, getattr(node, "lineno", 0))


def short(node: ast.AST) -> str:
    """The text of a node, as much as fits into a message."""
    text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."
