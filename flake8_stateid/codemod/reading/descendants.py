"""Subclasses in other modules: what they override, the batch path of their base reaches.

They are found by their base's name in the text of the source tree, known by where their imports
lead, and taken in beside the module, so that all that holds within it holds for them.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.ancestry import ELSEWHERE
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.reading.source_texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.reading.ancestry import Ancestors, SeenClass
    from flake8_stateid.codemod.reading.modules import Module

# The head of a class statement, as far as its colon; what stands in brackets may hold colons.
_HEADS = re.compile(rb"^[ \t]*class\s+\w+\s*(?:\[[^\n]*?\]\s*)?\((.*?)\)\s*:", re.M | re.S)
_WORD = re.compile(rb"\w+")

# A class by the file that defines it and its name: modules may be read anew.
Key = tuple[str, str]


class Descendants:
    """The class of a batch path and all that inherits from it, here and in other modules.

    Attributes:
        classes: The class and its descendants, each with the module that defines it.
        names: What they are called, in any module.

    Args:
        module: The module of the batch path.
        ancestors: Finds what classes of other modules inherit from.
        owner: The class.
        info: What is known of its module, where that is not the batch path's.
    """

    def __init__(
        self,
        module: Module,
        ancestors: Ancestors,
        owner: ast.ClassDef,
        info: ModuleInfo | None = None,
    ) -> None:
        """Search the source tree."""
        self._module = module
        self._ancestors = ancestors
        own = info or ancestors.own
        self.classes: dict[Key, tuple[ModuleInfo, ast.ClassDef]] = {
            (own.file, each.name): (own, each) for each in [owner, *module.below(owner)]
        }
        self.names = [each.name for _, each in self.classes.values()]
        texts = texts_of(ancestors.sources)
        # The list grows while it is walked: subclasses of subclasses, and other names for either.
        for name in self.names:
            for path, data in texts.taking(name, own.file):
                self._learn(name, path, data)

    def is_one(self, info: ModuleInfo, name: str) -> bool:
        """Whether a module knows one of the classes as ``name``."""
        return self._holds(self._ancestors.find(info, name))

    def _holds(self, found: tuple[ModuleInfo, SeenClass] | None) -> bool:
        return found is not None and (found[0].file, found[1].node.name) in self.classes

    def take_in(self) -> bool:
        """Take the descendants of other modules in; whether any was not in yet."""
        known = len(self._module.descendants)
        for info, node in self.classes.values():
            self._adopt(info, node)
        return len(self._module.descendants) > known

    def _learn(self, name: str, path: str, data: bytes) -> None:
        word = re.escape(name.encode())
        aliases = re.findall(rb"\b" + word + rb"\s+as\s+(\w+)", data)
        self.names += [
            each for each in (alias.decode() for alias in aliases) if each not in self.names
        ]
        wanted = {name.encode(), *aliases}
        if not any(wanted & set(_WORD.findall(head)) for head in _HEADS.findall(data)):
            return
        info = self._ancestors.opened(path)
        if info is None:
            return
        for node in walk(info.tree):
            if isinstance(node, ast.ClassDef) and any(
                self._holds(self._ancestors.base(info, node, base)) for base in _bases(node)
            ):
                self.classes.setdefault((info.file, node.name), (info, node))
                if node.name not in self.names:
                    self.names.append(node.name)

    def _adopt(self, info: ModuleInfo, node: ast.ClassDef) -> ast.ClassDef:
        """The copy of a class beside the module, with those it inherits from."""
        if info is self._ancestors.own:
            return node
        tree = self._ancestors.take_in(info)
        self._module.adopt(tree, {})
        copy = next(
            each
            for each in walk(tree)
            if isinstance(each, ast.ClassDef)
            and (each.name, each.lineno % ELSEWHERE) == (node.name, node.lineno % ELSEWHERE)
        )
        if copy not in self._module.descendants:
            bases = self._module.descendants[copy] = []
            for base in _bases(node):
                found = self._ancestors.base(info, node, base)
                if found is not None:
                    bases.append(self._adopt(found[0], found[1].node))
        return copy


def _bases(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        yield dotted(base.value if isinstance(base, ast.Subscript) else base)
