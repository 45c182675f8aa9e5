"""Ids that a helper makes: the helper is written out where it is called, and goes."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.fixing import fix, fixed, refused
from tests.codemod.project import Project
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = CALL
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
HELPER = """
def _sid_of(self, ctx, i):
    return f"{ctx.state_id}_row{i}"
"""
BY_ID = """
@staticmethod
def _sid_of(state_id, i):
    return state_id + "_row" + str(i)
"""


class Case(NamedTuple):
    """How an id is made, what makes it, and what the fixed text must not hold any more."""

    name: str
    call: str
    beside: str = HELPER
    method: str = LOOP
    gone: str = "_sid_of"


FIXED = (
    Case("a method", "self._sid_of(ctx, i)"),
    Case("by keyword", "self._sid_of(i=i, ctx=ctx)"),
    Case("an index added to", "self._sid_of(ctx, i + 1)"),
    Case("a static method", "self._sid_of(ctx.state_id, i)", BY_ID),
    Case(
        "a method with a docstring",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", '    """The id of a row."""\n    return'),
    ),
    Case(
        "a local of it",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    made =") + "    return made\n",
    ),
    Case(
        "locals in it",
        "self._sid_of(ctx, i)",
        HELPER.replace(
            "    return",
            '    """The id of a row."""\n    base: str = ctx.state_id\n    i = str(i)\n    return',
        ).replace("ctx.state_id}", "base}"),
    ),
    Case(
        "parts in it",
        "self._sid_of(ctx, i)",
        HELPER.replace(
            'return f"{ctx.state_id}_row{i}"',
            'parts = [ctx.state_id, f"row{i}"]\n    return "_".join(parts)',
        ),
    ),
    Case(
        "two built texts in it",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    row_state_id =")
        + '    return row_state_id + "_" + row_state_id\n',
    ),
    Case(
        "a class method",
        "self._sid_of(ctx, i)",
        HELPER.replace("def", "@classmethod\ndef").replace("self", "cls"),
    ),
    Case(
        "by default",
        "self._sid_of(ctx, i)",
        HELPER.replace("i)", "i, word='_row')", 1).replace("_row{", "{word}{"),
    ),
    Case(
        "a method named as an id",
        "self._made_state_id(ctx, i)",
        HELPER.replace("_sid_of", "_made_state_id"),
        gone="_made_state_id",
    ),
    Case(
        "in place",
        "self._sid_of(ctx, i)",
        method="return [self._answer(row, CALL) for i, row in enumerate(rows)]",
    ),
    Case(
        "twice",
        "self._sid_of(ctx, i)",
        method=LOOP.replace("pop(sid", "pop(self._sid_of(ctx, i)"),
    ),
    Case("of a lookup", "self._sid_of(ctx, row['id'])"),
    Case(
        "a function inside",
        "sid_of(i)",
        "",
        'def sid_of(i):\n    return f"{ctx.state_id}_row{i}"\n' + LOOP,
        "sid_of",
    ),
    Case(
        "a function inside of nothing",
        "sid_of()",
        "",
        LOOP.replace("for i,", 'def sid_of():\n    return f"{ctx.state_id}_row{i}"\n\nfor i,'),
        "sid_of",
    ),
    Case(
        "a lambda",
        "sid_of(i)",
        "",
        'sid_of = lambda i: f"{ctx.state_id}_row{i}"  # noqa: E731\n' + LOOP,
        "sid_of",
    ),
    Case(
        "over several lines",
        "self._sid_of(\n        ctx,\n        i,\n    )",
    ),
    Case(
        "two helpers",
        "self._sid_of(ctx, i)",
        HELPER + HELPER.replace("_sid_of", "_sid_named").replace("_row", "_second"),
        LOOP.replace("return output", "")
        + "for i, row in enumerate(rows):\n    sid2 = self._sid_named(ctx, i)\n"
        "    output.append(self._answer(row, sid2))\n    self._clients.pop(sid2, None)\n"
        "return output",
    ),
)


def code_of(case: Case) -> str:
    return module(case.method.replace("CALL", case.call), case.beside)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    code = code_of(case)
    new = fixed(code)
    assert case.gone not in new.decode()
    assert b"\n\n\n\n" not in new
    rows = ("one", "five", "raising") if "nothing" in case.name else ("none", "five", "raising")
    check(code, new, databases, rows)


RETURNED = "the id is returned"
REFUSED = (
    Case("overridden", "self._sid_of(ctx, i)", HELPER),
    Case(
        "called for something else",
        "self._sid_of(ctx, i)",
        method=LOOP.replace("return output", "return {self._sid_of(ctx, 0): output}"),
    ),
    Case(
        "handed on",
        "self._sid_of(ctx, i)",
        method=LOOP + "\nself._named = self._sid_of\n",
    ),
    Case(
        "called by another receiver",
        "self._sid_of(ctx, i)",
        HELPER + "\ndef _other(self, other, ctx):\n    return other._sid_of(ctx, 0)\n",
    ),
    Case(
        "logged elsewhere",
        "self._sid_of(ctx, i)",
        method="logger.info(self._sid_of(ctx, 0))" + LOOP,
    ),
    Case("silenced at its call", "self._sid_of(ctx, i)  # noqa: SID001"),
    Case("named by a text", "self._sid_of(ctx, i)", HELPER + '\nNAME = "_sid_of"\n'),
    Case(
        "does something else",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    self.done += 1\n    return"),
    ),
    Case("decorated", "self._sid_of(ctx, i)", HELPER.replace("def", "@traced\ndef")),
    Case(
        "a class method that asks its class",
        "self._sid_of(ctx, i)",
        HELPER.replace("def", "@classmethod\ndef").replace("{i}", "{self.__name__}{i}"),
    ),
    Case(
        "a local that acts",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    i = self._numbers.pop()\n    return"),
    ),
    Case(
        "a local that it does not need",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    word = 'x'\n    return"),
    ),
    Case(
        "a local in a branch",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    if i:\n        i = -i\n    return"),
    ),
    Case(
        "more than a local",
        "self._sid_of(ctx, i)",
        HELPER.replace("    return", "    self.done = i\n    return"),
    ),
    Case("an argument that acts", "self._sid_of(ctx, row.pop('id'))"),
    Case(
        "an argument looked up twice",
        "self._sid_of(ctx, row['id'])",
        HELPER.replace("_row{i}", "_{i}_{i}"),
    ),
    Case(
        "an argument that is not passed",
        "self._sid_of(ctx)",
        HELPER.replace("i)", "i=len('a'))", 1),
    ),
    Case("arguments in a list", "self._sid_of(*[ctx, i])"),
    Case("commented", "self._sid_of(ctx, i)", HELPER.replace("):", "):  # by its index")),
    Case("commented above", "self._sid_of(ctx, i)", "# By its index." + HELPER),
    Case("commented in the call", "self._sid_of(\n        ctx,  # the batch\n        i,\n    )"),
    Case(
        "part of a text",
        "self._sid_of(ctx, i)",
        method=LOOP.replace(
            "append(self", "append(f'{self._sid_of(ctx, i)}')\n        output.append(self"
        ),
    ),
    Case(
        "a name that means another there",
        "self._sid_of(ctx, i)",
        HELPER.replace("_row{i}", "_{logger}{i}"),
        "logger = rows\n" + LOOP,
    ),
    Case(
        "a name that a comprehension binds",
        "sid_of()",
        "",
        'i = 0\ndef sid_of():\n    return f"{ctx.state_id}_row{i}"\n'
        "return [self._answer(row, sid_of()) for i, row in enumerate(rows)]",
    ),
    Case(
        "called in a function inside",
        "sid_of(i)",
        "",
        'def sid_of(i):\n    return f"{ctx.state_id}_row{i}"\n'
        "def one(i, row):\n    return self._answer(row, sid_of(i))\n"
        "return [one(i, row) for i, row in enumerate(rows)]",
    ),
    Case(
        "the only user of an import",
        "self._sid_of(ctx, i)",
        HELPER.replace("ctx, i", "ctx, i: suppress"),
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    code = code_of(case)
    if case.name == "overridden":
        code += "\n\nclass Other(Transform):" + textwrap.indent(HELPER, "    ")
    refusal = refused(code)
    assert refusal.reason.startswith((RETURNED, "'_sid_of' is", "the id evaluates"))
    assert refusal.remedy


def test_what_others_may_call_stays(databases: tuple[Engine, ...]) -> None:
    """A helper without an underscore is not used any more, and may be by others."""
    code = code_of(Case("", "self.sid_of(ctx, i)", HELPER.replace("_sid_of", "sid_of")))
    new = fixed(code)
    assert b"def sid_of(self, ctx, i):" in new
    check(code, new, databases, ("none", "five", "raising"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_bytes(encoding: str, newline: str) -> None:
    """Line ends, encoding and byte order mark are those of the file."""
    code = code_of(Case("", "self._sid_of(ctx, i)")).replace("A batch path", "Ein Stoß")
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    data = (cookie + code).replace("\n", newline).encode(encoding)
    new = fixed(data)
    assert b"_sid_of" not in new
    assert new.count(b"\n") == new.count(newline.encode())
    plain = fixed(code).decode()
    assert new == (cookie + plain).replace("\n", newline).encode(encoding)


def test_a_file_that_cannot_be_reproduced() -> None:
    code = code_of(Case("", "self._sid_of(ctx, i)"))
    assert refused("\f" + code).reason == "LibCST cannot reproduce the file byte for byte"


def test_a_helper_that_nests_too_deeply() -> None:
    deep = " + ".join(["'x'"] * 2000)
    code = code_of(Case("", "self._sid_of(ctx, i)", HELPER.replace('_row{i}"', f'_row" + {deep}')))
    assert refused(code).reason == "the file nests too deeply to be rewritten"


def test_what_no_text_can_hold() -> None:
    """Before Python 3.12, a field of an f-string has no backslash; the helper stays then."""
    result = fix(code_of(Case("", r"self._sid_of(ctx, row['a\n'])")))
    (outcome,) = result.outcomes
    assert isinstance(outcome, Fixed) == (b"_sid_of" not in result.after)


def test_a_name_that_is_bound_again() -> None:
    """Within what is returned: it is another variable there."""
    refusal = refused("""
