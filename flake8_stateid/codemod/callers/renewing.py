"""What may give a context another state id between two calls of a batch path.

An engine opens a state before each call; a second plugin that is handed the same context does
not. So code that is seen is read, and code that is not is judged by its name. A needless refusal
costs little, a batch path that runs twice under one state id after the fix is broken: a call
counts only where there is reason to think that it opens a state.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.moving import OPENING
from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import READERS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.receivers import receiver_of
from flake8_stateid.codemod.reading.signatures import (
    Callee,
    does_nothing,
    dotted,
    is_docstring,
    is_static,
    names_context,
    parameters,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flake8_stateid.codemod.callers.repetition import Handed
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

    # What a call runs, as far as it is seen: functions, and classes that it makes objects of.
    Code = list[tuple[Module, Callee | ast.ClassDef]]

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Those that a context is handed to besides. Another plugin may 'prepare' or 'update' with it, too.
_OPENING = OPENING | {
    *("allocate", "fork", "mint", "push", "renew", "reset", "rotate", "spawn"),
}
# First words of what only looks: 'get_recorder', 'log_state'.
_LOOKING = (
    frozenset({"as", "assert", "check", "count", "debug", "describe", "dump", "emit", "error"})
    | {"get", "has", "info", "is", "log", "print", "read", "record", "report", "save", "show"}
    | {"to", "trace", "validate", "verify", "warn", "warning"}
)
# They set attributes by a name that is a text, or give the dictionary of all.
_SETTING = frozenset({"setattr", "__setattr__", "delattr", "vars"})
_AROUND = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred, ast.keyword, ast.IfExp)


def changes(
    module: Module,
    nodes: Iterable[ast.AST],
    handed: Handed,
    name: str,
    is_state_id: Callable[[str], bool],
    code_of: Callable[[Module, ast.Call], Code] | None = None,
) -> bool:
    """Whether the state id that is handed on may be another one after ``nodes`` have run.

    Args:
        module: The module.
        nodes: What runs between two calls.
        handed: What both are given.
        name: The batch path's name; it changes no context that it is handed.
        is_state_id: Whether a name is a state id name: a text that nobody changes in place.
        code_of: What a call of a module runs, as far as it is seen; without, the module is asked.
    """
    return _Renewing(name, is_state_id, code_of or _resolved).may(module, [*nodes], handed.parts)


def code_of(ancestors: Ancestors, module: Module, call: ast.Call) -> Code:
    """What a call runs, in this module or another; nothing where that cannot be seen.

    Args:
        ancestors: Where other modules are read.
        module: The module of the call.
        call: The call.
    """
    functions = ancestors.functions(module, call.func)
    if functions:
        return [*functions]
    made = ancestors.part(module, dotted(call.func), call).classes if dotted(call.func) else ()
    if made:
        return [(each.module, each.node) for each in made]
    if not isinstance(call.func, ast.Attribute):
        return []
    receiver = receiver_of(module, call.func.value)
    found: Code = []
    for name in receiver.classes if receiver is not None else ():
        methods = [
            (where, method)
            for where, method in ancestors.part(module, name, call).methods
            if method.name == call.func.attr
        ]
        if not methods:
            return []
        where, method = methods[0]
        found.append((where, Callee(method, 0 if is_static(method) else 1)))
    return found


def _resolved(module: Module, call: ast.Call) -> Code:
    return [(module, each) for each in module.resolve(call.func)]


class _Renewing:
    """One question, asked again of each function that the context is handed to."""

    def __init__(
        self,
        name: str,
        is_state_id: Callable[[str], bool],
        code_of: Callable[[Module, ast.Call], Code],
    ) -> None:
        self._name = name
        self._is_state_id = is_state_id
        self._code_of = code_of
        self._seen: set[tuple[ast.AST, tuple[str, ...]]] = set()

    def may(self, module: Module, nodes: Sequence[ast.AST], parts: Sequence[str]) -> bool:
        """Whether ``nodes`` may bind one of ``parts`` to something else, or change it."""
        for node in nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
                text = dotted(node)
                if any(f"{part}.".startswith(f"{text}.") for part in parts):
                    return True
        return self._may_within(module, nodes, parts)

    def _may_within(self, module: Module, nodes: Sequence[ast.AST], parts: Sequence[str]) -> bool:
        """Whether ``nodes`` may change what ``parts`` are, by whatever name they have there."""
        held = [*parts]
        objects = self._objects(held)
        for node in nodes:
            match node:
                case ast.Assign(targets=[target], value=value) if dotted(value) in objects:
                    if dotted(target) and dotted(target) not in held:
                        held.append(dotted(target))
        objects = self._objects(held)
        for node in nodes:
            if not isinstance(node, (ast.Name, ast.Attribute)):
                continue
            text = dotted(node)
            if not isinstance(node.ctx, ast.Load):
                if any(text.startswith(f"{part}.") and self._is_of_state(text) for part in held):
                    return True
            elif text in objects and self._may_by_use(module, node, held):
                return True
        return False

    def _objects(self, parts: Iterable[str]) -> set[str]:
        """What is handed on, and all that it is an attribute of; texts cannot be changed."""
        found: set[str] = set()
        for part in parts:
            names = part.split(".")
            found.update(".".join(names[: number + 1]) for number in range(len(names)))
        return {each for each in found if not self._is_state_id(each.rpartition(".")[2])}

    def _is_of_state(self, text: str) -> bool:
        name = text.rpartition(".")[2]
        return self._is_state_id(name) or "state" in name.lower() or names_context(name)

    def _may_by_use(
        self, module: Module, node: ast.Name | ast.Attribute, held: Sequence[str]
    ) -> bool:
        """Whether an object may be changed by its use: by a method, or whom it is handed to."""
        parent = module.parents[node]
        if isinstance(parent, ast.Attribute):
            call = module.parents[parent]
            if isinstance(call, ast.Call) and call.func is parent:
                return self._may_by_method(module, call, dotted(node), held)
            return parent.attr == "__dict__"
        if isinstance(parent, ast.Subscript):
            return parent.value is node and not isinstance(parent.ctx, ast.Load)
        inner: ast.AST = node
        while isinstance(parent, _AROUND):
            inner, parent = parent, module.parents[parent]
        if isinstance(parent, ast.Call):
            return parent.func is not inner and self._may_by_call(module, parent, node, held)
        # Whoever goes on with a generator, or what a 'with' enters.
        return isinstance(parent, (ast.Yield, ast.YieldFrom, ast.withitem))

    def _may_by_method(
        self, module: Module, call: ast.Call, text: str, held: Sequence[str]
    ) -> bool:
        """Whether a method of an object may change it, or what it keeps."""
        name = last_name(call)
        if is_log(call) or name in READERS | {self._name}:
            return False
        code = self._code_of(module, call)
        if not code or any(_is_stub(each) for _, each in code):
            # What keeps the context may have other things to do than the context itself.
            return _opens(name) if text not in held else _LOOKING.isdisjoint(_words(name)[:1])
        return any(
            isinstance(each, Callee)
            and each.skip > 0
            and self._may_in(where, each, parameters(each.function)[:1], text, held)
            for where, each in code
        )

    def _may_by_call(
        self, module: Module, call: ast.Call, node: ast.Name | ast.Attribute, held: Sequence[str]
    ) -> bool:
        """Whether a call that an object is handed to may change it."""
        name = last_name(call)
        if is_log(call) or name in READERS | {self._name}:
            return False
        if name in _SETTING:
            match call.args:
                case [changed, ast.Constant(value=str() as attribute), *_]:
                    return changed is node and self._is_of_state(attribute)
            return True
        code = self._code_of(module, call)
        if not code or any(_is_stub(each) for _, each in code):
            # Any plugin may have a hook called 'start'; 'start_row' and 'begin_state' tell more.
            is_hook = isinstance(call.func, ast.Attribute) and len(_words(name)) == 1
            return _opens(name) and not is_hook
        for where, each in code:
            if isinstance(each, ast.ClassDef):
                if self._keeps_opening(each):
                    return True
                continue
            lands = [p for p in parameters(each.function) if each.argument(call, p) is node]
            if not lands and _opens(name):
                return True
            if self._may_in(where, each, lands, dotted(node), held):
                return True
        return False

    def _may_in(
        self, module: Module, callee: Callee, lands: Sequence[str], text: str, held: Sequence[str]
    ) -> bool:
        """Whether a function may change the object ``text`` that it has as ``lands``."""
        parts = tuple(
            parameter + part[len(text) :]
            for parameter in lands
            for part in held
            if f"{part}.".startswith(f"{text}.")
        )
        if (callee.function, parts) in self._seen:
            return False
        self._seen.add((callee.function, parts))
        nodes = [*walk(callee.function)]
        kept = [part for part in parts if "." in part]
        # Another 'self._ctx' is one for the caller, too; another 'ctx' is not.
        return (bool(kept) and self.may(module, nodes, kept)) or self._may_within(
            module, nodes, parts
        )

    def _keeps_opening(self, made: ast.ClassDef) -> bool:
        """Whether objects of a class change a state id in what they keep: ``self._ctx``."""
        return any(
            (
                isinstance(node, ast.Attribute)
                and not isinstance(node.ctx, ast.Load)
                and isinstance(node.value, ast.Attribute)
                and self._is_of_state(node.attr)
            )
            or (isinstance(node, ast.Call) and last_name(node) in _SETTING)
            for node in walk(made)
        )


def _is_stub(code: Callee | ast.ClassDef) -> bool:
    """Whether a function is left to subclasses, which may do anything."""
    if isinstance(code, ast.ClassDef) or isinstance(code.function, ast.Lambda):
        return False
    told = [each for each in code.function.body if not is_docstring(each)]
    return does_nothing(code.function) or (len(told) == 1 and isinstance(told[0], ast.Raise))


def _opens(name: str) -> bool:
    """Whether what is called so may open a state: ``open``, ``begin_row``, ``node_state``."""
    words = _words(name)
    if not words or words[0] in _LOOKING:
        return False
    return words[0] in _OPENING or any(each == "state" or names_context(each) for each in words)


def _words(name: str) -> list[str]:
    return [each.lower() for each in _WORDS.findall(name)]
