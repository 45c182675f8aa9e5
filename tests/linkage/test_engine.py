"""Read-only by construction: what the check opens cannot be written through."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from flake8_stateid.linkage import (
    LinkageError,
    check_linkage,
    find_orphans,
    find_references,
    open_readonly,
)
from flake8_stateid.linkage.engine import let_interrupts_through
from flake8_stateid.linkage.reading import reading, safe_url, without_secrets
from tests.linkage.conftest import create_audit, execute, full_url, record_batch

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

WRITES = [
    "INSERT INTO runs VALUES ('r2')",
    "UPDATE calls SET state_id = 's'",
    "DELETE FROM calls",
    "CREATE TABLE extra (id INTEGER)",
    "DROP TABLE calls",
    "ALTER TABLE calls ADD extra INTEGER",
    "CREATE INDEX i ON calls (call_index)",
]


@pytest.fixture
def broken(database: sa.Engine) -> sa.Engine:
    """A database with six orphans."""
    create_audit(database, {"s": "r"}, with_keys=False)
    record_batch(database, "s", is_fixed=False)
    return database


@pytest.fixture
def readonly(broken: sa.Engine) -> Iterator[sa.Engine]:
    """The same database as the command opens it."""
    engine = open_readonly(full_url(broken))
    yield engine
    engine.dispose()


@pytest.mark.parametrize("statement", WRITES)
def test_writing_fails(readonly: sa.Engine, statement: str) -> None:
    """Whatever the statement: the database itself refuses."""
    with readonly.connect() as connection, pytest.raises(exc.DBAPIError) as caught:
        connection.exec_driver_sql(statement)
    assert "read-only" in str(caught.value) or "readonly" in str(caught.value)
    with readonly.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM calls").scalar() == len(
            find_orphans(readonly)
        )


def test_reading_works(readonly: sa.Engine) -> None:
    """Through the same engine."""
    assert [orphan.parent for orphan in find_orphans(readonly)] == ["s"] * 6


def test_sqlite_has_two_locks(sqlite: sa.Engine) -> None:
    """``query_only`` is on, and with it off the file is still opened for reading alone."""
    create_audit(sqlite, {"s": "r"})
    engine = open_readonly(full_url(sqlite))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
        connection.exec_driver_sql("PRAGMA query_only = off")
        with pytest.raises(exc.OperationalError, match="readonly"):
            connection.exec_driver_sql("DELETE FROM runs")
    engine.dispose()


def test_sqlite_file_is_not_touched(sqlite: sa.Engine, tmp_path: pathlib.Path) -> None:
    """Not a byte, not a file beside it."""
    create_audit(sqlite, {"s": "r"})
    sqlite.dispose()
    file = tmp_path / "audit.db"
    before = hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns
    engine = open_readonly(full_url(sqlite))
    check_linkage(engine)
    engine.dispose()
    assert (hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns) == before
    assert os.listdir(tmp_path) == ["audit.db"]


def test_wal_with_an_open_writer_is_read_whole(sqlite: sa.Engine, tmp_path: pathlib.Path) -> None:
    """What is committed but still lies in the WAL counts; what is not committed does not."""
    create_audit(sqlite, {"s": "r"})
    sqlite.dispose()
    writer = sqlite3.connect(tmp_path / "audit.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.execute("INSERT INTO calls VALUES ('c1', 's_row0', 0, NULL)")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO calls VALUES ('c2', 's_row1', 0, NULL)")
    assert (tmp_path / "audit.db-wal").stat().st_size > 0
    engine = open_readonly(full_url(sqlite))
    assert [orphan.recorded_id for orphan in find_orphans(engine)] == ["s_row0"]
    engine.dispose()
    writer.close()


@pytest.mark.parametrize("name", ["with space", "per%cent", "quest?ion", "ha#sh", "ü", "a'b"])
def test_sqlite_paths_with_odd_characters(tmp_path: pathlib.Path, name: str) -> None:
    """The path is quoted for SQLite, not by it."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(tmp_path / name)))
    create_audit(engine, {"s": "r"})
    engine.dispose()
    engine = open_readonly(engine.url)
    assert find_orphans(engine) == []
    engine.dispose()


