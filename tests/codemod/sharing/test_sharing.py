"""What a client is made with, how often, and whether it is surely made before it is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed
from tests.codemod.fixing import refused
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

MODEL = """
def _with(self, row, state_id, model="none"):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._recorder, state_id, model)
    return self._clients[state_id].ask(row["prompt"])

def _own(self, row, state_id, *, provider="x"):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._recorder, state_id, provider)
    return self._clients[state_id].ask(row["prompt"])

def _outer(self, row, state_id, model):
    chosen = model
    return self._with(row, state_id, chosen)
"""
PARTS = """
parts = ("a", "b")

def _of_parts(self, row, state_id):
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(
            self._recorder, state_id, tuple([part.upper() for part in self.parts])
        )
    return self._clients[state_id].ask(row["prompt"])
"""
LOOP = """
output = []
model = "m"
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(USE)
    self._clients.pop(sid, None)
return output
"""
# The client of a row by one of two ways, and the same way twice.
TWO = """
def _either(self, row, state_id):
    if row.get("skip"):
        FIRST
    SECOND

def _one(self, row, state_id):
    return self._with(row, state_id, "m")
"""


def two(first: str, second: str) -> str:
    return MODEL + TWO.replace("FIRST", first).replace("SECOND", second)


MADE = """
def _either(self, row, state_id):
    if state_id not in self._clients:
        if row.get("skip"):
            self._clients[state_id] = FIRST
        else:
            self._clients[state_id] = SECOND
    return self._clients[state_id].ask(row["prompt"])
"""
EITHER = LOOP.replace("USE", "self._either(row, sid)")
# A client kept under more than its id.
KEYED = """
def _keyed(self, row, state_id, model="m"):
    key = (state_id, model)
    if key not in self._clients:
        self._clients[key] = AuditedClient(self._recorder, state_id)
    return self._clients[key].ask(row["prompt"])

def _indexed(self, row, state_id):
    if (state_id, "m") not in self._clients:
        self._clients[state_id, "m"] = AuditedClient(self._recorder, state_id)
    return self._clients[state_id, "m"].ask(row["prompt"])

def _either(self, row, state_id):
    if row.get("skip"):
        return self._keyed(row, state_id, "n")
    return self._keyed(row, state_id)

def _plain(self, row, state_id):
    client = self._clients.get(state_id)
    if client is None:
        client = self._clients[state_id, "m"] = AuditedClient(self._recorder, state_id)
    return client.ask(row["prompt"])

def _let_go(self, state_id):
    self._clients.pop((state_id, "m"), None)
