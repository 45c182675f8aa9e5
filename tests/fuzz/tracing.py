"""The reference: run a program and watch which strings it builds become state ids.

The program is run, not analysed, so nothing here can share a mistake with the lint. A copy of its
tree is changed so that the result of each builder is marked with the place of the builder, and
each value that becomes a state id is looked at. The names are the specification's: what builds a
string, what passes one on, what makes a value a state id.
"""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# How much of a program is run before it is stopped, and how long its strings may get: one that is
# added to itself in a loop would soon fill the memory.
_MOST_EVENTS = 20_000
_LONGEST = 100
_SINGULAR = re.compile(r"(^|_)state_id$", re.IGNORECASE)
_PLURAL = re.compile(r"(^|_)state_ids$", re.IGNORECASE)
# str methods whose result is the receiver in another form.
_PASSED_ON = """
    __str__ capitalize casefold center expandtabs ljust lower lstrip removeprefix removesuffix
    replace rjust rstrip strip swapcase title translate upper zfill
"""


class Built(NamedTuple):
    """A builder: where its first character stands, and the code of its kind."""

    row: int
    column: int
    code: str


class Traced(str):
    """A string that knows which builder made it."""

    __slots__ = ("origin",)
    origin: Built

    def __new__(cls, text: str, origin: Built) -> Traced:
        """``text``, made by ``origin``."""
        made = super().__new__(cls, text)
        made.origin = origin
        return made


def _passing_on(name: str) -> Callable[..., Traced]:
    plain = getattr(str, name)

    def method(self: Traced, *arguments: Any) -> Traced:
        return Traced(plain(self, *arguments)[:_LONGEST], self.origin)

    return method


for _name in _PASSED_ON.split():
    setattr(Traced, _name, _passing_on(_name))


class TooLongError(BaseException):
    """The program ran for longer than it should; not an Exception, so that none catches it."""


class Run(NamedTuple):
    """What running a program showed.

    Attributes:
        built: The builders that made a string.
        reached: Those of which a string became a state id.
        uncalled: The functions that were never called, by the row of their first line.
        error: What ended the program early, "" if nothing did.
    """

    built: frozenset[Built]
    reached: frozenset[Built]
    uncalled: frozenset[int]
    error: str


class Program:
    """A program, ready to be run several times."""

    def __init__(self, text: str) -> None:
        """Prepare ``text``; what it imports from ``engine`` is given by :meth:`run`."""
        plain = ast.parse(text)
        self._functions = frozenset(
            node.lineno
            for node in ast.walk(plain)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("__")
        )
        tree = _Instrument().visit(plain)
        self._code = compile(ast.fix_missing_locations(tree), "program", "exec")

    def run(self, answers: Sequence[bool]) -> Run:
        """Run it; ``answers`` are what ``cond()`` says in turn, False when there are no more."""
        watch = _Watch()
        remaining = iter(answers)

        def cond() -> bool:
            watch.tick()
            return next(remaining, False)

        namespace: dict[str, Any] = {
            # A module that exists, for ``dataclass`` to look into.
            "__name__": __name__,
            "__built__": watch.built,
            "__seen__": watch.seen,
            "__seen_all__": watch.seen_all,
            "__tick__": watch.tick,
            "__called__": watch.call,
            "__iadd__": operator.iadd,
            "__imod__": operator.imod,
            "cond": cond,
            "ctx": _Context(),
            "executor": _Executor(),
            "recorder": _Recorder(),
            "rows": ["r0", "r1"],
        }
        error = ""
        try:
            exec(self._code, namespace)
            namespace["main"]()
        except (Exception, TooLongError) as raised:
            error = f"{type(raised).__name__}: {raised}"
        uncalled = self._functions - watch.called
        return Run(frozenset(watch.made), frozenset(watch.reached), uncalled, error)


class _Watch:
    def __init__(self) -> None:
        self.made: set[Built] = set()
        self.called: set[int] = set()
        self.reached: set[Built] = set()
        self._events = 0

    def tick(self) -> None:
        self._events += 1
        if self._events > _MOST_EVENTS:
            raise TooLongError("stopped")

    def call(self, row: int) -> None:
        self.tick()
        self.called.add(row)

    def built(self, value: object, row: int, column: int, code: str) -> object:
        self.tick()
        if not isinstance(value, str):
            return value
        origin = Built(row, column, code)
        self.made.add(origin)
        return Traced(str(value)[:_LONGEST], origin)

    def seen(self, value: Any) -> Any:
        if isinstance(value, Traced):
            self.reached.add(value.origin)
        return value

    def seen_all(self, values: Any) -> Any:
        if isinstance(values, list | tuple | set | frozenset):
            for value in values:
                self.seen(value)
        return values


class _Context:
    state_id = "s1"
    run_id = "run"


class _Recorder:
    def record_call(self, *_: object, **__: object) -> None:
        """Accept everything, as a mocked recorder does."""


class _Future:
    def __init__(self, value: object) -> None:
        self._value = value

    def result(self) -> object:
        return self._value


