"""Where a variable that a module imports is at home: others see what is put into it."""

from __future__ import annotations

import os

from flake8_stateid.analysis.program import MAX_CHAIN, Import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from flake8_stateid.analysis.locating import Located
    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.analysis.source_tree import SourceTree


def home(
    tree: SourceTree, opened: Set[str], module: ModuleInfo, name: str
) -> tuple[ModuleInfo, str]:
    """Where a variable that a module uses is defined, and what it is called there.

    Args:
        tree: The source tree.
        opened: The files of the modules that may be read.
        module: The module that uses it.
        name: What it is called in that.

    Returns:
        The module, as far as imports lead to those that may be read, and the name in it; "" for
        the module itself.
    """
    for _ in range(MAX_CHAIN):
        led = next(_leading(tree, opened, module, name), None)
        if led is None:
            break
        module, name = led
        if not name:
            break
    return module, name


def _leading(
    tree: SourceTree, opened: Set[str], module: ModuleInfo, name: str
) -> Iterator[tuple[ModuleInfo, str]]:
    """Where the imports of a module lead that may bind a name, and what it is called there."""
    bound = module.definitions.get(name, (None,))[-1]
    found: list[Located | None] = []
    if isinstance(bound, Import):
        found = [tree.locate(module.file, bound)]
    elif bound is None:
        found = [
            located._replace(name=name)
            for star in module.star_imports
            if (located := tree.locate(module.file, star._replace(attribute=""))) is not None
        ]
        if os.path.basename(module.file) == "__init__.py":
            found.append(tree.within(os.path.dirname(module.file), name))
    for located in found:
        imported = None
        if located is not None and located.path in opened:
            imported = tree.module(located.path)
        if located is not None and imported is not None:
            if bound is None and located.name and located.name not in imported.definitions:
                continue
            yield imported, located.name
