"""What an annotation says of a parameter."""

from __future__ import annotations

import sys

import pytest

from flake8_stateid.analysis.values import (
    BYTES,
    DICT,
    ELEMENT,
    LIST,
    NUMBER,
    SET,
    STRING,
    TEMPLATE,
    TUPLE,
    UNKNOWN,
    Value,
    part,
)
from tests.analysis.running import check, engine

PROGRAM = """\
from string import Template
from typing import *
import outside

class Client:
    class Inner: ...

class Id(str): ...

class Loop: ...

Alias = Client
Number = int

class Template2: ...

def f(x: {annotation}): ...
"""


def read(annotation: str) -> Value:
    """What the parameter so annotated may be."""
    known = engine(PROGRAM.format(annotation=annotation))
    functions = known.module.definitions["f"]
    (parameter,) = functions[0].parameters  # type: ignore[union-attr]
    assert parameter.annotation is not None
    return known.annotated(known.module, parameter.annotation)


def classes(value: Value) -> list[tuple[str, str]]:
    """The classes and instances a value refers to."""
    return [(ref.kind, ref.target.name) for ref in value.refs.values()]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("str", STRING),
        ("int", NUMBER),
        ("bytes", BYTES),
        ("Template", TEMPLATE),
        ("list", LIST),
        ("List[str]", LIST),
        ("Sequence[int]", LIST),
        ("tuple[int, ...]", TUPLE),
        ("set[str]", SET),
        ("Mapping[str, int]", DICT),
        ("Annotated[str, 'state id']", STRING),
        ("'str'", STRING),
        ("Id", STRING),
        ("Number", NUMBER),
    ],
)
def test_a_kind(annotation: str, value: Value) -> None:
    assert read(annotation).types == value.types
    assert not read(annotation).refs


@pytest.mark.parametrize(
    "annotation",
    [
        "Any",
        "outside.Thing",
        "5",
        "'not python('",
        "lambda: 1",
        "Callable[[], str]",
        "...",
        "type[str]",
        "Union[()]",
    ],
)
def test_nothing_of_use(annotation: str) -> None:
    assert read(annotation).types == UNKNOWN.types
    assert not read(annotation).refs


@pytest.mark.parametrize(
    "annotation",
    [
        "Client",
        "'Client'",
        "Client | None",
        "Optional[Client]",
        "Union[None, Client]",
        "Final[Client]",
    ],
)
def test_an_instance(annotation: str) -> None:
    assert classes(read(annotation)) == [("instance", "Client")]


def test_one_of_two_classes() -> None:
    assert classes(read("Client | Loop")) == [("instance", "Client"), ("instance", "Loop")]


def test_a_class_in_a_class() -> None:
    assert classes(read("Client.Inner")) == [("instance", "Inner")]


def test_the_class_itself() -> None:
    assert classes(read("type[Client]")) == [("class", "Client")]


@pytest.mark.parametrize(
    "annotation", ["list[Client]", "dict[str, Client]", "Iterable[Client]", "tuple[Client, ...]"]
)
def test_elements(annotation: str) -> None:
    assert classes(part(read(annotation), ELEMENT)) == [("instance", "Client")]


def test_elements_of_no_interest() -> None:
    assert read("Iterator[str]").fields == {}


def test_none_alone() -> None:
    assert read("None").types == frozenset()


def test_a_name_of_its_own_hides_a_kind() -> None:
    known = engine("class dict: ...\ndef f(x: dict): ...")
    (parameter,) = known.module.definitions["f"][0].parameters  # type: ignore[union-attr]
    assert parameter.annotation is not None
    value = known.annotated(known.module, parameter.annotation)
    assert classes(value) == [("instance", "dict")]


def test_the_answer_is_kept() -> None:
    known = engine("def f(x: str): ...")
    (parameter,) = known.module.definitions["f"][0].parameters  # type: ignore[union-attr]
    assert parameter.annotation is not None
    first = known.annotated(known.module, parameter.annotation)
    assert known.annotated(known.module, parameter.annotation) is first


