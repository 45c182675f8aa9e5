"""What an id goes through on its way: partials, dictionaries, adapters of loggers, checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

EACH = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    ANSWER
    self._clients.pop(sid, None)
return output
"""
PARTIAL = EACH.replace(
    "ANSWER", "ask = partial(self._answer, state_id=sid)\n    output.append(ask(row))"
)
IN_PLACE = EACH.replace("ANSWER", "output.append(partial(self._answer, state_id=sid)(row))")
SPREAD = EACH.replace("ANSWER", "output.append(self._answer(row, **dict(state_id=sid)))")
ADAPTED = EACH.replace(
    "ANSWER",
    'log = logging.LoggerAdapter(logger, {"state_id": sid})\n    log.info("row")\n'
    "    output.append(self._answer(row, sid))",
)
LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{BASE}_row{i}"
    output.append(self._answer(row, sid))
    self._clients.pop(sid, None)
return output
"""
REQUIRED = """
def _require(self, ctx):
    if ctx.state_id is None:
        raise RuntimeError("no state")
    return ctx.landscape, ctx.state_id
"""
PAIR = "self._recorder, state_id = self._require(ctx)\n" + LOOP.replace("BASE", "state_id")
OR_NOTHING = """
def _answer(self, row, state_id=None):
    key = state_id or ''
    return self._ask(row, 'a', key)
"""
FIXED = (
    Case("a partial", PARTIAL),
    Case("a partial that is called twice", PARTIAL.replace("ask(row))", "[ask(row), ask(row)])")),
    Case("a partial that is called in place", IN_PLACE),
    Case("a dictionary by its class", SPREAD),
    Case("an adapter of a logger", ADAPTED),
    Case(
        "an adapter in place",
        EACH.replace(
            "ANSWER",
            'logging.LoggerAdapter(logger, {"id": sid}).info("row")\n'
            "    output.append(self._answer(row, sid))",
        ),
    ),
    Case("one of two that a helper returns", PAIR, REQUIRED),
    Case("or nothing", 'base = ctx.state_id or ""\n' + LOOP.replace("BASE", "base")),
    Case("or nothing, in place", LOOP.replace("BASE", "ctx.state_id or ''")),
    Case("or nothing, in a helper", LOOP.replace("BASE", "ctx.state_id"), OR_NOTHING),
)
LATER = "the id is used by something that may run after the release"
UNKNOWN = "'state_id' is not known to be the context's state id"
REFUSED = (
    Case(
        "or another, in a helper",
        LOOP.replace("BASE", "ctx.state_id"),
        OR_NOTHING.replace("''", "'none'"),
        reason="the id is used in 'state_id or 'none'', which is not understood",
    ),
    Case("a partial that is kept", PARTIAL.replace("ask(row))", "ask)"), reason=LATER),
    Case(
        "a partial that is called behind the loop",
        PARTIAL.replace("return output", "ask(row)\nreturn output"),
        reason=LATER,
    ),
    Case("a partial in a lambda", PARTIAL.replace("ask(row))", "lambda: ask(row))"), reason=LATER),
    Case(
        "a partial of the next round",
        PARTIAL.replace("    ask =", "    if i:\n        ask(row)\n    ask ="),
        reason=LATER,
    ),
    Case(
        "a partial of a generator",
        PARTIAL.replace("_answer", "_yielded"),
        "def _yielded(self, row, state_id):\n    yield self._answer(row, state_id)\n",
        LATER,
    ),
    Case(
        "a partial made anew",
        PARTIAL.replace("    output.append(ask", "    ask = self.ask\n    output.append(ask"),
        reason=LATER,
    ),
    Case(
        "a partial of another state, behind a release",
        'ask = partial(self._answer, state_id=f"{ctx.state_id}_all")\n'
        + EACH.replace("ANSWER", "output.append(self._answer(row, sid))").replace(
            "return output", "self._clients.clear()\nask(rows[0])\nreturn output"
        ),
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "a dictionary that is kept",
        SPREAD.replace("**dict(state_id=sid)", "sid, dict(state_id=sid)"),
        "def _answer(self, row, state_id, kept):\n    self.kept = kept\n",
        "the id is stored in a container",
    ),
    Case(
        "a dictionary of something else, too",
        SPREAD.replace("dict(state_id=sid)", "dict({}, state_id=sid)"),
        reason="the id is handed to 'dict', which cannot be seen",
    ),
    Case(
        "an adapter that is kept",
        ADAPTED.replace("    log.info", "    self.log = log\n    log.info"),
        reason="the id is stored in a container",
    ),
    Case(
        "an adapter that is asked for its id",
        ADAPTED.replace('log.info("row")', 'output.append(log.extra["state_id"])'),
        reason="the id is stored in a container",
    ),
    Case(
        "the other of two",
        PAIR.replace("self._recorder, state_id", "state_id, self._recorder"),
        REQUIRED,
        UNKNOWN,
    ),
    Case(
        "one of two that differ",
        PAIR,
        REQUIRED.replace(
            "    if", "    if self.done:\n        return None, self._state_id\n    if"
        ),
        UNKNOWN,
    ),
    Case("one of some", PAIR.replace("self._recorder, ", "*some, "), REQUIRED, UNKNOWN),
    Case(
        "one of some that are returned",
        PAIR,
        REQUIRED.replace("return ctx.landscape", "return *self.some"),
        UNKNOWN,
    ),
    Case("or a name", LOOP.replace("BASE", "ctx.state_id or 'x'"), reason="the id is made from"),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, whole=False)


FILLED = """
state_ids = {}
for i, row in enumerate(rows):
    state_ids[row["id"]] = f"{ctx.state_id}_row{i}"
