"""The databases on which fixed batch paths run: SQLite, and a real PostgreSQL."""

from __future__ import annotations

import pathlib
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure the coverage of every other case of a test, as the tracer takes twice their time.

    Cases of one test take nearly the same way through the package.
    """
    here = pathlib.Path(__file__).parent
    seen: dict[object, int] = {}
    for item in items:
        if (
            isinstance(item, pytest.Function)
            and hasattr(item, "callspec")
            and item.path.parent == here
        ):
            number = seen[item.function] = seen.get(item.function, -1) + 1
            if number % 2:
                item.add_marker("no_cover")


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
