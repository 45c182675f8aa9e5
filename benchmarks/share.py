"""The plugin's share of a flake8 run, measured inside it; run where both are installed.

A share of one percent drowns in the noise between two runs, so the clock runs inside one.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

START = time.process_time()


def main() -> None:
    """Run flake8 on the arguments, and print the plugin's share of the CPU time to stderr."""
    from flake8.main.application import Application

    before = time.process_time()
    from flake8_stateid.plugin import StateIdPlugin

    spent = time.process_time() - before
    original = StateIdPlugin.__init__

    # The parameters by their names: flake8 gives what it reads there.
    def timed(self: StateIdPlugin, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        nonlocal spent
        start = time.process_time()
        original(self, tree, filename, lines)
        spent += time.process_time() - start

    StateIdPlugin.__init__ = timed  # type: ignore[method-assign]
    Application().run(sys.argv[1:])
    total = time.process_time() - START
    sys.stderr.write(f"\nshare {spent / total:.6f} {total:.3f}\n")


if __name__ == "__main__":
    main()
