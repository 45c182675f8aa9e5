"""What a report says, as headings, sentences and tables; the renderers choose the looks."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.escaping import printable
from flake8_stateid.linkage.report import Declaration, Verdict
from flake8_stateid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.linkage.report import CallIndexLinkage, ColumnLinkage, LinkageReport


class Tone(enum.Enum):
    """What a sentence is, for a renderer to choose its looks."""

    HEADING = "heading"
    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    CAUTION = "caution"


class Sentence(NamedTuple):
    """A heading or a sentence; an empty text is a blank line."""

    text: str
    tone: Tone = Tone.PLAIN


class Grid(NamedTuple):
    """A table: a header, and rows of as many cells; numbers stand right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


BLANK = Sentence("")


def document(report: LinkageReport) -> Iterator[Sentence | Grid]:
    """The report from top to bottom; the verdict comes last, where a terminal shows it."""
    target = report.target
    yield Sentence(f"Linkage of {target}", Tone.HEADING)
    yield Sentence(f"{printable(report.database)} ({report.dialect})")
    yield Sentence(f"{counted(report.target_rows, 'row')} in {printable(target.table_name)}")
    yield BLANK
    if report.columns:
        yield Grid(
            ("Column", "Declared by", "Rows", "Nulls", "Orphans", "Ids"),
            tuple(
                (
                    printable(str(column.reference.column)),
                    column.reference.declaration.value,
                    column.rows,
                    column.nulls,
                    column.orphans,
                    column.orphan_ids,
                )
                for column in report.columns
            ),
        )
    for column in report.columns:
        if column.orphans:
            yield from _orphans(column)
    for index in report.call_indexes:
        if not index.is_whole:
            yield from _call_index(index)
    yield from _cautions(report)
    yield BLANK
    yield from _verdict(report)


def _orphans(column: ColumnLinkage) -> Iterator[Sentence | Grid]:
    target = column.reference.target
    yield BLANK
    yield Sentence(
        f"{printable(str(column.reference.column))}: {counted(column.orphans, 'orphan')} under "
        f"{counted(column.orphan_ids, 'id')} that {printable(str(target))} does not have",
        Tone.BAD,
    )
    if column.patterns:
        yield Grid(
            ("Suffix of an existing id", "Orphans", "Ids"),
            tuple((printable(p.pattern), p.orphans, p.ids) for p in column.patterns),
        )
    if column.top_parents:
        yield Grid(
            (f"Existing id (of {column.parents:,})", "Run", "Orphans", "Ids"),
            tuple(
                (printable(p.parent), printable(p.run or "-"), p.orphans, p.ids)
                for p in column.top_parents
            ),
        )
    if column.runs:
        yield Grid(
            (f"Run affected (of {column.runs:,})", "Orphans"),
            tuple((printable(run.run), run.orphans) for run in column.top_runs),
        )
    if column.parentless:
        extend = "extends" if column.parentless == 1 else "extend"
        text = f"{counted(column.parentless, 'orphan')} {extend} no existing id"
        if column.mismatched:
            partners = ", ".join(here for here, _ in column.reference.partners)
            name = "names" if column.mismatched == 1 else "name"
            text += (
                f"; {column.mismatched:,} of them {name} an id that exists with another {partners}"
            )
        yield Sentence(f"{text}.")
    yield Grid(
        (f"Orphaned id (of {column.orphan_ids:,})", "Suffix", "Orphans"),
        tuple(
            (printable(s.recorded_id), "-" if s.suffix is None else printable(s.suffix), s.orphans)
            for s in column.samples
        ),
    )


def _call_index(index: CallIndexLinkage) -> Iterator[Sentence | Grid]:
    yield BLANK
    parts = []
    if index.repeated_calls:
        states = counted(index.states_with_repeats, "state")
        parts.append(f"{counted(index.repeated_calls, 'repeat')} in {states}")
    if index.missing_calls:
        states = counted(index.states_with_gaps, "state")
        parts.append(f"{index.missing_calls:,} missing in {states}")
    if index.unnumbered_calls:
        states = counted(index.states_with_unnumbered, "state")
        parts.append(f"{index.unnumbered_calls:,} unnumbered in {states}")
    yield Sentence(f"call_index by {printable(str(index.column))}: {', '.join(parts)}", Tone.BAD)
    yield Grid(
        ("State", "Calls", "Distinct", "First", "Last"),
        tuple(
            (printable(s.state_id), s.calls, s.distinct, _end(s.first), _end(s.last))
            for s in index.samples
        ),
    )


def _end(number: int | None) -> int | str:
    return "-" if number is None else number


def _cautions(report: LinkageReport) -> Iterator[Sentence]:
    cautions = [
        f"{printable(str(column.reference.column))}: {risk.meaning}."
        for column in report.columns
        for risk in column.reference.risks
    ]
    cautions += [
        f"{printable(str(item.column))} was not checked: {printable(item.reason)}."
        for item in report.unchecked
    ]
    if cautions:
        yield BLANK
    for caution in cautions:
        yield Sentence(caution, Tone.CAUTION)


def _verdict(report: LinkageReport) -> Iterator[Sentence]:
    if report.verdict is Verdict.UNKNOWN:
        if not report.columns:
            text = "no column refers to the target; nothing was checked"
        else:
            left = ", ".join(printable(str(column)) for column in report.left_open)
            were = "was" if len(report.left_open) == 1 else "were"
            text = f"{_all_exists(report)}, but {left} {were} not checked"
        yield Sentence(f"UNKNOWN: {text}.", Tone.BAD)
    elif report.verdict is Verdict.WHOLE:
        yield Sentence(f"WHOLE: {_all_exists(report)}.", Tone.GOOD)
    else:
        found = [counted(report.orphans, "orphan")] if report.orphans else []
        repeats = sum(index.repeated_calls for index in report.call_indexes)
        missing = sum(index.missing_calls for index in report.call_indexes)
        found += [counted(repeats, "repeated call_index")] if repeats else []
        found += [counted(missing, "missing call_index")] if missing else []
        unnumbered = sum(index.unnumbered_calls for index in report.call_indexes)
        found += [counted(unnumbered, "unnumbered call")] if unnumbered else []
        yield Sentence(f"NOT WHOLE: {', '.join(found)}.", Tone.BAD)
        yield Sentence(_what_to_do(report))


def _all_exists(report: LinkageReport) -> str:
    declared = sum(c.reference.declaration is Declaration.FOREIGN_KEY for c in report.columns)
    return (
        f"every id in {counted(len(report.columns), 'column')} exists ({declared} by foreign key, "
        f"{len(report.columns) - declared} by name)"
    )


def _what_to_do(report: LinkageReport) -> str:
    if report.orphans:
        return (
            "Run 'flake8-stateid lint' on the plugins to find where such ids are built; "
            "'flake8-stateid audit URL --mapping FILE' proposes a parent for each orphan."
        )
    return (
        "A client that was released or made anew under one state id starts counting again (SID101 "
        "and SID102 of 'flake8-stateid lint'); a missing number is a call that was not recorded; "
        "an unnumbered call has no call_index, or none of 0, 1, 2 ..."
    )
