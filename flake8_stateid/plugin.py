"""The flake8 adapter: options in, findings out, and never the end of a flake8 run."""

from __future__ import annotations

import sys

from flake8_stateid import __version__
from flake8_stateid.checking import defeat, guarded_analysis
from flake8_stateid.configuration import check_option_names
from flake8_stateid.names import mentions_name
from flake8_stateid.problems import ConfigurationError, InputError
from flake8_stateid.rules import OFF_BY_DEFAULT
from flake8_stateid.scope import Place, Scope
from flake8_stateid.selection import SelectionOptions, wants_minted
from flake8_stateid.settings import OPTIONS, Settings, checked_settings
from flake8_stateid.source import SourceText

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator, Sequence
    from typing import ClassVar

    from flake8.options.manager import OptionManager

    from flake8_stateid.findings import Finding


_CODE_OPTIONS = ("select", "extend_select", "ignore", "extend_ignore")


class StateIdPlugin:
    """Reports state ids that plugin code builds itself."""

    name = "flake8-stateid"
    version = __version__

    # On the class, where ``parse_options`` puts them: flake8's workers make instances only, and
    # where they do not inherit the parent's memory they parse the options again.
    _settings: ClassVar[Settings] = Settings()
    _scope: ClassVar[Scope] = Scope(Settings())

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        """Check the file.

        The work is done here, not in :meth:`run`: of an exception raised here flake8 still
        reports the file's name.

        Args:
            tree: The module's tree.
            filename: As typed, so relative to the working directory; the display name for stdin.
            lines: The lines with their line ends, decoded and without BOM.
        """
        self._findings: tuple[Finding, ...] = ()
        if self._scope.place_of(filename) is not Place.PLUGIN:
            return
        if not mentions_name("".join(lines), self._settings):
            return
        source = SourceText.from_lines(filename, lines)
        try:
            self._findings = guarded_analysis(tree, source, self._settings, self._scope)
        except InputError as error:
            self._findings = (defeat(error.problem),)

    def run(self) -> Iterator[tuple[int, int, str, type[StateIdPlugin]]]:
        """What flake8 reports: row, column from 0 in characters, code and message."""
        for finding in self._findings:
            yield (
                finding.span.row,
                finding.span.column - 1,
                f"{finding.code} {finding.message}",
                type(self),
            )

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Add the options; each may stand in ``[flake8]`` or on flake8's command line."""
        for option in OPTIONS:
            manager.add_option(
                f"--{option.name}",
                metavar=option.metavar,
                default=",".join(option.default),
                parse_from_config=True,
                comma_separated_list=True,
                help=f"Comma-separated list of {option.described}",
            )
        manager.extend_default_ignore(OFF_BY_DEFAULT)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep the options on the class.

        Raises:
            flake8.exceptions.ExecutionError: A value an option cannot take, or the name of an
                option that does not exist; flake8 prints it.
        """
        try:
            settings = checked_settings(vars(options))
            # flake8 does not tell plugins of its options about files: --config, --isolated.
            if not any(argument.startswith(("--conf", "--is")) for argument in sys.argv):
                check_option_names()
        except ConfigurationError as error:
            from flake8.exceptions import ExecutionError

            raise ExecutionError(f"flake8-stateid: {error}") from None
        chosen = {name: getattr(options, name, None) for name in _CODE_OPTIONS}
        selection = SelectionOptions(**chosen, per_file_ignores="")
        cls._settings = settings._replace(minted_wanted=wants_minted(selection))
        cls._scope = Scope(cls._settings)
