"""Variables of one module's functions: which function binds a name, and all that mean it."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import defaults, dotted, parameters
from flake8_stateid.codemod.reading.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.codemod.reading.signatures import Callee, Function


def unused_name(name: str, taken: Collection[str]) -> str:
    """``name``, or the first of ``name_2``, ``name_3`` and so on that is not taken."""
    others = (f"{name}_{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], others) if each not in taken)


class Variables(Trees):
    """Trees whose names are known by the function that binds them."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        # What was asked before: no tree that is taken in changes the answer.
        self._binds: dict[tuple[Function, str], bool] = {}
        self._own_names: dict[tuple[Function, str], list[ast.Name]] = {}
        # By tree, what names stand for that its imports bind: functions, the classes of objects.
        self.imported: dict[tuple[ast.Module, str], list[Callee]] = {}
        self.elsewhere: dict[tuple[ast.Module, str], ast.ClassDef] = {}

    def bound_names(self, function: Function) -> set[str]:
        """Every name bound or used anywhere in ``function``, nested scopes included."""
        names = {node.id for node in walk(function) if isinstance(node, ast.Name)}
        return names | self.bound_otherwise(function)

    def bound_otherwise(self, function: Function) -> set[str]:
        """Every name that is bound in ``function`` by what is no :class:`ast.Name`.

        Parameters, imports, handlers and patterns bind them, and what is defined or declared.
        """
        names: set[str] = set()
        for node in walk(function):
            if isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.alias):
                names.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                names.update(node.names)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif found := captured(node):
                names.add(found)
        return names

    def captures(self, function: Function, name: str) -> list[ast.AST]:
        """The patterns and handlers that bind the variable ``name`` of ``function``."""
        return [
            node
            for node in walk(function)
            if captured(node) == name and self.binder(self.function_of(node), name) is function
        ]

    def own_names(self, function: Function, name: str) -> list[ast.Name]:
        """All ``Name`` nodes that mean the variable ``name`` of ``function``.

        Nested functions and comprehensions that bind the name themselves mean another variable.
        """
        known = self._own_names.get((function, name))
        if known is None:
            known = self._own_names[function, name] = self._find_names(function, name)
        return [*known]

    def own_stores(self, function: Function, name: str) -> list[ast.Name]:
        """Those of :meth:`own_names` that bind or delete the variable."""
        return [node for node in self.own_names(function, name) if not _is_load(node)]

    def binding(self, function: Function, name: str) -> ast.AST | None:
        """What a variable is bound in, such as an assignment, where that is one place alone."""
        stores = self.own_stores(function, name)
        return self.parents[stores[0]] if len(stores) == 1 else None

    def taken(self, callee: ast.expr) -> list[Callee]:
        """The functions of other modules that are known by an import."""
        name = dotted(callee)
        found = self.imported.get((self.root_of(callee), name), []) if self.imported else []
        root = name.partition(".")[0]
        if found and self.binder(self.function_of(callee), root) is None:
            return found
        return []

    def forget_names(self) -> None:
        """Names have gone from the tree."""
        self._own_names.clear()

    def _find_names(self, function: Function, name: str) -> list[ast.Name]:
        found: list[ast.Name] = []
        todo: list[ast.AST] = list(children(function))
        while todo:
            node = todo.pop()
            if isinstance(node, FUNCTIONS) and self.binds(node, name):
                todo.extend(default for _, default in defaults(node))
                continue
            if isinstance(node, COMPREHENSIONS) and any(
                isinstance(target, ast.Name) and target.id == name
                for generator in node.generators
                for target in walk(generator.target)
            ):
                todo.append(node.generators[0].iter)
                continue
            if isinstance(node, ast.Name) and node.id == name:
                found.append(node)
            todo.extend(children(node))
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def binds(self, function: Function, name: str) -> bool:
        """Whether ``name`` is a parameter or a local of ``function`` itself."""
        known = self._binds.get((function, name))
        if known is None:
            known = self._binds[function, name] = self._is_bound(function, name)
        return known

    def _is_bound(self, function: Function, name: str) -> bool:
        if name in parameters(function):
            return True
        if isinstance(function, ast.Lambda):
            return False
        todo: list[ast.AST] = list(function.body)
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Nonlocal) and name in node.names:
                return False
            if isinstance(node, ast.Name) and node.id == name and not _is_load(node):
                return True
            if name == captured(node):
                return True
            if not isinstance(node, (*FUNCTIONS, ast.ClassDef, *COMPREHENSIONS)):
                todo.extend(children(node))
        return False

    def binder(self, start: Function | None, name: str) -> Function | None:
        """The function that binds ``name`` as ``start`` sees it; ``None`` for a global."""
        while start is not None and not self.binds(start, name):
            start = self.function_of(start)
        return start


def captured(node: ast.AST) -> str | None:
    """What a pattern, or the handler of an exception, binds by a name that is no ``ast.Name``."""
    match node:
        case ast.MatchAs(name=name) | ast.MatchStar(name=name) | ast.ExceptHandler(name=name):
            return name
        case ast.MatchMapping(rest=rest):
            return rest
    return None


def _is_load(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)
