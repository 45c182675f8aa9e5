"""Engines that cannot write."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import sqlalchemy as sa
from sqlalchemy import event, exc, pool

from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.reading import safe_url

if TYPE_CHECKING:
    import sqlite3

_EXAMPLES = "sqlite:///audit.db or postgresql+psycopg://user@host/database"
_DRIVERS = {"postgresql": "psycopg", "postgres": "psycopg"}
_CONNECT_SECONDS = "10"
_INSTRUCTIONS = 100_000  # of SQLite's, a few milliseconds

# One statement a session, for the dialects that have one. Elsewhere the check still sends nothing
# but SELECT, and every transaction is rolled back.
_READ_ONLY_SESSION = {
    "postgresql": (
        "SET SESSION default_transaction_read_only = on",
        # Without this, a row-level policy would hide orphans in silence.
        "SET SESSION row_security = off",
        # Only a change of the table itself keeps readers out, and may do so for hours.
        "SET SESSION lock_timeout = '1min'",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
}


def open_readonly(url: str | sa.URL) -> sa.Engine:
    """An engine through which nothing can be written.

    SQLite is opened with ``mode=ro`` and ``query_only``; PostgreSQL, MySQL and MariaDB sessions
    are read-only and every report sees one snapshot. No connection is made before the first use.

    Args:
        url: A SQLAlchemy URL. ``postgresql://`` without a driver means psycopg 3.

    Raises:
        LinkageError: For a URL that cannot be read, an unknown or missing driver, an SQLite file
            that does not exist, a password that is not encoded.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    options: dict[str, Any] = {"poolclass": pool.NullPool}
    if parsed.get_backend_name() in ("postgresql", "mysql", "mariadb"):
        options["isolation_level"] = "REPEATABLE READ"
    if parsed.get_backend_name() == "postgresql" and "connect_timeout" not in parsed.query:
        parsed = parsed.update_query_dict({"connect_timeout": _CONNECT_SECONDS})
    try:
        engine = sa.create_engine(parsed, **options)
    except ImportError as error:
        raise _not_installed(parsed, error) from None
    except (exc.SQLAlchemyError, TypeError, ValueError) as error:
        raise LinkageError(
            f"{safe_url(parsed)} cannot be opened ({type(error).__name__}): write a URL like "
            f"{_EXAMPLES}."
        ) from None
    _make_sessions_read_only(engine)
    return engine


def _parsed(url: str | sa.URL) -> sa.URL:
    """The URL in parts, its driver known and not asynchronous."""
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        # The text is not repeated: a password may stand anywhere in it.
        hint = ""
        if "://" not in str(url) and pathlib.Path(str(url)).exists():
            hint = " For an SQLite file, put sqlite:/// before its path."
        raise LinkageError(
            f"this is not a database URL: write one like {_EXAMPLES}.{hint}"
        ) from None
    if parsed.password and "@" in f"{parsed.host}{parsed.database}":
        # The rest of a password stands there. It is repeated no more than the whole of it is.
        raise LinkageError(
            "the URL holds an @ too many: write %40 for an @ in the password, or keep it out of "
            "the URL (PGPASSWORD, ~/.pgpass)."
        )
    if parsed.drivername in _DRIVERS:
        parsed = parsed.set(drivername=f"postgresql+{_DRIVERS[parsed.drivername]}")
    try:
        is_async = parsed.get_dialect().is_async
    except exc.NoSuchModuleError:
        raise LinkageError(
            f"SQLAlchemy knows no database driver '{parsed.drivername}': write a URL like "
            f"{_EXAMPLES}, or install the dialect."
        ) from None
    except ImportError as error:
        raise _not_installed(parsed, error) from None
    if is_async and parsed.get_backend_name() != "postgresql":
        raise LinkageError(
            f"'{parsed.drivername}' is an asynchronous driver: write a URL like {_EXAMPLES}."
        )
    if is_async:  # the same server, by a driver that can be asked in order
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _not_installed(url: sa.URL, error: ImportError) -> LinkageError:
    is_ours = url.drivername == f"postgresql+{_DRIVERS['postgresql']}"
    remedy = 'pip install "flake8-stateid[audit]"' if is_ours else "install it"
    return LinkageError(
        f"the driver of {url.drivername} is not installed ({error}): {remedy}, or write a URL "
        f"like {_EXAMPLES}."
    )


def _open_sqlite(url: sa.URL) -> sa.Engine:
    """An engine for an existing SQLite file, opened with ``mode=ro``.

    ``immutable=1`` would be read-only too, but misses what still lies in the WAL.
    https://www.sqlite.org/uri.html
    """
    if url.get_driver_name() != "pysqlite":
        raise LinkageError(
            f"'{url.drivername}' cannot be opened read-only: write sqlite:/// before the path."
        )
    path, query = _sqlite_file(url)
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise LinkageError(
            f"the SQLite file {path} {what}: check the path (sqlite:///relative.db, "
            "sqlite:////absolute.db)."
        )
    address = f"file:{quote(str(path))}?{urlencode({**query, 'mode': 'ro'})}"

    def connect() -> sqlite3.Connection:
        import sqlite3

        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        try:
            # Ids that are not UTF-8 must be shown, not end the check.
            connection.text_factory = _decoded
            connection.isolation_level = None  # BEGIN is ours, or each SELECT is a snapshot
            connection.execute("PRAGMA query_only = on")
            connection.execute("PRAGMA cache_size = -16384")  # KiB; a sort may take as much
        except sqlite3.Error:  # a file that is no database shows only here
            connection.close()
            raise
        return connection

    engine = sa.create_engine(url.set(query={}), creator=connect, poolclass=pool.NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def let_interrupts_through(engine: sa.Engine) -> None:
    """Let Ctrl-C end a statement of SQLite, which would be answered first, however long it takes.

    For a command, not for a test: what another signal's handler raises would become an interrupt.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        del record
        connection.set_progress_handler(_heed_signals, _INSTRUCTIONS)

    @event.listens_for(engine, "handle_error")
    def interrupt(context: sa.ExceptionContext) -> None:
        if str(context.original_exception) == "interrupted":
            raise KeyboardInterrupt


def _heed_signals() -> None:
    """Nothing; but Python deals with Ctrl-C before it, and SQLite then ends the statement."""


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _sqlite_file(url: sa.URL) -> tuple[pathlib.Path, dict[str, str]]:
    """The file a SQLite URL names, and the rest of its query that does no harm."""
    name = url.database or ""
    if name in ("", ":memory:") or url.query.get("mode") == "memory":
        raise LinkageError(
            "a database in memory is empty when it is opened: give a file (sqlite:///audit.db), "
            "or pass your engine to flake8_stateid.linkage."
        )
    query: dict[str, str] = {}
    if name.startswith("file:"):
        address, _, text = name.removeprefix("file:").partition("?")
        query = dict(parse_qsl(text))
        name = unquote(address).removeprefix("//localhost")
        name = name.removeprefix("//") if name.startswith("///") else name
    query |= {key: value for key, value in url.query.items() if isinstance(value, str)}
    return pathlib.Path(name), {key: query[key] for key in ("vfs", "cache") if key in query}


def _make_sessions_read_only(engine: sa.Engine) -> None:
    statements = _READ_ONLY_SESSION.get(engine.dialect.name, ())

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        del record
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()
