"""What the check finds in a column, on both databases."""

from __future__ import annotations

import atexit
import re
from functools import cache

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_stateid.linkage import (
    CallIndexSample,
    Orphan,
    OrphanSample,
    ParentOrphans,
    RunOrphans,
    SuffixPattern,
    Verdict,
    check_linkage,
    find_orphans,
    iter_orphans,
)
from flake8_stateid.linkage.placing import SEPARATORS
from tests.linkage.conftest import (
    SCHEMA,
    create_audit,
    create_states_of_runs,
    execute,
    record_batch,
    record_calls,
    values,
)


def states_and_calls(engine: sa.Engine, states: list[str], calls: list[str]) -> list[Orphan]:
    """Find the orphans among undeclared calls of some states."""
    execute(
        engine,
        "CREATE TABLE node_states (state_id TEXT PRIMARY KEY)",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id TEXT)",
    )
    with engine.begin() as connection:
        for state in states:
            connection.execute(sa.text("INSERT INTO node_states VALUES (:id)"), {"id": state})
        for number, state in enumerate(calls):
            connection.execute(
                sa.text("INSERT INTO calls VALUES (:n, :id)"), {"n": number, "id": state}
            )
    return find_orphans(engine)


def test_a_whole_database(database: sa.Engine) -> None:
    """Everything is counted, nothing is found."""
    create_audit(database, {"s1": "r1", "s2": "r1"})
    record_batch(database, "s1", is_fixed=True)
    execute(database, "INSERT INTO batches VALUES ('b1', NULL), ('b2', 's2')")
    report = check_linkage(database)
    assert report.verdict is Verdict.WHOLE
    assert (report.target_rows, report.orphans) == (2, 0)
    batches, calls = report.columns
    assert (batches.rows, batches.nulls, batches.orphans, batches.runs) == (2, 1, 0, 0)
    assert (calls.rows, calls.nulls, calls.orphans, calls.samples) == (6, 0, 0, ())
    (index,) = report.call_indexes
    assert index.is_whole
    assert str(index.column) == "calls.state_id"


def test_an_empty_database_is_whole(database: sa.Engine) -> None:
    """Nothing recorded, nothing orphaned."""
    execute(database, *(text.format(key="") for text in SCHEMA))
    report = check_linkage(database)
    assert report.verdict is Verdict.WHOLE
    assert [column.rows for column in report.columns] == [0, 0]


def test_orphans_are_traced_to_parent_pattern_and_run(database: sa.Engine) -> None:
    """Two batches of two runs built their own ids; one id comes from nowhere."""
    create_audit(database, {"s1": "r1", "s2": "r2", "s3": "r2"}, with_keys=False)
    calls = [("s1", 0), ("s1", 1)]
    calls += [(f"s1_row{row}", index) for row in range(3) for index in range(2)]
    calls += [("s2_row0", 0), ("s2:query-7:12", 0), ("gone_row0", 0)]
    record_calls(database, calls)
    execute(database, "INSERT INTO batches VALUES ('b', 's3-flush')")
    report = check_linkage(database)
    assert report.verdict is Verdict.NOT_WHOLE
    assert report.orphans == sum(column.orphans for column in report.columns)
    batches, found = report.columns
    assert batches.top_parents == (ParentOrphans("s3", 1, 1, "r2"),)
    assert found._replace(reference=batches.reference) == (
        batches.reference,
        11,
        0,
        9,
        6,
        0,
        2,
        1,
        2,
        (SuffixPattern("_row<N>", 7, 4), SuffixPattern(":query-<N>:<N>", 1, 1)),
        (ParentOrphans("s1", 6, 3, "r1"), ParentOrphans("s2", 2, 2, "r2")),
        (RunOrphans("r1", 6), RunOrphans("r2", 2)),
        (
            OrphanSample("s1_row0", "s1", "_row0", 2),
            OrphanSample("s1_row1", "s1", "_row1", 2),
            OrphanSample("s1_row2", "s1", "_row2", 2),
            OrphanSample("s2_row0", "s2", "_row0", 1),
            OrphanSample("gone_row0", None, None, 1),
        ),
    )


