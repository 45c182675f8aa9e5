"""What a report looks like: text, terminal, JSON."""

from __future__ import annotations

import io
import json
import pathlib
from typing import Any

import pytest

from flake8_stateid.linkage import (
    CallIndexLinkage,
    CallIndexSample,
    ColumnLinkage,
    ColumnName,
    Declaration,
    LinkageReport,
    OrphanSample,
    ParentOrphans,
    Reference,
    Risk,
    RunOrphans,
    SuffixPattern,
    Unchecked,
)
from flake8_stateid.linkage.as_json import render_json
from flake8_stateid.linkage.plain import WIDTH, render_plain
from flake8_stateid.linkage.terminal import print_on_terminal

TARGET = ColumnName(None, "node_states", "state_id")
CALLS = Reference(ColumnName(None, "calls", "state_id"), TARGET, Declaration.FOREIGN_KEY, "fk")
NOTES = Reference(
    ColumnName("audit", "notes", "state_id"), TARGET, Declaration.NAME, risks=(Risk.UNDECLARED,)
)
WHOLE = LinkageReport(
    TARGET,
    "sqlite",
    "sqlite:///a.db",
    1,
    (ColumnLinkage(CALLS, 1234567, 0),),
    (CallIndexLinkage(CALLS.column),),
)
BROKEN = LinkageReport(
    TARGET,
    "sqlite",
    "sqlite:///a.db",
    2,
    (
        ColumnLinkage(
            CALLS._replace(partners=(("run_id", "run_id"),)),
            20,
            1,
            9,
            4,
            1,
            1,
            3,
            1,
            (SuffixPattern("_row<N>", 6, 3),),
            (ParentOrphans("s1", 6, 3, None),),
            (RunOrphans("r1", 6),),
            (OrphanSample("s1_row0", "s1", "_row0", 2), OrphanSample("gone", None, None, 1)),
        ),
        ColumnLinkage(NOTES, 0, 0),
    ),
    (CallIndexLinkage(CALLS.column, 1, 2, 1, 1, 1, 2, (CallIndexSample("s1", 7, 3, 0, 3),)),),
    (Unchecked(ColumnName(None, "x", "state_ids"), "its name is a plural"),),
)
UNKNOWN = LinkageReport(TARGET, "sqlite", "sqlite:///a.db", 0, ())
SCHEMA = pathlib.Path(render_json.__code__.co_filename).with_name("report.schema.json")


def test_whole() -> None:
    """One screen, the verdict last."""
    assert (
        render_plain(WHOLE)
        == """\
Linkage of node_states.state_id
sqlite:///a.db (sqlite)
1 row in node_states

  Column          Declared by       Rows  Nulls  Orphans  Ids
  calls.state_id  foreign key  1,234,567      0        0    0

WHOLE: every id in 1 column exists (1 by foreign key, 0 by name).
"""
    )


def test_not_whole() -> None:
    """Everything an operator needs to know, and what to do next."""
    assert (
        render_plain(BROKEN)
        == """\
Linkage of node_states.state_id
sqlite:///a.db (sqlite)
2 rows in node_states

  Column                Declared by  Rows  Nulls  Orphans  Ids
  calls.state_id        foreign key    20      1        9    4
  audit.notes.state_id  name only       0      0        0    0

calls.state_id: 9 orphans under 4 ids that node_states.state_id does not have
  Suffix of an existing id  Orphans  Ids
  _row<N>                         6    3
  Existing id (of 1)  Run  Orphans  Ids
  s1                  -          6    3
  Run affected (of 1)  Orphans
  r1                         6
3 orphans extend no existing id; 1 of them names an id that exists with another
run_id.
  Orphaned id (of 4)  Suffix  Orphans
  s1_row0             _row0         2
  gone                -             1

call_index by calls.state_id: 2 repeats in 1 state, 1 missing in 1 state, 2
unnumbered in 1 state
  State  Calls  Distinct  First  Last
  s1         7         3      0     3

audit.notes.state_id: no foreign key is declared: only the column's name says
what it refers to.
x.state_ids was not checked: its name is a plural.

NOT WHOLE: 9 orphans, 2 repeated call_indexes, 1 missing call_index, 2
unnumbered calls.
Run 'flake8-stateid lint' on the plugins to find where such ids are built;
'flake8-stateid audit URL --mapping FILE' proposes a parent for each orphan.
"""
    )


def test_repeats_alone() -> None:
    """Call for another remedy than orphans do."""
    report = BROKEN._replace(columns=WHOLE.columns, unchecked=())
    assert render_plain(report).endswith("""
NOT WHOLE: 2 repeated call_indexes, 1 missing call_index, 2 unnumbered calls.
A client that was released or made anew under one state id starts counting again
(SID101 and SID102 of 'flake8-stateid lint'); a missing number is a call that
was not recorded; an unnumbered call has no call_index, or none of 0, 1, 2 ...
""")


def test_calls_without_any_number() -> None:
    """Have neither a first nor a last one."""
    samples = (CallIndexSample("s1", 2, 0, None, None),)
    index = CallIndexLinkage(CALLS.column, 0, 0, 0, 0, 1, 2, samples)
    report = WHOLE._replace(call_indexes=(index,))
    assert """
call_index by calls.state_id: 2 unnumbered in 1 state
  State  Calls  Distinct  First  Last
  s1         2         0  -      -

NOT WHOLE: 2 unnumbered calls.
A client that""" in render_plain(report)


def test_nothing_checked() -> None:
    """Is said, not shown as an empty table."""
    assert render_plain(UNKNOWN).endswith(
        "UNKNOWN: no column refers to the target; nothing was checked.\n"
    )


