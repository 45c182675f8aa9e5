"""SID101 and SID102: what a client counts with is given to it where it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analysis.call_index.running import check
from tests.analysis.call_index.test_packages import found_in
from tests.samples import project

if TYPE_CHECKING:
    from pathlib import Path

TALLY = """
class Tally:
    def __init__(self):
        self._n = 0
    def take(self):
        self._n += 1
        return self._n - 1
"""
# A client that asks an object, and one that counts with an iterator, a number or a list.
ASKING = (
    TALLY
    + """
class Client:
    def __init__(self, rec, state_id, tally):
        self._rec, self._state_id, self._tally = rec, state_id, tally
    def ask(self, row):
        self._rec.record_call(self._state_id, call_index=self._tally.take(), row=row)
"""
)
COUNTING = """
import itertools
class Client:
    def __init__(self, rec, state_id, tally):
        self._rec, self._state_id, self._tally = rec, state_id, tally
    def ask(self, row):
        self._rec.record_call(self._state_id, call_index={index}, row=row)
        {advance}
"""
BY_ITERATOR = COUNTING.format(index="next(self._tally)", advance="pass")
BY_NUMBER = COUNTING.format(index="self._tally", advance="self._tally += 1")
BY_KEY = COUNTING.format(index="self._tally['n']", advance="self._tally['n'] += 1")
BY_LENGTH = COUNTING.format(index="len(self._tally)", advance="self._tally.append(row)")
RUN = """
def run(rec, rows, ctx, shared, first):
    for row in rows:
        Client(rec, ctx.state_id, {given}).ask(row)  {mark}
"""


@pytest.mark.parametrize(
    ("client", "given"),
    [
        (ASKING, "Tally()"),
        (ASKING, "tally=Tally()"),
        (BY_ITERATOR, "itertools.count()"),
        (BY_ITERATOR, "itertools.count(1)"),
        (BY_ITERATOR, "iter(range(100))"),
        (BY_NUMBER, "0"),
        (BY_KEY, "Counter()"),
        (BY_KEY, "defaultdict(int)"),
        (BY_KEY, "{'n': 0}"),
        (BY_KEY, "dict(n=0)"),
        (BY_LENGTH, "[]"),
        (BY_LENGTH, "list()"),
    ],
)
def test_each_client_is_given_one_of_its_own(client: str, given: str) -> None:
    check(client + RUN.format(given=given, mark="# 102"))


@pytest.mark.parametrize(
    ("client", "given"),
    [
        (ASKING, "shared"),
        (ASKING, "shared.tally"),
        (ASKING, "shared['tally']"),
        (ASKING, "shared.setdefault(ctx.state_id, Tally())"),
        (ASKING, "Unknown()"),
        (ASKING, "0"),
        (ASKING, "*shared"),
        (ASKING, "Tally"),
        (BY_ITERATOR, "shared"),
        (BY_ITERATOR, "itertools.count(first)"),
        (BY_ITERATOR, "iter(shared)"),
        (BY_NUMBER, "first"),
        (BY_NUMBER, "row.first"),
        (BY_NUMBER, "rec.calls_of(ctx.state_id)"),
        (BY_KEY, "shared"),
        (BY_KEY, "{'n': first}"),
        (BY_KEY, "{**shared}"),
        (BY_KEY, "dict(n=row.first)"),
        (BY_ITERATOR, "itertools.count(start=first)"),
        (BY_LENGTH, "shared"),
        (BY_LENGTH, "list(shared)"),
    ],
)
def test_clients_may_share_what_they_count_with(client: str, given: str) -> None:
    check(client + RUN.format(given=given, mark=""))


def test_by_a_variable() -> None:
    check(
        ASKING
        + """
def own(rec, rows, ctx):
    for row in rows:
        tally = Tally()
        Client(rec, ctx.state_id, tally).ask(row)  # 102
def shared(rec, rows, ctx):
    tally = Tally()
    for row in rows:
        Client(rec, ctx.state_id, tally).ask(row)
def either(rec, rows, ctx, tally=None):
    for row in rows:
        tally = tally or Tally()
        Client(rec, ctx.state_id, tally).ask(row)
class T:
    def one(self, row, sid, tally):
        Client(self.rec, sid, tally).ask(row)  # 102
    def run(self, rows, ctx):
        for row in rows:
            self.one(row, ctx.state_id, Tally())
class U:
    def __init__(self):
        self.tally = Tally()
    def one(self, row, sid, tally):
        Client(self.rec, sid, tally).ask(row)
        Client(self.rec, sid, self.tally).ask(row)
    def run(self, rows, ctx):
        tally = Tally()
        for row in rows:
            self.one(row, ctx.state_id, tally)
"""
    )


def test_a_client_that_is_released() -> None:
    check(
        ASKING
        + """
