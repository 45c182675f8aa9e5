"""Jobs that carry the id, and have methods: those that never look at it may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROWS = """
output = []
for i, row in enumerate(rows):
    job = Job(i, row, f"{ctx.state_id}_row{i}")
    try:
        output.append(self._answer(job.row, job.state_id))
        ASKED
    finally:
        self._clients.pop(job.state_id, None)
return output
"""
JOB = """

class Job(NamedTuple):
    index: int
    row: Any
    state_id: str

    METHODS
"""
LABEL = "def label(self):\n        return self.index"
PROPERTY = "@property\n    def text(self):\n        return self.row.get('prompt')"
KEY = "def key(self):\n        return self.state_id"
BOTH = "def both(self):\n        return [self.label()]"
WHOLE = "def whole(self):\n        return [self]"


class Asked(NamedTuple):
    """What a row asks its job, and the methods that the job's class has."""

    name: str
    asked: str
    methods: tuple[str, ...]

    @property
    def code(self) -> str:
        """The module."""
        job = JOB.replace("METHODS", "\n\n    ".join(self.methods))
        code = module(ROWS.replace("ASKED", self.asked))
        code = code.replace("import logging\n", "import logging\nfrom typing import NamedTuple\n")
        return code.replace("\n\nclass Transform", f"{job}\n\nclass Transform", 1)


FIXED = (
    Asked("a method", "output.append(job.label())", (LABEL,)),
    Asked("a property", "output.append(job.text)", (PROPERTY,)),
    Asked("by way of another", "output.append(job.both())", (LABEL, BOTH)),
    Asked("beside one that looks", "output.append(job.label())", (LABEL, KEY)),
)
REFUSED = (
    Asked("looks at it", "output.append(job.key())", (KEY,)),
    Asked(
        "looks at it by another", "output.append(job.both())", (KEY, BOTH.replace("label", "key"))
    ),
    Asked("hands itself on", "output.append(job.whole())", (WHOLE,)),
    Asked("sets something", "job.bump()", ("def bump(self):\n        self.index = 1",)),
    Asked("is not seen", "output.append(job.none())", (LABEL,)),
    Asked("of the class", "output.append(job.label())", (f"@classmethod\n    {LABEL}",)),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Asked, databases: tuple[Engine, ...]) -> None:
    check(case.code, fixed(case.code), databases, ("none", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Asked) -> None:
    assert refused(case.code).reason == "the id is stored in 'Job'"
