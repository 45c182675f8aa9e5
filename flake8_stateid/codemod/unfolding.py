"""Helpers that do nothing but build an id, written out where they are called.

``self._row_id(ctx, i)`` becomes ``f"{ctx.state_id}_row{i}"``, and the batch path is fixed like any
other. The text in between is never written: it is a step on the way to a fix of all that it
brought up, or it is dropped.
"""

from __future__ import annotations

import ast
import copy
import io
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS
from flake8_stateid.codemod.reading.modules import Module
from flake8_stateid.codemod.reading.namesakes import Namesakes
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    Function,
    dotted,
    is_class_method,
    is_static,
    named_arguments,
)
from flake8_stateid.source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.findings import Finding
    from flake8_stateid.source import SourceText

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class Helper(NamedTuple):
    """A function that returns a built id.

    Attributes:
        name: What it is called by.
        function: The function.
        definition: The statement that defines it.
        value: The builder.
        known: Whether others may call it, so that it stays.
    """

    name: str
    function: Function
    definition: ast.stmt
    value: ast.expr
    known: bool


class Unfolded(NamedTuple):
    """A text without helpers.

    Attributes:
        data: The text, as bytes.
        findings: What was reported in the helpers.
        texts: What was written in the place of their calls, none of which is to stay.
    """

    data: bytes
    findings: tuple[Finding, ...]
    texts: tuple[str, ...]


class _Expansion(NamedTuple):
    """One helper, and its calls with the text in their place."""

    finding: Finding
    helper: Helper
    spans: tuple[tuple[int, int, int, int, str], ...]


def unfolded(
    data: bytes, source: SourceText, findings: Sequence[Finding], sources: SourceTree
) -> Iterator[Unfolded]:
    """The texts that come of ``data`` where helpers are written out at all their calls.

    First that of all helpers, then those of one each.

    Args:
        data: The file's bytes.
        source: The same, as text.
        findings: The findings in it.
        sources: Where other modules are read, which may use a helper as well.
    """
    module = Module(parse(source))
    namesakes = Namesakes(source, module, sources)
    found = [
        each
        for finding in findings
        if (each := _expanded(module, source, finding, namesakes))
        and not _is_used(module, each.helper, namesakes)
    ]
    for chosen in [found, *([each] for each in found)] if len(found) > 1 else [found]:
        spans = [span for each in chosen for span in each.spans]
        gone = [each.helper.definition for each in chosen if not each.helper.known]
        code = _edited(data, source, spans, gone) if chosen else None
        if code is not None:
            yield Unfolded(
                code,
                tuple(each.finding for each in chosen),
                tuple(span[-1] for span in spans),
            )


def _is_used(module: Module, helper: Helper, namesakes: Namesakes) -> bool:
    """Whether another module may know a helper and use it, as none does an inner function."""
    inner = isinstance(module.parents[helper.definition], FUNCTIONS)
    return not inner and namesakes.is_used(helper.definition, helper.name)


def _expanded(
    module: Module, source: SourceText, finding: Finding, namesakes: Namesakes
) -> _Expansion | None:
    """The helper that was found at ``finding``, where all of its calls can be written out."""
    helper = _helper_at(module, source, finding)
    if helper is None or (not helper.known and _leaves_unused(module, helper)):
        return None
    calls = _calls(module, helper, namesakes)
    texts = [_written_out(module, helper, call) for call in calls]
    if not calls or not all(texts):
        return None
    spans = [(*source.span(call), text) for call, text in zip(calls, texts, strict=True)]
    return _Expansion(finding, helper, tuple(spans))


def _helper_at(module: Module, source: SourceText, finding: Finding) -> Helper | None:
    """The helper whose whole value is the builder that was found."""
    for node in walk(module.tree):
        match node:
            case ast.FunctionDef(body=[*before, ast.Return(value=ast.expr() as value)]):
                plain = len(before) <= 1 and all(
                    isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
                    for each in before
                )
                helper = Helper(node.name, node, node, value, _is_known(module, node))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(body=value) as made):
                plain = module.function_of(node) is not None
                helper = Helper(name, made, node, value, known=False)
            case _:
                continue
        if plain and source.span(value) == finding.span and _is_simple(helper):
            return helper
    return None


def _is_known(module: Module, function: ast.FunctionDef) -> bool:
    return not function.name.startswith("_") and not isinstance(
        module.parents[function], FUNCTIONS
    )


def _is_simple(helper: Helper) -> bool:
    """Whether a call of the helper is its value with the arguments in place of the parameters."""
    arguments = helper.function.args
    if arguments.vararg or arguments.kwarg or is_class_method(helper.function):
        return False
    if not isinstance(helper.function, ast.Lambda) and len(helper.function.decorator_list) != int(
        is_static(helper.function)
    ):
        return False
    return not any(
        isinstance(node, (*COMPREHENSIONS, *FUNCTIONS, ast.NamedExpr, ast.Await, ast.Yield))
        for node in walk(helper.value)
    )


