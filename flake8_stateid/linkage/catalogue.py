"""What a database says about its tables: columns, keys, and which keys to distrust.

One pass of SQLAlchemy's reflection for each schema, and on PostgreSQL the facts that reflection
leaves out (:mod:`flake8_stateid.linkage.postgresql`).
"""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine.reflection import ObjectKind

from flake8_stateid.linkage import postgresql
from flake8_stateid.linkage.errors import LinkageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.types import TypeEngine


class TableName(NamedTuple):
    """A table; ``schema`` is ``None`` for the connection's default schema."""

    schema: str | None
    table: str

    def __str__(self) -> str:
        """The table, with its schema where it has one."""
        return self.table if self.schema is None else f"{self.schema}.{self.table}"


class Column(NamedTuple):
    """A column as reflected; ``by_value`` where each of its values has a type of its own."""

    name: str
    type: TypeEngine[Any]
    is_nullable: bool
    by_value: bool = False


class ForeignKey(NamedTuple):
    """A declared key: its name, its columns, and the table and columns it refers to.

    ``referred_columns`` is empty where the key leaves them out and reflection could not tell.
    """

    name: str | None
    columns: tuple[str, ...]
    referred: TableName
    referred_columns: tuple[str, ...]

    def pairs(self, referred: Table) -> tuple[tuple[str, str], ...]:
        """The columns (here, there), given the table the key refers to.

        Returns:
            Nothing if the numbers do not agree: such a key is broken.
        """
        there = self.referred_columns or referred.primary_key
        return tuple(zip(self.columns, there, strict=False)) * (len(there) == len(self.columns))


class Table(NamedTuple):
    """A table as reflected.

    Attributes:
        name: Its name.
        columns: By name, in order.
        primary_key: The names of its columns; empty if there is none.
        unique_keys: Each set of columns whose values are unique together, not counting nulls.
        foreign_keys: The declared ones.
    """

    name: TableName
    columns: dict[str, Column]
    primary_key: tuple[str, ...]
    unique_keys: frozenset[frozenset[str]]
    foreign_keys: tuple[ForeignKey, ...]


class Catalogue(NamedTuple):
    """The tables of the schemas asked for; ``views`` can be targets, never references."""

    dialect: str
    default_schema: str | None
    tables: Mapping[TableName, Table]
    views: Mapping[TableName, Table]

    def same_name(self, one: str, other: str) -> bool:
        """Whether two identifiers, as the database gave them, name the same thing."""
        if self.dialect == "sqlite":  # ASCII only, but so are the differences in practice
            return one.lower() == other.lower()
        return one == other


def read_catalogue(connection: sa.Connection, schemas: Iterable[str | None]) -> Catalogue:
    """Reflect the tables of some schemas.

    Args:
        connection: Read from, never written to.
        schemas: Their names; ``None`` for the default one.

    Raises:
        LinkageError: If the database has no schema of such a name.
    """
    inspector = sa.inspect(connection)
    default = inspector.default_schema_name
    names = list(dict.fromkeys(None if name == default else name for name in schemas))
    known = set(inspector.get_schema_names())
    for name in names:
        if name is not None and name not in known:
            raise LinkageError(
                f"the database has no schema '{name}' (it has {', '.join(sorted(known))}): "
                "correct --schema, or the schema of --target."
            )
    read_through_parent = (
        postgresql.children_of_tables(connection)
        if connection.dialect.name == "postgresql"
        else frozenset()
    )
    tables: dict[TableName, Table] = {}
    views: dict[TableName, Table] = {}
    # SQLAlchemy warns of types and indexes that it does not know, in whatever table: a point, say.
    # What matters of them here is named where it is left out.
    with warnings.catch_warnings(action="ignore", category=exc.SAWarning):
        for name in names:
            for kind, found in ((ObjectKind.TABLE, tables), (ObjectKind.ANY_VIEW, views)):
                for table in _reflect(inspector, name, default, kind):
                    if (name or default, table.name.table) not in read_through_parent:
                        found[table.name] = table
    return Catalogue(connection.dialect.name, default, tables, views)


