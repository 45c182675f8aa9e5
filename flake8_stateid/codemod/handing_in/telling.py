"""What a docstring says of parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Entry(NamedTuple):
    """What a docstring says of one parameter.

    Attributes:
        first: Its first line, counted from that of the docstring.
        last: Its last line.
        mark: What stands before the parameter's name: white space, perhaps ``:param``.
    """

    first: int
    last: int
    mark: str

    def words(self, name: str) -> str:
        """The line that tells of the client."""
        return f"{self.mark}{name}: The client that all rows share.\n"


class Told:
    """A docstring.

    Args:
        lines: Its lines.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the lines."""
        self._lines = lines

    def times(self, name: str) -> int:
        """How often it has the name of a parameter in it."""
        word = rf"(?<!\w){re.escape(name)}(?!\w)"
        return len(re.findall(word, "\n".join(self._lines)))

    def entry(self, name: str) -> Entry | None:
        """``name: What it is.`` or ``:param name: What it is.``, with the lines indented more."""
        shape = re.compile(rf"(\s+|\s*:param ){re.escape(name)}(?: \([^()]*\))?:\s+\S")
        for number, line in enumerate(self._lines[:-1]):
            found = shape.match(line)
            if found is None:
                continue
            last = number
            for further in self._lines[number + 1 : -1]:
                if not further.strip() or _depth(further) <= _depth(line):
                    break
                last += 1
            return Entry(number, last, found[1])
        return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
