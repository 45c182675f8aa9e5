"""Run one command and write what it took to a file: the small parent that its memory needs.

A process starts with the peak memory of the one it was forked from, so that a large parent would
hide how little a small child needs. Run with ``python -I -S``: this one needs some 9 MiB.
"""

import os
import sys
import time


def main() -> None:
    """Arguments: the file to write to, then the command."""
    report, *words = sys.argv[1:]
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            os.execvp(words[0], words)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - start
    figures = (os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, wall,
               usage.ru_maxrss)  # fmt: skip
    with open(report, "w", encoding="ascii") as file:
        file.write(" ".join(map(str, figures)))


if __name__ == "__main__":
    main()
