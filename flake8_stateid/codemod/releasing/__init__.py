"""Whether the release may move behind the loop: the last use, rows that still run, helpers."""
