"""The linkage check: asks the questions, one reference after the other, and reports."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

from flake8_stateid.linkage import postgresql, queries
from flake8_stateid.linkage.catalogue import TableName
from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.ignoring import REASON
from flake8_stateid.linkage.reading import reading, safe_url
from flake8_stateid.linkage.references import Survey, survey
from flake8_stateid.linkage.report import (
    CallIndexLinkage,
    CallIndexSample,
    ColumnLinkage,
    ColumnName,
    LinkageReport,
    Orphan,
    OrphanSample,
    ParentOrphans,
    RunOrphans,
    SuffixPattern,
    Unchecked,
    Verdict,
)
from flake8_stateid.linkage.runs import find_run_path
from flake8_stateid.linkage.subject import Subject
from flake8_stateid.linkage.targets import DEFAULT_TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Set

    import sqlalchemy as sa

    from flake8_stateid.linkage.report import Reference
    from flake8_stateid.linkage.runs import RunPath

DEFAULT_SAMPLES = 5
_PACKET = 1000


def check_linkage(
    bind: sa.Engine | sa.Connection,
    *,
    target: str = DEFAULT_TARGET,
    schemas: Sequence[str] = (),
    names: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    samples: int = DEFAULT_SAMPLES,
    progress: Callable[[str], None] | None = None,
) -> LinkageReport:
    """Check every column that refers to the target.

    Args:
        bind: The database; only read from. An engine of :func:`open_readonly` gives one
            consistent snapshot.
        target: ``table.column`` or ``schema.table.column``.
        schemas: As for :func:`find_references`.
        names: As for :func:`find_references`.
        ignore: As for :func:`find_references`.
        samples: How many patterns, parents, runs and ids to list for each column.
        progress: Called with a few words before each question.

    Raises:
        LinkageError: If the database cannot be read or has no such target.
    """
    tell = progress or _say_nothing
    with reading(bind) as connection:
        tell("reading the schema")
        found = survey(connection, target, schemas, names, ignore)
        subjects = [_subject(connection, found, reference) for reference in found.references]
        path = find_run_path(found.catalogue, found.target_table)
        tell(f"{found.target.table_name}: counting rows")
        target_rows = _number(connection, queries.count_target(found.target_table))
        columns = tuple(
            _check_column(connection, subject, path, samples, tell) for subject in subjects
        )
        indexes = tuple(
            _check_call_index(connection, subject, samples, tell)
            for subject in _numbered(subjects, found.ignored)
        )
        return LinkageReport(
            found.target,
            connection.dialect.name,
            safe_url(connection.engine.url),
            target_rows,
            columns,
            indexes,
            found.unchecked,
        )


def find_orphans(
    bind: sa.Engine | sa.Connection,
    *,
    target: str = DEFAULT_TARGET,
    schemas: Sequence[str] = (),
    names: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> list[Orphan]:
    """Every row that points at nothing; empty if all are linked.

    Args:
        bind: The database; only read from.
        target: ``table.column`` or ``schema.table.column``.
        schemas: As for :func:`find_references`.
        names: As for :func:`find_references`.
        ignore: As for :func:`find_references`.

    Raises:
        LinkageError: If the database cannot be read or has no such target.
    """
    return list(iter_orphans(bind, target=target, schemas=schemas, names=names, ignore=ignore))


def iter_orphans(
    bind: sa.Engine | sa.Connection,
    *,
    target: str = DEFAULT_TARGET,
    schemas: Sequence[str] = (),
    names: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> Iterator[Orphan]:
    """As :func:`find_orphans`, one at a time: memory does not grow with their number.

    The rows of a column come ordered by parent and proposed call_index, those without a parent
    last. Exhaust the iterator or close it: it holds a connection.
    """
    with reading(bind) as connection:
        found = survey(connection, target, schemas, names, ignore)
        if not found.references:
            raise LinkageError(nothing_to_check(found.target, found.unchecked))
        for reference in found.references:
            subject = _subject(connection, found, reference)
            # A cheaper question first, which the answer is mostly no to.
            if _number(connection, queries.count_orphans(subject)):
                yield from _orphans(connection, subject)


def assert_linked(
    bind: sa.Engine | sa.Connection,
    *,
    target: str = DEFAULT_TARGET,
    schemas: Sequence[str] = (),
    names: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> None:
    """Fail unless every reference exists and every state's calls are numbered 0 to n-1, each once.

    Made for a test: run a batch against a real database, then ``assert_linked(engine)``.

    Args:
        bind: The database; only read from.
        target: ``table.column`` or ``schema.table.column``.
        schemas: As for :func:`find_references`.
        names: As for :func:`find_references`.
        ignore: As for :func:`find_references`.

    Raises:
        AssertionError: With the orphans, their likely parents and the suffix pattern.
        LinkageError: If the database cannot be read, has no such target, or no column refers to
            it, or one that does could not be checked: a check of nothing must not pass for a
            clean one.
    """
    from flake8_stateid.linkage.plain import render_plain

    report = check_linkage(bind, target=target, schemas=schemas, names=names, ignore=ignore)
    if report.verdict is Verdict.UNKNOWN:
        raise LinkageError(why_unknown(report))
    if report.verdict is not Verdict.WHOLE:
        raise AssertionError(render_plain(report))


def why_unknown(report: LinkageReport) -> str:
    """What to say of a report that cannot tell, and what to do."""
    if not report.columns:
        return nothing_to_check(report.target, report.unchecked)
    reasons = [f"{item.column} ({item.reason})" for item in report.unchecked if item.leaves_open]
    return (
        f"what was checked is whole, but not checked: {', '.join(reasons)}. Check by hand what "
        "these columns hold, and --ignore them then; or have the check read them: a call_index as "
        "a number, a reference in its target's type, a schema by --schema."
    )


def nothing_to_check(target: ColumnName, unchecked: Sequence[Unchecked]) -> str:
    """What to say where no column refers to the target, and what to do."""
    if any(item.reason == REASON for item in unchecked):
        return (
            f"every column that refers to {target} was to be ignored, so nothing was checked: "
            "ignore fewer."
        )
    return (
        f"no column refers to {target}, so nothing was checked: name the schemas that hold the "
        "referencing tables with --schema, other column names with --name, or another target "
        "with --target."
    )


def _say_nothing(text: str) -> None:
    """The progress of those who did not ask for any."""
    del text


def _number(connection: sa.Connection, statement: queries.Question) -> int:
    return int(connection.execute(statement).scalar_one())


def _subject(connection: sa.Connection, found: Survey, reference: Reference) -> Subject:
    """The reference with its tables and, on PostgreSQL, the collation to compare under."""
    column, target = reference.column, reference.target
    collation = None
    if found.catalogue.dialect == "postgresql":
        theirs = postgresql.collation(connection, *target)
        if theirs is not None and theirs != postgresql.collation(connection, *column):
            collation = theirs
    table = found.catalogue.tables[TableName(column.schema, column.table)]
    return Subject(reference, table, found.target_table, collation)


def _numbered(subjects: Sequence[Subject], ignored: Set[ColumnName]) -> Iterator[Subject]:
    """The column of each table with a call_index that says whose calls are numbered.

    Tables whose call_index is to be ignored are passed over. Where several columns refer to the
    target, it is the one that bears the target's own name.
    """
    tables: dict[TableName, Subject] = {}
    for subject in subjects:
        name = subject.table.name
        bears_the_name = subject.reference.column.column == subject.reference.target.column
        index = subject.call_index
        if index is None or ColumnName(*name, index) in ignored:
            continue
        if bears_the_name or name not in tables:
            tables[name] = subject
    yield from tables.values()


def _check_column(
    connection: sa.Connection,
    subject: Subject,
    path: RunPath | None,
    samples: int,
    tell: Callable[[str], None],
) -> ColumnLinkage:
    """Count a column's rows and orphans; describe the orphans if there are any."""
    reference = subject.reference
    tell(f"{reference.column}: counting rows")
    rows, nulls = connection.execute(queries.count_rows(subject)).one()
    tell(f"{reference.column}: looking for orphans among {rows} rows")
    orphans = _number(connection, queries.count_orphans(subject))
    linkage = ColumnLinkage(reference, rows, nulls, orphans)
    if not orphans:
        return linkage._replace(runs=None if path is None else 0)
    tell(f"{reference.column}: tracing {orphans} orphans")
    parts: dict[str, list[sa.Row[Any]]] = {}
    for row in connection.execute(queries.describe_orphans(subject, path, samples)):
        parts.setdefault(row.kind, []).append(row)
    total = parts["total"][0]
    return linkage._replace(
        orphan_ids=total.x,
        parents=total.y,
        parentless=total.z,
        mismatched=total.w,
        runs=parts["run_total"][0].x if "run_total" in parts else None,
        patterns=tuple(SuffixPattern(r.a, r.x, r.y) for r in parts.get("pattern", ())),
        top_parents=tuple(ParentOrphans(str(r.a), r.x, r.y, r.b) for r in parts.get("parent", ())),
        top_runs=tuple(RunOrphans(r.a, r.x) for r in parts.get("run", ())),
        samples=tuple(OrphanSample(str(r.a), r.b, r.c, r.x) for r in parts["sample"]),
    )


