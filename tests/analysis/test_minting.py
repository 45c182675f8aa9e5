"""SID201 on small modules; the expressions that are expected are named in the tables."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.analysis.library import LIBRARY
from flake8_stateid.analysis.minting import is_minted_text, library_with_minting
from flake8_stateid.names import StateIdNames
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText

WANTED = Settings(minted_wanted=True)
IMPORTS = (
    "import hashlib, itertools, os, secrets, uuid\n"
    "from itertools import count\n"
    "from uuid import uuid4\n"
)


def found(text: str, settings: Settings = WANTED) -> list[tuple[str, str]]:
    """The codes with the source of what is reported."""
    text = IMPORTS + text
    source = SourceText.from_text("plugins/a.py", text)
    lines = text.splitlines()
    return [
        (f.code, lines[f.span.row - 1][f.span.column - 1 : f.span.end_column - 1])
        for f in analyse(ast.parse(text), source, settings)
    ]


MINTED = {
    "state_id = uuid.uuid4()": "uuid.uuid4()",
    "state_id = uuid4().hex": "uuid4()",
    "state_id = str(uuid.uuid1())": "uuid.uuid1()",
    "state_id = uuid.uuid5(NAMESPACE, row).urn[:8]": "uuid.uuid5(NAMESPACE, row)",
    "record(state_id=secrets.token_hex(8))": "secrets.token_hex(8)",
    "record(state_id=os.urandom(8).hex())": "os.urandom(8).hex()",
    "h = hashlib.sha256(row)\nstate_id = h.hexdigest()[:16]": "h.hexdigest()",
    "state_id = 'batch-0'": "'batch-0'",
    "state_id: str = 'x'.upper()": "'x'",
    "state_id = row.get('key') or 'unknown'": "'unknown'",
    "state_id = 'one' if row else None": "'one'",
    "for i, row in enumerate(rows):\n    record(state_id=str(i))": "str(i)",
    "ids = count()\nrecord(state_id=str(next(ids)))": "next(ids)",
    "record(state_id=next(itertools.count(1)))": "next(itertools.count(1))",
    "def f(state_id='x'): pass": "'x'",
    "def state_id(): return 'x'": "'x'",
    "class A:\n    state_id = 'x'": "'x'",
    "record({'state_id': 'x'})": "'x'",
    "setattr(ctx, 'state_id', 'x')": "'x'",
    "state_ids = [uuid4().hex]": "uuid4()",
    "def made(): return uuid4().hex\nrecord(state_id=made())": "uuid4()",
    "def use(key): record(state_id=key)\nuse('x')": "'x'",
    "class A:\n    def __init__(self):\n        self._n = count()\n"
    "    def go(self):\n        record(state_id=str(next(self._n)))": "next(self._n)",
}


@pytest.mark.parametrize(("text", "reported"), MINTED.items())
def test_minted(text: str, reported: str) -> None:
    assert found(text) == [("SID201", reported)]


@pytest.mark.parametrize("text", MINTED)
def test_nothing_where_the_rule_is_not_wanted(text: str) -> None:
    assert found(text, Settings()) == []


@pytest.mark.parametrize(
    "text",
    [
        "state_id = ''",
        "state_id = '-'",
        "state_id = None",
        "def f(state_id=''): pass",
        "STATE_ID = 'state_id'",
        "COLUMN_STATE_ID = 'calls.state_id'",
        "HEADER_STATE_ID = 'X-State-Id'",
        "state_id = 'stateId'",
        "schema = {'state_id': 'string'}",
        "help = {'state_id': 'The id of the state.'}",
        "row['state_id'] == 'x'",
        "match state_id:\n    case 'x': pass",
        "other = 'x'\nrecord(other, kind='call')",
        "state_id = ids['x']",
        "state_id = lookup('x', key='y')",
        "state_id = 'a,b'.split(',')[0]",
        "state_id = rows['x'].state_id",
        "begin_node_state(state_id=uuid4().hex)",
        "key = uuid4().hex\nbegin_node_state(key)\nrecord(state_id=key)",
        "ids = iter(rows)\nrecord(state_id=next(ids))",
        "state_id = str(row)",
        "state_id = getattr(ctx, 'state_id')",
        "state_id = uuid4().version",
    ],
)
def test_not_minted(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("state_id = 'a' + row", ("SID002", "'a' + row")),
        ("state_id = '%s-x' % row", ("SID003", "'%s-x' % row")),
        ("state_id = '-'.join(['a', 'b'])", ("SID003", "'-'.join(['a', 'b'])")),
        ("state_id = 'a{}'.format(uuid4())", ("SID003", "'a{}'.format(uuid4())")),
        ("state_id = f'{uuid4()}'", ("SID001", "f'{uuid4()}'")),
        ("d = {'state_id': f'{row}'}", ("SID001", "f'{row}'")),
        ("d = {}\nd['a'] = f'{row}'\nstate_id = d['a']", ("SID001", "f'{row}'")),
        ("setattr(ctx, 'state_id', f'{row}')", ("SID001", "f'{row}'")),
        ("state_id = str(uuid4()) + 'x'", ("SID002", "str(uuid4()) + 'x'")),
    ],
)
def test_builders_are_reported_as_ever(text: str, reported: tuple[str, str]) -> None:
    assert found(text) == found(text, Settings()) == [reported]


def test_messages_name_the_id() -> None:
    settings = Settings(names=("state_id", "edge_id"), minted_wanted=True)
    text = "row_state_id = f'{x}'\nEDGE_ID = 'x'\nedge_ids = [a + b]\n"
    source = SourceText.from_text("plugins/a.py", text)
    assert [finding.message for finding in analyse(ast.parse(text), source, settings)] == [
        "state id built by an f-string: assigned to 'row_state_id'",
        "edge id minted in plugin code: assigned to 'EDGE_ID'",
        "edge id built by concatenation: assigned to 'edge_ids'",
    ]


def test_steps_say_where_it_was_minted() -> None:
    text = "from uuid import uuid4\nkey = uuid4()\nstate_id = key\n"
    source = SourceText.from_text("plugins/a.py", text)
    (finding,) = analyse(ast.parse(text), source, WANTED)
    assert [step.text for step in finding.steps] == [
        "minted in plugin code",
        "assigned to 'key'",
        "assigned to 'state_id'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x", True), ("a b", False), ("", False), ("--", False), ("UUID", False), ("s.row", True)],
)
def test_text(text: str, expected: bool) -> None:
    assert is_minted_text(text, StateIdNames(("state_id",))) is expected


def test_models_of_minting_are_used_only_where_wanted() -> None:
    assert not LIBRARY.knows("uuid.uuid4")
    assert LIBRARY.function("uuid.uuid4") is None
    minting = library_with_minting()
    assert minting is library_with_minting()
    assert minting.knows("uuid")
    assert minting.function("uuid.uuid4") is not None
    assert minting.has_method("hex")
    assert minting.method("hexdigest") is not LIBRARY.method("hexdigest")
    assert minting.method("append") is LIBRARY.method("append")
