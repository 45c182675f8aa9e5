"""Whether a module that has not been read can make a state id of what is passed to it.

Its own text tells, mostly (:mod:`relevance`). Where it does not, it may call what does: a function
that it is handed, or a method that a class here adds to one it inherits from.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import ClassInfo, Import
from flake8_stateid.analysis.values import HELD, UNREAD_KINDS, Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.needs import Packages
    from flake8_stateid.analysis.program import FunctionInfo, ModuleInfo
    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.analysis.summaries import Summary
    from flake8_stateid.analysis.values import Value


def can_matter(engine: Engine, packages: Packages, unread: Pending) -> bool:
    """Whether what an unread module defines can make a state id of what is passed to it."""
    if unread.calls_back or engine.needs.is_called_back(unread.path):
        return True
    if unread.is_held:
        return packages.can_matter_by(unread.path, unread.name, unread.member.removesuffix(HELD))
    if packages.can_matter(unread.path, unread.name):
        return True
    return unread.is_base and _has_hook(engine, packages, unread)


def unread_in(packages: Packages | None, value: Value) -> frozenset[Pending]:
    """What a value may be, or may be an object of, in modules that have not been read.

    Where it was kept or handed on, it is its reference that came along.

    Args:
        packages: Those modules; None where there are none.
        value: The value.
    """
    found = {atom for atom in value.atoms if isinstance(atom, Pending)}
    if packages is None:
        return frozenset(found)
    for ref in value.refs.values():
        if ref.kind in UNREAD_KINDS and isinstance(ref.target, str):
            known = packages.unread_part(ref.target)
            found.update(atom for atom in known.atoms if isinstance(atom, Pending))
    return frozenset(found)


def _has_hook(engine: Engine, packages: Packages, base: Pending) -> bool:
    """Whether a base class calls on itself what a class here, or another base, defines."""
    called = packages.called_on_self(base.path, base.name)
    return bool(called) and any(
        not called.isdisjoint(owner.methods)
        for cls in engine.seen_classes
        if any(
            (each.path, each.name) == (base.path, base.name) for each in engine.pending_bases(cls)
        )
        for owner in engine.classes.order(cls)
    )


def leads_on(engine: Engine, function: FunctionInfo, summary: Summary) -> bool:
    """Whether a function makes a state id of what it is called with, or may.

    Args:
        engine: What is known of the program.
        function: The function.
        summary: What it does.
    """
    own = function.parameters[0].name if function.takes_receiver else ""
    given = {("parameter", each.name) for each in function.parameters if each.name != own}
    if any(engine.names.kind(each.name) for each in function.parameters) or any(
        symbol.root in given for symbol in summary.sinks
    ):
        return True
    packages = engine.packages
    return packages is not None and any(
        packages.can_matter(each.path, each.name)
        for (symbol, _), unread in summary.needs.items()
        if symbol.root in given
        for each in unread
    )


def is_foreign(engine: Engine, cls: ClassInfo) -> bool:
    """Whether a class is another module's, and may make a state id of what it holds."""
    packages = engine.packages
    return (
        packages is not None
        and cls.module is not engine.module
        and packages.can_matter(cls.module.file, cls.name)
    )


def with_bases(tree: SourceTree, paths: Iterable[str]) -> frozenset[str]:
    """Modules, and those their classes inherit from as far as that can matter.

    What is done with an object nearly always leads to its class's bases: to know them at once
    saves an analysis for each.
    """
    found = set(paths)
    waiting = list(found)
    while waiting:
        path = waiting.pop()
        module = tree.module(path)
        if module is None:
            continue
        for name in _inherited(module):
            for bound in module.definitions.get(name, ()):
                located = tree.locate(path, bound) if isinstance(bound, Import) else None
                if (
                    located is not None
                    and located.path not in found
                    and tree.can_matter(located.path, located.name)
                ):
                    found.add(located.path)
                    waiting.append(located.path)
    return frozenset(found)


def _inherited(module: ModuleInfo) -> list[str]:
    """The names of what the classes of a module inherit from."""
    names = []
    for definitions in module.definitions.values():
        for definition in definitions:
            if isinstance(definition, ClassInfo):
                for base in definition.node.bases:
                    generic = base.value if isinstance(base, ast.Subscript) else base
                    if isinstance(generic, ast.Name):
                        names.append(generic.id)
    return names
