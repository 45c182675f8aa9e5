"""Programs of the rule's vocabulary, made at random from a seed, that run without errors.

A program defines functions and classes, and a ``main`` that uses them. Strings are built, kept in
locals, containers, attributes and closures, handed to functions and methods, and some become
state ids. Every name is of a known kind where it is used, so that what runs means something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz.idioms import IDIOMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

HEADER = """\
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, partialmethod
from itertools import accumulate

from engine import cond, ctx, executor, recorder, rows


class Held:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *error):
        return False


"""


class Shape(NamedTuple):
    """What programs may contain.

    Attributes:
        branches: Conditions, loops that may not run, exceptions; without them, each statement of
            ``main`` runs exactly once.
        objects: Classes and their attributes.
        functions: Calls of functions.
        containers: Lists, dicts and tuples that are changed and read again.
        idioms: The ways of :mod:`tests.fuzz.idioms`.
    """

    branches: bool = True
    objects: bool = True
    functions: bool = True
    containers: bool = True
    idioms: bool = True


EVERYTHING = Shape()


class _Function(NamedTuple):
    name: str
    parameters: tuple[str, ...]
    kind: str  # "plain", "generator", "rest"


class _Class(NamedTuple):
    name: str
    attributes: tuple[str, ...]
    methods: tuple[_Function, ...]
    size: int  # how many arguments the constructor takes


class _Scope:
    """The names that are bound, by the kind of what they hold."""

    def __init__(self, prefix: str = "v") -> None:
        self.prefix = prefix
        self.count = 0
        self.strings: list[str] = []
        self.fixed: list[str] = []  # strings that can be read, not bound again
        self.lists: list[str] = []
        self.dicts: list[str] = []
        self.pairs: list[str] = []
        self.locals: list[_Function] = []
        self.objects: list[tuple[str, _Class]] = []
        self.in_loop = False
        self.returns = False

    def copy(self) -> _Scope:
        """A scope inside this one: what it adds is not seen outside."""
        inner = _Scope(self.prefix)
        inner.__dict__.update(
            {k: list(v) if isinstance(v, list) else v for k, v in self.__dict__.items()}
        )
        return inner

    def nested(self, prefix: str) -> _Scope:
        """The scope of a function inside this one: outer names can be read, not bound."""
        inner = self.copy()
        inner.prefix = prefix
        inner.fixed += inner.strings
        inner.strings = []
        inner.in_loop = False
        return inner

    def fresh(self) -> str:
        """A name that is not bound yet."""
        self.count += 1
        return f"{self.prefix}{self.count}"


class ProgramMaker:
    """Makes one program."""

    def __init__(self, random: Random, shape: Shape = EVERYTHING, size: int = 10) -> None:
        """Prepare.

        Args:
            random: Where every decision comes from.
            shape: What the program may contain.
            size: About how many statements ``main`` has.
        """
        self._random = random
        self._shape = shape
        self._size = size
        self._functions: list[_Function] = []
        self._classes: list[_Class] = []
        self._lines: list[str] = []
        self._above: list[str] = []
        self._nested = 0
        self._idioms = 0
        self._depth = 0

    def make(self) -> str:
        """The text of the program."""
        if self._shape.functions:
            for _ in range(self._random.randint(0, 3)):
                self._function()
        if self._shape.objects:
            for _ in range(self._random.randint(0, 2)):
                self._class()
        self._put(0, "def main():")
        scope = _Scope()
        self._block(1, scope, self._random.randint(3, self._size), 0)
        if not self._shape.branches:
            # Everything runs at least once.
            for function in self._functions:
                self._put(1, f"list({self._called(scope, function)})")
        above = "".join(f"{each}\n" for each in self._above)
        return HEADER + above + "\n".join(self._lines) + "\n"

    # --- writing ------------------------------------------------------------------------------

    def _put(self, level: int, line: str) -> None:
        self._lines.append("    " * level + line)

    def _chance(self, one_in: int) -> bool:
        return self._random.randrange(one_in) == 0

    def _pick(self, *choices: tuple[int, Callable[[], str]]) -> str:
        """Do one of the choices, which come with their weights."""
        weights = [weight for weight, _ in choices]
        (chosen,) = self._random.choices(choices, weights)
        return chosen[1]()

    # --- definitions --------------------------------------------------------------------------

    def _parameter(self, index: int) -> str:
        # A parameter of this name makes a target of every call.
        return (
            self._random.choice(["state_id", "row_state_id"]) if self._chance(8) else f"p{index}"
        )

    def _parameters(self, most: int) -> tuple[str, ...]:
        found: list[str] = []
        for index in range(self._random.randint(0, most)):
            name = self._parameter(index)
            if name not in found:
                found.append(name)
        return tuple(found)

    def _function(self) -> None:
        number = len(self._functions)
        kind = self._random.choice(["plain", "plain", "plain", "generator", "rest"])
        # What a function of the second name returns is a state id.
        name = f"f{number}_state_id" if self._chance(12) else f"f{number}"
        if kind == "rest":
            parameters: tuple[str, ...] = ("rest",)
            head = f"def {name}(*rest):"
        else:
            parameters = self._parameters(3)
            head = f"def {name}({self._with_defaults(parameters)}):"
        self._put(0, head)
        scope = _Scope(f"u{number}_")
        scope.strings = [] if kind == "rest" else list(parameters)
        if kind == "rest":
            scope.lists = []
            self._put(1, "first = rest[0] if rest else 'none'")
            scope.strings.append("first")
        self._body(1, scope, kind)
        self._functions.append(_Function(name, parameters, kind))
        self._lines.append("")

    def _with_defaults(self, parameters: tuple[str, ...]) -> str:
        written = []
        with_default = False
        for name in parameters:
            with_default = with_default or self._chance(5)
            written.append(f"{name}={self._leaf(_Scope())}" if with_default else name)
        return ", ".join(written)

    def _body(self, level: int, scope: _Scope, kind: str) -> None:
        scope.returns = kind != "generator"
        self._block(level, scope, self._random.randint(1, 3), 1)
        if kind == "generator":
            for _ in range(self._random.randint(1, 2)):
                self._put(level, f"yield {self._string(scope)}")
        else:
            self._put(level, f"return {self._string(scope)}")

    def _class(self) -> None:
        number = len(self._classes)
        base = self._random.choice(self._classes) if self._classes and self._chance(2) else None
        attributes = base.attributes if base else (f"a{number}", f"b{number}")
        if self._chance(6) and not base:
            attributes = (f"a{number}", "state_id")
        methods: dict[str, _Function] = {m.name: m for m in base.methods} if base else {}
        name = f"K{number}"
        self._put(0, f"class {name}({base.name}):" if base else f"class {name}:")
        if base is None and self._chance(4):
            self._lines.insert(len(self._lines) - 1, "@dataclass")
            for attribute in attributes:
                self._put(1, f"{attribute}: str")
            size = len(attributes)
        elif base is None or self._chance(2):
            parameters = self._parameters(2)
            size = len(parameters)
            self._put(1, f"def __init__({', '.join(('self', *parameters))}):")
            scope = _Scope("w")
            scope.strings = list(parameters)
            if base:
                arguments = ", ".join(self._string(scope) for _ in range(base.size))
                self._put(2, f"super().__init__({arguments})")
            else:
                for attribute in attributes:
                    self._put(2, f"self.{attribute} = {self._string(scope)}")
        else:
            size = base.size
        this = _Class(name, attributes, tuple(methods.values()), size)
        for _ in range(self._random.randint(1, 3)):
            method = _Function(f"m{self._random.randrange(3)}", self._parameters(2), "plain")
            if method.name in methods:
                method = method._replace(parameters=methods[method.name].parameters)
            self._put(1, f"def {method.name}({', '.join(('self', *method.parameters))}):")
            scope = _Scope("w")
            scope.strings = list(method.parameters)
            scope.objects = [("self", this)]
            if base and method.name in {m.name for m in base.methods} and self._chance(2):
                arguments = ", ".join(self._string(scope) for _ in method.parameters)
                scope.count += 1
                self._put(2, f"w{scope.count} = super().{method.name}({arguments})")
                scope.strings.append(f"w{scope.count}")
            self._body(2, scope, "plain")
            if method.name not in methods:
                methods[method.name] = method
                this = this._replace(methods=tuple(methods.values()))
        self._classes.append(this)
        self._lines.append("")

    # --- statements ---------------------------------------------------------------------------

    def _block(self, level: int, scope: _Scope, size: int, depth: int) -> None:
        before = len(self._lines)
        for _ in range(size):
            self._statement(level, scope, depth)
        if len(self._lines) == before:
            self._put(level, "pass")

    def _statement(self, level: int, scope: _Scope, depth: int) -> None:
        shape = self._shape
        choices: list[tuple[int, Callable[[int, _Scope, int], None]]] = [
            (10, self._assign),
            (9, self._sink),
            (2, self._augment),
            (2, self._unpack),
        ]
        if shape.containers:
            choices += [(4, self._new_container), (4, self._change_container)]
        if shape.objects and self._classes:
            choices += [(3, self._new_object), (3, self._set_attribute)]
        if shape.idioms:
            choices += [(8, self._idiom)]
        if shape.functions:
            choices += [(1, self._call_only)]
            # What a closure reads may be bound anew, before each of its calls or between them; the
            # lint does not keep count of that.
            if self._nested < 2 and depth < 2 and shape.branches:
                choices += [(2, self._inner_function)]
        if depth < 3:
            choices += [(1, self._with)]
            if shape.branches:
                choices += [(3, self._for)] if shape.containers else []
                choices += [(5, self._if), (1, self._while), (2, self._try), (1, self._match)]
        if shape.branches and depth > 1 and self._chance(12):
            self._leave(level, scope)
            return
        weights = [weight for weight, _ in choices]
        (chosen,) = self._random.choices(choices, weights)
        chosen[1](level, scope, depth)

    def _leave(self, level: int, scope: _Scope) -> None:
        self._put(level, "if cond():")
        if scope.in_loop and self._chance(2):
            self._put(level + 1, self._random.choice(["break", "continue"]))
        elif scope.returns:
            self._put(level + 1, f"return {self._string(scope)}")
        else:
            self._put(level + 1, "return")

    def _bind(self, scope: _Scope) -> str:
        """A name for a string: one that is bound already, or a new one."""
        if scope.strings and self._chance(2):
            return self._random.choice(scope.strings)
        name = scope.fresh()
        scope.strings.append(name)
        return name

    def _assign(self, level: int, scope: _Scope, _: int) -> None:
        value = self._string(scope)
        known = set(scope.strings)
        name = self._bind(scope)
        annotation = ": str" if name not in known and self._chance(4) else ""
        self._put(level, f"{name}{annotation} = {value}")

    def _augment(self, level: int, scope: _Scope, _: int) -> None:
        if scope.strings:
            self._put(level, f"{self._random.choice(scope.strings)} += {self._string(scope)}")

    def _unpack(self, level: int, scope: _Scope, _: int) -> None:
        value = f"({self._string(scope)}, {self._string(scope)})"
        if scope.pairs and self._chance(2):
            value = self._random.choice(scope.pairs)
        left = self._bind(scope)
        right = self._bind(scope)
        if left == right:
            right = scope.fresh()
            scope.strings.append(right)
        if self._chance(6):
            self._put(level, f"{left}, *_ = {value}")
            if right not in value and right in scope.strings:
                self._put(level, f"{right} = {left}")
        else:
            self._put(level, f"{left}, {right} = {value}")

    def _sink(self, level: int, scope: _Scope, _: int) -> None:
        value = self._string(scope)
        form = self._random.randrange(12)
        if form <= 4:
            self._put(level, f"recorder.record_call(state_id={value})")
        elif form == 5:
            self._put(level, f"state_id = {value}")
        elif form == 6:
            self._put(level, f"recorder.record_call(**{{'state_id': {value}}})")
        elif form == 7:
            self._put(level, f"recorder.row_state_id = {value}")
        elif form == 8:
            self._put(level, f"recorder.record_call((lambda state_id: state_id)({value}))")
        elif form == 9:
            self._put(level, f"recorder.record_call(row_state_id := {value})")
        elif form == 10:
            self._put(level, f"state_ids = [{value}, {self._string(scope)}]")
        else:
            self._put(level, f"setattr(recorder, 'state_id', {value})")

    def _new_container(self, level: int, scope: _Scope, _: int) -> None:
        values = ", ".join(self._string(scope) for _ in range(2))
        form = self._random.randrange(5)
        name = scope.fresh()
        if form <= 1:
            self._put(level, f"{name} = [{values}]")
            scope.lists.append(name)
        elif form == 2:
            self._put(
                level, f"{name} = {{'a': {self._string(scope)}, 'b': {self._string(scope)}}}"
            )
            scope.dicts.append(name)
        elif form == 3:
            self._put(level, f"{name} = ({values})")
            scope.pairs.append(name)
        else:
            self._put(level, f"{name} = {self._list(scope)}")
            scope.lists.append(name)

    def _change_container(self, level: int, scope: _Scope, _: int) -> None:
        value = self._string(scope)
        if scope.lists and self._chance(2):
            name = self._random.choice(scope.lists)
            change = self._random.choice(
                [
                    *(".append({0})", ".insert(0, {0})", ".extend([{0}])", "[0] = {0}"),
                    *(" += [{0}]", "[:] = [{0}]", "[1:] = [{0}]"),
                    *(".append({0}); {1}.pop(0)", ".append({0}); {1}.pop(-2)", ".reverse()"),
                    *(".clear(); {1}.append({0})", ".append({0}); del {1}[0]"),
                    ".insert(1, {1}.pop()); {1} += [{0}]",
                    # After these the lint does not know which item stands where.
                    *([".insert(cond(), {0})", ".sort()"] if self._shape.branches else []),
                    *([".append({0}); {1}.remove({1}[0])"] if self._shape.branches else []),
                ]
            )
        elif scope.dicts:
            name = self._random.choice(scope.dicts)
            change = self._random.choice(
                [
                    *("['a'] = {0}", "['c'] = {0}", ".update(b={0})"),
                    *([".setdefault('a', {0})"] if self._shape.branches else []),
                    *(".pop('c', None)", "['c'] = {0}; del {1}['c']", ".update({{'a': {0}}})"),
                    ".clear(); {1}.update({{'a': {0}, 'b': 'b'}})",
                ]
            )
        else:
            return
        self._put(level, name + change.format(value, name))

    def _new_object(self, level: int, scope: _Scope, _: int) -> None:
        of = self._random.choice(self._classes)
        arguments = ", ".join(self._string(scope) for _ in range(of.size))
        name = scope.fresh()
        self._put(level, f"{name} = {of.name}({arguments})")
        scope.objects.append((name, of))

    def _set_attribute(self, level: int, scope: _Scope, _: int) -> None:
        if scope.objects:
            name, of = self._random.choice(scope.objects)
            operator = "+=" if self._chance(6) else "="
            attribute = self._random.choice(of.attributes)
            self._put(level, f"{name}.{attribute} {operator} {self._string(scope)}")

    def _call_only(self, level: int, scope: _Scope, _: int) -> None:
        call = self._call(scope)
        if call:
            self._put(level, call)

    def _inner_function(self, level: int, scope: _Scope, depth: int) -> None:
        self._nested += 1
        inner = scope.nested(f"{scope.prefix}n{self._nested}_")
        inner.objects = []
        parameters = tuple(dict.fromkeys(self._parameters(2)))
        name = f"g{self._nested}"
        self._put(level, f"def {name}({', '.join(parameters)}):")
        rebound = [s for s in scope.strings if s not in parameters and self._chance(4)]
        if rebound:
            self._put(level + 1, f"nonlocal {', '.join(rebound)}")
        inner.strings = [*parameters, *rebound]
        inner.fixed = [n for n in inner.fixed if n not in inner.strings]
        self._body(level + 1, inner, "plain")
        scope.locals.append(_Function(name, parameters, "plain"))
        self._nested -= 1
        self._nested += 1

    def _idiom(self, level: int, scope: _Scope, _: int) -> None:
        idiom = self._random.choice(IDIOMS)
        self._idioms += 1
        name = f"{scope.fresh()}x{self._idioms}"
        values = {"n": name, "a": self._string(scope), "b": self._string(scope)}
        for letter in "ab":
            if ":=" in values[letter]:
                # Not allowed where a comprehension takes what it runs over.
                self._put(level, f"{name}_{letter} = {values[letter]}")
                values[letter] = f"{name}_{letter}"
        for line in idiom.lines.format(**values).split("\n"):
            self._put(level, line)
        if idiom.above:
            self._above.append(idiom.above.format(**values))
        scope.strings.append(name)

    def _with(self, level: int, scope: _Scope, depth: int) -> None:
        if not self._shape.functions or not self._shape.branches:
            return
        inner = scope.copy()
        name = inner.fresh()
        self._put(level, f"with Held({self._string(scope)}) as {name}:")
        inner.strings.append(name)
        self._block(level + 1, inner, self._random.randint(1, 2), depth + 1)

    def _for(self, level: int, scope: _Scope, depth: int) -> None:
        inner = scope.copy()
        inner.in_loop = True
        name = inner.fresh()
        second = inner.fresh()
        form = self._random.randrange(6)
        values = self._list(scope)
        if form == 0:
            self._put(level, f"for {second}, {name} in enumerate({values}):")
        elif form == 1:
            self._put(level, f"for {name}, {second} in zip({values}, {self._list(scope)}):")
            inner.strings.append(second)
        elif form == 2 and scope.dicts:
            entries = self._random.choice(scope.dicts)
            self._put(level, f"for {second}, {name} in list({entries}.items()):")
        elif form == 3:
            generators = [f for f in self._functions if f.kind == "generator"]
            source = values
            if generators:
                source = self._called(scope, self._random.choice(generators))
            self._put(level, f"for {name} in {source}:")
        elif form == 4 and self._chance(2):
            self._put(level, f"for state_id in {values}:")
            self._put(level + 1, f"{name} = state_id")
        else:
            self._put(level, f"for {name} in list({values}):")
        inner.strings.append(name)
        self._block(level + 1, inner, self._random.randint(1, 3), depth + 1)
        if self._shape.branches and self._chance(8):
            self._put(level, "else:")
            self._block(level + 1, scope.copy(), 1, depth + 1)

    def _while(self, level: int, scope: _Scope, depth: int) -> None:
        inner = scope.copy()
        inner.in_loop = True
        self._put(level, "while cond():")
        self._block(level + 1, inner, self._random.randint(1, 3), depth + 1)

    def _if(self, level: int, scope: _Scope, depth: int) -> None:
        condition = "cond()"
        if scope.strings and self._chance(5):
            condition = (
                f"({self._random.choice(scope.strings)} := {self._string(scope)}) and cond()"
            )
        self._put(level, f"if {condition}:")
        self._block(level + 1, scope.copy(), self._random.randint(1, 2), depth + 1)
        if self._chance(2):
            self._put(level, "else:")
            self._block(level + 1, scope.copy(), self._random.randint(1, 2), depth + 1)

    def _try(self, level: int, scope: _Scope, depth: int) -> None:
        self._put(level, "try:")
        inner = scope.copy()
        self._block(level + 1, inner, 1, depth + 1)
        self._put(level + 1, "if cond():")
        self._put(level + 2, "raise ValueError('x')")
        self._block(level + 1, inner, 1, depth + 1)
        self._put(level, "except ValueError:")
        self._block(level + 1, scope.copy(), 1, depth + 1)
        if self._chance(3):
            self._put(level, "else:")
            self._block(level + 1, scope.copy(), 1, depth + 1)
        if self._chance(2):
            self._put(level, "finally:")
            inner = scope.copy()
            inner.in_loop = False
            self._block(level + 1, inner, 1, depth + 3)

    def _match(self, level: int, scope: _Scope, depth: int) -> None:
        inner = scope.copy()
        name = inner.fresh()
        if self._chance(2):
            self._put(level, f"match ({self._string(scope)}, cond()):")
            self._put(level + 1, f"case ({name}, True):")
        else:
            self._put(level, f"match {self._string(scope)}:")
            self._put(level + 1, f"case str() as {name} if cond():")
        inner.strings.append(name)
        self._block(level + 2, inner, 1, depth + 2)
        self._put(level + 1, "case _:")
        self._block(level + 2, scope.copy(), 1, depth + 2)

    # --- expressions --------------------------------------------------------------------------

    def _leaf(self, scope: _Scope) -> str:
        names = scope.strings + scope.fixed
        if names and not self._chance(4):
            return self._random.choice(names)
        return self._random.choice(["ctx.state_id", "ctx.state_id", "'plain'", "ctx.run_id"])

    def _string(self, scope: _Scope) -> str:
        """An expression whose value is a string."""
        self._depth += 1
        try:
            if self._depth > 3:
                return self._leaf(scope)
            choices: list[tuple[int, Callable[[], str]]] = [
                (9, lambda: self._leaf(scope)),
                (7, lambda: self._builder(scope)),
                (1, lambda: f"str({self._string(scope)})"),
                (1, lambda: f"({self._string(scope)}).strip()"),
                (1, lambda: f"({self._string(scope)}, {self._string(scope)})[1]"),
                (1, lambda: f"[{self._string(scope)}, {self._string(scope)}][-1]"),
                (1, lambda: f"{{'k': {self._string(scope)}}}['k']"),
            ]
            if self._shape.branches:
                choices += [
                    (2, lambda: f"({self._string(scope)} if cond() else {self._string(scope)})"),
                    (1, lambda: f"({self._string(scope)} or {self._string(scope)})"),
                    (1, lambda: f"(cond() and {self._string(scope)} or {self._string(scope)})"),
                ]
            if scope.strings:
                choices.append(
                    (1, lambda: f"({self._random.choice(scope.strings)} := {self._string(scope)})")
                )
            choices += [(2, read) for read in self._reads(scope)]
            if self._shape.functions:
                choices.append((4, lambda: self._call(scope) or self._leaf(scope)))
            return self._pick(*choices)
        finally:
            self._depth -= 1

    def _reads(self, scope: _Scope) -> list[Callable[[], str]]:
        """Ways to get a string out of what is in scope."""
        reads: list[Callable[[], str]] = []
        if scope.lists:
            lists = self._random.choice(scope.lists)
            access = self._random.choice(["[0]", "[-1]", "[cond()]"][: 2 + self._shape.branches])
            reads.append(lambda: f"{lists}{access}")
        if scope.dicts:
            entries = self._random.choice(scope.dicts)
            get = self._random.choice(["['a']", "['b']", ".get('a', 'none')", ".get('c', 'none')"])
            reads.append(lambda: f"{entries}{get}")
        if scope.pairs:
            pair = self._random.choice(scope.pairs)
            reads.append(lambda: f"{pair}[{self._random.randrange(2)}]")
        if scope.objects and self._shape.objects:
            name, of = self._random.choice(scope.objects)
            attribute = self._random.choice(of.attributes)
            reads.append(lambda: f"{name}.{attribute}")
            if of.methods:
                method = self._random.choice(of.methods)
                reads.append(lambda: f"{name}.{self._called(scope, method)}")
        return reads

    def _builder(self, scope: _Scope) -> str:
        a, b = self._leaf(scope), self._leaf(scope)
        value = self._string(scope)
        quoted = '"' if "'" in a else "'"
        return self._random.choice(
            [
                f"f{quoted}{{{a}}}_x{quoted}",
                f"f{quoted}{{{a}}}_x{quoted}",
                f"f{quoted}{{{a}:>3}}{quoted}",
                f"({value} + '_y')",
                f"('y_' + {value})",
                f"({a} + '_' + {b})",
                f"'%s_z' % ({value},)",
                f"'{{}}_z'.format({value})",
                f"'_'.join([{value}, {b}])",
                f"'_'.join(({a}, {b}))",
            ]
        )

    def _list(self, scope: _Scope) -> str:
        """An expression whose value is a list of strings, with something in it."""
        if not self._shape.branches:
            # One that may be empty, as far as the lint knows, may begin with what is added to it.
            return f"[{self._string(scope)}, {self._string(scope)}]"
        forms = [
            f"[{self._string(scope)}, {self._string(scope)}]",
            f"[f'{{each}}_i' for each in {self._leaf_list(scope)}]",
            f"[each for each in {self._leaf_list(scope)}]",
            f"list({self._leaf_list(scope)})",
            self._leaf_list(scope),
        ]
        if self._shape.functions and self._functions:
            function = self._random.choice(self._functions)
            if len(function.parameters) == 1 and function.kind == "plain":
                forms.append(f"list(executor.map({function.name}, {self._leaf_list(scope)}))")
                forms.append(f"[{function.name}(each) for each in {self._leaf_list(scope)}]")
            if function.kind == "generator" and self._shape.branches:
                # The lint does not keep count of what a generator yields first.
                forms.append(f"list({self._called(scope, function)})")
        return self._random.choice(forms)

    def _leaf_list(self, scope: _Scope) -> str:
        return self._random.choice([*scope.lists, "rows"])

    def _call(self, scope: _Scope) -> str:
        functions = [f for f in (*self._functions, *scope.locals) if f.kind != "generator"]
        if not functions:
            return ""
        return self._called(scope, self._random.choice(functions))

    def _called(self, scope: _Scope, function: _Function) -> str:
        if function.kind == "rest":
            arguments = ", ".join(self._string(scope) for _ in range(self._random.randint(0, 2)))
            return f"{function.name}({arguments})"
        values = [self._string(scope) for _ in function.parameters]
        named = [f"{n}={v}" for n, v in zip(function.parameters, values, strict=True)]
        plain = ", ".join(values)
        forms = [f"{function.name}({plain})", f"{function.name}({plain})"]
        forms.append(f"{function.name}({', '.join(named)})")
        if values and not function.name.startswith("m"):
            forms.append(f"{function.name}(*[{plain}])")
            if function.kind == "plain":
                forms.append(f"partial({function.name}, {values[0]})({', '.join(values[1:])})")
                forms.append(f"executor.submit({function.name}, {plain}).result()")
        return self._random.choice(forms)
