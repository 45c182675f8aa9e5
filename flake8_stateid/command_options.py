"""Options that the commands share: where the configuration is, and what overrides it."""

from __future__ import annotations

from flake8_stateid.configuration import Configuration, ConfigurationSource, load_configuration
from flake8_stateid.problems import ConfigurationError
from flake8_stateid.settings import OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

# What a text from stdin is called where nobody says.
STDIN = "stdin"

# flake8's options, by the name of the attribute they are parsed into, with their help.
_FLAKE8_OPTIONS = {
    "select": "report only codes that begin so",
    "extend_select": "report codes that begin so as well",
    "ignore": "do not report codes that begin so",
    "extend_ignore": "nor codes that begin so",
    "per_file_ignores": "PATTERN:CODES pairs, codes not to report for some files",
    "exclude": "files and folders to leave out, instead of those in the configuration",
    "extend_exclude": "files and folders to leave out besides",
}


def add_configuration_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is checked and reported, named as flake8 names them."""
    group = parser.add_argument_group(
        "configuration", "Each replaces the value in [flake8] of setup.cfg, tox.ini or .flake8."
    )
    where = group.add_mutually_exclusive_group()
    where.add_argument("--config", metavar="FILE", default="", help="read this file instead")
    where.add_argument("--isolated", action="store_true", help="read no configuration file")
    for key, text in _FLAKE8_OPTIONS.items():
        group.add_argument(f"--{key.replace('_', '-')}", metavar="LIST", help=text)
    group.add_argument(
        "--disable-noqa", action="store_true", default=None, help="report suppressed lines too"
    )
    for option in OPTIONS:
        group.add_argument(f"--{option.name}", metavar=option.metavar, help=option.described)


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how files are read."""
    parser.add_argument(
        "-j",
        "--jobs",
        type=_jobs,
        default=0,
        metavar="N",
        help="the most processes to use for many files (default: auto)",
    )
    parser.add_argument(
        "--stdin-filename",
        metavar="PATH",
        default=STDIN,
        help="where the text from stdin belongs: decides whether it is plugin code",
    )


def _jobs(value: str) -> int:
    """A number of processes; 0 for ``auto``."""
    if value == "auto":
        return 0
    if not value.isdecimal() or int(value) < 1:
        # Imported here: most runs have no options, and need no argparse.
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{value!r} is neither auto nor a number from 1")
    return int(value)


def configuration_of(arguments: argparse.Namespace) -> Configuration:
    """The configuration that the parsed options ask for.

    Raises:
        ConfigurationError: A file that cannot be read, a value an option cannot take, or a name
            for a text from stdin that is not asked for.
    """
    if arguments.stdin_filename != STDIN and "-" not in arguments.paths:
        raise ConfigurationError("--stdin-filename needs - among the paths, to read stdin")
    keys = [*_FLAKE8_OPTIONS, *(option.key for option in OPTIONS)]
    overrides = {
        key: value for key in keys if (value := getattr(arguments, key, None)) is not None
    }
    if arguments.disable_noqa:
        overrides["disable_noqa"] = "yes"
    return load_configuration(ConfigurationSource(arguments.config, arguments.isolated), overrides)
