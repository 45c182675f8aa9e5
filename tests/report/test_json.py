"""The JSON report: its form is promised by docs/usage.md."""

from __future__ import annotations

import io
import json

from flake8_stateid.report.json import JsonReport
from tests.report.samples import FINDING, PROBLEM, lines, summary


def written() -> str:
    stream = io.StringIO()
    report = JsonReport(stream, lines())
    report.finding(FINDING)
    report.problem(PROBLEM)
    report.close(summary())
    return stream.getvalue()


def test_document() -> None:
    first = '\tö = f"日{x}"; y = ö'
    builder = {
        "path": "plugins/a.py",
        "row": 1,
        "column": 6,
        "end_row": 1,
        "end_column": 13,
        "line": first,
    }
    target = {
        "path": "plugins/a.py",
        "row": 2,
        "column": 1,
        "end_row": 2,
        "end_column": 2,
        "line": "z = y  # \x1b[31m",
    }
    assert json.loads(written()) == {
        "version": 1,
        "findings": [
            {
                **builder,
                "code": "SID001",
                "message": "state id built by an f-string: assigned to 'z'",
                "steps": [
                    {**builder, "text": "built by an f-string", "is_target": False},
                    {**target, "text": "assigned to 'z'", "is_target": True},
                ],
            }
        ],
        "problems": [
            {
                "path": "plugins/b%.py",
                "row": 3,
                "reason": "not Python: 100% wrong",
                "remedy": "correct it",
            }
        ],
        "summary": {"files": 3, "plugin_files": 2, "findings": {"SID001": 1}},
    }


def test_document_is_ascii_without_controls() -> None:
    assert written().replace("\n", "").isprintable()
    assert written().isascii()
