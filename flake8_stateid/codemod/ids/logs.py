"""What writes a log line: the id may stand in one, since lines are counted and not compared."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.bases import STRING_METHODS, is_formatting
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

LOG_METHODS = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "msg", "bind"}
)
LOGGERS = frozenset({"log", "logger", "logging"})
CONSOLES = frozenset({"sys.stdout", "sys.stderr"})
_TEXTS = frozenset({"str", "repr"})
_CLIMBED = (
    ast.keyword,
    ast.Dict,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.BinOp,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.IfExp,
)


def is_log(call: ast.Call) -> bool:
    """Whether ``call`` writes a log line: ``logger.info``, ``self._log.debug``, ``print``."""
    match call.func:
        case ast.Name(id="print"):
            files = [keyword.value for keyword in call.keywords if keyword.arg in {"file", None}]
            return all(dotted(file) in CONSOLES for file in files)
        case ast.Attribute(value=ast.Call(func=made), attr=method):
            name = dotted(made).rpartition(".")[2].lower().replace("_", "")
            return method in LOG_METHODS and name == "getlogger"
        case ast.Attribute(value=value, attr=method) if method in LOG_METHODS:
            receiver = dotted(value).rpartition(".")[2].lower().strip("_")
            return receiver.rpartition("_")[2] in LOGGERS
    return False


def is_logged(module: Module, node: ast.expr, passed: frozenset[ast.AST] = frozenset()) -> bool:
    """Whether all that happens to ``node`` is that a log line names it.

    Args:
        module: The module.
        node: An expression in it.
        passed: Assignments the value has come through: a local made of itself is not only logged.
    """
    current: ast.AST = node
    parent = module.parents[current]
    while isinstance(parent, _CLIMBED) or _makes_text(parent, current):
        current, parent = parent, module.parents[parent]
    if isinstance(parent, ast.Call):
        return current is not parent.func and (is_log(parent) or _is_adapter(module, parent))
    return parent not in passed and _is_logged_local(module, parent, current, passed)


def _makes_text(node: ast.AST, argument: ast.AST) -> bool:
    """``str(id)``, ``"{}".format(id)``, ``id.strip()``, ``id[-4:]``."""
    if isinstance(node, ast.Subscript):
        return argument is node.value
    if isinstance(node, ast.Attribute):
        return node.attr in STRING_METHODS | {"removeprefix", "rpartition", "rsplit"}
    if not isinstance(node, ast.Call):
        return False
    if argument is node.func:
        return True
    return dotted(node.func) in _TEXTS or (
        is_formatting(node)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Constant)
    )


def _is_adapter(module: Module, call: ast.Call) -> bool:
    """``LoggerAdapter(logger, {"state_id": id})`` that only writes log lines."""
    if dotted(call.func).rpartition(".")[2] != "LoggerAdapter":
        return False
    function = module.function_of(call)
    match module.parents[call]:
        case ast.Assign(targets=[ast.Name(id=name)]) if function is not None:
            uses = module.own_names(function, name)
            loads: list[ast.expr] = [each for each in uses if isinstance(each.ctx, ast.Load)]
            return len(uses) == len(loads) + 1 and all(_writes(module, each) for each in loads)
    return _writes(module, call)


def _writes(module: Module, logger: ast.expr) -> bool:
    """Whether a logger is asked for nothing but a line."""
    asked = module.parents[logger]
    return (
        isinstance(asked, ast.Attribute)
        and asked.attr in LOG_METHODS - {"bind"}
        and isinstance(module.parents[asked], ast.Call)
        and getattr(module.parents[asked], "func", None) is asked
    )


def _is_logged_local(
    module: Module, statement: ast.AST, value: ast.AST, passed: frozenset[ast.AST]
) -> bool:
    """``message = f"row {id}"`` where every use of ``message`` is logged."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            pass
        case _:
            return False
    function = module.function_of(statement)
    if function is None or isinstance(value, (ast.Name, ast.Dict, ast.List, ast.Set, ast.Tuple)):
        return False
    uses = module.own_names(function, name)
    stores = [node for node in uses if not isinstance(node.ctx, ast.Load)]
    return len(stores) == 1 < len(uses) and all(
        is_logged(module, node, passed | {statement}) for node in uses if node not in stores
    )
