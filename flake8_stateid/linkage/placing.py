"""Which existing id an orphaned one extends, found inside the database.

An id that exists has one of few lengths (uuids all have the same). For each length, where the
orphaned id has a separator just behind it, its prefix is looked up in the target by equality; the
longest that exists is the parent. So neither ``LIKE`` nor a scan of prefixes is needed, and ``_``
and ``%`` in ids mean nothing special.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql import ColumnElement

    from flake8_stateid.linkage.subject import Subject

SEPARATORS = "_-:./#|@~+,;=!$%&*'\"\\^`?<>()[]{} "
"""Characters at which an id can be cut: ASCII punctuation and the space."""

DIGITS = "<N>"
_TIMES = ("created_at", "recorded_at", "timestamp")


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
            cut_keys.c.parent,
            suffix.label("suffix"),
            _generalised(suffix).label("pattern"),
        ).where(cut_keys.c.preference == 1)
    else:
        nothing = sa.cast(sa.null(), sa.Text)
        placed = sa.select(
            *(keys.c[name] for name in names),
            # Cast, bytes would be taken for text; SQLite measures and sorts them as they are.
            (sa.type_coerce if subject.is_by_value else sa.cast)(keys.c.id, sa.Text).label(
                "id_text"
            ),
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
    rows, is_orphaned = subject.orphaned(child)
    if partners:
        # The id alone need not be indexed: joined, the distinct ones get an index if need be.
        other = sa.select(subject.target_id(subject.target("other")).label("id")).distinct()
        others = other.subquery("others")
        rows = rows.outerjoin(others, others.c.id == subject.child_id(child))
        is_mismatched = sa.func.max(sa.case((others.c.id.is_not(None), 1), else_=0))
    return (
        sa.select(
            key.label("id"),
            *(partner.label(f"partner{i}") for i, partner in enumerate(partners)),
            sa.func.count().label("n"),
            began.label("began"),
            is_mismatched.label("is_mismatched"),
        )
        .select_from(rows)
        .where(is_orphaned)
        .group_by(key, *partners)
        .cte("orphan_keys")
    )


def _cut(subject: Subject, keys: sa.CTE, names: Sequence[str]) -> sa.CTE:
    """The keys with the existing ids they extend, and the ``preference`` for each: 1 is the best.

    ``parent`` is the id as the target has it, which under its collation may be spelled otherwise
    than the orphan's beginning; ``cut`` is its length. Both are null where a key extends none.

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
    # Cast, it is text to SQLite, also where the column has no type: what is compared as text is
    # indexed as text, else not at all.
    parent = sa.cast(subject.target_id(target), sa.Text)
    cut = sa.case((parent.is_not(None), lengths.c.n))
    preference = sa.func.row_number().over(
        partition_by=[keys.c.id, *partners], order_by=[sa.func.coalesce(cut, 0).desc(), parent]
    )
    return (
        sa.select(
            *(keys.c[name] for name in names),
            parent.label("parent"),
            cut.label("cut"),
            preference.label("preference"),
        )
        .select_from(joined)
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
