"""Subclasses of the batch path's class in other modules, safe ones and those a fix would break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Fixed, Refused
from flake8_stateid.configuration import Configuration
from tests.codemod.project import BATCH, Project
from tests.codemod.sources import Choices, by_row_id, transform

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BASE = by_row_id(Choices())
SUB = "acme/plugins/llm/sub.py"
HEAD = """
from acme.plugins.batch import Transform as Base
from fixtures.landscape import AuditedClient


class Transform(Base):
"""
FRESH = """
    def _answer(self, row, state_id):
        client = AuditedClient(self._recorder, state_id)
        return {**row, "replies": [client.ask(row["prompt"])]}
"""
CHUNKED = """
    def process_batch(self, rows, ctx):
        output = []
        for start in range(0, len(rows), 2):
            output += super().process_batch(rows[start : start + 2], ctx)
        return output
"""
TAGGED = """
    def _answer(self, row, state_id):
        return {**super()._answer(row, state_id), "label": state_id}
"""
LISTING = """
    def _answer(self, row, state_id):
        answer = super()._answer(row, state_id)
        return {**answer, "clients": list(self._clients)}
"""
BESIDE = """
    def process_batch(self, rows, ctx):
        client = AuditedClient(ctx.landscape, ctx.state_id)
        client.ask("before all rows")
        return super().process_batch(rows, ctx)
"""
HOOK = """
    def on_start(self, ctx):
        AuditedClient(ctx.landscape, ctx.state_id).ask("hello")
"""
BROKEN = {
    "a hook of its own": {SUB: HEAD + HOOK},
    "a fresh client": {SUB: HEAD + FRESH},
    "in chunks": {SUB: HEAD + CHUNKED},
    "the id in the output": {SUB: HEAD + TAGGED},
    "the keys of the cache": {SUB: HEAD + LISTING},
    "a client beside": {SUB: HEAD + BESIDE},
    "outside of plugin code": {"acme/core/sub.py": HEAD + FRESH},
    "by the module": {
        SUB: "import acme.plugins.batch\nfrom fixtures.landscape import AuditedClient\n\n\n"
        "class Transform(acme.plugins.batch.Transform):\n" + FRESH
    },
    "by a relative import": {SUB: HEAD.replace("acme.plugins.batch", "..batch") + FRESH},
    "by all names": {
        SUB: "from acme.plugins.batch import *\n\nBase = object\n\n\n"
        "class Transform(Transform):\n" + FRESH
    },
    "re-exported under another name": {
        "acme/api.py": "from acme.plugins.batch import Transform as Batch\n",
        SUB: HEAD.replace("plugins.batch import Transform as Base", "api import Batch as Base")
        + FRESH,
    },
    "of a subclass": {
        "acme/plugins/middle.py": "from acme.plugins.batch import Transform\n\n\n"
        "class Middle(Transform):\n    pass\n",
        SUB: HEAD.replace("batch import Transform", "middle import Middle") + FRESH,
    },
    "by what comes before it": {
        "acme/plugins/mixins.py": "from fixtures.landscape import AuditedClient\n\n\n"
        "class Anew:\n" + FRESH,
        SUB: HEAD.replace("(Base)", "(Anew, Base)").replace(
            "\n\n\nclass", "\nfrom acme.plugins.mixins import Anew\n\n\nclass"
        )
        + "    pass\n",
    },
    "over several lines": {
        SUB: HEAD.replace("(Base)", "(\n    Base,  # the batch\n)") + FRESH,
    },
}
HARMLESS = """
    def _answer(self, row, state_id):
        return super()._answer({**row, "prompt": row["prompt"].upper()}, state_id)

    def process_batch(self, rows, ctx):
        return super().process_batch(rows, ctx)
