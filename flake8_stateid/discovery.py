"""Discovery: from paths on the command line to the Python files to look at."""

from __future__ import annotations

import os
import stat
import sys

from flake8_stateid.checking import unreadable
from flake8_stateid.globs import any_of
from flake8_stateid.problems import ConfigurationError, Problem
from flake8_stateid.records import Record
from flake8_stateid.scope import holds_sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from flake8_stateid.configuration import Configuration

# flake8's default beyond hidden folders and the ones above (``flake8.defaults.EXCLUDE``).
_DEFAULT_EXCLUDE = ("*.egg",)


EXCLUDED = "is excluded by the configuration"


class EmptyArgument(Record):
    """A path on the command line that led to no file at all, and why."""

    path: str
    reason: str


class Discovery:
    """Walks paths in a stable order, each file once, links to folders not followed.

    Attributes:
        empty: The arguments that led to no file; filled while walking.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Take the patterns of ``configuration``."""
        exclude = configuration.exclude
        patterns = _DEFAULT_EXCLUDE if exclude is None else exclude
        self._is_excluded = _excluder((*patterns, *configuration.extend_exclude))
        self._is_wanted = _any_match(configuration.filename)
        names = " or ".join(configuration.filename)
        self._nothing_wanted = f"holds no {names} file that is not excluded"
        # Folders walked that an argument may yet lead to again, by absolute path, as first typed.
        # Of their files none is kept: there may be many. Any other file that was taken is.
        self._walked: dict[str, str] = {}
        self._others: set[str] = set()
        self.empty: list[EmptyArgument] = []

    def walk(self, paths: Sequence[str]) -> Iterator[str | Problem]:
        """The files behind ``paths``.

        A file named outright is taken whatever it is called, a folder gives the files that match
        flake8's ``filename``. What is excluded is left out even if named outright, as in flake8:
        pre-commit names files without knowing what the configuration excludes.

        Yields:
            A path, as typed or below one as typed; or the problem that stands in its place.
        """
        for number, path in enumerate(paths, 1):
            is_last = number == len(paths)
            if not self.takes(path):
                continue
            if os.path.isdir(path):
                yield from self._walk_argument(path, is_last)
            else:
                try:
                    mode = os.stat(path).st_mode
                except OSError as error:
                    yield unreadable(path, error)
                    continue
                if not stat.S_ISREG(mode):
                    yield Problem(
                        path,
                        0,
                        "is a pipe or a device, not a file",
                        "give its text to -, and its name to --stdin-filename",
                    )
                else:
                    absolute = os.path.abspath(path)
                    if self._is_new(*os.path.split(absolute)):
                        self._others.add(absolute)
                        yield path

    def takes(self, path: str) -> bool:
        """Whether the configuration leaves in a text that is called ``path``, from stdin say."""
        if self._is_excluded(path, os.path.abspath(path)):
            self.empty.append(EmptyArgument(path, EXCLUDED))
            return False
        return True

    def _walk_argument(self, folder: str, is_last: bool) -> Iterator[str | Problem]:
        is_empty = True
        for found in self._walk_folder(folder, is_last):
            is_empty = False
            if found is not None:
                yield found
        if is_empty:
            self.empty.append(EmptyArgument(folder, self._nothing_wanted))

    def _walk_folder(self, folder: str, is_last: bool) -> Iterator[str | Problem | None]:
        """What is in ``folder`` and below; ``None`` for what an argument before it led to."""
        # A stack of its own: folders may be nested deeper than Python's calls. Beside the path of
        # each goes its absolute one, which would take longer to find than all else of a file.
        waiting = [(folder, os.path.abspath(folder))]
        while waiting:
            folder, absolute = waiting.pop()
            around = os.path.join(absolute, "")
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                yield unreadable(folder, error)
                continue
            is_again = absolute in self._walked
            may_repeat = is_again or self._others
            below = []
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if self._is_entered(entry, around + entry.name):
                        below.append((entry.path, around + entry.name))
                elif self._is_taken(entry, around + entry.name):
                    is_new = not may_repeat or self._is_new(absolute, entry.name)
                    if is_new and is_again:
                        self._others.add(around + entry.name)
                    yield entry.path if is_new else None
            if not is_last:  # else nobody will ask
                self._walked.setdefault(absolute, folder)
            waiting.extend(reversed(below))

    def _is_entered(self, entry: os.DirEntry[str], absolute: str) -> bool:
        return holds_sources(entry.name, entry.path) and not self._is_excluded(
            entry.path, absolute
        )

    def _is_taken(self, entry: os.DirEntry[str], absolute: str) -> bool:
        if not self._is_wanted(entry.path) or self._is_excluded(entry.path, absolute):
            return False
        # A broken link is worth a word; a pipe or a device would block whoever opens it.
        if entry.is_symlink():
            return os.path.isfile(entry.path) or not os.path.exists(entry.path)
        return entry.is_file(follow_symlinks=False)

    def _is_new(self, folder: str, name: str) -> bool:
        """Whether the file of that absolute folder and name was not taken yet."""
        walked = self._walked.get(folder)
        if walked is not None and self._is_wanted(os.path.join(walked, name)):
            return False
        return os.path.join(folder, name) not in self._others


def read_stdin() -> bytes:
    """All that stdin has to give.

    Raises:
        ConfigurationError: There is no stdin.
    """
    if sys.stdin is None:
        raise ConfigurationError("-: stdin is closed; give it a text, or name files")
    return sys.stdin.buffer.read()


def _excluder(patterns: Iterable[str]) -> Callable[[str, str], bool]:
    """flake8's rule: a pattern matches the name, or the absolute path, of a file or folder."""
    names = _any_match(patterns)
    # Few patterns can match an absolute path; the others would be tried on every file in vain.
    paths = _any_match(
        pattern for pattern in patterns if os.path.isabs(pattern) or pattern[:1] in "*?["
    )

    def is_excluded(path: str, absolute: str) -> bool:
        name = os.path.basename(path)
        return (name not in {"", ".", ".."} and names(name)) or paths(absolute)

    return is_excluded


def _any_match(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether any of ``patterns`` matches, as ``fnmatch`` understands them."""
    matches = any_of(os.path.normcase(pattern) for pattern in patterns)
    return lambda path: matches(os.path.normcase(path))
