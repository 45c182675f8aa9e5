"""What a client's class does with its counter and its state id, once rows share the client."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.fixing import fixed, refused
from tests.codemod.project import Project
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_LOOP, Choices, batch_source, module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising")
CLASS = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self.notes = []
        MADE

    def ask(self, prompt):
        BODY
        if prompt == "boom":
            raise RuntimeError(prompt)
        return prompt
"""


def _code(body: str, made: str = "self._count = 0", methods: str = "", use: str = ASK) -> str:
    """A batch path whose client records by ``body``, is ``made`` so and has other ``methods``."""
    own = CLASS
    for name, text in (("MADE", made), ("BODY", body)):
        own = own.replace(name, textwrap.indent(text, " " * 8).lstrip())
    own += textwrap.indent(f"\n{methods}", "    ")
    return module(OWN_LOOP.replace("USE", textwrap.indent(use, " " * 8).lstrip()), own)


def _record(index: str) -> str:
    return f"self.recorder.record_call(state_id=self.state_id, call_index={index}, request=prompt)"


GOES_ON = f"index = self._count\nself._count += 1\n{_record('index')}"

# --- how the counter goes on --------------------------------------------------------------------

ANEW = "the client sets its counter 'self._count' anew"
SETS = {
    "to nought": ("def start(self):\n    self._count = 0", ANEW),
    "to what it is told": ("def start(self, at=0):\n    self._count = at", ANEW),
    "behind what it is told": ("def start(self, at=-1):\n    self._count = at + 1", ANEW),
    "back": ("def start(self):\n    self._count -= self._count", ANEW),
    "back by one": ("def start(self):\n    self._count -= 1", ANEW),
    "among others": ("def start(self):\n    self.x, self._count = 1, 0", ANEW),
}


@pytest.mark.parametrize("name", SETS)
def test_a_counter_set_anew(name: str) -> None:
    """It began at 0 for each row in any case; for a shared client it begins again."""
    methods, reason = SETS[name]
    code = _code(GOES_ON, methods=methods, use=f"client.start()\n{ASK}")
    assert refused(code).reason.startswith(reason)


STEPS = {
    "added to": GOES_ON,
    "set to the next": f"index = self._count\nself._count = index + 1\n{_record('index')}",
    "set to itself and one": f"{_record('self._count')}\nself._count = self._count + 1",
    "both at once": f"n, self._count = self._count, self._count + 1\n{_record('n')}",
    "behind the call": f"{_record('self._count')}\nself._count += 1",
    "behind a log line": f"{_record('self._count')}\nlogger.info('x')\nself._count += 1",
    "under a lock": (
        f"with Lock():\n    {_record('self._count')}\nwith Lock():\n    self._count += 1"
    ),
    "in a finally": (
        f"try:\n    {_record('self._count')}\n    int(len(prompt))\nfinally:\n    self._count += 1"
    ),
    "in an else": (
        f"try:\n    {_record('self._count')}\nexcept KeyError:\n    raise\n"
        "else:\n    self._count += 1"
    ),
    "less one": f"self._count += 1\n{_record('self._count - 1')}",
}


