"""The target, and other columns: from what a user writes to one that exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.report import ColumnName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_stateid.linkage.catalogue import Catalogue, Table

DEFAULT_TARGET = "node_states.state_id"

_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
_SHOWN_TABLES = 5

T = TypeVar("T")


class WantedColumn(NamedTuple):
    """A column as it was written."""

    schema: str | None
    table: str
    column: str


def parse_column(text: str, what: str = "target") -> WantedColumn:
    """Split ``table.column`` or ``schema.table.column``; double quotes protect dots.

    Args:
        text: As it was written.
        what: What it is to be, for the error.

    Raises:
        LinkageError: If the text is neither.
    """
    parts: list[str] = []
    position = 0
    while match := _PART.match(text, position):
        quoted, plain = match.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain)
        position = match.end() + 1
        if text[match.end() : position] != ".":
            break
    if position != len(text) + 1 or len(parts) not in (2, 3):
        raise LinkageError(
            f"the {what} {text!r} is no column: write table.column or schema.table.column, with "
            "double quotes around a part that holds a dot."
        )
    return WantedColumn(parts[0] if len(parts) > 2 else None, parts[-2], parts[-1])  # noqa: PLR2004


def resolve_target(wanted: WantedColumn, catalogue: Catalogue) -> tuple[ColumnName, Table]:
    """The column that was meant: the exact name, else the only one that differs in case alone.

    Raises:
        LinkageError: If there is no such table or column, or more than one.
    """
    tables = [*catalogue.tables.values(), *catalogue.views.values()]
    if wanted.schema is not None:
        schema = None if wanted.schema == catalogue.default_schema else wanted.schema
        tables = [table for table in tables if table.name.schema == schema]
    matching = _matching(wanted.table, [(table.name.table, table) for table in tables])
    if not matching:
        raise LinkageError(
            f"the database has no table '{wanted.table}'{_where(wanted, catalogue)}: "
            f"{_suggestion(wanted, tables)}"
        )
    if len(matching) > 1:
        names = ", ".join(str(table.name) for table in matching)
        raise LinkageError(
            f"'{wanted.table}' names several tables ({names}): say which with --target "
            f"{matching[0].name}.{wanted.column}"
        )
    table = matching[0]
    columns = _matching(wanted.column, [(name, name) for name in table.columns])
    if len(columns) != 1:
        raise LinkageError(
            f"the table '{table.name}' has no column '{wanted.column}' (it has "
            f"{', '.join(table.columns)}): name one with --target table.column."
        )
    return ColumnName(*table.name, columns[0]), table


def _matching(name: str, candidates: Iterable[tuple[str, T]]) -> list[T]:
    """Those of exactly this name; if none, those that differ in case alone."""
    candidates = list(candidates)
    exact = [value for candidate, value in candidates if candidate == name]
    return exact or [
        value for candidate, value in candidates if candidate.casefold() == name.casefold()
    ]


def _where(wanted: WantedColumn, catalogue: Catalogue) -> str:
    schema = wanted.schema or catalogue.default_schema
    return f" in schema '{schema}'" if schema else ""


def _suggestion(wanted: WantedColumn, tables: Sequence[Table]) -> str:
    """What to write instead: a table with such a column, or where else to look."""
    likely = [table.name for table in tables if wanted.column in table.columns]
    if likely:
        names = ", ".join(f"{name}.{wanted.column}" for name in likely[:_SHOWN_TABLES])
        return f"is it the right database? If it is, name the table with --target ({names}?)."
    if not tables:
        return "it has no tables there at all. Check the URL, or name a schema with --schema."
    return "is it the right database? If it is, name the table with --target table.column."
