"""Functions that rows come to otherwise than by a call of their name."""

from __future__ import annotations

import pytest

from tests.codemod.cases import Case
from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS, run, shared

BUILT = 'f"{ctx.state_id}_{label}"'
ROW = f"""
def one(self, row, label, ctx):
    return AuditedClient(self._recorder, {BUILT}).ask(row["prompt"])
"""
EACH = "return [{call} for i, row in enumerate(rows)]"
CALLED = EACH.format(call="self.TABLE['one'](self, row, f'{i}', ctx)")
NAMED = "has another name, by which it may be called in a loop"
REFUSED = (
    Case("a table of the class", CALLED, ROW + '\nTABLE = {"one": one}\n', NAMED),
    Case(
        "a list of the class",
        EACH.format(call="self.STEPS[0](self, row, f'{i}', ctx)"),
        ROW + "\nSTEPS = [one]\n",
        NAMED,
    ),
    Case(
        "a default",
        "return self._each(rows, ctx)",
        ROW + "\ndef _each(self, rows, ctx, ask=one):\n"
        "    return [ask(self, row, f'{i}', ctx) for i, row in enumerate(rows)]\n",
        NAMED,
    ),
    Case(
        "a partial method",
        EACH.format(call="self.step(f'{i}', ctx)"),
        "from functools import partialmethod\n"
        + ROW
        + '\nstep = partialmethod(one, {"prompt": "p"})\n',
        NAMED,
    ),
    Case(
        "a decorator that keeps it",
        CALLED,
        "TABLE = {}\ndef keep(function, table=TABLE):\n    table['one'] = function\n"
        "    return function\n" + ROW.replace("def one", "@keep\ndef one"),
        "'keep' keeps 'one', which may be called in a loop",
    ),
    Case(
        "a decorator that is told where",
        CALLED,
        "TABLE = {}\ndef kept(table):\n    def keep(function):\n        table['one'] = function\n"
        "        return function\n    return keep\n"
        + ROW.replace("def one", "@kept(TABLE)\ndef one"),
        "'kept' keeps 'one', which may be called in a loop",
    ),
    Case(
        "a method caller",
        "import operator\nreturn [operator.methodcaller('one', row, f'{i}', ctx)(self) "
        "for i, row in enumerate(rows)]",
        ROW,
        "'one' is named by a text, and may be called in a loop",
    ),
    Case(
        "a text that is put together",
        EACH.format(call="getattr(self, f'{kind}ne')(row, f'{i}', ctx)").replace(
            "for i", "for kind in 'o' for i"
        ),
        ROW,
        "'one' is named by a text, and may be called in a loop",
    ),
    Case(
        "a namespace",
        EACH.format(call="vars(Transform)['on' + 'e'](self, row, f'{i}', ctx)"),
        ROW,
        "'one' is named by a text, and may be called in a loop",
    ),
    Case(
        "an object that calls itself",
        EACH.format(call="self(row, f'{i}', ctx)"),
        ROW.replace("def one", "def __call__"),
        "'__call__' is called without being named",
    ),
    Case(
        "an item of the object",
        "self.ctx = ctx\nreturn [self[f'{i}'] for i, row in enumerate(rows)]",
        ROW.replace("def one(self, row, label, ctx)", "def __getitem__(self, label)")
        .replace('row["prompt"]', "label")
        .replace("ctx.state_id", "self.ctx.state_id"),
        "'__getitem__' is called without being named",
    ),
)
COUNTED = ROW.replace("label", "row_index")
CACHED = f"""
def one(self, row, row_index, ctx):
    sid = {BUILT.replace("label", "row_index")}
    try:
        return self._answer(row, sid)
    finally:
        self._clients.pop(sid, None)
"""
SEVERAL = "seems to be called several times under one state id"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    """Without a check, each client would count from 0 under the one id."""
    assert case.reason in refused(case.code).reason
    assert run(case.code, shared(keys=False), ROWS["five"]).error == ""
    for built in (BUILT, BUILT.replace("ctx", "self.ctx")):
        naive = case.code.replace(built, built[3:].partition("}")[0])
        if naive != case.code:
            assert run(naive, shared(keys=True), ROWS["five"]).error.startswith("IntegrityError")


@pytest.mark.parametrize("method", [COUNTED, CACHED])
def test_an_id_that_counts_calls(method: str) -> None:
    """Who calls it is not seen; that it is called with an index tells enough."""
    assert SEVERAL in refused(Case("", "return []", method).code).reason
    # By what row it is, or under which name, tells nothing: each may have a state of its own.
    fixed(Case("", "return []", method.replace("row_index", "label")).code)


def test_a_decorator_that_only_calls() -> None:
    around = (
        "def around(function):\n    def inner(*given):\n        print(function.__name__)\n"
        "        return function(*given)\n    return inner\n"
    )
    fixed(Case("", "return []", around + ROW.replace("def one", "@around\ndef one")).code)


def test_a_client_that_is_kept_counts_on() -> None:
    kept = CACHED.partition("    finally")[0].replace("try:", "if True:")
    fixed(Case("", "return []", kept).code)
