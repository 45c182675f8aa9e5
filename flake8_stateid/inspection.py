"""The files a command names, found and checked: the loop that ``lint`` and ``fix`` share."""

from __future__ import annotations

import os

from flake8_stateid.configuration import find_configuration_file
from flake8_stateid.discovery import Discovery
from flake8_stateid.problems import Problem
from flake8_stateid.running import check_files
from flake8_stateid.scope import Scope, configuration_in
from flake8_stateid.terminal import Progress
from flake8_stateid.unchecked import Coverage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from typing import TextIO

    from flake8_stateid.checking import Checker, FileResult
    from flake8_stateid.configuration import Configuration

_STDIN = "-"


class Inspection:
    """One run over the paths of a command line.

    Args:
        arguments: With ``paths`` and ``jobs``.
        configuration: The settings and selection of the run.
        stderr: Where progress and warnings go.
        checker: What this process checks other texts with, if it does.

    Attributes:
        discovery: Finds the files.
        coverage: Notes where they stand.
        has_stdin: Whether a text on stdin is to be checked as well.
    """

    def __init__(
        self,
        arguments: Namespace,
        configuration: Configuration,
        stderr: TextIO,
        checker: Checker | None = None,
    ) -> None:
        self._arguments = arguments
        self._configuration = configuration
        self._stderr = stderr
        self._checker = checker
        self.has_stdin = _STDIN in arguments.paths
        self.discovery = Discovery(configuration)
        self.coverage = Coverage(configuration)

    def results(self) -> Iterator[FileResult | Problem]:
        """What became of each file, in order; before them, the paths that lead to none.

        Raises:
            LostWorkerError: A process that checked files was killed, or crashed.
            ConfigurationError: A value of flake8's that shows to be wrong only when it is used.
        """
        paths = []
        named = [path for path in self._arguments.paths if path != _STDIN]
        for found in self.discovery.walk(named):
            if isinstance(found, Problem):
                yield found
            else:
                paths.append(found)
        progress = Progress(self._stderr, len(paths))
        try:
            jobs = self._arguments.jobs
            for result in check_files(paths, self._configuration, jobs, self._checker):
                progress.step()
                self.coverage.add(result)
                if result.findings or result.problem:
                    progress.clear()
                yield result
        finally:
            progress.clear()

    def warn(self) -> None:
        """Say where nothing was checked, or by other options than the project's."""
        for warning in self.coverage.warnings(self.discovery.empty):
            self._stderr.write(f"warning: {warning}\n")
        if self._arguments.config or self._arguments.isolated:
            return  # as was asked for
        found = self._configuration_files()
        read = find_configuration_file(os.path.abspath(os.curdir)) if found else ""
        others = found - {read}
        if others:
            # Imported here: most runs read the only one that there is.
            from flake8_stateid.unread_configuration import unread_warning

            unread = unread_warning(self._configuration.settings, read, others)
            if unread:
                self._stderr.write(f"warning: {unread}\n")

    def _configuration_files(self) -> set[str]:
        """The files that flake8 would read in the roots of what was named."""
        scope = Scope(self._configuration.settings)
        folders: set[str] = set()
        for path in self._arguments.paths:
            named = self._arguments.stdin_filename if path == _STDIN else path
            # The root of a folder is that of what lies in it.
            folders.add(scope.root_of(os.path.join(named, "x") if os.path.isdir(named) else named))
        return {file for folder in folders if (file := configuration_in(folder))}
