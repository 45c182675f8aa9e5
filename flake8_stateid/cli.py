"""The command ``flake8-stateid``: finds the subcommand and imports that one alone."""

from __future__ import annotations

import gc
import os
import sys

from flake8_stateid import __version__
from flake8_stateid.paths_only import parsed_without_options
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import NoReturn

    from flake8_stateid.paths_only import Parsed

PROGRAM = "flake8-stateid"
INTERRUPTED = 130
PIPE_CLOSED = 141


class Command(Record):
    """A subcommand; its module has ``add_arguments(parser)`` and ``run(...)``.

    The module is imported when the command is used: ``fix`` needs LibCST and ``audit`` needs
    SQLAlchemy, and either takes longer to import than a lint run takes altogether.
    """

    name: str
    module: str
    help: str


COMMANDS = (
    Command("lint", "lint_command", "report state ids that plugin code builds itself"),
    Command("fix", "fix_command", "rewrite plugin code to use the state id it was given"),
    Command("audit", "audit_command", "find calls in a database that point at no node state"),
    Command("names", "names_command", "print the foreign keys of a schema for stateid-names"),
    Command("explain", "explain_command", "print the page of a rule"),
)


def command() -> NoReturn:
    """Run the command line of this process, and end it."""
    # Trees are large and live as long as their file is checked: looking for garbage every 700
    # objects finds none, and takes a twentieth of a short run.
    gc.set_threshold(30_000)
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)
    # Taking the interpreter apart, object by object, would be a sixth of a short run. Nothing
    # waits for it: what a command opens it closes, and its processes have ended.
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name.

    Returns:
        The exit code: 0 clean, 1 findings, 2 wrong usage or input that could not be checked; as
        a shell would have it, 130 after an interrupt and 141 when the reader of stdout went away.
    """
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # What the terminal's encoding cannot show is escaped; an error would end the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return PIPE_CLOSED
    except OSError as error:
        # One about a file names it, and is dealt with where the file is.
        if error.filename is not None:
            raise
        if isinstance(error, FileNotFoundError):
            _complain("the working directory is gone; change to one that is there")
            return 2
        _discard_stdout()
        _complain(f"the output cannot be written: {error.strerror}")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    return code


def _dispatch(arguments: list[str]) -> int:
    try:
        command = next((each for each in COMMANDS if each.name in arguments[:1]), None)
        if command is None:
            from flake8_stateid.arguments import top_parser

            helps = {each.name: each.help for each in COMMANDS}
            top_parser(PROGRAM, __version__, helps).parse_args(arguments)
            raise AssertionError("the parser accepts nothing that is no command")
        # Only the command that is used; importlib takes longer to import than most modules here.
        module = getattr(__import__(f"flake8_stateid.{command.module}"), command.module)
        parsed: Parsed | Namespace | None
        parsed = parsed_without_options(module.add_arguments, arguments[1:])
        if parsed is None:
            from flake8_stateid.arguments import command_parser

            parser = command_parser(f"{PROGRAM} {command.name}", command.help)
            module.add_arguments(parser)
            parsed = parser.parse_args(arguments[1:])
        code: int = module.run(parsed, sys.stdout, sys.stderr)
    except SystemExit as exit_:
        # How argparse ends after --help, --version or wrong usage.
        return exit_.code if isinstance(exit_.code, int) else 2
    return code


def _replace_closed_streams() -> None:
    """Give a process that was started without output (``>&-``) one that goes nowhere.

    Without stdin it is left: whoever reads it says that there is none.
    """
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
        sys.stdout = sys.stdout or nowhere
        sys.stderr = sys.stderr or nowhere


def _complain(text: str) -> None:
    """Say what went wrong, unless that is that stderr cannot be written."""
    # Imported here: few runs end so.
    from contextlib import suppress

    with suppress(OSError):
        sys.stderr.write(f"error: {text}\n")


def _discard_stdout() -> None:
    """Let the interpreter's last flush go nowhere, instead of failing once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
