"""Whether the client of one row is made with the same things as the client of any other."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import MAPPING
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, arguments_of
from flake8_stateid.codemod.clients.own_parts import is_drawn
from flake8_stateid.codemod.clients.row_changes import Changes, changes_in, changes_itself
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.handing_on import handed_call
from flake8_stateid.codemod.reading.nodes import children, stored_names, walk
from flake8_stateid.codemod.reading.signatures import (
    Callee,
    Function,
    defaults,
    dotted,
    parameters,
    start_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.codemod.tracing.traced import Creation

# How many calls are looked through, one function's parameter handed on to the next.
_MAX_CALLS = 4


class Invariance:
    """Follows what a client is made with back to what is bound before the rows.

    Args:
        module: The module.
        trace: The uses of the id.
        function: The batch path.
        region: The statements in which rows run.
        gone: The id's own expressions and definitions.
        reachable: Every function that may run while rows run.
    """

    def __init__(
        self,
        module: Module,
        trace: Trace,
        function: Function,
        region: set[ast.stmt],
        gone: set[ast.AST],
        reachable: set[Function],
    ) -> None:
        """Keep what is looked at."""
        self._module = module
        self._trace = trace
        self._function = function
        self._region = region
        self._gone = gone
        self._reachable = reachable

    def check(
        self, argument: ast.expr, function: Function, row: int, use: str = "made with"
    ) -> None:
        """Check that an ``argument`` in ``function`` is the same for every row.

        Args:
            argument: What the constructor is given, or what is part of the client's key.
            function: The function it stands in.
            row: The row to name.
            use: What the client is to the argument.

        Raises:
            RefusalError: It is not.
        """
        if argument in self._gone or argument in self._trace.read:
            return
        if changes_itself(argument) or is_drawn(argument):
            raise self._refusal(f"{use} '{ast.unparse(argument)}', which differs each time", row)
        for node in walk(argument):
            if isinstance(node, ast.Attribute) and self._is_set_by_rows(node, argument):
                raise self._refusal(f"{use} '{ast.unparse(node)}', which rows set", row)
            if not isinstance(node, ast.Name) or node.id in {"self", "cls"}:
                continue
            if self._is_the_id(node, function) or self._is_taken_within(node, argument):
                continue
            if not self._is_invariant(node, function, set()):
                raise self._refusal(f"{use} '{node.id}', which differs from row to row", row)
            if self._changes.touch(node, whole=node is argument):
                raise self._refusal(f"{use} '{node.id}', which rows change", row)
        self._check_asked(argument, row, use)

    def _check_asked(self, argument: ast.expr, row: int, use: str) -> None:
        """Check what the functions and properties read that an argument is made by."""
        asked = self._module.reached_from([argument])
        if not asked:
            return
        # What only they set themselves is looked up once and kept.
        changes = changes_in([*self._region, *(self._reachable - asked)])
        for function in asked:
            for node in walk(function):
                if (
                    isinstance(node, ast.Attribute)
                    or (isinstance(node, ast.Name) and not self._module.binds(function, node.id))
                ) and changes.touch(node, whole=False):
                    raise self._refusal(
                        f"{use} what reads '{ast.unparse(node)}', which rows set", row
                    )

    def check_made(self, makers: Sequence[ast.AST], row: int) -> None:
        """Check what the client's constructors read besides what they are given.

        Args:
            makers: Its constructors, and what else is evaluated once.
            row: The row to name.

        Raises:
            RefusalError: Rows set or change it, so that their clients would differ.
        """
        own = {
            node.attr
            for made in makers
            for node in walk(made)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        for made in makers:
            given = parameters(made) if isinstance(made, FUNCTIONS) else ["self"]
            local = {*given, *stored_names(made)}
            for node in walk(made):
                root = start_of(node)
                if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(
                    node.ctx, ast.Load
                ):
                    continue
                outside = isinstance(root, ast.Name) and root.id not in local
                # What an object that it is given holds, or its class, is taken to be the same for
                # all rows, as long as rows do not set that in plain sight.
                if (outside and self._changes.touch(node, whole=False)) or (
                    _is_of_another(node, own) and self._changes.touch(node, whole=True)
                ):
                    raise self._refusal(
                        f"made with what reads '{ast.unparse(node)}', which rows set", row
                    )

    @staticmethod
    def _refusal(what: str, row: int) -> RefusalError:
        return RefusalError(
            f"the client is {what}", "make the client from what all rows share", row
        )

    @cached_property
    def _changes(self) -> Changes:
        caches = {f".{cache.rpartition('.')[2]}" for cache in self._trace.cache_keys}
        found = changes_in([*self._region, *self._reachable])
        return Changes(found.anew - caches, found.inside - caches)

    def _is_set_by_rows(self, node: ast.Attribute, argument: ast.expr) -> bool:
        """Whether an attribute of that name is set while rows run, or what it holds changed."""
        return self._changes.touch(node, whole=node is argument)

    def _is_the_id(self, node: ast.Name, function: Function) -> bool:
        return self._trace.carries(function, node.id)

    def _is_invariant(
        self, node: ast.Name, function: Function, seen: set[tuple[Function, str]]
    ) -> bool:
        if (function, node.id) in seen:
            return True
        seen.add((function, node.id))
        if self._is_the_id(node, function):
            return True
        if self._is_taken_in_turn(node):
            return False
        if not all(self._reads_alike(made, seen) for made in self._made_by_name(node.id)):
            return False
        if not self._module.binds(function, node.id):
            outer = self._module.function_of(function)
            return outer is None or self._is_invariant(node, outer, seen)
        stores = self._module.own_stores(function, node.id)
        inside = function is not self._function or any(
            self._region & set(self._module.ancestors(store)) for store in stores
        )
        if any(
            function is not self._function or self._region & set(self._module.ancestors(each))
            for each in self._module.captures(function, node.id)
        ):
            return False
        bound: list[tuple[ast.expr, Function]] = []
        for store in stores if inside else ():
            parent = self._module.parents[store]
            if not isinstance(parent, (ast.Assign, ast.AnnAssign)) or parent.value is None:
                return False
            if not self._all_invariant(parent.value, function, seen):
                return False
            bound.append((parent.value, function))
        if not self.are_one(bound):
            return False
        if node.id in parameters(function) and function is not self._function:
            sites = self._trace.reached.get(function, [])
            given: list[tuple[ast.expr, Function]] = []
            for site in sites:
                passed = self._passed(site.call, function, node.id)
                if passed is None or not self._all_invariant(passed, site.caller, seen):
                    return False
                given.append((passed, site.caller))
            return bool(sites) and self.are_one(given)
        return True

    def _made_by_name(self, name: str) -> list[ast.AST]:
        """The functions and classes of that name that the batch path has in it."""
        return [
            made
            for made in walk(self._function)
            if made is not self._function
            and (
                (
                    isinstance(made, (*FUNCTIONS, ast.ClassDef))
                    and getattr(made, "name", "") == name
                )
                or (
                    isinstance(made, ast.Lambda)
                    and isinstance(bound := self._module.parents[made], ast.Assign)
                    and name in map(dotted, bound.targets)
                )
            )
        ]

    def _reads_alike(self, made: ast.AST, seen: set[tuple[Function, str]]) -> bool:
        """Whether what a function or a class reads of the batch path is the same for all rows."""
        own = {*stored_names(made), getattr(made, "name", "")}
        own.update(parameters(made) if isinstance(made, FUNCTIONS) else ())
        return all(
            node.id in own or self._is_invariant(node, self._function, seen)
            for node in walk(made)
            if isinstance(node, ast.Name)
        )

    def refuse_variants(self, creations: Sequence[Creation]) -> None:
        """Check that clients of one cache, made in several places, are made alike.

        Raises:
            RefusalError: They are not, and which row comes first would tell which is made.
        """
        first, *others = creations
        for other in others:
            if not self._are_alike(first, other):
                raise RefusalError(
                    "clients of one cache are made in different ways, which rows would share",
                    "make the client in one place, from what all rows share",
                    other.call.lineno,
                )

    def _are_alike(self, one: Creation, other: Creation) -> bool:
        return (
            ast.dump(one.call.func) == ast.dump(other.call.func)
            and len(one.call.args) == len(other.call.args)
            and [each.arg for each in one.call.keywords]
            == [each.arg for each in other.call.keywords]
            and all(
                self.are_one([(left, one.function), (right, other.function)])
                for left, right in zip(_passed_to(one), _passed_to(other), strict=True)
            )
        )

    def are_one(self, values: Sequence[tuple[ast.expr, Function]]) -> bool:
        """Whether values, each with the function it stands in, are spelled and mean the same."""
        return len({self._meaning(value, function) for value, function in values}) <= 1

    def _meaning(
        self, value: ast.expr, function: Function, calls: int = _MAX_CALLS
    ) -> tuple[str, Function | None]:
        """A value as the batch path spells it, as far as that can be told, and whose names it has.

        Args:
            value: The value.
            function: The function it stands in.
            calls: How many calls to look through, one function's parameter handed on to the next.
        """
        if value in self._gone | self._trace.read or (
            isinstance(value, ast.Name) and self._is_the_id(value, function)
        ):
            return "", None
        path = dotted(value)
        root, dot, rest = path.partition(".")
        owner = self._module.binder(function, root) if root not in {"", "self", "cls"} else None
        if path and owner is not None and calls:
            given = self._given_alike(owner, root, calls - 1)
            return (f"{given[0]}{dot}{rest}", given[1]) if given is not None else (path, owner)
        if path:
            return path, owner
        bound = any(
            isinstance(node, ast.Name)
            and node.id not in {"self", "cls"}
            and self._module.binder(function, node.id) is not None
            for node in walk(value)
        )
        return ast.dump(value), function if bound else None

    def _given_alike(
        self, function: Function, name: str, calls: int
    ) -> tuple[str, Function | None] | None:
        """What all calls that hand the id on give for a parameter, where that is one thing."""
        if (
            function is self._function
            or name not in parameters(function)
            or self._module.own_stores(function, name)
        ):
            return None
        found: set[tuple[str, Function | None]] = set()
        for site in self._trace.reached.get(function, []):
            passed = self._passed(site.call, function, name)
            if passed is None:
                return None
            found.add(self._meaning(passed, site.caller, calls))
        return found.pop() if len(found) == 1 else None

    def _is_taken_within(self, node: ast.Name, argument: ast.expr) -> bool:
        """Whether a comprehension in ``argument`` binds a name, from what is looked at like it.

        A generator expression would be used up by the first rows.
        """
        for ancestor in self._module.ancestors(node):
            if isinstance(ancestor, COMPREHENSIONS) and any(
                isinstance(target, ast.Name) and target.id == node.id
                for clause in ancestor.generators
                for target in walk(clause.target)
            ):
                first = ancestor.generators[0].iter
                return not isinstance(ancestor, ast.GeneratorExp) and node not in walk(first)
            if ancestor is argument:
                return False
        return False

    def _is_taken_in_turn(self, node: ast.Name) -> bool:
        """Whether a comprehension around ``node`` binds its name."""
        return any(
            isinstance(target, ast.Name) and target.id == node.id
            for ancestor in self._module.ancestors(node)
            if isinstance(ancestor, COMPREHENSIONS)
            for clause in ancestor.generators
            for target in walk(clause.target)
        )

    def _all_invariant(
        self, value: ast.expr, function: Function, seen: set[tuple[Function, str]]
    ) -> bool:
        return all(
            node.id in {"self", "cls"} or self._is_invariant(node, function, seen)
            if isinstance(node, ast.Name)
            else not (isinstance(node, ast.Attribute) and self._is_set_by_rows(node, value))
            for node in self._nodes_of(value)
        )

    def _nodes_of(self, value: ast.expr) -> Iterator[ast.AST]:
        """The nodes of an expression, without those of ids, which are one for all rows."""
        todo: list[ast.AST] = [value]
        while todo:
            node = todo.pop()
            if node not in self._gone and node not in self._trace.read:
                yield node
                todo.extend(children(node))

    def _passed(self, call: ast.Call, function: Function, parameter: str) -> ast.expr | None:
        """What a call passes for a parameter; ``None`` where that differs or cannot be seen."""
        direct = handed_call(call) or call
        if plain_name(call.func) in MAPPING:
            return None
        for callee in self._module.resolve(direct.func):
            if callee.function is function:
                open_ended = any(keyword.arg is None for keyword in call.keywords) or any(
                    isinstance(argument, ast.Starred) for argument in direct.args
                )
                passed = callee.argument(direct, parameter)
                return passed if passed or open_ended else _default(callee, parameter)
        return None


def _is_of_another(node: ast.Name | ast.Attribute, own: set[str]) -> bool:
    """Whether ``node`` is an attribute that the client does not set itself: ``recorder.topic``."""
    return isinstance(node, ast.Attribute) and (
        dotted(node.value) not in {"self", "cls"} or node.attr not in own
    )


def _passed_to(creation: Creation) -> list[ast.expr]:
    """The arguments that a client is made with, in the order of the text."""
    return arguments_of(creation.call)


def _default(callee: Callee, parameter: str) -> ast.expr | None:
    """The default of a parameter no argument was passed for."""
    given = {argument.arg: default for argument, default in defaults(callee.function)}
    return given.get(parameter)
