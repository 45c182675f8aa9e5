"""Classes of other modules: a client's or a context's, read where an import leads to them."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from flake8_stateid.analysis.program import MAX_CHAIN, Import, ModuleInfo, imports
from flake8_stateid.codemod.reading.modules import Module
from flake8_stateid.codemod.reading.nodes import chosen, stored_names, walk
from flake8_stateid.codemod.reading.signatures import Callee, dotted
from flake8_stateid.source import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.source import SourceText

# Rows of the first module that was taken in are counted from here, those of the second from twice
# as much, and so on: they can be told apart.
ELSEWHERE = 10_000_000
_PLAIN_BASES = frozenset({"object", "ABC", "abc.ABC", "Protocol", "Generic", "typing.Protocol"})


# For as long as the source tree keeps what it has read: nothing is taken into these.
_modules: WeakKeyDictionary[ModuleInfo, Module] = WeakKeyDictionary()


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

    @property
    def methods(self) -> list[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """The methods of the class and its bases, each with its module."""
        return [
            (owner.module, item)
            for owner in self.classes
            for item in owner.node.body
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]


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
        self._copies: dict[str, ast.Module] = {}
        self._adopt()

    @property
    def sources(self) -> SourceTree:
        """Where other modules are read."""
        return self._tree

    @property
    def first(self) -> Module:
        """The first module, with what was taken in beside it."""
        return self._own

    @property
    def own(self) -> ModuleInfo:
        """The first module."""
        return self._info

    def of(self, name: str, within: ast.AST | None = None) -> Ancestry:
        """The class that a module knows as ``name`` (``Client``, ``clients.Client``).

        Args:
            name: As it is written there.
            within: A node of a module that was taken in; the first module is meant without.
        """
        info = self._info if within is None else self._around(within)
        owner = None if within is None else self._own.class_of(within)
        first, _, rest = name.partition(".")
        if owner is not None and rest and first in {"self", "cls"}:
            return self._of_self(owner, rest)
        return self._of(info, name)

    def _of_self(self, owner: ast.ClassDef, name: str) -> Ancestry:
        """The class that an object of ``owner`` knows by itself, ``self.client_class``.

        None where a subclass may have another one, or an object be given one.
        """
        wanted = name.partition(".")[0]
        classes = [owner, *self._own.below(owner)]
        family = dict.fromkeys(base for each in classes for base in self._own.bases(each))
        holders = [each for each in family if any(wanted in _bound_by(node) for node in each.body)]
        given = any(
            isinstance(node, ast.Attribute)
            and node.attr == wanted
            and not isinstance(node.ctx, ast.Load)
            for tree in self._own.trees
            for node in walk(tree)
        )
        if given or len(holders) != 1:
            return Ancestry((), complete=False)
        return self._of(self._around(holders[0]), f"{holders[0].name}.{name}")

    def part(self, module: Module, name: str, within: ast.AST | None = None) -> Ancestry:
        """The same, for what the module of a class that was found knows as ``name``.

        Args:
            module: The module of a :class:`SeenClass`, or the first one.
            name: As it is written there.
            within: The node that names it.
        """
        info = self.info_of(module, within)
        return Ancestry((), complete=False) if info is None else self._of(info, name)

    def functions(self, module: Module, callee: ast.expr) -> list[tuple[Module, Callee]]:
        """The functions that a call in a module may reach, each with its own; imported ones too.

        Args:
            module: The module of a :class:`SeenClass`, or the first one.
            callee: What is called there.
        """
        found = module.resolve(callee)
        first = dotted(callee).partition(".")[0]
        if found or not first or module.binder(module.function_of(callee), first) is not None:
            return [(module, each) for each in found]
        info = self.info_of(module, callee)
        origin = None if info is None else self.origin(info, dotted(callee))
        if origin is None or origin[0] is info:
            return []
        other = self.module(origin[0])
        return [(other, each) for each in other.defined(origin[1])]

    def info_of(self, module: Module, within: ast.AST | None) -> ModuleInfo | None:
        """What is known of a module that was read; of the first one, of what a node stands in."""
        if module is self._own:
            return self._info if within is None else self._around(within)
        return next(
            (self._tree.module(path) for path, each in self._modules.items() if each is module),
            None,
        )

    def _around(self, node: ast.AST) -> ModuleInfo:
        """The module that a node stands in: one that was taken in, or the first one."""
        root = [node, *self._own.ancestors(node)][-1]
        return self._adopted.get(root, self._info) if isinstance(root, ast.Module) else self._info

    def _of(self, info: ModuleInfo, name: str) -> Ancestry:
        found: list[SeenClass] = []
        complete = True
        todo = [(info, name)]
        while todo:
            info, wanted = todo.pop(0)
            seen = self.find(info, wanted)
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

    def has(self, name: str, within: ast.AST) -> bool:
        """Whether ``name`` is a class that is seen, here or in another module.

        Args:
            name: As it is written in the module.
            within: A node of that module.
        """
        return bool(self.of(name, within).classes)

    def _adopt(self) -> None:
        """Take in the bases of the module's classes, and the classes of objects they keep."""
        wanted = [
            *(
                base.value if isinstance(base, ast.Subscript) else base
                for owner in self._own.classes.values()
                for base in owner.bases
            ),
            *(
                made.func
                for node in walk(self._own.tree)
                if isinstance(node, (ast.Assign, ast.AnnAssign))
                and (node in self._own.tree.body or _is_attribute(node))
                and isinstance(made := chosen(node.value), ast.Call)
                and isinstance(made.func, (ast.Name, ast.Attribute))
            ),
        ]
        names = [name for name in dict.fromkeys(map(dotted, wanted)) if name]
        for name in names:
            if name not in self._own.classes:
                self.take_in_class(name, self.chain(self._info, name))

    def take_in_class(
        self, name: str, chain: Sequence[tuple[ModuleInfo, SeenClass]]
    ) -> ast.ClassDef | None:
        """Take in a class that the first module knows as ``name``, and its bases; the class."""
        taken: ast.ClassDef | None = None
        first = True
        for info, each in chain:
            if info is self._info:
                continue
            copy = self.take_in(info)
            twins = [
                node
                for node in copy.body
                if isinstance(node, ast.ClassDef) and node.name == each.node.name
            ]
            alias = name.rpartition(".")[2] if first else each.node.name
            self._own.adopt(copy, {alias: twins[-1]} if twins else {})
            taken = twins[-1] if twins and first else taken
            first = False
        return taken

    def chain(self, info: ModuleInfo, name: str) -> list[tuple[ModuleInfo, SeenClass]]:
        """A class and its bases, each with the module it stands in."""
        found: list[tuple[ModuleInfo, SeenClass]] = []
        todo = [(info, name)]
        while todo:
            seen = self.find(*todo.pop(0))
            if seen is not None and seen not in found:
                found.append(seen)
                for base in seen[1].node.bases:
                    plain = base.value if isinstance(base, ast.Subscript) else base
                    todo.append((seen[0], dotted(plain)))
        return found

    def find(self, info: ModuleInfo, name: str) -> tuple[ModuleInfo, SeenClass] | None:
        """The class that a module knows as ``name``, and the module that defines it."""
        origin = self.origin(info, name)
        if origin is None:
            return None
        info, name = origin
        module = self.module(info)
        first, *inner = name.split(".")
        found = (
            (info, SeenClass(module, module.classes[first])) if first in module.classes else None
        )
        for each in inner:
            found = found and self._member(*found, each)
        return found

    def _member(
        self, info: ModuleInfo, owner: SeenClass, name: str
    ) -> tuple[ModuleInfo, SeenClass] | None:
        """The class that another has in its body, or names there: ``client_class = Client``."""
        bodies = (each.body for each in owner.module.bases(owner.node))
        match [node for body in bodies for node in body if name in _bound_by(node)]:
            case [ast.ClassDef() as node]:
                return info, SeenClass(owner.module, node)
            case [ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value)]:
                return self.find(info, dotted(value))
        return None

    def base(
        self, info: ModuleInfo, node: ast.ClassDef, name: str
    ) -> tuple[ModuleInfo, SeenClass] | None:
        """The class that ``node`` inherits from under a name, and the module that defines it."""
        if name.partition(".")[0] != node.name:
            return self.find(info, name)
        # ``class Plugin(Plugin)``: what an import bound before the class did.
        bound = [
            (name if each == "*" else name.partition(".")[2], origin)
            for statement in info.tree.body
            if isinstance(statement, (ast.Import, ast.ImportFrom))
            for each, origin in imports(statement)
            if each in {"*", node.name}
        ]
        for rest, each in bound:
            attribute = "" if each.attribute == "*" else each.attribute
            origin = self._imported(info, each._replace(attribute=attribute), rest, MAX_CHAIN)
            if origin is not None:
                return self.find(*origin)
        return None

    def origin(
        self, info: ModuleInfo, name: str, length: int = MAX_CHAIN
    ) -> tuple[ModuleInfo, str] | None:
        """The module that defines what another knows as ``name``, and its name there."""
        first, _, rest = name.partition(".")
        if not first or not length:
            return None
        definitions = info.definitions.get(first, [])
        for definition in reversed(definitions):
            if isinstance(definition, Import):
                return self._imported(info, definition, rest, length)
        if definitions or first in self.module(info).classes:
            return info, name
        for bound in info.star_imports:
            found = self._imported(info, bound._replace(attribute=""), name, length)
            if found is not None:
                return found
        return None

    def _imported(
        self, info: ModuleInfo, bound: Import, rest: str, length: int
    ) -> tuple[ModuleInfo, str] | None:
        """Where the dotted name ``rest`` of what an import binds is defined."""
        parts = rest.split(".") if rest else []
        # ``import a.b`` binds ``a``: what follows may name modules first, the longest wins.
        for number in range(0 if bound.attribute else max(len(parts) - 1, 0), -1, -1):
            path = ".".join(part for part in (bound.module, *parts[:number]) if part)
            located = self._tree.locate(info.file, bound._replace(module=path, imported=""))
            target = self.opened(located.path) if located is not None else None
            if located is not None and target is not None:
                wanted = ".".join(part for part in (located.name, *parts[number:]) if part)
                return self.origin(target, wanted, length - 1)
        return None

    def opened(self, path: str) -> ModuleInfo | None:
        """The module in a file: the one that is fixed as it was given, others as they stand."""
        own = self._info.file
        if path == own or (
            os.path.basename(path) == os.path.basename(own)
            and os.path.realpath(path) == os.path.realpath(own)
        ):
            return self._info
        return self._tree.module(path)

    def take_in(self, info: ModuleInfo) -> ast.Module:
        """The tree of another module, its rows counted apart, beside that of the first one."""
        copy = self._copies.get(info.file)
        if copy is None:
            copy = self._copies[info.file] = parse(info.source)
            ast.increment_lineno(copy, ELSEWHERE * len(self._copies))
            self._adopted[copy] = info
        return copy

    def place_of(self, row: int) -> tuple[str, int]:
        """The path of the module that a row stands in, and the row there; "" for the first one."""
        number, inside = divmod(row, ELSEWHERE)
        if not number:
            return "", inside
        return list(self._adopted.values())[number - 1].source.path, inside

    def module(self, info: ModuleInfo) -> Module:
        """The tree of another module with its parents and names."""
        if info.file not in self._modules:
            self._modules[info.file] = _module_of(info)
        return self._modules[info.file]


def _bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement of a class's body binds."""
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return {statement.name}
    return stored_names(statement)


def _is_attribute(statement: ast.Assign | ast.AnnAssign) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(isinstance(target, ast.Attribute) for target in targets)


def _module_of(info: ModuleInfo) -> Module:
    module = _modules.get(info)
    if module is None:
        module = _modules[info] = Module(info.tree)
    return module
