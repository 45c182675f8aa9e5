"""The modules of a project by path: found on its source tree, parsed once, never executed."""

from __future__ import annotations

import os

from flake8_stateid.analysis.program import Import, ModuleInfo
from flake8_stateid.names import mentions_minting, mentions_name
from flake8_stateid.problems import InputError
from flake8_stateid.scope import Place
from flake8_stateid.source import SourceText, decode, parse, universal_newlines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set

    from flake8_stateid.analysis.locating import Located, Locator
    from flake8_stateid.analysis.module_text import ModuleText, Origin
    from flake8_stateid.scope import Scope
    from flake8_stateid.settings import Settings

# Characters of the modules that are kept from file to file. Parsed, one takes a hundred bytes; as
# text, one or two.
_MAX_PARSED = 2_000_000
_MAX_TEXT = 8_000_000
_MAX_ANSWERS = 100_000  # to small questions, by path
MAX_BYTES = 2_000_000


class SourceTree:
    """Modules by path, parsed once for a process while their files stay as they are.

    Args:
        settings: ``source_roots`` and the names that make a module worth reading.
        scope: Says what is plugin code, and where a project's root is.
    """

    def __init__(self, settings: Settings, scope: Scope) -> None:
        self.settings = settings
        self.scope = scope
        # Both with what was asked for last at the end.
        self._modules: dict[str, tuple[tuple[int, int], ModuleInfo | None]] = {}
        self._texts: dict[str, ModuleText | None] = {}
        self._known_locator: Locator | None = None
        self._leading: dict[tuple[Callable[[str], bool], str, str], bool] = {}
        self._irrelevant: dict[Callable[[str], bool], set[tuple[str, str]]] = {}
        self._building: dict[tuple[str, str, str, bool], bool] = {}
        self._taking: dict[tuple[str, str, tuple[str, str]], bool] = {}

    def make_room(self) -> None:
        """Forget what was used longest ago, as far as a run over many files would pile it up.

        Called between files: within one, a module must not be read a second time.
        """
        parsed = {
            path: module.source.text for path, (_, module) in self._modules.items() if module
        }
        for path in _surplus(parsed, _MAX_PARSED):
            del self._modules[path]
        texts = {path: module.text for path, module in self._texts.items() if module}
        for path in _surplus(texts, _MAX_TEXT):
            del self._texts[path]
        if len(self._leading) + len(self._building) + len(self._taking) > _MAX_ANSWERS:
            self._forget_answers()
        if self._known_locator is not None and self._known_locator.answers > _MAX_ANSWERS:
            self._known_locator = None

    def forget_texts(self) -> None:
        """Forget the texts that were read, and what they tell: a file was written."""
        self._texts.clear()
        self._forget_answers()

    def _forget_answers(self) -> None:
        self._leading.clear()
        self._irrelevant.clear()
        self._building.clear()
        self._taking.clear()

    @property
    def _locator(self) -> Locator:
        if self._known_locator is None:
            # Imported here: many a file imports from the standard library alone.
            from flake8_stateid.analysis.locating import Locator

            self._known_locator = Locator(self.settings, self.scope, self._defines)
        return self._known_locator

    def locate(self, path: str, bound: Import) -> Located | None:
        """Where an import in the file at ``path`` leads, on the project's own source tree."""
        if bound.is_of_library:
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
        known = self._modules.pop(path, None)
        if known is not None and known[0] == stamp:
            self._modules[path] = known
            return known[1]
        module = None
        if status.st_size <= MAX_BYTES:
            try:
                with open(path, "rb") as file:
                    source = SourceText.from_bytes(_shown(path), file.read())
                module = ModuleInfo(source, parse(source), path)
            except (OSError, InputError):
                pass  # the import is then one that cannot be followed
        self._modules[path] = (stamp, module)
        return module

    def can_matter(self, path: str, name: str) -> bool:
        """Whether what a module defines under a name can make a state id of what it is given."""
        return self.leads_to(self._mentions, path, name)

    def can_matter_by(self, path: str, name: str, member: str) -> bool:
        """Whether what a class of a module keeps in an attribute can make such a state id."""
        key = (self._mentions, path, f"{name}.{member}")
        known = self._leading.get(key)
        if known is None:
            from flake8_stateid.analysis.relevance import can_lead_by_member

            irrelevant = self._irrelevant.setdefault(self._mentions, set())
            known = self._leading[key] = can_lead_by_member(
                self._text, self._origin, self._mentions, (path, name, member), irrelevant
            )
        return known

    def can_mint(self, path: str, name: str) -> bool:
        """Whether what a module defines under a name can register what it is given."""
        return self.leads_to(self._mints, path, name)

    def takes_apart(self, path: str, name: str, of: tuple[str, str]) -> bool:
        """Whether what a module defines under a name takes the fields of another's objects."""
        key = (path, name, of)
        known = self._taking.get(key)
        if known is None:
            # Imported here: few files hand objects of one module to another.
            from flake8_stateid.analysis.fields_taken import takes_fields_of
            from flake8_stateid.analysis.module_text import imported_as
            from flake8_stateid.analysis.relevance import leads_nearby

            takes = takes_fields_of(self._text, self._origin, *of)
            # What its own methods take is no matter.
            own = set(imported_as(self._text, self._origin, *of))
            known = leads_nearby(self._text, self._origin, takes, path, name, own)
            self._taking[key] = known
        return known

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
        from flake8_stateid.analysis.module_text import called_on_self

        return called_on_self(self._text, self._origin, path, name)

    def leads_to(self, mentions: Callable[[str], bool], path: str, name: str) -> bool:
        """Whether what a module defines under a name, or what that names, is of some kind.

        Args:
            mentions: Tells from a text whether it is; the same function for the same question.
            path: The module's file.
            name: The name; "" asks for the whole module.
        """
        key = (mentions, path, name)
        known = self._leading.get(key)
        if known is None:
            # Imported here: few files ask about other modules.
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
        if path in self._texts:
            known = self._texts[path] = self._texts.pop(path)
            return known
        try:
            with open(path, "rb") as file:
                text = decode(path, file.read(MAX_BYTES))
        except (OSError, InputError):
            module = None
        else:
            from flake8_stateid.analysis.module_text import ModuleText

            module = ModuleText(universal_newlines(text))
        self._texts[path] = module
        return module

    def _origin(self, path: str, origin: Origin) -> tuple[str, str] | None:
        dotted = origin.module.lstrip(".")
        bound = Import(dotted, origin.name, len(origin.module) - len(dotted))
        located = self.locate(path, bound)
        return None if located is None else (located.path, located.name)

    def is_plugin_code(self, path: str) -> bool:
        """Whether the lint looks at a file by itself."""
        return self.scope.place_of(path) is Place.PLUGIN

    def _defines(self, package: str, name: str) -> bool:
        """Whether a package's ``__init__`` binds a name that a submodule has too."""
        text = self._text(package)
        if text is None or name not in text.source:
            return False  # no need to parse it
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


def _surplus(texts: Mapping[str, str], most: int) -> list[str]:
    """The paths of the first of some texts, without which the others have so many characters."""
    total = sum(map(len, texts.values()))
    dropped = []
    for path, text in texts.items():
        if total <= most:
            break
        total -= len(text)
        dropped.append(path)
    return dropped


def _shown(path: str) -> str:
    """A path as a user at the working directory would write it."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith("..") else relative
