"""The SQL itself, where no database of its kind is at hand."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle

from flake8_stateid.linkage import ColumnName, Declaration, Reference, queries
from flake8_stateid.linkage.catalogue import Column, Table, TableName
from flake8_stateid.linkage.runs import Hop, RunPath
from flake8_stateid.linkage.subject import Subject

TEXT, NUMBER = sa.String(64), sa.Integer()


def table(name: str, **types: sa.types.TypeEngine[Any]) -> Table:
    """A table of nullable columns without keys."""
    columns = {column: Column(column, type_, True) for column, type_ in types.items()}
    return Table(TableName(None, name), columns, (), frozenset(), ())


STATES = table("node_states", state_id=TEXT, token_id=TEXT)
TOKENS = table("tokens", token_id=TEXT, run_id=TEXT)
CALLS = table("calls", state_id=TEXT, call_index=NUMBER, created_at=TEXT)
SUBJECT = Subject(
    Reference(
        ColumnName(None, "calls", "state_id"),
        ColumnName(None, "node_states", "state_id"),
        Declaration.NAME,
    ),
    CALLS,
    STATES,
)
PATH = RunPath((Hop(TOKENS, (("token_id", "token_id"),)),), "run_id")


@pytest.mark.parametrize("module", [mysql, mssql, oracle])
def test_other_dialects_can_put_it_into_words(module: object) -> None:
    """By functions each of them has: nothing here is written for one database alone."""
    dialect = module.dialect()  # type: ignore[attr-defined]
    for question in (
        queries.count_target(STATES),
        queries.count_rows(SUBJECT),
        queries.count_orphans(SUBJECT),
        queries.describe_orphans(SUBJECT, PATH, 5),
        queries.count_call_indexes(SUBJECT, 5),
        queries.list_orphans(SUBJECT),
    ):
        text = str(question.compile(dialect=dialect))
        assert text.startswith(("SELECT", "WITH"))
        assert "MATERIALIZED" not in text