class T:
    def client(self, state_id):
        if state_id not in self.clients:
            self.clients[state_id] = Client(self.rec, state_id, Tally())
        return self.clients[state_id]
    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id).ask(row)
            self.clients.pop(ctx.state_id, None)  # 101
class U:
    def client(self, state_id):
        if state_id not in self.clients:
            self.clients[state_id] = Client(self.rec, state_id, self.tally)
        return self.clients[state_id]
    def run(self, rows, ctx):
        for row in rows:
            self.client(ctx.state_id).ask(row)
            self.clients.pop(ctx.state_id, None)
"""
    )


def test_a_field_of_a_record() -> None:
    check("""
import itertools
from dataclasses import dataclass
@dataclass
class Client:
    rec: object
    state_id: str
    numbers: Iterator[int]
    def ask(self, row):
        self.rec.record_call(self.state_id, call_index=next(self.numbers), row=row)
def own(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id, itertools.count()).ask(row)  # 102
def shared(rec, rows, ctx):
    numbers = itertools.count()
    for row in rows:
        Client(rec, ctx.state_id, numbers=numbers).ask(row)
""")


def test_an_index_of_its_own_counts_before_what_it_is_given() -> None:
    check("""
class Client:
    def __init__(self, rec, state_id, clock):
        self._rec, self._state_id, self._clock, self._n = rec, state_id, clock, 0
    def ask(self, row):
        self._rec.record_call(self._clock.now(), self._state_id, self._n, row)
        self._n += 1
def run(rec, rows, ctx, clock):
    for row in rows:
        Client(rec, ctx.state_id, clock).ask(row)  # 102
""")


@pytest.mark.parametrize(
    "start",
    [
        "numbers or itertools.count()",
        "itertools.count() if numbers is None else numbers",
        "numbers if numbers is not None else itertools.count()",
    ],
)
def test_one_is_made_where_none_is_given(start: str) -> None:
    check(f"""
import itertools
class Client:
    def __init__(self, rec, state_id, numbers=None):
        self._rec, self._state_id = rec, state_id
        self._numbers = {start}
    def ask(self, row):
        self._rec.record_call(self._state_id, call_index=next(self._numbers), row=row)
def own(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)  # 102
def shared(rec, rows, ctx):
    numbers = itertools.count()
    for row in rows:
        Client(rec, ctx.state_id, numbers).ask(row)
""")


def test_the_first_number_may_be_given() -> None:
    check("""
import itertools
class Client:
    def __init__(self, rec, state_id, first=0):
        self._rec, self._state_id = rec, state_id
        self._numbers = itertools.count(first)
    def ask(self, row):
        self._rec.record_call(self._state_id, call_index=next(self._numbers), row=row)
def own(rec, rows, ctx):
    for row in rows:
        Client(rec, ctx.state_id).ask(row)  # 102
def numbered(rec, rows, ctx):
    for n, row in enumerate(rows):
        Client(rec, ctx.state_id, first=n).ask(row)
""")


def test_an_object_of_another_module(tmp_path: Path) -> None:
    client = ASKING.replace(TALLY, "")
    run = RUN.format(given="Tally()", mark="")
    files = {
        "plugins/a.py": f"from lib.tally import Tally\nfrom lib.clients import Client\n{run}",
        "lib/tally.py": TALLY,
        "lib/clients.py": client,
    }
    assert [found[1:3] for found in found_in(tmp_path, files)] == [(6, "SID102")]
    # One that does not count does no harm.
    project(tmp_path, {"lib/tally.py": TALLY.replace("self._n += 1", "pass")})
    assert found_in(tmp_path, {"plugins/a.py": files["plugins/a.py"]}) == []


def test_a_context_that_is_copied_in_each_round() -> None:
    check("""
import copy
from dataclasses import replace
class Client:
    def __init__(self, rec, ctx):
        self._rec, self._ctx, self._n = rec, ctx, 0
    def ask(self, row):
        self._rec.record_call(self._ctx.state_id, call_index=self._n, row=row)
        self._n += 1
def same(rec, rows, ctx):
    for i, row in enumerate(rows):
        Client(rec, copy.copy(ctx)).ask(row)  # 102
        Client(rec, replace(ctx, row=i)).ask(row)  # 102
        Client(rec, ctx._replace(row=i)).ask(row)  # 102
def another(rec, rows, ctx):
    for row in rows:
        Client(rec, replace(ctx, state_id=row.state_id)).ask(row)
        Client(rec, copy.copy(row.ctx)).ask(row)
def may_be_another(rec, rows, ctx):
    for row in rows:
        Client(rec, replace(ctx, **row.changes)).ask(row)
        Client(rec, ctx.model_copy(update=row.changes)).ask(row)
        Client(rec, ctx.replace("a", "b")).ask(row)
""")
