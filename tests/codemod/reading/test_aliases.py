"""A cache under a local name: what is asked of the cache is asked of the name, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed
from tests.codemod.restarting import check_restart
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

BUILT = 'f"{ctx.state_id}_row{i}"'
LOOP = """
clients = self._clients
output = []
for i, row in enumerate(rows):
    state_id = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, state_id))
    finally:
        RELEASE
return output
"""
POP = "clients.pop(state_id, None)"


def releasing(release: str = POP) -> str:
    return LOOP.replace("RELEASE", release)


GETTER = """
def _mine(self, row, state_id):
    known = self._clients
    if state_id not in known:
        known[state_id] = AuditedClient(self._recorder, state_id)
    return known[state_id].ask(row["prompt"])
"""
FIXED = (
    Case("pop", releasing()),
    Case("del", releasing("del clients[state_id]")),
    Case("if there is one", releasing(f"if state_id in clients:\n            {POP}")),
    Case("under a lock", releasing(f"with self._lock:\n            {POP}")),
    Case(
        "closed",
        releasing(f"client = {POP}\n        if client:\n            client.close()"),
    ),
    Case("annotated", releasing().replace("clients =", "clients: dict[str, Any] =")),
    Case(
        "cleared behind the rows",
        releasing("self.done += 1").replace("return", "clients.clear()\nreturn"),
    ),
    Case("where clients are made", releasing().replace("_answer(row", "_mine(row"), GETTER),
)
OTHER_WAY = "'self._clients' is used in another way while rows run"
EACH = "the client is released in a function that is called for each row"
REFUSED = (
    Case(
        "bound for each row",
        releasing()
        .replace("clients = self._clients\n", "")
        .replace("    try:", "    clients = self._clients\n    try:"),
        reason=OTHER_WAY,
    ),
    Case("emptied by each row", releasing("clients.clear()"), reason=OTHER_WAY),
    Case(
        "counted by each row",
        releasing(POP + "\n        output.append(len(clients))"),
        reason=OTHER_WAY,
    ),
    Case(
        "counted behind the rows",
        releasing("self.done += 1").replace("return output", "return [output, len(clients)]"),
        reason="'self._clients' is used for something that depends on how many clients it holds",
    ),
    Case(
        "bound again",
        releasing().replace("output = []", "output = []\nclients = dict(clients)"),
        reason="the id is a key of 'clients', which is no cache of clients",
    ),
    Case(
        "of an attribute that is bound again",
        releasing(),
        "def reset(self):\n    self._clients = {}\n",
        reason="the id is a key of 'clients', which is no cache of clients",
    ),
    Case(
        "bound again where clients are made",
        releasing().replace("_answer(row", "_mine(row"),
        GETTER.replace("    if state", "    known = dict(known)\n    if state"),
        reason="the cache 'known' is made anew for each row",
    ),
    Case(
        "of a helper that releases",
        "return [self._own(row, BUILT) for i, row in enumerate(rows)]".replace("BUILT", BUILT),
        """
        def _own(self, row, state_id):
            clients = self._clients
            try:
                return self._answer(row, state_id)
            finally:
                clients.pop(state_id, None)
        """,
        reason=EACH,
    ),
    Case(
        "bound between two loops",
        releasing("self.done += 1")
        .replace("clients = self._clients\n", "")
        .replace("return output", "")
        + releasing().replace("output = []\n", ""),
        reason="the client is released by a name of its cache that is bound between rows",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=[case.name for case in FIXED])
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, rows=("none", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused(case: Case) -> None:
    check_refused(case)


def test_the_text_keeps_the_name(databases: tuple[Engine, ...]) -> None:
    code = module(releasing().replace(BUILT, "ctx.state_id"))
    new = fixed(code)
    assert new.count(b"clients.pop(state_id, None)") == code.count("clients.pop(state_id, None)")
    assert b"        clients = self._clients\n" in new
    check_restart(code, new, databases, ("none", "five", "raising"))


@pytest.mark.parametrize("use", ["label", "label[0]", "label.get('x')"])
def test_a_name_of_anything_else_is_none(use: str) -> None:
    """What only the id was made of goes, as it does without this."""
    method = "label = self.labels\n" + releasing().replace("_row", f"_{{{use}}}_row").replace(
        "clients = self._clients\n", ""
    ).replace("clients.pop", "self._clients.pop")
    new = fixed(module(method, "labels: Any = {}\n"))
    assert (b"label" in new.partition(b"def process_batch")[2]) == ("[" in use)
