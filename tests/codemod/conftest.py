"""The databases on which fixed batch paths run: SQLite, and a real PostgreSQL."""

from __future__ import annotations

import os
import time
from pathlib import Path
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


@pytest.fixture(autouse=True)
def _in_time() -> None:
    """Leave out what a slow machine has no time for: these are most of the tests, many alike.

    ``TESTS_END_AT`` says when, in seconds since the epoch; ``TESTS_LEFT_OUT`` names a file that is
    made then. Without them, as everywhere but in CI, all tests are run.
    """
    if time.time() > float(os.environ.get("TESTS_END_AT", "inf")):
        Path(os.environ["TESTS_LEFT_OUT"]).touch()
        pytest.skip("no time left for it on this machine")


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
