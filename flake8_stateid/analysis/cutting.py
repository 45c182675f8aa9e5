"""The text of a definition, cut up without parsing it.

A function without a body, as protocols and abstract classes have, uses nothing that its parameters
are annotated with, and nothing is done with what it is given: only the names of its parameters
tell what a caller passes.
"""

from __future__ import annotations

import re

# Compiled, and kept by re, when they are first used.
_HEAD = r"(?m)^([ \t]*)(?:async[ \t]+)?def[ \t]+\w+[^\n(]*\("
_TOKEN = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[(\[{]|[)\]}]|[,:]|\w+"""
_EMPTY = r"\s*(?:\.\.\.|pass|raise[ \t]+NotImplementedError(?:\([^()]*\))?)[ \t]*(?:\n|\Z)"
_OF_STUBS = ("...", "pass", "NotImplementedError")  # one of which _EMPTY finds
_NEXT_LINE = r"(?:[ \t]*\n)*([ \t]*)\S"
_BREAK = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\\\n|[(\[{]|[)\]}]|\n"""


def without_stubs(text: str) -> str:
    """The text with the names of its parameters for each function that has no body.

    Args:
        text: Python source without comments and docstrings.
    """
    if not any(word in text for word in _OF_STUBS):
        return text
    kept = []
    end = 0
    for head in re.finditer(_HEAD, text):
        signature = _signature(text, head.end())
        if signature is None:
            break  # brackets that do not match: nothing behind them is understood
        names, start = signature
        body = re.compile(_EMPTY).match(text, start)
        if body is not None and not _goes_on(text, body.end(), head[1]):
            kept += [text[end : head.start()], f"{head[1]}{' '.join(names)}\n"]
            end = body.end()
    return "".join(kept) + text[end:]


def statements(text: str) -> list[str]:
    """The logical lines of a text, each with what its brackets hold."""
    found = []
    depth = start = 0
    for token in re.finditer(_BREAK, text):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            found.append(text[start : token.end()])
            depth, start = 0, token.end()
    return [*found, text[start:]]


def _signature(text: str, start: int) -> tuple[list[str], int] | None:
    """The names of a function's parameters, and where its body starts.

    Args:
        text: The text.
        start: Behind the bracket that opens the parameters.

    Returns:
        None where the brackets do not match.
    """
    names: list[str] = []
    depth = 1
    is_name = True  # whether the next word names a parameter
    for token in re.compile(_TOKEN).finditer(text, start):
        found = token[0]
        if found in "([{":
            depth += 1
        elif found in ")]}":
            depth -= 1
        elif found == ":" and depth == 0:
            return names, token.end()
        elif depth == 1:
            if found == ",":
                is_name = True
            elif is_name:
                names.append(found)
                is_name = False
    return None


def _goes_on(text: str, start: int, indent: str) -> bool:
    """Whether more of the body follows, below a function that is indented like this."""
    following = re.compile(_NEXT_LINE).match(text, start)
    if following is None:
        return False
    return len(following[1].expandtabs()) > len(indent.expandtabs())
