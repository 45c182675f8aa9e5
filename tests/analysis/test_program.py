"""Modules, functions and classes as Python scopes them."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    Import,
    imports,
    last_name,
    nested_class,
)
from tests.analysis.running import check, expression, module


def function(text: str, name: str = "f") -> FunctionInfo:
    """A function of a module."""
    found = module(text).definitions[name][-1]
    assert isinstance(found, FunctionInfo)
    return found


def klass(text: str, name: str = "C") -> ClassInfo:
    """A class of a module."""
    found = module(text).definitions[name][-1]
    assert isinstance(found, ClassInfo)
    return found


def defined(text: str) -> dict[str, int]:
    """How many things each name of a module may be."""
    return {name: len(found) for name, found in module(text).definitions.items()}


class TestModule:
    def test_what_is_defined(self) -> None:
        text = (
            "def f(): ...\nclass C: ...\nimport a.b\nx = y = 1\nz: int = 1\nw: int\np, q = 1, 2\n"
        )
        assert defined(text) == {"f": 1, "C": 1, "a": 1, "x": 1, "y": 1, "z": 1}

    def test_the_last_definition_replaces_those_before(self) -> None:
        assert defined("x = 1\nx = 2") == {"x": 1}

    @pytest.mark.parametrize(
        "text",
        [
            "x = 1\nif a:\n    x = 2",
            "if a:\n    x = 1\nelse:\n    x = 2",
            "try:\n    import x\nexcept ImportError:\n    x = None",
            "x = 1\nfor a in b:\n    x = 2",
            "x = 1\nmatch a:\n    case 1:\n        x = 2",
        ],
    )
    def test_one_under_a_condition_may_be_taken(self, text: str) -> None:
        assert defined(text)["x"] == 2

    def test_star_imports_are_kept_apart(self) -> None:
        info = module("from a import *")
        assert info.definitions == {}
        assert info.star_imports == [Import("a", "*", 0)]

    def test_one_info_for_each_definition(self) -> None:
        info = module("class C:\n    def m(self): ...")
        cls = info.definitions["C"][0]
        assert isinstance(cls, ClassInfo)
        assert info.klass(cls.node, None) is cls
        method = cls.methods["m"]
        assert not isinstance(method.node, ast.Lambda)
        assert info.function(method.node, cls, None) is method

    def test_names_below_a_node(self) -> None:
        info = module("def f():\n    global g\n    def h():\n        return a.b")
        assert {"g", "a", "b"} <= info.names_below(info.tree)
        assert info.names_below(info.tree) is info.names_below(info.tree)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("import a", [("a", Import("a", "", 0))]),
        ("import a.b", [("a", Import("a", "", 0, "a.b"))]),
        ("import a.b as c", [("c", Import("a.b", "", 0))]),
        ("from . import a", [("a", Import("", "a", 1))]),
        ("from ..a import b as c", [("c", Import("a", "b", 2))]),
        ("from a import *", [("*", Import("a", "*", 0))]),
    ],
)
def test_imports(text: str, bound: list[tuple[str, Import]]) -> None:
    statement = ast.parse(text).body[0]
    assert isinstance(statement, ast.Import | ast.ImportFrom)
    assert list(imports(statement)) == bound


class TestFunction:
    def test_parameters(self) -> None:
        found = function("def f(a, /, b: int, c=1, *d, e, g=2, **h): ...").parameters
        assert [(p.name, p.kind, p.default is not None) for p in found] == [
            ("a", "positional", False),
            ("b", "either", False),
            ("c", "either", True),
            ("d", "args", False),
            ("e", "keyword", False),
            ("g", "keyword", True),
            ("h", "kwargs", False),
        ]

    def test_names(self) -> None:
        names = function(
            """
            def f(a):
                global g
                b = c.d
                for e in a: ...
                with b as h: ...
                import i.j, k as l
                try: ...
                except E as m: ...
                match a:
                    case [n, *o]: ...
                    case {"x": p, **q}: ...
                    case {"y": 1}: ...
                    case [*_]: ...
                g = 1
                (r := 2)
                def s(): t = 1
                class u(v, w=x): y = 1
                [z for z in a]
                lambda aa=bb: cc
                del dd
            """
        ).names
        assert names.bound == set("abehilmnopqrsu") | {"dd"}
        assert names.globals == {"g"}
        assert {"a", "c", "b", "E", "v", "x", "bb"} <= names.read
        assert names.read.isdisjoint({"t", "cc", "y"})
        assert "d" in names.attributes
        assert not names.is_generator

    @pytest.mark.parametrize("text", ["yield", "x = yield 1", "yield from a"])
    def test_generators(self, text: str) -> None:
        assert function(f"def f():\n    {text}").names.is_generator

    def test_the_generator_in_a_function_is_not_the_function(self) -> None:
        assert not function("def f():\n    def g(): yield\n").names.is_generator

    def test_operands(self) -> None:
        assert function("def f(a, b, c):\n    a += b\n    return c.d % 2").names.operands == set(
            "ab"
        )

    def test_attributes_of_functions_inside_count(self) -> None:
        assert {"a", "b"} <= function(
            "def f(x):\n    x.a\n    return lambda: x.b"
        ).attribute_names()
        assert function("def f(x):\n    x.a").attribute_names() == {"a"}

    def test_free_names(self) -> None:
        info = module("def f(a):\n    def g():\n        def h(): return a + b\n        return h\n")
        outer = info.definitions["f"][0]
        assert isinstance(outer, FunctionInfo)
        inner_node = outer.names.inner[0]
        assert isinstance(inner_node, ast.FunctionDef)
        inner = info.function(inner_node, None, outer)
        assert list(inner.free_names()) == ["a"]
        assert list(outer.free_names()) == []

    @pytest.mark.parametrize(
        ("decorator", "attribute"),
        [
            ("property", "is_property"),
            ("functools.cached_property", "is_property"),
            ("staticmethod", "is_static"),
            ("classmethod", "is_class_method"),
            ("contextlib.contextmanager", "is_context_manager"),
            ("asynccontextmanager", "is_context_manager"),
        ],
    )
    def test_decorators(self, decorator: str, attribute: str) -> None:
        decorated = klass(f"class C:\n    @{decorator}\n    def m(self): ...").methods["m"]
        plain = klass("class C:\n    @other(1)\n    def m(self): ...").methods["m"]
        assert getattr(decorated, attribute)
        assert not getattr(plain, attribute)

    def test_receiver(self) -> None:
        cls = klass(
            "class C:\n    def a(self): ...\n    @staticmethod\n    def b(x): ...\n"
            "    def c(): ...\n    def __new__(cls): ..."
        )
        assert [cls.methods[name].takes_receiver for name in "abc"] == [True, False, False]
        assert cls.methods["__new__"].is_class_method
        assert not function("def f(a): ...").takes_receiver


class TestClass:
    def test_body(self) -> None:
        cls = klass(
            """
            class C:
                a: int
                b: int = 1
                c = d = 2
                if x:
                    e = 3
                def m(self): ...
                @property
                def p(self): ...
                @p.setter
                def p(self, value): ...
                @p.deleter
                def p(self): ...
                c.d: int = 1
            """
        )
        assert list(cls.fields) == ["a", "b"]
        assert list(cls.statements) == ["b", "c", "d", "e"]
        assert list(cls.methods) == ["m", "p"]
        assert list(cls.setters) == ["p"]

    def test_writes(self) -> None:
        cls = klass(
            """
            class C:
                def __init__(self, x):
                    self.a = x
                    self.b: int = 1
                    self.c: int
                    x.d = self.e = 2
                    self.h, (self.i, x.j) = 1, (x, 3)
                    self.k, self.l = x
                    def inner(self):
                        self.f = 1
                @staticmethod
                def make(self):
                    self.g = 1
            """
        )
        assert sorted(cls.writes()) == ["a", "b", "e", "h", "i"]
        assert cls.writes() is cls.writes()

    @pytest.mark.parametrize(
        ("attribute", "annotation"), [("a", "int"), ("b", "str"), ("c", None), ("d", None)]
    )
    def test_annotations_of_attributes(self, attribute: str, annotation: str | None) -> None:
        cls = klass(
            "class C:\n    a: int\n    def __init__(self):\n"
            "        self.a: bytes = 1\n        self.b: str = 2\n"
            "        c: int = 3\n        self.d = 4"
        )
        found = cls.attribute_annotation(attribute)
        assert (None if found is None else ast.unparse(found)) == annotation

    def test_annotations_without_a_constructor(self) -> None:
        assert klass("class C: ...").attribute_annotation("a") is None

    def test_a_class_in_it(self) -> None:
        cls = klass("class C:\n    class D: ...\n    x = 1")
        inner = nested_class(cls, "D")
        assert inner is not None
        assert inner.name == "D"
        assert nested_class(cls, "x") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("a", "a"), ("a.b", "b"), ("a.b(1)", "b"), ("a(1)(2)", "a"), ("a[0]", ""), ("1", "")],
)
def test_last_name(text: str, name: str) -> None:
    assert last_name(expression(text)) == name


SAME_NAMES = {
    "decorated functions of one name": """
        app = Router()
        @app.route("/a")
        def _(ctx):
            Client(state_id=f"{ctx.state_id}_a")  # +
        @app.route("/b")
        def _(ctx):
            Client(state_id=ctx.state_id)
    """,
    "decorated methods of one name": """
        class P:
            @on("a")
            def _(self, ctx):
                Client(state_id=f"{ctx.state_id}_a")  # +
            @on("b")
            def _(self, ctx):
                Client(state_id=ctx.state_id)
    """,
    "methods that nothing keeps": """
        class P:
            def _(self, ctx):
                Client(state_id=f"{ctx.state_id}_a")
            def _(self, ctx):
                Client(state_id=ctx.state_id)
    """,
    "decorated methods that give the id": """
        class P:
            @on("a")
            def _(self, ctx):
                print(f"{ctx.state_id}_a")
            @on("b")
            def _(self, ctx):
                Client(state_id=ctx.state_id)
    """,
}


@pytest.mark.parametrize("text", SAME_NAMES.values(), ids=SAME_NAMES)
def test_functions_of_one_name(text: str) -> None:
    check(text)