@pytest.mark.parametrize("name", STEPS)
def test_a_counter_that_goes_on(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(STEPS[name])
    check(code, fixed(code), databases, BATCHES)


LAGGING = {
    "what may raise": f"{_record('self._count')}\nint(prompt == 'x')\nself._count += 1",
    "what may raise, by a local": (
        f"index = self._count\n{_record('index')}\nint(prompt == 'x')\nself._count = index + 1"
    ),
    "a handler that raises": (
        "try:\n    answer = prompt.upper()\nexcept ValueError:\n"
        f"    {_record('self._count')}\n    raise\n{_record('self._count')}\nself._count += 1"
    ),
    "a return": f"if not prompt:\n    return {_record('self._count')}\nself._count += 1",
    "a raise in a loop": (
        f"for part in prompt:\n    {_record('self._count')}\n"
        "    if part == 'x':\n        raise ValueError\nself._count += 1"
    ),
}


@pytest.mark.parametrize("name", LAGGING)
def test_a_counter_that_lags(name: str) -> None:
    """A row that raises, and is caught, leaves its index to the next."""
    reason = refused(_code(LAGGING[name])).reason
    assert reason.startswith("the client's counter goes on only after what may raise")


# --- what is recorded ---------------------------------------------------------------------------

NO_COUNTER = {
    "a number": (_record("0"), ASK),
    "a number, by position": ("self.recorder.record_call(self.state_id, 0, prompt)", ASK),
    "the place in a list": (f"for n, prompt in enumerate([prompt]):\n    {_record('n')}", ASK),
    "the place, by position": (
        "for n, x in enumerate([prompt]):\n    self.recorder.record_call(self.state_id, n, x)",
        ASK,
    ),
    "a remainder": (f"self._count += 1\n{_record('self._count % 3')}", ASK),
    "a remainder, by position": (
        "self._count += 1\nself.recorder.record_call(self.state_id, self._count % 3, prompt)",
        ASK,
    ),
    "what the row gives": (
        "pass",
        "output.append(client.tell(row['prompt'], 0))",
    ),
}
TELL = f"def tell(self, prompt, index):\n    {_record('index')}\n    return prompt"


@pytest.mark.parametrize("name", NO_COUNTER)
def test_an_index_that_is_no_counter(name: str) -> None:
    body, use = NO_COUNTER[name]
    code = _code(body, methods=TELL if "tell" in use else "", use=use)
    reason = refused(code).reason
    assert reason.startswith("the client records a call_index that is no counter")


COUNTERS = {
    "under any name": (
        f"index = self._sequence\nself._sequence += 1\n{_record('index')}",
        "self._sequence = 0",
        "",
    ),
    "by a helper that is given it": (
        "self._write(self._next(), prompt)",
        "self._count = 0",
        "def _next(self):\n    self._count += 1\n    return self._count - 1\n\n"
        f"def _write(self, index, prompt):\n    {_record('index')}",
    ),
    "by an iterator": (_record("next(self._numbers)"), "self._numbers = iter(range(99))", ""),
    "by a property": (
        f"{_record('self.index')}\nself._count += 1",
        "self._count = 0",
        "@property\ndef index(self):\n    return self._count",
    ),
    "beside a number": (
        "self.recorder.record_call(state_id=self.state_id, call_index=self._count, "
        "request=prompt or 0)\nself._count += 1",
        "self._count = 0",
        "",
    ),
}


@pytest.mark.parametrize("name", COUNTERS)
def test_an_index_that_is_a_counter(name: str, databases: tuple[Engine, ...]) -> None:
    body, made, methods = COUNTERS[name]
    code = _code(body, made, methods)
    check(code, fixed(code), databases, BATCHES)


KINDS = {
    "set anew": "self._counts[prompt[:1]] = index + 1",
    "added to": "self._counts[prompt[:1]] += 1",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_count_for_each_kind_of_call(name: str) -> None:
    """Each kind is numbered from 0, so that two kinds of one state would clash."""
    body = f"index = self._counts.setdefault(prompt[:1], 0)\n{KINDS[name]}\n{_record('index')}"
    reason = refused(_code(body, "self._counts = {}")).reason
    assert reason == "the client keeps 'self._counts' from call to call, so rows would share it"


def test_a_count_under_the_state_id(databases: tuple[Engine, ...]) -> None:
    counting = "index = self._counts[self.state_id]\nself._counts[self.state_id] += 1"
    body = f"{counting}\n{_record('index')}"
    code = _code(body, "self._counts = {state_id: 0}")
    check(code, fixed(code), databases, BATCHES)


IN_TURN = {
    "what is taken in turn": "self._models = iter(['a', 'b', 'c'] * 9)",
    "random numbers that begin anew": "self._random = Random(7)",
}
TAKEN = {
    "what is taken in turn": "next(self._models)",
    "random numbers that begin anew": "self._random.random()",
}


@pytest.mark.parametrize("name", IN_TURN)
def test_what_goes_on_from_call_to_call_without_counting(name: str) -> None:
    """Each row's client began with the first; one client for all would go on."""
    body = f"prompt = f'{{prompt}} {{{TAKEN[name]}}}'\n{GOES_ON}"
    refusal = refused(_code(body, f"self._count = 0\n{IN_TURN[name]}"))
    assert "keeps" in refusal.reason or "remembers" in refusal.reason


def test_random_numbers_that_nothing_foretells(databases: tuple[Engine, ...]) -> None:
    """Nobody can tell whose they are."""
    body = f"self._random.random()\n{GOES_ON}"
    code = _code(body, "self._count = 0\nself._random = Random()")
    code = code.replace("import logging\n", "import logging\nfrom random import Random\n", 1)
    check(code, fixed(code), databases, BATCHES)


def test_a_client_that_counts_is_tested_for_its_count() -> None:
    """``if client:`` asks ``__bool__`` or ``__len__``, wherever it stands."""
    for name in ("__bool__", "__len__"):
        code = _code(GOES_ON, methods=f"def {name}(self):\n    return self._count")
        assert refused(code).reason.startswith("the client's class tests how many calls it made")
        code = _code(GOES_ON, methods=f"def {name}(self):\n    return 1")
        assert fixed(code)


TESTED = {
    "asked for by name": "self._count += 1\nif getattr(self, '_count', 0) > 1:\n    pass",
    "of two at once": "index, self._count = self._count, self._count + 1\nif index:\n    pass",
    "by a walrus": "self._count += 1\nlist((n := self._count, n))\nif n > 1:\n    pass",
    "by an annotated local": "n: int = self._count\nself._count += 1\nassert n < 9",
    "by a match": "self._count += 1\nmatch self._count:\n    case 1:\n        pass",
    "by an item": "self._count += 1\nprompt += 'abcdefghij'[self._count * 7 % 10]",
    "by the rounds of a loop": "self._count += 1\nfor _ in range(self._count):\n    pass",
    "by an 'and'": "self._count += 1\nself._count % 2 and logger.info('even')",
    "in a comprehension": "self._count += 1\n[x for x in prompt if self._count > 1]",
}
UNTESTED = {
    "two at once": "index, other = self._count, 3\nself._count += 1\nif other:\n    pass",
    "a walrus": "self._count += 1\nlist((n := 3, self._count))\nif n > 1:\n    pass",
    "an annotated local": "n: int = 3\nself._count += 1\nassert n < 9",
    "the rounds of a loop": "self._count += 1\nfor _ in range(len(prompt)):\n    pass",
    "a match": "self._count += 1\nmatch prompt:\n    case 1:\n        pass",
    "an item": "self._count += 1\nprompt += 'abcdefghij'[len(prompt) % 10]",
    "a comprehension": "self._count += 1\n[self._count for x in prompt if x]",
}


@pytest.mark.parametrize("name", TESTED)
def test_a_client_that_tests_its_count(name: str) -> None:
    code = _code(f"{TESTED[name]}\n{_record('self._count - 1')}")
    assert refused(code).reason.startswith("the client's class tests how many calls it made")


@pytest.mark.parametrize("name", UNTESTED)
def test_a_client_that_tests_something_else(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(f"{UNTESTED[name]}\n{_record('self._count - 1')}")
    check(code, fixed(code), databases, BATCHES)


# --- how the id is spelled ----------------------------------------------------------------------

READING = {
    "a part of it": "if '_row' in self.state_id:\n    prompt += '!'",
    "its number": "prompt += self.state_id.rsplit('row', 1)[1]",
    "its end": "prompt += self.state_id[-1]",
    "its length": "if len(self.state_id) > 40:\n    prompt += '!'",
    "its hash": "prompt += str(hash(self.state_id) % 7)",
    "by a pattern": "if re.match('.*_row', self.state_id):\n    prompt += '!'",
    "by a match": "match self.state_id:\n    case 'x':\n        prompt += '!'",
    "compared": "if self.state_id != 'x':\n    prompt += '!'",
    "by a local": "own = self.state_id\nif own.endswith('0'):\n    prompt += '!'",
    "letter by letter": "for letter in self.state_id:\n    prompt += letter",
    "in a key": "prompt += str(hash((self.state_id, prompt)) % 7)",
    "as a name": "prompt += str(uuid5(NAMESPACE_URL, self.state_id))",
    "as a digest": "prompt += sha256(self.state_id.encode()).hexdigest()",
}
LASTING = {
    "under it": "_SEEN[self.state_id] = prompt",
    "under it and more": "_SEEN.setdefault((self.state_id, prompt), 1)",
    "by a key": "key = (self.state_id, prompt)\nif key in _SEEN:\n    return ''",
    "remembered": "prompt += budget(self.state_id).pop()",
}
KEEPING = {
    "by what is made of it": "self.name = state_id.replace('_', '-')",
    "by a check": "if 'row' not in state_id:\n    raise ValueError(state_id)",
    "by an assertion": "assert state_id.count('_') == 1",
    "under another name": "self.own = state_id\nself.last = self.own[-1]",
    "in a text of it": "self.trace = f'trace/{state_id}'\nself.last = self.trace[-1]",
    "in a text of it, by a local": "own = 'trace/' + state_id\nself.last = own.split('/')[1]",
}
READS = "the client's class tests its state id, or takes something out of it"


@pytest.mark.parametrize("name", READING)
def test_a_client_that_reads_its_id(name: str) -> None:
    """All rows have the context's own id after the fix."""
    assert refused(_code(f"{READING[name]}\n{GOES_ON}")).reason == READS


@pytest.mark.parametrize("name", LASTING)
def test_a_client_that_keeps_something_under_its_id(name: str) -> None:
    cached = "\n\n@lru_cache\ndef budget(state_id):\n    return ['x', 'y']\n"
    reason = refused(_code(f"{LASTING[name]}\n{GOES_ON}") + cached).reason
    assert reason.startswith("the client's class keeps something under its state id")


def test_a_client_that_keeps_itself_somewhere() -> None:
    for key in ("self", "id(self)"):
        reason = refused(_code(f"_SEEN.setdefault({key}, []).append(prompt)\n{GOES_ON}")).reason
        assert reason.startswith("the client keeps 'self' from call to call")


@pytest.mark.parametrize("name", KEEPING)
def test_a_client_that_reads_its_id_when_it_is_made(name: str) -> None:
    assert refused(_code(GOES_ON, f"self._count = 0\n{KEEPING[name]}")).reason == READS


def test_a_client_that_reads_its_id_where_the_recorder_counts() -> None:
    """Nothing is kept from row to row there, but what it reads is another text as well."""
    own = CLASS.replace("MADE", "self.number = state_id.rpartition('row')[2]").replace(
        "BODY",
        f"index = self.recorder.allocate_call_index(self.state_id)\n        {_record('index')}",
    )
    each = """
output = []
for i, row in enumerate(rows):
    client = OwnClient(self._recorder, f"{ctx.state_id}_row{i}")
    output.append(client.ask(row["prompt"]))
return output
"""
    assert refused(module(each, own)).reason == READS
    assert fixed(module(each, own.replace("state_id.rpartition('row')[2]", "state_id")))


PLAIN = {
    "whether there is one": "if not self.state_id:\n    raise ValueError('none')",
    "whether it is one": "if self.state_id is None or self.state_id == '':\n    raise ValueError",
    "whether it is blank": "if not self.state_id.strip():\n    raise ValueError",
    "its type": "if not isinstance(self.state_id, str):\n    raise TypeError",
    "handed on": "self.recorder.note(self.state_id)",
    "by a log line": "logger.info('%s', self.state_id[-4:])",
    "as a key": "{}.get(self.state_id)",
    "among what is kept": "if self.state_id in {}:\n    prompt += '!'",
    "another text": "prompt = prompt.strip()[:20]",
    "in a header": "headers = {'X-State': self.state_id}",
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_client_that_takes_its_id_as_it_is(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(f"{PLAIN[name]}\n{GOES_ON}")
    if "note" in PLAIN[name]:
        assert fixed(code)
        return
    check(code, fixed(code), databases, BATCHES)


# --- what rows change -----------------------------------------------------------------------

CHANGED = {
    "put into": "client.notes.append(row)",
    "put under": "client.notes[0] = row",
    "dropped": "del client.notes[:]",
    "added to": "client.notes[0] += 1",
    "put into, further in": "client.options.extra.update(last=row)",
    "put into, by a local": "notes = client.notes\nnotes.append(row)",
    "put into, by a walrus": "if (notes := client.notes) is not None:\n    notes.append(row)",
    "put into, by an annotated local": "notes: list = client.notes\nnotes.append(row)",
    "all it has": "client.__dict__.get('x')",
}
READ = {
    "asked": "len(client.notes)",
    "copied": "list(client.notes).append(row)",
    "counted": "client.notes.count(row)",
    "by a local": "notes = client.notes\nnotes.count(row)",
    "its method by a local": "ask = client.ask\nask('x')",
    "another list": "notes = client.notes\noutput.append(notes.count(row))",
    "item by item": "for note in client.notes:\n    output.append(note)",
    "an item": "client.notes[:1]",
    "in a call": "output.append(client.notes.copy().append(row))",
}


@pytest.mark.parametrize("name", CHANGED)
def test_rows_that_change_what_a_client_holds(name: str) -> None:
    code = _code(GOES_ON, use=f"{CHANGED[name]}\n{ASK}")
    assert refused(code).reason.endswith("is changed in place, and rows share the client")


@pytest.mark.parametrize("name", READ)
def test_rows_that_read_what_a_client_holds(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(GOES_ON, use=f"{READ[name]}\n{ASK}")
    check(code, fixed(code), databases, BATCHES)


# --- classes of other modules, whatever they are called ------------------------------------------

GATE = """
class Gateway:
    def __init__(self, recorder, state_id):
        self._recorder, self._state_id = recorder, state_id
        self._sequence = 0

    def ask(self, prompt):
        self._recorder.record_call(
            state_id=self._state_id, call_index=self._sequence, request=prompt
        )
        self._sequence += 1
        if prompt == "boom":
            raise RuntimeError(prompt)
        return prompt
"""
IMPORTED = {
    "from": ("from acme.core.gate import Gateway", "Gateway("),
    "as": ("from ..core.gate import Gateway as _Gate", "_Gate("),
    "module": ("from acme.core import gate", "gate.Gateway("),
}


def _by(name: str) -> str:
    line, made = IMPORTED[name]
    code = batch_source(Choices()).replace("= AuditedClient(", f"= {made}")
    return code.replace("import logging\n", f"import logging\n{line}\n", 1)


@pytest.mark.parametrize("name", IMPORTED)
def test_a_class_by_any_name(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    """What makes a client is known by its class, not by what that is called."""
    project = Project(tmp_path, _by(name), {"acme/core/gate.py": GATE})
    result = project.fix()
    assert all(isinstance(outcome, Fixed) for outcome in result.outcomes)
    for engine in databases:
        assert project.differs("acme.plugins.batch", result.after, engine, BATCHES) == ""


@pytest.mark.parametrize("name", IMPORTED)
def test_a_class_by_any_name_that_does_not_count(name: str, tmp_path: pathlib.Path) -> None:
    gate = GATE.replace("call_index=self._sequence", "call_index=0")
    for text in (gate, "Gateway = make_gateway()\n"):
        outcomes = Project(tmp_path / str(len(text)), _by(name), {"acme/core/gate.py": text})
        assert all(isinstance(outcome, Refused) for outcome in outcomes.fix().outcomes)


@pytest.mark.parametrize("name", IMPORTED)
def test_a_hook_that_makes_one(name: str, tmp_path: pathlib.Path) -> None:
    """Its calls count from 0 under the state id of the batch."""
    line, made = IMPORTED[name]
    code = batch_source(Choices()).replace("import logging\n", f"import logging\n{line}\n", 1)
    hook = f"    def on_start(self, ctx):\n        {made}ctx.landscape, ctx.state_id).ask('x')\n"
    for text in ("", hook, hook.replace("ctx.state_id", "'other'")):
        batch = code.replace("    def process_batch", f"{text}\n    def process_batch", 1)
        project = Project(tmp_path / str(len(text)), batch, {"acme/core/gate.py": GATE})
        kind = Refused if text == hook else Fixed
        assert all(isinstance(outcome, kind) for outcome in project.fix().outcomes)


# --- what a client makes for itself -------------------------------------------------------------

SESSION = """
class Session:
    def __init__(self):
        self.visited = []

    def visit(self, text):
        self.visited.append(text)
        return len(self.visited)
"""
PARTS = {
    "in its module": ("", SESSION, "Session()"),
    "in another": ("from .web import Session\n", SESSION, "Session()"),
    "in another, by its module": ("from . import web\n", SESSION, "web.Session()"),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_remembers(
    name: str, tmp_path: pathlib.Path, databases: tuple[Engine, ...]
) -> None:
    line, session, made = PARTS[name]
    gate = GATE.replace("        self._sequence = 0", f"        self._part = {made}\n\\g")
    gate = gate.replace("\\g", "        self._sequence = 0").replace(
        "request=prompt\n", "request=f'{prompt} {self._part.visit(prompt)}'\n"
    )
    for number, text in enumerate(
        (session, session.replace("self.visited.append(text)", "text = text.strip()"))
    ):
        files = {"acme/core/web.py": text, "acme/core/gate.py": line + (text if not line else "")}
        files["acme/core/gate.py"] += gate
        project = Project(tmp_path / str(number), _by("from"), files)
        (outcome,) = project.fix().outcomes
        if number:
            after = project.fix().after
            assert project.differs("acme.plugins.batch", after, databases[0], BATCHES) == ""
            continue
        assert isinstance(outcome, Refused)
        assert outcome.reason.startswith("the client keeps 'self._part' from call to call")
