"""The context's state id under a name of its own, and who counts beside the client it goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    state_id = f"{sid}_row{i}"
    try:
        output.append(self._answer(row, state_id))
    finally:
        self._clients.pop(state_id, None)
return output
"""
OTHERS = """
_others: dict = {}

def _other(self, state_id):
    if state_id not in self._others:
        self._others[state_id] = AllocatingClient(self._recorder, state_id)
    return self._others[state_id]
"""
ASKED = LOOP.replace("{sid}", "{ctx.state_id}").replace(
    "    finally", "        self._other(state_id).ask('more')\n    finally"
)
REQUIRED = """
def _required(self, context: PluginContext) -> str:
    \"\"\"The state id, which there must be.\"\"\"
    if context.state_id is None:
        raise RuntimeError("a state id is required")
    return context.state_id
"""
TAKEN = """
@staticmethod
def _required(context: PluginContext) -> str:
    state_id = context.state_id
    if state_id is None:
        raise RuntimeError("a state id is required")
    return state_id
"""
FIXED = (
    Case("cast", 'sid = cast("str", ctx.state_id)' + LOOP),
    Case("given by a helper that checks it", "sid = self._required(ctx)" + LOOP, REQUIRED),
    Case("given by a helper that binds it", "sid = self._required(context=ctx)" + LOOP, TAKEN),
    Case(
        "given by a helper that says it may be none",
        "sid = self._required(ctx)" + LOOP,
        REQUIRED.replace("-> str", "-> str | None"),
    ),
    Case("bound before", "sid = ctx.state_id" + LOOP),
    Case("bound under a lock", "with self._lock:\n    sid = ctx.state_id" + LOOP),
    Case(
        "only the recorder counts",
        ASKED.replace("self._answer(row, state_id)", "row").replace("_clients", "_others"),
        OTHERS,
    ),
)
UNKNOWN = "the id is not made from a state id in scope"
REFUSED = (
    Case(
        "given by a helper that may give another",
        "sid = self._required(ctx)" + LOOP,
        REQUIRED.replace('raise RuntimeError("a state id is required")', 'return "none"'),
        reason=UNKNOWN,
    ),
    Case(
        "given by a helper that may give none",
        "sid = self._required(ctx)" + LOOP,
        REQUIRED.replace(
            'is None:\n        raise RuntimeError("a state id is required")\n    return',
            "is not None:\n        return",
        ),
        reason=UNKNOWN,
    ),
    Case(
        "given by a helper that takes another context",
        "sid = self._required(ctx)" + LOOP,
        REQUIRED.replace("    return", "    context = PluginContext()\n    return"),
        reason=UNKNOWN,
    ),
    Case(
        "given by a generator",
        "sid = self._required(ctx)" + LOOP,
        REQUIRED.replace("    return", "    yield\n    return"),
        reason=UNKNOWN,
    ),
    Case(
        "bound in a branch, and read behind a loop without rows",
        "if rows:\n    logger.debug('rows')\n    sid = ctx.state_id" + LOOP,
        reason="'sid' is bound where it may be left out, and would be read behind the loop",
    ),
    Case(
        "bound where it may raise",
        "try:\n    sid = ctx.state_id\n    len(rows)\nexcept TypeError:\n    pass" + LOOP,
        reason="'sid' is bound where it may be left out, and would be read behind the loop",
    ),
    Case(
        "bound where what it raises is swallowed",
        "with suppress(TypeError):\n    len(rows)\n    sid = ctx.state_id" + LOOP,
        reason="'sid' is bound where it may be left out, and would be read behind the loop",
    ),
    Case(
        "a client counts, and the recorder",
        ASKED,
        OTHERS,
        reason="a client counts its calls under the one id, and the recorder others",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, case.code.replace("import Any\n", "import Any, cast\n"))


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)
