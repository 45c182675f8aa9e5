"""Callers in other modules that run the batch path several times under one context.

A method's name says little (``process`` is anybody's), so only a receiver whose class is known
counts: made by its class, or annotated with it. And only a loop in which nothing is seen to give
the context another state id: an engine opens a state before each call.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_stateid.codemod.modules import (
    COMPREHENSIONS,
    FUNCTIONS,
    LOOPS,
    Callee,
    Module,
    dotted,
    named_arguments,
)
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.source_texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.ancestry import Ancestors
    from flake8_stateid.codemod.descendants import Descendants

_Def = ast.FunctionDef | ast.AsyncFunctionDef


class OutsideCallers:
    """Looks for loops around a batch path in the other modules of the source tree.

    Args:
        ancestors: Where other modules are read.
        function: The batch path.
        parameter: Its parameter that holds the context, or the state id itself.
        family: Its class and the subclasses of that; ``None`` for a function of the module.
        is_text: Whether the parameter holds the state id itself.
    """

    def __init__(
        self,
        ancestors: Ancestors,
        function: _Def,
        parameter: str,
        family: Descendants | None,
        *,
        is_text: bool,
    ) -> None:
        """Keep what is looked for."""
        self._is_text = is_text
        self._ancestors = ancestors
        self._callee = Callee(function, 0)
        self._function = function
        self._parameter = parameter
        self._family = family

    def check(self, outlives: Callable[[ast.AST], bool]) -> None:
        """Look at every module that mentions the class, or the function.

        Args:
            outlives: Whether the clients last for all rounds of a loop that calls the batch path.

        Raises:
            RefusalError: One of them runs the batch path several times under one context.
        """
        own = self._ancestors.own.file
        called = re.compile(rb"\b" + self._function.name.encode() + rb"\s*\(")
        names = [self._function.name] if self._family is None else self._family.names
        texts = texts_of(self._ancestors.sources)
        paths = {
            path: None
            for name in names
            for path, data in texts.mentioning(name, own)
            if self._family is None or called.search(data)
        }
        for path in paths:
            info = self._ancestors.opened(path)
            if info is not None:
                self._check_module(info, outlives)

    def _check_module(self, info: ModuleInfo, outlives: Callable[[ast.AST], bool]) -> None:
        module = self._ancestors.module(info)
        for call in ast.walk(module.tree):
            if not isinstance(call, ast.Call):
                continue
            skipped = self._skipped(info, module, call)
            loop = _loop_of(module, call)
            if skipped is None or loop is None:
                continue
            handed = self._callee._replace(skip=skipped).argument(call, self._parameter)
            text = dotted(handed) if handed is not None else ""
            if not text or self._changes(module, loop, call, text):
                continue
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            if outlives(loop) and not _is_bound_in(loop, dotted(receiver) if receiver else ""):
                continue
            raise RefusalError(
                f"'{self._function.name}' is called in a loop, in row {call.lineno} of "
                f"{info.source.path}, so several batches may share a state id",
                "bind the id and release the client around all of them by hand",
            )

    def _skipped(self, info: ModuleInfo, module: Module, call: ast.Call) -> int | None:
        """How many parameters a call of the batch path fills by binding; ``None`` for others."""
        func = call.func
        if self._family is None:
            name = dotted(func)
            if name.rpartition(".")[2] != self._function.name and not isinstance(func, ast.Name):
                return None
            origin = self._ancestors.origin(info, name)
            own = self._ancestors.own
            return 0 if origin == (own, self._function.name) else None
        if not isinstance(func, ast.Attribute) or func.attr != self._function.name:
            return None
        if self._is_family(info, func.value):
            return 0  # Plugin.process(plugin, rows, ctx)
        if self._is_object(info, module, func.value):
            return 1
        return None

    def _is_family(self, info: ModuleInfo, node: ast.expr | None) -> bool:
        """Whether an expression, or an annotation, names one of the classes."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        else:
            name = dotted(node) if node is not None else ""
        return bool(name) and self._family is not None and self._family.is_one(info, name)

    def _is_object(self, info: ModuleInfo, module: Module, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=made):
                return self._is_family(info, made)
            case ast.Name(id=name):
                function = module.binder(module.function_of(node), name)
                for each in named_arguments(function) if function is not None else ():
                    if each.arg == name:
                        return self._is_family(info, each.annotation)
                scope: ast.AST = module.tree if function is None else function
                return self._are_made(info, _stored(scope, name))
            case ast.Attribute(value=ast.Name(id="self")):
                owner = module.class_of(node)
                return owner is not None and self._are_made(info, _stored(owner, dotted(node)))
        return False

    def _are_made(self, info: ModuleInfo, stores: Iterable[ast.stmt]) -> bool:
        """Whether a variable is bound to nothing but objects of the classes."""
        made = [
            self._is_family(info, each.annotation)
            if isinstance(each, ast.AnnAssign)
            else isinstance(each, ast.Assign)
            and isinstance(each.value, ast.Call)
            and self._is_family(info, each.value.func)
            for each in stores
        ]
        return bool(made) and all(made)

    def _changes(self, module: Module, loop: ast.AST, call: ast.Call, handed: str) -> bool:
        """Whether another state id may be handed in the next round of a loop."""
        inside = set(ast.walk(call))
        parts = handed.split(".")
        # What may be given another id in place; a text may not.
        objects = {".".join(parts[: number + 1]) for number in range(len(parts))}
        if self._is_text:
            objects.discard(handed)
        for node in ast.walk(loop):
            if not isinstance(node, (ast.Name, ast.Attribute)) or node in inside:
                continue
            text = dotted(node)
            if not isinstance(node.ctx, ast.Load):
                if f"{handed}.".startswith(f"{text}.") or text.startswith(f"{handed}."):
                    return True
            elif text in objects and self._may_change(module, node):
                return True
        return False

    def _may_change(self, module: Module, node: ast.expr) -> bool:
        """Whether an object may be changed by its use: by a method, or whom it is handed to."""
        parent = module.parents[node]
        call = module.parents[parent]
        if isinstance(parent, ast.Attribute):
            return isinstance(call, ast.Call) and call.func is parent
        if not isinstance(parent, ast.keyword):
            call = parent
        name = self._function.name
        return not (isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == name)


