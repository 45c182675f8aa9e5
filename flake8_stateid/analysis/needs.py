"""Which modules that have not been read must be, to tell what becomes of the builders."""

from __future__ import annotations

from flake8_stateid.analysis.unread import can_matter
from flake8_stateid.analysis.values import HELD, Origin, Pending, made_by_unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Set
    from typing import Protocol

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import FunctionInfo, Import, ModuleInfo
    from flake8_stateid.analysis.values import Value
else:
    Protocol = object

_MAX_MEMBERS = 4  # of a module, one of the other


class UnreadModuleError(Exception):
    """What is analysed cannot be understood without a module that has not been read."""


class Packages(Protocol):
    """Reads other modules of the package on demand."""

    def imported(self, engine: Engine, module: ModuleInfo, bound: Import) -> Value | None:
        """What an import binds; None where its source is not part of the package."""

    def star_imported(self, engine: Engine, module: ModuleInfo, name: str) -> Value:
        """What ``from x import *`` binds under a name."""

    def module_attribute(self, engine: Engine, path: str, name: str) -> Value:
        """What a name is in a module of the package."""

    def home(self, module: ModuleInfo, name: str) -> tuple[ModuleInfo, str]:
        """Where a variable that a module uses is defined, and its name there; "" for a module."""

    def unread_part(self, target: str) -> Value:
        """What is a part of, or made by, what a module that has not been read defines."""

    def unread_attribute(self, engine: Engine, target: str, name: str) -> Value:
        """An attribute of what a module that has not been read defines, or of that module."""

    def can_matter(self, path: str, name: str) -> bool:
        """Whether what a module defines can make a state id of a string that is passed to it."""

    def can_matter_by(self, path: str, name: str, member: str) -> bool:
        """Whether what a class of a module keeps in an attribute can make such a state id."""

    def can_mint(self, path: str, name: str) -> bool:
        """Whether what a module defines can register a string that is passed to it."""

    def opened(self) -> list[ModuleInfo]:
        """The modules that are open from the beginning."""

    def can_build(self, unread: Pending, anywhere: bool = False) -> bool:
        """Whether what a module defines, or a member of it, can give a string that it builds."""

    def takes_apart(self, unread: Pending, made: Pending) -> bool:
        """Whether what a module defines takes the fields of what another's class makes."""

    def called_on_self(self, path: str, name: str) -> Set[str]:
        """The attributes that the methods of a class in a module take of their own object."""

    def leads_to(self, mentions: Callable[[str], bool], path: str, name: str) -> bool:
        """Whether what a module defines, or what that names, is of a kind that its text tells."""

    def is_plugin_code(self, path: str) -> bool:
        """Whether the lint looks at a file by itself."""