output = []
for row in rows:
    try:
        output.append(self._answer(row, state_ids[row["id"]]))
    finally:
        self._clients.pop(state_ids[row["id"]], None)
return output
"""
SWEPT = """
state_ids = {}
for i, row in enumerate(rows):
    state_ids[row["id"]] = f"{ctx.state_id}_row{i}"
output = []
try:
    for row in rows:
        output.append(self._answer(row, state_ids[row["id"]]))
finally:
    for state_id in state_ids.values():
        self._clients.pop(state_id, None)
return output
"""
COUNTED = """
counter = itertools.count()
output = []
for row in rows:
    sid = f"{ctx.state_id}_{next(counter)}"
    output.append(self._answer(row, sid))
    self._clients.pop(sid, None)
return output
"""
MADE_FIRST = (
    Case("filled first", FILLED),
    Case(
        "filled by an index",
        FILLED.replace('state_ids[row["id"]] =', "state_ids[i] =")
        .replace("for row in rows", "for i, row in enumerate(rows)")
        .replace('state_ids[row["id"]]', "state_ids[i]"),
    ),
    Case("filled first and swept", SWEPT),
    Case("numbered by a counter", COUNTED),
    Case("numbered from one", COUNTED.replace("count()", "count(1)").replace(")}", "):03d}")),
)
STORED = "the id is stored"
ACTS = "the id evaluates 'next(counter)', which may raise or act"
NOT_FIRST = (
    Case(
        "given back",
        FILLED.replace("return output", "return output, state_ids"),
        reason="the ids are collected for something else",
    ),
    Case("not new", FILLED.replace("{}", "self.given()", 1), reason=STORED),
    Case(
        "compared",
        FILLED.replace(
            "    try", '    if state_ids[row["id"]] == row["id"]:\n        break\n    try'
        ),
        reason="the id is compared",
    ),
    Case(
        "told how many",
        FILLED.replace("return output", "return output[: len(set(state_ids.values()))]"),
        reason="the ids are collected for something else",
    ),
    Case("not empty", FILLED.replace("{}", "{**self.given}", 1), reason=STORED),
    Case("kept by self", FILLED.replace("state_ids", "self.state_ids"), reason=STORED),
    Case(
        "counted elsewhere, too",
        COUNTED.replace("sid))", "sid))\n    row['n'] = next(counter)"),
        reason=ACTS,
    ),
    Case("of something else", COUNTED.replace("itertools.count()", "iter(rows)"), reason=ACTS),
    Case("from the row on", COUNTED.replace("count()", "count(rows)"), reason=ACTS),
    Case("own", COUNTED.replace("itertools.count()", "self.count()"), reason=ACTS),
    Case(
        "for all batches",
        COUNTED.replace("next(counter)", "next(self.counter)"),
        reason="the id evaluates 'next(self.counter)'",
    ),
)


@pytest.mark.parametrize("case", MADE_FIRST, ids=lambda case: case.name)
def test_made_first(case: Case, databases: tuple[Engine, ...]) -> None:
    code = case.code
    if "itertools" in code:
        code = code.replace("import logging", "import itertools\nimport logging", 1)
    check_fixed(case, databases, code)


@pytest.mark.parametrize("case", NOT_FIRST, ids=lambda case: case.name)
def test_not_made_first(case: Case) -> None:
    check_refused(case, whole=False)
