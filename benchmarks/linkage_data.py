"""An audit database of any size for the benchmark of the linkage check.

The shape is that of a pipeline's audit trail: each run has rows, each row a token, each token a
node state, and each node state twenty calls (a batch of five rows with four queries each). In
some batches (one of a hundred, unless told otherwise), the plugin built its own ids, ``<state
id>_row<N>``: the twenty calls of such a batch stand under five ids that no node state has, each
counting from 0 again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

ROWS_A_BATCH = 5
QUERIES_A_ROW = 4
CALLS_A_STATE = ROWS_A_BATCH * QUERIES_A_ROW
STATES_A_RUN = 1000

SCHEMA = (
    "CREATE TABLE runs (run_id VARCHAR(64) PRIMARY KEY)",
    "CREATE TABLE rows (row_id VARCHAR(64) PRIMARY KEY, run_id VARCHAR(64) NOT NULL"
    " REFERENCES runs (run_id))",
    "CREATE TABLE tokens (token_id VARCHAR(64) PRIMARY KEY, row_id VARCHAR(64) NOT NULL"
    " REFERENCES rows (row_id))",
    "CREATE TABLE node_states (state_id VARCHAR(64) PRIMARY KEY, token_id VARCHAR(64) NOT NULL"
    " REFERENCES tokens (token_id))",
    "CREATE TABLE calls (call_id VARCHAR(64) PRIMARY KEY, state_id VARCHAR(64) NOT NULL{key},"
    " call_index INTEGER NOT NULL, request_hash VARCHAR(64) NOT NULL,"
    " UNIQUE (state_id, call_index))",
)
ENFORCEABLE_KEY = " REFERENCES node_states (state_id)"
# PostgreSQL refuses orphans under an enforced key: there the key comes after the rows.
LATE_KEY = (
    "ALTER TABLE calls ADD CONSTRAINT calls_state FOREIGN KEY (state_id)"
    " REFERENCES node_states (state_id) NOT VALID"
)


class Batch(NamedTuple):
    """One node state and what hangs on it."""

    number: int
    state_id: str
    is_defective: bool

    @property
    def run_id(self) -> str:
        """The run of the batch."""
        return f"run-{self.number // STATES_A_RUN}"


def batches(calls: int, defective_every: int) -> Iterator[Batch]:
    """The batches that make up ``calls`` calls."""
    for number in range(calls // CALLS_A_STATE):
        state_id = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
        yield Batch(number, state_id, is_defective=number % defective_every == 0)


def call_rows(calls: int, defective_every: int) -> Iterator[tuple[str, str, int, str]]:
    """Rows of ``calls``: call_id, state_id, call_index, request_hash."""
    for batch in batches(calls, defective_every):
        for index in range(CALLS_A_STATE):
            row, query = divmod(index, QUERIES_A_ROW)
            call_id = f"{batch.state_id[::-1]}{index:02}"
            if batch.is_defective:
                yield call_id, f"{batch.state_id}_row{row}", query, call_id
            else:
                yield call_id, batch.state_id, index, call_id


def build(engine: sa.Engine, calls: int, defective_every: int = 100) -> None:
    """Create the schema in an empty database and fill it.

    Args:
        engine: An engine that may write, of SQLite or of PostgreSQL by psycopg 3.
        calls: The number of rows of ``calls``, a multiple of :data:`CALLS_A_STATE`.
        defective_every: One batch in so many builds its own ids; 1 for every batch.
    """
    on_sqlite = engine.dialect.name == "sqlite"
    tables: dict[str, Iterator[tuple[object, ...]]] = {
        "runs (run_id)": (
            (f"run-{number}",) for number in range(calls // CALLS_A_STATE // STATES_A_RUN + 1)
        ),
        "rows (row_id, run_id)": (
            (f"row-{b.number}", b.run_id) for b in batches(calls, defective_every)
        ),
        "tokens (token_id, row_id)": (
            (f"token-{b.number}", f"row-{b.number}") for b in batches(calls, defective_every)
        ),
        "node_states (state_id, token_id)": (
            (b.state_id, f"token-{b.number}") for b in batches(calls, defective_every)
        ),
        "calls (call_id, state_id, call_index, request_hash)": iter(
            call_rows(calls, defective_every)
        ),
    }
    with engine.begin() as connection:
        for statement in SCHEMA:
            key = ENFORCEABLE_KEY if on_sqlite else ""
            connection.exec_driver_sql(statement.format(key=key))
        cursor: Any = connection.connection.cursor()
        for table, rows in tables.items():
            if on_sqlite:
                marks = ", ".join("?" for _ in table.split(","))
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            else:
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        cursor.close()
        if not on_sqlite:
            connection.exec_driver_sql(LATE_KEY)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if on_sqlite else "VACUUM (ANALYZE)")
