"""Counters that only the id needed go with it; one that anything else needs stays as it is."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fixed
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

LOOP = """
n = 0
output = []
for row in rows:
    state_id = f"{ctx.state_id}_row{n}"
    try:
        output.append(self._answer(row, state_id))
    finally:
        self._clients.pop(state_id, None)
    n += 1
return output
"""
IN_FINALLY = LOOP.replace("    n += 1\n", "").replace("None)\n", "None)\n        n += 1\n")
FIRST = LOOP.replace("    n += 1\n", "").replace("    state_id =", "    n += 1\n    state_id =")
GONE = {
    "at the end": LOOP,
    "spelled out": LOOP.replace("n += 1", "n = n + 1"),
    "in the finally": IN_FINALLY,
    "first of all": FIRST,
    "annotated": LOOP.replace("n = 0", "n: int = 0"),
    "downwards": LOOP.replace("n += 1", "n -= 1"),
    "by more": LOOP.replace("n += 1", "n += len(rows)"),
    "several times": LOOP.replace(
        "n += 1", "n += 1\n    if row.get('skip'):\n        self.done += 1\n        n += 1"
    ),
    "with a text of its own": LOOP.replace(
        'f"{ctx.state_id}_row{n}"', "ctx.state_id + '_' + str(n)"
    ),
}
STAYS = {
    "returned": LOOP.replace("return output", "return [output, n]"),
    "logged": LOOP.replace("    n += 1", "    n += 1\n    logger.debug('%d rows', n)"),
    "asked": LOOP.replace("    n += 1", "    n += 1\n    if n > 100:\n        break"),
    "what a loop goes by": LOOP.replace(
        "for row in rows:", "while n < len(rows):\n    row = rows[n]"
    ),
    "all that a block does": LOOP.replace("    n += 1\n", "    if row['id']:\n        n += 1\n"),
    "all that a finally does": LOOP.replace(
        "        self._clients.pop(state_id, None)\n    n", "        n"
    ),
    "begun by what may raise": LOOP.replace(
        "n = 0", "n = int(rows[0].get('n', 0)) if rows else 0"
    ),
    "begun with another": LOOP.replace("n = 0", "n = m = 0").replace(
        "n += 1", "n += 1\n    m += n"
    ),
    "an attribute": LOOP.replace("n = 0", "self.n = 0")
    .replace("n += 1", "self.n += 1")
    .replace("{n}", "{self.n}"),
    "bound outside of the function that counts": """
n = 0
def one(row):
    nonlocal n
    n += 1
    return self._answer(row, f"{ctx.state_id}_row{n}")
return [one(row) for row in rows]
""",
}
BATCHES = ("none", "five", "raising")


@pytest.mark.parametrize("name", GONE)
def test_goes(name: str, databases: tuple[Engine, ...]) -> None:
    code = module(GONE[name])
    new = fixed(code)
    check(code, new, databases, BATCHES)
    body = new.decode()[new.decode().index("def process_batch") :]
    assert "n = " not in body
    assert "n += 1" not in body
    assert "n: int" not in body


@pytest.mark.parametrize("name", STAYS)
def test_stays(name: str, databases: tuple[Engine, ...], tmp_path: Path) -> None:
    code = module(STAYS[name])
    new = fixed(code)
    check(code, new, databases, BATCHES)
    steps = [line.strip() for line in code.splitlines() if " += 1" in line]
    assert steps == [line.strip() for line in new.decode().splitlines() if " += 1" in line]
    assert _unused(tmp_path, code.encode()) >= _unused(tmp_path, new)


def _unused(folder: Path, text: bytes) -> int:
    """How many unused names flake8 finds, and ruff, where it is installed."""
    file = folder / "batch.py"
    file.write_bytes(text)
    found = 0
    commands = [["flake8", "--isolated"]]
    if find_spec("ruff") is not None:
        commands.append(["ruff", "check", "--isolated", "--quiet"])
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", *command, "--select=F841", str(file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        found += done.stdout.count("F841")
        assert not done.stderr, done.stderr
    return found
