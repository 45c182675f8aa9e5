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
    """Notes where the files of a run stand.

    Attributes:
        checked: The paths of those that are plugin code and could be checked.
        outside: Those that are no plugin code.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Nothing noted yet of a run under ``configuration``."""
        self._configuration = configuration
        self.checked: list[str] = []
        self.outside: list[FileResult] = []
        self._failed = 0

    def add(self, result: FileResult) -> None:
        """Note a file."""
        if result.place is not Place.PLUGIN:
            self.outside.append(result)
        elif result.problem is None:
            self.checked.append(result.path)
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
        selection = Selection(self._configuration.selection)
        if self.checked and selection.leaves_nothing(self.checked):
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
        projects = {scope.root_of(path) for path in self.checked}
        for folder in settings.source_roots:
            if projects and not any(
                os.path.isdir(os.path.join(root, folder)) for root in projects
            ):
                seen_from = _shown(projects)
                yield f"stateid-source-roots: {folder!r} is no folder, seen from {seen_from}"

    def _scope_warning(self) -> str:
        settings = self._configuration.settings
        scope = Scope(settings)
        seen_from = _shown({scope.root_of(result.path) for result in self.outside})
        if any(result.place is Place.TEST for result in self.outside):
            patterns = ", ".join(settings.exclude_paths)
            why = f"stateid-exclude-paths ({patterns}) matches whatever stateid-plugin-paths does"
        else:
            patterns = ", ".join(settings.plugin_paths)
            why = f"stateid-plugin-paths ({patterns}) matches nothing"
        count = len(self.outside)
        files = "the file given is not" if count == 1 else f"none of the {count} files is"
        advice = ""
        if any(result.path == STDIN for result in self.outside):
            advice = "; for stdin, --stdin-filename says where the text belongs"
        return f"{files} plugin code: {printable(why)}, seen from {seen_from}{advice}"


def _shown(folders: set[str]) -> str:
    """A few of ``folders``, safe to print."""
    first = sorted(folders)[:3]
    return ", ".join([*map(printable, first), *(["..."] if len(folders) > len(first) else [])])
