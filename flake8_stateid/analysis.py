"""Findings of one module: a pure function of its tree, its source and the settings."""

from __future__ import annotations

import ast
import re

from flake8_stateid.findings import Finding, Step
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText


class AnalysisDefeated(Exception):
    """The analysis gave up on a file; the message says why."""


def analyse(tree: ast.Module, source: SourceText, settings: Settings) -> tuple[Finding, ...]:
    """All findings of the module, ordered by place.

    Args:
        tree: The module as ``ast.parse`` gave it.
        source: The text the tree was parsed from.
        settings: Names and minting calls; paths are not looked at here.

    Returns:
        One finding for each builder that reaches a target.
    """
    # Scaffold: only the plainest spelling, until the flow analysis replaces it.
    findings = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.JoinedStr):
            for target in node.targets:
                if isinstance(target, ast.Name) and re.search(
                    "(^|_)state_ids?$", target.id, re.I
                ):
                    span = source.span(node.value)
                    text = f"assigned to '{target.id}'"
                    findings.append(
                        Finding(
                            source.path,
                            span,
                            "SID001",
                            f"state id built by an f-string: {text}",
                            (
                                Step(source.path, span, "built by an f-string"),
                                Step(source.path, source.span(target), text, is_target=True),
                            ),
                        )
                    )
    return tuple(sorted(findings))
