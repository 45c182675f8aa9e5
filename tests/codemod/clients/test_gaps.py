"""Numbers that a client takes and records nothing under: a gap, once rows share the client."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import ASK, OWN_LOOP, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising")
CLASS = """
class FailedError(Exception):
    pass


class Recording:
    def __init__(self, write, *call):
        self.write = write
        self.call = call

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.write(*self.call)


class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self.count = 0
        self.flag = None

    def write(self, index, text):
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)

    def remote(self, text):
        if text == "fail":
            raise FailedError(text)
        return text
"""
# What a row does where its call raises.
STOPS = {
    "nothing": OWN_LOOP,
    "raises another": OWN_LOOP.replace(
        "    finally:",
        "    except FailedError as error:\n"
        "        raise RuntimeError(row['id']) from error\n    finally:",
    ),
    "raises after a log line": OWN_LOOP.replace(
        "    finally:",
        "    except Exception:\n        logger.info('x')\n        raise\n    finally:",
    ),
    "returns": OWN_LOOP.replace(
        "    finally:", "    except FailedError:\n        return output\n    finally:"
    ),
    "breaks": OWN_LOOP.replace(
        "    finally:", "    except FailedError:\n        break\n    finally:"
    ),
    "breaks after a log line": OWN_LOOP.replace(
        "    finally:",
        "    except FailedError:\n        logger.info('x')\n        break\n    finally:",
    ),
}
GOES_ON = {
    "a log line": OWN_LOOP.replace(
        "    finally:", "    except FailedError:\n        logger.info('x')\n    finally:"
    ),
    "in a tuple": OWN_LOOP.replace(
        "    finally:", "    except (KeyError, FailedError):\n        pass\n    finally:"
    ),
    "any": OWN_LOOP.replace("    finally:", "    except Exception:\n        pass\n    finally:"),
    "bare": OWN_LOOP.replace("    finally:", "    except:\n        pass\n    finally:"),
    "goes on before it raises": OWN_LOOP.replace(
        "    finally:",
        "    except FailedError:\n        if i:\n            continue\n        raise\n"
        "    finally:",
    ),
    "continue in the finally": OWN_LOOP.replace(
        "        self._clients.pop(sid, None)",
        "        self._clients.pop(sid, None)\n        continue",
    ),
    "suppressed": OWN_LOOP.replace(
        "        USE", "        with suppress(FailedError):\n            USE"
    ),
    "tried again": OWN_LOOP.replace(
        "        USE",
        "        for _ in 'ab':\n            try:\n                USE\n                break\n"
        "            except FailedError:\n                logger.info('again')",
    ),
}
TAKES = "index = self.count\nself.count += 1\n"
UNRECORDED = f"{TAKES}answer = self.remote(text)\nself.write(index, text)\nreturn answer"


def _code(ask: str, loop: str = GOES_ON["a log line"], use: str = ASK, methods: str = "") -> str:
    """A batch path with a client whose ``ask`` has this body, and that has other ``methods``."""
    indent = max(len(line) - len(line.lstrip()) for line in loop.splitlines() if "USE" in line)
    method = loop.replace("USE", textwrap.indent(use, " " * indent).lstrip())
    own = f"{CLASS}\n    def ask(self, text):\n{textwrap.indent(ask, ' ' * 8)}\n"
    return module(method, own + textwrap.indent(f"\n{methods}", "    "))


# --- rows that end with the call that raised ----------------------------------------------------


@pytest.mark.parametrize("name", STOPS)
def test_no_row_behind_the_failure(name: str, databases: tuple[Engine, ...]) -> None:
    """What the counter lost there nobody sees."""
    code = _code(UNRECORDED, STOPS[name])
    check(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize("name", GOES_ON)
def test_rows_behind_the_failure(name: str) -> None:
    refusal = refused(_code(UNRECORDED, GOES_ON[name]))
    assert refusal.reason.startswith(
        "the client's 'ask' counts a call and records nothing where it raises, and rows go on"
    )
    assert refusal.remedy


# --- clients that record each number ------------------------------------------------------------

RECORDED = {
    "where it fails too": f"""
{TAKES}
try:
    answer = self.remote(text)
except FailedError:
    self.write(index, text)
    raise
self.write(index, text)
return answer
""",
    "whatever comes": f"""
{TAKES}
request = dict(text=text.strip(), started=perf_counter())
try:
    answer = self.remote(text)
    self.write(index, text)
    return answer
except Exception:
    logger.info("%s", request)
    self.write(index, text)
    raise
""",
    "in a finally": f"""
{TAKES}
try:
    return self.remote(text)
finally:
    self.write(index, text)
""",
    "before the call": f"""
{TAKES}
self.write(index, text)
return self.remote(text)
""",
    "counted behind the call": f"""
answer = self.remote(text)
{TAKES}
self.write(index, text)
return answer
""",
    "counted behind the record": """
answer = self.remote(text)
self.write(self.count, text)
self.count += 1
return answer
""",
    "counted as it is recorded": """
