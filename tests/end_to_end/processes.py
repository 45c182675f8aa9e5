"""Run programs as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.samples import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def environment(**changes: str) -> dict[str, str]:
    """The environment of this process, without what would change the output."""
    dropped = ("NO_COLOR", "FORCE_COLOR", "PYTEST_ADDOPTS", "COLUMNS", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONUTF8": "1", **changes}


def run(
    command: Sequence[str],
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> Outcome:
    """Run ``command`` in ``cwd`` to its end."""
    done = subprocess.run(
        command,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=environment() if env is None else env,
        check=False,
        timeout=300,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def lint(cwd: Path, *arguments: str, stdin: bytes = b"") -> Outcome:
    """Run ``flake8-stateid lint``."""
    return run([sys.executable, "-m", "flake8_stateid", "lint", *arguments], cwd, stdin)


def flake8(cwd: Path, *arguments: str, stdin: bytes = b"") -> Outcome:
    """Run flake8, which finds the plugin by its entry point: the package must be installed."""
    command = [sys.executable, "-m", "flake8", "--require-plugins=flake8-stateid"]
    return run([*command, *arguments], cwd, stdin)
