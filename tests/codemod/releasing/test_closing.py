"""Clients that a row closes by its own name for them: behind the rows, the cache is asked."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

CLOSED = "the client is closed for each row, and the next row would get the same one"
UNBOUND = "a row may come to close 'client' without having bound it, and would close another's"
UNUSED = "nothing would use 'client' once it is closed behind the loop"
MIXED = "one release closes the client, and another lets go of it open"


def loop(body: str) -> str:
    """A batch path with that body of its loop."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return f"""
output = []
for i, row in enumerate(rows):
    sid = f"{{ctx.state_id}}_row{{i}}"
{lines}
return output
"""


def ending(end: str, before: str = "client = self._client(sid)") -> str:
    """A batch path whose rows close and release their client in a ``finally``."""
    return loop(f"""{before}
try:
    output.append(client.ask(row["prompt"]))
finally:
{textwrap.indent(textwrap.dedent(end).strip(), "    ")}
""")


def begun(end: str, binding: str = "client = None") -> str:
    """The same, where a row may raise before it has a client."""
    return loop(f"""{binding}
try:
    client = self._client(sid)
    output.append(client.ask(row["prompt"]))
finally:
{textwrap.indent(textwrap.dedent(end).strip(), "    ")}
""")


ROW = """
def _row(self, row, state_id):
    client = self._client(state_id)
    try:
        return client.ask(row["prompt"])
    finally:
        client.close()
        self._clients.pop(state_id, None)
"""
FINISHES = """
def _finish(self, client, state_id):
    client.close()
    with self._lock:
        self._clients.pop(state_id, None)
"""
ASYNC_CLIENT = """
class AsyncClient(AuditedClient):
    async def aclose(self):
        self.close()
"""
POOLED = """
with ThreadPoolExecutor(2) as executor:
    futures = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        futures.append(executor.submit(self._row, row, sid))
return [future.result() for future in futures]
"""
FIXED = (
    Case("closed first", ending("client.close()\nself._clients.pop(sid, None)")),
    Case("released first", ending("self._clients.pop(sid, None)\nclient.close()")),
    Case("deleted", ending("client.close()\ndel self._clients[sid]")),
    Case(
        "released under a lock",
        ending("client.close()\nwith self._lock:\n    self._clients.pop(sid, None)"),
    ),
    Case(
        "both under a lock",
        ending("with self._lock:\n    client.close()\n    del self._clients[sid]"),
    ),
    Case("released by a helper", ending("client.close()\nself._release(sid)")),
    Case(
        "released whatever comes",
        ending("""
            try:
                client.close()
            finally:
                self._clients.pop(sid, None)
            """),
    ),
    Case(
        "errors logged, released whatever comes",
        ending("""
            try:
                client.close()
            except Exception:
                logger.warning("not closed: %s", sid)
            finally:
                self._clients.pop(sid, None)
            """),
    ),
    Case(
        "errors suppressed",
        ending("with suppress(Exception):\n    client.close()\nself._clients.pop(sid, None)"),
    ),
    Case(
        "errors logged with the id",
        ending("""
            try:
                client.close()
            except Exception:
                logger.warning("not closed: %s", sid)
            self._clients.pop(sid, None)
            """),
    ),
    Case(
        "a log line between",
        ending('client.close()\nlogger.info("done %s", sid)\nself._clients.pop(sid, None)'),
    ),
    Case(
        "where the cache holds one",
        ending("if sid in self._clients:\n    client.close()\n    del self._clients[sid]"),
    ),
    Case(
        "by its place in the cache, where that holds one",
        ending(
            "if sid in self._clients:\n    self._clients[sid].close()\n    del self._clients[sid]"
        ),
    ),
    Case(
        "by its place in the cache, under a lock",
        ending(
            "with self._lock:\n    if sid in self._clients:\n"
            "        self._clients[sid].close()\n        self._clients.pop(sid)"
        ),
    ),
    Case(
        "by its place in the cache, where a row may have made none",
        begun(
            "with suppress(KeyError):\n    self._clients[sid].close()\n    del self._clients[sid]"
        ),
    ),
    Case(
        "where there is one",
        begun("if client is not None:\n    client.close()\nself._clients.pop(sid, None)"),
    ),
    Case(
        "where there is one, released first",
        begun("self._clients.pop(sid, None)\nif client is not None:\n    client.close()"),
    ),
    Case(
        "both where there is one",
        begun("if client:\n    client.close()\n    self._clients.pop(sid, None)"),
    ),
    Case(
        "both where there is one, annotated, under a lock",
        begun(
            """
            if client is not None:
                with self._lock:
                    client.close()
                    del self._clients[sid]
            """,
            "client: AuditedClient | None = None  # none yet",
        ),
    ),
    Case(
        "released where there is one",
        begun("if client is not None:\n    self._clients.pop(sid, None)"),
    ),
    Case(
        "at the end of the round",
        loop("""
            client = self._client(sid)
            if row.get("skip"):
                client.close()
                self._clients.pop(sid, None)
                continue
            output.append(client.ask(row["prompt"]))
            client.close()
            self._clients.pop(sid, None)
            """),
    ),
    Case(
        "handled, and left early",
        loop("""
            if row.get("skip"):
                continue
            client = self._client(sid)
            try:
                if row.get("stop"):
                    break
                output.append(client.ask(row["prompt"]))
            except ProviderError as error:
                output.append(str(error))
            finally:
                client.close()
                self._clients.pop(sid, None)
            """),
    ),
    Case(
        "made in place",
        ending(
            "client.close()\nself._clients.pop(sid, None)",
            """client = self._clients.get(sid)
