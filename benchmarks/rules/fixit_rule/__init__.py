"""The best rule for this job that fits Fixit: a visitor that remembers names of one function."""

# ruff: noqa: D102, N802 - the names are those of the visitor
from __future__ import annotations

import re

import libcst as cst
from fixit import LintRule  # type: ignore[import-not-found]

NAME = re.compile(r"(^|_)state_ids?$", re.IGNORECASE)
METHODS = {"format", "format_map", "join", "substitute", "safe_substitute"}


class BuiltStateId(LintRule):  # type: ignore[misc]
    """Reports a built string where it becomes a state id."""

    MESSAGE = "state id built from strings"

    def __init__(self) -> None:
        super().__init__()
        self._built: list[set[str]] = [set()]

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._built.append(set())

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self._built.pop()

    def _is_built(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Name):
            return node.value in self._built[-1]
        if isinstance(node, cst.BinaryOperation):
            return isinstance(node.operator, cst.Add | cst.Modulo)
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            return node.func.attr.value in METHODS
        return isinstance(node, cst.FormattedString | cst.ConcatenatedString)

    def _check(self, name: str, value: cst.BaseExpression | None) -> None:
        if value is not None and NAME.search(name) and self._is_built(value):
            self.report(value)

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword is not None:
            self._check(node.keyword.value, node.value)

    def visit_Assign(self, node: cst.Assign) -> None:
        for each in node.targets:
            self._assigned(each.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._assigned(node.target, node.value)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._assigned(node.target, node.value)

    def visit_Param(self, node: cst.Param) -> None:
        self._check(node.name.value, node.default)

    def visit_DictElement(self, node: cst.DictElement) -> None:
        if isinstance(node.key, cst.SimpleString):
            self._check(str(node.key.evaluated_value), node.value)

    def _assigned(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        if isinstance(target, cst.Attribute):
            self._check(target.attr.value, value)
        elif isinstance(target, cst.Name) and value is not None:
            self._check(target.value, value)
            if self._is_built(value):
                self._built[-1].add(target.value)
            else:
                self._built[-1].discard(target.value)
