"""What a run says where it checked nothing: otherwise a wrong option looks like success."""

from __future__ import annotations

import os

from flake8_stateid.command_options import STDIN
from flake8_stateid.escaping import printable
from flake8_stateid.scope import Place, Scope
from flake8_stateid.selection import Selection, shown_selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.checking import FileResult
    from flake8_stateid.configuration import Configuration
    from flake8_stateid.discovery import EmptyArgument


class Coverage:
    """Notes where the files of a run stand; keeps no path of theirs.

    Attributes:
        checked: How many are plugin code and could be checked.
        outside: How many are no plugin code.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Nothing noted yet of a run under ``configuration``."""
        self._configuration = configuration
        self._selection = Selection(configuration.selection)
        self.checked = 0
        self.outside = 0
        self._failed = 0
        # Kept only as far as a warning may have to name their projects.
        self._checked_folders: set[str] = set()
        self._outside_folders: set[str] = set()
        self._is_reported = False
        self._has_test_code = False
        self._has_stdin = False

    def add(self, result: FileResult) -> None:
        """Note a file.

        Raises:
            ConfigurationError: A value of flake8's that shows to be wrong only when it is used.
        """
        if result.place is not Place.PLUGIN:
            self.outside += 1
            if not self.checked:
                self._outside_folders.add(os.path.dirname(result.path))
            self._has_test_code = self._has_test_code or result.place is Place.TEST
            self._has_stdin = self._has_stdin or result.path == STDIN
        elif result.problem is None:
            self.checked += 1
            if self._configuration.settings.source_roots:
                self._checked_folders.add(os.path.dirname(result.path))
            self._is_reported = self._is_reported or self._selection.reports_any(result.path)
        else:
            self._failed += 1

    def warnings(self, empty: list[EmptyArgument]) -> Iterator[str]:
        """What to warn of, safe to print.

        Args:
            empty: The arguments that led to no file.
        """
        for argument in empty:
            yield f"{printable(argument.path)} {argument.reason}; nothing was checked there"
        if self.outside and not self.checked and not self._failed:
            yield self._scope_warning()
        yield from self._missing_source_roots()
        if self.checked and not self._is_reported:
            options = printable(shown_selection(self._configuration.selection))
            yield (
                f"no SID code is reported for any of the files, because of {options}; "
                "add SID to extend-select, or take it out of what is ignored"
            )

    def _missing_source_roots(self) -> Iterator[str]:
        """A source root that no project has: imports that start there lead nowhere."""
        settings = self._configuration.settings
        if not settings.source_roots:
            return
        scope = Scope(settings)
        projects = _roots(scope, self._checked_folders)
        for folder in settings.source_roots:
            if projects and not any(
                os.path.isdir(os.path.join(root, folder)) for root in projects
            ):
                seen_from = _shown(projects)
                yield f"stateid-source-roots: {folder!r} is no folder, seen from {seen_from}"

    def _scope_warning(self) -> str:
        settings = self._configuration.settings
        seen_from = _shown(_roots(Scope(settings), self._outside_folders))
        if self._has_test_code:
            patterns = ", ".join(settings.exclude_paths)
            why = f"stateid-exclude-paths ({patterns}) matches whatever stateid-plugin-paths does"
        else:
            patterns = ", ".join(settings.plugin_paths)
            why = f"stateid-plugin-paths ({patterns}) matches nothing"
        is_one = self.outside == 1
        files = "the file given is not" if is_one else f"none of the {self.outside} files is"
        advice = ""
        if self._has_stdin:
            advice = "; for stdin, --stdin-filename says where the text belongs"
        return f"{files} plugin code: {printable(why)}, seen from {seen_from}{advice}"


def _roots(scope: Scope, folders: set[str]) -> set[str]:
    """The roots of the projects that ``folders`` belong to."""
    return {scope.root_of(os.path.join(folder, "x")) for folder in folders}


def _shown(folders: set[str]) -> str:
    """A few of ``folders``, safe to print."""
    first = sorted(folders)[:3]
    return ", ".join([*map(printable, first), *(["..."] if len(folders) > len(first) else [])])