def _calls(module: Module, helper: Helper, namesakes: Namesakes) -> list[ast.Call]:
    """All calls of the helper; none where it may be reached in another way."""
    found: list[ast.Call] = []
    outer = module.function_of(helper.definition)
    for node in walk(module.tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if (
                    name == helper.name
                    and node is not helper.definition
                    and not namesakes.is_other(helper.definition, node)
                ):
                    return []
            case ast.Constant(value=helper.name) | ast.alias(name=helper.name):
                return []
            case ast.Name(id=helper.name) | ast.Attribute(attr=helper.name):
                if module.parents[node] is helper.definition:
                    continue
                callees = [callee.function for callee in module.resolve(node)]
                if callees and helper.function not in callees and not _is_in_class(module, node):
                    continue
                call = module.parents[node]
                if not isinstance(call, ast.Call) or call.func is not node:
                    return []
                if callees != [helper.function]:
                    return []
                if outer is not None and module.function_of(call) is not outer:
                    return []
                found.append(call)
    return found


def _is_in_class(module: Module, node: ast.AST) -> bool:
    """Whether a name stands in the body of a class, where it may be that of a method."""
    return isinstance(module.enclosing(node, ast.ClassDef, *FUNCTIONS), ast.ClassDef)


def _written_out(module: Module, helper: Helper, call: ast.Call) -> str:
    """The helper's value with what ``call`` passes; empty where that may be another value."""
    callee = module.resolve(call.func)[0]
    given: dict[str, ast.expr] = {}
    for argument in named_arguments(helper.function):
        passed = callee.argument(call, argument.arg)
        if passed is not None:
            given[argument.arg] = passed
    named = [argument.arg for argument in named_arguments(helper.function)]
    if callee.skip:
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        given[named[0]] = receiver
    if set(given) != set(named) or len(given) != callee.skip + len(call.args) + len(call.keywords):
        return ""
    uses = [node.id for node in walk(helper.value) if isinstance(node, ast.Name)]
    if not all(_is_movable(value, uses.count(name)) for name, value in given.items()):
        return ""
    taken = {
        node.id
        for ancestor in module.ancestors(call)
        if isinstance(ancestor, COMPREHENSIONS)
        for clause in ancestor.generators
        for node in walk(clause.target)
        if isinstance(node, ast.Name)
    }
    if any(isinstance(ancestor, ast.JoinedStr) for ancestor in module.ancestors(call)):
        return ""
    binders = {
        name: module.binder(module.function_of(call), name) for name in uses if name not in given
    }
    known = module.function_of(helper.definition)
    if binders.keys() & taken or any(each not in {None, known} for each in binders.values()):
        return ""
    value = _Passed(given).visit(copy.deepcopy(helper.value))
    try:
        return f"({ast.unparse(value)})"
    except ValueError:
        return ""  # before Python 3.12, a field of an f-string could not hold every text


def _leaves_unused(module: Module, helper: Helper) -> bool:
    """Whether only the helper's signature uses a name, such as that of an imported type."""
    written = set(walk(helper.value))
    inside = [node for node in walk(helper.definition) if node not in written]
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    used = {
        node.id
        for node in walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in inside
    }
    bound = {
        (alias.asname or alias.name).partition(".")[0]
        for node in walk(module.tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    return bool(names & bound - used)


def _is_movable(node: ast.expr, times: int) -> bool:
    """Whether an argument may be evaluated ``times`` times where its parameter stands."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right) if times:
            return _is_movable(left, times) and _is_movable(right, times)
        case ast.Subscript(value=ast.Name(), slice=ast.Constant()):
            return times == 1
    return isinstance(node, ast.Constant) or bool(dotted(node))


class _Passed(ast.NodeTransformer):
    """Puts the arguments in the parameters' place."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._given.get(node.id, node)


def _edited(
    data: bytes,
    source: SourceText,
    spans: Sequence[tuple[int, int, int, int, str]],
    gone: Sequence[ast.stmt],
) -> bytes | None:
    """The bytes with a text in the place of each span, and without the definitions ``gone``.

    ``None`` where that would take a comment along, or one change stands inside another.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    lines = _LINE.findall(data.decode(encoding))[:-1]
    if [line.rstrip("\r\n") for line in lines] != [line.rstrip("\n") for line in source.lines]:
        return None
    for definition in gone:
        rows = range(_first_row(definition), (definition.end_lineno or 0) + 1)
        above = lines[rows.start - 2].lstrip()
        if (
            any(row in rows or end_row in rows for row, _, end_row, _, _ in spans)
            or _has_comment(lines[rows.start - 1 : rows.stop - 1])
            or above.startswith("#")
            or lines[definition.lineno - 1][: definition.col_offset].strip()
        ):
            return None
    for row, column, end_row, end_column, text in sorted(spans, reverse=True):
        if _has_comment(lines[row - 1 : end_row - 1]):
            return None
        rest = lines[end_row - 1][end_column - 1 :]
        lines[row - 1] = lines[row - 1][: column - 1] + text + rest
        lines[row:end_row] = [""] * (end_row - row)
    for definition in sorted(gone, key=_first_row, reverse=True):
        _drop(lines, _first_row(definition) - 1, definition.end_lineno or 0)
    return "".join(lines).encode(encoding)


def _first_row(definition: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(definition, "decorator_list", [])
    return min([definition.lineno, *(each.lineno for each in decorators)])


def _drop(lines: list[str], first: int, last: int) -> None:
    """Drop lines with the blank lines before them, or behind them where none are before."""
    start = first
    while start and lines[start - 1].isspace():
        start -= 1
    while start == first and last < len(lines) and lines[last].isspace():
        last += 1
    del lines[start:last]


def _has_comment(lines: Sequence[str]) -> bool:
    """Whether a line holds a comment, or a text that looks like one, but for those to tools."""
    return any("#" in re.sub(r"#\s*(?:noqa|type:|pragma).*", "", line) for line in lines)
