"""Where coverage is measured: not where none of the package's code runs, or all of it once more.

A tracer makes every line and call slower, those of libraries too. Tests of generated programs that
take the package's code hundreds of times where other tests have taken it have pytest-cov's mark
``no_cover``.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import flake8_stateid

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a module does on import is measured, also where the first test that needs it is not.
for _module in pkgutil.walk_packages(flake8_stateid.__path__, f"{flake8_stateid.__name__}."):
    if not _module.name.endswith(".__main__"):
        importlib.import_module(_module.name)


@contextmanager
def unmeasured() -> Iterator[None]:
    """Pause the coverage of this process, if it is measured.

    To be entered by a test or its helpers only: what is left of functions that had begun before is
    not measured.
    """
    coverage = sys.modules.get("coverage")
    measured = coverage.Coverage.current() if coverage else None
    if measured is None:
        yield
        return
    measured.stop()
    try:
        yield
    finally:
        measured.start()
