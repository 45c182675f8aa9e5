"""Text from files, made safe to print."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_stateid.escaping import code_line, printable, project_path, shown_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("src/plugins/é 日.py", "src/plugins/é 日.py"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("a\x9bb", "a\\x9bb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2028b", "a\\u2028b"),
        ("a\udcffb", "a\\xffb"),
        ("a\ud800b", "a\\ud800b"),
        ("a\U000e0001b", "a\\U000e0001b"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_printable_is_always_printable_and_encodable(text: str) -> None:
    assert printable(text).isprintable()
    printable(text).encode()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("::error::a.py", "./::error::a.py"),
        ("##vso[x]a.py", "./##vso[x]a.py"),
        ("a::b.py", "a::b.py"),
    ],
)
def test_no_path_starts_a_command(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_code_keeps_its_width() -> None:
    assert code_line("plain") == "plain"
    assert code_line("\tx\x1b\u202ey") == " x\ufffd\ufffdy"


def test_project_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert project_path("./a/../b.py") == "b.py"
    assert project_path(str(tmp_path / "a/b.py")) == "a/b.py"
    outside = os.path.abspath("../a.py")
    assert project_path("../a.py") == outside
