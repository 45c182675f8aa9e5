"""SID102: what is a loop, and whether it has another round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.call_index import reach
from flake8_stateid.analysis.call_index.conditions import is_for_one_round
from flake8_stateid.analysis.call_index.keeping import Kept, how_kept
from tests.analysis.call_index.running import CACHE, CLIENT, check, marked

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from flake8_stateid.analysis.call_index.rounds import Parents

MADE_ANEW = {
    "while, with the context's id": """
class T:
    def run(self, queue, ctx):
        while queue:
            Client(self.rec, ctx.state_id).ask(queue.pop())  # 102
""",
    "inner comprehension": """
def run(rec, rows, ctx):
    return [a for row in rows for a in Client(rec, ctx.state_id).ask(row)]  # 102
""",
    "under a condition of the row": """
def run(rec, rows, ctx):
    for row in rows:
        if row.kind == "llm":
            client = Client(rec, ctx.state_id)  # 102
            client.ask(row)
""",
    "nested loop, id of the outer round": """
def run(rec, work):
    for ctx in work:
        for row in ctx.rows:
            Client(rec, ctx.state_id).ask(row)  # 102
""",
    "async": """
async def run(rec, rows, ctx):
    async for row in rows:
        await Client(rec, ctx.state_id).ask(row)  # 102
""",
    "generator expression": """
def run(rec, rows, ctx):
    return list(Client(rec, ctx.state_id).ask(row) for row in rows)  # 102
""",
    "dict comprehension": """
def run(rec, rows, ctx):
    return {row: Client(rec, ctx.state_id).ask(row) for row in rows if row}  # 102
""",
    "at module level": """
for row in ROWS:
    Client(REC, CTX.state_id).ask(row)  # 102
""",
    "after an exception is caught": """
def run(rec, rows, ctx):
    for row in rows:
        try:
            return Client(rec, ctx.state_id).ask(row)  # 102
        except ValueError:
            pass
""",
    "raise swallowed by a with": """
def run(rec, rows, ctx):
    for row in rows:
        with suppress(ValueError):
            Client(rec, ctx.state_id).ask(row)  # 102
            raise ValueError
""",
}


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
    "no loop": """
def run(rec, row, ctx):
    Client(rec, ctx.state_id).ask(row)
""",
    "one round": """
def run(rec, row, ctx):
    for each in [row]:
        Client(rec, ctx.state_id).ask(each)
    for _ in range(1):
        Client(rec, ctx.state_id).ask(row)
    return [Client(rec, ctx.state_id).ask(each) for each in (row,)]
""",
    "source of the loop": """
def run(rec, ctx):
    for answer in Client(rec, ctx.state_id).ask("all"):
        print(answer)
    return [a for a in Client(rec, ctx.state_id).ask("all")]
""",
    "in the else of the loop": """
def run(rec, rows, ctx):
    for row in rows:
        print(row)
    else:
        Client(rec, ctx.state_id).ask("done")
""",
    "first round only": """
def run(rec, rows, ctx):
    for i, row in enumerate(rows):
        if i == 0:
            client = Client(rec, ctx.state_id)
        client.ask(row)
""",
    "straight out of the loop": """
def run(rec, rows, ctx):
    for row in rows:
        if row.last:
            Client(rec, ctx.state_id).ask(row)
            break
    for row in rows:
        return Client(rec, ctx.state_id).ask(row)
    while True:
        Client(rec, ctx.state_id).ask(0)
        raise StopIteration
""",
    "helper that always raises": """
class T:
    def fail(self, ctx):
        Client(self.rec, ctx.state_id).ask("failed")
        raise ValueError

    def run(self, rows, ctx):
        for row in rows:
            self.fail(ctx)
""",
    "waiting loop over an attribute others set": """
class T:
    def start(self, ctx):
        self._ctx = ctx

    def run(self):
        while self.alive:
            Client(self.rec, self._ctx.state_id).ask(self.queue.get())
""",
    "one row of many": """
from itertools import islice

def process(rec, rows, ctx):
    for row in rows[:1]:
        Client(rec, ctx.state_id).ask(row)
    for row in islice(rows, 1):
        Client(rec, ctx.state_id).ask(row)
""",
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW)
def test_not_made_anew(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + text)


def test_a_place_that_many_loops_come_to_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[tuple[str, ast.AST]] = []

    def note_kept(made: ast.Call, parents: Parents, called: ast.AST | None) -> Kept:
        judged.append(("kept", made))
        return how_kept(made, parents, called)

    def note_round(
        node: ast.AST,
        parents: Parents,
        loop: ast.AST | None,
        is_id: Callable[[ast.expr], bool],
        is_release: bool,
    ) -> bool:
        if loop is None and is_release:
            judged.append(("released", node))
        return is_for_one_round(node, parents, loop, is_id, is_release)

    monkeypatch.setattr(reach, "how_kept", note_kept)
    monkeypatch.setattr(reach, "is_for_one_round", note_round)
    loops = "".join(
        f"""
    def run{number}(self, rows, ctx):
        for row in rows:
            self._one(row, ctx.state_id)
"""
        for number in range(5)
    )
    check(
        CLIENT
        + CACHE
        + """
    def _one(self, row, state_id):
        self._client(state_id).ask(row)
        self._clients.pop(state_id)  # 101
"""
        + loops
    )
    assert len(judged) == len(set(judged)) > 1
