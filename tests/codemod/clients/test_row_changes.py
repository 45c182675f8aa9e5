"""What a client is made with, where rows change it: the first row's would serve them all."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising")
METHOD = """
self.model = "m"
self.options = {"model": "m"}
self.names = []
self.keys = iter("abcdef")
options = {"model": "m"}
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    CHANGE
    try:
        output.append(self._ask(row, sid, options))
    finally:
        self._clients.pop(sid, None)
return output
"""
BESIDE = """
def _ask(self, row, state_id, options):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._recorder, state_id, provider=MADE)
    return self._clients[state_id].ask(row["prompt"])

@property
def chosen(self):
    return self.model

def _chosen(self):
    return self.model + MODELS[0]

def _kept(self):
    if self.found is None:
        self.found = "m"
    return self.found
"""
GLOBALS = """
import os
import random
from contextvars import ContextVar
from uuid import uuid4

MODEL = "m"
MODELS = ["m"]
CHOSEN = ContextVar("CHOSEN", default="m")
"""


def _code(made: str, change: str = "pass") -> str:
    """A batch path that makes its clients with ``made``, and whose rows do ``change``."""
    method = METHOD.replace("CHANGE", textwrap.indent(change, "    ").lstrip())
    code = module(method, BESIDE.replace("MADE", made))
    code = code.replace("import logging\n", f"import logging\n{GLOBALS}\n", 1)
    return code.replace(
        "        self._clients", "        self.found = None\n        self._clients", 1
    )


CHANGED = {
    "an item": ("self.options['model']", "self.options['model'] = row['id']", "'self.options'"),
    "an item, by another name": (
        "self.options['model']",
        "held = self.options\nheld['model'] = row['id']",
        "'self.options'",
    ),
    "all of it": ("self.options", "self.options.update(model=row['id'])", "'self.options'"),
    "an item that is gone": (
        "self.options.get('model')",
        "self.options.clear()",
        "'self.options'",
    ),
    "how many": ("str(len(self.names))", "self.names.append(i)", "'self.names'"),
    "the next": ("'%s' % [*self.keys]", "next(self.keys)", "'self.keys'"),
    "by its name": ("self.model", "setattr(self, 'model', row['id'])", "'self.model'"),
    "what a property reads": ("self.chosen", "self.model = row['id']", "'self.model'"),
    "what a method reads": ("self._chosen()", "self.model = row['id']", "'self.model'"),
    "what a method reads, a global": ("self._chosen()", "MODELS[0] = row['id']", "'MODELS'"),
    "a local's item": ("options['model']", "options['model'] = row['id']", "'options'"),
    "a global": ("MODEL", "global MODEL\nMODEL = row['id']", "'MODEL'"),
    "a global's item": ("MODELS[0]", "MODELS[0] = row['id']", "'MODELS'"),
    "a context variable": ("CHOSEN.get()", "CHOSEN.set(row['id'])", "'CHOSEN'"),
    "the environment": ("os.environ['M']", "os.environ['M'] = row['id']", "'os.environ'"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_what_rows_change(name: str) -> None:
    made, change, named = CHANGED[name]
    refusal = refused(_code(made, change))
    assert refusal.reason.startswith("the client is made with ")
    assert f"{named}, which rows " in refusal.reason
    assert refusal.remedy == "make the client from what all rows share"


DIFFERENT = ("next(self.keys)", "self.names.pop()", "uuid4().hex", "f'{random.random()}'")


@pytest.mark.parametrize("made", DIFFERENT)
def test_what_differs_each_time(made: str) -> None:
    reason = refused(_code(made)).reason
    assert reason == f"the client is made with '{made}', which differs each time"


GIVEN = """
class Client(AuditedClient):
    def __init__(self, recorder, state_id, provider):
        super().__init__(recorder, state_id)
        MADE

    @functools.cached_property
    def kept(self):
        return KEPT

    def ask(self, prompt):
        return super().ask(f"{prompt} {self.kept}")
"""


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        ("self.topic = recorder.topic", "1"),
        ("self.topic = getattr(self, '_recorder').topic", "1"),
        ("pass", "self._recorder.topic"),
    ],
)
def test_what_rows_set_on_what_a_client_is_given(made: str, kept: str) -> None:
    """The first row's would serve them all."""
    own = GIVEN.replace("MADE", made).replace("KEPT", kept)
    code = _code("'x'", "self._recorder.topic = row['id']").replace(
        "= AuditedClient(", "= Client("
    )
    code = code.replace("import os\n", "import functools\nimport os\n", 1)
    code = code.replace("\n\nclass Transform", f"\n{own}\n\nclass Transform", 1)
    reason = refused(code).reason
    assert reason.startswith("the client is made with what reads '")
    assert reason.endswith(".topic', which rows set")
    other = code.replace("self._recorder.topic = row", "self._topic = row")
    fixed(
        other.replace(
            "        self._clients", "        self._topic = ''\n        self._clients", 1
        )
    )


SHARED = {
    "set before": ("self.model", "pass"),
    "an item": ("self.options['model']", "pass"),
    "a list that is handed over whole": ("self.names", "self.names.append(i)"),
    "a list that is read": ("str(len(self.names))", "len(self.names)"),
    "another's item": ("self.options['model']", "row['model'] = 'x'"),
    "a local of that name": ("MODEL", "pass"),
    "what a method keeps": ("self._kept()", "pass"),
    "what a property reads": ("self.chosen", "self.names.append(i)"),
    "the environment": ("os.environ.get('STATEID_MODEL')", "pass"),
}


@pytest.mark.parametrize("name", SHARED)
def test_what_all_rows_share(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(*SHARED[name])
    check(code, fixed(code), databases, BATCHES)
