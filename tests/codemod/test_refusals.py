"""Each reason a fix is refused for, beside the nearest batch path that is fixed."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.fixing import fix, fixed, refused
from tests.codemod.sources import Choices, batch_source, module

LOOP = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    USE
return output
"""
RELEASED = """
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, state_id))
    finally:
        RELEASE
return output
"""


class Case(NamedTuple):
    """A use of the id, what stands beside the batch path, and the reason; none if it is fixed."""

    name: str
    use: str
    reason: str = ""
    beside: str = ""


CLIENT_WITH = """
def _made(self, state_id, model):
    with self._lock:
        if state_id not in self._clients:
            self._clients[state_id] = AuditedClient(self._recorder, state_id, model)
        return self._clients[state_id]
"""
USES = (
    Case(
        "client made with something of the row",
        'output.append(self._made(state_id, row["id"]).ask("x"))',
        "the client is made with 'model', which differs from row to row",
        CLIENT_WITH,
    ),
    Case(
        "client made with what all rows share",
        'output.append(self._made(state_id, "model").ask("x"))',
        beside=CLIENT_WITH,
    ),
    Case(
        "client made with a local of the loop",
        'model = row["id"]\n    output.append(self._made(state_id, model).ask("x"))',
        "the client is made with 'model', which differs from row to row",
        CLIENT_WITH,
    ),
    Case(
        "written to a file",
        "print(state_id, file=row)\n    self._answer(row, state_id)",
        "the id is handed to 'print', which cannot be seen",
    ),
    Case(
        "warning",
        "warnings.warn(state_id)\n    self._answer(row, state_id)",
        "the id is part of a warning, which Python shows once for each text",
    ),
    Case(
        "warning's text",
        'warnings.warn(f"row {state_id}")\n    self._answer(row, state_id)',
        "the id is part of a warning, which Python shows once for each text",
    ),
    Case("starred", "self._answer(*[row], state_id)", "the id is passed after '*'"),
    Case(
        "collected arguments",
        "self._many(state_id, row)",
        "the id is passed through '*args' or '**kwargs'",
        "def _many(self, *args):\n    return self._answer(*args[::-1])",
    ),
    Case(
        "decorated",
        "self._retried(row, state_id)",
        "'_retried' is decorated with 'retry(3)'",
        "@retry(3)\ndef _retried(self, row, state_id):\n    return self._answer(row, state_id)",
    ),
    Case(
        "bound again",
        "self._again(row, state_id)",
        "'state_id' is bound again",
        "def _again(self, row, state_id):\n    state_id = state_id.strip()\n"
        "    return self._answer(row, state_id)",
    ),
    Case(
        "stored on the object",
        "self.state_id = state_id\n    self._answer(row, state_id)",
        "the id is stored",
    ),
    Case(
        "built upon",
        'key = f"{state_id}:x"\n    self._answer(row, state_id)',
        "another text is built from the id",
    ),
    Case(
        "returned by a helper",
        "self._keep(state_id)\n    self._answer(row, state_id)",
        "the id is returned",
        "def _keep(self, state_id):\n    return state_id",
    ),
    Case(
        "deleted",
        "self._answer(row, state_id)\n    del state_id",
        "'state_id' holds the id and is deleted here",
    ),
    Case(
        "collected, and walked under the same name",
        "seen.append(state_id)\n    self._answer(row, state_id)\n"
        "for state_id in seen:\n    self._clients.pop(state_id, None)",
        "the ids are collected for something else than a walk beside the rows",
    ),
    Case(
        "collected, and walked",
        "seen.append(state_id)\n    self._answer(row, state_id)\n"
        "for each in seen:\n    self._clients.pop(each, None)",
        "the ids are collected for something else than a walk beside the rows",
    ),
    Case("no client", "logger.info(state_id)", "no client was found that the id leads to"),
    Case(
        "unseen function",
        "self.engine.answer(row, state_id)",
        "the id is handed to 'self.engine.answer', which cannot be seen",
    ),
    Case(
        "unseen callable",
        "self._executor.submit(self.engine.answer, row, state_id)",
        "the id is handed to 'self.engine.answer', which cannot be seen",
    ),
    Case(
        "record",
        "Item(row, state_id)",
        "the id is stored in 'Item'",
        "class Item(NamedTuple):\n    row: dict\n    state_id: str",
    ),
    Case(
        "checked for None",
        "output.append(self._checked(row, state_id))",
        beside="def _checked(self, row, state_id):\n    if state_id is None or not state_id:\n"
        "        return None\n    if state_id:\n        return self._answer(row, state_id)",
    ),
    Case(
        "passed on by another name",
        "output.append(self._named(row, state_id))",
        beside="def _named(self, row, given):\n    key = given\n"
        "    return self._answer(row, state_id=key)",
    ),
    Case("names read", "locals()\n    self._answer(row, state_id)", "'locals' reads the function"),
    Case(
        "cache handed on",
        "self._local({}, row, state_id)",
        "the cache 'clients' is handed on as an argument",
        "def _local(self, clients, row, state_id):\n    if state_id not in clients:\n"
        "        clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        '    return clients[state_id].ask("x")',
    ),
    Case(
        "cache of the row",
        "self._local(row, state_id)",
        "the cache 'clients' is made anew for each row",
        "def _local(self, row, state_id):\n    clients = {}\n    if state_id not in clients:\n"
        "        clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        '    return clients[state_id].ask("x")',
    ),
    Case(
        "static method",
        "output.append(self._static(self, row, state_id))",
        beside="@staticmethod\ndef _static(me, row, state_id):\n"
        "    return Transform._answer(me, row, state_id)",
    ),
    Case(
        "client that counts without a lock, in threads",
        "with ThreadPoolExecutor(2) as executor:\n"
        "        executor.submit(self._unsafe, row, state_id)",
        "rows may run in several threads, and the client is not known to count safely",
        "def _unsafe(self, row, state_id):\n    if state_id not in self._clients:\n"
        "        self._clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        '    return self._clients[state_id].ask("x")',
    ),
    Case(
        "awaited in a thread",
        "output.append(await asyncio.to_thread(self._answer, row, state_id))",
    ),
    Case(
        "partial, never released",
        "output.append(partial(self._answer, row, state_id)())",
    ),
    Case(
        "context handed on",
        "self._answer(row, state_id)\n    self.engine.note(ctx)",
        "'ctx' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "context handed to what reads something else of it",
        "output.append(self._answer(row, state_id))\n    self._note(ctx)",
        beside="def _note(self, ctx):\n    logger.info(ctx.run_id)",
    ),
    Case(
        "context that holds a client",
        "self._answer(row, state_id)\n    ctx.llm_client.ask('x')",
        "'ctx.llm_client' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "context that records",
        "self._answer(row, state_id)\n    ctx.record_call('x')",
        "'ctx.record_call' is used beside the built ids, so two clients could count under one id",
    ),
)
BUILT = (
    ("two state ids", 'f"{ctx.state_id}_{self.state_id}"', "the id is made from 2 state ids"),
    ("no state id", 'f"{row}_{i}"', "the id is not made from a state id in scope"),
    (
        "no state id, but a slice",
        'f"{row[0][:8]}_{i}"',
        "the id is not made from a state id in scope",
    ),
    ("no state id, but a call", 'f"{self._id()}_{i}"', "the id evaluates 'self._id()'"),
    ("a call", 'f"{ctx.state_id}_{next(self.numbers)}"', "the id evaluates 'next(self.numbers)'"),
    ("a deep lookup", "ctx.state_id + row['a']['id']", "the id evaluates 'row['a']['id']'"),
    ("a formatted lookup", 'f"{ctx.state_id}_{row[0]:>5}"', "the id evaluates 'row[0]'"),
    ("a format", 'f"{ctx.state_id}_{row:>5}"', "the id formats 'row'"),
    ("a percent format", '"%s_%d" % (ctx.state_id, row)', "the id formats 'row'"),
)
RELEASES = (
    (
        "mixed with",
        "with self._lock:\n            self.done += 1\n"
        "            self._clients.pop(state_id, None)",
        "inside a 'with' that holds more",
    ),
    ("conditional", "if row:\n            self._clients.pop(state_id, None)", "under a condition"),
    (
        "default that acts",
        "self._clients.pop(state_id, self._answer(row, 'x'))",
        "cannot be moved from",
    ),
)


