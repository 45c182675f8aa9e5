"""Clients that another module keeps: in an object it has made, or by functions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed, Refused
from tests.codemod.harness import shared
from tests.codemod.project import Project
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

ROWS = ("none", "one", "five", "raising")
FUNCTIONS = """
from fixtures.landscape import AuditedClient

_CLIENTS = {}


def get_client(recorder, state_id):
    if state_id not in _CLIENTS:
        _CLIENTS[state_id] = AuditedClient(recorder, state_id)
    return _CLIENTS[state_id]


def release_client(state_id):
    _CLIENTS.pop(state_id, None)


def reset():
    _CLIENTS.clear()
"""
OBJECTS = """
from fixtures.landscape import AuditedClient


class Registry:
    def __init__(self):
        self.clients = {}

    def get(self, recorder, state_id):
        if state_id not in self.clients:
            self.clients[state_id] = AuditedClient(recorder, state_id)
        return self.clients[state_id]

    def release(self, state_id):
        self.clients.pop(state_id, None)

    def reset(self):
        self.clients.clear()


REGISTRY = Registry()
OTHER = Registry()
"""
THIRD = """
from acme.plugins.registry import reset


def wipe():
    reset()
"""
LOOP = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(GET(self._recorder, sid).ask(row["prompt"]))
    finally:
        RELEASE(sid)
return output
"""
BY_FUNCTION = LOOP.replace("GET", "get_client").replace("RELEASE", "release_client")
BY_OBJECT = LOOP.replace("GET", "REGISTRY.get").replace("RELEASE", "REGISTRY.release")
BY_LOCAL = "registry = Registry()" + BY_OBJECT.replace("REGISTRY", "registry")
FROM = "from acme.plugins.registry import "


def project(tmp_path: pathlib.Path, method: str, imports: str, registry: str) -> Project:
    code = module(method.strip("\n"))
    batch = code.replace("import logging\n", f"import logging\n\n{imports}\n", 1)
    files = {"acme/plugins/registry.py": registry, "acme/plugins/third.py": THIRD}
    return Project(tmp_path, batch, files)


@pytest.mark.parametrize(
    ("method", "imports", "registry"),
    [
        (BY_FUNCTION, f"{FROM}get_client, release_client", FUNCTIONS),
        (
            BY_FUNCTION.replace("get_c", "registry.get_c").replace("rel", "registry.rel"),
            "from acme.plugins import registry",
            FUNCTIONS,
        ),
        (
            BY_FUNCTION.replace("get_client", "client_of"),
            f"{FROM}get_client as client_of, release_client",
            FUNCTIONS,
        ),
        (BY_OBJECT, f"{FROM}REGISTRY", OBJECTS),
        (BY_LOCAL, f"{FROM}Registry", OBJECTS),
    ],
    ids=["functions", "the module's", "by another name", "object", "local object"],
)
def test_fixed(tmp_path: pathlib.Path, method: str, imports: str, registry: str) -> None:
    made = project(tmp_path, method, imports, registry)
    result = made.fix()
    assert all(isinstance(each, Fixed) for each in result.outcomes), result.outcomes
    assert not made.differs("acme.plugins.batch", result.after, shared(keys=True), ROWS)


REFUSED = {
    "emptied by a row": (
        BY_FUNCTION.replace("    try:", "    reset()\n    try:"),
        f"{FROM}get_client, release_client, reset",
        FUNCTIONS,
        "'_CLIENTS' is used in another way while rows run",
    ),
    "emptied by way of a third module": (
        BY_FUNCTION.replace("    try:", "    wipe()\n    try:"),
        f"{FROM}get_client, release_client\nfrom acme.plugins.third import wipe",
        FUNCTIONS,
        "'_CLIENTS' is used in another way while rows run",
    ),
    "an object emptied by a row": (
        BY_OBJECT.replace("    try:", "    REGISTRY.reset()\n    try:"),
        f"{FROM}REGISTRY",
        OBJECTS,
        "'self.clients' is used in another way while rows run",
    ),
    "two objects": (
        BY_OBJECT.replace("    try:", "    OTHER.get(self._recorder, sid)\n    try:"),
        f"{FROM}OTHER, REGISTRY",
        OBJECTS,
        "'OTHER' and 'REGISTRY' would each make a client under the one id",
    ),
    "made for each row": (
        BY_OBJECT.replace("    sid =", "    registry = Registry()\n    sid =").replace(
            "REGISTRY", "registry"
        ),
        f"{FROM}Registry",
        OBJECTS,
        "'registry' keeps the client, and is made for each row or call",
    ),
    "logs what it makes": (
        BY_FUNCTION,
        f"{FROM}get_client, release_client",
        FUNCTIONS.replace("        _CLIENTS[", "        print('made')\n        _CLIENTS[").replace(
            "print(", "logging.info("
        ),
        "a line is logged for each client that is made",
    ),
    "one of two": (
        BY_FUNCTION,
        "try:\n    from acme.plugins.other import get_client, release_client\n"
        f"except ImportError:\n    {FROM}get_client, release_client",
        FUNCTIONS,
        "the id is handed to 'get_client', which cannot be seen",
    ),
    "bound here": (
        f"def get_client(recorder, state_id):\n    return AuditedClient(recorder, state_id)\n"
        f"{BY_FUNCTION}",
        f"{FROM}get_client, release_client",
        FUNCTIONS,
        "",
    ),
    "another dictionary of that name": (
        BY_FUNCTION.replace("    try:", "    _CLIENTS[sid] = row\n    try:"),
        f"{FROM}get_client, release_client\n\n_CLIENTS = {{}}",
        FUNCTIONS,
        "two modules keep something in a '_CLIENTS' of their own",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: pathlib.Path, name: str) -> None:
    *given, reason = REFUSED[name]
    result = project(tmp_path, *given).fix()
    assert result.after == result.before
    for outcome in result.outcomes:
        assert isinstance(outcome, Refused)
        assert reason in outcome.reason
