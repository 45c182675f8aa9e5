"""Which columns count as references, and what makes their keys weak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.linkage import (
    Declaration,
    LinkageError,
    Risk,
    check_linkage,
    find_orphans,
    find_references,
)
from tests.linkage.conftest import create_audit, execute

if TYPE_CHECKING:
    import sqlalchemy as sa

STATES = "CREATE TABLE node_states (state_id VARCHAR(64) PRIMARY KEY)"
KEY = "REFERENCES node_states (state_id)"
NOT_ENFORCED_SINCE = (18, 0)


def names(engine: sa.Engine, **options: object) -> list[str]:
    """The references, as text."""
    return [str(found.column) for found in find_references(engine, **options)]  # type: ignore[arg-type]


def unchecked(engine: sa.Engine) -> dict[str, str]:
    """What was passed over, and why."""
    return {str(item.column): item.reason for item in check_linkage(engine).unchecked}


def test_declared_and_undeclared_are_told_apart(database: sa.Engine) -> None:
    """By foreign key or by name, in the order of their names."""
    create_audit(database, {"s": "r"})
    execute(database, "CREATE TABLE notes (note_id INTEGER PRIMARY KEY, Row_State_Id VARCHAR(64))")
    found = {ref.column.table: ref for ref in find_references(database)}
    assert list(found) == ["batches", "calls", "notes"]
    assert found["calls"].declaration is Declaration.FOREIGN_KEY
    assert found["calls"].risks == ()
    assert not found["calls"].is_nullable
    assert found["batches"].is_nullable
    assert found["batches"].column.column == "aggregation_state_id"
    assert found["notes"].declaration is Declaration.NAME
    assert found["notes"].risks == (Risk.UNDECLARED,)


@pytest.mark.parametrize(
    "column",
    [
        "state VARCHAR(64)",
        "state_id_prefix VARCHAR(64)",
        "state_ident VARCHAR(64)",
        "estate_id VARCHAR(64)",
        "id VARCHAR(64)",
    ],
)
def test_other_names_are_no_references(sqlite: sa.Engine, column: str) -> None:
    """Only what ends in the target's name as a whole word is."""
    execute(sqlite, STATES, f"CREATE TABLE notes ({column})")
    assert names(sqlite) == []


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("state_ids TEXT", "plural"),
        ("state_id VARCHAR(64) PRIMARY KEY", "own table's primary key"),
        ("state_id INTEGER", "does not compare"),
        ("state_id TIMESTAMP", "does not compare"),
    ],
)
def test_doubtful_columns_are_named_not_checked(
    database: sa.Engine, column: str, reason: str
) -> None:
    """A silent omission would look like a clean column."""
    execute(database, STATES, f"CREATE TABLE notes ({column})")
    assert names(database) == []
    (found,) = unchecked(database).values()
    assert reason in found


def test_a_key_to_another_table_is_no_reference(database: sa.Engine) -> None:
    """``state_id`` may name the state of something else."""
    execute(
        database,
        STATES,
        "CREATE TABLE composition_states (state_id VARCHAR(64) PRIMARY KEY)",
        "CREATE TABLE messages (state_id VARCHAR(64) REFERENCES composition_states (state_id))",
    )
    assert names(database) == []


def test_names_and_targets_of_other_domains(database: sa.Engine) -> None:
    """``edges.edge_id`` brings its own name; a target named ``id`` brings none."""
    execute(
        database,
        "CREATE TABLE edges (edge_id VARCHAR(9) PRIMARY KEY, id VARCHAR(9) UNIQUE)",
        "CREATE TABLE events (edge_id VARCHAR(9), id VARCHAR(9))",
    )
    assert names(database, target="edges.edge_id") == ["events.edge_id"]
    assert names(database, target="edges.id") == []
    assert names(database, target="edges.id", names=("edge_id",)) == ["events.edge_id"]


