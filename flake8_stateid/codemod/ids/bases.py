"""The state id a builder extends, and whether the rest of it can be dropped without a trace."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_stateid.analysis.builders import FORMAT_METHODS, TEMPLATE_METHODS
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.ids.required import or_nothing
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_stateid.codemod.ids.bindings import Bindings

HARMLESS_FUNCTIONS = frozenset({"str", "repr", "len", "hex", "Template", "string.Template"})
HARMLESS_CALLS = frozenset({"uuid4", "uuid.uuid4", "uuid1", "uuid.uuid1"}) | {
    f"time.{clock}{unit}"
    for clock in ("time", "monotonic", "perf_counter")
    for unit in ("", "_ns")
}
FORMATTING = FORMAT_METHODS | TEMPLATE_METHODS | {"join"}
# Text of a text; what they take besides may raise, so they are no wrappers that just go.
PADDING = frozenset({"zfill", "rjust", "ljust", "center"})
_MAY_GIVE_ONE = (ast.Call, ast.Await)
# How many locals are looked through, one made of the other.
MAX_LOCALS = 8
# Fewer than the lint knows: a wrapper that goes may neither raise nor take arguments.
STRING_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold"})


class Base(NamedTuple):
    """``ctx.state_id`` as the builder spells it; two builders of one base have the same text."""

    text: str
    root: str


def is_minted(value: ast.expr | None, minting: frozenset[str]) -> bool:
    """Whether ``value`` is a call that opens a state: nothing else has its id."""
    return isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in minting


def strip_wrappers(builder: ast.expr) -> ast.expr:
    """The builder inside ``str(...)`` and string methods without arguments."""
    while isinstance(builder, ast.Call):
        func = builder.func
        if isinstance(func, ast.Name) and func.id == "str" and len(builder.args) == 1:
            builder = builder.args[0]
        elif isinstance(func, ast.Attribute) and func.attr in STRING_METHODS and not builder.args:
            builder = func.value
        elif dotted(func).rpartition(".")[2] == "cast" and len(builder.args) == 2:  # noqa: PLR2004
            builder = builder.args[1]
        else:
            break
    return builder


def base_of(
    builder: ast.expr,
    is_state_id: Callable[[str], bool],
    integers: frozenset[str],
    bindings: Bindings,
) -> Base:
    """The one state id that ``builder`` extends.

    Args:
        builder: The expression of the finding.
        is_state_id: Whether a name is a state id name.
        integers: Names known to hold integers (a loop's index), whose formatting cannot fail.
        bindings: What local variables are bound to.

    Raises:
        RefusalError: There is none, or more than one, or something else in the builder may raise
            or act.
    """
    bases, acting = _bases_and_rest(builder, is_state_id, integers, bindings)
    # To evaluate the rest elsewhere helps where there is a state id, or a call may give one.
    if acting and (bases or any(isinstance(part, _MAY_GIVE_ONE) for part, _ in acting)):
        raise evaluates(*acting[0])
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


def bases_of(
    builder: ast.expr,
    is_state_id: Callable[[str], bool],
    integers: frozenset[str],
    bindings: Bindings,
) -> dict[str, Base]:
    """The state ids in ``builder``, by their spelling; see :func:`base_of`.

    Raises:
        RefusalError: Something else in it may raise or act.
    """
    bases, acting = _bases_and_rest(builder, is_state_id, integers, bindings)
    if acting:
        raise evaluates(*acting[0])
    return bases


def _bases_and_rest(
    builder: ast.expr,
    is_state_id: Callable[[str], bool],
    integers: frozenset[str],
    bindings: Bindings,
) -> tuple[dict[str, Base], list[tuple[ast.expr, str]]]:
    """The state ids, and the parts that may raise or act with what the builder does to each."""
    bases: dict[str, Base] = {}
    acting: list[tuple[ast.expr, str]] = []
    for found, spec in _parts(builder, bindings):
        part = or_nothing(found)
        name = dotted(part)
        if name and (is_state_id(name.rpartition(".")[2]) or bindings.is_given(part)):
            bases[name] = Base(name, name.partition(".")[0])
        elif isinstance(part, ast.BoolOp) and any(
            is_state_id(dotted(each).rpartition(".")[2]) for each in part.values
        ):
            raise RefusalError(
                f"the id is made from '{ast.unparse(part)}', which may be no state id",
                "check the context's state id before, and use it",
                part.lineno,
            )
        elif (
            not _is_dropped_unseen(part, integers, formatted=spec)
            and not (is_lookup(part) and not spec)
            and not bindings.is_tally(part)
        ):
            does = "formats" if spec and _harmless(part, integers) else "evaluates"
            acting.append((part, does))
    return bases, acting


def evaluates(part: ast.expr, does: str = "evaluates") -> RefusalError:
    """The refusal for a ``part`` of the id that cannot be dropped unseen."""
    return RefusalError(
        f"the id {does} '{ast.unparse(part)}', which may raise or act",
        f"{does.removesuffix('s')} it in a statement of its own, then run the fix again",
        part.lineno,
    )


def is_count(value: ast.expr) -> bool:
    """Whether ``value`` is ``itertools.count()``, from an integer on."""
    return (
        isinstance(value, ast.Call)
        and dotted(value.func) == "itertools.count"
        and len(value.args) <= 1
        and not value.keywords
        and all(is_integer(each, frozenset()) for each in value.args)
    )


def is_lookup(part: ast.expr) -> bool:
    """Whether ``part`` is ``row["id"]``, which is kept in a statement of its own."""
    match part:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str() | int())):
            return True
    return False


def lookups(value: ast.expr, bindings: Bindings) -> list[ast.expr]:
    """The lookups in what ``value`` is made of."""
    return [part for part, _ in _parts(value, bindings) if is_lookup(part)]


def is_harmless(value: ast.expr, integers: frozenset[str]) -> bool:
    """Whether dropping ``value``, a text or parts of one, drops no exception and no effect."""
    if isinstance(value, (ast.List, ast.Tuple)):
        return all(is_harmless(each, integers) for each in value.elts)
    return all(
        _is_dropped_unseen(part, integers, formatted=spec) for part, spec in _parts(value, None)
    )


def is_harmless_test(test: ast.expr, integers: frozenset[str]) -> bool:
    """Whether a condition can be dropped: a plain value, or a comparison of plain values."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return is_harmless_test(operand, integers)
        case ast.BoolOp(values=values):
            return all(is_harmless_test(value, integers) for value in values)
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[right]):
            return _harmless(left, integers) and _harmless(right, integers)
        case ast.Compare(
            left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant()]
        ) if not is_integer(left, integers):
            return _harmless(left, integers)
        case ast.Compare(
            left=left,
            ops=[ast.In() | ast.NotIn()],
            comparators=[ast.Tuple(elts=each) | ast.List(elts=each)],
        ):
            plain = all(isinstance(one, ast.Constant) for one in each)
            return plain and _harmless(left, integers)
        case ast.Compare(left=left, comparators=comparators):
            return all(is_integer(side, integers) for side in [left, *comparators])
    return _harmless(test, integers)


