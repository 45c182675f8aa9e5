"""``flake8-stateid lint``: report state ids that plugin code builds itself."""

from __future__ import annotations

import os

from flake8_stateid.checking import Checker, FileResult
from flake8_stateid.command_options import (
    add_configuration_options,
    add_file_options,
    configuration_of,
)
from flake8_stateid.discovery import read_stdin
from flake8_stateid.escaping import printable
from flake8_stateid.inspection import Inspection
from flake8_stateid.problems import ConfigurationError, Problem
from flake8_stateid.report.base import SourceLines, Summary
from flake8_stateid.running import LostWorkerError
from flake8_stateid.scope import Place
from flake8_stateid.terminal import wants_colour

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from flake8_stateid.baseline import Baseline, Entry
    from flake8_stateid.configuration import Configuration
    from flake8_stateid.findings import Finding
    from flake8_stateid.report.base import Report

FORMATS = ("text", "json", "github", "sarif")
CLEAN, FINDINGS, ERRORS = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.epilog = (
        "Exits 0 if nothing was found, 1 if something was, 2 if anything could not be checked."
    )
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="files and folders to check, or - for stdin (default: the working directory)",
    )
    parser.add_argument("--output-format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--show-source",
        action="store_true",
        default=None,
        help="show the code of each finding (on a terminal this is the default)",
    )
    parser.add_argument(
        "--no-show-source",
        dest="show_source",
        action="store_false",
        help="findings alone, on a terminal too",
    )
    parser.add_argument(
        "--show-flow",
        action="store_true",
        help="show each step from where the id is built to where it is used",
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="count the findings of each code at the end (on stderr, unless the format is text)",
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="report only findings that are not in this file"
    )
    parser.add_argument(
        "--write-baseline",
        action="store_true",
        help="write the present findings to the file that --baseline names",
    )
    add_file_options(parser)
    add_configuration_options(parser)


def run(arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> int:
    """Check what ``arguments`` name, and report it.

    Returns:
        0 if nothing was found, 1 if something was, 2 if anything could not be checked.
    """
    try:
        return _Lint(arguments, stdout, stderr).run()
    except (ConfigurationError, LostWorkerError) as error:
        stderr.write(f"error: {printable(str(error))}\n")
    return ERRORS


class _Lint:
    """One run of the command."""

    def __init__(self, arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> None:
        if arguments.write_baseline and not arguments.baseline:
            raise ConfigurationError("--write-baseline needs --baseline FILE to say where")
        self._arguments = arguments
        self._stderr = stderr
        self._configuration = configuration_of(arguments)
        self._baseline = _baseline(arguments, self._configuration)
        self._lines = SourceLines()
        self._report = _report(arguments, stdout, self._lines)
        self._has_problem = False
        self._files = 0
        self._counts: dict[str, int] = {}
        self._found: dict[Entry, int] = {}
        self._judged: list[str] = []  # the files whose entries of the baseline were looked for
        self._inspection = Inspection(arguments, self._configuration, stderr)

    def run(self) -> int:
        for result in self._inspection.results():
            if isinstance(result, Problem):
                self._add_problem(result)
            else:
                self._add(result)
        self._add_stdin()
        checked = self._inspection.coverage.checked
        self._report.close(Summary(self._files, checked, self._counts))
        if self._arguments.statistics and self._arguments.output_format != "text":
            self._write_statistics()
        self._inspection.warn()
        self._finish_baseline()
        if self._has_problem:
            return ERRORS
        return FINDINGS if self._counts else CLEAN

    def _write_statistics(self) -> None:
        """Count the findings on stderr: stdout belongs to a format that another program reads."""
        from flake8_stateid.report.text import statistics_lines

        for line in statistics_lines(self._counts):
            self._stderr.write(f"{line}\n")

    def _add_stdin(self) -> None:
        name = self._arguments.stdin_filename
        if self._inspection.has_stdin and self._inspection.discovery.takes(name):
            result = Checker(self._configuration).check_bytes(name, read_stdin())
            self._inspection.coverage.add(result)
            self._add(result)

    def _add(self, result: FileResult) -> None:
        self._files += 1
        if result.problem:
            self._add_problem(result.problem)
            return
        if self._baseline and result.place is Place.PLUGIN:
            self._judged.append(result.path)
        if result.source:
            self._lines.add(result.source)
        for finding in result.findings:
            self._add_finding(finding)

    def _add_finding(self, finding: Finding) -> None:
        if self._baseline:
            line = self._lines.line(finding.path, finding.span.row)
            entry = self._baseline.entry(finding, line)
            self._found[entry] = self._found.get(entry, 0) + 1
            if self._arguments.write_baseline or self._baseline.absorbs(entry):
                return
        self._counts[finding.code] = self._counts.get(finding.code, 0) + 1
        self._report.finding(finding)

    def _add_problem(self, problem: Problem) -> None:
        self._has_problem = True
        self._stderr.write(f"error: {printable(problem.text)}\n")
        self._report.problem(problem)

    def _finish_baseline(self) -> None:
        if self._baseline is None:
            return
        from flake8_stateid.baseline import save
        from flake8_stateid.wording import counted

        if self._arguments.write_baseline:
            save(self._baseline.renewed(self._found, self._judged))
            findings = counted(sum(self._found.values()), "finding")
            self._stderr.write(f"wrote {findings} to {printable(self._baseline.file)}\n")
            return
        stale = self._baseline.stale(self._judged)
        if stale:
            self._stderr.write(
                f"warning: {counted(stale, 'entry')} of {printable(self._baseline.file)} not "
                "found again; add --write-baseline to drop them\n"
            )


def _baseline(arguments: argparse.Namespace, configuration: Configuration) -> Baseline | None:
    if not arguments.baseline:
        return None
    # Imported here: few runs have a baseline.
    from flake8_stateid.baseline import Baseline, load
    from flake8_stateid.selection import Selection

    if arguments.write_baseline and not os.path.exists(arguments.baseline):
        return Baseline(arguments.baseline, {})
    return load(arguments.baseline, Selection(configuration.selection).reports)


def _report(arguments: argparse.Namespace, stdout: TextIO, lines: SourceLines) -> Report:
    # Imported here: a run has one format.
    if arguments.output_format == "json":
        from flake8_stateid.report.json import JsonReport

        return JsonReport(stdout, lines)
    if arguments.output_format == "github":
        from flake8_stateid.report.github import GithubReport

        return GithubReport(stdout, show_flow=arguments.show_flow)
    if arguments.output_format == "sarif":
        from flake8_stateid.report.sarif import SarifReport

        return SarifReport(stdout, lines)
    from flake8_stateid.report.text import TextReport, TextStyle

    show_source = arguments.show_source
    style = TextStyle(
        colour=wants_colour(stdout, os.environ),
        show_source=stdout.isatty() if show_source is None else show_source,
        show_flow=arguments.show_flow,
        statistics=arguments.statistics,
    )
    return TextReport(stdout, lines, style)