"""
SAFE = {
    "another method": {SUB: HEAD + "    def name(self):\n        return 'sub'\n"},
    "handed on": {SUB: HEAD + HARMLESS},
    "the whole batch path, its own way": {
        SUB: HEAD
        + "    def process_batch(self, rows, ctx):\n        return [dict(row) for row in rows]\n"
    },
    "of another class of that name": {
        "acme/plugins/other.py": "class Transform:\n    def __init__(self, _=0):\n        pass\n",
        SUB: HEAD.replace("plugins.batch", "plugins.other")
        + FRESH
        + "\n    def process_batch(self, rows, ctx):\n        return []\n",
    },
}


@pytest.mark.parametrize("name", BROKEN)
def test_refused(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """With the subclass in sight nothing is rewritten; without, it would break."""
    project = Project(tmp_path, BASE, BROKEN[name])
    [path] = [each for each in BROKEN[name] if each.endswith("sub.py")]
    where = "acme/plugins/mixins.py" if "acme/plugins/mixins.py" in BROKEN[name] else path
    for outcome in project.fix().outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.reason.endswith(where)
        assert outcome.remedy
        assert outcome.row == outcome.finding.span.row
    hidden = project.root / path
    text = hidden.read_bytes()
    hidden.unlink()
    result = project.fix()
    assert all(isinstance(outcome, Fixed) for outcome in result.outcomes)
    hidden.write_bytes(text)
    sub = path.removesuffix(".py").replace("/", ".")
    assert project.differs(sub, result.after, databases[0], ("five",))


@pytest.mark.parametrize("name", SAFE)
def test_fixed(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    """What overrides nothing of the batch path, or hands the id on, behaves as before."""
    project = Project(tmp_path, BASE, SAFE[name])
    result = project.fix()
    assert all(isinstance(outcome, Fixed) for outcome in result.outcomes)
    for engine in databases:
        for module in ("acme.plugins.batch", "acme.plugins.llm.sub"):
            rows = ("none", "one", "five", "raising")
            assert project.differs(module, result.after, engine, rows) == ""


def test_the_place_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason says where the subclass stands, as seen from the working folder."""
    project = Project(tmp_path, BASE, {SUB: HEAD + CHUNKED})
    monkeypatch.chdir(tmp_path)
    outcome = project.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason == (
        "'process_batch' is called in a loop or handed on, so several batches may share a state "
        f"id, in row 11 of {SUB}"
    )


def test_from_stdin(tmp_path: pathlib.Path) -> None:
    """The text that is given counts, not that on disk."""
    project = Project(tmp_path, "class Transform:\n    pass\n", {SUB: HEAD + FRESH})
    result = Fixer(Configuration()).fix_bytes(str(project.batch), BASE.encode())
    assert isinstance(result.outcomes[0], Refused)
    outside = Fixer(Configuration()).fix_bytes(str(tmp_path / "x/plugins/b.py"), BASE.encode())
    assert isinstance(outside.outcomes[0], Fixed)


def test_a_parameter_that_others_name_stays(tmp_path: pathlib.Path) -> None:
    """A parameter that is not read any more keeps its name where a subclass passes it by it."""
    method = "return [self._one(row, i, ctx) for i, row in enumerate(rows)]"
    code = transform(method).replace(
        "    def process_batch",
        "    def _one(self, row, i, ctx):\n"
        '        return self._answer(row, f"{ctx.state_id}_row{i}")\n\n'
        "    def process_batch",
    )
    passes = "    def again(self, row, ctx):\n        return self._one(row, i=0, ctx=ctx)\n"
    alone = Project(tmp_path / "alone", code, {}).fix()
    seen = Project(tmp_path / "seen", code, {SUB: HEAD + passes}).fix()
    assert b"def _one(self, row, _i, ctx)" in alone.after
    assert b"def _one(self, row, i, ctx)" in seen.after


def test_a_subclass_in_tests_is_no_matter(tmp_path: pathlib.Path) -> None:
    """Test code may override what it likes."""
    project = Project(tmp_path, BASE, {"tests/test_batch.py": HEAD + FRESH})
    assert isinstance(project.fix().outcomes[0], Fixed)
    assert BATCH.encode() not in project.fix().after


def test_what_cannot_be_parsed_is_no_subclass(tmp_path: pathlib.Path) -> None:
    project = Project(tmp_path, BASE, {SUB: HEAD + "    def broken(:\n"})
    assert isinstance(project.fix().outcomes[0], Fixed)
