"""Small programs for the analysis: a row that ends in ``# +`` holds the finding it must report."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

from flake8_stateid.analysis import analyse
from flake8_stateid.analysis.engine import Engine
from flake8_stateid.analysis.program import ModuleInfo
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText

if TYPE_CHECKING:
    from flake8_stateid.analysis.values import Value
    from flake8_stateid.findings import Finding

MARK = "# +"


def findings(text: str, settings: Settings | None = None) -> tuple[Finding, ...]:
    """The findings in a program of one module."""
    source = SourceText.from_text("plugin.py", text)
    return analyse(ast.parse(text), source, settings or Settings())


def marked(text: str) -> list[int]:
    """The rows that announce a finding."""
    return [row for row, line in enumerate(text.split("\n"), 1) if line.endswith(MARK)]


def check(text: str, settings: Settings | None = None) -> None:
    """The analysis of a program reports one finding in each marked row, and nothing else."""
    text = textwrap.dedent(text)
    found = findings(text, settings)
    assert [finding.span.row for finding in found] == marked(text), found


def module(text: str) -> ModuleInfo:
    """A module of this text, its tree with the same indentation left out."""
    text = textwrap.dedent(text)
    return ModuleInfo(SourceText.from_text("plugin.py", text), ast.parse(text))


def engine(text: str = "") -> Engine:
    """The engine of a module of this text."""
    return Engine(module(text), Settings())


def held(known: Engine, name: str) -> Value:
    """What a name of the module may be."""
    return known.modules.value(known.module, name)


def expression(text: str) -> ast.expr:
    """An expression on its own."""
    return ast.parse(text, mode="eval").body


def called(text: str) -> ast.Call:
    """A call on its own."""
    node = expression(text)
    assert isinstance(node, ast.Call)
    return node
