"""The mapping, and what a migration makes of it."""

from __future__ import annotations

import csv
import os
import pathlib
import stat
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from flake8_stateid.linkage import (
    ColumnName,
    LinkageError,
    Orphan,
    Verdict,
    check_linkage,
    find_orphans,
    iter_orphans,
    write_mapping,
)
from flake8_stateid.linkage.mapping import HEADER, Written
from tests.linkage.conftest import (
    create_audit,
    create_states_of_runs,
    execute,
    record_calls,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

COLUMN = ColumnName(None, "calls", "state_id")


def orphan(number: int = 0, **changes: object) -> Orphan:
    """An orphaned call."""
    found = Orphan(COLUMN, {"call_id": number}, "s_row0", number, "s", "_row<N>", number)
    return found._replace(**changes)  # type: ignore[arg-type]


def proposals(engine: sa.Engine) -> list[tuple[str, int | None, str | None, int | None]]:
    """The orphans, in short."""
    return [
        (o.recorded_id, o.recorded_call_index, o.parent, o.proposed_call_index)
        for o in find_orphans(engine)
    ]


def test_applied_by_plain_sql_it_leaves_a_clean_audit(
    database: sa.Engine, tmp_path: pathlib.Path
) -> None:
    """Two batches, one with calls of its own; an artifact; keys enforced in the end."""
    create_audit(database, {"s1": "r", "s2": "r"}, with_keys=False)
    calls = [("s1_row1", 1), ("s1_row0", 0), ("s1_row1", 0), ("s1_row10", 0), ("s1_row2", 0)]
    record_calls(database, [("s1", 0), ("s1", 1), *calls, ("s2:0", 0), ("s2:1", 0)])
    execute(database, "INSERT INTO batches VALUES ('b', 's2:1')")
    path = tmp_path / "mapping.csv"
    assert write_mapping(iter_orphans(database), path) == Written(8, 8)
    with path.open(encoding="utf-8", newline="") as stream:
        mapping = [
            tuple(int(v) if v.isdigit() else v or None for v in row) for row in csv.reader(stream)
        ]
    assert mapping.pop(0) == HEADER
    execute(
        database,
        "CREATE TABLE mapping (of_table VARCHAR(64), of_column VARCHAR(64), row_key VARCHAR(64),"
        " recorded_id VARCHAR(64), recorded_call_index INTEGER, parent VARCHAR(64),"
        " call_index INTEGER)",
        f"INSERT INTO mapping {values(list(mapping))}",
        "UPDATE calls SET"
        " call_index = (SELECT m.call_index FROM mapping m WHERE m.row_key = call_id),"
        " state_id = (SELECT m.parent FROM mapping m WHERE m.row_key = call_id)"
        " WHERE call_id IN (SELECT row_key FROM mapping WHERE of_table = 'calls'"
        " AND parent IS NOT NULL)",
        "UPDATE batches SET aggregation_state_id ="
        " (SELECT m.parent FROM mapping m WHERE m.row_key = batch_id)"
        " WHERE batch_id IN (SELECT row_key FROM mapping WHERE of_table = 'batches')",
        "DROP TABLE mapping",
    )
    assert check_linkage(database).verdict is Verdict.WHOLE
    with database.connect() as connection:
        told = connection.exec_driver_sql(
            "SELECT call_id, state_id, call_index FROM calls ORDER BY state_id, call_index"
        )
        assert [tuple(row) for row in told] == [
            ("call-0", "s1", 0),
            ("call-1", "s1", 1),
            ("call-3", "s1", 2),
            ("call-4", "s1", 3),
            ("call-2", "s1", 4),
            ("call-6", "s1", 5),
            ("call-5", "s1", 6),
            ("call-7", "s2", 0),
            ("call-8", "s2", 1),
        ]
    if database.dialect.name == "postgresql":
        key = "FOREIGN KEY (state_id) REFERENCES node_states (state_id)"
        execute(database, f"ALTER TABLE calls ADD {key}")


def documented_sql() -> tuple[str, str]:
    """The two statements of the page: create the table, apply the mapping."""
    page = (pathlib.Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    block = page.partition("```sql\n")[2].partition("```")[0]
    create, _, rest = block.partition(
        "\\copy mapping FROM 'mapping.csv' WITH (FORMAT csv, HEADER)"
    )
    return create, rest


def test_the_documented_sql_leaves_a_clean_audit(
    database: sa.Engine, tmp_path: pathlib.Path
) -> None:
    """As the page on the check has it, with what its import makes of an empty field."""
    create_audit(database, {"s1": "r"}, with_keys=False)
    record_calls(database, [("s1_row1", 0), ("s1_row0", 0), ("s1", 0), ("gone", 0)])
    write_mapping(iter_orphans(database), tmp_path / "m.csv")
    create, apply = documented_sql()
    with database.begin() as connection:
        connection.exec_driver_sql(create)
        cursor: Any = connection.connection.cursor()
        if database.dialect.name == "postgresql":
            with cursor.copy("COPY mapping FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
                copy.write((tmp_path / "m.csv").read_bytes())
        else:
            with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as stream:
                rows = list(csv.reader(stream))[1:]
            cursor.executemany("INSERT INTO mapping VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        cursor.close()
        connection.exec_driver_sql(apply)
    assert proposals(database) == [("gone", 0, None, None)]
    with database.connect() as connection:
        told = connection.exec_driver_sql("SELECT call_id, call_index FROM calls ORDER BY 2, 1")
        assert [tuple(row) for row in told] == [
            ("call-2", 0),
            ("call-3", 0),
            ("call-1", 1),
            ("call-0", 2),
        ]


def test_natural_order_inside_a_parent(database: sa.Engine) -> None:
    """_row2 before _row10, and each id's own order kept."""
    create_audit(database, {"s": "r"}, with_keys=False)
    record_calls(database, [("s_row10", 0), ("s_row2", 1), ("s_row2", 0)])
    assert proposals(database) == [
        ("s_row2", 0, "s", 0),
        ("s_row2", 1, "s", 1),
        ("s_row10", 0, "s", 2),
    ]


def test_time_outranks_the_name(database: sa.Engine) -> None:
    """An id whose first call came earlier comes first; inside an id its call_index decides."""
    create_audit(database, {"s": "r"}, with_keys=False)
    rows = [
        ("a", "s_again", 0, "2026-01-01T10:00"),
        ("b", "s_again", 1, "2026-01-01T10:05"),
        ("c", "s_first", 1, "2026-01-01T09:00"),
        ("d", "s_first", 0, "2026-01-01T09:01"),
    ]
    execute(database, f"INSERT INTO calls {values(list(rows))}")
    assert [(o.key["call_id"], o.proposed_call_index) for o in find_orphans(database)] == [
        ("d", 0),
        ("c", 1),
        ("a", 2),
        ("b", 3),
    ]


def test_numbers_go_on_after_the_last_of_the_parent(database: sa.Engine) -> None:
    """After the last, not after as many: a gap of the parent's own stays its own."""
    create_audit(database, {"s": "r", "t": "r"}, with_keys=False)
    record_calls(database, [("s", 0), ("s", 6), ("s_row0", 0), ("t_row0", 0), ("gone", 3)])
    assert proposals(database) == [
        ("s_row0", 0, "s", 7),
        ("t_row0", 0, "t", 0),
        ("gone", 3, None, None),
    ]


def test_one_id_in_two_composite_keys(database: sa.Engine) -> None:
    """The calls of each of the two states are numbered for themselves."""
    create_states_of_runs(database)
    proposed = {o.key["call_id"]: o.proposed_call_index for o in iter_orphans(database)}
    assert proposed == {3: 1, 4: 3, 5: 4, 6: 5}


def test_keys_of_several_columns_and_of_none(database: sa.Engine, tmp_path: pathlib.Path) -> None:
    """A JSON object, and nothing; the recorded id and number still say which row it is."""
    execute(
        database,
        "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
        "CREATE TABLE calls (state_id VARCHAR(9), n INTEGER, part VARCHAR(9),"
        " PRIMARY KEY (part, n))",
        "CREATE TABLE events (state_id VARCHAR(9), call_index INTEGER)",
        "INSERT INTO calls VALUES ('x', 7, 'p')",
        "INSERT INTO events VALUES ('y', 3), ('y', 3)",
    )
    write_mapping(iter_orphans(database), tmp_path / "m.csv")
    lines = (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == [
        'calls,state_id,"{""part"": ""p"", ""n"": 7}",x,,,',
        "events,state_id,,y,3,,",
        "events,state_id,,y,3,,",
    ]


def test_bytes_on_disk(tmp_path: pathlib.Path) -> None:
    """A header and a line each, quoted where need be, every id as it was read."""
    path = tmp_path / "mapping.csv"
    found = [
        orphan(1),
        orphan(2, recorded_id='s_"a",\nb', column=ColumnName("audit", "calls", "state_id")),
        orphan(3, recorded_id="ü_\udcff", parent=None, proposed_call_index=None),
    ]
    assert write_mapping(iter(found), path) == Written(3, 2)
    assert path.read_bytes() == (
        b"table,column,key,recorded_id,recorded_call_index,proposed_parent,proposed_call_index\n"
        b"calls,state_id,1,s_row0,1,s,1\n"
        b'audit.calls,state_id,2,"s_""a"",\nb",2,s,2\n'
        b"calls,state_id,3,\xc3\xbc_\xff,3,,\n"
    )


def test_no_orphans_leave_a_header(tmp_path: pathlib.Path) -> None:
    """So that a migration finds its file."""
    write_mapping([], tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text(encoding="utf-8") == ",".join(HEADER) + "\n"


def test_nothing_is_left_of_a_mapping_that_fails(tmp_path: pathlib.Path) -> None:
    """The old file stays, and no temporary one."""
    path = tmp_path / "m.csv"
    write_mapping([orphan()], path)
    old = path.read_bytes()

    def failing() -> Iterator[Orphan]:
        yield orphan()
        raise LinkageError("the connection is gone")

    with pytest.raises(LinkageError, match="the connection is gone"):
        write_mapping(failing(), path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["m.csv"]


def test_an_older_mapping_is_replaced(tmp_path: pathlib.Path) -> None:
    """Whatever it lists; an empty file too, as ``mktemp`` makes one."""
    path = tmp_path / "m.csv"
    path.touch()
    for number in (1, 2):
        write_mapping([orphan(number)], path)
        assert (
            path.read_text(encoding="utf-8")
            .splitlines()[1]
            .startswith(f"calls,state_id,{number},")
        )


@pytest.mark.skipif(sys.platform == "win32", reason="there are no links to make without rights")
@pytest.mark.parametrize("kind", ["database", "link to it", "broken link", "pipe", "folder"])
def test_what_is_no_mapping_is_left(tmp_path: pathlib.Path, kind: str) -> None:
    """Above all the database that is being asked: it is evidence."""
    path = database = tmp_path / "audit.db"
    database.write_bytes(b"SQLite format 3\0")
    if kind == "link to it":
        path = tmp_path / "m.csv"
        path.symlink_to(database)
    elif kind == "broken link":
        path = tmp_path / "m.csv"
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "pipe":
        path = tmp_path / "m.csv"
        os.mkfifo(path)
    elif kind == "folder":
        path = tmp_path
    with pytest.raises(LinkageError, match="is there and is no mapping"):
        write_mapping([orphan()], path)
    assert database.read_bytes() == b"SQLite format 3\0"
    assert os.listdir(tmp_path) in (["audit.db"], ["m.csv", "audit.db"], ["audit.db", "m.csv"])


def test_a_file_that_cannot_be_written(tmp_path: pathlib.Path) -> None:
    """Says so before anything is read."""
    with pytest.raises(LinkageError, match=r"nowhere.m\.csv: No such file.*Name a file in a"):
        write_mapping([orphan()], tmp_path / "nowhere" / "m.csv")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_file_mode_is_that_of_any_new_file(tmp_path: pathlib.Path) -> None:
    """Not the private one of a temporary file."""
    (tmp_path / "plain").touch()
    write_mapping([], tmp_path / "m.csv")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert len(modes) == 1


def test_memory_does_not_grow_with_the_orphans(sqlite: sa.Engine, tmp_path: pathlib.Path) -> None:
    """Ten times the rows, the same peak, to a few packets."""
    create_audit(sqlite, {"s": "r"}, with_keys=False)
    peaks = []
    count = 0
    for goal in (4_000, 40_000):
        with sqlite.begin() as connection:
            connection.exec_driver_sql(
                "WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT INTO calls SELECT 'c' || i, 's_row' || i, 0, NULL FROM n",
                (count, goal - 1),
            )
        count = goal
        tracemalloc.start()
        assert write_mapping(iter_orphans(sqlite), tmp_path / "m.csv") == Written(goal, goal)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]
