"""Objects that an id makes a text of, whose class does more then, and those that do not."""

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
    sid = BUILT
    try:
        output.append((i, self._answer(row, sid)))
    finally:
        self._clients.pop(sid, None)
return [output, Tag.made]
"""
TAG = """
class Tag:
    made = 0

    def __init__(self, number=0):
        self.number = number

    def METHOD:
        ACT
        return f"tag{self.number:03d}".upper()


TAG = Tag()
"""
ACTING = "Tag.made += 1"
PLAIN = "assert self.number >= 0"
# What is shown, and how a row comes to it.
SHOWN = {
    "of the class": ('f"{ctx.state_id}_{self.tag}{i}"', ""),
    "of the module": ('f"{ctx.state_id}_{TAG}{i}"', ""),
    "by percent": ('"%s_%s%s" % (ctx.state_id, TAG, i)', ""),
    "by format": ('"{}_{}{}".format(ctx.state_id, TAG, i)', ""),
    "by str": ('ctx.state_id + "_" + str(TAG) + str(i)', ""),
    "of the row": ('f"{ctx.state_id}_{tag}"', "tag = Tag(i)"),
    "by another text": ('f"{ctx.state_id}{suffix}{i}"', 'suffix = f"_{TAG}"'),
}


def _code(shown: str, act: str, method: str = "__str__(self)") -> str:
    built, before = SHOWN[shown]
    body = LOOP.replace("BUILT", built)
    if before:
        body = body.replace("    sid =", f"    {before}\n    sid =")
    code = module(body)
    tag = TAG.replace("ACT", act).replace("METHOD", method)
    code = code.replace("class Transform:", f"{tag.strip()}\n\n\nclass Transform:", 1)
    return code.replace(
        "    def __init__(self, pool", "    tag = Tag()\n\n    def __init__(self, pool"
    )


@pytest.mark.parametrize("name", SHOWN)
def test_acting(name: str) -> None:
    """Dropping the text would drop what making it does."""
    refusal = refused(_code(name, ACTING))
    assert refusal.reason.startswith("the id makes a text of '")
    assert refusal.reason.endswith("', whose class may act then")


@pytest.mark.parametrize("act", ["raise ValueError", "logger.info('tag')", "self.number += 1"])
def test_ways_of_acting(act: str) -> None:
    assert refused(_code("of the module", act)).reason.startswith("the id makes a text of 'TAG'")


@pytest.mark.parametrize("method", ["__format__(self, spec)", "__repr__(self)"])
def test_other_methods(method: str) -> None:
    code = _code("of the module", ACTING, method)
    assert refused(code).reason.startswith("the id makes a text of 'TAG'")


@pytest.mark.parametrize("name", SHOWN)
def test_plain(name: str, databases: tuple[Engine, ...]) -> None:
    """Twin: a text that is only made can go."""
    code = _code(name, PLAIN)
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))


@pytest.mark.parametrize("shown", ["{len(rows)}", "{row['prompt']}", "{self._name}"])
def test_other_values(shown: str, databases: tuple[Engine, ...]) -> None:
    """Twin: what is of another type has nothing to do with the class beside it."""
    code = _code("of the class", ACTING).replace("{self.tag}", shown)
    begun = "        self.done = 0\n"
    code = code.replace(begun, f'{begun}        self._name: str = "n"\n')
    check(code, fixed(code), databases, ("none", "one", "five"))


def test_a_local_that_stays(databases: tuple[Engine, ...]) -> None:
    """Twin: a statement of its own stays, and goes on acting."""
    code = _code("of the row", ACTING).replace("tag = Tag(i)", "tag = str(Tag(i))")
    check(code, fixed(code), databases, ("none", "one", "five"))
