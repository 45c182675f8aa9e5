"""Check one file: the path from a name on disk to findings that a user is to see.

The command line and the codemod come through :class:`Checker`; the flake8 adapter, whose caller
reads, parses and filters by itself, shares :func:`guarded_analysis`.
"""

from __future__ import annotations

from flake8_stateid.escaping import printable
from flake8_stateid.findings import Finding, Span
from flake8_stateid.names import mentions_name
from flake8_stateid.problems import InputError, Problem
from flake8_stateid.records import Record
from flake8_stateid.scope import Place, Scope
from flake8_stateid.selection import Selection, wants_minted
from flake8_stateid.source import SourceText, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

    from flake8_stateid.configuration import Configuration
    from flake8_stateid.settings import Settings


class FileResult(Record):
    """What checking one file gave.

    Attributes:
        path: The file, as it was given.
        place: Whether it is plugin code; nothing else is read.
        findings: What is to be reported: selected, and not silenced by a comment.
        problem: Why the file could not be checked, if it could not.
        source: The file's text, where there is a finding to show in it.
    """

    path: str
    place: Place
    findings: tuple[Finding, ...] = ()
    problem: Problem | None = None
    source: SourceText | None = None


class Checker:
    """Checks files under one configuration; keeps what one run can share between files.

    Args:
        configuration: The settings and selection of the run.
        scope: Where files stand, as another checker of the run knows it: both share what they
            read of other modules.
    """

    def __init__(self, configuration: Configuration, scope: Scope | None = None) -> None:
        self.scope = scope or Scope(configuration.settings)
        self.settings = configuration.settings._replace(
            minted_wanted=wants_minted(configuration.selection)
        )
        self.selection = Selection(configuration.selection)
        self._disable_noqa = configuration.disable_noqa

    def check_file(self, path: str) -> FileResult:
        """Read and check the file at ``path``; one that is not plugin code is not opened.

        Raises:
            ConfigurationError: A value of flake8's that shows to be wrong only when it is used.
        """
        place = self.scope.place_of(path)
        if place is not Place.PLUGIN:
            return FileResult(path, place)
        try:
            with open(path, "rb", buffering=0) as file:  # it is read at once
                data = file.readall()
        except (OSError, ValueError) as error:
            return FileResult(path, place, problem=unreadable(path, error))
        except MemoryError:
            problem = Problem(path, 0, "does not fit into the memory", "exclude it")
            return FileResult(path, place, problem=problem)
        return self._check(path, data)

    def check_bytes(self, path: str, data: bytes) -> FileResult:
        """Check ``data`` as the contents of a file at ``path``, which need not exist.

        Raises:
            ConfigurationError: As for :meth:`check_file`.
        """
        place = self.scope.place_of(path)
        return self._check(path, data) if place is Place.PLUGIN else FileResult(path, place)

    def _check(self, path: str, data: bytes) -> FileResult:
        if not mentions_name(data, self.settings):
            return FileResult(path, Place.PLUGIN)
        try:
            source = SourceText.from_bytes(path, data)
            tree = parse(source)
        except InputError as error:
            return FileResult(path, Place.PLUGIN, problem=error.problem)
        try:
            analysed = guarded_analysis(tree, source, self.settings, self.scope)
            findings = self._visible(source, analysed)
        except InputError as error:
            # Here alone a comment or the configuration may say: leave this file to me.
            visible = self._visible(source, (defeat(error.problem),))
            return FileResult(path, Place.PLUGIN, problem=error.problem if visible else None)
        return FileResult(path, Place.PLUGIN, findings, source=source if findings else None)

    def _visible(self, source: SourceText, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        selected = tuple(
            finding for finding in findings if self.selection.reports(finding.path, finding.code)
        )
        if not selected or self._disable_noqa:
            return selected
        # Imported here: most files have no finding to silence.
        from flake8_stateid.noqa import without_suppressed

        return without_suppressed(source, selected)


def guarded_analysis(
    tree: ast.Module, source: SourceText, settings: Settings, scope: Scope
) -> tuple[Finding, ...]:
    """The findings of a file, whatever happens to the analysis.

    Args:
        tree: The module's tree.
        source: The text it was parsed from.
        settings: The options.
        scope: Where the project is, whose other modules are read where they are needed.

    Raises:
        InputError: The analysis was defeated, by the file's size or by a mistake of its own.
    """
    # Imported here: only files that mention a name are analysed.
    from flake8_stateid.analysis import AnalysisDefeated, analyse
    from flake8_stateid.analysis.source_tree import source_tree

    remedy = "split the file, or leave it out with stateid-exclude-paths"
    sources = source_tree(settings, scope)
    sources.make_room()
    try:
        return analyse(tree, source, settings, sources)
    except AnalysisDefeated as error:
        reason = f"cannot be analysed: {error}"
    except RecursionError:
        reason = "cannot be analysed: its code is nested too deeply"
    except MemoryError:
        reason = "cannot be analysed: not enough memory"
    except Exception as error:
        # One file must never end a run over many.
        reason = f"cannot be analysed: {_described(error)}"
        remedy = "report this mistake of flake8-stateid with the file, and leave it out meanwhile"
    raise InputError(Problem(source.path, 1, reason, remedy))


def defeat(problem: Problem) -> Finding:
    """The finding that says in flake8's output what ``problem`` says on the command line."""
    row = max(problem.row, 1)
    message = printable(f"file {problem.reason}; {problem.remedy}")
    return Finding(problem.path, Span(row, 1, row, 1), "SID900", message)


def unreadable(path: str, error: OSError | ValueError) -> Problem:
    """The problem of a file or folder that cannot be opened or read."""
    import errno
    import os

    reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
    is_loop = isinstance(error, OSError) and error.errno == errno.ELOOP
    if is_loop or isinstance(error, FileNotFoundError | NotADirectoryError):
        if os.path.islink(path):
            return Problem(
                path,
                0,
                f"is a broken link to {os.readlink(path)}",
                "mend or remove the link, or exclude it",
            )
        return Problem(path, 0, "does not exist", "check the spelling and the working directory")
    if isinstance(error, IsADirectoryError):
        return Problem(path, 0, "is a folder", "name a file in it")
    if isinstance(error, PermissionError):
        return Problem(path, 0, f"cannot be read: {reason}", "allow reading it, or exclude it")
    return Problem(path, 0, f"cannot be read: {reason}", "mend it, or exclude it")


def _described(error: Exception) -> str:
    """``error`` in one line, with the place in this package that raised it."""
    import os

    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        file = os.path.basename(trace.tb_frame.f_code.co_filename)
        place = f" ({file}, line {trace.tb_lineno})"
    return f"unexpected {type(error).__name__}: {' '.join(str(error).split())}{place}"
