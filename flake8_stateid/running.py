"""Check many files: in order, in one process or in several."""

from __future__ import annotations

import os
import time

from flake8_stateid.checking import Checker, FileResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.configuration import Configuration

# After each of so many files it is asked whether the rest would take so many seconds more: most
# files cost no more than being read, and processes have to start and to hand their results over.
PROBED_FILES = 256
WORTH_PROCESSES = 2.0
_CHUNK = 32

_worker: Checker | None = None


class LostWorkerError(Exception):
    """A process that checked files ended without a word."""

    def __str__(self) -> str:
        """What happened, and what to do about it."""
        return (
            "a process that checked files was killed or crashed; free some memory, or use "
            "--jobs 1 to see at which file it happens"
        )


def check_files(
    paths: Sequence[str],
    configuration: Configuration,
    jobs: int,
    checker: Checker | None = None,
) -> Iterator[FileResult]:
    """The results of ``paths``, in their order.

    Args:
        paths: Files, as the user named them.
        configuration: Settings and selection for all of them.
        jobs: The most processes to use; 0 for as many as there are processors.
        checker: One of the same configuration that this process has.

    Raises:
        LostWorkerError: A process was killed, or crashed; with one job, Python itself would have.
        ConfigurationError: A value of flake8's that shows to be wrong only when it is used.
    """
    checker = checker or Checker(configuration)
    count = jobs or _processors()
    if count == 1:
        yield from map(checker.check_file, paths)
        return
    start = time.perf_counter()
    for done, path in enumerate(paths):
        if done and done % PROBED_FILES == 0:
            elapsed = time.perf_counter() - start
            if elapsed / done * (len(paths) - done) >= WORTH_PROCESSES:
                yield from _check_in_parallel(paths[done:], configuration, count)
                return
        yield checker.check_file(path)


def _processors() -> int:
    # The processors this process may use, which in a container are often fewer than there are.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_in_parallel(
    paths: Sequence[str], configuration: Configuration, jobs: int
) -> Iterator[FileResult]:
    # Imported here: together they take longer to import than checking a handful of files. Not
    # multiprocessing.Pool, which waits for ever for a worker that died.
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    pool = ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(configuration,))
    try:
        for results in pool.map(_check_chunk, chunks):
            yield from results
    except BrokenProcessPool:
        raise LostWorkerError from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(configuration: Configuration) -> None:
    import signal

    global _worker  # noqa: PLW0603 - a worker has no other place to keep it between chunks
    _worker = Checker(configuration)
    # An interrupt is for the main process, which then ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check_chunk(paths: Sequence[str]) -> list[FileResult]:
    if _worker is None:
        raise AssertionError("the pool starts every worker with _start_worker")
    return [_worker.check_file(path) for path in paths]
