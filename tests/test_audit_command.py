"""The subcommand ``audit``, as an operator runs it."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_stateid import audit_command
from tests.linkage.conftest import (
    create_audit,
    database,
    execute,
    full_url,
    postgres,
    record_batch,
    record_calls,
    sqlite,
)
from tests.postgres import postgres_server

if TYPE_CHECKING:
    import pathlib

    import sqlalchemy as sa

__all__ = ["database", "postgres", "postgres_server", "sqlite"]


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """It does."""
        return True


def audit(
    *arguments: str, stdout: io.StringIO | None = None, stderr: io.StringIO | None = None
) -> tuple[int, str, str]:
    """Run the command: exit code, stdout, stderr."""
    parser = argparse.ArgumentParser()
    audit_command.add_arguments(parser)
    stdout, stderr = stdout or io.StringIO(), stderr or io.StringIO()
    code = audit_command.run(parser.parse_args(arguments), stdout, stderr)
    return code, stdout.getvalue(), stderr.getvalue()


def test_whole(database: sa.Engine) -> None:
    """Exit 0."""
    create_audit(database, {"s": "r"})
    record_batch(database, "s", is_fixed=True)
    code, out, err = audit(full_url(database))
    assert (code, err) == (0, "")
    assert out.endswith("WHOLE: every id in 2 columns exists (2 by foreign key, 0 by name).\n")


def test_not_whole(database: sa.Engine) -> None:
    """Exit 1, with the batch it came from."""
    create_audit(database, {"s": "the-run"}, with_keys=False)
    record_batch(database, "s", is_fixed=False)
    code, out, err = audit(full_url(database))
    assert (code, err) == (1, "")
    assert "the-run" in out
    assert "NOT WHOLE: 6 orphans." in out


def test_gaps_alone_are_not_whole(database: sa.Engine) -> None:
    """Exit 1."""
    create_audit(database, {"s": "r"})
    record_calls(database, [("s", 1)])
    code, out, _ = audit(full_url(database))
    assert code == 1
    assert "NOT WHOLE: 1 missing call_index." in out


def test_what_cannot_be_checked_is_not_whole(database: sa.Engine, tmp_path: pathlib.Path) -> None:
    """Exit 2, and the verdict names it; a mapping is written all the same."""
    create_audit(database, {"s": "r"}, with_keys=False)
    execute(database, "CREATE TABLE events (state_id VARCHAR(9), call_index VARCHAR(9))")
    code, out, err = audit(full_url(database), "--mapping", str(tmp_path / "m.csv"))
    assert code == 2
    assert " ".join(out.rpartition("UNKNOWN: ")[2].split()) == (
        "every id in 3 columns exists (0 by foreign key, 3 by name), but events.call_index was "
        "not checked."
    )
    assert "m.csv: 0 orphaned rows" in err
    assert "error: what was checked is whole, but not checked: events.call_index (its type" in err
    code, out, err = audit(full_url(database), "--format", "json")
    assert (code, json.loads(out)["verdict"]) == (2, "unknown")
    execute(database, "INSERT INTO events VALUES ('gone', '0')")
    code, out, err = audit(full_url(database))
    assert (code, err) == (1, "")


def test_what_is_no_reference_leaves_nothing_open(database: sa.Engine) -> None:
    """Named in the report, and whole."""
    create_audit(database, {"s": "r"}, with_keys=False)
    execute(
        database,
        "CREATE TABLE notes (note_id INTEGER, state_ids VARCHAR(9))",
        "CREATE TABLE other (state_id INTEGER PRIMARY KEY, call_index VARCHAR(9))",
    )
    code, out, err = audit(full_url(database))
    assert (code, err) == (0, "")
    assert "notes.state_ids was not checked" in out
    assert "other.state_id was not checked" in out


def test_ignored(database: sa.Engine, tmp_path: pathlib.Path) -> None:
    """Named in the report, in neither its verdict nor the mapping."""
    create_audit(database, {"s": "r"}, with_keys=False)
    record_calls(database, [("s", 0)])
    execute(
        database,
        "CREATE TABLE addresses (state_id VARCHAR(9))",
        "INSERT INTO addresses VALUES ('TX')",
    )
    url, mapping = full_url(database), tmp_path / "mapping.csv"
    assert audit(url)[0] == 1
    code, out, _ = audit(url, "--ignore", "addresses.state_id", "--mapping", str(mapping))
    assert code == 0
    assert "addresses.state_id was not checked: it was to be ignored.\n" in out
    assert "WHOLE: every id in 2 columns exists" in out
    assert mapping.read_text().count("\n") == 1
    code, out, err = audit(url, "--ignore", "adresses.state_id")
    assert (code, out) == (2, "")
    assert err.startswith("error: the column to ignore 'adresses.state_id' is none of those")


def test_json(database: sa.Engine) -> None:
    """The same verdict, and nothing else on stdout."""
    create_audit(database, {"s": "r"}, with_keys=False)
    record_batch(database, "s", is_fixed=False)
    code, out, err = audit(full_url(database), "--format", "json")
    assert (code, err) == (1, "")
    data = json.loads(out)
    assert (data["verdict"], data["orphans"]) == ("not whole", 6)


def test_mapping(database: sa.Engine, tmp_path: pathlib.Path) -> None:
    """Written beside the report; said on stderr, so that JSON stays JSON."""
    create_audit(database, {"s": "r"}, with_keys=False)
    record_batch(database, "s", is_fixed=False)
    path = tmp_path / "mapping.csv"
    code, out, err = audit(full_url(database), "--format", "json", "--mapping", str(path))
    assert (code, json.loads(out)["orphans"]) == (1, 6)
    assert err == f"{path}: 6 orphaned rows, 6 with a proposed parent\n"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1] == "calls,state_id,call-0,s_row0,0,s,0"
    assert lines[6] == "calls,state_id,call-5,s_row2,1,s,5"


def test_target_schema_and_name(postgres: sa.Engine) -> None:
    """Reach the check."""
    execute(
        postgres,
        "CREATE SCHEMA other",
        "CREATE TABLE edges (edge_id TEXT PRIMARY KEY)",
        "CREATE TABLE other.events (edge TEXT)",
        "INSERT INTO other.events VALUES ('x')",
    )
    url = full_url(postgres)
    code, out, _ = audit(url, "--target", "edges.edge_id", "--schema", "other", "--name", "edge")
    assert code == 1
    assert "other.events.edge" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sqlite:///nowhere.db", "--mapping", "-"), "--mapping: name a file; stdout is for"),
        (("sqlite:///nowhere.db",), "the SQLite file nowhere.db does not exist: check the path"),
        (("audit.db",), "this is not a database URL: write one like sqlite:///audit.db"),
        (
            ("postgresql://u:hush@127.0.0.1:1/x",),
            "cannot read postgresql+psycopg://u:***@127.0.0.1:1/x",
        ),
        (("{url}", "--target", "states.id"), "the database has no table 'states'"),
        (("{url}", "--target", "calls.call_id"), "no column refers to calls.call_id, so nothing"),
        (("{url}", "--schema", "no"), "the database has no schema 'no'"),
        (("{url}", "--mapping", "nowhere/m.csv"), "the mapping cannot be written to nowhere"),
        (("{url}", "--mapping", __file__), f"the mapping is not written to {__file__}, which is"),
    ],
)
def test_cannot_tell(sqlite: sa.Engine, arguments: tuple[str, ...], sentence: str) -> None:
    """Exit 2, and a sentence that says what to do."""
    create_audit(sqlite, {"s": "r"})
    code, _, err = audit(*(argument.format(url=full_url(sqlite)) for argument in arguments))
    assert code == audit_command.CANNOT_TELL
    assert err.startswith(f"error: {sentence}")
    assert "hush" not in err
    assert err.count("\n") == 1


def test_on_a_terminal(sqlite: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich's colours on stdout, a line of progress on stderr."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    create_audit(sqlite, {"s": "r"})
    record_batch(sqlite, "s", is_fixed=False)
    code, out, err = audit(full_url(sqlite), stdout=Terminal(), stderr=Terminal())
    assert code == 1
    assert "\x1b[1;31mNOT WHOLE: 6 orphans." in out
    assert "looking for repeats and gaps in call_index" in err


def test_terminal_that_cannot_show_everything(sqlite: sa.Engine) -> None:
    """An ASCII terminal gets plain text with escapes."""

    class Ascii(Terminal):
        encoding = "ascii"

    create_audit(sqlite, {"ü": "r"})
    record_batch(sqlite, "ü", is_fixed=False)
    code, out, _ = audit(full_url(sqlite), stdout=Ascii())
    assert code == 1
    assert out.isascii()
    assert "\\xfc_row0" in out


@pytest.mark.parametrize("hidden", ["sqlalchemy", "rich"])
def test_without_an_extra(sqlite: sa.Engine, hidden: str, tmp_path: pathlib.Path) -> None:
    """Without SQLAlchemy one sentence and exit 2; without rich plain text."""
    create_audit(sqlite, {"s": "r"})
    script = (
        "import argparse, io, sys\n"
        f"sys.modules[{hidden!r}] = None\n"
        "from flake8_stateid import audit_command\n"
        "parser = argparse.ArgumentParser()\n"
        "audit_command.add_arguments(parser)\n"
        "class Terminal(io.StringIO):\n"
        "    encoding = 'utf-8'\n"
        "    def isatty(self): return True\n"
        "out, err = Terminal(), Terminal()\n"
        "code = audit_command.run(parser.parse_args(), out, err)\n"
        "sys.stdout.write(out.getvalue()); sys.stderr.write(err.getvalue())\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, full_url(sqlite)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    if hidden == "sqlalchemy":
        assert (done.returncode, done.stdout) == (audit_command.CANNOT_TELL, "")
        assert done.stderr == (
            "error: the linkage check needs SQLAlchemy, which is not installed: "
            'pip install "flake8-stateid[audit]"\n'
        )
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Linkage of node_states.state_id\n")


def test_registering_the_command_imports_no_sqlalchemy() -> None:
    """Nor does the package itself: a lint run pays nothing for the check."""
    script = (
        "import argparse, sys\n"
        "from flake8_stateid import audit_command\n"
        "audit_command.add_arguments(argparse.ArgumentParser())\n"
        "sys.exit(sum(name in sys.modules for name in ('sqlalchemy', 'rich', 'libcst')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.returncode == 0
