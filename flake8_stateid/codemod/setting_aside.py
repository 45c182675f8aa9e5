"""Clients that are closed by a ``with``, or in a function that rows call: closed around all rows.

What closes the client is set aside first, so that the client is made before the loop like one that
nobody closes; then it is put around the loop that the client serves. The text in between is never
written: it is a step on the way to a fix, or it is dropped.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS
from flake8_stateid.codemod.handing_in.texts import Texts
from flake8_stateid.codemod.reading.ancestry import Ancestors
from flake8_stateid.codemod.reading.modules import Module
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.reading.signatures import dotted, is_docstring, parameters
from flake8_stateid.codemod.rewriting.spans import replaced
from flake8_stateid.codemod.sharing.ending import closes_calmly, closing_of
from flake8_stateid.source import parse

if TYPE_CHECKING:
    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.codemod.handing_in.texts import Edit
    from flake8_stateid.codemod.reading.ancestry import Ancestry
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.source import SourceText

With = ast.With | ast.AsyncWith
_CLOSERS = {"closing": "close", "aclosing": "aclose"}


class Aside(NamedTuple):
    """What closed a client, and the text without it.

    Attributes:
        data: The text, as bytes.
        made: What is called for a client.
        calls: How often the text makes one.
        before: What the ``with`` begins with, ``with closing(``; empty for a ``finally``.
        behind: What follows the client in it; for a ``finally``, what closes it, as ``.close()``.
        awaits: Whether that is awaited.
    """

    data: bytes
    made: str
    calls: int
    before: str
    behind: str
    awaits: bool


def set_aside(data: bytes, source: SourceText, row: int, sources: SourceTree) -> Aside | None:
    """``data`` without what closes the client that is made in ``row``.

    Args:
        data: A file's bytes.
        source: The same, as text.
        row: Where a client is made for each row.
        sources: Where other modules are read.

    Returns:
        That; ``None`` where nothing closes it, or not in a way that may be put around all rows.
    """
    module = Module(parse(source))
    ancestors = Ancestors(source, module, sources)
    for call in (each for each in module.calls if each.lineno == row):
        seen = ancestors.of(dotted(call.func), call)
        function = module.function_of(call)
        if not seen.classes or function is None:
            continue
        found = _of_with(module, Texts(source), function, call, seen) or _of_finally(
            module, Texts(source), function, call, seen
        )
        if found is not None:
            edits, before, behind, awaits = found
            code = replaced(data, source, edits)
            name = dotted(call.func)
            calls = _count(module, name)
            return None if code is None else Aside(code, name, calls, before, behind, awaits)
    return None


def put_around(data: bytes, source: SourceText, aside: Aside) -> bytes | None:
    """``data``, in which a client is made before a loop, with what closes it around that.

    ``None`` where no such place, or more than one, is found.
    """
    module = Module(parse(source))
    texts = Texts(source)
    found = [
        (made, block[block.index(made) + 1])
        for made in walk(module.tree)
        if isinstance(made, (ast.Assign, ast.AnnAssign))
        and isinstance(made.value, ast.Call)
        and dotted(made.value.func) == aside.made
        and module.enclosing(made, *LOOPS, *FUNCTIONS) is module.function_of(made)
        and made is not (block := module.block_of(made))[-1]
    ]
    if len(found) != 1 or _count(module, aside.made) != aside.calls:
        return None
    ((made, served),) = found
    function = module.function_of(made)
    target = made.targets[0] if isinstance(made, ast.Assign) else made.target
    if function is None or not isinstance(target, ast.Name) or _spans_lines(served):
        return None
    uses = [each for each in module.own_names(function, target.id) if each is not target]
    if not uses or not all(served in module.ancestors(each) for each in uses):
        return None
    if aside.awaits and not isinstance(function, ast.AsyncFunctionDef):
        return None
    assert made.value is not None
    indent, unit = texts.indent(made), _unit(texts, module, function)
    row, column, end_row, end_column = texts.span(made.value)
    if not texts.has_lines(made) or not texts.has_lines(served):
        return None
    first, last = end_row + 1, served.end_lineno or 0
    edits: list[Edit] = [
        (each, 1, each, 1, unit) for each in range(first, last + 1) if texts.line(each).strip()
    ]
    if aside.before:
        edits.append((made.lineno, texts.span(made)[1], row, column, aside.before))
        edits.append((end_row, end_column, end_row, end_column, f"{aside.behind} as {target.id}:"))
    else:
        edits = [each for each in edits if each[0] != first]
        edits.append((first, 1, first, 1, f"{indent}try:\n{unit}"))
        word = "await " if aside.awaits else ""
        ending = f"{indent}finally:\n{indent}{unit}{word}{target.id}{aside.behind}"
        at = len(texts.line(last).rstrip("\n")) + 1
        edits.append((last, at, last, at, f"\n{ending}"))
    return replaced(data, source, edits)


Found = tuple[list["Edit"], str, str, bool]


def _of_with(
    module: Module, texts: Texts, function: Function, call: ast.Call, seen: Ancestry
) -> Found | None:
    """A ``with`` that closes the client, dissolved."""
    outer = module.parents[call]
    closer = ""
    entered: ast.expr = call
    if isinstance(outer, ast.Call) and outer.args == [call] and not outer.keywords:
        closer = _CLOSERS.get(plain_name(outer.func), "")
        entered, outer = outer, module.parents[outer]
    statement = module.parents.get(outer)
    if not isinstance(outer, ast.withitem) or not isinstance(statement, With):
        return None
    awaits = isinstance(statement, ast.AsyncWith)
    if entered is not call:
        if not closer or (closer == "aclose") is not awaits or module.resolve(call.func):
            return None
        fits = closes_calmly(seen, closer)
    else:
        fits = _only_closes(seen, awaits=awaits)
    client = outer.optional_vars
    if not fits or not isinstance(client, ast.Name) or len(statement.items) > 1:
        return None
    names = [each for each in module.own_names(function, client.id) if each is not client]
    begins, first = statement.lineno, statement.body[0]
    header = range(begins, _colon(texts, client, first) + 1)
    if (
        not all(statement in module.ancestors(each) for each in names)
        or any(not isinstance(each.ctx, ast.Load) for each in names)
        or _yields_outside(function, statement)
        or first.lineno in header
        or not texts.begins_line(statement)
        or any("#" in texts.line(each) for each in header)
        or _spans_lines(*statement.body)
    ):
        return None
    row, column, end_row, end_column = texts.span(call)
    start = texts.span(statement)[1]
    before = texts.between((begins, start), (row, column))
    behind = texts.between((end_row, end_column), texts.span(client)[:2])
    edits: list[Edit] = [
        (begins, start, row, column, f"{client.id} = "),
        (end_row, end_column, header.stop, 1, "\n"),
        *_dedented(texts, texts.indent(statement), first, statement.body[-1], header.stop),
    ]
    return edits, before, behind.rstrip().removesuffix("as").rstrip(), awaits


def _of_finally(
    module: Module, texts: Texts, function: Function, call: ast.Call, seen: Ancestry
) -> Found | None:
    """A ``finally`` of a function that closes the client it has made, taken away."""
    made = module.statement_of(call)
    match made:
        case (
            ast.Assign(targets=[ast.Name() as client], value=value)
            | ast.AnnAssign(target=ast.Name() as client, value=value)
        ) if value is call:
            pass
        case _:
            return None
    closed = closing_of(module, function, made, client, seen)
    around = module.parents[closed[0]] if closed else None
    if not isinstance(around, ast.Try) or not texts.has_lines(closed[0]):
        return None
    if module.enclosing(made, *LOOPS, *FUNCTIONS) is not function:
        return None  # a loop of its own: the plan moves what closes it
    awaited = closed[0].value
    awaits = isinstance(awaited, ast.Await)
    asked = awaited.value if isinstance(awaited, ast.Await) else awaited
    assert isinstance(asked, ast.Call)
    behind = f".{plain_name(asked.func)}()"
    ends = around.end_lineno or 0
    row = closed[0].lineno
    if len(around.finalbody) > 1:
        if texts.is_commented(closed[0]):
            return None
        return [(row, 1, row + 1, 1, "")], "", behind, awaits
    last = around.orelse or [each.body[-1] for each in around.handlers] or around.body
    gone = range((last[-1].end_lineno or 0) + 1, ends + 1)
    if any("#" in texts.line(each) for each in gone) or row != ends:
        return None
    edits: list[Edit] = [(gone.start, 1, ends + 1, 1, "")]
    if not around.handlers:
        if texts.line(around.lineno).strip() != "try:" or _spans_lines(*around.body):
            return None
        edits.append((around.lineno, 1, around.lineno + 1, 1, ""))
        first, final = around.body[0], around.body[-1]
        edits.extend(_dedented(texts, texts.indent(around), first, final, around.lineno + 1))
    return edits, "", behind, awaits


def _colon(texts: Texts, client: ast.Name, first: ast.stmt) -> int:
    """The row that the head of a ``with`` ends in."""
    rows = range(client.end_lineno or 0, first.lineno)
    return next((row for row in rows if texts.line(row).rstrip().endswith(":")), first.lineno)


def _only_closes(seen: Ancestry, *, awaits: bool) -> bool:
    """Whether entering a client gives it back, and leaving it does nothing but close it."""
    enter, leave = ("__aenter__", "__aexit__") if awaits else ("__enter__", "__exit__")
    entered = [method for _, method in seen.methods if method.name == enter]
    left = [method for _, method in seen.methods if method.name == leave]
    if not entered or not left or not closes_calmly(seen, leave):
        return False
    for method in entered:
        body = [
            each
            for each in method.body
            if not isinstance(each, ast.Pass) and not is_docstring(each)
        ]
        if [ast.unparse(each) for each in body] != ["return self"]:
            return False
    for method in left:
        given = {*parameters(method)[1:]}
        for node in own_nodes(*method.body):
            # What it is told of an exception would be another's, or none.
            if isinstance(node, ast.Name) and node.id in given:
                return False
            if isinstance(node, ast.Return) and not (
                node.value is None
                or (isinstance(node.value, ast.Constant) and not node.value.value)
            ):
                return False
    return True


def _yields_outside(function: Function, statement: With) -> bool:
    body = function.body if isinstance(function.body, list) else [function.body]
    inside = {node for each in statement.body for node in walk(each)}
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom)) and node not in inside
        for node in own_nodes(*body)
    )


def _dedented(
    texts: Texts, indent: str, first: ast.stmt, last: ast.stmt, begin: int = 0
) -> list[Edit]:
    """The lines of some statements as far left as ``indent``, comments among them."""
    deeper = len(texts.indent(first)) - len(indent)
    rows = range(begin or first.lineno, (last.end_lineno or 0) + 1)
    return [
        (row, 1, row, deeper + 1, "")
        for row in rows
        if len(line := texts.line(row)) - len(line.lstrip()) >= deeper and line.strip()
    ]


def _spans_lines(*statements: ast.stmt) -> bool:
    """Whether a text stands on several lines, whose columns are its own."""
    return any(
        isinstance(node, (ast.Constant, ast.JoinedStr))
        and node.lineno != node.end_lineno
        and not isinstance(getattr(node, "value", ""), (int, float))
        for statement in statements
        for node in walk(statement)
    )


def _unit(texts: Texts, module: Module, function: Function) -> str:
    """What a block is further in than what is around it."""
    body = function.body if isinstance(function.body, list) else []
    around = module.statement_of(function)
    return texts.indent(body[0]).removeprefix(texts.indent(around))


def _count(module: Module, name: str) -> int:
    return sum(dotted(each.func) == name for each in module.calls)
