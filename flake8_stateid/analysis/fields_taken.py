"""Whether code that has not been read takes an object apart, judged by its text alone.

A record of one module goes to a function of another, which makes a state id of a field of it. To
read both is dear, and most that is handed on is only stored or told of: what never names a field,
and never asks for all of them, takes none. The answer errs on one side, as in :mod:`relevance`.
"""

from __future__ import annotations

import re

from flake8_stateid.analysis.module_text import WORD, lineage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from flake8_stateid.analysis.module_text import ModuleText, Origin

_FIELD = r"\n[ \t]+(\w+)[ \t]*[:=]|\bself\.(\w+)[^\w\n=]*=(?!=)"
# What gives all fields, whatever they are called.
_WHOLE = ("asdict", "astuple", "__dict__", "model_dump", "attrgetter", "vars(")


def takes_fields_of(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    path: str,
    name: str,
) -> Callable[[str], bool]:
    """What tells from a text whether it takes the objects of a class apart.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        path: The file the class is in, or is imported into.
        name: What it is called there.
    """
    fields: set[str] = set()
    is_tuple = False
    for module, known_as in lineage(text_of, locate, path, name):
        for text in module.definitions(known_as):
            is_tuple = is_tuple or "amedtuple" in text or "NamedTuple" in text
            fields |= _fields_in(text)
    if is_tuple:
        return _is_any  # its items are taken by position too, which no word says
    alternatives = "|".join(sorted(map(re.escape, fields), key=len, reverse=True)) or r"(?!)"
    taken = (
        rf"\.(?:{alternatives})\b|\bgetattr\([^,\n]*,[ \t]*[\"'](?:{alternatives})[\"']|"
        rf"\bcase\b.*\b{re.escape(name)}\b"
    )

    def takes(text: str) -> bool:
        """Whether a text does."""
        # Looking for plain characters takes a fraction of the time, and most texts have none.
        hinted = "getattr(" in text or name in text or any(f".{each}" in text for each in fields)
        return (hinted and re.search(taken, text) is not None) or any(
            word in text for word in _WHOLE
        )

    return takes


def _is_any(text: str) -> bool:
    return bool(text)


def _fields_in(text: str) -> Set[str]:
    """The names by which the objects of a class hold anything; all words of what is no class."""
    if not text.startswith("class"):
        return set(re.findall(WORD, text))
    return {word for pair in re.findall(_FIELD, text) for word in pair if word}
