"""Names that a pattern or a handler binds, where the fix gives their variable another name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.reading.modules import Module


def refuse_captured(module: Module, edits: Edits) -> None:
    """Refuse to put another name in the place of one that is captured as well.

    ``case {"state_id": sid}`` leaves ``sid`` to be what the row says.

    Raises:
        RefusalError: A variable that is replaced is bound by a pattern or a handler that stays.
    """
    for node in edits.replacements:
        if not isinstance(node, ast.Name):
            continue
        function = module.binder(module.function_of(node), node.id)
        for capture in module.captures(function, node.id) if function is not None else ():
            if capture not in edits.uncaptured:
                raise RefusalError(
                    f"'{node.id}' is bound by a pattern or a handler, too",
                    "give that a name of its own, then run the fix again",
                    getattr(capture, "lineno", node.lineno),
                )
