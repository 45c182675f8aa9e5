"""Clients whose methods rows hand to threads: the id is not among what is handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import OWN_CLIENT, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five")
UNSAFE = "rows may run in several threads, and the client is not known to count safely"
LOOP = """
output = []
with ThreadPoolExecutor(2) as executor:
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        if sid not in self._clients:
            self._clients[sid] = OwnClient(self._recorder, sid)
        client = self._clients[sid]
        ask = client.ask
        text = row["prompt"]
        output.append(USE)
        self._clients.pop(sid, None)
return [each.result() if hasattr(each, "result") else each for each in output]
"""
LOCKED = OWN_CLIENT.replace("MADE", "self.lock = Lock()").replace(
    "        index = self.count\n        self.count += 1\n",
    "        with self.lock:\n            index = self.count\n            self.count += 1\n",
)
PLAIN = OWN_CLIENT.replace("MADE", "pass")
BESIDE = """
def _asks(self, client, text):
    return client.ask(text)
"""
IN_THREADS = {
    "its method": "executor.submit(client.ask, text)",
    "its method, by another name": "executor.submit(ask, text)",
    "by a lambda": "executor.submit(lambda own=client, t=text: own.ask(t))",
    "by partial": "executor.submit(partial(client.ask, text))",
    "itself": "executor.submit(self._asks, client, text)",
    "itself, by keyword": "executor.submit(self._asks, client=client, text=text)",
    "itself, by partial": "executor.submit(partial(self._asks, client), text)",
    "to map": "executor.map(client.ask, [text])",
}
THERE = {
    "waited for": "executor.submit(client.ask, text).result()",
    "waited for, itself": "executor.submit(self._asks, client, text).result()",
    "mapped there": "list(map(client.ask, [text]))",
    "what it holds": "len(str(client.recorder)) and client.ask(text)",
}


def _code(use: str, client: str) -> str:
    client = client.replace("USE", "pass")
    return module(LOOP.strip("\n").replace("USE", use), BESIDE) + client


@pytest.mark.parametrize("name", IN_THREADS)
def test_counting_without_a_lock(name: str) -> None:
    """Two rows may read the counter of the one client before either advances it."""
    code = _code(IN_THREADS[name], PLAIN)
    assert refused(code).reason == UNSAFE


@pytest.mark.parametrize("name", ["its method", "by a lambda", "by partial", "itself, by keyword"])
def test_counting_under_a_lock(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(IN_THREADS[name], LOCKED)
    check(code, fixed(code), databases, BATCHES, ordered=False)


@pytest.mark.parametrize("name", THERE)
def test_one_after_the_other(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(THERE[name], PLAIN)
    check(code, fixed(code), databases, BATCHES)


def test_in_processes() -> None:
    code = _code(IN_THREADS["its method"], LOCKED).replace("ThreadPool", "ProcessPool")
    assert (
        refused(code).reason == "rows may run in several processes, each with a client of its own"
    )


def test_a_number_that_is_lost() -> None:
    """Where one row raises, those in other threads go on, and see a gap."""
    losing = LOCKED.replace(
        "        USE\n", "        if not text:\n            raise ValueError(text)\n"
    )
    refusal = refused(_code(IN_THREADS["its method"], losing))
    assert refusal.reason.startswith("the client's 'ask' counts a call and records nothing")
    assert fixed(_code("client.ask(text)", losing))


def test_a_coroutine_that_is_tried_again(databases: tuple[Engine, ...]) -> None:
    """No thread runs it: what is handed to something that is awaited runs on the loop."""
    client = PLAIN.replace("    def ask", "    async def ask").replace("USE", "pass")
    loop = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    if sid not in self._clients:
        self._clients[sid] = OwnClient(self._recorder, sid)
    output.append(await _again(self._clients[sid].ask, row["prompt"]))
    self._clients.pop(sid, None)
return output
"""
    again = """

def _retrying():
    async def again(function, *given):
        return await function(*given)

    return again


_again = _retrying()
"""
    code = module(loop.strip("\n")) + client + again
    check(code, fixed(code), databases, BATCHES)
