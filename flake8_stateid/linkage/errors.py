"""The one error of the linkage check: it cannot tell, and says what to do."""

from __future__ import annotations


class LinkageError(Exception):
    """The check cannot tell whether the database is whole.

    Raised for a bad URL, a missing driver, no connection, no target table, no right to read.
    The message is one or two sentences: what is wrong, and what to do. It never holds a password.
    """
