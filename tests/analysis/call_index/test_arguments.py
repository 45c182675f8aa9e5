"""SID102: the id stands in a ``partial``, a dict or a field before the call that constructs."""

from __future__ import annotations

import pytest

from tests.analysis.call_index.running import CLIENT, check, marked

MADE_ANEW = {
    "a partial with the id": """
def run(rec, rows, ctx):
    make = partial(Client, rec, ctx.state_id)
    for row in rows:
        make().ask(row)  # 102
""",
    "a partial with the id by its name": """
def run(rec, rows, ctx):
    make = partial(Client, state_id=ctx.state_id)
    for row in rows:
        make(rec).ask(row)  # 102
""",
    "a partial of a partial": """
def one(rec, tag, sid, row):
    return Client(rec, sid).ask(row)  # 102
def run(rec, rows, ctx):
    each = partial(partial(one, rec, "x"), ctx.state_id)
    for row in rows:
        each(row)
""",
    "a partial in an attribute": """
class T:
    def __init__(self, rec):
        self._make = partial(Client, rec)
    def run(self, rows, ctx):
        for row in rows:
            self._make(ctx.state_id).ask(row)  # 102
""",
    "a dict before the loop": """
def run(rec, rows, ctx):
    options = {"recorder": rec, "state_id": ctx.state_id}
    for row in rows:
        Client(**options).ask(row)  # 102
""",
    "a dict of the id alone": """
def run(rec, rows, ctx):
    options = {"state_id": ctx.state_id}
    for row in rows:
        Client(rec, **options).ask(row)  # 102
""",
    "a dict in the loop": """
def run(rec, rows, ctx):
    for row in rows:
        options = dict(recorder=rec, state_id=ctx.state_id)
        Client(**options).ask(row)  # 102
        Client(**{**row, "state_id": ctx.state_id}).ask(row)  # 102
""",
    "a parameter of a method, by another name": """
class T:
    def one(self, row, sid):
        return Client(self.rec, sid).ask(row)  # 102
    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx.state_id)
""",
    "a parameter of a function, by another name": """
def one(rec, row, sid):
    return two(rec, sid).ask(row)
def two(rec, key):
    return Client(rec, key)  # 102
def run(rec, rows, ctx):
    for row in rows:
        one(rec, row, ctx.state_id)
""",
    "a parameter of a lambda in an attribute": """
class T:
    def __init__(self, rec):
        self._make = lambda sid: Client(rec, sid)  # 102
    def run(self, rows, ctx):
        for row in rows:
            self._make(ctx.state_id).ask(row)
""",
    "a field of a record": """
@dataclass
class Job:
    rec: object
    state_id: str
    def __post_init__(self):
        self.client = Client(self.rec, self.state_id)  # 102
def run(rec, rows, ctx):
    for row in rows:
        Job(rec, ctx.state_id).client.ask(row)
""",
    "an attribute that the constructor has set": """
class Job:
    def __init__(self, rec, state_id):
        self.rec, self.state_id = rec, state_id
        self.client = Client(self.rec, self.state_id)  # 102
def run(rec, rows, ctx):
    for row in rows:
        Job(rec, ctx.state_id).client.ask(row)
""",
    "a class that is a parameter's default": """
def run(rec, rows, ctx, make=Client):
    for row in rows:
        make(rec, ctx.state_id).ask(row)  # 102
""",
    "a class that is a constructor's default": """
class T:
    def __init__(self, rec, make=Client):
        self._rec = rec
        self._make = make
    def run(self, rows, ctx):
        for row in rows:
            self._make(self._rec, ctx.state_id).ask(row)  # 102
""",
    "a class for what is not given": """
class T:
    def __init__(self, make=None):
        if make is None:
            make = Client
        self._make = make
    def run(self, rows, ctx):
        for row in rows:
            self._make(self._rec, ctx.state_id).ask(row)  # 102
""",
    "a function that is a constructor's default": """
def made(rec, sid):
    return Client(rec, sid)  # 102
class T:
    def __init__(self, make=made):
        self._make = make
    def run(self, rows, ctx):
        for row in rows:
            self._make(self._rec, ctx.state_id).ask(row)
""",
}


