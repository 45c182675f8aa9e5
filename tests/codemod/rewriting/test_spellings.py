"""Batch paths in the spellings that authors use: each is fixed and run, or refused for a reason."""

# flake8: noqa: E501
# ruff: noqa: E501 - the reasons stand as they are printed

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIXED = (
    Case(
        "suffix that acts",
        """
        output = []
        numbers = iter(range(9))
        for row in rows:
            suffix = str(next(numbers))
            sid = ctx.state_id + suffix
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "base and suffix",
        """
        output = []
        for i, row in enumerate(rows):
            base = ctx.state_id
            suffix = "_row" + str(i)
            key = base + suffix
            output.append(self._answer(row, key))
            self._clients.pop(key, None)
        return output
        """,
    ),
    Case(
        "base before the loop",
        """
        base = ctx.state_id
        output = []
        for i, row in enumerate(rows):
            sid = base + f"_{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "prefix before the loop",
        """
        prefix = f"{ctx.state_id}_row"
        output = []
        for i, row in enumerate(rows):
            sid = prefix + str(i)
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "prefix by format",
        """
        prefix = "{}_row".format(ctx.state_id)
        output = []
        for i, row in enumerate(rows):
            sid = f"{prefix}{i:03d}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "augmented",
        """
        output = []
        for i, row in enumerate(rows):
            sid = ctx.state_id
            sid += f"_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "alias chain",
        """
        output = []
        for i, row in enumerate(rows):
            row_id = f"{ctx.state_id}_row{i}"
            key = row_id
            sid = key
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(key, None)
        return output
        """,
    ),
    Case(
        "printed",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            print("row", sid)
            print(f"asking {sid} ...", flush=True)
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "logged in every way",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            message = "row " + sid + " begins"
            logger.info(message)
            logger.info("row %s of %s" % (sid, len(rows)))
            logger.info("row {}".format(sid))
            logger.info("row %(sid)s", {"sid": sid})
            logger.debug("row", extra={"sid": sid, "short": sid[-4:]})
            logging.getLogger(__name__).warning("row %s", [sid])
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "while with %d",
        """
        output = []
        i = 0
        while i < len(rows):
            sid = "%s:%d" % (ctx.state_id, i)
            try:
                output.append(self._answer(rows[i], sid))
            finally:
                self._clients.pop(sid, None)
            i += 1
        return output
        """,
    ),
    Case(
        "a counter that begins below zero, with a format",
        """
        output = []
        n = -1
        for row in rows:
            n += 1
            sid = f"{ctx.state_id}_{n:04d}"
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "annotated counter and arithmetic",
        """
        output = []
        n: int = 0
        for row in rows:
            n += 1
            sid = f"{ctx.state_id}_{n + 1:04d}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output + [{"n": n}]
        """,
    ),
    Case(
        "strict pop, client made before the try",
        """
        output = []
        for i, row in enumerate(rows):
            sid = "{}_row{}".format(ctx.state_id, i)
            client = self._client(sid)
            try:
                if row.get("skip"):
                    continue
                if row.get("stop"):
                    break
                output.append(client.ask(row["prompt"]))
            except ProviderError:
                return output
            else:
                output.append({"ok": 1})
            finally:
                self._clients.pop(sid)
                print("done", i)
        else:
            output.append({"end": 1})
        return output
        """,
    ),
    Case(
        "strict del, logged before the client is made",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            logger.info("row %s", sid)
            client = self._client(sid)
            try:
                if row.get("skip"):
                    return output
                output.append(client.ask(row["prompt"]))
            finally:
                with self._lock:
                    del self._clients[sid]
        return output
        """,
    ),
    Case(
        "conditional",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}" if len(rows) > 1 else ctx.state_id
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "conditional the other way",
        """
        output = []
        for i, row in enumerate(rows):
            sid = ctx.state_id if i == 0 else f"{ctx.state_id}_row{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "id of the row",
        """
        output = []
        for row in rows:
            sid = f"{ctx.state_id}_{row['id']}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "augmented by the id of the row",
        """
        output = []
        for row in rows:
            sid = ctx.state_id
            sid += "_" + row["id"]
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "tuple",
        """
        output = []
        for i, row in enumerate(rows):
            sid, label = f"{ctx.state_id}_row{i}", row["id"]
            try:
                output.append({**self._answer(row, sid), "label": label})
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "tuple of three",
        """
        output = []
        for i, row in enumerate(rows):
            label, text, sid = row["id"], row.get("prompt"), f"{ctx.state_id}_row{i}"
            try:
                output.append({**self._answer(row, sid), "label": label, "text": text})
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "ids walked by zip",
        """
        output = []
        row_ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]
        for row, sid in zip(rows, row_ids):
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "ids made in zip",
        """
        output = []
        for sid, row in zip((f"{ctx.state_id}_row{i}" for i, _ in enumerate(rows)), rows, strict=True):
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
    ),
    Case(
        "zip in a comprehension",
        """
        state_ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]
        return [self._answer(row, each) for row, each in zip(rows, state_ids)]
        """,
    ),
    Case(
        "ids of other rows",
        """
        output = []
        state_ids = [f"{ctx.state_id}_row{i}" for i in range(3)]
        for row, sid in zip(rows, state_ids):
            output.append(self._answer(row, sid))
        return output
        """,
    ),
    Case(
        "rows that change between",
        """
        output = []
        state_ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]
        rows.append(dict(rows[0]))
        for row, sid in zip(rows, state_ids):
            output.append(self._answer(row, sid))
        return output
        """,
    ),
)
REFUSED = (
    Case(
        "key of something that is logged",
        """
        output = []
        seen = {}
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            seen.setdefault(sid, i)
            logger.info(seen[sid])
            output.append(self._answer(row, sid))
        return output
        """,
        reason="the id is a key of 'seen', which is no cache of clients",
    ),
    Case(
        "ids used twice",
        """
        output = []
        state_ids = [f"{ctx.state_id}_row{i}" for i in range(len(rows))]
        for row, sid in zip(rows, state_ids):
            output.append(self._answer(row, sid))
        return output + state_ids
        """,
        reason="the ids are collected for something else than a walk beside the rows",
    ),
    Case(
        "id of the row, in place",
        """
        return [self._answer(row, f"{ctx.state_id}_{row['id']}") for row in rows]
        """,
        reason="the id evaluates 'row['id']', which may raise or act",
    ),
    Case(
        "augmented by something that acts",
        """
        output = []
        numbers = iter(range(9))
        for row in rows:
            sid = ctx.state_id
            sid += str(next(numbers))
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
        reason="the id evaluates 'next(numbers)', which may raise or act",
    ),
    Case(
        "strict pop, only logged before",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            logger.info("row %s", sid)
            try:
                if row.get("skip"):
                    continue
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid)
        return output
        """,
        reason="a row may reach this release without a client, where it raises KeyError",
    ),
    Case(
        "strict pop, helper that may make none",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            output.append(self._maybe(row, sid))
            self._clients.pop(sid)
        return output
        """,
        beside="""
        def _maybe(self, row, state_id):
            if row.get("skip"):
                return None
            return self._answer(row, state_id)
        """,
        reason="a row may reach this release without a client, where it raises KeyError",
    ),
    Case(
        "strict pop, a loop that may have no round",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            for question in row.get("questions", ()):
                output.append(self._ask(row, question, sid))
            del self._clients[sid]
        return output
        """,
        reason="a row may reach this release without a client, where it raises KeyError",
    ),
    Case(
        "strict pop, something raises first",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                output.append(self._client(sid).ask(row["prompt"]) if row["id"] else None)
            finally:
                del self._clients[sid]
        return output
        """,
        reason="a row may reach this release without a client, where it raises KeyError",
    ),
    Case(
        "base used beside",
        """
        output = []
        base = ctx.state_id
        for i, row in enumerate(rows):
            sid = f"{base}_{i}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        output.append(self._client(base).ask("total"))
        return output
        """,
        reason="'base' is used beside the built ids, so two clients could count under one id",
    ),
    Case(
        "context bound again after the prefix",
        """
        output = []
        prefix = f"{ctx.state_id}_row"
        ctx = PluginContext(ctx.landscape, "other")
        for i, row in enumerate(rows):
            sid = prefix + str(i)
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
        reason="the id is not made from a state id in scope",
    ),
    Case(
        "condition that acts",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}" if row["id"] else ctx.state_id
            output.append(self._answer(row, sid))
            self._clients.pop(sid, None)
        return output
        """,
        reason="the id depends on a condition that may raise or act, or on another id",
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case)
