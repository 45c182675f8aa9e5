"""Batch paths of a base class whose rows are answered, and ended, by what subclasses define."""

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
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._row(row, state_id))
    finally:
        self._end(state_id)
return output
"""
HOOKS = """
@abstractmethod
def _row(self, row, state_id):
    pass

END
"""
ENDS = {
    "left out": "def _end(self, state_id):\n    pass",
    "told": 'def _end(self, state_id):\n    """End one row."""',
    "abstract": "@abstractmethod\ndef _end(self, state_id): ...",
}
SUBCLASS = """

class Transform(Batch):
    def _row(self, row, state_id):
        return self._answer(row, state_id)

    def _end(self, state_id):
        RELEASE
"""
RELEASES = {
    "released": "self._clients.pop(state_id, None)",
    "under a lock": "with self._lock:\n            self._clients.pop(state_id, None)",
}
OTHERS = {
    "more is done": "self.done += 1\n        self._clients.pop(state_id, None)",
    "under a condition": "if self.done:\n            self._clients.pop(state_id, None)",
}
UNMOVED = "'_end' releases the client, and not in a form that can be moved"


def _code(end: str, release: str) -> str:
    code = module(LOOP.strip("\n"), HOOKS.replace("END", end))
    code = code.replace("import logging\n", "import logging\nfrom abc import abstractmethod\n", 1)
    code = code.replace("class Transform", "class Batch", 1)
    return code + SUBCLASS.replace("RELEASE", release)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("release", RELEASES)
def test_a_hook_that_releases(end: str, release: str, databases: tuple[Engine, ...]) -> None:
    code = _code(ENDS[end], RELEASES[release])
    new = fixed(code)
    assert b"        finally:\n            self._end(state_id)" in new
    check(code, new, databases, ("none", "five", "raising"))


@pytest.mark.parametrize("release", OTHERS)
def test_a_hook_that_does_more(release: str) -> None:
    assert refused(_code(ENDS["told"], OTHERS[release])).reason == UNMOVED


def test_a_hook_that_does_something_in_the_base() -> None:
    """Objects of the base itself count their rows there."""
    end = "def _end(self, state_id):\n    self.done += 1"
    assert refused(_code(end, RELEASES["released"])).reason == UNMOVED


def test_two_subclasses_that_release() -> None:
    """One of them does more."""
    other = SUBCLASS.replace("Transform", "Counting").replace("RELEASE", OTHERS["more is done"])
    code = _code(ENDS["told"], RELEASES["released"]) + other
    assert refused(code).reason == UNMOVED
