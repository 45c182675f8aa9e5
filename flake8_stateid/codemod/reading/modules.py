"""One parsed module: what a name is bound to, whom a call reaches.

What cannot be read off the trees is answered with nothing, and the plan refuses. Besides this
module's tree, those of bases and subclasses in other modules may be taken in. Nothing is executed.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.reading.chosen_functions import chosen_functions
from flake8_stateid.codemod.reading.handing_on import only_submits
from flake8_stateid.codemod.reading.nodes import children, chosen, is_none, walk
from flake8_stateid.codemod.reading.passed import Passed, given_to
from flake8_stateid.codemod.reading.signatures import (
    Callee,
    Function,
    dotted,
    is_class_method,
    is_static,
    parameters,
    short_name,
)
from flake8_stateid.codemod.reading.variables import Variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


class Module(Variables):
    """Classes, functions and bindings of one tree."""

    def __init__(self, tree: ast.Module) -> None:
        """Walk the tree once."""
        super().__init__(tree)
        self.classes = {node.name: node for node in walk(tree) if isinstance(node, ast.ClassDef)}
        # Uses of aliases, each in the tree as the attribute it is, and what binds aliases.
        self.aliased: set[ast.expr] = set()
        self.aliasing: set[ast.stmt] = set()
        # Classes of other modules that inherit from this one's, each with its bases that are seen.
        self.descendants: dict[ast.ClassDef, list[ast.ClassDef]] = {}
        # What was asked before, as far as no tree that is taken in changes the answer.
        self._defined: dict[ast.AST, dict[str, list[Callee]]] = {}
        self._stored: dict[ast.AST, dict[tuple[type[ast.AST], str], list[ast.expr]]] = {}
        self._replaced: dict[ast.AST, frozenset[str]] = {}
        self._passed = Passed(self)
        # Attributes whose functions are being looked for.
        self._held: set[str] = set()
        # Whether what is called or entered is the project's own, and not seen to wait for rows.
        self.homemade: Callable[[ast.expr], bool] = _is_never
        # Whether what a function spells so is a text by its type, or None.
        self.is_text: Callable[[Function, str], bool] = _is_unknown
        # Whether a function of the project is called, by a name that may be imported.
        self.is_seen: Callable[[ast.expr], bool] = _is_never

    def adopt(self, tree: ast.Module, classes: Mapping[str, ast.ClassDef]) -> None:
        """Take in another module's tree, and ``classes`` of it under the names this one uses."""
        self.take_in(tree)
        for name, node in classes.items():
            self.classes.setdefault(name, node)

    def family_trees(self) -> list[ast.Module]:
        """This module's tree, and those in which subclasses of its classes stand."""
        roots = [self.root_of(each) for each in self.descendants]
        return [self.tree, *dict.fromkeys(root for root in roots if root is not self.tree)]

    # Calls

    @cached_property
    def calls(self) -> list[ast.Call]:
        """All calls of the module, in the order of its text."""
        calls = [node for node in walk(self.tree) if isinstance(node, ast.Call)]
        return sorted(calls, key=lambda call: (call.lineno, call.col_offset))

    def methods(self, owner: ast.ClassDef, name: str, *, below: bool = False) -> list[Function]:
        """``name`` as ``owner`` or a base defines it, nearest first; ``below`` adds overrides."""
        found: list[Function] = []
        todo: list[ast.ClassDef] = [owner]
        seen: set[ast.ClassDef] = set()
        while todo:
            current = todo.pop(0)
            if current in seen:
                continue
            seen.add(current)
            own = [
                item
                for item in current.body
                if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name == name
            ]
            found.extend(own[-1:])
            if not own:
                todo.extend(self._direct_bases(current))
        if below:
            above = self.bases(owner)
            for each in self.below(owner):
                for other in self.bases(each):
                    # What a subclass also inherits from may come first, and override as well.
                    found.extend(
                        item
                        for item in (other.body if other not in above else ())
                        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
                        and item.name == name
                        and item not in found
                    )
        return found

    def bases(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes known here that ``owner`` inherits from, itself first."""
        found, todo = [], [owner]
        while todo:
            current = todo.pop(0)
            if current not in found:
                found.append(current)
                todo.extend(self._direct_bases(current))
        return found

    def below(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes that are known to inherit from ``owner``."""
        return [
            other
            for other in dict.fromkeys([*self.classes.values(), *self.descendants])
            if other is not owner and owner in self.bases(other)
        ]

    def _direct_bases(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        if owner in self.descendants:
            return self.descendants[owner]
        names = map(short_name, owner.bases)
        return [self.classes[name] for name in names if name in self.classes]

    def resolve(self, callee: ast.expr) -> list[Callee]:
        """The functions ``callee`` may be; empty where that cannot be seen."""
        if isinstance(callee, ast.Lambda):
            return [Callee(callee, 0)]
        if isinstance(callee, ast.Name):
            return self._resolve_name(callee) or self.taken(callee)
        if not isinstance(callee, ast.Attribute):
            return chosen_functions(self, callee)
        owner = self.class_of(callee)
        value = callee.value
        if owner is not None and isinstance(value, ast.Name) and value.id in {"self", "cls"}:
            found = self.methods(owner, callee.attr, below=True)
            if found and self._is_replaced(owner, callee.attr):
                return []
            own = [Callee(method, 0 if is_static(method) else 1) for method in found]
            return own or self._held_functions(owner, callee.attr)
        if (
            owner is not None
            and isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id == "super"
        ):
            for base in self.bases(owner)[1:]:
                found = self.methods(base, callee.attr)
                if found:
                    return [Callee(found[0], 0 if is_static(found[0]) else 1)]
            return []
        kept = self._kept(value)
        if kept is not None:
            found = self.methods(kept, callee.attr, below=True)
            # What only submits is asked what the library's own is.
            return [Callee(method, 1) for method in found if not self._only_submits(method)]
        if isinstance(value, ast.Name) and value.id in self.classes:
            return [
                Callee(method, 1 if is_class_method(method) else 0)
                for method in self.methods(self.classes[value.id], callee.attr)
            ]
        return self.taken(callee)

    def _is_replaced(self, owner: ast.ClassDef, name: str) -> bool:
        """Whether objects get another function in a method's place: ``self._ask = self._loud``."""
        return any(
            name in self._replaced_in(base)
            for each in (owner, *self.below(owner))
            for base in self.bases(each)
        )

    def _replaced_in(self, tree: ast.ClassDef) -> frozenset[str]:
        """The attributes that are bound on ``self`` or ``cls``, those with a setter left out."""
        if tree not in self._replaced:
            nodes = walk(tree)
            setters = {
                f"{each.name}.setter" for each in nodes if isinstance(each, ast.FunctionDef)
            } & {
                dotted(decorator)
                for each in nodes
                if isinstance(each, ast.FunctionDef)
                for decorator in each.decorator_list
            }
            self._replaced[tree] = frozenset(
                node.attr
                for node in nodes
                if isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and dotted(node.value) in {"self", "cls"}
                and f"{node.attr}.setter" not in setters
            )
        return self._replaced[tree]

    def _held_functions(self, owner: ast.ClassDef, attribute: str) -> list[Callee]:
        """The functions that an attribute may be: ``self._make_client = make_client``.

        It is bound once, by the constructor; to a parameter, what all who construct one give.
        """
        stores = [
            node
            for tree in self.trees
            for node in self._stores(tree, ast.Attribute, attribute)
            if self._is_of(node, owner)
        ]
        maker = self.function_of(stores[0]) if len(stores) == 1 else None
        bound = self.parents[stores[0]] if maker is not None else None
        if (
            not isinstance(maker, ast.FunctionDef)
            or maker.name != "__init__"
            or not isinstance(bound, (ast.Assign, ast.AnnAssign))
            or bound.value is None
            or attribute in self._held
        ):
            return []
        self._held.add(attribute)
        try:
            if not isinstance(bound.value, ast.Name) or bound.value.id not in parameters(maker):
                return self.resolve(bound.value)
            return given_to(self, owner, Callee(maker, 1), bound.value.id)
        finally:
            self._held.remove(attribute)

    def defined(self, name: str) -> list[Callee]:
        """The functions of that name at the level of the module."""
        return self.defined_in(self.tree, name)

    def defined_in(self, tree: ast.Module, name: str) -> list[Callee]:
        """The same, for a tree that was taken in."""
        return [*self._functions(tree).get(name, [])]

    def reached_from(self, nodes: Iterable[ast.AST], *, passed: bool = True) -> set[Function]:
        """Every function that is called, or named, in ``nodes`` and in what those call.

        Args:
            nodes: Where to begin.
            passed: Whether what is handed over, and called by a parameter, is meant too.
        """
        found: set[Function] = set()
        todo = list(nodes)
        while todo:
            for inner in walk(todo.pop()):
                if isinstance(inner, (ast.Name, ast.Attribute)):
                    if not passed and self._passed.is_parameter(inner):
                        continue
                    for callee in self.resolve(inner):
                        if callee.function not in found:
                            found.add(callee.function)
                            todo.append(callee.function)
        return found

    def _kept(self, value: ast.expr) -> ast.ClassDef | None:
        """The class of an object that is made once: ``self._cache = ClientCache()``."""
        owner = self.class_of(value)
        stores: list[ast.expr]
        match value:
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute) if owner is not None:
                stores = [
                    node
                    for tree in self.trees
                    for node in self._stores(tree, ast.Attribute, attribute)
                    if tree is self.tree or self._is_of(node, owner)
                ]
                functions = [self.function_of(node) for node in stores]
                if not all(
                    isinstance(each, ast.FunctionDef) and each.name == "__init__"
                    for each in functions
                ):
                    return None
            case ast.Name(id=name) if self.binder(self.function_of(value), name) is not None:
                return self._made_in(value)
            case ast.Name(id=name):
                stores = self._stores(self.root_of(value), ast.Name, name)
                if not stores:
                    return self.elsewhere.get((self.root_of(value), name))
                if len(stores) != 1 or self.function_of(stores[0]) is not None:
                    return None
            case _:
                return None
        made = set()
        for store in stores:
            parent = self.parents[store]
            bound = parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else store
            kept = chosen(bound)
            if kept is None or is_none(kept):
                continue  # it has no method to call
            made.add(short_name(kept.func) if isinstance(kept, ast.Call) else "")
        return self.classes.get(made.pop()) if len(made) == 1 else None

    def _only_submits(self, method: Function) -> bool:
        """Whether a method does what an executor's ``submit`` does, in threads."""
        return only_submits(method) and not any(
            isinstance(node, (ast.Name, ast.Attribute))
            and any(word in dotted(node).lower() for word in ("process", "interpreter"))
            for node in walk(self.root_of(method))
        )

    def _made_in(self, held: ast.Name) -> ast.ClassDef | None:
        """The class of what a local is bound to, once: ``cache = ClientCache()``."""
        scope = self.binder(self.function_of(held), held.id)
        assert scope is not None
        if held.id in parameters(scope):
            return None
        match self.binding(scope, held.id):
            case ast.Assign(value=ast.Call() as made) | ast.AnnAssign(value=ast.Call() as made):
                return self.classes.get(short_name(made.func))
        return None

    def _is_of(self, attribute: ast.expr, owner: ast.ClassDef) -> bool:
        """Whether an attribute may be one of an object of ``owner``; no stranger's ``self`` is."""
        other = self.class_of(attribute)
        return (
            other is None
            or not (isinstance(attribute, ast.Attribute) and dotted(attribute.value) == "self")
            or owner in self.bases(other)
            or other in self.bases(owner)
        )

    def _resolve_name(self, callee: ast.Name) -> list[Callee]:
        scopes: list[ast.AST] = [
            node for node in self.ancestors(callee) if isinstance(node, (*FUNCTIONS, ast.Module))
        ]
        for scope in scopes:
            if isinstance(scope, ast.Lambda):
                if callee.id in parameters(scope):
                    return []
                continue
            assert isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module))
            own = self._functions(scope).get(callee.id)
            if own:
                return [*own]
            if not isinstance(scope, ast.Module) and self.binds(scope, callee.id):
                return self._bound_lambda(scope, callee.id)
        return []

    def _functions(
        self, scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
    ) -> dict[str, list[Callee]]:
        """The functions defined in a scope, by name."""
        found = self._defined.get(scope)
        if found is None:
            found = self._defined[scope] = {}
            for node in _scope_nodes(scope):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    found.setdefault(node.name, []).append(Callee(node, 0))
        return found

    def _stores(self, tree: ast.Module, kind: type[ast.AST], name: str) -> list[ast.expr]:
        """Where a tree binds or deletes an attribute, or a name, whosever it is."""
        found = self._stored.get(tree)
        if found is None:
            found = self._stored[tree] = {}
            for node in walk(tree):
                if isinstance(node, (ast.Attribute, ast.Name)) and not isinstance(
                    node.ctx, ast.Load
                ):
                    called = node.attr if isinstance(node, ast.Attribute) else node.id
                    found.setdefault((type(node), called), []).append(node)
        return found.get((kind, name), [])

    def _bound_lambda(self, scope: Function, name: str) -> list[Callee]:
        """The function of ``ask = lambda row: ...``, where the name is bound to nothing else.

        Of a parameter, those that are handed over.
        """
        if name in parameters(scope):
            return [] if self.own_stores(scope, name) else self._passed.functions(scope, name)
        match self.binding(scope, name):
            case ast.Assign(targets=[ast.Name()], value=ast.Lambda() as made):
                return [Callee(made, 0)]
            case ast.Assign(targets=[ast.Name()], value=value):
                return chosen_functions(self, value)
        return []


def _scope_nodes(scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the scopes nested in it (their heads included)."""
    todo: list[ast.AST] = list(scope.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            todo.extend(children(node))


def _is_never(_node: ast.expr) -> bool:
    return False


def _is_unknown(_function: Function, _path: str) -> bool:
    return False
