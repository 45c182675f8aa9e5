"""Other modules of the package: found on the source tree, read on demand, never executed."""

from __future__ import annotations

import os
import sys

from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, Import, ModuleInfo
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
from flake8_stateid.names import mentions_minting, mentions_name
from flake8_stateid.problems import InputError
from flake8_stateid.scope import Place
from flake8_stateid.source import SourceText, decode, parse, universal_newlines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.locating import Located, Locator
    from flake8_stateid.analysis.relevance import ModuleText, Origin
    from flake8_stateid.analysis.values import Atom, Trace
    from flake8_stateid.scope import Scope
    from flake8_stateid.settings import Settings

_MAX_MODULES = 512  # kept per process; a run over more starts the collection anew
MAX_BYTES = 2_000_000
_MAX_CHAIN = 8  # re-exports followed for one name


class SourceTree:
    """Modules by path, parsed once for a process while their files stay as they are.

    Args:
        settings: ``source_roots`` and the names that make a module worth reading.
        scope: Says what is plugin code, and where a project's root is.
    """

    def __init__(self, settings: Settings, scope: Scope) -> None:
        self.settings = settings
        self.scope = scope
        self._modules: dict[str, tuple[tuple[int, int], ModuleInfo | None]] = {}
        self._known_locator: Locator | None = None
        self._leading: dict[tuple[Callable[[str], bool], str, str], bool] = {}
        self._irrelevant: dict[Callable[[str], bool], set[tuple[str, str]]] = {}
        self._building: dict[tuple[str, str, str, bool], bool] = {}
        self._texts: dict[str, ModuleText | None] = {}

    @property
    def _locator(self) -> Locator:
        if self._known_locator is None:
            # Imported here: many a file imports from the standard library alone.
            from flake8_stateid.analysis.locating import Locator

            self._known_locator = Locator(self.settings, self.scope, self._defines)
        return self._known_locator

    def locate(self, path: str, bound: Import) -> Located | None:
        """Where an import in the file at ``path`` leads, on the project's own source tree."""
        if not bound.level and bound.module.partition(".")[0] in sys.stdlib_module_names:
            return None
        return self._locator.locate(path, bound)

    def within(self, folder: str, name: str) -> Located | None:
        """The module, or the namespace package, of a name in the folder of one."""
        return self._locator.within(folder, name)

    def module(self, path: str) -> ModuleInfo | None:
        """The module in a file; None where it cannot be read or parsed."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._modules.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        module = None
        if status.st_size <= MAX_BYTES:
            try:
                with open(path, "rb") as file:
                    source = SourceText.from_bytes(_shown(path), file.read())
                module = ModuleInfo(source, parse(source), path)
            except (OSError, InputError):
                pass  # the import is then one that cannot be followed
        if len(self._modules) >= _MAX_MODULES:
            self._modules.clear()
        self._modules[path] = (stamp, module)
        return module

    def can_matter(self, path: str, name: str) -> bool:
        """Whether what a module defines under a name can make a state id of what it is given."""
        return self._leads_to(self._mentions, path, name)

    def can_mint(self, path: str, name: str) -> bool:
        """Whether what a module defines under a name can register what it is given."""
        return self._leads_to(self._mints, path, name)

    def can_build(self, path: str, name: str, member: str, anywhere: bool = False) -> bool:
        """Whether what a module defines under a name can give a string that it builds."""
        key = (path, name, member, anywhere)
        known = self._building.get(key)
        if known is None:
            from flake8_stateid.analysis.building import can_build

            of_id = self._mentions if anywhere else None
            known = can_build(self._text, self._origin, path, name, member, of_id)
            self._building[key] = known
        return known

    def called_on_self(self, path: str, name: str) -> Set[str]:
        """The attributes that the methods of a class in a module take of their own object."""
        from flake8_stateid.analysis.relevance import called_on_self

        return called_on_self(self._text, self._origin, path, name)

    def can_count(self, path: str, name: str) -> bool:
        """Whether what a module defines under a name can be, or make, a client that counts."""
        from flake8_stateid.analysis.counting import may_count

        return self._leads_to(may_count, path, name)

    def _leads_to(self, mentions: Callable[[str], bool], path: str, name: str) -> bool:
        key = (mentions, path, name)
        known = self._leading.get(key)
        if known is None:
            # Imported here, as counting above: few files ask about other modules.
            from flake8_stateid.analysis.relevance import can_lead_to_name

            irrelevant = self._irrelevant.setdefault(mentions, set())
            known = can_lead_to_name(self._text, self._origin, mentions, path, name, irrelevant)
            self._leading[key] = known
        return known

    def _mentions(self, text: str) -> bool:
        return mentions_name(text, self.settings) or self._mints(text)

    def _mints(self, text: str) -> bool:
        return mentions_minting(text, self.settings.minting)

    def _text(self, path: str) -> ModuleText | None:
        if path not in self._texts:
            if len(self._texts) >= _MAX_MODULES:
                self._texts.clear()
            try:
                with open(path, "rb") as file:
                    text = decode(path, file.read(MAX_BYTES))
            except (OSError, InputError):
                self._texts[path] = None
            else:
                from flake8_stateid.analysis.relevance import ModuleText

                self._texts[path] = ModuleText(universal_newlines(text))
        return self._texts[path]

    def _origin(self, path: str, origin: Origin) -> tuple[str, str] | None:
        dotted = origin.module.lstrip(".")
        bound = Import(dotted, origin.name, len(origin.module) - len(dotted))
        located = self.locate(path, bound)
        return None if located is None else (located.path, located.name)

    def is_plugin_code(self, path: str) -> bool:
        """Whether the lint looks at a file by itself."""
        return self.scope.place_of(path) is Place.PLUGIN

    def view(self, opened: frozenset[str]) -> PackageView:
        """The package with these modules open."""
        return PackageView(self, opened)

    def _defines(self, package: str, name: str) -> bool:
        """Whether a package's ``__init__`` binds a name that a submodule has too."""
        module = self.module(package)
        return module is not None and any(
            not isinstance(item, Import) for item in module.definitions.get(name, ())
        )


