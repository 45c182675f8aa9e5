"""SID101 in batch paths written to be hard: each is fixed and run, or refused with the reason."""

# flake8: noqa: E501
# ruff: noqa: E501 - the reasons stand as they are printed

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Refused
from flake8_stateid.configuration import Configuration
from tests.codemod.callers.test_restarts import IN_EACH
from tests.codemod.cases import Case, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.project import Project
from tests.codemod.restarting import check_restart
from tests.codemod.sources import module

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

END = """
output = []
for row in rows:
    output.append(self._answer(row, ctx.state_id))
    self._clients.pop(ctx.state_id, None)
"""
AGAIN = 'output.append(self._answer({"prompt": "again"}, STATE))\nreturn output'
ASKING = """
def _own(self, row, ctx):
    return self._answer(row, ctx.state_id)
"""
OWNING = """
def _own(self, row, ctx):
    try:
        return self._answer(row, ctx.state_id)
    finally:
        self._clients.pop(ctx.state_id, None)
"""
# What follows the class, in a module of functions.
FUNCTIONS = """
class Other:
    pass


CLIENTS: dict = {}


def run(rows, ctx):
    output = []
    for row in rows:
        try:
            output.append(asked(row, ctx))
        finally:
            CLIENTS.pop(ctx.state_id, None)
    return output


def asked(row, ctx):
    if ctx.state_id not in CLIENTS:
        CLIENTS[ctx.state_id] = AuditedClient(ctx.landscape, ctx.state_id)
    return CLIENTS[ctx.state_id].ask(row["prompt"])
"""
COLLECTED = """
results = await asyncio.gather(
    *(self._own(row, GIVEN) for row in rows), return_exceptions=True
)
for result in results:
    if isinstance(result, Exception):
        raise result
return results
"""
FIXED = (
    Case(
        "looked at",
        IN_EACH.replace(
            "    try:",
            "    assert isinstance(ctx.state_id, str) and len(ctx.state_id) > 1\n    try:",
        ),
    ),
    Case(
        "in the handler, and in the else",
        """
        output = []
        for row in rows:
            try:
                answer = self._answer(row, ctx.state_id)
            except ProviderError:
                self._clients.pop(ctx.state_id, None)
                raise
            else:
                self._clients.pop(ctx.state_id, None)
                output.append(answer)
        return output
        """,
    ),
    Case(
        "asked again in the handler",
        IN_EACH.replace(
            "    finally",
            "    except ProviderError:\n"
            '        output.append(self._answer({"prompt": "again"}, ctx.state_id))\n    finally',
        ),
    ),
    Case(
        "asked again where the batch has failed",
        "output = []\ntry:"
        + END.replace("output = []\n", "").replace("\n", "\n    ").rstrip()
        + "\nexcept ProviderError:\n    "
        + AGAIN.replace("STATE", "ctx.state_id"),
    ),
    Case(
        "asked again by a helper, whatever comes",
        "output = []\ntry:"
        + END.replace("output = []\n", "").replace("\n", "\n    ").rstrip()
        + "\nfinally:\n    output.append(self._own({'prompt': 'again'}, ctx))\nreturn output",
        ASKING,
    ),
    Case(
        "asked again by a helper of the rows",
        END.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx)")
        + "output.append(self._own({'prompt': 'again'}, ctx))\nreturn output",
        ASKING,
    ),
    Case(
        "asked in the else of the loop",
        END + '\nelse:\n    output.append(self._answer({"prompt": "all"}, ctx.state_id))\n'
        "return output",
    ),
    Case(
        "bound before, and the context handed on",
        "sid = ctx.state_id"
        + END.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx)").replace(
            "pop(ctx.state_id", "pop(sid"
        )
        + "return output",
        ASKING,
    ),
    Case(
        "released first of all",
        END.replace(
            "    output", "    self._clients.pop(ctx.state_id, None)\n    output", 1
        ).replace("ctx.state_id))\n    self._clients.pop(ctx.state_id, None)", "ctx.state_id))")
        + "return output",
    ),
    Case(
        "between uses of the outer loop",
        """
        output = []
        for row in rows:
            output.append(self._ask(row, "before", ctx.state_id))
            for question in "ab":
                output.append(self._ask(row, question, ctx.state_id))
                self._clients.pop(ctx.state_id, None)
            output.append(self._ask(row, "after", ctx.state_id))
        return output
        """,
    ),
    Case(
        "each attempt of each row",
        """
        output = []
        for row in rows:
            for attempt in range(3):
                try:
                    output.append(self._answer(row, ctx.state_id))
                    break
                except ProviderError:
                    if attempt == 2:
                        raise
                finally:
                    self._clients.pop(ctx.state_id, None)
        return output
        """,
    ),
    Case(
        "a dictionary of the rows",
        'return {row["id"]: self._own(row, ctx) for row in rows}',
        OWNING,
    ),
    Case("functions of the module", "return run(rows, ctx)", FUNCTIONS),
    Case(
        "tasks, all waited for",
        COLLECTED.replace("GIVEN", "ctx"),
        OWNING.replace("def", "async def").replace(
            "    try:", "    try:\n        await asyncio.sleep(0)"
        ),
        ordered=False,
    ),
    Case(
        "rows of an executor",
        """
        with ThreadPoolExecutor(2) as pool:
            output = [pool.submit(self._own, row, ctx) for row in rows]
        return [each.result() for each in output]
        """,
        OWNING,
        ordered=False,
    ),
    Case(
        "under a lock of the event loop",
        """
        output = []
        for row in rows:
            try:
                output.append(await self._later(row, ctx.state_id))
            finally:
                async with self._alock:
                    self._clients.pop(ctx.state_id, None)
        return output
        """,
        """
        _alock = asyncio.Lock()

        async def _later(self, row, state_id):
            return self._answer(row, state_id)
        """,
    ),
    Case(
        "closed, where there must be a client",
        IN_EACH.replace(
            "        self._clients.pop(ctx.state_id, None)",
            "        client = self._clients.pop(ctx.state_id)\n        client.close()",
        ),
    ),
    Case(
        "left out by a continue, and by a break",
        END.replace(
            "    self._clients",
            '    if row.get("skip"):\n        continue\n    if row.get("stop"):\n        break\n'
            "    self._clients",
        )
        + "return output",
    ),
)
BEHIND = "the id is kept by the rows, and may be used again behind the release"
CALLED = "'process_batch' uses the context's state id beside '_all'"
EVERY = "the client is released in a function that is called for each row"
ALL = "\ndef _all(self, rows, ctx):\n" + "\n".join(
    f"    {line}" for line in f"{END}return output".strip().splitlines()
)
REFUSED = (
    Case(
        "kept by the plugin",
        END.replace("    output.append", "    self._last = ctx.state_id\n    output.append")
        + AGAIN.replace("STATE", "self._last"),
        reason="the id is stored",
    ),
    Case(
        "kept by a helper",
        END.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx)") + "return output",
        ASKING.replace("    return", "    self._last = ctx.state_id\n    return"),
        reason="the id is stored",
    ),
    Case(
        "listed, and used again",
        END.replace(
            "    output.append", "    ids.append(ctx.state_id)\n    output.append"
        ).replace("output = []", "output, ids = [], []")
        + "for sid in ids[:1]:\n    self._answer({'prompt': 'again'}, sid)\nreturn output",
        reason=BEHIND,
    ),
    Case(
        "part of the output, and used again",
        END.replace("append(self", "append({'id': ctx.state_id}); output.append(self")
        + "for each in output[:1]:\n    self._answer({'prompt': 'again'}, each['id'])\nreturn 1",
        reason=BEHIND,
    ),
    Case(
        "cut, and used again",
        "sid = ''"
        + END.replace("    output.append", "    sid = ctx.state_id[:]\n    output.append")
        + AGAIN.replace("STATE", "sid"),
        reason=BEHIND,
    ),
    Case(
        "used by the caller",
        "output = self._all(rows, ctx)\n" + AGAIN.replace("STATE", "ctx.state_id"),
        ALL,
        reason=CALLED,
    ),
    Case(
        "two batches of one context",
        "return self._all(rows, ctx) + self._all(rows, ctx)",
        ALL,
        reason=CALLED,
    ),
    Case(
        "a helper that others call, too",
        "return [self._own(row, ctx) for row in rows]",
        OWNING + "\ndef process_one(self, row, ctx):\n    return self._own(row, ctx)\n",
        reason=EVERY,
    ),
    Case(
        "a helper that is handed the context",
        END.replace("self._clients.pop(ctx.state_id, None)", "self._end(ctx)") + "return output",
        "def _end(self, ctx):\n    self._clients.pop(ctx.state_id, None)\n",
        reason="'_end' is handed the context, and releases the client of its state id",
    ),
    Case(
        "tasks, of which one may raise",
        "return await asyncio.gather(*(self._own(row, ctx) for row in rows))",
        OWNING.replace("def", "async def"),
        reason="where a row raises, the others may go on running after the release",
    ),
    Case(
        "a client that rows collect",
        END.replace("self._answer(row, ctx.state_id)", "self._client(ctx.state_id)")
        + "return len(output)",
        reason="the client is used in 'output.append(self._client(ctx.state_id))', where rows could see that they share it",
    ),
    Case(
        "a client that the plugin keeps",
        END.replace(
            "    output.append(self._answer(row, ctx.state_id))",
            "    self._now = self._client(ctx.state_id)\n    output.append(self._now.ask(row['prompt']))",
        )
        + "return output",
        reason="the client is used in 'self._now = self._client(ctx.state_id)', where rows could see that they share it",
    ),
    Case(
        "a row that looks whether there is a client",
        END.replace(
            "    output.append",
            "    if ctx.state_id in self._clients:\n        output.append(1)\n    output.append",
        )
        + "return output",
        reason="rows test whether the cache holds a client, which it does from the first row on",
    ),
    Case(
        "the cache emptied between two loops",
        END + "self._clients.clear()\n" + END.replace("output = []\n", "") + "return output",
        reason="'self._clients' is used in another way while rows run",
    ),
    Case(
        "two states under one name",
        "state_id = ctx.state_id"
        + END.replace("ctx.state_id", "state_id")
        + "state_id = self._recorder.begin_node_state('run')"
        + END.replace("ctx.state_id", "state_id")
        + "return output",
        reason="'state_id' holds the id and is bound again here",
    ),
    Case(
        "a fresh client of a subclass",
        END.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx)") + "return output",
        ASKING,
        reason="a client is constructed for each row, so call_index would restart",
    ),
)
SUBCLASS = """

class Special(Transform):
    def _own(self, row, ctx):
        return AuditedClient(ctx.landscape, ctx.state_id).ask(row["prompt"])
"""


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    rows = ("none", "five", "raising", "stopping", "skipping")
    check_restart(case.code, fixed(case.code), databases, rows, ordered=case.ordered)


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case, case.code + SUBCLASS * case.name.endswith("subclass"))