@pytest.mark.parametrize(
    ("annotation", "number"),
    [
        ("list[int]", "xs[0]"),
        ("list[int]", "xs[ctx.n]"),
        ("Sequence[float]", "max(xs)"),
        ("Iterable[int]", "next(iter(xs))"),
        ("dict[str, int]", "xs['a']"),
        ("dict[str, int]", "xs.get('a', 0)"),
        ("dict[int, str]", "next(iter(xs))"),
        ("tuple[int, ...]", "xs[3]"),
        ("tuple[str, int]", "xs[1]"),
        ("Optional[list[int]]", "xs[0]"),
    ],
)
def test_numbers_in_containers(annotation: str, number: str) -> None:
    check(f"def f(rec, ctx, xs: {annotation}): rec.call(state_id=ctx.base + {number})")


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        ("list[str]", "xs[0]"),
        ("list", "xs[0]"),
        ("list[int | str]", "xs[0]"),
        ("dict[int, str]", "xs[0]"),
        ("dict[str, int]", "next(iter(xs))"),
        ("tuple[int, str]", "xs[1]"),
        ("tuple[int, str]", "xs[ctx.n]"),
        ("Iterable[str]", "next(iter(xs))"),
    ],
)
def test_what_is_no_number_in_containers(annotation: str, text: str) -> None:
    check(f"def f(rec, ctx, xs: {annotation}): rec.call(state_id=ctx.base + {text})  # +")


def test_numbers_added_to_what_may_hold_anything() -> None:
    check("""
    def f(rec, ctx, xs, ys: list[int]):
        xs.append(1)
        rec.call(state_id=ctx.base + xs[0])  # +
        ys.append(1)
        rec.call(state_id=ctx.base + ys[0])
        ys.append(ctx.text)
        for y in ys: rec.call(state_id=ctx.base + y)  # +
    """)


def test_numbers_in_patterns() -> None:
    check("""
    def f(rec, ctx, value):
        match value:
            case int(n): rec.call(state_id=ctx.base + n)
            case float(n) | bool(n): rec.call(state_id=ctx.base + n)
            case str(n): rec.call(state_id=ctx.base + n)  # +
    """)


