"""What keeps a file or a configuration from being used: a reason and a remedy."""

from __future__ import annotations

from flake8_stateid.records import Record


class Problem(Record):
    """Why one file could not be checked.

    Attributes:
        path: The file or folder, as it was given.
        row: The row the reason points at, or 0 where it points at the whole file.
        reason: What is wrong, as a phrase without a full stop.
        remedy: What the user can do about it, as a phrase without a full stop.
    """

    path: str
    row: int
    reason: str
    remedy: str

    @property
    def text(self) -> str:
        """All of it in one line, as a compiler would say it; not yet safe to print."""
        row = f":{self.row}" if self.row else ""
        return f"{self.path}{row}: {self.reason}; {self.remedy}"


class InputError(Exception):
    """A file that cannot be read, decoded or parsed; carries its :class:`Problem`."""

    def __init__(self, problem: Problem) -> None:
        """Keep ``problem``; the only argument, so that the exception survives pickling."""
        super().__init__(problem)
        self.problem = problem


class ConfigurationError(Exception):
    """A value no option can take; the message names the option, the value and the remedy."""
