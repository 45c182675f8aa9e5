"""What rows do with their client, and what its class does, that shows when rows share it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Fixed, Refused
from flake8_stateid.configuration import Configuration
from flake8_stateid.settings import Settings
from tests.codemod.fixing import PATH, fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        client = self._client(sid)
        USE
    finally:
        self._clients.pop(sid, None)
return output
"""
ASK = "output.append(client.ask(row['prompt']))"
FIXED = {
    "asked": ASK,
    "tested": f"if client is not None and client:\n    {ASK}\nassert client",
    "named twice": "again = client\noutput.append(again.ask(row['prompt']))",
    "walrus": "output.append((other := self._client(sid)).ask(row['prompt']))\nother.ask('x')",
    "one or the other": "output.append((client or self._client(sid)).ask(row['prompt']))",
    "chosen": "output.append((client if row else None).ask(row['prompt']))",
    "handed to a helper": "output.append(self._asks(client, row))",
    "handed to a helper by name": "output.append(self._asks(row=row, client=client))",
    "handed to an executor": (
        "with ThreadPoolExecutor(1) as pool:\n"
        "    output.append(pool.submit(self._asks, client, row).result())"
    ),
    "its method handed to an executor": (
        "with ThreadPoolExecutor(1) as pool:\n"
        "    output.append(pool.submit(client.ask, row['prompt']).result())"
    ),
    "logged": f"logger.info('%s', client)\n{ASK}",
}
BESIDE = """
def _asks(self, client, row):
    return client.ask(row["prompt"])

def _ends(self, client):
    client.close()
"""
CLOSED = "the client is closed for each row"
SEEN = "where rows could see that they share it"
REFUSED = {
    "closed": ("client.close()", CLOSED),
    "closed by a bound method": ("end = client.close\nend()", CLOSED),
    "closed by a with": ("with client:\n    pass", CLOSED),
    "closed by closing": ("with closing(client):\n    pass", "nothing would use 'client' once"),
    "closed by a stack": ("with ExitStack() as stack:\n    stack.enter_context(client)", CLOSED),
    "closed in a helper": ("self._ends(client)", CLOSED),
    "closed in a helper, by name": ("self._ends(client=client)", CLOSED),
    "kept": ("output.append(client)", SEEN),
    "kept in a list": ("output = [client]", SEEN),
    "kept on the object": ("self.done = client", SEEN),
    "compared": ("if client is not self.done:\n    pass", SEEN),
    "identified": ("output.append(id(client))", SEEN),
    "handed to what cannot be seen": ("self.done.run(client=client)", SEEN),
    "set": ("client.timeout = 3", "the client's 'timeout' is set for each row"),
    "its counter": (
        "output.append(client._call_index)",
        "the client's '_call_index' tells its calls or its id",
    ),
    "its next index": (
        "output.append(client._next_call_index())",
        "the client's '_next_call_index' tells its calls or its id",
    ),
}


def code_of(use: str) -> str:
    return module(LOOP.replace("USE", textwrap.indent(use, " " * 8).lstrip()), BESIDE)


@pytest.mark.parametrize("name", FIXED)
def test_fixed(name: str, databases: tuple[Engine, ...]) -> None:
    code = code_of(FIXED[name])
    check(code, fixed(code), databases, ("none", "one", "five", "raising"))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    use, reason = REFUSED[name]
    refusal = refused(code_of(use))
    assert reason in refusal.reason
    assert refusal.remedy


CLASS = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self._count = 0
        self._counting = Lock()

    def ask(self, prompt):
        with self._counting:
            index = self._count
            self._count += 1
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=prompt)
        return prompt
