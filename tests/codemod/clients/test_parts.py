"""What a client keeps in functions, generators, fields and parts: rows would share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.project import Project
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_CLIENT, OWN_LOOP, module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising")
IMPORTS = "import itertools\nfrom collections import defaultdict\n"
IMPORTS += "from contextvars import ContextVar\nfrom dataclasses import dataclass, field\n"
IMPORTS += "from functools import lru_cache, partial\nfrom io import StringIO\n"


class Made(NamedTuple):
    """How a client makes its part, what it does with it, and what stands beside the class."""

    made: str
    use: str = "text += str(self.part())"
    beside: str = ""

    @property
    def code(self) -> str:
        """The module; the client's class may not use the names of annotations."""
        code = module(LOOP, "class Other:\n    pass")
        code = code.replace("import logging\n", f"{IMPORTS}import logging\n", 1)
        made = self.made.replace("\n", "\n        ")
        use = self.use.replace("\n", "\n        ")
        return f"{code}\n{self.beside}\n{CLASS.replace('MADE', made).replace('USE', use)}"


LOOP = OWN_LOOP.replace("USE", ASK)
MORE = """    maker = staticmethod(dict)

    def _part(self):
        return self.part

"""
CLASS = OWN_CLIENT.replace("    def ask", f"{MORE}    def ask")
CLOSURE = """n = 0
def take():
    nonlocal n
    n += 1
    return n
"""
FACTORY = """
def limiter(most):
    left = [most]

    def take():
        left[0] -= 1
        return left[0]

    return take


def average():
    total = 0
    while True:
        total += yield total
"""
SESSION = """
class Session:
    def __init__(self):
        self.sent = []

    @classmethod
    def open(cls):
        return cls()

    def __call__(self):
        self.sent.append(1)
        return len(self.sent)


class Transport:
    def __init__(self):
        self.session = Session()

    def __call__(self):
        return self.session()


def opened():
    session = Session()
    return session
"""
KEPT = {
    "a number of the constructor": Made(f"{CLOSURE}self.part = take"),
    "a list of the constructor": Made(
        "seen = []\nself.part = lambda: seen.append(1) or len(seen)"
    ),
    "an iterator of the constructor": Made("n = itertools.count()\nself.part = lambda: next(n)"),
    "a method that is taken": Made("self.part = itertools.count().__next__"),
    "a partial call": Made("self.part = partial(next, itertools.count())"),
    "a function that a function makes": Made("self.part = limiter(99)", beside=FACTORY),
    "a generator": Made(
        "self.part = average()\nnext(self.part)", "text += str(self.part.send(1))", FACTORY
    ),
    "remembered results": Made("self.part = lru_cache(limiter(9))", beside=FACTORY),
    "a context variable": Made(
        "self.part = ContextVar('last', default='')",
        "text += self.part.get()\nself.part.set('x')",
    ),
    "a class method": Made("self.part = Session.open()", beside=SESSION),
    "a local of a function": Made("self.part = opened()", beside=SESSION),
    "a part of a part": Made("self.part = Transport()", beside=SESSION),
    "items that come by looking": Made(
        "self.part = defaultdict(int)", "self.part[text]\ntext += str(len(self.part))"
    ),
    "a file that is printed to": Made(
        "self.part = StringIO()", "print(text, file=self.part)\ntext = self.part.getvalue()"
    ),
    "what a method returns": Made(
        "self.part = []", "self._part().append(1)\ntext *= len(self.part)"
    ),
    "one of several": Made("self.part = [{}]", "for each in self.part:\n    each[text] = 1"),
    "by its name": Made("self.part = [0]", "part = getattr(self, 'part')\npart[0] += 1"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_a_client_keeps(name: str) -> None:
    reason = refused(KEPT[name].code).reason
    assert reason == "the client keeps 'self.part' from call to call, so rows would share it"


PLAIN = {
    "a function of its own": Made("self.part = lambda: len([1])"),
    "what it is made with": Made("self.part = lambda: recorder.closes"),
    "a function that a function makes": Made(
        "self.part = named('x')",
        beside="def named(name):\n    def tell():\n        return name\n    return tell\n",
    ),
    "a partial call": Made("self.part = partial(len, 'abc')"),
    "a part without a memory": Made(
        "self.part = Part()",
        beside="class Part:\n    def __call__(self):\n        return 1\n",
    ),
    "what nobody reads": Made(f"{CLOSURE}self.other = take", "pass"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_keeps_nothing(name: str, databases: tuple[Engine, ...]) -> None:
    check(PLAIN[name].code, fixed(PLAIN[name].code), databases, BATCHES)


NUMBERS = {
    "a function": f"{CLOSURE}self.take = take",
    "a method": "self.take = itertools.count().__next__",
    "a part": "self.numbers = Numbers()",
}
NUMBERED = """
class Numbers:
    def __init__(self):
        self.next_index = 0

    def take(self):
        self.next_index += 1
        return self.next_index


class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        MADE

    def ask(self, text):
        index = TAKE
        if "fail" in text:
            FAIL
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)
        return TOLD
"""


def _numbered(name: str, fail: str = "pass", told: str = "text") -> str:
    code = module(
        LOOP.replace("    finally:", "    except ValueError:\n        pass\n    finally:")
    )
    take = "self.numbers.take() - 1" if name == "a part" else "self.take()"
    made = NUMBERS[name].replace("n = 0", "n = -1").replace("\n", "\n        ")
    text = NUMBERED.replace("MADE", made).replace("TAKE", take)
    return code.replace(
        "import logging\n", "import itertools\nimport logging\n", 1
    ) + text.replace("FAIL", fail).replace("TOLD", told)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_numbers_the_calls(name: str, databases: tuple[Engine, ...]) -> None:
    """It is the counter, wherever it is kept, and is looked at as one."""
    code = _numbered(name)
    check(code, fixed(code), databases, BATCHES)
    assert "would have a gap" in refused(_numbered(name, "raise ValueError")).reason
    assert "tells its calls" in refused(_numbered(name, told="text * index")).reason


FIELDS = {"Session": SESSION, "lambda: limiter(9)": FACTORY}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_made_for_each_client(name: str) -> None:
    fields = f"    part: object = field(default_factory={name})\n"
    own = Made("", beside=FIELDS[name]).code
    head, _, rest = own.partition("    maker = staticmethod(dict)\n")
    rest = rest[rest.index("    def ask") :]
    head = head.replace("class OwnClient", "@dataclass\nclass OwnClient")
    code = f"{head}    recorder: object\n    state_id: str\n    count: int = 0\n{fields}\n{rest}"
    reason = refused(code).reason
    assert reason == "the client keeps 'self.part' from call to call, so rows would share it"


def test_functions_of_another_module(tmp_path: pathlib.Path) -> None:
    for number, (made, use) in enumerate(
        [("self.part = limiter(9)", "text += str(self.part())"), ("self.part = 0", "bump(self)")]
    ):
        code = Made(made, use).code
        code = code.replace("import itertools\n", "from acme.tools import bump, limiter\n", 1)
        tools = f"{FACTORY}\n\ndef bump(client):\n    client.part += 1\n"
        result = Project(tmp_path / str(number), code, {"acme/tools.py": tools}).fix()
        assert result.after == result.before
        assert "the client keeps" in str(result.outcomes[0])
