"""Classes of other modules: a client's or a context's, read where an import leads to them."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import Import, ModuleInfo
from flake8_stateid.codemod.modules import Module, dotted

if TYPE_CHECKING:
    from flake8_stateid.analysis.packages import SourceTree
    from flake8_stateid.source import SourceText

_MAX_CHAIN = 8
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

    Args:
        source: The text of the module that names them.
        module: The same, parsed.
        tree: The source tree that imports are looked up in.
    """

    def __init__(self, source: SourceText, module: Module, tree: SourceTree) -> None:
        """Start from one module."""
        self._tree = tree
        path = os.path.abspath(source.path)
        self._info = ModuleInfo(source, module.tree, path)
        self._modules: dict[str, Module] = {path: module}

    def of(self, name: str) -> Ancestry:
        """The class that the module knows as ``name`` (``Client``, ``clients.Client``)."""
        found: list[SeenClass] = []
        complete = True
        todo = [(self._info, name)]
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
