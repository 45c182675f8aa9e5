"""Who else may mean a helper by its name: a use, or another function that has the same name.

Plugins of one package are often written alike, each with a ``_row_state_id`` of its own.
"""

from __future__ import annotations

import ast
import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.ancestry import Ancestors
from flake8_stateid.codemod.reading.descendants import Descendants
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.reading.source_texts import texts_of

if TYPE_CHECKING:
    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.source import SourceText

_Def = ast.FunctionDef | ast.AsyncFunctionDef


class Namesakes:
    """Tells uses of a module's helpers from other functions of the same name.

    Args:
        source: The module's text.
        module: The same, parsed.
        tree: Where other modules are read.
    """

    def __init__(self, source: SourceText, module: Module, tree: SourceTree) -> None:
        """Search nothing yet."""
        self._source = source
        self._module = module
        self._tree = tree
        self._families: dict[ast.ClassDef, tuple[set[tuple[str, str]], set[str]]] = {}

    @cached_property
    def _ancestors(self) -> Ancestors:
        return Ancestors(self._source, self._module, self._tree)

    def is_other(self, helper: ast.stmt, other: _Def) -> bool:
        """Whether another definition of this module has nothing but its name from ``helper``."""
        scope, another = (_scope(self._module, each) for each in (helper, other))
        if isinstance(scope, ast.ClassDef) and isinstance(another, ast.ClassDef):
            return not self._is_related(scope, self._ancestors.own, another)
        return scope is not another

    def is_used(self, helper: ast.stmt, name: str) -> bool:
        """Whether another module may call or override a method, or a function of the module.

        Args:
            helper: Its definition.
            name: What it is called.
        """
        ancestors = self._ancestors
        owner = _scope(self._module, helper)
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        try:
            for path, _ in texts_of(self._tree).mentioning(name, ancestors.own.file):
                info = ancestors.opened(path)
                if info is None or any(
                    self._may_mean(owner, info, node, name, word) for node in walk(info.tree)
                ):
                    return True
        except RefusalError:
            return True  # too many files to look at
        return False

    def is_taken(self, name: str) -> bool:
        """Whether another module may take a name from this one, or all that it has."""
        file = self._ancestors.own.file
        own = os.path.splitext(os.path.basename(file))[0]
        taking = re.compile(rf"(?<!\w){own}(?:\s+import\s|\.{name}(?!\w))".encode())
        try:
            for path, data in texts_of(self._tree).mentioning(own, file):
                if taking.search(data) is None:
                    continue
                info = self._ancestors.opened(path)
                if info is None or any(_takes(node, own, name) for node in walk(info.tree)):
                    return True
        except RefusalError:
            return True  # too many files to look at
        return False

    def _may_mean(
        self, owner: ast.AST, info: ModuleInfo, node: ast.AST, name: str, word: re.Pattern[str]
    ) -> bool:
        """Whether a node of another module may mean the helper, or take its place."""
        module = self._ancestors.module(info)
        match node:
            case ast.Constant(value=str(text)):
                told = isinstance(module.parents[node], ast.Expr)
                return not told and word.search(text) is not None
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
                return self._overrides(owner, info, _scope(module, node))
            case ast.Name(id=named) if named == name:
                if isinstance(owner, ast.ClassDef):
                    return self._overrides(owner, info, _scope(module, node))
                function = module.binder(module.function_of(node), name)
                return function is None and not (module.resolve(node) or name in info.definitions)
            case ast.alias() if name in {node.name, node.asname}:
                if isinstance(owner, ast.ClassDef):
                    return False  # no import gives a method
                origin = self._ancestors.origin(info, node.asname or node.name)
                return origin is None or origin == (self._ancestors.own, name)
            case ast.Attribute(attr=attr) if attr == name:
                return not self._is_of_another(owner, info, module, node)
        return False

    def _overrides(self, owner: ast.AST, info: ModuleInfo, scope: ast.AST) -> bool:
        """Whether what a scope binds is a method that stands beside the helper's class."""
        return (
            isinstance(owner, ast.ClassDef)
            and isinstance(scope, ast.ClassDef)
            and self._is_related(owner, info, scope)
        )

    def _is_of_another(
        self, owner: ast.AST, info: ModuleInfo, module: Module, node: ast.Attribute
    ) -> bool:
        """Whether an attribute is that of another class, or of another module."""
        other: ast.ClassDef | None = None
        match node.value:
            case ast.Name(id="self" | "cls"):
                other = module.class_of(node)
            case ast.Name(id=called) if called in module.classes:
                other = module.classes[called]
        if other is not None:
            # One that it does not define itself may be anybody's.
            return bool(module.methods(other, node.attr)) and not self._overrides(
                owner, info, other
            )
        origin = self._ancestors.origin(info, dotted(node))
        if origin is None or module.binder(
            module.function_of(node), dotted(node).partition(".")[0]
        ):
            return False
        return "." not in origin[1] and origin != (self._ancestors.own, node.attr)

    def _is_related(self, owner: ast.ClassDef, info: ModuleInfo, other: ast.ClassDef) -> bool:
        """Whether an object may be of both classes."""
        keys, unseen = self._family(owner)
        return (info.file, other.name) in keys or other.name in unseen

    def _family(self, owner: ast.ClassDef) -> tuple[set[tuple[str, str]], set[str]]:
        """All that a class, and what inherits from it, inherits from; bases not seen by name."""
        if owner not in self._families:
            ancestors = self._ancestors
            family = Descendants(self._module, ancestors, owner)
            keys: set[tuple[str, str]] = set()
            unseen: set[str] = set()
            todo = [*family.classes.values()]
            while todo:
                info, node = todo.pop()
                if (info.file, node.name) in keys:
                    continue
                keys.add((info.file, node.name))
                for base in node.bases:
                    name = dotted(base.value if isinstance(base, ast.Subscript) else base)
                    found = ancestors.base(info, node, name)
                    if found is None:
                        unseen.add(name.rpartition(".")[2])
                    else:
                        todo.append((found[0], found[1].node))
            self._families[owner] = keys, unseen
        return self._families[owner]


