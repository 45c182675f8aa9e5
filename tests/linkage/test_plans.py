"""How SQLite means to answer: no table is gone through once for each row of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as sa_event

from flake8_stateid.linkage import check_linkage, find_orphans
from tests.linkage.conftest import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

BY_TEXT = "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id TEXT, call_index INTEGER{})"
KEY = ", FOREIGN KEY (state_id) REFERENCES node_states (state_id)"
UNIQUE = "CREATE TABLE node_states (state_id TEXT PRIMARY KEY, run_id TEXT)"
NOT_UNIQUE = "CREATE TABLE node_states (state_id TEXT, run_id TEXT)"
SCHEMAS = {
    "no index": (UNIQUE, BY_TEXT.format("")),
    "a key, no index": (UNIQUE, BY_TEXT.format(KEY)),
    "an index": (UNIQUE, BY_TEXT.format(f", UNIQUE (state_id, call_index){KEY}")),
    "times": (UNIQUE, BY_TEXT.format(", created_at TEXT")),
    "artifacts": (
        UNIQUE,
        "CREATE TABLE artifacts (artifact_id TEXT PRIMARY KEY, produced_by_state_id TEXT"
        " REFERENCES node_states (state_id))",
    ),
    "no types": (
        "CREATE TABLE node_states (state_id PRIMARY KEY, run_id)",
        "CREATE TABLE calls (state_id, call_index)",
    ),
    "no type here": (UNIQUE, "CREATE TABLE calls (state_id, call_index INTEGER)"),
    "no type there": (
        "CREATE TABLE node_states (state_id PRIMARY KEY, run_id)",
        BY_TEXT.format(""),
    ),
    "a target without index": (NOT_UNIQUE, BY_TEXT.format("")),
    "a target that is a view": (
        "CREATE TABLE states (state_id TEXT, run_id TEXT)",
        "CREATE VIEW node_states AS SELECT * FROM states",
        BY_TEXT.format(""),
    ),
    "numbers": (
        "CREATE TABLE node_states (state_id INTEGER PRIMARY KEY)",
        "CREATE TABLE calls (state_id INTEGER, call_index INTEGER)",
    ),
    "a composite key": (
        "CREATE TABLE node_states (run_id TEXT, state_id TEXT, PRIMARY KEY (run_id, state_id))",
        "CREATE TABLE calls (run_id TEXT, state_id TEXT, call_index INTEGER,"
        " FOREIGN KEY (run_id, state_id) REFERENCES node_states (run_id, state_id))",
    ),
}


def nested_scans(plan: list[Any]) -> Iterator[str]:
    """Each loop inside another that goes through all its rows.

    Args:
        plan: Rows of ``EXPLAIN QUERY PLAN``: number, number above, nothing, text. The loops under
            one number are nested in their order.
    """
    texts = {number: text for number, _, _, text in plan}
    outer: dict[int, str] = {
        number: text for number, text in texts.items() if text.startswith("CORRELATED")
    }
    for _, above, _, text in plan:
        if not text.startswith(("SCAN", "SEARCH")):
            continue
        # There are as few lengths of ids as ids are long.
        if above in outer and text.startswith("SCAN") and "lengths" not in text:
            yield f"{text}, in {outer[above]}"
        outer.setdefault(above, text)


def test_a_nested_scan_is_seen(sqlite: sa.Engine) -> None:
    """The judge itself: two loops, and a subquery for each row."""
    execute(sqlite, "CREATE TABLE a (x TEXT)", "CREATE TABLE b (x TEXT)")
    for question, found in (
        ("SELECT * FROM a CROSS JOIN b", ["SCAN b, in SCAN a"]),
        ("SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x > a.x)", ["SCAN b, in CORR"]),
        ("SELECT * FROM a CROSS JOIN b ON a.x = b.x", []),
        ("SELECT * FROM a WHERE x IN (SELECT x FROM b)", []),
    ):
        with sqlite.connect() as connection:
            plan = list(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}"))
        seen = list(nested_scans(plan))
        assert len(seen) == len(found)
        assert all(map(str.startswith, seen, found))


@pytest.mark.parametrize("is_analyzed", [False, True])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_no_scan_inside_another(sqlite: sa.Engine, schema: str, is_analyzed: bool) -> None:
    """Whatever is indexed, and whatever SQLite knows or believes of sizes."""
    statements = SCHEMAS[schema]
    ids = "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
    table = "artifacts" if schema == "artifacts" else "calls"
    column = "produced_by_state_id" if schema == "artifacts" else "state_id"
    states = "states" if "view" in schema else "node_states"
    run = ("run_id, ", "'r', ") if "composite" in schema else ("", "")
    prefix = "" if schema == "numbers" else "'s' || "
    added = " + 100" if schema == "numbers" else " || '_row' || (i / 2)"
    execute(
        sqlite,
        *statements,
        f"INSERT INTO {states} ({run[0]}state_id) {ids} SELECT {run[1]}{prefix}i FROM n",
        *(
            f"INSERT INTO {table} ({run[0]}{column}) {ids} SELECT {run[1]}{prefix}i{suffix} FROM n"
            for suffix in ("", *[added] * 2)
        ),
        *(["ANALYZE"] if is_analyzed else []),
    )
    plans = {}

    def explain(
        connection: sa.Connection, cursor: Any, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith(("SELECT", "WITH")) and "EXPLAIN" not in statement:
            driver: Any = connection.connection.driver_connection
            plans[statement] = list(driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    sa_event.listen(sqlite, "before_cursor_execute", explain)
    assert check_linkage(sqlite).orphans == 180
    assert len(find_orphans(sqlite)) == 180
    assert len(plans) >= 4
    assert [scan for plan in plans.values() for scan in nested_scans(plan)] == []
