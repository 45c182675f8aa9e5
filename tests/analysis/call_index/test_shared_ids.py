"""SID102: where an id comes from, and whether it is the same in each round."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.analysis.call_index.running import CLIENT, check, marked

MADE_ANEW = {
    "keyword besides the id": """
def run(rec, rows, ctx):
    for row in rows:
        Client(recorder=rec, state_id=ctx.state_id).ask(row)  # 102
""",
    "id of another object set": """
def run(rec, rows, ctx, other):
    for row in rows:
        other.state_id = row.id
        Client(rec, ctx.state_id).ask(row)  # 102
""",
    "string methods": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id.strip()).ask(row)  # 102
""",
    "both branches the same": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id if row else ctx.state_id).ask(row)  # 102
""",
    "id in a dataclass field by position": """
@dataclass
class Kept:
    state_id: str
    _n: int = 0

    def ask(self):
        self._n += 1
        REC.record_call(call_index=self._n)

def run(rows, ctx):
    for row in rows:
        Kept(ctx.state_id).ask()  # 102
""",
    "the same id assigned twice": """
def run(rec, rows, ctx):
    for row in rows:
        if row:
            sid = ctx.state_id
        else:
            sid = ctx.state_id
        Client(rec, sid).ask(row)  # 102
""",
    "an id that has a default": """
class T:
    def one(self, row, sid="all"):
        return Client(self.rec, state_id=sid).ask(row)  # 102

    def run(self, rows):
        for row in rows:
            self.one(row)
""",
    "id declared global": """
STATE_ID = open_state()

def run(rec, rows):
    global STATE_ID
    for row in rows:
        Client(rec, STATE_ID).ask(row)  # 102
""",
    "id bound in the body": """
def run(rec, rows, ctx):
    for row in rows:
        state_id = ctx.state_id
        Client(rec, state_id).ask(row)  # 102
""",
    "id unpacked before the loop": """
def run(rec, rows, ctx):
    rec, sid = ctx.landscape, ctx.state_id
    for row in rows:
        Client(rec, state_id=sid).ask(row)  # 102
""",
    "id opened before the loop": """
def run(rec, rows, ctx):
    state_id = rec.open()
    while rows:
        Client(rec, state_id).ask(rows.pop())  # 102
""",
    "cast and str": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, cast(str, str(ctx.state_id))).ask(row)  # 102
""",
    "an id or else another": """
def run(rec, rows, ctx, default):
    for row in rows:
        Client(rec, ctx.state_id or default).ask(row)  # 102
""",
    "either of two": """
def run(rec, rows, ctx, default):
    for row in rows:
        Client(rec, ctx.state_id if ctx else default).ask(row)  # 102
""",
    "item of a dict": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx["state_id"]).ask(row)  # 102
""",
    "a literal": """
def run(rec, rows):
    for row in rows:
        Client(rec, "s").ask(row)  # 102
""",
    "walrus": """
def run(rec, rows, ctx):
    for row in rows:
        (client := Client(rec, ctx.state_id)).ask(row)  # 102
""",
    "method that returns the id": """
class T:
    def sid(self, ctx):
        return ctx.state_id

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, self.sid(ctx)).ask(row)  # 102
""",
    "an attribute of the object": """
class T:
    def run(self, rows):
        for row in rows:
            Client(self.rec, self._state_id).ask(row)  # 102
""",
    "another object's id is set": """
def run(rec, rows, ctx):
    for row in rows:
        result = Client(rec, ctx.state_id).ask(row)  # 102
        result.state_id = ctx.state_id
""",
    "an id that only the outer loop changes": """
def process(rec, contexts):
    for ctx in contexts:
        for row in ctx.rows:
            Client(rec, ctx.state_id).ask(row)  # 102
""",
    "id from a method that holds another function": """
class T:
    def id_of(self, ctx):
        def text():
            return "an id"

        self.log(text)
        return ctx.state_id

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, self.id_of(ctx)).ask(row)  # 102
""",
    "other things set": """
def run(rec, rows, ctx):
    for row in rows:
        setattr(ctx, "row", row)
        ctx["row"] = row
        ctx.update(row=row, state_id=ctx.state_id)
        Client(rec, ctx.state_id).ask(row)  # 102
""",
    "an id that is an item, and another item set": """
def run(rec, rows, ctx):
    for row in rows:
        ctx["row"] = row
        Client(rec, ctx["state_id"]).ask(row)  # 102
""",
}


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
    "arguments in a star": """
class T:
    def make(self, state_id):
        return Client(self.rec, state_id)

    def run(self, rows, ctx):
        for row in rows:
            self.make(*[ctx.state_id])
""",
    "id set to None in the loop": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
        ctx.state_id = None
""",
    "one of two may differ": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, row.state_id or ctx.state_id).ask(row)
""",
    "item by a variable": """
def run(rec, rows, ids):
    for i, row in enumerate(rows):
        Client(rec, state_id=ids[i]).ask(row)
""",
    "id not given": """
def run(rec, rows):
    for row in rows:
        Client(rec).ask(row)
        Client(rec, None).ask(row)
""",
    "deleted and bound anew": """
def run(rec, rows, ctx):
    for row in rows:
        state_id = ctx.open()
        Client(rec, state_id).ask(row)
        del state_id
""",
    "id that an exception or a pattern binds": """
