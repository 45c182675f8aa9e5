"""Clients that each row makes and closes: one before the loop, closed behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import CLOSED_CLIENT, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising", "skipping", "stopping")
BUILT = 'f"{ctx.state_id}_row{i}"'
OWN = (
    CLOSED_CLIENT
    + """
    def close(self):
        CLOSE

    async def aclose(self):
        self.close()
"""
)
LOOP = """
output = []
for i, row in enumerate(rows):
    client = OwnClient(self._recorder, f"{ctx.state_id}_row{i}")
    try:
        USE
    finally:
        END
return output
"""
AT_END = """
output = []
for i, row in enumerate(rows):
    client = OwnClient(self._recorder, f"{ctx.state_id}_row{i}")
    USE
    END
return output
"""
ASK = 'output.append(client.ask(row["prompt"]))'
NOTED = "client.close()\nlogger.info('done')"
HANDLED = """
output = []
for i, row in enumerate(rows):
    client = OwnClient(self._recorder, f"{ctx.state_id}_row{i}")
    try:
        USE
    except ProviderError:
        output.append(client.ask("again"))
    finally:
        END
return output
"""


def _code(
    use: str = ASK,
    end: str = "client.close()",
    close: str = "self.closed = True",
    loop: str = LOOP,
) -> str:
    deep = "\n        " if loop is not AT_END else "\n    "
    method = loop.replace("USE", use.replace("\n", deep)).replace("END", end.replace("\n", deep))
    own = OWN.replace("CLOSE", close.replace("\n", "\n        "))
    return module(method.strip("\n"), own.strip("\n")).replace(
        "class Transform", "CLOSED = []\n\n\nclass Transform"
    )


FIXED = {
    "in a finally": _code(),
    "at the end": _code(loop=AT_END),
    "asked again in a handler": _code(loop=HANDLED),
    "with something else": _code(end=NOTED),
    "skipping": _code(f"if row.get('skip'):\n    continue\n{ASK}"),
    "stopping": _code(f"if row.get('stop'):\n    break\n{ASK}"),
    "leaving": _code(f"if row.get('stop'):\n    return output\n{ASK}"),
    "awaited": _code(end="await client.aclose()"),
    "under the context's own id": _code(end="client.close()  # the row's"),
}
ANEW = "a client is constructed for each row, so call_index would restart"
OTHERS = "rows do more with it than call its methods in turn"
REFUSED = {
    "twice": (_code(end="client.close()\nclient.close()"), OTHERS),
    "under a condition": (_code(end="if row:\n    client.close()"), OTHERS),
    "asked behind": (_code(end="client.close()\noutput.append(client.closed)"), OTHERS),
    "asked in another block behind": (
        _code().replace(
            "    return output", "        output.append(client.count)\n    return output"
        ),
        OTHERS,
    ),
    "kept": (_code(f"{ASK}\nself.last = client"), OTHERS),
    "what it gives back used": (_code(end="output.append(client.close())"), OTHERS),
    "coroutine that nobody awaits": (_code(end="client.aclose()"), OTHERS),
    "raises": (_code(close="raise RuntimeError('close')"), OTHERS),
    "tells the recorder": (_code(close="self.recorder.note_close()"), OTHERS),
    "tells it by another method": (
        _code(end="await client.aclose()", close="self.recorder.note_close()"),
        OTHERS,
    ),
}
ONCE = {
    "logs": _code(close="logger.info('closed')"),
    "changes what others know": _code(close="CLOSED.append(1)"),
}


@pytest.mark.parametrize("name", FIXED)
def test_closed_behind_the_loop(name: str, databases: tuple[Engine, ...]) -> None:
    code = FIXED[name]
    new = fixed(code)
    assert new.decode().count("client.close()") + new.decode().count("client.aclose()") == 1
    for each in BATCHES:
        check(code, new, databases, (each,))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    code, why = REFUSED[name]
    outcome = refused(code)
    assert outcome.reason == ANEW
    assert why in outcome.remedy


@pytest.mark.parametrize("name", ONCE)
def test_closing_does_more(name: str) -> None:
    assert "one is made for all rows" in refused(ONCE[name]).reason + refused(ONCE[name]).remedy


def test_generator_that_yields_behind() -> None:
    code = _code("answer = client.ask(row['prompt'])").replace(
        "        return output", "            yield answer"
    )
    assert "the batch path is a generator" in refused(code).reason
