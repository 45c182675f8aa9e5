"""Where another module keeps clients: an object it has made, or functions around a dictionary.

``REGISTRY.get(state_id)`` and ``get_client(state_id)``, imported; ``registry = ClientRegistry()``
in a function. What they do with an id is read like what stands in the module itself. So is what
else comes to them by an import: it may empty the dictionary between two rows.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import Import
from flake8_stateid.codemod.reading.nodes import chosen, walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

_KEEPING = frozenset({"setdefault", "pop"})
# How many modules may stand between one and a registry that it comes to.
_MAX_STEPS = 3


def take_registries(ancestors: Ancestors) -> None:
    """Take in the registries that the first module asks, and what comes to them by imports."""
    _Registries(ancestors).take()


class _Registries:
    """The modules that keep clients, as far as the first one can come to them."""

    def __init__(self, ancestors: Ancestors) -> None:
        self._ancestors = ancestors
        self._module = ancestors.first
        self._keeping: set[ModuleInfo] = set()
        self._leading: dict[ModuleInfo, bool] = {}

    def take(self) -> None:
        """Take in what keeps clients, and then all that comes to that."""
        own = self._ancestors.own
        for name in dict.fromkeys(_made_in_functions(self._module)):
            if name not in self._module.classes:
                chain = self._ancestors.chain(own, name)
                if _keeps_on_self(each.node for _, each in chain):
                    self._ancestors.take_in_class(name, chain)
        for name in _called_by_import(self._module, own.tree):
            holder = name.rpartition(".")[0]
            for each, keeps in ((name, self._is_keeping), (holder, self._is_registry)):
                origin = self._ancestors.origin(own, each) if each else None
                if origin is not None and origin[0] is not own and keeps(*origin):
                    self._keeping.add(origin[0])
        todo, seen = [own], {own}
        while todo and self._keeping:
            info = todo.pop()
            tree = own.tree if info is own else self._ancestors.take_in(info)
            self._module.adopt(tree, {})
            for name in _called_by_import(self._ancestors.module(info), tree):
                reached = self._reach(info, tree, name)
                if reached is not None and reached not in seen:
                    seen.add(reached)
                    todo.append(reached)

    def _reach(self, info: ModuleInfo, tree: ast.Module, name: str) -> ModuleInfo | None:
        """Let a name that is called stand for what an import brings; the module it stands in."""
        holder = name.rpartition(".")[0]
        if len(info.definitions.get(name.partition(".")[0], [])) > 1:
            return None  # which of them it is cannot be told
        origin = self._ancestors.origin(info, holder) if holder else None
        made = _made_at_top(*origin) if origin is not None and origin[0] is not info else ""
        if origin is not None and made and self._leads(origin[0], _MAX_STEPS):
            owner = self._ancestors.take_in_class(made, self._ancestors.chain(origin[0], made))
            if owner is not None:
                self._module.elsewhere[tree, holder] = owner
            return origin[0]
        origin = self._ancestors.origin(info, name)
        if origin is None or origin[0] is info or not self._leads(origin[0], _MAX_STEPS):
            return None
        copy = self._ancestors.take_in(origin[0])
        self._module.adopt(copy, {})
        found = self._module.defined_in(copy, origin[1])
        if found:
            self._module.imported[tree, name] = found
        return origin[0] if found else None

    def _is_keeping(self, info: ModuleInfo, name: str) -> bool:
        """Whether a function keeps something in a dictionary of its module."""
        module = self._ancestors.module(info)
        return any(_keeps_in_module(module, each.function) for each in module.defined(name))

    def _is_registry(self, info: ModuleInfo, name: str) -> bool:
        """Whether a name of a module holds an object that keeps something under keys."""
        made = _made_at_top(info, name)
        chain = self._ancestors.chain(info, made) if made else []
        return _keeps_on_self(each.node for _, each in chain)

    def _leads(self, info: ModuleInfo, steps: int) -> bool:
        """Whether a module keeps clients, or imports one that does."""
        if info in self._keeping or not steps:
            return info in self._keeping
        if info not in self._leading:
            self._leading[info] = False
            self._leading[info] = any(
                origin is not None and origin[0] is not info and self._leads(origin[0], steps - 1)
                for name, bound in info.definitions.items()
                if any(isinstance(each, Import) for each in bound)
                for origin in [self._ancestors.origin(info, name)]
            )
        return self._leading[info]


def _called_by_import(module: Module, tree: ast.Module) -> list[str]:
    """What is called by a name that an import binds: ``get_client``, ``REGISTRY.get``."""
    bound = {
        (alias.asname or alias.name).partition(".")[0]
        for node in walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    names = dict.fromkeys(dotted(call.func) for call in module.calls)
    return [name for name in names if name.partition(".")[0] in bound]


def _made_in_functions(module: Module) -> Iterator[str]:
    """The classes of objects that locals hold: ``registry = ClientRegistry()``."""
    for node in walk(module.tree):
        if (
            isinstance(node, (ast.Assign, ast.AnnAssign))
            and module.function_of(node) is not None
            and isinstance(made := chosen(node.value), ast.Call)
            and dotted(made.func)
        ):
            yield dotted(made.func)


def _made_at_top(info: ModuleInfo, name: str) -> str:
    """The class of the object that a module binds a name to, once; empty for anything else."""
    bound = [
        node
        for node in info.tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and name in map(dotted, node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    stores = [
        node
        for node in walk(info.tree)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]
    value = bound[0].value if len(bound) == 1 and len(stores) == 1 else None
    return dotted(value.func) if isinstance(value, ast.Call) else ""


def _keeps_on_self(nodes: Iterable[ast.ClassDef]) -> bool:
    """Whether objects of a class keep something under keys: ``self._clients[state_id] = ...``."""
    return any(
        dotted(kept).startswith("self.") for each in nodes for kept in _kept_under_keys(each)
    )


def _keeps_in_module(module: Module, function: ast.AST) -> bool:
    """Whether a function keeps something under keys in a dictionary of its module."""
    return any(
        isinstance(kept, ast.Name) and module.binder(module.function_of(kept), kept.id) is None
        for kept in _kept_under_keys(function)
    )


def _kept_under_keys(scope: ast.AST) -> Iterator[ast.expr]:
    for node in walk(scope):
        match node:
            case ast.Subscript(value=kept, ctx=ast.Store() | ast.Del()):
                yield kept
            case ast.Call(func=ast.Attribute(value=kept, attr=method)) if method in _KEEPING:
                yield kept
