"""Trees with their parents: what encloses a node, and what it stands among."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.reading.nodes import changed, children, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.codemod.reading.signatures import Function


class Trees:
    """The tree of a module, and those of other modules that were taken in.

    Args:
        tree: The module's.

    Attributes:
        tree: The module's.
        trees: All of them, the module's first.
        parents: By node, the one around it.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.trees: list[ast.Module] = []
        self.parents: dict[ast.AST, ast.AST] = {}
        self.take_in(tree)

    def take_in(self, tree: ast.Module) -> None:
        """Walk a tree that is not known yet."""
        if tree in self.trees:
            return
        self.trees.append(tree)
        self._note_below(tree)

    def replace(self, old: ast.expr, new: ast.expr) -> None:
        """Put ``new`` in the place of ``old``, as if it were written there."""
        parent = self.parents.pop(old)
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list) and old in value:
                value[value.index(old)] = new
        changed(parent)
        self.parents[new] = parent
        self._note_below(new)

    def _note_below(self, root: ast.AST) -> None:
        for node in walk(root):
            for child in children(node):
                self.parents[child] = node

    def root_of(self, node: ast.AST) -> ast.Module:
        """The tree that ``node`` stands in."""
        root = [node, *self.ancestors(node)][-1]
        assert isinstance(root, ast.Module)
        return root

    def is_own(self, node: ast.AST) -> bool:
        """Whether ``node`` stands in this module, and not in one that was taken in."""
        return self.tree in self.ancestors(node)

    def enclosing(self, node: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
        """The nearest node of one of ``kinds`` around ``node``."""
        current = self.parents.get(node)
        while current is not None and not isinstance(current, kinds):
            current = self.parents.get(current)
        return current

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around ``node``, innermost first."""
        current = self.parents.get(node)
        while current is not None:
            yield current
            current = self.parents.get(current)

    def function_of(self, node: ast.AST) -> Function | None:
        """The function whose body or default ``node`` stands in."""
        found = self.enclosing(node, *FUNCTIONS)
        assert found is None or isinstance(found, FUNCTIONS)
        return found

    def outermost_function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The nearest ``def`` around ``node``, lambdas left out."""
        found = self.enclosing(node, ast.FunctionDef, ast.AsyncFunctionDef)
        assert found is None or isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef))
        return found

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """The class whose method ``node`` stands in."""
        found = self.enclosing(node, ast.ClassDef)
        assert found is None or isinstance(found, ast.ClassDef)
        return found

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds ``node``, itself included."""
        current = node
        while not isinstance(current, ast.stmt):
            current = self.parents[current]
        return current

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that ``statement`` stands among."""
        parent = self.parents[statement]
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if isinstance(block, list) and statement in block:
                return block
        return [statement]
