"""SID102: whom the loop reaches, by every way Python has to call."""

from __future__ import annotations

import pytest

from tests.analysis.call_index.running import CLIENT, check, marked

MADE_ANEW = {
    "class method makes the client": """
class T:
    @classmethod
    def build(cls, rec, sid):
        return cls.make(rec, sid)

    @classmethod
    def make(cls, rec, sid):
        return Client(rec, state_id=sid)  # 102

    def run(self, rows, ctx):
        for row in rows:
            self.build(self.rec, ctx.state_id)
""",
    "conditional class": """
def run(rec, rows, ctx):
    make = Client if ctx else Client
    for row in rows:
        make(rec, ctx.state_id).ask(row)  # 102
""",
    "partial": """
def run(rec, rows, ctx):
    make = partial(Client, rec)
    for row in rows:
        make(state_id=ctx.state_id).ask(row)  # 102
""",
    "class in a class": """
class T:
    class Own(Client):
        pass

    def run(self, rows, ctx):
        for row in rows:
            self.one(T.Own(self.rec, ctx.state_id))  # 102
""",
    "class in a function": """
def run(rec, rows, ctx):
    class Own(Client):
        pass
    for row in rows:
        Own(rec, ctx.state_id).ask(row)  # 102
""",
    "object of a class of the module": """
class Maker:
    def make(self, rec, sid):
        return Client(rec, state_id=sid)  # 102

class T:
    def __init__(self):
        self._maker = Maker()

    def run(self, rec, rows, ctx):
        for row in rows:
            self._maker.make(rec, ctx.state_id).ask(row)
""",
    "object known by its annotation": """
class Maker:
    def make(self, rec, sid):
        return Client(rec, state_id=sid)  # 102

def run(rec, rows, ctx, maker: Maker):
    for row in rows:
        maker.make(rec, ctx.state_id).ask(row)
""",
    "function that is given": """
def each(rows, work):
    for row in rows:
        work(row)

class T:
    def run(self, rows, ctx):
        for batch in rows:
            each(batch, lambda row: Client(self.rec, ctx.state_id).ask(row))  # 102
""",
    "two helpers deep": """
class T:
    def make(self, state_id):
        return Client(self.rec, state_id)  # 102

    def row(self, row, ctx):
        return self.make(ctx.state_id).ask(row)

    def run(self, rows, ctx):
        for row in rows:
            self.row(row, ctx)
""",
    "module function as helper": """
def make(rec, state_id):
    return Client(rec, state_id)  # 102

def run(rec, rows, ctx):
    for row in rows:
        make(rec, state_id=ctx.state_id).ask(row)
""",
    "closure": """
def run(rec, rows, ctx):
    def one(row):
        return Client(rec, ctx.state_id).ask(row)  # 102
    for row in rows:
        one(row)
""",
    "lambda": """
def run(rec, rows, ctx):
    make = lambda: Client(rec, ctx.state_id)  # 102
    for row in rows:
        make().ask(row)
""",
    "alias of a method": """
class T:
    def make(self, state_id):
        return Client(self.rec, state_id)  # 102

    def run(self, rows, ctx):
        make = self.make
        for row in rows:
            make(ctx.state_id).ask(row)
""",
    "class made a local name": """
def run(rec, rows, ctx):
    kind = Client
    for row in rows:
        kind(rec, ctx.state_id).ask(row)  # 102
""",
    "wrapper that makes a client": """
class Service:
    def __init__(self, rec, state_id):
        self.client = Client(rec, state_id)  # 102

def run(rec, rows, ctx):
    for row in rows:
        Service(rec, ctx.state_id).client.ask(row)
""",
    "super().__init__ and inherited helper": """
class Base:
    def make(self, state_id):
        return Client(self.rec, state_id)  # 102

class T(Base):
    def make(self, state_id):
        return super().make(state_id)

    def run(self, rows, ctx):
        for row in rows:
            self.make(ctx.state_id).ask(row)
""",
    "loop in the base, construction in the subclass": """
class Base:
    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx)

class T(Base):
    def one(self, row, ctx):
        Client(self.rec, ctx.state_id).ask(row)  # 102
""",
    "class method": """
class T:
    @classmethod
    def make(cls, rec, state_id):
        return Client(rec, state_id)  # 102

    def run(self, rows, ctx):
        for row in rows:
            T.make(self.rec, ctx.state_id).ask(row)
""",
    "static method": """
class T:
    @staticmethod
    def make(rec, state_id):
        return Client(rec, state_id)  # 102

    def run(self, rows, ctx):
        for row in rows:
            self.make(self.rec, ctx.state_id).ask(row)
""",
}


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW)
def test_made_anew(text: str) -> None:
    assert "# 102" in text
    check(CLIENT + text)


NOT_MADE_ANEW = {
    "lambdas for later": """
def process(rec, rows, ctx):
    makers = []
    for row in rows:
        makers.append(lambda: Client(rec, ctx.state_id))
    return makers[0]().ask(rows)
""",
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW)
def test_not_made_anew(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + text)