@pytest.mark.parametrize("case", USES, ids=lambda case: case.name)
def test_uses(case: Case) -> None:
    code = module(LOOP.replace("USE", case.use), case.beside)
    if case.reason:
        assert refused(code).reason.startswith(case.reason)
    else:
        assert fixed(code)


@pytest.mark.parametrize(("built", "reason"), [each[1:] for each in BUILT])
def test_builders(built: str, reason: str) -> None:
    code = module(
        LOOP.replace('f"{ctx.state_id}_row{i}"', built).replace(
            "USE", "self._answer(row, state_id)"
        )
    )
    assert refused(code).reason.startswith(reason)


@pytest.mark.parametrize(("release", "reason"), [each[1:] for each in RELEASES])
def test_releases(release: str, reason: str) -> None:
    assert reason in refused(module(RELEASED.replace("RELEASE", release))).reason


GUARD = """        if ctx.landscape is None or ctx.state_id is None:
            raise RuntimeError("a recorder and a state id are required")
"""


@pytest.mark.parametrize(
    "guard",
    [
        "        assert ctx.state_id is not None\n",
        "        if not ctx.state_id:\n            return []\n",
        "        if not (ctx.landscape and ctx.state_id):\n            return []\n",
        GUARD,
    ],
)
def test_guarded_context(guard: str) -> None:
    code = batch_source(Choices())
    assert fixed(code.replace(GUARD, guard))


