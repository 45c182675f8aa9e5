"""Whether a definition in an unread module can give a string that it builds, by its text alone.

Where what a function of one unread module returns is passed on to another, both may have to be
read. Nearly every module builds strings somewhere; this asks for one function or method, those of
its module that it calls, and no other.
"""

from __future__ import annotations

import re

from flake8_stateid.analysis.cutting import statements
from flake8_stateid.analysis.module_text import ON_SELF, WORD, Origin, lineage
from flake8_stateid.analysis.program import MAX_CHAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.module_text import ModuleText

# Compiled, and kept by re, when they are first used.
_BUILDS = (
    r"\b[rR]?[fFtT][rR]?[\"']|[\"']\s*[%+]|[%+]=?\s*[\"']|"
    r"\b(?:format|format_map|join|substitute|safe_substitute|__add__|__mod__)\b|\boperator\."
)
_FUNCTION = r"\s*(?:async[ \t]+)?def\b"
_HEAD = r"\s*(?:async[ \t]+)?def\s+\w+\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)"
_PARAMETER = r"(?:^|,)\s*\**(\w+)"
_RETURN = r"\b(?:return|yield)\b"
_BINDS = r"\s*(?:async|for|with|case|except)\b|.*:="
_TARGET = r"[^(=]*=(?!=)"
_SAYS = r"\s*(?:raise\b|assert\b|print\(|(?:\w+\.)*_*log\w*\.)"
_CALLED = r"\b(\w+)\("
_MAX_FUNCTIONS = 12  # looked at for one question; beyond, the answer is yes
_MAX_SEARCHED = 60  # the same, where a state id must be mentioned


def can_build(
    text_of: Callable[[str], ModuleText | None],
    locate: Callable[[str, Origin], tuple[str, str] | None],
    path: str,
    name: str,
    member: str,
    of_id: Callable[[str], bool] | None = None,
) -> bool:
    """Whether a function or method, or one of its module that it calls, builds a string.

    Args:
        text_of: The text of the module in a file.
        locate: Where an import of a file leads: a file and a name there.
        path: The file the definition is in.
        name: What it is called there; "" for the module itself.
        member: Which method or attribute of that is meant; "" for none. Of a module, it may be a
            dotted name.
        of_id: Whether a statement mentions a state id. Given where the string may go to what is
            called as well, not only be returned: nearly everything builds some message.
    """
    for _ in range(MAX_CHAIN):
        if not name:
            name, _, member = member.partition(".")
        module = text_of(path) if name else None
        if module is None:
            return False
        if name in module.defined:
            member = member.partition(".")[0]
            if module.is_class(name) and not member:
                # An object, not a string.
                return of_id is not None and any(
                    _builds(each, [(known_as, method) for method in each.methods(known_as)], of_id)
                    for each, known_as in lineage(text_of, locate, path, name)
                )
            return _builds(module, [(name, member)], of_id)
        if name in module.imports:
            origins = [module.imports[name]]
        else:
            origins = [Origin(".", name), *(Origin(starred, name) for starred in module.starred)]
        located = next(filter(None, (locate(path, origin) for origin in origins)), None)
        if located is None:
            return False
        path, name = located
    return False


def _builds(
    module: ModuleText, waiting: list[tuple[str, str]], of_id: Callable[[str], bool] | None
) -> bool:
    seen = set(waiting)
    while waiting:
        if len(seen) > (_MAX_FUNCTIONS if of_id is None else _MAX_SEARCHED):
            return True
        name, member = waiting.pop()
        methods = module.methods(name)
        for definition in [methods.get(member, "")] if methods else module.definitions(name):
            if re.search(_BUILDS, definition) and (
                _gives(definition, of_id)
                if of_id is not None
                else re.search(_BUILDS, _returned(definition))
            ):
                return True
            called = {(word, "") for word in re.findall(_CALLED, definition)}
            called |= {(name, word) for word in re.findall(ON_SELF, definition)}
            called = {(word, below) for word, below in called if word in module.defined}
            waiting += called - seen
            seen |= called
    return False


def _gives(definition: str, of_id: Callable[[str], bool]) -> bool:
    """Whether a function may give what it builds to what it calls.

    Either says so by a name, or calls what it was given: ``fn(f"{parent}_row{i}")``.
    """
    calls_given = _calls_parameter(definition)
    if not (calls_given or of_id(definition)):
        return False
    return any(
        calls_given or of_id(statement) for statement in filter(_may_give, statements(definition))
    )


def _calls_parameter(definition: str) -> bool:
    """Whether a function calls one of its parameters, by its text."""
    head = re.search(_HEAD, definition)
    given = re.findall(_PARAMETER, head[1]) if head is not None else []
    if head is None or not given:
        return False
    called = rf"(?<![\w.])(?:{'|'.join(given)})\("
    return re.search(called, definition[head.end() :]) is not None


def _may_give(statement: str) -> bool:
    """Whether a statement builds a string that is no message."""
    return not re.match(_SAYS, statement) and re.search(_BUILDS, statement) is not None


def _returned(text: str) -> str:
    """The statements of a function that what it returns may rest on."""
    if not re.match(_FUNCTION, text):
        return text
    found: list[str] = []
    words: set[str] = set()
    rest: list[tuple[str, set[str]]] = []
    for statement in statements(text):
        if re.search(_RETURN, statement):
            found.append(statement)
            words.update(re.findall(WORD, statement))
        else:
            rest.append((statement, _set_by(statement)))
    grown = True
    while grown:
        grown = False
        waiting, rest = rest, []
        for statement, bound in waiting:
            if words.isdisjoint(bound):
                rest.append((statement, bound))
            else:
                found.append(statement)
                words.update(re.findall(WORD, statement))
                grown = True
    return "".join(found)


def _set_by(statement: str) -> set[str]:
    """The names that a statement may bind or change, and some that it does not."""
    if re.match(_BINDS, statement):
        return set(re.findall(WORD, statement))
    target = re.match(_TARGET, statement) or re.search(WORD, statement)
    return set(re.findall(WORD, target[0])) if target is not None else set()
