"""SID101 and SID102: clients behind a property, which each round reads anew."""

from __future__ import annotations

from tests.analysis.call_index.running import CLIENT, check


def test_a_property_that_makes_one_each_time() -> None:
    check(
        CLIENT
        + """
class T:
    @property
    def fresh(self):
        return Client(self.rec, self.ctx.state_id)  # 102
    @property
    def kept(self):
        if self._client is None:
            self._client = Client(self.rec, self.ctx.state_id)
        return self._client
    @cached_property
    def cached(self):
        return Client(self.rec, self.ctx.state_id)
    @property
    def label(self):
        return "client"
    def each(self, rows):
        for row in rows:
            self.fresh.ask(self.label)
    def kept_by_itself(self, rows):
        for row in rows:
            self.kept.ask(row)
            self.cached.ask(row)
class U:
    @property
    def fresh(self):
        return Client(self.rec, self.ctx.state_id)
    @property
    def made_by_row(self):
        return Client(self.rec, self.row.state_id)
    def before(self, rows):
        client = self.fresh
        for row in rows:
            client.ask(row)
    def where_missing(self, rows):
        client = None
        for row in rows:
            client = client or self.fresh
            client.ask(row)
    def once(self, rows):
        for row in rows:
            if row.ok:
                self.fresh.ask(row)
                break
    def of_others(self, others):
        for other in others:
            other.fresh.ask(1)
    def of_rows(self, rows):
        for row in rows:
            self.row = row
            self.made_by_row.ask(1)
"""
    )


def test_a_property_behind_others() -> None:
    check(
        CLIENT
        + """
class Base:
    @property
    def client(self):
        return self.make()
    def make(self):
        return Client(self.rec, self.ctx.state_id)  # 102
class T(Base):
    @property
    def asking(self):
        return self.client.ask
    def run(self, rows):
        for row in rows:
            self.asking(row)
def run(rows, job: T):
    return [job.client.ask(row) for row in rows]
"""
    )


def test_a_property_that_releases() -> None:
    check(
        CLIENT
        + """
class T:
    def client(self, state_id):
        if state_id not in self.clients:
            self.clients[state_id] = Client(self.rec, state_id)
        return self.clients[state_id]
    @property
    def taken(self):
        return self.clients.pop(self.ctx.state_id, None)  # 101
    def run(self, rows):
        for row in rows:
            self.client(self.ctx.state_id).ask(row)
            self.taken.close()
"""
    )
