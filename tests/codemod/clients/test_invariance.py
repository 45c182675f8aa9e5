"""What a client is made with, where something else than an assignment binds its name."""

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
# FIRST stands before the loop, and EACH around what a row does.
METHOD = """
output = []
row = {"prompt": "none"}
FIRST
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    EACH
"""
ANSWER = """
if sid not in self._clients:
    self._clients[sid] = AuditedClient(self._recorder, sid, provider=MADE)
output.append(self._clients[sid].ask(row["prompt"]))
self._clients.pop(sid, None)
"""
NAMED = "match row:\n    case {'prompt': name, **rest}:\n        ANSWER"
CAUGHT = "try:\n    raise ValueError(row)\nexcept ValueError as error:\n    ANSWER"
DEFINED = "def named():\n    return RETURNED\nANSWER"
CLASSED = "class Named:\n    name = RETURNED\nANSWER"


def _code(each: str, made: str, first: str = "pass") -> str:
    answer = ANSWER.strip().replace("MADE", made)
    lines = []
    for line in each.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(textwrap.indent(answer, indent) if line.strip() == "ANSWER" else line)
    method = METHOD.replace("FIRST", first)
    inside = textwrap.indent("\n".join(lines), " " * 4).lstrip()
    return module(method.replace("EACH", inside) + "return output\n")


DIFFERING = {
    "captured": (NAMED, "name"),
    "the rest": (NAMED, "str(rest)"),
    "captured as": (NAMED.replace("name,", "str() as name,"), "name"),
    "starred": ("match [*row.values()]:\n    case [*name]:\n        ANSWER", "str(name)"),
    "caught": (CAUGHT, "str(error)"),
    "a function that rows define": (DEFINED.replace("RETURNED", "row['prompt']"), "named()"),
    "a class that rows define": (CLASSED.replace("RETURNED", "row['prompt']"), "Named.name"),
}
ALIKE = {
    "captured, for something else": (NAMED, "self.provider"),
    "a function that rows define": (DEFINED.replace("RETURNED", "ctx.run_id"), "named()"),
    "a class that rows define": (CLASSED.replace("RETURNED", "'m'"), "Named.name"),
}


@pytest.mark.parametrize("name", DIFFERING)
def test_what_differs(name: str) -> None:
    each, made = DIFFERING[name]
    reason = refused(_code(each, made)).reason
    assert reason.startswith("the client is made with '"), reason
    assert reason.endswith("', which differs from row to row")


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_alike(name: str, databases: tuple[Engine, ...]) -> None:
    each, made = ALIKE[name]
    code = _code(each, made).replace("    def __init__", "    provider = 'm'\n\n    def __init__")
    check(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize(
    "first", ["named = lambda: row['prompt']", "def named():\n    return row['prompt']"]
)
def test_what_is_defined_before_and_looks_at_the_row(first: str) -> None:
    """It finds the row that its own loop variable is by then."""
    reason = refused(_code("ANSWER", "named()", first)).reason
    assert reason == "the client is made with 'named', which differs from row to row"


@pytest.mark.parametrize(
    "first", ["named = lambda: ctx.run_id", "def named():\n    return ctx.run_id"]
)
def test_what_is_defined_before(first: str, databases: tuple[Engine, ...]) -> None:
    code = _code("ANSWER", "named()", first)
    check(code, fixed(code), databases, BATCHES)


OWN = """
class OwnClient:
    prefix = ""

    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._index = 0
        self._prefix = self.prefix

    def ask(self, text):
        index = self._index
        self._index += 1
        self._recorder.record_call(state_id=self._state_id, call_index=index, request=text)
        return self._prefix + text
"""


@pytest.mark.parametrize("holder", ["OwnClient", "Other"])
def test_an_attribute_of_the_class(holder: str, databases: tuple[Engine, ...]) -> None:
    """Rows set it, and each client took over what it was then."""
    each = "HOLDER.prefix = row['prompt']\nANSWER".replace("HOLDER", holder)
    code = _code(each, "None").replace("AuditedClient(self._recorder, sid, provider=None)", "MADE")
    code = code.replace("MADE", "OwnClient(self._recorder, sid)") + OWN
    if holder == "OwnClient":
        reason = refused(code).reason
        assert reason == "the client is made with what reads 'self.prefix', which rows set"
    else:
        code = code.replace("self.prefix", "self.name") + "\n\nclass Other:\n    prefix = ''\n"
        code = code.replace('    prefix = ""', '    name = ""')
        check(code, fixed(code), databases, BATCHES)
