"""The codemod: built state ids give way to the one the context was given.

``flake8_stateid.codemod.UseContextStateId`` is the command for LibCST's own runner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_stateid.codemod.command import UseContextStateId

__all__ = ["UseContextStateId"]


def __getattr__(name: str) -> object:
    """Import the command when it is asked for: LibCST is slow to import."""
    if name == "UseContextStateId":
        from flake8_stateid.codemod.command import UseContextStateId

        return UseContextStateId
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
