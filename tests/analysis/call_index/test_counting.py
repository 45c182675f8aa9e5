"""Who counts the calls of a client: one class each, ``Client``, perhaps with others before it."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis.call_index.counting import Counter, CounterReader, Counting
from flake8_stateid.analysis.engine import Engine
from flake8_stateid.analysis.program import ClassInfo, ModuleInfo
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText


def read(text: str) -> Counter:
    source = SourceText.from_text("a.py", text)
    module = ModuleInfo(source, ast.parse(text))
    cls = module.definitions["Client"][0]
    assert isinstance(cls, ClassInfo)
    return CounterReader(Engine(module, Settings())).read(cls)


def client(start: str, call: str, rest: str = "") -> str:
    """A client with this line in its constructor and this in its method."""
    return (
        "class Client:\n"
        "    def __init__(self, rec, state_id):\n"
        f"        {start}\n"
        "    def ask(self, prompt):\n"
        f"        {call}\n"
        f"{rest}"
    )


INCREMENT = "self._n += 1; "
COUNTS = {
    "augmented": client("self._n = 0", INCREMENT + "rec(call_index=self._n)"),
    "written out": client("self._n = 0", "self._n = self._n + 1; rec(call_index=self._n)"),
    "from a local": client("self._n = 0", "i = self._n; self._n = i + 1; rec(call_index=i)"),
    "annotated local": client(
        "self._n: int = 0", "i: int = self._n; self._n += 1; rec(call_index=i)"
    ),
    "negative start": client("self._n = -1", INCREMENT + "rec(call_index=self._n)"),
    "sum": client("self._n = 1", INCREMENT + "rec(call_index=self._n - 2)"),
    "unpacked": client("self._n = 0", "i, j = self._n, 1; self._n += j; rec(call_index=i)"),
    "in one tuple": client("self._n = 0", "i, self._n = self._n, self._n + 1; rec(call_index=i)"),
    "in one tuple, first": client(
        "self._n = 0", "self._n, i = self._n + 1, self._n; rec(call_index=i)"
    ),
    "in one list, from a local": client(
        "self._n = 0", "i = self._n; [self._n, j] = [i + 1, f()]; rec(call_index=i)"
    ),
    "in a tuple in a tuple": client(
        "self._n = 0", "(i, self._n), j = (self._n, self._n + 1), 2; rec(call_index=i)"
    ),
    "beside what others give": client(
        "self._n = 0", "i, j, self._n = self._n, f.g(), self._n + 1; rec(call_index=i)"
    ),
    "walrus in the sum": client("self._n = 0", "self._n = (i := self._n) + 1; rec(call_index=i)"),
    "walrus": client("self._n = 0", INCREMENT + "rec(call_index=(i := self._n))"),
    "walrus before": client("self._n = 0", INCREMENT + "(i := self._n); rec(call_index=i)"),
    "iterator": client("self._n = count()", "rec(call_index=next(self._n))"),
    "iterator, iter": client("self._n = iter(range(99))", "rec(call_index=next(self._n))"),
    "iterator, method": client(
        "self._n = itertools.count()", "rec(call_index=self._n.__next__())"
    ),
    "iterator's method": client("self._n = count(1).__next__", "rec(call_index=self._n())"),
    "iterator in a partial": client(
        "self._n = partial(next, count())", "rec(call_index=self._n())"
    ),
    "iterator in a lambda": client(
        "numbers = count(); self._n = lambda: next(numbers)", "rec(call_index=self._n())"
    ),
    "iterator by a local": client("i = count(); self._n = i", "rec(call_index=next(self._n))"),
    "length": client("self._n = []", "rec(call_index=len(self._n)); self._n.append(1)"),
    "length of a set": client("self._n = set()", "rec(call_index=len(self._n)); self._n.add(1)"),
    "length of a dict": client("self._n = {}", "rec(call_index=len(self._n)); self._n[p] = 1"),
    "length of a dict that is filled otherwise": client(
        "self._n = dict()", "rec(call_index=len(self._n)); self._n.setdefault(p, 1)"
    ),
    "length of list()": client("self._n = list()", "self._n.append(rec(call_index=len(self._n)))"),
    "per key": client("self._n = {}", "rec(call_index=self._n[1]); self._n[1] += 1"),
    "per key, counter": client(
        "self._n = Counter()", "i = self._n['x']; self._n['x'] += 1; rec(call_index=i)"
    ),
    "as text": client("self._n = 0", INCREMENT + "rec(call_index=str(self._n))"),
    "in a dict": client("self._n = 0", INCREMENT + "rec({'call_index': self._n})"),
    "set with others": client("self.a, self._n = 1, 0", INCREMENT + "rec(call_index=self._n)"),
    "other spelling": client("self._n = 0", INCREMENT + "rec(call_number=self._n)"),
    "by position": client("self._n = 0", INCREMENT + "self.rec.record_call('s', self._n)"),
    "by name alone": client("self._call_index = 0", "self._call_index += 1; rec(self)"),
    "through a method": client(
        "self._n = 0",
        "rec(call_index=self.next())",
        "    def next(self):\n        i = self._n\n        self._n += 1\n        return i\n",
    ),
    "through a property": client(
        "self._n = 0",
        INCREMENT + "rec(call_index=self.index)",
        "    @property\n    def index(self):\n        return self._n\n",
    ),
    "awaited": client(
        "self._n = 0",
        "rec(call_index=await self.next())",
        "    async def next(self):\n        self._n += 1\n        return self._n\n",
    ),
    "in a base": "class Base:\n"
    "    def __init__(self):\n        self._n = 0\n"
    "    def next(self):\n        self._n += 1\n        return self._n\n"
    "class Client(Base):\n"
    "    def ask(self):\n        rec(call_index=self.next())\n",
    "through super": "class Base:\n"
    "    def __init__(self):\n        self._n = 0\n"
    "    def next(self):\n        self._n += 1\n        return self._n\n"
    "class Client(Base):\n"
    "    def next(self):\n        return super().next()\n"
    "    def ask(self):\n        rec(call_index=self.next())\n",
    "an object that counts": "class Indexes:\n"
    "    def __init__(self):\n        self._n = 0\n"
    "    def next(self):\n        self._n += 1\n        return self._n\n"
    + client("self._indexes = Indexes()", "rec(call_index=self._indexes.next())"),
    "class variable that is a number": "class Client:\n    _n = 0\n"
    "    def ask(self):\n        self._n += 1\n        rec(call_index=self._n)\n",
    "dataclass": "@dataclass\nclass Client:\n    _n: int = 0\n"
    "    def ask(self):\n        self._n += 1\n        rec(call_index=self._n)\n",
    "dataclass, default": "@dataclass\nclass Client:\n    _n: int = field(default=0)\n"
    "    def ask(self):\n        self._n += 1\n        rec(call_index=self._n)\n",
    "dataclass, factory": "@dataclass\nclass Client:\n    _n: list = field(default_factory=list)\n"
    "    def ask(self):\n        rec(call_index=len(self._n))\n        self._n.append(1)\n",
    "dataclass, lambda": "@dataclass\nclass Client:\n"
    "    _n: object = field(default_factory=lambda: count())\n"
    "    def ask(self):\n        rec(call_index=next(self._n))\n",
    "private attribute": "class Client(BaseModel):\n    _n: int = PrivateAttr(0)\n"
    "    def ask(self):\n        self._n += 1\n        rec(call_index=self._n)\n",
}


@pytest.mark.parametrize("text", COUNTS.values(), ids=COUNTS)
def test_the_client_counts(text: str) -> None:
    found = read(text)
    assert found.counting is Counting.CLIENT
    assert found.owner is not None
    assert found.node is not None


RECORDERS = {
    "allocates": client(
        "self.rec = rec", "i = self.rec.allocate_call_index(1); rec(call_index=i)"
    ),
    "beside a counter": client(
        "self._n = 0", INCREMENT + "rec(call_index=self._n, other=self.rec.next_call_index())"
    ),
}


@pytest.mark.parametrize("text", RECORDERS.values(), ids=RECORDERS)
def test_the_recorder_counts(text: str) -> None:
    assert read(text).counting is Counting.RECORDER


UNKNOWNS = {
    "a shared iterator's method": client("self._n = SHARED.__next__", "rec(call_index=self._n())"),
    "a shared iterator in a partial": client(
        "self._n = partial(next, SHARED)", "rec(call_index=self._n())"
    ),
    "a shared iterator in a lambda": client(
        "self._n = lambda: next(SHARED)", "rec(call_index=self._n())"
    ),
    "a shared iterator by a local": client(
        "i = SHARED; self._n = i", "rec(call_index=next(self._n))"
    ),
    "one iterator or another": client(
        "i = count(); i = SHARED; self._n = i", "rec(call_index=next(self._n))"
    ),
    "what the recorder counts with": client(
        "self._n = partial(rec.number, state_id)", "rec(call_index=self._n())"
    ),
    "nothing": "class Client:\n    pass\n",
    "counts tokens": client("self._n = 0", INCREMENT + "rec(prompt)"),
    "never advanced": client("self._n = 0", "rec(call_index=self._n)"),
    "advanced in the constructor alone": client(
        "self._n = 0; self._n += 1", "rec(call_index=self._n)"
    ),
    "given": client("self._n = start", INCREMENT + "rec(call_index=self._n)"),
    "given at each call": client("self._n = 0", INCREMENT + "rec(call_index=prompt)"),
    "not advanced in one tuple": client(
        "self._n = 0", "i, self._n = self._n, 0; rec(call_index=i)"
    ),
    "other attribute in one tuple": client(
        "self._n = 0; self._m = 0", "i, self._m = self._n, self._m + 1; rec(call_index=i)"
    ),
    "local in one tuple": client("self._n = 0", "i, n = self._n, self._n + 1; rec(call_index=i)"),
    "taken up in one tuple": client(
        "self._n = 0", INCREMENT + "i, self._n = self._n, rec.count('s'); rec(call_index=i)"
    ),
    "taken up, unpacked": client(
        "self._n = 0", INCREMENT + "i, self._n = rec.state('s'); rec(call_index=self._n)"
    ),
    "shared by the class": "class Client:\n    _n = count()\n"
    "    def ask(self):\n        rec(call_index=next(self._n))\n",
    "shared list": "class Client:\n    _n = []\n"
    "    def ask(self):\n        self._n.append(rec(call_index=len(self._n)))\n",
    "of the class, not the object": client("type(self)._n = 0", "rec(call_index=type(self)._n)"),
    "of the module": "n = 0\n" + client("pass", "rec(call_index=n)"),
    "unknown function": client("self._n = 0", INCREMENT + "rec(call_index=index(self._n))"),
    "unknown object": client("self._n = 0", INCREMENT + "rec(call_index=other.next())"),
    "unknown method": client("self._n = 0", INCREMENT + "rec(call_index=self.next())"),
    "called result": client("self._n = 0", INCREMENT + "rec(call_index=f()(self))"),
    "in circles": client(
        "self._n = 0",
        "rec(call_index=self.a())",
        "    def a(self):\n        return self.b()\n    def b(self):\n        return self.a()\n",
    ),
    "static": "class Client:\n    @staticmethod\n    def ask(self):\n"
    "        self._n += 1\n        rec(call_index=self._n)\n",
    "subtracted": client("self._n = 9", "self._n -= 1; rec(call_index=self._n)"),
    "text": client("self._n = 'a'", "self._n += 'b'; rec(call_index=self._n)"),
    "a list that is not empty": client("self._n = [1]", "self._n += [2]; rec(call_index=self._n)"),
    "other attribute": client("self._n = 0; self._m = 0", "self._m += 1; rec(call_index=self._n)"),
    "field without default": "@dataclass\nclass Client:\n    _n: int = field(init=False)\n"
    "    def ask(self):\n        self._n += 1\n        rec(call_index=self._n)\n",
    "holds itself": "class Client:\n    def __init__(self):\n        self._c = Client()\n"
    "    def ask(self):\n        rec(call_index=self._c.ask())\n",
}


@pytest.mark.parametrize("text", UNKNOWNS.values(), ids=UNKNOWNS)
def test_nobody_is_seen_to_count(text: str) -> None:
    assert read(text) == Counter(Counting.UNKNOWN)


HANDED = {
    "object that was given": "class Indexes:\n"
    "    def __init__(self):\n        self._n = 0\n"
    "    def next(self):\n        self._n += 1\n        return self._n\n"
    "class Client:\n"
    "    def __init__(self, indexes: Indexes):\n        self._indexes = indexes\n"
    "    def ask(self):\n        rec(call_index=self._indexes.next())\n",
    "iterator that was given": client("self._n = state_id", "rec(call_index=next(self._n))"),
    "number that was given": client("self._n = state_id", INCREMENT + "rec(call_index=self._n)"),
}


@pytest.mark.parametrize("text", HANDED.values(), ids=HANDED)
def test_the_client_counts_with_what_it_is_given(text: str) -> None:
    found = read(text)
    assert found.counting is Counting.CLIENT
    assert found.handed in ("indexes", "state_id")


def test_where_the_counter_starts() -> None:
    found = read(COUNTS["in a base"])
    assert found.owner is not None
    assert isinstance(found.node, ast.Constant)
    assert (found.owner.name, found.node.lineno) == ("Base", 3)
