"""What a condition shows of the class of a variable."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.analysis.narrowing import shown_classes, shown_to_be_no_text
from tests.analysis.running import check, expression


def shown(test: str, *, holds: bool = True) -> list[tuple[str, list[str]]]:
    found = shown_classes(expression(test), holds)
    return [(name, [ast.unparse(item) for item in classes]) for name, classes in found]


@pytest.mark.parametrize(
    ("test", "classes"),
    [
        ("isinstance(a, A)", [("a", ["A"])]),
        ("isinstance(a, (A, m.B, (C, D)))", [("a", ["A", "m.B", "C", "D"])]),
        ("isinstance(a, A | B)", [("a", ["A | B"])]),
        ("b and isinstance(a, A) and isinstance(c, C)", [("a", ["A"]), ("c", ["C"])]),
        ("not (not isinstance(a, A))", [("a", ["A"])]),
        ("not (b or not isinstance(a, A))", [("a", ["A"])]),
        ("b or isinstance(a, A)", []),
        ("not isinstance(a, A)", []),
        ("isinstance(a.b, A)", []),
        ("isinstance(a)", []),
        ("issubclass(a, A)", []),
        ("a", []),
    ],
)
def test_of_a_condition_that_holds(test: str, classes: list[tuple[str, list[str]]]) -> None:
    assert shown(test) == classes


def test_of_a_condition_that_does_not_hold() -> None:
    assert shown("not isinstance(a, A)", holds=False) == [("a", ["A"])]
    assert shown("b or not isinstance(a, A)", holds=False) == [("a", ["A"])]
    assert shown("b and not isinstance(a, A)", holds=False) == []
    assert shown("isinstance(a, A)", holds=False) == []


CLASSES = """
class A:
    def emit(self, key): self.rec.call(state_id=key)
class B:
    def emit(self, key): print(key)
"""


@pytest.mark.parametrize(
    "body",
    [
        """
    if isinstance(s, A):
        s.emit(f"{ctx}_a")  # +
    elif isinstance(s, B):
        s.emit(f"{ctx}_b")
    else:
        s.emit(f"{ctx}_c")
    s.emit(f"{ctx}_d")
""",
        """
    if not isinstance(s, A):
        print(s)
    else:
        s.emit(f"{ctx}_a")  # +
    s.emit(f"{ctx}_b")
""",
        """
    if not isinstance(s, A):
        return
    s.emit(f"{ctx}_a")  # +
""",
        """
    if isinstance(s, A):
        pass
    else:
        raise TypeError
    s.emit(f"{ctx}_a")  # +
""",
        """
    assert isinstance(s, (B, A))
    s.emit(f"{ctx}_a")  # +
""",
        """
    if isinstance(s, A):
        s = B()
    s.emit(f"{ctx}_a")
""",
        """
    if isinstance(s, A):
        s = t
    s.emit(f"{ctx}_a")
""",
        """
    for s in t:
        if isinstance(s, A) and s.ready:
            s.emit(f"{ctx}_a")  # +
""",
        """
    s = B()
    if isinstance(s, A):
        s.emit(f"{ctx}_a")
""",
    ],
)
def test_calls_on_what_was_asked_for(body: str) -> None:
    check(f"{CLASSES}def f(ctx, s, t):{body}")


@pytest.mark.parametrize(
    ("test", "holds", "names"),
    [
        ("a is None", True, [("a", True)]),
        ("a is not None", False, [("a", True)]),
        ("(a := f()) is None", True, [("a", True)]),
        ("not a", True, [("a", True)]),
        ("a", False, [("a", True)]),
        ("a or not isinstance(b, str)", False, [("a", True)]),
        ("a or isinstance(b, str)", False, [("a", True), ("b", False)]),
        ("isinstance(a, (bytes, str))", False, [("a", False)]),
        ("not isinstance(a, str)", True, [("a", False)]),
        ("isinstance(a, int)", True, [("a", False)]),
        ("isinstance(a, (list, tuple))", True, [("a", False)]),
        ("a is None", False, []),
        ("a is not None", True, []),
        ("a is b", True, []),
        ("a is None is b", True, []),
        ("a == None", True, []),
        ("a.b is None", True, []),
        ("a", True, []),
        ("a.b", False, []),
        ("a and b", False, []),
        ("a is None or b", True, []),
        ("isinstance(a, str)", True, []),
        ("isinstance(a, int)", False, []),
        ("isinstance(a, (int, str))", True, []),
        ("isinstance(a, Text)", True, []),
        ("isinstance(a, Text)", False, []),
        ("a < b", True, []),
        ("a()", False, []),
    ],
)
def test_shown_to_be_no_text(test: str, holds: bool, names: list[tuple[str, bool]]) -> None:
    assert shown_to_be_no_text(expression(test), holds) == names


GIVES_BACK_NO_TEXT = [
    "if not isinstance(x, str): return x\n    return known(x)",
    "if isinstance(x, (int, bytes)): return x\n    return known(x)",
    "if isinstance(x, str): return known(x)\n    return x",
    "if x is None: return x\n    return known(x)",
    "if not x: return x\n    return known(x)",
    "return known(x) if isinstance(x, str) else x",
    "return x if x is None else known(x)",
    "if isinstance(x, list) and x:\n        return x[0]",
    """
    match x:
        case str() as text: return known(text)
        case _: return x""",
    """
    match x:
        case bytes() | str(): return known(x)
    return x""",
    """
    match x:
        case int(): return x
        case None: return x
        case int() as number: return number""",
]


@pytest.mark.parametrize("body", GIVES_BACK_NO_TEXT)
def test_a_helper_that_gives_back_what_is_no_text(body: str) -> None:
    check(f"""
