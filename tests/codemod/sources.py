"""Source text of batch paths, put together from the choices that a plugin's author makes."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

# A client of the plugin's own; MADE is what it makes, USE what a call does with that.
OWN_CLIENT = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self.count = 0
        MADE

    def ask(self, text):
        index = self.count
        self.count += 1
        USE
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)
        return text
"""
# A client that answers no more once it is closed; a test says how that is done.
CLOSED_CLIENT = """
class OwnClient:
    def __init__(self, recorder, state_id):
        self.recorder = recorder
        self.state_id = state_id
        self.count = 0
        self.closed = False

    def ask(self, text):
        if self.closed:
            raise RuntimeError("closed")
        index = self.count
        self.count += 1
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)
        if "fail" in text:
            raise ProviderError(text)
        return text
"""
# Rows with a client class of their own; USE is what a row does with its client.
OWN_LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    if sid not in self._clients:
        self._clients[sid] = OwnClient(self._recorder, sid)
    client = self._clients[sid]
    try:
        USE
    finally:
        self._clients.pop(sid, None)
return output
"""
# A row that releases its client in a `finally`; a test says how.
IN_FINALLY = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        RELEASE
return output
"""
POPPED = IN_FINALLY.replace("RELEASE", "self._clients.pop(sid, None)")
ASK = "output.append(client.ask(row['prompt']))"
# A method that answers one row under an id that it is given, and releases its client.
ROW_METHOD = """
def _row(self, row, state_id):
    try:
        return self._answer(row, state_id)
    finally:
        self._release(state_id)
"""
BUILDERS = {
    "f-string": 'f"{BASE}_row{i}"',
    "f-string with a format": 'f"{BASE}_row{i:03d}"',
    "implicit concatenation": 'f"{BASE}" f"_row{i}"',
    "concatenation": 'BASE + "_row" + str(i)',
    "percent": '"%s_row%d" % (BASE, i)',
    "percent with names": '"%(state)s_row%(row)d" % {"state": BASE, "row": i}',
    "format": '"{}_row{}".format(BASE, i)',
    "format with names": '"{state}_row{row:02d}".format(state=BASE, row=i)',
    "join": '"_row".join([BASE, str(i)])',
    "template": 'Template("${state}_row${row}").substitute(state=BASE, row=i)',
    "wrapped": 'str(f"{BASE}_row{i}")',
}
BINDINGS = {
    "local": "row_state_id = BUILT",
    "annotated": "row_state_id: str = BUILT",
    "two locals": "row_state_id = BUILT\nclient_state_id = row_state_id",
    "named as the context's": "state_id = BUILT",
    "in place": "",
    "augmented": 'row_state_id = BASE\nrow_state_id += f"_row{i}"',
}
USES = {
    "two locals": "client_state_id",
    "named as the context's": "state_id",
    "in place": "BUILT",
}
RELEASES = {
    "pop in finally": ("finally", "self._clients.pop(ID, None)"),
    "pop in finally under a lock": (
        "finally",
        "# the row's client\nwith self._lock:\n    self._clients.pop(ID, None)",
    ),
    "pop without a default": ("finally", "self._clients.pop(ID)"),
    "del in finally": ("finally", "del self._clients[ID]"),
    "del in finally under a lock": ("finally", "with self._lock:\n    del self._clients[ID]"),
    "guarded del": ("finally", "if ID in self._clients:\n    del self._clients[ID]"),
    "closed": (
        "finally",
        "client = self._clients.pop(ID, None)\nif client is not None:\n    client.close()",
    ),
    "pop at the end": ("end", "self._clients.pop(ID, None)"),
    "del at the end": ("end", "del self._clients[ID]"),
    "helper": ("finally", "self._release(ID)"),
    "beside something else": ("finally", "self._clients.pop(ID, None)\nself.done += 1"),
    "cleared after the loop": ("after", "self._clients.clear()"),
    "never": ("never", ""),
}
BODIES = {
    "plain": "output.append(self._answer(row, ID))",
    "keyword": "output.append(self._answer(row, state_id=ID))",
    "continue": 'if row.get("skip"):\n    continue\noutput.append(self._answer(row, ID))',
    "continue after": (
        'answer = self._answer(row, ID)\nif row.get("skip"):\n    continue\noutput.append(answer)'
    ),
    "break": 'if row.get("stop"):\n    break\noutput.append(self._answer(row, ID))',
    "return": 'if row.get("stop"):\n    return output\noutput.append(self._answer(row, ID))',
    "return after": (
        'output.append(self._answer(row, ID))\nif row.get("stop"):\n    return output'
    ),
    "index": 'output.append({**self._answer(row, ID), "index": i})',
    "logged": 'logger.info("row %s", ID)\noutput.append(self._answer(row, ID))',
    "logged as text": 'logger.info(f"row {ID}")\noutput.append(self._answer(row, ID))',
    "comprehension": "output.extend([self._answer(row, ID) for _ in range(2)])",
    "inner loop": "for _ in range(2):\n    output.append(self._answer(row, ID))",
}
HANDLERS = {
    "none": "",
    "except": ('except ProviderError as error:\n    output.append({"error": str(error)})\n'),
    "except and else": (
        'except ProviderError:\n    logger.warning("row failed")\nelse:\n    self.done += 1\n'
    ),
    "logged except": ('except ProviderError:\n    logger.warning("failed: %s", ID)\n'),
    "raising again": (
        'except ProviderError as error:\n    raise RuntimeError("batch failed") from error\n'
    ),
}
LOOPS = {
    "enumerate": "for i, row in enumerate(rows):",
    "enumerate from one": "for i, row in enumerate(rows, start=1):",
    "range": "for i in range(len(rows)):\n    row = rows[i]",
    "for and else": "for i, row in enumerate(rows):",
}
CONTEXTS = {
    "annotated": ("ctx: PluginContext", "ctx.state_id"),
    "by name": ("ctx", "ctx.state_id"),
    "another name": ("context: PluginContext", "context.state_id"),
}
CACHES = {
    "membership": """
        if state_id not in self._clients:
            self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return self._clients[state_id]
        """,
    "early return": """
        if state_id in self._clients:
            return self._clients[state_id]
        client = AuditedClient(self._recorder, state_id)
        self._clients[state_id] = client
        return client
        """,
    "get": """
        client = self._clients.get(state_id)
        if client is None:
            client = AuditedClient(self._recorder, state_id, provider="x")
            self._clients[state_id] = client
        return client
        """,
    "setdefault": """
        return self._clients.setdefault(state_id, AuditedClient(self._recorder, state_id))
        """,
    "missing key": """
        try:
            return self._clients[state_id]
        except KeyError:
            self._clients[state_id] = client = AuditedClient(self._recorder, state_id)
            return client
        """,
}