def _loop_of(module: Module, call: ast.Call) -> ast.AST | None:
    """The loop or comprehension around a call, in its function, that runs it several times."""
    inner: ast.AST = call
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, FUNCTIONS):
            return None
        if isinstance(ancestor, LOOPS) and inner in [*ancestor.body, getattr(ancestor, "test", 0)]:
            return ancestor
        if isinstance(ancestor, COMPREHENSIONS) and inner is not ancestor.generators[0]:
            return ancestor
        inner = ancestor
    return None


def _stored(scope: ast.AST, name: str) -> list[ast.stmt]:
    """The statements of a scope that bind a name or attribute."""
    found: list[ast.stmt] = []
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=targets):
                pass
            case (
                ast.AnnAssign(target=target)
                | ast.AugAssign(target=target)
                | ast.For(target=target)
                | ast.AsyncFor(target=target)
            ):
                targets = [target]
            case _:
                continue
        if any(dotted(each) == name for target in targets for each in _expressions(target)):
            found.append(node)
    return found


def _expressions(node: ast.expr) -> list[ast.expr]:
    return [each for each in ast.walk(node) if isinstance(each, ast.expr)]


def _is_bound_in(loop: ast.AST, name: str) -> bool:
    """Whether an object is another one in each round; one that has no name is made there."""
    if not name:
        return True
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and not isinstance(node.ctx, ast.Load)
        and dotted(node) == name
        for node in ast.walk(loop)
    )
