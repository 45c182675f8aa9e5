"""Text that came from file names and source files, made safe to print.

A file name or a line of code may hold control sequences that move a terminal's cursor, characters
that turn the reading direction, or line ends that forge a second line of output.
"""

from __future__ import annotations

import os


def printable(text: str) -> str:
    r"""``text`` with everything a terminal would act upon written as an escape (``\x1b``)."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    # Bytes of a file name that are not in its encoding arrive as lone surrogates.
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def shown_path(path: str) -> str:
    """``path`` to stand at the start of a line of output.

    A CI system that scans a log for commands (``::error::`` on GitHub, ``##vso[`` on Azure) takes
    no line for one that begins with ``./``.
    """
    return printable(f"./{path}" if path.startswith(("::", "##")) else path)


def code_line(line: str) -> str:
    """A line of source with one visible character for each of its own, so that carets fit."""
    if line.isprintable():
        return line
    return "".join(_stand_in(character) for character in line)


def _stand_in(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\ufffd"


def project_path(path: str) -> str:
    """``path`` from the working directory, with ``/``, where it lies below; else absolute.

    What a CI system can attach a finding to: it knows files by their path in the checkout.
    """
    absolute = os.path.abspath(path)
    folder = os.path.join(os.getcwd(), "")
    if absolute.startswith(folder):
        absolute = absolute[len(folder) :]
    return absolute.replace(os.sep, "/")
