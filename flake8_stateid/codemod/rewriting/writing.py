"""Write a file so that it is either the old one or the new one, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat

from flake8_stateid.problems import InputError, Problem
from flake8_stateid.whole_files import replacement

WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def replace_contents(path: str, before: bytes, after: bytes) -> None:
    """Replace the contents ``before`` of the file at ``path`` by ``after``.

    The new contents are written beside the file and moved over it, with its mode. Of a symbolic
    link, the file it leads to is replaced.

    Raises:
        InputError: The file is read-only, has changed or gone since it was read, has other hard
            links, or its folder cannot be written to. It is left as it is.
    """
    target = os.path.realpath(path)
    try:
        status = os.stat(target)
        if not status.st_mode & WRITABLE or not os.access(target, os.W_OK):
            raise _problem(path, "is read-only", "make it writable, then run the fix again")
        if status.st_nlink > 1:
            raise _problem(
                path, "has other hard links, which would keep the old text", "fix a copy of it"
            )
        _replace(path, target, before, after, status)
    except FileNotFoundError:
        raise _problem(path, "went away before it was written", "run the fix again") from None
    except OSError as error:
        reason = error.strerror or str(error)
        is_forbidden = isinstance(error, PermissionError)
        remedy = "allow writing to its folder" if is_forbidden else "see to that, and run it again"
        raise _problem(path, f"cannot be written: {reason}", remedy) from None


def _replace(path: str, target: str, before: bytes, after: bytes, status: os.stat_result) -> None:
    with replacement(target) as (descriptor, temporary):
        with open(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown"):
            # Only root may give a file away; for all others it is theirs already.
            with contextlib.suppress(PermissionError):
                os.chown(temporary, status.st_uid, status.st_gid)
        # Afterwards: a change of owner takes away the bits that let a file run as its owner.
        os.chmod(temporary, kept_mode(status, os.stat(temporary)))
        with open(target, "rb") as file:
            if file.read() != before:
                raise _problem(path, "was changed while it was fixed", "run the fix again")


def kept_mode(old: os.stat_result, new: os.stat_result) -> int:
    """The mode of a file as its successor may have it.

    What ran as its owner or group must not run as another, where the successor has another.
    """
    mode = stat.S_IMODE(old.st_mode)
    if new.st_uid != old.st_uid:
        mode &= ~stat.S_ISUID
    if new.st_gid != old.st_gid:
        mode &= ~stat.S_ISGID
    return mode


def _problem(path: str, reason: str, remedy: str) -> InputError:
    return InputError(Problem(path, 0, reason, remedy))
