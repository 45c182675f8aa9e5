"""Callers in other modules that run the batch path several times under one context.

A method's name says little (``process`` is anybody's), so only a receiver whose class is known
counts: made by its class, or annotated with it. And only a loop in which nothing is seen to give
the context another state id: an engine opens a state before each call.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.callers.callers import runs_again
from flake8_stateid.codemod.callers.renewing import changes, code_of
from flake8_stateid.codemod.callers.repetition import (
    Between,
    Handed,
    between,
    followed,
    rounds,
    source_of,
)
from flake8_stateid.codemod.callers.runs import Run, Wanted, runs_of
from flake8_stateid.codemod.ids.contexts import exclusive
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.descendants import Descendants
from flake8_stateid.codemod.reading.nodes import begins, walk
from flake8_stateid.codemod.reading.receivers import Receiver, receiver_of
from flake8_stateid.codemod.reading.signatures import Callee, Function, dotted, parameters
from flake8_stateid.codemod.reading.source_texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.callers.renewing import Code
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

_Def = ast.FunctionDef | ast.AsyncFunctionDef


class _Sought(NamedTuple):
    """A function that is looked for in all modules: the batch path, or one that runs it.

    Attributes:
        info: The module that defines it.
        function: The function.
        handed: What it hands to the batch path, as it names that; of the batch path itself, what
            it is given.
        receiver: The batch path's object, as it names that.
        family: Its class and the subclasses of that; ``None`` for a function of the module.
        between: What runs before and behind the batch path in each call of it, with what is
            handed on there.
    """

    info: ModuleInfo
    function: Function
    handed: Handed
    receiver: str
    family: Descendants | None
    between: tuple[Between, ...] = ()


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
        self._function = function
        self._first = _Sought(
            ancestors.own,
            function,
            Handed(parameter, (parameter,)),
            "" if family is None else "self",
            family,
        )

    def check(self, outlives: Callable[[ast.AST, bool], bool]) -> None:
        """Look at the module itself, and at every one that mentions the class, or the function.

        What runs it there, an inner function or a method, is looked for the same way.

        Args:
            outlives: Whether the clients last for all rounds of a loop that calls the batch path.

        Raises:
            RefusalError: One of them runs the batch path several times under one context.
        """
        todo = [self._first]
        seen: set[tuple[Function, Handed]] = {(self._function, self._first.handed)}
        before: list[tuple[Module, Run, tuple[Between, ...]]] = []
        while todo:
            sought = todo.pop()
            for info in self._modules(sought):
                module = self._ancestors.module(info)
                for run in self._runs(info, module, sought):
                    function = module.function_of(run.node)
                    inner = self._check_loops(info, module, run, sought, outlives)
                    for where, other, within in before:
                        if where is module and other.node is not run.node:
                            around = (*within, *sought.between)
                            self._check_pair(info, module, (other, run), around, outlives)
                    before.append((module, run, sought.between))
                    if function is sought.function:
                        continue
                    above = self._above(info, module, run, inner)
                    if above is not None and (above.function, above.handed) not in seen:
                        seen.add((above.function, above.handed))
                        todo.append(above)

    def _modules(self, sought: _Sought) -> Iterator[ModuleInfo]:
        """The modules that may name a function that is looked for."""
        own = sought.info
        yield own
        if isinstance(sought.function, ast.Lambda) or (
            sought.family is None
            and self._ancestors.module(own).function_of(sought.function) is not None
        ):
            return
        named = re.compile(rb"\b" + sought.function.name.encode() + rb"\b")
        names = [sought.function.name] if sought.family is None else sought.family.names
        texts = texts_of(self._ancestors.sources)
        paths = {
            path: None
            for name in names
            for path, data in texts.taking(name, own.file)
            if sought.family is None or named.search(data)
        }
        if sought.family is not None:  # what inherits may be called where it stands
            others = (info.file for info, _ in sought.family.classes.values())
            paths |= {path: None for path in others if path != own.file}
        for path in paths:
            info = self._ancestors.opened(path)
            if info is not None:
                yield info

    def _runs(self, info: ModuleInfo, module: Module, sought: _Sought) -> Iterator[Run]:
        """Where a function that is looked for is run in a module."""
        function = sought.function
        if isinstance(function, ast.Lambda):
            wanted = Wanted(Callee(function, 0), sought.handed, sought.receiver)
            yield from runs_of(self._ancestors, module, function, wanted)
            return
        for node in walk(module.tree):
            match node:
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                    skipped = self._skipped(info, module, node, sought)
                case ast.Call(
                    func=ast.Name(id="getattr"), args=[held, ast.Constant(value=name), *_]
                ) if name == function.name:
                    found = self._is_object(info, receiver_of(module, held), sought)
                    skipped = 1 if found else None
                case _:
                    continue
            if skipped is not None:
                wanted = Wanted(Callee(function, skipped), sought.handed, sought.receiver)
                yield from runs_of(self._ancestors, module, node, wanted)

    def _check_loops(
        self,
        info: ModuleInfo,
        module: Module,
        run: Run,
        sought: _Sought,
        outlives: Callable[[ast.AST, bool], bool],
    ) -> tuple[Between, ...]:
        """Refuse a run that is repeated in its function; else give what runs around it there."""
        own = set(walk(run.node))
        function = module.function_of(run.node)
        loops: list[ast.AST] = [run.node] if run.often else []
        if function is not None and function is sought.function is not self._function:
            loops.append(function)  # it calls itself
        if sought is not self._first and self._is_run_again(module, sought.function):
            loops.append(run.node)
        loops += self._loops(info, module, run)
        for loop in loops:
            rest = [] if loop is run.node else [node for node in rounds(loop) if node not in own]
            around = (*sought.between, *followed(module, rest, run.node, run.handed))
            if self._shares(around) and not outlives(loop, self._is_one(rest, run.receiver)):
                raise RefusalError(
                    f"'{self._function.name}' is called in a loop, in row {run.node.lineno} of "
                    f"{info.source.path}, so several batches may share a state id",
                    "bind the id and release the client around all of them by hand",
                )
        rest = [] if function is None else [node for node in walk(function) if node not in own]
        return (*sought.between, *followed(module, rest, run.node, run.handed))

    def _is_run_again(self, module: Module, function: Function) -> bool:
        """Whether a decorator of a function may run it several times for each of its calls."""
        return not isinstance(function, ast.Lambda) and any(
            runs_again(module, self._ancestors, each) for each in function.decorator_list
        )

    def _check_pair(
        self,
        info: ModuleInfo,
        module: Module,
        pair: tuple[Run, Run],
        within: tuple[Between, ...],
        outlives: Callable[[ast.AST, bool], bool],
    ) -> None:
        """Refuse a run that comes after another one in its function."""
        one, other = sorted(pair, key=lambda run: begins(run.node))
        scope = module.function_of(one.node)
        if (
            source_of(module, one.node, one.handed).handed
            != source_of(module, other.node, other.handed).handed
            or module.function_of(other.node) is not scope
            or exclusive(module, one.node, other.node)
        ):
            return
        whole = module.tree if scope is None else scope
        rest = between(module, whole, one.node, other.node)
        alone = len({one.receiver, other.receiver}) == 1 and self._is_one(rest, one.receiver)
        around = (*within, *followed(module, rest, one.node, one.handed))
        if self._shares(around) and not outlives(whole, alone):
            raise RefusalError(
                f"'{self._function.name}' is called more than once under one state id, in "
                f"row {other.node.lineno} of {info.source.path}",
                "bind the id and release the client around all of them by hand",
            )

    def _above(
        self, info: ModuleInfo, module: Module, run: Run, inner: tuple[Between, ...]
    ) -> _Sought | None:
        """The function around a run, as what runs the batch path for others."""
        function = module.function_of(run.node)
        if function is None:
            return None
        handed = source_of(module, run.node, run.handed).handed
        roots = {part.partition(".")[0] for part in handed.parts}
        if any(module.binds(function, each) for each in roots - {*parameters(function)}):
            return None  # a state that is opened in each call of it
        owner = module.parents[function]
        family = None
        if isinstance(owner, ast.ClassDef):
            family = Descendants(module, self._ancestors, owner, info)
        return _Sought(info, function, handed, run.receiver, family, inner)

    def _shares(self, around: Iterable[Between]) -> bool:
        """Whether what is handed on has the same state id when all of this has run."""
        return not any(
            changes(
                each.module,
                each.nodes,
                each.handed,
                self._function.name,
                self._is_state_id,
                self._code_of,
            )
            for each in around
        )

    def _code_of(self, module: Module, call: ast.Call) -> Code:
        return code_of(self._ancestors, module, call)

    def _loops(self, info: ModuleInfo, module: Module, run: Run) -> Iterator[ast.AST]:
        """What repeats a run in its function: loops and comprehensions.

        A loop over a list of plugins, of which one is of the classes, runs it once.
        """
        walked = self._walked(info, module, run.node)
        inner: ast.AST = run.node
        walking: ast.AST = run.node
        for ancestor in module.ancestors(run.node):
            if isinstance(ancestor, FUNCTIONS):
                return
            if isinstance(ancestor, LOOPS):
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

    def _walked(self, info: ModuleInfo, module: Module, node: ast.expr) -> ast.AST | None:
        """The loop that takes one object of the classes from a list with no other of them."""
        func = node.func if isinstance(node, ast.Call) else None
        receiver = receiver_of(module, func.value) if isinstance(func, ast.Attribute) else None
        if receiver is None:
            return None
        ours = [each for each in receiver.classes if self._names_one(info, each, self._first)]
        return None if ours[1:] else receiver.walked

    def _skipped(
        self, info: ModuleInfo, module: Module, node: ast.Name | ast.Attribute, sought: _Sought
    ) -> int | None:
        """How many parameters a mention of what is looked for fills by binding; else ``None``."""
        function = sought.function
        name = node.id if isinstance(node, ast.Name) else node.attr
        assert not isinstance(function, ast.Lambda)
        if sought is not self._first and name == function.name:
            for callee in module.resolve(node):
                if callee.function is function:
                    return callee.skip
        if sought.family is None:
            if name != function.name and not isinstance(node, ast.Name):
                return None
            if module.binder(module.function_of(node), dotted(node).partition(".")[0]) is not None:
                return None
            origin = self._ancestors.origin(info, dotted(node)) if dotted(node) else None
            own = self._ancestors.module(sought.info).function_of(function) is None
            return 0 if own and origin == (sought.info, function.name) else None
        if not isinstance(node, ast.Attribute) or name != function.name:
            return None
        if self._names_one(info, dotted(node.value), sought):
            return 0  # Plugin.process(plugin, rows, ctx)
        return 1 if self._is_object(info, receiver_of(module, node.value), sought) else None

    def _names_one(self, info: ModuleInfo, name: str, sought: _Sought) -> bool:
        """Whether a module knows one of the classes by a name."""
        return bool(name) and sought.family is not None and sought.family.is_one(info, name)

    def _is_object(self, info: ModuleInfo, receiver: Receiver | None, sought: _Sought) -> bool:
        """Whether an object is seen to be of one of the classes, or some of those listed are."""
        if receiver is None:
            return False
        found = [self._names_one(info, each, sought) for each in receiver.classes]
        return any(found) if receiver.walked is not None else all(found)

    def _is_one(self, rest: Iterable[ast.AST], receiver: str) -> bool:
        """Whether an object is the same when ``rest`` has run; one without a name is made anew.

        The functions of a module are always of one.
        """
        if self._first.family is None:
            return True
        return bool(receiver) and not any(
            isinstance(node, (ast.Name, ast.Attribute))
            and not isinstance(node.ctx, ast.Load)
            and dotted(node) == receiver
            for node in rest
        )