def test_one_id_in_two_composite_keys(database: sa.Engine) -> None:
    """Two states: each has its own calls, its own orphans, its own run."""
    create_states_of_runs(database)
    report = check_linkage(database)
    (found,) = report.columns
    assert (found.orphans, found.orphan_ids, found.parents, found.runs) == (4, 4, 2, 2)
    assert found.patterns == (SuffixPattern("_row<N>", 4, 4),)
    assert found.top_parents == (ParentOrphans("s", 3, 3, "r2"), ParentOrphans("s", 1, 1, "r1"))
    assert found.top_runs == (RunOrphans("r2", 3), RunOrphans("r1", 1))
    (numbered,) = report.call_indexes
    assert (numbered.states_with_repeats, numbered.states_with_gaps) == (0, 1)
    assert numbered.samples == (CallIndexSample("s", 2, 2, 0, 2),)


def test_samples_bound_the_lists_not_the_numbers(database: sa.Engine) -> None:
    """The largest come first."""
    create_audit(database, {f"s{n}": f"r{n}" for n in range(4)}, with_keys=False)
    record_calls(database, [(f"s{n}_row0", index) for n in range(4) for index in range(n + 1)])
    column = check_linkage(database, samples=2).columns[1]
    assert (column.orphans, column.orphan_ids, column.parents, column.runs) == (10, 4, 4, 4)
    assert [parent.parent for parent in column.top_parents] == ["s3", "s2"]
    assert [run.run for run in column.top_runs] == ["r3", "r2"]
    assert [sample.recorded_id for sample in column.samples] == ["s0_row0", "s1_row0"]


@pytest.mark.parametrize(
    ("states", "recorded", "parent", "pattern"),
    [
        pytest.param(["a", "a_b", "a_b_c"], "a_b_c_row7", "a_b_c", "_row<N>", id="longest"),
        pytest.param(["a", "a_b"], "a_bc_row7", "a", "_bc_row<N>", id="at a separator"),
        pytest.param(["s1"], "s12", None, None, id="no separator"),
        pytest.param(["a"], "a_", "a", "_", id="separator at the end"),
        pytest.param(["a%", "ab"], "a%_row1", "a%", "_row<N>", id="percent is no wildcard"),
        pytest.param(["a_c"], "abc_row1", None, None, id="underscore is no wildcard"),
        pytest.param(["a\\"], "a\\/1", "a\\", "/<N>", id="backslash"),
        pytest.param([""], "_row1", None, None, id="the empty id is nobody's parent"),
        pytest.param(["a"], "", None, None, id="empty orphan"),
        pytest.param(["A"], "a_row1", None, None, id="letter case counts"),
        pytest.param(["zustand-ü"], "zustand-ü→_1", None, None, id="separators are ASCII"),
        pytest.param(["状態"], "状態_行10", "状態", "_行<N>", id="characters, not bytes"),
        pytest.param(["x" * 3000], "x" * 3000 + "#1", "x" * 3000, "#<N>", id="long parent"),
        pytest.param(["x"], "x_" + "0123456789" * 900, "x", "_<N>", id="long suffix"),
        pytest.param(["a"], "a_1_22_x333", "a", "_<N>_<N>_x<N>", id="several numbers"),
        pytest.param(["a"], "a_\u0661", "a", "_\u0661", id="digits are ASCII"),
        pytest.param(["a b"], "a b c", "a b", " c", id="a space separates"),
        pytest.param(["a "], "a_1", None, None, id="a trailing space counts"),
        pytest.param(["it's"], "it's;drop", "it's", ";drop", id="quotes"),
    ],
)
def test_parent_and_pattern(
    database: sa.Engine, states: list[str], recorded: str, parent: str | None, pattern: str | None
) -> None:
    """The longest existing prefix at a separator, and what is added to it."""
    (orphan,) = states_and_calls(database, states, [*states, recorded])
    assert (orphan.recorded_id, orphan.parent, orphan.pattern) == (recorded, parent, pattern)
    (column,) = check_linkage(database).columns
    assert (column.orphans, column.parentless) == (1, int(parent is None))
    assert [p.parent for p in column.top_parents] == [parent] * (parent is not None)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_every_separator(sqlite: sa.Engine, separator: str) -> None:
    """Each is tried by itself."""
    (orphan,) = states_and_calls(sqlite, ["a"], [f"a{separator}1"])
    assert (orphan.parent, orphan.pattern) == ("a", f"{separator}<N>")


