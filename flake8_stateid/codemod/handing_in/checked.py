"""What a function asserts of what it makes a client with, where the client is made outside it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.handing_in.made import Definition
from flake8_stateid.codemod.handing_in.paths import paths_in
from flake8_stateid.codemod.handing_in.texts import NotHandedInError
from flake8_stateid.codemod.ids.hoisting import Hoisting
from flake8_stateid.codemod.ids.regions import Extent
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.guards import is_tested
from flake8_stateid.codemod.reading.namesakes import calls_of
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.optionals import Optionals
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_stateid.codemod.handing_in.made import Made
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.namesakes import Namesakes
    from flake8_stateid.codemod.reading.signatures import Function


class Checked:
    """Tells what has to be asserted where a function is called.

    Args:
        module: The module.
        ancestors: Finds classes.
        namesakes: Finds who else calls a function.
        made: The client, where a function makes it.
    """

    def __init__(
        self, module: Module, ancestors: Ancestors, namesakes: Namesakes, made: Made
    ) -> None:
        """Keep what is asked."""
        self._module = module
        self._ancestors = ancestors
        self._namesakes = namesakes
        self._made = made

    def missing(
        self, caller: Function, given: Mapping[str, ast.expr], statement: ast.stmt
    ) -> list[str]:
        """The paths that may be ``None`` for all that a type checker knows of a caller.

        All who call the caller have checked them: to assert it there is for that checker alone.

        Args:
            caller: The caller.
            given: What it hands on for the parameters that the client is made with.
            statement: The statement that does.

        Raises:
            NotHandedInError: Nobody but the function itself may have checked one.
        """
        self._check_ways(caller, given, statement)
        within = Optionals(self._module, self._ancestors, self._made.function)
        outside = Optionals(self._module, self._ancestors, caller)
        found: dict[str, None] = {}
        for path in (each for value in arguments_of(self._made.call) for each in paths_in(value)):
            root, dot, rest = path.partition(".")
            there = f"{dotted(given[root])}{dot}{rest}" if root in given else path
            if not outside.is_optional(there, statement) or within.is_optional(
                path, self._made.statement
            ):
                continue
            if not self._is_asserted(path) or not self._is_checked_above(there, caller):
                raise NotHandedInError(
                    f"only '{self._made.function.name}' checks that '{path}' is not None"
                )
            found[there] = None
        return [*found]

    def _check_ways(
        self, caller: Function, given: Mapping[str, ast.expr], statement: ast.stmt
    ) -> None:
        """Check that what the client is made with can be read where the function is called.

        Raises:
            NotHandedInError: An object on the way may be ``None`` there, or a property acts.
        """
        function = self._made.function
        outside = Optionals(self._module, self._ancestors, caller)
        ways = Hoisting(self._module, self._ancestors, caller, Extent(statement, statement, False))
        for path in (each for value in arguments_of(self._made.call) for each in paths_in(value)):
            root, dot, rest = path.partition(".")
            own = self._made.named(root)
            within = f"{dotted(own)}{dot}{rest}" if own is not None else path
            there = f"{dotted(given[root])}{dot}{rest}" if root in given else path
            if there.startswith("."):
                raise NotHandedInError(
                    f"it is made with '{path}', which is evaluated for each row"
                )
            for inner, outer in zip(_begun(within), _begun(there), strict=False):
                if is_tested([function], {inner}) and not outside.is_guarded(outer, statement):
                    raise NotHandedInError(
                        f"only '{function.name}' checks that '{inner}' is there"
                    )
            if "." in there:
                try:
                    ways.check_way(there)
                except RefusalError as error:
                    raise NotHandedInError(error.reason) from error

    def _is_asserted(self, path: str) -> bool:
        """Whether the function asserts that a path is not ``None``, as its author does."""
        return any(
            isinstance(node, ast.Assert) and path in paths_in(node.test)
            for node in walk(self._made.function)
        )

    def _is_checked_above(self, path: str, function: Function) -> bool:
        """Whether all who call a function have checked that what it is given is not ``None``."""
        if not isinstance(function, Definition) or not function.name.startswith("_"):
            return False
        root, dot, rest = path.partition(".")
        name = function.name
        if self._module.own_stores(function, root) or self._namesakes.is_used(function, name):
            return False
        calls = calls_of(self._module, function, function, name, self._namesakes)
        for call in calls:
            caller = self._module.function_of(call)
            passed = self._module.resolve(call.func)[0].argument(call, root)
            if caller is None or passed is None or not dotted(passed):
                return False
            optionals = Optionals(self._module, self._ancestors, caller)
            if not optionals.is_guarded(
                f"{dotted(passed)}{dot}{rest}", self._module.statement_of(call)
            ):
                return False
        return bool(calls)


def _begun(path: str) -> list[str]:
    """What a path leads by, the longest first: ``self._ctx`` of ``self._ctx.landscape``."""
    parts = path.split(".")
    return [".".join(parts[:number]) for number in range(len(parts) - 1, 0, -1)]