def norm(x):
    {body}
def f(rec, ctx):
    rec.call(state_id=norm(f"{{ctx}}_row"))
""")


@pytest.mark.parametrize(
    "body",
    [
        "if isinstance(x, str): return x\n    return known(x)",
        "if not isinstance(x, str): return known(x)\n    return x",
        "if not isinstance(x, str): x = str(x)\n    return x",
        "if x is not None: return x",
        "if x is None: x = known()\n    return x",
        "if x: return x",
        "return x if isinstance(x, str) else known(x)",
        "known(1 if x is None else 2)\n    return x",
        """
    match x:
        case str(): return x""",
        """
    match x:
        case str() if known(x): return 1
    return x""",
        """
    match x:
        case str(real=1): return 1
    return x""",
    ],
)
def test_a_helper_that_may_give_back_text(body: str) -> None:
    check(f"""
def norm(x):
    {body}
def f(rec, ctx):
    rec.call(state_id=norm(f"{{ctx}}_row"))  # +
""")


def test_what_is_no_text_still_holds_texts() -> None:
    check("""
    def ids_of(x, key):
        if isinstance(x, list):
            return [*x, key]
        if not isinstance(x, str):
            return [x["key"], x.key]
        return [x]
    def many(x):
        for key in x if isinstance(x, tuple) else (x,):
            print(key)
            REC.call(state_id=key)
    def add(keys, key):
        if isinstance(keys, list):
            keys.append(key)
    class Job:
        def __init__(self, key): self.key = key
    def f(rec, ctx):
        for each in ids_of([f"{ctx}_a"], ctx.key):  # +
            rec.call(state_id=each)
        for each in ids_of({"key": f"{ctx}_b", "name": f"{ctx}_c"}, ctx.key):  # +
            rec.call(state_id=each)
        rec.call(state_id=ids_of(Job(f"{ctx}_e"), "")[1])  # +
        many((f"{ctx}_f", ctx.key))  # +
        keys = []
        add(keys, f"{ctx}_g")  # +
        for key in keys:
            rec.call(state_id=key)
    """)


@pytest.mark.parametrize(
    "body",
    [
        "if isinstance(item, str): return item",
        "if not isinstance(item, int): raise ValueError(item)",
        "assert not isinstance(item, str)",
        "if item: return item",
        "if item is not None: raise ValueError(item)",
        "if isinstance(item, str): item = ctx.state_id",
        "if isinstance(item, str) or ctx.last: return item",
    ],
)
def test_text_is_gone_where_a_condition_says_so(body: str) -> None:
    check(f"""
    def f(rec, ctx):
        item = f"no state for {{ctx.row}}" if ctx.flag else ctx.state
        {body}
        rec.call(state_id=item)
    """)


@pytest.mark.parametrize(
    "body",
    [
        "if isinstance(item, str): rec.log(item)",
        "if not isinstance(item, str): return item",
        "if isinstance(item, int): return item",
        "assert isinstance(item, str)",
        "if not item: return item",
        "if item is None: raise ValueError(item)",
        "if isinstance(item, str) and ctx.last: return item",
        "if ctx.last: return item",
        "if item is not None: rec.log(item)\n    else: rec.log(ctx)",
    ],
)
def test_text_stays_where_none_does(body: str) -> None:
    check(f"""
def f(rec, ctx):
    item = f"{{ctx.state_id}}_row" if ctx.flag else ctx.state  # +
    {body}
    rec.call(state_id=item)
""")


@pytest.mark.parametrize(
    ("pattern", "name", "mark"),
    [
        ("Sink()", "sink", "  # +"),
        ("Sink() as found", "found", "  # +"),
        ("(Sink() | Other()) as found", "found", "  # +"),
        ("Sink() | Other()", "sink", "  # +"),
        ("Other()", "sink", ""),
        ("Sink() | None", "sink", ""),
        ("_", "sink", ""),
    ],
)
def test_a_class_pattern_shows_the_class(pattern: str, name: str, mark: str) -> None:
    check(f"""
    class Sink:
        def send(self, key): self.rec.call(state_id=key)
    class Other:
        def send(self, key): print(key)
    def f(sink, ctx):
        match sink:
            case {pattern}:
                {name}.send(f"{{ctx}}"){mark}
        sink.send(f"{{ctx}}")
    """)


def test_a_number_shown_to_be_one_is_added() -> None:
    check("""
    def f(rec, n, m, k, s):
        if isinstance(n, int):
            rec.call(state_id=n + n)
        else:
            rec.call(state_id=n + n)  # +
        rec.call(state_id=n + n)  # +
        if not isinstance(m, (int, float)):
            return
        rec.call(state_id=m + m)
        match k:
            case int():
                rec.call(state_id=k + k)
            case str():
                rec.call(state_id=k + k)  # +
        if isinstance(s, (int, str)):
            rec.call(state_id=s + s)  # +
    """)
