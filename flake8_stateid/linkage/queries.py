"""The questions, as SQL that the database answers set by set.

Written once in SQLAlchemy's expression language, with functions that every dialect has
(``char_length``, ``substring``, ``replace``): no temporary table, no procedure, nothing that would
need a right to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from flake8_stateid.linkage.placing import Placed, place_orphans
from flake8_stateid.linkage.subject import Subject, selectable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql import ColumnElement, FromClause

    from flake8_stateid.linkage.catalogue import Table
    from flake8_stateid.linkage.runs import RunPath

    Question: TypeAlias = sa.Select[*tuple[Any, ...]]
    Questions: TypeAlias = sa.CompoundSelect[*tuple[Any, ...]]


_NUMBERS = "xyzwuv"
# What a row of list_orphans stands for while it is put together.
_ROW: ColumnElement[int] = sa.literal_column("1")
_ID: ColumnElement[int] = sa.literal_column("2")
_OWN: ColumnElement[int] = sa.literal_column("3")


def count_target(subject_table: Table) -> Question:
    """How many rows the target's table has."""
    return sa.select(sa.func.count()).select_from(selectable(subject_table))


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
    rows, is_orphaned = subject.orphaned(subject.child())
    return sa.select(sa.func.count()).select_from(rows).where(is_orphaned)


def describe_orphans(subject: Subject, path: RunPath | None, samples: int) -> Questions:
    """Everything about the orphans of a column, in one statement: one anti-join answers all.

    Args:
        subject: The reference.
        path: The way from the target to a run, if there is one.
        samples: How many patterns, parents, runs and ids to list.

    Returns:
        Rows of ``kind, a, b, c, x, y, z, w, u, v`` as :mod:`flake8_stateid.linkage.check` reads
        them; kind is one of total, pattern, parent, run_total, run, sample.
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
    id_, *partners = subject.target_key(here)
    joined = here
    for number, hop in enumerate(path.hops):
        there = selectable(hop.table).alias(f"hop{number}")
        joined = joined.outerjoin(
            there, sa.and_(*(there.c[theirs] == here.c[mine] for mine, theirs in hop.pairs))
        )
        here = there
    names = [column.name for column in placed.parent]
    runs = (
        sa.select(
            sa.cast(id_, sa.Text).label(names[0]),
            *(column.label(name) for column, name in zip(partners, names[1:], strict=True)),
            sa.null().label("n"),
            sa.null().label("ids"),
            sa.cast(here.c[path.run_column], sa.Text).label("run"),
        )
        .select_from(joined)
        .where(id_.in_(sa.select(parents.c.parent)))
    )
    # Put one below the other and grouped, not joined: see list_orphans.
    both = sa.select(parents, sa.null().label("run")).union_all(runs).subquery("parents_and_runs")
    key = [both.c[name] for name in names]
    n, ids = sa.func.max(both.c.n), sa.func.max(both.c.ids)
    # Of a target without unique key, several rows may be the parent: one run stands for them.
    return (
        sa.select(*key, n.label("n"), ids.label("ids"), sa.func.min(both.c.run).label("run"))
        .group_by(*key)
        .having(n.is_not(None))
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
    number += [sa.cast(sa.null(), sa.BigInteger)] * (len(_NUMBERS) - len(number))
    return sa.select(
        sa.literal_column(f"'{kind}'").label("kind"),
        *(item.label(name) for item, name in zip(text, "abc", strict=True)),
        *(item.label(name) for item, name in zip(number, _NUMBERS, strict=True)),
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
        calls, states with unnumbered calls, these calls; then rows ``sample`` with the state and
        its calls, distinct numbers, first and last.
    """
    calls = subject.child("calls")
    state = calls.c[subject.reference.column.column]
    # SQLite keeps in a column of integers whatever it is given: 0.5 and 'x' number no call.
    number, shown = subject.number(calls), subject.ends(calls)
    zero: ColumnElement[int] = sa.literal_column("0")
    n, wanted = sa.func.count(number), sa.func.coalesce(sa.func.max(number) + 1, zero)
    # Where a unique key forbids repeats, there are none to count: counting distinct values is the
    # expensive part of this question.
    key = subject.key(calls)  # one id under two runs, say, is two states
    distinct = n if subject.forbids_repeats else sa.func.count(number.distinct())
    wrong = (
        sa.select(
            state.label("state"),
            sa.func.count().label("n"),
            distinct.label("different"),
            sa.func.min(shown).label("first"),
            sa.func.max(shown).label("last"),
            (n - distinct).label("repeats"),
            (wanted - distinct).label("missing"),
            (sa.func.count() - n).label("unnumbered"),
        )
        .select_from(calls)
        .where(state.is_not(None))
        .group_by(*key)
        .having(sa.or_(sa.func.count() != distinct, wanted != distinct))
        .cte("wrong")
    )
    total = _row(
        "total",
        numbers=[
            sa.func.count(sa.case((wrong.c.repeats > 0, 1))),
            sa.func.coalesce(sa.func.sum(wrong.c.repeats), 0),
            sa.func.count(sa.case((wrong.c.missing > 0, 1))),
            sa.func.coalesce(sa.func.sum(wrong.c.missing), 0),
            sa.func.count(sa.case((wrong.c.unnumbered > 0, 1))),
            sa.func.coalesce(sa.func.sum(wrong.c.unnumbered), 0),
        ],
    ).select_from(wrong)
    sample = _row(
        "sample",
        texts=[wrong.c.state],
        numbers=[wrong.c.n, wrong.c.different, wrong.c.first, wrong.c.last],
    ).order_by(
        (wrong.c.repeats + wrong.c.missing + wrong.c.unnumbered).desc(),
        sa.cast(wrong.c.state, sa.Text),
    )
    return _united([total], [sample], samples)


