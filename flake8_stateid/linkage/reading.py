"""Reading a database through SQLAlchemy, and putting what goes wrong into plain words."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from sqlalchemy import exc

from flake8_stateid.linkage.errors import LinkageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET_KEY = re.compile("pass|pwd|secret|token|credential|key(?![a-z])", re.I)
_SECRET_ITEM = re.compile(rf"(?:{_SECRET_KEY.pattern})\w*\s*=\s*([^;\s]+)", re.I)
_INSUFFICIENT_PRIVILEGE = "42501"  # SQLSTATE, PostgreSQL documentation, appendix A


def safe_url(url: sa.URL) -> str:
    """The URL as it may be shown: without password, and without secrets in its query."""
    query = {key: "***" if _secrets(key, value) else value for key, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def without_secrets(text: str, url: sa.URL) -> str:
    """``text`` with every secret of the URL replaced, as written and as percent-encoded."""
    secrets = [] if url.password is None else [str(url.password)]
    for key, value in url.query.items():
        secrets += _secrets(key, value)
    spellings = {f(secret) for secret in secrets if secret for f in (str, quote, quote_plus)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return text


def _secrets(key: str, value: str | tuple[str, ...]) -> list[str]:
    """The secrets in an item of a URL's query: its value, or what ``PWD=`` in that introduces."""
    values = [value] if isinstance(value, str) else [*value]
    if _SECRET_KEY.search(key):
        return values
    return [secret for text in values for secret in _SECRET_ITEM.findall(text)]


@contextlib.contextmanager
def reading(bind: sa.Engine | sa.Connection) -> Iterator[sa.Connection]:
    """A connection to read through, left as it was found.

    Args:
        bind: An engine, of which a connection is opened and closed again; or a connection, with
            whatever its transaction has written so far in sight.

    Raises:
        LinkageError: In place of what SQLAlchemy or the driver raise; and for an engine whose
            only connection holds what is not committed.
        TypeError: For anything that is neither an engine nor a connection.
    """
    is_async = isinstance(bind, sa.Engine) and bind.dialect.is_async
    if is_async or not isinstance(bind, sa.Engine | sa.Connection):
        kind = "an asynchronous one" if is_async else type(bind).__name__
        raise TypeError(
            "pass a sqlalchemy Engine or Connection (of a Session: session.connection(); of an "
            f"AsyncEngine: await connection.run_sync(assert_linked)), not {kind}"
        )
    try:
        if isinstance(bind, sa.Engine):
            with bind.connect() as connection:
                _check_that_nobody_writes_on(connection)
                connection.begin()  # one transaction from here on; closing rolls it back
                if connection.dialect.name == "postgresql":
                    # The planner expects an anti-join to leave one row; when it leaves thousands,
                    # a nested loop over them is quadratic. Lasts as long as the transaction.
                    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
                yield connection
        else:
            was_in_transaction = bind.in_transaction()
            yield bind
            if not was_in_transaction:
                bind.rollback()
    except exc.SQLAlchemyError as error:
        raise _explained(error, bind.engine.url) from None


def _check_that_nobody_writes_on(connection: sa.Connection) -> None:
    """Raise if a connection just opened holds changes: it is one that the pool gives to several.

    So do the pools for an SQLite database in memory. To see what another has not committed would
    do no harm, but to close the connection rolls it back.
    """
    driver_connection = connection.connection.dbapi_connection
    # In sqlite3's mode of old, a transaction begins with the first change. In that of Python 3.12,
    # autocommit=False, one is always open.
    in_transaction = getattr(driver_connection, "in_transaction", False)
    if in_transaction and getattr(driver_connection, "autocommit", None) is not False:
        raise LinkageError(
            "the engine's only connection holds changes that are not committed: commit them, or "
            "pass the Connection that wrote them (of a Session: session.connection())."
        )


def _explained(error: exc.SQLAlchemyError, url: sa.URL) -> LinkageError:
    """What happened and what to do, from what the driver says."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    said = without_secrets(lines[0], url)
    shown = safe_url(url)
    # SQLite has one text for several troubles; its name for each tells them apart.
    known_by = f"{said} {getattr(cause, 'sqlite_errorname', '')}"
    for pattern, advice in _ADVICE:
        if pattern.search(known_by):
            return LinkageError(f"{shown}: {said}. {advice}")
    if getattr(cause, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE:
        role = f" TO {url.username}" if url.username else ""
        return LinkageError(
            f"{shown}: {said}. Grant the right to read (GRANT SELECT ON the table{role}, USAGE on "
            "its schema), or connect as a role that has it."
        )
    # Without a statement it is the connection that failed, on whatever the driver calls it.
    is_connecting = isinstance(error, exc.DBAPIError) and error.statement is None
    if is_connecting or isinstance(error, exc.OperationalError | exc.InterfaceError):
        said = without_secrets(". ".join(line.strip().rstrip(".") for line in lines), url)
        end = "" if said.endswith("?") else "."
        return LinkageError(
            f"cannot read {shown}: {said}{end} Check that the server runs, and the host, port, "
            "database name, user, password and options of the URL."
        )
    return LinkageError(f"{shown}: the database refused a question of the check: {said}")


_ADVICE = [
    (re.compile(pattern, re.I), advice)
    for pattern, advice in (
        (
            "row-level security",
            "Rows hidden by a policy cannot be checked: connect as the table's owner or as a role "
            "with BYPASSRLS.",
        ),
        ("not a database", "Give an SQLite file; this one is something else or encrypted."),
        (
            "malformed|disk image",
            "The SQLite file is damaged: run the check on a backup, or recover it with "
            "'sqlite3 FILE .recover' first.",
        ),
        (
            "lock timeout",
            "Another session has locked the table: run the check again when it has finished.",
        ),
        ("database is locked", "A writer holds it: run the check again when it has finished."),
        (
            "unable to open database file|READONLY_(CANTINIT|DIRECTORY)",
            "Check the rights on the file and its folder; in WAL mode a reader must be able to "
            "write the -shm file beside it, so check a copy if the folder is read-only.",
        ),
        (
            "readonly database",
            "Its last writer crashed and left a journal that must be rolled back: copy the file "
            "together with its -journal, open the copy once with sqlite3, and check the copy.",
        ),
    )
]