def run(rec, rows, ctx):
    for row in rows:
        match row:
            case {"state_id": state_id}:
                Client(rec, state_id).ask(row)
        try:
            row()
        except ValueError as state_id:
            Client(rec, state_id).ask(row)
""",
    "id of the object set in the loop": """
class T:
    def run(self, rows):
        for row in rows:
            self.state_id = row.open()
            Client(self.rec, self.state_id).ask(row)
""",
    "id behind a property": """
class T:
    @property
    def state_id(self):
        return self.open()

    def run(self, rows):
        for row in rows:
            Client(self.rec, self.state_id).ask(row)
""",
    "functions that return different ids": """
class T:
    def sid(self, ctx, row):
        if row.own:
            return row.state_id
        return ctx.state_id

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, self.sid(ctx, row)).ask(row)
""",
    "functions that call each other": """
class T:
    def a(self, ctx, row):
        return self.b(ctx, row)

    def b(self, ctx, row):
        return self.a(ctx, row)

    def run(self, rows, ctx):
        for row in rows:
            Client(self.rec, state_id=self.a(ctx, row))
            self.a(ctx, row)
""",
    "a variable that rests on itself": """
def run(rec, rows, state_id):
    for row in rows:
        state_id = state_id.next()
        Client(rec, state_id).ask(row)
""",
    "id of the row": """
def run(rec, rows):
    for row in rows:
        Client(rec, row.state_id).ask(row)
        Client(rec, state_id=row["state_id"]).ask(row)
""",
    "context re-bound in the loop": """
def run(rec, rows, ctx):
    for row in rows:
        ctx = ctx.fresh()
        Client(rec, ctx.state_id).ask(row)
""",
    "context re-bound at the end of the round": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)
        ctx = ctx.fresh()
""",
    "id set on the context": """
def run(rec, rows, ctx):
    for row in rows:
        ctx.state_id = rec.open()
        Client(rec, ctx.state_id).ask(row)
""",
    "id set by a helper": """
class T:
    def renew(self, ctx):
        ctx.state_id = self.rec.open()

    def run(self, rows, ctx):
        for row in rows:
            self.renew(ctx)
            Client(self.rec, ctx.state_id).ask(row)
""",
    "a state opened in each round": """
class T:
    def renew(self, ctx):
        self.rec.begin_node_state(ctx)

    def run(self, rows, ctx):
        for row in rows:
            self.renew(ctx)
            Client(self.rec, ctx.state_id).ask(row)
""",
    "id from a call": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.next_state_id()).ask(row)
""",
    "id bound by with": """
def run(rec, rows, ctx):
    for row in rows:
        with ctx.attempt() as state_id:
            Client(rec, state_id).ask(row)
""",
    "id built in the loop is another defect's": """
def run(rec, rows, ctx, clients):
    for i, row in enumerate(rows):
        clients.append(Client(rec, ids[i]))
""",
    "two assignments": """
def run(rec, rows, ctx):
    for row in rows:
        state_id = ctx.state_id
        if row.own:
            state_id = row.state_id
        Client(rec, state_id).ask(row)
""",
    "a comprehension's own name": """
def run(rec, rows, ctx):
    for batch in rows:
        [Client(rec, state_id).ask(1) for state_id in batch]
""",
    "unknown method that begins a row": """
def process(rec, rows, ctx):
    for row in rows:
        ctx.begin_row(row)
        Client(rec, ctx.state_id).ask(row)
""",
    "with a state of the row": """
def process(rec, rows, ctx):
    for row in rows:
        with ctx.row_state(row):
            Client(rec, ctx.state_id).ask(row)
""",
    "id set by setattr": """
def process(rec, rows, ctx):
    for row in rows:
        setattr(ctx, "state_id", row.state_id)
        Client(rec, ctx.state_id).ask(row)
""",
    "id that is an item": """
def process(rec, rows, ctx):
    for row in rows:
        ctx["state_id"] = row["state_id"]
        Client(rec, ctx["state_id"]).ask(row)
""",
    "id set by an unknown method": """
def process(rec, rows, ctx):
    for row in rows:
        ctx.update(state_id=row.state_id)
        Client(rec, ctx.state_id).ask(row)
""",
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW)
def test_not_made_anew(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + text)


def test_the_message_names_the_id() -> None:
    text = (
        CLIENT.replace("state_id", "edge_id")
        + """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.edge_id).ask(row)
        Client(rec, edge_id=ctx.edge_id).ask(row)
"""
    )
    source = SourceText.from_text("plugins/a.py", text)
    settings = Settings(names=("state_id", "edge_id"))
    assert [finding.message for finding in analyse(ast.parse(text), source, settings)] == [
        "client 'Client' constructed anew for each round under one edge id, 'ctx.edge_id': "
        "call_index restarts"
    ] * 2


def test_what_each_round_binds_that_is_no_variable() -> None:
    check(
        CLIENT
        + """
class T:
    def run(self, rec, rows, others, env):
        for self.row in rows:
            Client(rec, self.row.state_id).ask(1)
        for i, (self.ctx, other) in others:
            Client(rec, self.ctx.state_id).ask(1)
        for env["ctx"] in others:
            Client(rec, env["ctx"].state_id).ask(1)
    def same(self, rec, rows, env):
        for self.row in rows:
            Client(rec, self.ctx.state_id).ask(1)  # 102
        for env["row"] in rows:
            Client(rec, env["ctx"].state_id).ask(1)  # 102
"""
    )
