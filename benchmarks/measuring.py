"""Whole processes, measured in turn, so that a machine that slows down slows all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LAUNCH = Path(__file__).resolve().parent / "launch.py"


class Command(NamedTuple):
    """A command with its name in the tables, and where it runs."""

    name: str
    words: tuple[str, ...]
    folder: Path
    environment: tuple[tuple[str, str], ...] = ()


class Cost(NamedTuple):
    """What one run took.

    Attributes:
        cpu: User and system time of the process and its children, in seconds.
        wall: Seconds from start to end.
        peak: The largest resident set of one process, in MiB.
    """

    cpu: float
    wall: float
    peak: float


class Measured(NamedTuple):
    """The runs of one command."""

    name: str
    costs: tuple[Cost, ...]

    @property
    def cpu(self) -> float:
        """The median CPU time in seconds."""
        return statistics.median(cost.cpu for cost in self.costs)

    @property
    def wall(self) -> float:
        """The median wall time in seconds."""
        return statistics.median(cost.wall for cost in self.costs)

    @property
    def peak(self) -> float:
        """The median peak memory in MiB."""
        return statistics.median(cost.peak for cost in self.costs)

    def ratio(self, base: Measured) -> float:
        """The median of the ratios of CPU time, run by run."""
        pairs = zip(self.costs, base.costs, strict=False)
        return statistics.median(mine.cpu / max(yours.cpu, 1e-4) for mine, yours in pairs)


def interleaved(commands: Sequence[Command], runs: int, seconds: float) -> dict[str, Measured]:
    """Run the commands in turn.

    Args:
        commands: What to run; each once before anything counts, to fill caches.
        runs: How many rounds.
        seconds: No further round begins after this time; one is always made.

    Returns:
        The runs of each command by its name.
    """
    for command in commands:
        run(command)
    costs: dict[str, list[Cost]] = {command.name: [] for command in commands}
    start = time.monotonic()
    for number in range(runs):
        if number and time.monotonic() - start > seconds:
            break
        for command in commands:
            costs[command.name].append(run(command))
    return {name: Measured(name, tuple(each)) for name, each in costs.items()}


def run(command: Command) -> Cost:
    """Run one command to its end, its output thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report")
        subprocess.run(
            [sys.executable, "-I", "-S", str(_LAUNCH), report, *command.words],
            cwd=command.folder,
            env=_environment(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        with open(report, encoding="ascii") as file:
            code, cpu, wall, peak = file.read().split()
    if code not in {"0", "1", "2"}:
        sys.stderr.write(f"note: {command.name} ended with {code}\n")
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    return Cost(float(cpu), float(wall), int(peak) / unit)


def _environment(changes: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    dropped = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "NO_COLOR": "1", "SEMGREP_SEND_METRICS": "off", **dict(changes)}
