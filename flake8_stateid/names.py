"""What is a state id name: the one place that reads identifiers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import AnyStr

    from flake8_stateid.settings import Settings


# What an identifier names. OTHER is false, so that a kind can be asked like a yes or no.
OTHER, ONE, MANY = range(3)


class StateIdNames:
    """Decides whether an identifier names a state id, or a collection of them.

    An identifier does when it ends in one of the configured names as a whole word (``state_id``,
    ``row_state_id``, ``_state_id``), letter case ignored; with an ``s`` behind it, it names a
    collection. ``state_id_prefix`` and ``state_ident`` name something else.

    Args:
        names: The configured names in the singular, such as ``("state_id",)``.
    """

    __slots__ = ("_endings", "_kinds", "_shortest", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._endings: dict[str, int] = {}
        for name in map(str.lower, names):
            for ending, kind in ((name, ONE), (f"{name}s", MANY)):
                self._endings.setdefault(ending, kind)
        self._shortest = min(map(len, self._endings), default=0)
        self._kinds: dict[str, int] = {}

    def label(self, identifier: str) -> str:
        """What an identifier holds, in words: ``state id`` for ``row_state_id``.

        Args:
            identifier: A name for which :meth:`kind` is not 0; for any other the first
                configured name is taken.
        """
        lowered = identifier.lower()
        matching = [
            name
            for name in self.names
            if lowered.removesuffix("s").endswith(name.lower()) or lowered.endswith(name.lower())
        ]
        return max(matching or self.names[:1], key=len).strip("_").replace("_", " ")

    def kind(self, identifier: str) -> int:
        """What the identifier names: ``OTHER``, ``ONE`` state id or ``MANY`` of them."""
        kind = self._kinds.get(identifier)
        if kind is None:
            # Most identifiers are too short to be one.
            is_short = len(identifier) < self._shortest and identifier.isascii()
            kind = OTHER if is_short else self._ending(identifier.lower())
            self._kinds[identifier] = kind
        return kind

    def _ending(self, lowered: str) -> int:
        for ending, kind in self._endings.items():
            if lowered.endswith(ending) and lowered[: -len(ending)][-1:] in ("", "_"):
                return kind
        return OTHER


def mentions_name(text: str | bytes, settings: Settings) -> bool:
    """Whether a text can hold a state id name at all, in any letter case.

    As :meth:`StateIdNames.kind` has it, but for characters beyond ASCII in bytes, whatever those
    encode: a name with one is taken on trust, and one beside a name may be no letter.
    """
    lowered = text.lower()
    if isinstance(lowered, str):
        return any(_ends_a_word(lowered, name.lower(), "s", "_") for name in settings.names)
    return any(
        not name.isascii() or _ends_a_word(lowered, name.lower().encode(), b"s", b"_")
        for name in settings.names
    )


def mentions_minting(text: str, minting: Iterable[str]) -> bool:
    """Whether a text has a use for a minting call: others register nothing.

    Where one is defined it is named as well, and called by others.
    """
    return any(_is_used(text, name) for name in minting)


def _is_used(text: str, name: str) -> bool:
    """Whether ``name`` stands somewhere in ``text`` other than behind a ``def``."""
    start = text.find(name)
    while start >= 0:
        before = text[text.rfind("\n", 0, start) + 1 : start]
        if not before.rstrip().endswith("def"):
            return True
        start = text.find(name, start + 1)
    return False


def _ends_a_word(text: AnyStr, name: AnyStr, plural: AnyStr, joint: AnyStr) -> bool:
    """Whether ``name`` ends an identifier somewhere in ``text``, and begins one of its words."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if text[end : end + 1] == plural:
            end += 1
        after = text[end : end + 1]
        if not (after.isalnum() or after == joint or text[start - 1 : start].isalnum()):
            return True
        start = text.find(name, start + 1)
    return False