def _is_dropped_unseen(part: ast.expr, integers: frozenset[str], *, formatted: bool) -> bool:
    return _harmless(part, integers) and not (formatted and not is_integer(part, integers))


def _parts(
    builder: ast.expr, bindings: Bindings | None, depth: int = 0, *, inner: bool = False
) -> Iterable[tuple[ast.expr, bool]]:
    """What a builder is made of besides text, each with whether a format applies to it.

    Args:
        builder: The builder.
        bindings: What local variables are bound to.
        depth: How many of them were looked through.
        inner: Whether it stands in a builder, so that its ``%`` may divide numbers.
    """
    builder = strip_wrappers(builder)
    if isinstance(builder, ast.Name) and bindings is not None and depth < MAX_LOCALS:
        value = bindings.extended(builder)
        if value is not None:
            yield from _parts(value, bindings, depth + 1, inner=inner)
            return
    if isinstance(builder, ast.Constant):
        return
    fields = interpolated(builder)
    if fields is not None:
        for value in fields:
            formatted = value.format_spec is not None
            for part, spec in _parts(value.value, bindings, depth, inner=True):
                yield part, spec or formatted
            if formatted:
                yield from _parts(value.format_spec, bindings, depth)
    elif isinstance(builder, ast.BinOp) and isinstance(builder.op, ast.Add):
        yield from _parts(builder.left, bindings, depth)
        yield from _parts(builder.right, bindings, depth)
    elif (
        isinstance(builder, ast.BinOp)
        and isinstance(builder.op, ast.Mod)
        and not (inner and not _is_text(builder.left))
    ):
        plain = _plain_percent(builder.left)
        yield from _parts(builder.left, bindings, depth)
        for element in elements(builder.right):
            for part, spec in _parts(element, bindings, depth, inner=True):
                yield part, spec or not plain
    elif isinstance(builder, ast.Call) and is_formatting(builder):
        assert isinstance(builder.func, ast.Attribute)
        plain = is_plain_format(builder.func)
        yield from _parts(builder.func.value, bindings, depth)
        for argument in arguments_of(builder):
            for element in elements(argument, bindings):
                for part, spec in _parts(element, bindings, depth, inner=True):
                    yield part, spec or not plain
    else:
        yield builder, False