answer = self.remote(text)
self.note(text)
return answer
""",
    "a number for each attempt": f"""
for attempt in range(2):
    {TAKES.strip().replace(chr(10), chr(10) + "    ")}
    try:
        answer = self.remote(text)
    except FailedError:
        self.write(index, text)
        if attempt:
            raise
    else:
        self.write(index, text)
        return answer
raise AssertionError("never here")
""",
    "one number for all attempts": f"""
{TAKES}
attempt = 0
while True:
    try:
        answer = self.remote(text)
        break
    except FailedError:
        attempt += 1
        if attempt > 1:
            self.write(index, text)
            raise
self.write(index, text)
return answer
""",
    "where there is a recorder": f"""
{TAKES}
try:
    answer = self.remote(text)
except FailedError:
    if self.recorder is not None:
        self.write(index, text)
    raise
if self.recorder is None:
    return answer
else:
    self.write(index, text)
return answer
""",
    "by what is given the number": f"""
{TAKES}
with Recording(self.write, index, text):
    return self.remote(text)
""",
}
NOTE = """
def note(self, text):
    self.write(self.take(), text)

def take(self):
    self.count += 1
    return self.count - 1
"""


def _given(name: str) -> str:
    """The further methods that such a client needs; where it does not, they would be unused."""
    return NOTE if "self.note" in RECORDED[name] or "with" in RECORDED[name] else ""


@pytest.mark.parametrize("name", RECORDED)
def test_each_number_is_recorded(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(RECORDED[name].strip(), methods=_given(name))
    code = code.replace("import logging\n", "import logging\nfrom time import perf_counter\n", 1)
    check(code, fixed(code), databases, BATCHES)


def test_what_a_row_reads_from_an_answer(databases: tuple[Engine, ...]) -> None:
    """Its errors come from the row, not from the client."""
    loop = GOES_ON["in a tuple"].replace("FailedError", "FailedError, ValueError")
    code = _code(RECORDED["where it fails too"].strip(), loop)
    check(code, fixed(code), databases, BATCHES)


def test_what_rows_do_not_call(databases: tuple[Engine, ...]) -> None:
    methods = "def reserve(self, many):\n    if many:\n        self.count += 1"
    code = _code(RECORDED["in a finally"].strip(), methods=methods)
    check(code, fixed(code), databases, BATCHES)


def test_a_client_that_is_closed(databases: tuple[Engine, ...]) -> None:
    """What it sets its counter to then, nothing is recorded under."""
    loop = GOES_ON["a log line"].replace(
        "self._clients.pop(sid, None)",
        "gone = self._clients.pop(sid, None)\n"
        "        if gone is not None:\n            gone.close()",
    )
    code = _code(
        RECORDED["in a finally"].strip(), loop, methods="def close(self):\n    self.count = -1"
    )
    check(code, fixed(code), databases, BATCHES)


# --- clients that do not ------------------------------------------------------------------------

WASTED = {
    "not for some": f"""
{TAKES}
if text.endswith("1"):
    return "known"
self.write(index, text)
return text
""",
    "not where it fails": f"""
{TAKES}
try:
    answer = self.remote(text)
except FailedError:
    return ""
self.write(index, text)
return answer
""",
    "only some": f"""
{TAKES}
if len(text) > 3:
    self.write(index, text)
return text
""",
    "two at once": f"""
self.count += 1
{TAKES}
self.write(index, text)
return text
""",
    "in one case of several": f"""
{TAKES}
match text:
    case "p1":
        pass
    case _:
        self.write(index, text)
return text
""",
    "for an attempt that failed": f"""
for attempt in range(2):
    {TAKES.strip().replace(chr(10), chr(10) + "    ")}
    try:
        answer = self.remote(text)
    except FailedError:
        continue
    self.write(index, text)
    return answer
return ""
""",
    "swallowed": f"""
{TAKES}
with suppress(FailedError):
    answer = self.remote(text)
    self.write(index, text)
    return answer
