"""The questions, as SQL that the database answers set by set.

Written once in SQLAlchemy's expression language, with functions that every dialect has
(``char_length``, ``substring``, ``replace``): no temporary table, no procedure, nothing that would
need a right to write.

How the parent of an orphaned id is found: an id that exists has one of few lengths (uuids all
have the same). For each length, where the orphaned id has a separator just behind it, its prefix
is looked up in the target by equality; the longest that exists is the parent. So neither ``LIKE``
nor a scan of prefixes is needed, and ``_`` and ``%`` in ids mean nothing special.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from flake8_stateid.linkage.references import Family, family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql import ColumnElement, FromClause

    from flake8_stateid.linkage.catalogue import Table
    from flake8_stateid.linkage.report import Reference
    from flake8_stateid.linkage.runs import RunPath

    Question: TypeAlias = sa.Select[*tuple[Any, ...]]
    Questions: TypeAlias = sa.CompoundSelect[*tuple[Any, ...]]

SEPARATORS = "_-:./#|@~+,;=!$%&*'\"\\^`?<>()[]{} "
"""Characters at which an id can be cut: ASCII punctuation and the space."""

DIGITS = "<N>"
CALL_INDEX = "call_index"
_TIMES = ("created_at", "recorded_at", "timestamp")


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
        for column in self.table.columns.values():
            if column.name.lower() == CALL_INDEX and family(column.type) is Family.INTEGER:
                return column.name
        return None

    @property
    def is_text(self) -> bool:
        """Whether ids can be cut: a prefix of a number or of a uuid is no id."""
        return self._child_family is Family.TEXT

    @property
    def _child_family(self) -> Family:
        return family(self.table.columns[self.reference.column.column].type)

    @property
    def _target_family(self) -> Family:
        return family(self.target_table.columns[self.reference.target.column].type)

    def child(self, name: str = "child") -> FromClause:
        """The referencing table under an alias."""
        return _table(self.table).alias(name)

    def target(self, name: str = "target") -> FromClause:
        """The target's table under an alias."""
        return _table(self.target_table).alias(name)

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

    def partners_match(self, target: FromClause, child: FromClause) -> list[ColumnElement[bool]]:
        """The further columns of a composite key agree."""
        return [target.c[there] == child.c[here] for here, there in self.reference.partners]

    def has_target(self, child: FromClause) -> ColumnElement[bool]:
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


def _table(table: Table) -> sa.TableClause:
    columns = [sa.column(column.name, column.type) for column in table.columns.values()]
    return sa.table(table.name.table, *columns, schema=table.name.schema)


def count_target(subject_table: Table) -> Question:
    """How many rows the target's table has."""
    return sa.select(sa.func.count()).select_from(_table(subject_table))


def count_rows(subject: Subject) -> Question:
    """Rows of the referencing table, and those with a null in the key."""
    child = subject.child()
    if subject.reference.partners:
        with_key: ColumnElement[Any] = sa.func.count(sa.case((subject.has_key(child), 1)))
    else:
        with_key = sa.func.count(child.c[subject.reference.column.column])
    return sa.select(sa.func.count(), sa.func.count() - with_key).select_from(child)


def count_orphans(subject: Subject) -> Question:
    """Rows whose key does not exist in the target: the anti-join, nothing else."""
    child = subject.child()
    return (
        sa.select(sa.func.count())
        .select_from(child)
        .where(subject.has_key(child), ~subject.has_target(child))
    )