IDS = st.text(alphabet="ab1%_-é", max_size=8)


@cache
def in_memory() -> sa.Engine:
    """One database for all examples: SQLAlchemy compiles a query once for each engine."""
    engine = sa.create_engine("sqlite://")
    atexit.register(engine.dispose)
    return engine


@settings(max_examples=150, deadline=None)
@given(states=st.sets(IDS, max_size=8), recorded=IDS)
def test_parent_and_pattern_are_what_a_plain_reading_says(states: set[str], recorded: str) -> None:
    """The SQL against three lines of Python."""
    engine = in_memory()
    execute(engine, "DROP TABLE IF EXISTS calls", "DROP TABLE IF EXISTS node_states")
    found = states_and_calls(engine, sorted(states), [recorded])
    if recorded in states:
        assert found == []
        return
    cuts = [n for n in range(1, len(recorded)) if recorded[n] in SEPARATORS]
    parents = [recorded[:n] for n in cuts if recorded[:n] in states]
    parent = max(parents, key=len, default=None)
    suffix = None if parent is None else recorded[len(parent) :]
    pattern = None if suffix is None else re.sub("[0-9]+", "<N>", suffix)
    assert [(o.parent, o.pattern) for o in found] == [(parent, pattern)]


def test_numbers_as_ids_have_no_parent(database: sa.Engine) -> None:
    """12 is not a prefix of 123 in any sense that matters."""
    execute(
        database,
        "CREATE TABLE node_states (state_id INTEGER PRIMARY KEY)",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id INTEGER, call_index INTEGER)",
        "INSERT INTO node_states VALUES (12)",
        "INSERT INTO calls VALUES (1, 12, 0), (2, 123, 0), (3, NULL, 0)",
    )
    (column,) = check_linkage(database).columns
    assert (column.rows, column.nulls, column.orphans, column.parentless) == (3, 1, 1, 1)
    assert column.samples == (OrphanSample("123", None, None, 1),)
    assert [(o.recorded_id, o.key, o.parent) for o in find_orphans(database)] == [
        ("123", {"call_id": 2}, None)
    ]


@pytest.mark.parametrize("types", [("UUID", "UUID"), ("UUID", "TEXT"), ("TEXT", "UUID")])
def test_uuids_compare_with_their_text(postgres: sa.Engine, types: tuple[str, str]) -> None:
    """Whichever side is typed; only text can be cut."""
    known, unknown = (
        "1" * 8 + "-1111-1111-1111-" + "1" * 12,
        "2" * 8 + "-2222-2222-2222-" + "2" * 12,
    )
    execute(
        postgres,
        f"CREATE TABLE node_states (state_id {types[0]} PRIMARY KEY)",
        f"CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id {types[1]})",
        f"INSERT INTO node_states VALUES ('{known}')",
        f"INSERT INTO calls VALUES (1, '{known}'), (2, '{unknown}')",
    )
    if types[1] == "TEXT":
        execute(postgres, f"INSERT INTO calls VALUES (3, '{known}_row1')")
    found = [(o.recorded_id, o.parent) for o in find_orphans(postgres)]
    extended = [(f"{known}_row1", known)] if types[1] == "TEXT" else []
    assert found == [*extended, (unknown, None)]
    assert check_linkage(postgres).orphans == len(found)