return ""
""",
}


@pytest.mark.parametrize("name", WASTED)
def test_a_number_without_a_record(name: str) -> None:
    """Whatever rows do: the client goes on by itself."""
    refusal = refused(_code(WASTED[name].strip(), STOPS["nothing"]))
    assert refusal.reason == (
        "the client's 'ask' may count a call and record nothing, so call_index would have a gap"
    )


def test_a_number_that_rows_take() -> None:
    ask = "self.write(self.count - 1, text)\nreturn self.remote(text)"
    begin = "def begin(self):\n    self.count += 1"
    refusal = refused(_code(ask, use=f"client.begin()\n{ASK}", methods=begin))
    assert refusal.reason.startswith("the client's 'begin' may count a call and record nothing")


ESCAPING = {
    "raised before the call": (
        "ValueError",
        f"{TAKES}if not text.isalpha():\n    raise ValueError\n",
    ),
    "checked before the call": ("Exception", f"{TAKES}self.check(text)\n"),
}
CHECK = "def check(self, text):\n    if text == 'p1':\n        raise ValueError(text)"


@pytest.mark.parametrize("name", ESCAPING)
def test_what_is_raised_before_a_call(name: str) -> None:
    caught, start = ESCAPING[name]
    ask = start + (
        "try:\n    answer = self.remote(text)\nexcept Exception:\n    self.write(index, text)\n"
        "    raise\nself.write(index, text)\nreturn answer"
    )
    loop = GOES_ON["any"].replace("except Exception", f"except {caught}")
    reason = refused(_code(ask, loop, methods=CHECK)).reason
    assert reason.startswith(
        "the client's 'ask' counts a call and records nothing where it raises"
    )


NARROW = {
    "handles another error": "except KeyError:\n    self.write(index, text)\n    raise\n",
    "under a flag": (
        "except FailedError:\n    if self.flag is not None:\n        self.write(index, text)\n"
        "    raise\n"
    ),
    "raises another": "except FailedError:\n    raise RuntimeError from None\n",
    "raises it again": "except FailedError:\n    logger.info('x')\n    raise\n",
    "counts in the end": "finally:\n    pass\n",
}


@pytest.mark.parametrize("name", NARROW)
def test_errors_that_are_not_recorded(name: str) -> None:
    ask = f"{TAKES}try:\n    answer = self.remote(text)\n{NARROW[name]}"
    ask += "self.write(index, text)\nreturn answer"
    reason = refused(_code(ask, GOES_ON["any"])).reason
    assert reason.startswith(
        "the client's 'ask' counts a call and records nothing where it raises"
    )


def test_counting_in_a_finally() -> None:
    """The number goes on where nothing was recorded."""
    ask = """
try:
    answer = self.remote(text)
    self.write(self.count, text)
    return answer
finally:
    self.count += 1
"""
    reason = refused(_code(ask.strip())).reason
    assert reason.startswith(
        "the client's 'ask' counts a call and records nothing where it raises"
    )


def test_a_base_class_that_does_not_record() -> None:
    """An override that calls it owes what it does."""
    code = _code(UNRECORDED) + (
        "\n\nclass Checked(OwnClient):\n    def ask(self, text):\n"
        "        return super().ask(text)\n"
    )
    code = code.replace("= OwnClient(", "= Checked(")
    assert refused(code).reason.startswith("the client's 'ask' counts a call and records nothing")


# --- rows beside each other ---------------------------------------------------------------------

TASKS = """
output = await asyncio.gather(*[
    self._one(row, f"{ctx.state_id}_row{i}") for i, row in enumerate(rows)
])
self._clients.clear()
return output
"""
ONE = """
async def _one(self, row, sid):
    if sid not in self._clients:
        self._clients[sid] = OwnClient(self._recorder, sid)
    return self._clients[sid].ask(row["prompt"])
"""
AWAITED = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(await asyncio.wait_for(self._one(row, sid), 5))
    except TimeoutError:
        output.append(None)
    finally:
        self._clients.pop(sid, None)
return output
"""
HANDLES = (
    f"{TAKES}try:\n    answer = self.remote(text)\nexcept Exception:\n"
    "    self.write(index, text)\n    raise\nself.write(index, text)\nreturn answer"
)


def _tasks(method: str, ask: str, *, awaited: bool = False) -> str:
    code = module(method, ONE)
    own = f"{CLASS}\n    def ask(self, text):\n{textwrap.indent(ask, ' ' * 8)}\n"
    if awaited:
        code = code.replace("return self._clients[sid].", "return await self._clients[sid].")
        own = own.replace("    def ask", "    async def ask").replace(
            "    def remote", "    async def remote"
        )
        own = own.replace("self.remote(", "await self.remote(")
    return f"{code}\n{own}"


def test_rows_beside_the_one_that_raised() -> None:
    """They go on, though nobody catches what it raised."""
    refusal = refused(_tasks(TASKS.replace("*[", "*[", 1), UNRECORDED))
    assert refusal.reason.startswith("the client's 'ask' counts a call and records nothing")


def test_a_call_that_is_cancelled() -> None:
    """A timeout leaves it by an error that ``except Exception`` does not catch."""
    refusal = refused(_tasks(AWAITED, HANDLES, awaited=True))
    assert refusal.reason.startswith("the client's 'ask' counts a call and records nothing")


def test_a_call_whose_cancelling_is_recorded(databases: tuple[Engine, ...]) -> None:
    code = _tasks(
        AWAITED, HANDLES.replace("except Exception", "except BaseException"), awaited=True
    )
    check(code, fixed(code), databases, BATCHES)


def test_a_call_that_nobody_cancels(databases: tuple[Engine, ...]) -> None:
    method = AWAITED.replace("asyncio.wait_for(self._one(row, sid), 5)", "self._one(row, sid)")
    code = _tasks(method.replace("TimeoutError", "FailedError"), HANDLES, awaited=True)
    check(code, fixed(code), databases, BATCHES)
