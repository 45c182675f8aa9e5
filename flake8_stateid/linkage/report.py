"""What the linkage check says: small frozen values, no database behind them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class ColumnName(NamedTuple):
    """A column by its full name; ``schema`` is ``None`` for the connection's default schema."""

    schema: str | None
    table: str
    column: str

    @property
    def table_name(self) -> str:
        """The table, with its schema where it has one."""
        return self.table if self.schema is None else f"{self.schema}.{self.table}"

    def __str__(self) -> str:
        """``table.column`` or ``schema.table.column``."""
        return f"{self.table_name}.{self.column}"


class Declaration(enum.Enum):
    """Why a column counts as a reference to the target."""

    FOREIGN_KEY = "foreign key"
    NAME = "name only"


class Risk(enum.Enum):
    """Why orphans can be under a column although the schema seems to forbid them."""

    UNDECLARED = "undeclared"
    NOT_VALID = "not-valid"
    NOT_ENFORCED = "not-enforced"
    TRIGGERS_DISABLED = "triggers-disabled"
    TARGET_NOT_UNIQUE = "target-not-unique"

    @property
    def meaning(self) -> str:
        """One clause for a reader who does not know the word."""
        return _MEANINGS[self]


_MEANINGS = {
    Risk.UNDECLARED: "no foreign key is declared: only the column's name says what it refers to",
    Risk.NOT_VALID: "the key is NOT VALID: rows older than the key were never checked",
    Risk.NOT_ENFORCED: "the key is NOT ENFORCED: the database checks no row at all",
    Risk.TRIGGERS_DISABLED: "the key's triggers are disabled: rows written now are not checked",
    Risk.TARGET_NOT_UNIQUE: "the target has no unique key: an id may name several rows",
}


class Reference(NamedTuple):
    """A column whose values should exist in the target.

    Attributes:
        column: The referencing column.
        target: The column it refers to.
        declaration: Whether a foreign key says so or only the column's name.
        constraint: The name of the foreign key, where it has one.
        partners: The further column pairs (here, there) of a composite key.
        is_nullable: Whether the schema allows nulls; a null is no orphan.
        risks: What makes the key weaker than it looks.
    """

    column: ColumnName
    target: ColumnName
    declaration: Declaration
    constraint: str | None = None
    partners: tuple[tuple[str, str], ...] = ()
    is_nullable: bool = True
    risks: tuple[Risk, ...] = ()


class Unchecked(NamedTuple):
    """A column that was not checked, and why.

    ``leaves_open`` is false where the reason is that it is no reference after all, or was to be
    ignored; where true, it is not known whether the audit is whole.
    """

    column: ColumnName
    reason: str
    leaves_open: bool = False


class SuffixPattern(NamedTuple):
    """What orphaned ids add to their parent, digits generalised: ``_row<N>``."""

    pattern: str
    orphans: int
    ids: int


class ParentOrphans(NamedTuple):
    """An existing id that orphaned ids extend: the batch they came from.

    Attributes:
        parent: The id that exists in the target.
        orphans: Rows whose id extends it.
        ids: Distinct ids among them.
        run: The run of the parent, where the schema leads there.
    """

    parent: str
    orphans: int
    ids: int
    run: str | None


class RunOrphans(NamedTuple):
    """A run and the orphaned rows whose parent belongs to it."""

    run: str
    orphans: int


class OrphanSample(NamedTuple):
    """One orphaned id: as recorded, and its parts where it extends an existing id."""

    recorded_id: str
    parent: str | None
    suffix: str | None
    orphans: int


class ColumnLinkage(NamedTuple):
    """The state of one reference.

    The tuples hold the largest entries only (``samples`` of :func:`check_linkage`); the numbers
    count all.

    Attributes:
        reference: The column and its target.
        rows: Rows of the table.
        nulls: Rows with a null in the key: no orphans.
        orphans: Rows whose key does not exist in the target.
        orphan_ids: Distinct ids among the orphans.
        mismatched: Orphans of a composite key whose id exists, but with other partners.
        parents: Distinct existing ids that the orphans extend.
        parentless: Orphans that extend no existing id.
        runs: Distinct runs affected; ``None`` where neither schema nor ids lead to a run.
        patterns: The suffixes, most frequent first.
        top_parents: The parents with most orphans, most first.
        top_runs: The runs with most orphans, most first.
        samples: Some orphaned ids, in natural order.
    """

    reference: Reference
    rows: int
    nulls: int
    orphans: int = 0
    orphan_ids: int = 0
    mismatched: int = 0
    parents: int = 0
    parentless: int = 0
    runs: int | None = None
    patterns: tuple[SuffixPattern, ...] = ()
    top_parents: tuple[ParentOrphans, ...] = ()
    top_runs: tuple[RunOrphans, ...] = ()
    samples: tuple[OrphanSample, ...] = ()


