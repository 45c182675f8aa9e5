"""Shell patterns, read as ``fnmatch`` reads them where letter case counts.

``fnmatch`` compiles an expression of each pattern. ``re``, with what that imports, takes an eighth
of a lint run on one file to load, and nearly all patterns say no more than ``*`` between literals.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def glob(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a text matches ``pattern`` as a whole.

    Args:
        pattern: With ``*`` for any text, slashes and line ends among it, ``?`` for one character,
            ``[abc]`` and ``[!abc]`` for one of some.
    """
    if "?" in pattern or "[" in pattern:
        # Imported here, as said above: such patterns are rare.
        import re
        from fnmatch import translate

        match = re.compile(translate(pattern)).match
        return lambda text: match(text) is not None
    first, *rest = pattern.split("*")
    if not rest:
        return lambda text: text == pattern
    *between, last = rest

    def matches(text: str) -> bool:
        if not (text.startswith(first) and text.endswith(last)):
            return False
        start, end = len(first), len(text) - len(last)
        for piece in between:
            # Where it stands first leaves the most for those behind it.
            found = text.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return start <= end

    return matches