@pytest.mark.parametrize("extra", ["", "?mode=rwc", "?mode=rw&immutable=1", "?mode=ro"])
def test_sqlite_uri_that_asks_for_more(
    sqlite: sa.Engine, tmp_path: pathlib.Path, extra: str
) -> None:
    """A mode in the URL does not open the file for writing."""
    create_audit(sqlite, {"s": "r"})
    sqlite.dispose()
    joint = "&" if extra else "?"
    engine = open_readonly(f"sqlite:///file:{tmp_path}/audit.db{extra}{joint}uri=true")
    with engine.connect() as connection, pytest.raises(exc.OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM runs")
    engine.dispose()


def test_sqlite_text_that_is_not_utf8(sqlite: sa.Engine) -> None:
    """Its bytes survive the way to the caller."""
    execute(
        sqlite,
        "CREATE TABLE node_states (state_id TEXT PRIMARY KEY)",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id TEXT)",
        "INSERT INTO node_states VALUES ('a')",
        "INSERT INTO calls VALUES (1, CAST(x'615fff' AS TEXT))",
    )
    engine = open_readonly(full_url(sqlite))
    (orphan,) = find_orphans(engine)
    engine.dispose()
    assert orphan.recorded_id == "a_\udcff"
    with pytest.raises(LinkageError, match="Could not decode"):
        find_orphans(sqlite)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
def test_a_long_question_to_sqlite_can_be_interrupted(sqlite: sa.Engine) -> None:
    """Python heeds Ctrl-C between its own instructions, of which SQLite runs none by itself."""
    execute(sqlite, "CREATE TABLE t (a)")
    engine = open_readonly(sqlite.url)
    let_interrupts_through(engine)
    numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 100000000)"
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    started = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt), reading(engine) as connection:
            connection.exec_driver_sql(f"{numbers} SELECT count(*) FROM n")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < 5
    engine.dispose()