@pytest.mark.parametrize("option", ["schemas", "names"])
def test_one_name_is_no_list_of_names(database: sa.Engine, option: str) -> None:
    """A text would be taken for its letters, and no column found that is called so."""
    with pytest.raises(TypeError, match=rf"{option} is a list of names, so write \['event_id'\]"):
        find_references(database, **{option: "event_id"})


@pytest.mark.parametrize("option", ["schemas", "names"])
def test_an_empty_name_is_no_name(database: sa.Engine, option: str) -> None:
    """Every column would end in it."""
    create_audit(database, {"s": "r"})
    with pytest.raises(LinkageError, match=f"{option}: an empty name"):
        find_references(database, **{option: [""]})  # type: ignore[arg-type]


def test_a_view_of_a_table_that_is_gone(sqlite: sa.Engine) -> None:
    """SQLite keeps it, and fails whoever asks for its columns; the other views stay targets."""
    create_audit(sqlite, {"s": "r"}, with_keys=False)
    execute(
        sqlite,
        "CREATE TABLE left_over (state_id VARCHAR(9))",
        "CREATE VIEW broken AS SELECT * FROM left_over",
        "CREATE VIEW states AS SELECT * FROM node_states",
        "DROP TABLE left_over",
    )
    assert names(sqlite) == ["batches.aggregation_state_id", "calls.state_id"]
    assert names(sqlite, target="states.state_id") == names(sqlite)
    execute(sqlite, "DROP VIEW states")
    assert names(sqlite) == ["batches.aggregation_state_id", "calls.state_id"]


def test_composite_key(database: sa.Engine) -> None:
    """The whole key must exist; an id with another partner is an orphan and said to be one."""
    execute(
        database,
        "CREATE TABLE node_states (run_id VARCHAR(9), state_id VARCHAR(9),"
        " PRIMARY KEY (state_id, run_id))",
        "CREATE TABLE calls (call_id VARCHAR(9) PRIMARY KEY, run VARCHAR(9), state VARCHAR(19))",
        "INSERT INTO node_states VALUES ('r1', 's1'), ('r1', 's2'), ('r2', 's2'), ('r1', 's2_b')",
        "INSERT INTO calls VALUES ('a', 'r1', 's1'), ('b', 'r2', 's1'), ('c', NULL, 's9'),"
        " ('d', 'r2', 's1_row0'), ('e', 'r2', 's2_row0'), ('f', 'r2', 's2_b')",
    )
    key = "FOREIGN KEY (run, state) REFERENCES node_states (run_id, state_id)"
    if database.dialect.name == "postgresql":
        execute(database, f"ALTER TABLE calls ADD {key} NOT VALID")
    else:
        execute(
            database,
            "ALTER TABLE calls RENAME TO old",
            "CREATE TABLE calls (call_id VARCHAR(9) PRIMARY KEY, run VARCHAR(9),"
            f" state VARCHAR(19), {key})",
            "INSERT INTO calls SELECT * FROM old",
            "DROP TABLE old",
        )
    (column,) = check_linkage(database).columns
    assert str(column.reference.column) == "calls.state"
    assert column.reference.partners == (("run", "run_id"),)
    assert Risk.TARGET_NOT_UNIQUE not in column.reference.risks
    assert (column.rows, column.nulls, column.orphans, column.mismatched) == (6, 1, 4, 2)
    # 's1' exists only in run r1, so 's1_row0' of run r2 extends nothing of its run; 's2_b' is an
    # id by itself, though of another run, and no extension of 's2'.
    assert [(o.recorded_id, o.parent) for o in find_orphans(database)] == [
        ("s2_row0", "s2"),
        ("s1", None),
        ("s2_b", None),
        ("s1_row0", None),
    ]


def test_self_reference(database: sa.Engine) -> None:
    """A state may name the state it retries."""
    execute(
        database,
        f"CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY, retry_of VARCHAR(9) {KEY},"
        " prior_state_id VARCHAR(9))",
        "INSERT INTO node_states VALUES ('a', NULL, NULL), ('b', 'a', 'a_x1')",
    )
    report = check_linkage(database)
    assert [(str(c.reference.column), c.orphans) for c in report.columns] == [
        ("node_states.prior_state_id", 1),
        ("node_states.retry_of", 0),
    ]


