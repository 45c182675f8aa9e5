"""From a row of the target to the run it belongs to."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.linkage.catalogue import Catalogue, Table, TableName

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS_TABLE = "runs"
RUN_COLUMN = "run_id"
# Where no key is declared, these columns lead to the column of the same name in these tables.
_CONVENTIONAL = {"token_id": "tokens", "row_id": "rows"}


class Hop(NamedTuple):
    """A join to the next table, on column pairs (here, there)."""

    table: Table
    pairs: tuple[tuple[str, str], ...]


class RunPath(NamedTuple):
    """The joins from the target's table, and the last table's column that names the run."""

    hops: tuple[Hop, ...]
    run_column: str


def find_run_path(catalogue: Catalogue, start: Table) -> RunPath | None:
    """The shortest way to a run: ``node_states -> tokens -> rows -> runs``, or shorter.

    Args:
        catalogue: The tables of the schemas asked for.
        start: The target's table.

    Returns:
        ``None`` if neither declared keys nor the usual column names lead to a run.
    """
    waiting: deque[tuple[Table, tuple[Hop, ...]]] = deque([(start, ())])
    seen = {start.name}
    while waiting:
        table, hops = waiting.popleft()
        run_column = _run_column(table)
        if run_column is not None:
            return RunPath(hops, run_column)
        for hop in _onward(catalogue, table):
            if hop.table.name not in seen:
                seen.add(hop.table.name)
                waiting.append((hop.table, (*hops, hop)))
    return None


def _run_column(table: Table) -> str | None:
    """The column that names a row's run: a key to ``runs``, or ``run_id``."""
    for key in table.foreign_keys:
        if key.referred.table.lower() == RUNS_TABLE and len(key.columns) == 1:
            return key.columns[0]
    return next((name for name in table.columns if name.lower() == RUN_COLUMN), None)


def _onward(catalogue: Catalogue, table: Table) -> Iterator[Hop]:
    """The tables one join away, by declared keys first."""
    for key in table.foreign_keys:
        other = catalogue.tables.get(key.referred)
        pairs = () if other is None else key.pairs(other)
        if other is not None and pairs:
            yield Hop(other, pairs)
    for column, name in _CONVENTIONAL.items():
        other = catalogue.tables.get(TableName(table.name.schema, name))
        if other is not None and column in table.columns and column in other.columns:
            yield Hop(other, ((column, column),))
