"""The text report, byte for byte."""

from __future__ import annotations

import io

from flake8_stateid.findings import Finding, Span
from flake8_stateid.report.text import TextReport, TextStyle
from tests.report.samples import FINDING, PROBLEM, lines, summary

LINE = "plugins/a.py:1:6: SID001 state id built by an f-string: assigned to 'z'\n"


def written(style: TextStyle, finding: Finding = FINDING) -> str:
    stream = io.StringIO()
    report = TextReport(stream, lines(), style)
    report.finding(finding)
    report.problem(PROBLEM)
    report.close(summary({"SID002": 1, "SID001": 12, "XYZ": 1}))
    return stream.getvalue()


def test_plain_lines_have_the_form_of_flake8() -> None:
    assert written(TextStyle()) == LINE


def test_source_with_carets_under_the_builder() -> None:
    assert written(TextStyle(show_source=True)) == (
        LINE + '    1 |  ö = f"日{x}"; y = ö\n' + "      |      ^^^^^^^^\n"
    )


def test_flow_shows_each_step_with_its_code() -> None:
    assert written(TextStyle(show_flow=True, show_source=True)) == (
        LINE + "  1. plugins/a.py:1:6: built by an f-string\n"
        '      1 |  ö = f"日{x}"; y = ö\n'
        "        |      ^^^^^^^^\n"
        "  2. plugins/a.py:2:1: assigned to 'z'\n"
        "      2 | z = y  # \ufffd[31m\n"
        "        | ^\n"
    )


def test_a_finding_without_steps_shows_its_source() -> None:
    shown = written(TextStyle(show_flow=True, show_source=True), FINDING._replace(steps=()))
    assert shown.count("^") == 8


def test_several_rows_are_marked_to_the_end_of_the_first() -> None:
    finding = FINDING._replace(span=Span(1, 2, 2, 4))
    shown = written(TextStyle(show_source=True), finding)
    assert shown.endswith(f"      |  {'^' * 19}\n")


def test_a_row_that_cannot_be_had_is_left_out() -> None:
    finding = FINDING._replace(span=Span(9, 1, 9, 2))
    assert written(TextStyle(show_source=True), finding).count("\n") == 1


def test_an_empty_span_has_one_caret() -> None:
    finding = FINDING._replace(span=Span(2, 1, 2, 1))
    assert written(TextStyle(show_source=True), finding).endswith("      | ^\n")


def test_combining_characters_take_no_column() -> None:
    from flake8_stateid.report.text import _width

    texts = ("abc", "e\u0301", "日本", "é", "\u0e01\u0e34", "\u2764\ufe0f")
    assert [_width(text) for text in texts] == [3, 1, 4, 1, 1, 1]


def test_colour_is_that_of_flake8() -> None:
    assert written(TextStyle(colour=True)) == (
        "\x1b[1mplugins/a.py\x1b[m\x1b[36m:\x1b[m1\x1b[36m:\x1b[m6\x1b[36m:\x1b[m "
        "\x1b[1;31mSID001\x1b[m state id built by an f-string: assigned to 'z'\n"
    )


def test_statistics_have_the_form_of_flake8() -> None:
    assert written(TextStyle(statistics=True)) == (
        LINE + "12    SID001 state id built by an f-string\n"
        "1     SID002 state id built by concatenation\n"
        "1     XYZ\n"
    )


def test_nothing_in_a_path_or_message_can_control_the_terminal() -> None:
    finding = FINDING._replace(path="::a\x1b[2J\n.py", message="x\x07")
    assert written(TextStyle(), finding) == "./::a\\x1b[2J\\n.py:1:6: SID001 x\\x07\n"