_trees: dict[tuple[Settings, Scope], SourceTree] = {}


def source_tree(settings: Settings, scope: Scope) -> SourceTree:
    """The one tree that a process reads under some settings."""
    key = (settings, scope)
    if key not in _trees:
        _trees.clear()
        _trees[key] = SourceTree(settings, scope)
    return _trees[key]


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
        if module is None or length > _MAX_CHAIN:
            return NOTHING
        if not located.name:
            return reference("module", located.path)
        return self._member(engine, module, located.name, length)

    def _member(self, engine: Engine, module: ModuleInfo, name: str, length: int) -> Value:
        definitions = module.definitions.get(name)
        if definitions is None:
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
                value = join(value, engine.modules.variable(module, name))
        return value

    def _starred(self, engine: Engine, module: ModuleInfo, name: str, length: int) -> Value:
        for bound in module.star_imports:
            located = self._tree.locate(module.file, bound._replace(attribute=""))
            if located is not None and length < _MAX_CHAIN and self._gives(located.path, name):
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

    def called_on_self(self, path: str, name: str) -> Set[str]:
        """The attributes that the methods of a class in a module take of their own object."""
        return self._tree.called_on_self(path, name)

    def can_count(self, path: str, name: str) -> bool:
        """Whether what a module defines under a name can be, or make, a client that counts."""
        return self._tree.can_count(path, name)

    def is_plugin_code(self, path: str) -> bool:
        """Whether the lint looks at a file by itself."""
        return self._tree.is_plugin_code(path)


def _shown(path: str) -> str:
    """A path as a user at the working directory would write it."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith("..") else relative
