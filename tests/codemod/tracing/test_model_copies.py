"""Contexts that are models, copied for each row to hold its id: ``ctx.model_copy(update=...)``."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.harness import shared
from tests.codemod.project import Project
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

CONTEXT = """
from typing import Any

from pydantic import BaseModel


class Context(BaseModel):
    landscape: Any
    state_id: str
    MORE
"""
LOOP = """
model = Context(landscape=ctx.landscape, state_id=ctx.state_id)
return self._rows(rows, model)
"""
ROWS = """
def _rows(self, rows, ctx: Context):
    output = []
    for i, row in enumerate(rows):
        row_ctx = ctx.model_copy(update={"state_id": f"{ctx.state_id}_row{i}"})
        try:
            output.append(self._one(row, row_ctx))
        finally:
            self._clients.pop(row_ctx.state_id, None)
    return output

def _one(self, row, ctx: Context):
    return self._answer(row, ctx.state_id)
"""


class Model:
    """Copies itself as a model of pydantic does."""

    def __init__(self, **values: Any) -> None:
        """Keep the values."""
        self.__dict__.update(values)

    def model_copy(self, *, update: dict[str, Any], deep: bool = False) -> Model:
        """Give another one, some of its values replaced."""
        assert not deep
        return type(self)(**{**self.__dict__, **update})


def project(tmp_path: pathlib.Path, rows: str = ROWS, more: str = "") -> Project:
    code = module(LOOP.strip("\n"), rows)
    batch = code.replace(
        "import logging\n", "import logging\nfrom acme.models import Context\n", 1
    )
    return Project(tmp_path, batch, {"acme/models.py": CONTEXT.replace("MORE", more)})


def test_fixed(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = types.ModuleType("pydantic")
    stub.BaseModel = Model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pydantic", stub)
    made = project(tmp_path)
    result = made.fix()
    assert all(isinstance(each, Fixed) for each in result.outcomes), result.outcomes
    rows = ("none", "one", "five", "raising")
    assert not made.differs("acme.plugins.batch", result.after, shared(keys=True), rows)


COPIED = 'model_copy(update={"state_id": f"{ctx.state_id}_row{i}"}'
LABEL = "@property\n    def label(self):\n        return self.state_id[-4:]"
OWN = "def model_copy(self, update):\n        return self"


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        (ROWS.replace(COPIED, f"{COPIED}, deep=True"), ""),
        (ROWS.replace("self._one(row, row_ctx)", "row_ctx.label"), LABEL),
        (ROWS.replace("self._one(row, row_ctx)", "row_ctx"), ""),
        (ROWS, OWN),
        (ROWS.replace("ctx: Context", "ctx"), ""),
    ],
    ids=["deep", "a property of the id", "given back", "its own way", "a class not seen"],
)
def test_refused(rows: str, more: str, tmp_path: pathlib.Path) -> None:
    result = project(tmp_path, rows, more).fix()
    assert result.after == result.before
    assert all(isinstance(each, Refused) for each in result.outcomes)
