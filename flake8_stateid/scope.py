"""Scope: which files are plugin code, seen from the project's root.

Patterns are compared with the path from the project's root: the nearest folder upward that holds
a ``[flake8]`` section (``setup.cfg``, ``tox.ini`` or ``.flake8``), ``pyproject.toml`` or ``.git``.
So neither the working directory nor the place of the checkout changes the answer. A file outside
any project is seen from the root of the file system. Links are not resolved: a file is where the
user says it is.

A pattern without a slash is compared with the name of the file and of each folder above it; with
a slash at its end only (``tests/``), with folders alone. Any other pattern is compared with the
whole path and with each folder above it, and its ``*`` matches slashes too. A pattern that begins
``*/`` matches at the root as well. Letter case counts, on every system.
"""

from __future__ import annotations

import enum
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_stateid.settings import Settings

CONFIGURATION_FILES = ("setup.cfg", "tox.ini", ".flake8")
# What a folder holds that is never source of the project, whatever it is called.
_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "CVS"})
_SECTION = re.compile(rb"^\[flake8(:local-plugins)?\]", re.MULTILINE)


class Place(enum.Enum):
    """Where a file stands."""

    PLUGIN = "plugin code"
    TEST = "test code"
    OUTSIDE = "not plugin code"


class Scope:
    """Answers where files stand; remembers folders, so one instance serves one run."""

    def __init__(self, settings: Settings) -> None:
        """Compile the patterns of ``settings``."""
        self._is_plugin = _matcher(settings.plugin_paths)
        self._is_test = _matcher(settings.exclude_paths)
        self._roots: dict[str, str] = {}
        self._within: dict[str, str] = {}  # by folder as typed: where it is, from the root

    def place_of(self, path: str) -> Place:
        """Where the file at ``path`` stands; the file need not exist."""
        parts = self.relative_path(path)
        if not self._is_plugin(parts):
            return Place.OUTSIDE
        return Place.TEST if self._is_test(parts) else Place.PLUGIN

    def is_test_code(self, path: str) -> bool:
        """Whether the file at ``path`` is test code, of plugins or of anything else."""
        return self._is_test(self.relative_path(path))

    def relative_path(self, path: str) -> str:
        """``path`` from the project's root, with ``/`` between its parts."""
        folder, name = os.path.split(path)
        if name in ("", ".", ".."):
            return self._from_root(path)
        within = self._within.get(folder)
        if within is None:
            # All files of a folder stand in the same place.
            within = self._from_root(os.path.join(folder, "x"))[:-1]
            self._within[folder] = within
        return within + name

    def _from_root(self, path: str) -> str:
        absolute = os.path.abspath(path)
        root = self._root(os.path.dirname(absolute))
        return absolute[len(root) :].replace(os.sep, "/").lstrip("/")

    def root_of(self, path: str) -> str:
        """The root of the project that the file at ``path`` belongs to."""
        return self._root(os.path.dirname(os.path.abspath(path)))

    def _root(self, folder: str) -> str:
        seen = []
        while (root := self._roots.get(folder)) is None:
            seen.append(folder)
            parent = os.path.dirname(folder)
            if parent == folder or is_project_root(folder):
                root = folder
                break
            folder = parent
        for each in seen:
            self._roots[each] = root
        return root


def holds_sources(name: str, path: str) -> bool:
    """Whether a folder of that name and path is one of the project's own, and worth a look."""
    return not (
        name.startswith(".")
        or name in _SKIPPED_FOLDERS
        or os.path.exists(os.path.join(path, _VIRTUAL_ENVIRONMENT))
    )


def is_project_root(folder: str) -> bool:
    """Whether ``folder`` holds what marks the root of a project."""
    for marker in ("pyproject.toml", ".git"):
        if os.path.exists(os.path.join(folder, marker)):
            return True
    return any(
        holds_flake8_section(os.path.join(folder, candidate)) for candidate in CONFIGURATION_FILES
    )


def holds_flake8_section(path: str) -> bool:
    """Whether the file at ``path`` exists and has a section that flake8 reads."""
    if not os.path.exists(path):  # as mostly; to fail to open it takes three times as long
        return False
    try:
        with open(path, "rb") as file:
            return _SECTION.search(file.read()) is not None
    except OSError:
        return False


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A function that says whether any of ``patterns`` matches a path with ``/`` in it."""
    expressions = []
    for pattern in patterns:
        name = pattern.rstrip("/")
        below = "/.+" if pattern.endswith("/") else "(?:/.*)?"
        if "/" in name:
            # The subject below begins with a slash: there "*/plugins/*" finds a top-level folder.
            expressions.append(f"/?{_glob(name, '.')}{below}")
        else:
            expressions.append(f"(?:.*)/{_glob(name, '[^/]')}{below}")
    if not expressions:
        return lambda path: False
    match = re.compile("|".join(expressions), re.DOTALL).fullmatch
    return lambda path: match("/" + path) is not None


def _glob(pattern: str, any_character: str) -> str:
    """The expression of a shell pattern: ``*``, ``?``, ``[abc]`` and ``[!abc]``.

    ``fnmatch.translate`` would do but for ``*``, which there always matches slashes.
    """
    expression = ""
    rest = pattern
    while rest:
        character, rest = rest[0], rest[1:]
        # A bracket that stands first in a set belongs to it, as in fnmatch.
        end = rest.find("]", 2 if rest.startswith("!") else 1)
        if character == "*":
            expression += f"{any_character}*"
        elif character == "?":
            expression += any_character
        elif character == "[" and end > 0:
            expression += _set(f"[{rest[: end + 1]}")
            rest = rest[end + 1 :]
        else:
            expression += re.escape(character)
    return expression


def _set(pattern: str) -> str:
    """The expression of one set of characters, read as fnmatch reads it."""
    # Imported here: sets are rare. What is cut off wraps every result: "(?s:" and ")\\Z".
    from fnmatch import translate

    return translate(pattern)[4:-3]
