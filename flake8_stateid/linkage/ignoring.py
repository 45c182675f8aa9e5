"""Columns that are left out of the check because its user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.targets import parse_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_stateid.linkage.catalogue import Catalogue
    from flake8_stateid.linkage.report import ColumnName

REASON = "it was to be ignored"


class Ignored:
    """The columns to ignore; without a schema a column is meant in whichever it is.

    Args:
        columns: As they were written: ``table.column`` or ``schema.table.column``.
        catalogue: Says which spellings name the same thing.

    Raises:
        LinkageError: If one of them is no such text.
    """

    def __init__(self, columns: Sequence[str], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._wanted = {text: parse_column(text, "column to ignore") for text in columns}
        self._met: set[str] = set()

    def __contains__(self, column: ColumnName) -> bool:
        """Whether a column that would be checked is one of them."""
        schema = column.schema or self._catalogue.default_schema
        same = self._catalogue.same_name
        met = [
            text
            for text, wanted in self._wanted.items()
            if wanted.schema in (None, schema)
            and same(wanted.table, column.table)
            and same(wanted.column, column.column)
        ]
        self._met.update(met)
        return bool(met)

    def must_have_met(self, checked: Iterable[ColumnName]) -> None:
        """See that each of them was among the columns that there are to check.

        A misspelt one would have a column checked that its user takes to be ignored, and one that
        is no longer there may be the name of another some day.

        Raises:
            LinkageError: If one was not, with the columns that are.
        """
        for text in self._wanted:
            if text not in self._met:
                others = ", ".join(str(column) for column in checked) or "none"
                raise LinkageError(
                    f"the column to ignore {text!r} is none of those to check ({others}): correct "
                    "it, or leave it out."
                )
