"""What stands around a batch path: other uses of context, cache and index; generators; guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIXED = (
    Case(
        "next counter",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._own(row, sid))
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _own(self, row, state_id):
    if state_id in self._clients:
        client = self._clients[state_id]
    else:
        client = self._clients[state_id] = AuditedClient(self._recorder, state_id)
    return client.ask(row["prompt"])
""",
    ),
    Case(
        "walrus get",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._own(row, sid))
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _own(self, row, state_id):
    if (client := self._clients.get(state_id)) is None:
        self._clients[state_id] = client = AuditedClient(self._recorder, state_id)
    return client.ask(row["prompt"])
""",
    ),
    Case(
        "not get",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._own(row, state_id=sid))
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _own(self, row, /, *, state_id):
    client = self._clients.get(state_id)
    if not client:
        client: AuditedClient = AuditedClient(self._recorder, state_id)
        self._clients[state_id] = client
    return client.ask(row["prompt"])
""",
    ),
    Case(
        "index after the loop",
        """
output = []
i = -1
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
output.append({"last": i})
return output
""",
    ),
    Case(
        "index of two loops",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
for i, row in enumerate(rows):
    output.append({"i": i})
return output
""",
    ),
    Case(
        "context recorded in another branch",
        """
if not rows:
    return [self._client(ctx.state_id).ask("none")]
else:
    return self._batch(rows, ctx)
""",
        beside="""
def _batch(self, rows, ctx):
    output = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        output.append(self._answer(row, sid))
        self._clients.pop(sid, None)
    return output
""",
    ),
    Case(
        "context recorded in another branch, kept",
        """
output = []
if not rows:
    output.append(self._client(ctx.state_id).ask("none"))
else:
    output.extend(self._batch(rows, ctx))
return output
""",
        beside="""
def _batch(self, rows, ctx):
    output = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_row{i}"
        output.append(self._answer(row, sid))
        self._clients.pop(sid, None)
    return output
""",
    ),
    Case(
        "generator made in the batch path",
        """
def each():
    for row in rows:
        yield row

output = []
for i, row in enumerate(each()):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
""",
    ),
    Case(
        "decorated harmlessly",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._lazy(row, sid))
    self._clients.pop(sid, None)
return output
""",
        beside="""
@final
def _lazy(self, row, state_id):
    return self._again(row, state_id)

@te.final
def _again(self, row, state_id):
    return self._answer(row, state_id)
""",
    ),
    Case(
        "generator consumed",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.extend(list(self._lazy(row, sid)))
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _lazy(self, row, state_id):
    yield self._answer(row, state_id)
""",
    ),
    Case(
        "generator walked",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    for each in self._lazy(row, sid):
        output.append(each)
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _lazy(self, row, state_id):
    yield from (self._answer(row, state_id) for _ in range(2))
""",
    ),
    Case(
        "context by keyword",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    self._note(ctx=ctx)
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _note(self, *, ctx):
    logger.info(ctx.state_id)
""",
    ),
    Case(
        "context type",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    assert isinstance(ctx, PluginContext)
    self._clients.pop(sid, None)
return output
""",
    ),
    Case(
        "context compared",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid) if ctx.state_id else None)
    if ctx.state_id == "x":
        raise ValueError(str(ctx.state_id))
    self._clients.pop(sid, None)
return output
""",
    ),
    Case(
        "cache size logged",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    logger.info("%s", len(self._clients))
    self._clients.pop(sid, None)
return output
""",
    ),
    Case(
        "invariant local",
        """
model = str(ctx.run_id)

output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._made(sid, model))
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _made(self, state_id, model):
    provider = model.upper()
    if state_id not in self._clients:
        self._clients[state_id] = AuditedClient(self._recorder, state_id, provider)
    return self._clients[state_id].ask("x")
""",
    ),
)
REFUSED = (
    Case(
        "kept lambda",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    self.later = lambda: self._answer(row, sid)
    self._clients.pop(sid, None)
return output
""",
        reason="the id is used by something that may run after the release",
    ),
    Case(
        "context in a container",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    self.seen = [ctx]
    self._clients.pop(sid, None)
return output
""",
        reason="'ctx' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "context by keyword, recording",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    self._note(ctx=ctx)
    self._clients.pop(sid, None)
return output
""",
        beside="""
def _note(self, *, ctx):
    ctx.landscape.record_call(state_id=ctx.state_id, call_index=99, request="x")
""",
        reason="'ctx' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "cache size returned",
        """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    output.append(self._answer(row, sid))
    output.append(len(self._clients))
    self._clients.pop(sid, None)
return output
""",
        reason="'self._clients' is used in another way while rows run",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
