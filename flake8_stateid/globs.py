"""Shell patterns, read as ``fnmatch`` reads them where letter case counts.

``fnmatch`` compiles an expression of each pattern. ``re``, with what that imports, takes an eighth
of a lint run on one file to load, and nearly all patterns say no more than ``*`` between literals.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A function that says whether a text matches one of ``patterns`` as a whole.

    Args:
        patterns: With ``*`` for any text, slashes and line ends among it, ``?`` for one character,
            ``[abc]`` and ``[!abc]`` for one of some.
    """
    literals: set[str] = set()
    beginnings: list[str] = []
    endings: list[str] = []
    others: list[Callable[[str], bool]] = []
    for pattern in patterns:
        if "?" in pattern or "[" in pattern:
            others.append(_translated(pattern))
            continue
        first, *rest = pattern.split("*")
        if not rest:
            literals.add(pattern)
        elif rest == [""]:
            beginnings.append(first)
        elif len(rest) == 1 and not first:
            endings.append(rest[0])
        else:
            others.append(_in_pieces(first, rest))
    # What str does with all of them at once: a walk asks for every file it meets.
    first_pieces, last_pieces = tuple(beginnings), tuple(endings)

    def matches(text: str) -> bool:
        if text in literals or text.startswith(first_pieces) or text.endswith(last_pieces):
            return True
        return bool(others) and any(other(text) for other in others)

    return matches


def _in_pieces(first: str, rest: Sequence[str]) -> Callable[[str], bool]:
    """What a pattern of literals with ``*`` between them matches."""
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


def _translated(pattern: str) -> Callable[[str], bool]:
    """What a pattern that is not so simple matches."""
    # Imported here: such patterns are rare.
    import re
    from fnmatch import translate

    match = re.compile(translate(pattern)).match
    return lambda text: match(text) is not None
