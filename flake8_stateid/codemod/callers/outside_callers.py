"""Callers in other modules that run the batch path several times under one context.

A method's name says little (``process`` is anybody's), so only a receiver whose class is known
counts: made by its class, or annotated with it. And only a loop in which nothing is seen to give
the context another state id: an engine opens a state before each call.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import MAPPING
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.callers.receivers import Receiver, code_of, receiver_of
from flake8_stateid.codemod.callers.renewing import changes
from flake8_stateid.codemod.callers.repetition import Handed, between, handed_as
from flake8_stateid.codemod.ids.contexts import exclusive
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Callee, dotted, parameters
from flake8_stateid.codemod.reading.source_texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.callers.renewing import Code
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
            for path, data in texts.taking(name, own)
            if self._family is None or called.search(data)
        }
        if self._family is not None:  # what inherits may be called where it stands
            others = (info.file for info, _ in self._family.classes.values())
            paths |= {path: None for path in others if path != own}
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
            own = set(walk(call))
            for loop in self._loops(info, module, call, handed):
                rest = [node for node in _rounds(loop) if node not in own]
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
        return not changes(
            module, rest, handed, self._function.name, self._is_state_id, self._code_of
        )

    def _code_of(self, module: Module, call: ast.Call) -> Code:
        return code_of(self._ancestors, module, call)

    def _loops(
        self, info: ModuleInfo, module: Module, call: ast.Call, handed: Handed
    ) -> Iterator[ast.AST]:
        """What runs a call several times in its function: loops, comprehensions, ``map``.

        A loop over a list of plugins, of which one is of the classes, runs it once.
        """
        made = _receiver(call)
        receiver = receiver_of(module, made) if made is not None else None
        walked = None
        if receiver is not None:
            ours = [each for each in receiver.classes if self._names_one(info, each)]
            walked = None if ours[1:] else receiver.walked
        inner: ast.AST = call
        walking: ast.AST = call
        for ancestor in module.ancestors(call):
            if isinstance(ancestor, ast.Lambda):
                mapping = module.parents[ancestor]
                given = {part.partition(".")[0] for part in handed.parts}
                if not _maps(mapping, ancestor) or not given.isdisjoint(parameters(ancestor)):
                    return
                yield ancestor
            elif isinstance(ancestor, FUNCTIONS):
                return
            elif isinstance(ancestor, LOOPS):
                repeated = [*ancestor.body, getattr(ancestor, "test", None)]
                if inner in repeated and ancestor is not walked:
                    yield ancestor
            elif isinstance(ancestor, COMPREHENSIONS):
                parts = ancestor.generators
                if inner in parts:
                    # What one walks is made in each round of those before it.
                    number = [each is inner for each in parts].index(True)
                    parts = parts[: number + (walking is not parts[number].iter)]
                if any(each is not walked for each in parts):
                    yield ancestor
            walking = inner
            inner = ancestor

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
        if self._names_one(info, dotted(func.value)):
            return 0  # Plugin.process(plugin, rows, ctx)
        return 1 if self._is_object(info, receiver_of(module, func.value)) else None

    def _names_one(self, info: ModuleInfo, name: str) -> bool:
        """Whether a module knows one of the classes by a name."""
        return bool(name) and self._family is not None and self._family.is_one(info, name)

    def _is_object(self, info: ModuleInfo, receiver: Receiver | None) -> bool:
        """Whether an object is seen to be of one of the classes, or some of those listed are."""
        if receiver is None:
            return False
        found = [self._names_one(info, each) for each in receiver.classes]
        return any(found) if receiver.walked is not None else all(found)


def _rounds(loop: ast.AST) -> list[ast.AST]:
    """The nodes of a loop that run in each of its rounds."""
    once: set[ast.AST] = set()
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        once.update(walk(loop.iter))
    elif isinstance(loop, COMPREHENSIONS):
        once.update(walk(loop.generators[0].iter))
    for each in getattr(loop, "orelse", ()):
        once.update(walk(each))
    return [node for node in walk(loop) if node not in once]


def _maps(call: ast.AST, function: ast.AST) -> bool:
    """Whether a call calls a function with each item of what it is given besides."""
    return (
        isinstance(call, ast.Call)
        and last_name(call) in MAPPING | {"filter"}
        and call.args[:1] == [function]
    )


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
