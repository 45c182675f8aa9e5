"""What a stream can show: colour, and a line of progress."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

# No sign of life is needed before this many seconds, nor more often than this.
_PROGRESS_AFTER = 1.0
_PROGRESS_EVERY = 0.1


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to write colour to ``stream``.

    ``NO_COLOR`` (https://no-color.org) outranks ``FORCE_COLOR`` (https://force-color.org).
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM", "dumb") != "dumb"


class Progress:
    """A line on a terminal's stderr that says how far a long run has come.

    On anything but a terminal it does nothing.
    """

    def __init__(self, stderr: TextIO, total: int) -> None:
        """Count up to ``total`` files."""
        self._stderr = stderr
        self._total = total
        self._done = 0
        self._is_shown = False
        self._is_wanted = stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._next = time.monotonic() + _PROGRESS_AFTER

    def step(self) -> None:
        """Count one file."""
        self._done += 1
        if self._is_wanted and time.monotonic() >= self._next:
            self._next = time.monotonic() + _PROGRESS_EVERY
            self._is_shown = True
            self._stderr.write(f"\r\x1b[Kchecked {self._done} of {self._total} files")
            self._stderr.flush()

    def clear(self) -> None:
        """Take the line away, before anything else is written."""
        if self._is_shown:
            self._is_shown = False
            self._stderr.write("\r\x1b[K")
            self._stderr.flush()
