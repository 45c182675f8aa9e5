"""``# noqa``: the same text searched, and the same answer given, as by flake8."""

from __future__ import annotations

from argparse import Namespace

import pytest
from flake8.processor import FileProcessor
from hypothesis import given
from hypothesis import strategies as st

from flake8_stateid.findings import Finding, Span
from flake8_stateid.noqa import searched_text, without_suppressed
from flake8_stateid.source import SourceText


def finding(row: int, code: str = "SID001") -> Finding:
    return Finding("a.py", Span(row, 1, row, 2), code, "message")


def kept(text: str, row: int = 1, code: str = "SID001") -> bool:
    source = SourceText.from_text("a.py", text)
    return without_suppressed(source, (finding(row, code),)) == (finding(row, code),)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("x = 1  # noqa", 1),
        ("x = 1  # NOQA", 1),
        ("x = 1  # noqa: SID001", 1),
        ("x = 1  # noqa:SID001", 1),
        ("x = 1  # noqa: E501,SID001", 1),
        ("x = 1  # noqa: E501 SID001", 1),
        ("x = 1  # noqa: SID0", 1),
        ("x = 1  # noqa: S1,SID001", 1),
        ("x = 1  # noqa: SID", 1),
        ("x = 1  # noqa : E501", 1),
        ('x = """\ny\n"""  # noqa: SID001', 1),
        ('x = """\ny\n"""  # noqa: SID001', 2),
        ("x = 1 + \\\n    2  # noqa: SID001", 1),
        ("x = (\n    1  # noqa: SID001\n)", 2),
        ("# flake8: noqa\nx = 1", 2),
        ("x = 1\n  # flake8: NOQA", 1),
    ],
)
def test_suppressed(text: str, row: int) -> None:
    assert not kept(text, row)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("x = 1", 1),
        ("x = 1  #noqa", 1),
        ("x = 1  # noqa: E501", 1),
        ("x = 1  # noqa: SID002", 1),
        ("x = 1  # noqa: SID0011", 1),
        ("x = 1  # noqa: sid001", 1),
        ("x = 1\n# noqa", 1),
        ("x = (\n    1\n)  # noqa: SID001", 2),
        ("x = 1  # flake8: noqb", 1),
    ],
)
def test_not_suppressed(text: str, row: int) -> None:
    assert kept(text, row)


def test_only_the_named_code_on_the_named_row_is_suppressed() -> None:
    source = SourceText.from_text("a.py", "x  # noqa: SID001\ny\n")
    findings = (finding(1), finding(1, "SID002"), finding(2))
    assert without_suppressed(source, findings) == (finding(1, "SID002"), finding(2))


def test_text_without_tokens_is_searched_row_by_row() -> None:
    source = SourceText.from_text("a.py", "x = '''  # noqa\n")
    assert searched_text(source) == {}
    assert without_suppressed(source, (finding(1),)) == ()


PIECES = st.sampled_from(
    [
        "x = 1\n",
        "x = f(\n",
        ")\n",
        '"""a\nb"""\n',
        "'''a\nb''' + \\\n  c  # noqa\n",
        'f"""{\nx}\n"""\n',
        "if x:\n    y  # noqa: SID001\n",
        "# noqa\n",
        "\n",
        "\\\n",
        "z",
        "  # c\n",
        "\x0c\n",
        "'",
        "é = 'ü'  # noqa\n",
    ]
)


@given(st.lists(PIECES, max_size=6))
def test_searches_the_text_that_flake8_searches(pieces: list[str]) -> None:
    source = SourceText.from_text("a.py", "".join(pieces))
    options = Namespace(hang_closing=False, indent_size=4, max_line_length=99, verbose=0)
    options.max_doc_length = None
    processor = FileProcessor("a.py", options, lines=list(source.lines))
    assert searched_text(source) == processor._noqa_line_mapping
