"""Whether what a client makes for itself, or is made with, remembers something between calls.

Objects of classes that are seen in the project, functions that change what they were made beside,
generators, what keeps results. Others, such as connections, are known to none.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counters import CONSTRUCTORS
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of, assigned
from flake8_stateid.codemod.clients.memory import memory_of
from flake8_stateid.codemod.clients.own_parts import draws, factories, reads
from flake8_stateid.codemod.clients.set_up import SetUp
from flake8_stateid.codemod.reading.handing_on import kept_by
from flake8_stateid.codemod.reading.mutators import CONTAINERS, MUTATORS, changed_in_place
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.reading.signatures import (
    Function,
    dotted,
    is_generator,
    parameters,
    start_of,
)
from flake8_stateid.codemod.tracing.counters import decides, telling, writes
from flake8_stateid.codemod.tracing.indexes import is_next, named, recorded_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.traced import Creation

_MAX_STEPS = 5  # functions, locals and parts that lead to one another
_CACHING = frozenset({"lru_cache", "cache", "functools.lru_cache", "functools.cache"})
_BOUND = MUTATORS | {"__next__", "send"}


class Parts:
    """Looks at what the objects of a class are made of.

    Args:
        ancestors: Finds classes and functions.
        seen: The class and its bases.
        setting: What of it runs once for each object.
        steps: How many steps to follow.
    """

    def __init__(
        self, ancestors: Ancestors, seen: Ancestry, setting: SetUp, steps: int = _MAX_STEPS
    ) -> None:
        """Keep what is looked at."""
        self._ancestors = ancestors
        self._seen = seen
        self._bodies = seen.methods
        self._setting = setting
        self._steps = steps

    def remembering(self) -> set[str]:
        """The attributes that remember something, as they are spelled: ``self._session``."""
        methods = [method for _, method in self._bodies]
        recorded = recorded_attributes(methods)
        found = {
            name
            for name, ways in self._attributes()
            # What numbers the calls is a counter, and no more.
            if None in ways or (ways and name not in recorded)
        }
        return {
            name for name in found if any(reads(method, name, self._setting) for method in methods)
        }

    def numbering(self) -> set[str]:
        """What is called for the next number, as it is spelled: ``self._take``."""
        recorded = recorded_attributes([method for _, method in self._bodies])
        return {
            f"{name}.{way}" if way else name
            for name, ways in self._attributes()
            if name in recorded and None not in ways
            for way in ways
        }

    def _attributes(self) -> Iterator[tuple[str, list[str | None]]]:
        """What is made once for each object, and how each of it remembers something."""
        for each in self._setting.made:
            if each.name.startswith("self."):
                yield (
                    each.name,
                    list(self._ways(each.module, each.method, each.value, self._steps)),
                )
        for owner in self._seen.classes:
            for name, made in factories(owner.node):
                yield name, list(self._ways(owner.module, None, made, self._steps))

    def handed(self, creation: Creation) -> set[str]:
        """What remembers something and is made to be handed to one client."""
        module = self._ancestors.first
        return {
            dotted(node.func)
            for argument in arguments_of(creation.call)
            for node in walk(argument)
            if isinstance(node, ast.Call)
            and not draws(node)  # which has a reason of its own
            and [*self._ways(module, creation.function, node, self._steps)]
        }

    def _ways(
        self, module: Module, scope: Function | None, value: ast.expr, steps: int
    ) -> Iterator[str | None]:
        """How a value remembers something, for each way.

        Where it only numbers, by its method that does; empty where it is called itself.
        """
        for node in walk(value) if steps else ():
            match node:
                case ast.Lambda():
                    yield from _changes(module, node)
                case ast.Call():
                    yield from self._made(module, scope, node, steps, is_all=node is value)
                case ast.Name(id=name, ctx=ast.Load()):
                    for other in own_nodes(*_body(scope)):
                        if isinstance(other, (ast.FunctionDef, ast.AsyncFunctionDef)):
                            if other.name == name:
                                yield from _changes(module, other)
                            continue
                        for target, bound in named(other):
                            if target == name and bound is not value:
                                yield from self._ways(module, scope, bound, steps - 1)
                case ast.Attribute(attr=method) if method in _BOUND:
                    asked = module.parents.get(node)
                    if not (isinstance(asked, ast.Call) and asked.func is node):
                        yield "" if method == "__next__" else None

    def _made(
        self, module: Module, scope: Function | None, call: ast.Call, steps: int, *, is_all: bool
    ) -> Iterator[str | None]:
        """The same for what a call makes."""
        name = dotted(call.func)
        if name in _CACHING or draws(call):
            yield None
        elif last_name(call.func) == "partial" and any(dotted(a) == "next" for a in call.args[:1]):
            yield ""
        elif last_name(call.func) == "partial" and any(map(_is_changeable, kept_by(call))):
            yield None
        for made in self._classes(module, call):
            methods = [method for _, method in made.methods]
            setting = SetUp(self._ancestors, made)
            memory = memory_of(self._ancestors, made, setting)
            if (
                memory.kept
                or decides(methods, memory.counters)
                or writes(methods, memory.counters)
            ) or Parts(self._ancestors, made, setting, steps - 1).remembering():
                yield None
            else:
                told = telling(methods, memory.counters)
                yield from sorted(told & {each.name for each in methods})
        called = name.partition(".")[2] if name.startswith("self.") else ""
        for owner, function in [
            *(each for each in self._bodies if each[1].name == called),
            *(
                (other, callee.function)
                for other, callee in self._ancestors.functions(module, call.func)
                if not called
            ),
        ]:
            if is_all and is_generator(function):
                yield None
            for node in own_nodes(*_body(function)):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from self._ways(owner, function, node.value, steps - 1)

    def _classes(self, module: Module, call: ast.Call) -> Iterator[Ancestry]:
        """The class that a call makes an object of, also by ``Session.open()``."""
        name = dotted(call.func)
        if name.startswith("self."):
            for owner in self._seen.classes:
                for node in owner.node.body:
                    for target, value in assigned(node):
                        if f"self.{dotted(target)}" == name:
                            yield self._ancestors.part(owner.module, dotted(value))
            return
        while name:
            found = self._ancestors.part(module, name, call.func)
            if found.classes:
                yield found
                return
            name = name.rpartition(".")[0]


def _changes(module: Module, function: Function) -> Iterator[str | None]:
    """How a function that stands in another changes what that one holds."""
    if not isinstance(function, ast.Lambda):
        for decorator in function.decorator_list:
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            if dotted(plain) in _CACHING:
                yield None
    shared = {
        name for node in walk(function) if isinstance(node, ast.Nonlocal) for name in node.names
    }
    for node in walk(function):
        changed = changed_in_place(node)
        match node:
            case ast.AugAssign(target=ast.Name(id=name)) if name in shared:
                yield "" if is_next(node) else None
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in shared:
                if not isinstance(module.parents[node], ast.AugAssign):
                    yield None
            case ast.Call(func=ast.Name(id="next"), args=[taken, *_]):
                if _is_outer(module, function, taken):
                    yield ""
            case ast.Call(func=ast.Attribute(value=taken, attr="send" | "__next__")):
                if _is_outer(module, function, taken):
                    yield None
            case _ if changed is not None and _is_outer(module, function, changed):
                yield None


def _is_outer(module: Module, function: Function, changed: ast.expr) -> bool:
    """Whether what is changed is held by the function around this one, or is of the object."""
    root = start_of(changed)
    if not isinstance(root, ast.Name):
        return False
    outer = module.function_of(function)
    holder = module.binder(function, root.id)
    if outer is None or holder is None or module.enclosing(holder, ast.Module) is None:
        return False
    if holder is function or function in module.ancestors(holder):
        return False
    # What a constructor is given, others hold as well.
    given = getattr(holder, "name", "") in CONSTRUCTORS and root.id in parameters(holder)
    return root.id == "self" or not given


def _body(function: Function | None) -> Sequence[ast.AST]:
    if function is None:
        return ()
    return [function.body] if isinstance(function, ast.Lambda) else function.body


def _is_changeable(value: ast.expr) -> bool:
    """Whether a container is made in place, which a function that is given it may fill."""
    return isinstance(value, (ast.List, ast.Dict, ast.Set)) or (
        isinstance(value, ast.Call) and last_name(value) in CONTAINERS
    )
