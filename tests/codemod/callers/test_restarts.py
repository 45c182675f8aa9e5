"""SID101: a release that stands in the loop moves around it, and the state id stays what it is.

Each batch is run beside its fix. Unfixed, it must fail where a ``call_index`` may not come twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case
from tests.codemod.fixing import fix, fixed
from tests.codemod.restarting import check_restart
from tests.codemod.running import check
from tests.codemod.sources import (
    BINDINGS,
    CONTEXTS,
    LOOPS,
    RELEASES,
    Choices,
    batch_source,
    module,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

LEADING = ("none", "five", "raising", "stopping")


def naive(choices: Choices) -> str:
    """The batch path that the fix that suggests itself leaves: the id in place, no more."""
    _, base = CONTEXTS[choices.context]
    code = batch_source(choices).replace(f'f"{{{base}}}_row{{i}}"', base)
    return code.replace('            row_state_id += f"_row{i}"\n', "")


@pytest.mark.parametrize(
    "choices",
    [
        *(Choices(binding=each) for each in BINDINGS),
        *(Choices(release=each) for each, (where, _) in RELEASES.items() if where != "after"),
        *(Choices(body=each) for each in ("continue", "break", "return", "logged", "inner loop")),
        *(Choices(handler=each) for each in ("except", "except and else", "raising again")),
        *(Choices(loop=each) for each in LOOPS),
        *(Choices(context=each) for each in CONTEXTS),
    ],
    ids=str,
)
def test_naive_fix_is_put_right(choices: Choices, databases: tuple[Engine, ...]) -> None:
    code = naive(choices)
    if choices.release == "never":
        assert not fix(code).outcomes
        return
    check_restart(code, fixed(code), databases, LEADING)


@pytest.mark.parametrize("binding", BINDINGS)
def test_it_comes_to_what_the_built_id_is_fixed_to(binding: str) -> None:
    """But for the loop's index, which the naive fix may leave behind, and which stays."""
    choices = Choices(binding=binding)
    right = fixed(batch_source(choices))
    assert fixed(naive(choices)) == right.replace(b"for row in", b"for i, row in").replace(
        b" in rows:", b" in enumerate(rows):"
    )


EACH = """
output = []
for row in rows:
    try:
        output.append(self._answer(row, ctx.state_id))
    finally:
        self._clients.pop(ctx.state_id, None)
"""
IN_EACH = EACH + "return output"
OWN = """
def _own(self, row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        self._clients.pop(state_id, None)
"""