def test_target_without_unique_key(database: sa.Engine) -> None:
    """Is named as a risk, and does not multiply what is counted."""
    execute(
        database,
        "CREATE TABLE node_states (state_id VARCHAR(9), run_id VARCHAR(9))",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id VARCHAR(19))",
        "INSERT INTO node_states VALUES ('a', 'r'), ('a', 'r'), (NULL, 'r')",
        "INSERT INTO calls VALUES (1, 'a'), (2, 'a_row0'), (3, 'a_row1')",
    )
    (column,) = check_linkage(database).columns
    assert column.reference.risks == (Risk.UNDECLARED, Risk.TARGET_NOT_UNIQUE)
    assert (column.orphans, column.parents, column.runs) == (2, 1, 1)
    assert column.top_parents == (("a", 2, 2, "r"),)
    assert [o.recorded_id for o in find_orphans(database)] == ["a_row0", "a_row1"]


@pytest.mark.parametrize(
    ("index", "is_unique"),
    [
        ("CREATE UNIQUE INDEX i ON node_states (state_id)", True),
        ("CREATE UNIQUE INDEX i ON node_states (state_id) WHERE state_id IS NOT NULL", True),
        ("CREATE UNIQUE INDEX i ON node_states (state_id) WHERE attempt = 0", False),
        ("CREATE UNIQUE INDEX i ON node_states (lower(state_id))", False),
        ("CREATE UNIQUE INDEX i ON node_states (state_id, attempt)", False),
        ("CREATE INDEX i ON node_states (state_id)", False),
    ],
)
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning")
def test_unique_index_counts_if_it_covers_all_rows(
    database: sa.Engine, index: str, is_unique: bool
) -> None:
    """A partial or wider index leaves room for two rows with one id."""
    execute(
        database,
        "CREATE TABLE node_states (state_id VARCHAR(9), attempt INTEGER)",
        "CREATE TABLE calls (state_id VARCHAR(9))",
        index,
    )
    (reference,) = find_references(database)
    assert (Risk.TARGET_NOT_UNIQUE not in reference.risks) is is_unique


def test_quoted_and_mixed_case_names(database: sa.Engine) -> None:
    """Names with capitals, dots and spaces, found and quoted."""
    execute(
        database,
        'CREATE TABLE "Node.States" ("State Id" VARCHAR(9) PRIMARY KEY)',
        'CREATE TABLE "The Calls" ("Key" INTEGER PRIMARY KEY, "State" VARCHAR(19),'
        ' "call_index" INTEGER)',
        """INSERT INTO "Node.States" VALUES ('a')""",
        """INSERT INTO "The Calls" VALUES (1, 'a', 0), (2, 'a_row0', 0)""",
    )
    options = {"target": '"Node.States"."State Id"', "names": ("State",)}
    (orphan,) = find_orphans(database, **options)  # type: ignore[arg-type]
    assert str(orphan.column) == "The Calls.State"
    assert (orphan.key, orphan.parent, orphan.proposed_call_index) == ({"Key": 2}, "a", 1)


def test_sqlite_names_ignore_case(sqlite: sa.Engine) -> None:
    """A key may spell table and column its own way, or leave the column out."""
    execute(
        sqlite,
        "CREATE TABLE Node_States (State_ID TEXT PRIMARY KEY)",
        "CREATE TABLE calls (state TEXT REFERENCES NODE_STATES (STATE_ID))",
        "CREATE TABLE events (state TEXT REFERENCES node_states)",
    )
    assert names(sqlite) == ["calls.state", "events.state"]


def test_sqlite_key_to_a_table_that_is_gone(sqlite: sa.Engine) -> None:
    """Another table's broken key does not end the check."""
    execute(
        sqlite,
        STATES,
        f"CREATE TABLE calls (state TEXT {KEY}, other TEXT REFERENCES gone, x TEXT"
        " REFERENCES gone (id))",
    )
    assert names(sqlite) == ["calls.state"]


