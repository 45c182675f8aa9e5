"""SID102: clients made in each round, and whether they are asked for anything they count."""

from __future__ import annotations

import pytest

from tests.analysis.call_index.running import CLIENT, check, marked

METHODS = """
    def estimate(self, text):
        return len(self._cleaned(text))

    def _cleaned(self, text):
        return text.strip(self.blanks)

    @property
    def blanks(self):
        return " "

    def again(self, text):
        return self.ask(text)

    def mapped(self, texts):
        return list(map(self.ask, texts))

    def handed(self, text):
        return retry(self, text)

    @property
    def greeting(self):
        return self.ask("hello")

    def greeted(self):
        return self.greeting

    def fluent(self):
        return self

    def close(self):
        self._recorder = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
"""

GREETER = """
class Greeter(Client):
    def __enter__(self):
        self.ask("hello")
        return self

class Eager(Client):
    def __init__(self, recorder, state_id):
        super().__init__(recorder, state_id)
        self.ask("hello")
"""

IDLE = {
    "where it is made": """
def run(rec, rows, ctx):
    return [Client(rec, ctx.state_id).estimate(row) for row in rows]
""",
    "in a local": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)
        row.size = client.estimate(row.text)
        client.close()
""",
    "in a with": """
def run(rec, rows, ctx):
    for row in rows:
        with Client(rec, ctx.state_id) as client:
            row.size = client.estimate(row.text)
""",
    "in a helper": """
class T:
    def size(self, row, ctx):
        client = Client(self.rec, ctx.state_id)
        return client.estimate(row)

    def run(self, rows, ctx):
        return [self.size(row, ctx) for row in rows]
""",
    "never used": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)
        row.send()
""",
    "kept nowhere": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id)
""",
    "what it was given is read": """
def run(rec, rows, ctx):
    for row in rows:
        client: Client = Client(rec, ctx.state_id)
        row.label = client._state_id
        row.send(client._recorder, client.blanks)
""",
    "what it was given is read where it is made": """
def run(rec, rows, ctx):
    return [Client(rec, ctx.state_id)._state_id for row in rows]
""",
}

NOT_IDLE = {
    "its counter is read": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        row.send(client._call_index)
""",
    "a property that counts": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        row.text = client.greeting
""",
    "an attribute that is not seen": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        row.text = client.inner
""",
    "made by a class that counts at once": """
def run(rec, rows, ctx):
    for row in rows:
        client = Eager(rec, ctx.state_id)  # 102
""",
    "one of two methods counts": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        if client.estimate(row) < 9:
            client.ask(row)
""",
    "through another method": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).again(row)  # 102
""",
    "through a method handed on": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).mapped(row)  # 102
""",
    "the object is handed on": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).handed(row)  # 102
""",
    "through a property": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).greeted()  # 102
""",
    "given back by a method": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).fluent().ask(row)  # 102
""",
    "a method that is not seen": """
def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).stream(row)  # 102
""",
    "passed on": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        client.estimate(row)
        send(client, row)
""",
    "a method taken off it": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        client.estimate(row)
        ask = client.ask
        ask(row)
""",
    "used in a function inside": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        client.estimate(row)
        def later(): return client.ask(row)
        later()
""",
    "a variable of the module": """
def run(rec, rows, ctx):
    global client
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        client.estimate(row)
        send(row)
""",
    "kept on the object": """
class T:
    def run(self, rows, ctx):
        for row in rows:
            self.client = Client(self.rec, ctx.state_id)  # 102
            self.client.estimate(row)
            self.send(row)
""",
    "what enters it counts": """
def run(rec, rows, ctx):
    for row in rows:
        with Greeter(rec, ctx.state_id) as client:  # 102
            client.estimate(row)
""",
    "what constructs it counts": """
def run(rec, rows, ctx):
    for row in rows:
        Eager(rec, ctx.state_id).estimate(row)  # 102
""",
    "never used by name": """
def run(rec, rows, ctx):
    for row in rows:
        client = Client(rec, ctx.state_id)  # 102
        send(**locals())
""",
}


@pytest.mark.parametrize("text", IDLE.values(), ids=IDLE)
def test_idle(text: str) -> None:
    assert marked(text) == []
    check(CLIENT + METHODS + text)


@pytest.mark.parametrize("text", NOT_IDLE.values(), ids=NOT_IDLE)
def test_not_idle(text: str) -> None:
    assert marked(text)
    check(CLIENT + METHODS + GREETER + text)


def test_a_part_that_counts() -> None:
    check("""
class Numbers:
    def __init__(self): self.call_index = 0
    def next(self):
        self.call_index += 1
        return self.call_index

class Client:
    def __init__(self, recorder, state_id):
        self._recorder, self._state_id = recorder, state_id
        self._numbers = Numbers()
    def ask(self, prompt):
        self._recorder.record_call(state_id=self._state_id, call_index=self._numbers.next())

def run(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)  # 102
""")
