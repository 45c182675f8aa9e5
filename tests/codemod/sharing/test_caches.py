"""Get-or-create in the spellings that authors use, and what else happens when a client is made."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._own(sid).ask(row["prompt"]))
    finally:
        self._clients.pop(sid, None)
return output
"""
FIXED = {
    "walrus": """
        if (client := self._clients.get(state_id)) is None:
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return client
        """,
    "walrus, for its truth": """
        if not (client := self._clients.get(state_id)):
            client = AuditedClient(self._recorder, state_id)
            self._clients[state_id] = client
        return client
        """,
    "walrus that returns": """
        if (client := self._clients.get(state_id)) is not None:
            return client
        client = AuditedClient(self._recorder, state_id)
        self._clients[state_id] = client
        return client
        """,
    "truth that returns": """
        if client := self._clients.get(state_id):
            return client
        made = AuditedClient(self._recorder, state_id)
        self._clients[state_id] = made
        return made
        """,
    "or": """
        client = self._clients.get(state_id) or AuditedClient(self._recorder, state_id)
        self._clients[state_id] = client
        return client
        """,
    "missing key": """
        try:
            client = self._clients[state_id]
        except KeyError:
            client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return client
        """,
    "hit, else": """
        if state_id in self._clients:
            client = self._clients[state_id]
        else:
            client = AuditedClient(self._recorder, state_id)
            self._clients[state_id] = client
        return client
        """,
    "made before it is needed": """
        if state_id not in self._clients:
            if self._recorder is None:
                raise RuntimeError("no recorder")
            assert self._recorder
            provider = "x"
            made: AuditedClient = AuditedClient(self._recorder, state_id, provider)
            self._clients.setdefault(state_id, made)
        return self._clients[state_id]
        """,
    "checked twice": """
        client = self._clients.get(state_id)
        if client is None:
            with self._lock:
                client = self._clients.get(state_id)
                if client is None:
                    client = AuditedClient(self._recorder, state_id)
                    self._clients[state_id] = client
        return client
        """,
}
REFUSED = {
    "made for each call": (
        "return AuditedClient(self._recorder, state_id)",
        "a client is constructed for each row",
    ),
    "stored without a look": (
        "client = AuditedClient(self._recorder, state_id)\nself._clients[state_id] = client\n"
        "return client",
        "the client is kept in 'self._clients', and not seen to be made only where",
    ),
    "kept with something else": (
        "if state_id not in self._clients:\n"
        "    self._clients[state_id] = AuditedClient(self._recorder, state_id), 'model'\n"
        "return self._clients[state_id][0]",
        "the client is kept in 'self._clients' as part of something else",
    ),
    "another key": (
        "if state_id not in self._clients:\n    client = AuditedClient(self._recorder, state_id)\n"
        "    self.done = client\nreturn self._clients.get(state_id)",
        "a client is constructed for each row",
    ),
    "factories that call each other": (
        "if self.done:\n    return self._own(state_id)\n"
        "return AuditedClient(self._recorder, state_id)",
        "a client is constructed for each row",
    ),
    "logged": (
        "if state_id not in self._clients:\n    logger.info('new')\n"
        "    self._clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        "return self._clients[state_id]",
        "a line is logged for each client that is made",
    ),
    "logged under a lock": (
        "if state_id not in self._clients:\n    with self._lock:\n        print('new')\n"
        "        self._clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        "return self._clients[state_id]",
        "a line is logged for each client that is made",
    ),
    "counted": (
        "if state_id not in self._clients:\n"
        "    self._clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        "    self.done += 1\nreturn self._clients[state_id]",
        "'self.done += 1' runs for each client that is made",
    ),
    "asked": (
        "client = self._clients.get(state_id)\nif client is None:\n"
        "    client = AuditedClient(self._recorder, state_id)\n    client.ask('hello')\n"
        "    self._clients[state_id] = client\nreturn client",
        "'client.ask('hello')' runs for each client that is made",
    ),
    "set beside": (
        "if state_id not in self._clients:\n    self.done = 0\n"
        "    self._clients[state_id] = AuditedClient(self._recorder, state_id)\n"
        "return self._clients[state_id]",
        "'self.done = 0' runs for each client that is made",
    ),
    "made with what rows set": (
        "self.model = 'm'\nif state_id not in self._clients:\n"
        "    self._clients[state_id] = AuditedClient(self._recorder, state_id, self.model)\n"
        "return self._clients[state_id]",
        "the client is made with 'self.model', which rows set",
    ),
}


