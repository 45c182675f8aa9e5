"""The SARIF 2.1.0 report, with a code flow from builder to target for each finding.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from flake8_stateid import __version__
from flake8_stateid.escaping import project_path
from flake8_stateid.rules import RULES, Rule, page

if TYPE_CHECKING:
    from typing import TextIO

    from flake8_stateid.findings import Finding, Span
    from flake8_stateid.problems import Problem
    from flake8_stateid.report.base import SourceLines, Summary

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


class SarifReport:
    """Collects findings and problems and writes them at the end."""

    def __init__(self, stdout: TextIO, lines: SourceLines) -> None:
        """Write to ``stdout``, with code from ``lines``."""
        self._stdout = stdout
        self._lines = lines
        self._results: list[dict[str, Any]] = []
        self._notifications: list[dict[str, Any]] = []

    def finding(self, finding: Finding) -> None:
        """Add the finding."""
        codes = [rule.code for rule in RULES]
        line = self._lines.line(finding.path, finding.span.row)
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": "error",
            "message": {"text": finding.message},
            "locations": [self._location(finding.path, finding.span)],
            "partialFingerprints": {"lineText/v1": _fingerprint(finding, line)},
        }
        if finding.steps:
            steps = [
                {
                    "location": {
                        **self._location(step.path, step.span),
                        "message": {"text": step.text},
                    },
                    "importance": "essential" if step.is_target else "important",
                }
                for step in finding.steps
            ]
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        self._results.append(result)

    def problem(self, problem: Problem) -> None:
        """Add the problem, as a notification of the tool."""
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.path)}}
        if problem.row:
            physical["region"] = {"startLine": problem.row}
        self._notifications.append(
            {
                "level": "error",
                "message": {"text": f"{problem.reason}; {problem.remedy}"},
                "locations": [{"physicalLocation": physical}],
            }
        )

    def close(self, summary: Summary) -> None:
        """Write the document, in ASCII: names and code cannot forge anything."""
        import json

        run = {
            "tool": {
                "driver": {
                    "name": "flake8-stateid",
                    "version": __version__,
                    "semanticVersion": __version__,
                    "rules": [_descriptor(rule) for rule in RULES],
                }
            },
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {
                    "executionSuccessful": not self._notifications,
                    "toolExecutionNotifications": self._notifications,
                }
            ],
            "results": self._results,
        }
        document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
        self._stdout.write(json.dumps(document, indent=2) + "\n")

    def _location(self, path: str, span: Span) -> dict[str, Any]:
        region = {
            "startLine": span.row,
            "startColumn": span.column,
            "endLine": span.end_row,
            "endColumn": span.end_column,
        }
        rows = range(span.row, span.end_row + 1)
        whole_lines = {
            "startLine": span.row,
            "endLine": span.end_row,
            "snippet": {"text": "\n".join(self._lines.line(path, row) for row in rows)},
        }
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": _uri(path)},
                "region": region,
                "contextRegion": whole_lines,
            }
        }


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.what},
        "help": {"text": page(rule), "markdown": page(rule)},
        "defaultConfiguration": {"enabled": rule.on_by_default, "level": "error"},
    }


def _fingerprint(finding: Finding, line: str) -> str:
    """What stays the same when lines above a finding come or go."""
    from hashlib import sha256

    key = "\0".join((project_path(finding.path), finding.code, line.strip()))
    return sha256(key.encode(errors="surrogateescape")).hexdigest()


def _uri(path: str) -> str:
    from pathlib import Path
    from urllib.parse import quote

    shown = project_path(path)
    # Not ``Path.absolute``, which leaves ``..`` as it is.
    absolute = os.path.abspath(path)
    if shown == absolute.replace(os.sep, "/"):
        return Path(absolute).as_uri()
    return quote(shown.encode(errors="surrogateescape"))
