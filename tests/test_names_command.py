"""``names``."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.cli import main
from flake8_stateid.names import StateIdNames
from flake8_stateid.names_command import chosen_names
from flake8_stateid.schema import ForeignKeyColumn
from flake8_stateid.settings import checked_settings, split_list
from tests.samples import write

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
calls = Table(
    "calls",
    Column("call_id", String, primary_key=True),
    Column("state_id", ForeignKey("node_states.state_id")),
    Column("edge_id", ForeignKey("edges.edge_id")),
    Column("produced_by_state_id", ForeignKey("node_states.state_id")),
    Column("owner_id", ForeignKey("users.id")),
)
"""


def column(name: str, target: str) -> ForeignKeyColumn:
    return ForeignKeyColumn((name,), target, 1)


def test_the_names_of_a_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, {"schema.py": SCHEMA}))
    assert main(["names", "schema.py"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == (
        "# state_id covers produced_by_state_id as well\n"
        "stateid-names = state_id, edge_id, owner_id\n"
    )


def test_what_is_printed_is_a_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"schema.py": SCHEMA})
    assert main(["names", str(tmp_path / "schema.py")]) == 0
    parser = configparser.RawConfigParser()
    parser.read_string("[flake8]\n" + capsys.readouterr().out)
    settings = checked_settings({"stateid_names": split_list(parser["flake8"]["stateid-names"])})
    names = StateIdNames(settings.names)
    for name in ("state_id", "edge_id", "produced_by_state_id", "owner_id"):
        assert names.kind(name) == 1
    assert names.kind("call_id") == 0


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([column("aggregation_state_id", "state_id")], {"state_id": ["aggregation_state_id"]}),
        ([column("parent_id", "node_id")], {"parent_id": []}),
        ([column("user_id", "id"), column("id", "id")], {"id": ["user_id"]}),
        (
            [column("from_node_id", ""), column("node_id", "")],
            {"node_id": ["from_node_id"]},
        ),
        ([column("a_id", "a_id"), column("A_ID", "A_ID")], {"a_id": ["A_ID"]}),
        ([column("node_id", "run-id")], {"node_id": []}),
    ],
)
def test_choice(columns: list[ForeignKeyColumn], expected: dict[str, list[str]]) -> None:
    assert chosen_names(columns) == expected


def test_several_files_and_bad_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {
        "good.py": SCHEMA,
        "bad.py": "x = (\n",
        "none.py": "x = 1\n",
        "unnamed.py": '\nColumn(n(), ForeignKey("s.state_id"))\n',
        "odd.py": 'Column("state id", ForeignKey("s.state_id"))\n',
        "latin.py": b"x = '\xe9'\n",
    }
    monkeypatch.chdir(write(tmp_path, files))
    assert main(["names", *files, "gone\x1b.py", "."]) == 2
    captured = capsys.readouterr()
    assert captured.out.endswith("stateid-names = state_id, edge_id, owner_id\n")
    errors = captured.err.splitlines()
    told = [line.split("; ")[0] for line in errors]
    assert [line for line in told if "bad" not in line and "latin" not in line] == [
        "error: none.py: holds no foreign key",
        "error: unnamed.py:2: the column of this foreign key is not named in the source",
        "error: odd.py:1: the column 'state id' has no name that code could use",
        "error: gone\\x1b.py: does not exist",
        "error: .: is a folder",
    ]
    assert all("; " in line for line in errors)
    assert [line[:15] for line in errors if "bad" in line or "latin" in line] == [
        "error: bad.py:1",
        "error: latin.py",
    ]


def test_nothing_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"schema.py": "raise SystemExit('imported')\nimport nothing\n" + SCHEMA})
    assert main(["names", str(tmp_path / "schema.py")]) == 0
    assert capsys.readouterr().out