"""
ONCE = "the client logs, records or changes what is not its own when it is made or closed"
METHODS = {
    "plain": ("", ""),
    "logs its calls": ("def note(self):\n    logger.info('calls: %d', self._count)", ""),
    "hands its id on": ("def other(self):\n    self.recorder.note(state_id=self.state_id)", ""),
    "is final": ("@final\n@te.override\ndef last(self):\n    return self.ask('last')", ""),
    "retries": ("@retry(3)\ndef again(self):\n    return self.ask('again')", ""),
    "limits its calls": (
        "def limited(self, prompt):\n    if self._count > 2:\n        raise ValueError\n"
        "    return self.ask(prompt)",
        "the client's class tests how many calls it made",
    ),
    "tests what it told": (
        "def number(self):\n    return self._count\n\ndef limited(self):\n"
        "    last = self.number()\n    assert last < 3",
        "the client's class tests how many calls it made",
    ),
    "remembers": (
        "def keep(self, prompt):\n    self.history.append(prompt)",
        "the client keeps 'self.history' from call to call",
    ),
    "adds up": (
        "def pay(self, cost):\n    self.total += cost",
        "the client keeps 'self.total' from call to call",
    ),
    "caches": (
        "@lru_cache(maxsize=8)\ndef cached(self, prompt):\n    return self.ask(prompt)",
        "a method of the client is decorated with 'lru_cache'",
    ),
    "logs its end": (
        "def close(self):\n    logger.info('closed')",
        ONCE,
    ),
    "records its end": (
        "def close(self):\n    self._last()\n\ndef _last(self):\n    self.ask('bye')\n"
        "    self.recorder.record_call(state_id=self.state_id, call_index=9, request='x')",
        ONCE,
    ),
}
TEXTS = {
    "an f-string": 'f"{index}: {prompt}"',
    "str": "str(index) + prompt",
    "a format": '"{}: {}".format(index, prompt)',
    "a percent": '"%d: %s" % (index, prompt)',
    "the counter itself": 'f"{self._count}: {prompt}"',
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_the_counter(name: str, databases: tuple[Engine, ...]) -> None:
    """What a client asks or says would change, where it is made of the number of its calls."""
    code = module(KEPT, CLASS.replace("request=prompt", f"request={TEXTS[name]}"))
    assert refused(code).reason.startswith("the client's class makes a text of how many calls")
    said = CLASS.replace("return prompt", f"logger.info({TEXTS[name]})\n        return prompt")
    code = module(KEPT, said)
    check(code, fixed(code), databases, ("none", "one", "five"))


# What the constructor does besides, and whether it does that for itself only.
MADE = {
    "a list of its own": ("self.options = []\nself.options.append(recorder)", True),
    "a dictionary of its own": ("headers = {}\nheaders['x'] = 1\nself.headers = headers", True),
    "an attribute by its name": ("setattr(self, 'name', 'x')", True),
    "a list of its class": ("OwnClient.made.append(recorder)", False),
    "a count of its class": ("type(self).number += 1", False),
    "a count of its class by itself": ("self.__class__.number += 1", False),
    "a number for each": ("self.number = next(NUMBERS)", False),
    "a count of the recorder": ("recorder.clients = 1", False),
    "a table of the recorder": ("table = recorder.table\ntable['x'] = 1", False),
    "a table of all": ("TABLE[state_id] = self", False),
    "a table of its own class": ("self.table[state_id] = self", False),
    "a global": ("global LAST\nLAST = recorder", False),
    "a register": ("recorder.register(self)", False),
    "a register, by a method": ("self._enter(recorder)", False),
}


@pytest.mark.parametrize("name", MADE)
def test_constructor(name: str, databases: tuple[Engine, ...]) -> None:
    """A constructor that changes what others see does it once, where it did it for each row."""
    does, own = MADE[name]
    made = CLASS.replace("self._count = 0", "self._count = 0\nDOES")
    made = made.replace("DOES", textwrap.indent(does, " " * 8))
    methods = "def _enter(self, register):\n    register.add(self)"
    code = module(KEPT, made + textwrap.indent(f"\n{methods}", "    "))
    if own:
        check(code, fixed(code), databases, ("none", "one", "five"))
    else:
        assert refused(code).reason.startswith(ONCE)


KEPT = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    if sid not in self._clients:
        self._clients[sid] = OwnClient(self._recorder, sid)
    output.append(self._clients[sid].ask(row["prompt"]))
    self._clients.pop(sid, None)
return output
"""


@pytest.mark.parametrize("name", METHODS)
def test_client_class(name: str, databases: tuple[Engine, ...]) -> None:
    methods, reason = METHODS[name]
    code = module(KEPT, CLASS + textwrap.indent(f"\n{methods}", "    "))
    if reason:
        assert refused(code).reason.startswith(reason)
        return
    new = fixed(code)
    if "@" not in methods:
        check(code, new, databases, ("none", "one", "five"))


