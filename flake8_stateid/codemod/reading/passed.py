"""Functions that are handed on as arguments, and called by the parameter that takes them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.handing_on import handed_call
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import contexts, parameters, short_name

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Callee, Function


class Passed:
    """Finds what callers give for a parameter, as far as the trees of a module show callers.

    An id is only followed along calls that are seen. So what others, of other modules, give for
    the parameter has nothing to do with it.
    """

    def __init__(self, module: Module) -> None:
        """Look at nothing yet."""
        self._module = module
        self._named: dict[ast.Module, dict[str, list[ast.expr]]] = {}
        self._known: dict[tuple[int, Function, str], list[Callee]] = {}
        self._asked: set[tuple[Function, str]] = set()

    def functions(self, function: Function, parameter: str) -> list[Callee]:
        """The functions that ``parameter`` may be; none where one of them cannot be seen."""
        # A tree that is taken in brings more callers.
        key = (len(self._module.trees), function, parameter)
        if key not in self._known:
            self._asked.add(key[1:])
            self._known[key] = self._find(function, parameter)
            self._asked.remove(key[1:])
        return self._known[key]

    def is_parameter(self, name: ast.expr) -> bool:
        """Whether a name is a parameter of a function around it."""
        if not isinstance(name, ast.Name):
            return False
        function = self._module.binder(self._module.function_of(name), name.id)
        return function is not None and name.id in parameters(function)

    def _find(self, function: Function, parameter: str) -> list[Callee]:
        found: dict[Callee, None] = {}
        for callee, call in self._calls(function):
            given = callee.argument(call, parameter)
            if given is None:
                return []
            if isinstance(given, ast.Name):
                owner = self._module.binder(self._module.function_of(given), given.id)
                if (owner, given.id) in self._asked:
                    continue  # it hands on what it was given
            functions = self._module.resolve(given)
            if not functions:
                return []
            found.update(dict.fromkeys(functions))
        return list(found)

    def _calls(self, function: Function) -> list[tuple[Callee, ast.Call]]:
        """The calls that reach a function, also as one that is handed on with its arguments."""
        if isinstance(function, ast.Lambda):
            return []
        found: list[tuple[Callee, ast.Call]] = []
        for tree in self._module.trees:
            for mention in self._mentions(tree).get(function.name, ()):
                call = self._module.parents[mention]
                if not isinstance(call, ast.Call):
                    continue
                made = call if call.func is mention else handed_call(call)
                if made is None or made.func is not mention:
                    continue
                found.extend(
                    (callee, made)
                    for callee in self._module.resolve(mention)
                    if callee.function is function
                )
        return found

    def _mentions(self, tree: ast.Module) -> dict[str, list[ast.expr]]:
        """What a tree reads, by its last name."""
        found = self._named.get(tree)
        if found is None:
            found = self._named[tree] = {}
            for node in walk(tree):
                if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                    name = node.id if isinstance(node, ast.Name) else node.attr
                    found.setdefault(name, []).append(node)
        return found


def given_to(module: Module, owner: ast.ClassDef, maker: Callee, parameter: str) -> list[Callee]:
    """The functions that are given for a parameter of a constructor; none if one is not."""
    found: dict[Callee, None] = {}
    if owner.bases or module.below(owner) or _takes_context(owner):
        return []  # what has it made elsewhere may be given something else
    for tree in module.trees:
        for node in walk(tree):
            if isinstance(node, ast.Call) and short_name(node.func) == owner.name:
                kept = isinstance(module.parents[node], (ast.Assign, ast.AnnAssign))
                if not kept or module.function_of(node) is None:
                    return []
                given = maker.argument(node, parameter)
                functions = module.resolve(given) if given is not None else []
                if not functions:
                    return []
                found.update(dict.fromkeys(functions))
    return list(found)


def _takes_context(owner: ast.ClassDef) -> bool:
    """Whether a class may be a plugin: a method of it is handed a context."""
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and contexts(node)
        for node in owner.body
    )
