"""What builds a string: the calls and operators, apart from where their value goes."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.values import Origin, Value, is_numeric, is_sequence, is_string

F_STRING = "SID001"
CONCATENATION = "SID002"
FORMATTING = "SID003"
MINTED = "SID201"  # no builder; what is minted goes the same ways

HOW_MADE = {
    F_STRING: "built by an f-string",
    CONCATENATION: "built by concatenation",
    FORMATTING: "built by string formatting",
    MINTED: "minted in plugin code",
}

# str methods whose result is the receiver in another form. Pieces (split, partition) are not.
STRING_WRAPPERS = frozenset(
    [
        "capitalize",
        "casefold",
        "center",
        "encode",
        "decode",
        "expandtabs",
        "ljust",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "replace",
        "rjust",
        "rstrip",
        "strip",
        "swapcase",
        "title",
        "translate",
        "upper",
        "zfill",
        "__str__",
    ]
)
# Those of them that change letters alone, where they are given nothing.
OF_LETTERS = frozenset(
    ("capitalize", "casefold", "lower", "lstrip", "rstrip", "strip", "swapcase", "title", "upper")
)
FORMAT_METHODS = frozenset(("format", "format_map"))
_GIVE_TEXT = STRING_WRAPPERS | FORMAT_METHODS | {"str", "repr", "join", "hex", "isoformat"}
# What + and % are as functions and methods, whose arguments are the terms.
_OPERATORS = frozenset(("add", "concat", "iadd", "iconcat", "__add__", "mod", "imod", "__mod__"))
TEMPLATE_METHODS = frozenset(("substitute", "safe_substitute"))
_BUILDING_METHODS = FORMAT_METHODS | TEMPLATE_METHODS | _OPERATORS | {"join"}


def operands(node: ast.BinOp) -> list[ast.expr]:
    """The terms of a ``+`` chain from left to right, however long, without recursion."""
    terms = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        terms.append(left.right)
        left = left.left
    terms.append(left)
    terms.reverse()
    return terms


def adds_strings(values: list[Value]) -> bool:
    """Whether a sum of these makes a new string: none is a number or a container."""
    return not any(is_numeric(value) or is_sequence(value) for value in values)


def is_prose(text: str) -> bool:
    """Whether a literal has white space in it, as no id has."""
    return any(map(str.isspace, text))


def prose(values: list[Value]) -> str:
    """The text that some literals make, if it has white space: no id has; "" for anything else."""
    text = ""
    for value in values:
        if value.const is None or not is_string(value):
            return ""
        text += value.const
    return text if is_prose(text) else ""


def formats_string(left: Value, right: Value) -> bool:
    """Whether ``left % right`` makes a new string."""
    if is_string(left):
        return True
    return not (is_numeric(left) or is_sequence(left) or is_numeric(right))


def may_be_arithmetic(atom: object) -> bool:
    """Whether a builder is a sum or remainder of operands none of which is seen to be text.

    Only a declaration tells then whether it makes a string or a number.
    """
    if type(atom) is not Origin:
        return False
    node = atom.node
    if isinstance(node, ast.AugAssign):
        terms = [node.value]
    elif isinstance(node, ast.Call) and last_name(node) in _OPERATORS:
        terms = node.args
    elif not isinstance(node, ast.BinOp):
        return False
    elif isinstance(node.op, ast.Add):
        terms = operands(node)
    else:
        terms = [node.left, node.right]
    return all(map(_may_be_number, terms))


def _may_be_number(term: ast.expr) -> bool:
    if isinstance(term, ast.Call):
        return last_name(term) not in _GIVE_TEXT
    return isinstance(term, ast.Name | ast.Attribute | ast.Subscript)


def is_method_that_builds(receiver: Value, name: str) -> bool:
    """Whether a method, taken off its receiver to be called elsewhere, makes a new string."""
    if name in TEMPLATE_METHODS:
        return "template" in receiver.types
    return is_string(receiver) and (name in FORMAT_METHODS or name == "join")


def joins_strings(receiver: Value, argument: Value, node: ast.Call) -> bool:
    """Whether ``receiver.join(argument)`` is ``str.join``, not a table's or a thread's."""
    if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        return False
    if is_string(receiver):
        return True
    if receiver.types - {"?", "str"} or receiver.refs:
        return False
    return bool(argument.types) and argument.types <= {"list", "tuple", "set", "generator"}


def fields_of(node: ast.JoinedStr | ast.AST) -> list[ast.expr]:
    """The expressions inside an f-string or t-string, those in format specs too, in order."""
    found: list[ast.expr] = []
    for part in getattr(node, "values", ()):
        if isinstance(part, ast.Constant):
            continue
        found.append(part.value)
        if part.format_spec is not None:
            found += fields_of(part.format_spec)
    return found


# The kinds of nodes that may be builders, by name: t-strings are there from Python 3.14 on.
BUILDING = frozenset(("BinOp", "AugAssign", "Attribute", "ImportFrom", "JoinedStr", "TemplateStr"))


def may_build(node: ast.AST) -> bool:
    """Whether the node alone has the form of a builder; the cheap test before any analysis."""
    kind = type(node)
    if kind is ast.BinOp or kind is ast.AugAssign:
        return isinstance(node.op, ast.Add | ast.Mod)  # type: ignore[attr-defined]
    if kind is ast.Attribute:  # called here, or handed on to be called
        return node.attr in _BUILDING_METHODS  # type: ignore[attr-defined]
    if kind is ast.ImportFrom:  # each of these functions, under its own name
        return bool(node.module == "operator")  # type: ignore[attr-defined]
    return kind is ast.JoinedStr or kind.__name__ == "TemplateStr"