class Placed(NamedTuple):
    """Orphaned keys as a common table expression.

    Its columns: ``id`` and ``partner0`` … as recorded, ``id_text``, ``n`` (rows), ``began`` (the
    earliest time, where there is one), ``is_mismatched`` (0 or 1), and ``parent``, ``suffix``,
    ``pattern``, null where the id extends no existing id.
    """

    keys: sa.CTE
    partner_count: int

    @property
    def partners(self) -> list[ColumnElement[Any]]:
        """The further columns of a composite key."""
        return [self.keys.c[f"partner{i}"] for i in range(self.partner_count)]

    @property
    def parent(self) -> list[ColumnElement[Any]]:
        """What tells one parent from another: its id, and what it shares with the orphan."""
        return [self.keys.c.parent, *self.partners]

    def matches(self, subject: Subject, child: FromClause) -> ColumnElement[bool]:
        """A row of the referencing table has one of these keys."""
        mine = subject.key(child)
        theirs = [self.keys.c.id, *self.partners]
        return sa.and_(*(here == there for here, there in zip(mine, theirs, strict=True)))


def place_orphans(subject: Subject) -> Placed:
    """Every distinct orphaned key, with the existing id it extends."""
    keys = _orphan_keys(subject)
    partners = len(subject.reference.partners)
    names = ["id", *(f"partner{i}" for i in range(partners)), "n", "began", "is_mismatched"]
    if subject.is_text:
        cut_keys = _cut(subject, keys, names)
        suffix = sa.func.substring(cut_keys.c.id, cut_keys.c.cut + 1)
        placed = sa.select(
            *(cut_keys.c[name] for name in names),
            sa.type_coerce(cut_keys.c.id, sa.Text).label("id_text"),
            sa.func.substring(cut_keys.c.id, 1, cut_keys.c.cut).label("parent"),
            suffix.label("suffix"),
            _generalised(suffix).label("pattern"),
        )
    else:
        nothing = sa.cast(sa.null(), sa.Text)
        placed = sa.select(
            *(keys.c[name] for name in names),
            sa.cast(keys.c.id, sa.Text).label("id_text"),
            nothing.label("parent"),
            nothing.label("suffix"),
            nothing.label("pattern"),
        )
    return Placed(placed.cte("placed"), partners)


def _orphan_keys(subject: Subject) -> sa.CTE:
    """The distinct orphaned keys with the number of rows under each."""
    child = subject.child()
    key = child.c[subject.reference.column.column]
    partners = [child.c[here] for here, _ in subject.reference.partners]
    times = {name.lower(): name for name in subject.table.columns}
    time = next((times[name] for name in _TIMES if name in times), None)
    began = sa.null() if time is None else sa.func.min(child.c[time])
    is_mismatched: ColumnElement[Any] = sa.literal_column("0")
    if partners:
        other = subject.target("other")
        exists = sa.exists(
            sa.select(sa.literal_column("1"))
            .select_from(other)
            .where(subject.target_id(other) == subject.child_id(child))
        )
        is_mismatched = sa.func.max(sa.case((exists, 1), else_=0))
    return (
        sa.select(
            key.label("id"),
            *(partner.label(f"partner{i}") for i, partner in enumerate(partners)),
            sa.func.count().label("n"),
            began.label("began"),
            is_mismatched.label("is_mismatched"),
        )
        .select_from(child)
        .where(subject.has_key(child), ~subject.has_target(child))
        .group_by(key, *partners)
        .cte("orphan_keys")
    )