class _Executor:
    def submit(self, function: Any, /, *arguments: object, **keywords: object) -> _Future:
        return _Future(function(*arguments, **keywords))

    def map(self, function: Any, *iterables: Any) -> list[object]:
        return [function(*arguments) for arguments in zip(*iterables, strict=False)]


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _watched(name: str, value: ast.expr) -> ast.expr:
    """``value``, looked at if ``name`` is a state id name."""
    if _SINGULAR.search(name):
        return _call("__seen__", value)
    return _call("__seen_all__", value) if _PLURAL.search(name) else value


def _target_name(target: ast.expr) -> str:
    """The name that a value stored in ``target`` gets; "" for none."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _loaded(target: ast.expr) -> list[ast.stmt]:
    """Statements that look at each name of ``target``, just bound."""
    names = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
    checks = []
    for name in names:
        load = ast.Name(name, ast.Load())
        look = _watched(name, load)
        if look is not load:
            checks.append(ast.Expr(look))
    return list(checks)


class _Instrument(ast.NodeTransformer):
    """Marks the results of builders and looks at what becomes a state id."""

    def __init__(self) -> None:
        self._functions: list[str] = []

    # --- builders -----------------------------------------------------------------------------

    @staticmethod
    def _mark(node: ast.expr | ast.stmt, value: ast.expr, code: str) -> ast.expr:
        place = (node.lineno, node.col_offset + 1, code)
        return _call("__built__", value, *(ast.Constant(item) for item in place))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        # The specification of a format has to stay one.
        for part in ast.walk(node):
            if isinstance(part, ast.FormattedValue) and isinstance(part.format_spec, ast.Call):
                specification = part.format_spec.args[0]
                part.format_spec = specification
        return self._mark(node, node, "SID001")

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add):
            return self._mark(node, node, "SID002")
        return self._mark(node, node, "SID003") if isinstance(node.op, ast.Mod) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        kind = {ast.Add: ("__iadd__", "SID002"), ast.Mod: ("__imod__", "SID003")}
        function, code = kind[type(node.op)]
        load = ast.parse(ast.unparse(node.target), mode="eval").body
        value = self._mark(node, _call(function, load, node.value), code)
        watched = _watched(_target_name(node.target), value)
        return ast.copy_location(ast.Assign([node.target], watched), node)

    # --- calls --------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        for keyword in node.keywords:
            if keyword.arg:
                keyword.value = _watched(keyword.arg, keyword.value)
        match node:
            case ast.Call(
                func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), value]
            ):
                node.args[2] = _watched(name, value)
            case ast.Call(
                func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(name)), value]
            ):
                node.args[1] = _watched(name, value)
            case ast.Call(func=ast.Attribute(attr="append", value=holder), args=[value]):
                if _PLURAL.search(_target_name(holder)):
                    node.args[0] = _call("__seen__", value)
        if isinstance(node.func, ast.Attribute) and node.func.attr in {
            "format",
            "format_map",
            "join",
            "substitute",
        }:
            return self._mark(node, node, "SID003")
        return node

    # --- what makes a value a state id --------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        self.generic_visit(node)
        after: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                after += _loaded(target)
            else:
                node.value = _watched(_target_name(target), node.value)
        return [node, *after]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if node.value is not None:
            node.value = _watched(_target_name(node.target), node.value)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        self.generic_visit(node)
        node.value = _watched(node.target.id, node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        self.generic_visit(node)
        for index, key in enumerate(node.keys):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                node.values[index] = _watched(key.value, node.values[index])
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        self.generic_visit(node)
        node.body[:0] = [ast.Expr(_call("__tick__")), *_loaded(node.target)]
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:
        self.generic_visit(node)
        node.body[:0] = [ast.Expr(_call("__tick__"))]
        return node

    def visit_With(self, node: ast.With) -> ast.stmt:
        self.generic_visit(node)
        for item in node.items:
            if item.optional_vars is not None:
                node.body[:0] = _loaded(item.optional_vars)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()
        node.body[:0] = [ast.Expr(_call("__called__", ast.Constant(node.lineno)))]
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            node.body[1:1] = _loaded(ast.Name(argument.arg, ast.Load()))
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - NodeVisitor's name

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._functions.append("")
        self.generic_visit(node)
        self._functions.pop()
        for argument in node.args.args:
            if _SINGULAR.search(argument.arg):
                seen = _call("__seen__", ast.Name(argument.arg, ast.Load()))
                both = ast.Tuple([seen, node.body], ast.Load())
                node.body = ast.Subscript(both, ast.Constant(1), ast.Load())
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        # The namespace has what the programs import from here.
        return ast.Pass() if node.module == "engine" else node

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        self.generic_visit(node)
        if node.value is not None and self._functions:
            node.value = _watched(self._functions[-1], node.value)
        return node

    def visit_Yield(self, node: ast.Yield) -> ast.expr:
        self.generic_visit(node)
        if node.value is not None and self._functions:
            name = self._functions[-1]
            if _PLURAL.search(name) or _SINGULAR.search(name):
                node.value = _call("__seen__", node.value)
        return node
