"""Clients that rows may ask after a release has closed them, and those that none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

LATE = ", which the release has closed by then"
EARLIER = f"'{{}}' may hold the client of an earlier row{LATE}"
KEEPS = f"'{{}}' may keep the client of an earlier row{LATE}"


def loop(tried: str, *, first: str = "", before: str = "", last: str = "", end: str = "") -> str:
    """A batch path whose rows close what they pop.

    Args:
        tried: What a row does, in its ``try``.
        first: What comes before the loop.
        before: What comes before the ``try``.
        last: What comes behind it, in the loop.
        end: What comes behind the loop.
    """

    def block(text: str, depth: int) -> str:
        return "".join(f"{'    ' * depth}{line}\n" for line in text.splitlines())

    return (
        f"output = []\n{block(first, 0)}for i, row in enumerate(rows):\n"
        f'    sid = f"{{ctx.state_id}}_row{{i}}"\n    client = self._client(sid)\n'
        f"{block(before, 1)}    try:\n{block(tried, 2)}    finally:\n"
        f"        self._clients.pop(sid).close()\n{block(last, 1)}{block(end, 0)}return output\n"
    )


ASK = 'output.append(client.ask(row["prompt"]))'
REFUSED = [
    Case(
        "the one of the row before",
        loop(
            f'if previous is not None:\n    output.append(previous.ask("again"))\n{ASK}',
            first="previous = None",
            last="previous = client",
        ),
        reason=EARLIER.format("previous"),
    ),
    Case(
        "the one of some row before",
        """
        output, client = [], None
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            if i % 2 == 0:
                client = self._client(sid)
            try:
                output.append(client.ask(row["prompt"]))
            except RuntimeError as error:
                output.append(str(error))
            finally:
                done = self._clients.pop(sid, None)
                if done is not None:
                    done.close()
        return output
        """.replace("\n        ", "\n"),
        reason=EARLIER.format("client"),
    ),
    Case(
        "behind its release",
        loop(ASK, last='output.append(client.ask("again"))'),
        reason=f"'client' holds the client behind its release{LATE}",
    ),
    Case(
        "behind its release, in a function",
        "return [self._row(row, f'{ctx.state_id}_row{i}') for i, row in enumerate(rows)]",
        """
        def _row(self, row, state_id):
            client = self._client(state_id)
            try:
                client.ask(row["prompt"])
            finally:
                self._clients.pop(state_id).close()
            return client.ask("again")
        """,
        reason=f"'client' holds the client behind its release{LATE}",
    ),
    Case(
        "a method that is kept",
        loop(f'if ask is None:\n    ask = client.ask\n{ASK}\nask("again")', first="ask = None"),
        reason=EARLIER.format("ask"),
    ),
    Case(
        "a lambda that is kept",
        loop(
            f'{ASK}\noutput.append(later[0]("again"))',
            first="later = []",
            before="later.append(lambda text, client=client: client.ask(text))",
        ),
        reason=KEEPS.format("later"),
    ),
    Case(
        "a function that is kept",
        loop(
            f'{ASK}\noutput.append(later[-1]("again"))',
            first="later = []",
            before="def ask(text):\n    return client.ask(text)\nlater.append(ask)",
            last="later[0]('once more')",
        ),
        reason=KEEPS.format("later"),
    ),
    Case(
        "kept by something else",
        loop(
            'output.append(kept.setdefault("one", client).ask(row["prompt"]))',
            first="kept = {}",
        ),
        reason=KEEPS.format("kept"),
    ),
]
REFUSED += [
    Case(
        "behind an inner loop that releases it by another name",
        """
        output = []
        for row in rows:
            outer = ctx.state_id
            client = self._client(outer)
            for _ in range(2):
                inner = ctx.state_id
                output.append(self._client(inner).ask(row["prompt"]))
                self._clients.pop(inner).close()
            output.append(client.ask("again"))
        return output
        """.replace("\n        ", "\n"),
        reason=f"'client' holds the client behind its release{LATE}",
    ),
    Case(
        "behind an inner loop that releases it",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            client = self._client(sid)
            for _ in range(1):
                output.append(self._client(sid).ask(row["prompt"]))
                done = self._clients.pop(sid, None)
                if done is not None:
                    done.close()
            output.append(client.ask("again"))
        return output
        """.replace("\n        ", "\n"),
        reason=f"'client' holds the client behind its release{LATE}",
    ),
    Case(
        "behind an inner loop that releases it under the context's own id",
        """
        output = []
        for row in rows:
            client = self._client(ctx.state_id)
            for _ in range(1):
                output.append(self._client(ctx.state_id).ask(row["prompt"]))
                self._clients.pop(ctx.state_id).close()
            output.append(client.ask("again"))
        return output
        """.replace("\n        ", "\n"),
        reason=f"'client' holds the client behind its release{LATE}",
    ),
    Case(
        "a partial that is kept",
        loop(
            f'if ask is None:\n    ask = partial(client.ask, "again")\n{ASK}\nask()',
            first="ask = None",
        ),
        reason=EARLIER.format("ask"),
    ),
    Case(
        "by a name that is handed down",
        """
        output, old, new = [], None, None
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            old = new
            new = self._client(sid)
            asked = old or new
            try:
                output.append(asked.ask(row["prompt"]))
            finally:
                self._clients.pop(sid).close()
        return output
        """.replace("\n        ", "\n"),
        reason=EARLIER.format("new"),
    ),
    Case(
        "a method that another function keeps",
        loop('output.append(self._first(client, row["prompt"]))'),
        """
        def _first(self, client, text, kept=[]):
            kept.append(client.ask)
            return kept[0](text)
        """,
        reason=KEEPS.format("kept"),
    ),
]
FIXED = [
    Case(
        "a partial of the row",
        loop("output.append(ask())", before='ask = partial(client.ask, row["prompt"])'),
    ),
    Case(
        "handed to another function",
        loop('output.append(self._of(client, row["prompt"]))'),
        """
        def _of(self, client, text):
            asking = [client.ask]
            return asking[0](text)
        """,
    ),
    Case(
        "behind an inner loop that releases others",
        """
        output = []
        for i, row in enumerate(rows):
            outer = f"{ctx.state_id}_row{i}"
            client = self._client(outer)
            try:
                for number in range(2):
                    inner = f"{ctx.state_id}_row{i}_{number}"
                    try:
                        output.append(self._client(inner).ask(row["prompt"]))
                        output.append(client.ask("for it"))
                    finally:
                        self._clients.pop(inner).close()
                output.append(client.ask("again"))
            finally:
                self._clients.pop(outer).close()
        return output
        """.replace("\n        ", "\n"),
        rows=("none", "one", "five"),
    ),
    Case("in an inner loop", loop("for each in 'ab':\n    output.append(client.ask(each))")),
    Case("in a comprehension", loop("output.append([client.ask(each) for each in 'ab'])")),
    Case("a method", loop('output.append(ask(row["prompt"]))', before="ask = client.ask")),
    Case(
        "a lambda with a default",
        loop(
            'output.append(ask(row["prompt"]))',
            before="ask = lambda text, client=client: client.ask(text)",
        ),
    ),
    Case(
        "a lambda that is called at once",
        loop('output.append(self._again(lambda: client.ask(row["prompt"])))'),
        """
        def _again(self, call):
            return call()
        """,
    ),
    Case(
        "a function of the row",
        loop(
            'output.append(ask(row["prompt"]))',
            before="def ask(text):\n    return client.ask(text)",
        ),
    ),
    Case(
        "functions that the row keeps",
        loop(
            "output.append([job() for job in jobs])",
            before=(
                "jobs = []\nfor each in 'ab':\n    jobs.append(lambda each=each: client.ask(each))"
            ),
        ),
    ),
    Case(
        "bound in branches",
        loop(
            'output.append(one.ask(row["prompt"]))',
            before="if i:\n    one = client\nelse:\n    one = self._client(sid)",
        ),
    ),
    Case(
        "bound in a match",
        loop(
            'output.append(one.ask(row["prompt"]))',
            before=(
                "match i:\n    case 0:\n        one = client\n    case _:\n        one = client"
            ),
        ),
    ),
    Case(
        "bound by a walrus",
        loop('if (one := self._client(sid)) and True:\n    output.append(one.ask(row["prompt"]))'),
    ),
    Case(
        "bound by closing",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            with closing(self._client(sid)) as client:
                output.append(client.ask(row["prompt"]))
            self._clients.pop(sid)
        return output
        """.replace("\n        ", "\n"),
        rows=("none", "one", "five"),
    ),
    Case(
        "released by a context manager",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            with self._borrowed(sid) as client:
                output.append(client.ask(row["prompt"]))
        return output
        """.replace("\n        ", "\n"),
        """
        @contextmanager
        def _borrowed(self, state_id):
            client = self._client(state_id)
            try:
                yield client
            finally:
                self._clients.pop(state_id).close()
        """,
    ),
    Case(
        "released by an ExitStack",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            with ExitStack() as stack:
                stack.callback(self._end, sid)
                client = self._client(sid)
                output.append(client.ask(row["prompt"]))
        return output
        """.replace("\n        ", "\n"),
        """
        def _end(self, state_id):
            client = self._clients.pop(state_id, None)
            if client is not None:
                client.close()
        """,
    ),
    Case(
        "asked behind the loop",
        loop(ASK, first="client = None", end='if client is not None:\n    client.ask("late")'),
    ),
    Case(
        "let go of, not closed",
        loop(
            f'if previous is not None:\n    output.append(previous.ask("again"))\n{ASK}',
            first="previous = None",
            last="previous = client",
        ).replace(".pop(sid).close()", ".pop(sid)"),
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    """Where each row had a client, a closed one raised; a shared one would answer."""
    check_refused(case)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    """Twin: a client is asked by its own row, before that releases it."""
    check_fixed(case, databases, rows=("none", "one", "five", "raising"))