def _reflect(
    inspector: sa.Inspector, schema: str | None, default: str | None, kind: ObjectKind
) -> Iterable[Table]:
    """The tables, or the views, of one schema, in the order of their names."""
    which: dict[str, Any] = {"schema": schema, "kind": kind}
    if inspector.dialect.name == "sqlite" and kind is ObjectKind.ANY_VIEW:
        which["filter_names"] = list(_readable_views(inspector, schema))
        if not which["filter_names"]:  # an empty filter would let all pass
            return
    columns = inspector.get_multi_columns(**which)
    primary_keys = inspector.get_multi_pk_constraint(**which)
    uniques = inspector.get_multi_unique_constraints(**which)
    indexes = inspector.get_multi_indexes(**which)
    if inspector.dialect.name == "postgresql":
        # It leaves out the referred schema if the search path leads there, which is ambiguous.
        which["postgresql_ignore_search_path"] = True
    foreign_keys = inspector.get_multi_foreign_keys(**which)
    for key in sorted(columns, key=lambda key: key[1]):
        found_key = primary_keys.get(key)
        primary_key = tuple(found_key["constrained_columns"]) if found_key else ()
        unique_keys = {frozenset(primary_key)} if primary_key else set()
        unique_keys |= {frozenset(found["column_names"]) for found in uniques.get(key) or ()}
        unique_keys |= {
            frozenset(name for name in index["column_names"] if name is not None)
            for index in indexes.get(key) or ()
            if index["unique"] and None not in index["column_names"] and _covers_all_rows(index)
        }
        yield Table(
            TableName(schema, key[1]),
            {
                column["name"]: Column(
                    column["name"],
                    _compared_as(column["type"], inspector.dialect.name),
                    column["nullable"],
                    # Where text is declared, SQLite makes text of what it is given.
                    # https://www.sqlite.org/datatype3.html
                    inspector.dialect.name == "sqlite"
                    and not isinstance(column["type"], sa.String),
                )
                for column in columns[key]
            },
            primary_key,
            frozenset(unique_keys),
            tuple(
                ForeignKey(
                    found["name"],
                    tuple(found["constrained_columns"]),
                    TableName(
                        _without_default(found["referred_schema"] or schema, default),
                        found["referred_table"],
                    ),
                    tuple(name for name in found["referred_columns"] if name is not None),
                )
                for found in foreign_keys.get(key) or ()
            ),
        )


def _compared_as(type_: TypeEngine[Any], dialect: str) -> TypeEngine[Any]:
    """A type as comparisons see it: what a domain of PostgreSQL is made of; text for none."""
    if dialect == "sqlite" and isinstance(type_, sa.types.NullType):
        return sa.Text()  # declared without a type; elsewhere it is one that SQLAlchemy lacks
    return getattr(type_, "data_type", type_)


def _readable_views(inspector: sa.Inspector, schema: str | None) -> Iterator[str]:
    """The views whose columns can be told: SQLite keeps those of tables that are gone."""
    for view in inspector.get_view_names(schema):
        with contextlib.suppress(exc.OperationalError):
            inspector.get_columns(view, schema)
            yield view


def _without_default(schema: str | None, default: str | None) -> str | None:
    return None if schema == default else schema


def _covers_all_rows(index: Any) -> bool:
    """Whether a unique index has no ``WHERE`` that could leave rows with a key out."""
    options = index.get("dialect_options") or {}
    conditions = [str(value) for name, value in options.items() if name.endswith("_where")]
    return all(_only_leaves_out_nulls(condition, index) for condition in conditions)


def _only_leaves_out_nulls(condition: str, index: Any) -> bool:
    """Whether a condition is ``column IS NOT NULL`` for a column of the index."""
    words = condition.strip().strip("()").split()
    return [word.upper() for word in words[1:]] == ["IS", "NOT", "NULL"] and words[0].strip(
        '"`[]'
    ) in index["column_names"]
