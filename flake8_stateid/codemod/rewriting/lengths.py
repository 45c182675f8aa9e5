"""How long a line may be: what the project has told flake8, ruff or black."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL = 79


def longest_line(path: str, configured: int) -> int:
    """The limit that is set for the file at ``path``, in characters; 0 where none is.

    Args:
        path: A file, which need not exist.
        configured: flake8's ``max-line-length``, or 0.

    Returns:
        The greatest of flake8's limit and those of ruff and black in the nearest
        ``pyproject.toml``: who formats longer lines does not mean the shorter limit.
    """
    return max(configured, *_of_formatters(os.path.dirname(os.path.abspath(path))))


@cache
def _of_formatters(folder: str) -> tuple[int, ...]:
    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            tools = tomllib.load(file).get("tool", {})
    except (OSError, ValueError):  # none here, or none that can be read
        parent = os.path.dirname(folder)
        return _of_formatters(parent) if parent != folder else (0,)
    found = [tools.get(name, {}).get("line-length") for name in ("ruff", "black")]
    return tuple(length if isinstance(length, int) else 0 for length in found)


def overlong(before: Sequence[str], after: Sequence[str], limit: int) -> tuple[int, int]:
    """The first row of ``after`` that a fix has made too long, and the limit; row 0 for none.

    Where no limit is set, a line may be as long as the longest of the old text, or as is usual. A
    line that was over the limit before is let be, and so is what is left of one.

    Args:
        before: The old lines.
        after: The new lines.
        limit: The limit, or 0 where none is set.
    """
    limit = limit or max([USUAL, *(len(line.rstrip()) for line in before)])
    old = {line.strip() for line in before if len(line.rstrip()) > limit}
    new = {line.strip() for line in after}
    shortened = sorted(len(line.rstrip()) for line in before if line.strip() in old - new)
    for row, line in enumerate(after, start=1):
        length = len(line.rstrip())
        if length > limit and line.strip() not in old:
            if not shortened or shortened[-1] < length:
                return row, limit
            shortened.remove(next(each for each in shortened if each >= length))
    return 0, limit
