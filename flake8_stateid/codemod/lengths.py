"""How long a line may be: what the project has told flake8, ruff or black."""

from __future__ import annotations

import os
import tomllib
from functools import cache


def longest_line(path: str, configured: int) -> int:
    """The limit for the file at ``path``, in characters.

    Args:
        path: A file, which need not exist.
        configured: flake8's ``max-line-length``.

    Returns:
        The greatest of flake8's limit and those of ruff and black in the nearest
        ``pyproject.toml``: a project that has a longer one does not mean flake8's default.
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
