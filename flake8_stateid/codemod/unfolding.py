"""Helpers that do nothing but build an id, written out where they are called.

``self._row_id(ctx, i)`` becomes ``f"{ctx.state_id}_row{i}"``, and the batch path is fixed like any
other. The text in between is never written: it is a step on the way to a fix of all that it
brought up, or it is dropped.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS
from flake8_stateid.codemod.reading.modules import Module
from flake8_stateid.codemod.reading.namesakes import Namesakes, calls_of
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    Function,
    defaults,
    dotted,
    is_class_method,
    is_docstring,
    is_static,
    named_arguments,
)
from flake8_stateid.codemod.rewriting.spans import edited
from flake8_stateid.source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.findings import Finding
    from flake8_stateid.source import SourceText

# What makes a text of names and attributes, or holds such texts, and does nothing else.
_PURE = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.List, ast.Tuple),
    *(ast.JoinedStr, ast.FormattedValue),
)


class Helper(NamedTuple):
    """A function that returns a built id.

    Attributes:
        name: What it is called by.
        function: The function.
        definition: The statement that defines it.
        value: What it returns, by its parameters alone: locals are written out.
        built: The expressions that it is made of, as they stand.
        known: Whether others may call it, so that it stays.
    """

    name: str
    function: Function
    definition: ast.stmt
    value: ast.expr
    built: tuple[ast.expr, ...]
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
        # What is found twice in one helper goes with it.
        spans = list(dict.fromkeys(span for each in chosen for span in each.spans))
        gone = list(
            dict.fromkeys(each.helper.definition for each in chosen if not each.helper.known)
        )
        code = edited(data, source, spans, gone) if chosen else None
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
    calls = calls_of(module, helper.definition, helper.function, helper.name, namesakes)
    texts = [_written_out(module, helper, call) for call in calls]
    if not calls or not all(texts):
        return None
    spans = [(*source.span(call), text) for call, text in zip(calls, texts, strict=True)]
    return _Expansion(finding, helper, tuple(spans))


def _helper_at(module: Module, source: SourceText, finding: Finding) -> Helper | None:
    """The helper that does nothing but to return what is made by the builder that was found."""
    for node in walk(module.tree):
        helper: Helper | None = None
        match node:
            case ast.FunctionDef():
                helper = _returning(module, node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(body=value) as made):
                if module.function_of(node) is not None:
                    helper = Helper(name, made, node, value, (value,), known=False)
        if (
            helper is not None
            and any(source.span(each) == finding.span for each in helper.built)
            and _is_simple(helper)
        ):
            return helper
    return None


def _returning(module: Module, function: ast.FunctionDef) -> Helper | None:
    """A function that binds locals, perhaps, and returns; ``None`` for what does anything else."""
    *before, last = function.body
    if not isinstance(last, ast.Return) or last.value is None:
        return None
    if before and is_docstring(before[0]):
        before = before[1:]
    bound: dict[str, ast.expr] = {}
    built: list[ast.expr] = []
    for each in before:
        match each:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if _is_pure(value):
                built.append(value)
                bound[name] = _with(value, bound)
            case _:
                return None
    value = last.value
    if bound:
        named = [each for each in walk(value) if isinstance(each, (ast.Name, ast.arg))]
        if not {each.id for each in named if isinstance(each, ast.Name)} & {*bound}:
            return None
        if any(_binds(each) in bound for each in named):
            return None  # 'for sid in ids': another variable of that name
        try:
            value = ast.parse(ast.unparse(_with(value, bound)), mode="eval").body
        except ValueError:
            return None  # before Python 3.12, a field of an f-string could not hold every text
    known = _is_known(module, function)
    return Helper(function.name, function, function, value, (*built, last.value), known)


def _binds(node: ast.Name | ast.arg) -> str:
    """The name that a node binds, as a comprehension and a lambda do; "" for a use."""
    if isinstance(node, ast.arg):
        return node.arg
    return "" if isinstance(node.ctx, ast.Load) else node.id


def _is_pure(value: ast.expr) -> bool:
    """Whether it does not matter how often a value is evaluated, and when: it makes a text."""
    return all(
        isinstance(node, _PURE)
        or (isinstance(node, ast.Call) and dotted(node.func) == "str" and not node.keywords)
        for node in walk(value)
    )


def _is_known(module: Module, function: ast.FunctionDef) -> bool:
    return not function.name.startswith("_") and not isinstance(
        module.parents[function], FUNCTIONS
    )


def _is_simple(helper: Helper) -> bool:
    """Whether a call of the helper is its value with the arguments in place of the parameters."""
    arguments = helper.function.args
    if arguments.vararg or arguments.kwarg:
        return False
    # A class method that knows its class may be another one's.
    of_class = is_class_method(helper.function)
    if of_class and named_arguments(helper.function)[0].arg in {
        node.id for node in walk(helper.value) if isinstance(node, ast.Name)
    }:
        return False
    if not isinstance(helper.function, ast.Lambda) and len(helper.function.decorator_list) != int(
        is_static(helper.function) or of_class
    ):
        return False
    return not any(
        isinstance(node, (*COMPREHENSIONS, *FUNCTIONS, ast.NamedExpr, ast.Await, ast.Yield))
        for node in walk(helper.value)
    )


def _written_out(module: Module, helper: Helper, call: ast.Call) -> str:
    """The helper's value with what ``call`` passes; empty where that may be another value."""
    callee = module.resolve(call.func)[0]
    given: dict[str, ast.expr] = {}
    for argument in named_arguments(helper.function):
        passed = callee.argument(call, argument.arg)
        if passed is not None:
            given[argument.arg] = passed
    passed_on = len(given)
    for argument, default in defaults(helper.function):
        if isinstance(default, ast.Constant):
            given.setdefault(argument.arg, default)
    named = [argument.arg for argument in named_arguments(helper.function)]
    if callee.skip:
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        given[named[0]] = receiver
    if set(given) != set(named) or passed_on != len(call.args) + len(call.keywords):
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
    value = _with(helper.value, given)
    try:
        return f"({ast.unparse(value)})"
    except ValueError:
        return ""  # before Python 3.12, a field of an f-string could not hold every text


def _leaves_unused(module: Module, helper: Helper) -> bool:
    """Whether only the helper's signature uses a name, such as that of an imported type."""
    body = helper.definition.body if isinstance(helper.definition, ast.FunctionDef) else []
    written = {node for each in [*body, *helper.built] for node in walk(each)}
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


def _with(value: ast.expr, given: dict[str, ast.expr]) -> ast.expr:
    """A copy of an expression with others in the place of names."""
    made = _Passed(given).visit(copy.deepcopy(value))
    assert isinstance(made, ast.expr)
    return made


class _Passed(ast.NodeTransformer):
    """Puts the arguments in the parameters' place."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._given.get(node.id, node)
