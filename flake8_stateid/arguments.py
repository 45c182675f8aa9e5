"""The parsers of the command line; imported where there are options, or help, to deal with."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, HelpFormatter, RawDescriptionHelpFormatter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def top_parser(program: str, version: str, commands: Mapping[str, str]) -> ArgumentParser:
    """A parser for what comes instead of a command: ``--help``, ``--version``, a mistake.

    Args:
        program: The program's name.
        version: Its version.
        commands: What each command does, by its name.
    """
    width = max(map(len, commands))
    parser = ArgumentParser(
        prog=program,
        description="Keep every recorded call under a state id that exists.",
        epilog="commands:\n"
        + "\n".join(f"  {name:<{width}}  {text}" for name, text in commands.items())
        + f"\n\n{program} COMMAND --help tells more of each.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{program} {version}")
    parser.add_argument("command", choices=list(commands), metavar="COMMAND")
    return parser


def command_parser(program: str, text: str) -> ArgumentParser:
    """A parser for a command, which still has to add its arguments.

    Args:
        program: The program's name with the command's.
        text: What the command does.
    """
    return ArgumentParser(
        prog=program,
        description=f"{text[0].upper()}{text[1:]}.",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


class _Formatter(HelpFormatter):
    """A help formatter that knows its width, and thinks of colours when it has text to write.

    argparse makes one for every argument it adds, to check it. Left to find the width of the
    terminal, it imports shutil for that, and with it every module of compression.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width())

    if sys.version_info[:2] == (3, 14):
        # To find out about colours it imports dataclasses and inspect: only this version at once.
        _colours: tuple[tuple[object, ...], dict[str, object]] | None = None

        def _set_color(self, *args: object, **kwargs: object) -> None:
            self._colours = (args, kwargs)

        def add_usage(self, *args: Any, **kwargs: Any) -> None:
            """Begin to write: what argparse does first for any text."""
            if self._colours is not None:
                args_of_colours, kwargs_of_colours = self._colours
                super()._set_color(*args_of_colours, **kwargs_of_colours)
            super().add_usage(*args, **kwargs)


def _width() -> int:
    """The columns that help may fill."""
    try:
        width = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        try:
            width = os.get_terminal_size().columns
        except OSError:
            width = 80
    return max(width - 2, 20)
