"""Which files of the source tree mention a name: a search of bytes, before anything is parsed.

Subclasses and callers of a batch path may stand in any module that can import it. The files are
listed and read once for a process, on the first question.
"""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING

from flake8_stateid.analysis.source_tree import MAX_BYTES
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.problems import InputError
from flake8_stateid.scope import holds_sources, is_project_root
from flake8_stateid.source import SourceText, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_stateid.analysis.source_tree import SourceTree

MAX_FILES = 100_000
_MAX_KEPT = 100_000_000  # bytes of text kept in memory; what is beyond is read again


class SourceTexts:
    """The texts of one source tree that is no test code.

    Args:
        tree: The tree.
    """

    def __init__(self, tree: SourceTree) -> None:
        """Read nothing yet."""
        self._tree = tree
        self._texts: dict[str, dict[str, bytes | None]] = {}
        self._mentions: dict[tuple[str, str], list[str]] = {}
        # Of those that mention a name, the ones that may have it from another module.
        self._takers: dict[tuple[str, str], list[str]] = {}
        self._taken: dict[str, frozenset[str]] = {}
        self._kept = 0

    def mentioning(self, name: str, path: str) -> Iterator[tuple[str, bytes]]:
        """The files that mention an identifier, each with its bytes.

        Args:
            name: The identifier.
            path: An absolute path; the files of its source tree are meant, and not it.

        Raises:
            RefusalError: There are too many files to look at.
        """
        for root, below in self._roots(path):
            yield from self._with_texts(root, self._mentions_of(root, name, below=below), path)

    def taking(self, name: str, path: str) -> Iterator[tuple[str, bytes]]:
        """Those of them that may know by the identifier what another module defines.

        They import it, or take it from a module; others have their own of that name, or none.

        Args:
            name: The identifier.
            path: As for :meth:`mentioning`.

        Raises:
            RefusalError: There are too many files to look at.
        """
        for root, below in self._roots(path):
            known = self._takers.get((root, name))
            if known is None:
                mentions = self._mentions_of(root, name, below=below)
                known = self._takers[root, name] = [
                    each
                    for each, data in self._with_texts(root, mentions)
                    if self._takes(each, data, name)
                ]
            yield from self._with_texts(root, known, path)

    def read_again(self, path: str) -> None:
        """Read a file that was written, if it was read before."""
        self._taken.pop(path, None)
        self._takers.clear()
        for root, texts in self._texts.items():
            if path not in texts:
                continue
            data = _read(path)
            if texts[path] is not None:
                texts[path] = data
            for (other, name), known in [*self._mentions.items()]:
                if other == root and (path in known) != bool([*_mentioning(name, {path: data})]):
                    del self._mentions[other, name]

    def _takes(self, path: str, data: bytes, name: str) -> bool:
        """Whether a module imports a name, or takes it from something: ``batch.Transform``."""
        taken = self._taken.get(path)
        if taken is None:
            try:
                taken = taken_names(parse(SourceText.from_bytes(path, data)))
            except InputError:
                taken = frozenset()  # nor can it be looked at
            self._taken[path] = taken
        return name in taken or "*" in taken

    def _mentions_of(self, root: str, name: str, *, below: bool) -> list[str]:
        known = self._mentions.get((root, name))
        if known is None:
            # The batch paths of a project have a few names, and each is asked for in turn.
            texts = self._of(root, below=below)
            known = self._mentions[root, name] = [*_mentioning(name, texts)]
        return known

    def _with_texts(
        self, root: str, paths: Iterable[str], but: str = ""
    ) -> Iterator[tuple[str, bytes]]:
        texts = self._texts[root]
        for each in paths:
            if each != but:
                kept = texts[each]
                yield each, _read(each) if kept is None else kept

    def _roots(self, path: str) -> list[tuple[str, bool]]:
        """Where to look, and whether below it as well: the project, or else the package."""
        folder = os.path.dirname(path)
        root = self._tree.scope.root_of(path)
        if is_project_root(root):
            extra = (os.path.join(root, each) for each in self._tree.settings.source_roots)
            outside = (os.path.normpath(each) for each in extra)
            others = [each for each in outside if not _is_below(each, root)]
            return [(each, True) for each in dict.fromkeys([root, *others])]
        # No project: the root is that of the file system, and not to be searched.
        top = folder
        while os.path.isfile(os.path.join(top, "__init__.py")):
            top, package = os.path.dirname(top), top
            folder = package
        return [(folder, top != os.path.dirname(path))]

    def _of(self, root: str, *, below: bool) -> dict[str, bytes | None]:
        found = self._texts.get(root)
        if found is None:
            found = {}
            for path in self._files(root, below=below):
                data = _read(path)
                self._kept += len(data)
                found[path] = data if self._kept <= _MAX_KEPT else None
            self._texts[root] = found
        return found

    def _files(self, root: str, *, below: bool) -> Iterator[str]:
        waiting = [root]
        folders = files = 0
        while waiting:
            folder = waiting.pop()
            folders += 1
            _limit(folders)
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError:
                continue  # what cannot be read holds nothing that can be shown
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if (
                        below
                        and holds_sources(entry.name, entry.path)
                        # A folder is test code where all in it is.
                        and not self._is_test_code(entry.path)
                    ):
                        waiting.append(entry.path)
                elif (
                    entry.name.endswith(".py")
                    and entry.is_file()
                    and not self._is_test_code(entry.path)
                ):
                    files += 1
                    _limit(files)
                    yield entry.path

    def _is_test_code(self, path: str) -> bool:
        return self._tree.scope.is_test_code(path)


_texts: dict[SourceTree, SourceTexts] = {}


def texts_of(tree: SourceTree) -> SourceTexts:
    """The one collection of texts that a process reads of a tree."""
    if tree not in _texts:
        _texts.clear()
        _texts[tree] = SourceTexts(tree)
    return _texts[tree]


def taken_names(tree: ast.Module) -> frozenset[str]:
    """The names that a module imports, by either name, or takes from something; ``*`` for all.

    Args:
        tree: The module's tree.
    """
    found: set[str] = set()
    for node in walk(tree):
        match node:
            case ast.alias(name=name, asname=alias):
                found.update([*name.split("."), alias or name])
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.Constant(value=str(text)) if "." in text:  # an annotation may be a text
                found.update(text.split("."))
    return frozenset(found)


def _limit(number: int) -> None:
    if number > MAX_FILES:
        raise RefusalError(
            f"more than {MAX_FILES:,} files or folders may hold subclasses of the batch path's "
            "class",
            "mark the project's root with a pyproject.toml, then run the fix again",
        )


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        return b""
    return data if len(data) <= MAX_BYTES else b""


def _mentioning(name: str, texts: Mapping[str, bytes | None]) -> Iterator[str]:
    word = name.encode()
    expression = re.compile(rb"(?<![\w])" + re.escape(word) + rb"(?![\w])")
    for path, kept in texts.items():
        data = _read(path) if kept is None else kept
        if word in data and expression.search(data):
            yield path


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
