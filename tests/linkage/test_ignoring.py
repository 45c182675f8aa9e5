"""Columns that are left out because their owners say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.linkage import (
    LinkageError,
    Verdict,
    assert_linked,
    check_linkage,
    find_orphans,
    find_references,
)
from tests.linkage.conftest import create_audit, execute, record_batch, record_calls

if TYPE_CHECKING:
    import sqlalchemy as sa


def unchecked(engine: sa.Engine, *ignore: str) -> list[tuple[str, str, bool]]:
    """What the report says was left out."""
    found = check_linkage(engine, ignore=ignore).unchecked
    return [(str(item.column), item.reason, item.leaves_open) for item in found]


def test_a_column_that_is_named_alike(database: sa.Engine) -> None:
    """States of another kind are no orphans; that they were left out is said."""
    create_audit(database, {"s": "r"})
    record_batch(database, "s", is_fixed=True)
    execute(
        database,
        "CREATE TABLE addresses (state_id VARCHAR(9), call_index INTEGER)",
        "INSERT INTO addresses VALUES ('TX', 1)",
    )
    with pytest.raises(AssertionError, match="1 orphan"):
        assert_linked(database)
    ignore = ["addresses.state_id"]
    assert_linked(database, ignore=ignore)
    assert find_orphans(database, ignore=ignore) == []
    assert [str(item.column) for item in find_references(database, ignore=ignore)] == [
        "batches.aggregation_state_id",
        "calls.state_id",
    ]
    assert unchecked(database, *ignore) == [("addresses.state_id", "it was to be ignored", False)]


def test_others_are_checked_still(database: sa.Engine) -> None:
    """One column of a table, not the table, and not those of the same name."""
    create_audit(database, {"s": "r"}, with_keys=False)
    execute(database, "CREATE TABLE notes (state_id VARCHAR(9), parent_state_id VARCHAR(9))")
    execute(database, "INSERT INTO notes VALUES ('x', 'y')")
    record_calls(database, [("z", 0)])
    found = find_orphans(database, ignore=["notes.state_id"])
    assert [(str(orphan.column), orphan.recorded_id) for orphan in found] == [
        ("calls.state_id", "z"),
        ("notes.parent_state_id", "y"),
    ]


def test_a_call_index(database: sa.Engine) -> None:
    """One that cannot be read leaves nothing open then, and one that counts else is not read."""
    create_audit(database, {"s": "r"}, with_keys=False)
    execute(database, "CREATE TABLE events (state_id VARCHAR(9), call_index VARCHAR(9))")
    record_calls(database, [("s", 7), ("s", 9)])
    assert check_linkage(database).verdict is Verdict.NOT_WHOLE
    only_events = check_linkage(database, ignore=["calls.call_index"])
    assert only_events.call_indexes == ()
    assert only_events.verdict is Verdict.UNKNOWN
    assert_linked(database, ignore=["calls.call_index", "events.call_index"])
    assert unchecked(database, "events.call_index", "calls.call_index") == [
        ("events.call_index", "it was to be ignored", False),
        ("calls.call_index", "it was to be ignored", False),
    ]


def test_spellings(sqlite: sa.Engine) -> None:
    """Names compare as the database compares them; a schema may be given."""
    create_audit(sqlite, {"s": "r"}, with_keys=False)
    execute(sqlite, 'CREATE TABLE "odd.name" (state_id VARCHAR(9))')
    left = ["main.CALLS.State_Id", '"odd.name".state_id']
    assert [str(item.column) for item in find_references(sqlite, ignore=left)] == [
        "batches.aggregation_state_id"
    ]


def test_in_a_schema(postgres: sa.Engine) -> None:
    """With a schema, that one alone; also a key in one that was not asked for."""
    create_audit(postgres, {"s": "r"}, with_keys=False)
    execute(
        postgres,
        "CREATE SCHEMA other",
        "CREATE TABLE other.calls (state_id VARCHAR(64) REFERENCES node_states)",
    )
    assert check_linkage(postgres).verdict is Verdict.UNKNOWN
    report = check_linkage(postgres, ignore=["other.calls.state_id"])
    assert report.verdict is Verdict.WHOLE
    assert "calls.state_id" in [str(item.reference.column) for item in report.columns]


@pytest.mark.parametrize(
    ("ignore", "sentence"),
    [
        ("call.state_id", r"'call\.state_id' is none of those to check \(batches\.aggregation"),
        ("calls.call_id", r"'calls\.call_id' is none of those to check"),
        ("other.calls.state_id", r"is none of those to check"),
        ("state_id", r"the column to ignore 'state_id' is no column: write table\.column"),
        ("", "ignore: an empty name"),
    ],
)
def test_one_that_is_not_there(sqlite: sa.Engine, ignore: str, sentence: str) -> None:
    """A misspelt one would be checked in silence, and taken to be ignored."""
    create_audit(sqlite, {"s": "r"})
    with pytest.raises(LinkageError, match=sentence):
        check_linkage(sqlite, ignore=[ignore])


def test_all_of_them(sqlite: sa.Engine) -> None:
    """A check of nothing must not pass."""
    create_audit(sqlite, {"s": "r"})
    ignore = ["calls.state_id", "batches.aggregation_state_id"]
    with pytest.raises(LinkageError, match=r"every column that refers to .* was to be ignored"):
        assert_linked(sqlite, ignore=ignore)
    with pytest.raises(LinkageError, match=r"every column that refers to .* was to be ignored"):
        find_orphans(sqlite, ignore=ignore)


def test_a_text_is_no_list(sqlite: sa.Engine) -> None:
    """It would be taken for its letters."""
    with pytest.raises(TypeError, match="ignore is a list of names"):
        find_references(sqlite, ignore="calls.state_id")