def test_a_locked_table_is_not_waited_for_without_end(postgres: sa.Engine) -> None:
    """A migration may hold the lock for hours; to read needs none that others are kept by."""
    create_audit(postgres, {"s": "r"})
    engine = open_readonly(postgres.url)
    with engine.connect() as reader, postgres.connect() as writer:
        assert reader.exec_driver_sql("SHOW lock_timeout").scalar() == "1min"
        writer.exec_driver_sql("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
        reader.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
        with pytest.raises(LinkageError, match="Another session has locked the table: run the"):
            check_linkage(reader)
    engine.dispose()


class TestRefusals:
    """Each with a sentence that says what to do."""

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("", "this is not a database URL: write one like sqlite:///audit.db"),
            ("audit", "this is not a database URL"),
            ("sqlite://", "a database in memory is empty when it is opened: give a file"),
            ("sqlite:///:memory:", "a database in memory is empty"),
            ("sqlite:///file:x?mode=memory&uri=true", "a database in memory is empty"),
            ("sqlite:////nowhere/x.db", "/nowhere/x.db does not exist: check the path"),
            ("sqlite+pysqlcipher:///x.db", "cannot be opened read-only|is not installed"),
            ("sqlite+aiosqlite:///x.db", "asynchronous driver|is not installed"),
            ("cobol://host/x", "knows no database driver 'cobol': write a URL like"),
            ("postgresql+pg8000://h/x", "driver of postgresql.pg8000 is not installed"),
            ("mysql+pymysql://h/x", "driver of mysql.pymysql is not installed"),
            ("postgresql://h/x?plugin=cobol", r"postgresql.psycopg://h/x.* cannot be opened"),
            ("postgresql://u:p@h:port/x", "this is not a database URL"),
        ],
    )
    def test_url(self, url: str, sentence: str) -> None:
        """Before any connection is made."""
        with pytest.raises(LinkageError, match=sentence):
            open_readonly(url)

    def test_our_own_driver_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It comes with the extra, so that is what to install."""
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(LinkageError, match=r'pip install "flake8-stateid\[audit\]", or write'):
            open_readonly("postgresql://h/x")

    def test_a_dialect_that_cannot_be_imported(self) -> None:
        """Installed, but not what it needs."""
        sa.dialects.registry.register("linkage_broken", "no_such_module", "Dialect")
        with pytest.raises(LinkageError, match="driver of linkage_broken is not installed"):
            open_readonly("linkage_broken://h/x")

    def test_a_missing_file_is_not_created(self, tmp_path: pathlib.Path) -> None:
        """SQLite would create it."""
        with pytest.raises(LinkageError, match="does not exist"):
            open_readonly(f"sqlite:///{tmp_path}/new.db")
        assert os.listdir(tmp_path) == []

    def test_a_folder(self, tmp_path: pathlib.Path) -> None:
        """Is no database."""
        with pytest.raises(LinkageError, match="is not a file"):
            open_readonly(f"sqlite:///{tmp_path}")

    def test_a_path_instead_of_a_url(self, tmp_path: pathlib.Path) -> None:
        """The likeliest slip has its own hint."""
        (tmp_path / "audit.db").touch()
        with pytest.raises(LinkageError, match="put sqlite:/// before its path"):
            open_readonly(str(tmp_path / "audit.db"))

    def test_a_file_that_is_no_database(self, tmp_path: pathlib.Path) -> None:
        """Seen at the first question."""
        (tmp_path / "audit.db").write_text("no database at all" * 99)
        engine = open_readonly(f"sqlite:///{tmp_path}/audit.db")
        with pytest.raises(LinkageError, match=r"not a database\. Give an SQLite file"):
            find_references(engine)

    def test_a_locked_database(self, sqlite: sa.Engine, tmp_path: pathlib.Path) -> None:
        """A writer in the middle of its commit."""
        create_audit(sqlite, {"s": "r"})
        sqlite.dispose()
        writer = sqlite3.connect(tmp_path / "audit.db", isolation_level=None)
        writer.execute("BEGIN EXCLUSIVE")
        impatient = sa.create_engine(full_url(sqlite), connect_args={"timeout": 0})
        with pytest.raises(LinkageError, match=r"locked\. A writer holds it: run the check again"):
            find_references(impatient)
        impatient.dispose()
        writer.close()

    @pytest.mark.skipif(
        sys.platform == "win32" or os.geteuid() == 0, reason="root may read any file"
    )
    def test_a_file_without_rights(self, sqlite: sa.Engine, tmp_path: pathlib.Path) -> None:
        """Names the rights."""
        create_audit(sqlite, {"s": "r"})
        (tmp_path / "audit.db").chmod(0)
        with pytest.raises(LinkageError, match="Check the rights on the file"):
            find_references(open_readonly(full_url(sqlite)))

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("SQLITE_READONLY_DIRECTORY", "check a copy if the folder is read-only"),
            ("SQLITE_READONLY_CANTINIT", "check a copy if the folder is read-only"),
            ("SQLITE_READONLY_ROLLBACK", "copy the file together with its -journal"),
        ],
    )
    def test_one_text_for_several_troubles(self, name: str, advice: str) -> None:
        """SQLite's name for it says what to do: a WAL in a read-only folder is no crash."""
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorname = name

        def connect() -> None:
            raise error

        engine = sa.create_engine("sqlite:///audit.db", creator=connect)
        with pytest.raises(LinkageError, match=advice):
            find_references(engine)

    def test_an_option_that_the_driver_does_not_know(self) -> None:
        """The connection failed, whatever kind of error the driver makes of that."""
        with pytest.raises(LinkageError, match=r'cannot read .*"nonesuch".*options of the URL'):
            find_references(open_readonly("postgresql://127.0.0.1:1/audit?nonesuch=1"))

    def test_no_right_to_read(self, postgres: sa.Engine) -> None:
        """Says which table, and what to grant."""
        create_audit(postgres, {"s": "r"})
        execute(postgres, "DROP ROLE IF EXISTS auditor", "CREATE ROLE auditor LOGIN")
        url = postgres.url.set(username="auditor")
        engine = open_readonly(url)
        with pytest.raises(LinkageError, match=r"denied for table node_states.*GRANT SELECT .*TO"):
            check_linkage(engine)
        execute(postgres, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
        assert check_linkage(engine).orphans == 0
        execute(
            postgres,
            "ALTER TABLE calls ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY few ON calls USING (call_index = 0)",
        )
        with pytest.raises(LinkageError, match="Rows hidden by a policy cannot be checked"):
            check_linkage(engine)
        engine.dispose()
        execute(postgres, "DROP OWNED BY auditor", "DROP ROLE auditor")


class TestSecrets:
    """No password in anything that may be shown."""

    def test_connection_refused(self) -> None:
        """The driver's text is passed on without it."""
        url = "postgresql://someone:hush%2Fhush@127.0.0.1:1/audit?sslpassword=hush2"
        with pytest.raises(LinkageError) as caught:
            find_references(open_readonly(url))
        text = str(caught.value)
        assert "cannot read postgresql+psycopg://someone:***@127.0.0.1:1/audit" in text
        assert "Check that the server runs" in text
        assert "hush" not in text
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("kind", [psycopg.OperationalError, psycopg.DataError])
    def test_a_driver_that_tells(self, kind: type[Exception]) -> None:
        """Its text is cleaned, whatever kind of error it is."""

        def connect() -> None:
            raise kind("no entry for someone/hush/hush\nin host=h password=hush%2Fhush")

        engine = sa.create_engine("postgresql+psycopg://u:hush%2Fhush@h/x", creator=connect)
        with pytest.raises(LinkageError, match=r"no entry for someone/\*\*\*") as caught:
            find_references(engine)
        assert "hush" not in str(caught.value)

    @pytest.mark.parametrize("text", ["db://u:hush@h:x/y z", "://u:hush@h", "u:hush@h/x"])
    def test_bad_url(self, text: str) -> None:
        """A text that is no URL is not repeated at all."""
        with pytest.raises(LinkageError) as caught:
            open_readonly(text)
        assert "hush" not in str(caught.value)

    @pytest.mark.parametrize("url", ["postgresql://u:hu@sh@h:1/x", "mysql://u:hu@h/sh@h/x"])
    def test_a_password_with_an_at_sign(self, url: str) -> None:
        """If it is not encoded, its end is taken for the host or the database, which is shown."""
        with pytest.raises(LinkageError, match="write %40 for an @ in the password") as caught:
            open_readonly(url)
        assert "sh" not in str(caught.value)

    def test_report(self, postgres: sa.Engine) -> None:
        """The report names the database without it."""
        create_audit(postgres, {"s": "r"})
        engine = open_readonly(postgres.url.set(password="hush"))
        assert "hush" not in repr(check_linkage(engine))
        engine.dispose()

    def test_text_of_a_driver(self) -> None:
        """As written and as percent-encoded; in the query too."""
        url = sa.make_url("postgresql://u:a%2Fb@h/x?password=c%20d&sslmode=require")
        assert safe_url(url) == "postgresql://u:***@h/x?password=%2A%2A%2A&sslmode=require"
        said = "no a/b, no a%2Fb, no c d, no c%20d, no c+d; require"
        assert without_secrets(said, url) == "no ***, no ***, no ***, no ***, no ***; require"

    @pytest.mark.parametrize("key", ["api_key", "apikey", "access_key", "PrivateKey"])
    def test_keys_are_secrets(self, key: str) -> None:
        """By whatever name; but not what only begins so."""
        url = sa.make_url(f"db://u@h/x?{key}=hush&keyspace=plain&keepalives=5")
        assert "hush" not in safe_url(url)
        assert "keyspace=plain" in safe_url(url)
        assert "keepalives=5" in safe_url(url)

    def test_a_connection_string_in_the_query(self) -> None:
        """As ODBC takes it, with a password of its own."""
        url = sa.make_url("mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3Dhush%3B&timeout=5")
        assert safe_url(url) == "mssql+pyodbc:///?odbc_connect=%2A%2A%2A&timeout=5"
        assert without_secrets("no hush in UID=u;PWD=hush", url) == "no *** in UID=u;PWD=***"


def test_bare_postgresql_means_psycopg() -> None:
    """In SQLAlchemy 2.0 the bare name is another driver than in 2.1."""
    for name in ("postgresql", "postgres", "postgresql+psycopg_async"):
        assert open_readonly(f"{name}://h/x").url.drivername == "postgresql+psycopg"


def test_one_snapshot_for_a_whole_report(broken: sa.Engine) -> None:
    """What is committed meanwhile is not seen by the later questions of a transaction."""
    if broken.dialect.name == "sqlite":
        with broken.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = wal")
        broken.dispose()
    engine = open_readonly(full_url(broken))

    def interfere(text: str) -> None:
        if text.startswith("calls.state_id: looking"):
            execute(broken, "DELETE FROM calls")

    (calls,) = (c for c in check_linkage(engine, progress=interfere).columns if c.rows)
    assert (calls.rows, calls.orphans) == (6, 6)
    assert find_orphans(engine) == []
    engine.dispose()
