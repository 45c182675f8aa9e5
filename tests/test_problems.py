"""What keeps a file from being used, in a line."""

from __future__ import annotations

import pickle

import pytest

from flake8_stateid.problems import InputError, Problem


@pytest.mark.parametrize(("row", "text"), [(0, "a.py: odd; mend it"), (7, "a.py:7: odd; mend it")])
def test_text_names_file_row_reason_and_remedy(row: int, text: str) -> None:
    assert Problem("a.py", row, "odd", "mend it").text == text


def test_an_error_survives_the_way_to_another_process() -> None:
    problem = Problem("a.py", 1, "odd", "mend it")
    assert pickle.loads(pickle.dumps(InputError(problem))).problem == problem
