"""Files that name no state id, but hand what may become one, or what holds one, to who does.

``record(recorder, f"{row.id}_x")``, ``ask(recorder, ctx, row)``: only the module that is called
names the id. To look at each file so would cost more than all else, so it is done by its text, and
only what is called, or inherited from, is asked about, not what that calls in its turn.
"""

from __future__ import annotations

import re

from flake8_stateid.analysis.module_text import ModuleText, lineage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flake8_stateid.analysis.module_text import Origin

_TYPES = (": ", "> ", "| ")  # what stands before a type, which is not called
_NO_NAMES = (".", "_", '"', "'")  # before a part of something else, and before a text
_OWN = frozenset(("self", "cls"))
_HEADS = ("\ndef ", "\nclass ", "\nasync def ", "\n@")  # of the first definition
_HOLDER = r"(\w+)\.(?=(\w+))"


class Elsewhere:
    """What is said of ids by modules that others use; asked of many files, told once.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        mentions: Whether a text holds a configured name.
    """

    def __init__(
        self,
        text_of: Callable[[str], ModuleText | None],
        locate: Callable[[str, Origin], tuple[str, str] | None],
        mentions: Callable[[str], bool],
    ) -> None:
        self._text_of = text_of
        self._locate = locate
        self._mentions = mentions
        self._known: dict[tuple[str, str], Mapping[str, str] | None] = {}

    def handed_on(self, path: str, text: str) -> Mapping[str, str] | None:
        """By what names the modules that a file uses read a state id off what they are given.

        Args:
            path: The file.
            text: What it holds. Only what is imported at its head is looked at.

        Returns:
            ``{"ctx": "state_id"}``, for ``ctx.state_id``; None where none of what the file calls
            or inherits from names an id.
        """
        start = min((at for head in _HEADS if (at := text.find(head)) >= 0), default=0)
        if not start:
            return None  # it imports what others are to find there, or defines constants
        found: dict[str, str] | None = None
        body = text[start:]
        for name, origin in ModuleText(text[:start]).imports.items():
            if not name.isidentifier() or not _is_used(body, name):
                continue
            located = self._locate(path, origin)
            if located is None:
                continue
            file, original = located
            used = [original] if original else re.findall(rf"{name}\.(\w+)", body)
            for each in used:
                held = self._holders(file, each)
                if held is not None:
                    found = {**(found or {}), **held}
        return found

    def _holders(self, path: str, name: str) -> Mapping[str, str] | None:
        """By what names a definition, or a base of it, reads ids off others; None if it does not.

        Nor says anything else of an id.
        """
        key = (path, name)
        if key not in self._known:
            self._known[key] = None if self._is_foreign(path, name) else self._read(path, name)
        return self._known[key]

    def _is_foreign(self, path: str, name: str) -> bool:
        """Whether a look at the module shows that what it defines says nothing of ids.

        That is a function, or a class without a base, in a module that names none.
        """
        module = self._text_of(path)
        source = module.source if module is not None else ""
        is_defined = f"def {name}(" in source or f"class {name}:" in source
        return is_defined and f"class {name}(" not in source and not self._mentions(source)

    def _read(self, path: str, name: str) -> Mapping[str, str] | None:
        found: dict[str, str] | None = None
        for module, known_as in lineage(self._text_of, self._locate, path, name):
            for said in module.definitions(known_as):
                if self._mentions(said):
                    found = found or {}
                    for holder, attribute in re.findall(_HOLDER, said):
                        if holder not in _OWN and self._mentions(attribute):
                            found[holder.lstrip("_")] = attribute
        return found


def _is_used(text: str, name: str) -> bool:
    """Whether a name stands in a text for more than a type, or for what others may import.

    Most files say of a parameter that it is a context, which is none of their doing.
    """
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = text[max(start - 2, 0) : start], text[end : end + 1]
        is_whole = not (before.endswith(_NO_NAMES) or before[-1:].isalnum()) and not (
            after.isalnum() or after == "_"
        )
        if is_whole and (after == "(" or not (before.endswith(_TYPES) or _is_key(before))):
            return True
        start = text.find(name, end)
    return False


def _is_key(before: str) -> bool:
    """Whether what comes is in a subscript, as types are: ``list[Row]``, not ``[Row]``."""
    return before[-1:] == "[" and (before[0].isalnum() or before[0] == "_")
