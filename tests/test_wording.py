"""Numbers of things, in words."""

from __future__ import annotations

import pytest

from flake8_stateid.wording import counted


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "finding", "0 findings"),
        (1, "finding", "1 finding"),
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (1000, "call_index", "1,000 call_indexes"),
    ],
)
def test_counted(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text