def test_views_are_no_references_but_may_be_the_target(database: sa.Engine) -> None:
    """A view's rows are another table's, which is checked itself."""
    execute(
        database,
        "CREATE TABLE states_v2 (state_id VARCHAR(9) PRIMARY KEY)",
        "CREATE VIEW node_states AS SELECT state_id FROM states_v2",
        "CREATE TABLE calls (state_id VARCHAR(9))",
        "CREATE VIEW recent_calls AS SELECT state_id FROM calls",
        "INSERT INTO calls VALUES ('x')",
    )
    (column,) = check_linkage(database).columns
    assert (str(column.reference.column), column.orphans) == ("calls.state_id", 1)
    assert Risk.TARGET_NOT_UNIQUE in column.reference.risks


def test_attached_sqlite_database(sqlite: sa.Engine, tmp_path: object) -> None:
    """SQLite's schemas are the attached files."""
    execute(sqlite, STATES, "CREATE TABLE calls (state_id TEXT)")
    with sqlite.connect() as connection:
        connection.exec_driver_sql(f"ATTACH '{tmp_path}/other.db' AS other")
        connection.exec_driver_sql("CREATE TABLE other.notes (state_id TEXT)")
        connection.exec_driver_sql("INSERT INTO other.notes VALUES ('x')")
        found = find_references(connection, schemas=("main", "other"))
        assert [str(ref.column) for ref in found] == ["calls.state_id", "other.notes.state_id"]
        (orphan,) = find_orphans(connection, schemas=("other",))
        assert orphan.recorded_id == "x"


class TestTargets:
    """From what a user writes to a column, or to a sentence that says what to do."""

    @pytest.mark.parametrize("text", ["", "node_states", "a.b.c.d", "a..b", ".a", "a.", 'a."b'])
    def test_no_column(self, sqlite: sa.Engine, text: str) -> None:
        """Neither two parts nor three."""
        with pytest.raises(LinkageError, match=r"is no column: write table\.column"):
            find_references(sqlite, target=text)

    def test_no_table(self, database: sa.Engine) -> None:
        """Names where it looked, and a table that has such a column."""
        with pytest.raises(LinkageError, match="no tables there at all"):
            find_references(database)
        execute(database, "CREATE TABLE states (state_id VARCHAR(9))")
        with pytest.raises(LinkageError, match=r"no table 'node_states' .*states\.state_id\?"):
            find_references(database)

    def test_no_column_in_the_table(self, database: sa.Engine) -> None:
        """Lists those there are."""
        execute(database, "CREATE TABLE node_states (id VARCHAR(9), token VARCHAR(9))")
        with pytest.raises(LinkageError, match=r"no column 'state_id' \(it has id, token\)"):
            find_references(database)

    def test_no_schema(self, database: sa.Engine) -> None:
        """Lists those there are."""
        with pytest.raises(LinkageError, match=r"no schema 'nowhere' \(it has .*: correct"):
            find_references(database, schemas=("nowhere",))

    def test_case_is_forgiven_where_it_is_clear(self, postgres: sa.Engine) -> None:
        """The exact name first, else the only one that differs in case."""
        execute(
            postgres,
            'CREATE TABLE "Node_States" (state_id VARCHAR(9))',
            "CREATE TABLE calls (state_id VARCHAR(9))",
        )
        assert names(postgres) == ["calls.state_id"]
        execute(postgres, 'CREATE TABLE "NODE_STATES" (state_id VARCHAR(9))')
        with pytest.raises(LinkageError, match="names several tables"):
            find_references(postgres)


