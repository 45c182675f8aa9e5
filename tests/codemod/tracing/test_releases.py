"""Releases in the spellings that authors use, in a ``finally`` and at the end of a body."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import IN_FINALLY, module

if TYPE_CHECKING:
    from sqlalchemy import Engine

AT_THE_END = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    RELEASE
return output
"""
FIXED = {
    "walrus": """
        if (client := self._clients.pop(sid, None)) is not None:
            client.close()
        """,
    "walrus, for its truth": """
        if client := self._clients.pop(sid, None):
            client.close()
        """,
    "walrus under a lock": """
        with self._lock:
            if (client := self._clients.pop(sid, None)) is not None:
                client.close()
        """,
    "name, then its truth": """
        client = self._clients.pop(sid, None)
        if client:
            client.close()
        """,
    "annotated name": """
        client: AuditedClient | None = self._clients.pop(sid, None)
        if client is not None:
            client.close()
        """,
    "name under a lock, closed outside": """
        with self._lock:
            client = self._clients.pop(sid, None)
        if client is not None:
            client.close()
        """,
    "strict name under a lock, closed outside": """
        with self._lock:
            client = self._clients.pop(sid)
        client.close()
        """,
    "strict, closed at once": "self._clients.pop(sid).close()",
    "closed with its errors suppressed": """
        client = self._clients.pop(sid, None)
        if client is not None:
            with suppress(Exception):
                client.close()
        """,
    "closed with some errors suppressed": """
        client = self._clients.pop(sid, None)
        if client is not None:
            with suppress(OSError, ProviderError):
                client.close()
        """,
    "closed with its errors passed over": """
        client = self._clients.pop(sid, None)
        if client is not None:
            try:
                client.close()
            except ProviderError:
                pass
        """,
    "closed with its errors logged": """
        client = self._clients.pop(sid, None)
        if client is not None:
            try:
                client.close()
            except ProviderError:
                logger.warning("close failed", exc_info=True)
        """,
    "membership, del": """
        if sid in self._clients:
            del self._clients[sid]
        """,
    "membership, closed at once": """
        if sid in self._clients:
            self._clients.pop(sid).close()
        """,
    "membership, name": """
        if sid in self._clients:
            client = self._clients.pop(sid)
            client.close()
        """,
    "got, closed, deleted": """
        client = self._clients.get(sid)
        if client is not None:
            client.close()
            del self._clients[sid]
        """,
    "suppressed del": """
        with suppress(KeyError):
            del self._clients[sid]
        """,
    "suppressed pop that closes": """
        with suppress(KeyError):
            self._clients.pop(sid).close()
        """,
    "lock and suppression in one": """
        with self._lock, suppress(KeyError):
            del self._clients[sid]
        """,
    "missing key passed over": """
        try:
            del self._clients[sid]
        except KeyError:
            pass
        """,
}
MOVED = "cannot be moved from"
REFUSED = {
    "closed, then released": (
        "self._clients[sid].close()\nself._clients.pop(sid, None)",
        "the client is closed for each row",
    ),
    "logged when missing": (
        "try:\n    del self._clients[sid]\nexcept KeyError:\n    logger.debug('none')",
        "the release is all that its 'try' does",
    ),
    "acquired lock": (
        "self._lock.acquire()\ntry:\n    self._clients.pop(sid, None)\n"
        "finally:\n    self._lock.release()",
        "the release is all that its 'try' does",
    ),
    "logged when closed": (
        "client = self._clients.pop(sid, None)\nif client is not None:\n    client.close()\n"
        "    logger.debug('closed')",
        MOVED,
    ),
    "closed and something else": (
        "client = self._clients.pop(sid, None)\nif client is not None and client.close:\n"
        "    client.close()",
        MOVED,
    ),
    "name without a test": ("client = self._clients.pop(sid, None)\nclient.close()", MOVED),
    "default, closed at once": ("self._clients.pop(sid, None).close()", MOVED),
    "got and closed only": (
        "client = self._clients.get(sid)\nif client is not None:\n    client.close()",
        "rows test whether the cache holds a client",
    ),
    "test of what was popped": ("if self._clients.pop(sid, None):\n    self.done += 1", MOVED),
    "another test": ("if self.done:\n    self._clients.pop(sid, None)", "only under a condition"),
    "name used after the loop": (
        "client = self._clients.pop(sid, None)\nif client is not None:\n    client.close()\n"
        "rows = [client]",
        "'client' holds the released client and is used elsewhere",
    ),
    "lock of the row": (
        "lock = row.get('lock', self._lock)\nwith lock:\n    self._clients.pop(sid, None)",
        "the client is released with 'lock', which is bound for each row",
    ),
    "lock that holds more": (
        "with self._lock:\n    self.done += 1\n    self._clients.pop(sid, None)",
        "inside a 'with' that holds more",
    ),
}