def list_orphans(subject: Subject) -> Question:
    """Every orphaned row with its parent and the call_index proposed for it.

    The order kept: ids by the time of their first call (where a time is recorded), else in
    natural order (``_row2`` before ``_row10``); inside an id by its call_index, then by the
    table's key. The proposed numbers go on after the last number of the parent's own calls.

    What is known of an id is put below the rows that have it, and spread over them by window
    functions. Joined, it would depend on what the planner believes of sizes: SQLite takes a common
    table expression to have few rows, and compared each of them with each row of the table.

    Returns:
        Rows of ``id, call_index, parent, pattern, proposed``, then the primary key's columns.
    """
    placed = place_orphans(subject)
    is_numbered = subject.call_index is not None and subject.is_text
    known = ["id_text", "parent", "pattern", "began"]
    child = subject.child("orphan")
    rows, is_orphaned = subject.orphaned(child)
    index = sa.null() if subject.call_index is None else child.c[subject.call_index]
    primary_key = [child.c[name] for name in subject.table.primary_key]
    key_names = [f"key{number}" for number in range(len(primary_key))]
    partners = [column.name for column in placed.partners]
    ids = sa.select(
        placed.keys.c.id,
        *placed.partners,
        *(placed.keys.c[name] for name in known),
        _ID.label("what"),
        sa.null().label("call_index"),
        *(sa.null().label(name) for name in key_names),
    )
    orphans = (
        sa.select(
            *subject.key(child),
            *(sa.null() for _ in known),
            _ROW,
            index,
            *primary_key,
        )
        .select_from(rows)
        .where(is_orphaned)
    )
    mixed = ids.union_all(orphans).subquery("ids_and_rows")
    its_id = [mixed.c.id, *(mixed.c[name] for name in partners)]
    spread = sa.select(
        *(mixed.c[name] for name in partners),
        *(sa.func.max(mixed.c[name]).over(partition_by=its_id).label(name) for name in known),
        mixed.c.what,
        mixed.c.call_index,
        *(mixed.c[name] for name in key_names),
        sa.cast(sa.null(), sa.BigInteger).label("last"),
    ).subquery("spread")
    numbered: FromClause = spread
    proposed: ColumnElement[Any] = sa.cast(sa.null(), sa.Integer)
    if is_numbered:
        own = _own_calls(subject, placed, spread)
        numbered = sa.select(spread).where(spread.c.what == _ROW).union_all(own).subquery("calls")
        its_parent = [numbered.c.parent, *(numbered.c[name] for name in partners)]
        order = [numbered.c.began, sa.func.char_length(numbered.c.id_text), numbered.c.id_text]
        order += [numbered.c.call_index, *(numbered.c[name] for name in key_names)]
        last = sa.func.max(numbered.c.last).over(partition_by=its_parent)
        number = sa.func.row_number().over(
            partition_by=[*its_parent, numbered.c.what], order_by=order
        )
        proposed = sa.case((numbered.c.parent.is_not(None), number + sa.func.coalesce(last, -1)))
    listed = sa.select(
        numbered.c.id_text.label("id"),
        numbered.c.call_index,
        numbered.c.parent,
        numbered.c.pattern,
        proposed.label("proposed"),
        *(numbered.c[name] for name in key_names),
        numbered.c.what,
    ).subquery("listed")
    keys = [listed.c[name] for name in key_names]
    return (
        sa.select(
            listed.c.id,
            listed.c.call_index,
            listed.c.parent,
            listed.c.pattern,
            listed.c.proposed,
            *keys,
        )
        .where(listed.c.what == _ROW)
        .order_by(
            sa.case((listed.c.parent.is_(None), 1), else_=0),
            listed.c.parent,
            listed.c.proposed,
            sa.func.char_length(listed.c.id),
            listed.c.id,
            *keys,
        )
    )


def _own_calls(subject: Subject, placed: Placed, spread: sa.Subquery) -> Question:
    """The last call_index that each parent's own calls have, in the columns of ``spread``."""
    calls = subject.child("own")
    state, *partners = subject.key(calls)
    parents = sa.select(placed.keys.c.parent).where(placed.keys.c.parent.is_not(None))
    key = [sa.cast(subject.collated(state), sa.Text), *partners]
    last = sa.func.max(subject.number(calls))
    names = [column.name for column in placed.parent]
    found = dict(zip(names, key, strict=True)) | {"what": _OWN, "last": last}
    return (
        sa.select(*(found.get(column.name, sa.null()) for column in spread.c))
        .where(subject.collated(state).in_(parents))
        .group_by(*key)
    )