if client is None:
    client = AuditedClient(self._recorder, sid)
    self._clients[sid] = client""",
        ),
    ),
    Case(
        "by a name of the cache",
        ending("client.close()\nclients.pop(sid, None)").replace(
            "for i,", "clients = self._clients\nfor i,"
        ),
    ),
    Case(
        "where the batch path is a generator",
        ending("client.close()\nself._clients.pop(sid, None)")
        .replace("output.append(client.ask(row", "yield (client.ask(row")
        .replace("return output", ""),
    ),
    Case("in a function that answers a row", loop("output.append(self._row(row, sid))"), ROW),
    Case("by a helper", ending("self._finish(client, sid)"), FINISHES),
    Case(
        "by a helper, by keyword, that asks for one",
        ending("self._finish(state_id=sid, client=client)"),
        FINISHES.replace("client.close()", "if client is not None:\n        client.close()"),
    ),
    Case(
        "in a function that makes the row's id",
        loop("output.append(self._row(row, ctx, i))").replace(
            '    sid = f"{ctx.state_id}_row{i}"\n', ""
        ),
        ROW.replace("row, state_id):", 'row, ctx, i):\n    state_id = f"{ctx.state_id}_row{i}"'),
    ),
    Case(
        "in a function that a pool runs",
        POOLED,
        ROW,
        ordered=False,
    ),
    Case(
        "in a function that a pool runs, released first",
        POOLED,
        ROW.replace("        client.close()\n", "") + "        client.close()\n",
        ordered=False,
    ),
)
CONTEXT = """
with closing(self._client(sid)) as client:
    output.append(client.ask(row["prompt"]))