"""
POP = "self._clients.pop(sid, None)"


def keyed(use: str, release: str = POP.replace("sid,", '(sid, "m"),')) -> str:
    return LOOP.replace("USE", use).replace(POP, release)


STRICT = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    MAKE
    del self._clients[sid]
return output
"""
FIXED = (
    Case("default", LOOP.replace("USE", "self._with(row, sid)"), MODEL),
    Case("keyword default", LOOP.replace("USE", "self._own(row, sid)"), MODEL),
    Case("local before the loop", LOOP.replace("USE", "self._with(row, sid, model)"), MODEL),
    Case("of what is alike", LOOP.replace("USE", "self._of_parts(row, sid)"), PARTS),
    Case("through a local", LOOP.replace("USE", "self._outer(row, sid, model=model)"), MODEL),
    Case(
        "the same in two places",
        EITHER,
        two("return self._with(row, state_id, 'm')", "return self._with(row, state_id, 'm')"),
    ),
    Case(
        "the same by two ways",
        EITHER,
        two("return self._one(row, state_id)", "return self._one(row, state_id)"),
    ),
    Case(
        "made alike in two places",
        EITHER,
        MADE.replace("FIRST", "AuditedClient(self._recorder, state_id)").replace(
            "SECOND", "AuditedClient(self._recorder, state_id)"
        ),
    ),
    Case("kept under two things", keyed("self._keyed(row, sid)"), KEYED),
    Case("kept under two things, by a local", keyed("self._keyed(row, sid, model)"), KEYED),
    Case("kept under two things, in place", keyed("self._indexed(row, sid)"), KEYED),
    Case(
        "kept under two things, deleted",
        keyed("self._indexed(row, sid)", 'del self._clients[sid, "m"]'),
        KEYED,
    ),
    Case(
        "kept under two things, popped",
        keyed("self._indexed(row, sid)", 'self._clients.pop((sid, "m"))'),
        KEYED,
    ),
    Case(
        "kept under two things, tested",
        keyed(
            "self._indexed(row, sid)",
            'if (sid, "m") in self._clients:\n        del self._clients[(sid, "m")]',
        ),
        KEYED,
    ),
    Case(
        "kept under two things, let go by a helper",
        keyed("self._indexed(row, sid)", "self._let_go(sid)"),
        KEYED,
    ),
    Case(
        "made in every branch",
        STRICT.replace(
            "MAKE",
            "if row.get('skip'):\n        self._client(sid)\n"
            "    else:\n        output.append(self._answer(row, sid))",
        ),
    ),
    Case(
        "made in a try and its handler",
        STRICT.replace(
            "MAKE",
            "try:\n        output.append(self._client(sid).ask(row['prompt']))\n"
            "    except ProviderError:\n        output.append(self._client(sid).ask('again'))",
        ),
    ),
    Case(
        "made in a loop over a literal",
        STRICT.replace(
            "MAKE",
            "for n, question in enumerate(['a', 'b']):\n"
            "        output.append(self._ask(row, question, sid) + str(n))",
        ),
    ),
    Case(
        "made under a lock",
        STRICT.replace("MAKE", "with self._lock:\n        output.append(self._quick(row, sid))"),
        "def _quick(self, row, state_id):\n    return self._clients.setdefault("
        "state_id, AuditedClient(self._recorder, state_id)).ask(row['prompt'])",
    ),
)
DIFFERS = "which differs from row to row"
MAY = "a row may reach this release without a client"
REFUSED = (
    Case(
        "of something of the row among what is alike",
        LOOP.replace("USE", "self._of_parts(row, sid)"),
        PARTS.replace("part.upper()", "part + row['id']"),
        DIFFERS,
    ),
    Case(
        "of what the row holds",
        LOOP.replace("USE", "self._of_parts(row, sid)"),
        PARTS.replace("self.parts", "row['id']"),
        DIFFERS,
    ),
    Case(
        "of what is used up",
        LOOP.replace("USE", "self._of_parts(row, sid)"),
        PARTS.replace("tuple([part.upper() for part in self.parts])", "(p for p in self.parts)"),
        DIFFERS,
    ),
    Case("of the row", LOOP.replace("USE", "self._with(row, sid, row['id'])"), MODEL, DIFFERS),
    Case(
        "of what rows set",
        LOOP.replace("USE", "self._with(row, sid, self.done)").replace(
            "    self._clients", "    self.done = i\n    self._clients"
        ),
        MODEL,
        DIFFERS,
    ),
    Case(
        "of the row, in a thread",
        """
        with ThreadPoolExecutor(2) as pool:
            futures = [
                pool.submit(self._locked, row, f"{ctx.state_id}_row{i}", row["id"])
                for i, row in enumerate(rows)
            ]
        return [future.result() for future in futures]
        """,
        """
        def _locked(self, row, state_id, model):
            with self._lock:
                if state_id not in self._clients:
                    self._clients[state_id] = AuditedClient(self._recorder, state_id, model)
            return self._clients[state_id].ask(row["prompt"])
        """,
        DIFFERS,
    ),
    Case(
        "of the row, in a comprehension",
        "return [self._with(r, f'{ctx.state_id}_{n}', r['id']) for n, r in enumerate(rows)]",
        MODEL,
        DIFFERS,
    ),
    Case(
        "of the row, mapped",
        """
        models = [row["id"] for row in rows]
        ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]
        return list(map(self._with, rows, ids, models))
        """,
        MODEL,
        DIFFERS,
    ),
    Case(
        "of a starred row",
        LOOP.replace("USE", "self._with(state_id=sid, row=row, **row)"),
        MODEL,
        DIFFERS,
    ),
    Case("kept under the row", keyed("self._keyed(row, sid, row['id'])"), KEYED, DIFFERS),
    Case("kept under one of two", keyed("self._either(row, sid)"), KEYED, DIFFERS),
    Case(
        "kept under two keys",
        keyed("self._indexed(row, sid)", "self._keyed(row, sid, 'n')"),
        KEYED,
        "clients are kept under different keys with the one id",
    ),
    Case(
        "kept under two kinds of keys",
        keyed("self._plain(row, sid)"),
        KEYED,
        "clients are kept under different keys with the one id",
    ),
    Case(
        "kept under what rows set",
        keyed("self._keyed(row, sid, self.done)", "self.done = i"),
        KEYED,
        DIFFERS,
    ),
    Case(
        "released under what rows bind",
        keyed("self._keyed(row, sid)", 'name = "m"\n    self._clients.pop((sid, name), None)'),
        KEYED,
        "the client is released with 'name', which is bound for each row",
    ),
    Case(
        "kept under two things, closed",
        keyed("self._indexed(row, sid)", 'self._clients.pop((sid, "m")).close()'),
        KEYED,
        "the release needs a client, and is kept under more than the id",
    ),
    Case(
        "deleted under another key",
        keyed("self._indexed(row, sid)", 'del self._clients[sid, "n"]'),
        KEYED,
        "the client is released under a key that may be another than it is kept under",
    ),
    Case(
        "a key that is handed out",
        keyed("self._indexed(row, sid)", 'key = (sid, "m")\n    output.append(key)'),
        KEYED,
        "the id is part of a tuple",
    ),
    Case(
        "one of two constants",
        EITHER,
        two("return self._with(row, state_id, 'm')", "return self._with(row, state_id, 'n')"),
        DIFFERS,
    ),
    Case(
        "one of two constants, farther away",
        EITHER,
        two(
            "return self._outer(row, state_id, 'm')",
            "return self._outer(row, state_id, model='n')",
        ),
        DIFFERS,
    ),
    Case(
        "one of two by a local",
        EITHER,
        two(
            "model = 'm'",
            "else:\n        model = 'n'\n    return self._with(row, state_id, model)",
        ),
        DIFFERS,
    ),
    Case(
        "made in two ways",
        EITHER,
        MADE.replace("FIRST", "AuditedClient(self._recorder, state_id, 'm')").replace(
            "SECOND", "AuditedClient(self._recorder, state_id, 'n')"
        ),
        "clients of one cache are made in different ways",
    ),
    Case(
        "made with more in one place",
        EITHER,
        MADE.replace("FIRST", "AuditedClient(self._recorder, state_id, 'm')").replace(
            "SECOND", "AuditedClient(self._recorder, state_id)"
        ),
        "clients of one cache are made in different ways",
    ),
    Case(
        "once for the batch, made for each call",
        """
        sid = f"{ctx.state_id}_all"
        return [AuditedClient(self._recorder, state_id=sid).ask(row["prompt"]) for row in rows]
        """,
        reason="a client is constructed for each row",
    ),
    Case(
        "made in one branch",
        STRICT.replace(
            "MAKE", "if row.get('skip'):\n        output.append(self._answer(row, sid))"
        ),
        reason=MAY,
    ),
    Case(
        "made where a comprehension has rounds",
        STRICT.replace("MAKE", "output.extend([self._ask(row, q, sid) for q in row['id'][1:]])"),
        reason=MAY,
    ),
    Case(
        "made where a while has rounds",
        STRICT.replace("MAKE", "while row.pop('go', 0):\n        self._answer(row, sid)"),
        reason=MAY,
    ),
    Case(
        "made if the other is false",
        STRICT.replace("MAKE", "output.append(row.get('skip') or self._answer(row, sid))"),
        reason=MAY,
    ),
    Case(
        "made in one arm",
        STRICT.replace("MAKE", "output.append(1 if row.get('x') else self._answer(row, sid))"),
        reason=MAY,
    ),
    Case(
        "made after something that raises",
        STRICT.replace(
            "    MAKE\n    del self._clients[sid]",
            "    try:\n        row['id']\n        output.append(self._answer(row, sid))\n"
            "    finally:\n        del self._clients[sid]",
        ),
        reason=MAY,
    ),
    Case(
        "released in a handler",
        STRICT.replace(
            "    MAKE\n    del self._clients[sid]",
            "    try:\n        output.append(self._answer(row, sid))\n"
            "    except ProviderError:\n        del self._clients[sid]",
        ),
        reason="the client is released only under a condition",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "one", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    refusal = refused(module(case.method, case.beside))
    assert case.reason in refusal.reason
    assert refusal.remedy
