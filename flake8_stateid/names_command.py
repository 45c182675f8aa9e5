"""``flake8-stateid names``: the names of a schema's foreign keys, ready for the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.escaping import printable
from flake8_stateid.names import ONE, StateIdNames
from flake8_stateid.problems import InputError, Problem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from typing import TextIO

    from flake8_stateid.schema import ForeignKeyColumn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "paths", nargs="+", metavar="SCHEMA.py", help="modules that define SQLAlchemy tables"
    )


def run(arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> int:
    """Print the names of the foreign keys in the modules.

    Returns:
        0, or 2 if a module could not be read in full or holds no foreign key.
    """
    columns: list[ForeignKeyColumn] = []
    code = 0
    for path in arguments.paths:
        try:
            found, problems = _read(path)
        except InputError as error:
            found, problems = [], [error.problem]
        columns += found
        for problem in problems:
            stderr.write(f"error: {printable(problem.text)}\n")
            code = 2
    if columns:
        stdout.write(_configuration(columns))
    return code


def _read(path: str) -> tuple[list[ForeignKeyColumn], list[Problem]]:
    """The foreign keys of a module, and those that cannot be named.

    Raises:
        InputError: The file cannot be read or parsed.
    """
    # Imported here: no other command reads schemas.
    from flake8_stateid.checking import unreadable
    from flake8_stateid.schema import ForeignKeyColumn, foreign_keys
    from flake8_stateid.source import SourceText, parse

    try:
        with open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError) as error:
        raise InputError(unreadable(path, error)) from None
    columns: list[ForeignKeyColumn] = []
    problems: list[Problem] = []
    for key in foreign_keys(parse(SourceText.from_bytes(path, data))):
        if not isinstance(key, ForeignKeyColumn):
            reason = "the column of this foreign key is not named in the source"
            problems.append(Problem(path, key.row, reason, "add its name by hand"))
            continue
        usable = tuple(name for name in key.names if name.isidentifier())
        if usable:
            columns.append(key._replace(names=usable))
        else:
            reason = f"the column {key.names[0]!r} has no name that code could use"
            problems.append(Problem(path, key.row, reason, "add the name its attribute has"))
    if not columns and not problems:
        reason = "holds no foreign key"
        problems.append(Problem(path, 0, reason, "give the module that defines the tables"))
    return columns, problems


def chosen_names(columns: Iterable[ForeignKeyColumn]) -> dict[str, list[str]]:
    """The names to configure, each with the columns it covers beside itself, in order.

    A column is covered by the name of what it points at where that is a word at its end:
    ``produced_by_state_id`` by ``state_id``. A target of one word (``users.id``) would cover
    too much, so that such a column stands for itself.
    """
    wanted: dict[str, None] = {}
    called: dict[str, None] = {}
    for column in columns:
        for name in column.names:
            called[name] = None
            target = column.target
            usable = target.isidentifier() and "_" in target.strip("_")
            covered = usable and StateIdNames((target,)).kind(name) == ONE
            wanted[target if covered else name] = None
    # Letter case is ignored in matching, so of two spellings the first will do.
    distinct = list({name.lower(): name for name in reversed(wanted)}.values())[::-1]
    names = [
        name
        for name in distinct
        if not any(
            other is not name and StateIdNames((other,)).kind(name) == ONE for other in distinct
        )
    ]
    return {
        name: [each for each in called if each != name and StateIdNames((name,)).kind(each) == ONE]
        for name in names
    }


def _configuration(columns: list[ForeignKeyColumn]) -> str:
    names = chosen_names(columns)
    lines = [
        f"# {name} covers {', '.join(covered)} as well"
        for name, covered in names.items()
        if covered
    ]
    return "\n".join([*lines, f"stateid-names = {', '.join(names)}"]) + "\n"
