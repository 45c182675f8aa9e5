"""Batch paths that are generators: what they hold until they are done, and who comes between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.landscape import PluginContext, Recorder
from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.harness import load, shared
from tests.codemod.restarting import check_restart
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BUILT = 'f"{ctx.state_id}_row{i}"'
IN_TRY = f"""
for i, row in enumerate(rows):
    sid = {BUILT}
    try:
        yield self._answer(row, sid)
    finally:
        with self._lock:
            self._clients.pop(sid, None)
"""
HANDLED = f"""
for i, row in enumerate(rows):
    sid = {BUILT}
    try:
        answer = self._answer(row, sid)
    except ProviderError:
        yield {{"error": True}}
    else:
        yield answer
    finally:
        client = self._clients.pop(sid, None)
        if client is not None:
            client.close()
"""
AT_THE_END = f"""
for i, row in enumerate(rows):
    sid = {BUILT}
    yield self._answer(row, sid)
    self._clients.pop(sid, None)
"""
SEVERAL = IN_TRY.replace("yield self._answer(row, sid)", "yield from [self._answer(row, sid)] * 2")
NEVER = AT_THE_END.replace("    self._clients.pop(sid, None)\n", "")
ON_A_STACK = f"""
with ExitStack() as stack:
    for i, row in enumerate(rows):
        sid = {BUILT}
        stack.callback(self._clients.pop, sid, None)
        yield self._answer(row, sid)
"""
BEHIND = f"""
for i, row in enumerate(rows):
    sid = {BUILT}
    try:
        answer = self._answer(row, sid)
    finally:
        self._clients.pop(sid, None)
    yield answer
"""
SKIPPED = IN_TRY.replace(
    "        yield self",
    '        if row.get("skip"):\n            yield row\n            continue\n        yield self',
)
REASON = (
    "the batch path is a generator, and where it yields it holds no client: behind the loop the "
    "release would wait for the consumer"
)
BETWEEN = "the cache may be emptied between two rows of a generator"


def answers(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"def _answers(self, rows, ctx):\n{lines}\n"


EXPRESSION = f"(self._answer(row, {BUILT}) for i, row in enumerate(rows))"
TAKEN = f"islice({EXPRESSION}, 9)"
MAPPED = f"map(self._answer, rows, [{BUILT} for i, row in enumerate(rows)])"
KEPT = (
    "answers = ROWS\noutput = [next(answers)]\nself._clients.clear()\nreturn [*output, *answers]"
)
WALKED = "output = []\nfor answer in self._answers(rows, ctx):\n    output.append(answer)\n"
EMPTIED = "self._clients.clear()\n"
FIXED = (
    Case("within a try", IN_TRY),
    Case("in its handlers", HANDLED),
    Case("at the end of a round", AT_THE_END),
    Case("several for a row", SEVERAL),
    Case("a stack around the rows", ON_A_STACK),
    Case("walked, then emptied", f"{WALKED}{EMPTIED}return output", answers(IN_TRY)),
    Case(
        "an expression that is walked, then emptied",
        f"answers = {EXPRESSION}\noutput = list(answers)\n{EMPTIED}return output",
    ),
    Case(
        "walked by way of another",
        WALKED.replace("_answers", "_outer") + f"{EMPTIED}return output",
        f"{answers(NEVER)}\ndef _outer(self, rows, ctx):\n    yield from self._answers(rows, ctx)",
    ),
)
REFUSED = (
    Case("released before", BEHIND, reason=REASON),
    Case("a row without a client", SKIPPED, reason=REASON),
    Case(
        "released in a helper",
        f"for i, row in enumerate(rows):\n    yield self._row(row, {BUILT})",
        "def _row(self, row, state_id):\n    try:\n        return self._answer(row, state_id)\n"
        "    finally:\n        self._clients.pop(state_id, None)",
        reason=REASON,
    ),
    Case("emptied by its loop", f"{WALKED}    {EMPTIED}return output", answers(NEVER), BETWEEN),
    Case(
        "emptied by a comprehension",
        "return [self._note(answer) for answer in self._answers(rows, ctx)]",
        f"{answers(IN_TRY)}\ndef _note(self, answer):\n    {EMPTIED}    return answer",
        BETWEEN,
    ),
    Case(
        "emptied before it is done",
        f"answers = self._answers(rows, ctx)\noutput = [next(answers)]\n{EMPTIED}"
        "return [*output, *answers]",
        answers(NEVER),
        BETWEEN,
    ),
    Case(
        "an expression, emptied before it is done",
        KEPT.replace("ROWS", EXPRESSION),
        reason=BETWEEN,
    ),
    Case("one of two, emptied before it is done", KEPT.replace("ROWS", TAKEN), reason=BETWEEN),
    Case("a lazy map, emptied before it is done", KEPT.replace("ROWS", MAPPED), reason=BETWEEN),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)


def test_a_shared_id(databases: tuple[Engine, ...]) -> None:
    code = module(IN_TRY.replace(BUILT, "ctx.state_id"))
    check_restart(code, fixed(code), databases, ("none", "five", "raising"))


def test_left_unfinished() -> None:
    """Two batches, row by row in turn, the second of them left: each holds what it held before."""
    code = module(IN_TRY)
    assert _held(code) == _held(fixed(code)) == [1, 2, 2, 1, 0]


def _held(code: str | bytes) -> list[int]:
    """How many clients are kept after each step."""
    recorder = Recorder(shared(keys=False))
    recorder.begin_run(run := f"generator-{type(code).__name__}")
    transform = load(code).Transform()
    first, second = (
        transform.process_batch(
            [{"prompt": f"p{n}"} for n in range(2)],
            PluginContext(recorder, recorder.begin_node_state(run)),
        )
        for _ in range(2)
    )
    held = []
    for batch in (first, second, first, first):
        next(batch, None)
        held.append(len(transform._clients))
    second.close()
    return [*held, len(transform._clients)]
