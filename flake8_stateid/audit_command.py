"""The subcommand ``audit``: the linkage check on a terminal, for an operator.

SQLAlchemy is imported when the command runs, not when it is registered.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TextIO

from flake8_stateid.wording import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from flake8_stateid.linkage import LinkageReport

CANNOT_TELL = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``audit`` to its parser."""
    parser.description = (
        "Check that every id a database refers to exists: which columns reference the target, "
        "how many rows are orphaned and by which batch, and whether call_index repeats or has "
        "gaps. Only reads."
    )
    parser.epilog = "Exits 0 if the audit is whole, 1 if it is not, 2 if it cannot be told."
    parser.add_argument(
        "url",
        metavar="URL",
        help="the database: sqlite:///audit.db, postgresql+psycopg://user@host/name; a password "
        "is better given by the environment (PGPASSWORD, ~/.pgpass) than in the URL",
    )
    parser.add_argument(
        "--target",
        default="node_states.state_id",
        metavar="TABLE.COLUMN",
        help="the column that holds the ids (default: %(default)s)",
    )
    parser.add_argument(
        "--schema",
        action="append",
        default=[],
        metavar="NAME",
        help="look for referencing columns in this schema too, besides the database's default "
        "schema and the target's; may be repeated",
    )
    parser.add_argument(
        "--name",
        action="append",
        metavar="NAME",
        help="a column so named, or ending in _NAME, is a reference even if it declares no "
        "foreign key; may be repeated (default: the target's column name)",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="TABLE.COLUMN",
        help="leave out a column that is no reference in spite of its name, or whose state is "
        "known; of a call_index, its numbers; may be repeated",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="of the report (default: %(default)s)",
    )
    parser.add_argument(
        "--mapping",
        metavar="FILE",
        help="write a CSV file that proposes for each orphaned row the existing id it extends "
        "and a call_index, for a migration to apply",
    )


def run(arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> int:
    """Check a database and print the report.

    Args:
        arguments: As :func:`add_arguments` defines them.
        stdout: Where the report goes.
        stderr: Where progress (if it is a terminal) and errors go.

    Returns:
        0 whole, 1 not whole, 2 cannot tell.
    """
    if arguments.mapping == "-":
        _complain(stderr, "--mapping: name a file; stdout is for the report")
        return CANNOT_TELL
    try:
        from flake8_stateid import linkage
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        _complain(stderr, str(error))
        return CANNOT_TELL
    try:
        return _audit(arguments, stdout, stderr)
    except linkage.LinkageError as error:
        _complain(stderr, str(error))
        return CANNOT_TELL


def _audit(arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> int:
    from flake8_stateid import linkage
    from flake8_stateid.linkage.check import why_unknown
    from flake8_stateid.linkage.engine import let_interrupts_through
    from flake8_stateid.linkage.reading import reading

    engine = linkage.open_readonly(arguments.url)
    let_interrupts_through(engine)
    try:
        # One transaction, so that report and mapping speak of the same rows.
        with reading(engine) as connection:
            with _progress(stderr) as tell:
                report = linkage.check_linkage(
                    connection,
                    target=arguments.target,
                    schemas=arguments.schema,
                    names=arguments.name,
                    ignore=arguments.ignore,
                    progress=tell,
                )
            _print(report, arguments.format, stdout)
            if not report.columns:
                raise linkage.LinkageError(why_unknown(report))
            if arguments.mapping is not None:
                with _progress(stderr) as tell:
                    tell(f"writing {arguments.mapping}")
                    orphans = linkage.iter_orphans(
                        connection,
                        target=arguments.target,
                        schemas=arguments.schema,
                        names=arguments.name,
                        ignore=arguments.ignore,
                    )
                    written = linkage.write_mapping(orphans, arguments.mapping)
                stderr.write(
                    f"{arguments.mapping}: {counted(written.rows, 'orphaned row')}, "
                    f"{written.proposals:,} with a proposed parent\n"
                )
            if report.verdict is linkage.Verdict.UNKNOWN:
                raise linkage.LinkageError(why_unknown(report))
    finally:
        engine.dispose()
    return report.verdict.exit_code


def _print(report: LinkageReport, format_: str, stdout: TextIO) -> None:
    """The report in the format asked for; by rich on a terminal that can show any character."""
    from flake8_stateid.linkage.as_json import render_json
    from flake8_stateid.linkage.plain import render_plain

    if format_ == "json":
        stdout.write(render_json(report))
        return
    encoding = getattr(stdout, "encoding", None) or "utf-8"
    if stdout.isatty() and encoding.lower().replace("-", "") == "utf8":
        with contextlib.suppress(ImportError):
            from flake8_stateid.linkage.terminal import print_on_terminal

            print_on_terminal(report, stdout)
            return
    text = render_plain(report)
    stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


@contextlib.contextmanager
def _progress(stderr: TextIO) -> Iterator[Callable[[str], None]]:
    """A line on a terminal that says what is being asked; nothing elsewhere."""
    if not stderr.isatty():
        yield lambda text: None
        return
    try:
        from rich.console import Console
    except ImportError:
        yield lambda text: None
        return
    with Console(file=stderr, highlight=False, emoji=False).status("") as status:
        yield lambda text: status.update(text.replace("[", r"\["))


def _complain(stderr: TextIO, text: str) -> None:
    stderr.write(f"error: {text}\n")
