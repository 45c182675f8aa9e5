"""The mapping: for each orphaned row, what a migration may put in its place, as CSV."""

from __future__ import annotations

import csv
import json
import os
import pathlib
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.whole_files import written_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_stateid.linkage.report import Orphan

HEADER = (
    "table",
    "column",
    "key",
    "recorded_id",
    "recorded_call_index",
    "proposed_parent",
    "proposed_call_index",
)


_LITERAL = re.compile(r"X'[0-9A-F]*'|CAST\(X'[0-9A-F]*' AS TEXT\)")
_LONE = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as it is read


class Written(NamedTuple):
    """How many orphaned rows a mapping lists, and how many of them it has a proposal for."""

    rows: int
    proposals: int


def write_mapping(orphans: Iterable[Orphan], path: str | os.PathLike[str]) -> Written:
    """Write a mapping as CSV: UTF-8, a header, one line an orphaned row.

    The file appears whole or not at all. An older mapping is replaced; any other file is left as
    it is, above all the database that is being asked.

    Args:
        orphans: As :func:`iter_orphans` yields them; not held in memory.
        path: The file.

    Returns:
        How many rows were written.

    Raises:
        LinkageError: If the file cannot be written, or is there and no mapping; or what
            ``orphans`` raises.
    """
    file = pathlib.Path(path)
    _spare_other_files(file)
    rows = proposals = 0
    try:
        with written_whole(file) as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEADER)
            for orphan in orphans:
                writer.writerow(_line(orphan))
                rows += 1
                proposals += orphan.parent is not None
    except OSError as error:
        raise _unwritable(file, error) from None
    return Written(rows, proposals)


def _spare_other_files(file: pathlib.Path) -> None:
    """Refuse to replace what is no mapping.

    Raises:
        LinkageError: Something else is there.
    """
    if not os.path.lexists(file):
        return
    header = ",".join(HEADER).encode()
    try:
        # What is no regular file is not opened either: a pipe would wait for somebody to write.
        beginning = _beginning(file, len(header)) if file.is_file() else None
    except OSError as error:
        raise _unwritable(file, error) from None
    if beginning not in (b"", header):
        raise LinkageError(
            f"the mapping is not written to {file}, which is there and is no mapping. Name a file "
            "that does not exist yet."
        )


def _beginning(file: pathlib.Path, size: int) -> bytes:
    with file.open("rb") as stream:
        return stream.read(size)


def _line(orphan: Orphan) -> tuple[object, ...]:
    return (
        orphan.column.table_name,
        orphan.column.column,
        _key_text(orphan.key),
        _cell(orphan.recorded_id),
        orphan.recorded_call_index,
        _cell(orphan.parent),
        orphan.proposed_call_index,
    )


def _key_text(key: Mapping[str, object]) -> str:
    """A key of one column as it is; of several as a JSON object; of none as nothing."""
    cells = {name: _cell(value) for name, value in key.items()}
    if len(cells) == 1:
        return str(next(iter(cells.values())))
    return json.dumps(cells, default=str) if cells else ""


def _cell(value: object) -> object:
    """A value as UTF-8 can hold it, told apart from every other: what cannot be is as in SQL.

    Bytes are ``X'FF00'``. Text whose bytes are no UTF-8 is ``CAST(X'61FF' AS TEXT)``, and so is
    text that reads like either.
    """
    if isinstance(value, bytes | memoryview):
        return f"X'{bytes(value).hex().upper()}'"
    if isinstance(value, str) and (_LITERAL.fullmatch(value) or _LONE.search(value)):
        return f"CAST({_cell(value.encode('utf-8', 'surrogateescape'))} AS TEXT)"
    return value


def _unwritable(file: pathlib.Path, error: OSError) -> LinkageError:
    return LinkageError(
        f"the mapping cannot be written to {file}: {error.strerror}. Name a file in a folder that "
        "exists and that you may write to."
    )
