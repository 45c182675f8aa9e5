"""Batch paths of a base class, and what only its subclasses in other modules do for a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.harness import shared
from tests.codemod.project import Project
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._row(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
OPEN = "def _row(self, row, state_id):\n    raise NotImplementedError\n"
ABSTRACT = "@abstractmethod\ndef _row(self, row, state_id):\n    ...\n"
SUB = """
from acme.plugins.batch import Transform as Base


class Transform(Base):
    def _row(self, row, state_id):
        BODY
"""
ASK = "return self._answer(row, state_id)"


def project(tmp_path: pathlib.Path, beside: str, body: str) -> Project:
    batch = module(LOOP.strip("\n"), beside)
    batch = batch.replace(
        "import logging\n", "import logging\nfrom abc import abstractmethod\n", 1
    )
    sub = SUB.replace("BODY", body.replace("\n", "\n        "))
    return Project(tmp_path, batch, {"acme/plugins/sub.py": sub})


@pytest.mark.parametrize("beside", [OPEN, ABSTRACT], ids=["raises", "abstract"])
def test_fixed(beside: str, tmp_path: pathlib.Path) -> None:
    made = project(tmp_path, beside, ASK)
    result = made.fix()
    assert all(isinstance(each, Fixed) for each in result.outcomes), result.outcomes
    rows = ("none", "one", "five", "raising")
    assert not made.differs("acme.plugins.sub", result.after, shared(keys=True), rows)


@pytest.mark.parametrize(
    "body",
    [
        "return {'id': state_id}",
        f"self._last = state_id\n{ASK}",
        f"self._clients.pop(state_id, None)\n{ASK}",
        "return AuditedClient(self._recorder, state_id).ask(row['prompt'])",
    ],
    ids=["gives the id back", "keeps it", "releases", "makes one for each"],
)
def test_refused(body: str, tmp_path: pathlib.Path) -> None:
    result = project(tmp_path, OPEN, body).fix()
    assert result.after == result.before
    assert all(isinstance(each, Refused) for each in result.outcomes)


def test_without_a_subclass(tmp_path: pathlib.Path) -> None:
    result = Project(tmp_path, module(LOOP.strip("\n"), OPEN), {}).fix()
    assert result.after == result.before