def _cut(subject: Subject, keys: sa.CTE, names: Sequence[str]) -> sa.CTE:
    """The keys with ``cut``: where each stops being an existing id, null if it never is one.

    No common table expression is joined with another here, nor with itself: a planner knows
    little of their sizes, and would compare each row of one with each row of the other.
    """
    measured = subject.target("measured")
    lengths = (
        sa.select(sa.func.char_length(subject.target_id(measured)).label("n"))
        .where(measured.c[subject.reference.target.column].is_not(None))
        .distinct()
        .cte("lengths")
        .prefix_with("MATERIALIZED", dialect="postgresql")  # else asked again for each key
    )
    target = subject.target("parent")
    partners = [keys.c[f"partner{i}"] for i in range(len(subject.reference.partners))]
    theirs = [target.c[there] for _, there in subject.reference.partners]
    prefix = subject.collated(sa.func.substring(keys.c.id, 1, lengths.c.n))
    at_separator = sa.func.substring(keys.c.id, lengths.c.n + 1, 1).in_(list(SEPARATORS))
    joined = keys.outerjoin(
        lengths, sa.and_(lengths.c.n > 0, keys.c.is_mismatched == 0, at_separator)
    ).outerjoin(
        target,
        sa.and_(
            subject.target_id(target) == prefix,
            *(there == here for there, here in zip(theirs, partners, strict=True)),
        ),
    )
    exists = target.c[subject.reference.target.column].is_not(None)
    return (
        sa.select(
            *(keys.c[name] for name in names),
            sa.func.max(sa.case((exists, lengths.c.n))).label("cut"),
        )
        .select_from(joined)
        .group_by(*(keys.c[name] for name in names))
        .cte("cut_keys")
    )


def _generalised(suffix: ColumnElement[Any]) -> ColumnElement[Any]:
    """Each run of digits in ``suffix`` as ``<N>``, by ``replace`` alone.

    Every digit becomes a pair of marks that no id holds; where two pairs meet, their inner marks
    vanish, so that one pair is left of a run.
    """
    opening, closing = "\x02", "\x03"
    for digit in "0123456789":
        suffix = sa.func.replace(suffix, digit, opening + closing)
    suffix = sa.func.replace(suffix, closing + opening, "")
    return sa.func.replace(suffix, opening + closing, DIGITS)


def describe_orphans(subject: Subject, path: RunPath | None, samples: int) -> Questions:
    """Everything about the orphans of a column, in one statement: one anti-join answers all.

    Args:
        subject: The reference.
        path: The way from the target to a run, if there is one.
        samples: How many patterns, parents, runs and ids to list.

    Returns:
        Rows of ``kind, a, b, c, x, y, z, w`` as :mod:`flake8_stateid.linkage.check` reads them;
        kind is one of total, pattern, parent, run_total, run, sample.
    """
    keys = place_orphans(subject)
    placed = keys.keys
    if not subject.is_text:
        path = None  # without a parent there is nothing to start from
    parents = _parents(subject, keys, path)
    total = _row(
        "total",
        numbers=[
            sa.func.count(),
            sa.select(sa.func.count()).select_from(parents).scalar_subquery(),
            sa.func.sum(sa.case((placed.c.parent.is_(None), placed.c.n), else_=0)),
            sa.func.sum(placed.c.n * placed.c.is_mismatched),
        ],
    ).select_from(placed)
    by_pattern = (
        _row(
            "pattern",
            texts=[placed.c.pattern],
            numbers=[sa.func.sum(placed.c.n), sa.func.count()],
        )
        .where(placed.c.pattern.is_not(None))
        .group_by(placed.c.pattern)
        .order_by(sa.func.sum(placed.c.n).desc(), placed.c.pattern)
    )
    sample = _row(
        "sample",
        texts=[placed.c.id_text, placed.c.parent, placed.c.suffix],
        numbers=[placed.c.n],
    ).order_by(sa.func.char_length(placed.c.id_text), placed.c.id_text)
    by_parent = _row(
        "parent",
        texts=[parents.c.parent, parents.c.run],
        numbers=[parents.c.n, parents.c.ids],
    ).order_by(parents.c.n.desc(), parents.c.parent)
    totals, parts = [total], [by_pattern, sample, by_parent]
    if path is not None:
        totals.append(_row("run_total", numbers=[sa.func.count(parents.c.run.distinct())]))
        by_run = (
            _row("run", texts=[parents.c.run], numbers=[sa.func.sum(parents.c.n)])
            .where(parents.c.run.is_not(None))
            .group_by(parents.c.run)
            .order_by(sa.func.sum(parents.c.n).desc(), parents.c.run)
        )
        parts.append(by_run)
    return _united(totals, parts, samples)


