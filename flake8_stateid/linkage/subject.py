"""A reference together with its tables, as the questions about it need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from flake8_stateid.linkage.references import (
    Family,
    call_index_of,
    family,
    holds_numbers,
)
from flake8_stateid.linkage.report import Risk

if TYPE_CHECKING:
    from sqlalchemy.sql import ColumnElement, FromClause

    from flake8_stateid.linkage.catalogue import Column, Table
    from flake8_stateid.linkage.report import Reference


class Subject(NamedTuple):
    """A reference together with what is known of both its tables.

    Attributes:
        reference: The column and its target.
        table: The referencing table.
        target_table: The target's table.
        collation: The target's collation, where the referencing column has another.
    """

    reference: Reference
    table: Table
    target_table: Table
    collation: str | None = None

    @property
    def call_index(self) -> str | None:
        """The column that numbers the calls of a state, if the table has one."""
        column = call_index_of(self.table)
        return column.name if column is not None and holds_numbers(column) else None

    def number(self, child: FromClause) -> ColumnElement[Any]:
        """The call_index of a row as a whole number from 0 up; null where it is none.

        What is none is not cast where that would be an error: PostgreSQL's numbers have ``NaN``.
        """
        index = child.c[self.call_index or ""]
        # Numbers are written out: SQLite counts once what is the same text, but each parameter by
        # itself.
        is_number = index >= sa.literal_column("0")
        number: ColumnElement[Any] = sa.cast(index, sa.BigInteger)
        if self._index_is_cast_safely:
            is_number &= index == number
        else:
            is_number &= index < sa.literal_column("9223372036854775807")
            is_number &= index == sa.func.floor(index)
        return sa.case((is_number, number))

    def ends(self, child: FromClause) -> ColumnElement[Any]:
        """The call_index of a row as a report may show it: as recorded, if that can be cast."""
        return child.c[self.call_index or ""] if self._index_is_cast_safely else self.number(child)

    @property
    def forbids_repeats(self) -> bool:
        """Whether a unique key lets no state have two calls of one number."""
        column = call_index_of(self.table)
        if column is None or (column.by_value and not _makes_numbers(column)):
            return False  # to a key, 0 and '0' are two
        names = {self.reference.column.column, column.name}
        names |= {here for here, _ in self.reference.partners}
        return any(unique and unique <= names for unique in self.table.unique_keys)

    @property
    def _index_is_cast_safely(self) -> bool:
        column = call_index_of(self.table)
        return column is None or column.by_value or family(column.type) is Family.INTEGER

    @property
    def is_text(self) -> bool:
        """Whether ids can be cut: a prefix of a number or of a uuid is no id."""
        return self._child_family is Family.TEXT

    @property
    def is_by_value(self) -> bool:
        """Whether each id has a type of its own."""
        return self.table.columns[self.reference.column.column].by_value

    @property
    def _child_family(self) -> Family:
        return family(self.table.columns[self.reference.column.column].type)

    @property
    def _target_family(self) -> Family:
        return family(self.target_table.columns[self.reference.target.column].type)

    def child(self, name: str = "child") -> FromClause:
        """The referencing table under an alias."""
        return selectable(self.table).alias(name)

    def target(self, name: str = "target") -> FromClause:
        """The target's table under an alias."""
        return selectable(self.target_table).alias(name)

    def child_id(self, child: FromClause) -> ColumnElement[Any]:
        """The referencing column, ready to be compared with the target's."""
        found = child.c[self.reference.column.column]
        if self._child_family is not self._target_family and not self.is_text:
            return sa.cast(found, sa.Text)
        return self.collated(found)

    def target_id(self, target: FromClause) -> ColumnElement[Any]:
        """The target's column, ready to be compared with the referencing one."""
        found = target.c[self.reference.target.column]
        if self._child_family is not self._target_family and self.is_text:
            return sa.cast(found, sa.Text)
        return found

    def collated(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """A value of the referencing side under the target's collation."""
        return value if self.collation is None else sa.collate(value, self.collation)

    def key(self, child: FromClause) -> list[ColumnElement[Any]]:
        """All columns of the key, the id first."""
        names = [self.reference.column.column, *(here for here, _ in self.reference.partners)]
        return [child.c[name] for name in names]

    def has_key(self, child: FromClause) -> ColumnElement[bool]:
        """No column of the key is null: a key with a null refers to nothing (MATCH SIMPLE)."""
        return sa.and_(*(column.is_not(None) for column in self.key(child)))

    def target_key(self, target: FromClause) -> list[ColumnElement[Any]]:
        """The columns of the target, in the order of :meth:`key`, ready to be compared with it."""
        partners = [target.c[there] for _, there in self.reference.partners]
        return [self.target_id(target), *partners]

    def partners_match(self, target: FromClause, child: FromClause) -> list[ColumnElement[bool]]:
        """The further columns of a composite key agree."""
        return [target.c[there] == child.c[here] for here, there in self.reference.partners]

    def orphaned(self, child: FromClause) -> tuple[FromClause, ColumnElement[bool]]:
        """Where to select the orphaned rows from, and what makes them orphaned.

        A key that the target keeps unique has an index there, to look it up by. To one that has
        none, SQLite would compare each row of the target for each referencing row; joined, the
        distinct keys of the target get an index for the time of the question.
        """
        if Risk.TARGET_NOT_UNIQUE not in self.reference.risks:
            return child, sa.and_(self.has_key(child), ~self._has_target(child))
        id_, *partners = self.target_key(self.target())
        known = (
            sa.select(id_.label("known_id"), *partners)
            .where(id_.is_not(None))
            .distinct()
            .subquery("known")
        )
        matches = [known.c.known_id == self.child_id(child), *self.partners_match(known, child)]
        return (
            child.outerjoin(known, sa.and_(*matches)),
            sa.and_(self.has_key(child), known.c.known_id.is_(None)),
        )

    def _has_target(self, child: FromClause) -> ColumnElement[bool]:
        """The key of a referencing row exists."""
        target = self.target()
        # The target on the left: SQLite compares under the collation of the left operand, and
        # for a foreign key under the parent's. https://www.sqlite.org/foreignkeys.html
        return sa.exists(
            sa.select(sa.literal_column("1"))
            .select_from(target)
            .where(
                self.target_id(target) == self.child_id(child),
                *self.partners_match(target, child),
            )
        )


def _makes_numbers(column: Column) -> bool:
    """Whether SQLite makes a number of text that looks like one, in a column so declared."""
    return isinstance(column.type, sa.Integer | sa.Numeric | sa.Float)


def selectable(table: Table) -> sa.TableClause:
    """A table as a statement selects from it."""
    columns = [sa.column(column.name, column.type) for column in table.columns.values()]
    return sa.table(table.name.table, *columns, schema=table.name.schema)