@pytest.mark.parametrize("text", MADE_ANEW.values(), ids=MADE_ANEW.keys())
def test_made_anew(text: str) -> None:
    assert marked(text)
    check(f"{CLIENT}\n{text}")


NOT_MADE_ANEW = {
    "partials of a row's own id": """
def run(rec, rows, ctx):
    make = partial(Client, rec)
    for row in rows:
        make(row.state_id).ask(row)
    for row in rows:
        make_one = partial(Client, rec, row.state_id)
        make_one().ask(row)
""",
    "one partial or another": """
def run(rec, rows, ctx):
    make = partial(Client, rec, ctx.state_id)
    for row in rows:
        make().ask(row)
        make = partial(Client, rec, row.state_id)
""",
    "a dict of a row's own id": """
def run(rec, rows, ctx):
    for row in rows:
        options = {"recorder": rec, "state_id": row.state_id}
        Client(**options).ask(row)
""",
    "a dict that is changed": """
def run(rec, rows, ctx):
    options = {"recorder": rec, "state_id": ctx.state_id}
    for row in rows:
        options["state_id"] = row.state_id
        Client(**options).ask(row)
""",
    "a dict that is handed on": """
def run(rec, rows, ctx):
    options = {"recorder": rec, "state_id": ctx.state_id}
    for row in rows:
        advance(options, row)
        Client(**options).ask(row)
""",
    "a dict of a module": """
OPTIONS = {"state_id": KEY}
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, **OPTIONS).ask(row)
""",
    "parameters of other names": """
def one(rec, row, sid):
    return Client(rec, row.state_id, sid).ask(row)
def run(rec, rows, ctx):
    for row in rows:
        one(rec, row, ctx.state_id)
""",
    "a function that constructs nothing with it": """
def one(rec, row, sid):
    print(sid)
    return Client(rec, row.state_id).ask(row)
def run(rec, rows, ctx):
    for row in rows:
        one(rec, row, ctx.state_id)
""",
    "records of a row's own id": """
@dataclass
class Job:
    rec: object
    state_id: str
    title: str = ""
    def __post_init__(self):
        self.client = Client(self.rec, self.state_id)
def run(rec, rows, ctx):
    for row in rows:
        Job(rec, row.state_id, ctx.state_id).client.ask(row)
    for row in rows:
        Job(rec, title=ctx.state_id, state_id=row.state_id).client.ask(row)
""",
    "one record for all rows": """
@dataclass
class Job:
    rec: object
    state_id: str
    def __post_init__(self):
        self.client = Client(self.rec, self.state_id)
def run(rec, rows, ctx):
    job = Job(rec, ctx.state_id)
    for row in rows:
        job.client.ask(row)
""",
    "an attribute that the constructor sets twice": """
class Job:
    def __init__(self, rec, state_id, row):
        self.state_id = state_id
        self.state_id = row.state_id
        self.client = Client(rec, self.state_id)
def run(rec, rows, ctx):
    for row in rows:
        Job(rec, ctx.state_id, row).client.ask(row)
""",
    "a default that counts nothing": """
class Quiet:
    def __init__(self, rec, state_id):
        self.rec = rec
    def ask(self, row):
        self.rec.record(row)
def run(rec, rows, ctx, make=Quiet):
    for row in rows:
        make(rec, ctx.state_id).ask(row)
""",
    "a default that is not what is given": """
class Quiet:
    def __init__(self, rec, state_id):
        self.rec = rec
    def ask(self, row):
        self.rec.record(row)
def run(rec, rows, ctx):
    for row in rows:
        one(rec, row, ctx.state_id, Quiet)
def one(rec, row, state_id, make=Client):
    make(rec, state_id).ask(row)
""",
    "a default for all rows": """
class T:
    def __init__(self, make=Client):
        self._make = make
    def run(self, rows, ctx):
        client = self._make(self._rec, ctx.state_id)
        for row in rows:
            client.ask(row)
""",
}


@pytest.mark.parametrize("text", NOT_MADE_ANEW.values(), ids=NOT_MADE_ANEW.keys())
def test_not_made_anew(text: str) -> None:
    check(f"{CLIENT}\n{text}")