def _parents(subject: Subject, placed: Placed, path: RunPath | None) -> sa.CTE:
    """Each existing id that orphans extend: how many rows, how many ids, its run."""
    orphans = placed.keys.c
    counted = (
        sa.select(*placed.parent, sa.func.sum(orphans.n).label("n"), sa.func.count().label("ids"))
        .where(orphans.parent.is_not(None))
        .group_by(*placed.parent)
    )
    if path is None:
        return counted.add_columns(sa.cast(sa.null(), sa.Text).label("run")).cte("parents")
    parents = counted.cte("counted_parents")
    here: FromClause = subject.target("state")
    partners = [parents.c[column.name] for column in placed.partners]
    theirs = [here.c[there] for _, there in subject.reference.partners]
    joined: FromClause = parents.outerjoin(
        here,
        sa.and_(
            subject.target_id(here) == parents.c.parent,
            *(there == mine for there, mine in zip(theirs, partners, strict=True)),
        ),
    )
    for number, hop in enumerate(path.hops):
        there = _table(hop.table).alias(f"hop{number}")
        joined = joined.outerjoin(
            there, sa.and_(*(there.c[theirs] == here.c[mine] for mine, theirs in hop.pairs))
        )
        here = there
    # Of a target without unique key, several rows may be the parent: one run stands for them.
    run = sa.func.min(sa.cast(here.c[path.run_column], sa.Text)).label("run")
    return (
        sa.select(parents.c.parent, parents.c.n, parents.c.ids, run)
        .select_from(joined)
        .group_by(parents.c.parent, *partners, parents.c.n, parents.c.ids)
        .cte("parents")
    )


def _row(
    kind: str,
    texts: Sequence[ColumnElement[Any]] = (),
    numbers: Sequence[ColumnElement[Any]] = (),
) -> Question:
    """One part of :func:`describe_orphans`, filled up with nulls."""
    text = [sa.cast(item, sa.Text) for item in texts]
    text += [sa.cast(sa.null(), sa.Text)] * (3 - len(text))
    number = [sa.cast(item, sa.BigInteger) for item in numbers]
    number += [sa.cast(sa.null(), sa.BigInteger)] * (4 - len(number))
    return sa.select(
        sa.literal_column(f"'{kind}'").label("kind"),
        *(item.label(name) for item, name in zip(text, "abc", strict=True)),
        *(item.label(name) for item, name in zip(number, "xyzw", strict=True)),
    )


def _united(totals: Sequence[Question], parts: Sequence[Question], samples: int) -> Questions:
    # A part with ORDER BY and LIMIT can stand in a union only as a subquery.
    limited = [
        sa.select(part.limit(samples).subquery(f"part{number}"))
        for number, part in enumerate(parts)
    ]
    return sa.union_all(*totals, *limited)