PRELUDE = '''"""A batch path."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from string import Template
from threading import Lock
from typing import Any

from fixtures.landscape import AllocatingClient, AuditedClient, PluginContext, ProviderError
from fixtures.landscape import Recorder

logger = logging.getLogger(__name__)


class Transform:
    """Answers the rows of a batch."""

    def __init__(self, pool: int = 0) -> None:
        self._recorder: Any = None
        self._clients: dict[str, AuditedClient] = {}
        self._lock = Lock()
        self._pool = pool
        self.done = 0

    def _client(self, state_id: str) -> AuditedClient:
        """Get or make the client of a state."""
        with self._lock:
CACHE

    def _ask(self, row: dict[str, Any], question: str, state_id: str) -> str:
        client = self._client(state_id)
        return client.ask(f"{row['prompt']} {question}")

    def _answer(self, row: dict[str, Any], state_id: str) -> dict[str, Any]:
        if self._pool:
            with ThreadPoolExecutor(self._pool) as executor:
                futures = [
                    executor.submit(self._ask, row, question, state_id) for question in "ab"
                ]
                replies = [future.result() for future in futures]
        else:
            replies = [self._ask(row, question, state_id) for question in "ab"]
        return {**row, "replies": replies}

    def _release(self, state_id: str) -> None:
        with self._lock:
            self._clients.pop(state_id, None)

    def process_batch(self, rows: list[dict[str, Any]], CONTEXT) -> list[dict[str, Any]]:
        """Answer all rows."""
        if CTX.landscape is None or CTX.state_id is None:
            raise RuntimeError("a recorder and a state id are required")
        self._recorder = CTX.landscape
'''


