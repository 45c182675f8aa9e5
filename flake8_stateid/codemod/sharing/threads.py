"""Rows that run beside each other in threads, or in processes, and one client for all of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.regions import Extent
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.codemod.tracing.traced import Dispatch

_PROCESSES = frozenset({"ProcessPoolExecutor", "Process", "multiprocessing"})


def beside_others(
    module: Module, trace: Trace, extent: Extent, threads: Sequence[Dispatch], *, tasks: bool
) -> list[Dispatch]:
    """Those of some threads that may run while another row runs.

    Args:
        module: The module.
        trace: The uses of the id.
        extent: The statements in which rows run.
        threads: What is handed to threads.
        tasks: Whether rows run as tasks beside each other.
    """
    batch_path = module.function_of(extent.first)
    found: list[Dispatch] = []
    for each in threads:
        of_a_row = each.function is not batch_path and each.function not in trace.batched
        within_row = each.joined and (each.at_once or of_a_row)
        if not each.task and (tasks or not within_row):
            found.append(each)
    return found


def refuse_threads(threads: Sequence[Dispatch], *, safe: bool) -> None:
    """Refuse to share a client among threads, unless that is ``safe``.

    Raises:
        RefusalError: Two of them could make it, or count, at once.
    """
    if not safe:
        raise RefusalError(
            "rows may run in several threads, and the client is not known to count safely",
            "make the client count, and its cache be filled, under a lock",
            threads[0].call.lineno,
        )


def refuse_processes(module: Module, threads: Sequence[Dispatch]) -> None:
    """Refuse what may hand rows to other processes, where each has a client of its own.

    Raises:
        RefusalError: The module, or that of one of the ``threads``, names what starts processes.
    """
    trees = [*module.family_trees(), *(module.root_of(each.call) for each in threads)]
    if threads and any(
        isinstance(node, (ast.Name, ast.Attribute))
        and dotted(node).rpartition(".")[2] in _PROCESSES
        for tree in dict.fromkeys(trees)
        for node in walk(tree)
    ):
        raise RefusalError(
            "rows may run in several processes, each with a client of its own",
            "let the recorder allocate call_index",
            threads[0].call.lineno,
        )
