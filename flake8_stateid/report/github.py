"""The report for GitHub Actions: workflow commands that become annotations.

Escaping as in ``toolkit/packages/core/src/command.ts`` of ``actions/toolkit``: unescaped, a file
name with a line end in it could give the runner commands of its own.
"""

from __future__ import annotations

from flake8_stateid.escaping import printable, project_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from flake8_stateid.findings import Finding
    from flake8_stateid.problems import Problem
    from flake8_stateid.report.base import Summary


class GithubReport:
    """Writes one annotation a line as soon as it is known."""

    def __init__(self, stdout: TextIO, *, show_flow: bool = False) -> None:
        """Write to ``stdout``, the steps of each finding too if they are wanted."""
        self._stdout = stdout
        self._show_flow = show_flow

    def finding(self, finding: Finding) -> None:
        """Write the finding's annotation."""
        span = finding.span
        properties: dict[str, str | int] = {
            "file": project_path(finding.path),
            "line": span.row,
            "col": span.column,
            "endLine": span.end_row,
        }
        if span.end_row == span.row:
            # GitHub wants no columns for what spans several rows; the last column is inclusive.
            properties["endColumn"] = max(span.end_column - 1, span.column)
        properties["title"] = finding.code
        message = [f"{finding.code} {finding.message}"]
        if self._show_flow:
            for number, step in enumerate(finding.steps, start=1):
                place = f"{project_path(step.path)}:{step.span.row}:{step.span.column}"
                message.append(f"{number}. {place}: {step.text}")
        self._write(properties, *message)

    def problem(self, problem: Problem) -> None:
        """Write the problem's annotation."""
        properties: dict[str, str | int] = {"file": project_path(problem.path)}
        if problem.row:
            properties["line"] = problem.row
        properties["title"] = "file not checked"
        self._write(properties, f"{problem.reason}; {problem.remedy}")

    def close(self, summary: Summary) -> None:
        """Nothing: everything is written."""

    def _write(self, properties: dict[str, str | int], *message: str) -> None:
        """Write an annotation with the lines of its message."""
        joined = ",".join(
            f"{name}={_property(printable(str(value)))}" for name, value in properties.items()
        )
        text = _data("\n".join(map(printable, message)))
        self._stdout.write(f"::error {joined}::{text}\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