def possible_uses(
    module: Module, owner: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[ast.Name | ast.Attribute]:
    """Every use of the name of ``owner`` that is not known to mean another function."""
    found: list[ast.Name | ast.Attribute] = []
    outer = module.function_of(owner)
    for node in (node for tree in module.family_trees() for node in walk(tree)):
        if (isinstance(node, ast.Attribute) and node.attr == owner.name) or (
            isinstance(node, ast.Name) and node.id == owner.name
        ):
            assert isinstance(node, (ast.Name, ast.Attribute))
            if outer is not None and (
                isinstance(node, ast.Attribute)
                or module.binder(module.function_of(node), node.id) is not outer
            ):
                continue  # nobody else knows an inner function
            callees = [callee.function for callee in module.resolve(node)]
            if not callees or owner in callees:
                found.append(node)
    return found


def _takes(node: ast.AST, module: str, name: str) -> bool:
    """Whether a node takes a name from a module of that name, wherever it is."""
    match node:
        case ast.ImportFrom(module=str(whole), names=names):
            taken = {each.name for each in names}
            return whole.rpartition(".")[2] == module and not taken.isdisjoint({name, "*"})
        case ast.Attribute(value=owner, attr=attribute):
            return attribute == name and dotted(owner).rpartition(".")[2] == module
    return False


def calls_of(
    module: Module, definition: ast.stmt, function: Function, name: str, namesakes: Namesakes
) -> list[ast.Call]:
    """All calls of a helper in its module; none where it may be reached in another way.

    Args:
        module: The module.
        definition: The statement that defines the helper.
        function: The function that it is.
        name: What it is called by.
        namesakes: Tells other functions of that name.
    """
    found: list[ast.Call] = []
    outer = module.function_of(definition)
    for node in walk(module.tree):
        match node:
            case ast.FunctionDef(name=named) | ast.AsyncFunctionDef(name=named):
                if (
                    named == name
                    and node is not definition
                    and not namesakes.is_other(definition, node)
                ):
                    return []
            case ast.Constant(value=named) | ast.alias(name=named) if named == name:
                return []
            case ast.Name(id=named) | ast.Attribute(attr=named) if named == name:
                if module.parents[node] is definition:
                    continue
                callees = [callee.function for callee in module.resolve(node)]
                if callees and function not in callees and not _is_in_class(module, node):
                    continue
                call = module.parents[node]
                if not isinstance(call, ast.Call) or call.func is not node:
                    return []
                if callees != [function]:
                    return []
                if outer is not None and module.function_of(call) is not outer:
                    return []
                found.append(call)
    return found


def _is_in_class(module: Module, node: ast.AST) -> bool:
    """Whether a name stands in the body of a class, where it may be that of a method."""
    return isinstance(module.enclosing(node, ast.ClassDef, *FUNCTIONS), ast.ClassDef)


def _scope(module: Module, node: ast.AST) -> ast.AST:
    """The class, function or module whose block a definition or a name stands in."""
    return module.enclosing(node, ast.ClassDef, *FUNCTIONS) or module.root_of(node)
