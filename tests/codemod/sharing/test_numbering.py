"""Calls that the batch path records itself, by position and by helpers: who counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

# A recorder that takes what it records by position.
POSITIONAL = """
class Positional:
    def __init__(self, recorder):
        self.recorder = recorder

    def record_call(self, state_id, call_index, request):
        self.recorder.record_call(state_id=state_id, call_index=call_index, request=request)
"""
COUNTED = """
output = []
count = 0
recorder = Positional(ctx.landscape)
for i, row in enumerate(rows):
    if row.get("skip"):
        continue
    recorder.record_call(f"{ctx.state_id}_row{i}", count, row["id"])
    count += 1
    output.append(row["id"])
return output
"""
INDEXED = """
output = []
recorder = Positional(ctx.landscape)
for i, row in enumerate(rows):
    recorder.record_call(f"{ctx.state_id}_row{i}", i, row["id"])
    output.append(row["id"])
return output
"""
HELPED = """
output = []
for i, row in enumerate(rows):
    self._record(f"{ctx.state_id}_row{i}", i, row["id"])
    output.append(row["id"])
return output
"""
RECORD = """
def _record(self, state_id, number, request):
    logger.info("recording")
    self._recorder.record_call(state_id=state_id, call_index=number, request=request)
"""
FURTHER = """
def _further(self, state_id, call_index, request):
    return self._record(state_id, call_index, request)
"""
FIXED = (
    Case("index by position", INDEXED, POSITIONAL),
    Case("count by position", COUNTED, POSITIONAL),
    Case("index handed to a helper", HELPED, RECORD),
    Case(
        "index handed to a helper by keyword",
        HELPED.replace("i, row[", "number=i, request=row["),
        RECORD,
    ),
    Case(
        "index handed on by two helpers", HELPED.replace("_record", "_further"), RECORD + FURTHER
    ),
    Case(
        "count handed to a helper",
        COUNTED.replace("recorder.record_call", "self._record").replace(
            "recorder = Positional(ctx.landscape)\n", ""
        ),
        RECORD,
    ),
)
REASON = "the index of the recorded calls is not seen to count from 0 without gaps"
ZERO = "each call is recorded with the index 0, and those of one state must count from 0"
REFUSED = (
    Case("0 by position", INDEXED.replace('", i, ', '", 0, '), POSITIONAL, ZERO),
    Case("index with gaps", COUNTED.replace("count,", "i,"), POSITIONAL, REASON),
    Case(
        "index behind '*'",
        INDEXED.replace('", i, row["id"]', '", *(i, row["id"])'),
        POSITIONAL,
        "the index of a recorded call cannot be seen",
    ),
    Case(
        "helper that may leave",
        HELPED,
        RECORD.replace("    logger", '    if request == "r1":\n        return\n    logger'),
        REASON,
    ),
    Case(
        "helper that may record nothing",
        HELPED,
        RECORD.replace("self._recorder.", "request and self._recorder."),
        REASON,
    ),
    Case(
        "recorded where a row asks for it",
        INDEXED.replace("recorder.record_call(", 'row.get("id") and recorder.record_call('),
        POSITIONAL,
        REASON,
    ),
    Case(
        "helper that counts otherwise",
        HELPED,
        RECORD.replace("    logger", "    number += 1\n    logger"),
        REASON,
    ),
    Case(
        "helper that records twice",
        HELPED.replace(
            "    output.append", '    self._record(ctx.state_id, i, row["id"])\n    output.append'
        ),
        RECORD,
        "'ctx.state_id' is used beside the built ids",
    ),
    Case(
        "helper for two ids",
        HELPED.replace(
            "    output.append",
            '    self._record(f"{ctx.state_id}_{i}", i, "x")\n    output.append',
        ),
        RECORD,
        REASON,
    ),
)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, whole=False)
