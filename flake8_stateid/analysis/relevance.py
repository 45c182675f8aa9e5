"""Whether a definition in an unread module can matter, judged by its text alone.

Parsing and analysing a module costs more than the file at hand does. Most of what plugin code
passes built strings to (exceptions, loggers, parsers) neither mentions a state id nor calls
anything that does; that is seen from the words of the definition, in microseconds. The answer errs
on one side only: what is not understood is taken to matter.
"""

from __future__ import annotations

import re

from flake8_stateid.analysis.cutting import without_stubs
from flake8_stateid.analysis.program import MAX_CHAIN
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Set

# Compiled, and kept by re, when they are first used. Those that ask for the beginning of a line
# ask for the newline before it: where a pattern begins with a plain character, re looks for that
# alone.
_PROSE = (
    r'"""[^"]*(?:"(?!"")[^"]*)*"""|'
    r"'''[^']*(?:'(?!'')[^']*)*'''|"
    r"#.*"
)
WORD = r"[^\W\d]\w*"
_IMPORT = (
    r"\n[ \t]*(?:lazy[ \t]+)?(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|"
    r"import[ \t]+([^\n]*))"
)
_DEFINITION = r"\n(?:(?:async[ \t]+def|def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=)"
# A variable that is filled and read by others: what it is defined as does not tell what it holds.
_FILLED = (
    r"\w+[ \t]*(?::[^=\n]*)?=[ \t]*(?:[{\[]|(?:\w+\.)*(?:ContextVar|dict|list|set|defaultdict|"
    r"OrderedDict|deque|(?:Lifo|Simple|Priority)?Queue|local)\b)"
)
_METHOD = r"\n[ \t]+(?:async[ \t]+)?def[ \t]+(\w+)"
_TOP_LEVEL = r"\n[^\s#)\]}'\"]"
_BASE = r"class[ \t]+\w+[^(:]*\((\w+)"
_BASES = r"class[ \t]+\w+[^(:]*\(([^)]*)\)"
ON_SELF = r"\b(?:self|cls)\.(\w+)"
_MAX_DEFINITIONS = 400  # looked at for one question; beyond, the answer is yes


class Origin(Record):
    """Where a module has a name from: a dotted module, and the name there ("" for itself)."""

    module: str
    name: str


class ModuleText:
    """The text of a module, cut into its definitions.

    Args:
        text: The module's source.
    """

    def __init__(self, text: str) -> None:
        # A newline before the first line too: each line begins behind one.
        text = "\n" + re.sub(_PROSE, "", text)
        self.text = text
        self._starts: dict[str, list[int]] = {}
        for match in re.finditer(_DEFINITION, text):
            self._starts.setdefault(match[1] or match[2], []).append(match.start() + 1)
        self._definitions: dict[str, list[str]] = {}
        self._methods: dict[str, dict[str, str]] = {}
        self._imports: dict[str, Origin] | None = None
        self.starred: list[str] = []

    @property
    def defined(self) -> Set[str]:
        """The names the module defines itself."""
        return self._starts.keys()

    @property
    def imports(self) -> dict[str, Origin]:
        """What the module imports, by the name it has here."""
        if self._imports is None:
            self._imports = {}
            for match in re.finditer(_IMPORT, self.text):
                if match[3] is not None:
                    for item in match[3].split(","):
                        dotted, _, alias = item.partition(" as ")
                        dotted = dotted.split("#")[0].strip()
                        name = alias.split("#")[0].strip() or dotted.partition(".")[0]
                        self._imports[name] = Origin(dotted if alias else name, "")
                    continue
                lines = (line.partition("#")[0] for line in match[2].strip("()").splitlines())
                for item in " ".join(lines).split(","):
                    name, _, alias = item.strip().strip("()").partition(" as ")
                    if name.strip() == "*":
                        self.starred.append(match[1])
                    elif name:
                        self._imports[(alias or name).strip()] = Origin(match[1], name.strip())
        return self._imports

    def definitions(self, name: str) -> list[str]:
        """The text of each definition of a name at module level, decorators and stubs left out."""
        known = self._definitions.get(name)
        if known is not None:
            return known
        found = self._definitions[name] = []
        top_level = re.compile(_TOP_LEVEL)
        for start in self._starts.get(name, ()):
            following = top_level.search(self.text, start)
            end = following.start() + 1 if following else len(self.text)
            found.append(without_stubs(self.text[start:end]))
        return found

    def users(self, name: str) -> list[str]:
        """The text of each definition that uses a variable which is filled and read by others."""
        if not any(re.match(_FILLED, text) for text in self.definitions(name)):
            return []
        word = re.compile(rf"\b{name}\b")
        texts = [text for other in self.defined - {name} for text in self.definitions(other)]
        return [text for text in texts if word.search(text)]

    def is_class(self, name: str) -> bool:
        """Whether a name is that of a class at module level, and nothing else."""
        starts = self._starts.get(name, ())
        return bool(starts) and all(self.text.startswith("class", start) for start in starts)

    def said_of(self, name: str, member: str) -> str:
        """What a class says of an attribute, and of those it is made of: lines and methods."""
        methods, lines = self.methods(name), "".join(self.definitions(name)).splitlines(True)
        waiting, seen, said = [member], {member}, ""
        while waiting:
            each = waiting.pop()
            word = re.compile(rf"\b{each}\b")
            found = methods.get(each) or "".join(filter(word.search, lines))
            more = set(re.findall(ON_SELF, found)) - seen
            waiting += more
            seen |= more
            said += found
        return said

    def methods(self, name: str) -> dict[str, str]:
        """The text of each method of the classes that have a name at module level."""
        known = self._methods.get(name)
        if known is None:
            known = self._methods[name] = {}
            for definition in self.definitions(name):
                if not definition.startswith("class"):
                    continue
                heads = list(re.finditer(_METHOD, definition))
                for head, following in zip(heads, (*heads[1:], None), strict=False):
                    end = following.start() + 1 if following else len(definition)
                    text = known.get(head[1], "") + definition[head.start() + 1 : end]
                    known[head[1]] = text
        return known


def called_on_self(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    path: str,
    name: str,
) -> Set[str]:
    """The attributes that a class's methods, and its bases', take of their own object, by text.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        path: The file the class is in, or is imported into.
        name: What it is called there.
    """
    return {
        word
        for module, known_as in lineage(text_of, locate, path, name)
        for text in module.definitions(known_as)
        for word in re.findall(ON_SELF, text)
    }


def lineage(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    path: str,
    name: str,
) -> Iterator[tuple[ModuleText, str]]:
    """A class and those it inherits from: the module of each, and its name there.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        path: The file the class is in, or is imported into.
        name: What it is called there.
    """
    waiting = [(path, name)]
    for _ in range(MAX_CHAIN):
        if not waiting:
            break
        path, name = waiting.pop(0)
        module = text_of(path)
        if module is None:
            continue
        definitions = module.definitions(name)
        if not definitions and name in module.imports:
            located = locate(path, module.imports[name])
            waiting += [] if located is None else [located]
        elif definitions:
            yield module, name
            bases = [match[1] for text in definitions if (match := re.match(_BASES, text))]
            words = re.findall(WORD, ",".join(bases))
            waiting += [
                (path, word) for word in words if word in module.defined | module.imports.keys()
            ]


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
        words = {word for text in texts for word in re.findall(WORD, text)}
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