def test_unguarded_context_of_an_unknown_class() -> None:
    """What cannot be seen cannot be seen by a type checker either."""
    code = batch_source(Choices()).replace(GUARD, "").replace("ctx: PluginContext", "ctx: Unseen")
    assert fixed(code)


def test_long_line() -> None:
    """A line the fix would make the longest of the file, beyond what style allows."""
    code = batch_source(Choices(release="pop at the end"))
    line = f'logger.info("{"x" * 70}")'
    code = code.replace(
        "            output.append(", f"            {line}\n            output.append("
    )
    assert "longer than 99 characters" in refused(code).reason


def test_long_line_that_a_short_name_spares() -> None:
    """Where the usual name makes a line too long, the id keeps the name it has."""
    code = batch_source(Choices(release="pop at the end")).replace("row_state_id", "sid")
    ask = "output.append(self._answer(row, sid))"
    assert ask in code
    long = ask.replace("sid)", f"sid) | {{'x': '{'x' * 34}'}}")
    after = fixed(code.replace(ask, long)).decode()
    assert f"{' ' * 16}{long}\n" in after
    assert "sid = ctx.state_id\n" in after
    assert "state_id = ctx.state_id\n" in fixed(code).decode()


def test_one_bad_group_does_not_keep_the_others() -> None:
    """Of two batch paths in one file, the one that cannot be proven is refused."""
    good = batch_source(Choices())
    bad = batch_source(Choices(release="pop at the end")).replace("class Transform", "class Other")
    line = f'logger.info("{"x" * 70}")'
    bad = bad.replace(
        "            output.append(", f"            {line}\n            output.append("
    )
    result = fix(good + "\n\n" + bad[bad.index("class Other") :])
    assert [type(outcome) for outcome in result.outcomes] == [Fixed, Refused]
    assert b"state_id = ctx.state_id" in result.after
    assert b'row_state_id = f"{ctx.state_id}' in result.after


def test_a_message_made_of_itself_is_not_only_logged() -> None:
    use = "message = str(state_id) + (message if i else '')\n    logger.info(message)"
    outcome = refused(module(LOOP.replace("USE", use)))
    assert outcome.reason == "another text is built from the id"