def test_fixed_width_text(postgres: sa.Engine) -> None:
    """The blanks that CHAR pads with are no part of an id."""
    execute(
        postgres,
        "CREATE TABLE node_states (state_id CHAR(9) PRIMARY KEY)",
        "CREATE TABLE calls (state_id CHAR(19))",
        "INSERT INTO node_states VALUES ('a')",
        "INSERT INTO calls VALUES ('a'), ('a_row1')",
    )
    (orphan,) = find_orphans(postgres)
    assert (orphan.recorded_id.rstrip(), orphan.parent, orphan.pattern) == (
        "a_row1",
        "a",
        "_row<N>",
    )


def test_sqlite_compares_as_the_target_does(sqlite: sa.Engine) -> None:
    """As for a foreign key, the parent's collation decides."""
    execute(
        sqlite,
        "CREATE TABLE node_states (state_id TEXT COLLATE NOCASE PRIMARY KEY)",
        "CREATE TABLE calls (state_id TEXT)",
        "INSERT INTO node_states VALUES ('ABC')",
        "INSERT INTO calls VALUES ('abc'), ('abc_row1')",
    )
    (orphan,) = find_orphans(sqlite)
    assert (orphan.recorded_id, orphan.parent) == ("abc_row1", "ABC")  # as it stands there


def test_postgresql_columns_of_different_collations(postgres: sa.Engine) -> None:
    """PostgreSQL compares them only if told under which."""
    execute(
        postgres,
        'CREATE TABLE node_states (state_id TEXT COLLATE "POSIX" PRIMARY KEY)',
        'CREATE TABLE calls (state_id TEXT COLLATE "C", call_index INTEGER)',
        "INSERT INTO node_states VALUES ('a')",
        "INSERT INTO calls VALUES ('a', 0), ('a_row1', 0)",
    )
    (orphan,) = find_orphans(postgres)
    assert (orphan.recorded_id, orphan.parent, orphan.proposed_call_index) == ("a_row1", "a", 1)
    assert check_linkage(postgres).orphans == 1


def test_sqlite_values_that_are_no_text(sqlite: sa.Engine) -> None:
    """Bytes, NUL characters and bad UTF-8 in a column of text are shown, not fatal."""
    execute(
        sqlite,
        "CREATE TABLE node_states (state_id TEXT PRIMARY KEY)",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id TEXT)",
        "INSERT INTO node_states VALUES ('a')",
        "INSERT INTO calls VALUES (1, x'615f31'), (2, 'a_' || char(0) || 'x')",
    )
    report = check_linkage(sqlite)
    assert {sample.recorded_id for sample in report.columns[0].samples} == {"a_1", "a_\0x"}
    assert {o.recorded_id for o in find_orphans(sqlite)} == {b"a_1", "a_\0x"}


