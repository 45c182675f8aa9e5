"""What happens each time a client is made or closed, wherever it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.project import Project
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_CLIENT, OWN_LOOP, module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising")
LOOP = OWN_LOOP.replace("USE", ASK)
IMPORTS = "from abc import ABCMeta\nfrom dataclasses import dataclass, field\n"
IMPORTS += "from functools import cached_property\nimport sys\nimport time\n"
CLASS = OWN_CLIENT.replace("        USE\n", "")


def _code(
    made: str = "pass", beside: str = "", head: str = "class OwnClient:", more: str = ""
) -> str:
    code = module(LOOP, "class Other:\n    pass")
    code = code.replace("import logging\n", f"{IMPORTS}import logging\n", 1)
    own = CLASS.replace("MADE", made).replace("class OwnClient:", head)
    return f"{code}\n{beside}\n{own}\n{more}"


WRAPPING = """
    original = cls.__init__

    def made(self, *args):
        logger.info("made")
        original(self, *args)

    cls.__init__ = made
    return cls
"""
COUNTED = """
class Metrics:
    made = 0

    def count(self):
        self.made += 1


METRICS = Metrics()


def announce():
    global ANNOUNCED
    ANNOUNCED = True


class Part:
    def __init__(self, recorder):
        logger.info("part")
"""
MADE = {
    "recorder.begin_node_state('run')": "",
    "recorder.note_close()": "",
    "recorder.open_session(state_id)": "",
    "METRICS.count()": COUNTED,
    "announce()": COUNTED,
    "Part(recorder)": COUNTED,
    "sys.stdout.write('made')": "",
    "time.sleep(0)": "",
    "open('log', 'a')": "",
    "self.own()": "    def own(self):\n        return self.recorder.begin_node_state('run')\n",
}


@pytest.mark.parametrize("call", MADE)
def test_what_a_constructor_does(call: str) -> None:
    for made in (call, f"self.part = {call}") if "." not in call else (call,):
        beside, more = MADE[call], ""
        if call.startswith("self."):
            beside, more = more, beside
        refusal = refused(_code(made, beside, more=more))
        assert refusal.reason.startswith(f"'{call}' may do something for each client that is made")
        assert refusal.remedy


HEADS = {
    "class OwnClient(metaclass=Logged):": (
        "class Logged(type):\n    def __call__(cls, *args):\n        logger.info('made')\n"
        "        return super().__call__(*args)\n",
        "Logged",
    ),
    "class OwnClient(Base):": (
        f"class Base:\n    def __init_subclass__(cls):\n{WRAPPING.replace('    ', '        ')}",
        "Base.__init_subclass__",
    ),
    "@logged\nclass OwnClient:": (f"def logged(cls):\n{WRAPPING}", "@logged"),
    "@unseen.named('x')\nclass OwnClient:": ("import unseen\n", "@unseen.named('x')"),
    "class OwnClient:\n    recorder = Told()\n": (
        "class Told:\n    def __set__(self, client, value):\n        print('set')\n",
        "OwnClient.recorder",
    ),
    "class OwnClient:\n    def __setattr__(self, name, value):\n        print(name)\n": (
        "",
        "OwnClient.__setattr__",
    ),
    "class OwnClient:\n    @cached_property\n    def own(self):\n        return said()\n": (
        "def said():\n    print('made')\n",
        "said()",
    ),
    "class OwnClient:\n    def close(self):\n        self.recorder.begin_node_state()\n": (
        "",
        "self.recorder.begin_node_state()",
    ),
}


@pytest.mark.parametrize("head", HEADS)
def test_what_the_class_does(head: str) -> None:
    beside, act = HEADS[head]
    refusal = refused(_code(beside=beside, head=head))
    assert refusal.reason.startswith(f"'{act}' may do something for each client that is made")


HARMLESS = {
    "a class that is only noted": (
        "pass",
        "KNOWN = []\n\ndef known(cls):\n    KNOWN.append(cls)\n    return cls\n",
        "@known\nclass OwnClient:",
    ),
    "a class that is noted under a name": (
        "pass",
        "KNOWN = {}\n\ndef known(name):\n    def note(cls):\n        KNOWN[name] = cls\n"
        "        return cls\n    return note\n",
        "@known('x')\nclass OwnClient:",
    ),
    "metaclasses that make no objects": (
        "pass",
        "class Noted(ABCMeta):\n    def __new__(mcs, name, bases, own):\n"
        "        return super().__new__(mcs, name, bases, own)\n",
        "class OwnClient(metaclass=Noted):",
    ),
    "a frozen class": (
        "object.__setattr__(self, 'part', 1)",
        "",
        "class OwnClient:",
    ),
    "a check": ("checked(recorder)", "def checked(x):\n    assert x\n", "class OwnClient:"),
    "its own parts": (
        "self.part = Part(state_id)",
        "class Part:\n    def __init__(self, name):\n        self.options = {}\n"
        "        self.options.update(name=name)\n",
        "class OwnClient:",
    ),
    "a descriptor": (
        "pass",
        "class Kept:\n    def __get__(self, client, owner=None):\n"
        "        return client.__dict__['x']\n"
        "    def __set__(self, client, value):\n        client.__dict__['x'] = value\n",
        "class OwnClient:\n    recorder = Kept()\n",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_nothing_for_each_client(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(*HARMLESS[name])
    check(code, fixed(code), databases, BATCHES)


def test_a_client_that_tells_the_recorder_that_it_is_closed(databases: tuple[Engine, ...]) -> None:
    code = _code(
        head="class OwnClient:\n    def close(self):\n        self.recorder.note_close()\n"
    )
    code = code.replace(
        "self._clients.pop(sid, None)",
        "client = self._clients.pop(sid, None)\n                if client:\n"
        "                    client.close()",
    )
    check(code, fixed(code), databases, BATCHES)


def test_a_part_of_another_module(tmp_path: pathlib.Path) -> None:
    code = _code("self.part = Part()", "from acme.tools import Part")
    for number, body in enumerate(("print('made')", "self.x = 1")):
        part = f"class Part:\n    def __init__(self):\n        {body}\n"
        result = Project(tmp_path / str(number), code, {"acme/tools.py": part}).fix()
        assert (result.after == result.before) is (body != "self.x = 1")


def test_what_a_constructor_reads_and_rows_change(databases: tuple[Engine, ...]) -> None:
    """The client of the first row would keep what it read for all of them."""
    made, own = "self.part = CURRENT['id']", "CURRENT = {'id': 0}"
    code = _code(made, own)
    check(code, fixed(code), databases, BATCHES)
    code = code.replace(
        "    if sid not in", "    CURRENT['id'] = row['id']\n            if sid not in"
    )
    assert refused(code).reason == "the client is made with what reads 'CURRENT', which rows set"
