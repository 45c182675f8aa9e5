"""Whether a definition in an unread module can matter, judged by its text alone.

Parsing and analysing a module costs more than the file at hand does. Most of what plugin code
passes built strings to (exceptions, loggers, parsers) neither mentions a state id nor calls
anything that does; that is seen from the words of the definition, in microseconds. The answer errs
on one side only: what is not understood is taken to matter.
"""

from __future__ import annotations

import re

from flake8_stateid.analysis.module_text import Origin
from flake8_stateid.analysis.program import MAX_CHAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from flake8_stateid.analysis.module_text import ModuleText

_BASE = r"class[ \t]+\w+[^(:]*\((\w+)"
_MAX_DEFINITIONS = 400  # looked at for one question; beyond, the answer is yes
_NEAR = 40  # definitions, looked at where the answer is no beyond


def can_lead_to_name(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    mentions: Callable[[str], bool],
    path: str,
    name: str,
    irrelevant: set[tuple[str, str]] | None = None,
) -> bool:
    """Whether a definition, or one that it names, mentions a state id.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        mentions: Whether a text holds a configured name.
        path: The file the definition is in.
        name: What it is called there; "" asks for the whole module.
        irrelevant: Definitions that are known not to; those that are found not to are added.
    """
    search = _Search(text_of, locate, mentions, set() if irrelevant is None else irrelevant)
    return search.finds(path, name)


def leads_nearby(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    mentions: Callable[[str], bool],
    path: str,
    name: str,
    irrelevant: set[tuple[str, str]],
) -> bool:
    """Whether a definition, or one of the first that it leads to, is of some kind by its text.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        mentions: Whether a text is of that kind.
        path: The file the definition is in.
        name: What it is called there.
        irrelevant: Definitions that are not looked at.
    """
    return _Search(text_of, locate, mentions, irrelevant).finds_near(path, name)


def can_lead_by_member(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    mentions: Callable[[str], bool],
    of: tuple[str, str, str],
    irrelevant: set[tuple[str, str]],
) -> bool:
    """Whether what a class keeps in an attribute, or what that is made of, mentions a state id.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        mentions: Whether a text holds a configured name.
        of: The file the class is in, or is imported into; its name there; the attribute.
        irrelevant: As for :func:`can_lead_to_name`.
    """
    path, name, member = of
    for _ in range(MAX_CHAIN):
        module = text_of(path)
        if module is None:
            return False
        if name in module.defined:
            said = module.said_of(name, member)
            if said:
                search = _Search(text_of, locate, mentions, irrelevant)
                return search.finds_in(path, module, said)
            base = re.search(_BASE, "".join(module.definitions(name)))
            if base is None:
                return False
            name = base[1]
        if name in module.imports:
            located = locate(path, module.imports[name])
            if located is None:
                return False
            path, name = located
        elif name not in module.defined:
            return True  # by `from x import *`, or in a way that is not seen
    return True


class _Search:
    """The definitions that are named by those looked at, in turn."""

    def __init__(
        self,
        text_of: Callable[[str], ModuleText | None],
        locate: Callable[[str, Origin], tuple[str, str] | None],
        mentions: Callable[[str], bool],
        irrelevant: set[tuple[str, str]],
    ) -> None:
        self._text_of = text_of
        self._locate = locate
        self._mentions = mentions
        self._irrelevant = irrelevant
        self._seen: set[tuple[str, str]] = set()
        self._waiting: list[tuple[str, str]] = []

    def finds(self, path: str, name: str) -> bool:
        """Whether a state id is mentioned by what a name of a file leads to."""
        self._add(path, name)
        return self.finds_rest()

    def finds_rest(self) -> bool:
        """The same, of what is still to be looked at."""
        while self._waiting:
            if len(self._seen) > _MAX_DEFINITIONS or self._mentioned_by(*self._waiting.pop()):
                return True
        self._irrelevant |= self._seen
        return False

    def finds_near(self, path: str, name: str) -> bool:
        """As :meth:`finds`, of what is nearest; what lies further off is taken not to count."""
        self._add(path, name)
        looked_at = 0
        while self._waiting and looked_at < _NEAR:
            looked_at += 1
            if self._mentioned_by(*self._waiting.pop(0)):
                return True
        return False

    def finds_in(self, path: str, module: ModuleText, text: str) -> bool:
        """Whether a state id is mentioned by a part of a module, or by what that leads to."""
        return self._leads_from(path, module, [text]) or self.finds_rest()

    def _add(self, path: str, name: str) -> None:
        if (path, name) not in self._seen and (path, name) not in self._irrelevant:
            self._seen.add((path, name))
            self._waiting.append((path, name))

    def _mentioned_by(self, path: str, name: str) -> bool:
        if not name and _is_package(path):
            return True  # any module of it may be meant
        module = self._text_of(path)
        if module is None:
            return False
        imports = module.imports
        definitions = module.definitions(name)
        if not definitions and name in imports:
            located = self._locate(path, imports[name])
            if located is not None:
                self._add(*located)
            return False
        if not definitions:
            # The whole module, or what is bound where no regular expression sees it: under a
            # condition, by `from x import *`.
            definitions = [module.text]
            for starred in module.starred:
                located = self._locate(path, Origin(starred, name))
                if located is not None:
                    self._add(*located)
        if any(map(self._mentions, module.users(name))):
            return True
        return self._leads_from(path, module, definitions)

    def _leads_from(self, path: str, module: ModuleText, texts: list[str]) -> bool:
        """Whether a part of a module mentions a state id; what it names is looked at then."""
        if any(map(self._mentions, texts)):
            return True
        imports = module.imports
        words = module.words(texts)
        for word in words & module.defined:
            self._add(path, word)
        return any(self._leads(path, imports[word], words) for word in words & imports.keys())

    def _leads(self, path: str, origin: Origin, words: Set[str]) -> bool:
        """Whether an import brings what mentions a state id by itself; else it is looked at.

        Args:
            path: The file that imports it.
            origin: What it imports.
            words: The words of the definition that uses it, and so all it uses of a module.
        """
        located = self._locate(path, origin)
        if located is None:
            return False
        file, name = located
        module = None if name else self._text_of(file)
        if module is None:
            self._add(file, name)
            return False
        if self._mentions(module.text):
            return True
        for word in words & (module.defined | module.imports.keys()):
            self._add(file, word)
        if module.starred:
            self._add(file, "")
        if not _is_package(file):
            return False
        dot = "" if not origin.name or origin.module.endswith(".") else "."
        package = Origin(origin.module + dot + origin.name, "")
        return any(
            self._leads(path, submodule, words)
            for word in words - module.defined - module.imports.keys()
            if self._is_module(path, submodule := package._replace(name=word))
        )

    def _is_module(self, path: str, origin: Origin) -> bool:
        located = self._locate(path, origin)
        return located is not None and not located[1]


def _is_package(path: str) -> bool:
    return path.endswith("__init__.py")