# What a method of the client does to 'self._seen', which the constructor makes.
CHANGES = {
    "[]": "append(prompt) extend([prompt]) insert(0,prompt) remove(prompt) sort() reverse()"
    " clear() pop() __setitem__(0,prompt)",
    "{}": "update(x=1) setdefault('x',1) popitem() pop('x',None)",
    "set()": "add(prompt) discard(prompt) symmetric_difference_update(prompt)"
    " difference_update(prompt) intersection_update(prompt)",
    "deque()": "appendleft(prompt) popleft() rotate() extendleft(prompt)",
    "Counter()": "subtract(prompt)",
    "OrderedDict()": "move_to_end('x')",
    "queue.Queue()": "put(prompt) put_nowait(prompt) get_nowait() get() task_done()",
}
HANDED = {
    "heappush(self._seen, prompt)": True,
    "heapq.heappop(self._seen)": True,
    "remember(prompt, into=self._seen)": True,
    "self._note(self._seen)": True,
    "seen = self._seen\nseen.append(prompt)": True,
    "self._seen[0].append(prompt)": True,
    "self._seen[0][1] = prompt": True,
    "len(self._seen)": False,
    "sorted(self._seen)[:1]": False,
    "self._seen.index(prompt)": False,
    "self._seen.copy().append(prompt)": False,
    "[*self._seen].append(prompt)": False,
    "logger.info('%s', self._seen)": False,
    "print(self._seen)": False,
    "self.recorder.note(self._seen[0])": False,
}


def _remembering(made: str, does: str) -> str:
    keeps = CLASS.replace("self._count = 0", f"self._count = 0\n        self._seen = {made}")
    method = textwrap.indent(f"def keep(self, prompt):\n{textwrap.indent(does, '    ')}", "    ")
    return module(KEPT, f"{keeps}\n{method}")


@pytest.mark.parametrize(
    ("made", "change"),
    [(made, change) for made, changes in CHANGES.items() for change in changes.split()],
)
def test_each_way_to_remember(made: str, change: str) -> None:
    """Whatever changes a container of the client keeps something for the next row."""
    reason = refused(_remembering(made, f"self._seen.{change}")).reason
    assert reason == "the client keeps 'self._seen' from call to call, so rows would share it"


@pytest.mark.parametrize("does", HANDED)
def test_handing_a_container_on(does: str, databases: tuple[Engine, ...]) -> None:
    """A function that gets a container may change it, but for those known to look only."""
    code = _remembering("[]", does)
    if HANDED[does]:
        assert refused(code).reason.startswith("the client keeps 'self.")
    else:
        check(code, fixed(code), databases, ("none", "one", "five"))


TOLD = {
    "a property": "@property\ndef told(self):\n    return self._count",
    "a method of a local": "def told(self):\n    n = self._count\n    return {'calls': n}",
    "its id": "def told(self):\n    return self.state_id",
    "a text of its id": "def told(self):\n    return self.ask(f'{self.state_id} x')",
    "its id, added to": "def told(self):\n    return self.ask(self.state_id + ' x')",
    "its id, joined": "def told(self):\n    return self.ask('-'.join(('x', self.state_id)))",
    "its id, formatted": "def told(self):\n    return self.ask('{}'.format(self.state_id))",
}


@pytest.mark.parametrize("name", TOLD)
def test_what_a_client_tells(name: str) -> None:
    """It may be told, as long as no row hears it."""
    code = module(KEPT, CLASS + textwrap.indent(f"\n{TOLD[name]}", "    "))
    assert fixed(code)
    heard = code.replace("self._clients[sid].ask(row", "self._clients[sid].told(row")
    if name == "a property":
        heard = code.replace("self._clients[sid].ask(row", "self._clients[sid].told, (row")
    assert refused(heard).reason.startswith("the client's 'told' tells its calls or its id")


@pytest.mark.parametrize("id_name", ["state_id", "token_id"])
def test_told_under_a_configured_name(id_name: str) -> None:
    """What the configuration calls a state id is one in the client's class, too."""
    code = module(KEPT, CLASS + textwrap.indent(f"\n{TOLD['its id']}", "    "))
    code = code.replace("state_id", id_name)
    fixer = Fixer(Configuration(settings=Settings(names=(id_name,))))
    result = fixer.fix_bytes(PATH, code.encode())
    assert all(isinstance(outcome, Fixed) for outcome in result.outcomes)
    assert f"        {id_name} = ctx.{id_name}\n".encode() in result.after
    heard = code.replace("self._clients[sid].ask(row", "self._clients[sid].told(row")
    (outcome,) = fixer.fix_bytes(PATH, heard.encode()).outcomes
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("the client's 'told' tells its calls or its id")


@pytest.mark.parametrize("given", ["sid", "key=sid"])
def test_told_under_a_name_of_its_own(given: str) -> None:
    """The id is what the constructor is given, whatever it calls it."""
    own = CLASS.replace("recorder, state_id):", "recorder, key):")
    own = own.replace("self.state_id = state_id", "self.key = key")
    own = own.replace("state_id=self.state_id", "state_id=self.key")
    code = module(KEPT.replace("recorder, sid)", f"recorder, {given})"), own)
    assert fixed(code)
    heard = code.replace('self._clients[sid].ask(row["prompt"])', "self._clients[sid].key")
    assert refused(heard).reason.startswith("the client's 'key' tells its calls or its id")


