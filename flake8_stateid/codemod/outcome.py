"""What became of a finding: fixed, or refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from flake8_stateid.findings import Finding


class Fixed(NamedTuple):
    """The finding is gone from the new text."""

    finding: Finding


class Refused(NamedTuple):
    """The finding was left as it is.

    Attributes:
        finding: What was not fixed.
        reason: Why no rewrite can be shown to be safe.
        remedy: What to do by hand.
        row: The row the reason speaks of; the finding's own row where it speaks of no other.
    """

    finding: Finding
    reason: str
    remedy: str
    row: int


Outcome = Fixed | Refused

# Why a release is refused that stands where no loop is: in what rows call.
RELEASED_BY_ROWS = "the client is released in a function that is called for each row"
# Why one is refused that no cache holds.
MADE_FOR_EACH = "a client is constructed for each row, so call_index would restart"
# What leads from the remedy of that to why the codemod cannot do it.
NOT_DONE = "; not done for you, as "


class RefusalError(Exception):
    """Raised inside the plan by whatever cannot be shown to be safe.

    Attributes:
        reason: Why.
        remedy: What to do by hand.
        row: The row it was seen at, or 0 for the finding's own.
    """

    def __init__(self, reason: str, remedy: str, row: int = 0) -> None:
        """Keep reason, remedy and row."""
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.row = row
