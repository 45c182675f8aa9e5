"""The databases on which fixed batch paths run: SQLite, and a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from fixtures.landscape.schema import metadata
from tests.codemod.harness import shared
from tests.postgres import new_database, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

__all__ = ["postgres_server"]


@pytest.fixture(scope="session")
def postgres(postgres_server: str) -> Iterator[Engine]:
    """One landscape on PostgreSQL for the session; runs stay apart by their id."""
    with new_database(postgres_server) as url:
        engine = create_engine(url)
        metadata.create_all(engine)
        try:
            yield engine
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> tuple[Engine, ...]:
    """Every database with its keys enforced; without PostgreSQL, ``test_databases`` says why."""
    try:
        return shared(keys=True), request.getfixturevalue("postgres")
    except pytest.skip.Exception:
        return (shared(keys=True),)