"""
CONTEXTS = (
    Case(
        "around the questions",
        loop(f"try:{textwrap.indent(CONTEXT, '    ')}finally:\n    self._clients.pop(sid, None)"),
    ),
    Case(
        "of a client with a name",
        loop("""
            client = self._client(sid)
            try:
                with closing(client):
                    output.append(client.ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
            """),
    ),
    Case(
        "around the release",
        loop("""
            with closing(self._client(sid)) as client:  # goes with the row
                # ask
                try:
                    output.append(client.ask(row["prompt"]))
                finally:
                    self._clients.pop(sid, None)
            """),
    ),
    Case("before the release", loop(f"{CONTEXT}\ndel self._clients[sid]")),
    Case(
        "in a function that answers a row",
        loop("output.append(self._row(row, sid))"),
        """
def _row(self, row, state_id):
    try:
        with closing(self._client(state_id)) as client:
            return client.ask(row["prompt"])
    finally:
        self._clients.pop(state_id, None)
""",
    ),
)
HELPER = "'_finish' releases the client, and not in a form that can be moved"
REFUSED = (
    Case(
        "by a helper that does more",
        ending("self._finish(client, sid)"),
        FINISHES + "    self.done += 1\n",
        HELPER,
    ),
    Case(
        "by a helper that is given the row",
        ending("self._finish(client, sid, row)"),
        FINISHES.replace("state_id):", "state_id, row):"),
        HELPER,
    ),
    Case(
        "by a helper of another client",
        ending("self._finish(self._client('x'), sid)"),
        FINISHES,
        HELPER,
    ),
    Case(
        "a context under a condition",
        loop(f"""
try:
    if row.get("skip"):{textwrap.indent(CONTEXT, "        ")}    else:
        output.append(self._answer(row, sid))
finally:
    self._clients.pop(sid, None)
"""),
        reason=CLOSED,
    ),
    Case(
        "two contexts",
        loop(f"{CONTEXT}{CONTEXT}self._clients.pop(sid, None)"),
        reason="'client' is used behind the statement that closes it",
    ),
    Case(
        "a context of its own",
        loop(f"{CONTEXT}self._clients.pop(sid, None)").replace(
            'client.ask(row["prompt"])', "self._answer(row, sid)"
        ),
        reason=UNUSED,
    ),
    Case(
        "bound in the 'try'",
        begun("client.close()\nself._clients.pop(sid, None)", ""),
        reason=UNBOUND,
    ),
    Case(
        "begun before the loop",
        begun(
            "if client is not None:\n    client.close()\nself._clients.pop(sid, None)", ""
        ).replace("for i,", "client = None\nfor i,"),
        reason=UNBOUND,
    ),
    Case(
        "closed between two questions",
        loop("""
            client = self._client(sid)
            for question in "ab":
                output.append(client.ask(question))
                client.close()
                self._clients.pop(sid, None)
                client = self._client(sid)
            """),
        reason=UNBOUND,
    ),
    Case(
        "used behind its closing",
        ending("client.close()\nself._clients.pop(sid, None)").replace(
            "return output", "    output.append(client._closed)\nreturn output"
        ),
        reason="'client' is used behind the statement that closes it",
    ),
    Case(
        "used behind the loop",
        ending("client.close()\nself._clients.pop(sid, None)").replace(
            "return output", "return [client, output]"
        ),
        reason="'client' is used behind the statement that closes it",
    ),
    Case(
        "used for nothing else",
        ending("client.close()\nself._clients.pop(sid, None)").replace(
            'client.ask(row["prompt"])', "self._answer(row, sid)"
        ),
        reason=UNUSED,
    ),
    Case(
        "another client by that name",
        ending(
            "client.close()\nself._clients.pop(sid, None)",
            """client = self._client(sid)
if row.get("skip"):
    client = AuditedClient(self._recorder, row["id"])""",
        ),
        reason=CLOSED,
    ),
    Case(
        "another client where there is one",
        ending(
            "client.close()\nself._clients.pop(sid, None)",
            "client = self.kept or self._client(sid)",
        ),
        reason=CLOSED,
    ),
    Case(
        "a client that is given where there is one",
        loop("output.append(self._row(row, sid))"),
        ROW.replace("state_id):", "state_id, client=None):").replace(
            "client = self", "client = client or self"
        ),
        reason=CLOSED,
    ),
    Case(
        "by its place in the cache, and not released",
        ending("if sid in self._clients:\n    self._clients[sid].close()"),
        reason="rows test whether the cache holds a client, which it does from the first row on",
    ),
    Case(
        "by its place in another cache",
        ending(
            "if sid in self._clients:\n    self._others[sid].close()\n    del self._clients[sid]"
        ),
        reason="the id is a key of 'self._others', which is no cache of clients",
    ),
    Case(
        "by its place in the cache, whatever that holds",
        ending("self._clients[sid].close()\ndel self._clients[sid]"),
        reason=CLOSED,
    ),
    Case(
        "closed under a condition",
        ending('if row.get("skip"):\n    client.close()\nself._clients.pop(sid, None)'),
        reason=CLOSED,
    ),
    Case(
        "never released",
        ending("client.close()").replace("return", "self._clients.clear()\nreturn"),
        reason=CLOSED,
    ),
    Case(
        "a part of it closed",
        ending("client._recorder.close()\nself._clients.pop(sid, None)"),
        reason="the client's '_recorder' is closed for each row, and the next one would get it "
        "closed",
    ),
    Case(
        "closed where nothing failed",
        loop("""
            client = self._client(sid)
            try:
                output.append(client.ask(row["prompt"]))
            except ProviderError:
                self._clients.pop(sid, None)
                raise
            else:
                client.close()
                self._clients.pop(sid, None)
            """),
        reason=MIXED,
    ),
    Case(
        "closed as it is taken, where nothing failed",
        loop("""
            try:
                output.append(self._answer(row, sid))
            except ProviderError:
                self._clients.pop(sid, None)
                output.append("failed")
            else:
                client = self._clients.pop(sid, None)
                if client is not None:
                    client.close()
            """),
        reason=MIXED,
    ),
    Case(
        "logged with the row's index",
        ending("""
            try:
                client.close()
            except Exception:
                logger.warning("not closed: %s", i)
            self._clients.pop(sid, None)
            """),
        reason="the client is released with 'i', which is bound for each row",
    ),
    Case(
        "kept under two things",
        ending("client.close()\nself._clients.pop((sid, self._pool), None)"),
        """
def _client(self, state_id):
    if (state_id, self._pool) not in self._clients:
        self._clients[state_id, self._pool] = AuditedClient(self._recorder, state_id)
    return self._clients[state_id, self._pool]
""",
        reason="the release needs a client, and is kept under more than the id",
    ),
)


@pytest.mark.parametrize("case", CONTEXTS, ids=lambda case: case.name)
def test_context(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)


AWAITED = (
    Case("awaited", ending("await client.aclose()\nself._clients.pop(sid, None)"), ASYNC_CLIENT),
    Case(
        "awaited, released first",
        ending("self._clients.pop(sid, None)\nawait client.aclose()"),
        ASYNC_CLIENT,
    ),
    Case(
        "a context",
        loop("""
            async with contextlib.aclosing(self._client(sid)) as client:
                output.append(await client.ask_async(row["prompt"]))
            self._clients.pop(sid, None)
            """).replace("output = []", "import contextlib\noutput = []"),
        ASYNC_CLIENT,
    ),
)


@pytest.mark.parametrize("case", AWAITED, ids=lambda case: case.name)
def test_awaited(case: Case, databases: tuple[Engine, ...]) -> None:
    code = case.code.replace("= AuditedClient(self", "= AsyncClient(self").replace(
        "AuditedClient:", "AsyncClient:"
    )
    check_fixed(case, databases, code.replace("str, AuditedClient", "str, AsyncClient"))


def test_clients_of_the_module(databases: tuple[Engine, ...]) -> None:
    case = Case(
        "of the module",
        ending("client.close()\nCLIENTS.pop(sid, None)", "client = get(self._recorder, sid)"),
        """
class Beside:
    pass


CLIENTS = {}


def get(recorder, state_id):
    if state_id not in CLIENTS:
        CLIENTS[state_id] = AuditedClient(recorder, state_id)
    return CLIENTS[state_id]
""",
    )
    check_fixed(case, databases)


def test_clients_of_another_object() -> None:
    """What is private to a registry is not reached for."""
    case = Case(
        "of another object",
        ending(
            "client.close()\nself._registry.release(sid)", "client = self._registry.client(sid)"
        ),
        """
class Registry:
    def __init__(self):
        self._clients = {}
        self._recorder = None

    def client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = AuditedClient(self._recorder, state_id)
        return self._clients[state_id]

    def release(self, state_id):
        self._clients.pop(state_id, None)
""",
        reason=CLOSED,
    )
    code = case.code.replace("self.done = 0", "self._registry = Registry()")
    check_refused(case, code)


def test_other_type() -> None:
    """The cache's own type has no ``close``: mypy would report what asks the cache."""
    case = Case(
        "another type",
        ending("client.close()\nself._clients.pop(sid, None)"),
        reason="'client' has another type than what 'self._clients' is said to hold",
    )
    check_refused(case, case.code.replace("dict[str, AuditedClient]", "dict[str, object]"))


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (
            ending("client.close()\ndel self._clients[sid]"),
            """
        finally:
            if state_id in self._clients:
                self._clients[state_id].close()
                del self._clients[state_id]
        return output
""",
        ),
        (
            ending("self._clients.pop(sid, None)\nclient.close()"),
            """
        finally:
            if state_id in self._clients:
                client = self._clients[state_id]
                self._clients.pop(state_id, None)
                client.close()
        return output
""",
        ),
        (
            begun("if client is not None:\n    client.close()\nself._clients.pop(sid, None)"),
            """
            for row in rows:
                client = self._client(state_id)
                output.append(client.ask(row["prompt"]))
        finally:
            if state_id in self._clients:
                self._clients[state_id].close()
            self._clients.pop(state_id, None)
        return output
""",
        ),
    ],
    ids=["closed first", "released first", "where there is one"],
)
def test_text(method: str, text: str) -> None:
    assert fixed(module(method)).decode().endswith(text)