class TestRuns:
    """The way from a parent to its run."""

    def test_run_column_of_the_state_itself(self, database: sa.Engine) -> None:
        """Newer schemas keep it there; no join is needed."""
        execute(
            database,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY, run_id INTEGER)",
            "CREATE TABLE calls (state_id VARCHAR(9))",
            "INSERT INTO node_states VALUES ('a', 7)",
            "INSERT INTO calls VALUES ('a_1'), ('b_1')",
        )
        (column,) = check_linkage(database).columns
        assert (column.runs, column.top_runs) == (1, (RunOrphans("7", 1),))

    def test_path_by_names_where_no_key_is_declared(self, database: sa.Engine) -> None:
        """token_id leads to tokens, row_id to rows."""
        execute(
            database,
            "CREATE TABLE rows (row_id VARCHAR(9), run_id VARCHAR(9))",
            "CREATE TABLE tokens (token_id VARCHAR(9), row_id VARCHAR(9))",
            "CREATE TABLE node_states (state_id VARCHAR(9), token_id VARCHAR(9))",
            "CREATE TABLE calls (state_id VARCHAR(9))",
            "INSERT INTO rows VALUES ('r', 'run')",
            "INSERT INTO tokens VALUES ('t', 'r')",
            "INSERT INTO node_states VALUES ('a', 't'), ('b', 'lost')",
            "INSERT INTO calls VALUES ('a_1'), ('b_1')",
        )
        (column,) = check_linkage(database).columns
        assert column.top_parents == (
            ParentOrphans("a", 1, 1, "run"),
            ParentOrphans("b", 1, 1, None),
        )
        assert (column.runs, column.top_runs) == (1, (RunOrphans("run", 1),))

    def test_key_to_runs_under_another_name(self, database: sa.Engine) -> None:
        """The key counts, not its name."""
        execute(
            database,
            "CREATE TABLE runs (id VARCHAR(9) PRIMARY KEY)",
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY,"
            " belongs_to VARCHAR(9) REFERENCES runs (id))",
            "CREATE TABLE calls (state_id VARCHAR(9))",
            "INSERT INTO runs VALUES ('run')",
            "INSERT INTO node_states VALUES ('a', 'run')",
            "INSERT INTO calls VALUES ('a_1')",
        )
        (column,) = check_linkage(database).columns
        assert column.top_runs == (RunOrphans("run", 1),)

    def test_no_path(self, database: sa.Engine) -> None:
        """None, not zero; a loop of keys ends."""
        execute(
            database,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY,"
            " prior VARCHAR(9) REFERENCES node_states (state_id))",
            "CREATE TABLE calls (state_id VARCHAR(9))",
            "INSERT INTO node_states VALUES ('a', NULL)",
            "INSERT INTO calls VALUES ('a_1')",
        )
        calls = check_linkage(database).columns[0]
        assert (calls.runs, calls.top_runs) == (None, ())
        assert calls.top_parents == (ParentOrphans("a", 1, 1, None),)