def code_of(loop: str, release: str) -> str:
    """A module whose loop ends each row with ``release``."""
    indent = " " * (8 if loop is IN_FINALLY else 4)
    text = textwrap.indent(textwrap.dedent(release).strip(), indent)
    return module(loop.replace(f"{indent}RELEASE", text))


@pytest.mark.parametrize("loop", [IN_FINALLY, AT_THE_END], ids=["finally", "end"])
@pytest.mark.parametrize("name", FIXED)
def test_fixed(loop: str, name: str, databases: tuple[Engine, ...]) -> None:
    code = code_of(loop, FIXED[name])
    check(code, fixed(code), databases)


@pytest.mark.parametrize("loop", [IN_FINALLY, AT_THE_END], ids=["finally", "end"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(loop: str, name: str) -> None:
    release, reason = REFUSED[name]
    refusal = refused(code_of(loop, release))
    assert reason in refusal.reason
    assert refusal.remedy


def test_strict_release_that_closes_is_guarded() -> None:
    """A batch without rows has no client, and must not fail for it."""
    new = fixed(code_of(IN_FINALLY, FIXED["strict name under a lock, closed outside"])).decode()
    assert new.endswith("""
        finally:
            if state_id in self._clients:
                with self._lock:
                    client = self._clients.pop(state_id)
                client.close()
        return output
""")


SPREAD = (
    (
        "handler and else",
        """
        try:
            output.append(self._answer(row, sid))
        except ProviderError:
            self._clients.pop(sid, None)
            output.append({"failed": row["id"]})
        else:
            self._clients.pop(sid, None)
        """,
    ),
    (
        "handler that raises again, and else",
        """
        try:
            answer = self._answer(row, sid)
        except BaseException:
            self._clients.pop(sid, None)
            raise
        else:
            self._clients.pop(sid, None)
        output.append(answer)
        """,
    ),
    (
        "before a continue, and at the end",
        """
        client = self._client(sid)
        if row.get("skip"): self._clients.pop(sid, None); continue
        output.append(client.ask(row["prompt"])); self._clients.pop(sid, None)
        """,
    ),
    (
        "one line each",
        """
        try: output.append(self._answer(row, sid))
        finally: self._clients.pop(sid, None)
        """,
    ),
    (
        "in a span of its own",
        """
        with suppress(ProviderError):
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        """,
    ),
)


@pytest.mark.parametrize(("name", "body"), SPREAD, ids=[name for name, _ in SPREAD])
def test_spread(name: str, body: str, databases: tuple[Engine, ...]) -> None:
    """Releases in several places of a row become one behind the loop."""
    text = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    code = module(
        AT_THE_END.replace("    output.append(self._answer(row, sid))\n    RELEASE", text)
    )
    new = fixed(code)
    assert new.count(b"_clients.pop(") == 2, name
    check(code, new, databases)


LOOPS = {
    "range": ("for i in range(len(rows)):", ""),
    "range, with handlers": (
        "for i in range(len(rows)):",
        "except ProviderError:\n    output.append({})\n",
    ),
    "enumerate": ("for i, _ in enumerate(rows):", ""),
    "a loop in a loop": ("for _ in range(2):\n        for i in range(len(rows)):", ""),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_that_only_releases_goes(name: str, databases: tuple[Engine, ...]) -> None:
    """Its release takes its place, in the 'finally' that is there; its comments stay."""
    loop, handlers = LOOPS[name]
    indent = " " * (12 if "\n" in loop else 8)
    code = module(f"""output = []
try:
    for i, row in enumerate(rows):
        output.append(self._answer(row, f"{{ctx.state_id}}_row{{i}}"))
{handlers}finally:
    # of all rows
    {loop}  # each
{indent}self._clients.pop(f"{{ctx.state_id}}_row{{i}}", None)
return output
""")
    new = fixed(code)
    handled = textwrap.indent(handlers, " " * 8)
    assert new.decode().endswith(f"""
        output = []
        state_id = ctx.state_id
        try:
            for row in rows:
                output.append(self._answer(row, state_id))
{handled}        finally:
            # of all rows
            # each
            self._clients.pop(state_id, None)
        return output
""")
    check(code, new, databases)


@pytest.mark.parametrize(
    "loop",
    [
        "for i, _ in enumerate(self._walked(rows)):",
        "for i in range(self._counted(rows)):",
        "for i, _ in enumerate(taken):",
    ],
)
def test_a_loop_whose_walk_may_act_stays(loop: str, databases: tuple[Engine, ...]) -> None:
    """What it walks is evaluated as before, though nothing is done with it."""
    code = module(
        f"""output = []
taken = iter(rows)
for i, row in enumerate(rows):
    output.append(self._answer(row, f"{{ctx.state_id}}_row{{i}}"))
{loop}
    self._clients.pop(f"{{ctx.state_id}}_row{{i}}", None)
output.append({{"left": list(taken)}})
return output
""",
        """
def _walked(self, rows):
    logger.info("walked")
    return rows

def _counted(self, rows):
    logger.info("counted")
    return len(rows)
""",
    )
    check(code, fixed(code), databases)


HELPERS = {
    "returns early": """
        client = self._clients.pop(state_id, None)
        if client is None:
            return
        client.close()
        """,
    "returns early, by its truth, under a lock": """
        with self._lock:
            client = self._clients.pop(state_id, None)
        if not client:
            return
        try:
            client.close()
        except ProviderError:
            logger.warning("close failed")
        """,
}


@pytest.mark.parametrize("loop", [IN_FINALLY, AT_THE_END], ids=["finally", "end"])
@pytest.mark.parametrize("name", HELPERS)
def test_helper(loop: str, name: str, databases: tuple[Engine, ...]) -> None:
    """A helper that leaves where there is no client releases as any other does."""
    body = textwrap.indent(textwrap.dedent(HELPERS[name]).strip(), "    ")
    code = module(
        loop.replace("RELEASE", "self._drop(sid)"), f"def _drop(self, state_id):\n{body}"
    )
    new = fixed(code)
    assert b"            self._drop(state_id)\n" in new
    check(code, new, databases)


def test_helper_that_does_something_after_it_left() -> None:
    """What else it does is done for each row."""
    beside = """
def _drop(self, state_id):
    client = self._clients.pop(state_id, None)
    if client is None:
        return
    client.close()
    self.done += 1
"""
    refusal = refused(module(IN_FINALLY.replace("RELEASE", "self._drop(sid)"), beside))
    assert "releases the client, and not in a form that can be moved" in refusal.reason


# Releases in a handler and nowhere else, and whether they may stay where they are.
IN_A_HANDLER = {
    "raises again": ("self._clients.pop(sid, None)\nraise", True),
    "raises another": ("self._clients.pop(sid, None)\nraise RuntimeError from None", True),
    "returns": ("self._clients.pop(sid, None)\nreturn output", True),
    "under a lock": ("with self._lock:\n    self._clients.pop(sid, None)\nraise", True),
    "goes on": ("self._clients.pop(sid, None)", False),
    "continues": ("self._clients.pop(sid, None)\ncontinue", False),
    "breaks": ("self._clients.pop(sid, None)\nbreak", False),
    "perhaps raises": ("self._clients.pop(sid, None)\nif row.get('id'):\n    raise", False),
    "without a default": ("self._clients.pop(sid)\nraise", False),
    "deletes": ("del self._clients[sid]\nraise", False),
}
HANDLED = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, sid))
    except ProviderError:
        HANDLER
return output
"""


@pytest.mark.parametrize("name", IN_A_HANDLER)
def test_only_in_a_handler(name: str, databases: tuple[Engine, ...]) -> None:
    """No row follows a handler that leaves the function, so its release ends no client early."""
    handler, stays = IN_A_HANDLER[name]
    code = module(HANDLED.replace("HANDLER", textwrap.indent(handler, " " * 8).lstrip()))
    if not stays:
        assert refused(code).reason == "the client is released only under a condition"
        return
    new = fixed(code)
    assert b"finally" not in new
    check(code, new, databases, ("none", "one", "five", "raising"))


@pytest.mark.parametrize(
    "around",
    [
        "with suppress(ProviderError):",
        "try:\n{}\n    except ProviderError:\n        output.append('caught')",
        "try:\n{}\n    finally:\n        continue",
    ],
)
def test_a_handler_whose_exception_may_not_leave(around: str) -> None:
    inner = HANDLED.replace("HANDLER", "self._clients.pop(sid, None)\n        raise")
    tried = inner[inner.index("    try:") : inner.index("return output")].rstrip()
    moved = textwrap.indent(tried, "    ")
    held = around.format(moved) if "{}" in around else f"{around}\n{moved}"
    code = module(inner.replace(tried, f"    {held}"))
    assert refused(code).reason == "the client is released only under a condition"


def test_a_handler_beside_threads() -> None:
    """The other rows go on while the executor waits."""
    code = module(
        """
        output = []
        with ThreadPoolExecutor(2) as pool:
            for i, row in enumerate(rows):
                sid = f"{ctx.state_id}_row{i}"
                try:
                    output.append(pool.submit(self._answer, row, sid).result())
                except ProviderError:
                    self._clients.pop(sid, None)
                    raise
        return output
        """
    )
    assert refused(code).reason
