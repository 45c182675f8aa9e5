"""Functions that are handed to a call: when they are called, and with what."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import last_name
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.sites import Sites

# What calls a function with each item of what is behind it, or with the items of each.
MAPS = frozenset(("map", "map_async", "imap", "imap_unordered"))
STAR_MAPS = frozenset(("starmap", "starmap_async"))
MAPPING = MAPS | STAR_MAPS
# What calls a function with what holds its arguments.
APPLYING = frozenset(("apply", "apply_async"))
# What calls a function it is given, and which of its arguments that is.
CALLED_AT = {
    **dict.fromkeys(("submit", "to_thread", "run", "run_sync", "start_soon"), 0),
    **dict.fromkeys(("call_soon", "call_soon_threadsafe"), 0),
    **dict.fromkeys(("run_in_executor", "call_later", "call_at"), 1),
    **dict.fromkeys((*MAPPING, *APPLYING), 0),
}
# Called when somebody asks for it, or at the end of the program.
_LATER = frozenset(
    [
        *("append", "extend", "insert", "add", "put", "put_nowait", "setdefault"),
        *("register", "finalize", "addCleanup", "addfinalizer"),
    ]
)
# Called when the block ends that holds the ExitStack.
_AT_EXIT = frozenset(("callback", "push", "push_async_callback", "push_async_exit"))
KEPT = _LATER | _AT_EXIT


class Handed(Record):
    """A function with what it is sure to be given."""

    function: ast.expr
    arguments: list[ast.expr]
    keywords: list[ast.keyword]


def handed(call: ast.Call, argument: ast.expr, value: ast.expr) -> Handed:
    """What a function among the arguments of a call is given.

    Args:
        call: The call: ``executor.submit(one, row)``, ``map(one, rows)``, ``Thread(target=one)``.
        argument: The argument.
        value: What it is: the function, or ``partial`` of one.
    """
    arguments: list[ast.expr] = []
    keywords: list[ast.keyword] = []
    if argument in call.args:
        arguments = call.args[call.args.index(argument) + 1 :]
        if last_name(call.func) in MAPPING:
            arguments = [repeated(item) for item in arguments]
    for keyword in call.keywords:
        if keyword.arg == "args" and isinstance(keyword.value, ast.Tuple | ast.List):
            arguments = keyword.value.elts
        elif keyword.arg == "kwargs" and isinstance(keyword.value, ast.Dict):
            keywords += [
                ast.keyword(arg=key.value, value=value)
                for key, value in zip(keyword.value.keys, keyword.value.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    if isinstance(value, ast.Call) and last_name(value.func) == "partial" and value.args:
        first, *given = value.args
        return Handed(first, [*given, *arguments], [*value.keywords, *keywords])
    return Handed(value, arguments, keywords)


def repeated(node: ast.expr) -> ast.expr:
    """What ``map`` hands to each call: of ``repeat(x)`` and ``[x] * n``, x; else one by one."""
    if isinstance(node, ast.Call) and last_name(node.func) == "repeat" and node.args:
        return node.args[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for side in (node.left, node.right):
            if isinstance(side, ast.List | ast.Tuple) and len(side.elts) == 1:
                return side.elts[0]
    return ast.Constant(None)


def is_for_later(call: ast.Call, in_round: Sites) -> bool:
    """Whether what a call is handed is not called in the round, or cannot be shown to be.

    Args:
        call: The call.
        in_round: What is done anew in the round.
    """
    name = last_name(call.func)
    if name in _AT_EXIT and isinstance(call.func, ast.Attribute):
        stack = call.func.value
        return not (isinstance(stack, ast.Name) and stack.id in in_round.bindings)
    return name in _LATER
