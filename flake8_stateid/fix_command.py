"""``flake8-stateid fix``: rewrite plugin code to use the state id it was given."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from flake8_stateid.checking import unreadable
from flake8_stateid.codemod.fixer import FileFix, Fixer
from flake8_stateid.command_options import (
    add_configuration_options,
    add_file_options,
    configuration_of,
)
from flake8_stateid.discovery import Discovery, read_stdin
from flake8_stateid.escaping import printable, project_path, shown_path
from flake8_stateid.inspection import Inspection
from flake8_stateid.problems import ConfigurationError, InputError, Problem
from flake8_stateid.running import LostWorkerError
from flake8_stateid.unchecked import Coverage
from flake8_stateid.wording import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from flake8_stateid.codemod.outcome import Outcome
    from flake8_stateid.configuration import Configuration

CLEAN, CHANGES, ERRORS = 0, 1, 2
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.epilog = (
        "Exits 0 if nothing is left to do; 1 if a finding was refused, or would be fixed under "
        "--check or --diff; 2 if a file could not be checked or written."
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="files and folders to fix, or - for stdin"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--diff", action="store_true", help="print what would change as a unified diff"
    )
    how.add_argument(
        "--check", action="store_true", help="change nothing, say what would be fixed"
    )
    parser.add_argument(
        "--tests",
        action="append",
        default=[],
        metavar="PATH",
        help="list the tests in this file or folder that assert the old ids",
    )
    add_file_options(parser)
    add_configuration_options(parser)


def run(arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> int:
    """Fix what ``arguments`` name.

    Returns:
        0 if nothing is left to do; 1 if a finding was refused, or would be fixed under
        ``--check`` and ``--diff``; 2 if a file could not be checked or written.
    """
    try:
        return _Fix(arguments, stdout, stderr).run()
    except (ConfigurationError, LostWorkerError) as error:
        stderr.write(f"error: {printable(str(error))}\n")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "libcst":
            raise
        stderr.write("error: fix needs LibCST, which is not installed: pip install libcst\n")
    return ERRORS


class _Fix:
    """One run of the command."""

    def __init__(self, arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> None:
        self._arguments = arguments
        self._stdout = stdout
        self._stderr = stderr
        self._configuration: Configuration = configuration_of(arguments)
        self._fixer = Fixer(self._configuration)
        # Both read other modules, and each of them once.
        self._inspection = Inspection(arguments, self._configuration, stderr, self._fixer.checker)
        self._writes = not arguments.check and not arguments.diff
        # What a program reads from stdout, a diff or a text, stays free of our remarks.
        takes_stdout = arguments.diff or self._inspection.has_stdin
        self._remarks = stderr if takes_stdout else stdout
        self._has_problem = False
        self._fixed = self._refused = self._changed = 0
        self._patterns: set[str] = set()

    def run(self) -> int:
        self._check_tests()
        for result in self._inspection.results():
            if isinstance(result, Problem):
                self._problem(result)
            elif result.findings:
                self._take(self._fixer.fix_file(result.path))
            elif result.problem is not None:
                self._problem(result.problem)
        self._fix_stdin()
        self._inspection.warn()
        self._list_tests()
        self._summarise()
        if self._has_problem:
            return ERRORS
        return CHANGES if self._refused or (self._changed and not self._writes) else CLEAN

    def _take(self, fix: FileFix) -> None:
        if fix.problem is not None:
            self._problem(fix.problem)
            return
        if fix.after != fix.before and self._writes:
            # Imported here: most runs write nothing.
            from flake8_stateid.codemod.rewriting.writing import replace_contents

            try:
                replace_contents(fix.path, fix.before, fix.after)
                self._fixer.forget(fix.path)
            except InputError as error:
                self._problem(error.problem)
                return
        self._report(fix)

    def _fix_stdin(self) -> None:
        if not self._inspection.has_stdin:
            return
        name = self._arguments.stdin_filename
        after = data = read_stdin()
        if self._inspection.discovery.takes(name):
            fix = self._fixer.fix_bytes(name, data)
            self._inspection.coverage.add(fix.checked)
            after = data if fix.problem is not None else fix.after
            if fix.problem is not None:
                self._problem(fix.problem)
            else:
                self._report(fix)
        if self._writes:
            self._write_bytes(after)

    def _report(self, fix: FileFix) -> None:
        from flake8_stateid.codemod.outcome import Fixed

        for outcome in fix.outcomes:
            if isinstance(outcome, Fixed):
                self._fixed += 1
            else:
                self._refused += 1
            self._remarks.write(_remark(outcome, would=not self._writes))
        if fix.after != fix.before:
            self._changed += 1
            if self._arguments.diff:
                self._write_bytes(_diff(fix))
        if self._arguments.tests:
            self._patterns.update(_patterns(fix))

    def _write_bytes(self, data: bytes) -> None:
        self._stdout.flush()
        self._stdout.buffer.write(data)
        self._stdout.buffer.flush()

    def _check_tests(self) -> None:
        """Look for the tests before anything changes: once it has, no run knows the old ids."""
        for path in self._arguments.tests:
            if not os.path.exists(path):
                problem = unreadable(path, FileNotFoundError())
                raise ConfigurationError(f"--tests: {problem.text}; nothing was changed")

    def _list_tests(self) -> None:
        if not self._patterns:
            return
        discovery = Discovery(self._configuration)
        tests = discovery.walk(self._arguments.tests)
        for each in _stale_tests(tests, self._patterns, self._configuration):
            if isinstance(each, Problem):
                self._problem(each)
            else:
                self._remarks.write(each)
        for warning in Coverage(self._configuration).warnings(discovery.empty):
            self._stderr.write(f"warning: {warning}\n")

    def _summarise(self) -> None:
        if not self._fixed and not self._refused:
            return
        would = "" if self._writes else "would be "
        self._stderr.write(
            f"{counted(self._fixed, 'finding')} {would}fixed in {counted(self._changed, 'file')}, "
            f"{self._refused:,} refused\n"
        )

    def _problem(self, problem: Problem) -> None:
        self._has_problem = True
        self._stderr.write(f"error: {printable(problem.text)}\n")


def _remark(outcome: Outcome, *, would: bool) -> str:
    """One line that says what became of a finding."""
    from flake8_stateid.codemod.outcome import Fixed

    finding = outcome.finding
    place = f"{shown_path(finding.path)}:{finding.span.row}:{finding.span.column}"
    if isinstance(outcome, Fixed):
        verdict = "would be fixed" if would else "fixed"
        return f"{place}: {finding.code} {verdict}: {printable(finding.message)}\n"
    row = f" (row {outcome.row})" if outcome.row != finding.span.row else ""
    reason = printable(f"{outcome.reason}{row}; {outcome.remedy}")
    return f"{place}: {finding.code} not fixed: {reason}\n"


def _diff(fix: FileFix) -> bytes:
    """The change as a unified diff for ``patch`` and ``git apply``, in the file's own bytes."""
    import difflib

    # git knows no ``./``. A tab ends a name that has spaces in it, as diff and git write it.
    path = project_path(fix.path)
    # The bytes of the name, for those who apply it; but none that a terminal would act upon.
    name = os.fsencode(path if not _CONTROLS.search(path) else printable(path))
    name += b"\t" if b" " in name else b""
    lines = difflib.diff_bytes(
        difflib.unified_diff, _split(fix.before), _split(fix.after), name, name
    )
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        for line in lines
    )


