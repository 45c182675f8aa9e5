"""Facts of PostgreSQL's catalogue that SQLAlchemy's reflection leaves out.

PostgreSQL documentation, chapter "System Catalogs": ``pg_constraint``, ``pg_trigger``,
``pg_inherits``, ``pg_attribute``.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from flake8_stateid.linkage.report import Risk


class ConstraintFacts(NamedTuple):
    """A foreign key that refers to the target: where it stands and why to distrust it.

    ``column`` is the first of its columns.
    """

    schema: str
    table: str
    name: str
    column: str
    risks: tuple[Risk, ...]


def children_of_tables(connection: sa.Connection) -> frozenset[tuple[str, str]]:
    """Partitions and inheriting tables (schema, table): their rows are read through the parent."""
    rows = connection.execute(
        sa.text(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_inherits i"
            " JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p', 'f')"
        )
    )
    return frozenset((schema, table) for schema, table in rows)


def constraints_on(
    connection: sa.Connection, schema: str | None, table: str
) -> tuple[ConstraintFacts, ...]:
    """The foreign keys that refer to a table, in whatever schema they are declared.

    Args:
        connection: Read from only.
        schema: The table's schema; ``None`` for the current one.
        table: The target's table.
    """
    rows = connection.execute(
        sa.text(
            "SELECT n.nspname, c.relname, k.conname, a.attname, k.convalidated,"
            # The column is younger (18) than the servers this runs on.
            " coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true),"
            " EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgconstraint = k.oid"
            "  AND t.tgenabled IN ('D', 'R'))"
            " FROM pg_catalog.pg_constraint k"
            " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
            " JOIN pg_catalog.pg_class target ON target.oid = k.confrelid"
            " JOIN pg_catalog.pg_namespace place ON place.oid = target.relnamespace"
            " WHERE k.contype = 'f' AND k.conparentid = 0 AND target.relname = :table"
            " AND place.nspname = coalesce(:schema, current_schema())"
            " ORDER BY 1, 2, 3"
        ),
        {"schema": schema, "table": table},
    )
    return tuple(ConstraintFacts(row[0], row[1], row[2], row[3], _risks(*row[4:])) for row in rows)


def _risks(is_valid: bool, is_enforced: bool, is_disabled: bool) -> tuple[Risk, ...]:
    risks = []
    if not is_enforced:
        risks.append(Risk.NOT_ENFORCED)
    elif not is_valid:  # a key that is not enforced is never valid: one word is enough
        risks.append(Risk.NOT_VALID)
    if is_disabled:
        risks.append(Risk.TRIGGERS_DISABLED)
    return tuple(risks)


def collation(
    connection: sa.Connection, schema: str | None, table: str, column: str
) -> str | None:
    """The name of a column's collation, ``None`` for a type that has none.

    PostgreSQL refuses to compare columns of different collations unless one is named.
    """
    name: str | None = connection.execute(
        sa.text(
            "SELECT o.collname FROM pg_catalog.pg_attribute a"
            " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation"
            " WHERE c.relname = :table AND a.attname = :column"
            " AND n.nspname = coalesce(:schema, current_schema())"
        ),
        {"schema": schema, "table": table, "column": column},
    ).scalar()
    return name