def count_call_indexes(subject: Subject, samples: int) -> Questions:
    """States whose calls are not numbered 0 to n-1, each once.

    Args:
        subject: A reference whose table has a call_index.
        samples: How many of these states to list.

    Returns:
        First a row ``total`` with states with repeats, repeated calls, states with gaps, missing
        calls; then rows ``sample`` with the state and its calls, distinct numbers, first and last.
    """
    calls = subject.child("calls")
    state = calls.c[subject.reference.column.column]
    index = calls.c[subject.call_index or CALL_INDEX]
    n, first, last = sa.func.count(index), sa.func.min(index), sa.func.max(index)
    # Where a unique key forbids repeats, there are none to count: counting distinct values is the
    # expensive part of this question.
    key = subject.key(calls)  # one id under two runs, say, is two states
    numbered = {column.name for column in (*key, index)}
    is_unique = any(unique and unique <= numbered for unique in subject.table.unique_keys)
    distinct = n if is_unique else sa.func.count(index.distinct())
    from_zero = sa.case((first < 0, first), else_=0)
    wrong = (
        sa.select(
            state.label("state"),
            n.label("n"),
            distinct.label("different"),
            first.label("first"),
            last.label("last"),
            (n - distinct).label("repeats"),
            (last - from_zero + 1 - distinct).label("missing"),
        )
        .select_from(calls)
        .where(state.is_not(None))
        .group_by(*key)
        .having(sa.or_(n != distinct, last - from_zero + 1 != distinct))
        .cte("wrong")
    )
    total = _row(
        "total",
        numbers=[
            sa.func.count(sa.case((wrong.c.repeats > 0, 1))),
            sa.func.coalesce(sa.func.sum(wrong.c.repeats), 0),
            sa.func.count(sa.case((wrong.c.missing > 0, 1))),
            sa.func.coalesce(sa.func.sum(wrong.c.missing), 0),
        ],
    ).select_from(wrong)
    sample = _row(
        "sample",
        texts=[wrong.c.state],
        numbers=[wrong.c.n, wrong.c.different, wrong.c.first, wrong.c.last],
    ).order_by((wrong.c.repeats + wrong.c.missing).desc(), sa.cast(wrong.c.state, sa.Text))
    return _united([total], [sample], samples)


def list_orphans(subject: Subject) -> Question:
    """Every orphaned row with its parent and the call_index proposed for it.

    The order kept: ids by the time of their first call (where a time is recorded), else in
    natural order (``_row2`` before ``_row10``); inside an id by its call_index, then by the
    table's key. The proposed numbers go on after the last number of the parent's own calls.

    Returns:
        Rows of ``id, call_index, parent, pattern, proposed``, then the primary key's columns.
    """
    placed = place_orphans(subject)
    keys = placed.keys
    child = subject.child("orphan")
    primary_key = [child.c[name] for name in subject.table.primary_key]
    joined = child.join(keys, placed.matches(subject, child))
    nothing = sa.cast(sa.null(), sa.Integer)
    call_index = nothing if subject.call_index is None else child.c[subject.call_index]
    proposed: ColumnElement[Any] = nothing
    order = [keys.c.began, sa.func.char_length(keys.c.id_text), keys.c.id_text]
    if subject.call_index is not None and subject.is_text:
        order += [call_index, *primary_key]
        own = _own_calls(subject, placed)
        joined = joined.outerjoin(
            own, sa.and_(*(own.c[column.name] == column for column in placed.parent))
        )
        number = sa.func.row_number().over(partition_by=placed.parent, order_by=order)
        proposed = sa.case((keys.c.parent.is_not(None), number + sa.func.coalesce(own.c.last, -1)))
    listed = (
        sa.select(
            keys.c.id_text.label("id"),
            call_index.label("call_index"),
            keys.c.parent.label("parent"),
            keys.c.pattern.label("pattern"),
            proposed.label("proposed"),
            *(column.label(f"key{number}") for number, column in enumerate(primary_key)),
        )
        .select_from(joined)
        .subquery("listed")
    )
    return sa.select(listed).order_by(
        sa.case((listed.c.parent.is_(None), 1), else_=0),
        listed.c.parent,
        listed.c.proposed,
        sa.func.char_length(listed.c.id),
        listed.c.id,
        *(listed.c[f"key{number}"] for number in range(len(primary_key))),
    )


def _own_calls(subject: Subject, placed: Placed) -> sa.Subquery:
    """The last call_index that each parent's own calls have."""
    has_parent = placed.keys.c.parent.is_not(None)
    parents = sa.select(*placed.parent).where(has_parent).distinct().subquery()
    calls = subject.child("own")
    are_its = [mine == its for mine, its in zip(subject.key(calls), parents.c, strict=True)]
    return (
        sa.select(*parents.c, sa.func.max(calls.c[subject.call_index or ""]).label("last"))
        .select_from(parents.join(calls, sa.and_(*are_its)))
        .group_by(*parents.c)
        .subquery("own_calls")
    )
