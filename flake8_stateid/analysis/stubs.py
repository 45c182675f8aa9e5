"""Functions without a body, cut out of a text: the methods of protocols and abstract classes.

What their parameters are annotated with is used by nobody there, and what they are called is no
place that a value could reach. Only their parameters' names tell what a caller passes.
"""

from __future__ import annotations

import re

# Compiled, and kept by re, when they are first used.
_HEAD = r"(?m)^([ \t]*)(?:async[ \t]+)?def[ \t]+\w+[^\n(]*\("
_TOKEN = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[(\[{]|[)\]}]|[,:]|\w+"""
_EMPTY = r"\s*(?:\.\.\.|pass|raise[ \t]+NotImplementedError(?:\([^()]*\))?)[ \t]*(?:\n|\Z)"
_NEXT_LINE = r"(?:[ \t]*\n)*([ \t]*)\S"


def without_stubs(text: str) -> str:
    """The text with the names of its parameters for each function that has no body.

    Args:
        text: Python source without comments and docstrings.
    """
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
