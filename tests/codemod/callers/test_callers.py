"""Who calls the batch path, and what else uses its state id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_refused
from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS, run, shared
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCH = """
def _batch(self, rows, ctx):
    output = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        try:
            output.append(self._answer(row, sid))
        finally:
            self._clients.pop(sid, None)
    return output
"""
ONE = """
def _one(self, row, ctx):
    try:
        return [self._answer(row, ctx.state_id)]
    finally:
        self._clients.pop(ctx.state_id, None)
"""
FIXED = (
    Case("called once", "return self._batch(rows, ctx)", BATCH),
    Case("called by name", "return self._batch(ctx=ctx, rows=rows)", BATCH),
    Case(
        "called in a thread, once",
        "return await asyncio.to_thread(self._batch, rows, ctx)",
        BATCH,
    ),
    Case(
        "one of two",
        """
        if len(rows) == 1:
            return self._one(rows[0], ctx)
        return self._batch(rows, ctx)
        """,
        BATCH + ONE,
    ),
    Case(
        "the other leaves in all its branches",
        """
        if len(rows) < 3:
            try:
                if rows:
                    with open("/dev/null"):
                        return self._one(rows[0], ctx)
                else:
                    raise ValueError("no rows")
            except KeyError:
                return []
        return self._batch(rows, ctx)
        """,
        BATCH + ONE,
    ),
    Case(
        "the other leaves by what it does",
        """
        if len(rows) == 1:
            output = self._one(rows[0], ctx)
            return output
        else:
            return self._batch(rows, ctx)
        """,
        BATCH + ONE,
    ),
    Case(
        "one of two in the batch path",
        """
        if len(rows) == 1:
            return self._one(rows[0], ctx)
        output = []
        for i, row in enumerate(rows):
            output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        return output
        """,
        ONE,
    ),
    Case(
        "released around the loop",
        """
        output = []
        try:
            for i, row in enumerate(rows):
                output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
        finally:
            if ctx.state_id in self._clients:
                del self._clients[ctx.state_id]
        return output
        """,
    ),
    Case(
        "released around the call",
        """
        state_id = ctx.state_id
        try:
            return self._rows(rows, state_id)
        finally:
            self._clients.pop(state_id, None)
        """,
        """
        def _rows(self, rows, state_id):
            return [self._answer(row, f"{state_id}_row{i}") for i, row in enumerate(rows)]
        """,
    ),
    Case(
        "called for each chunk, the client outlives it",
        """
        output = []
        for start in range(0, len(rows), 2):
            output.extend(self._rows(rows[start : start + 2], ctx))
        return output
        """,
        """
        def _rows(self, rows, ctx):
            return [self._answer(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)]
        """,
    ),
    Case(
        "nested, called once",
        """
        def batch():
            output = []
            for i, row in enumerate(rows):
                sid = f"{ctx.state_id}_row{i}"
                output.append(self._answer(row, sid))
            return output
        return batch()
        """,
    ),
    Case(
        "unpacked from the context",
        """
        recorder, given_state_id = ctx.landscape, ctx.state_id
        output = []
        for i, row in enumerate(rows):
            sid = f"{given_state_id}_row{i}"
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output if recorder else []
        """,
    ),
)
SEVERAL = "'_batch' is called in a loop or handed on, so several batches may share a state id"
BESIDE = "'process_batch' uses the context's state id beside '_batch'"
REFUSED = (
    Case(
        "in chunks",
        """
        output = []
        for start in range(0, len(rows), 2):
            output.extend(self._batch(rows[start : start + 2], ctx))
        return output
        """,
        BATCH,
        SEVERAL,
    ),
    Case(
        "in a comprehension",
        "return [self._batch([row], ctx) for row in rows]",
        BATCH,
        SEVERAL,
    ),
    Case(
        "by map",
        "return list(map(lambda row: self._batch([row], ctx), rows))",
        BATCH,
        SEVERAL,
    ),
    Case(
        "in a table",
        """
        handlers = {"all": self._batch, "again": self._batch}
        return [handlers[name](rows, ctx) for name in ("all", "again")]
        """,
        BATCH,
        SEVERAL,
    ),
    Case(
        "by a partial handed on",
        "return list(map(partial(self._batch, ctx=ctx), [rows]))",
        BATCH,
        SEVERAL,
    ),
    Case(
        "by its name",
        "return [getattr(self, name)(rows, ctx) for name in ('_batch', '_batch')]",
        BATCH,
        "'_batch' is named by a text, and may be called in a loop",
    ),
    Case(
        "submitted twice",
        """
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(self._batch, rows[:2], ctx)
            second = pool.submit(self._batch, rows[2:], ctx)
            return first.result() + second.result()
        """,
        BATCH,
        BESIDE,
    ),
    Case("twice in turn", "return self._batch(rows, ctx) + self._batch(rows, ctx)", BATCH, BESIDE),
    Case(
        "itself",
        """
        if len(rows) > 2:
            half = len(rows) // 2
            return self.process_batch(rows[:half], ctx) + self.process_batch(rows[half:], ctx)
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
        reason="'process_batch' calls itself, so several batches may share a state id",
    ),
    Case(
        "the other comes back from its handler",
        """
        if len(rows) == 1:
            try:
                return self._one(rows[0], ctx)
            except ProviderError:
                pass
        return self._batch(rows, ctx)
        """,
        BATCH + ONE,
        BESIDE,
    ),
    Case(
        "both in one loop",
        """
        output = []
        for _ in range(2):
            if rows:
                output.extend(self._batch(rows, ctx))
            else:
                output.extend(self._one(rows[0], ctx))
        return output
        """,
        BATCH + ONE,
        SEVERAL,
    ),
    Case(
        "released for each row under the given id",
        """
        output = []
        for i, row in enumerate(rows):
            output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
            self._clients.pop(ctx.state_id, None)
        return output
        """,
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "released for each row in a helper that gets the context",
        """
        output = []
        for i, row in enumerate(rows):
            output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
            self._end(ctx)
        return output
        """,
        """
        def _end(self, ctx):
            self._clients.pop(ctx.state_id, None)
        """,
        "'self._clients' is used in another way while rows run",
    ),
    Case(
        "a context that rows replace",
        """
        self._ctx = ctx
        output = []
        for row in rows:
            self._rotate(ctx)
            sid = f"{self._ctx.state_id}_q"
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
        """
        def _rotate(self, ctx):
            self._ctx = ctx
        """,
        "'self._ctx' is bound again while rows run",
    ),
    Case(
        "perhaps no id",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id or 'none'}_row{i}"
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
        reason="the id is made from 'ctx.state_id or 'none'', which may be no state id",
    ),
)


OF_ROWS = BATCH.replace("_row{i}", "_{row['id']}")
OF_ROWS = OF_ROWS.replace("i, row in enumerate(rows)", "row in rows")
AGAIN = """
self._ctx = ctx
output = self._batch(rows[:2], CONTEXT)
BETWEEN
return output + self._batch(rows[2:], CONTEXT)
"""
RUNNER = """
class Runner:
    def run(self, plugin: Transform, rows, ctx):
        output = plugin.process_batch(rows[:2], ctx)
        return output + plugin.process_batch(rows[2:], ctx)
"""
HERE = """
output = []
for row in rows:
    sid = f"{ctx.state_id}_{row['id']}"
    output.append(self._answer(row, sid))
    self._clients.pop(sid, None)
return output
"""
NEW = "PluginContext(ctx.landscape, ctx.state_id, ctx.run_id)"
OPENED = NEW.replace("ctx.state_id", "ctx.landscape.begin_node_state(ctx.run_id)")
TWICE = {
    "a kept context": ("self._ctx", "logger.info('half')"),
    "a context of the same state": (NEW, "logger.info('half')"),
    "a context that is asked": ("self._ctx", "if self._ctx is None:\n    return output"),
}
TWO_STATES = {
    "a kept context, changed": ("self._ctx", "self._ctx = None"),
    "a kept context, handed on": ("self._ctx", "self._open(self._ctx)"),
    "a context with a state of its own": (OPENED, ""),
}


def again(context: str, between: str) -> str:
    method = AGAIN.replace("CONTEXT", context).replace("BETWEEN", between)
    return module(method, OF_ROWS + "\ndef _open(self, ctx):\n    ctx.state_id = ctx.next_state\n")


@pytest.mark.parametrize("name", TWICE)
def test_called_again(name: str) -> None:
    code = again(*TWICE[name])
    reason = "'_batch' is called more than once under one state id"
    assert refused(code).reason == reason
    # A client that nobody releases counts on.
    kept = code.replace("self._clients.pop(sid, None)", "pass")
    assert kept != code
    assert fixed(kept)


def test_called_again_breaks(databases: tuple[Engine, ...]) -> None:
    """What the fix would do there: the second batch counts from 0 again."""
    code = again("self._ctx", "")
    new = code.replace("f\"{ctx.state_id}_{row['id']}\"", "ctx.state_id")
    assert not run(code, shared(keys=False), ROWS["five"]).error
    for engine in databases:
        assert run(new, engine, ROWS["five"]).error.startswith("IntegrityError")


@pytest.mark.parametrize("name", TWO_STATES)
def test_called_again_under_another_state(name: str) -> None:
    assert fixed(again(*TWO_STATES[name]))


NUMBERED = """
def _batch(self, rows, ctx):
    for index, row in enumerate(rows):
        sid = f"{ctx.state_id}_{uuid4()}"
        index = NUMBER
        ctx.landscape.record_call(state_id=sid, call_index=index, request=row["prompt"])
"""


@pytest.mark.parametrize("again", [True, False])
def test_calls_that_the_batch_numbers(again: bool, databases: tuple[Engine, ...]) -> None:
    """An index that is the row's begins again with each batch; the recorder's does not."""
    one = "self._batch(rows, ctx)"
    each = "for row in rows:\n    self._batch([row], ctx)"
    own = NUMBERED.replace("        index = NUMBER\n", "")
    code = module(one if not again else each, own)
    if again:
        assert refused(code).reason.startswith("'_batch' is called in a loop or handed on")
        allocated = NUMBERED.replace("NUMBER", "ctx.landscape.allocate_call_index(sid)")
        allocated = allocated.replace("index, row in enumerate(rows)", "row in rows")
        code = module(each, allocated)
    check(code, fixed(code), databases, ("none", "one", "five"))


def test_called_again_by_another_class() -> None:
    assert refused(module(HERE, RUNNER)).reason.startswith(
        "'process_batch' is called more than once under one state id, in row "
    )
    assert fixed(module(HERE, RUNNER.replace("rows[:2], ctx", "rows[:2], self.other")))


RENAMED = {
    "_again = _batch": True,
    "_again: Any = _batch": True,
    "_again = None": False,
    "_again = _answer": False,
    "_batch_size = 3": False,
}


@pytest.mark.parametrize("line", RENAMED)
def test_a_second_name_in_the_class(line: str, databases: tuple[Engine, ...]) -> None:
    """By that it may be called in a loop, where nobody looks for it."""
    code = module("return self._batch(rows, ctx)", BATCH).replace(
        "    def process_batch", f"    {line}\n\n    def process_batch"
    )
    if RENAMED[line]:
        assert refused(code).reason.startswith("'_batch' has another name, by which it may be")
        return
    code = code.replace(" = _answer", " = _client")
    check(code, fixed(code), databases, ("one", "five", "raising"))


# Decorators of the batch path, and whether it may run again under the context's state id.
DECORATORS = {
    "calls it": ("def again(call):\n    return lambda *given: call(*given)", "again", False),
    "calls it in one of two ways": (
        "def again(call):\n    if call.__doc__:\n        return lambda *given: call(*given)\n"
        "    return lambda *given: call(*given)",
        "again",
        False,
    ),
    "is told how": (
        "def named(name):\n    def again(call):\n        return lambda *given: call(*given)\n"
        "    return again",
        "named('x')",
        False,
    ),
    "of another module": ("from acme import traced", "traced", False),
    "tries again": (
        "def again(call):\n    def inner(*given):\n        try:\n"
        "            return call(*given)\n        except ProviderError:\n"
        "            return call(*given)\n    return inner",
        "again",
        True,
    ),
    "tries several times": (
        "def times(number):\n    def again(call):\n        def inner(*given):\n"
        "            for _ in range(number):\n                last = call(*given)\n"
        "            return last\n        return inner\n    return again",
        "times(2)",
        True,
    ),
    "answers row by row": (
        "def again(call):\n    def inner(self, rows, ctx):\n"
        "        return [out for row in rows for out in call(self, [row], ctx)]\n"
        "    return inner",
        "again",
        True,
    ),
    "of another module, tries again": ("from tenacity import retry", "retry(stop=2)", True),
}


@pytest.mark.parametrize("name", DECORATORS)
def test_decorated(name: str, databases: tuple[Engine, ...]) -> None:
    """Ids that differ between attempts let each count from 0; one id does not."""
    text, decorator, again = DECORATORS[name]
    code = module(
        """
        output = []
        for row in rows:
            sid = f"{ctx.state_id}_{uuid4()}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """
    )
    code = code.replace("class Transform", f"{text}\n\n\nclass Transform", 1)
    code = code.replace("    def process_batch", f"    @{decorator}\n    def process_batch")
    if again:
        decorated_by = decorator.partition("(")[0]
        assert refused(code).reason.startswith(f"'{decorated_by}' may run 'process_batch'")
        # A client that nobody releases counts on.
        fixed(code.replace("self._clients.pop(sid, None)", "self.done += 1"))
        return
    new = fixed(code)
    if "acme" not in text:
        check(code, new, databases, ("none", "five", "raising"))


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    code = module(case.method, case.beside)
    rows = ("none", "five", "raising") if "one of" in case.name else ("one", "five", "raising")
    new = fixed(code)
    if "to_thread" not in code:
        check(code, new, databases, rows)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, whole=False)
