"""The calls of a function that makes a client, each with the client made before it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS, arguments_of
from flake8_stateid.codemod.handing_in.heads import is_keyword_only
from flake8_stateid.codemod.handing_in.paths import is_plain
from flake8_stateid.codemod.handing_in.texts import Edit, NotHandedInError, Spanned
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import defaults, dotted, named_arguments
from flake8_stateid.codemod.reading.variables import unused_name

if TYPE_CHECKING:
    from flake8_stateid.codemod.handing_in.checked import Checked
    from flake8_stateid.codemod.handing_in.made import Exchange, Made
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Callee, Function

# Statements that a client may be made before, as they are begun once and in the same round.
_BEGUN_ONCE = (
    *(ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Assert, ast.Raise),
    *(ast.If, ast.With, ast.AsyncWith),
)
# What follows the last argument.
_ENDS = re.compile(r"\s*,?\s*\)\Z")


class Given(NamedTuple):
    """What a call hands on for the parameters that a client is made with.

    Attributes:
        call: The call.
        callee: What it reaches.
        caller: The function that it stands in.
        statement: The statement.
        values: By parameter.
    """

    call: ast.Call
    callee: Callee
    caller: Function
    statement: ast.stmt
    values: dict[str, ast.expr]


def given_by(module: Module, made: Made, call: ast.Call) -> Given:
    """What ``call`` hands on for the parameters that a client is made with.

    Raises:
        NotHandedInError: That cannot be told.
    """
    function = made.function
    caller = module.function_of(call)
    if caller is function:
        raise NotHandedInError(f"'{function.name}' calls itself")
    if (
        caller is None
        or any(isinstance(each, ast.Starred) for each in call.args)
        or any(each.arg is None for each in call.keywords)
    ):
        raise NotHandedInError(f"'{function.name}' is called in ways that are not seen")
    callee = module.resolve(call.func)[0]
    own = [each.arg for each in named_arguments(function)]
    values: dict[str, ast.expr] = {}
    for node in (node for value in arguments_of(made.call) for node in walk(value)):
        if not isinstance(node, ast.Name):
            continue
        named = made.named(node.id)
        if named is not None:
            values[node.id] = _with_given(made, call, callee, named)
        elif node.id in own:
            values[node.id] = _passed(made, call, callee, node.id)
        elif module.binder(caller, node.id) is not module.binder(function, node.id):
            raise NotHandedInError(f"'{node.id}' is another name where it is called")
    return Given(call, callee, caller, module.statement_of(call), values)


def _passed(made: Made, call: ast.Call, callee: Callee, parameter: str) -> ast.expr:
    """What a call passes for a parameter, or its default."""
    if callee.skip and parameter == named_arguments(made.function)[0].arg:
        passed: ast.expr | None = getattr(call.func, "value", None)
    else:
        passed = callee.argument(call, parameter)
    for each, default in defaults(made.function) if passed is None else ():
        if each.arg == parameter and isinstance(default, ast.Constant):
            return default
    if passed is None:
        raise NotHandedInError(f"it is made with '{parameter}', which a call leaves out")
    return passed


def _with_given(made: Made, call: ast.Call, callee: Callee, value: ast.expr) -> ast.expr:
    """``context.landscape`` for ``ctx.landscape``, where a call passes ``context`` for ``ctx``."""
    root, dot, rest = dotted(value).partition(".")
    if not root:
        return value
    passed = _passed(made, call, callee, root)
    if not dot:
        return passed
    if not dotted(passed):
        raise NotHandedInError(
            f"it is made with '{dotted(value)}', which is evaluated for each row"
        )
    made_of = ast.parse(f"{dotted(passed)}{dot}{rest}", mode="eval").body
    return ast.copy_location(made_of, value)


class Handed:
    """Writes the calls anew.

    Args:
        exchange: The client, and what it takes the place of.
        checked: Tells what has to be asserted where the function is called.
    """

    def __init__(self, exchange: Exchange, checked: Checked) -> None:
        """Keep what is changed."""
        self._module, self._texts, self._made, self._name, self._going, self._place = exchange
        self._checked = checked

    def edits(self, given: Given) -> list[Edit]:
        """A call with the client among its arguments, which is made before it where it can be.

        Raises:
            NotHandedInError: The call cannot be written so.
        """
        asserted = self._asserted(given)
        if not self._stands_alone(given):
            made = self._written(self._made.call, given)
            return [*asserted, *self._arguments(given, made)]
        local = unused_name(self._name, names_in(self._module, given.caller))
        row = self._texts.above(given.statement)
        text = self._statement(local, given)
        return [*asserted, *self._arguments(given, local), (row, 1, row, 1, text)]

    def _stands_alone(self, given: Given) -> bool:
        """Whether the client may be made by a statement before that of the call."""
        statement = given.statement
        return (
            isinstance(statement, _BEGUN_ONCE)
            and self._module.enclosing(given.call, *COMPREHENSIONS, *FUNCTIONS) is given.caller
            and self._texts.begins_line(statement)
            and not self._texts.line(statement.lineno).strip().startswith("elif")
            and all(map(is_plain, given.values.values()))
        )

    def _asserted(self, given: Given) -> list[Edit]:
        """What has to be asserted before the loop."""
        missing = self._checked.missing(given.caller, given.values, given.statement)
        if not missing:
            return []
        first = given.statement
        for around in self._module.ancestors(given.call):
            if around is given.caller:
                break
            if isinstance(around, LOOPS):
                first = around
        if not self._texts.begins_line(first):
            raise NotHandedInError("")
        row = self._texts.above(first)
        test = " and ".join(f"{each} is not None" for each in missing)
        return [(row, 1, row, 1, f"{self._texts.indent(first)}assert {test}\n")]

    def _arguments(self, given: Given, passed: str) -> list[Edit]:
        """The arguments, with the client in the place of what it was made with."""
        call, texts = given.call, self._texts
        elements: list[Spanned] = sorted([*call.args, *call.keywords], key=texts.span)
        if self._place is not None:
            gone = {each: self._element(given, each) for each in self._going}
            place = gone[self._place]
            by_name = isinstance(place, ast.keyword)
            text = f"{self._name}={passed}" if by_name else passed
            return texts.in_place_of(elements, [*gone.values()], place, text)
        if is_keyword_only(self._made.function) or call.keywords:
            passed = f"{self._name}={passed}"
        end_row, end_column = texts.span(call)[2:]
        if not elements:
            return [(end_row, end_column - 1, end_row, end_column - 1, passed)]
        place_of_last = texts.span(elements[-1])[2:]
        between = texts.between(place_of_last, (end_row, end_column))
        if isinstance(elements[-1], ast.GeneratorExp) or not _ENDS.match(between):
            raise NotHandedInError("")
        return [(*place_of_last, *place_of_last, f"{texts.comma(elements[-1])}{passed}")]

    def _element(self, given: Given, parameter: ast.arg) -> Spanned:
        """What a call passes for a parameter, with its name where that is given."""
        value = given.callee.argument(given.call, parameter.arg)
        assert value is not None  # a parameter that goes has no default
        around = self._module.parents[value]
        return around if isinstance(around, ast.keyword) else value

    # --- texts -----------------------------------------------------------------------------------

    def _statement(self, local: str, given: Given) -> str:
        """The statement that makes the client, as it is written before that of the call."""
        _, call, statement, target, _ = self._made
        indent = self._texts.indent(given.statement)
        if target is None:
            return f"{indent}{local} = {self._written(call, given)}\n"
        rows = range(self._texts.above(statement), statement.lineno)
        above = [f"{indent}{self._texts.line(row).strip()}\n" for row in rows]
        text = self._written(statement, given, (*self._texts.span(target), local))
        return f"{''.join(above)}{indent}{text}{self._texts.behind(statement)}\n"

    def _written(self, node: ast.expr | ast.stmt, given: Given, *renamed: Edit) -> str:
        """The text of a node with what is given in the place of names, indented anew."""
        changes = [*renamed]
        for each in (each for value in arguments_of(self._made.call) for each in walk(value)):
            if isinstance(each, (ast.Constant, ast.JoinedStr)) and each.lineno != each.end_lineno:
                raise NotHandedInError("")  # a text may hold the beginnings of lines
            if isinstance(each, ast.Name) and each.id in given.values:
                changes.append((*self._texts.span(each), ast.unparse(given.values[each.id])))
        row, column, end_row, end_column = self._texts.span(node)
        lines = [self._texts.line(each) for each in range(row, end_row + 1)]
        lines[-1] = lines[-1][: end_column - 1]
        for start, first, _, last, text in sorted(changes, reverse=True):
            line = lines[start - row]
            lines[start - row] = line[: first - 1] + text + line[last - 1 :]
        old, new = (self._texts.indent(each) for each in (self._made.statement, given.statement))
        moved = [new + each.removeprefix(old) if each.startswith(old) else each for each in lines]
        return "\n".join([lines[0][column - 1 :], *moved[1:]])


def names_in(module: Module, function: Function) -> set[str]:
    """All names that a function uses, its parameters and the imports of the module among them."""
    found = module.bound_names(function)
    for node in walk(module.tree):
        if isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found