def keys(ctx, recorder, contexts):
    state_id = f"{ctx.state_id}_all"
    return state_id, [recorder.get(state_id=state_id) for state_id in contexts]
""")
    assert refusal.reason == "the id is part of a tuple"


def test_the_only_thing_in_its_class() -> None:
    """What would be left of the class is no Python."""
    code = code_of(Case("", "self._sid_of(ctx, i)", ""))
    base = "class Ids:" + textwrap.indent(HELPER, "    ")
    code = code.replace("class Transform:", f"{base}\n\nclass Transform(Ids):")
    assert refused(code).reason == RETURNED


def test_beside_what_is_refused() -> None:
    """The outcome of another finding stays, with its row in the old text."""
    other = HELPER.replace("_sid_of", "_other")
    batch = "def batch(self, rows, ctx):" + textwrap.indent(
        "\nkey = self._other(ctx, 1)\nself.done = {key: self._answer(rows[0], key)}", "    "
    )
    code = code_of(Case("", "self._sid_of(ctx, i)", f"{HELPER}{other}\n{batch}"))
    alone = [outcome for outcome in fix(code).outcomes if isinstance(outcome, Refused)]
    assert len(alone) == 1
    assert [type(outcome) for outcome in fix(code).outcomes] == [Fixed, Refused]
    row = next(n for n, line in enumerate(code.splitlines(), 1) if "def _other" in line)
    assert alone[0].finding.span.row == row + 1
    assert b"_sid_of" not in fix(code).after


@pytest.mark.parametrize("name", ["_sid_of", "_sid_other"])
def test_other_modules(name: str, tmp_path: pathlib.Path) -> None:
    """A subclass elsewhere may override what it names."""
    code = code_of(Case("", "self._sid_of(ctx, i)"))
    sub = f"""
    from acme.plugins.batch import Transform


    class Sub(Transform):
        def {name}(self, ctx, i):
            return "x"
    """
    project = Project(tmp_path, code, {"acme/plugins/sub.py": sub})
    outcomes = project.fix().outcomes
    assert all(isinstance(each, Refused if name == "_sid_of" else Fixed) for each in outcomes)
