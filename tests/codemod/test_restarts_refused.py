"""SID101 that is refused: the release stays in the loop, with the reason."""

from __future__ import annotations

import pytest

from flake8_stateid.codemod.outcome import Refused
from tests.codemod.callers.test_restarts import EACH, IN_EACH, OWN
from tests.codemod.cases import Case, check_refused
from tests.codemod.fixing import fix, refused
from tests.codemod.sources import module

REFUSED = (
    Case(
        "a context for each row",
        "for ctx in [ctx]:\n"
        + "\n".join(f"    {line}" for line in EACH.strip().splitlines())
        + "\nreturn []",
        reason="'ctx' is bound again where rows share its state id",
    ),
    Case(
        "under a condition",
        IN_EACH.replace("        self._cl", "        if row.get('skip'):\n            self._cl"),
        reason="the client is released only under a condition",
    ),
    Case(
        "on an error only",
        IN_EACH.replace("finally:", "except ProviderError:"),
        reason="the client is released only under a condition",
    ),
    Case(
        "the whole cache",
        IN_EACH.replace("pop(ctx.state_id, None)", "clear()"),
        reason="the loop empties the whole cache",
    ),
    Case(
        "another cache in its place",
        IN_EACH.replace("self._clients.pop(ctx.state_id, None)", "self._clients = {}"),
        reason="the loop empties the whole cache",
    ),
    Case(
        "a client of the row",
        IN_EACH.replace("self._answer(", "self._own("),
        """
        def _own(self, row, state_id):
            if state_id not in self._clients:
                self._clients[state_id] = AuditedClient(self._recorder, state_id, row["id"])
            return self._clients[state_id].ask(row["prompt"])
        """,
        reason="the client is made with 'row', which differs from row to row",
    ),
    Case(
        "a row closes its client",
        IN_EACH.replace(
            "    finally:", "        self._client(ctx.state_id).close()\n    finally:"
        ),
        reason="the client is closed for each row, and the next row would get the same one",
    ),
    Case(
        "released with something else that is kept",
        IN_EACH.replace(
            "        self._clients.pop(ctx.state_id, None)",
            "        with self._lock:\n            self._clients.pop(ctx.state_id, None)\n"
            "            self._notes.pop(ctx.state_id, None)",
        ),
        "_notes: dict = {}\n",
        reason="the client is released inside a 'with' that holds more than the release",
    ),
    Case(
        "a fresh client behind the loop",
        EACH + "output.append(AuditedClient(self._recorder, ctx.state_id).ask('last'))\n"
        "return output",
        reason="a client is constructed for each row, so call_index would restart",
    ),
    Case(
        "a fresh client of whom the context is handed to",
        EACH + "return [*output, self._last(ctx)]",
        """
        def _last(self, ctx):
            return AuditedClient(self._recorder, ctx.state_id).ask("last")
        """,
        reason="a client is constructed for each row, so call_index would restart",
    ),
    Case(
        "another client, whose calls the recorder counts",
        IN_EACH.replace(
            "    finally:", "        self._other(ctx.state_id).ask('x')\n    finally:"
        ),
        """
        _others: dict = {}

        def _other(self, state_id):
            if state_id not in self._others:
                self._others[state_id] = AllocatingClient(self._recorder, state_id)
            return self._others[state_id]
        """,
        reason="a client counts its calls under the one id, and the recorder others",
    ),
    Case(
        "the context handed to what is not seen",
        IN_EACH.replace("        output", "        audit(ctx)\n        output"),
        reason="'ctx' is used beside the loop, so two clients could count under one id",
    ),
    Case(
        "the id handed to what is not seen",
        IN_EACH.replace("        output", "        audit(ctx.state_id)\n        output"),
        reason="the id is handed to 'audit', which cannot be seen",
    ),
    Case(
        "in a helper of two batches",
        "self._more(rows, ctx.state_id)\nreturn [self._own(row, ctx.state_id) for row in rows]",
        OWN
        + """
def _more(self, rows, state_id):
    for row in rows:
        self._own(row, state_id)
""",
        reason="the client is released in a function that several loops call",
    ),
    Case(
        "threads that nobody waits for",
        IN_EACH.replace("self._answer(row,", "pool.submit(self._answer, row,").replace(
            "output = []", "output = []\npool = ThreadPoolExecutor(2)"
        ),
        reason="the id is handed to a thread that may run after the release",
    ),
    Case(
        "bound in a branch",
        "if rows:\n    sid = ctx.state_id" + IN_EACH.replace("ctx.state_id", "sid"),
        reason="binding 'sid' is all that its block does",
    ),
    Case(
        "strict, where a row may have made no client",
        IN_EACH.replace(
            "        output", "        if row.get('skip'):\n            continue\n        output"
        ).replace("ctx.state_id, None", "ctx.state_id"),
        reason="a row may reach this release without a client, where it raises KeyError",
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_release_stays(case: Case) -> None:
    check_refused(case)


GUARD = """\
        if ctx.landscape is None or ctx.state_id is None:
            raise RuntimeError("a recorder and a state id are required")
"""


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("    assert ctx.state_id\n", "'ctx.state_id' may be None, and is checked only inside"),
        ("", "'ctx.state_id' may be None here"),
    ],
    ids=["in the loop", "nowhere"],
)
def test_context_without_a_state_id(check: str, reason: str) -> None:
    code = module(IN_EACH.replace("    try:", check + "    try:"))
    assert GUARD in code
    assert refused(code.replace(GUARD, "")).reason.startswith(reason)


def test_several_batches_of_one_state() -> None:
    """One call of the batch path is right after the fix, and the loop around it is not."""
    code = module(IN_EACH).replace("def process_batch", "def _batch")
    code += """
    def process_batch(self, rows, ctx: PluginContext):
        return [self._batch(rows[:2], ctx) for _ in range(2)]
"""
    assert refused(code).reason.startswith("'_batch' is called in a loop or handed on")


def test_release_kept_by_a_comment() -> None:
    """What the author keeps in its place keeps the others of the function there, too."""
    kept = EACH.replace("None)", "None)  # noqa: SID101").replace("output = []\n", "")
    assert "noqa" in refused(module(EACH + kept + "return output")).reason


def test_no_finding_no_change() -> None:
    """A release behind the loop, and one on the way out of it, are right."""
    behind = EACH.replace("    finally:\n    ", "    except ProviderError:\n        raise\n")
    for method in (
        behind.replace("    self._clients.pop", "self._clients.pop") + "return output",
        IN_EACH.replace("    finally:", "    except ProviderError:").replace(
            "None)", "None)\n        raise"
        ),
    ):
        assert not fix(module(method)).outcomes


def test_fresh_clients_that_also_others_make() -> None:
    """A client for each row, beside those that the loop releases."""
    outcome = refused(module(EACH.replace("self._answer(row,", "AuditedClient(None,") + "pass"))
    assert isinstance(outcome, Refused)
    assert outcome.finding.code == "SID102"
    assert outcome.reason == "a client is constructed for each row, so call_index would restart"
    assert "before the loop" in outcome.remedy