FIXED = (
    Case(
        "looked up in place",
        """
        output = []
        for row in rows:
            try:
                if ctx.state_id not in self._clients:
                    self._clients[ctx.state_id] = AuditedClient(self._recorder, ctx.state_id)
                output.append(self._clients[ctx.state_id].ask(row["prompt"]))
            finally:
                self._clients.pop(ctx.state_id, None)
        return output
        """,
    ),
    Case(
        "looked up in place, and guarded by what is no cache",
        """
        output = []
        if ctx.state_id in self._done:
            return output
        for row in rows:
            if ctx.state_id in self._clients:
                client = self._clients[ctx.state_id]
            else:
                client = self._clients[ctx.state_id] = AuditedClient(self._recorder, ctx.state_id)
            try:
                output.append(client.ask(row["prompt"]))
            finally:
                self._clients.pop(ctx.state_id, None)
        return output
        """,
        "_done = ()",
    ),
    Case(
        "in an inner function",
        """
        def one(row):
            try:
                return self._answer(row, ctx.state_id)
            finally:
                self._clients.pop(ctx.state_id, None)
        return [one(row) for row in rows]
        """,
    ),
    Case(
        "bound before the loop",
        "state_id = ctx.state_id" + IN_EACH.replace("ctx.state_id", "state_id"),
    ),
    Case(
        "bound before the loop, released by the context",
        "sid = ctx.state_id" + IN_EACH.replace("row, ctx.state_id", "row, sid"),
    ),
    Case(
        "bound before the loop, released by the name",
        "sid = ctx.state_id" + IN_EACH.replace("pop(ctx.state_id", "pop(sid"),
    ),
    Case(
        "a plain parameter",
        "return self._all(rows, ctx.state_id)",
        """
        def _all(self, rows, state_id):
            output = []
            for row in rows:
                try:
                    output.append(self._answer(row, state_id))
                finally:
                    del self._clients[state_id]
            return output
        """,
    ),
    Case(
        "a parameter of another name",
        "return self._all(rows, ctx.state_id)",
        """
        def _all(self, rows, key):
            output = []
            for row in rows:
                output.append(self._answer(row, key))
                self._clients.pop(key)
            return output
        """,
    ),
    Case(
        "unpacked",
        IN_EACH.replace("ctx.state_id", "sid").replace(
            "    try:", "    sid, n = ctx.state_id, row.get('skip')\n    try:"
        ),
    ),
    Case(
        "declared, and unpacked in two loops",
        "sid: str"
        + (EACH + EACH.replace("output = []\n", ""))
        .replace("ctx.state_id", "sid")
        .replace("    try:", "    n, sid = row.get('skip'), ctx.state_id\n    try:")
        + "return output",
    ),
    Case(
        "in a helper of a helper",
        "return [self._row(row, given=ctx) for row in rows]",
        OWN + "\ndef _row(self, row, given):\n    return self._own(row, given.state_id)\n",
    ),
    Case(
        "two names",
        IN_EACH.replace("    try:", "    one = two = ctx.state_id\n    try:")
        .replace("row, ctx.state_id", "row, one")
        .replace("pop(ctx.state_id", "pop(two"),
    ),
    Case("by a walrus", IN_EACH.replace("row, ctx.state_id", "row, (sid := ctx.state_id)")),
    Case("two loops", EACH + EACH.replace("output = []\n", "") + "return output"),
    Case(
        "two loops of one name",
        (EACH + EACH.replace("output = []\n", "") + "return output")
        .replace("    try:", "    sid = ctx.state_id\n    try:")
        .replace("row, ctx.state_id", "row, sid")
        .replace("pop(ctx.state_id", "pop(sid"),
    ),
    Case(
        "shown, compared and kept as before",
        """
        output = []
        notes = {}
        for row in rows:
            try:
                if ctx.state_id == row["id"]:
                    raise RuntimeError(f"{ctx.state_id} is a row's")
                notes[ctx.state_id] = row["id"]
                text = f"{ctx.state_id}"
                self._answer(row, ctx.state_id)
                note = notes[ctx.state_id]
                output.append({"state": ctx.state_id[:3], "text": text[:3], "note": note})
            finally:
                self._clients.pop(ctx.state_id, None)
                notes.pop(ctx.state_id, None)
        return output
        """,
        rows=LEADING,
    ),
    Case(
        "collected",
        """
        output = []
        ids = []
        for row in rows:
            try:
                output.append(self._answer(row, ctx.state_id))
                ids.append(ctx.state_id)
            finally:
                self._clients.pop(ctx.state_id, None)
        return output + [len(set(ids))]
        """,
    ),
    Case(
        "a call before",
        IN_EACH.replace("[]", "[self._answer({'prompt': 'first'}, ctx.state_id)]"),
    ),
    Case(
        "a call behind, and its release",
        EACH
        + "output.append(self._answer({'prompt': 'last'}, ctx.state_id))\n"
        + "self._clients.pop(ctx.state_id, None)\nreturn output",
    ),
    Case(
        "while",
        """
        output = []
        waiting = list(rows)
        while waiting:
            row = waiting.pop(0)
            try:
                output.append(self._answer(row, ctx.state_id))
            finally:
                self._clients.pop(ctx.state_id, None)
        return output
        """,
    ),
    Case(
        "in the inner loop",
        """
        output = []
        for row in rows:
            for question in "ab":
                output.append(self._ask(row, question, ctx.state_id))
                self._clients.pop(ctx.state_id, None)
        return output
        """,
    ),
    Case(
        "in the outer loop",
        """
        output = []
        for row in rows:
            for question in "ab":
                output.append(self._ask(row, question, ctx.state_id))
            self._clients.pop(ctx.state_id, None)
        return output
        """,
    ),
    Case(
        "by a helper",
        IN_EACH.replace("self._clients.pop(ctx.state_id, None)", "self._release(ctx.state_id)"),
    ),
    Case("in a helper", "return [self._own(row, ctx.state_id) for row in rows]", OWN),
    Case(
        "in a helper, from two loops",
        """
        output = []
        for row in rows:
            output.append(self._own(row, ctx.state_id))
        for row in rows:
            output.append(self._own(row, ctx.state_id))
        return output
        """,
        OWN,
    ),
    Case(
        "in a helper that gets the context",
        "return [self._own(row, ctx) for row in rows]",
        OWN.replace("row, state_id):", "row, ctx):")
        .replace("state_id)", "ctx.state_id)")
        .replace("state_id, None", "ctx.state_id, None"),
    ),
    Case(
        "asked for by a helper that gets the context",
        IN_EACH.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx)"),
        """
        def _own(self, row, context):
            return self._answer(row, context.state_id)
        """,
    ),
    Case(
        "asked for farther away, by keyword",
        IN_EACH.replace("self._answer(row, ctx.state_id)", "self._own(row, ctx=ctx)"),
        """
        def _own(self, row, ctx):
            return self._farther(ctx, row)

        def _farther(self, ctx, row):
            logger.debug("asked under %s", ctx.state_id)
            return self._answer(row, ctx.state_id)
        """,
    ),
    Case(
        "part of other texts",
        IN_EACH.replace(
            "    try:",
            "    key = '%s %s' % (ctx.state_id, row)\n"
            "    output.append([key.endswith('}'), len(':'.join([ctx.state_id, 'x']))])\n    try:",
        ),
    ),
    Case("the context is kept", "self._ctx: Any = ctx" + IN_EACH.replace("ctx.", "self._ctx.")),
    Case(
        "async",
        IN_EACH.replace("self._answer(", "await self._later("),
        """
        async def _later(self, row, state_id):
            return await self._client(state_id).ask_async(row["prompt"])
        """,
    ),
    Case(
        "asked for by a lambda that is called at once",
        IN_EACH.replace("self._answer(row, ctx.state_id)", "self._try(lambda: SELF)").replace(
            "SELF", "self._answer(row, ctx.state_id)"
        ),
        "def _try(self, work):\n    return work()\n",
    ),
    Case(
        "an executor around the rows",
        """
        output = []
        with ThreadPoolExecutor(2) as pool:
            for row in rows:
                try:
                    output.append(pool.submit(self._answer, row, ctx.state_id).result())
                finally:
                    self._clients.pop(ctx.state_id, None)
        return output
        """,
    ),
    Case(
        "kept under the id and what all rows share",
        """
        output = []
        for row in rows:
            try:
                output.append(self._modelled(ctx.state_id).ask(row["prompt"]))
            finally:
                self._by_model.pop((ctx.state_id, self.model), None)
        return output
        """,
        """
        model = "m"
        _by_model: dict = {}

        def _modelled(self, state_id):
            key = (state_id, self.model)
            if key not in self._by_model:
                self._by_model[key] = AuditedClient(self._recorder, state_id)
            return self._by_model[key]
        """,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_release_moves_out(case: Case, databases: tuple[Engine, ...]) -> None:
    rows = tuple(each for each in LEADING if each in case.rows)
    check_restart(case.code, fixed(case.code), databases, rows, ordered=case.ordered)


def test_guards_and_log_lines_stay_as_they_are() -> None:
    """What is no use of a client is not rewritten, in the loop or before it."""
    line = '        logger.info("row of %s", ctx.state_id)\n'
    code = module(IN_EACH.replace("    try:\n", "    try:\n" + line))
    new = fixed(code).decode()
    assert new.count("ctx.state_id") == 1 + code.count("ctx.state_id is None") + 1
    assert line.strip() in new


def test_built_and_shared_ids_of_one_batch_are_fixed_together(
    databases: tuple[Engine, ...],
) -> None:
    """Half of it repaired by hand: one id, one client, one release."""
    built = EACH.replace("for row in rows", "for i, row in enumerate(rows)").replace(
        "ctx.state_id", 'f"{ctx.state_id}_row{i}"'
    )
    code = module(built + EACH.replace("output = []\n", "") + "return output")
    check(code, fixed(code), databases, ("none", "one", "raising"))
    assert {each.finding.code for each in fix(code).outcomes} == {"SID001", "SID101"}