class Needs:
    """What is passed to modules that have not been read, or comes out of them.

    Args:
        engine: What is known of the program.
        impatient: Whether to give up, with :class:`UnreadModuleError`, as soon as a module is
            needed that has not been read.

    Attributes:
        is_abroad: While methods are analysed that nobody here calls: what they build, or take from
            modules that were not read, is no affair of this module.
    """

    is_abroad = False

    def __init__(self, engine: Engine, *, impatient: bool) -> None:
        self.impatient = impatient
        self._engine = engine
        self._wanted: set[str] = set()
        self._unread: dict[Origin | Pending, set[Pending]] = {}
        self._emerged: set[str] = set()  # files of what is made a state id by others
        self._members: dict[tuple[Pending, str], Pending] = {}
        self._calling_back: dict[Pending, Pending] = {}
        self._decorating: dict[FunctionInfo, frozenset[Pending]] = {}
        self._grounds: dict[Origin, set[str]] = {}  # by what is built, files
        self._made_by_unread: dict[frozenset[Pending], Value] = {}
        self._given: set[tuple[str, str]] = set()  # what is passed builders: file, name there

    def add(self, origin: Origin | Pending, unread: frozenset[Pending]) -> None:
        """A builder, or what may be one, is passed to what unread modules define."""
        if self.is_abroad:
            return
        known = self._unread.setdefault(origin, set())
        new = unread - known
        if new:
            known |= new
            built = isinstance(origin, Origin)
            if built:
                self._given.update((each.path, each.name) for each in new)
            if self.impatient:
                self.want(self._needed(origin, new))
                if built:
                    self.want([each.path for each in new if each.path in self._emerged])

    def emerge(self, pending: Pending, concerns: bool) -> None:
        """What comes out of an unread module has become a state id.

        Args:
            pending: What has.
            concerns: Whether it has passed through the module that is analysed. Else that is of
                interest where something that is built here has been passed to that module.
        """
        if self.is_abroad:
            return
        self._emerged.add(pending.path)
        if concerns:
            self.want([pending.path])
        elif self.impatient and self._engine.has_done_much():
            # As a rule one of them is needed then, and to find that at the end is a pass more.
            self.want(sorted(self._emerged))
        elif self.impatient and any(path == pending.path for path, _ in self._given):
            self.want([pending.path])

    def decorate(self, function: FunctionInfo, unread: frozenset[Pending]) -> None:
        """A decorator that was not read may put something else in a function's place."""
        if unread:
            self._decorating[function] = unread

    def returned_by(self, function: FunctionInfo, value: Value) -> None:
        """A function has returned a value, unless one of its decorators returns another."""
        decorators = self._decorating.get(function)
        if decorators is not None:
            self.rest_on(value, decorators)

    def rest_on(self, value: Value, unread: frozenset[Pending]) -> None:
        """Whether something is a builder, and not a number's sum, unread modules tell."""
        for atom in value.atoms:
            if isinstance(atom, Origin):
                self._grounds.setdefault(atom, set()).update(each.path for each in unread)

    def need_grounds(self, origin: Origin) -> None:
        """A builder has reached a target: is it one, and do decorators on its way let it pass?"""
        if not self.is_abroad:
            self.want(sorted(self._grounds.get(origin, ())))

    def need_fields(self, unread: Iterable[Pending]) -> None:
        """Something is a field of a record by its position, behind the fields of unread bases."""
        if not self.is_abroad:
            self.want(sorted({each.path for each in unread}))

    def need_builders(self, unread: Iterable[Pending]) -> None:
        """What unread modules define calls what makes a state id of what they give it."""
        packages = self._engine.packages
        if packages is not None and not self.is_abroad:
            self.want([each.path for each in unread if packages.can_build(each, anywhere=True)])

    def want(self, paths: list[str]) -> None:
        """The modules in some files have to be read."""
        self._wanted.update(paths)
        if self.impatient and paths:
            raise UnreadModuleError

    def paths(self) -> frozenset[str]:
        """Paths of the modules that must be read to tell what becomes of the builders."""
        wanted = set(self._wanted)
        for origin, unread in self._unread.items():
            wanted.update(self._needed(origin, unread))
        wanted.update(path for path, _ in self._given if path in self._emerged)
        return frozenset(wanted)

    def _needed(self, origin: Origin | Pending, unread: Iterable[Pending]) -> list[str]:
        """Paths of the modules without which it is not known whether a builder is found."""
        packages = self._engine.packages
        if packages is None:
            return []
        if isinstance(origin, Pending):
            # Where it leads is of interest once it is known to be built, or to hold what is and
            # to lead to what its own module defines for it.
            if not packages.can_build(origin):
                if (origin.path, origin.name) not in self._given:
                    return []
                unread = [each for each in unread if _may_open(packages, each, origin)]
            matters = any(can_matter(self._engine, packages, each) for each in unread)
            return [origin.path] if matters else []
        if (origin, None) in self._engine.found:  # unless one of them registers it before
            return [each.path for each in unread if packages.can_mint(each.path, each.name)]
        return [each.path for each in unread if can_matter(self._engine, packages, each)]

    def calling_back(self, unread: Iterable[Pending]) -> frozenset[Pending]:
        """The same, told apart as what calls a function that makes state ids."""
        found = set()
        for pending in unread:
            known = self._calling_back.get(pending)
            if known is None:
                known = Pending(pending.path, pending.name, calls_back=True)
                self._calling_back[pending] = known
            found.add(known)
        return frozenset(found)

    def is_called_back(self, path: str) -> bool:
        """Whether something in an unread module was handed a function that makes state ids.

        It may keep it, and so may whatever else that module defines.
        """
        return any(pending.path == path for pending in self._calling_back)

    def made_by_unread(self, unread: frozenset[Pending]) -> Value:
        """What something in modules that have not been read gives; asked for at each call."""
        known = self._made_by_unread.get(unread)
        if known is None:
            known = self._made_by_unread[unread] = made_by_unread(unread)
        return known

    def member(self, pending: Pending, name: str) -> Pending:
        """What a module that has not been read puts in, by way of an attribute."""
        known = self._members.get((pending, name))
        if known is None:
            known = pending  # what a member gives, or holds, is that member's
            if not pending.member:
                known = Pending(pending.path, pending.name, pending.is_base, name)
            elif pending.is_base and not pending.is_held:
                known = Pending(pending.path, pending.name, True, pending.member + HELD)
            elif not pending.name and pending.member.count(".") < _MAX_MEMBERS:
                known = Pending(pending.path, "", pending.is_base, f"{pending.member}.{name}")
            self._members[(pending, name)] = known
        return known


def _may_open(packages: Packages, unread: Pending, made: Pending) -> bool:
    """Whether something may take the fields of an object that it is passed.

    A base class is no such object: what it is given it keeps for those that inherit from it. And
    what a class gives by other means than a call of it (``Result.error(...)``) tells of what was
    done, and is no job to be done.
    """
    if unread.path == made.path:
        return unread.name != made.name
    return not (made.is_base or made.member) and packages.takes_apart(unread, made)