class CallIndexSample(NamedTuple):
    """A state whose calls are not numbered 0, 1, 2 …: how many, how many numbers, from, to.

    ``first`` and ``last`` are as recorded, ``None`` where no call of the state has a call_index.
    """

    state_id: str
    calls: int
    distinct: int
    first: int | None
    last: int | None


class CallIndexLinkage(NamedTuple):
    """How the calls of each state are numbered; 0 to n-1, each once, is right.

    Attributes:
        column: The column that names the state.
        states_with_repeats: States with a call_index given to more than one call.
        repeated_calls: Calls beyond the first with the same state and call_index.
        states_with_gaps: States where a call_index below the last is missing.
        missing_calls: How many are missing in all.
        states_with_unnumbered: States with calls whose call_index is null, or no whole number
            from 0 up.
        unnumbered_calls: How many such calls there are.
        samples: The worst of these states.
    """

    column: ColumnName
    states_with_repeats: int = 0
    repeated_calls: int = 0
    states_with_gaps: int = 0
    missing_calls: int = 0
    states_with_unnumbered: int = 0
    unnumbered_calls: int = 0
    samples: tuple[CallIndexSample, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every state's calls are numbered 0 to n-1, each once."""
        return not (self.repeated_calls or self.missing_calls or self.unnumbered_calls)


class Verdict(enum.Enum):
    """The answer of a report; ``exit_code`` is what the command exits with."""

    WHOLE = "whole"
    NOT_WHOLE = "not whole"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """0 whole, 1 not whole, 2 cannot tell."""
        return {Verdict.WHOLE: 0, Verdict.NOT_WHOLE: 1, Verdict.UNKNOWN: 2}[self]


class LinkageReport(NamedTuple):
    """The linkage of one target.

    Attributes:
        target: The column that holds the ids.
        dialect: The kind of database, as SQLAlchemy names it.
        database: Its URL without password.
        target_rows: Rows of the target's table.
        columns: Each reference, in the order of their names.
        call_indexes: One for each table with a call_index.
        unchecked: Columns that were left out, and why.
    """

    target: ColumnName
    dialect: str
    database: str
    target_rows: int
    columns: tuple[ColumnLinkage, ...]
    call_indexes: tuple[CallIndexLinkage, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()

    @property
    def orphans(self) -> int:
        """Orphaned rows of all columns."""
        return sum(column.orphans for column in self.columns)

    @property
    def left_open(self) -> tuple[ColumnName, ...]:
        """The columns that had to be checked and could not be."""
        return tuple(item.column for item in self.unchecked if item.leaves_open)

    @property
    def verdict(self) -> Verdict:
        """Whole if all that had to be checked was, and all exists and is numbered as it should."""
        if self.orphans or not all(index.is_whole for index in self.call_indexes):
            return Verdict.NOT_WHOLE
        return Verdict.WHOLE if self.columns and not self.left_open else Verdict.UNKNOWN


class Orphan(NamedTuple):
    """One row that points at nothing, and what a migration may do about it.

    Attributes:
        column: The column that holds the orphaned id.
        key: The row's primary key, column by column; empty where the table has none.
        recorded_id: The id as it was recorded; bytes where SQLite holds a BLOB.
        recorded_call_index: Its number as recorded; ``None`` where the table has no call_index.
        parent: The longest existing id that it extends at a separator, if any.
        pattern: What it adds to the parent, digits generalised: ``_row<N>``.
        proposed_call_index: A number after the parent's own calls, in the recorded order;
            ``None`` without parent or call_index.
    """

    column: ColumnName
    key: Mapping[str, object]
    recorded_id: str | bytes
    recorded_call_index: int | None
    parent: str | None
    pattern: str | None
    proposed_call_index: int | None