def code_of(body: str) -> str:
    """A module with its own way to get or make a client."""
    text = textwrap.indent(textwrap.dedent(body).strip(), " " * 4)
    return module(LOOP, f"def _own(self, state_id):\n{text}")


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, databases: tuple[Engine, ...]) -> None:
    code = code_of(FIXED[name])
    check(code, fixed(code), databases)


@pytest.mark.parametrize(
    "made",
    [
        "return AuditedClient(self._recorder, state_id)",
        "client = AuditedClient(self._recorder, state_id)\n    return client",
    ],
)
def test_factory(made: str, databases: tuple[Engine, ...]) -> None:
    """A client that a function makes and its caller keeps."""
    beside = f"""
def _own(self, state_id):
    if state_id not in self._clients:
        self._clients[state_id] = self._make(state_id)
    return self._clients[state_id]

def _make(self, state_id):
    {made}
"""
    code = module(LOOP, beside)
    check(code, fixed(code), databases)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, reason = REFUSED[name]
    assert refused(code_of(body)).reason.startswith(reason)


NAMED = """
client_class = AuditedClient

def _own(self, state_id):
    if state_id not in self._clients:
        self._clients[state_id] = self.client_class(self._recorder, state_id)
    return self._clients[state_id]
"""
OTHERS = (
    "",
    "    def use(self, other):\n        self.client_class = other\n",
    "class Sub(Transform):\n    client_class = AllocatingClient\n",
    "class Sub(Transform):\n    if logger:\n        client_class = AllocatingClient\n",
)


@pytest.mark.parametrize("other", OTHERS)
def test_class_that_the_plugin_names(other: str, databases: tuple[Engine, ...]) -> None:
    """It is known, unless a subclass may name another one, or an object be given one."""
    code = f"{module(LOOP.strip(), NAMED)}\n{other}"
    if other:
        reason = "the id is handed to 'self.client_class', which cannot be seen"
        assert refused(code).reason == reason
    else:
        check(code, fixed(code), databases, ("none", "one", "five"))


AFTER = """
output = []
for i, row in enumerate(rows):
    output.append(self._answer(row, f"{ctx.state_id}_row{i}"))
AFTER
return output
"""
ENDINGS = (
    ("self._clients.clear()", ""),
    ("self._clients = {}", ""),
    ("if self._clients:\n    self._clients.clear()", ""),
    ("for client in self._clients.values():\n    client.close()\nself._clients.clear()", ""),
    ("for sid in list(self._clients):\n    self._clients.pop(sid).close()", ""),
    ("while self._clients:\n    _, one = self._clients.popitem()\n    one.close()", ""),
    (
        "while self._clients:\n    self._clients.popitem()\n    self.done += 1",
        "depends on how many clients it holds",
    ),
    ("logger.info('%d clients', len(self._clients))\nself._clients.clear()", ""),
    ("output.append(len(self._clients))", "depends on how many clients it holds"),
    ("output.extend(self._clients.values())", "depends on how many clients it holds"),
    ("for _ in self._clients.values():\n    self.done += 1", "depends on how many clients"),
    ("if len(rows) == self._clients:\n    pass", "depends on how many clients it holds"),
    ("output.append(f'{self._clients}')", "depends on how many clients it holds"),
    ("return dict(known=self._clients)", "depends on how many clients it holds"),
)


@pytest.mark.parametrize(("ending", "reason"), ENDINGS)
def test_cache_after_the_loop(ending: str, reason: str, databases: tuple[Engine, ...]) -> None:
    """Where there were as many clients as rows, there is one."""
    code = module(AFTER.replace("AFTER", ending))
    if reason:
        assert reason in refused(code).reason
    else:
        new = fixed(code)
        if "logger" not in ending:
            check(code, new, databases, ("none", "one", "five", "raising"))


PRESENT = (
    "if sid in self._clients:\n        continue",
    "if self._clients.get(sid):\n        continue",
    "known = self._clients.get(sid)\n    if known is not None:\n        continue",
)


