"""A small audit schema, in SQLite and in PostgreSQL, and batches to record in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.postgres import new_database, postgres_server

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

__all__ = ["postgres_server"]

SCHEMA = (
    "CREATE TABLE runs (run_id VARCHAR(64) PRIMARY KEY)",
    "CREATE TABLE rows (row_id VARCHAR(64) PRIMARY KEY,"
    " run_id VARCHAR(64) NOT NULL REFERENCES runs (run_id))",
    "CREATE TABLE tokens (token_id VARCHAR(64) PRIMARY KEY,"
    " row_id VARCHAR(64) NOT NULL REFERENCES rows (row_id))",
    "CREATE TABLE node_states (state_id VARCHAR(64) PRIMARY KEY,"
    " token_id VARCHAR(64) NOT NULL REFERENCES tokens (token_id))",
    "CREATE TABLE calls (call_id VARCHAR(64) PRIMARY KEY, state_id VARCHAR(64) NOT NULL{key},"
    " call_index INTEGER NOT NULL, created_at VARCHAR(32), UNIQUE (state_id, call_index))",
    "CREATE TABLE batches (batch_id VARCHAR(64) PRIMARY KEY,"
    " aggregation_state_id VARCHAR(64){key})",
)
KEY = " REFERENCES node_states (state_id)"


@pytest.fixture
def sqlite(tmp_path: pathlib.Path) -> Iterator[sa.Engine]:
    """An empty SQLite file; foreign keys are not enforced, as is SQLite's default."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'audit.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[sa.Engine]:
    """An empty PostgreSQL database."""
    with new_database(postgres_server) as url:
        engine = sa.create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> sa.Engine:
    """An empty database of either kind."""
    engine: sa.Engine = request.getfixturevalue(request.param)
    return engine


def full_url(engine: sa.Engine) -> str:
    """The engine's URL, password included."""
    return engine.url.render_as_string(hide_password=False)


def execute(engine: sa.Engine, *statements: str) -> None:
    """Run SQL in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def values(rows: list[tuple[object, ...]]) -> str:
    """Rows as the tail of an INSERT."""

    def literal(value: object) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"

    return "VALUES " + ", ".join(f"({', '.join(map(literal, row))})" for row in rows)


def create_audit(engine: sa.Engine, states: dict[str, str], *, with_keys: bool = True) -> None:
    """The schema, with node states.

    Args:
        engine: An empty database.
        states: The run of each state id.
        with_keys: Whether calls and batches declare their foreign keys. PostgreSQL enforces
            those that are declared, so a test that needs orphans there adds them NOT VALID.
    """
    runs = sorted(set(states.values()))
    execute(
        engine,
        *(text.format(key=KEY if with_keys else "") for text in SCHEMA),
        f"INSERT INTO runs {values([(run,) for run in runs])}",
        f"INSERT INTO rows {values([(f'row of {s}', run) for s, run in states.items()])}",
        f"INSERT INTO tokens {values([(f'token of {s}', f'row of {s}') for s in states])}",
        f"INSERT INTO node_states {values([(s, f'token of {s}') for s in states])}",
    )


def create_states_of_runs(engine: sa.Engine) -> None:
    """A state ``s`` in each of two runs, told apart by a composite key; calls, some orphaned."""
    calls = [("r1", "s", 0), ("r2", "s", 0), ("r2", "s", 2)]
    calls += [("r1", "s_row0", 0), ("r2", "s_row0", 0), ("r2", "s_row1", 0), ("r2", "s_row2", 0)]
    key = "FOREIGN KEY (run_id, state_id) REFERENCES node_states (run_id, state_id)"
    is_sqlite = engine.dialect.name == "sqlite"
    execute(
        engine,
        "CREATE TABLE node_states (run_id VARCHAR(9), state_id VARCHAR(9),"
        " PRIMARY KEY (run_id, state_id))",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, run_id VARCHAR(9), state_id VARCHAR(9),"
        f" call_index INTEGER{f', {key}' if is_sqlite else ''})",
        "INSERT INTO node_states VALUES ('r1', 's'), ('r2', 's')",
        f"INSERT INTO calls {values([(n, *call) for n, call in enumerate(calls)])}",
        *(() if is_sqlite else (f"ALTER TABLE calls ADD {key} NOT VALID",)),
    )


def record_calls(engine: sa.Engine, calls: list[tuple[str, int]]) -> None:
    """Record calls, (state id, call_index) each, as ``call-0``, ``call-1`` …."""
    rows = [(f"call-{n}", state, index, None) for n, (state, index) in enumerate(calls)]
    execute(engine, f"INSERT INTO calls {values(list(rows))}")


def record_batch(engine: sa.Engine, state_id: str, *, is_fixed: bool) -> None:
    """What a batch of three rows with two queries each leaves behind.

    Args:
        engine: A database of :func:`create_audit`.
        state_id: The id that the plugin was given.
        is_fixed: Whether the plugin records under it, or under ids that it builds itself.
    """
    calls = [
        (state_id, 2 * row + query) if is_fixed else (f"{state_id}_row{row}", query)
        for row in range(3)
        for query in range(2)
    ]
    record_calls(engine, calls)
