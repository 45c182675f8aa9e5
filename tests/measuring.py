"""Where coverage is measured: not where none of the package's code runs, or all of it once more.

A tracer makes every line and call slower, those of libraries too. Tests of generated programs that
take the package's code hundreds of times where other tests have taken it have pytest-cov's mark
``no_cover``.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unmeasured() -> Iterator[None]:
    """Pause the coverage of this process, if it is measured.

    To be entered by a test or its helpers only: what is left of functions that had begun before is
    not measured, nor are modules that are imported meanwhile.
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
