"""What a class is made of: its bases, methods and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.program import ClassInfo
from tests.analysis.running import check, engine

if TYPE_CHECKING:
    from flake8_stateid.analysis.engine import Engine


def klass(known: Engine, name: str) -> ClassInfo:
    """A class of the module."""
    found = known.module.definitions[name][-1]
    assert isinstance(found, ClassInfo)
    return found


def order(text: str, name: str) -> list[str]:
    """The names along the resolution order of a class."""
    known = engine(text)
    return [cls.name for cls in known.classes.order(klass(known, name))]


class TestOrder:
    def test_of_a_diamond(self) -> None:
        text = "class A: ...\nclass B(A): ...\nclass C(A): ...\nclass D(B, C): ..."
        assert order(text, "D") == ["D", "B", "C", "A"]

    def test_of_bases_from_outside(self) -> None:
        assert order("import x\nclass A(x.Y): ...\nclass B(A, x.Z): ...", "B") == ["B", "A"]

    def test_of_a_generic_base(self) -> None:
        assert order("class A: ...\nclass B(A[int]): ...", "B") == ["B", "A"]

    def test_of_bases_python_would_refuse(self) -> None:
        text = "class A: ...\nclass B(A): ...\nclass C(A, B): ..."
        assert order(text, "C") == ["C", "A", "B"]

    def test_of_bases_in_a_circle(self) -> None:
        assert order("class A(B): ...\nclass B(A): ...", "A") == ["A", "B"]

    def test_of_a_class_that_is_its_own_base(self) -> None:
        assert order("class A(A): ...", "A") == ["A"]


class TestMethods:
    TEXT = """
    class Base:
        def run(self): ...
        def stop(self): ...
        @property
        def key(self): ...
        @key.setter
        def key(self, value): ...
        @key.deleter
        def key(self): ...

    class Other:
        def stop(self): ...

    class Derived(Base, Other):
        run_again = Base
        start = run = None
        def go(self): ...
        halt = go
        key = None
    """

    @pytest.mark.parametrize(
        ("name", "owner"),
        [("stop", "Base"), ("go", "Derived"), ("halt", "Derived"), ("run", None), ("none", None)],
    )
    def test_own_and_inherited(self, name: str, owner: str | None) -> None:
        known = engine(self.TEXT)
        for _ in range(2):  # asked and remembered
            method = known.classes.method(klass(known, "Derived"), name)
            found = None if method is None or method.cls is None else method.cls.name
            assert found == owner

    def test_after_a_class(self) -> None:
        known = engine(self.TEXT)
        base, derived = klass(known, "Base"), klass(known, "Derived")
        method = known.classes.method_after(base, derived, "stop")
        assert method is not None
        assert method.cls is klass(known, "Other")
        assert known.classes.method_after(base, derived, "go") is None

    def test_after_a_class_that_is_no_base(self) -> None:
        known = engine(self.TEXT)
        method = known.classes.method_after(klass(known, "Other"), klass(known, "Base"), "stop")
        assert method is None

    def test_setters(self) -> None:
        known = engine(self.TEXT + "\n    class Plain(Base):\n        def key(self): ...\n")
        assert known.classes.setter(klass(known, "Base"), "key") is not None
        assert known.classes.setter(klass(known, "Plain"), "key") is None
        assert known.classes.setter(klass(known, "Base"), "run") is None
        assert known.classes.setter(klass(known, "Base"), "none") is None

    @pytest.mark.parametrize(
        ("derived", "changes"),
        [
            ("class D(B): ...", False),
            ("class D(B):\n    def other(self): ...", False),
            ("class D(B):\n    def make(self): ...", True),
            ("class D(B):\n    def deep(self): ...", True),
            ("class D(B):\n    client: Client", True),
            ("class D(B):\n    client = None", True),
            ("class D(B):\n    def __init__(self):\n        self.client = 1", True),
            ("class M:\n    def make(self): ...\nclass D(B, M): ...", True),
            ("class M:\n    def other(self): ...\nclass D(B, M): ...", False),
        ],
    )
    def test_that_act_otherwise_on_a_derived_class(self, derived: str, changes: bool) -> None:
        base = (
            "class B:\n"
            "    def run(self):\n        self.make()\n        self.client\n"
            "    def make(self):\n        (lambda: self.deep())()\n"
            "    def deep(self): ...\n"
        )
        known = engine(base + derived)
        owner = klass(known, "B")
        run = owner.methods["run"]
        assert known.classes.changes(klass(known, "D"), owner, run) is changes


class TestKinds:
    @pytest.mark.parametrize(
        ("text", "is_string"),
        [
            ("class C(str): ...", True),
            ("class B(str): ...\nclass C(B): ...", True),
            ("class C: ...", False),
            ("class C(str):\n    def __new__(cls, a): ...", False),
        ],
    )
    def test_string(self, text: str, is_string: bool) -> None:
        known = engine(text)
        assert known.classes.is_string(klass(known, "C")) is is_string
        assert known.classes.extends_string(klass(known, "C")) is ("str" in text)

    @pytest.mark.parametrize(
        ("text", "is_tuple", "is_mapping"),
        [
            ("from typing import NamedTuple as N\nclass C(N): ...", True, False),
            ("import typing\nclass C(typing.TypedDict): ...", False, True),
            ("class C: ...", False, False),
        ],
    )
    def test_tuple_and_mapping(self, text: str, is_tuple: bool, is_mapping: bool) -> None:
        known = engine(text)
        assert known.classes.is_tuple(klass(known, "C")) is is_tuple
        assert known.classes.is_mapping(klass(known, "C")) is is_mapping


def fields(text: str) -> list[tuple[str, int | None]]:
    """Names and positions of the fields the constructor of class C takes."""
    known = engine(text)
    return [(field.name, field.positional) for field in known.classes.fields(klass(known, "C"))]


class TestDescriptors:
    TEXT = """
    class Base:
        def get(self): ...
        text = property(get)
        made = staticmethod(lambda x: x)
        plain = lambda self: self
        http = partialmethod(get, "http")
        number = int("1")
        other = property(unknown)
        same = get
        registered = register(get)
        table = {}
    class Derived(Base):
        text = 1
    """

    @pytest.mark.parametrize(
        ("cls", "name", "kind", "function"),
        [
            ("Base", "text", "property", "get"),
            ("Base", "made", "staticmethod", "<lambda>"),
            ("Base", "plain", "lambda", "<lambda>"),
            ("Derived", "http", "partialmethod", "get"),
        ],
    )
    def test_are_calls_on_functions(self, cls: str, name: str, kind: str, function: str) -> None:
        known = engine(self.TEXT)
        found = known.classes.descriptor(klass(known, cls), name)
        assert found is not None
        assert (found[0], found[1].name) == (kind, function)

    @pytest.mark.parametrize(
        ("cls", "name"),
        [
            ("Derived", "text"),
            *(
                ("Base", name)
                for name in ("number", "other", "same", "registered", "table", "get", "none")
            ),
        ],
    )
    def test_are_not_other_things(self, cls: str, name: str) -> None:
        known = engine(self.TEXT)
        assert known.classes.descriptor(klass(known, cls), name) is None


class TestFields:
    @pytest.mark.parametrize(
        "head",
        [
            "from dataclasses import dataclass\n@dataclass\nclass C:",
            "import dataclasses as d\n@d.dataclass(frozen=True)\nclass C:",
            "import attr\n@attr.s\nclass C:",
            "from attrs import define\n@define\nclass C:",
            "from typing import NamedTuple\nclass C(NamedTuple):",
        ],
    )
    def test_in_order(self, head: str) -> None:
        assert fields(f"{head}\n    a: int\n    b: str = ''") == [("a", 0), ("b", 1)]

    def test_without_annotations(self) -> None:
        text = "import attr\n@attr.s\nclass C:\n    a = attr.ib()\n    b = attr.ib(init=False)\n"
        assert fields(text + "    c = attr.ib(default=1)\n    d = 1\n    e = f()") == [
            ("a", 0),
            ("c", 1),
        ]

    def test_of_any_other_class(self) -> None:
        assert fields("class C:\n    a: int") == []

    def test_of_a_model_by_keyword_alone(self) -> None:
        text = "from pydantic import BaseModel\nclass C(BaseModel):\n    a: int"
        assert fields(text) == [("a", None)]

    def test_by_keyword_where_the_decorator_says_so(self) -> None:
        head = "from dataclasses import dataclass\n@dataclass"
        assert fields(f"{head}(kw_only=True)\nclass C:\n    a: int") == [("a", None)]
        assert fields(f"{head}(kw_only=False)\nclass C:\n    a: int") == [("a", 0)]

    def test_by_keyword_behind_the_marker(self) -> None:
        text = (
            "from dataclasses import *\n@dataclass\nclass C:\n"
            "    a: int\n    _: KW_ONLY\n    b: int\n    c: int = field(kw_only=False)\n"
        )
        assert fields(text) == [("a", 0), ("b", None), ("c", 1)]

    def test_that_the_constructor_does_not_take(self) -> None:
        text = (
            "from dataclasses import *\nfrom typing import *\n@dataclass\nclass C:\n"
            "    a: ClassVar[int]\n    b: int = field(init=False)\n"
            "    c: int\n    d: int = other()\n"
        )
        assert fields(text) == [("c", 0), ("d", 1)]

    def test_inherited_first_and_overridden_in_place(self) -> None:
        text = (
            "from dataclasses import dataclass\n"
            "@dataclass\nclass B:\n    a: int\n    b: int\n"
            "@dataclass\nclass C(B):\n    c: int\n    a: str\n"
        )
        assert fields(text) == [("a", 0), ("b", 1), ("c", 2)]

    def test_are_read_once(self) -> None:
        known = engine("from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int")
        cls = klass(known, "C")
        assert known.classes.fields(cls) is known.classes.fields(cls)


class TestFunctionsOfTheModule:
    """A function of the module that a class body gives a name is a method of the class."""

    def test_as_it_is(self) -> None:
        check("""
        def _push(self, sid):
            self.rec.record(state_id=sid)
        class P:
            push = _push
            def go(self, n):
                self.push(f"{n}")  # +
                P.push(self, f"{n}")  # +
                P.push(f"{n}", n)
        class Q(P):
            def push(self, key): print(key)
            def go(self, n):
                self.push(f"{n}")
                super().push(f"{n}")  # +
        """)

    def test_static(self) -> None:
        check("""
        def _push(rec, sid):
            rec.record(state_id=sid)
        class P:
            push = staticmethod(_push)
            def go(self, rec, n):
                self.push(rec, "%s" % n)  # +
                self.push("%s" % n, n)
                P.push(rec, "%s" % n)  # +
        """)

    def test_of_the_class(self) -> None:
        check("""
        def _push(cls, sid):
            rec.record(state_id=sid)
        class P:
            push = classmethod(_push)
            def go(self, n):
                self.push(f"{n}")  # +
                P.push(f"{n}")  # +
        """)

    def test_property(self) -> None:
        check("""
        def _key(self):
            return f"{self}"  # +
        def _other(self):
            return f"{self}"
        class P:
            key = property(_key)
            other = property(_other)
            def go(self, rec):
                rec.record(self.other, state_id=self.key)
        """)

    def test_partial(self) -> None:
        check("""
        from functools import partialmethod
        def _push(self, kind, sid):
            self.rec.record(kind, state_id=sid)
        class P:
            retry = partialmethod(_push, "retry")
            def go(self, n):
                self.retry(f"{n}")  # +
        """)

    def test_default_of_a_record_is_no_method(self) -> None:
        check("""
        from dataclasses import dataclass
        def _push(rec, sid):
            rec.record(state_id=sid)
        @dataclass
        class P:
            push: Callable = _push
            def go(self, rec, n):
                self.push(rec, f"{n}")  # +
                self.push(f"{n}", n)
        """)

    def test_names_nearer_than_the_module(self) -> None:
        check("""
        def _push(self, sid):
            self.rec.record(state_id=sid)
        class P:
            def _push(self, key): print(key)
            push = _push
            def go(self, n):
                self.push(f"{n}")
        class Q:
            _push = print
            push = _push
            def go(self, n):
                self.push(f"{n}")
        def make():
            def _push(self, sid):
                print(sid)
            class R:
                push = _push
                def go(self, n):
                    self.push(f"{n}")
        """)


def test_members_of_an_enum() -> None:
    check("""
    import enum
    class Text(str, enum.Enum):
        A = f"{BASE}_a"  # +
        B = f"{BASE}_b"  # +
        C = f"{BASE}_c"
    class Word(enum.StrEnum):
        A = f"{BASE}_a"  # +
    class Kind(enum.Enum):
        A = f"{BASE}_a"  # +
        B = f"{BASE}_b"
        C = lookup()
    def f(rec, ctx, ids):
        rec.call(state_id=Text.A, label=Text.C)
        rec.call(state_id=Text.B.value, label=Text.C.value)
        rec.call(state_id=ids[Text.C])
        rec.call(state_id=Word.A)
        rec.call(state_id=Kind.A.value, label=Kind.B.value)
        rec.call(state_id=Kind.B.name)
        rec.call(state_id=Kind.C.value)
    """)
