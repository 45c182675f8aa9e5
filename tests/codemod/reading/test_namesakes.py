"""Helpers whose name another function has too: whether that is a use of them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.fixing import fix, fixed
from tests.codemod.project import Project
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = self._sid_of(ctx, i)
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
HELPER = '\ndef _sid_of(self, ctx, i):\n    return f"{ctx.state_id}_row{i}"\n'
METHOD = module(LOOP, HELPER)
FUNCTION = module(LOOP.replace("self._sid_of(ctx, i)", "_sid_of(ctx, i)")).replace(
    "\n\nclass Transform:", HELPER.replace("self, ", "") + "\n\nclass Transform:", 1
)
OWN = textwrap.indent(HELPER, "    ")
# What another module holds, and what the helper is that it does not mean.
OTHERS = {
    "a method of another class": (METHOD, f"class Other:{OWN}\n    x = 1\n"),
    "called there": (
        METHOD,
        f"class Other:{OWN}\n    def ids(self, ctx):\n        return self._sid_of(ctx, 0)\n",
    ),
    "inherited there": (
        METHOD,
        f"class Base:{OWN}\n\nclass Other(Base):\n"
        "    def ids(self, ctx):\n        return self._sid_of(ctx, 0)\n",
    ),
    "called by its class there": (
        METHOD,
        f"class Other:{OWN}\n\ndef ids(other, ctx):\n    return Other._sid_of(other, ctx, 0)\n",
    ),
    "a function there": (
        METHOD,
        HELPER.replace("self, ", "") + "\n\ndef ids(ctx):\n    return _sid_of(ctx, 0)\n",
    ),
    "told of": (METHOD, '"""Like _sid_of of Transform."""\n# _sid_of\n'),
    "a parameter": (METHOD, "def ids(_sid_of):\n    return _sid_of(1)\n"),
    "function and method": (
        FUNCTION,
        f"class Other:{OWN}\n    def ids(self, ctx):\n        return self._sid_of(ctx, 0)\n",
    ),
    "two functions": (
        FUNCTION,
        HELPER.replace("self, ", "") + "\n\ndef ids(ctx):\n    return _sid_of(ctx, 0)\n",
    ),
    "imported from elsewhere": (
        FUNCTION,
        "from acme.ids import _sid_of\n\n\ndef ids(ctx):\n    return _sid_of(ctx, 0)\n",
    ),
    "of a module that is imported": (
        METHOD,
        "from acme import ids\n\n\ndef all_ids(ctx):\n    return ids._sid_of(ctx, 0)\n",
    ),
}
USES = {
    "overridden": (
        METHOD,
        f"from acme.plugins.batch import Transform\n\n\nclass Sub(Transform):{OWN}",
    ),
    "overridden by a name": (
        METHOD,
        "from acme.plugins.batch import Transform\n\n\nclass Sub(Transform):\n    _sid_of = len\n",
    ),
    "mixed in": (
        METHOD,
        f"from acme.plugins.batch import Transform\n\n\nclass Other:{OWN}\n\n"
        "class Both(Other, Transform):\n    pass\n",
    ),
    "of an unknown object": (METHOD, "def ids(any, ctx):\n    return any._sid_of(ctx, 0)\n"),
    "of a mixin that defines none": (
        METHOD,
        "class Mixin:\n    def ids(self, ctx):\n        return self._sid_of(ctx, 0)\n",
    ),
    "named by a text": (METHOD, 'def ids(any):\n    return getattr(any, "_sid_of")\n'),
    "by its class": (
        METHOD,
        "from acme.plugins.batch import Transform\n\n\n"
        "def ids(any, ctx):\n    return Transform._sid_of(any, ctx, 0)\n",
    ),
    "no Python": (METHOD, "def _sid_of(:\n"),
    "imported": (FUNCTION, "from acme.plugins.batch import _sid_of\n"),
    "imported by another name": (FUNCTION, "from acme.plugins.batch import _sid_of as ids\n"),
    "imported in a function": (
        FUNCTION,
        "def ids():\n    from acme.plugins.batch import _sid_of\n    return _sid_of\n",
    ),
    "of its module": (
        FUNCTION,
        "from acme.plugins import batch\n\n\ndef ids(ctx):\n    return batch._sid_of(ctx, 0)\n",
    ),
    "of all of its module": (
        FUNCTION,
        "from acme.plugins.batch import *\n\n\ndef ids(ctx):\n    return _sid_of(ctx, 0)\n",
    ),
}
IDS = "def _sid_of(context, number):\n    return None\n"


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]) -> None:
    batch, other = OTHERS[name]
    project = Project(tmp_path, batch, {"acme/other.py": other, "acme/ids.py": IDS})
    fix = project.fix()
    assert all(isinstance(each, Fixed) for each in fix.outcomes), fix.outcomes
    assert b"_sid_of" not in fix.after
    for engine in databases:
        assert not project.differs(
            "acme.plugins.batch", fix.after, engine, ("none", "five", "raising")
        )


@pytest.mark.parametrize("name", USES)
def test_uses(name: str, tmp_path: pathlib.Path) -> None:
    batch, other = USES[name]
    outcomes = Project(tmp_path, batch, {"acme/other.py": other}).fix().outcomes
    assert outcomes
    assert all(isinstance(each, Refused) for each in outcomes)


def _second(head: str = "class Second:") -> str:
    """A second plugin, with another id."""
    _, _, rest = METHOD.partition("class Transform:")
    return f"\n\n{head}{rest.replace('_row{i}', '-{i}')}"


def test_two_plugins_of_a_file(databases: tuple[Engine, ...]) -> None:
    code = METHOD + _second()
    new = fixed(code)
    assert b"_sid_of" not in new
    check(code, new, databases, ("none", "five", "raising"))
    second, other = (
        each.replace("Transform", "First").replace("Second", "Transform")
        for each in (code, new.decode())
    )
    check(second, other.encode(), databases, ("five",))


@pytest.mark.parametrize(
    "rest",
    [
        _second("class Second(Transform):"),
        _second() + "\n\nclass Third(Transform, Second):\n    pass\n",
        _second() + "\n\nids = Transform._sid_of\n",
        HELPER.replace("self, ", "") + "\n\nclass Third(Transform):\n    _sid_of = _sid_of\n",
    ],
    ids=["inherits", "mixed", "kept", "overridden by a function"],
)
def test_uses_in_its_file(rest: str) -> None:
    result = fix(METHOD + rest)
    assert isinstance(result.outcomes[0], Refused)
    assert METHOD.encode() in result.after
