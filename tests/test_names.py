"""Which identifiers name a state id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_stateid.names import StateIdNames, mentions_minting, mentions_name
from flake8_stateid.settings import Settings


@pytest.mark.parametrize(
    "identifier",
    ["state_id", "row_state_id", "_state_id", "__state_id", "BATCH_STATE_ID", "State_Id"],
)
def test_a_state_id(identifier: str) -> None:
    assert StateIdNames(("state_id",)).kind(identifier) == 1


@pytest.mark.parametrize("identifier", ["state_ids", "row_state_ids", "STATE_IDS"])
def test_a_collection_of_state_ids(identifier: str) -> None:
    assert StateIdNames(("state_id",)).kind(identifier) == 2


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "state",
        "state_id_prefix",
        "state_ident",
        "substate_id",
        "stateid",
        "state_idss",
        "state_id_",
        "state_id\n",
        "row state_id",
    ],
)
def test_any_other_name(identifier: str) -> None:
    assert StateIdNames(("state_id",)).kind(identifier) == 0


def test_any_of_several_names() -> None:
    names = StateIdNames(("state_id", "token.id"))
    assert [names.kind(name) for name in ("row_token.id", "row_token_id", "state_ids")] == [
        1,
        0,
        2,
    ]


def test_the_answer_is_the_same_when_asked_again() -> None:
    names = StateIdNames(("state_id",))
    assert [names.kind("state_ids"), names.kind("state_ids")] == [2, 2]


@pytest.mark.parametrize(
    ("names", "text", "mentioned"),
    [
        (("state_id",), "x = ROW_STATE_ID", True),
        (("state_id",), "x = state", False),
        (("Edge_Id",), "edge_id", True),
        (("état_id",), "ÉTAT_ID", True),
        (("état_id",), "state_id", False),
        # What only begins like a name, or ends like it inside a word, is none.
        (("state_id",), "conv_state_idx, state_id_prefix, substate_id, state_idss", False),
        (("state_id",), "state_id_prefix + state_id", True),
        (("state_id",), "state_ids", True),
        (("a_a",), "a_a_a", True),
        (("id",), "grid = valid", False),
        (("id",), "grid = row.id", True),
    ],
)
def test_text_mentions(names: tuple[str, ...], text: str, mentioned: bool) -> None:
    assert mentions_name(text, Settings(names=names)) is mentioned


@pytest.mark.parametrize(
    ("names", "data", "mentioned"),
    [
        (("state_id",), b"x = ROW_STATE_ID", True),
        (("state_id",), b"x = state", False),
        # Whatever the encoding, letters beyond ASCII are not looked for in bytes.
        (("état_id",), b"x = 1", True),
    ],
)
def test_bytes_mention(names: tuple[str, ...], data: bytes, mentioned: bool) -> None:
    assert mentions_name(data, Settings(names=names)) is mentioned


@given(st.text("_sStateidx1É", max_size=4), st.text("_sStateidx1É", max_size=4))
def test_what_is_a_name_is_mentioned_and_little_else(before: str, after: str) -> None:
    """A file is parsed for what may be a state id name to the analysis, and for nothing else."""
    text = f"{before}state_id{after}"
    is_name = StateIdNames(("state_id",)).kind(text) != 0
    assert mentions_name(text, Settings()) is is_name
    assert mentions_name(text.encode(), Settings()) or not is_name


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("state = self.recorder.begin_node_state(state_id=key)", True),
        ("register = begin_node_state", True),
        ("x = 1\n", False),
        # Where it is defined, others call it.
        ("def begin_node_state(self): ...", False),
        ("begin_node_state", True),
        ("    async def  begin_node_state(self):\n        ...", False),
        ("def begin_node_state(self):\n    self.inner.begin_node_state()", True),
        ("def\nbegin_node_state", True),
    ],
)
def test_a_minting_call_is_used(text: str, mentioned: bool) -> None:
    assert mentions_minting(text, Settings().minting) is mentioned
