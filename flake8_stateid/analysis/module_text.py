"""The text of a module that is not parsed: its definitions, imports and words."""

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
_BASES = r"class[ \t]+\w+[^(:]*\(([^)]*)\)"
ON_SELF = r"\b(?:self|cls)\.(\w+)"


class Origin(Record):
    """Where a module has a name from: a dotted module, and the name there ("" for itself)."""

    module: str
    name: str


class ModuleText:
    """The text of a module, cut into its definitions.

    Args:
        text: The module's source.

    Attributes:
        source: The same.
    """

    def __init__(self, text: str) -> None:
        self.source = text
        self._text: str | None = None
        self._known_starts: dict[str, list[int]] | None = None
        self._definitions: dict[str, list[str]] = {}
        self._methods: dict[str, dict[str, str]] = {}
        self._imports: dict[str, Origin] | None = None
        self._words: dict[str, Set[str]] = {}
        self.starred: list[str] = []

    @property
    def text(self) -> str:
        """The source without what is said in documentation and comments."""
        if self._text is None:
            # A newline before the first line too: each line begins behind one.
            self._text = "\n" + re.sub(_PROSE, "", self.source)
        return self._text

    @property
    def _starts(self) -> dict[str, list[int]]:
        """Where each name that the module defines is."""
        if self._known_starts is None:
            self._known_starts = {}
            for match in re.finditer(_DEFINITION, self.text):
                starts = self._known_starts.setdefault(match[1] or match[2], [])
                starts.append(match.start() + 1)
        return self._known_starts

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

    def words(self, texts: list[str]) -> set[str]:
        """The words of some parts of the module, which several questions ask for."""
        found: set[str] = set()
        for text in texts:
            known = self._words.get(text)
            if known is None:
                known = self._words[text] = set(re.findall(WORD, text))
            found |= known
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
        *_, (path, name) = imported_as(text_of, locate, *waiting.pop(0))
        module = text_of(path)
        definitions = module.definitions(name) if module is not None else []
        if module is None or not definitions:
            continue
        yield module, name
        bases = [match[1] for text in definitions if (match := re.match(_BASES, text))]
        words = re.findall(WORD, ",".join(bases))
        waiting += [
            (path, word) for word in words if word in module.defined | module.imports.keys()
        ]


def imported_as(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    path: str,
    name: str,
) -> Iterator[tuple[str, str]]:
    """The files and names by which something is imported, the last of them where it is defined.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        path: A file it is in, or is imported into.
        name: What it is called there.
    """
    for _ in range(MAX_CHAIN):
        yield path, name
        module = text_of(path)
        if module is None or name in module.defined or name not in module.imports:
            break
        located = locate(path, module.imports[name])
        if located is None:
            break
        path, name = located