def test_sums_that_are_declared_to_be_numbers() -> None:
    check("""
    from dataclasses import dataclass

    @dataclass
    class Span:
        state_id: int
        end_state_id: "int | None" = first.id + first.size

    class Reader:
        state_id: int
        def __init__(self, state_id: int, end_state_id: int = first.id + first.size):
            self._last_state_id: float = end_state_id
            self.state_id = state_id
        def move(self, page, size):
            self.state_id = page.first + size
            self._last_state_id = page.last % size
            self.state_id += page.size

    def look(state_id: int): ...
    def next_state_id(page, size) -> int: return page.first + size

    def f(rec, page, size):
        row_state_id: int = page.first + size
        rec.call(state_id=row_state_id)
        rec.call(state_id=next_state_id(page, size))
        found: int = page.first % size
        rec.call(state_id=found)
        look(page.first + size)
        look(state_id=page.first + size)
        Span(page.first + size)
        Span(state_id=page.first + size, end_state_id=page["last"] + size)
        Reader(page.first + size)
        Reader(state_id=page.first + size)
    """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_aliases_of_types() -> None:
    check("""
    type Number = int
    type Word = str
    def f(rec, base, n: Number, word: Word):
        rec.call(state_id=base + n)
        rec.call(state_id=base + word)  # +
    """)


def test_sums_that_are_declared_to_be_bytes_or_lists() -> None:
    check("""
    def read(pipe, size) -> bytes:
        data = pipe.read(size)
        data += pipe.read(size)
        return data[:-2]
    def way(one, other) -> "tuple[str, ...] | None": return one.parts + other.parts
    def word(one, other) -> str: return one.name + other.name  # +
    def named(one) -> bytes: return f"{one}"  # +

    def f(rec, pipe, row):
        rec.call(state_id=read(pipe, 4))
        rec.call(state_id=row.head + read(pipe, 4))
        rec.call(state_id=way(pipe, row))
        rec.call(state_id=way(pipe, row)[0])
        rec.call(state_id=word(pipe, row))
        rec.call(state_id=named(row))
        rec.call(state_id=row.head + read(pipe, 4).decode())  # +
        key: list[str] = row.first + row.rest
        rec.call(state_id=key)
    """)


def test_sums_with_what_a_function_or_a_member_of_an_enum_gives() -> None:
    check("""
    from enum import Enum, IntEnum
    class Step(IntEnum):
        FIRST = 1
    class Size(Enum):
        SMALL = 10
        NAMED = "small"
    def step(of) -> int: return of.step
    def found(of) -> "float": return lookup(of)
    def name(of) -> str: return of.name
    def either(of) -> int | str: return of.either
    class Plugin:
        @property
        def size(self) -> int: return self._config.size
        def f(self, rec, ctx):
            rec.call(state_id=ctx.base + step(ctx))
            rec.call(state_id=ctx.base + found(ctx))
            rec.call(state_id=ctx.base + self.size)
            rec.call(state_id=ctx.base + Step.FIRST)
            rec.call(state_id=ctx.base + Step.FIRST.value)
            rec.call(state_id=ctx.base + Size.SMALL.value)
            rec.call(state_id=ctx.base + name(ctx))  # +
            rec.call(state_id=ctx.base + either(ctx))  # +
            rec.call(state_id=ctx.base + Size.NAMED.value)  # +
    """)


def test_sums_with_what_is_declared_elsewhere() -> None:
    check("""
    from typing import Final, NewType
    Seq = int
    Later = NewType("Later", Seq)
    Name = NewType("Name", str)
    Other = lookup("type")
    STEP: Final[int] = load("step")
    LABEL: Final[str] = load("label")
    class Plugin:
        first: int
        def __init__(self):
            self.last: int | None = None
            self.name: str | None = None
        def start(self, rec):
            self.first, self.last, self.name = load(1), load(2), load(3)
            self.first = load(4)
        def run(self, rec, ctx, seq: Seq, later: Later, name: Name, other: Other):
            rec.call(state_id=ctx.base + seq)
            rec.call(state_id=ctx.base + later)
            rec.call(state_id=ctx.base % seq)
            rec.call(state_id=ctx.base + STEP)
            rec.call(state_id=ctx.base + self.first)
            rec.call(state_id=ctx.base + self.last)
            size = None
            if ctx.rows:
                size = 3
            rec.call(state_id=ctx.base + size)
            rec.call(state_id=ctx.base + name)  # +
            rec.call(state_id=ctx.base + other)  # +
            rec.call(state_id=ctx.base + LABEL)  # +
            rec.call(state_id=ctx.base + self.name)  # +
    """)


def test_sums_that_are_not() -> None:
    check("""
    from dataclasses import dataclass

    @dataclass
    class Span:
        count: int
        state_id: str

    class Reader:
        size: int
        state_id: "int | str"
        def __init__(self, size: int, state_id): self.size = size
        def move(self, page, size):
            self.state_id = page.first + size  # +
            self.row_state_id = page.first + size  # +

    def look(state_id: str, size: int): ...
    def next_state_id(page, size) -> str: return page.first + size  # +

    def f(rec, page, size):
        row_state_id: str = page.first + size  # +
        rec.call(state_id=next_state_id(page, size))
        found: object = page.first % size  # +
        rec.call(state_id=found)
        look(page.first + size, 3)  # +
        look(state_id=page.first + size, size=3)  # +
        Span(3, page.first + size)  # +
        Span(count=3, state_id=page.first + size)  # +
        Reader(3, page.first + size)  # +
        Reader(3, state_id=page.first + size)  # +
    """)


def test_what_is_seen_to_be_text_is_no_number_whatever_is_declared() -> None:
    check("""
    def look(state_id: int): ...
    def f(page, size):
        look(f"{page.first}_{size}")  # +
        look("page" + size)  # +
        look(str(page) + size)  # +
        look(page % (size, 3))  # +
        row_state_id: int = "%s" % page  # +
        end_state_id: int = page.first
        end_state_id += "_row"
    """)


def test_text_beside_a_number_that_is_declared() -> None:
    check("""
    def look(state_id: int): ...
    def f(page, size):
        if size: found = page.first + page.size
        else: found = f"{page.first}"  # +
        look(found)
    """)