ALLOCATING = CLASS.replace(
    "index = self._count", "index = self.recorder.allocate_call_index(self.state_id)"
).replace("            self._count += 1\n", "")
NEXT = """
class Recording:
    def __init__(self, recorder):
        self.recorder = recorder

    def next_call_index(self, state_id):
        return self.recorder.allocate_call_index(state_id)

    allocate_call_index = next_call_index

    def record_call(self, **fields):
        self.recorder.record_call(**fields)
"""
EACH_ROW = """
output = []
for i, row in enumerate(rows):
    client = OwnClient(self._recorder, f"{ctx.state_id}_row{i}")
    output.append(client.ask(row["prompt"]))
return output
"""
INDEXED = "index = self.recorder.next_call_index(self.state_id)"
ALLOCATED = {
    "by the usual name": "index = self.recorder.allocate_call_index(self.state_id)",
    "by another name": INDEXED,
    "by another name, with a keyword": INDEXED.replace("(", "(state_id="),
}
NOT_ALLOCATED = {
    "by what it makes for itself": (
        "index = self._indexes.next_call_index(self.state_id)",
        "self._indexes = Counts()",
    ),
    "without the state": ("index = self.recorder.next_call_index()", ""),
    "not asked, but told": ("index = 0\nself.recorder.note_call_index(index)", ""),
    "by itself": ("index = self.next_call_index(self.state_id)", ""),
}


def _own(index: str, made: str = "") -> str:
    """A client that has its index from ``index``."""
    own = CLASS.replace("self._count = 0", made or "pass").replace("self._count += 1", "pass")
    return own.replace("index = self._count", textwrap.indent(index, " " * 12).lstrip())


@pytest.mark.parametrize("name", ALLOCATED)
def test_the_recorder_counts(name: str, databases: tuple[Engine, ...]) -> None:
    """What asks the recorder under any name is no client that counts; the lint says so too."""
    code = module(EACH_ROW, _own(ALLOCATED[name]) + NEXT)
    code = code.replace("OwnClient(self._recorder", "OwnClient(Recording(self._recorder)")
    check(code, fixed(code), databases, ("none", "one", "five"))


@pytest.mark.parametrize("name", NOT_ALLOCATED)
def test_the_recorder_does_not_count(name: str) -> None:
    index, made = NOT_ALLOCATED[name]
    reason = refused(module(EACH_ROW, _own(index, made))).reason
    assert reason == "a client is constructed for each row, so call_index would restart"


def test_memory_beside_an_allocated_index() -> None:
    """Who counts is one question, what else is kept from row to row another."""
    kept = ALLOCATING.replace("self._count = 0", "self._seen = []")
    kept = kept.replace(
        "        with self._counting",
        "        self._seen.append(prompt)\n        with self._counting",
    )
    assert fixed(module(KEPT, ALLOCATING))
    assert refused(module(KEPT, kept)).reason.startswith("the client keeps 'self._seen'")
    assert fixed(module(EACH_ROW, kept))


POSITION = CLASS.replace("_count ", "_position ").replace("= self._count\n", "= self._position\n")
POSITIONED = {
    "advanced": POSITION,
    "set to the next": POSITION.replace("self._position += 1", "self._position = index + 1"),
    "taken by a method": POSITION.replace(
        "index = self._position\n            self._position += 1", "index = self._take()"
    )
    + "\n    def _take(self):\n        taken = self._position\n        self._position += 1\n"
    "        return taken\n",
}


@pytest.mark.parametrize("name", POSITIONED)
def test_a_counter_by_any_name(name: str, databases: tuple[Engine, ...]) -> None:
    """What is recorded as call_index and advanced by one counts, whatever it is called."""
    code = module(KEPT, POSITIONED[name])
    check(code, fixed(code), databases, ("none", "one", "five"))


def test_a_position_that_counts_no_calls() -> None:
    """Twin: what is advanced by more, or recorded as something else, is memory."""
    reason = "the client keeps 'self._position'"
    more = POSITION.replace("self._position += 1", "self._position += len(prompt)")
    assert refused(module(KEPT, more)).reason.startswith(reason)
    other = CLASS.replace("return prompt", "self._position += 1\n        return prompt")
    assert refused(module(KEPT, other)).reason.startswith(reason)
