"""The head of a function that is handed a client: its parameters, and what tells of them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_stateid.codemod.handing_in.telling import Told
from flake8_stateid.codemod.handing_in.texts import Edit, NotHandedInError, Texts
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    defaults,
    dotted,
    is_docstring,
    is_static,
    named_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.codemod.handing_in.made import Definition, Exchange, Made
    from flake8_stateid.codemod.reading.modules import Module

# What follows the last parameter.
_ENDS = re.compile(r"\s*,?\s*(?:/\s*,?\s*)?\)\s*(?:->|:)")


def unneeded(module: Module, made: Made) -> list[ast.arg]:
    """The parameters that nothing but the making of the client needs.

    Raises:
        NotHandedInError: One of them has a default.
    """
    inside = {*walk(made.call), *(node for each in unread(made) for node in walk(each))}
    found = []
    for parameter in _others(module, made.function):
        names = [
            each
            for each in walk(made.function)
            if isinstance(each, ast.Name) and each.id == parameter.arg
        ]
        if names and inside.issuperset(names):
            found.append(parameter)
    for each in found:
        if any(each is other for other, _ in defaults(made.function)):
            raise NotHandedInError(f"'{each.arg}' has a default, and would not be needed")
    return found


def unread(made: Made) -> list[ast.Assign]:
    """The statements that name only what the client is made with, and go with it."""
    inside = {*walk(made.call)}
    return [
        each
        for each in made.by_name
        if inside.issuperset(
            node
            for node in walk(made.function)
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node.id == dotted(each.targets[0])
        )
    ]


def is_keyword_only(function: Definition) -> bool:
    """Whether a parameter that is added is passed by its name."""
    return bool(function.args.kwonlyargs or function.args.defaults)


class Head:
    """The head of a function that makes a client.

    Args:
        exchange: The client, and what it takes the place of.
        is_taken: Whether another module may import a name from this one.
    """

    def __init__(self, exchange: Exchange, is_taken: Callable[[str], bool]) -> None:
        """Keep what is changed."""
        self._module, self._texts, self._made, self._name, self._going, self._place = exchange
        self._function = exchange.made.function
        self._is_taken = is_taken

    def edits(self, longest: int) -> list[Edit]:
        """The parameter that the client is handed by, and what else tells of those that go.

        Args:
            longest: How long a line may be.

        Raises:
            NotHandedInError: The head cannot be changed in a way that is seen to be right.
        """
        return [*self._fitting(self._parameters(), longest), *self._retold(), *self._unimported()]

    def _parameters(self) -> list[Edit]:
        function, arguments = self._function, self._function.args
        if arguments.vararg or arguments.kwarg:
            raise NotHandedInError(f"'{function.name}' takes any arguments")
        own = named_arguments(function)
        if not own:
            raise NotHandedInError(f"'{function.name}' takes no arguments")
        others = _others(self._module, function)
        parameter = self._name
        if isinstance(self._made.statement, ast.AnnAssign):
            parameter += f": {ast.unparse(self._made.statement.annotation)}"
        elif not others or any(each.annotation is not None for each in others):
            parameter += f": {dotted(self._made.call.func)}"
        if len(self._going) > 1 and (arguments.posonlyargs or arguments.kwonlyargs):
            raise NotHandedInError(f"several parameters of '{function.name}' would not be needed")
        if self._place is not None:
            return self._texts.in_place_of(own, self._going, self._place, parameter)
        last = own[-1]
        if is_keyword_only(function) and not arguments.kwonlyargs:
            parameter = f"*, {parameter}"
        end = self._texts.span(dict(defaults(function)).get(last, last))[2:]
        if not _ENDS.match(self._texts.between(end, (end[0] + 2, 1))):
            raise NotHandedInError("")
        return [(*end, *end, f"{self._texts.comma(last)}{parameter}")]

    def _fitting(self, edits: list[Edit], longest: int) -> list[Edit]:
        """The edits, or where a head on one line is too long then, a line for each parameter."""
        row = self._function.lineno
        line = self._texts.line(row)
        if any(start != row or end != row for start, _, end, _, _ in edits):
            return edits
        head = line
        for _, column, _, end, text in sorted(edits, reverse=True):
            head = head[: column - 1] + text + head[end - 1 :]
        if len(head.rstrip()) <= longest:
            return edits
        indent = self._texts.indent(self._function)
        text = head.strip()
        start = text.index("(") + 1
        parts = _split(text[start:])
        inner, outer = f"\n{indent}    ", f"\n{indent}"
        lines = f",{inner}".join(part.strip() for part in parts)
        end = start + len(",".join(parts))
        new = f"{text[:start]}{inner}{lines},{outer}{text[end:]}"
        if not _are_one(text, new):
            return edits
        return [(row, len(indent) + 1, row, len(line) + 1, new)]

    def _retold(self) -> list[Edit]:
        """The docstring's words of the parameters that go, and of the one that comes."""
        first = self._function.body[0]
        if not is_docstring(first):
            return []
        rows = range(first.lineno, (first.end_lineno or first.lineno) + 1)
        told = Told([self._texts.line(row) for row in rows])
        if self._place is None:
            entry = told.entry(named_arguments(self._function)[-1].arg)
            if entry is None:
                return []
            row = rows[entry.last] + 1
            return [(row, 1, row, 1, entry.words(self._name))]
        edits: list[Edit] = []
        for each in self._going:
            entry = told.entry(each.arg)
            if told.times(each.arg) != int(entry is not None):
                raise NotHandedInError(
                    f"the docstring of '{self._function.name}' tells of '{each.arg}', which it "
                    "would not need any more"
                )
            if entry is not None:
                text = entry.words(self._name) if each is self._place else ""
                edits.append((rows[entry.first], 1, rows[entry.last] + 1, 1, text))
        return edits

    def _unimported(self) -> list[Edit]:
        """The imports that only the annotations of parameters needed that go."""
        inside = {
            node
            for each in self._going
            if each.annotation is not None
            for node in walk(each.annotation)
        }
        names = {node.id for node in inside if isinstance(node, ast.Name)}
        for node in walk(self._module.tree):
            match node:
                case ast.Name(id=name) if node not in inside:
                    names.discard(name)
                case ast.Constant(value=str() as text):
                    # A type in quotes, an entry of ``__all__``.
                    names.difference_update(re.findall(r"\w+", text))
        edits: list[Edit] = []
        for node in walk(self._module.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                gone = [
                    each
                    for each in node.names
                    if (each.asname or each.name).partition(".")[0] in names
                ]
                edits.extend(self._without(node, gone) if gone else ())
        return edits

    def _without(
        self, statement: ast.Import | ast.ImportFrom, gone: Sequence[ast.alias]
    ) -> list[Edit]:
        """An import without some of its names."""
        kept = [each for each in statement.names if each not in gone]
        if any(self._is_taken((each.asname or each.name).partition(".")[0]) for each in gone):
            raise NotHandedInError(f"another module may take '{gone[0].name}' from this one")
        if kept:
            texts = self._texts
            return texts.in_place_of(
                statement.names, [*gone, kept[0]], kept[0], texts.between(*_ends(texts, kept[0]))
            )
        if len(self._module.block_of(statement)) == 1 or (
            not self._texts.has_lines(statement) or self._texts.behind(statement)
        ):
            raise NotHandedInError(f"nothing else needs the import of '{gone[0].name}'")
        return [(statement.lineno, 1, (statement.end_lineno or 0) + 1, 1, "")]


def _others(module: Module, function: Definition) -> list[ast.arg]:
    """The parameters, without that of the object that a method is called on."""
    own = named_arguments(function)
    is_method = isinstance(module.parents[function], ast.ClassDef) and not is_static(function)
    return own[1:] if is_method else own


def _ends(texts: Texts, node: ast.alias) -> tuple[tuple[int, int], tuple[int, int]]:
    row, column, end_row, end_column = texts.span(node)
    return (row, column), (end_row, end_column)


def _split(text: str) -> list[str]:
    """What stands between the commas of ``text``, up to the parenthesis that closes it."""
    depth, parts = 0, [""]
    for character in text:
        if character in ")]}" and not depth:
            break
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _are_one(head: str, other: str) -> bool:
    """Whether two heads of a function say the same."""
    try:
        return ast.dump(ast.parse(f"{head} ...")) == ast.dump(ast.parse(f"{other} ..."))
    except SyntaxError:
        return False
