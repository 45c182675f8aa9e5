"""Patterns match what the standard library's matching of file names says."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_stateid.globs import any_of

PATTERNS = st.text("ab*?[!]/\n", max_size=8)


@given(st.lists(PATTERNS, max_size=3), st.text("ab*[]/\n", max_size=8))
def test_matches_as_fnmatch(patterns: list[str], text: str) -> None:
    expected = any(fnmatchcase(text, pattern) for pattern in patterns)
    assert any_of(patterns)(text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*.py", "a.py", True),
        ("*.py", ".py", True),
        ("*.py", "a.pyc", False),
        ("test_*.py", "test_.py", True),
        ("ab*ba", "aba", False),  # the beginning and the end do not share a letter
        ("a*b*b", "ab", False),
        ("a*b*b", "abb", True),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("*/plugins/*", "src/plugins/a/b.py", True),
        ("A", "a", False),
        ("[ab]?", "b1", True),
        ("[!ab]?", "b1", False),
    ],
)
def test_matches(pattern: str, text: str, expected: bool) -> None:
    assert any_of([pattern])(text) is expected