def _split(data: bytes) -> list[bytes]:
    """Lines that keep their ends, a carriage return being part of the line as in ``diff``."""
    pieces = data.split(b"\n")
    last = pieces.pop()
    return [piece + b"\n" for piece in pieces] + ([last] if last else [])


def _patterns(fix: FileFix) -> tuple[str, ...]:
    from flake8_stateid.codemod.fixing import fixed_builders
    from flake8_stateid.codemod.old_ids import patterns_of

    return patterns_of(fixed_builders(fix.checked, fix.outcomes))


def _stale_tests(
    paths: Iterable[str | Problem], patterns: set[str], configuration: Configuration
) -> Iterator[str | Problem]:
    """A line for each literal of the tests that holds an id no longer built."""
    from flake8_stateid.codemod.old_ids import old_ids
    from flake8_stateid.names import StateIdNames
    from flake8_stateid.source import SourceText, parse

    names = StateIdNames(configuration.settings.names)
    for path in paths:
        if isinstance(path, Problem):
            yield path
            continue
        try:
            with open(path, "rb") as file:
                source = SourceText.from_bytes(path, file.read())
            for old in old_ids(source, parse(source), sorted(patterns), names):
                yield (
                    f"{shown_path(path)}:{old.row}:{old.column}: "
                    f"asserts an id no longer built: {old.literal!r}\n"
                )
        except InputError as error:
            yield error.problem
        except OSError as error:
            yield unreadable(path, error)
