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

import os

from flake8_stateid.globs import any_of
from flake8_stateid.records import Choice
from flake8_stateid.source import UTF8_BOM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.settings import Settings

CONFIGURATION_FILES = ("setup.cfg", "tox.ini", ".flake8")
# What a folder holds that is never source of the project, whatever it is called.
_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "CVS"})
# Folders remembered by what answers for many files, which come folder by folder; then all are
# forgotten, so that a run takes no more memory over more files.
_REMEMBERED = 256
_SECTIONS = (b"\n[flake8]", b"\n[flake8:local-plugins]")


class Place(Choice):
    """Where a file stands."""

    PLUGIN = "plugin code"
    TEST = "test code"
    OUTSIDE = "not plugin code"


class Scope:
    """Answers where files stand; remembers folders, so one instance serves one run."""

    def __init__(self, settings: Settings) -> None:
        """Take the patterns of ``settings``."""
        self._is_plugin = _PathPatterns(settings.plugin_paths).match
        self._is_test = _PathPatterns(settings.exclude_paths).match
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
            if len(self._within) >= _REMEMBERED:
                self._within.clear()
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
        if len(self._roots) >= _REMEMBERED:
            self._roots.clear()
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
    return bool(configuration_in(folder))


def configuration_in(folder: str) -> str:
    """The file in ``folder`` that flake8 would read, or an empty string."""
    for name in CONFIGURATION_FILES:
        candidate = os.path.join(folder, name)
        if holds_flake8_section(candidate):
            return candidate
    return ""


def holds_flake8_section(path: str) -> bool:
    """Whether the file at ``path`` exists and has a section that flake8 reads."""
    if not os.path.exists(path):  # as mostly; to fail to open it takes three times as long
        return False
    try:
        with open(path, "rb") as file:
            # flake8 does not read one that begins with the mark; whoever does has to say so.
            text = b"\n" + file.read().removeprefix(UTF8_BOM)
            return any(section in text for section in _SECTIONS)
    except OSError:
        return False


class _PathPatterns:
    """Answers whether any of some patterns matches a path; remembers the folders above it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        of_folders = [pattern.rstrip("/") for pattern in patterns]
        of_files = [pattern for pattern in patterns if not pattern.endswith("/")]
        self._match_file = _matcher(of_files)
        self._match_last = _matcher(of_folders)
        self._folders: dict[str, bool] = {"": False}

    def match(self, path: str) -> bool:
        """Whether a pattern matches a file's path, with ``/`` between its parts."""
        return self._match_folder(path.rpartition("/")[0]) or self._match_file(path)

    def _match_folder(self, folder: str) -> bool:
        """Whether a pattern matches a folder, or one above it."""
        seen = []
        while (known := self._folders.get(folder)) is None:
            seen.append(folder)
            folder = folder.rpartition("/")[0]
        if len(self._folders) >= _REMEMBERED:
            self._folders = {"": False}
        for each in reversed(seen):
            known = self._folders[each] = known or self._match_last(each)
        return known


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether one of ``patterns`` matches a path, apart from what stands above it."""
    names = any_of(pattern for pattern in patterns if "/" not in pattern)
    rooted = [pattern for pattern in patterns if "/" in pattern]
    # The path gets a slash before it: there "*/plugins/*" finds a folder at the root, too.
    rooted += ["/" + pattern for pattern in rooted if not pattern.startswith("*")]
    paths = any_of(rooted)
    return lambda path: names(path.rpartition("/")[2]) or paths("/" + path)
