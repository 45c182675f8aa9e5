"""Which columns refer to the target: by a declared key, or by their name alone."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from flake8_stateid.linkage import postgresql
from flake8_stateid.linkage.catalogue import Catalogue, Column, Table, TableName, read_catalogue
from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.ignoring import REASON, ignored_among
from flake8_stateid.linkage.reading import reading
from flake8_stateid.linkage.report import ColumnName, Declaration, Reference, Risk, Unchecked
from flake8_stateid.linkage.targets import DEFAULT_TARGET, parse_column, resolve_target
from flake8_stateid.names import MANY, StateIdNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.types import TypeEngine


_CALL_INDEX = "call_index"


class Survey(NamedTuple):
    """What there is to check: the catalogue, the target, and each column that may refer to it.

    Attributes:
        ignored: Columns to be left out; those that would be references are no longer among these.
    """

    catalogue: Catalogue
    target: ColumnName
    target_table: Table
    references: tuple[Reference, ...]
    unchecked: tuple[Unchecked, ...]
    ignored: frozenset[ColumnName] = frozenset()


class Family(enum.Enum):
    """Kinds of type whose values compare with one another."""

    TEXT = "text"
    INTEGER = "integer"
    UUID = "uuid"
    BINARY = "binary"
    OTHER = "other"


def find_references(
    bind: sa.Engine | sa.Connection,
    *,
    target: str = DEFAULT_TARGET,
    schemas: Sequence[str] = (),
    names: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> tuple[Reference, ...]:
    """Every column that refers to the target, in the order of their names.

    Args:
        bind: The database; only read from.
        target: ``table.column`` or ``schema.table.column``; a part in double quotes may hold dots.
        schemas: Where to look for references, besides the default schema and the target's.
        names: Names that mark a column as a reference although it declares no key; ``None`` for
            the target's own column name (none, if that is a general word like ``id``).
        ignore: Columns to leave out, as ``target`` is written: they are named alike and are no
            references, or their state is known. Of a ``call_index``, that it is not looked at.

    Raises:
        LinkageError: If the database cannot be read, has no such target, or no such column to
            ignore.
    """
    with reading(bind) as connection:
        return survey(connection, target, schemas, names, ignore).references


def survey(
    connection: sa.Connection,
    target: str,
    schemas: Sequence[str],
    names: Sequence[str] | None,
    ignore: Sequence[str],
) -> Survey:
    """What :func:`find_references` finds, together with what it passes over."""
    for option, value in (("schemas", schemas), ("names", names), ("ignore", ignore)):
        if isinstance(value, str):  # which is a sequence too, of letters
            raise TypeError(f"{option} is a list of names, so write {[value]}")
        if value and not all(value):
            raise LinkageError(f"{option}: an empty name stands for nothing; leave it out.")
    wanted = parse_column(target)
    places = [None, *schemas, *([wanted.schema] if wanted.schema else [])]
    catalogue = read_catalogue(connection, places)
    found, target_table = resolve_target(wanted, catalogue)
    constraints = (
        postgresql.constraints_on(connection, found.schema, found.table)
        if catalogue.dialect == "postgresql"
        else ()
    )
    default = catalogue.default_schema
    risks: dict[tuple[str | None, str, str], tuple[Risk, ...]] = {
        (facts.schema, facts.table, facts.name): facts.risks for facts in constraints
    }
    references: list[Reference] = []
    unchecked: list[Unchecked] = []
    for table in catalogue.tables.values():
        declared = [
            reference._replace(
                risks=(
                    *risks.get((table.name.schema or default, table.name.table, name or ""), ()),
                    *reference.risks,
                )
            )
            for reference, name in _declared(catalogue, table, found, target_table)
        ]
        references += _distinct(declared)
        for item in _by_name(catalogue, table, found, target_table, _names(found, names)):
            if isinstance(item, Reference):
                references.append(item)
            else:
                unchecked.append(item)
    unchecked += _unread_call_indexes(catalogue, references)
    seen = {(name.schema or default) for name in catalogue.tables} | {
        place or default for place in places
    }
    unchecked += [
        Unchecked(
            ColumnName(facts.schema, facts.table, facts.column),
            "a foreign key to the target in a schema that was not asked for: add --schema "
            f"{facts.schema}",
            leaves_open=True,
        )
        for facts in constraints
        if facts.schema not in seen
    ]
    return _without(
        ignore,
        Survey(
            catalogue, found, target_table, tuple(sorted(references, key=_place)), tuple(unchecked)
        ),
    )


def _without(ignore: Sequence[str], found: Survey) -> Survey:
    """The same without what is to be ignored."""
    columns = dict.fromkeys(
        (
            *(item.column for item in found.references),
            *(item.column for item in found.unchecked),
            *(
                ColumnName(*name, column.name)
                for name, column in _call_indexes(found.catalogue, found.references)
            ),
        )
    )
    ignored = ignored_among(columns, ignore, found.catalogue)
    return found._replace(
        references=tuple(item for item in found.references if item.column not in ignored),
        unchecked=(
            *(item for item in found.unchecked if item.column not in ignored),
            *(Unchecked(column, REASON) for column in columns if column in ignored),
        ),
        ignored=ignored,
    )


def _place(reference: Reference) -> tuple[str, str, str, str]:
    column = reference.column
    return column.schema or "", column.table, column.column, reference.constraint or ""


def _distinct(references: Iterable[Reference]) -> list[Reference]:
    """One of each pair of columns: a key declared twice is checked once, as the stronger one."""
    best: dict[tuple[object, ...], Reference] = {}
    for reference in references:
        key = (reference.column, reference.partners)
        if key not in best or len(reference.risks) < len(best[key].risks):
            best[key] = reference
    return list(best.values())


def _declared(
    catalogue: Catalogue, table: Table, target: ColumnName, target_table: Table
) -> Iterator[tuple[Reference, str | None]]:
    """The foreign keys of ``table`` that lead to the target's column."""
    for key in table.foreign_keys:
        if not _same_table(catalogue, key.referred, target_table.name):
            continue
        pairs = [
            (_own_name(catalogue, table, here), there) for here, there in key.pairs(target_table)
        ]
        for here, there in pairs:
            if not catalogue.same_name(there, target.column):
                continue
            partners = tuple(
                (mine, _own_name(catalogue, target_table, theirs))
                for mine, theirs in pairs
                if mine != here
            )
            reference = Reference(
                ColumnName(*table.name, here),
                target,
                Declaration.FOREIGN_KEY,
                key.name,
                partners,
                any(table.columns[mine].is_nullable for mine, _ in pairs),
                _uniqueness_risks(target_table, {target.column, *(p for _, p in partners)}),
            )
            yield reference, key.name


