"""Classes and functions that a call of the library makes, as the source that they stand for.

``namedtuple("Job", "row key")`` is another way to write a class, ``itemgetter("key")`` another way
to write a lambda: each is followed as what it stands for.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.program import ClassInfo, last_name
from flake8_stateid.analysis.values import items, join_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypedDict

    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import MethodCall
    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.analysis.values import Value

    class _At(TypedDict):
        lineno: int
        col_offset: int
        end_lineno: int | None
        end_col_offset: int | None


_TAKEN = "taken"  # the parameter of a lambda


def record(module: ModuleInfo, call: ast.AST) -> ClassInfo | None:
    """The class that ``namedtuple("Name", "field field")`` makes; None where it does not say.

    So does ``make_dataclass("Name", ["field", ("field", str)])``.
    """
    if call not in module.standing_for:
        module.standing_for[call] = _class(call) if isinstance(call, ast.Call) else None
    made = module.standing_for[call]
    if not isinstance(made, ast.ClassDef):
        return None
    cls = module.klass(made, None)
    cls.bases = []
    return cls


def getter(module: ModuleInfo, call: ast.AST, kind: str) -> ast.Lambda | None:
    """The lambda that stands for what a function of :mod:`operator` makes.

    Args:
        module: The module of the call.
        call: ``itemgetter("key")``, ``attrgetter("row.key")`` or ``methodcaller("key", 1)``.
        kind: Which of the three is called.

    Returns:
        The lambda, at the place of the call; None where the call does not say what is taken.
    """
    if call not in module.standing_for:
        module.standing_for[call] = _lambda(call, kind) if isinstance(call, ast.Call) else None
    made = module.standing_for[call]
    return made if isinstance(made, ast.Lambda) else None


def _class(call: ast.Call) -> ast.ClassDef | None:
    if len(call.args) < 2:  # noqa: PLR2004 - name and fields
        return None
    fields = call.args[1]
    names: dict[str, ast.expr | None] = {}  # with the defaults of a dataclass
    if isinstance(fields, ast.Constant) and isinstance(fields.value, str):
        names = dict.fromkeys(fields.value.replace(",", " ").split())
    elif isinstance(fields, ast.List | ast.Tuple):
        for item in fields.elts:
            said = item.elts if isinstance(item, ast.Tuple) and item.elts else [item]
            first = said[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                names[first.value] = said[2] if said[2:] else None
    if not names:
        return None
    annotation = ast.Name("object", ast.Load())
    body: list[ast.stmt] = [
        ast.AnnAssign(ast.Name(name, ast.Store()), annotation, default, 1)
        for name, default in names.items()
    ]
    if last_name(call.func) == "make_dataclass":
        return ast.ClassDef("make_dataclass", [], [], body, [ast.Name("dataclass", ast.Load())])
    return ast.ClassDef("namedtuple", [ast.Name("NamedTuple", ast.Load())], [], body, [])


def _lambda(call: ast.Call, kind: str) -> ast.Lambda | None:
    given = call.args
    if not given or any(isinstance(argument, ast.Starred) for argument in given):
        return None
    at: _At = {
        "lineno": call.lineno,
        "col_offset": call.col_offset,
        "end_lineno": call.end_lineno,
        "end_col_offset": call.end_col_offset,
    }
    body: ast.expr | None
    if kind == "methodcaller":
        method = _attribute(given[0], at)
        body = method and ast.Call(method, given[1:], call.keywords, **at)
    else:
        take = _item if kind == "itemgetter" else _attribute
        parts = [part for argument in given if (part := take(argument, at)) is not None]
        if len(parts) != len(given):
            return None
        body = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load(), **at)
    if body is None:
        return None
    parameters = ast.arguments([], [ast.arg(_TAKEN, None, **at)], None, [], [], None, [])
    return ast.Lambda(parameters, body, **at)


def _item(key: ast.expr, at: _At) -> ast.expr | None:
    return ast.Subscript(ast.Name(_TAKEN, ast.Load(), **at), key, ast.Load(), **at)


def _attribute(name: ast.expr, at: _At) -> ast.expr | None:
    """``taken.row.key`` for ``"row.key"``."""
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        return None
    made: ast.expr = ast.Name(_TAKEN, ast.Load(), **at)
    for each in name.value.split("."):
        made = ast.Attribute(made, each, ast.Load(), **at)
    return made


def made_of(frame: CallFrame, call: MethodCall) -> Value | None:
    """What ``Job._make(values)`` gives of a named tuple; None of anything else."""
    given = call.value(0, "iterable")
    known = items(given)
    if known is None:
        arguments = Arguments(rest=Argument(given, None, call.node))
    else:
        arguments = Arguments(tuple(Argument(item, None, call.node) for item in known))
    made = [
        frame.construct(ref.target, arguments, call.node)
        for ref in call.receiver.refs.values()
        if ref.kind == "class" and isinstance(ref.target, ClassInfo)
    ]
    return join_all(made) if made else None
