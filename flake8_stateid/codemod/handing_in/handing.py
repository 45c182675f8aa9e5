"""A function that makes a client each time that it is called, handed one instead.

``self._answer(row, ctx)``, which makes a client and asks it, becomes ``client = Client(...)`` and
``self._answer(row, client)``; the loop around it is then fixed like any that makes a client in its
body. The text in between is never written: it is a step on the way to a fix, or it is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.codemod.handing_in.calls import Handed, given_by, names_in
from flake8_stateid.codemod.handing_in.checked import Checked
from flake8_stateid.codemod.handing_in.heads import Head, unneeded, unread
from flake8_stateid.codemod.handing_in.made import Exchange, made_in
from flake8_stateid.codemod.handing_in.paths import is_plain
from flake8_stateid.codemod.handing_in.texts import NotHandedInError, Texts
from flake8_stateid.codemod.reading.ancestry import Ancestors
from flake8_stateid.codemod.reading.modules import Module
from flake8_stateid.codemod.reading.namesakes import Namesakes, calls_of
from flake8_stateid.codemod.reading.variables import unused_name
from flake8_stateid.codemod.rewriting.lengths import USUAL
from flake8_stateid.codemod.rewriting.spans import replaced
from flake8_stateid.source import parse

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.codemod.handing_in.calls import Given
    from flake8_stateid.codemod.handing_in.made import Definition, Made
    from flake8_stateid.codemod.handing_in.texts import Edit
    from flake8_stateid.source import SourceText

# How many functions hand the client on, one to the next.
MOST_CALLS = 4


def handed_in(
    data: bytes, source: SourceText, row: int, sources: SourceTree, longest: int = 0
) -> bytes:
    """``data`` with the client that is made in ``row`` made where its function is called.

    Args:
        data: A file's bytes.
        source: The same, as text.
        row: Where a function makes the client.
        sources: Where other modules are read.
        longest: How long a line may be; 0 where it is not set.

    Raises:
        NotHandedInError: That cannot be shown to do the same.
    """
    module = Module(parse(source))
    ancestors = Ancestors(source, module, sources)
    namesakes = Namesakes(source, module, sources)
    made = made_in(module, ancestors, row)
    given = [given_by(module, made, call) for call in _calls(module, made.function, namesakes)]
    going = unneeded(module, made)
    place = _place(given, going)
    taken = names_in(module, made.function)
    name = made.target.id if made.target else unused_name("client", taken)
    texts = Texts(source)
    exchange = Exchange(module, texts, made, name, going, place)
    handed = Handed(exchange, Checked(module, ancestors, namesakes, made))
    longest = longest or max([USUAL, *(len(line.rstrip()) for line in source.lines)])
    edits = [
        *Head(exchange, namesakes.is_taken).edits(longest),
        *_without(module, texts, made, name),
        *(edit for each in given for edit in handed.edits(each)),
    ]
    code = replaced(data, source, edits)
    if code is None:
        raise NotHandedInError("")
    return code


def _calls(module: Module, function: Definition, namesakes: Namesakes) -> list[ast.Call]:
    """All calls of a function that nobody else knows."""
    name = function.name
    if module.function_of(function) is None:
        if not name.startswith("_") or name.startswith("__"):
            raise NotHandedInError(f"others may call '{name}'")
        if namesakes.is_used(function, name):
            raise NotHandedInError(f"another module may call or override '{name}'")
    calls = calls_of(module, function, function, name, namesakes)
    if not calls:
        raise NotHandedInError(f"'{name}' may be called in ways that are not seen")
    return calls


def _place(given: Sequence[Given], going: Sequence[ast.arg]) -> ast.arg | None:
    """The parameter whose place the client takes: what is evaluated for it, still is there.

    Raises:
        NotHandedInError: Something would be evaluated elsewhere that may raise or act.
    """
    acting = {name for each in given for name, value in each.values.items() if not is_plain(value)}
    places = [each for each in going if not acting or each.arg in acting]
    if len(acting) > 1 or (acting and not places):
        raise NotHandedInError(f"it is made with '{min(acting)}', which is evaluated for each row")
    return places[0] if places else None


def _without(module: Module, texts: Texts, made: Made, name: str) -> list[Edit]:
    """The function without what makes the client, and what only names its parts."""
    gone: list[ast.stmt] = [*unread(made)]
    if any(not texts.has_lines(each) or texts.is_commented(each) for each in gone):
        raise NotHandedInError("")
    if made.target is not None:
        gone.append(made.statement)
    if not all(map(texts.has_lines, gone)):
        raise NotHandedInError("")
    edits = [(*texts.span(made.call), name)] if made.target is None else []
    first = last = 0
    for each in sorted(gone, key=lambda statement: statement.lineno):
        row, end = texts.above(each), each.end_lineno or 0
        if first and texts.are_blank(last + 1, row):
            last = end
            edits.pop()
        else:
            first, last = row, end
        # Of the blank lines around what goes, those before stay, unless a block begins with them.
        begins = module.block_of(each)[0] in gone
        while (begins or texts.are_blank(first - 1, first)) and texts.are_blank(
            last + 1, last + 2
        ):
            last += 1
        edits.append((first, 1, last + 1, 1, ""))
    return edits
