"""Small plugin files, a project to put them in, and what a command says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

BAD = 'row_state_id = f"{parent}_row"\n'
BAD_MESSAGE = "SID001 state id built by an f-string: assigned to 'row_state_id'"
GOOD = "row_state_id = ctx.state_id\n"
# What is printed of BAD in a project of its own.
FOUND = f"plugins/bad.py:1:16: {BAD_MESSAGE}\n"


class Outcome(NamedTuple):
    """What a run gave; output decoded as UTF-8."""

    code: int
    out: str
    err: str


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write ``files`` below ``root``; text as UTF-8 with its line ends untouched."""
    for name, contents in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return root


def project(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write ``files`` below ``root`` and mark it as the root of a project."""
    return write(root, {"pyproject.toml": "", **files})
