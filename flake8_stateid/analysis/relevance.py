"""Whether a definition in an unread module can matter, judged by its text alone.

Parsing and analysing a module costs more than the file at hand does. Most of what plugin code
passes built strings to (exceptions, loggers, parsers) neither mentions a state id nor calls
anything that does; that is seen from the words of the definition, in microseconds. The answer errs
on one side only: what is not understood is taken to matter.
"""

from __future__ import annotations

import re

from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Set

# Compiled, and kept by re, when they are first used.
_PROSE = r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|#.*'
_WORD = r"[^\W\d]\w*"
_IMPORT = (
    r"(?m)^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|"
    r"^[ \t]*import[ \t]+([^\n]*)"
)
_DEFINITION = r"(?m)^(?:async[ \t]+def|def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?="
_TOP_LEVEL = r"(?m)^[^\s#)\]}'\"]"
_MAX_DEFINITIONS = 60  # looked at for one question; beyond, the answer is yes


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
        text = re.sub(_PROSE, "", text)
        self._text = text
        self._starts: dict[str, list[int]] = {}
        for match in re.finditer(_DEFINITION, text):
            self._starts.setdefault(match[1] or match[2], []).append(match.start())
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
            for match in re.finditer(_IMPORT, self._text):
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
        """The text of each definition of a name at module level, decorators left out."""
        found = []
        top_level = re.compile(_TOP_LEVEL)
        for start in self._starts.get(name, ()):
            line_end = self._text.find("\n", start)
            following = top_level.search(self._text, line_end + 1) if line_end >= 0 else None
            found.append(self._text[start : following.start() if following else len(self._text)])
        return found


def can_lead_to_name(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    mentions: Callable[[str], bool],
    path: str,
    name: str,
) -> bool:
    """Whether a definition, or one that it names, mentions a state id.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        mentions: Whether a text holds a configured name.
        path: The file the definition is in.
        name: What it is called there; "" asks for the whole module.
    """
    waiting = [(path, name)]
    seen = {(path, name)}
    while waiting:
        file, wanted = waiting.pop()
        module = text_of(file)
        if module is None:
            continue
        definitions = module.definitions(wanted) if wanted else None
        imports = module.imports
        if not definitions:
            origin = imports.get(wanted)
            if origin is None:
                return True
            followed = [origin]
            words: set[str] = set()
        else:
            if any(mentions(text) for text in definitions):
                return True
            words = {word for text in definitions for word in re.findall(_WORD, text)}
            followed = [imports[word] for word in words & imports.keys()]
        for origin in followed:
            located = locate(file, origin)
            if located is not None and located not in seen:
                seen.add(located)
                waiting.append(located)
        for word in words & module.defined:
            if (file, word) not in seen:
                seen.add((file, word))
                waiting.append((file, word))
        if len(seen) > _MAX_DEFINITIONS:
            return True
    return False
