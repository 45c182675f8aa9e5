"""Bytes to text, lines and columns."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_stateid.findings import Span
from flake8_stateid.problems import InputError
from flake8_stateid.source import SourceText, decode, parse, split_lines


def expression_span(text: str) -> Span:
    source = SourceText.from_bytes("a.py", text.encode())
    statement = parse(source).body[-1]
    assert isinstance(statement, ast.Assign)
    return source.span(statement.value)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("x = y", Span(1, 5, 1, 6)),
        ("é = y", Span(1, 5, 1, 6)),
        ("é = 'ü' + y", Span(1, 5, 1, 12)),
        ("名 = '😀'", Span(1, 5, 1, 8)),
        ("x = '''é\né'''", Span(1, 5, 2, 5)),
        ("\ufeffé = y", Span(1, 5, 1, 6)),
        ("a = 1\r\né = y", Span(2, 5, 2, 6)),
        ("a = 1\ré = y", Span(2, 5, 2, 6)),
        ("a = '\x0b\x1c\u2028é'; b = y", Span(1, 17, 1, 18)),
        ("a = 1\n\x0cé = y", Span(2, 6, 2, 7)),
        ("a = 1\x0c\né = y", Span(2, 5, 2, 6)),
    ],
)
def test_spans_count_characters_where_ast_counts_bytes(text: str, span: Span) -> None:
    assert expression_span(text) == span


@given(st.text(alphabet="ab\n\r\x0b\x0c\x1c\x85\u2028é\ufeff"))
def test_lines_are_those_python_reads(text: str) -> None:
    data = text.encode()
    read = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").readlines()
    source = SourceText.from_bytes("a.py", data)
    assert source.lines == tuple(read)
    assert "".join(source.lines) == source.text


def test_from_lines_is_from_text() -> None:
    source = SourceText.from_lines("a.py", ["x\r\n", "y"])
    assert (source.path, source.text, source.lines) == ("a.py", "x\ny", ("x\n", "y"))
    assert source == SourceText.from_text("a.py", "x\ny")
    assert source not in {SourceText.from_text("b.py", "x\ny"), SourceText.from_text("a.py", "x")}


def test_line_is_empty_outside_the_file() -> None:
    source = SourceText.from_text("a.py", "x\ny")
    assert [source.line(row) for row in (0, 1, 2, 3)] == ["", "x", "y", ""]


def test_split_lines_of_nothing() -> None:
    assert split_lines("") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1",
        "x = 'é'".encode(),
        b"\xef\xbb\xbfx = '\xc3\xa9'",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"#!/bin/python\r\n# -*- coding: cp1252 -*-\r\nx = '\x80'\r\n",
        b"\xef\xbb\xbf# coding: utf-8\nx = '\xc3\xa9'\n",
        b"# encoding\nx = '\xc3\xa9'\n",
        b"x = 1\ny = 2\n# coding: latin-1\nz = '\xc3\xa9'\n",
    ],
)
def test_decodes_as_python_does(data: bytes) -> None:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    assert decode("a.py", data) == data.decode(encoding)


@pytest.mark.parametrize(
    ("data", "row", "reason"),
    [
        (b"x = 1\ny = '\xe9'\n", 2, "not valid utf-8: invalid continuation byte (0xe9)"),
        (b"x = 1\ry = '\xff'\n", 2, "not valid utf-8: invalid start byte (0xff)"),
        (b"x\r\ny\r\n\xff", 3, "not valid utf-8: invalid start byte (0xff)"),
        (b"\xef\xbb\xbfx\n\xff", 2, "not valid utf-8: invalid start byte (0xff)"),
        (b"# coding: nope\n", 1, "cannot be decoded: unknown encoding: nope"),
        (b"# coding: rot13\n", 1, "cannot be decoded: 'rot13' is not a text encoding"),
        (
            b"\xef\xbb\xbf# coding: latin-1\n",
            1,
            "cannot be decoded: encoding problem: utf-8",
        ),
        (b"# coding: ascii\nx\n'\xe9'", 3, "not valid ascii: ordinal not in range(128) (0xe9)"),
    ],
)
def test_undecodable_bytes_are_an_input_error(data: bytes, row: int, reason: str) -> None:
    with pytest.raises(InputError) as raised:
        decode("a.py", data)
    problem = raised.value.problem
    assert (problem.path, problem.row, problem.reason) == ("a.py", row, reason)
    assert "save" in problem.remedy


def parse_problem(text: str) -> tuple[int, str]:
    with pytest.raises(InputError) as raised:
        parse(SourceText.from_text("a.py", text))
    return raised.value.problem.row, raised.value.problem.reason


def test_syntax_error_names_the_row_and_the_python() -> None:
    row, reason = parse_problem("x = 1\nfoo bar\n")
    assert row == 2
    assert reason.startswith("not Python 3.")
    assert reason.endswith("invalid syntax")


def test_nul_bytes_are_named() -> None:
    assert parse_problem("x = 1\ny = '\0'\n") == (2, "holds NUL bytes")


def test_deep_nesting_is_an_input_error() -> None:
    _, reason = parse_problem("x = " + "-" * 100_000 + "1")
    assert "nested too deeply" in reason or "too many" in reason or "memory" in reason.lower()


def test_compiler_warnings_are_kept_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = parse(SourceText.from_text("a.py", "x = '\\d'; y = 1 is 1\n"))
    assert len(tree.body) == 2


def test_lone_surrogates_do_not_break_columns() -> None:
    source = SourceText.from_text("a.py", "x\ud800y")
    node = ast.Name("y", lineno=1, col_offset=4, end_lineno=None, end_col_offset=None)
    assert source.span(node).row == 1


def test_text_that_has_no_utf8_is_an_input_error() -> None:
    data = b"# coding: raw_unicode_escape\nx = '\\ud800'\n"
    with pytest.raises(InputError) as raised:
        parse(SourceText.from_bytes("a.py", data))
    assert "surrogates not allowed" in raised.value.problem.reason
