"""Modules of any syntax, biased to the names that matter; they need not mean anything."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

_NAMES = (
    "state_id", "row_state_id", "state_ids", "ctx", "self", "rows", "row", "i", "f", "g", "Client",
    "recorder", "super",
)  # fmt: skip
_ATTRIBUTES = (
    "state_id", "_state_ids", "format", "join", "append", "pop", "items", "get", "submit", "map",
    "run",
)  # fmt: skip
# Since Python 3.12 a definition has type parameters, and the field has to be there.
_GENERIC: dict[str, Any] = {"type_params": []} if sys.version_info >= (3, 12) else {}
_STRINGS = ("state_id", "_row", "", "%s", "{}", "é", "a\nb")


class TreeMaker:
    """Makes the tree of one module that compiles."""

    def __init__(self, random: Random) -> None:
        """Prepare; ``random`` is where every decision comes from."""
        self._random = random
        self._left = 0

    def make(self) -> str:
        """The text of a module that compiles."""
        while True:
            self._left = self._random.randint(20, 160)
            tree = ast.Module(self._body(0), [])
            try:
                text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
                compile(text, "tree", "exec", dont_inherit=True)
            except (SyntaxError, SystemError, ValueError):
                # `return` at the top, a name bound twice, ...: what no file can hold; and what
                # the compiler of Python 3.12.1 fails on by a mistake of its own.
                continue
            return text

    def _pick(self, *choices: object) -> object:
        return self._random.choice(choices)

    def _name(self) -> str:
        return self._random.choice(_NAMES)

    def _body(self, depth: int) -> list[ast.stmt]:
        count = self._random.randint(1, 4 if depth else 10)
        return [self._statement(depth) for _ in range(count)]

    def _orelse(self, depth: int) -> list[ast.stmt]:
        return self._body(depth) if self._random.random() < 0.3 else []

    def _arguments(self) -> ast.arguments:
        names = self._random.sample(_NAMES, self._random.randint(0, 4))
        split = self._random.randint(0, len(names))
        keywords = [ast.arg(name) for name in names[split:]]
        defaults = [self._expression(3) for _ in range(self._random.randint(0, split))]
        return ast.arguments(
            posonlyargs=[],
            args=[ast.arg(name) for name in names[:split]],
            vararg=ast.arg("args") if keywords or self._random.random() < 0.1 else None,
            kwonlyargs=keywords,
            kw_defaults=[self._maybe(3) for _ in keywords],
            kwarg=ast.arg("kwargs") if self._random.random() < 0.1 else None,
            defaults=defaults,
        )

    def _maybe(self, depth: int) -> ast.expr | None:
        return self._expression(depth) if self._random.random() < 0.5 else None

    def _target(self, depth: int = 2) -> ast.expr:
        form = self._random.randrange(8)
        if form < 4 or depth > 3:
            return ast.Name(self._name(), ast.Store())
        if form == 4:
            return ast.Attribute(
                self._expression(3), self._random.choice(_ATTRIBUTES), ast.Store()
            )
        if form == 5:
            return ast.Subscript(self._expression(3), self._expression(3), ast.Store())
        items = [self._target(depth + 1) for _ in range(self._random.randint(1, 3))]
        if form == 6:
            items[0] = ast.Starred(items[0], ast.Store())
        return ast.Tuple(items, ast.Store())

    def _statement(self, depth: int) -> ast.stmt:
        self._left -= 1
        random = self._random
        form = random.randrange(24 if depth < 4 and self._left > 0 else 9)
        match form:
            case 0 | 1:
                return ast.Assign([self._target()], self._expression(0), lineno=1)
            case 2:
                return ast.Expr(self._expression(0))
            case 3:
                operator_of = random.choice([ast.Add(), ast.Mod()])
                left = ast.Name(self._name(), ast.Store())
                return ast.AugAssign(left, operator_of, self._expression(0))
            case 4:
                name = ast.Name(self._name(), ast.Store())
                return ast.AnnAssign(name, self._expression(3), self._maybe(0), 1)
            case 5:
                return random.choice([ast.Pass(), ast.Break(), ast.Continue(), ast.Pass()])
            case 6:
                return ast.Return(self._maybe(0)) if depth else ast.Pass()
            case 7:
                return ast.Delete([ast.Name(self._name(), ast.Del())])
            case 8:
                if random.random() < 0.5:
                    return ast.Raise(self._expression(2), None)
                kind_of = random.choice([ast.Global, ast.Nonlocal]) if depth else ast.Global
                return kind_of([self._name()])
            case 9 | 10 | 11 | 12:
                kind: Any = random.choice([ast.FunctionDef, ast.AsyncFunctionDef])
                decorators = [self._expression(3)] if random.random() < 0.1 else []
                made: ast.stmt = kind(
                    name=self._name(),
                    args=self._arguments(),
                    body=self._body(depth + 1),
                    decorator_list=decorators,
                    lineno=1,
                    **_GENERIC,
                )
                return made
            case 13 | 14:
                bases = [self._expression(3) for _ in range(random.randint(0, 2))]
                return ast.ClassDef(self._name(), bases, [], self._body(depth + 1), [], **_GENERIC)
            case 15 | 16:
                return ast.For(
                    self._target(), self._expression(1), self._body(depth + 1),
                    self._orelse(depth + 1), lineno=1,
                )  # fmt: skip
            case 17:
                return ast.While(
                    self._expression(1), self._body(depth + 1), self._orelse(depth + 1)
                )
            case 18 | 19:
                return ast.If(self._expression(1), self._body(depth + 1), self._orelse(depth + 1))
            case 20 | 21:
                handler = ast.ExceptHandler(
                    self._expression(3), self._name(), self._body(depth + 1)
                )
                kind_of_try = random.choice([ast.Try, ast.Try, ast.TryStar])
                return kind_of_try(
                    self._body(depth + 1), [handler],
                    self._orelse(depth + 1), self._orelse(depth + 1),
                )  # fmt: skip
            case 22:
                item = ast.withitem(self._expression(1), self._target())
                return ast.With([item], self._body(depth + 1), lineno=1)
            case _:
                patterns = [self._pattern(0), ast.MatchAs()]
                cases = [
                    ast.match_case(each, self._maybe(2), self._body(depth + 1))
                    for each in patterns[random.randrange(2) :]
                ]
                return ast.Match(self._expression(1), cases)

    def _pattern(self, depth: int) -> ast.pattern:
        form = self._random.randrange(6 if depth < 2 else 2)
        match form:
            case 0:
                return ast.MatchAs(None, "state_id" if self._random.random() < 0.5 else "x")
            case 1:
                return ast.MatchValue(ast.Constant("state_id"))
            case 2:
                return ast.MatchSequence([self._pattern(depth + 1), ast.MatchStar("rest")])
            case 3:
                keys: list[ast.expr] = [ast.Constant("state_id")]
                return ast.MatchMapping(keys, [self._pattern(depth + 1)], "others")
            case 4:
                return ast.MatchClass(
                    ast.Name("Client", ast.Load()), [], ["state_id"], [self._pattern(depth + 1)]
                )
            case _:
                return ast.MatchOr([ast.MatchValue(ast.Constant(1)), ast.MatchAs(None, None)][:2])

    def _comprehension(self, depth: int) -> list[ast.comprehension]:
        return [
            ast.comprehension(
                ast.Name(self._name(), ast.Store()), self._expression(depth + 1),
                [self._expression(depth + 1)] if self._random.random() < 0.2 else [], 0,
            )
        ]  # fmt: skip

    def _expression(self, depth: int) -> ast.expr:
        self._left -= 1
        random = self._random
        form = random.randrange(26 if depth < 4 and self._left > 0 else 4)
        below = depth + 1
        match form:
            case 0 | 1:
                return ast.Name(self._name(), ast.Load())
            case 2:
                return ast.Constant(random.choice([*_STRINGS, 1, None, 2.5, b"x", True, ...]))
            case 3:
                return ast.Attribute(
                    ast.Name(self._name(), ast.Load()),
                    random.choice(_ATTRIBUTES), ast.Load(),
                )  # fmt: skip
            case 4 | 5 | 6:
                values: list[ast.expr] = [ast.Constant("_row")]
                for _ in range(random.randint(0, 2)):
                    value = ast.Name(self._name(), ast.Load())
                    values.append(ast.FormattedValue(value, -1, None))
                return ast.JoinedStr(values)
            case 7 | 8:
                operator = random.choice([ast.Add(), ast.Add(), ast.Mod(), ast.Sub(), ast.BitOr()])
                return ast.BinOp(self._expression(below), operator, self._expression(below))
            case 9 | 10 | 11 | 12 | 13:
                arguments = [self._expression(below) for _ in range(random.randint(0, 3))]
                if arguments and random.random() < 0.1:
                    arguments[-1] = ast.Starred(arguments[-1], ast.Load())
                names = dict.fromkeys(self._name() for _ in range(random.randint(0, 2)))
                keywords = [ast.keyword(name, self._expression(below)) for name in names]
                if random.random() < 0.1:
                    keywords.append(ast.keyword(None, self._expression(below)))
                return ast.Call(self._expression(below), arguments, keywords)
            case 14:
                return ast.Attribute(
                    self._expression(below), random.choice(_ATTRIBUTES), ast.Load()
                )
            case 15:
                return ast.Subscript(self._expression(below), self._expression(below), ast.Load())
            case 16:
                kind = random.choice([ast.List, ast.Tuple])
                return kind([self._expression(below) for _ in range(2)], ast.Load())
            case 17:
                return ast.Set([self._expression(below)])
            case 18:
                return ast.Dict([self._expression(below), None], [self._expression(below)] * 2)
            case 19:
                return ast.IfExp(*(self._expression(below) for _ in range(3)))
            case 20:
                operands = [self._expression(below) for _ in range(2)]
                return ast.BoolOp(random.choice([ast.And(), ast.Or()]), operands)
            case 21:
                return ast.Lambda(self._arguments(), self._expression(below))
            case 22:
                kind_of = random.choice([ast.ListComp, ast.SetComp, ast.GeneratorExp])
                return kind_of(self._expression(below), self._comprehension(below))
            case 23:
                return ast.DictComp(
                    self._expression(below), self._expression(below), self._comprehension(below)
                )
            case 24:
                return ast.NamedExpr(ast.Name(self._name(), ast.Store()), self._expression(below))
            case _:
                inner = self._expression(below)
                return random.choice(
                    [
                        ast.Yield(inner),
                        ast.YieldFrom(inner),
                        ast.Await(inner),
                        ast.Compare(inner, [ast.Eq()], [ast.Constant("state_id")]),
                        ast.UnaryOp(ast.Not(), inner),
                    ]
                )
