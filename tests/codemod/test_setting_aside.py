"""Clients that a ``with`` closes, or a function that rows call: closed around all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import CLOSED_CLIENT, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising", "skipping", "stopping")
OWN = (
    CLOSED_CLIENT
    + """
    def close(self):
        self.closed = True

    def __enter__(self):
        ENTER
        return self

    def __exit__(self, *told):
        LEAVE

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_told):
        self.close()
"""
)
MAKE = 'OwnClient(self._recorder, f"{ctx.state_id}_row{i}")'
WITH = """
output = []
for i, row in enumerate(rows):
    with MADE as client:
        USE
    BEHIND
return output
"""
EACH = "return [self._process(row, ctx, i) for i, row in enumerate(rows)]"
LOOP = """
output = []
for i, row in enumerate(rows):
    try:
        output.append(self._process(row, ctx, i))
    except ProviderError as error:
        output.append(str(error))
return output
"""
ROW_WITH = """
def _process(self, row, ctx, i):
    with MADE as client:
        return client.ask(row["prompt"])
"""
ROW_TRY = """
def _process(self, row, ctx, i):
    client = MADE
    try:
        return client.ask(row["prompt"])
    finally:
        client.close()
"""
ROW_MORE = ROW_TRY.replace("client.close()", "client.close()\n        self.done += 1")
ROW_HANDLED = ROW_TRY.replace(
    "    finally", "    except ProviderError:\n        return client.ask('again')\n    finally"
)
DEEP = ROW_WITH.replace("_process", "_deeper") + (
    "\ndef _process(self, row, ctx, i):\n    return self._deeper(row, ctx, i)\n"
)
ASK = 'output.append(client.ask(row["prompt"]))'


def code(
    method: str = WITH,
    beside: str = "",
    use: str = ASK,
    behind: str = "pass",
    made: str = MAKE,
    enter: str = "pass",
    leave: str = "self.close()",
) -> str:
    method = method.replace("USE", use.replace("\n", "\n        ")).replace("BEHIND", behind)
    own = OWN.replace("ENTER", enter).replace("LEAVE", leave.replace("\n", "\n        "))
    text = module(method.replace("MADE", made).strip("\n"), beside.replace("MADE", made))
    needed = "from contextlib import aclosing, closing\n"
    return (
        text.replace("import logging\n", f"{needed}import logging\n", 1) + f"\n\n{own.strip()}\n"
    )


WRAPPED = f"closing({MAKE})"
LONG = 'OwnClient(\n        self._recorder,\n        f"{ctx.state_id}_row{i}",\n    )'
FIXED = {
    "with": code(),
    "with closing": code(made=WRAPPED),
    "over several lines": code(made=LONG),
    "comments": code(use=f"# ask\n{ASK}  # now"),
    "skipping": code(use=f"if row.get('skip'):\n    continue\n{ASK}"),
    "leaving": code(use=f"if row.get('stop'):\n    return output\n{ASK}"),
    "async with": code(WITH.replace("with", "async with"), use=f"await asyncio.sleep(0)\n{ASK}"),
    "a row's with": code(EACH, ROW_WITH),
    "a row's with, closing": code(LOOP, ROW_WITH, made=WRAPPED),
    "a row's finally": code(EACH, ROW_TRY),
    "a row's finally, caught by the batch": code(LOOP, ROW_TRY),
    "a row's finally that does more": code(LOOP, ROW_MORE),
    "a row's finally, and a handler": code(LOOP, ROW_HANDLED),
    "further down": code(LOOP, DEEP),
}
ANEW = "a client is constructed for each row, so call_index would restart"
REFUSED = {
    "entered with more": code(enter="logger.info('in')"),
    "left with a look at the exception": code(
        leave="if told[0]:\n    self.count = 0\nself.close()"
    ),
    "keeps exceptions to itself": code(leave="self.close()\nreturn True"),
    "asked behind": code(behind="output.append(client.closed)"),
    "another with beside": code(made=f"self._lock, {MAKE}"),
    "text of several lines": code(use='output.append(client.ask(f"""{row}\n"""))'),
    "closed by what closes otherwise": code(made=f"self._closing({MAKE})"),
    "a row that others ask for": code(EACH, ROW_TRY.replace("_process", "process")).replace(
        "self._process", "self.process"
    ),
    "two callers": code(LOOP.replace("return", "self._process({}, ctx, 9)\nreturn"), ROW_TRY),
    "a comment that would go": code(made=MAKE).replace("as client:", "as client:  # the row's"),
}


@pytest.mark.parametrize("name", FIXED)
def test_closed_around_all_rows(name: str, databases: tuple[Engine, ...]) -> None:
    new = fixed(FIXED[name])
    for each in BATCHES:
        check(FIXED[name], new, databases, (each,))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    assert refused(REFUSED[name]).reason == ANEW


def test_the_with_stays_one() -> None:
    new = fixed(code(EACH, ROW_WITH)).decode()
    assert (
        "        with OwnClient(self._recorder, ctx.state_id) as client:\n            return ["
        in new
    )
    assert "finally" not in new


def test_generator_that_yields_behind() -> None:
    text = code(behind="yield output.pop()").replace("        return output\n", "")
    assert refused(text).reason == ANEW


def test_line_ends_stay() -> None:
    text = code(EACH, ROW_TRY)
    new = fixed(text.replace("\n", "\r\n").encode()).decode()
    assert new.replace("\r\n", "\n") == fixed(text).decode()
    assert new.count("\r\n") == new.count("\n")