def _check_call_index(
    connection: sa.Connection,
    subject: Subject,
    samples: int,
    tell: Callable[[str], None],
) -> CallIndexLinkage:
    """Count the repeats and gaps in a table's call_index, and the calls without a number."""
    column = subject.reference.column
    tell(f"{column.table_name}: looking for repeats and gaps in {subject.call_index}")
    total, *rows = connection.execute(queries.count_call_indexes(subject, samples))
    return CallIndexLinkage(
        column,
        total.x,
        total.y,
        total.z,
        total.w,
        total.u,
        total.v,
        tuple(CallIndexSample(str(r.a), r.x, r.y, r.z, r.w) for r in rows),
    )


def _orphans(connection: sa.Connection, subject: Subject) -> Iterator[Orphan]:
    """The orphaned rows of one column, fetched packet by packet."""
    options: dict[str, Any] = {"yield_per": _PACKET}
    driver_connection = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql" and getattr(driver_connection, "autocommit", False):
        options = {}  # a cursor on the server needs a transaction, which autocommit has none of
    key_names = subject.table.primary_key
    for row in connection.execute(queries.list_orphans(subject), execution_options=options):
        identifier, call_index, parent, pattern, proposed, *key = row
        yield Orphan(
            subject.reference.column,
            dict(zip(key_names, key, strict=True)),
            _id(identifier),
            _as_recorded(call_index),
            parent,
            pattern,
            proposed,
        )


def _as_recorded(call_index: Any) -> Any:
    """A whole number as one, in whatever type the database holds it; all else as it is."""
    is_whole = isinstance(call_index, float | decimal.Decimal) and call_index % 1 == 0
    return int(call_index) if is_whole else call_index


def _id(value: object) -> str | bytes:
    """An id as recorded: SQLite may hold bytes in whatever column; a number is read as text."""
    return value if isinstance(value, bytes) else str(value)