def _by_name(
    catalogue: Catalogue,
    table: Table,
    target: ColumnName,
    target_table: Table,
    names: StateIdNames | None,
) -> Iterator[Reference | Unchecked]:
    """Columns of ``table`` that declare no key and are named like ids of the target."""
    if names is None:
        return
    declared = {
        _own_name(catalogue, table, here) for key in table.foreign_keys for here in key.columns
    }
    for column in table.columns.values():
        kind = names.kind(column.name)
        name = ColumnName(*table.name, column.name)
        if not kind or name == target or column.name in declared:
            continue
        theirs = target_table.columns[target.column]
        reason = _why_not(table, column, kind)
        if reason is not None:
            yield Unchecked(name, reason)
        elif not are_comparable(family(column.type), family(theirs.type)):
            reason = f"its type {column.type!r} does not compare with {theirs.type!r}"
            yield Unchecked(name, reason)
        else:
            yield Reference(
                name,
                target,
                Declaration.NAME,
                is_nullable=column.is_nullable,
                risks=(Risk.UNDECLARED, *_uniqueness_risks(target_table, {target.column})),
            )


def _why_not(table: Table, column: Column, kind: int) -> str | None:
    """Why a column so named is no reference after all, if so."""
    if kind == MANY:
        return "its name is a plural: it holds a collection, not one id"
    if table.primary_key == (column.name,):
        return "it is its own table's primary key and declares no foreign key"
    return None


def _unread_call_indexes(
    catalogue: Catalogue, references: Iterable[Reference]
) -> Iterator[Unchecked]:
    """The call_index columns of referring tables whose type is none of numbers."""
    for name, column in _call_indexes(catalogue, references):
        if not holds_numbers(column):
            yield Unchecked(
                ColumnName(*name, column.name),
                f"its type {column.type!r} is none of numbers",
                leaves_open=True,
            )


def _call_indexes(
    catalogue: Catalogue, references: Iterable[Reference]
) -> Iterator[tuple[TableName, Column]]:
    """The referring tables that have a call_index, by name, each with it."""
    tables = {TableName(item.column.schema, item.column.table) for item in references}
    for name in sorted(tables, key=str):
        column = call_index_of(catalogue.tables[name])
        if column is not None:
            yield name, column


def call_index_of(table: Table) -> Column | None:
    """The column that is named as one that numbers the calls of a state, whatever its type."""
    return next((c for c in table.columns.values() if c.name.lower() == _CALL_INDEX), None)


def holds_numbers(column: Column) -> bool:
    """Whether a column's values can be read as numbers, those of them that are."""
    return column.by_value or isinstance(column.type, sa.Integer | sa.Numeric | sa.Float)


def _names(target: ColumnName, names: Sequence[str] | None) -> StateIdNames | None:
    """What a column that refers to the target is called; ``None`` if nothing can be said."""
    if names is None:
        names = (target.column,) if "_" in target.column else ()
    return StateIdNames(tuple(names)) if names else None


def _uniqueness_risks(target_table: Table, columns: set[str]) -> tuple[Risk, ...]:
    if any(key and key <= columns for key in target_table.unique_keys):
        return ()
    return (Risk.TARGET_NOT_UNIQUE,)


def _same_table(catalogue: Catalogue, one: TableName, other: TableName) -> bool:
    return one.schema == other.schema and catalogue.same_name(one.table, other.table)


def _own_name(catalogue: Catalogue, table: Table, name: str) -> str:
    """A column's name as its own table spells it."""
    if name in table.columns:
        return name
    return next((own for own in table.columns if catalogue.same_name(own, name)), name)


def family(type_: TypeEngine[Any]) -> Family:
    """The kind of a reflected type."""
    kinds: tuple[tuple[type[TypeEngine[Any]], Family], ...] = (
        # To SQLAlchemy a kind of text, to PostgreSQL a type that compares with itself alone.
        (sa.Enum, Family.OTHER),
        (sa.Uuid, Family.UUID),
        (sa.String, Family.TEXT),
        (sa.Integer, Family.INTEGER),
        (sa.LargeBinary, Family.BINARY),
    )
    for kind, found in kinds:
        if isinstance(type_, kind):
            return found
    return Family.OTHER


def are_comparable(one: Family, other: Family) -> bool:
    """Whether values of two kinds compare; a uuid compares with its text."""
    if Family.OTHER in (one, other):
        return False
    return one is other or {one, other} == {Family.TEXT, Family.UUID}