class TestCallIndex:
    """Repeats and gaps per state."""

    @pytest.mark.parametrize(
        ("numbers", "repeats", "missing", "unnumbered"),
        [
            ([0, 1, 2], 0, 0, 0),
            ([2, 0, 1], 0, 0, 0),
            ([], 0, 0, 0),
            ([0, 0, 1], 1, 0, 0),
            ([0, 0, 0, 1, 1], 3, 0, 0),
            ([0, 2], 0, 1, 0),
            ([1, 2], 0, 1, 0),
            ([0, 0, 2], 1, 1, 0),
            ([0, 2, 2, 2, 4], 2, 2, 0),
            ([-1, 0], 0, 0, 1),
            ([-2, -2, 1], 0, 1, 2),
            ([None, 0, 1], 0, 0, 1),
            ([None, None], 0, 0, 2),
        ],
    )
    def test_repeats_gaps_and_calls_without_a_number(
        self,
        database: sa.Engine,
        numbers: list[int | None],
        repeats: int,
        missing: int,
        unnumbered: int,
    ) -> None:
        """A state beside one that is right, and calls without a state."""
        execute(
            database,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
            "CREATE TABLE calls (state_id VARCHAR(9), call_index INTEGER)",
            "INSERT INTO node_states VALUES ('a'), ('b')",
            f"INSERT INTO calls {values([('b', 0), ('b', 1), (None, 5), (None, 5)])}",
        )
        if numbers:
            execute(database, f"INSERT INTO calls {values([('a', n) for n in numbers])}")
        (index,) = check_linkage(database).call_indexes
        assert (index.states_with_repeats, index.repeated_calls) == (int(repeats > 0), repeats)
        assert (index.states_with_gaps, index.missing_calls) == (int(missing > 0), missing)
        assert (index.states_with_unnumbered, index.unnumbered_calls) == (
            int(unnumbered > 0),
            unnumbered,
        )
        assert index.is_whole is (not repeats and not missing and not unnumbered)
        present = [n for n in numbers if n is not None]
        first, last = (min(present), max(present)) if present else (None, None)
        different = len({n for n in present if n >= 0})
        assert index.samples == (
            () if index.is_whole else (CallIndexSample("a", len(numbers), different, first, last),)
        )

    def test_calls_without_a_number_under_a_unique_key(self, database: sa.Engine) -> None:
        """Such a key allows any number of nulls."""
        execute(
            database,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
            "CREATE TABLE calls (state_id VARCHAR(9), call_index INTEGER,"
            " UNIQUE (state_id, call_index))",
            "INSERT INTO node_states VALUES ('a')",
            "INSERT INTO calls VALUES ('a', 0), ('a', NULL), ('a', NULL), ('a', -3)",
        )
        report = check_linkage(database)
        (index,) = report.call_indexes
        assert (index.repeated_calls, index.missing_calls, index.unnumbered_calls) == (0, 0, 3)
        assert report.verdict is Verdict.NOT_WHOLE

    def test_what_sqlite_keeps_in_a_column_of_integers(self, sqlite: sa.Engine) -> None:
        """Fractions and words are no numbers of calls, and hide no gap."""
        execute(
            sqlite,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
            "CREATE TABLE calls (state_id VARCHAR(9), call_index INTEGER)",
            "INSERT INTO node_states VALUES ('a')",
            "INSERT INTO calls VALUES ('a', 0), ('a', 0.5), ('a', 'x'), ('a', 2), ('a', '3')",
        )
        (index,) = check_linkage(sqlite).call_indexes
        assert (index.repeated_calls, index.missing_calls, index.unnumbered_calls) == (0, 1, 2)

    def test_gaps_under_a_unique_key(self, database: sa.Engine) -> None:
        """Where no repeat is possible, gaps still are."""
        create_audit(database, {"s": "r"})
        record_calls(database, [("s", 0), ("s", 3)])
        report = check_linkage(database)
        (index,) = report.call_indexes
        assert (index.repeated_calls, index.missing_calls) == (0, 2)
        assert report.verdict is Verdict.NOT_WHOLE

    def test_repeats_under_a_partial_unique_key(self, database: sa.Engine) -> None:
        """A unique index with a condition forbids nothing outside it."""
        execute(
            database,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
            "CREATE TABLE calls (state_id VARCHAR(9), call_index INTEGER, kind VARCHAR(9))",
            "CREATE UNIQUE INDEX i ON calls (state_id, call_index) WHERE kind = 'llm'",
            "INSERT INTO node_states VALUES ('a')",
            "INSERT INTO calls VALUES ('a', 0, 'http'), ('a', 0, 'http')",
        )
        (index,) = check_linkage(database).call_indexes
        assert index.repeated_calls == 1

    def test_counted_by_the_column_that_bears_the_name(self, database: sa.Engine) -> None:
        """A second reference of the table does not number its calls."""
        execute(
            database,
            "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
            "CREATE TABLE calls (parent_state_id VARCHAR(9), state_id VARCHAR(9),"
            " zone_state_id VARCHAR(9), call_index INTEGER)",
            "CREATE TABLE events (state_id VARCHAR(9), call_index VARCHAR(9))",
        )
        report = check_linkage(database)
        (index,) = report.call_indexes
        assert str(index.column) == "calls.state_id"
        # What cannot be counted is named.
        (unchecked,) = report.unchecked
        assert str(unchecked.column) == "events.call_index"
        assert report.verdict is Verdict.UNKNOWN
        assert unchecked.reason == "its type VARCHAR(length=9) is none of numbers"

    @pytest.mark.parametrize(
        "type_", ["NUMERIC", "NUMERIC(9, 2)", "REAL", "DOUBLE PRECISION", "", "BLOB", "DATE"]
    )
    def test_numbers_of_other_types(
        self, request: pytest.FixtureRequest, sqlite: sa.Engine, type_: str
    ) -> None:
        """A number is one in whatever column: in SQLite in any that is not declared as text."""
        engines = [sqlite]
        if type_ not in ("", "BLOB", "DATE"):
            engines.append(request.getfixturevalue("postgres"))
        for engine in engines:
            execute(
                engine,
                "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
                f"CREATE TABLE calls (state_id VARCHAR(9), call_index {type_})",
                "INSERT INTO node_states VALUES ('a'), ('b'), ('c')",
                "INSERT INTO calls VALUES ('a', 1), ('a', 0), ('b', 0), ('b', 0), ('b', 10),"
                " ('b', 9)",
            )
            report = check_linkage(engine)
            assert report.unchecked == ()
            (index,) = report.call_indexes
            assert index.samples == (CallIndexSample("b", 4, 3, 0, 10),)
            assert (index.repeated_calls, index.missing_calls, index.unnumbered_calls) == (1, 8, 0)
            execute(engine, "DELETE FROM calls WHERE state_id = 'b'")
            assert check_linkage(engine).verdict is Verdict.WHOLE
            execute(engine, "INSERT INTO calls VALUES ('c', 0), ('c', 0.5), ('c', NULL)")
            (index,) = check_linkage(engine).call_indexes
            assert (index.states_with_unnumbered, index.unnumbered_calls) == (1, 2)
            assert (index.repeated_calls, index.missing_calls) == (0, 0)

    @pytest.mark.parametrize("type_", ["NUMERIC", "REAL", "DOUBLE PRECISION"])
    def test_numbers_that_no_integer_can_be(self, postgres: sa.Engine, type_: str) -> None:
        """Neither NaN nor what is too large ends the check."""
        execute(
            postgres,
            "CREATE TABLE node_states (state_id TEXT PRIMARY KEY)",
            f"CREATE TABLE calls (state_id TEXT, call_index {type_})",
            "INSERT INTO node_states VALUES ('a')",
            "INSERT INTO calls VALUES ('a', 0), ('a', 'NaN'), ('a', 1e30), ('a', -1),"
            " ('a_1', 'NaN')",
        )
        (index,) = check_linkage(postgres).call_indexes
        assert index.samples[0] == CallIndexSample("a", 4, 1, 0, 0)
        assert (index.repeated_calls, index.missing_calls, index.unnumbered_calls) == (0, 0, 4)
        (orphan,) = find_orphans(postgres)
        assert (orphan.parent, orphan.proposed_call_index) == ("a", 1)

    def test_text_in_a_column_without_a_type(self, sqlite: sa.Engine) -> None:
        """What reads as a number is one, also where a unique key takes 0 and '0' for two."""
        execute(
            sqlite,
            "CREATE TABLE node_states (state_id TEXT PRIMARY KEY)",
            "CREATE TABLE calls (state_id TEXT, call_index, UNIQUE (state_id, call_index))",
            "INSERT INTO node_states VALUES ('a')",
            "INSERT INTO calls VALUES ('a', 0), ('a', '0'), ('a', 'x'), ('a', 1e300)",
        )
        (index,) = check_linkage(sqlite).call_indexes
        assert (index.repeated_calls, index.missing_calls, index.unnumbered_calls) == (1, 0, 2)