def test_something_not_checked() -> None:
    """Whole as far as it was read, and the verdict says how far that is."""
    left = (
        Unchecked(ColumnName(None, "a", "call_index"), "its type is none", leaves_open=True),
        Unchecked(ColumnName(None, "b", "state_ids"), "its name is a plural"),
        Unchecked(ColumnName(None, "c", "state_id"), "its type is another", leaves_open=True),
    )
    assert render_plain(WHOLE._replace(unchecked=left)).endswith("""
UNKNOWN: every id in 1 column exists (1 by foreign key, 0 by name), but
a.call_index, c.state_id were not checked.
""")
    assert "NOT WHOLE: 9 orphans" in render_plain(BROKEN._replace(unchecked=left))


def test_long_names_fit_the_width() -> None:
    """The middle of a text gives way: its ends tell ids apart. JSON has it whole."""
    column = BROKEN.columns[0]
    long = column._replace(
        reference=CALLS._replace(column=ColumnName("s" * 60, "t" * 60, "c" * 60)),
        top_parents=(ParentOrphans("p" * 100, 6, 3, "r" * 100),),
        samples=(OrphanSample("a" + "x" * 4000 + "z", "a", "x" * 4000, 2),),
        rows=10**15,
        orphans=10**15,
    )
    text = render_plain(BROKEN._replace(columns=(long,)))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "axxx" in text
    assert "xxxz" in text
    assert "1,000,000,000,000,000" in text


def test_what_a_terminal_would_act_on_is_escaped() -> None:
    """Ids come from a database: they may hold anything."""
    column = BROKEN.columns[0]
    hostile = column._replace(samples=(OrphanSample("\x1b[31m\n\x00\udcff é", None, None, 1),))
    report = BROKEN._replace(columns=(hostile,))
    assert "\\x1b[31m\\n\\x00\\xff é" in render_plain(report)
    stream = io.StringIO()
    print_on_terminal(report, stream)
    assert "\\x1b[31m\\n\\x00\\xff é" in stream.getvalue()


@pytest.mark.parametrize("report", [WHOLE, BROKEN, UNKNOWN])
def test_terminal_says_the_same(report: LinkageReport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word, whatever the layout; without colour under NO_COLOR."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    print_on_terminal(report, stream)
    for colour in ("31m", "32m", "33m"):
        assert colour not in stream.getvalue()
    monkeypatch.setenv("TERM", "dumb")
    stream = io.StringIO()
    print_on_terminal(report, stream)
    assert stream.getvalue().split() == render_plain(report).split()


def test_terminal_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red for what is broken; markup in an id is text."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    column = BROKEN.columns[0]
    marked = column._replace(samples=(OrphanSample("[bold]:smile:[/x]", None, None, 1),))
    print_on_terminal(BROKEN._replace(columns=(marked,)), stream)
    assert "\x1b[1;31mNOT WHOLE" in stream.getvalue()
    assert "[bold]:smile:[/x]" in stream.getvalue()


def conforms(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str = "$") -> None:
    """Assert that a value obeys a schema, of the few keywords that ours uses.

    Every keyword must be one of these, and every object closed, so that neither the report nor
    the schema can grow without the other.
    """
    schema = {key: item for key, item in schema.items() if key not in ("description", "title")}
    if "$ref" in schema:
        (reference,) = schema.values()
        conforms(value, root["$defs"][reference.removeprefix("#/$defs/")], root, place)
        return
    if "const" in schema or "enum" in schema:
        assert value in schema.get("enum", [schema.get("const")]), place
        return
    known = {
        "type", "properties", "required", "additionalProperties", "items",
        "minimum", "minItems", "maxItems", "$schema", "$defs",
    }  # fmt: skip
    assert set(schema) <= known, place
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    allowed = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    classes = tuple(type(None) if name == "null" else types[name] for name in allowed)
    assert isinstance(value, classes), f"{place}: {value!r}"
    if isinstance(value, dict):
        assert schema["additionalProperties"] is False
        assert list(schema["properties"]) == schema["required"] == list(value), place
        for key, item in value.items():
            conforms(item, schema["properties"][key], root, f"{place}.{key}")
    elif isinstance(value, list):
        assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)), place
        for number, item in enumerate(value):
            conforms(item, schema["items"], root, f"{place}[{number}]")
    elif isinstance(value, int):
        assert value >= schema.get("minimum", value), place


@pytest.mark.parametrize("report", [WHOLE, BROKEN, UNKNOWN])
def test_json_obeys_its_schema(report: LinkageReport) -> None:
    """Both ways: no key undocumented, none documented in vain."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    conforms(json.loads(render_json(report)), schema, schema)


def test_json_schema_names_every_risk_and_verdict() -> None:
    """An enumeration in Python and its copy in the schema are one."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    reference = schema["$defs"]["reference"]["properties"]
    assert reference["risks"]["items"]["enum"] == [risk.value for risk in Risk]
    assert reference["declaration"]["enum"] == [kind.value for kind in Declaration]


def test_json_content() -> None:
    """ASCII, whatever the ids hold; numbers as numbers."""
    data = json.loads(render_json(BROKEN))
    assert (data["schema_version"], data["verdict"], data["orphans"]) == (1, "not whole", 9)
    assert data["columns"][0]["reference"]["partners"] == [["run_id", "run_id"]]
    assert data["columns"][0]["samples"][1] == {
        "recorded_id": "gone",
        "parent": None,
        "suffix": None,
        "orphans": 1,
    }
    assert render_json(BROKEN._replace(database="ü\udcff")).isascii()