class Choices(NamedTuple):
    """One of each."""

    builder: str = "f-string"
    binding: str = "local"
    release: str = "pop in finally under a lock"
    body: str = "plain"
    handler: str = "none"
    loop: str = "enumerate"
    context: str = "annotated"
    cache: str = "membership"


def transform(method: str, cache: str = "membership", context: str = "annotated") -> str:
    """A module with the given body of ``process_batch``."""
    parameter, base = CONTEXTS[context]
    made = textwrap.indent(textwrap.dedent(CACHES[cache]).strip(), " " * 12)
    head = (
        PRELUDE.replace("CACHE", made)
        .replace("CONTEXT", parameter)
        .replace("CTX", base.partition(".")[0])
    )
    if "Template(" not in method:
        head = head.replace("from string import Template\n", "")
    return head + textwrap.indent(textwrap.dedent(method).strip("\n"), " " * 8) + "\n"


def batch_source(choices: Choices) -> str:
    """A module whose batch path is made of ``choices``."""
    _, base = CONTEXTS[choices.context]
    where, release = RELEASES[choices.release]
    body = BODIES[choices.body]
    handler = HANDLERS[choices.handler]
    binding = BINDINGS[choices.binding]
    if where == "finally" or handler:
        ending = f"finally:\n{_indent(release)}" if where == "finally" else ""
        body = f"try:\n{_indent(body)}\n{handler}{ending}"
    if where == "end":
        body = f"{body}\n{release}"
    inner = "\n".join(part for part in (binding, body.rstrip("\n")) if part)
    text = f"output: list[dict[str, Any]] = []\n{LOOPS[choices.loop]}\n{_indent(inner)}\n"
    if choices.loop == "for and else":
        text += "else:\n    output.append({'all': True})\n"
    if where == "after":
        text += f"{release}\n"
    text += "return output\n"
    use = USES.get(choices.binding, "row_state_id")
    text = text.replace("ID", use).replace("BUILT", BUILDERS[choices.builder])
    return transform(text.replace("BASE", base), choices.cache, choices.context)


def by_row_id(choices: Choices) -> str:
    """The same, its ids made of what the row is called: those of two chunks of rows differ."""
    return batch_source(choices).replace("_row{i}", "_{row.get('id')}")


def _indent(text: str) -> str:
    return textwrap.indent(text, "    ")


IMPORTS = {
    "asyncio": "import asyncio",
    "contextmanager": "from contextlib import contextmanager",
    "ExitStack": "from contextlib import ExitStack",
    "suppress": "from contextlib import suppress",
    "closing": "from contextlib import closing",
    "partial": "from functools import partial",
    "repeat": "from itertools import repeat",
    "@final": "from typing import final",
    "@te.": "import typing as te",
    "uuid4": "from uuid import uuid4",
}


def module(method: str, beside: str = "", cache: str = "membership") -> str:
    """A module with the given body of ``process_batch``.

    Args:
        method: The body; with ``await`` in it, the method is a coroutine.
        beside: Methods of the same class; or a class, which follows it.
        cache: How a client is looked up, of :data:`CACHES`.
    """
    code = transform(method, cache)
    beside = textwrap.dedent(beside).strip("\n")
    if "await " in method:
        code = code.replace("    def process_batch", "    async def process_batch")
    if beside.startswith("class"):
        code += f"\n\n{beside}\n"
    elif beside:
        mark = "    async def process_batch" if "await " in method else "    def process_batch"
        code = code.replace(mark, f"{textwrap.indent(beside, '    ')}\n\n{mark}", 1)
    needed = [line for word, line in IMPORTS.items() if word in method + beside]
    return code.replace("import logging\n", "\n".join([*needed, "import logging\n"]), 1)
