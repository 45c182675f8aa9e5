"""Callers in other modules that run the batch path several times under one context.

A method's name says little (``process`` is anybody's), so only a receiver whose class is known
counts: made by its class, or annotated with it. And only a loop in which nothing is seen to give
the context another state id: an engine opens a state before each call.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS, assigned
from flake8_stateid.codemod.callers.repetition import Handed, between, changes, handed_as
from flake8_stateid.codemod.ids.contexts import exclusive
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Callee, dotted, named_arguments
from flake8_stateid.codemod.reading.source_texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.descendants import Descendants
    from flake8_stateid.codemod.reading.modules import Module

_Def = ast.FunctionDef | ast.AsyncFunctionDef


class OutsideCallers:
    """Looks for loops around a batch path, and second calls, in other modules.

    Args:
        ancestors: Where other modules are read.
        function: The batch path.
        parameter: Its parameter that holds the context, or the state id itself.
        family: Its class and the subclasses of that; ``None`` for a function of the module.
        is_state_id: Whether a name is a state id name.
    """

    def __init__(
        self,
        ancestors: Ancestors,
        function: _Def,
        parameter: str,
        family: Descendants | None,
        is_state_id: Callable[[str], bool],
    ) -> None:
        """Keep what is looked for."""
        self._is_state_id = is_state_id
        self._ancestors = ancestors
        self._callee = Callee(function, 0)
        self._function = function
        self._parameter = parameter
        self._family = family

    def check(self, outlives: Callable[[ast.AST, bool], bool]) -> None:
        """Look at the module itself, and at every one that mentions the class, or the function.

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
        self._check_module(self._ancestors.own, outlives)
        for path in paths:
            info = self._ancestors.opened(path)
            if info is not None:
                self._check_module(info, outlives)

    def _check_module(self, info: ModuleInfo, outlives: Callable[[ast.AST, bool], bool]) -> None:
        module = self._ancestors.module(info)
        before: list[tuple[ast.Call, Handed]] = []
        for call in module.calls:
            skipped = self._skipped(info, module, call)
            if skipped is None:
                continue
            handed = handed_as(self._callee._replace(skip=skipped).argument(call, self._parameter))
            if handed is None:
                continue
            loop = _loop_of(module, call)
            if loop is not None:
                own = set(walk(call))
                rest = [node for node in walk(loop) if node not in own]
                if self._shares(module, rest, handed) and not outlives(
                    loop, _is_one(rest, _receiver(call))
                ):
                    raise RefusalError(
                        f"'{self._function.name}' is called in a loop, in row {call.lineno} of "
                        f"{info.source.path}, so several batches may share a state id",
                        "bind the id and release the client around all of them by hand",
                    )
            for other, same in before:
                if same == handed and self._runs_again(module, other, call, handed, outlives):
                    raise RefusalError(
                        f"'{self._function.name}' is called more than once under one state id, in "
                        f"row {call.lineno} of {info.source.path}",
                        "bind the id and release the client around all of them by hand",
                    )
            before.append((call, handed))

    def _runs_again(
        self,
        module: Module,
        first: ast.Call,
        call: ast.Call,
        handed: Handed,
        outlives: Callable[[ast.AST, bool], bool],
    ) -> bool:
        """Whether ``call`` may come after ``first``, and its clients count from 0 again then."""
        scope = module.function_of(call) or module.tree
        if module.function_of(first) is not module.function_of(call) or exclusive(
            module, first, call
        ):
            return False
        rest = between(module, scope, first, call)
        names = {dotted(each) for each in (_receiver(first), _receiver(call)) if each is not None}
        one = len(names) <= 1 and _is_one(rest, _receiver(call))
        return self._shares(module, rest, handed) and not outlives(scope, one)

    def _shares(self, module: Module, rest: Iterable[ast.AST], handed: Handed) -> bool:
        """Whether what is handed on has the same state id when ``rest`` has run."""
        return not changes(module, rest, handed, self._function.name, self._is_state_id)

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
                return self._are_made(info, _stored(scope, name), name)
            case ast.Attribute(value=ast.Name(id="self")):
                owner = module.class_of(node)
                name = dotted(node)
                return owner is not None and self._are_made(info, _stored(owner, name), name)
        return False

    def _are_made(self, info: ModuleInfo, stores: Iterable[ast.stmt], name: str) -> bool:
        """Whether a variable is bound to nothing but objects of the classes."""
        made = [
            self._is_family(info, each.annotation)
            if isinstance(each, ast.AnnAssign)
            else any(dotted(target) == name for target, _ in assigned(each))
            and all(
                isinstance(value, ast.Call) and self._is_family(info, value.func)
                for target, value in assigned(each)
                if dotted(target) == name
            )
            for each in stores
        ]
        return bool(made) and all(made)


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
    for node in walk(scope):
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
    return [each for each in walk(node) if isinstance(each, ast.expr)]


def _receiver(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _is_one(nodes: Iterable[ast.AST], receiver: ast.expr | None) -> bool:
    """Whether an object is the same when ``nodes`` have run; one that has no name is made anew.

    The functions of a module are always of one.
    """
    if receiver is None:
        return True
    return bool(dotted(receiver)) and not any(
        isinstance(node, (ast.Name, ast.Attribute))
        and not isinstance(node.ctx, ast.Load)
        and dotted(node) == dotted(receiver)
        for node in nodes
    )
