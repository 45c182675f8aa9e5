"""Files that appear whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import os
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    r"""A stream to a file beside the one at ``path``, which it replaces in the end.

    Of a link, the file it leads to is replaced. An older file's mode is kept; a new one gets that
    of any new file. UTF-8; ``\n`` ends lines on every system; surrogates become the bytes that
    they were read from.

    Raises:
        OSError: Nothing can be written there. Then, as after any exception of the block, what
            was there before is there still, and nothing else.
    """
    target = os.path.realpath(path)
    with replacement(target) as (descriptor, temporary):
        with open(
            descriptor, "w", encoding="utf-8", errors="surrogateescape", newline=""
        ) as stream:
            yield stream
        os.chmod(temporary, _mode(target))


@contextlib.contextmanager
def replacement(target: str) -> Iterator[tuple[int, str]]:
    """A new file in the folder of ``target``, which takes its place when the block ends.

    Yields:
        The descriptor to write to, to be closed in the block, and the new file's path.

    Raises:
        OSError: The folder cannot be written to. Then, as after any exception of the block,
            ``target`` is as it was and the new file is gone.
    """
    folder, name = os.path.split(target)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        yield descriptor, temporary
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _mode(path: str) -> int:
    """The permissions of the file at ``path``; a new file's, where there is none.

    Temporary files are private.
    """
    with contextlib.suppress(OSError):
        return os.stat(path).st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
