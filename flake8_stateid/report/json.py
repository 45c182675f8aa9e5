"""The JSON report: one document, ``docs/usage.md`` describes it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

    from flake8_stateid.findings import Finding, Span
    from flake8_stateid.problems import Problem
    from flake8_stateid.report.base import SourceLines, Summary

FORMAT_VERSION = 1


class JsonReport:
    """Collects findings and problems and writes them at the end."""

    def __init__(self, stdout: TextIO, lines: SourceLines) -> None:
        """Write to ``stdout``, with code from ``lines``."""
        self._stdout = stdout
        self._lines = lines
        self._findings: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []

    def finding(self, finding: Finding) -> None:
        """Add the finding."""
        steps = [
            {
                **self._place(step.path, step.span),
                "text": step.text,
                "is_target": step.is_target,
            }
            for step in finding.steps
        ]
        self._findings.append(
            {
                **self._place(finding.path, finding.span),
                "code": finding.code,
                "message": finding.message,
                "steps": steps,
            }
        )

    def problem(self, problem: Problem) -> None:
        """Add the problem."""
        self._problems.append(problem._asdict())

    def close(self, summary: Summary) -> None:
        """Write the document, in ASCII: names and code cannot forge anything."""
        import json

        document = {
            "version": FORMAT_VERSION,
            "findings": self._findings,
            "problems": self._problems,
            "summary": {
                "files": summary.files,
                "plugin_files": summary.plugin_files,
                "findings": dict(sorted(summary.counts.items())),
            },
        }
        self._stdout.write(json.dumps(document, indent=2) + "\n")

    def _place(self, path: str, span: Span) -> dict[str, Any]:
        return {"path": path, **span._asdict(), "line": self._lines.line(path, span.row)}
