"""Columns that are left out of the check because its user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.targets import parse_column

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from flake8_stateid.linkage.catalogue import Catalogue
    from flake8_stateid.linkage.report import ColumnName

REASON = "it was to be ignored"


def ignored_among(
    columns: Collection[ColumnName], ignore: Sequence[str], catalogue: Catalogue
) -> frozenset[ColumnName]:
    """Those of the columns to check that are to be ignored.

    Args:
        columns: What there is to check.
        ignore: As they were written: ``table.column`` or ``schema.table.column``; without a
            schema a column is meant in whichever it is.
        catalogue: Says which spellings name the same thing.

    Raises:
        LinkageError: If one of them is no such text, or none of the columns: a misspelt one would
            have a column checked that its user takes to be ignored, and one that is no longer
            there may be the name of another some day.
    """
    found: set[ColumnName] = set()
    for text in ignore:
        wanted = parse_column(text, "column to ignore")
        met = [
            column
            for column in columns
            if wanted.schema in (None, column.schema or catalogue.default_schema)
            and catalogue.same_name(wanted.table, column.table)
            and catalogue.same_name(wanted.column, column.column)
        ]
        if not met:
            others = ", ".join(map(str, columns)) or "none"
            raise LinkageError(
                f"the column to ignore {text!r} is none of those to check ({others}): correct it, "
                "or leave it out."
            )
        found.update(met)
    return frozenset(found)
