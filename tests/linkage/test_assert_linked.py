"""The one line a developer writes in a test, on both databases."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa

from flake8_stateid.linkage import LinkageError, assert_linked, find_orphans
from tests.linkage.conftest import create_audit, execute, record_batch, record_calls


def test_passes_after_a_fixed_batch(database: sa.Engine) -> None:
    """Declared keys, all calls under the id the plugin was given."""
    create_audit(database, {"state-1": "run-1"})
    record_batch(database, "state-1", is_fixed=True)
    assert_linked(database)
    assert find_orphans(database) == []


def test_fails_after_an_unfixed_batch_and_shows_why(database: sa.Engine) -> None:
    """The message holds the orphans, their parent, the pattern and the run."""
    create_audit(database, {"state-1": "run-1"}, with_keys=False)
    record_batch(database, "state-1", is_fixed=False)
    with pytest.raises(AssertionError) as caught:
        assert_linked(database)
    message = str(caught.value)
    for part in ("6 orphans", "state-1_row0", "state-1_row2", "_row<N>", "run-1", "NOT WHOLE"):
        assert part in message
    assert [str(orphan.key["call_id"]) for orphan in find_orphans(database)] == [
        f"call-{number}" for number in range(6)
    ]


def test_works_on_an_engine_in_memory() -> None:
    """As most suites have it."""
    engine = sa.create_engine("sqlite://")
    create_audit(engine, {"s": "r"})
    record_batch(engine, "s", is_fixed=False)
    with pytest.raises(AssertionError, match="6 orphans"):
        assert_linked(engine)
    engine.dispose()


def test_an_engine_whose_only_connection_is_in_use() -> None:
    """A second user of it would see what is not committed, and roll it back when done."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    create_audit(engine, {"s": "r"})
    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO calls VALUES ('c', 's', 0, NULL)")
        with pytest.raises(LinkageError, match="pass the Connection that wrote them"):
            assert_linked(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM calls")
        assert_linked(engine)  # what only reads is in nobody's way
    engine.dispose()


def test_sees_what_a_connection_has_not_committed(database: sa.Engine) -> None:
    """And leaves the connection's transaction as it was."""
    create_audit(database, {"s": "r"}, with_keys=False)
    with database.connect() as connection:
        connection.exec_driver_sql("INSERT INTO calls VALUES ('c', 's_row0', 0, NULL)")
        with pytest.raises(AssertionError, match="1 orphan "):
            assert_linked(connection)
        assert connection.in_transaction()
        assert connection.exec_driver_sql("SELECT count(*) FROM calls").scalar() == 1
        connection.rollback()
        assert_linked(connection)
        assert not connection.in_transaction()


def test_fails_on_a_call_index_that_restarts(database: sa.Engine) -> None:
    """What a release left in the loop does where no key forbids it."""
    create_audit(database, {"s": "r"}, with_keys=False)
    if database.dialect.name == "postgresql":
        execute(database, "ALTER TABLE calls DROP CONSTRAINT calls_state_id_call_index_key")
    else:
        execute(
            database,
            "DROP TABLE calls",
            "CREATE TABLE calls (call_id TEXT PRIMARY KEY, state_id TEXT, call_index INTEGER,"
            " created_at TEXT)",
        )
    record_calls(database, [("s", 0), ("s", 1), ("s", 0), ("s", 1)])
    with pytest.raises(AssertionError, match="2 repeated call_indexes"):
        assert_linked(database)


@pytest.mark.parametrize("type_", ["NUMERIC", "REAL"])
def test_fails_on_numbers_of_another_type_that_restart(database: sa.Engine, type_: str) -> None:
    """A call_index need not be declared as an integer."""
    create_audit(database, {"s": "r"}, with_keys=False)
    execute(
        database,
        "DROP TABLE calls",
        f"CREATE TABLE calls (call_id VARCHAR(9), state_id VARCHAR(9), call_index {type_},"
        " created_at VARCHAR(9))",
    )
    record_calls(database, [("s", 0), ("s", 1)])
    assert_linked(database)
    record_calls(database, [("s", 0), ("s", 1)])
    with pytest.raises(AssertionError, match="2 repeated call_indexes"):
        assert_linked(database)


def test_does_not_pass_over_what_it_cannot_check(database: sa.Engine) -> None:
    """In silence it would be taken for whole."""
    create_audit(database, {"s": "r"}, with_keys=False)
    # No id of the target fits in: it is another table's state.
    execute(database, "CREATE TABLE addresses (state_id INTEGER)")
    assert_linked(database)
    execute(database, "CREATE TABLE events (state_id VARCHAR(9), call_index VARCHAR(9))")
    with pytest.raises(LinkageError, match=r"not checked: events\.call_index \(its type"):
        assert_linked(database)
    record_calls(database, [("s_row0", 0)])
    with pytest.raises(AssertionError, match="1 orphan"):
        assert_linked(database)


def test_takes_another_target(database: sa.Engine) -> None:
    """``tokens.row_id`` refers to ``rows.row_id``."""
    create_audit(database, {"s": "r"})
    assert_linked(database, target="rows.row_id")
    assert find_orphans(database, target="rows.row_id") == []


def test_a_check_of_nothing_does_not_pass(database: sa.Engine) -> None:
    """A target that nothing refers to."""
    create_audit(database, {"s": "r"})
    with pytest.raises(LinkageError, match=r"no column refers to calls\.call_id, so nothing"):
        assert_linked(database, target="calls.call_id")
    with pytest.raises(LinkageError, match=r"no column refers to calls\.call_id, so nothing"):
        find_orphans(database, target="calls.call_id")


def test_says_what_to_pass() -> None:
    """A URL is no engine."""
    with pytest.raises(TypeError, match=r"pass a sqlalchemy Engine or Connection .* not str"):
        assert_linked("sqlite:///audit.db")  # type: ignore[arg-type]


def test_an_asynchronous_engine() -> None:
    """``run_sync`` hands on a connection that can be asked; nothing else can be."""
    engine = sa.create_engine("postgresql+psycopg_async://h/x")
    with pytest.raises(TypeError, match=r"await connection\.run_sync\(assert_linked\).* not an a"):
        assert_linked(engine)


def test_without_sqlalchemy_the_extra_is_named() -> None:
    """Also where the check is imported, as tests do."""
    program = "import sys; sys.modules['sqlalchemy'] = None; import flake8_stateid.linkage"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert 'pip install "flake8-stateid[audit]"' in done.stderr.splitlines()[-1]
