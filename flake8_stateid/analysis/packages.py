"""The package as one analysis sees it: what imports bring, read where that is needed."""

from __future__ import annotations

import os

from flake8_stateid.analysis.program import MAX_CHAIN, ClassInfo, FunctionInfo, Import, ModuleInfo
from flake8_stateid.analysis.values import (
    NOTHING,
    UNKNOWN,
    UNREAD,
    Pending,
    Reference,
    Value,
    join,
    made_by_unread,
    reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.locating import Located
    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.analysis.values import Atom, Trace


class PackageView:
    """The package as one analysis sees it: modules it has shown a need for, and no others.

    Reading a module costs more than analysing the file at hand. So an import first stands for
    something unknown (:class:`~flake8_stateid.analysis.values.Pending`); where a built string goes
    into it, or a state id comes out of it, the module is opened and the file analysed again.

    Args:
        tree: The source tree.
        opened: Paths of the modules that are needed.
    """

    def __init__(self, tree: SourceTree, opened: frozenset[str]) -> None:
        self._tree = tree
        self._opened = set(opened)
        # By what is not read: what stands for it, and for what it makes or holds.
        self._unread_values: dict[Located, Value] = {}
        self._unread_parts: dict[str, Value] = {}
        self._unread_attributes: dict[tuple[str, str], Value] = {}

    def imported(self, engine: Engine, module: ModuleInfo, bound: Import) -> Value | None:
        """What an import binds; None where its source is not part of the package."""
        located = self._tree.locate(module.file, bound)
        if located is None:
            return None
        return self._value(engine, located, 0)

    def _value(self, engine: Engine, located: Located, length: int) -> Value:
        if located.path.endswith(os.sep):  # a namespace package, of which there is nothing to read
            return reference("module", located.path)
        if located.path not in self._opened:
            return self._unread(located)
        module = self._tree.module(located.path)
        if module is None or length > MAX_CHAIN:
            return NOTHING
        if not located.name:
            return reference("module", located.path)
        return self._member(engine, module, located.name, length)

    def _member(self, engine: Engine, module: ModuleInfo, name: str, length: int) -> Value:
        definitions = module.definitions.get(name) or module.imported_lazily(name)
        if not definitions:
            return self._starred(engine, module, name, length)
        value = NOTHING
        for definition in definitions:
            if isinstance(definition, Import):
                located = self._tree.locate(module.file, definition)
                if located is None:
                    value = join(value, engine.modules.value(module, name))
                    continue
                # What is needed of this name is needed of the place it is re-exported from.
                self._opened.add(located.path)
                value = join(value, self._value(engine, located, length + 1))
            elif isinstance(definition, FunctionInfo | ClassInfo):
                value = join(value, engine.modules.value(module, name))
            else:
                value = join(value, engine.modules.shared(module, name))
        return value

    def home(self, module: ModuleInfo, name: str) -> tuple[ModuleInfo, str]:
        """Where a variable that a module uses is defined, and its name there; "" for a module."""
        from flake8_stateid.analysis.homes import home

        return home(self._tree, self._opened, module, name)

    def _starred(self, engine: Engine, module: ModuleInfo, name: str, length: int) -> Value:
        for bound in module.star_imports:
            located = self._tree.locate(module.file, bound._replace(attribute=""))
            if located is not None and length < MAX_CHAIN and self._gives(located.path, name):
                self._opened.add(located.path)
                value = self._value(engine, located._replace(name=name), length + 1)
                if value is not NOTHING:
                    return value
        return NOTHING

    def _gives(self, path: str, name: str) -> bool:
        """Whether ``from x import *`` takes a name from a module, if that has it."""
        module = self._tree.module(path)
        return module is None or module.exports(name)

    def _unread(self, located: Located) -> Value:
        known = self._unread_values.get(located)
        if known is None:
            pending = Pending(located.path, located.name)
            target = f"{located.path}:{located.name}"
            ref = Reference(UNREAD, target)
            known = self._unread_values[located] = Value({pending: ()}, {ref.key: ref})
            self._unread_parts[target] = made_by_unread((pending,))
        return known

    def unread_part(self, target: str) -> Value:
        """What is a part of, or made by, what a module that has not been read defines.

        Args:
            target: Of a reference to that, or to an object of it.
        """
        return self._unread_parts.get(target, NOTHING)

    def unread_attribute(self, engine: Engine, target: str, name: str) -> Value:
        """An attribute of what a module that has not been read defines, or of that module.

        Args:
            engine: Tells what is taken from a module apart by its name there.
            target: Of a reference to that.
            name: The attribute.
        """
        key = (target, name)
        known = self._unread_attributes.get(key)
        if known is None:
            atoms: dict[Atom, Trace] = {}
            refs: dict[tuple[str, object], Reference] = {}
            for pending in self._unread_parts[target].atoms:
                assert isinstance(pending, Pending)
                member = engine.needs.member(pending, name)
                atoms[member] = ()
                if not member.name:
                    of_member = f"{member.path}:{member.member}"
                    ref = Reference(UNREAD, of_member)
                    refs[ref.key] = ref
                    self._unread_parts.setdefault(of_member, made_by_unread((member,)))
            known = self._unread_attributes[key] = Value(atoms, refs, types=UNKNOWN.types)
        return known

    def star_imported(self, engine: Engine, module: ModuleInfo, name: str) -> Value:
        """What ``from x import *`` binds under a name."""
        for bound in module.star_imports:
            located = self._tree.locate(module.file, bound._replace(attribute=""))
            if located is None:
                continue
            if located.path not in self._opened:
                return self._unread(located._replace(name=name))
            if not self._gives(located.path, name):
                continue
            value = self._value(engine, located._replace(name=name), 0)
            if value is not NOTHING:
                return value
        return NOTHING

    def module_attribute(self, engine: Engine, path: str, name: str) -> Value:
        """What a name is in a module of the package, or the submodule of that name."""
        value = NOTHING
        folder, file = os.path.split(path)
        if file:
            module = self._tree.module(path)
            if module is None:
                return NOTHING
            value = self._member(engine, module, name, 0)
        if value is NOTHING and file in ("__init__.py", ""):
            if file:
                located = self._tree.locate(path, Import("", name, 1))
            else:
                located = self._tree.within(folder, name)
            if located is not None and not located.name:
                return self._value(engine, located, 0)
        return value

    def can_matter(self, path: str, name: str) -> bool:
        """Whether what a module defines can make a state id of a string that is passed to it."""
        return self._tree.can_matter(path, name)

    def can_matter_by(self, path: str, name: str, member: str) -> bool:
        """Whether what a class of a module keeps in an attribute can make such a state id."""
        return self._tree.can_matter_by(path, name, member)

    def can_mint(self, path: str, name: str) -> bool:
        """Whether what a module defines can register a string that is passed to it."""
        return self._tree.can_mint(path, name)

    def opened(self) -> list[ModuleInfo]:
        """The modules that are open from the beginning."""
        modules = [self._tree.module(path) for path in sorted(self._opened)]
        return [module for module in modules if module is not None]

    def can_build(self, unread: Pending, anywhere: bool = False) -> bool:
        """Whether what a module defines, or a member of it, can give a string that it builds.

        Args:
            unread: What it defines.
            anywhere: Whether it may give it to what it calls as well.
        """
        return self._tree.can_build(unread.path, unread.name, unread.member, anywhere)

    def takes_apart(self, unread: Pending, made: Pending) -> bool:
        """Whether what a module defines takes the fields of what another's class makes."""
        return self._tree.takes_apart(unread.path, unread.name, (made.path, made.name))

    def called_on_self(self, path: str, name: str) -> Set[str]:
        """The attributes that the methods of a class in a module take of their own object."""
        return self._tree.called_on_self(path, name)

    def leads_to(self, mentions: Callable[[str], bool], path: str, name: str) -> bool:
        """Whether what a module defines, or what that names, is of a kind that its text tells."""
        return self._tree.leads_to(mentions, path, name)

    def is_plugin_code(self, path: str) -> bool:
        """Whether the lint looks at a file by itself."""
        return self._tree.is_plugin_code(path)
