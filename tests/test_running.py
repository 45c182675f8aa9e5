"""Many files: the same results in the same order, in one process or several."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from flake8_stateid import running
from flake8_stateid.configuration import Configuration
from flake8_stateid.running import LostWorkerError, check_files
from tests.samples import BAD, GOOD, project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flake8_stateid.checking import FileResult


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Files of which every third has a finding."""
    names = [f"plugins/m{number:03}.py" for number in range(100)]
    files = {name: BAD if number % 3 == 0 else GOOD for number, name in enumerate(names)}
    root = project(tmp_path, {**files, "other/a.py": BAD})
    return [str(root / name) for name in [*names, "other/a.py"]]


def test_results_keep_the_order_of_paths(paths: list[str]) -> None:
    results = list(check_files(paths, Configuration(), 1))
    assert [result.path for result in results] == paths
    assert sum(len(result.findings) for result in results) == 34


def test_processes_change_nothing(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = list(check_files(paths, Configuration(), 1))
    monkeypatch.setattr(running, "PROBED_FILES", 50)
    monkeypatch.setattr(running, "WORTH_PROCESSES", 0)
    assert list(check_files(paths, Configuration(), 2)) == alone


@pytest.mark.parametrize(
    ("jobs", "probed", "worth", "handed_on"),
    [(2, 101, 0, 0), (2, 40, 0, 61), (1, 40, 0, 0), (2, 40, 3600, 0)],
)
def test_processes_start_where_much_is_left_to_do(
    paths: list[str],
    monkeypatch: pytest.MonkeyPatch,
    jobs: int,
    probed: int,
    worth: float,
    handed_on: int,
) -> None:
    handed: list[str] = []

    def check_in_parallel(
        paths: Sequence[str], configuration: Configuration, jobs: int
    ) -> list[FileResult]:
        assert jobs == 2
        handed.extend(paths)
        return list(check_files(paths, configuration, 1))

    monkeypatch.setattr(running, "PROBED_FILES", probed)
    monkeypatch.setattr(running, "WORTH_PROCESSES", worth)
    monkeypatch.setattr(running, "_check_in_parallel", check_in_parallel)
    results = list(check_files(paths, Configuration(), jobs))
    assert [result.path for result in results] == paths
    assert handed == paths[len(paths) - handed_on :]


def test_jobs_default_to_the_processors_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert running._processors() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert running._processors() == 1


def _die(_paths: Sequence[str]) -> list[FileResult]:
    os._exit(1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_worker_that_dies_ends_the_run_instead_of_hanging_it(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PROBED_FILES", 50)
    monkeypatch.setattr(running, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(running, "_check_chunk", _die)
    with pytest.raises(LostWorkerError):
        list(check_files(paths, Configuration(), 2))


def test_a_worker_checks_what_it_is_given(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    before = signal.getsignal(signal.SIGINT)
    try:
        running._start_worker(Configuration())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert running._check_chunk(paths) == list(check_files(paths, Configuration(), 1))
    finally:
        signal.signal(signal.SIGINT, before)
        monkeypatch.setattr(running, "_worker", None)
