"""The other projects of a repository that holds several: what they bring is imported as well.

``packages/llm`` and ``packages/core`` have a ``pyproject.toml`` each, and are installed side by
side while they are worked on. Seen from one of them, the other is outside of the project's root.
"""

from __future__ import annotations

import os
from itertools import islice

from flake8_stateid.scope import holds_sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT = "pyproject.toml"
_DEPTH = 2  # of the folders of projects below the repository's: `packages/llm`
_MOST = 500  # projects that are looked for


def brought_beside(project: str, repository: str) -> dict[str, tuple[str, ...]]:
    """The folders that imports of a project's neighbours start from.

    Args:
        project: The root of a project.
        repository: A folder above, which is the root of what all of them are in.

    Returns:
        By the first name of an import: the source folders that have it.
    """
    found: dict[str, list[str]] = {}
    for neighbour in islice(_projects(repository, _DEPTH), _MOST):
        for root in (os.path.join(neighbour, "src"), neighbour) if neighbour != project else ():
            for name in _names(root):
                found.setdefault(name, []).append(root)
    return {name: tuple(roots) for name, roots in found.items()}


def _projects(folder: str, depth: int) -> Iterator[str]:
    """The projects below a folder, none of them within another."""
    for entry in _entries(folder):
        if not entry.is_dir() or not holds_sources(entry.name, entry.path):
            continue
        if os.path.exists(os.path.join(entry.path, _PROJECT)):
            yield entry.path
        elif depth > 1:
            yield from _projects(entry.path, depth - 1)


def _names(root: str) -> Iterator[str]:
    """What may be imported from a source folder."""
    for entry in _entries(root):
        name, suffix = os.path.splitext(entry.name)
        if name.isidentifier() and suffix in ("", ".py"):
            yield name


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
