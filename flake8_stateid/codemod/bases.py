"""The state id a builder extends, and whether the rest of it can be dropped without a trace."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.modules import dotted
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HARMLESS_FUNCTIONS = frozenset({"str", "repr", "len", "hex", "Template", "string.Template"})
HARMLESS_CALLS = frozenset({"uuid4", "uuid.uuid4", "uuid1", "uuid.uuid1"})
STRING_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold"})


class Base(NamedTuple):
    """``ctx.state_id`` as the builder spells it; two builders of one base have the same text."""

    text: str
    root: str


def strip_wrappers(builder: ast.expr) -> ast.expr:
    """The builder inside ``str(...)`` and string methods without arguments."""
    while isinstance(builder, ast.Call):
        func = builder.func
        if isinstance(func, ast.Name) and func.id == "str" and len(builder.args) == 1:
            builder = builder.args[0]
        elif isinstance(func, ast.Attribute) and func.attr in STRING_METHODS and not builder.args:
            builder = func.value
        else:
            break
    return builder


def base_of(
    builder: ast.expr,
    is_state_id: Callable[[str], bool],
    integers: frozenset[str],
    expand: Callable[[ast.Name], ast.expr | None],
) -> Base:
    """The one state id that ``builder`` extends.

    Args:
        builder: The expression of the finding.
        is_state_id: Whether a name is a state id name.
        integers: Names known to hold integers (a loop's index), whose formatting cannot fail.
        expand: The builder a local variable was bound to, if it is one.

    Raises:
        RefusalError: There is none, or more than one, or something else in the builder may raise
            or act.
    """
    bases: dict[str, Base] = {}
    for part, spec in _parts(builder, expand):
        name = dotted(part)
        if name and is_state_id(name.rpartition(".")[2]):
            bases[name] = Base(name, name.partition(".")[0])
        elif not _harmless(part, integers) or (spec and name not in integers):
            raise RefusalError(
                f"the id evaluates '{ast.unparse(part)}', which may raise or act",
                "evaluate it in a statement of its own, then run the fix again",
                part.lineno,
            )
    if not bases:
        raise RefusalError(
            "the id is not made from a state id in scope",
            "pass the context's state id to this place and use it",
            builder.lineno,
        )
    if len(bases) > 1:
        raise RefusalError(
            f"the id is made from {len(bases)} state ids: {', '.join(sorted(bases))}",
            "decide which of them the calls belong to and use it",
            builder.lineno,
        )
    return next(iter(bases.values()))


def _parts(
    builder: ast.expr, expand: Callable[[ast.Name], ast.expr | None]
) -> Iterable[tuple[ast.expr, bool]]:
    """What a builder is made of besides text, each with whether a format applies to it."""
    builder = strip_wrappers(builder)
    if isinstance(builder, ast.Name):
        builder = expand(builder) or builder
    if isinstance(builder, ast.Constant):
        return
    if hasattr(builder, "values") and not isinstance(builder, (ast.BoolOp, ast.Dict)):
        for value in builder.values:  # JoinedStr, and TemplateStr from Python 3.14
            if isinstance(value, ast.Constant):
                continue
            formatted = value.format_spec is not None
            for part, spec in _parts(value.value, expand):
                yield part, spec or formatted
            if formatted:
                yield from _parts(value.format_spec, expand)
    elif isinstance(builder, ast.BinOp) and isinstance(builder.op, ast.Add):
        yield from _parts(builder.left, expand)
        yield from _parts(builder.right, expand)
    elif isinstance(builder, ast.BinOp) and isinstance(builder.op, ast.Mod):
        plain = _plain_percent(builder.left)
        yield from _parts(builder.left, expand)
        for element in _elements(builder.right):
            for part, spec in _parts(element, expand):
                yield part, spec or not plain
    elif isinstance(builder, ast.Call) and isinstance(builder.func, ast.Attribute):
        if builder.func.attr in {"format", "format_map", "join", "substitute", "safe_substitute"}:
            plain = _plain_format(builder.func)
            yield from _parts(builder.func.value, expand)
            for argument in [*builder.args, *(k.value for k in builder.keywords)]:
                for element in _elements(argument):
                    for part, spec in _parts(element, expand):
                        yield part, spec or not plain
        else:
            yield builder, False
    else:
        yield builder, False


def _elements(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, (ast.Tuple, ast.List)):
        return list(node.elts)
    if isinstance(node, ast.Dict) and None not in node.keys:
        return list(node.values)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)) and not node.generators[0].ifs:
        iterated = node.generators[0].iter
        if isinstance(iterated, (ast.Tuple, ast.List)):
            return list(iterated.elts)
    return [node]


def _plain_percent(left: ast.expr) -> bool:
    """Whether a ``%`` format applies nothing but ``%s``."""
    if not isinstance(left, ast.Constant) or not isinstance(left.value, str):
        return False
    return re.fullmatch(r"(?:[^%]|%%|%(?:\([^)]*\))?s)*", left.value) is not None


def _plain_format(function: ast.Attribute) -> bool:
    """Whether ``format`` applies no format specification (``join`` and templates never do)."""
    if function.attr not in {"format", "format_map"}:
        return True
    text = function.value
    return (
        isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and all(c not in text.value for c in ":![.")
    )


def _harmless(node: ast.expr, integers: frozenset[str]) -> bool:
    """Whether dropping ``node`` drops neither an exception nor an effect."""
    if isinstance(node, (ast.Constant, ast.Name)):
        return True
    if isinstance(node, ast.Attribute):
        return _harmless(node.value, integers)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
        return all(
            isinstance(side, ast.Constant) or dotted(side) in integers
            for side in (node.left, node.right)
        )
    if isinstance(node, ast.Call) and not node.keywords:
        name = dotted(node.func)
        if name in HARMLESS_CALLS:
            return not node.args
        if name in HARMLESS_FUNCTIONS:
            return all(_harmless(argument, integers) for argument in node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            return isinstance(node.func.value, ast.Name) and all(
                isinstance(argument, ast.Constant) for argument in node.args
            )
    return False


def integers(scope: ast.AST) -> frozenset[str]:
    """Names that only ever hold the index of ``enumerate`` or a number of ``range``."""
    numbers: set[str] = set()
    others: set[str] = set()
    counted: set[ast.AST] = set()
    for node in ast.walk(scope):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            call = node.iter
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            target = node.target
            if call.func.id == "enumerate" and isinstance(target, ast.Tuple):
                target = target.elts[0]
            elif call.func.id != "range":
                continue
            if isinstance(target, ast.Name):
                numbers.add(target.id)
                counted.add(target)
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in counted:
            others.add(node.id)
        elif isinstance(node, ast.arg):
            others.add(node.arg)
    return frozenset(numbers - others)
