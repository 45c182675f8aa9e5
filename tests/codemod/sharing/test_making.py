"""Rows that are sure to make a client: by loops over collections that are never empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
HEAD
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append([self._client(sid).ask(f"{text} {row['prompt']}") for text in WALKED])
    finally:
        del self._clients[sid]
return output
"""
GLOBAL = "\n\nQUESTIONS: dict[str, str] = {'a': 'What?'}\n"
SURE = {
    "a dictionary": ("asked = {'a': 'What?'}", "asked"),
    "its values": ("asked = {'a': 'What?', 'b': 'Why?'}", "asked.values()"),
    "a tuple, sorted": ("asked = ('a', 'b')", "sorted(asked)"),
    "a list, counted": ("asked = ['a', 'b']\nlogger.info('%d', len(asked))", "enumerate(asked)"),
    "a global": ("pass", "QUESTIONS"),
    "its items": ("pass", "QUESTIONS.items()"),
    "what the plugin has": ("pass", "self.texts.values()"),
}
NOT_SURE = {
    "empty": ("asked = {}", "asked"),
    "of rows": ("asked = [*rows]", "asked"),
    "of rows, in place": ("pass", "[*rows]"),
    "emptied": ("asked = ['a']\nasked.clear()", "asked"),
    "handed on": ("asked = ['a']\nself.take(asked)", "asked"),
    "kept": ("asked = ['a']\nself.kept = asked", "asked"),
    "bound again": ("asked = ['a']\nif rows:\n    asked = []", "asked"),
    "bound in a branch": ("if rows:\n    asked = ['a']", "asked"),
    "its items deleted": ("asked = {'a': 'b'}\ndel asked['a']", "asked"),
    "chosen": ("asked = ['a']", "(asked if i else [])"),
}


def _code(head: str, walked: str) -> str:
    method = LOOP.strip("\n").replace("HEAD", head).replace("WALKED", walked)
    return module(method, "texts = {'a': 'What?'}") + GLOBAL


@pytest.mark.parametrize("name", SURE)
def test_never_empty(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(*SURE[name])
    check(code, fixed(code), databases, ("none", "five", "raising"))


@pytest.mark.parametrize("name", NOT_SURE)
def test_perhaps_empty(name: str) -> None:
    reason = "a row may reach this release without a client, where it raises KeyError"
    assert refused(_code(*NOT_SURE[name])).reason == reason
