"""Modules of classes whose special methods rest on one another; they compile, and never run.

What an attribute, an item or a sum gives is then a call that no source text has, which may lead to
itself by way of another: an analysis that follows such calls must find an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_HEADER = """\
from dataclasses import dataclass
from functools import cached_property, wraps


def deco(function):
    @wraps(function)
    def around(*args, **named):
        return function(*args, **named)
    return around


"""
_ATTRIBUTES = ("a", "b", "c", "state_id")
_DECORATORS = ("property", "cached_property", "deco", "staticmethod", "classmethod")
_BASES = ("", "dict", "str", "list")
# What reading an attribute calls comes up most.
_METHODS = (
    *[("__get__", "self, obj, owner=None")] * 8,
    ("__set__", "self, obj, value"),
    ("__getattr__", "self, name"),
    ("__getattribute__", "self, name"),
    ("__setattr__", "self, name, value"),
    ("__getitem__", "self, key"),
    ("__setitem__", "self, key, value"),
    ("__delitem__", "self, key"),
    ("__missing__", "self, key"),
    ("__contains__", "self, item"),
    ("__call__", "self, *args, **named"),
    ("__iter__", "self"),
    ("__next__", "self"),
    ("__reversed__", "self"),
    ("__enter__", "self"),
    ("__exit__", "self, *error"),
    ("__str__", "self"),
    ("__format__", "self, spec"),
    ("__add__", "self, other"),
    ("__radd__", "self, other"),
    ("__iadd__", "self, other"),
    ("__mod__", "self, other"),
    ("__eq__", "self, other"),
    ("__hash__", "self"),
    ("__bool__", "self"),
    ("__len__", "self"),
    ("__new__", "cls, *args"),
    ("__init__", "self, a=None, b=None"),
    ("__post_init__", "self"),
    ("__init_subclass__", "cls"),
    ("__class_getitem__", "cls, key"),
    ("__set_name__", "self, owner, name"),
)
_EXPRESSIONS = (
    "{name}.{attribute}",
    "{name}",
    "{one}.{attribute}",
    "{one}[{two}]",
    "{one}({two})",
    "{cls}({one})",
    "{one} + {two}",
    'f"{{{name}.{attribute}}}_r"',
    "[{one} for x in {two}]",
    "{one} or {two}",
    "next(iter({one}))",
    "super().{attribute}",
    "{name}.m({one})",
    "getattr({name}, '{attribute}')",
    "(lambda y: {one})({two})",
    "type({name})({one})",
)
_STATEMENTS = (
    "{name}.{attribute} = {one}",
    "return {one}",
    "{name}[{one}] = {two}",
    "{one}",
    "with {one} as x: {name}.{attribute} = x",
    "for x in {one}: {name}.{attribute} = x",
    "yield {one}",
    "{name}.{attribute} += {one}",
    "{name}.record(state_id={one})",
)
_DEEPEST = 2


class ObjectMaker:
    """Makes one module."""

    def __init__(self, random: Random) -> None:
        """Prepare; ``random`` is where every decision comes from."""
        self._random = random
        self._classes: list[str] = []
        self._lines: list[str] = []

    def make(self) -> str:
        """The text of a module that compiles."""
        self._classes = [f"C{index}" for index in range(self._random.randint(1, 4))]
        while True:
            self._lines = []
            for index, name in enumerate(self._classes):
                self._class(name, self._classes[:index])
            self._lines.append("def run(ctx, recorder):")
            self._lines.append(f"    made = {self._classes[-1]}(ctx)")
            self._body(("made", "ctx", "recorder"), "    ")
            text = _HEADER + "\n".join(self._lines) + "\n"
            try:
                compile(text, "objects", "exec", dont_inherit=True)
            except SyntaxError:
                continue  # what is returned from an asynchronous generator, and the like
            return text

    def _class(self, name: str, before: list[str]) -> None:
        bases = self._random.sample(before, min(len(before), self._random.randint(0, 2)))
        if self._random.random() < 0.2:
            self._lines.append("@dataclass")
        listed = ", ".join(bases) or self._random.choice(_BASES)
        self._lines.append(f"class {name}({listed}):")
        for attribute in _ATTRIBUTES:
            if self._random.random() < 0.5:
                self._lines.append(f"    {attribute}{self._held(before)}")
            if self._random.random() < 0.2:
                self._lines.append(f"    @{self._random.choice(_DECORATORS)}")
                self._method(attribute, "self")
        for method, parameters in self._random.sample(_METHODS, self._random.randint(1, 4)):
            self._method(method, parameters)
        self._method("m", "self, x=None")

    def _held(self, before: list[str]) -> str:
        """What a class body says of an attribute."""
        getter = f" = property(lambda self: {self._expression(('self',))})"
        declared = f": {self._random.choice(self._classes)}"
        objects = [f" = {each}()" for each in before] * 4
        return self._random.choice([" = None", getter, declared, *objects])

    def _method(self, name: str, parameters: str) -> None:
        self._lines.append(f"    def {name}({parameters}):")
        names = [each.partition("=")[0].strip("* ") for each in parameters.split(",")]
        self._body(tuple(names), "        ")

    def _body(self, names: tuple[str, ...], indent: str) -> None:
        for _ in range(self._random.randint(1, 3)):
            self._lines.append(indent + self._filled(_STATEMENTS, names, 0))

    def _expression(self, names: tuple[str, ...], depth: int = 0) -> str:
        shapes = _EXPRESSIONS[:2] if depth > _DEEPEST else _EXPRESSIONS
        return self._filled(shapes, names, depth)

    def _filled(self, shapes: tuple[str, ...], names: tuple[str, ...], depth: int) -> str:
        shape = self._random.choice(shapes)
        return shape.format(
            name=self._random.choice(names),
            attribute=self._random.choice(_ATTRIBUTES),
            cls=self._random.choice(self._classes),
            one=self._expression(names, depth + 1) if "{one}" in shape else "",
            two=self._expression(names, depth + 1) if "{two}" in shape else "",
        )