@pytest.mark.parametrize("call", ["_done(row, ctx.state_id)", "_done(ctx.state_id, of=rows)"])
def test_handed_to_a_base_of_another_module_with_more(call: str, tmp_path: Path) -> None:
    """What else the call hands on is no id, though it is a parameter."""
    base = """
    class Base:
        def _done(self, *given, of=None):
            for each in given:
                self._clients.pop(each, None)
    """
    code = module(IN_EACH.replace("self._clients.pop(ctx.state_id, None)", f"self.{call}"))
    code = code.replace("Transform:", "Transform(Base):", 1).replace(
        "\nlogger", "\nfrom acme.plugins.base import Base\n\nlogger", 1
    )
    project = Project(tmp_path, code, {"acme/plugins/base.py": base})
    result = Fixer(Configuration()).fix_file(str(project.batch))
    for outcome in result.outcomes:
        assert isinstance(outcome, Refused)
        assert "several loops" not in outcome.reason


CACHING = "from fixtures.landscape.caching import CachingTransform\n\nlogger"


def test_released_by_a_base_of_another_module(databases: tuple[Engine, ...]) -> None:
    """The finding stands at the call that leads there, which is what moves."""
    method = IN_EACH.replace(
        "self._clients.pop(ctx.state_id, None)", "self.release_client(ctx.state_id)"
    ).replace(
        "self._answer(row, ctx.state_id)", 'self.get_client(ctx.state_id).ask(row["prompt"])'
    )
    code = (
        module(method)
        .replace("logger", CACHING, 1)
        .replace("Transform:", "Transform(CachingTransform):", 1)
    )
    code = code.replace(
        "pool: int = 0) -> None:\n", "pool: int = 0) -> None:\n        super().__init__(pool)\n"
    )
    check_restart(code, fixed(code), databases, ("none", "five", "raising"))
