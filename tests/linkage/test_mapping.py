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
    open_readonly,
    write_mapping,
)
from flake8_stateid.linkage.mapping import HEADER, Written
from tests.linkage.conftest import (
    create_audit,
    create_states_of_runs,
    execute,
    full_url,
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


def proposals(engine: sa.Engine) -> list[tuple[str | bytes, int | None, str | None, int | None]]:
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
        b"calls,state_id,3,CAST(X'C3BC5FFF' AS TEXT),3,,\n"
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


def test_what_is_no_text_is_written_as_in_sql(sqlite: sa.Engine, tmp_path: pathlib.Path) -> None:
    """The file is UTF-8 whatever the ids are, and says exactly which row is meant."""
    execute(
        sqlite,
        "CREATE TABLE node_states (state_id TEXT PRIMARY KEY)",
        "CREATE TABLE calls (call_id BLOB PRIMARY KEY, state_id TEXT)",
        "CREATE TABLE events (event_id BLOB, part TEXT, state_id BLOB REFERENCES node_states,"
        " PRIMARY KEY (event_id, part))",
        "INSERT INTO node_states VALUES ('ü')",
        "INSERT INTO calls VALUES (x'ff00', x'ff00'), ('b', x'c3bc5f31'), ('c', 'ü_1'),"
        " ('d', CAST(x'c3bc5fff' AS TEXT)), ('e', 'X''FF00'''), ('f', 'X''ff00'''), ('g', x'')",
        "INSERT INTO events VALUES (x'00ff', 'p', x'00')",
    )
    path = tmp_path / "m.csv"
    engine = open_readonly(full_url(sqlite))
    assert write_mapping(iter_orphans(engine), path) == Written(8, 2)
    engine.dispose()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = {(row["table"], row["key"]): row for row in csv.DictReader(stream)}
    recorded = {key: row["recorded_id"] for key, row in rows.items()}
    assert recorded == {
        ("calls", "X'FF00'"): "X'FF00'",
        ("calls", "b"): "X'C3BC5F31'",
        ("calls", "c"): "ü_1",
        ("calls", "d"): "CAST(X'C3BC5FFF' AS TEXT)",
        ("calls", "e"): "CAST(X'58274646303027' AS TEXT)",
        ("calls", "f"): "X'ff00'",
        ("calls", "g"): "X''",
        ("events", """{"event_id": "X'00FF'", "part": "p"}"""): "X'00'",
    }
    assert rows["calls", "d"]["proposed_parent"] == "ü"
    with sqlite.connect() as connection:  # what is written is the value, in SQL
        for (table, key), literal in recorded.items():
            if key not in ("c", "f"):
                count = f"SELECT count(*) FROM {table} WHERE state_id = {literal}"
                assert connection.exec_driver_sql(count).scalar() == 1


def test_the_parent_is_spelled_as_the_target_has_it(sqlite: sa.Engine) -> None:
    """Under a collation that ignores case, an orphan may begin otherwise."""
    execute(
        sqlite,
        "CREATE TABLE node_states (state_id TEXT PRIMARY KEY COLLATE NOCASE, run_id TEXT)",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id TEXT, call_index INTEGER)",
        "INSERT INTO node_states VALUES ('Ab', 'r'), ('Ab_C', 'r')",
        "INSERT INTO calls VALUES (1, 'Ab', 0), (2, 'AB_row0', 0), (3, 'aB_row1', 0),"
        " (4, 'Ab_C', 0), (5, 'ab_c_1', 0)",
    )
    assert proposals(sqlite) == [
        ("AB_row0", 0, "Ab", 1),
        ("aB_row1", 0, "Ab", 2),
        ("ab_c_1", 0, "Ab_C", 1),
    ]
    (column,) = check_linkage(sqlite).columns
    assert [(top.parent, top.orphans, top.run) for top in column.top_parents] == [
        ("Ab", 2, "r"),
        ("Ab_C", 1, "r"),
    ]


def test_one_parent_of_several_that_are_spelled_alike(sqlite: sa.Engine) -> None:
    """A target without a unique key may have the same id several times."""
    execute(
        sqlite,
        "CREATE TABLE node_states (state_id TEXT COLLATE NOCASE)",
        "CREATE TABLE calls (state_id TEXT, call_index INTEGER)",
        "INSERT INTO node_states VALUES ('Ab'), ('Ab'), ('Ab')",
        "INSERT INTO calls VALUES ('aB', 0), ('AB_1', 0), ('AB_1', 1)",
    )
    assert proposals(sqlite) == [("AB_1", 0, "Ab", 0), ("AB_1", 1, "Ab", 1)]


@pytest.mark.parametrize("type_", ["NUMERIC", "REAL"])
def test_numbers_that_are_no_integers_to_the_database(
    database: sa.Engine, type_: str, tmp_path: pathlib.Path
) -> None:
    """They are whole numbers all the same, and are written so; a fraction stays one."""
    execute(
        database,
        "CREATE TABLE node_states (state_id VARCHAR(9) PRIMARY KEY)",
        "CREATE TABLE calls (call_id INTEGER PRIMARY KEY, state_id VARCHAR(9),"
        f" call_index {type_})",
        "INSERT INTO node_states VALUES ('s')",
        "INSERT INTO calls VALUES (1, 's', 0), (2, 's', 1), (3, 's_1', 0), (4, 's_1', 1.5)",
    )
    write_mapping(iter_orphans(database), tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "calls,state_id,3,s_1,0,s,2",
        "calls,state_id,4,s_1,1.5,s,3",
    ]
