"""Variables that a pattern or a handler binds beside an assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

METHOD = """
output = []
i = 0
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    BETWEEN
    output.append(self._answer(row, sid))
    self._clients.pop(sid, None)
output.append(i)
return output
"""
BOUND_TOO = {
    "by a pattern": ("match row:\n    case {'own': sid}:\n        pass", "sid"),
    "by the rest of one": ("match row:\n    case {'own': _, **sid}:\n        pass", "sid"),
    "by a handler": ("try:\n    row['x']\nexcept ValueError as sid:\n    raise", "sid"),
    "the index": ("match row:\n    case {'own': i}:\n        pass", "i"),
}
# Another variable, or one that nothing else needs.
HARMLESS = {
    "another name": "match row:\n    case {'prompt': text}:\n        output.append(text)",
    "in a function": (
        "def look(given):\n    match given:\n        case {'prompt': sid}:\n"
        "            return sid\noutput.append(look(row))"
    ),
}


def _code(between: str) -> str:
    return module(METHOD.replace("BETWEEN", between.replace("\n", "\n    ")))


@pytest.mark.parametrize("name", BOUND_TOO)
def test_bound_too(name: str) -> None:
    """What the pattern bound would be lost, or read where it is not bound."""
    between, variable = BOUND_TOO[name]
    reason = refused(_code(between)).reason
    assert reason == f"'{variable}' is bound by a pattern or a handler, too"


@pytest.mark.parametrize("name", HARMLESS)
def test_others(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(HARMLESS[name])
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))


CACHE = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    match row.get("kept", self._clients):
        case kept:
            if sid not in kept:
                kept[sid] = AuditedClient(self._recorder, sid)
            output.append(kept[sid].ask(row["prompt"]))
            kept.pop(sid, None)
return output
"""


def test_a_cache_that_a_pattern_binds() -> None:
    """It is bound for each row, and behind the loop only where there was one."""
    assert refused(module(CACHE)).reason == "the cache 'kept' is made anew for each row"
