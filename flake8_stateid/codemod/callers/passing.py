"""A context that is handed on as it is, and its state id read where it is handed to.

``self._own(row, ctx)`` and ``ctx.state_id`` in ``_own`` are a use of the id in the row's loop, as
``self._own(row, ctx.state_id)`` is.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.ids.bases import Base
from flake8_stateid.codemod.ids.given import base_source
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace


class Passing:
    """Follows a context into the functions that it is handed to.

    Attributes:
        read: Where they read its state id.

    Args:
        trace: The uses of its state id, to which those found there are added.
        rest: What is read of the context: ``state_id``.
    """

    def __init__(self, trace: Trace, rest: str) -> None:
        """Follow nothing yet."""
        self._trace = trace
        self._module = trace.module
        self._rest = rest
        self.read: set[ast.expr] = set()
        self._seen: set[tuple[Function, str]] = set()

    def follow(self, node: ast.expr) -> bool:
        """Follow ``node``, the context, into the call that it is an argument of.

        Returns whether that can be seen.

        Raises:
            RefusalError: The id is used there in no known way.
        """
        call, index, keyword = _argument(self._module, node)
        function = self._module.function_of(node)
        if call is None or function is None:
            return False
        self._trace.defer(node)
        if self._trace.dispatched(call, node, index, keyword, function, self._carry):
            return True
        arguments = arguments_of(call)
        callees = self._module.resolve(call.func)
        for callee in callees:
            self._trace.enter(callee, call, arguments, index or 0, keyword, function, self._carry)

        return bool(callees)

    def _carry(self, function: Function, name: str) -> None:
        if (function, name) in self._seen:
            return
        self._seen.add((function, name))
        for use in self._module.own_names(function, name):
            if not isinstance(use.ctx, ast.Load):
                raise RefusalError(
                    f"'{name}' is bound again where it is handed to",
                    "give the other context a name of its own",
                    use.lineno,
                )
        for read in reads(self._module, function, f"{name}.{self._rest}"):
            self.read.add(read)
            self._trace.read.add(read)
            self._trace.follow(read)
        for use in self._module.own_names(function, name):
            self.follow(use)


def passed_on(
    module: Module,
    function: Function,
    base: Base,
    trace: Trace,
    handed: Sequence[ast.Name],
    minting: frozenset[str],
) -> tuple[list[ast.Name], set[ast.expr]]:
    """Contexts that can be followed to where they are handed, and where their id is read there.

    Args:
        module: The module.
        function: The batch path.
        base: The state id, as it spells it.
        trace: The uses of the id; added to.
        handed: Where it hands the context on.
        minting: Calls that open a state.
    """
    if not handed:
        return [], set()
    source = base_source(module, function, base, trace.is_state_id, minting)
    passing = Passing(trace, (source.text if source else base.text).partition(".")[2])
    return [each for each in handed if passing.follow(each)], passing.read


def reads(module: Module, function: Function, text: str) -> Iterator[ast.expr]:
    """Every expression of ``function`` that reads ``ctx.state_id``, by its variable.

    Of ``self._ctx.state_id`` also those by a local, ``ctx = self._ctx``.
    """
    holder, _, last = text.rpartition(".")
    yield from _reads(module, function, text)
    for name in local_names(module, function, holder) if "." in holder else ():
        yield from _reads(module, function, f"{name}.{last}")


def local_names(module: Module, function: Function, kept: str) -> list[str]:
    """The locals of ``function`` that are bound once, and to ``self._ctx``."""
    return [
        name
        for held in _reads(module, function, kept)
        if (name := _bound_to(module.parents[held], held))
        and len(module.own_stores(function, name)) == 1
        and name not in parameters(function)
    ]


def kept_base(module: Module, function: Function, base: Base) -> Base:
    """``self._ctx.state_id`` for ``ctx.state_id``, where ``ctx`` is a local name of what it keeps.

    Any other base is given back as it is.
    """
    holder, _, last = base.text.rpartition(".")
    bound = module.binding(function, holder) if holder == base.root else None
    value = getattr(bound, "value", None)
    kept = dotted(value) if isinstance(value, ast.Attribute) else ""
    root = kept.partition(".")[0]
    if root in {"self", "cls"} and holder in local_names(module, function, kept):
        return Base(f"{kept}.{last}", root)
    return base


def _bound_to(statement: ast.AST, value: ast.expr) -> str:
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=bound)
            | ast.AnnAssign(target=ast.Name(id=name), value=bound)
            | ast.NamedExpr(target=ast.Name(id=name), value=bound)
        ) if bound is value:
            return name
    return ""


def _reads(module: Module, function: Function, text: str) -> Iterator[ast.expr]:
    root, *attributes = text.split(".")
    for name in module.own_names(function, root):
        node: ast.AST = name
        for attribute in attributes:
            node = module.parents[node]
            if not isinstance(node, ast.Attribute) or node.attr != attribute:
                break
        else:
            assert isinstance(node, (ast.Name, ast.Attribute))
            if isinstance(node.ctx, ast.Load):
                yield node


def _argument(module: Module, node: ast.expr) -> tuple[ast.Call | None, int | None, str | None]:
    """The call that ``node`` is an argument of, with its number or its keyword."""
    parent = module.parents[node]
    if isinstance(parent, ast.Call) and node in parent.args:
        starred = any(isinstance(each, ast.Starred) for each in parent.args)
        return (None if starred else parent), parent.args.index(node), None
    if isinstance(parent, ast.keyword) and parent.arg is not None:
        call = module.parents[parent]
        if isinstance(call, ast.Call):
            return call, None, parent.arg
    return None, None, None
