"""Baseline: findings that were there before, kept by path, code and line text.

Line numbers are left out on purpose: they change with every edit above a finding. The same line
twice in a file counts twice.
"""

from __future__ import annotations

import os

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from flake8_stateid.findings import Finding

FORMAT_VERSION = 1


class Entry(Record):
    """What makes a finding the same finding in a later run.

    Attributes:
        path: From the folder of the baseline file, with ``/`` between its parts.
        code: The rule's code.
        line: The text of the finding's first row, without white space around it.
    """

    path: str
    code: str
    line: str


class Baseline:
    """The entries of a baseline file, and how many of each are not yet used up."""

    def __init__(
        self,
        file: str,
        counts: Mapping[Entry, int],
        reports: Callable[[str, str], bool] = lambda _path, _code: True,
    ) -> None:
        """Hold ``counts`` of ``file``, which need not exist.

        Args:
            file: The baseline file.
            counts: How often each entry stands in it.
            reports: Whether the run reports a code for a file, both given; the entries of one
                that it does not report were not looked for.
        """
        self._folder = os.path.dirname(os.path.abspath(file))
        self._reports = reports
        self.file = file
        self.counts = dict(counts)
        self._left = dict(counts)

    def entry(self, finding: Finding, line: str) -> Entry:
        """The entry of ``finding``, whose first row reads ``line``."""
        return Entry(self._relative(finding.path), finding.code, line.strip())

    def absorbs(self, entry: Entry) -> bool:
        """Whether the baseline still has room for ``entry``; if so it is used up."""
        left = self._left.get(entry, 0)
        if left:
            self._left[entry] = left - 1
        return left > 0

    def stale(self, checked: Collection[str]) -> int:
        """How many entries no finding has used up, of the files ``checked`` and of files gone.

        Those of codes that the run does not report are not among them.
        """
        untouched = self._untouched(checked)
        return sum(left for entry, left in self._left.items() if entry not in untouched)

    def renewed(self, found: Mapping[Entry, int], checked: Collection[str]) -> Baseline:
        """The baseline that fits what was found.

        Entries of files that were not checked stay, as long as the files exist, and so do those
        of codes that are not reported: a run over part of a project, past a file that cannot be
        parsed, or for a few codes must not lose the rest.
        """
        kept = {entry: self.counts[entry] for entry in self._untouched(checked)}
        return Baseline(self.file, {**kept, **found}, self._reports)

    def _untouched(self, checked: Collection[str]) -> set[Entry]:
        """The entries that were not looked for: of files that exist and of codes not reported."""
        judged = {self._relative(path) for path in checked}
        untouched = set()
        for entry in self.counts:
            path = os.path.join(self._folder, entry.path)
            if not self._reports(path, entry.code) or (
                entry.path not in judged and os.path.exists(path)
            ):
                untouched.add(entry)
        return untouched

    def _relative(self, path: str) -> str:
        absolute = os.path.abspath(path)
        try:
            relative = os.path.relpath(absolute, self._folder)
        except ValueError:
            # Another drive, on Windows.
            relative = absolute
        return relative.replace(os.sep, "/")


def load(file: str, reports: Callable[[str, str], bool] = lambda _path, _code: True) -> Baseline:
    """The baseline in ``file``, for a run that reports what ``reports`` says.

    Raises:
        ConfigurationError: It does not exist, or is no baseline.
    """
    import json

    try:
        with open(file, encoding="utf-8") as opened:
            document = json.load(opened)
    except FileNotFoundError:
        raise ConfigurationError(
            f"--baseline: {file} does not exist; add --write-baseline to write it"
        ) from None
    except OSError as error:
        raise _no_access(file, "read", error) from None
    except (ValueError, RecursionError) as error:
        raise _not_a_baseline(file, f"not JSON ({error})") from None
    try:
        version = document["version"]
        counts = _counts(document["findings"])
    except (KeyError, TypeError, ValueError):
        raise _not_a_baseline(file, "not of the form this version writes") from None
    if version != FORMAT_VERSION:
        raise _not_a_baseline(file, f"of format {version!r}, where {FORMAT_VERSION} is known")
    return Baseline(file, counts, reports)


def _counts(items: object) -> dict[Entry, int]:
    """How many there are of each entry; one that stands twice, as after a merge, counts both.

    Raises:
        KeyError, TypeError, ValueError: These are no entries.
    """
    counts: dict[Entry, int] = {}
    if not isinstance(items, list):
        raise TypeError
    for item in items:
        entry = Entry(str(item["path"]), str(item["code"]), str(item["line"]))
        count = int(item["count"])
        if count < 1:
            raise ValueError
        counts[entry] = counts.get(entry, 0) + count
    return counts


def _no_access(file: str, done: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"--baseline: {file} cannot be {done}: {error.strerror}; name a file that can"
    )


def _not_a_baseline(file: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"--baseline: {file} is {reason}; name another file, or remove it and write it anew"
    )


def save(baseline: Baseline) -> None:
    """Write ``baseline`` to its file, sorted, so that it can be kept under version control.

    Raises:
        ConfigurationError: The file cannot be written; an older one is then left as it was.
    """
    # Imported here: few runs write a baseline.
    import json

    from flake8_stateid.whole_files import written_whole

    items = [
        {"path": entry.path, "code": entry.code, "line": entry.line, "count": count}
        for entry, count in sorted(baseline.counts.items())
    ]
    try:
        with written_whole(baseline.file) as file:
            file.write(json.dumps({"version": FORMAT_VERSION, "findings": items}, indent=2) + "\n")
    except OSError as error:
        raise _no_access(baseline.file, "written", error) from None