class TestPostgresql:
    """What only PostgreSQL has."""

    def test_schemas(self, postgres: sa.Engine) -> None:
        """Looked at if asked for; a key declared elsewhere is named as unchecked."""
        execute(
            postgres,
            "CREATE SCHEMA audit",
            "CREATE SCHEMA billing",
            "CREATE TABLE audit.node_states (state_id TEXT PRIMARY KEY)",
            "CREATE TABLE audit.calls (state_id TEXT REFERENCES audit.node_states)",
            "CREATE TABLE billing.items (state_id TEXT REFERENCES audit.node_states)",
            "CREATE TABLE public_notes (state_id TEXT)",
            "INSERT INTO audit.node_states VALUES ('a')",
            "INSERT INTO public_notes VALUES ('a_1')",
        )
        target = "audit.node_states.state_id"
        assert names(postgres, target=target) == ["public_notes.state_id", "audit.calls.state_id"]
        report = check_linkage(postgres, target=target)
        assert [str(item.column) for item in report.unchecked] == ["billing.items.state_id"]
        assert "--schema billing" in report.unchecked[0].reason
        everywhere = ("audit", "billing", "public")
        report = check_linkage(postgres, target=target, schemas=everywhere)
        assert [str(column.reference.column) for column in report.columns] == [
            "public_notes.state_id",
            "audit.calls.state_id",
            "billing.items.state_id",
        ]
        assert report.unchecked == ()
        (orphan,) = find_orphans(postgres, target=target)
        assert orphan.parent == "a"

    def test_search_path_does_not_hide_a_schema(self, postgres: sa.Engine) -> None:
        """A key into a schema on the search path is found as well."""
        execute(
            postgres,
            "CREATE SCHEMA audit",
            "CREATE TABLE audit.node_states (state_id TEXT PRIMARY KEY)",
            "CREATE TABLE calls (state TEXT REFERENCES audit.node_states)",
        )
        with postgres.connect() as connection:
            connection.exec_driver_sql("SET search_path = public, audit")
            found = find_references(connection, target="audit.node_states.state_id")
            assert [str(reference.column) for reference in found] == ["calls.state"]

    def test_not_valid_key_with_orphans_under_it(self, postgres: sa.Engine) -> None:
        """Rows older than the key were never checked."""
        execute(
            postgres,
            STATES,
            "CREATE TABLE calls (state_id TEXT)",
            "INSERT INTO calls VALUES ('x')",
            f"ALTER TABLE calls ADD FOREIGN KEY (state_id) {KEY} NOT VALID",
        )
        (column,) = check_linkage(postgres).columns
        assert column.reference.risks == (Risk.NOT_VALID,)
        assert column.orphans == 1

    def test_not_enforced_key(self, postgres: sa.Engine) -> None:
        """One word is enough: such a key is never valid."""
        with postgres.connect() as connection:
            version = connection.dialect.server_version_info or ()
        if version < NOT_ENFORCED_SINCE:
            pytest.skip("NOT ENFORCED came with PostgreSQL 18")
        execute(postgres, STATES, f"CREATE TABLE calls (state_id TEXT {KEY} NOT ENFORCED)")
        (reference,) = find_references(postgres)
        assert reference.risks == (Risk.NOT_ENFORCED,)

    def test_orphans_under_a_valid_key(self, postgres: sa.Engine) -> None:
        """Triggers that were off while rows came in leave the key valid and the rows orphaned."""
        execute(
            postgres,
            STATES,
            f"CREATE TABLE calls (state_id TEXT {KEY})",
            "ALTER TABLE calls DISABLE TRIGGER ALL",
            "INSERT INTO calls VALUES ('x')",
        )
        (column,) = check_linkage(postgres).columns
        assert column.reference.risks == (Risk.TRIGGERS_DISABLED,)
        execute(postgres, "ALTER TABLE calls ENABLE TRIGGER ALL")
        (column,) = check_linkage(postgres).columns
        assert (column.reference.risks, column.orphans) == ((), 1)

    def test_of_two_keys_the_stronger_counts(self, postgres: sa.Engine) -> None:
        """A column with two keys to the target is checked once."""
        execute(
            postgres,
            STATES,
            f"CREATE TABLE calls (state_id TEXT CONSTRAINT strong {KEY})",
            f"ALTER TABLE calls ADD CONSTRAINT a_weak FOREIGN KEY (state_id) {KEY} NOT VALID",
        )
        (reference,) = find_references(postgres)
        assert (reference.constraint, reference.risks) == ("strong", ())

    def test_partitions_are_read_through_their_table(self, postgres: sa.Engine) -> None:
        """Neither a partition of the calls nor one of the target is counted by itself."""
        execute(
            postgres,
            "CREATE TABLE node_states (state_id TEXT PRIMARY KEY) PARTITION BY HASH (state_id)",
            "CREATE TABLE states_0 PARTITION OF node_states FOR VALUES WITH (modulus 2, "
            "remainder 0)",
            "CREATE TABLE states_1 PARTITION OF node_states FOR VALUES WITH (modulus 2, "
            "remainder 1)",
            f"CREATE TABLE calls (n INTEGER, state_id TEXT {KEY}) PARTITION BY LIST (n)",
            "CREATE SCHEMA parts",
            "CREATE TABLE parts.calls_1 PARTITION OF calls FOR VALUES IN (1)",
            "CREATE TABLE notes (state_id TEXT)",
            "CREATE TABLE old_notes () INHERITS (notes)",
            "INSERT INTO node_states VALUES ('a'), ('b'), ('c')",
            "INSERT INTO calls VALUES (1, 'a'), (1, 'b'), (1, NULL)",
            "INSERT INTO old_notes VALUES ('x')",
        )
        report = check_linkage(postgres)
        assert report.unchecked == ()  # the partition's own copy of the key is not missed
        found = {c.reference.column.table: c for c in report.columns}
        assert list(found) == ["calls", "notes"]
        assert found["calls"].reference.declaration is Declaration.FOREIGN_KEY
        assert (found["calls"].rows, found["calls"].nulls, found["calls"].orphans) == (3, 1, 0)
        assert (found["notes"].rows, found["notes"].orphans) == (1, 1)

    def test_domains_compare_as_what_they_are_made_of(self, postgres: sa.Engine) -> None:
        """A domain over text is text."""
        execute(
            postgres,
            "CREATE DOMAIN ident AS VARCHAR(20)",
            "CREATE TABLE node_states (state_id ident PRIMARY KEY)",
            "CREATE TABLE calls (state_id TEXT)",
            "INSERT INTO node_states VALUES ('a')",
            "INSERT INTO calls VALUES ('a'), ('a_row1')",
        )
        (orphan,) = find_orphans(postgres)
        assert orphan.parent == "a"

    def test_types_that_sqlalchemy_does_not_know(self, postgres: sa.Engine) -> None:
        """They neither end the check nor warn: warnings are errors in these tests."""
        execute(
            postgres,
            STATES,
            "CREATE TABLE calls (state_id TEXT, place POINT, last_state_id POINT)",
            "INSERT INTO calls VALUES ('x', '(1,2)', '(1,2)')",
        )
        assert names(postgres) == ["calls.state_id"]
        assert "does not compare" in unchecked(postgres)["calls.last_state_id"]

    def test_an_enumeration_compares_with_itself_alone(self, postgres: sa.Engine) -> None:
        """One so named does not end the check; one with a declared key is counted."""
        execute(
            postgres,
            "CREATE TYPE kind AS ENUM ('a', 'b')",
            "CREATE TABLE node_states (state_id TEXT PRIMARY KEY, kind kind UNIQUE)",
            "CREATE TABLE calls (state_id TEXT, old_state_id kind)",
            "CREATE TABLE notes (note_id INTEGER, kind kind)",
            "INSERT INTO node_states VALUES ('a', 'a')",
            "INSERT INTO calls VALUES ('a', 'b')",
            "INSERT INTO notes VALUES (1, 'a'), (2, 'b')",
            "ALTER TABLE notes ADD FOREIGN KEY (kind) REFERENCES node_states (kind) NOT VALID",
        )
        assert names(postgres) == ["calls.state_id"]
        assert "does not compare" in unchecked(postgres)["calls.old_state_id"]
        (orphan,) = find_orphans(postgres, target="node_states.kind")
        assert (orphan.recorded_id, orphan.parent) == ("b", None)
