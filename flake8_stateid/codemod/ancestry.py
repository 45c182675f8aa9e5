"""Classes of other modules: a client's or a context's, read where an import leads to them."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import Import, ModuleInfo
from flake8_stateid.codemod.modules import Module, dotted
from flake8_stateid.source import parse

if TYPE_CHECKING:
    from flake8_stateid.analysis.packages import SourceTree
    from flake8_stateid.source import SourceText

_MAX_CHAIN = 8
# Rows of modules that were taken in are counted from here, so that they can be told apart.
ELSEWHERE = 10_000_000
_PLAIN_BASES = frozenset({"object", "ABC", "abc.ABC", "Protocol", "Generic", "typing.Protocol"})


class SeenClass(NamedTuple):
    """A class and the module that defines it."""

    module: Module
    node: ast.ClassDef


class Ancestry(NamedTuple):
    """A class and its bases, nearest first.

    Attributes:
        classes: Those that can be seen.
        complete: Whether these are all.
    """

    classes: tuple[SeenClass, ...]
    complete: bool


class Ancestors:
    """Finds classes by the name a module uses for them.

    Attributes:
        minting: Calls that open a state, so that each gives an id of its own.

    Args:
        source: The text of the module that names them.
        module: The same, parsed.
        tree: The source tree that imports are looked up in.
    """

    def __init__(self, source: SourceText, module: Module, tree: SourceTree) -> None:
        """Start from one module."""
        self._tree = tree
        self.minting = frozenset(tree.settings.minting)
        path = os.path.abspath(source.path)
        self._info = ModuleInfo(source, module.tree, path)
        self._own = module
        self._modules: dict[str, Module] = {path: module}
        self._adopted: dict[ast.Module, ModuleInfo] = {}
        self._adopt()

    def of(self, name: str, within: ast.AST | None = None) -> Ancestry:
        """The class that a module knows as ``name`` (``Client``, ``clients.Client``).

        Args:
            name: As it is written there.
            within: A node of a module that was taken in; the first module is meant without.
        """
        found: list[SeenClass] = []
        complete = True
        root = within
        while root is not None and root in self._own.parents:
            root = self._own.parents[root]
        info = self._adopted.get(root, self._info) if isinstance(root, ast.Module) else self._info
        todo = [(info, name)]
        while todo:
            info, wanted = todo.pop(0)
            seen = self._find(info, wanted, _MAX_CHAIN)
            if seen is None:
                complete = complete and wanted in _PLAIN_BASES
                continue
            where, each = seen
            if each not in found:
                found.append(each)
                for base in each.node.bases:
                    plain = base.value if isinstance(base, ast.Subscript) else base
                    todo.append((where, dotted(plain)))
        return Ancestry(tuple(found), complete and bool(found))

    def _adopt(self) -> None:
        """Take in the bases of the module's classes, and the classes of objects they keep."""
        wanted = [
            *(
                base.value if isinstance(base, ast.Subscript) else base
                for owner in self._own.classes.values()
                for base in owner.bases
            ),
            *(
                node.value.func
                for node in ast.walk(self._own.tree)
                if isinstance(node, (ast.Assign, ast.AnnAssign))
                and (node in self._own.tree.body or _is_attribute(node))
                and isinstance(node.value, ast.Call)
                and isinstance(node.value.func, (ast.Name, ast.Attribute))
            ),
        ]
        names = [name for name in dict.fromkeys(map(dotted, wanted)) if name]
        copies: dict[str, ast.Module] = {}
        for name in names:
            if name in self._own.classes:
                continue
            first = True
            for seen in self._chain(name):
                info, each = seen
                if info is self._info:
                    continue
                copy = copies.get(info.file)
                if copy is None:
                    copy = copies[info.file] = parse(info.source)
                    ast.increment_lineno(copy, ELSEWHERE)
                    self._adopted[copy] = info
                twins = [
                    node
                    for node in copy.body
                    if isinstance(node, ast.ClassDef) and node.name == each.node.name
                ]
                alias = name.rpartition(".")[2] if first else each.node.name
                self._own.adopt(copy, {alias: twins[-1]} if twins else {})
                first = False

    def _chain(self, name: str) -> list[tuple[ModuleInfo, SeenClass]]:
        """A class and its bases, each with the module it stands in."""
        found: list[tuple[ModuleInfo, SeenClass]] = []
        todo = [(self._info, name)]
        while todo:
            seen = self._find(*todo.pop(0), _MAX_CHAIN)
            if seen is not None and seen not in found:
                found.append(seen)
                for base in seen[1].node.bases:
                    plain = base.value if isinstance(base, ast.Subscript) else base
                    todo.append((seen[0], dotted(plain)))
        return found

    def _find(
        self, info: ModuleInfo, name: str, length: int
    ) -> tuple[ModuleInfo, SeenClass] | None:
        first, _, rest = name.partition(".")
        if not first or not length:
            return None
        for definition in reversed(info.definitions.get(first, [])):
            if not isinstance(definition, Import):
                continue
            located = self._tree.locate(info.file, definition)
            target = self._tree.module(located.path) if located is not None else None
            if located is None or target is None:
                return None
            wanted = ".".join(part for part in (located.name, rest) if part)
            return self._find(target, wanted, length - 1)
        module = self._module(info)
        if rest or first not in module.classes:
            return None
        return info, SeenClass(module, module.classes[first])

    def _module(self, info: ModuleInfo) -> Module:
        if info.file not in self._modules:
            self._modules[info.file] = Module(info.tree)
        return self._modules[info.file]


def _is_attribute(statement: ast.Assign | ast.AnnAssign) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(isinstance(target, ast.Attribute) for target in targets)