def interpolated(node: ast.expr) -> list[Any] | None:
    """The fields of an f-string, or of a t-string (Python 3.14); ``None`` for anything else."""
    if not hasattr(node, "values") or isinstance(node, (ast.BoolOp, ast.Dict)):
        return None
    return [each for each in node.values if not isinstance(each, ast.Constant)]


def is_formatting(call: ast.Call) -> bool:
    """Whether a call makes a text of its arguments, as ``format`` and ``join`` do."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in FORMATTING


def elements(node: ast.expr, bindings: Bindings | None = None) -> list[ast.expr]:
    """What a formatting call takes one by one: the elements of a tuple, list or dictionary."""
    if isinstance(node, ast.Name) and bindings is not None:
        return bindings.elements(node) or [node]
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


def is_plain_format(function: ast.Attribute) -> bool:
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
    if isinstance(node, ast.BinOp):
        return is_integer(node, integers)
    if isinstance(node, ast.Call) and not node.keywords:
        name = dotted(node.func)
        if name in HARMLESS_CALLS:
            return not node.args
        if is_count(node):
            return True
        if name in HARMLESS_FUNCTIONS:
            return all(_harmless(argument, integers) for argument in node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr in PADDING:
            return (
                isinstance(node.func.value, (ast.Call, ast.JoinedStr))
                and all(is_integer(argument, integers) for argument in node.args)
                and _harmless(strip_wrappers(node.func.value), integers)
            )
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            # A key that is no constant may not be hashable.
            return (
                isinstance(node.func.value, ast.Name)
                and all(isinstance(argument, ast.Constant) for argument in node.args[:1])
                and all(_harmless(argument, integers) for argument in node.args[1:])
            )
    if isinstance(node, ast.Subscript) and truncates(node):
        return _is_text(node.value) and _harmless(node.value, integers)
    return False


def truncates(part: ast.Subscript) -> bool:
    """Whether ``part`` is ``text[:64]``, or ``text[-6:]``."""
    return isinstance(part.slice, ast.Slice) and all(
        isinstance(each, ast.Slice | ast.Constant | ast.UnaryOp | ast.unaryop | ast.expr_context)
        for each in walk(part.slice)
    )


def _is_text(node: ast.expr) -> bool:
    """Whether ``node`` is text whatever it is made of: ``str(row)``, ``uuid4().hex``."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in {"str", "repr", "hex"}
        case ast.Attribute(value=ast.Call() as made, attr="hex"):
            return dotted(made.func) in HARMLESS_CALLS
    return False


def is_integer(node: ast.expr, integers: frozenset[str]) -> bool:
    """Whether ``node`` is made of nothing but ``integers``, literals and lengths."""
    match node:
        case ast.Constant(value=int()):
            return True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return is_integer(operand, integers)
        case ast.Name(id=name):
            return name in integers
        case ast.Call(func=ast.Name(id="len"), args=[counted], keywords=[]):
            return _harmless(counted, integers)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return is_integer(left, integers) and is_integer(right, integers)
        case ast.BinOp(
            left=left, op=ast.FloorDiv() | ast.Mod(), right=ast.Constant(value=int() as divisor)
        ):
            return divisor != 0 and is_integer(left, integers)
    return False