@pytest.mark.parametrize("test", PRESENT)
def test_presence(test: str) -> None:
    """From the second row on there is a client, where there was none."""
    code = module(LOOP.replace("    try:", f"    {test}\n    try:").replace("_own", "_client"))
    assert refused(code).reason.startswith("rows test whether the cache holds a client")


OPEN = """
def _open(self, state_id):
    client = AuditedClient(self._recorder, state_id)
    self._clients[state_id] = client
    return client
"""
NEW = "a client is constructed for each row, so call_index would restart"
OVER = "the client is kept in 'self._clients', and not seen to be made only where that holds none"
ELSEWHERE = "rows test whether the cache holds a client, which it does from the first row on"
# What looks a client up, and why it is refused.
OPENED = {
    "if state_id not in self._clients:\n    self._open(state_id)\n"
    "return self._clients[state_id]": "",
    "return self._clients.get(state_id) or self._open(state_id)": "",
    "client = self._clients.get(state_id)\n"
    "if client is None:\n    client = self._open(state_id)\nreturn client": "",
    "try:\n    return self._clients[state_id]\nexcept KeyError:\n"
    "    return self._open(state_id)": "",
    "if (client := self._clients.get(state_id)) is None:\n    client = self._open(state_id)\n"
    "return client": "",
    "return self._open(state_id)": OVER,
    "return self._others.get(state_id) or self._open(state_id)": OVER,
    "client = self._clients.get(state_id) or self._open(state_id)\n"
    "return client if self.done else self._open(state_id)": OVER,
    "self.done += state_id in self._clients\n"
    "return self._clients.get(state_id) or self._open(state_id)": ELSEWHERE,
    "client = self._clients.get(state_id)\nself.done += client is None\n"
    "return client or self._open(state_id)": ELSEWHERE,
    "client = self._clients.get(state_id)\nif client is None:\n    logger.info('new')\n"
    "    client = self._open(state_id)\nreturn client": "a line is logged for each client that is "
    "made, and one is made for all rows",
}


@pytest.mark.parametrize("body", OPENED)
def test_a_function_that_puts_a_client_there(body: str, databases: tuple[Engine, ...]) -> None:
    own = f"{OPEN}\ndef _own(self, state_id):\n{textwrap.indent(body, '    ')}\n"
    code = module(LOOP, f"_others = {{}}\n{own}")
    if OPENED[body]:
        assert refused(code).reason == OPENED[body]
    else:
        check(code, fixed(code), databases, ("none", "five", "raising"))


@pytest.mark.parametrize("when", ["if self.done:", "for _ in range(self.done):"])
def test_a_client_that_is_not_always_put_there(when: str) -> None:
    stored = "    self._clients[state_id] = client\n"
    own = OPEN.replace(stored, f"    {when}\n    {stored}")
    own += "\ndef _own(self, state_id):\n    "
    own += "return self._clients.get(state_id) or self._open(state_id)"
    assert refused(module(LOOP, own)).reason == NEW


POOLED = """
with ThreadPoolExecutor(2) as pool:
    futures = [
        pool.submit(self._own, f"{ctx.state_id}_row{i}", row) for i, row in enumerate(rows)
    ]
return [future.result() for future in futures]
"""
LOOK = "client = self._clients.get(sid) or self._open(sid)\n"
LOCKED = f"with self._lock:\n        {LOOK}"
HELD = OPEN.replace(
    "    self._clients[state_id] = client\n    return client",
    "    with self._lock:\n        self._clients[state_id] = client\n"
    "        return self._clients[state_id]",
)


@pytest.mark.parametrize(
    ("first", "second", "opening", "safe"),
    [
        (LOCKED, LOCKED, OPEN, True),
        (LOCKED, LOOK, OPEN, False),
        (LOOK, LOOK, HELD, False),
    ],
)
def test_threads_that_put_a_client_there(
    first: str, second: str, opening: str, safe: bool, databases: tuple[Engine, ...]
) -> None:
    """The lock is held from the look to what is put there, wherever that is."""
    own = f"{opening}\ndef _own(self, sid, row):\n    {first}"
    own += "    if row.get('skip'):\n        return []\n"
    own += f"    {second}    return client.ask(row['prompt'])"
    code = module(POOLED, own)
    if safe:
        check(code, fixed(code), databases, ("none", "five"), ordered=False)
    else:
        assert refused(code).reason.startswith("rows may run in several threads")
