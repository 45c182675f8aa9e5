"""How long the linkage check takes beside the barest question one can ask a database.

Run it as ``python -m benchmarks.linkage``; ``--calls`` sets the number of rows (10 million by
default: some 3 GB on disk for each database, and minutes to fill it). Each measurement runs in a
process of its own, whose peak memory is measured with it, one after the other. The results are
medians; compare the ratios: seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.linkage_data import CALLS_A_STATE, build
from flake8_stateid.linkage import check_linkage, iter_orphans, open_readonly, write_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BARE = (
    "SELECT count(*) FROM calls c WHERE c.state_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM node_states n WHERE n.state_id = c.state_id)"
)


def ask_bare(url: str) -> dict[str, float]:
    """The anti-join alone, on an engine as SQLAlchemy makes it."""
    engine = sa.create_engine(url)
    started = time.perf_counter()
    with engine.connect() as connection:
        connection.exec_driver_sql(BARE).scalar()
    return {"bare NOT EXISTS": time.perf_counter() - started}


def ask_sqlite(url: str) -> dict[str, float]:
    """SQLite's own check, which sees declared keys only."""
    engine = sa.create_engine(url)
    started = time.perf_counter()
    with engine.connect() as connection:
        for _row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            pass
    return {"PRAGMA foreign_key_check": time.perf_counter() - started}


def ask_report(url: str) -> dict[str, float]:
    """The whole report, and the orphan question as a part of it."""
    moments: list[tuple[str, float]] = []
    started = time.perf_counter()
    check_linkage(
        open_readonly(url), progress=lambda text: moments.append((text, time.perf_counter()))
    )
    ended = time.perf_counter()
    ends = [moment for _, moment in moments[1:]] + [ended]
    orphans = next(
        end - begun
        for (text, begun), end in zip(moments, ends, strict=True)
        if text.startswith("calls.state_id: looking for orphans")
    )
    return {"orphan question": orphans, "whole report": ended - started}


def ask_mapping(url: str) -> dict[str, float]:
    """The mapping, to a file."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        write_mapping(iter_orphans(open_readonly(url)), pathlib.Path(folder) / "mapping.csv")
        return {"mapping": time.perf_counter() - started}


QUESTIONS: dict[str, Callable[[str], dict[str, float]]] = {
    "bare": ask_bare,
    "report": ask_report,
    "mapping": ask_mapping,
    "pragma": ask_sqlite,
}


def measure(url: str, question: str) -> tuple[dict[str, float], float]:
    """Ask in a process of its own: seconds by name, and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.linkage", "--ask", question, "--url", url],
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(done.stdout)
    return answer["seconds"], answer["peak_mb"]


def answer(question: str, url: str) -> None:
    """What the process of one measurement prints."""
    seconds = QUESTIONS[question](url)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux
    json.dump({"seconds": seconds, "peak_mb": peak_kib / 1024}, sys.stdout)


def compare(name: str, url: str, repeats: int) -> None:
    """Ask everything several times and print a table."""
    seconds: dict[str, list[float]] = {}
    peaks: dict[str, float] = {}
    questions = ["bare", "report", "mapping", *(["pragma"] if name == "SQLite" else [])]
    measure(url, "bare")  # so that no question pays for a cold file cache
    for _ in range(repeats):
        for question in questions:
            taken, peak = measure(url, question)
            for part, value in taken.items():
                seconds.setdefault(part, []).append(value)
                peaks[part] = max(peak, peaks.get(part, 0))
    bare = statistics.median(seconds["bare NOT EXISTS"])
    print(f"\n{name}\n\n| question | seconds | times the bare one | peak MB |\n|---|---|---|---|")
    for part, values in seconds.items():
        median = statistics.median(values)
        print(f"| {part} | {median:.2f} | {median / bare:.2f} | {peaks[part]:.0f} |")


@contextlib.contextmanager
def sqlite_file(folder: pathlib.Path) -> Iterator[str]:
    """An empty SQLite file."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        yield f"sqlite:///{place}/audit.db"


@contextlib.contextmanager
def postgresql_server(folder: pathlib.Path) -> Iterator[str]:
    """A PostgreSQL that ends with the benchmark; its settings are the defaults."""
    from tests.postgres import start_server

    del folder
    with start_server() as url:
        yield url


def main() -> None:
    """Build each database, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000, help="rows of calls")
    parser.add_argument("--defective-every", type=int, default=100, metavar="N")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--folder", type=pathlib.Path, help="for the SQLite file")
    parser.add_argument("--ask", choices=QUESTIONS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask:
        answer(arguments.ask, arguments.url)
        return
    calls = arguments.calls // CALLS_A_STATE * CALLS_A_STATE
    servers = {"sqlite": ("SQLite", sqlite_file), "postgresql": ("PostgreSQL", postgresql_server)}
    for key in arguments.database or servers:
        name, start = servers[key]
        with start(arguments.folder or pathlib.Path(tempfile.gettempdir())) as url:
            engine = sa.create_engine(url)
            build(engine, calls, arguments.defective_every)
            engine.dispose()
            compare(name, url, arguments.repeats)


if __name__ == "__main__":
    main()
