"""The announcements of fixtures are read as written, and a slip in one is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures_support import (
    Case,
    Expected,
    decode,
    directives,
    expectations,
    labelled_cases,
    load,
    required_python,
    with_noqa,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n", ()),
        ("x = 1  # noqa\n", ()),
        ("x = '# expect: SID001@3'\n", ()),
        ("x = 1  # expect: SID001@5\n", (Expected(1, 5, "SID001"),)),
        ("\n\nx = 1  #expect: SID003@12\n", (Expected(3, 12, "SID003"),)),
        (
            "x = 1  # expect: SID002@9 SID001@5\n",
            (Expected(1, 5, "SID001"), Expected(1, 9, "SID002")),
        ),
        ("x = '''\n\n'''  # expect[-2]: SID001@5\n", (Expected(1, 5, "SID001"),)),
        ("x = 1  # expect: SID001@5\r\n", (Expected(1, 5, "SID001"),)),
    ],
)
def test_expectations(text: str, expected: tuple[Expected, ...]) -> None:
    assert expectations(text) == expected


@pytest.mark.parametrize(
    "comment",
    [
        "# expect:",
        "# expect: SID001",
        "# expect: SID01@3",
        "# expect SID001@3",
        "# expect: SID001@3, SID002@4",
        "# expect[2]: SID001@3",
        "# expect: SID001@3 why",
    ],
)
def test_an_announcement_that_cannot_be_read_is_an_error(comment: str) -> None:
    with pytest.raises(ValueError, match="row 2: cannot read"):
        expectations(f"\nx = 1  {comment}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n", "x = 1\n"),
        ("x = 1  # expect: SID001@5\ny = 2\n", "x = 1  # noqa: SID001\ny = 2\n"),
        ("x = 1  # expect: SID002@9 SID001@5 SID001@7\n", "x = 1  # noqa: SID001,SID002\n"),
        ("é = '''\n'''  # expect[-1]: SID001@5\r\n", "é = '''\n'''  # noqa: SID001\r\n"),
    ],
)
def test_with_noqa(text: str, expected: str) -> None:
    assert with_noqa(text) == expected


def test_directives_stand_before_the_first_statement_only() -> None:
    text = "# select: SID201\n# names: state_id, edge_id\n'''alarm'''\n# minting: open_state\n"
    assert directives(text) == {"select": ("SID201",), "names": ("state_id", "edge_id")}


def test_labelled_cases_count_their_findings() -> None:
    text = (
        "# Harmful: why\nx = 1  # expect: SID001@5 SID002@7\n"
        "# Harmless: why\ny = 1\n    # Harmful: not at column 1\n"
        "# Harmful: nothing announced\nz = 1\n"
    )
    assert labelled_cases(text) == (Case(1, True, 2), Case(3, False, 0), Case(6, True, 0))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfx = 1\r\n", "x = 1\r\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("name", "version"),
    [("names.py", (3, 11)), ("names_py312.py", (3, 12)), ("names_py315.py", (3, 15))],
)
def test_required_python(name: str, version: tuple[int, int]) -> None:
    assert required_python(Path(name)) == version


def test_load_applies_directives(tmp_path: Path) -> None:
    path = tmp_path / "minting.py"
    path.write_bytes(b"# select: SID201\n# minting: open_state\n'''An alarm.'''\n")
    fixture = load(path)
    assert fixture.settings.minting == ("open_state",)
    assert fixture.settings.names == ("state_id",)
    assert fixture.codes >= {"SID001", "SID201"}
    assert fixture.docstring == "An alarm."
