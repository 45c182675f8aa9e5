"""What stands around a batch path outside its function: subclasses, callers, hooks.

Asked for last, when everything in the batch path itself allows the fix: only then is the source
tree searched.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.callers.callers import check_callers
from flake8_stateid.codemod.callers.held import keepers
from flake8_stateid.codemod.callers.hooks import Hooks
from flake8_stateid.codemod.callers.outside_callers import OutsideCallers
from flake8_stateid.codemod.reading.descendants import Descendants
from flake8_stateid.codemod.reading.signatures import Function, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace


class Neighbours:
    """Other modules, as far as the batch paths of one module can be seen from them.

    Args:
        module: The module of the batch paths.
        ancestors: Where other modules are read.
        is_state_id: Whether a name is a state id name.
        built: The builders of the module that are found.
    """

    def __init__(
        self,
        module: Module,
        ancestors: Ancestors,
        is_state_id: Callable[[str], bool],
        built: Collection[ast.AST],
    ) -> None:
        """Search nothing yet."""
        self._hooks = Hooks(module, ancestors, is_state_id, built)
        self._module = module
        self._ancestors = ancestors
        self._is_state_id = is_state_id
        self._families: dict[ast.ClassDef, Descendants] = {}

    def take_in(self, function: Function) -> bool:
        """Take the subclasses of a batch path's class in; whether any was not in yet.

        Raises:
            RefusalError: The source tree is too large to be searched.
        """
        family = self._family(function)
        return family is not None and family.take_in()

    def check(
        self,
        function: Function,
        base: Base,
        trace: Trace,
        outlives: Callable[[ast.AST, bool], bool],
    ) -> None:
        """Check that nobody counts beside the batch path, or runs it several times.

        Args:
            function: The batch path.
            base: Its state id.
            trace: The uses of the id.
            outlives: Whether the clients last for all rounds of a loop around a call of it.

        Raises:
            RefusalError: Another hook or module does, for all that can be shown.
        """
        self._hooks.check(function, trace)
        runners: list[tuple[Function, str]] = [(function, base.root)]
        for keeper, given, known in keepers(self._module, function, base):
            check_callers(
                self._module, self._is_state_id, keeper, given, outlives, self._ancestors, known
            )
            runners.append((keeper, given))
        for runner, given in runners:
            if isinstance(runner, ast.Lambda) or given not in parameters(runner):
                continue
            if not isinstance(self._module.parents[runner], (ast.ClassDef, ast.Module)):
                continue  # nobody else knows it
            OutsideCallers(
                self._ancestors, runner, given, self._family(runner), self._is_state_id
            ).check(outlives)

    def _family(self, function: Function) -> Descendants | None:
        owner = self._module.class_of(function)
        if owner is None:
            return None
        if owner not in self._families:
            self._families[owner] = Descendants(self._module, self._ancestors, owner)
        return self._families[owner]
