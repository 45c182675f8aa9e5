"""Files that appear whole or not at all."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.whole_files import written_whole

if TYPE_CHECKING:
    from pathlib import Path


def test_written(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a") as stream:
        stream.write("é\n\r\n\udcff")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\n\r\n\xff"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a").write_text("old")

    def write_half() -> None:
        with written_whole(tmp_path / "a") as stream:
            stream.write("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_not_there_and_one_in_the_place(tmp_path: Path) -> None:
    for path in (tmp_path / "no/a", tmp_path):
        with pytest.raises(OSError, match=r"."), written_whole(path) as stream:
            stream.write("text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links are POSIX's")
def test_modes_and_links_are_kept(tmp_path: Path) -> None:
    plain, new, old, link = (tmp_path / name for name in ("plain", "new", "old", "link"))
    plain.touch()
    old.touch()
    old.chmod(0o640)
    link.symlink_to("old")
    for path in (new, link):
        with written_whole(path) as stream:
            stream.write("text")
    assert new.stat().st_mode == plain.stat().st_mode
    assert link.is_symlink()
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert old.read_text() == "text"