def test_iter_orphans_closes_what_it_opened(sqlite: sa.Engine) -> None:
    """Also when it is not read to its end."""
    states_and_calls(sqlite, ["a"], ["a_1", "a_2"])
    orphans = iter_orphans(sqlite)
    next(orphans)
    assert sqlite.pool.checkedout() == 1  # type: ignore[attr-defined]
    orphans.close()  # type: ignore[attr-defined]
    assert sqlite.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_works_in_autocommit(database: sa.Engine) -> None:
    """An engine that commits each statement has no cursor on the server."""
    states_and_calls(database, ["a"], ["a_1"])
    engine = database.execution_options(isolation_level="AUTOCOMMIT")
    assert [orphan.parent for orphan in find_orphans(engine)] == ["a"]
    assert check_linkage(engine).orphans == 1


def test_progress_names_each_question(sqlite: sa.Engine) -> None:
    """In a few words."""
    create_audit(sqlite, {"s": "r"})
    record_batch(sqlite, "s", is_fixed=False)
    told: list[str] = []
    check_linkage(sqlite, progress=told.append)
    assert told == [
        "reading the schema",
        "node_states: counting rows",
        "batches.aggregation_state_id: counting rows",
        "batches.aggregation_state_id: looking for orphans among 0 rows",
        "calls.state_id: counting rows",
        "calls.state_id: looking for orphans among 6 rows",
        "calls.state_id: tracing 6 orphans",
        "calls: looking for repeats and gaps in call_index",
    ]
